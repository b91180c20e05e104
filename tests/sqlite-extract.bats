# sqlite-extract: what it chooses, how it tells of it, and that every cell arrives.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, password TEXT);
		INSERT INTO users VALUES (1, 'a@x', 'secret'), (6, 'b@x', NULL), (7, NULL, 'word');
		CREATE TABLE orders(id INTEGER PRIMARY KEY, user INT REFERENCES users(id), total REAL);
		INSERT INTO orders VALUES (1, 1, 1.5), (2, 6, -0.25);
		CREATE TABLE "order-items"(x);
		CREATE TABLE logs(line TEXT);
		CREATE VIEW totals AS SELECT user, sum(total) AS total FROM orders GROUP BY user;
		CREATE TRIGGER log AFTER INSERT ON users BEGIN INSERT INTO logs VALUES ('new'); END;
	SQL
}

# python: a script that gets `db`, a new database in the file that is named.
python() {
	{
		echo "import json, math, os, random, sqlite3, struct, sys"
		echo "db = sqlite3.connect(sys.argv[1])"
		cat
		echo "db.commit()"
	} | python3 - "$@"
}

oracle() {
	expect_status 0 "$ROOT/tests/oracle" "$@"
	expect_stderr ''
}

# A test goes on behind "! command", whatever that says.
not() { ! "$@"; }

# definitions DB [OPTION…]: all TABLE and OBJECT frames as one JSON array, in the file `json`.
definitions() {
	expect_status 0 sqlite-extract "$@"
	rows-peek --definitions --json <"$stdout" | jq -s . >json
}

# is FILTER [FILE]: jq says true.
is() {
	jq -e "$1" "${2:-json}" >/dev/null && return
	echo "not so: $1"
	jq -c . "${2:-json}" | head -c 3000
	return 1
}

# tables OPTION…: the names of the tables that are extracted, in one line.
tables() {
	sqlite-extract "$@" app.db | rows-peek --json | jq -r '[.tables[].name] | join(" ")'
}

# --- what is chosen ----------------------------------------------------------------------------------

@test "without options: every table, views and triggers as objects" {
	[ "$(tables)" = 'users orders order-items logs' ]
	definitions app.db
	is '[.[] | select(.kind) | [.kind, .name, .table]] == [["view", "totals", null], ["trigger", "log", "users"]]'
	is '.[-1].sql | startswith("CREATE TRIGGER log AFTER INSERT")'
}

@test "--table and --exclude-table: names and patterns, in any case" {
	[ "$(tables -t users)" = users ]
	[ "$(tables --table 'ORDER*')" = 'orders order-items' ]
	[ "$(tables -t 'l??s' -t users)" = 'users logs' ]
	[ "$(tables -T 'order*')" = 'users logs' ]
	[ "$(tables -t '*' --exclude-table=logs -T users)" = 'orders order-items' ]
	[ "$(tables -t 'order*' -T 'order-*')" = orders ]
}

@test "a trigger goes with its table, a view by its own name" {
	definitions -t users app.db
	is 'map(.name) == ["users", "log"]'
	definitions -T totals -T users app.db
	is 'map(.name) == ["orders", "order-items", "logs"]'
}

@test "a name that matches nothing: 64, with the one that was meant" {
	expect_status 64 sqlite-extract -t user app.db
	expect_stderr 'sqlite-extract: app.db: -t user: no table of this name; did you mean users?'
	expect_status 64 sqlite-extract -t 'x*' app.db
	expect_stderr 'sqlite-extract: app.db: -t x*: no table matches'
	expect_status 64 sqlite-extract -T nothing app.db
	expect_said '^sqlite-extract: app.db: -T nothing: no table of this name'
	expect_status 64 sqlite-extract -t totals app.db
	expect_stderr 'sqlite-extract: app.db: -t totals: is a view; it is read with --materialize'
}

@test "--where: only some rows, and END says that it is a part" {
	expect_status 0 sqlite-extract --where 'users=id > 5' --where 'ORDERS=user = 1 AND total = 1.5' app.db
	rows-peek --json <"$stdout" >json
	is '[.tables[] | [.name, .coverage, .rows]] == [["users", "where", 2], ["orders", "where", 1],
		["order-items", "whole", 0], ["logs", "whole", 0]]'
	rows-peek --rows=users <"$stdout" | jq -s 'map(.id) == [6, 7]' | grep -q true
	expect_status 0 sqlite-extract --where '"order-items"=x IS NOT NULL' app.db
	expect_status 0 sqlite-extract --where "orders=user IN (SELECT id FROM users WHERE email > '')" app.db
}

@test "--where that is wrong: 64" {
	expect_status 64 sqlite-extract --where users app.db
	expect_stderr 'sqlite-extract: --where takes NAME=..., not "users"'
	expect_status 64 sqlite-extract --where 'usres=id > 5' app.db
	expect_said '^sqlite-extract: app.db: --where usres: .*did you mean users\?$'
	expect_status 64 sqlite-extract --where 'totals=1' app.db
	expect_said 'is a view'
	expect_status 64 sqlite-extract -t logs --where 'users=1' app.db
	expect_said -- '--where users'
	expect_status 64 sqlite-extract --where 'users=no_such_column = 1' app.db
	expect_said 'users.*no such column: no_such_column'
	expect_status 64 sqlite-extract --where 'users=1; DROP TABLE users' app.db
}

@test "--query and --key: the rows of a SELECT as a table" {
	expect_status 0 sqlite-extract -t logs --query 'top=SELECT id AS "Number", email FROM users ORDER BY id DESC' \
		--key top=Number app.db
	rows-peek --rows=top <"$stdout" | jq -s '. == [{Number: 7, email: null}, {Number: 6, email: "b@x"},
		{Number: 1, email: "a@x"}]' | grep -q true
	rows-peek --definitions --json <"$stdout" | jq -s . >json
	is '.[1] | .name == "top" and .coverage == "query" and ."primary key".terms == [{column: "Number"}]'
	is '.[1].columns[0] | .declared == "INTEGER" and .profile.integers == 3'
	is '.[1].sql == "SELECT id AS \"Number\", email FROM users ORDER BY id DESC"'
	expect_status 0 sqlite-extract --query 'v=SELECT * FROM totals' --key 'v=user,total' app.db
	rows-peek --definitions --json -t v <"$stdout" | jq -s . >json
	is '.[0]."primary key".terms == [{column: "user"}, {column: "total"}]'
}

@test "--query that is wrong, or does more than read: 64" {
	expect_status 64 sqlite-extract --query 'SELECT 1' app.db
	expect_stderr 'sqlite-extract: --query takes NAME=..., not "SELECT 1"'
	expect_status 64 sqlite-extract --query 'q=SELECT' app.db
	expect_said 'query q: '
	for sql in 'DELETE FROM users' 'SELECT 1; SELECT 2' "ATTACH 'x.db' AS x" 'PRAGMA journal_mode = wal' \
		"SELECT load_extension('x')" 'EXPLAIN SELECT 1' 'BEGIN'; do
		expect_status 64 sqlite-extract --query "q=$sql" app.db
		expect_said '^sqlite-extract: app.db: query q: '
	done
	expect_status 64 sqlite-extract --query 'users=SELECT 1' app.db
	expect_said 'a table of this name is read, too'
	expect_status 64 sqlite-extract --query 'q=SELECT 1 AS a, 2 AS a' app.db
	expect_said 'two columns are called a; name them with AS$'
	expect_status 64 sqlite-extract --query 'q=SELECT 1 AS a' --key q=b app.db
	expect_stderr 'sqlite-extract: app.db: --key b: no column of query q has this name'
	expect_status 64 sqlite-extract --key q=b app.db
	expect_stderr 'sqlite-extract: --key q=b: there is no --query of that name'
	[ ! -e x.db ]
}

@test "--materialize: a view as if it were a table" {
	expect_status 0 sqlite-extract --materialize totals app.db
	rows-peek --rows=totals <"$stdout" | jq -s '. == [{user: 1, total: 1.5}, {user: 6, total: -0.25}]' | grep -q true
	rows-peek --definitions --json -t totals <"$stdout" | jq -s . >json
	is '.[0].coverage == "query" and (.[0].sql | startswith("CREATE VIEW totals"))'
	expect_status 64 sqlite-extract --materialize users app.db
	expect_stderr 'sqlite-extract: app.db: --materialize users: no view of this name'
}

@test "--schema-only: definitions and profiles, no rows" {
	expect_status 0 sqlite-extract --schema-only app.db
	rows-peek --json <"$stdout" >json
	is '.tables | length == 4 and all(.rows == 0 and .frames == 0 and .coverage == "definitions")'
	definitions -s app.db
	is '.[0] | .expected == 3 and .columns[1].profile.texts == 2'
	rows-check -q <"$stdout"
}

@test "--no-profile: the same rows, no profile and no count" {
	expect_status 0 sqlite-extract --no-profile app.db
	rows-peek --rows <"$stdout" >rows
	sqlite-extract app.db | rows-peek --rows | cmp - rows
	definitions --no-profile app.db
	is 'all(.[].columns[]?; .profile == null) and all(.[]; .expected == null and .counted == null)'
}

@test "--no-check reads what is whole all the same" {
	expect_status 0 sqlite-extract --no-check app.db
	expect_stderr ''
	rows-check -q <"$stdout"
}

@test "--snapshot and --snapshot=DIR: the same rows, and nothing is left" {
	sqlite-extract app.db | rows-peek --rows >rows
	mkdir folder
	for option in --snapshot --snapshot=folder; do
		expect_status 0 env TMPDIR="$TEMP/folder" sqlite-extract $option app.db
		rows-peek --rows <"$stdout" | cmp - rows
		[ -z "$(ls -A folder)" ]
	done
	expect_status 73 sqlite-extract --snapshot=nowhere app.db
	expect_said '^sqlite-extract: app.db: a snapshot cannot be made in nowhere \(No such file or directory\); name another folder with --snapshot=DIR$'
}

@test "--stream-id: the same bytes again; without it another id each time" {
	id=00112233445566778899aabbccDDEEFF
	sqlite-extract --stream-id $id app.db >one
	sqlite-extract --stream-id=$id app.db | cmp - one
	rows-peek --json one >json
	is '.hello.stream == "00112233445566778899aabbccddeeff"'
	sqlite-extract --stream-id $id --snapshot app.db >two
	cmp <(rows-peek --rows one) <(rows-peek --rows two)
	sqlite-extract app.db >one
	sqlite-extract app.db >two
	not cmp -s one two
	for id in 123 0011223344556677889900112233445x 001122334455667788990011223344556; do
		expect_status 64 sqlite-extract --stream-id $id app.db
		expect_stderr "sqlite-extract: --stream-id takes 32 hexadecimal digits, not \"$id\""
	done
}

@test "HELLO: the source without its path, and the options that change the stream" {
	mkdir folder
	cp app.db folder/copy.db
	sqlite-extract -t users --where 'users=id > 5' --no-check --wait 3 --snapshot folder/copy.db | rows-peek --json >json
	is '.hello.sources | length == 1 and (.[0] | .kind == "sqlite" and .name == "copy.db" and .encoding == "UTF-8")'
	is '.hello.provenance == [{tool: "sqlite-extract", version: .hello.provenance[0].version, options: [
		{option: "table", value: "users"}, {option: "where", value: "users=id > 5"}]}]'
	jq -r .hello.sources[0].fingerprint json >one
	sqlite-extract app.db | rows-peek --json | jq -r .hello.sources[0].fingerprint | cmp - one
	sqlite3 app.db 'CREATE TABLE another(x)'
	sqlite-extract app.db | rows-peek --json | jq -r .hello.sources[0].fingerprint >two
	not cmp -s one two
}

@test "no path, clock or machine in a stream" {
	mkdir -p elsewhere/deep
	cp app.db elsewhere/deep/app.db
	id=00000000000000000000000000000001
	sqlite-extract --stream-id $id app.db >one
	sleep 0.01
	(cd elsewhere && TZ=Asia/Tokyo sqlite-extract --stream-id $id deep/app.db) | cmp - one
	sqlite-extract --stream-id $id "$PWD/app.db" | cmp - one
}

@test "the database is as it was, and nothing is beside it" {
	sha256sum app.db >sum
	for option in --no-check --schema-only --snapshot --materialize=totals; do
		expect_status 0 sqlite-extract $option app.db
	done
	sha256sum -c --quiet sum
	[ "$(echo app.db*)" = app.db ]
}

# --- definitions ---------------------------------------------------------------------------------------

@test "columns: declared types, defaults, collations, identity, quoting" {
	sqlite3 new.db <<-'SQL'
		CREATE TABLE t(
			a INTEGER PRIMARY KEY AUTOINCREMENT,
			"B" VARCHAR(20) NOT NULL DEFAULT 'it''s' COLLATE NOCASE,
			[c d] DECIMAL(10, 2) DEFAULT (1 + 2),
			`e` DEFAULT CURRENT_TIMESTAMP,
			f "my type" DEFAULT -1.5 COLLATE RTRIM,
			g TEXT DEFAULT NULL);
		INSERT INTO t(a) SELECT 41 WHERE 0;
		INSERT INTO t(a, "B") VALUES (41, 'x');
		DELETE FROM t;
		CREATE TABLE u(id INTEGER PRIMARY KEY, id2 INT);
		CREATE TABLE "V"(id INTEGER PRIMARY KEY DESC);
	SQL
	definitions new.db
	is '.[0].columns | map(.name) == ["a", "B", "c d", "e", "f", "g"]'
	is '.[0].columns | map(.source) == map(.name) and all(.type == "raw")'
	is '.[0].columns | map(.declared) == ["INTEGER", "VARCHAR(20)", "DECIMAL(10, 2)", null, "my type", "TEXT"]'
	is '.[0].columns | map(.default) == [null, "\u0027it\u0027\u0027s\u0027", "1 + 2", "CURRENT_TIMESTAMP", "-1.5", "NULL"]'
	is '.[0].columns | map(.quoted == true) == [false, true, true, true, false, false]'
	is '.[0].columns | map(.collation) == [null, "NOCASE", null, null, "RTRIM", null]'
	is '.[0].columns | map(."not null" == true) == [false, true, false, false, false, false]'
	is '.[0].columns[0] | .identity == "autoincrement" and ."last identity" == 41'
	is '.[1].columns | map(.identity) == ["rowid", null]'
	is '.[2] | .quoted and .columns[0].identity == null'
	is '.[1].quoted == null'
}

@test "primary and unique keys: composite, named, descending, collated" {
	sqlite3 new.db <<-'SQL'
		CREATE TABLE p(a, b, c, CONSTRAINT "Pk" PRIMARY KEY (b DESC, a COLLATE NOCASE), CONSTRAINT uq UNIQUE (c, a), UNIQUE (c));
		CREATE TABLE w(k TEXT, v, PRIMARY KEY (v, k)) WITHOUT ROWID;
		CREATE TABLE s(a INT PRIMARY KEY, b TEXT UNIQUE) STRICT;
		CREATE TABLE n(a);
	SQL
	definitions new.db
	is '.[0]."primary key" == {name: "Pk", quoted: true, terms: [{column: "b", descending: true},
		{column: "a", collation: "NOCASE"}]}'
	is '[.[0]."unique keys"[] | [.name, [.terms[].column]]] | sort == [[null, ["c"]], ["uq", ["c", "a"]]]'
	is '.[1] | ."without rowid" and .strict == null and ."primary key".terms == [{column: "v"}, {column: "k"}]'
	is '.[2] | .strict and ."without rowid" == null and (."unique keys" | length == 1)'
	is '.[3] | ."primary key" == null and ."unique keys" == null'
}

@test "indexes: columns, expressions with JSON functions, partial, unique" {
	sqlite3 new.db <<-'SQL'
		CREATE TABLE t(a, b TEXT, j);
		CREATE INDEX one ON t(a DESC, b COLLATE NOCASE);
		CREATE UNIQUE INDEX "Two" ON t(json_extract(j, '$.id'), lower(b)) WHERE j IS NOT NULL AND a > 0;
		INSERT INTO t VALUES (1, 'x', '{"id": 3}');
	SQL
	definitions new.db
	is '.[0].indexes | sort_by(.name) | .[1] | .name == "one" and .unique == null and .where == null and
		.terms == [{column: "a", descending: true}, {column: "b", collation: "NOCASE"}]'
	is '.[0].indexes | sort_by(.name) | .[0] | .name == "Two" and .quoted and .unique and
		.where == "j IS NOT NULL AND a > 0" and (.sql | startswith("CREATE UNIQUE INDEX"))'
	is '.[0].indexes | sort_by(.name) | .[0].terms | map(.expression) ==
		["json_extract(j, '"'$.id'"')", "lower(b)"]'
	oracle new.db
}

@test "foreign keys: implicit, composite, cyclic, actions, deferrable, named" {
	sqlite3 new.db <<-'SQL'
		CREATE TABLE a(id INTEGER PRIMARY KEY, b INT CONSTRAINT fk REFERENCES b DEFERRABLE INITIALLY DEFERRED);
		CREATE TABLE b(id INTEGER PRIMARY KEY, x, y, self REFERENCES b(id) ON DELETE CASCADE ON UPDATE SET NULL,
			FOREIGN KEY (x, y) REFERENCES c(p, q) ON DELETE SET DEFAULT, FOREIGN KEY (id) REFERENCES a);
		CREATE TABLE c(p, q, UNIQUE (p, q));
		CREATE TABLE d(z REFERENCES nowhere(id) DEFERRABLE);
	SQL
	definitions new.db
	is '.[0]."foreign keys" == [{name: "fk", columns: ["b"], table: "b", "on update": "NO ACTION",
		"on delete": "NO ACTION", deferrable: "deferred"}]'
	is '[.[1]."foreign keys"[] | {table, columns, targets, d: ."on delete", u: ."on update"}] | sort_by(.table) == [
		{table: "a", columns: ["id"], targets: null, d: "NO ACTION", u: "NO ACTION"},
		{table: "b", columns: ["self"], targets: ["id"], d: "CASCADE", u: "SET NULL"},
		{table: "c", columns: ["x", "y"], targets: ["p", "q"], d: "SET DEFAULT", u: "NO ACTION"}]'
	is '.[3]."foreign keys"[0] | .table == "nowhere" and .deferrable == "immediate"'
}

@test "checks and generated columns" {
	sqlite3 new.db <<-'SQL'
		CREATE TABLE t(a INT CHECK (a > 0), b INT, g AS (a * 2), h TEXT GENERATED ALWAYS AS (b || '!') STORED,
			CONSTRAINT "Both" CHECK (a <> b OR b IS NULL));
		INSERT INTO t(a, b) VALUES (1, 2), (3, NULL);
	SQL
	definitions new.db
	is '.[0].checks == [{expression: "a > 0"}, {name: "Both", expression: "a <> b OR b IS NULL"}]'
	is '.[0].columns | map([.generated, .stored]) == [[null, null], [null, null], ["a * 2", null], ["b || '"'!'"'", true]]'
	oracle new.db
}

@test "a table that was renamed and altered is understood" {
	sqlite3 new.db <<-'SQL'
		CREATE TABLE t(a /* first */, b -- second
			, c);
		ALTER TABLE t RENAME TO "new";
		ALTER TABLE new ADD COLUMN d TEXT NOT NULL DEFAULT 'x';
		ALTER TABLE new DROP COLUMN b;
		ALTER TABLE new RENAME COLUMN a TO "a b";
	SQL
	definitions new.db
	is '.[0] | .name == "new" and (.columns | map(.name) == ["a b", "c", "d"]) and .remarks == null'
	is '.[0].columns[2] | ."not null" and .default == "'"'x'"'"'
}

@test "a generated column whose function is unknown is an object; the rest of its table is read" {
	python new.db <<-'PY'
		db.create_function("mine", 1, lambda x: x, deterministic=True)
		db.execute("CREATE TABLE t(a, g AS (mine(a)), b)")
		db.execute("INSERT INTO t VALUES (1, 2)")
	PY
	expect_status 0 sqlite-extract new.db
	rows-peek --rows=t <"$stdout" >rows
	grep -Fxq '{"a":1,"b":2}' rows
	definitions new.db
	is '.[1] | .kind == "generated column" and .name == "g" and .table == "t" and .sql == "mine(a)" and
		(.remark | contains("mine"))'
	is '.[0].columns | map(.name) == ["a", "b"]'
}

@test "collations of an application: a warning, and every row" {
	python new.db <<-'PY'
		db.create_collation("app", lambda a, b: (a > b) - (a < b))
		db.execute("CREATE TABLE t(a TEXT COLLATE app PRIMARY KEY, b)")
		db.execute("CREATE TABLE w(a TEXT COLLATE app PRIMARY KEY, b) WITHOUT ROWID")
		db.execute("CREATE INDEX i ON t(b COLLATE app)")
		for table in "tw":
		    db.executemany("INSERT INTO %s VALUES (?, ?)" % table, [(str(i), i) for i in range(99)])
	PY
	expect_status 0 "$ROOT/tests/oracle" new.db
	expect_said '^sqlite-extract: warning: (new.db: )?table . could not be checked \(no such collation sequence: app\)$'
	definitions new.db
	is '.[0].columns[0].collation == "app" and .[0].indexes[0].terms == [{column: "b", collation: "app"}]'
}

# --- every cell, against the oracle -------------------------------------------------------------------------

@test "the oracle finds what is wrong" {
	sqlite3 new.db "CREATE TABLE t(a); INSERT INTO t VALUES (1), (x'00'), ('1'), (1.0)"
	oracle new.db
	expect_status 1 "$ROOT/tests/oracle" new.db -- --where 't=a <> 1.0'
	expect_status 1 "$ROOT/tests/oracle" new.db -- --schema-only
	expect_status 1 "$ROOT/tests/oracle" app.db -- -T logs
}

@test "storage classes mixed, ends of integers, infinities, minus zero" {
	python new.db <<-'PY'
		db.execute("CREATE TABLE t(n, i INTEGER, t TEXT, r REAL, b BLOB, d DECIMAL(5))")
		values = [None, 0, 1, -1, 23, 24, 127, 128, -32, -33, -128, -129, 2**31, -2**31 - 1, 2**32, 2**53 + 1,
		    2**63 - 1, -2**63, 0.0, -0.0, 1.5, 1e308, 5e-324, -1e-300, 0.1, 1 / 3, 2.0**63, math.inf, -math.inf,
		    float("nan"), "", "x", "1", "1.0", "1e5", " 1", "\0", "a\0b", "Infinity", "-Infinity", "null", b"", b"\0",
		    b"x" * 16, "\u00e9\u4e2d\U0001f600", "\ufffd", "\u202e", "x" * 31, "x" * 32, "x" * 255, "x" * 256,
		    b"y" * 65535, "z" * 65536]
		for value in values:
		    db.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", [value] * 6)
	PY
	oracle new.db
	sqlite-extract new.db | rows-peek --rows=t >rows
	grep -q '"n":-9223372036854775808,"i":-9223372036854775808,"t":"-9223372036854775808"' rows
	grep -q '"n":-0.0,' rows
	definitions new.db
	is '.[0].columns[0].profile.shapes | .real_minus_zero == 1 and .real_infinite == 2 and .text_nul == 2'
}

@test "text that is not UTF-8 travels untouched" {
	python new.db <<-'PY'
		db.execute("CREATE TABLE t(a TEXT, b)")
		for data in [b"\xff", b"caf\xe9", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"a\0\xff",
		    b"x" * 40 + b"\xe9", b"\xc3\xa9"]:
		    db.execute("INSERT INTO t VALUES (CAST(? AS TEXT), ?)", (data, data))
	PY
	oracle new.db
	definitions new.db
	is '.[0].columns[0].profile | .ill == 8 and .texts == 1'
	sqlite-extract new.db | rows-peek --rows=t | head -n 2 | tail -n 1 >row
	grep -Fxq '{"a":{"utf8":"636166e9"},"b":{"bytes":"636166e9"}}' row
}

@test "UTF-16, both ends first, well-formed and not" {
	for encoding in UTF-16le UTF-16be; do
		python $encoding.db $encoding <<-'PY'
			db.execute("PRAGMA encoding = '%s'" % sys.argv[2])
			codec = "utf-16-" + sys.argv[2][-2:]
			db.execute("CREATE TABLE t(a TEXT, \"\u00e9\U0001f600\" TEXT DEFAULT '\u4e2d')")
			for text in ["", "a", "\0", "a\0b", "\u00e9", "\u4e2d\U0001f600", "\ufeffx", "x" * 100, "\u4e2d" * 100]:
			    db.execute("INSERT INTO t VALUES (?, 'x')", (text,))
			for units in [[0x41, 0xd800, 0x42], [0xdc00], [0xd800], [0xd83d, 0xd83d, 0xde00], [0x41, 0xdfff]]:
			    data = b"".join(struct.pack("<H" if codec.endswith("le") else ">H", unit) for unit in units)
			    db.execute("INSERT INTO t VALUES (CAST(x'%s' AS TEXT), 'y')" % data.hex())
		PY
		oracle $encoding.db
		definitions $encoding.db
		is '.[0].columns[0].profile | .ill == 5 and .texts == 9'
		is '.[0].columns[1] | .name == "é😀" and .default == "'"'中'"'"'
		[ "$(sqlite-extract $encoding.db | rows-peek --json | jq -r .hello.sources[0].encoding)" = $encoding ]
	done
}

@test "cells of 12 MB, each in a frame of its own" {
	python new.db <<-'PY'
		db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)")
		db.executemany("INSERT INTO t(a) VALUES (?)", [("x",), (b"\0\xff" * 6000000,), ("\u00e9" * 6000000,), ("y",)])
	PY
	oracle new.db
	sqlite-extract new.db | rows-peek --json >json
	is '.tables[0] | .rows == 4 and .frames == 4'
}

@test "1,200 columns" {
	python new.db <<-'PY'
		db.execute("CREATE TABLE t(%s)" % ", ".join("c%d" % i for i in range(1200)))
		for row in range(3):
		    cells = ", ".join(str(row * 7 + i) if i % 3 else "'t%d'" % i for i in range(1200))
		    db.execute("INSERT INTO t VALUES (%s)" % cells)
	PY
	oracle new.db
}

@test "500 tables" {
	python new.db <<-'PY'
		for i in range(500):
		    db.execute("CREATE TABLE t%d(a, b)" % i)
		    db.executemany("INSERT INTO t%d VALUES (?, ?)" % i, [(i, j) for j in range(i % 4)])
	PY
	oracle new.db
	[ "$(head -n 1 "$stdout")" = 'new.db: 500 tables, 0 objects, 1500 cells: 0 differences' ]
}

@test "names: empty, quotes, newline, ESC, 70 bytes, emoji, like keywords" {
	python new.db <<-'PY'
		for i, name in enumerate(["", "a\"b", "it's", "[x]", "`", "a\nb", "\x1b[31m", "n" * 70, "\U0001f600", "select",
		    "a.b", " ", "a,b=c", "caf\u00e9", "%s", "\\", "-x", "\u202e"]):
		    name = '"%s"' % name.replace('"', '""')
		    db.execute("CREATE TABLE %s(%s, x)" % (name, name))
		    db.execute("CREATE INDEX \"i%d\" ON %s(%s DESC) WHERE %s > 0" % (i, name, name, name))
		    db.execute("INSERT INTO %s VALUES (?, ?)" % name, (i, name))
	PY
	oracle new.db
	definitions new.db
	is 'length == 18 and all(.columns[0].name == .name and .indexes[0].terms == [{column: .name, descending: true}])'
	expect_status 0 sqlite-extract -t '' new.db
	[ "$(rows-peek --json <"$stdout" | jq -c '[.tables[] | [.name, .rows]]')" = '[["",1]]' ]
	[ "$(sqlite-extract --where '"a,b=c"=x IS NULL' new.db | rows-peek -t 'a,b=c' --json | jq .tables[0].rows)" = 0 ]
}

@test "WITHOUT ROWID, STRICT, AUTOINCREMENT, negative and giant keys" {
	python new.db <<-'PY'
		db.execute("CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID")
		db.execute("CREATE TABLE s(i INT, r REAL, t TEXT, b BLOB, a ANY) STRICT")
		db.execute("CREATE TABLE k(id INTEGER PRIMARY KEY AUTOINCREMENT, v)")
		db.executemany("INSERT INTO w VALUES (?, ?)", [(str(random.random()), i) for i in range(500)])
		db.execute("INSERT INTO s VALUES (1, 2, 3, x'04', '5')")
		db.executemany("INSERT INTO k VALUES (?, 0)", [(-2**63,), (-1,), (0,), (2**63 - 1,)])
	PY
	oracle new.db
	definitions new.db
	is '.[2].columns[0] | ."last identity" == 9223372036854775807'
}

@test "FTS5 and R-tree: virtual tables are objects, shadow tables are recognised" {
	sqlite3 new.db <<-'SQL'
		CREATE VIRTUAL TABLE f USING fts5(title, body);
		INSERT INTO f VALUES ('one', 'two');
		CREATE VIRTUAL TABLE r USING rtree(id, x0, x1);
		INSERT INTO r VALUES (1, 2, 3);
		CREATE TABLE f_notes(x);
		INSERT INTO f_notes VALUES (1);
		CREATE VIRTUAL TABLE "it's" USING fts5(x, content='f_notes');
		CREATE VIRTUAL TABLE v USING fts5vocab(f, 'row');
	SQL
	oracle new.db
	for table in f r; do
		sqlite-extract --query "q=SELECT * FROM $table" new.db | rows-peek --rows=q >rows
		[ "$(wc -l <rows)" -eq 1 ]
	done
	expect_status 64 sqlite-extract --query 'q=DELETE FROM r_node' new.db
	definitions new.db
	is 'map(select(.coverage) | .name) == ["f_notes"]'
	is 'map(select(.kind == "virtual table") | .name) == ["f", "r", "it'"'"'s", "v"]'
	is 'map(select(.kind == "virtual table") | .remark | sub(".*; "; "")) | .[:2] ==
		["--query \u0027f=SELECT * FROM \"f\"\u0027 takes its rows along",
		 "--query \u0027r=SELECT * FROM \"r\"\u0027 takes its rows along"]'
	is 'map(select(.kind == "virtual table") | .remark) | .[2:] ==
		["it finds words in texts of other tables: a tsvector column and a GIN index do its work",
		 "what it shows is made by fts5vocab, a module of SQLite\u0027s or of the application\u0027s"]'
	is 'map(select(.kind == "shadow table") | .name) | map(select(startswith("it") | not)) | sort ==
		["f_config", "f_content", "f_data", "f_docsize", "f_idx", "r_node", "r_parent", "r_rowid"]'
	expect_status 64 sqlite-extract -t f new.db
	expect_said 'is a virtual table or part of one'
	expect_status 0 sqlite-extract --query 'found=SELECT rowid, title FROM f' new.db
	rows-peek --rows=found <"$stdout" | grep -Fxq '{"rowid":1,"title":"one"}'
	expect_status 0 sqlite-extract --query 'f=SELECT * FROM "f"' new.db
	rows-peek --rows=f <"$stdout" | grep -Fxq '{"title":"one","body":"two"}'
}

@test "a table whose index covers it is read in the order of its rows" {
	python new.db <<-'PY'
		db.execute("CREATE TABLE t(a, b)")
		db.execute("CREATE INDEX i ON t(b, a)")
		db.executemany("INSERT INTO t VALUES (?, ?)", [(i, -i) for i in range(2000)])
		db.execute("ANALYZE")
	PY
	oracle new.db
}

@test "an empty database, and one of definitions only" {
	sqlite3 new.db 'PRAGMA user_version = 1'
	oracle new.db
	sqlite3 new.db 'CREATE TABLE t(a)'
	oracle new.db
	definitions new.db
	is '.[0] | .counted and .expected == null and .columns[0].profile == {}'
}

@test "which migrations a framework has run is an object, where its table is one" {
	sqlite3 new.db <<-'SQL'
		CREATE TABLE django_migrations(id INTEGER PRIMARY KEY, app, name, applied);
		INSERT INTO django_migrations VALUES (1, 'shop', '0001_a', 0), (2, 'auth', '0002_b', 0), (3, NULL, 'x', 0);
		CREATE TABLE _prisma_migrations(migration_name, finished_at, rolled_back_at);
		INSERT INTO _prisma_migrations VALUES ('one', 1, NULL), ('failed', NULL, NULL), ('gone', 1, 2);
		CREATE TABLE alembic_version(something_else);
		CREATE TABLE SequelizeMeta(name); CREATE TABLE knex_migrations(name);
		INSERT INTO knex_migrations VALUES (hex(zeroblob(1 << 20)));
	SQL
	oracle new.db
	definitions new.db
	is 'map(select(.kind == "migrations") | [.name, .sql]) == [["django_migrations", "shop 0001_a\nauth 0002_b\n"],
		["_prisma_migrations", "one\n"], ["SequelizeMeta", ""], ["knex_migrations", null]]'
	sqlite-extract -T django_migrations -s new.db | rows-peek --definitions >definitions
	not grep 'migrations *django' definitions
}

@test "profiles agree with SQL's own aggregates" {
	python new.db <<-'PY'
		random.seed(7)
		words = [None, "x", "", 0, 1, 7, -3.25, 1e9, b"abc", b"0123456789abcdef", "2020-01-02", "true", "12", "\u00e9\u00e9"]
		db.execute("CREATE TABLE t(a, b INTEGER, c TEXT, d REAL, e BLOB)")
		db.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", [random.choices(words, k=5) for _ in range(3000)])
	PY
	definitions new.db
	for place in 0 1 2 3 4; do
		column=$(echo a b c d e | cut -d ' ' -f $((place + 1)))
		sqlite3 new.db "SELECT json_object('nulls', sum(typeof($column) = 'null'),
			'integers', sum(typeof($column) = 'integer'), 'reals', sum(typeof($column) = 'real'),
			'texts', sum(typeof($column) = 'text'), 'blobs', sum(typeof($column) = 'blob'),
			'least', min($column) FILTER (WHERE typeof($column) = 'integer'),
			'most', max($column) FILTER (WHERE typeof($column) = 'integer'),
			'text', max(length(CAST($column AS BLOB))) FILTER (WHERE typeof($column) = 'text'),
			'characters', max(length($column)) FILTER (WHERE typeof($column) = 'text'),
			'blob', max(length($column)) FILTER (WHERE typeof($column) = 'blob')) FROM t" >wanted
		jq -e --slurpfile wanted wanted --argjson place $place '.[0].columns[$place].profile | {nulls: (.nulls // 0),
			integers: (.integers // 0), reals: (.reals // 0), texts: (.texts // 0), blobs: (.blobs // 0),
			least: (if .integers then ."least integer" // 0 else null end),
			most: (if .integers then ."most integer" // 0 else null end),
			text: (if .texts then ."longest text" // 0 else null end),
			characters: (if .texts then ."longest characters" // 0 else null end),
			blob: (if .blobs then ."longest blob" // 0 else null end)} == $wanted[0]' json
	done
	oracle new.db
}

@test "a definition that no frame can carry: 78" {
	python new.db <<-'PY'
		db.execute("CREATE VIEW v AS SELECT '%s'" % ("x" * (17 << 20)))
	PY
	sqlite-extract new.db >aborted 2>said || [ $? -eq 78 ]
	expect_status 78 rows-check <aborted
	expect_said '^rows-check: sqlite-extract stopped: one OBJECT of [0-9]+ bytes is larger than the stream can carry'
}

@test "every database of the cases, cell for cell" {
	cases=${ROWPIPE_CASES:-$ROOT/../shared/cases}
	[ -d "$cases" ] || skip 'ROWPIPE_CASES names no folder'
	cp "$cases"/*.db* .
	expect_status 0 "$ROOT/tests/oracle" ./*.db
}
