# rows-archive: a file that stands for a whole stream, or no file.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT);
		INSERT INTO users SELECT value, printf('user-%d@example.org', value) FROM generate_series(1, 3000);
		CREATE TABLE orders(id INTEGER PRIMARY KEY, total REAL);
		INSERT INTO orders VALUES (1, 1.5);
	SQL
	sqlite-extract app.db >app.stream
}

archive() { rows-archive "$@" <app.stream; }

# none_left [FOLDER]: neither archive nor partial file.
none_left() {
	[ -z "$(find "${1:-.}" -name '*.rows' -o -name '*partial*')" ]
}

# feed: rows-archive reads what is written to descriptor 4, and has a part of the stream.
feed() {
	mkfifo pipe
	rows-archive "$@" <pipe >passed 2>said 3>&- &
	archiver=$!
	exec 4>pipe
	head -c 20000 app.stream >&4
	await eval '[ -n "$(find . -name ".*partial*" -size +0)" ]'
}

# fed CODE: the rest of the stream; rows-archive must exit with CODE.
fed() {
	tail -c +20001 app.stream >&4
	exec 4>&-
	status=0
	wait $archiver || status=$?
	[ $status -eq "$1" ]
}

@test "the stream passes unchanged, and is kept with an index" {
	expect_status 0 archive app.rows
	expect_stderr ''
	cmp app.stream "$stdout"
	expect_status 0 rows-check app.rows
	grep -q 'index right$' "$stdout"
	rows-replay app.rows | cmp - app.stream
	[ -z "$(find . -name '*partial*')" ]
}

@test "--compress: every level, smaller, and the replay is the same to the byte" {
	expect_status 0 archive plain.rows
	for level in 1 3 19; do
		expect_status 0 archive --compress $level $level.rows
		cmp app.stream "$stdout"
		rows-replay $level.rows | cmp - app.stream
		rows-check -q $level.rows
		[ "$(stat -c %s $level.rows)" -lt $(($(stat -c %s plain.rows) / 2)) ]
	done
	expect_status 0 archive -Z3 again.rows
	cmp 3.rows again.rows
	for level in 0 20 fast; do
		expect_status 64 archive -Z $level new.rows
		[ ! -e new.rows ]
	done
}

@test "an archive that is compressed again, or not, is the same archive" {
	archive -Z 3 one.rows >/dev/null
	rows-replay one.rows | rows-archive two.rows >/dev/null
	archive plain.rows >/dev/null
	cmp two.rows plain.rows
	rows-archive three.rows <one.rows >passed # its input may be compressed and have an index
	cmp three.rows plain.rows
	cmp passed app.stream
}

@test "a FILE that exists: 73, untouched, and told downstream" {
	echo mine >app.rows
	expect_status 73 archive app.rows
	expect_stderr 'rows-archive: app.rows: exists already; remove it or choose another name'
	[ "$(cat app.rows)" = mine ]
	cp "$stdout" aborted
	expect_status 73 rows-check aborted
	[ -z "$(find . -name '*partial*')" ]
}

@test "a symbolic link in FILE's place: 73, also one that leads nowhere" {
	echo mine >victim
	ln -s victim one.rows
	ln -s nowhere two.rows
	expect_status 73 archive one.rows
	expect_status 73 archive two.rows
	[ "$(cat victim)" = mine ]
	[ ! -e nowhere ]
}

@test "no folder, a folder for a file, a name that is too long: 73" {
	mkdir folder
	for file in nowhere/app.rows folder folder/ app.stream/app.rows "$(printf '%0300d' 1)"; do
		expect_status 73 archive "$file"
		[ "$(wc -l <"$stderr")" -eq 1 ]
	done
	none_left
}

@test "a folder that cannot be written to: 73" {
	mkdir folder
	chmod 755 . folder
	cp "$ROWPIPE_BIN/rows-archive" tool
	chmod 555 folder
	as=''
	[ "$(id -u)" -ne 0 ] || as='setpriv --reuid=65534 --regid=65534 --clear-groups'
	# shellcheck disable=SC2086
	expect_status 73 $as ./tool folder/app.rows <app.stream
	expect_said '^rows-archive: folder/app.rows: Permission denied'
	chmod 755 folder
	none_left
}

@test "FILE in another folder, with an odd name; the partial file stands beside it" {
	mkdir folder
	feed $'folder/a b\n-x.rows'
	[ "$(find . -name '.*partial*' | wc -l)" -eq 2 ] # the name has two lines
	[ -n "$(find folder -name $'.a b\n-x.rows.partial-*')" ]
	fed 0
	rows-check -q $'folder/a b\n-x.rows'
	[ "$(find folder -type f | wc -l)" -eq 2 ]
	expect_status 0 archive -- -x.rows
	rows-check -q ./-x.rows
}

@test "permissions are those of the umask" {
	for mask in 022 077 027; do
		(umask $mask; archive $mask.rows >/dev/null)
	done
	[ "$(stat -c %a 022.rows 077.rows 027.rows | tr '\n' ' ')" = '644 600 640 ' ]
}

@test "a stream that is cut, damaged or aborted leaves nothing, and passes the reason on" {
	head -c 50000 app.stream >cut
	printf x | dd of=app.stream bs=1 seek=30000 conv=notrunc 2>/dev/null
	sqlite-extract none.db >aborted 2>/dev/null || true
	for try in '65 cut' '65 app.stream' '66 aborted'; do
		set -- $try
		expect_status "$1" rows-archive app.rows <"$2"
		none_left
		cp "$stdout" passed
		expect_status "$1" rows-check passed
		expect_said 'stopped: '
	done
}

@test "a disk that is full: 74, naming the file, and nothing is left" {
	expect_status 74 bash -c 'ulimit -f 20; exec rows-archive app.rows <app.stream >/dev/null'
	expect_stderr 'rows-archive: app.rows: writing failed: File too large'
	none_left
	expect_status 74 bash -c 'ulimit -f 20; rows-archive app.rows <app.stream 2>/dev/null | rows-check'
	expect_stderr 'rows-check: rows-archive stopped: app.rows: writing failed: File too large'
}

@test "stdout full: 74, and no archive" {
	expect_status 74 bash -c 'rows-archive app.rows <app.stream >/dev/full'
	none_left
}

@test "a reader that goes away: the archive is completed, 141 and silence" {
	expect_status 141 bash -c 'rows-archive app.rows <app.stream | true; exit ${PIPESTATUS[0]}' ||
		[ "$status" -eq 0 ] # it may have been faster than its reader's end
	expect_stderr ''
	rows-replay app.rows | cmp - app.stream
	python3 -c 'import os, subprocess, sys
r, w = os.pipe()
os.close(r)
sys.exit(subprocess.call(["rows-archive", "other.rows"], stdin=open("app.stream"), stdout=w) + 13)'
	rows-replay other.rows | cmp - app.stream
}

@test "two writers, one after the other: the later 73, the other's archive untouched" {
	feed app.rows
	sqlite-extract -t orders app.db | rows-archive app.rows >/dev/null
	cp app.rows other.rows
	fed 73
	cmp app.rows other.rows
	[ -z "$(find . -name '*partial*')" ]
	grep -q '^rows-archive: app.rows: ' said
	expect_status 73 rows-check passed
}

@test "two writers at once: one wins, the other 73" {
	for turn in 1 2 3 4 5 6 7 8; do
		pids=()
		for writer in 1 2 3; do
			rows-archive $turn.rows <app.stream >/dev/null 2>&1 3>&- &
			pids+=($!)
		done
		codes=
		for pid in "${pids[@]}"; do
			status=0
			wait "$pid" || status=$?
			codes="$codes $status"
		done
		[ "$(tr ' ' '\n' <<<"$codes" | sort -n | tr '\n' ' ')" = ' 0 73 73 ' ]
		rows-check -q $turn.rows
	done
	[ -z "$(find . -name '*partial*')" ]
}

@test "FILE has no name before the last byte of END was read" {
	feed app.rows
	[ ! -e app.rows ]
	tail -c +20001 app.stream | head -c -1 >&4 # all but the last byte
	await waits $archiver
	[ ! -e app.rows ]
	tail -c 1 app.stream >&4
	exec 4>&-
	wait $archiver
	cmp passed app.stream
	[ -e app.rows ]
}

@test "SIGTERM: nothing is left, 75 downstream" {
	feed app.rows
	kill -TERM $archiver
	status=0
	wait $archiver || status=$?
	exec 4>&-
	[ $status -eq 143 ]
	none_left
	expect_status 75 rows-check passed
	expect_said '^rows-check: rows-archive stopped: stopped by signal 15'
}

@test "SIGKILL: only a partial file, never FILE" {
	feed app.rows
	kill -KILL $archiver
	wait $archiver || true
	exec 4>&-
	[ ! -e app.rows ]
	partial=$(find . -name '.app.rows.partial-??????')
	[ -f "$partial" ]
	expect_status 65 rows-check "$partial"
	expect_status 0 archive app.rows # it does not stand in the way of the next
	rows-check -q app.rows
}

@test "file, folder and name are synced before END is passed on" {
	[ "$ROWPIPE_VARIANT" != asan ] || skip 'no strace under a sanitizer'
	strace -o trace -e trace=fsync,renameat2,write,unlink rows-archive app.rows <app.stream >/dev/null
	[ "$(grep -v '^+++' trace | tail -n 4 | sed 's/(.*//' | tr '\n' ' ')" = 'fsync renameat2 fsync write ' ]
}
