# rows-retype: types from profiles and from plans, conversions, what does not fit.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, active BOOLEAN, "Born" DATE);
		INSERT INTO users VALUES (1, 'a@x', 1, '2000-01-02'), (2, 'b@x', 0, NULL);
		CREATE TABLE logs(id INTEGER PRIMARY KEY, at DATETIME, msg TEXT, user INT REFERENCES users);
		INSERT INTO logs VALUES (1, '2024-01-02', 'a', 1), (2, '', 'b', 2), (3, '2024-02-30', 'c', NULL);
		CREATE TABLE visits(at INTEGER, secret TEXT);
		INSERT INTO visits VALUES (1700000000123, 'x'), (1700000000456, 'y'), (1700000000789, NULL);
		CREATE VIEW active AS SELECT * FROM users WHERE active;
	SQL
	sqlite-extract --stream-id 000102030405060708090a0b0c0d0e0f app.db >app.raw
}

# retype OPTION…: from app.raw into out, and its definitions into types: "table.column type target".
retype() {
	rows-retype "$@" <"${raw:-app.raw}" >out || return
	rows-check out >/dev/null
	rows-peek --definitions --json out |
		jq -r 'select(.columns) | .source as $t | .columns[] | "\($t).\(.source) \(.type) \(.target)"' >types
}

type_of() {
	sed -n "s/^$1 //p" types
}

rows_of() {
	rows-peek --rows="$1" out
}

counts() { # table, column, kind and count of what rows-retype has changed, from END
	python3 - "$1" <<-'PY'
		import sys
		data, at, end = open(sys.argv[1], "rb").read(), 0, b""
		while at < len(data):
		    size = 38 + int.from_bytes(data[at + 17:at + 21], "big")
		    end, at = data[at + 38:at + size], at + size
		def read(b):
		    c = b.pop(0)
		    take = lambda n: bytes(b.pop(0) for _ in range(n))
		    if c < 0x80: return c
		    if c < 0x90: return {read(b): read(b) for _ in range(c - 0x80)}
		    if c < 0xa0: return [read(b) for _ in range(c - 0x90)]
		    if c < 0xc0: return take(c - 0xa0).decode()
		    if c == 0xd9: return take(take(1)[0]).decode()
		    if c == 0xc4: return take(take(1)[0]).hex()
		    if c in (0xc2, 0xc3): return c == 0xc3
		    if 0xcc <= c <= 0xcf: return int.from_bytes(take(1 << (c - 0xcc)), "big")
		    if c == 0xdc: return [read(b) for _ in range(int.from_bytes(take(2), "big"))]
		    raise Exception(hex(c))
		for tool in (t for t in read(list(end)).get("tools", []) if t["tool"] == "rows-retype"):
		    for c in tool["counts"]:
		        print(c.get("table"), c.get("column", "-"), c["kind"], c.get("count", 0))
	PY
}

@test "types by profile: what is declared, when all of it fits" {
	retype
	[ "$(type_of users.id)" = 'int8 bigint' ]
	[ "$(type_of users.email)" = 'text text' ]
	[ "$(type_of users.active)" = 'bool boolean' ]
	[ "$(type_of users.Born)" = 'date date' ]
	[ "$(type_of logs.at)" = 'text text' ]
	[ "$(type_of logs.user)" = 'int8 bigint' ]
	[ "$(type_of visits.at)" = 'int8 bigint' ]
	[ "$(rows_of users | head -n 1)" = '{"id":1,"email":"a@x","active":true,"Born":1}' ]
	[ "$(rows_of logs | tail -n 1)" = '{"id":3,"at":"2024-02-30","msg":"c","user":null}' ]
}

@test "what changed is counted in END, and nothing else" {
	retype
	[ "$(counts out)" = 'users active integer to boolean 2
users Born text to time 1' ]
}

@test "views and order of definitions stay as they are" {
	retype
	diff <(rows-peek --definitions --json app.raw | jq -r .name) \
		<(rows-peek --definitions --json out | jq -r .name)
}

@test "the source's names, profiles and SQL stay as they are" {
	retype
	local keep='del(.columns[]?|.type,.target,.note)'
	diff <(rows-peek --definitions --json app.raw | jq -c "$keep") \
		<(rows-peek --definitions --json out | jq -c "$keep")
}

@test "notes say why, what is to be decided, and what would do" {
	retype
	rows-peek --definitions --json out | jq -r '.columns[]?.note' >notes
	grep -Fx 'bigint # INTEGER; 2 integers, 1..2' notes
	grep -E '^text # decide: DATETIME; 3 texts' notes
	grep -Fx 'timestamptz epoch_ms # likely' notes
}

@test "the same input and options are the same bytes; another option another id" {
	retype
	cp out first
	retype
	cmp first out
	for option in --times '--set=logs.at -> * text' --timezone=+02:00; do
		retype "$option"
		! cmp -s first out
		[ "$(head -c 80 out | sha256sum)" != "$(head -c 80 first | sha256sum)" ]
	done
	rows-retype --strict-types --set 'logs.at -> * text' <app.raw >out
	rows-retype --set 'logs.at -> * text' <app.raw | cmp - out
}

@test "a plan file counts by what it holds, not by its name" {
	echo 'logs.at -> * text' >a.plan
	cp a.plan b.plan
	retype --use-plan a.plan
	cp out first
	retype --use-plan b.plan
	cmp first out
	rows-peek out | grep -q '^made by: rows-retype .* --use-plan=[0-9a-f]\{32\}$'
	echo '# more' >>b.plan
	retype --use-plan b.plan
	! cmp -s first out
}

@test "--times takes what is likely; a plan's line goes before it" {
	retype --times
	[ "$(type_of visits.at)" = 'timestamptz timestamptz' ]
	[ "$(rows_of visits | head -n 1)" = '{"at":753315200123000,"secret":"x"}' ]
	retype --times --set 'visits.at -> * bigint'
	[ "$(type_of visits.at)" = 'int8 bigint' ]
}

@test "--set: types and policies" {
	retype --set "logs.at -> … date nullify '' '2024-02-30'" --set 'visits.at -> * timestamp(3) epoch_ms' \
		--set 'users.id -> * "MyType"' --set 'logs.user -> * numeric(10,2)'
	[ "$(type_of logs.at)" = 'date date' ]
	[ "$(type_of visits.at)" = 'timestamp timestamp(3)' ]
	[ "$(type_of users.id)" = '"MyType" "MyType"' ]
	[ "$(rows_of logs | jq -c .at)" = $'8767\nnull\nnull' ]
	counts out | grep -Fx 'logs at made NULL 2'
	counts out | grep -Fx 'visits at number to time 3'
}

@test "--set: NUL bytes and what is no UTF-8" {
	sqlite3 odd.db "CREATE TABLE t(a TEXT, b TEXT);
		INSERT INTO t VALUES ('x' || char(0) || 'y', cast(x'c3' AS TEXT));"
	sqlite-extract odd.db >odd.raw
	raw=odd.raw
	retype
	[ "$(type_of t.a)" = 'bytea bytea' ]
	[ "$(type_of t.b)" = 'bytea bytea' ]
	retype --set 't.a -> * text nul strip' --set 't.b -> * text utf8 latin1'
	[ "$(rows_of t)" = '{"a":"xy","b":"Ã"}' ]
	retype --set 't.a -> * text nul escape' --set 't.b -> * text utf8 replace'
	[ "$(rows_of t)" = '{"a":"x\\000y","b":"�"}' ]
	retype --set 't.a -> * bytea' --set 't.b -> * text utf8 escape'
	[ "$(rows_of t)" = '{"a":{"bytes":"780079"},"b":"\\303"}' ]
}

@test "later lines win, patterns match, exact names are exact" {
	retype --set '*.at -> * text' --set 'logs.AT -> * bytea'
	[ "$(type_of logs.at)" = 'bytea bytea' ]
	[ "$(type_of visits.at)" = 'text text' ]
	retype --set 'logs.at -> * bytea' --set '*.at -> * text'
	[ "$(type_of logs.at)" = 'text text' ]
	expect_status 78 rows-retype --set '"LOGS".at -> * text' <app.raw
	expect_stderr 'rows-retype: --set: matches nothing in the stream: "LOGS".at -> * text (rows-peek --definitions lists what is there)'
}

@test "skip leaves out columns and tables, says so in END, and is taken back by a later line" {
	retype --set 'visits -> skip' --set 'logs.at -> skip' --set '*.email -> skip'
	! grep -E '^visits|logs.at|users.email' types
	[ "$(rows_of logs | head -n 1)" = '{"id":1,"msg":"a","user":1}' ]
	[ "$(counts out | grep ' skip ')" = 'users email skip 2
logs at skip 3
visits - skip 3' ]
	rows-peek out | grep -q '3 rows of a table that was left out: visits'
	retype --set '*.at -> skip' --set 'logs.at -> *'
	grep -q '^logs.at' types
	! grep -q '^visits.at' types
	expect_status 78 rows-retype --set 'visits.* -> skip' <app.raw
	expect_stderr 'rows-retype: no column of table "visits" would be left; skip the table itself'
}

@test "--use-plan and --set: the lines of --set are laid over the file" {
	printf '# a plan\n\nlogs.at -> … bytea # bytes\r\n\tvisits.secret -> skip' >my.plan
	retype --use-plan my.plan --set 'logs.at -> * text'
	[ "$(type_of logs.at)" = 'text text' ]
	[ "$(rows_of visits | head -n 1)" = '{"at":1700000000123}' ]
	retype --use-plan <(cat my.plan)
	[ "$(type_of logs.at)" = 'bytea bytea' ]
}

@test "nullify drops NOT NULL, with a remark" {
	sqlite3 n.db "CREATE TABLE t(a TEXT NOT NULL); INSERT INTO t VALUES ('x'), ('');"
	sqlite-extract n.db >n.raw
	raw=n.raw
	retype --set "t.a -> * text nullify ''"
	rows-peek --definitions --json out | jq -e '.columns[0]."not null" == null and (.remarks | length == 1)'
}

@test "a value that does not fit: 78, with table, column, key, kind, and the line that takes it" {
	expect_status 78 rows-retype --set 'logs.at -> * date' <app.raw
	expect_said '^rows-retype: logs\.at as date, row 2 \(key: id 2\): text that is no date \(.*\); the plan line that takes it: logs\.at -> … text$'
	line=$(sed 's/.*takes it: //' "$stderr")
	retype --set 'logs.at -> * date' --set "$line"
	rows-retype --set 'logs.at -> * date' <app.raw 2>/dev/null >aborted || true
	expect_status 78 rows-check aborted
	expect_said '^rows-check: rows-retype stopped: logs\.at as date, row 2'
}

@test "the key of a row that does not fit: composite, none, long" {
	sqlite3 k.db "CREATE TABLE a(x TEXT, \"Y y\" BLOB, v, PRIMARY KEY(x, \"Y y\"));
		INSERT INTO a VALUES ('k', x'00ff', 'v');
		CREATE TABLE b(v); INSERT INTO b VALUES (1), (2), ('v');
		CREATE TABLE c(k TEXT PRIMARY KEY, v); INSERT INTO c VALUES ('$(printf '%0100d' 0)', 'v');"
	sqlite-extract k.db >k.raw
	expect_status 78 rows-retype --set 'a.v -> * bigint' <k.raw
	expect_said 'a\.v as bigint, row 1 \(key: x "k", "Y y" \{"bytes":"00ff"\}\): '
	expect_status 78 rows-retype --set 'b.v -> * bigint' <k.raw
	expect_said 'b\.v as bigint, row 3: .*takes it: b\.v -> … text$'
	expect_status 78 rows-retype --set 'c.v -> * bigint' <k.raw
	expect_said 'c\.v as bigint, row 1 \(key: k "0{47}…\): '
}

@test "what takes it without a profile: text, or bytes" {
	sqlite3 k.db "CREATE TABLE t(v); INSERT INTO t VALUES ('x');
		CREATE TABLE u(v); INSERT INTO u VALUES (x'00');"
	sqlite-extract --no-profile k.db >k.raw
	expect_status 78 rows-retype --set '*.* -> * bigint' <k.raw
	expect_said 't\.v -> … text$'
	expect_status 78 rows-retype --set 't.v -> * text' --set 'u.v -> * text' <k.raw
	expect_said 'u\.v -> … bytea$'
	raw=k.raw
	retype --set 't.v -> * text' --set 'u.v -> * bytea'
}

@test "no profile and no plan: 78; a whole plan is enough" {
	sqlite-extract --no-profile app.db >bare.raw
	expect_status 78 rows-retype <bare.raw
	expect_stderr 'rows-retype: users.id: neither a profile nor a plan says what it is; extract without --no-profile, or give every column a type with --use-plan or --set'
	expect_status 78 rows-retype --set 'users.* -> * text' <bare.raw
	raw=bare.raw
	retype --set '*.* -> * text' --set '*.id -> * bigint'
	[ "$(type_of visits.at)" = 'text text' ]
}

@test "--strict-types stops before the first row, and names the columns" {
	expect_status 78 rows-retype --strict-types <app.raw
	expect_said '^rows-retype: 1 column does not fit the type that is declared or planned: logs\.at \(DATETIME; 3 texts'
	[ "$(rows-peek "$stdout" 2>/dev/null | wc -l)" -eq 0 ]
	expect_status 78 rows-retype --strict-types --set 'logs.at -> * date' <app.raw
	expect_said 'logs\.at \('
	expect_status 0 rows-retype --strict-types --set 'logs.at -> * text' <app.raw
}

@test "definitions alone: what cannot fit stops there, too" {
	sqlite-extract -s app.db >s.raw
	expect_status 0 rows-retype <s.raw
	expect_status 78 rows-retype --set 'logs.at -> * date' <s.raw
	expect_said '^rows-retype: 1 column does not fit the type that is planned: logs\.at \('
}

@test "columns that are typed already pass as they are; a plan can only agree" {
	retype
	expect_status 0 rows-retype --times <out
	cmp <(rows-peek --rows out) <(rows-peek --rows "$stdout")
	expect_status 0 rows-retype --set 'users.id -> * int8' --set 'logs.at -> skip' <out
	expect_status 78 rows-retype --set 'users.id -> * text' <out
	expect_stderr 'rows-retype: --set: users.id is of type int8 already: users.id -> * text'
}

@test "--timezone: offsets and UTC" {
	sqlite3 z.db "CREATE TABLE t(a DATETIME); INSERT INTO t VALUES ('2024-01-01 12:00:00'), ('2024-01-01T12:00:00Z')"
	sqlite-extract z.db >z.raw
	raw=z.raw
	retype
	[ "$(rows_of t | jq .a | uniq | wc -l)" -eq 1 ]
	retype --timezone +02:00
	[ "$(rows_of t | jq .a)" = $'757424400000000\n757425600000000' ] ||
		[ "$(rows_of t | jq -s '.[1].a - .[0].a')" -eq 7200000000 ]
	rows-peek --definitions --json out | jq -r '.columns[0].note' | grep -q '^timestamptz zone +02:00 # '
	cp out first
	retype --set 't.a -> * timestamptz zone +02:00'
	cmp <(rows-peek --rows first) <(rows-peek --rows out)
	retype --timezone UTC
	expect_status 64 rows-retype --timezone Europe/Paris <z.raw
	expect_said '^rows-retype: --timezone takes UTC or an offset such as \+02:00, not "Europe/Paris"'
	expect_status 64 rows-retype --timezone +16:00 <z.raw
}

@test "lines that are none: 64 for --set, 78 with file and line for a file" {
	for line in 'logs.at' 'logs.at -> ' '-> x' 'logs.at -> * nosuch policy' 'logs.at -> * text epoch_s' \
		'logs.at -> * text reject' 'logs.at -> * nullify 0' '# comment' '' $'a -> b\nc -> d' \
		'logs -> x text'; do
		expect_status 64 rows-retype --set "$line" <app.raw
		expect_said '^rows-retype: --set'
		printf '\n%s\n' "$line" >bad.plan
		case $line in '#'* | '' | *$'\n'*) continue ;; esac
		expect_status 78 rows-retype --use-plan bad.plan <app.raw
		expect_said '^rows-retype: bad\.plan, line 2: '
	done
	expect_status 64 rows-retype --set 'logs.at -> * text reject' <app.raw
	expect_stderr 'rows-retype: --set: the policy reject is not built yet: logs.at -> * text reject (plan(5) explains the lines)'
}

@test "files that are no plan" {
	expect_status 66 rows-retype --use-plan none.plan <app.raw
	expect_stderr 'rows-retype: none.plan: No such file or directory'
	expect_status 66 rows-retype --use-plan . <app.raw
	expect_status 78 rows-retype --use-plan app.db <app.raw
	expect_said '^rows-retype: app\.db: is no plan: '
	printf 'logs.at -> * text\0\n' >nul.plan
	expect_status 78 rows-retype --use-plan nul.plan <app.raw
	expect_stderr 'rows-retype: nul.plan: is no plan: it holds NUL bytes'
	truncate -s 17M huge.plan
	expect_status 78 rows-retype --use-plan huge.plan <app.raw
	expect_stderr 'rows-retype: huge.plan: is no plan: it has more than 16 MiB'
	expect_status 78 timeout 20 rows-retype --use-plan /dev/zero <app.raw
	: >empty.plan
	expect_status 0 rows-retype --use-plan empty.plan <app.raw
}

@test "an empty database, and one of views alone" {
	sqlite3 e.db 'CREATE TABLE t(x); DROP TABLE t'
	sqlite-extract e.db | rows-retype | rows-check - || [ $? -eq 66 ]
	sqlite3 v.db 'CREATE VIEW v AS SELECT 1'
	sqlite-extract v.db | rows-retype | rows-peek --definitions | grep -q '^view v'
	expect_status 0 rows-retype < <(sqlite-extract v.db)
	expect_status 78 rows-retype --set 'a.b -> * text' < <(sqlite-extract v.db)
}

@test "damage in the stream: 65, whatever is typed" {
	head -c -10 app.raw >cut
	expect_status 65 rows-retype <cut
	expect_said '^rows-retype: the stream: '
}

@test "what is said has nothing invisible in it" {
	local table=$'"a\e[31m"' column=$'"b\n"'
	sqlite3 x.db "CREATE TABLE $table($column); INSERT INTO $table VALUES ('x');"
	sqlite-extract x.db >x.raw
	expect_status 78 rows-retype --set '*.* -> * bigint' <x.raw
	[ "$(wc -l <"$stderr")" -eq 1 ]
	expect_said 'U&"a\\001b\[31m"\.U&"b\\000a"'
	line=$(sed 's/.*takes it: //' "$stderr")
	expect_status 0 rows-retype --set "$line" <x.raw
}

@test "--like wants definitions from PostgreSQL, and --target-schema is for it alone (more: like.bats)" {
	expect_status 78 rows-retype --like app.raw <app.raw
	expect_said 'app.raw: holds no tables of PostgreSQL; write it with: pg-extract -s -d WHERE > FILE'
	expect_status 66 rows-retype --like none.rows <app.raw
	expect_status 64 rows-retype --target-schema app <app.raw
	expect_said '--target-schema is for --like; rows-rename puts tables into a schema'
}
