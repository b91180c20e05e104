# rows-peek: what is in a stream, for people and for programs.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
			name TEXT AS (lower(email)), CHECK (id > 0));
		CREATE UNIQUE INDEX by_email ON users(email DESC, lower(email)) WHERE id > 1;
		INSERT INTO users(id, email) VALUES (1, 'A@x'), (2, 'B@x'), (3, 'C@x');
		CREATE TABLE orders(user INT REFERENCES users(id), total REAL, note BLOB, PRIMARY KEY (user, total)) WITHOUT ROWID;
		INSERT INTO orders VALUES (1, 1.5, x'00ff'), (2, -0.25, NULL);
		CREATE TABLE empty(a);
		CREATE VIEW sums AS SELECT sum(total) FROM orders;
		CREATE TRIGGER tr AFTER INSERT ON users BEGIN SELECT 1; END;
	SQL
	sqlite-extract --stream-id 00000000000000000000000000000007 app.db >app.stream
	rows-archive app.rows <app.stream >/dev/null
}

# is FILTER: jq says true of the last output.
is() {
	jq -e "$1" "$stdout" >/dev/null && return
	echo "not so: $1"
	show_output
	return 1
}

@test "without options and with --toc: the table of contents" {
	expect_status 0 rows-peek app.rows
	expect_stderr ''
	grep -Fxq 'source: sqlite app.db, UTF-8' "$stdout"
	grep -Eq '^made by: sqlite-extract [0-9.]+$' "$stdout"
	grep -Fxq 'stream: 00000000000000000000000000000007' "$stdout"
	grep -Eq '^chain:  [0-9a-f]{32}$' "$stdout"
	grep -Eq '^ +3 +[0-9]+ +3  [0-9a-f]{32}  users$' "$stdout"
	grep -Eq '^ +2 +[0-9]+ +3  [0-9a-f]{32}  orders$' "$stdout"
	grep -Eq '^ +0 +0 +1  0{32}  empty$' "$stdout"
	cp "$stdout" toc
	rows-peek --toc app.rows | cmp - toc
}

@test "of an archive the rows are not read, and that is said; of a stream they are" {
	expect_status 0 rows-peek app.rows
	grep -Fxq '(rows were not read; rows-check reads and checks them all)' "$stdout"
	expect_status 0 rows-peek --json app.rows
	is '.partial'
	expect_status 0 rows-peek --json app.stream
	is '.partial | not'
	expect_status 0 rows-peek --json <app.stream
	is '.partial | not'
}

@test "the table of contents says the same of archive and stream" {
	cmp <(rows-peek app.rows | grep -v '^(rows') <(rows-peek <app.stream)
}

@test "--json: one document with HELLO, tables, objects and END" {
	expect_status 0 rows-peek --json app.rows
	[ "$(wc -l <"$stdout")" -eq 1 ]
	is '.hello.stream == "00000000000000000000000000000007" and .hello.sources[0].name == "app.db"'
	is '[.tables[] | [.name, .source, .coverage, .columns, .rows]] == [["users", "users", "whole", 3, 3],
		["orders", "orders", "whole", 3, 2], ["empty", "empty", "whole", 1, 0]]'
	is '[.objects[] | [.kind, .name, .table]] == [["view", "sums", null], ["trigger", "tr", "users"]]'
	is '.end | (.tables | length == 3) and (.chain | length == 32) and .index > 0'
	is '([.tables[].digest] | map(length) == [32, 32, 32]) and (.tables[2].bytes == 0)'
}

@test "--table: only some of them" {
	expect_status 0 rows-peek --json --table 'O*' -t users app.rows
	is '[.tables[].name] == ["users", "orders"] and ([.objects[].name] == ["tr"])'
	expect_status 64 rows-peek -t nothing app.rows
	expect_stderr 'rows-peek: "nothing" matches no table of the stream (rows-peek lists them)'
	expect_status 64 rows-peek -t nothing <app.stream
}

@test "--definitions: for people" {
	expect_status 0 rows-peek --definitions app.rows
	cat >wanted <<-'END'
		table users: 3 rows
		  id INTEGER autoincrement  # 3 integers 1..3; 1 integer_boolean, 3 integer_cocoa_s
		  email TEXT not null default ''  # 3 texts up to 3 bytes
		  name TEXT generated as (lower(email))  # 3 texts up to 3 bytes
		  primary key (id)
		  unique index by_email (email collate NOCASE desc, lower(email)) where id > 1
		  check (id > 0)
		table orders: 2 rows, without rowid
		  user INT not null  # 2 integers 1..2; 1 integer_boolean, 2 integer_cocoa_s
		  total REAL not null  # 2 reals -0.25..1.5; 2 real_cocoa_s
		  note BLOB  # 1 blobs up to 2 bytes, 1 nulls
		  primary key (user, total)
		  foreign key (user) references users (id)
		table empty: 0 rows
		  a (no type)  # no values
		view sums
		trigger tr of users
	END
	diff -u wanted "$stdout"
	rows-peek --definitions <app.stream | cmp - wanted
}

@test "--definitions --json: a line for each table and object" {
	expect_status 0 rows-peek --definitions --json app.rows
	[ "$(wc -l <"$stdout")" -eq 5 ]
	jq -s 'map(.name)' -c "$stdout" | grep -Fxq '["users","orders","empty","sums","tr"]'
	jq -es '.[1]."without rowid" and .[1]."primary key".terms == [{column: "user"}, {column: "total"}]' "$stdout"
	jq -es '.[0].indexes[0].unique and .[3].kind == "view"' "$stdout"
}

@test "--rows: every row with its table; --rows=TABLE: the rows alone" {
	expect_status 0 rows-peek --rows app.rows
	cat >wanted <<-'END'
		{"table":"users","row":{"id":1,"email":"A@x","name":"a@x"}}
		{"table":"users","row":{"id":2,"email":"B@x","name":"b@x"}}
		{"table":"users","row":{"id":3,"email":"C@x","name":"c@x"}}
		{"table":"orders","row":{"user":1,"total":1.5,"note":{"bytes":"00ff"}}}
		{"table":"orders","row":{"user":2,"total":-0.25,"note":null}}
	END
	diff -u wanted "$stdout"
	rows-peek --rows <app.stream | cmp - wanted
	expect_status 0 rows-peek --rows=orders app.rows
	sed -n 's/^{"table":"orders","row":\(.*\)}$/\1/p' wanted | cmp - "$stdout"
	expect_status 64 rows-peek --rows=order app.rows
	expect_status 0 rows-peek --rows=empty app.rows
	expect_stdout ''
}

@test "--rows and --toc together, --rows with --table" {
	expect_status 0 rows-peek --rows --toc -t orders app.rows
	[ "$(grep -c '^{"table":"orders"' "$stdout")" -eq 2 ]
	grep -q '  orders$' "$stdout"
	[ "$(grep -c users "$stdout")" -eq 0 ]
}

@test "--head: at most so many rows of each table" {
	expect_status 0 rows-peek --rows --head 1 app.rows
	[ "$(cut -c 1-30 "$stdout" | sed 's/,.*//')" = $'{"table":"users"\n{"table":"orders"' ]
	sqlite3 big.db 'CREATE TABLE t(a, b); INSERT INTO t SELECT value, zeroblob(300) FROM generate_series(1, 5000);
		CREATE TABLE u(a); INSERT INTO u VALUES (1)'
	sqlite-extract big.db >big.stream
	for n in 1 999 1000 4999 5000 9223372036854775807; do
		rows=$((n < 5000 ? n : 5000))
		[ "$(rows-peek --rows --head $n big.stream | jq -c '[.table, .row.a]' | tail -n 2 | tr '\n' ' ')" = "[\"t\",$rows] [\"u\",1] " ]
	done
}

@test "integers with all their digits, reals that read back, infinities, bytes, ill-formed text" {
	python3 - <<-'PY'
		import math, sqlite3
		db = sqlite3.connect("odd.db")
		db.execute("CREATE TABLE t(a)")
		for value in (2**63 - 1, -2**63, 2**53 + 1, 0.1, 1e300, 5e-324, -0.0, 1.0, 1e15, math.inf, -math.inf, b"",
		    b"\0\xff", "", "a\"b\\c\n\t\x01\x7f\u202e\u00e9\U0001f600", "a\0b"):
		    db.execute("INSERT INTO t VALUES (?)", (value,))
		db.execute("INSERT INTO t VALUES (CAST(x'61ff' AS TEXT))")
		db.commit()
	PY
	sqlite-extract odd.db | rows-peek --rows=t >rows
	sed 's/^{"a":\(.*\)}$/\1/' rows >cells
	[ "$(head -n 3 cells | tr '\n' ' ')" = '9223372036854775807 -9223372036854775808 9007199254740993 ' ]
	grep -Fxq '{"bytes":""}' cells
	grep -Fxq '{"bytes":"00ff"}' cells
	grep -Fxq '{"utf8":"61ff"}' cells
	grep -Fxq '"a\u0000b"' cells
	grep -Fxq '"a\"b\\c\n\t\u0001\u007f\u202eé😀"' cells
	grep -Fxq '{"real":"Infinity"}' cells
	grep -Fxq '{"real":"-Infinity"}' cells
	python3 -c 'import json
for line, value in list(zip(open("cells"), (0, 0, 0, 0.1, 1e300, 5e-324, -0.0, 1.0, 1e15)))[3:]:
	assert repr(json.loads(line)) == repr(value), (line, value)'
}

@test "UTF-16 that is not well-formed: its bytes" {
	sqlite3 wide.db "PRAGMA encoding = 'UTF-16be'; CREATE TABLE t(a); INSERT INTO t VALUES (CAST(x'0041d800' AS TEXT)), ('é')"
	[ "$(sqlite-extract wide.db | rows-peek --rows=t | tr '\n' ' ')" = '{"a":{"utf16":"0041d800"}} {"a":"é"} ' ]
}

@test "what a filter and a part of the tables leave in the table of contents" {
	rows-replay app.rows -t users -t 'e*' | rows-select -T empty >part
	expect_status 0 rows-peek part
	grep -Eq '^made by: rows-replay [0-9.]+ --table=users --table=e\*$' "$stdout"
	grep -Eq '^made by: rows-select [0-9.]+ --exclude-table=empty$' "$stdout"
	grep -Eq '^ +2 rows of a table that was left out: orders$' "$stdout"
	grep -Eq '^ +0 rows of a table that was left out: empty$' "$stdout"
	sqlite-extract --where 'users=id > 1' app.db | rows-peek >toc
	grep -Eq '^ +2 .*  users \(where\)' toc
}

@test "a stream that is damaged behind what was shown: 65" {
	head -c -1 app.stream >cut
	for option in --toc --definitions --rows --json --head=1; do
		expect_status 65 rows-peek $option cut
		expect_said '^rows-peek: cut: it ends in the middle of a frame'
	done
}
