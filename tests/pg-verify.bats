# pg-verify: one thing at a time is changed in the target, found in its place, and put right again.
load help
load cluster

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_up
	cluster_fresh verify
	PATH=$CLUSTER_BIN:$PATH
}

# kinds: a table of every type, and some around it, as kinds.rows; loaded.
kinds() {
	sqlite3 kinds.db <<-'END'
		CREATE TABLE kinds (id INTEGER PRIMARY KEY, flag BOOLEAN, small SMALLINT, whole BIGINT, ratio REAL,
			exact DECIMAL(10,2), free NUMERIC, word TEXT, cut TEXT, pad TEXT, doc JSON, plain JSON, bytes BLOB,
			uid UUID, day DATE, clock TIME, at DATETIME, zoned DATETIME, ip TEXT, list TEXT, span TEXT);
		INSERT INTO kinds VALUES
			(1, 1, 7, 9007199254740993, 0.1, 12.5, 1.5, 'Zoë', 'short', 'pad', '{"b":1,"a":[1,2]}', '{"x": 1, "x": 2}',
			x'00ff10', '123e4567-e89b-42d3-a456-426614174000', '2024-02-29', '23:59:59', '2024-03-31 01:02:03.000001',
			'2024-03-31T01:02:03Z', '10.0.0.1', '{1,2,NULL}', '1 day 02:03:04.5'),
			(2, 0, -1, -9223372036854775808, -0.0, 0.01, 0.1, '', 'two', 'x', '[]', '{"y": 0}', x'',
			'00000000-0000-0000-0000-000000000000', '1999-12-31', '00:00:00', '1970-01-01 00:00:00', '1970-01-01T00:00:00Z',
			'::1', '{}', '00:00:01'),
			(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
			NULL, NULL),
			(4, 1, 0, 0, 1e308, -3.25, 3, 'trailing ', 'Case', 'pad', '{"n":1.50}', '{"z": 0}', x'01', NULL, '2024-01-01',
			'12:00:00', '2024-01-01 00:00:00', '2024-01-01T00:00:00Z', '192.168.0.0/16', '{5}', '1 mon');
		CREATE TABLE twin_a (id INTEGER PRIMARY KEY, v TEXT);
		CREATE TABLE twin_b (id INTEGER PRIMARY KEY, v TEXT);
		INSERT INTO twin_a VALUES (1, 'a'), (2, 'b'), (3, 'c');
		INSERT INTO twin_b VALUES (1, 'x'), (2, 'y'), (3, 'z');
		CREATE TABLE loose (a INT, b TEXT, c REAL);
		INSERT INTO loose VALUES (1, 'x', 0.5), (1, 'x', 0.5), (2, NULL, -0.0), (NULL, NULL, NULL);
		CREATE TABLE parents (code TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID;
		INSERT INTO parents VALUES ('p', 'P'), ('q', 'Q');
		CREATE TABLE children (a INT, b TEXT REFERENCES parents (code), note TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
		INSERT INTO children VALUES (1, 'p', 'one'), (1, 'q', NULL), (2, 'p', 'two');
	END
	sqlite-extract kinds.db | rows-archive kinds.archive >/dev/null
	again >kinds.rows
	pg-load -q kinds.rows 2>/dev/null
}

# again: the same stream from the archive.
again() {
	rows-replay kinds.archive | rows-retype --set 'kinds.cut -> * varchar(20)' --set 'kinds.pad -> * char(8)' \
		--set 'kinds.plain -> * json' --set 'kinds.doc -> * jsonb' --set 'kinds.ip -> * inet' \
		--set 'kinds.list -> * integer[]' --set 'kinds.span -> * interval' \
		--set 'kinds.exact -> * numeric(10,2)' | rows-rename
}

# found: the findings of the last --json, a line each: kind, table, key or row, columns.
found() {
	jq -r 'select(.status == null) | "\(.kind) \(.table) \(.key // .row // .column |
		if type == "object" and has("flag") then {id} else . end | tostring)" +
		if .columns then " " + (.columns | keys | join(",")) else "" end' "$stdout" |
		sed -E 's/([0-9])\.0([,}])/\1\2/g' | sort # versions of jq differ
}

# repaired: what is written for pg-load makes the target right.
repaired() {
	expect_status 0 pg-load -q --mode upsert --delete-listed fix.rows
	expect_stderr ''
	expect_status 0 pg-verify kinds.rows
	tail -n 1 "$stdout" | grep -q '^equal: 6 tables, 19 rows$'
}

# each CASES: lines of "SQL % finding[; finding …]"; no finding: equal.
each() {
	local sql expected number=0
	while IFS='%' read -r sql expected; do
		[ -n "$sql" ] || continue
		number=$((number + 1))
		echo "case $number: $sql"
		rm -f fix.rows
		cluster_sql "$sql"
		expected=$(printf '%s' "$expected" | sed 's/^ *//; s/ *$//; s/; /\n/g' | sort)
		if [ -z "$expected" ]; then
			expect_status 0 pg-verify kinds.rows
			expect_stdout 'equal: 6 tables, 19 rows'
			continue
		fi
		expect_status 1 pg-verify --json --repair fix.rows kinds.rows
		diff <(printf '%s\n' "$expected") <(found)
		repaired
	done
	[ "$number" -gt 0 ]
}

@test "right behind the load: equal, from a file, a pipe, an archive, whatever the order of rows" {
	kinds
	expect_status 0 pg-verify kinds.rows
	expect_stdout 'equal: 6 tables, 19 rows'
	expect_stderr ''
	again | pg-verify | grep -q '^equal: 6 tables, 19 rows$'
	rows-archive typed.rows <kinds.rows >/dev/null
	expect_status 0 pg-verify typed.rows
	cluster_sql 'CREATE TABLE t AS SELECT * FROM kinds; DELETE FROM kinds; INSERT INTO kinds SELECT * FROM t ORDER BY id DESC'
	expect_status 0 pg-verify -t kinds typed.rows
	expect_stdout 'equal: 1 table, 4 rows'
	expect_silence pg-verify --quiet kinds.rows
}

@test "one value of every type changed: found by table, key and column, and repaired" {
	kinds
	each <<-'END'
		UPDATE kinds SET flag = NOT flag WHERE id = 1 % changed kinds {"id":1} flag
		UPDATE kinds SET flag = false WHERE id = 3 % changed kinds {"id":3} flag
		UPDATE kinds SET small = 8 WHERE id = 1 % changed kinds {"id":1} small
		UPDATE kinds SET whole = 9007199254740992 WHERE id = 1 % changed kinds {"id":1} whole
		UPDATE kinds SET whole = whole + 1 WHERE id = 2 % changed kinds {"id":2} whole
		UPDATE kinds SET whole = 0 WHERE id = 3 % changed kinds {"id":3} whole
		UPDATE kinds SET ratio = 0.1::real WHERE id = 1 % changed kinds {"id":1} ratio
		UPDATE kinds SET ratio = '0.10000000000000002' WHERE id = 1 % changed kinds {"id":1} ratio
		UPDATE kinds SET ratio = '-0' WHERE id = 2 % changed kinds {"id":2} ratio
		UPDATE kinds SET ratio = 'Infinity' WHERE id = 4 % changed kinds {"id":4} ratio
		UPDATE kinds SET ratio = 'NaN' WHERE id = 3 % changed kinds {"id":3} ratio
		UPDATE kinds SET exact = 12.51 WHERE id = 1 % changed kinds {"id":1} exact
		UPDATE kinds SET exact = -0.01 WHERE id = 2 % changed kinds {"id":2} exact
		UPDATE kinds SET free = 1.5000001 WHERE id = 1 % changed kinds {"id":1} free
		UPDATE kinds SET free = 'NaN' WHERE id = 4 % changed kinds {"id":4} free
		UPDATE kinds SET word = E'Zoe\u0308' WHERE id = 1 % changed kinds {"id":1} word
		UPDATE kinds SET word = 'zoë' WHERE id = 1 % changed kinds {"id":1} word
		UPDATE kinds SET word = NULL WHERE id = 2 % changed kinds {"id":2} word
		UPDATE kinds SET word = '' WHERE id = 3 % changed kinds {"id":3} word
		UPDATE kinds SET word = 'trailing' WHERE id = 4 % changed kinds {"id":4} word
		UPDATE kinds SET word = E'trailing\t' WHERE id = 4 % changed kinds {"id":4} word
		UPDATE kinds SET cut = 'case' WHERE id = 4 % changed kinds {"id":4} cut
		UPDATE kinds SET cut = 'short ' WHERE id = 1 % changed kinds {"id":1} cut
		UPDATE kinds SET pad = 'pat' WHERE id = 1 % changed kinds {"id":1} pad
		UPDATE kinds SET pad = '' WHERE id = 3 % changed kinds {"id":3} pad
		UPDATE kinds SET doc = '{"a":[2,1],"b":1}' WHERE id = 1 % changed kinds {"id":1} doc
		UPDATE kinds SET doc = 'null' WHERE id = 3 % changed kinds {"id":3} doc
		UPDATE kinds SET doc = '{}' WHERE id = 2 % changed kinds {"id":2} doc
		UPDATE kinds SET plain = '{"x": 2, "x": 1}' WHERE id = 1 % changed kinds {"id":1} plain
		UPDATE kinds SET plain = '{"x":1,"x":2}' WHERE id = 1 % changed kinds {"id":1} plain
		UPDATE kinds SET bytes = set_bit(bytes, 9, 1 - get_bit(bytes, 9)) WHERE id = 1 % changed kinds {"id":1} bytes
		UPDATE kinds SET bytes = NULL WHERE id = 2 % changed kinds {"id":2} bytes
		UPDATE kinds SET bytes = bytes || '\x00' WHERE id = 4 % changed kinds {"id":4} bytes
		UPDATE kinds SET uid = '123e4567-e89b-42d3-a456-426614174001' WHERE id = 1 % changed kinds {"id":1} uid
		UPDATE kinds SET day = day + 1 WHERE id = 1 % changed kinds {"id":1} day
		UPDATE kinds SET day = 'infinity' WHERE id = 2 % changed kinds {"id":2} day
		UPDATE kinds SET clock = '24:00' WHERE id = 2 % changed kinds {"id":2} clock
		UPDATE kinds SET at = at + interval '1 microsecond' WHERE id = 1 % changed kinds {"id":1} at
		UPDATE kinds SET zoned = zoned + interval '1 hour' WHERE id = 1 % changed kinds {"id":1} zoned
		UPDATE kinds SET zoned = '-infinity' WHERE id = 3 % changed kinds {"id":3} zoned
		UPDATE kinds SET ip = '10.0.0.1/31' WHERE id = 1 % changed kinds {"id":1} ip
		UPDATE kinds SET list = '{1,2}' WHERE id = 1 % changed kinds {"id":1} list
		UPDATE kinds SET list = NULL WHERE id = 2 % changed kinds {"id":2} list
		UPDATE kinds SET span = '26:03:04.5' WHERE id = 1 % changed kinds {"id":1} span
		UPDATE kinds SET word = NULL, exact = 1 WHERE id = 1 % changed kinds {"id":1} exact,word
	END
}

@test "what means the same is equal" {
	kinds
	each <<-'END'
		UPDATE kinds SET doc = '{"a":[1,2],"b":1.0}' WHERE id = 1 %
		UPDATE kinds SET free = 1.500 WHERE id = 1 %
		UPDATE kinds SET pad = 'pad     ' WHERE id = 1 %
		UPDATE kinds SET zoned = '2024-03-31 03:02:03+02' WHERE id = 1 %
		UPDATE kinds SET span = '1 day 2 hours 3 minutes 4500 milliseconds' WHERE id = 1 %
		UPDATE kinds SET ip = '10.0.0.1/32' WHERE id = 1 %
		UPDATE kinds SET word = word %
		ALTER TABLE kinds ALTER pad TYPE text %
		ALTER TABLE kinds ALTER exact TYPE numeric %
		ALTER TABLE kinds ALTER small TYPE bigint %
		ALTER TABLE kinds ALTER word TYPE varchar(500) %
		ALTER TABLE kinds ALTER list TYPE bigint[] USING list::bigint[] %
		ALTER TABLE kinds ALTER span TYPE interval(3) %
	END
}

@test "rows gone, extra, doubled, swapped: found with their number, and repaired" {
	kinds
	each <<-'END'
		DELETE FROM kinds WHERE id = 3 % missing kinds {"id":3}
		INSERT INTO twin_a VALUES (4, 'd') % extra twin_a {"id":4,"v":"d"}; sequence twin_a id
		UPDATE twin_a SET id = 9 WHERE id = 2 % extra twin_a {"id":9,"v":"b"}; missing twin_a {"id":2,"v":"b"}; sequence twin_a id
		UPDATE twin_a SET v = CASE id WHEN 1 THEN 'b' ELSE 'a' END WHERE id < 3 % changed twin_a {"id":1} v; changed twin_a {"id":2} v
		INSERT INTO loose VALUES (1, 'x', 0.5) % extra loose {"a":1,"b":"x","c":0.5}
		DELETE FROM loose WHERE ctid = (SELECT min(ctid) FROM loose WHERE a = 1) % missing loose {"a":1,"b":"x","c":0.5}
		UPDATE loose SET c = '-0' WHERE a = 2 % extra loose {"a":2,"b":null,"c":-0}; missing loose {"a":2,"b":null,"c":0}
		INSERT INTO loose VALUES (NULL, NULL, NULL), (NULL, NULL, NULL) % extra loose {"a":null,"b":null,"c":null}
		INSERT INTO loose VALUES (2, '', '-0') % extra loose {"a":2,"b":"","c":-0}
		DELETE FROM loose % missing loose {"a":1,"b":"x","c":0.5}; missing loose {"a":2,"b":null,"c":0}; missing loose {"a":null,"b":null,"c":null}
		UPDATE children SET note = 'x' WHERE a = 1 AND b = 'q' % changed children {"a":1,"b":"q"} note
		DELETE FROM children; DELETE FROM parents % missing children {"a":1,"b":"p","note":"one"}; missing children {"a":1,"b":"q","note":null}; missing children {"a":2,"b":"p","note":"two"}; missing parents {"code":"p","name":"P"}; missing parents {"code":"q","name":"Q"}
		INSERT INTO parents VALUES ('r', 'R'); INSERT INTO children VALUES (7, 'r', 'x') % extra children {"a":7,"b":"r","note":"x"}; extra parents {"code":"r","name":"R"}
	END
}

# --- what else is looked at -----------------------------------------------------------------------

@test "tables and columns that are not there, or too many, or of no common meaning" {
	kinds
	cluster_sql 'ALTER TABLE twin_a RENAME TO t; ALTER TABLE twin_b RENAME TO twin_a; ALTER TABLE t RENAME TO twin_b'
	expect_status 1 pg-verify --json kinds.rows
	[ "$(found | grep -c '^changed twin_[ab] ')" = 6 ]
	cluster_sql 'ALTER TABLE twin_a RENAME TO t; ALTER TABLE twin_b RENAME TO twin_a; ALTER TABLE t RENAME TO twin_b'
	expect_status 0 pg-verify kinds.rows
	cluster_sql 'ALTER TABLE twin_a RENAME TO gone; ALTER TABLE kinds DROP COLUMN word; ALTER TABLE twin_b ADD more int;
		ALTER TABLE kinds ALTER small TYPE date USING NULL'
	expect_status 1 pg-verify kinds.rows
	diff "$stdout" - <<-'END'
		- column kinds.word: text
		~ column kinds.small: smallint -> date, not compared: one holds numbers, and nothing says which times they are
		- table twin_a: 3 rows
		+ column twin_b.more: integer
		different: 1 of 6 tables (3 missing, 0 extra, 0 changed), 4 findings beside rows
	END
	expect_status 78 pg-verify --repair fix.rows kinds.rows
	[ ! -e fix.rows ]
	expect_status 1 pg-verify --tables-only kinds.rows
	expect_status 1 pg-verify --allow-differences 100% kinds.rows
	expect_status 0 pg-verify --subset -t twin_b -t loose kinds.rows
	expect_stdout 'equal: 2 tables, 7 rows; other rows may be there, too'
}

@test "a database with nothing of it, or other tables of its names: different, never equal" {
	kinds
	cluster_fresh empty
	expect_status 1 pg-verify kinds.rows
	tail -n 1 "$stdout" | grep -q '^different: 6 of 6 tables (19 missing, '
	cluster_sql 'CREATE TABLE kinds (x int); CREATE VIEW twin_a AS SELECT 1 AS id'
	expect_status 1 pg-verify kinds.rows
	grep -q '^- table twin_a: 3 rows$' "$stdout"
	grep -q '^- column kinds.id: bigint$' "$stdout"
	expect_status 1 pg-verify -q --allow-differences 1000 kinds.rows
	expect_stdout ''
}

# drift SQL [FINDING]: with that, FINDING alone is told, or nothing.
drift() {
	cluster_sql "$1" 2>/dev/null
	if [ $# -eq 1 ]; then
		expect_status 0 pg-verify kinds.rows
		expect_stdout 'equal: 6 tables, 19 rows'
	else
		expect_status 1 pg-verify kinds.rows
		[ "$(head -n 1 "$stdout")" = "$2" ]
		[ "$(wc -l <"$stdout")" -eq 2 ]
	fi
}

@test "sequences, NOT NULL, keys and checks that are not as the stream has them" {
	kinds
	drift 'ALTER TABLE twin_a ALTER id RESTART WITH 2' '~ sequence twin_a.id: next beyond 3 -> next 2'
	drift 'ALTER TABLE twin_a ALTER id RESTART WITH 3' '~ sequence twin_a.id: next beyond 3 -> next 3'
	drift 'ALTER TABLE twin_a ALTER id RESTART WITH 4'
	drift 'ALTER TABLE twin_a ALTER id RESTART WITH 1000'
	drift 'ALTER TABLE children ADD CONSTRAINT c CHECK (a > 0) NOT VALID' '~ check children.c: validated -> NOT VALID'
	drift 'ALTER TABLE children VALIDATE CONSTRAINT c'
	drift 'ALTER TABLE children DROP CONSTRAINT children_b_fkey; ALTER TABLE children ADD CONSTRAINT f FOREIGN KEY (b)
		REFERENCES parents NOT VALID' '~ foreign key children.b: validated -> NOT VALID'
	drift 'ALTER TABLE children VALIDATE CONSTRAINT f'
	drift 'ALTER TABLE children DROP CONSTRAINT children_pkey'
	drift 'ALTER TABLE children ALTER a DROP NOT NULL' '~ not null children.a: NOT NULL -> it may be NULL'
}

@test "what the source has, too: told, and equal" {
	sqlite3 own.db <<-'END'
		PRAGMA foreign_keys = off;
		CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT);
		CREATE TABLE pets (id INTEGER PRIMARY KEY, owner INT REFERENCES people (id), CHECK (id < 9));
		INSERT INTO people VALUES (1, 'a');
		INSERT INTO pets VALUES (1, 1), (2, 77), (3, NULL);
		PRAGMA ignore_check_constraints = on;
		INSERT INTO pets VALUES (10, 1);
		CREATE TABLE odd (k TEXT PRIMARY KEY, n INT);
		INSERT INTO odd VALUES (NULL, 1), (NULL, 2), ('x', 3);
	END
	sqlite-extract own.db | rows-retype | rows-rename >own.rows
	pg-load -q own.rows
	expect_status 0 pg-verify own.rows
	diff "$stdout" - <<-'END'
		= primary key odd.k: 2 NULLs; the same in the source
		= foreign key pets.owner: 1 row without one; the same in the source
		= check pets.pets_check: 1 row breaks it; the same in the source
		equal: 3 tables, 8 rows
	END
	cluster_sql 'DELETE FROM pets WHERE id IN (2, 10)'
	expect_status 1 pg-verify --repair fix.rows own.rows
	expect_status 0 pg-load --mode upsert fix.rows
	expect_stdout 'applied: 2 rows written, 0 deleted'
	expect_status 0 pg-verify own.rows
	[ "$(cluster_sql "SELECT count(*) FROM pg_constraint WHERE NOT convalidated")" = 2 ]
}

@test "it does not believe the conversion: what the source counted is held against the target" {
	kinds
	for case in 'nulls|NULLs 2 -> NULLs 1' 'least|least 0 -> least 1' 'text|longest text 10 -> longest text 9'; do
		"$ROWPIPE_TESTS/profile" "${case%|*}" <kinds.rows >forged.rows
		expect_status 1 pg-verify --json --report report.json forged.rows
		jq -r 'select(.kind == "profile") | "\(.left) -> \(.right)"' "$stdout" | grep -Fx -- "${case#*|}"
		jq -e '.findings[0] | .kind == "profile" and .found == "another"' report.json
		rm report.json
		expect_status 1 pg-verify --keys-only forged.rows
		grep -q '^~ profile kinds.*: as the source counted -> another$' "$stdout"
	done
}

@test "--subset, --allow-differences, --limit, --count-only, --keys-only, --key, --expect" {
	kinds
	cluster_sql "INSERT INTO twin_b SELECT i, 'n' FROM generate_series(4, 203) i; SELECT setval('twin_b_id_seq', 500)" >/dev/null
	expect_status 1 pg-verify kinds.rows
	[ "$(grep -c '^+ {' "$stdout")" = 100 ]
	grep -q '^twin_b: 0 missing, 200 extra, 0 changed; only 100 are shown$' "$stdout"
	expect_status 1 pg-verify --limit 0 kinds.rows
	[ "$(grep -c '^+ {' "$stdout")" = 200 ]
	expect_status 0 pg-verify --subset -T twin_a kinds.rows
	expect_status 0 pg-verify --allow-differences 200 kinds.rows
	tail -n 1 "$stdout" | grep -q '^loaded, different: 1 of 6 tables (0 missing, 200 extra, 0 changed)$'
	expect_status 1 pg-verify --allow-differences 199 kinds.rows
	expect_status 1 pg-verify --allow-differences 10.5% kinds.rows
	expect_status 64 pg-verify --allow-differences many kinds.rows
	expect_status 1 pg-verify --count-only kinds.rows
	grep -Fxq '~ rows twin_b: 3 -> 203' "$stdout"
	cluster_sql 'DELETE FROM twin_b WHERE id > 2'
	expect_status 1 pg-verify --subset --keys-only --key twin_b=v kinds.rows
	grep -Fxq -- '- {"v":"z"}' "$stdout"
	expect_status 64 pg-verify --key twin_b=w kinds.rows
	expect_status 64 pg-verify --key nothing=v kinds.rows
	expect_status 64 pg-verify --tables-only --count-only kinds.rows
	expect_status 64 pg-verify --tables-only --repair fix.rows kinds.rows
	printf '%s\n' 'rows(twin_a) = 3' 'notnull(kinds.word) >= 90%' 'unique(twin_a.v)' >rules
	expect_status 1 pg-verify -T twin_b --expect rules kinds.rows
	diff "$stdout" - <<-'END'
		~ rule kinds: notnull(kinds.word) >= 90% -> 75% (3 of 4)
		different: 0 of 5 tables (0 missing, 0 extra, 0 changed), 1 finding beside rows
	END
	sed -i 2d rules
	mkdir spool
	expect_status 0 pg-verify --exclude-table twin_b --expect rules --spool spool --report report.json kinds.rows
	jq -e '.status == "equal" and .rows == 16 and (.tables | length) == 5' report.json
	[ -z "$(ls spool)" ]
}

@test "part of a source: other rows are neither extra nor deleted" {
	kinds
	sqlite-extract kinds.db --where 'twin_a=id > 1' -t twin_a | rows-retype | rows-rename >part.rows
	expect_status 0 pg-verify part.rows
	expect_stdout 'equal: 1 table, 2 rows; other rows may be there, too'
	cluster_sql "UPDATE twin_a SET v = 'q'"
	expect_status 1 pg-verify --table twin_a --repair fix.rows part.rows
	grep -q '^twin_a: 0 missing, 0 extra, 2 changed' "$stdout"
	expect_status 0 pg-load -q --mode upsert fix.rows
	expect_status 0 pg-verify part.rows
	[ "$(cluster_sql 'SELECT count(*) FROM twin_a')" = 3 ]
	cluster_sql "ALTER TABLE children DROP CONSTRAINT children_b_fkey; INSERT INTO children VALUES (5, 'none', 'x')"
	expect_status 1 pg-verify -T twin_a kinds.rows
	expect_status 0 pg-verify --subset -T twin_a kinds.rows
	[ "$(head -n 1 "$stdout")" = '= foreign key children.b: 1 row without one' ]
}

@test "streams that are none, or not whole: 64 to 78, never an answer" {
	kinds
	expect_status 78 pg-verify kinds.archive
	expect_said 'kinds.id has no type yet: verify what pg-load would be given'
	sqlite-extract -s kinds.db | rows-retype | rows-rename >definitions
	expect_status 78 pg-verify definitions
	head -c 3000 kinds.rows >cut
	expect_status 65 pg-verify cut
	sqlite-extract none.db 2>/dev/null | rows-retype 2>/dev/null | rows-rename >aborted 2>/dev/null || true
	expect_status 66 pg-verify aborted
	expect_status 66 pg-verify none
	expect_status 65 pg-verify </dev/null
	pg-verify -q --repair fix.rows kinds.rows
	expect_status 64 pg-verify -t nothing kinds.rows
	for offset in 500 2000 4000 6000; do
		cp kinds.rows damaged
		printf 'X' | dd of=damaged bs=1 seek=$offset conv=notrunc 2>/dev/null
		expect_status 65 pg-verify damaged
	done
}

@test "servers that are not there, and rights that are missing: 69 to 77, with the GRANT" {
	kinds
	expect_status 75 pg-verify -d "host=$TEMP dbname=x" kinds.rows
	expect_status 64 pg-verify -d mysql://x/y kinds.rows
	cluster_sql 'CREATE ROLE reader LOGIN' 2>/dev/null || true
	expect_status 77 pg-verify -d "user=reader dbname=verify host=$CLUSTER" kinds.rows
	expect_said 'GRANT SELECT ON public.children TO reader'
	cluster_sql 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader'
	expect_status 0 pg-verify --dbname "user=reader dbname=verify host=$CLUSTER" kinds.rows
	grep -q '^= sequence kinds.id: .* may not be read by this role$' "$stdout"
	cluster_sql 'ALTER TABLE kinds ENABLE ROW LEVEL SECURITY'
	expect_status 77 pg-verify -d "user=reader dbname=verify host=$CLUSTER" kinds.rows
	expect_status 0 pg-verify kinds.rows
}

@test "--env-file: the address in a file, and the schema that it names" {
	kinds
	printf '%s\n' 'DB_NAME=verify' "APP='postgres:///verify?schema=app'" >.env
	expect_status 0 pg-verify -q --env-file .env kinds.rows
	expect_status 1 pg-verify -q --env-file .env -d env:APP kinds.rows
	cluster_sql 'CREATE SCHEMA app' verify
	expect_status 0 pg-load -q --env-file .env -d env:APP kinds.rows
	expect_status 0 pg-verify -q --env-file .env -d env:APP kinds.rows
}

@test "from PostgreSQL to PostgreSQL, schemas and all" {
	kinds
	cluster_sql 'CREATE SCHEMA app; CREATE TABLE app.users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Name" citext2,
		twice int GENERATED ALWAYS AS (7) STORED)' 2>/dev/null || cluster_sql "CREATE SCHEMA app; CREATE TYPE app.mood AS
		ENUM ('sad', 'ok'); CREATE TABLE app.users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \"Name\" app.mood,
		twice int GENERATED ALWAYS AS (7) STORED); INSERT INTO app.users (\"Name\") VALUES ('sad'), ('ok'), (NULL)"
	pg-extract >all.rows
	expect_status 0 pg-verify all.rows
	expect_stdout 'equal: 7 tables, 22 rows'
	cluster_sql "UPDATE app.users SET \"Name\" = 'ok' WHERE id = 1"
	expect_status 1 pg-verify --repair fix.rows all.rows
	grep -Fxq '~ {"id":1}: "Name": "sad" -> "ok"' "$stdout"
	expect_status 0 pg-load -q --mode upsert fix.rows
	expect_status 0 pg-verify all.rows
}

@test "--raw: the source's own values, by what they mean, without the conversion" {
	sqlite3 raw.db <<-'END'
		CREATE TABLE k (id INTEGER PRIMARY KEY, flag BOOLEAN, mixed REAL, exact DECIMAL(10,2), doc JSON, bytes BLOB, uid UUID,
			day DATE, at DATETIME, zoned DATETIME, ms DATETIME, "fullName" TEXT);
		INSERT INTO k VALUES (1, 1, 0.1, 12.5, '{"b":1}', x'00ff', '123E4567-E89B-42D3-A456-426614174000', '2024-02-29',
			'2024-03-31 01:02:03.000001', '2024-03-31T01:02:03+02:00', 1700000000000, 'x'),
			(2, 'no', 'x', 3, '[]', x'', NULL, '2024-02-28', '2024-03-31T01:02:03', '2024-03-31T01:02:03Z',
			'2024-03-31T01:02:03Z', NULL);
	END
	sqlite-extract raw.db | rows-archive raw.rows | rows-retype | rows-rename --names snake | pg-load -q
	rows-replay raw.rows | rows-rename --names snake >untyped
	expect_status 78 pg-verify untyped
	expect_said 'k.id has no type yet: .*, or compare by meaning \(--raw\)'
	expect_status 0 pg-verify --raw untyped
	expect_stdout 'equal: 1 table, 2 rows'
	cluster_sql "UPDATE k SET flag = false, ms = ms + interval '1 ms', zoned = zoned + interval '1 s', uid = NULL WHERE id = 1"
	expect_status 1 pg-verify --raw --json untyped
	[ "$(found)" = 'changed k {"id":1} flag,ms,uid,zoned' ]
	expect_status 64 pg-verify --raw --repair fix.rows untyped
}

@test "--no-spool: nothing is kept; tables that differ are told, not their rows" {
	kinds
	export TMPDIR=$PWD/none
	cat kinds.rows | expect_status 73 pg-verify
	cat kinds.rows | expect_silence pg-verify -q --no-spool
	cat kinds.rows | expect_status 0 pg-verify --count-only
	expect_stdout 'counts are the same: 6 tables, 19 rows; no value was compared'
	cat kinds.rows | expect_status 0 pg-verify --no-spool -t 'twin_*' -t parents
	expect_stdout 'equal: 3 tables, 8 rows'
	cluster_sql "UPDATE twin_a SET v = 'q' WHERE id > 1; DELETE FROM loose WHERE a = 2; UPDATE kinds SET ip = '::2' WHERE id = 4"
	cat kinds.rows | expect_status 1 pg-verify --no-spool --report report.json
	diff <(sed -E 's/in [0-9]+ of/in N of/' "$stdout") - <<-'END'
		~ digest kinds: 4 rows -> 4 rows, which differ in N of 65536 parts; without --no-spool they are found
		~ digest twin_a: 3 rows -> 3 rows, which differ in N of 65536 parts; without --no-spool they are found
		~ digest loose: 4 rows -> 3 rows, which differ in N of 65536 parts; without --no-spool they are found
		different: 3 of 6 tables (0 missing, 0 extra, 0 changed), 3 findings beside rows
	END
	jq -e '[.tables[] | select(.equal | not) | .table] == ["kinds", "twin_a", "loose"]' report.json
	cat kinds.rows | expect_status 1 pg-verify --no-spool --allow-differences 100%
	# A file is there to be read twice.
	expect_status 1 pg-verify --no-spool -t twin_a kinds.rows
	grep -q '^twin_a: 0 missing, 0 extra, 2 changed' "$stdout"
	head -c 2000 kinds.rows | expect_status 65 pg-verify --no-spool
	head -c -100 kinds.rows | expect_status 65 pg-verify --no-spool
	sqlite-extract kinds.db --where 'twin_b=id > 1' -t twin_b | rows-retype | rows-rename |
		expect_status 78 pg-verify --no-spool
	expect_said 'the stream holds but some of the rows of table "twin_b"'
	pg-verify -q --repair fix.rows -t loose kinds.rows || true
	cat fix.rows | expect_status 78 pg-verify --no-spool
	for other in --subset '--repair x' '--source kinds.archive' '--newer at'; do
		expect_status 64 pg-verify --no-spool $other kinds.rows
	done
}

@test "--newer: what somebody changed in the target since is told, and neither a difference nor repaired" {
	sqlite3 new.db "CREATE TABLE n (id INTEGER PRIMARY KEY, v TEXT, at DATETIME, version DECIMAL(10,2), blob BLOB);
		INSERT INTO n VALUES (1, 'a', '2024-01-01 00:00:00', 9, NULL), (2, 'b', '2024-01-02 00:00:00', 9.5, NULL), (3, 'c', NULL, 9, NULL)"
	sqlite-extract new.db | rows-retype | rows-rename >new.rows
	pg-load -q new.rows
	cluster_sql "UPDATE n SET v = 'x', at = '2024-01-01 00:00:01', version = 10 WHERE id = 1; UPDATE n SET v = 'y' WHERE id = 2;
		UPDATE n SET v = 'z', at = '2020-01-01' WHERE id = 3"
	expect_status 1 pg-verify --newer at --repair fix.rows new.rows
	diff "$stdout" - <<-'END'
		--- n (new.rows): 3 rows
		+++ n (the target): 3 rows
		~ {"id":2}: "v": "b" -> "y"
		n: 0 missing, 0 extra, 1 changed ("v" 1)
		= newer n.at: 2 rows changed in the target since
		different: 1 of 1 table (0 missing, 0 extra, 1 changed)
	END
	expect_status 0 pg-load -q --mode upsert --delete-listed fix.rows
	expect_status 0 pg-verify --newer AT --report report.json new.rows
	expect_stdout '= newer n.at: 2 rows changed in the target since
equal: 1 table, 3 rows'
	jq -e '.equal and (.findings | length) == 1 and .findings[0].kind == "newer"' report.json
	[ "$(cluster_sql 'SELECT v FROM n ORDER BY id' | tr '\n' ' ')" = 'x b z ' ]
	expect_status 1 pg-verify --newer version new.rows
	grep -q '^n: 0 missing, 0 extra, 1 changed' "$stdout"
	grep -q '^= newer n.version: 1 row changed in the target since$' "$stdout"
	cluster_sql "UPDATE n SET at = '2023-01-01' WHERE id = 1"
	expect_status 1 pg-verify --newer at new.rows
	expect_status 64 pg-verify --newer blob new.rows
	expect_said 'n.blob is of type bytea, of which nothing says what is newer'
	expect_status 64 pg-verify --newer nothing new.rows
}

@test "-j: several sessions, one instant: the same answers" {
	cluster_sql "CREATE TABLE big (id int PRIMARY KEY, a int, t text); CREATE TABLE tiny (id int);
		INSERT INTO big SELECT i, 0, repeat('x', 300) FROM generate_series(1, 60000) i; INSERT INTO tiny VALUES (1)"
	pg-extract >all.rows
	for j in 2 3 7; do
		expect_status 0 pg-verify --jobs $j all.rows
		expect_stdout 'equal: 2 tables, 60,001 rows'
	done
	cluster_sql "UPDATE big SET a = 1 WHERE id IN (1, 30000, 60000); DELETE FROM big WHERE id = 45000; INSERT INTO big VALUES (0, 0, 'new')"
	for j in 1 4; do
		expect_status 1 pg-verify -j $j --json all.rows
		[ "$(found | cut -c 1-40)" = 'changed big {"id":1} a
changed big {"id":30000} a
changed big {"id":60000} a
extra big {"id":0,"a":0,"t":"new"}
missing big {"id":45000,"a":0,"t":"xxxxx' ]
	done
	cluster_sql 'UPDATE big SET a = 2'
	expect_status 1 pg-verify -j 2 --repair fix.rows all.rows
	tail -n 1 "$stdout" | grep -q '^different: 1 of 2 tables (1 missing, 1 extra, 59,999 changed)$'
	expect_status 0 pg-load -q --mode upsert --delete-listed fix.rows
	expect_status 0 pg-verify -j 2 all.rows
	expect_status 64 pg-verify -j 0 all.rows
	expect_status 64 pg-verify -j 33 all.rows
}

@test "--source: what became of the source's own values, without the conversion's code" {
	kinds
	expect_status 0 pg-verify --source kinds.archive kinds.rows
	expect_stdout 'equal: 6 tables, 19 rows'
	expect_status 0 pg-verify --source <(cat kinds.archive) - <kinds.rows
	rows-replay kinds.archive | rows-retype --set 'kinds.cut -> * varchar(20)' --set 'kinds.pad -> * char(8)' \
		--set 'kinds.plain -> * json' --set 'kinds.doc -> * jsonb' --set 'kinds.ip -> * inet' --set 'kinds.list -> * integer[]' \
		--set 'kinds.span -> * interval' --set 'kinds.exact -> * numeric(10,2)' --set "kinds.word -> * text nullify ''" |
		rows-rename >other.rows
	cluster_sql 'UPDATE kinds SET word = NULL WHERE id = 2'
	expect_status 0 pg-verify --source kinds.archive other.rows
	# A source that is another one: other values, other rows, other tables.
	sqlite3 kinds.db "UPDATE kinds SET word = 'Zoe', flag = 0 WHERE id = 1; UPDATE kinds SET bytes = x'02' WHERE id > 0"
	sqlite-extract kinds.db >other.archive
	expect_status 1 pg-verify --source other.archive other.rows
	diff "$stdout" - <<-'END'
		~ conversion kinds.flag: row 1, {"id":1}: 0 -> true
		~ conversion kinds.word: row 1, {"id":1}: "Zoe" -> "Zoë"
		~ conversion kinds.bytes: row 1, {"id":1}: {"bytes":"02"} -> {"bytes":"00ff10"}; so 4 times
		different: 0 of 6 tables (0 missing, 0 extra, 0 changed), 3 findings beside rows
	END
	expect_status 1 pg-verify --source other.archive --keys-only --report report.json other.rows
	grep -Fxq '~ conversion kinds.word: as the source has it -> another' "$stdout"
	! grep -q Zoe report.json
	sqlite3 kinds.db "DELETE FROM twin_a WHERE id = 1"
	sqlite-extract kinds.db >other.archive
	expect_status 1 pg-verify --source other.archive -t twin_a other.rows
	[ "$(head -n 1 "$stdout")" = '~ conversion twin_a: 2 rows -> 3 rows' ]
	sqlite3 kinds.db "DROP TABLE twin_a; ALTER TABLE twin_b RENAME v TO w"
	sqlite-extract kinds.db >other.archive
	expect_status 78 pg-verify --source other.archive -t twin_a other.rows
	expect_said 'table "twin_a" is not there: it is not the source'
	expect_status 78 pg-verify --source other.archive -t twin_b other.rows
	head -c 2000 kinds.archive >cut
	expect_status 65 pg-verify --source cut other.rows
	expect_status 66 pg-verify --source none other.rows
	expect_status 64 pg-verify --raw --source kinds.archive other.rows
	expect_status 64 pg-verify --source - <other.rows
	expect_status 0 pg-verify -q --source - -t twin_b kinds.rows <kinds.archive
	expect_status 0 pg-verify --source other.archive --count-only other.rows
}

@test "texts that only the server can read: spelled as it does for a while, and then otherwise" {
	sqlite3 odd.db "CREATE TABLE o (id INTEGER PRIMARY KEY, ip TEXT, span TEXT);
		WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 5000) INSERT INTO o SELECT n,
		'10.0.' || (n / 256) || '.' || (n % 256) || CASE WHEN n > 4000 THEN '/32' ELSE '' END,
		CASE WHEN n > 3000 THEN n || ' s' ELSE '1 day' END FROM i"
	sqlite-extract odd.db | rows-retype --set 'o.ip -> * inet' --set 'o.span -> * interval' | rows-rename >odd.rows
	pg-load -q odd.rows
	expect_status 0 pg-verify odd.rows
	expect_stdout 'equal: 1 table, 5,000 rows'
	cluster_sql "UPDATE o SET ip = '10.0.0.8/31' WHERE id = 7; UPDATE o SET span = '1 s' WHERE id = 4500; DELETE FROM o WHERE id = 4001"
	expect_status 1 pg-verify --json --repair fix.rows odd.rows
	[ "$(found | cut -c 1-30)" = 'changed o {"id":4500} span
changed o {"id":7} ip
missing o {"id":4001,"ip":"10.' ]
	expect_status 0 pg-load -q --mode upsert --delete-listed fix.rows
	expect_status 0 pg-verify odd.rows
}

@test "columns of domains are compared by the type that they are made of in the end" {
	cluster_sql "CREATE DOMAIN positive AS numeric(10,2) CHECK (VALUE > 0); CREATE DOMAIN price AS positive;
		CREATE DOMAIN small AS int2; CREATE DOMAIN code AS varchar(5); CREATE DOMAIN moment AS timestamptz;
		CREATE DOMAIN address AS inet; CREATE DOMAIN truth AS boolean; CREATE DOMAIN scores AS int[];
		CREATE TABLE d (id int PRIMARY KEY, p price, s small, c code, m moment, i address, t truth, l scores);
		INSERT INTO d VALUES (1, 1.5, 7, 'ab ', '2024-01-01 00:00Z', '10.0.0.1', true, '{1}'); INSERT INTO d VALUES (2)"
	sqlite3 d.db "CREATE TABLE d (id INTEGER PRIMARY KEY, p DECIMAL(10,2), s SMALLINT, c TEXT, m DATETIME, i TEXT, t BOOLEAN,
		l TEXT); INSERT INTO d VALUES (1, 1.5, 7, 'ab ', '2024-01-01T00:00:00Z', '10.0.0.1', 1, '{1}');
		INSERT INTO d (id) VALUES (2)"
	sqlite-extract d.db | rows-archive d.archive | rows-retype --set 'd.i -> * inet' --set 'd.l -> * integer[]' |
		rows-rename >d.rows
	expect_status 0 pg-verify d.rows
	expect_stdout 'equal: 1 table, 2 rows'
	rows-rename <d.archive >raw.rows
	expect_status 0 pg-verify --raw raw.rows
	pg-extract >own.rows
	expect_status 0 pg-verify own.rows
	cluster_sql "UPDATE d SET p = 1.51, s = 8, c = 'ab', m = '2024-01-01 00:00:01Z', i = '10.0.0.2', t = false, l = '{2}' WHERE id = 1"
	for rows in d own; do
		expect_status 1 pg-verify --json $rows.rows
		[ "$(found)" = 'changed d {"id":1} c,i,l,m,p,s,t' ]
	done
}

@test "a time without a zone beside one with: only when it is said which" {
	kinds
	cluster_sql "SET timezone = 'UTC'; ALTER TABLE kinds ALTER at TYPE timestamptz"
	expect_status 1 pg-verify kinds.rows
	grep -q '^~ column kinds.at: .*, not compared: one has a time zone' "$stdout"
	expect_status 0 pg-verify --timezone UTC kinds.rows
	expect_status 1 pg-verify --timezone +01:00 kinds.rows
	grep -q '^kinds: 0 missing, 0 extra, 3 changed ("at" 3)$' "$stdout"
	expect_status 64 pg-verify --timezone Nowhere kinds.rows
}
