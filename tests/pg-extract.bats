# pg-extract: PostgreSQL -> stream -> PostgreSQL is the same, whatever a table can be; who may not
# see all of it gets nothing; whatever breaks is told downstream.
load help
load cluster

setup_file() {
	cluster_start
	[ -n "$CLUSTER_MISSING" ] || cluster_sql 'CREATE ROLE app_owner; CREATE ROLE reader;
		CREATE ROLE weak LOGIN; CREATE ROLE plain LOGIN'
}
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_up
	PATH=$CLUSTER_BIN:$PATH
	cluster_fresh other
	cluster_fresh source
}

sql() { psql -X -q -v ON_ERROR_STOP=1 -d source "$@" >/dev/null; }
# Scales below zero, and infinity as a numeric, are of later versions than the oldest one.
native() {
	local later=()
	[ "$CLUSTER_VERSION" -ge 15 ] || later+=(-e 's/numeric(5,-2)/numeric(5,0)/')
	[ "$CLUSTER_VERSION" -ge 14 ] || later+=(-e "s/('inf','-Infinity')/('inf','NaN')/")
	sed "${later[@]}" -e '' "$ROOT/tests/native.sql" | sql -f -
}

# What pg_dump says of a database, without what is another text each time.
dump() { pg_dump -N rowpipe "$@" 2>/dev/null | grep -v '^\\\(un\)\?restrict '; }

same_databases() { # ONE OTHER
	dump "$1" >one.sql
	dump "$2" >other.sql
	diff one.sql other.sql
}

not() { ! "$@"; }

little() {
	sql <<-'END'
		CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL);
		INSERT INTO users (name) VALUES ('Ann'), ('Bob'), ('Cy');
		CREATE SCHEMA app;
		CREATE TABLE app.orders (id int PRIMARY KEY, uid int REFERENCES users);
		INSERT INTO app.orders VALUES (1, 2), (2, 3);
	END
}

tables() { rows-peek --json <"$stdout" | jq -r '[.tables[].source] | join(" ")'; }

# --- there and back -------------------------------------------------------------------------------

@test "everything that a table can be comes back the same: definitions, rows, sequences, rights" {
	native
	expect_status 0 pg-extract -d source
	cp "$stdout" native.rows
	expect_status 0 pg-load -d other native.rows
	grep -q '; 0 to-dos$' "$stdout"
	same_databases source other
	expect_status 0 pg-load -d other native.rows
	expect_stdout 'already complete, 0 rows to do'
}

@test "the copy gives the same rows again, and the same command the same bytes" {
	native
	id=00112233445566778899aabbccddeeff
	expect_status 0 pg-extract -d source --stream-id $id
	cp "$stdout" one.rows
	pg-load -q -d other one.rows
	expect_status 0 pg-extract -d source --stream-id $id
	cmp "$stdout" one.rows
	pg-extract -d other --stream-id $id >two.rows
	digests='[.tables[] | [.source, .rows, .digest]]'
	diff <(rows-peek --json <one.rows | jq "$digests") <(rows-peek --json <two.rows | jq "$digests")
	expect_status 64 pg-extract -d source --stream-id 12
}

@test "types and names pass through rows-retype and rows-rename untouched" {
	native
	pg-extract -d source >one.rows
	rows-retype <one.rows | rows-rename >two.rows
	diff <(rows-peek --json <one.rows | jq 'del(.hello, .end)') <(rows-peek --json <two.rows | jq 'del(.hello, .end)')
	rows-archive -Z 3 a.rows <two.rows >/dev/null
	rows-replay a.rows | pg-load -q -d other
	same_databases source other
}

@test "the tools between choose among tables of one name by their schemas" {
	little
	sql -c 'CREATE TABLE app.users (i int)' -c 'CREATE INDEX few ON app.users (i)' -c 'ALTER TABLE app.users CLUSTER ON few'
	pg-extract -d source >all.rows
	expect_status 0 rows-select -t app.users <all.rows
	[ "$(tables)" = app.users ]
	rows-peek --json <"$stdout" | jq -e '[.objects[].kind] | index("clustering") != null'
	expect_status 0 rows-select -T app.users <all.rows
	[ "$(tables)" = 'app.orders users' ]
	rows-peek --json <"$stdout" | jq -e '[.objects[].kind] | index("clustering") == null'
	expect_status 0 rows-select -t users <all.rows
	[ "$(tables)" = 'app.users users' ]
	rows-peek all.rows | grep -q ' app.users$'
}

@test "tables under other names: nothing speaks of those that have the old ones" {
	little
	sql -c "CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'" \
		-c 'CREATE TRIGGER mark BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION mark()' \
		-c 'ALTER TABLE users ENABLE ROW LEVEL SECURITY' \
		-c 'CREATE POLICY p ON users USING (id > 1)' -c "COMMENT ON TABLE users IS 'of ours'" \
		-c 'CREATE INDEX long ON users (lower(name)) WHERE id > 0' -c 'CREATE VIEW v AS TABLE users'
	dump source >before.sql
	pg-extract -d source | rows-rename --target-schema moved --set 'users.name -> users.title' >moved.rows
	expect_status 0 pg-load -d source --todo todo.sql moved.rows
	dump -N moved source >after.sql
	diff before.sql after.sql
	grep -q '^-- trigger mark of users: tables have other names now' todo.sql
	grep -q '^-- index long of users: it speaks of a column that has another name' todo.sql
	[ "$(cluster_sql "SELECT relrowsecurity, obj_description(oid) FROM pg_class WHERE oid = 'moved.users'::regclass" source)" = 't|of ours' ]
	[ "$(cluster_sql "INSERT INTO moved.users (title) VALUES ('x') RETURNING id" source)" = 4 ]
	[ "$(cluster_sql "SELECT nextval('public.users_id_seq')" source)" = 4 ]
	[ "$(cluster_sql 'SELECT confrelid::regclass FROM pg_constraint WHERE conname = '"'orders_uid_fkey'"' AND conrelid = '"'moved.orders'::regclass" source)" = moved.users ]
}

@test "what is there already is left alone, with its owner and its rights" {
	sql -c "CREATE TYPE mood AS ENUM ('ok')" -c 'ALTER TYPE mood OWNER TO app_owner' -c "COMMENT ON TYPE mood IS 'of the source'" \
		-c 'CREATE TABLE t (m mood)' -c "INSERT INTO t VALUES ('ok')"
	cluster_sql "CREATE TYPE mood AS ENUM ('bad', 'ok')" other
	pg-extract -d source >t.rows
	expect_status 0 pg-load -d other --todo todo.sql t.rows
	grep -q '^-- type public.mood: type "mood" already exists (42710)' todo.sql
	grep -q '^-- comment type public.mood: what it is for was not made here' todo.sql
	[ "$(cluster_sql "SELECT pg_get_userbyid(typowner), obj_description(oid) FROM pg_type WHERE typname = 'mood'" other)" = 'postgres|' ]
}

@test "objects that need one another come in any order; what cannot be made is a to-do" {
	sql -c 'CREATE VIEW a AS SELECT 1 AS x' -c 'CREATE VIEW b AS SELECT x FROM a' \
		-c 'CREATE OR REPLACE VIEW a AS SELECT 1 AS x, (SELECT count(*) FROM pg_class) AS n' \
		-c "CREATE FUNCTION broken() RETURNS int LANGUAGE sql AS 'SELECT 1'" \
		-c "CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int)" \
		-c 'CREATE TABLE t (x int)' -c 'ALTER TABLE t OWNER TO app_owner'
	pg-extract -d source >t.rows
	expect_status 0 pg-load -d other --todo todo.sql t.rows
	grep -q '^-- aggregate .*total(integer): it is to be made by hand' todo.sql
	[ "$(cluster_sql 'SELECT x FROM b' other)" = 1 ]
	cluster_fresh other
	cluster_sql 'GRANT CREATE ON DATABASE other TO plain; GRANT CREATE ON SCHEMA public TO plain' other
	expect_status 0 pg-load -d 'user=plain dbname=other' --todo plain.sql t.rows
	grep -q '^-- owner table public.t of t: must be' plain.sql
}

@test "SQLite to PostgreSQL to PostgreSQL" {
	sqlite3 app.db <<-'END'
		CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE, at DATETIME, score REAL DEFAULT 1.5);
		INSERT INTO users (name, at) VALUES ('Ann', '2020-01-02 03:04:05'), ('Bob', NULL);
		CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INT REFERENCES users (id) ON DELETE CASCADE,
			total DECIMAL(10,2) CHECK (total >= 0), twice INT GENERATED ALWAYS AS (user_id * 2) STORED, raw BLOB);
		INSERT INTO orders (user_id, total, raw) VALUES (1, 12.5, x'00ff'), (2, 3, NULL);
		CREATE INDEX by_total ON orders (total DESC) WHERE total > 1;
	END
	sqlite-extract app.db | rows-retype | rows-rename | pg-load -q -d source
	pg-extract -d source >second.rows
	expect_status 0 pg-load -d other second.rows
	same_databases source other
}

@test "partitions and children: one table of the first, each its own of the second" {
	sql <<-'END'
		CREATE TABLE parted (id int, at date) PARTITION BY RANGE (at);
		CREATE TABLE p1 PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
		CREATE TABLE p2 PARTITION OF parted DEFAULT;
		INSERT INTO parted VALUES (1, '2020-05-05'), (2, '2022-02-02');
		CREATE TABLE base (id int, x text);
		CREATE TABLE child (y text) INHERITS (base);
		INSERT INTO base VALUES (1, 'b');
		INSERT INTO child VALUES (2, 'c', 'cc');
	END
	expect_status 0 pg-extract -d source
	[ "$(tables)" = 'base child parted' ]
	cp "$stdout" parts.rows
	expect_status 0 pg-load -d other --todo todo.sql parts.rows
	grep -q "^-- partitioning parted of parted: all rows are in one table here" todo.sql
	grep -q "p1 FOR VALUES FROM ('2020-01-01')" todo.sql
	[ "$(cluster_sql 'SELECT (SELECT count(*) FROM parted), (SELECT count(*) FROM base), (SELECT count(*) FROM ONLY base), (SELECT y FROM child)' other)" = '2|2|1|cc' ]
}

# --- what is read ---------------------------------------------------------------------------------

@test "tables and schemas by pattern; a pattern that matches nothing" {
	little
	sql -c 'CREATE TABLE "App.x" (i int)' -c 'CREATE TABLE app.users (i int)'
	expect_status 0 pg-extract -d source
	[ "$(tables)" = 'app.orders app.users "App.x" users' ]
	expect_status 0 pg-extract -d source --schema APP
	[ "$(tables)" = 'app.orders app.users' ]
	expect_status 0 pg-extract -d source --exclude-schema app -T users
	[ "$(tables)" = '"App.x"' ]
	expect_status 0 pg-extract -d source --table users
	[ "$(tables)" = 'app.users users' ]
	expect_status 0 pg-extract -d source -t 'app.*' --exclude-table 'app.o*'
	[ "$(tables)" = '"App.x" app.users' ] || [ "$(tables)" = 'app.users "App.x"' ]
	expect_status 64 pg-extract -d source -t usres
	expect_stderr 'pg-extract: no table matches "usres"; did you mean users?'
	expect_status 64 pg-extract -d source -n ap
	expect_stderr 'pg-extract: no schema matches "ap"; did you mean app?'
}

@test "only some tables: the types that they need come with them, and nothing else" {
	native
	expect_status 0 pg-extract -d source -t app.types
	cp "$stdout" types.rows
	rows-peek --json <types.rows | jq -e '[.objects[].kind] | index("view") == null and index("policy") == null'
	expect_status 0 pg-load -d other types.rows
	grep -q '; 0 to-dos$' "$stdout"
	[ "$(cluster_sql 'SELECT count(*) FROM app.types' other)" = 5 ]
}

@test "some rows, and queries, in the search_path of the role" {
	little
	sql -c 'ALTER ROLE postgres IN DATABASE source SET search_path = app, public'
	expect_status 0 pg-extract -d source --where 'users=id IN (SELECT uid FROM orders)' -t users
	rows-peek --rows <"$stdout" >rows
	[ "$(wc -l <rows)" -eq 2 ]
	rows-peek --json <"$stdout" | jq -e '.tables[0].coverage == "where"'
	expect_status 0 pg-extract -d source -T '*' --query 'n=SELECT o.id, u.name, now()::timestamp(0) AS "at it", 1.50 AS d FROM orders o JOIN users u ON u.id = uid ORDER BY o.id' --key n=id
	cp "$stdout" n.rows
	expect_status 0 pg-load -d other n.rows
	[ "$(cluster_sql 'SELECT id, name, d FROM n ORDER BY id' other)" = $'1|Bob|1.50\n2|Cy|1.50' ]
	[ "$(cluster_sql "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'n'::regclass" other)" = 'PRIMARY KEY (id)' ]
	[ "$(cluster_sql "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'n'::regclass AND attname = 'at it'" other)" = 'timestamp(0) without time zone' ]
}

@test "SQL of the user's that is wrong: 64, with the server's words" {
	little
	expect_status 64 pg-extract -d source --where 'users=idd > 1'
	expect_stderr 'pg-extract: --where users: column "idd" does not exist (42703)'
	expect_status 64 pg-extract -d source --where 'users=true) TO STDOUT; DROP TABLE users; --'
	expect_status 64 pg-extract -d source --where 'nobody=true'
	expect_said 'no table of that name is read'
	expect_status 64 pg-extract -d source --query 'q=SELECT 1; SELECT 2'
	expect_status 64 pg-extract -d source --query 'q=DELETE FROM users RETURNING id'
	expect_status 64 pg-extract -d source --query 'q=SELECT 1 AS a, 2 AS a'
	expect_said 'two of its columns are called "a"'
	expect_status 64 pg-extract -d source --query 'users=SELECT 1'
	expect_status 64 pg-extract -d source --query 'q=SELECT 1' --query 'q=SELECT 2'
	expect_status 64 pg-extract -d source --query 'q=SELECT 1 AS x' --key q=y
	expect_status 64 pg-extract -d source --key q=y
	expect_status 64 pg-extract -d source --where users
	[ "$(cluster_sql 'SELECT count(*) FROM users' source)" = 3 ]
}

@test "definitions alone" {
	little
	expect_status 0 pg-extract -d source --schema-only
	cp "$stdout" s.rows
	rows-peek --json <s.rows | jq -e '[.tables[] | .coverage == "definitions" and .rows == 0] | all'
	expect_status 78 pg-load -d other s.rows
	expect_status 0 pg-load -d other --schema-only s.rows
	dump -s source >one.sql
	dump -s other >other.sql
	diff one.sql other.sql
	expect_status 0 pg-load --ddl s.rows
	pg-extract -d source -s | rows-peek --definitions >definitions
	grep -q app.orders definitions
	cluster_fresh third
	psql -X -q -v ON_ERROR_STOP=1 -d third <"$stdout"
	dump -s third >third.sql
	diff one.sql third.sql
}

@test "an empty database, a table without columns, one without rows" {
	expect_status 0 pg-extract -d source
	rows-check <"$stdout"
	sql -c 'CREATE TABLE nothing ()' -c 'CREATE TABLE none (x int)' -c 'INSERT INTO nothing DEFAULT VALUES'
	pg-extract -d source >none.rows
	expect_status 0 pg-load -d other none.rows
	same_databases source other
}

# --- rights ---------------------------------------------------------------------------------------

@test "a table that the role may not read: 77, with the GRANT that is missing" {
	little
	expect_status 77 pg-extract -d 'user=weak dbname=source'
	expect_said 'pg-extract: 2 of 2 tables cannot be read: app.orders is in a schema that role weak may not use; its owner can help: GRANT USAGE ON SCHEMA app TO weak; public.users may not be read by role weak; its owner can help: GRANT SELECT ON public.users TO weak$'
	rows-check <"$stdout" 2>said || [ $? -eq 77 ]
	sql -c "$(sed -n 's/.*; its owner can help: \(GRANT SELECT.*\)/\1/p' "$stderr")"
	expect_status 0 pg-extract -d 'user=weak dbname=source' -t users
	sql -c 'DROP OWNED BY weak'
}

@test "a role that owns what it reads and what it writes needs no other rights" {
	cluster_sql 'ALTER DATABASE source OWNER TO plain; ALTER DATABASE other OWNER TO plain'
	psql -X -q -v ON_ERROR_STOP=1 -d 'user=plain dbname=source' <<-'END'
		CREATE SCHEMA app;
		CREATE TYPE app.mood AS ENUM ('ok');
		CREATE TABLE app.t (id int GENERATED ALWAYS AS IDENTITY, n serial, m app.mood, x text);
		INSERT INTO app.t (m, x) VALUES ('ok', 'a'), (NULL, 'b');
		ALTER TABLE app.t ENABLE ROW LEVEL SECURITY;
		CREATE POLICY few ON app.t USING (id > 1);
		CREATE VIEW app.v AS SELECT * FROM app.t;
		COMMENT ON TABLE app.t IS 'mine';
	END
	expect_status 0 pg-extract -d 'user=plain dbname=source'
	cp "$stdout" t.rows
	expect_status 0 pg-load -d 'user=plain dbname=other' t.rows
	grep -q '; 0 to-dos$' "$stdout"
	same_databases source other
	expect_status 0 pg-load -d 'user=plain dbname=other' t.rows
	expect_stdout 'already complete, 0 rows to do'
}

@test "where the memory of loads is closed, a table's comment keeps both" {
	sql -c 'CREATE TABLE t (i int)' -c "COMMENT ON TABLE t IS 'mine'"
	cluster_sql 'ALTER DATABASE other OWNER TO plain; ALTER SCHEMA public OWNER TO plain; CREATE SCHEMA rowpipe; CREATE TABLE rowpipe.runs (); CREATE TABLE rowpipe.run_tables ()' other
	pg-extract -d source >t.rows
	expect_status 0 pg-load -d 'user=plain dbname=other' t.rows
	[ "$(cluster_sql "SELECT regexp_replace(obj_description('t'::regclass), '[0-9a-f]{32}', 'x', 'g')" other)" = $'rowpipe stream x chain x\nmine' ]
	expect_status 0 pg-load -d 'user=plain dbname=other' t.rows
	expect_stdout 'already complete, 0 rows to do'
}

@test "row security that hides rows: 77, for they would be missing silently" {
	little
	sql -c 'ALTER TABLE users ENABLE ROW LEVEL SECURITY' -c 'CREATE POLICY few ON users USING (id = 1)' -c 'GRANT SELECT ON users TO weak'
	expect_status 77 pg-extract -d 'user=weak dbname=source' -t users
	expect_said 'users has row security, which may hide rows from role weak; a superuser can help: ALTER ROLE weak BYPASSRLS$'
	sql -c 'ALTER ROLE weak BYPASSRLS'
	expect_status 0 pg-extract -d 'user=weak dbname=source' -t users
	rows-peek --rows <"$stdout" >rows
	[ "$(wc -l <rows)" -eq 3 ]
	sql -c 'ALTER ROLE weak NOBYPASSRLS' -c 'DROP OWNED BY weak'
}

# --- what goes on meanwhile -----------------------------------------------------------------------

@test "one instant: who writes meanwhile does not change what is read, nor the tables" {
	little
	sql -c "CREATE TABLE big AS SELECT g AS id, repeat('x', 200) AS t FROM generate_series(1, 30000) g"
	mkfifo pipe
	pg-extract -d source >pipe 3>&- &
	reader=$!
	exec 5<pipe
	head -c 1 <&5 >first
	sql -c 'DELETE FROM app.orders' -c "INSERT INTO big VALUES (0, 'late')"
	not sql -c "SET lock_timeout = '100ms'" -c 'ALTER TABLE users DROP COLUMN name' 2>/dev/null
	cat first - <&5 >one.rows
	exec 5<&-
	wait $reader
	expect_status 0 rows-peek --json one.rows
	jq -e '[.tables[] | [.source, .rows]] == [["app.orders", 2], ["big", 30000], ["users", 3]]' "$stdout" ||
		{ jq -c '[.tables[] | [.source, .rows]]' "$stdout"; false; }
}

@test "-j: several sessions see one instant; the same rows, and the same bytes for the same number" {
	little
	sql -c "CREATE TABLE big (id int PRIMARY KEY, a int, t text)" -c "INSERT INTO big SELECT g, 0, repeat('x', 300)
		FROM generate_series(1, 60000) g"
	id=00112233445566778899aabbccddeeff
	pg-extract -d source >one.rows
	for j in 2 5; do
		expect_status 0 pg-extract -d source --stream-id $id --jobs $j
		cp "$stdout" some.rows
		expect_status 0 rows-diff one.rows some.rows
		expect_status 0 pg-extract -d source --stream-id $id -j $j
		cmp "$stdout" some.rows
	done
	expect_status 0 pg-extract -d source -j 3 --where 'big=id % 2 = 0 OR id = 1' -t big --query 'q=SELECT max(id) AS m FROM big'
	cp "$stdout" some.rows
	expect_status 0 rows-peek --json some.rows
	jq -e '[.tables[] | [.source, .rows]] == [["big", 30001], ["q", 1]]' "$stdout"
	# Everything changes while the sessions read.
	mkfifo pipe
	pg-extract -d source -j 4 >pipe 3>&- &
	reader=$!
	exec 5<pipe
	head -c 1 <&5 >first
	sql -c 'UPDATE big SET a = 1' -c 'DELETE FROM app.orders'
	cat first - <&5 >some.rows
	exec 5<&-
	wait $reader
	expect_status 0 rows-diff one.rows some.rows
	# One of the sessions ends in the middle: while it waits for somebody to read what it has.
	pg-extract -d source -j 4 >pipe 2>said 3>&- &
	reader=$!
	exec 5<pipe
	head -c 1 <&5 >first
	cluster_until "SELECT pg_terminate_backend(max(pid)) FROM pg_stat_activity
		WHERE query LIKE 'COPY %' AND wait_event = 'ClientWrite'"
	cat first - <&5 >cut.rows
	exec 5<&-
	status=0
	wait $reader || status=$?
	[ "$status" -eq 75 ]
	expect_status 75 rows-check cut.rows
	expect_status 64 pg-extract -d source -j 0
}

@test "a table that somebody changes: 75 after --wait" {
	little
	psql -X -q -d source -c 'BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(20)' >/dev/null 2>&1 3>&- &
	holder=$!
	for _ in $(seq 100); do
		[ "$(cluster_sql "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'users'::regclass" source)" = 0 ] || break
		sleep 0.05
	done
	expect_status 75 pg-extract -d source --wait 0
	expect_said 'somebody changes a table and holds a lock on it .*repeat the command, or wait longer \(--wait\)$'
	cluster_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%' AND pid <> pg_backend_pid()"
	wait $holder || true
}

@test "the server ends the session in the middle: 75 here, and at the end of the pipe" {
	sql -c "CREATE TABLE big AS SELECT g AS id, repeat('x', 1000) AS t FROM generate_series(1, 50000) g"
	mkfifo pipe
	pg-extract -d source >pipe 2>said 3>&- &
	reader=$!
	exec 5<pipe
	head -c 100000 <&5 >cut.rows
	cluster_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rowpipe/pg-extract'" >/dev/null
	cat <&5 >>cut.rows
	exec 5<&-
	status=0
	wait $reader || status=$?
	[ $status -eq 75 ]
	grep -Eq '^pg-extract: (.*terminating connection|the connection to .* was lost)' said
	expect_status 75 rows-check cut.rows
	expect_status 75 pg-load -d other cut.rows
	[ "$(cluster_sql "SELECT count(*) FROM pg_class WHERE relname = 'big'" other)" = 0 ]
}

@test "a signal in the middle: it dies of it, and says so downstream" {
	sql -c "CREATE TABLE big AS SELECT g AS id, repeat('x', 1000) AS t FROM generate_series(1, 50000) g"
	mkfifo pipe
	pg-extract -d source >pipe 2>said 3>&- &
	reader=$!
	exec 5<pipe
	head -c 100000 <&5 >cut.rows
	kill -TERM $reader
	cat <&5 >>cut.rows
	exec 5<&-
	status=0
	wait $reader || status=$?
	[ $status -eq 143 ]
	expect_status 75 rows-check cut.rows
}

@test "a reader that goes away, a full disk, stdout closed" {
	sql -c "CREATE TABLE big AS SELECT g AS id, repeat('x', 1000) AS t FROM generate_series(1, 20000) g"
	expect_status 141 bash -c 'pg-extract -d source | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}'
	expect_stderr ''
	expect_status 74 bash -c 'pg-extract -d source >/dev/full'
	expect_stderr 'pg-extract: standard output: writing failed: No space left on device'
	expect_status 74 bash -c 'pg-extract -d source >&-'
	expect_status 74 bash -c 'ulimit -f 1; pg-extract -d source >out'
	expect_said 'File too large$'
}

@test "--env-file: the address in a file, and the schema that it names" {
	little
	printf '%s\n' "APP='postgres:///source?schema=app'" 'DB_DATABASE=source' >.env
	expect_status 0 pg-extract --env-file .env -d env:APP
	[ "$(tables)" = app.orders ]
	expect_stderr 'pg-extract: only schema app is read, as the address names it; -n says otherwise'
	expect_status 0 pg-extract --env-file .env
	[ "$(tables | wc -w)" -eq 2 ]
	expect_status 66 pg-extract --env-file none.env
}

@test "no such database, no server, a wrong address" {
	expect_status 66 pg-extract --dbname nosuch
	expect_said 'database "nosuch" does not exist'
	expect_status 75 pg-extract -d "host=$PWD dbname=x"
	expect_status 64 pg-extract -d mysql://x/y
	expect_status 64 pg-extract source
	rows-check <"$stdout" 2>said || [ $? -eq 64 ]
}
