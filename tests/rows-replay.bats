# rows-replay: an archive as the stream that it was, or some tables of it.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT);
		INSERT INTO users VALUES (1, 'a@x'), (2, NULL);
		CREATE TABLE big(id INTEGER PRIMARY KEY, text TEXT);
		INSERT INTO big SELECT value, printf('%1000d', value) FROM generate_series(1, 4000);
		CREATE TABLE orders(id INTEGER PRIMARY KEY);
		INSERT INTO orders VALUES (7);
		CREATE TABLE "order-items"(x);
		CREATE VIEW v AS SELECT 1;
		CREATE TRIGGER tr AFTER INSERT ON users BEGIN SELECT 1; END;
	SQL
	sqlite-extract app.db >app.stream
	rows-archive app.rows <app.stream >/dev/null
}

# damage FILE TEXT: changes the first byte of TEXT in it.
damage() {
	python3 -c 'import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[data.index(sys.argv[2].encode())] ^= 1
open(sys.argv[1], "wb").write(data)' "$@"
}

@test "an archive: the very bytes that went in" {
	expect_status 0 rows-replay app.rows
	expect_stderr ''
	cmp "$stdout" app.stream
}

@test "what is no archive but a stream in a file is replayed, too" {
	rows-replay app.stream | cmp - app.stream
	rows-replay app.stream -t users >one
	rows-replay app.rows -t users >two
	cmp <(rows-peek --rows one) <(rows-peek --rows two)
}

@test "--table: some tables, by patterns in any case; END names the others with their rows" {
	expect_status 0 rows-replay app.rows --table 'ORDER*' -t users
	rows-check -q <"$stdout"
	rows-peek --json <"$stdout" >json
	jq -e '[.tables[] | [.name, .rows]] == [["users", 2], ["orders", 1], ["order-items", 0]]' json
	jq -e '.end."left out" == [{name: "big", extracted: 4000}]' json
	jq -e '[.objects[].name] == ["tr"]' json
	rows-peek --rows=users <"$stdout" | cmp - <(rows-peek --rows=users app.rows)
}

@test "--table: numbers keep their gaps, digests and bytes are those of the archive" {
	rows-replay app.rows -t orders >one
	cmp <(rows-peek --json one | jq .tables[]) <(rows-peek --json app.rows | jq '.tables[] | select(.name == "orders")')
	[ "$(rows-peek --json one | jq .end.tables[0].table)" = 3 ]
}

@test "--table: the same id and bytes again, another id for other tables, and its provenance" {
	rows-replay app.rows -t users >one
	rows-replay app.rows -t users | cmp - one
	for tables in '-t orders' '-t users -t orders' '-t USERS'; do
		# shellcheck disable=SC2086
		rows-replay app.rows $tables >two
		[ "$(rows-peek --json one | jq .hello.stream)" != "$(rows-peek --json two | jq .hello.stream)" ]
	done
	rows-peek --json one | jq -e '[.hello.provenance[].tool] == ["sqlite-extract", "rows-replay"]'
	rows-peek --json one | jq -e '.hello.provenance[1].options == [{option: "table", value: "users"}]'
	rows-replay app.stream -t users | cmp - one # with an index or without
}

@test "--table that matches nothing: 64" {
	expect_status 64 rows-replay app.rows -t user
	expect_said '^rows-replay: "user" matches no table of the stream'
	cp "$stdout" aborted
	expect_status 64 rows-check aborted
}

@test "only the tables that are wanted are read, and checked" {
	damage app.rows '           2000'
	expect_status 0 rows-replay app.rows -t users
	expect_status 65 rows-replay app.rows -t big
	expect_said 'big|frame [0-9]+'
	expect_status 65 rows-replay app.rows
	cp "$stdout" aborted
	expect_status 65 rows-check aborted
	expect_said '^rows-check: rows-replay stopped: app.rows: '
}

@test "the rest is not even read" {
	[ "$ROWPIPE_VARIANT" != asan ] || skip 'no strace under a sanitizer'
	size=$(stat -c %s app.rows)
	read_bytes() {
		strace -o trace -P app.rows -e trace=read,pread64 rows-replay app.rows "$@" >/dev/null
		awk '/ = [0-9]+$/ { all += $NF } END { print all + 0 }' trace
	}
	[ "$(read_bytes)" -ge "$size" ]
	[ "$(read_bytes -t users -t orders)" -lt 20000 ]
}

@test "of a compressed archive the same" {
	rows-archive -Z 3 small.rows <app.stream >/dev/null
	rows-replay small.rows | cmp - app.stream
	rows-replay small.rows -t orders -t big >one
	rows-replay app.rows -t orders -t big | cmp - one
}

@test "an archive cut short: 65, with -t or without" {
	for size in 100 5000 2000000 $(($(stat -c %s app.rows) - 1)); do
		head -c "$size" app.rows >cut.rows
		expect_status 65 rows-replay cut.rows
		expect_said '^rows-replay: cut.rows: it ends (before END|in the middle of a frame)'
		expect_status 65 rows-replay cut.rows -t orders
	done
}

@test "bytes behind an archive's end: 65" {
	echo >>app.rows
	expect_status 65 rows-replay app.rows
	expect_status 65 rows-replay app.rows -t users
}

@test "no file, a folder: 66, and told downstream" {
	mkdir folder
	expect_status 66 rows-replay none.rows
	expect_stderr 'rows-replay: none.rows: No such file or directory'
	cp "$stdout" aborted
	expect_status 66 rows-check aborted
	expect_status 66 rows-replay folder
	expect_stderr 'rows-replay: folder: is a folder'
}

@test "- is stdin" {
	rows-replay - <app.rows | cmp - app.stream
}
