# Where the server is, as people have it at hand: URLs of frameworks, .env files, poolers, servers
# that others manage.  On a private server, with PgBouncer before it where that is installed.
load help
load cluster

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_up
	cluster_fresh target
	unset DATABASE_URL ROWPIPE_RUNS ROWPIPE_DATABASE
	sqlite3 app.db "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, at TEXT);
		INSERT INTO users VALUES (1, 'Ann', '2026-01-31 12:00:00'), (2, 'Bob', NULL);
		CREATE TABLE logs (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users, x REAL);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
		INSERT INTO logs SELECT i, 1 + i % 2, i / 7.0 FROM n"
}

teardown() {
	[ ! -s "$TEMP/bouncer/pid" ] || kill "$(cat "$TEMP/bouncer/pid")"
	leave_temp
}

# `! command` ends no test.
not() { ! "$@"; }

# --- poolers --------------------------------------------------------------------------------------

# bouncer MODE [LINE...]: PgBouncer before the cluster, one connection for all; exports POOLED.
bouncer() {
	command -v pgbouncer >/dev/null || skip 'no pgbouncer'
	mkdir bouncer
	cat >bouncer/ini <<-END
		[databases]
		* = host=$CLUSTER
		[pgbouncer]
		listen_addr =
		unix_socket_dir = $TEMP/bouncer
		auth_type = trust
		auth_file = $TEMP/bouncer/users
		pool_mode = $1
		default_pool_size = 1
		logfile = $TEMP/bouncer/log
		pidfile = $TEMP/bouncer/pid
		$(printf '%s\n' "${@:2}")
	END
	echo '"postgres" ""' >bouncer/users
	chmod 711 "$TEMP"
	chown -R "${CLUSTER_USER:-$(id -un)}" bouncer
	cluster_as "$(command -v pgbouncer)" -q -d "$TEMP/bouncer/ini" 3>&- 4>&-
	await test -S bouncer/.s.PGSQL.6432
	export POOLED="postgres://postgres@/target?host=$TEMP/bouncer&port=6432&pgbouncer=true&connection_limit=1"
}

# What the next client of the pool's one connection finds: settings that are not the server's own.
left_behind() {
	psql "host=$TEMP/bouncer port=6432 user=postgres dbname=target" -XAtc "SELECT name, setting
		FROM pg_settings WHERE source = 'session' AND name NOT IN ('client_encoding', 'DateStyle',
			'TimeZone', 'application_name', 'standard_conforming_strings', 'IntervalStyle')
		UNION ALL SELECT 'lock', mode FROM pg_locks WHERE locktype = 'advisory'
		UNION ALL SELECT 'temporary', relname FROM pg_class WHERE relpersistence = 't'
		UNION ALL SELECT 'prepared', name FROM pg_prepared_statements"
}

through_pooler() {
	expect_status 0 rowpipe migrate --check app.db -d env:POOLED
	grep -q '^ok     server: PostgreSQL .*, through a pooler$' "$stdout"
	grep -q '^ok     space: what is free at the server cannot be seen from here$' "$stdout"
	expect_said '^rowpipe migrate: POOLED: left out, as no business of PostgreSQL.s: pgbouncer, connection_limit$'
	expect_status 0 rowpipe migrate app.db -d env:POOLED
	[ "$(tail -n 1 "$stdout")" = 'equal; no to-dos' ]
	[ "$(left_behind)" = '' ]
	expect_status 0 rowpipe verify app.db -d env:POOLED
	cluster_sql "UPDATE public.users SET name = 'Eve' WHERE id = 2; DELETE FROM public.logs WHERE id > 4000"
	expect_status 1 rowpipe verify app.db -d env:POOLED --repair fix.rows
	expect_status 0 pg-load -d env:POOLED --mode upsert --delete-listed fix.rows
	[ "$(left_behind)" = '' ]
	expect_status 0 rowpipe verify app.db -d env:POOLED
	pg-extract -d env:POOLED >again.rows 2>said
	[ "$(cat said)" = 'pg-extract: POOLED: left out, as no business of PostgreSQL'\''s: pgbouncer, connection_limit' ]
	pg-verify -d env:POOLED -q again.rows
	[ "$(left_behind)" = '' ]
	expect_status 78 rowpipe undo --yes -d env:POOLED app.db.rowpipe/*
	expect_status 0 rowpipe undo --yes --force -d env:POOLED app.db.rowpipe/*
	grep -qx 'undone: 2 tables with 5,002 rows dropped' "$stdout"
	[ "$(left_behind)" = '' ]
}

@test "a pool in transaction mode: migrate, verify, upsert, extract; nothing is left in it" {
	bouncer transaction
	cluster_sql "ALTER DATABASE target SET search_path = nowhere;
		ALTER DATABASE target SET DateStyle = 'German'; ALTER DATABASE target SET TimeZone = 'Asia/Tokyo';
		ALTER DATABASE target SET idle_in_transaction_session_timeout = '5s';
		ALTER DATABASE target SET bytea_output = 'escape'; ALTER DATABASE target SET extra_float_digits = '-15'"
	through_pooler
	[ "$(psql "host=$TEMP/bouncer port=6432 user=postgres dbname=target" -XAtc 'SHOW search_path')" = nowhere ]
}

@test "an append through a pool in transaction mode, in parts, and undone again" {
	bouncer transaction
	cluster_sql "CREATE TABLE users (id bigint PRIMARY KEY, name text, at text); INSERT INTO users VALUES (9, 'old');
		CREATE TABLE logs (id bigint, user_id bigint REFERENCES users, x float8)"
	sqlite-extract app.db | rows-retype | rows-rename >app.rows
	expect_status 0 pg-load -q -d env:POOLED --mode append --commit-every 1 app.rows
	[ "$(left_behind)" = '' ]
	expect_status 0 pg-control undo --yes -d env:POOLED "$(cluster_sql 'SELECT stream FROM rowpipe.runs')"
	grep -qx 'undone: 5,002 rows removed' "$stdout"
	[ "$(cluster_sql 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM logs)')" = '1|0' ]
	[ "$(left_behind)" = '' ]
	[ "$(psql "host=$TEMP/bouncer port=6432 user=postgres dbname=target" -XAtc "SELECT count(*) FROM pg_stat_activity
		WHERE application_name LIKE '%stage%'")" = 0 ]
}

@test "a pool in session mode: the same" {
	bouncer session
	through_pooler
}

@test "a pool in statement mode has no transactions: 78, and says what to use" {
	bouncer statement
	expect_status 78 rowpipe migrate app.db -d env:POOLED
	expect_said '^pg-load: the pooler at .* knows no transactions .*: use the direct host, or a pool in transaction mode$'
	[ "$(cluster_sql "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")" = 0 ]
}

@test "what a pool says no to: 75 when it is full or its server away, 69 for startup parameters" {
	bouncer transaction 'query_wait_timeout = 1' 'max_client_conn = 2'
	PGOPTIONS='-c work_mem=5MB' expect_status 69 pg-extract -d env:POOLED
	expect_said 'unsupported startup parameter.*no options= and no PGOPTIONS$'
	psql "host=$TEMP/bouncer port=6432 user=postgres dbname=target" -Xqc 'BEGIN; SELECT pg_sleep(20)' \
		>/dev/null 2>&1 3>&- & holder=$!
	for i in $(seq 50); do
		[ -z "$(cluster_sql "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)'  AND pid <> pg_backend_pid()")" ] || break
		sleep 0.1
	done
	expect_status 75 pg-extract -d env:POOLED
	expect_said 'query_wait_timeout'
	psql "host=$TEMP/bouncer port=6432 user=postgres dbname=other" -Xqc 'SELECT 1' >/dev/null 2>&1 3>&- & other=$!
	cluster_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)' AND pid <> pg_backend_pid()" >/dev/null
	wait $holder $other || true
	cluster_down
	expect_status 75 pg-extract -d env:POOLED
	cluster_up
}

@test "a pool that goes away in the middle of a load: 75, nothing visible" {
	bouncer transaction
	sqlite-extract app.db | rows-retype | rows-rename >app.rows
	mkfifo slow
	pg-load -d env:POOLED <slow >out 2>err & load=$!
	exec 9>slow
	head -c 9000 app.rows >&9
	for i in $(seq 50); do
		[ -z "$(cluster_sql "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'rowpipe/pg-load%' AND state LIKE '%transaction%'")" ] || break
		sleep 0.1
	done
	kill -9 "$(cat bouncer/pid)"
	: >bouncer/pid
	tail -c +9001 app.rows >&9 || true
	exec 9>&-
	status=0
	wait $load || status=$?
	cat err
	[ $status -eq 75 ]
	[ "$(cluster_sql "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")" = 0 ]
}

# --- URLs and files -------------------------------------------------------------------------------

@test "URLs of frameworks: migrate, verify and extract, into the schema that they name" {
	export PRISMA="postgresql://postgres@/target?host=$CLUSTER&schema=app&connection_limit=5"
	export ALCHEMY="postgresql+asyncpg://postgres@/target?host=$CLUSTER"
	export NET="Host=$CLUSTER;Username=postgres;Database=target;Pooling=true"
	expect_status 0 rowpipe migrate app.db -d env:PRISMA
	[ "$(grep -c 'left out' "$stderr")" -eq 1 ]
	[ "$(cluster_sql 'SELECT count(*) FROM app.logs')" = 5000 ]
	first=$(echo app.db.rowpipe/*)
	look=$(sed -n 's/^look: //p' "$stdout")
	[ "$(bash -c "$look -XAtc 'SELECT current_database()'")" = target ]
	expect_status 0 rowpipe verify app.db -d env:PRISMA
	expect_status 1 rowpipe verify app.db -d env:ALCHEMY -q
	expect_status 0 rowpipe migrate app.db -d env:ALCHEMY
	expect_status 0 rowpipe verify app.db -d env:NET
	# what is said by name goes before
	expect_status 0 rowpipe migrate app.db -d env:PRISMA --target-schema third
	[ "$(cluster_sql 'SELECT count(*) FROM third.users')" = 2 ]
	pg-extract -d env:PRISMA >one.rows 2>said
	grep -qx 'pg-extract: only schema app is read, as the address names it; -n says otherwise' said
	rows-peek --json one.rows >one.json
	not grep -q '"third"' one.json
	pg-extract -d env:PRISMA -n third >two.rows 2>said
	rows-peek --json two.rows >two.json
	grep -q '"app"' one.json
	grep -q '"third"' two.json
	not grep -q '"app"' two.json
	cluster_sql "UPDATE app.users SET name = 'Eve' WHERE id = 2"
	expect_status 1 rowpipe verify "$first" -d env:PRISMA --repair fix.rows
	expect_status 0 pg-load -d env:PRISMA --mode upsert fix.rows
	[ "$(cluster_sql 'SELECT name FROM app.users WHERE id = 2')" = Bob ]
}

@test "an address that is wrong is told before the source is read" {
	export WRONG='mysql://u:geheim@h/d' ODD="postgres://u:ge#heim@h/d"
	for where in env:WRONG env:ODD env:NOT_THERE '' 'postgres://u:ge/heim@h/d' 'postgres://h/d?geheim=1'; do
		for tool in "rowpipe migrate app.db" "rowpipe verify app.db"; do
			expect_status 64 $tool -d "$where"
			expect_stdout ''
			[ "$(wc -l <"$stderr")" -eq 1 ]
			not grep -q heim "$stderr"
		done
		[ -z "$where" ] || for tool in pg-load pg-verify; do
			expect_status 64 $tool -d "$where" <app.db
		done
		[ -z "$where" ] || expect_status 64 pg-extract -d "$where"
	done
	[ ! -e app.db.rowpipe ]
}

@test ".env files: DATABASE_URL, a variable, parts; the environment goes before" {
	printf '%s\n' '# ours' 'export HOST_DIR='"$CLUSTER" \
		"DATABASE_URL=\"postgres://postgres@/target?host=\${HOST_DIR}&schema=one\"" \
		"OTHER='postgres://postgres@/target?host=$CLUSTER&schema=two'" >.env
	printf 'DB_CONNECTION=pgsql\r\nDB_HOST=%s\r\nDB_DATABASE=target\r\nDB_USERNAME=postgres' "$CLUSTER" >parts.env
	expect_status 0 rowpipe migrate app.db --env-file .env
	expect_status 0 rowpipe verify app.db --env-file .env
	expect_status 0 rowpipe migrate app.db --env-file .env -d env:OTHER
	expect_status 0 rowpipe migrate app.db --env-file parts.env
	[ "$(cluster_sql 'SELECT count(*) FROM one.logs, two.users, public.users')" = 20000 ]
	# for each tool alone, and from a pipe
	pg-extract --env-file .env >one.rows 2>said
	expect_status 0 pg-verify --env-file <(cat parts.env) -q <(pg-extract --env-file parts.env -n public)
	expect_status 78 pg-load --check --env-file .env one.rows
	grep -q '^stop .*one' "$stdout"
	DATABASE_URL="postgres://postgres@/target?host=$CLUSTER&schema=two" \
		expect_status 0 rowpipe verify app.db --env-file .env
	expect_said '^rowpipe verify: DATABASE_URL is taken from the environment, which goes before .env$'
	# not asked for, it is not read; but it is told of
	expect_status 64 rowpipe verify app.db -d env:DATABASE_URL
	expect_stderr 'rowpipe verify: the environment variable DATABASE_URL is not set, but .env here holds it: add --env-file .env'
	expect_status 64 pg-extract -d env:MISSING
	expect_stderr 'pg-extract: the environment variable MISSING is not set: export it, or name the file that holds it with --env-file'
	expect_status 66 rowpipe migrate app.db --env-file none.env
	expect_status 64 rowpipe migrate app.db --env-file .env -d target
	printf 'DB_CONNECTION=sqlite\nDB_DATABASE=app.db\n' >laravel.env
	expect_status 64 rowpipe migrate app.db --env-file laravel.env
	expect_stderr 'rowpipe migrate: laravel.env: its DB_CONNECTION says that DB_... is no PostgreSQL; name the variable that holds the URL of one: -d env:NAME'
}

@test "a password from a .env file is in no argument, log or file; the last line works as it is" {
	secret=hunter3secret
	cluster_sql "CREATE ROLE locked LOGIN SUPERUSER PASSWORD '$secret'" 2>/dev/null ||
		cluster_sql "ALTER ROLE locked SUPERUSER PASSWORD '$secret'"
	cluster_sql 'CREATE TABLE users (x int)'
	printf 'DB_HOST=%s\nDB_DATABASE=target\nDB_USERNAME=locked\nDB_PASSWORD="%s"\n' "$CLUSTER" "$secret" >.env
	echo "$secret" >secret
	# a lock holds the load up, so that it can be looked at
	psql -Xqc 'BEGIN; LOCK TABLE pg_class IN SHARE ROW EXCLUSIVE MODE; SELECT pg_sleep(20)' >/dev/null 2>&1 3>&- & locker=$!
	for i in $(seq 50); do
		[ -z "$(cluster_sql "SELECT 1 FROM pg_locks WHERE mode = 'ShareRowExclusiveLock' AND granted")" ] || break
		sleep 0.1
	done
	rowpipe migrate app.db --env-file .env --target-schema one >out 2>err & load=$!
	for i in $(seq 100); do
		[ -z "$(cluster_sql "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'rowpipe/pg-load%'")" ] || break
		sleep 0.1
	done
	not grep -alF -f secret /proc/[0-9]*/cmdline
	kill $locker
	cluster_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)' AND pid <> pg_backend_pid()" >/dev/null
	wait $load
	expect_status 78 rowpipe migrate app.db --env-file .env
	line=$(tail -n 1 "$stderr")
	not grep -rF "$secret" out err "$stdout" "$stderr" app.db.rowpipe
	[[ $line == "rowpipe replay --env-file .env "* ]]
	cluster_sql 'DROP TABLE users'
	expect_status 0 bash -c "$line"
	[ "$(cluster_sql "SELECT tableowner FROM pg_tables WHERE tablename = 'users' AND schemaname = 'public'")" = locked ]
	not grep -rF "$secret" "$stdout" "$stderr" app.db.rowpipe
}

# --- servers that others manage -------------------------------------------------------------------

@test "a role that may little: 77 with the GRANT that helps, or a schema of its own" {
	cluster_sql "DROP ROLE IF EXISTS plain" || cluster_sql 'DROP OWNED BY plain; DROP ROLE plain'
	cluster_sql 'CREATE ROLE plain LOGIN; CREATE SCHEMA own AUTHORIZATION plain'
	export PLAIN="postgres://plain@/target?host=$CLUSTER"
	expect_status 77 rowpipe migrate app.db -d env:PLAIN
	grep -Eo 'GRANT .* ON SCHEMA .* TO [^;]*' "$stderr" | head -n 1 >grant
	[ -s grant ]
	OWN="$PLAIN&schema=own" expect_status 0 rowpipe migrate app.db -d env:OWN
	[ "$(cluster_sql 'SELECT count(*) FROM own.logs')" = 5000 ]
	cluster_sql "$(cat grant)"
	expect_status 0 rowpipe migrate app.db -d env:PLAIN
	expect_status 0 rowpipe verify app.db -d env:PLAIN
	cluster_sql 'DROP OWNED BY plain; DROP ROLE plain'
}

@test "a role that is read-only: 78, one that has timeouts: they do not count, also through a pool" {
	cluster_sql "CREATE ROLE reader LOGIN; ALTER ROLE reader SET default_transaction_read_only = on"
	expect_status 78 rowpipe migrate app.db -d "postgres://reader@/target?host=$CLUSTER"
	expect_said '^pg-load: database target is read-only for role reader: default_transaction_read_only is on; connect as a role that may write, or turn it off: '
	cluster_sql "ALTER DATABASE target SET statement_timeout = '300ms';
		ALTER DATABASE target SET idle_in_transaction_session_timeout = '300ms';
		ALTER DATABASE target SET lock_timeout = '1ms'; DROP ROLE reader"
	bouncer transaction
	sqlite-extract app.db | rows-retype | rows-rename >app.rows
	for where in target "$POOLED&schema=two"; do
		{ head -c 9000 app.rows; sleep 1; tail -c +9001 app.rows; } |
			expect_status 0 pg-load -q -d "$where"
	done
	[ "$(cluster_sql 'SELECT count(*) FROM public.logs, two.users')" = 10000 ]
}
