# What holds for every tool: help, options, descriptors, an end that tells the truth.
load help

TOOLS='sqlite-extract pg-extract rows-archive rows-replay rows-check rows-peek rows-select rows-set rows-where rows-each rows-cat rows-retype rows-rename rows-diff rows-expect pg-load pg-verify pg-own pg-control run-report'
READERS='rows-archive rows-replay rows-check rows-peek rows-select rows-set rows-where rows-each rows-cat rows-retype rows-rename rows-diff rows-expect' # of a stream
OFFLINE=${TOOLS/ pg-extract/} # pg-extract.bats has the same with a server
WRITERS='sqlite-extract rows-archive rows-replay rows-select rows-set rows-where rows-each rows-cat rows-retype rows-rename' # of a stream

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, password TEXT);
		INSERT INTO users VALUES (1, 'a@x', 'secret'), (6, 'b@x', NULL), (7, NULL, 'word');
		CREATE TABLE orders(id INTEGER PRIMARY KEY, user INT REFERENCES users(id), total REAL);
		INSERT INTO orders VALUES (1, 1, 1.5), (2, 6, -0.25);
		CREATE TABLE logs(line TEXT);
		CREATE VIEW totals AS SELECT user, sum(total) FROM orders GROUP BY user;
	SQL
	sqlite-extract app.db >app.stream
	rows-archive app.rows <app.stream >/dev/null
	sqlite3 other.db 'CREATE TABLE other(x)'
	sqlite-extract other.db | rows-archive other.rows >/dev/null
	echo 'rows(users) = 3' >rules
	mkdir -p app.db.rowpipe/RUN
	cp "$ROOT/tests/fuzz/corpus/report/equal" app.db.rowpipe/RUN/report.json
}

# use TOOL [FILE]: runs TOOL as it is meant to be run, its input from the stream in FILE.
use() {
	local stream=${2:-app.stream}
	case $1 in
	sqlite-extract) sqlite-extract app.db ;;
	rows-archive) rows-archive new.rows <"$stream" ;;
	rows-replay) rows-replay "$stream" ;;
	rows-diff) rows-diff - other.rows <"$stream" ;;
	rows-expect) rows-expect rules <"$stream" ;;
	rows-set) rows-set users.email=null <"$stream" ;;
	rows-where) rows-where 'users: id > 0' <"$stream" ;;
	rows-each) rows-each users cat <"$stream" ;;
	rows-cat) rows-cat - <"$stream" ;;
	pg-load) rows-retype <"$stream" | rows-rename | pg-load --ddl ;;
	pg-verify) pg-verify --version ;;
	pg-own | pg-control) "$1" --version ;;
	run-report) run-report app.db ;;
	*) "$1" <"$stream" ;;
	esac
}

full() { "$@" >/dev/full; }
deaf() { "$@" >&-; }
mute() { "$@" <&-; }
on_terminal() { SHELL=/bin/bash script -qec "$1" /dev/null </dev/null; }

# gone COMMAND…: its reader went away before it wrote a byte.
gone() {
	python3 -c 'import os, subprocess, sys
r, w = os.pipe()
os.close(r)
sys.exit(subprocess.call(sys.argv[1:], stdout=w) % 256 & 255 or 0)' "$@"
}

# A test goes on behind "! command", whatever that says.
not() { ! "$@"; }

is_visible() { # FILE: no control or bidirectional characters in it
	not grep -naP '[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80[\x8b-\x8f\xaa-\xae]' "$1"
}

is_plain() { # FILE: one line, nothing invisible in it
	is_visible "$1" && [ "$(wc -l <"$1")" -eq 1 ]
}

@test "these lists name every tool" {
	diff <(printf '%s\n' $TOOLS | sort) <(cd "$ROOT/filters" && ls -- *.c | sed '/^rowpipe\.c$/d; s/\.c$//' | sort)
}

@test "--help and -h: on stdout, exit 0, 80 columns, no trailing blanks" {
	for tool in $TOOLS; do
		expect_status 0 "$tool" --help
		expect_text "$stderr" ''
		grep -q "^Usage: $tool \[options\]" "$stdout"
		grep -q '^Examples:$' "$stdout"
		not grep -nE '.{81}|[[:blank:]]$|	' "$stdout"
		cp "$stdout" help
		expect_status 0 "$tool" -h
		cmp "$stdout" help
	done
}

@test "--help wins over whatever else stands there" {
	expect_status 0 rows-peek --wrong --help
	expect_status 64 rows-peek -- --help --version
}

@test "--version and -V: tool, version and stream format" {
	for tool in $TOOLS; do
		for option in --version -V; do
			expect_status 0 "$tool" $option
			grep -Exq "$tool \(rowpipe\) [0-9]+\.[0-9]+\.[0-9]+, stream format [0-9]+" "$stdout"
			expect_stderr ''
		done
	done
}

@test "a wrong option: 64, with the one that was meant" {
	for tool in $TOOLS; do
		expect_status 64 "$tool" --versoin
		expect_stderr "$tool: there is no option --versoin; did you mean --version? ($tool --help lists them)"
		expect_status 64 "$tool" --nothing-like-it=3
		expect_stderr "$tool: there is no option --nothing-like-it ($tool --help lists them)"
		expect_status 64 "$tool" -x
		expect_stderr "$tool: there is no option -x ($tool --help lists them)"
		expect_status 64 "$tool" --help=yes
		expect_stderr "$tool: --help takes no value"
	done
}

@test "an option without its value, or with one that is no number: 64" {
	expect_status 64 sqlite-extract app.db --table
	expect_stderr 'sqlite-extract: --table needs a value: PATTERN'
	expect_status 64 sqlite-extract --wait soon app.db
	expect_stderr 'sqlite-extract: --wait takes a whole number from 0 to 86400, not "soon"'
	expect_status 64 sqlite-extract --wait=-1 app.db
	expect_status 64 rows-peek --head 0 app.rows
	expect_stderr 'rows-peek: --head takes a whole number from 1 to 9223372036854775807, not "0"'
	expect_status 64 rows-archive -Z 20 new.rows
	expect_stderr 'rows-archive: --compress takes a whole number from 1 to 19, not "20"'
	[ ! -e new.rows ]
}

@test "a wrong command line is told downstream, too: 64 at the last tool" {
	for tool in 'sqlite-extract app.db --no' 'rows-archive --no' 'rows-replay' 'rows-select --no' 'rows-set --no' \
		'rows-where users' 'rows-each users' 'rows-cat --no -'; do
		# shellcheck disable=SC2086
		$tool >aborted <app.stream 2>said || [ $? -eq 64 ]
		expect_status 64 rows-check aborted
		expect_stderr "rows-check: ${tool%% *} stopped: $(sed 's/^[^:]*: //' said)"
	done
}

@test "letters stand together, values directly behind them, -- ends the options" {
	expect_status 0 sqlite-extract -stusers app.db
	rows-peek --json <"$stdout" | jq -e '[.tables[].name, .tables[].rows] == ["users", 0]'
	cp app.db ./-s
	expect_status 0 sqlite-extract -t users -- -s
}

@test "operands missing and too many: 64" {
	for tool in sqlite-extract rows-archive rows-replay rows-diff rows-expect; do
		expect_status 64 "$tool"
		expect_said "^$tool: (DB|FILE|A B|RULES \\[FILE\\]) is missing \($tool --help\)$"
		case $tool in rows-diff | rows-expect) set -- other.rows rules ;; *) set -- new.rows ;; esac
		expect_status 64 "$tool" "$@" more
		expect_stderr "$tool: \"more\" is one argument too many ($tool --help)"
	done
	for tool in 'rows-set TABLE.COLUMN[:TYPE]=VALUE' 'rows-where TABLE: CONDITION' 'rows-each TABLE COMMAND' 'rows-cat FILE'; do
		expect_status 64 "${tool%% *}"
		grep -qF "${tool#* }" "$stderr"
		expect_said "^${tool%% *}: .* is missing \(${tool%% *} --help\)$"
	done
	expect_status 64 rows-each users
	expect_status 64 rows-check app.rows more
	expect_status 64 rows-peek app.rows more
	expect_status 64 rows-select app.rows
	[ ! -e new.rows ]
}

@test "a stream is not written to a terminal: 64" {
	for tool in 'sqlite-extract app.db' 'rows-archive new.rows <app.stream' \
		'rows-replay app.rows' 'rows-select <app.stream' 'rows-cat app.rows' 'rows-each users cat <app.stream'; do
		expect_status 64 on_terminal "$tool"
		expect_stdout "${tool%% *}: standard output is a terminal, and a row stream is binary: pipe it on, or keep it with | rows-archive FILE > /dev/null"$'\r'
	done
	[ ! -e new.rows ]
}

@test "a stream is not read from a terminal: 64" {
	for tool in 'rows-archive new.rows' rows-check rows-peek rows-select 'rows-diff - other.rows' 'rows-expect rules' \
		'rows-set users.id=1' 'rows-each users cat' 'rows-cat -'; do
		expect_status 64 on_terminal "{ $tool; exit \$?; } | cat >/dev/null; exit \${PIPESTATUS[0]}"
		grep -q "^${tool%% *}: standard input is a terminal: pipe a row stream into it" "$stdout"
	done
	[ ! -e new.rows ]
}

@test "texts may go to a terminal" {
	expect_status 0 on_terminal 'rows-peek app.rows'
	expect_status 0 on_terminal 'rows-check app.rows'
}

@test "a full disk behind stdout: 74" {
	for tool in $OFFLINE; do
		expect_status 74 full use "$tool"
		expect_stderr "$tool: standard output: writing failed: No space left on device"
		expect_status 74 full "$tool" --help
		expect_status 74 full "$tool" --version
	done
	[ ! -e new.rows ]
}

@test "a limit on the size of files: 74, and no signal" {
	for tool in $WRITERS; do
		expect_status 74 bash -c "ulimit -f 1; $(declare -f use); use $tool >out"
		expect_said 'File too large$'
	done
	[ ! -e new.rows ]
}

@test "stdout closed: 74" {
	for tool in $OFFLINE; do
		expect_status 74 deaf use "$tool"
		expect_stderr "$tool: standard output: writing failed: Bad file descriptor"
	done
	[ ! -e new.rows ]
}

@test "stderr closed or full: the exit code is what it would be" {
	expect_status 0 sh -c 'rows-check app.rows 2>&-'
	expect_status 65 sh -c 'rows-check app.db 2>&-'
	expect_status 65 sh -c 'rows-check app.db 2>/dev/full'
}

@test "a reader that went away: SIGPIPE, and silence" {
	for tool in 'sqlite-extract app.db' 'rows-replay app.rows' 'rows-check app.rows' 'rows-peek app.rows' \
		'rows-diff app.rows other.rows' 'rows-expect rules app.rows' 'rows-cat app.rows'; do
		# shellcheck disable=SC2086
		expect_status 243 gone $tool # -13, as Python tells it
		expect_stderr ''
	done
	for tool in rows-select 'rows-archive new.rows' 'rows-set users.id=1' 'rows-each users cat'; do
		# shellcheck disable=SC2086
		expect_status 243 gone $tool <app.stream
		expect_stderr ''
	done
	sqlite3 big.db "CREATE TABLE t(x); INSERT INTO t VALUES (zeroblob(3000000))"
	expect_status 141 bash -c 'sqlite-extract big.db | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}'
	expect_stderr ''
}

@test "empty input: 65" {
	: >empty
	for tool in $READERS; do
		name='the stream'
		[ "$tool" != rows-replay ] || name=empty
		expect_status 65 use "$tool" empty
		expect_said "^$tool: $name is empty: the program before it wrote nothing(; no row is good)?$"
	done
	[ ! -e new.rows ]
}

@test "stdin closed: 65" {
	for tool in 'rows-archive new.rows' rows-check rows-peek rows-select 'rows-diff - other.rows' 'rows-expect rules' \
		'rows-set users.id=1' 'rows-each users cat' 'rows-cat -'; do
		# shellcheck disable=SC2086
		expect_status 65 mute $tool
		expect_said 'the stream is empty'
	done
	[ ! -e new.rows ]
}

@test "what is no stream: 65" {
	for tool in $READERS; do
		expect_status 65 use "$tool" app.db
		expect_said "^$tool: (the stream|app.db) is no row stream(; no row is good)?$"
	done
}

# Where frames begin: the payload's length stands at byte 17, the payload itself at byte 38.
frame_offsets() {
	python3 -c 'import sys
data, at = open(sys.argv[1], "rb").read(), 0
while at < len(data):
	print(at)
	at += 38 + int.from_bytes(data[at + 17:at + 21], "big")' "$1"
}

@test "a stream cut at, before and behind every frame: 65" {
	frames=0
	for offset in $(frame_offsets app.stream); do
		frames=$((frames + 1))
		for size in $((offset - 1)) "$offset" $((offset + 1)); do
			[ "$size" -ge 0 ] || continue
			head -c "$size" app.stream >cut
			for tool in $READERS; do
				expect_status 65 use "$tool" cut
			done
		done
	done
	[ "$frames" -eq 11 ] # HELLO, 3 TABLE, OBJECT, 2 ROWS, 3 TABLE_END, END
	[ ! -e new.rows ]
	head -c -1 app.stream >cut
	for tool in $READERS; do
		expect_status 65 use "$tool" cut
		expect_said 'it ends in the middle of a frame \(at byte [0-9]+, good up to frame 10\)'
	done
}

@test "bytes behind the end: 65" {
	cat app.stream app.stream >two
	for tool in $READERS; do
		expect_status 65 use "$tool" two
		expect_said ': bytes follow END \(at byte '
	done
}

@test "a source that fails gives its exit code to every tool behind it" {
	sqlite-extract none.db >aborted 2>/dev/null || true
	for tool in $READERS; do
		expect_status 66 use "$tool" aborted
	done
	[ ! -e new.rows ]
	for tool in rows-check rows-peek; do
		expect_status 66 use "$tool" aborted
		expect_stderr "$tool: sqlite-extract stopped: none.db: there is no such file"
	done
}

@test "every example of every --help runs as it stands there" {
	count=0
	for tool in $TOOLS; do
		while IFS= read -r example; do
			case $example in *env:DB* | *there.rows* | *--check* | *'rowpipe db'*) continue ;; esac # they want a server
			count=$((count + 1))
			mkdir "$count"
			cp -r app.db app.db.rowpipe "$count"
			case $example in *'archive app.rows'*) ;; *) cp app.rows "$count" ;; esac
			cd "$count"
			expect_status 0 bash -o pipefail -c "$example"
			expect_stderr ''
			cd ..
		done < <("$tool" --help | sed '1,/^Examples:$/d; s/^  //')
	done
	[ "$count" -ge 20 ]
}

# used TOOL OPTION: it stands behind the tool's name in a line of one of its bats files.
used() {
	case $1 in
	sqlite-extract) set -- "$1" "$2" "$ROOT"/tests/sqlite-*.bats ;;
	pg-load) set -- "$1" "$2" "$ROOT"/tests/{pg-load,staged,resume,append}.bats ;;
	*) set -- "$1" "$2" "$ROOT/tests/$1.bats" ;;
	esac
	local tool=$1 option=$2
	shift 2
	grep -Eq -- "^[^#]*$option([= ]|\$)" "$@"
}

@test "every long option of every tool occurs in a test of that tool" {
	not used rows-peek --no-such-option
	for tool in $TOOLS; do
		for option in $("$tool" --help | sed -n 's/^ .*\(--[a-z-]*\).*/\1/p' | sed '/--help\|--version/d'); do
			used "$tool" "$option" || { echo "no test has $tool $option"; false; }
		done
	done
}

@test "every exit code that occurs in the source occurs in a test" {
	# A bug of ours has no test, or it would be none; 76 has its own, with the server (libpq.bats).
	codes=$(cd "$ROOT" && grep -oh 'STATUS_[A-Z]*' filters/*.c lib/*/*.c | sort -u | grep -v "STATUS_BUG\|STATUS_UNKNOWN")
	for code in $codes; do
		number=$(sed -n "s/^	$code = \([0-9]*\).*/\1/p" "$ROOT/lib/base/fault.h")
		[ -n "$number" ] || { echo "$code has no number"; false; }
		grep -Eq "expect_status $number " "$ROOT"/tests/*.bats ||
			{ echo "$code ($number) occurs in no test"; false; }
	done
}

@test "tools that need no database link none" {
	for tool in $READERS; do
		ldd "$ROWPIPE_BIN/$tool" >libraries
		not grep -E 'libsqlite3|libpq' libraries
	done
	ldd "$ROWPIPE_BIN/sqlite-extract" | grep -q libsqlite3
}

@test "messages are one line, with nothing invisible in it" {
	nasty=$'\e[31mred\r\n\xe2\x80\xaetxt.\x7f\xff'
	for tool in rows-check rows-peek rows-replay sqlite-extract; do
		expect_status 66 "$tool" "$nasty"
		is_plain "$stderr"
	done
	expect_status 64 rows-select -t "$nasty" <app.stream
	is_plain "$stderr"
	expect_said '\\x1b\[31mred\\x0d\\n\\u\{202e\}txt\.\\x7f\\xff'
	expect_status 64 rows-where "$nasty: x = 1" <app.stream
	is_plain "$stderr"
	expect_status 64 rows-set "users.$nasty=1" <app.stream
	is_plain "$stderr"
	expect_status 64 rows-each users "./$nasty" <app.stream
	is_plain "$stderr"
	expect_status 66 rows-cat "$nasty"
	is_plain "$stderr"
	expect_status 64 sqlite-extract -t "$nasty" app.db
	is_plain "$stderr"
	expect_status 64 sqlite-extract --query "q=SELECT $nasty" app.db
	is_plain "$stderr"
	expect_status 64 rows-peek "--$nasty"
	is_plain "$stderr"
	expect_status 73 rows-archive "nowhere/$nasty" <app.stream
	is_plain "$stderr"
}

@test "names of a database are shown with nothing invisible in them" {
	python3 - <<-'PY'
		import sqlite3
		db = sqlite3.connect("nasty.db")
		name = '"\x1b[31mred\r\n\u202etxt"'
		db.execute("CREATE TABLE %s(%s TEXT DEFAULT '\x1b' COLLATE NOCASE)" % (name, name))
		db.execute("CREATE INDEX %s ON %s(%s) WHERE %s > '\x1b'" % (name[:-1] + 'i"', name, name, name))
	PY
	sqlite-extract nasty.db >nasty.stream
	for option in --toc --definitions --rows --json; do
		expect_status 0 rows-peek $option <nasty.stream
		is_visible "$stdout"
	done
	head -c 400 nasty.stream >cut
	expect_status 65 rows-check <cut
	is_plain "$stderr"
}
