# pg-load: all or nothing, once, with few rights, into any server, whatever the names are.
load help
load cluster

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_up
	cluster_fresh load
	PATH=$CLUSTER_BIN:$PATH
}

# stream NAME [RENAME-OPTION…]: SQL on stdin, as a typed and named stream in NAME.rows.
stream() {
	local name=$1
	shift
	sqlite3 "$name.db" && retype "$name" "$@"
}

retype() {
	local name=$1
	shift
	sqlite-extract "$name.db" | rows-retype | rows-rename "$@" >"$name.rows"
}

shop() {
	stream shop "$@" <<-'END'
		CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, at DATETIME);
		INSERT INTO users VALUES (1, 'Ann', '2020-01-02 03:04:05'), (7, 'Bob', NULL);
		CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL
			REFERENCES users (id) ON DELETE CASCADE, total DECIMAL(10,2) DEFAULT 0);
		INSERT INTO orders VALUES (1, 7, 12.5), (2, 1, 3);
		DELETE FROM orders WHERE id = 2;
		CREATE INDEX orders_user ON orders (user_id DESC);
		CREATE VIEW rich AS SELECT name FROM users JOIN orders ON user_id = users.id;
		CREATE VIEW everybody AS SELECT group_concat(name) FROM users;
	END
}

# many ROWS: a table that takes a while.
many() {
	stream many "${@:2}" <<-END
		CREATE TABLE many (id INTEGER PRIMARY KEY, filling TEXT);
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO many SELECT i, hex(zeroblob(40)) FROM n;
	END
}

# Nothing of a load is to be seen: no table, index, sequence or schema.
nothing() {
	local found
	found=$(cluster_sql "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
		UNION SELECT nspname FROM pg_namespace WHERE nspname = 'rowpipe'")
	[ -z "$found" ] && return
	echo "there is: $found"
	return 1
}

# --- all or nothing, once -------------------------------------------------------------------------

@test "a load, and the same stream again" {
	shop
	expect_status 0 pg-load shop.rows
	is '2|1' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
	is '7|12.50' 'SELECT user_id, total FROM orders'
	is '8|3' "INSERT INTO users (name) VALUES ('x') RETURNING id, (SELECT nextval('orders_id_seq'))"
	is 0 "SELECT column_default FROM information_schema.columns WHERE column_name = 'total'"
	expect_status 0 pg-load shop.rows
	expect_stdout 'already complete, 0 rows to do'
	is 3 'SELECT count(*) FROM users'
}

@test "another stream into tables that are there: 78 before the first row, and the way out works" {
	shop
	expect_status 0 pg-load shop.rows
	retype shop
	expect_status 78 pg-load shop.rows
	expect_stdout ''
	expect_said '2 of 2 tables exist \(2 hold rows\), made by an earlier load'
	is 2 'SELECT count(*) FROM users'
	[ "$(tail -n 1 "$stderr")" = 'DROP VIEW public.rich; DROP TABLE public.users, public.orders;' ]
	expect_said 'made by an earlier load of shop.db: .*--target-schema NAME'
	cluster_sql "$(tail -n 1 "$stderr")"
	expect_status 0 pg-load shop.rows
	retype shop --target-schema other
	expect_status 0 pg-load shop.rows
	is 2 'SELECT count(*) FROM other.users'
}

@test "who made the tables that are there" {
	shop
	cluster_sql 'CREATE TABLE users (id int); CREATE TABLE django_migrations (id int)'
	expect_status 78 pg-load shop.rows
	expect_said '1 of 2 tables exists \(0 hold rows\), made by Django: public.users; drop them, or'
	! grep -q '^DROP' "$stderr"
	expect_status 78 pg-load --check shop.rows
	grep -q '^stop .*made by Django' "$stdout"
	cluster_fresh load
	cluster_sql 'CREATE TABLE x (id int); CREATE INDEX orders_user ON x (id)'
	expect_status 78 pg-load shop.rows
	expect_said '1 name of keys, indexes, views or types is taken, the first is orders_user'
	cluster_fresh load
	cluster_sql 'CREATE VIEW rich AS SELECT 1'
	expect_status 78 pg-load shop.rows
	expect_said '1 name of keys, indexes, views or types is taken, the first is rich'
	while read -r ledger maker; do
		cluster_fresh load
		cluster_sql "CREATE TABLE users (id int); INSERT INTO users VALUES (1); CREATE TABLE \"$ledger\" (id int)"
		expect_status 78 pg-load shop.rows
		expect_said "^pg-load: 1 of 2 tables exists \(1 holds rows\), made by $maker: public.users;"
	done <<-'END'
		django_migrations Django
		alembic_version Alembic \(SQLAlchemy\)
		_prisma_migrations Prisma
		ar_internal_metadata Rails
		__EFMigrationsHistory Entity Framework
		SequelizeMeta Sequelize
		knex_migrations Knex
		flyway_schema_history Flyway
		migrations Laravel or TypeORM \(migrations\)
	END
}

@test "names are quoted for people only where they must be" {
	stream odd --names keep <<-'END'
		CREATE TABLE plain (a INT); CREATE TABLE "user" (a INT); CREATE TABLE Mixed (a INT);
		CREATE TABLE "two words" (a INT); CREATE TABLE "q""q" (a INT); CREATE TABLE _1 (a INT);
		CREATE TABLE "1a" (a INT); CREATE TABLE größe (a INT); CREATE TABLE name (a INT);
	END
	expect_status 0 pg-load odd.rows
	for name in plain '"user"' '"Mixed"' '"two words"' '"q""q"' _1 '"1a"' '"größe"' name; do
		grep -q "^public.$name  " "$stdout"
	done
	retype odd --names keep
	expect_status 78 pg-load odd.rows
	cluster_sql "$(tail -n 1 "$stderr")"
	expect_status 0 pg-load odd.rows
	while read -r word; do
		printf 'CREATE TABLE "%s" (a INT);\n' "$word"
	done < <(cluster_sql "SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'") | stream words
	cluster_fresh load
	expect_status 0 pg-load words.rows
	while read -r name; do
		cluster_sql "TABLE $name"
	done < <(sed -n 's/^\(public[^ ]*\) .*/\1/p' "$stdout")
}

@test "the same stream with other rows in it is refused" {
	shop
	cluster_sql 'CREATE TABLE other (id int)'
	expect_status 0 pg-load shop.rows
	cluster_sql "UPDATE rowpipe.runs SET chain = repeat('0', 32)"
	expect_status 78 pg-load shop.rows
	expect_said 'they hold other rows'
}

@test "a stream that was cut, or aborted upstream: its code, and nothing is there" {
	many 3000
	size=$(wc -c <many.rows)
	for part in 1 3 9; do
		head -c $((size * part / 10)) many.rows >cut.rows
		expect_status 65 pg-load cut.rows
		nothing
	done
	sqlite-extract none.db 2>/dev/null | rows-retype 2>/dev/null >aborted.rows || true
	expect_status 66 pg-load aborted.rows
	nothing
}

# killed STAGE SECONDS: runs the pipe, kills one of its tools with -9, and tells whether the tool was
# still there ("killed" or "late") and how pg-load ended.
killed() {
	python3 - "$@" <<-'END'
		import subprocess, sys, time
		lines = [["sqlite-extract", "many.db"], ["rows-retype"], ["rows-rename"], ["pg-load"]]
		tools, pipe = {}, None
		for line in lines:
		    tools[line[0]] = tool = subprocess.Popen(line, stdin=pipe, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
		    if pipe:
		        pipe.close()
		    pipe = tool.stdout
		time.sleep(float(sys.argv[2]))
		late = tools[sys.argv[1]].poll() is not None
		tools[sys.argv[1]].kill()
		pipe.read()
		codes = [tool.wait(60) for tool in tools.values()]
		print("late" if late else "killed", codes[-1])
	END
}

@test "kill -9 of each stage: the last one fails, nothing is there, and again is well" {
	many 60000
	for stage in sqlite-extract rows-retype rows-rename pg-load; do
		fired=0
		for moment in 0 0.03 0.1; do
			read -r when code < <(killed "$stage" "$moment")
			[ "$when" = late ] || fired=1
			# The server may still be at it when its client is gone.
			cluster_until "SELECT count(*) = 0 FROM pg_stat_activity
				WHERE application_name LIKE 'rowpipe%'"
			if [ "$code" -eq 0 ]; then
				is 60000 'SELECT count(*) FROM many'
				cluster_fresh load
			else
				nothing
			fi
		done
		[ "$fired" -eq 1 ]
	done
	expect_status 0 pg-load many.rows
	is 60000 'SELECT count(*) FROM many'
}

@test "the server goes in the middle: 75, and again is well" {
	many 20000
	mkfifo a
	(
		head -c 400000 many.rows
		cluster_until "SELECT count(*) = 1 FROM pg_stat_activity
			WHERE application_name LIKE 'rowpipe%' AND query LIKE 'COPY %'" >&2
		cluster_down immediate
		tail -c +400001 many.rows
	) >a &
	expect_status 75 pg-load <a
	cluster_up
	nothing
	expect_status 0 pg-load many.rows
}

@test "two loads at the same time make the memory of runs once" {
	shop
	cp shop.rows one.rows
	retype shop --target-schema two
	pg-load one.rows >/dev/null & one=$!
	pg-load shop.rows >/dev/null & two=$!
	wait $one
	wait $two
	is 2 'SELECT count(*) FROM rowpipe.runs'
}

# --- rights ---------------------------------------------------------------------------------------

@test "a role without rights: 77, and the GRANT that is told helps" {
	shop
	cluster_sql 'DROP ROLE IF EXISTS "Weak one"; CREATE ROLE "Weak one" LOGIN'
	expect_status 77 env PGUSER='Weak one' pg-load shop.rows
	grant=$(sed -n 's/.*\(GRANT .*\)/\1/p' "$stderr")
	cluster_sql "$grant"
	expect_status 0 env PGUSER='Weak one' pg-load shop.rows
	is 'Weak one' "SELECT tableowner FROM pg_tables WHERE tablename = 'users'"
	cluster_sql 'DROP OWNED BY "Weak one"'
}

@test "a role with a schema of its own: no schema rowpipe, but the run is remembered" {
	cluster_sql 'DROP ROLE IF EXISTS own; CREATE ROLE own LOGIN; CREATE SCHEMA own AUTHORIZATION own'
	shop --target-schema own
	export PGUSER=own
	expect_status 0 pg-load shop.rows
	is f "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'rowpipe')"
	expect_status 0 pg-load shop.rows
	expect_stdout 'already complete, 0 rows to do'
	cluster_sql 'DROP VIEW own.rich; DROP TABLE own.orders'
	expect_status 78 pg-load shop.rows
	expect_said '1 of 2 tables exist'
	PGUSER=postgres cluster_sql 'DROP OWNED BY own'
}

@test "schema rowpipe of another role, or of another program: the same" {
	shop
	cluster_sql 'DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN;
		GRANT USAGE, CREATE ON SCHEMA public TO guest'
	expect_status 0 pg-load shop.rows
	retype shop --target-schema guest
	cluster_sql 'CREATE SCHEMA guest AUTHORIZATION guest'
	expect_status 0 env PGUSER=guest pg-load shop.rows
	expect_status 0 env PGUSER=guest pg-load shop.rows
	expect_stdout 'already complete, 0 rows to do'
	cluster_sql 'DROP OWNED BY guest'
	cluster_fresh load
	cluster_sql 'CREATE SCHEMA rowpipe; CREATE TABLE rowpipe.runs (a int);
		CREATE TABLE rowpipe.run_tables (a int)'
	expect_status 0 pg-load shop.rows
	expect_status 0 pg-load shop.rows
	expect_stdout 'already complete, 0 rows to do'
	cluster_sql 'DROP ROLE guest'
}

# --- servers and sessions -------------------------------------------------------------------------

@test "databases in LATIN1 and SQL_ASCII" {
	stream latin <<-'END'
		CREATE TABLE "größe" (id INTEGER PRIMARY KEY, "naïve" TEXT UNIQUE, j JSON);
		INSERT INTO "größe" VALUES (1, 'é\t\N', '{"a":"ü"}'), (2, 'x', NULL);
	END
	for encoding in LATIN1 SQL_ASCII; do
		cluster_fresh load "ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C'"
		expect_status 0 pg-load latin.rows
		export PGCLIENTENCODING=$([ $encoding = LATIN1 ] && echo UTF8 || echo SQL_ASCII)
		is 'é\t\N' 'SELECT "naïve" FROM "größe" WHERE id = 1'
		unset PGCLIENTENCODING
		expect_status 0 pg-load latin.rows
	done
	cluster_fresh load "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
	stream kanji <<<"CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'), ('日本');"
	expect_status 78 pg-load kanji.rows
	expect_said 't.a, row 2: '
	nothing
}

@test "what the role and the database set changes nothing" {
	shop
	expect_status 0 pg-load shop.rows
	pg_dump -s -n public >plain.sql
	cluster_sql 'COPY users TO STDOUT' >plain.txt
	cluster_fresh load
	cluster_sql "DROP ROLE IF EXISTS odd; CREATE ROLE odd LOGIN SUPERUSER;
		CREATE SCHEMA evil; CREATE TABLE evil.runs (a int);
		ALTER ROLE odd SET search_path = evil;
		ALTER ROLE odd SET datestyle = 'German, DMY';
		ALTER ROLE odd SET timezone = 'Asia/Kolkata';
		ALTER ROLE odd SET statement_timeout = 50;
		ALTER ROLE odd SET idle_in_transaction_session_timeout = 50;
		ALTER ROLE odd SET standard_conforming_strings = off;
		ALTER ROLE odd SET extra_float_digits = -10;
		ALTER ROLE odd SET default_transaction_isolation = 'serializable';
		ALTER ROLE odd SET bytea_output = 'escape'"
	mkfifo a
	(
		head -c -1 shop.rows
		cluster_until "SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'odd'" >&2
		sleep 0.2 # longer than the role may
		tail -c 1 shop.rows
	) >a &
	expect_status 0 env PGUSER=odd pg-load <a
	cluster_sql 'REASSIGN OWNED BY odd TO postgres'
	cluster_sql 'COPY users TO STDOUT' >odd.txt
	diff plain.txt odd.txt
	diff <(grep -v '^\\' plain.sql) <(pg_dump -s -n public | grep -v '^\\')
	cluster_sql 'DROP OWNED BY odd; DROP ROLE odd'
}

@test "too many tables for the server's locks are refused before the load, with the setting" {
	for i in $(seq 1200); do
		echo "CREATE TABLE t$i (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT UNIQUE);"
	done | stream tables
	expect_status 69 pg-load tables.rows
	expect_said '1200 tables in one transaction .* max_locks_per_transaction = [0-9]+'
	nothing
	for i in $(seq 300); do
		echo "CREATE TABLE t$i (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT UNIQUE);"
	done | stream fewer
	expect_status 0 pg-load fewer.rows
	is 300 "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
}

# --- names, secrets, files ------------------------------------------------------------------------

@test "hostile names inject nothing, and show nothing that a terminal obeys" {
	stream evil <<-END
		CREATE TABLE "x""; DROP TABLE canary; --" ("a'); DROP TABLE canary; --" TEXT
			DEFAULT 'x''); DROP TABLE canary; --', "b
		\\! touch pwned" INTEGER CHECK ("b
		\\! touch pwned" > 5),
			CONSTRAINT "$(printf '\033[2J')c""; DROP TABLE canary" UNIQUE ("a'); DROP TABLE canary; --"));
		INSERT INTO "x""; DROP TABLE canary; --" VALUES ('1', 6), ('2', 9);
		CREATE INDEX "i""; DROP TABLE canary; --" ON "x""; DROP TABLE canary; --" ("b
		\\! touch pwned" DESC);
		CREATE VIEW "v$(printf '\033')[31m*/
		DROP TABLE canary;
		\\! touch pwned" AS SELECT 1;
	END
	cluster_sql 'CREATE TABLE canary (id int)'
	expect_status 0 pg-load --todo todo.sql --report report.json evil.rows
	is t "SELECT EXISTS (SELECT FROM pg_tables WHERE tablename = 'canary')"
	is 2 "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
	jq -e '(.todo | length == 0) and (.views | length == 1)' report.json >/dev/null
	psql -X -q -v ON_ERROR_STOP=1 -f todo.sql
	pg-load --ddl evil.rows >ddl.sql
	cluster_fresh load
	psql -X -q -v ON_ERROR_STOP=1 -f ddl.sql
	[ ! -e pwned ]
	cluster_fresh load
	expect_status 0 pg-load --check evil.rows
	expect_status 0 pg-load evil.rows
	retype evil
	mv "$stdout" report.txt
	expect_status 78 pg-load evil.rows
	cat todo.sql report.txt report.json "$stderr" | LC_ALL=C tr -d '\n' >shown
	! LC_ALL=C grep -q '[[:cntrl:]]' shown
}

@test "a password in an argument: in no ps, log, report or message" {
	shop
	cluster_sql "DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'geheim';
		GRANT ALL ON SCHEMA public TO locked; GRANT CREATE ON DATABASE load TO locked"
	mkfifo a
	pg-load -d "postgres://locked:geheim@/load?host=$CLUSTER" --report report.json <a \
		>said 2>&1 & load=$!
	exec 9>a
	cat shop.rows >&9
	cluster_until "SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'locked'"
	tr '\0' ' ' <"/proc/$load/cmdline" >line
	exec 9>&-
	wait $load
	grep -q pg-load line
	expect_status 77 pg-load -d "postgres://locked:falsch@/load?host=$CLUSTER" shop.rows
	! cat line said report.json "$stderr" "$CLUSTER/data/log" | grep -e geheim -e falsch |
		grep -v 'PASSWORD'
	cluster_sql 'DROP OWNED BY locked'
}

@test "--ddl is the schema that a load makes" {
	shop
	expect_status 0 pg-load shop.rows
	pg_dump -s -n public >loaded.sql
	cluster_fresh load
	expect_status 0 pg-load --ddl -d /nowhere shop.rows
	psql -X -q -v ON_ERROR_STOP=1 -f "$stdout"
	diff <(grep -v '^\\' loaded.sql) <(pg_dump -s -n public | grep -v '^\\')
	echo "DATABASE_URL=postgres:///load?schema=app" >.env
	expect_status 0 pg-load --ddl --env-file .env shop.rows
	grep -q '^CREATE SCHEMA IF NOT EXISTS "*app' "$stdout"
}

@test "--check and --dry-run write nothing, --schema-only no rows" {
	shop
	expect_status 0 pg-load --check shop.rows
	grep -q '^ok .*2 to make' "$stdout"
	grep -q '^to-do  view everybody: has group_concat(), whose order is not fixed$' "$stdout"
	nothing
	expect_status 0 pg-load --dry-run shop.rows
	grep -Fxq 'rolled back: 2 tables, 3 rows, 1 view; 1 to-do' "$stdout"
	nothing
	expect_status 0 pg-load --schema-only shop.rows
	is 0 'SELECT count(*) FROM users'
	expect_status 78 pg-load shop.rows
	cluster_fresh load
	sqlite-extract -s shop.db | rows-retype | rows-rename >shop.rows
	expect_status 78 pg-load shop.rows
	expect_said 'definitions only'
	expect_status 0 pg-load --schema-only shop.rows
}

@test "modes that are none: 64; files that are there: 73, before the load" {
	shop
	expect_status 64 pg-load --mode replace shop.rows
	expect_said 'mode "replace" is unknown'
	touch there
	for option in --todo --report; do
		expect_status 73 pg-load "$option" there shop.rows
		expect_status 73 pg-load "$option" no/folder shop.rows
		nothing
	done
	expect_status 64 pg-load --ddl --report report.json shop.rows
	expect_status 0 pg-load --check --report check.json shop.rows
	[ "$(jq -r .verdict check.json)" = checked ]
	nothing
	expect_status 0 pg-load --todo todo.sql --report report.json -q shop.rows
	expect_stdout ''
	[ "$(jq -r '.verdict + " " + (.tables | map(.loaded) | add | tostring)' report.json)" = 'loaded 3' ]
	jq -e '[.tables[] | .extracted == .filtered + .rejected + .loaded] | all' report.json
	jq -e '.stages | map(.tool) == ["sqlite-extract", "rows-retype", "rows-rename", "pg-load"]' report.json
	grep -q '^-- CREATE VIEW everybody' todo.sql
	[ -z "$(find . -name '*partial*')" ]
}

@test "an address of another scheme: 64, and it goes nowhere" {
	sqlite3 other.db 'CREATE TABLE t(a)'
	sqlite-extract other.db | rows-retype | rows-rename >other.rows
	expect_status 64 pg-load --quiet --dbname mysql://localhost/x other.rows
}

# --- upsert ---------------------------------------------------------------------------------------

# mended SQL: the target after SQL, which pg-verify finds and whose repair is in fix.rows.
mended() {
	cluster_sql "$1"
	rm -f fix.rows
	expect_status 1 pg-verify -q --repair fix.rows shop.rows
}

@test "--mode upsert --delete-listed: rows by key, exactly, once, all or nothing" {
	shop
	pg-load -q shop.rows
	mended "UPDATE users SET name = 'x' WHERE id = 1; INSERT INTO users VALUES (8, 'new', NULL);
		INSERT INTO orders VALUES (5, 8, 1); DELETE FROM orders WHERE id = 1"
	expect_status 78 pg-load --mode upsert fix.rows
	expect_said 'table "users" holds keys of rows to delete: only --mode upsert --delete-listed takes them'
	expect_status 78 pg-load fix.rows
	expect_status 0 pg-load --mode upsert --delete-listed --dry-run fix.rows
	expect_stdout 'rolled back: 2 rows written, 2 deleted'
	is 8 'SELECT max(id) FROM users'
	expect_status 0 pg-load --mode upsert --delete-listed fix.rows
	expect_stdout 'applied: 2 rows written, 2 deleted'
	expect_status 0 pg-verify shop.rows
	cluster_sql "UPDATE users SET name = 'y' WHERE id = 1"
	expect_status 0 pg-load --mode upsert --delete-listed fix.rows
	expect_stdout 'already applied, 0 rows to do'
	is y 'SELECT name FROM users WHERE id = 1'
	# It is no load: its tables are nobody's, and a load of the stream itself is complete still.
	is 'create|2;upsert|0' "SELECT string_agg(mode || '|' || n, ';' ORDER BY mode) FROM (SELECT mode, count(t.oid) n
		FROM rowpipe.runs LEFT JOIN rowpipe.run_tables t USING (stream) GROUP BY stream, mode) r"
	expect_status 0 pg-load shop.rows
	expect_stdout 'already complete, 0 rows to do'
}

@test "--mode upsert of a whole stream: rows by their keys, as often as wanted" {
	shop
	pg-load -q shop.rows
	cluster_sql "UPDATE users SET name = 'x' WHERE id = 1; INSERT INTO users VALUES (8, 'new', NULL); DELETE FROM orders"
	for _ in 1 2; do
		expect_status 0 pg-load --mode upsert shop.rows
		expect_stdout 'applied: 3 rows written, 0 deleted'
		is 'Ann|3' 'SELECT min(name), count(*) FROM users'
	done
	stream keyless <<<'CREATE TABLE users (id INT, name TEXT, at DATETIME); INSERT INTO users VALUES (1, 2, 3)'
	expect_status 78 pg-load --mode upsert keyless.rows
	expect_said 'table users has no primary key: nothing tells which rows to write over'
	stream other <<<'CREATE TABLE nobody (id INTEGER PRIMARY KEY)'
	expect_status 78 pg-load --mode upsert other.rows
	expect_said 'table public.nobody is not in the target'
}

@test "--mode upsert: constraints that hold for new rows only are back as they were, comments, too" {
	shop
	pg-load -q shop.rows
	cluster_sql "ALTER TABLE users ADD CONSTRAINT short CHECK (length(name) < 2) NOT VALID;
		ALTER TABLE users ADD CONSTRAINT late CHECK (id > 7) NOT VALID;
		COMMENT ON CONSTRAINT short ON users IS 'it''s old'"
	expect_status 0 pg-load --mode upsert shop.rows
	is "late|CHECK ((id > 7)) NOT VALID|;short|CHECK ((length(name) < 2)) NOT VALID|it's old" \
		"SELECT string_agg(concat_ws('|', conname, pg_get_constraintdef(oid), coalesce(obj_description(oid,
		'pg_constraint'), '')), ';' ORDER BY conname) FROM pg_constraint WHERE conname IN ('short', 'late')"
}

@test "--mode upsert: keys that are NULL, and keys that nothing makes unique" {
	stream shop <<-'END'
		CREATE TABLE odd (k TEXT PRIMARY KEY, n INT);
		INSERT INTO odd VALUES (NULL, 1), ('x', 2), ('y', 3);
		CREATE TABLE pairs (a INT, b INT, v TEXT, PRIMARY KEY (a, b));
		INSERT INTO pairs VALUES (1, NULL, 'n'), (1, 2, 'v');
	END
	pg-load -q shop.rows
	mended "UPDATE odd SET n = 9; UPDATE pairs SET v = 'w'"
	expect_status 0 pg-load --mode upsert fix.rows
	expect_stdout 'applied: 5 rows written, 0 deleted'
	expect_status 0 pg-verify -q shop.rows
	cluster_sql "DO \$\$ DECLARE i text; BEGIN FOR i IN SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'odd'::regclass
		LOOP EXECUTE 'DROP INDEX ' || i; END LOOP; END \$\$"
	mended "UPDATE odd SET n = 9; INSERT INTO odd VALUES ('z', 1)"
	expect_status 0 pg-load --mode upsert --delete-listed fix.rows
	expect_stdout 'applied: 3 rows written, 1 deleted'
	expect_status 0 pg-verify -q shop.rows
}

@test "--mode upsert: a repair of rows without a key is applied once, or not at all" {
	stream shop <<<"CREATE TABLE k (a INT, b TEXT); INSERT INTO k VALUES (1, 'x'), (1, 'x'), (2, 'y')"
	pg-load -q shop.rows
	mended 'DELETE FROM k WHERE a = 1'
	cluster_sql "CREATE ROLE mender LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON k TO mender"
	PGUSER=mender expect_status 77 pg-load --mode upsert fix.rows
	expect_said 'role mender may not write to schema rowpipe; its owner can help: GRANT USAGE ON SCHEMA rowpipe TO mender'
	cluster_hold 'LOCK TABLE k IN SHARE MODE'
	pg-load -q --mode upsert fix.rows & one=$!
	pg-load -q --mode upsert fix.rows & two=$!
	cluster_until "SELECT count(*) = 2 FROM pg_stat_activity WHERE application_name LIKE 'rowpipe/pg-load%' AND wait_event_type = 'Lock'"
	cluster_release
	wait "$one"
	wait "$two"
	expect_status 0 pg-verify -q shop.rows
	is 3 'SELECT count(*) FROM k'
}

@test "--mode upsert: what is gone already, swallowed, or somebody else's stops it, with nothing done" {
	shop
	pg-load -q shop.rows
	mended "INSERT INTO users VALUES (8, 'new', NULL), (9, 'more', NULL); UPDATE users SET name = 'x' WHERE id = 1"
	cluster_sql 'DELETE FROM users WHERE id = 9'
	expect_status 78 pg-load --mode upsert --delete-listed fix.rows
	expect_said 'table users: of 2 rows to delete 1 is there: it has changed since'
	is 'x|8' 'SELECT max(name), max(id) FROM users'
	mended 'CREATE TABLE notes (u bigint REFERENCES users ON DELETE CASCADE); INSERT INTO notes VALUES (8)'
	expect_status 78 pg-load --mode upsert --delete-listed fix.rows
	expect_said 'rows of table public.notes, which the stream does not speak of, would be deleted or changed, too'
	is 1 'SELECT count(*) FROM notes'
	cluster_sql "DROP TABLE notes; CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
		CREATE TRIGGER no BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION no()"
	expect_status 78 pg-load --mode upsert --delete-listed fix.rows
	expect_said 'table users: of 1 row 0 were written: a trigger or rule swallows rows'
	cluster_sql 'DROP TRIGGER no ON users; CREATE ROLE clerk LOGIN' 2>/dev/null
	expect_status 77 pg-load --mode upsert --delete-listed -d "user=clerk dbname=load host=$CLUSTER" fix.rows
	expect_status 0 pg-load --mode upsert --delete-listed fix.rows
	expect_status 0 pg-verify shop.rows
	expect_status 64 pg-load --delete-listed shop.rows
	expect_status 64 pg-load --mode upsert --ddl shop.rows
}

# --- to whom it belongs ---------------------------------------------------------------------------

@test "what is made belongs to whom --owner names, and --grant gives rights to it" {
	shop --target-schema mine
	cluster_sql 'DROP ROLE IF EXISTS "the owner"; DROP ROLE IF EXISTS reader;
		DROP ROLE IF EXISTS maker; CREATE ROLE "the owner"; CREATE ROLE reader; CREATE ROLE maker LOGIN' 2>/dev/null || true
	cluster_sql 'GRANT CREATE ON DATABASE load TO maker'
	expect_status 0 pg-load --ddl --owner 'the owner' --grant 'select, INSERT to reader,public' shop.rows
	grep -qF 'GRANT select, INSERT ON TABLE "mine"."users" TO "reader";' "$stdout"
	grep -qF 'ALTER VIEW "mine"."rich" OWNER TO "the owner";' "$stdout"
	grep -qF 'ALTER SCHEMA "mine" OWNER TO "the owner";' "$stdout"
	PGUSER=maker expect_status 77 pg-load --owner 'the owner' shop.rows
	expect_said 'what is made here cannot be given to the owner; a superuser can help: GRANT "the owner" TO maker'
	expect_status 78 pg-load --check --grant 'ALL TO nobody_at_all' shop.rows
	grep -q '^stop .*there is no role nobody_at_all' "$stdout"
	nothing
	stream other <<<'CREATE TABLE other (n INT)'
	expect_status 77 pg-load --owner 'the owner' other.rows
	expect_said 'the owner may own nothing in schema public; its owner can help: GRANT CREATE ON SCHEMA public TO "the owner"'
	cluster_sql 'GRANT "the owner" TO maker; GRANT CREATE ON DATABASE load TO "the owner"'
	PGUSER=maker expect_status 0 pg-load --owner 'the owner' --grant 'SELECT TO reader' --grant 'DELETE TO PUBLIC' shop.rows
	is 'orders|r,orders_id_seq|S,rich|v,users|r,users_id_seq|S' "SELECT string_agg(relname || '|' || relkind::text, ',' ORDER BY relname)
		FROM pg_class WHERE relnamespace = 'mine'::regnamespace AND relkind IN ('r', 'v', 'S')
		AND relowner = (SELECT oid FROM pg_roles WHERE rolname = 'the owner')"
	is 't|f|t|t|t' "SELECT has_table_privilege('reader', 'mine.users', 'SELECT'), has_table_privilege('reader', 'mine.users',
		'INSERT'), has_table_privilege('reader', 'mine.rich', 'SELECT'), has_schema_privilege('reader', 'mine', 'USAGE'),
		has_table_privilege('reader', 'mine.orders', 'DELETE')"
	PGUSER=maker expect_status 0 pg-load --owner 'the owner' shop.rows
	expect_stdout 'already complete, 0 rows to do'
	for grant in 'SELECT' 'SELECT TO' 'FLY TO app' 'SELECT; DROP TABLE x TO app' ' TO app' 'SELECT TO a,,b'; do
		expect_status 64 pg-load --grant "$grant" shop.rows
		expect_said "grant takes rights and roles as in 'SELECT, INSERT TO app'"
	done
	expect_status 64 pg-load --mode upsert --owner x shop.rows
	expect_said 'go with --mode create'
}
