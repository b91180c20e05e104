# rows-each: rows through a program and back, exactly; and every way in which a program can fail.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, any, "odd ""name" REAL);
		INSERT INTO users VALUES (1, 'a@x', 9223372036854775807, 0.1), (2, NULL, x'00ff', 1e300),
			(3, 'ä"\' || char(10, 0, 27), 1.0, -0.0), (4, CAST(x'ff61' AS TEXT), NULL, 9e999);
		CREATE TABLE orders(id INTEGER PRIMARY KEY, total DECIMAL(9,2), at DATETIME, paid BOOLEAN);
		INSERT INTO orders VALUES (1, 1.5, '2026-01-31 12:00:00', 1), (2, 2.25, NULL, 0);
		CREATE TABLE empty(x);
		CREATE VIEW v AS SELECT 1;
	SQL
	sqlite-extract app.db >app.stream
	rows-retype -- <app.stream >typed.stream 2>/dev/null ||
		rows-select -t orders <app.stream | rows-retype >typed.stream
}

many() { # 20,000 rows, more than any pipe holds
	sqlite3 big.db "CREATE TABLE t(id INTEGER PRIMARY KEY, b TEXT);
		INSERT INTO t SELECT value, printf('%60d', value) FROM generate_series(1, 20000)"
	sqlite-extract big.db >big.stream
}

each() { rows-each "$@" <app.stream; }
not() { ! "$@"; }
digests() { rows-peek --json "${1:-$stdout}" | jq -c '[.tables[] | [.name, .rows, .digest]]'; }

@test "cat gives back the very same rows: raw and typed, all kinds of values" {
	for table in users orders empty; do
		expect_status 0 each $table cat
		expect_stderr ''
		rows-check -q "$stdout"
		[ "$(digests)" = "$(digests app.stream)" ]
	done
	expect_status 0 rows-each orders cat <typed.stream
	[ "$(digests)" = "$(digests typed.stream)" ]
	many
	expect_status 0 rows-each t cat <big.stream
	[ "$(digests)" = "$(digests big.stream)" ]
}

@test "the program gets what rows-peek --rows=TABLE prints" {
	expect_status 0 each users sh -c 'tee seen'
	cmp seen <(rows-peek --rows=users app.stream)
}

@test "values are changed, keys may stand in any order, times and decimals be spelled out" {
	expect_status 0 each users jq -c 'select(.id < 3) | {email: "\(.id)@masked", id, any: null, "odd \"name": 2.0}'
	expect_stderr 'rows-each: jq got 4 rows of users and printed 2'
	[ "$(rows-peek --rows=users "$stdout" | jq -c '[.id, .email]' | tr '\n' ' ')" = '[1,"1@masked"] [2,"2@masked"] ' ]
	expect_status 0 rows-each orders sed 's/"at":[^,]*/"at":"2000-01-01 00:00:01Z"/; s/"total":"2.25"/"total":7.10/' <typed.stream
	[ "$(rows-peek --rows=orders "$stdout" | tr '\n' ' ')" = '{"id":1,"total":"1.5","at":1000000,"paid":true} {"id":2,"total":"7.10","at":1000000,"paid":false} ' ]
}

@test "definition, other tables and views stay; a typed column loses its profile, a raw table is a part" {
	each users cat >out
	cmp <(rows-peek --definitions --json out) <(rows-peek --definitions --json app.stream)
	cmp <(rows-peek --json out | jq -c '.tables[1:], .objects') <(rows-peek --json app.stream | jq -c '.tables[1:], .objects')
	rows-peek --json out | jq -e '[.end.tables[].part] == [true, null, null]'
	rows-each orders cat <typed.stream >out
	rows-peek --definitions --json out | jq -es 'map(select(.name == "orders"))[0].columns | map(.profile) == [null, null, null, null]'
	rows-peek --json out | jq -e '[.end.tables[].part] | any | not'
}

@test "rows in and out are counted; fewer are filtered, other numbers are told" {
	expect_status 0 each users cat
	rows-peek --json "$stdout" | jq -e '.end.tools[-1] == {tool: "rows-each", counts: [
		{table: "users", kind: "rows given to the program", count: 4},
		{table: "users", kind: "rows taken from the program", count: 4}]}'
	expect_status 0 each users tail -n 1
	expect_stderr 'rows-each: tail got 4 rows of users and printed 1'
	rows-check -q "$stdout"
	rows-peek --json "$stdout" | jq -e '.end.tables[0] | .extracted == 4 and .filtered == 3 and .rows == 1 and .part'
	expect_status 0 each users sed p
	expect_stderr 'rows-each: sed got 4 rows of users and printed 8'
	rows-check -q "$stdout"
	expect_status 0 each empty sh -c 'cat; echo "{\"x\":5}"'
	[ "$(rows-peek --rows=empty "$stdout")" = '{"x":5}' ]
}

@test "programs that read all before they write, and that write much before they read" {
	many
	expect_status 0 timeout 60 rows-each t sort -r <big.stream
	expect_stderr ''
	[ "$(digests)" = "$(digests big.stream)" ]
	rows-peek --rows=t --head 1 "$stdout" | grep -q '^{"id":9999,'
	expect_status 0 timeout 60 rows-each t sh -c 'seq 100000 | sed "s/.*/{\"id\":&,\"b\":\"\"}/"; cat' <big.stream
	expect_stderr 'rows-each: sh got 20000 rows of t and printed 120000'
	rows-check -q "$stdout"
}

@test "its memory does not grow with the table" {
	[ "$ROWPIPE_VARIANT" = release ] || skip 'sanitizers take memory of their own'
	many
	"$ROWPIPE_TESTS/hostile" --run 64 rss rows-each t cat <big.stream >out
	[ "$(sort -n rss | tail -n 1)" -lt 8192 ]
}

@test "a program that fails: 64 where it is none, else 65; nothing is complete" {
	many
	while IFS='|' read -r code text command; do
		expect_status "$code" timeout 60 sh -c "exec rows-each t $command" <big.stream
		expect_stderr "rows-each: $text"
		cp "$stdout" aborted
		expect_status "$code" rows-check aborted
		expect_said '^rows-check: rows-each stopped: '
	done <<-'END'
		64|no-such-program: there is no such program (exit status 127)|no-such-program
		64|/etc/passwd: it cannot be run (exit status 126)|/etc/passwd
		65|sh: it ended with exit status 3|sh -c 'cat; exit 3'
		65|sh: it ended with exit status 1|sh -c 'exit 1'
		65|sh: it was ended by signal 9 (Killed)|sh -c 'cat; kill -9 $$'
		65|sh: it was ended by signal 9 (Killed)|sh -c 'kill -9 $$'
		65|true: it ended before it had read all rows|true
		65|head: it ended before it had read all rows|head -n 5
	END
}

@test "a program that leaves some of its input, however little: 65" {
	expect_status 65 each users sh -c 'head -c 10 >/dev/null; exit 0'
	expect_stderr 'rows-each: sh: it ended before it had read all rows'
	expect_status 65 each users sh -c 'exec 0<&-; sleep 0.2'
	expect_stderr 'rows-each: sh: it ended before it had read all rows'
}

@test "what is no row of the table: 65, with the line and the column" {
	while IFS='|' read -r text program; do
		expect_status 65 each users sed "$program"
		expect_stderr "rows-each: sed of users, line $text"
	done <<-'END'
		2: it is no object|2s/.*/5/
		2: it ends early (a row is one line: jq wants -c)|2s/.*//
		1: it ends early (a row is one line: jq wants -c)|s/}$//
		1: something stands behind it|s/$/ x/
		3: "id": the column is missing|3s/"id":3,//
		1: "ID": there is no such column|1s/"id"/"ID"/
		1: "id": the column stands there twice|1s/"email"/"id"/
		1: "email": an array, which no column holds|1s/"a@x"/[]/
		2: "any": an object that is none of {"bytes":"hex"}, {"utf8":"hex"}, {"utf16":"hex"}, {"real":"Infinity"}|2s/00ff/0/
		1: "email": a value is missing, or a text has no quotes|1s/"a@x"/a@x/
	END
	expect_status 65 each users jq .
	expect_stderr 'rows-each: jq of users, line 1: it ends early (a row is one line: jq wants -c)'
}

@test "a value that its column's type does not hold: 78, with the line and the column" {
	while IFS='|' read -r text program; do
		expect_status 78 rows-each orders sed "$program" <typed.stream
		expect_stderr "rows-each: sed of orders, line $text"
	done <<-'END'
		1: "id": no number|1s/"id":1/"id":"1"/
		2: "id": an integer of more than 64 bits|2s/"id":2/"id":9223372036854775808/
		1: "paid": neither true nor false|1s/true/1/
		1: "at": text that is no date and time|1s/"at":[^,]*/"at":"soon"/
	END
	expect_status 78 each users sed '1s/9223372036854775807/9223372036854775809/'
	expect_stderr 'rows-each: sed of users, line 1: "any": an integer of more than 64 bits'
}

@test "a last line without its newline is a row" {
	expect_status 0 each users sh -c 'printf %s "$(cat)"'
	[ "$(digests)" = "$(digests app.stream)" ]
}

@test "TABLE is one table: by pattern, with its schema, in quotes" {
	expect_status 0 each 'Us*' cat
	expect_status 0 each '"users"' cat
	expect_status 64 each '*' cat
	expect_stderr 'rows-each: "*" is more than one table: users, orders'
	expect_status 64 each nobody cat
	expect_stderr 'rows-each: "nobody" matches no table of the stream (rows-peek lists them)'
	expect_status 64 each '"*"' cat
	expect_status 64 each 'a.b.c' cat
	expect_status 64 each users
}

@test "behind TABLE all words are the program's, also those that look like options" {
	expect_status 0 each users sort -r --
	expect_status 0 each users sort -V
	rows-check -q "$stdout"
	expect_status 65 each users cat --help
	expect_status 0 each -- users cat
}

@test "what it says goes where our messages go; it has no descriptor but the three" {
	expect_status 0 each users sh -c 'echo "from it" >&2; cat'
	expect_stderr 'from it'
	expect_status 0 each users python3 -c 'import os, sys
sys.stderr.write("%s\n" % [fd for fd in range(3, 256) if os.path.exists("/proc/self/fd/%d" % fd)])
sys.stdout.write(sys.stdin.read())' 9</dev/null
	expect_stderr '[]'
}

@test "a signal that stops it stops the program and its children" {
	many
	mkfifo ready
	(exec rows-each t sh -c 'sleep 300 & echo $! >child; echo >ready; cat; wait' <big.stream >out 2>said) &
	pid=$!
	read -r _ <ready
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ $status -eq 143 ]
	[ "$(cat said)" = 'rows-each: stopped by signal 15 (Terminated)' ]
	not kill -0 "$(cat child)" 2>/dev/null
	expect_status 75 rows-check out
}

@test "a reader that goes away ends the program, too" {
	many
	expect_status 141 bash -c 'rows-each t sh -c "sleep 300 & echo \$! >child; cat" <big.stream | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}'
	expect_stderr ''
	not kill -0 "$(cat child)" 2>/dev/null
}

@test "keys of rows to delete are no rows: 78; definitions alone start no program" {
	sqlite-extract -s app.db >head.stream
	expect_status 0 rows-each users false <head.stream
	rows-check -q "$stdout"
	cp app.db later.db
	sqlite3 later.db 'DELETE FROM orders WHERE id = 1'
	sqlite-extract later.db | rows-diff -t orders --repair fix.rows - app.stream >/dev/null || [ $? -eq 1 ]
	sqlite-extract later.db | rows-diff -t orders --repair gone.rows app.stream - >/dev/null || [ $? -eq 1 ]
	for file in fix.rows gone.rows; do
		[ "$(rows-peek --json $file | jq .end.tables[0].deletes)" = 1 ] || continue
		expect_status 78 rows-each orders cat <$file
		expect_stderr 'rows-each: table "orders" holds keys of rows to delete, which are no rows'
		return
	done
	false
}

@test "the same words: the same id and bytes; others: another id; a path or secret in none" {
	each users cat >one
	each users cat | cmp - one
	each users sh -c 'exec cat # secret' >two
	not cmp -s <(rows-peek --json one | jq .hello.stream) <(rows-peek --json two | jq .hello.stream)
	not grep -aq secret two
	each users /bin/cat >three
	not grep -aq /bin three
	rows-peek --json three | jq -e '.hello.provenance[1].options | .[0] == {option: "table", value: "users"} and
		(.[1].value | test("^cat [0-9a-f]{32}$"))'
}
