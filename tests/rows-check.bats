# rows-check: complete, or up to where it is good.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT);
		INSERT INTO users VALUES (1, 'first@x'), (2, 'second@x');
		CREATE TABLE big(id INTEGER PRIMARY KEY, text TEXT);
		INSERT INTO big SELECT value, printf('%100d', value) FROM generate_series(1, 9000);
	SQL
	sqlite-extract --stream-id 00000000000000000000000000000007 app.db >app.stream
	rows-archive app.rows <app.stream >/dev/null
}

# damage FILE TEXT: changes the first byte of TEXT in it.
damage() {
	python3 -c 'import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[data.index(sys.argv[2].encode())] ^= 1
open(sys.argv[1], "wb").write(data)' "$@"
}

@test "an archive: complete, with its tables, rows, frames, bytes, id and chain" {
	expect_status 0 rows-check app.rows
	expect_stderr ''
	grep -Exq "app.rows: complete: 2 tables, 9002 rows, [0-9]+ frames, $(stat -c %s app.rows) bytes, index right" "$stdout"
	chain=$(rows-peek --json app.rows | jq -r .end.chain)
	grep -Fxq "stream 00000000000000000000000000000007, chain $chain" "$stdout"
}

@test "a stream: complete, without an index, with the same chain" {
	expect_status 0 rows-check <app.stream
	grep -Eq '^the stream: complete: 2 tables, 9002 rows, .* bytes; no index: a stream, not an archive$' "$stdout"
	cmp <(tail -n 1 "$stdout") <(rows-check app.rows | tail -n 1)
	expect_status 0 rows-check - <app.rows
	grep -q 'index right$' "$stdout"
}

@test "--quiet: nothing when all is well, the message when it is not" {
	expect_silence rows-check --quiet app.rows
	expect_silence rows-check -q <app.stream
	head -c 9000 app.rows >cut.rows
	expect_status 65 rows-check -q cut.rows
	expect_said '^rows-check: cut.rows: '
}

@test "cut: up to which frame, table and row it is good" {
	head -c 600000 app.rows >cut.rows
	expect_status 65 rows-check cut.rows
	expect_stdout ''
	expect_said '^rows-check: cut.rows: it ends in the middle of a frame \(at byte [0-9]+, good up to frame [0-9]+\); the last good row is row [0-9]+ of table "big"$'
	[ "$(wc -l <"$stderr")" -eq 1 ]
	row=$(sed 's/.*is row \([0-9]*\) of.*/\1/' "$stderr")
	[ "$row" -gt 2000 ]
	[ "$row" -lt 6000 ]
	head -c 300 app.rows >cut.rows
	expect_status 65 rows-check cut.rows
	expect_said '; no row is good$'
}

@test "damaged: which frame, and the last row before it" {
	damage app.rows second@x
	expect_status 65 rows-check app.rows
	expect_said 'app.rows: .*\(at byte [0-9]+, good up to frame 3\); no row is good$'
	rows-archive two.rows <app.stream >/dev/null
	damage two.rows "$(printf '%100d' 8999)"
	expect_status 65 rows-check two.rows
	expect_said '; the last good row is row [0-9]+ of table "big"$'
}

@test "damage in the index, and in END's pointer to it" {
	python3 - <<-'PY'
		data = bytearray(open("app.rows", "rb").read())
		index = int.from_bytes(data[-8:], "big")
		data[index + 100] ^= 1
		open("index.rows", "wb").write(data)
		data[index + 100] ^= 1
		data[-1] ^= 1
		open("end.rows", "wb").write(data)
	PY
	expect_status 65 rows-check index.rows
	expect_status 65 rows-check end.rows
}

@test "an archive is checked to its last byte" {
	for size in 1 8 9 40; do
		head -c -$size app.rows >cut.rows
		expect_status 65 rows-check cut.rows
	done
	echo >>app.rows
	expect_status 65 rows-check app.rows
	expect_said ': bytes follow END \(at byte '
}

@test "no file, a folder: 66; an aborted stream: its code" {
	expect_status 66 rows-check none.rows
	expect_stderr 'rows-check: none.rows: No such file or directory'
	mkdir folder
	expect_status 66 rows-check folder
	expect_status 66 bash -c 'sqlite-extract none.db 2>/dev/null | rows-check'
	expect_stderr 'rows-check: sqlite-extract stopped: none.db: there is no such file'
}

@test "compressed: the same chain and totals" {
	rows-archive -Z 3 small.rows <app.stream >/dev/null
	cmp <(rows-check small.rows | tail -n 1) <(rows-check app.rows | tail -n 1)
	rows-check small.rows | grep -q '2 tables, 9002 rows, .* index right$'
	python3 - <<-'PY'
		data = bytearray(open("small.rows", "rb").read())
		data[len(data) // 2] ^= 4
		open("small.rows", "wb").write(data)
	PY
	expect_status 65 rows-check small.rows
}
