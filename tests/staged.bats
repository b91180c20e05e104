# pg-load: a large load in segments.  Whatever dies, the same stream goes on behind the last segment;
# readers see nothing, then all.
load help
load cluster

setup_file() {
	cluster_start
	[ -z "$CLUSTER_MISSING" ] || return 0
	cd "$BATS_FILE_TMPDIR" || return
	sqlite3 shop.db <<-'END'
		CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, at DATETIME);
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
		INSERT INTO users SELECT i, 'user ' || i || hex(zeroblob(100)), '2020-01-02 03:04:05' FROM n;
		CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES users (id),
			total DECIMAL(10,2) DEFAULT 0, cents INT, twice INT GENERATED ALWAYS AS (cents + cents));
		INSERT INTO orders (user_id, total, cents) SELECT id, id / 4.0, id FROM users;
		CREATE INDEX orders_user ON orders (user_id);
		CREATE TABLE notes (id INTEGER PRIMARY KEY, v TEXT);
		CREATE VIEW rich AS SELECT name FROM users JOIN orders ON user_id = users.id;
	END
	sqlite-extract --stream-id=00112233445566778899aabbccddeeff shop.db | rows-retype | rows-rename >shop.rows
	sqlite3 shop.db "UPDATE users SET name = 'another' WHERE id = 17"
	sqlite-extract --stream-id=00112233445566778899aabbccddeeff shop.db | rows-retype | rows-rename >changed.rows
	sqlite-extract shop.db | rows-retype | rows-rename >other.rows
	# A frame of rows becomes the end of a table, or of the stream.
	for rows in 1800 900 0; do
		sqlite3 shop.db "DELETE FROM orders WHERE id > $rows; DELETE FROM users WHERE id > $rows"
		sqlite-extract --stream-id=00112233445566778899aabbccddeeff shop.db | rows-retype | rows-rename >$rows.rows
	done

}
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_up
	cluster_fresh load
	PATH=$CLUSTER_BIN:$PATH
	cp "$BATS_FILE_TMPDIR"/*.rows .
	# A frame holds about 256 KiB: so each is a segment.
	every=(--commit-every 1)
}

# cut BYTES: a load that breaks off there, from a pipe.
cut() {
	expect_status 65 pg-load "${every[@]}" < <(head -c "$1" shop.rows)
	expect_said 'rows? stay staged: the same stream again goes on behind them$'
}

# All is there, once, and nothing else.
whole() {
	expect_status 0 pg-verify -q shop.rows
	is '5000|5000|0' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders), (SELECT count(*) FROM notes)'
	clean
}

clean() {
	is '' "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rowpipe\\_%'"
	is '' "SELECT relname FROM pg_class WHERE relname LIKE 'rowpipe\\_stage%'"
	is '' "SELECT stream FROM rowpipe.runs WHERE status <> 'complete'"
	is 0 "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
}

unseen() {
	is '' "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
}

# The command that gives up what is staged, as it is told.
give_up() {
	expect_status 0 bash -c "$(grep -o 'pg-control forget .*' "$stderr")"
}

@test "a staged load is what a load in one transaction is" {
	expect_status 0 pg-load --commit-every 0 shop.rows
	pg_dump -s -n public >plain.sql
	pg_dump -a -n public >plain.txt
	cluster_fresh load
	expect_status 0 pg-load "${every[@]}" --report report.json shop.rows
	is t 'SELECT count(*) > 4 FROM rowpipe.progress'
	jq -e '.staged and .already_there == 0 and .one_transaction == null' report.json
	diff <(grep -v '^\\' plain.sql) <(pg_dump -s -n public | grep -v '^\\')
	diff <(grep -v '^\\' plain.txt) <(pg_dump -a -n public | grep -v '^\\')
	whole
	expect_status 0 pg-load "${every[@]}" shop.rows
	expect_stdout 'already complete, 0 rows to do'
	cluster_fresh load
	expect_status 0 pg-load --commit-every 100000000 --report small.json shop.rows
	jq -e '.staged == false' small.json
	is 0 'SELECT count(*) FROM rowpipe.progress'
	is 5001 "INSERT INTO orders (user_id) VALUES (1) RETURNING id"
}

@test "a stream that was cut goes on behind the last segment, and the report counts" {
	size=$(wc -c <shop.rows)
	for part in 4 6 8; do
		cut $((size * part / 10))
		unseen
		is partial 'SELECT status FROM rowpipe.runs'
	done
	there=$(cluster_sql 'SELECT sum(rows) FROM rowpipe.progress')
	[ "$there" -gt 3000 ]
	expect_status 0 pg-load "${every[@]}" --report report.json shop.rows
	jq -e ".staged and .already_there == $there and (.tables | map(.loaded) | add) == 10000" report.json
	grep -Eq '^loaded: 3 tables, 10,000 rows \([0-9],[0-9]{3} were there already, [0-9],?[0-9]+ now\), 1 view; 0 to-dos$' "$stdout"
	is 4 'SELECT attempt FROM rowpipe.runs'
	whole
	is 5001 "INSERT INTO orders (user_id) VALUES (1) RETURNING id"
}

@test "it goes on whatever size of parts is asked for then" {
	for options in '' '--commit-every 0' '--commit-every 300000'; do
		cut 1000000
		expect_status 0 pg-load $options shop.rows
		grep -q 'were there already' "$stdout"
		whole
		cluster_sql 'DROP SCHEMA public, rowpipe CASCADE; CREATE SCHEMA public'
	done
}

@test "the same id with other rows is refused, and so is a chain that control has not" {
	cut 1000000
	expect_status 78 pg-load "${every[@]}" changed.rows
	expect_said 'its chain there was [0-9a-f]{32}; this one.s is [0-9a-f]{32}: they hold other rows'
	for rows in 1800 900 0; do
		expect_status 78 pg-load "${every[@]}" $rows.rows
		expect_said 'its chain there was [0-9a-f]{32}; this one.s is .*: they hold other rows'
	done
	unseen
	cluster_sql "UPDATE rowpipe.progress SET chain = repeat('0', 32)"
	expect_status 78 pg-load "${every[@]}" shop.rows
	expect_said 'they hold other rows'
	give_up
	expect_status 0 pg-load "${every[@]}" changed.rows
	clean
}

@test "what is staged and was touched is refused; its way out works" {
	while IFS='|' read -r word sql; do
		cluster_fresh load
		cut 1000000
		stage=$(cluster_sql "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rowpipe\\_stage\\_%'")
		cluster_sql "${sql//STAGE/$stage}"
		expect_status 78 pg-load "${every[@]}" shop.rows
		expect_said "what is staged of table public.(users|orders|notes) was $word.* by somebody"
		unseen
		give_up
		expect_status 0 pg-load "${every[@]}" shop.rows
		grep -q '^loaded: 3 tables, 10,000 rows, 1 view; 0 to-dos$' "$stdout"
		whole
	done <<-'END'
		changed|TRUNCATE STAGE.users
		changed|DELETE FROM STAGE.users WHERE id = 1
		changed|INSERT INTO STAGE.notes VALUES (1)
		dropped|DROP TABLE STAGE.notes
		dropped|ALTER TABLE STAGE.users RENAME TO people
		altered|ALTER TABLE STAGE.users ALTER id TYPE int4
		made anew|CREATE TABLE STAGE.u AS TABLE STAGE.users; DROP TABLE STAGE.users; ALTER TABLE STAGE.u RENAME TO users
		dropped or made UNLOGGED|ALTER TABLE STAGE.users SET UNLOGGED
	END
	cluster_fresh load
	cut 1000000
	cluster_sql "DROP SCHEMA $stage CASCADE"
	expect_status 0 pg-load "${every[@]}" shop.rows
	whole
}

rights() {
	cluster_sql "SELECT relname, x FROM pg_class, unnest(relacl) x WHERE relnamespace = 'public'::regnamespace ORDER BY 1, x::text"
}

@test "rights that tables get in their schema by default" {
	cluster_sql 'DROP ROLE IF EXISTS "the app"; CREATE ROLE "the app"; ALTER DEFAULT PRIVILEGES IN SCHEMA public
		GRANT SELECT, INSERT ON TABLES TO "the app" WITH GRANT OPTION; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC'
	expect_status 0 pg-load -q --commit-every 0 shop.rows
	rights >whole.acl
	cluster_sql 'DROP VIEW rich; DROP TABLE users, orders, notes; DROP SCHEMA rowpipe CASCADE' 2>/dev/null
	cut 1000000
	expect_status 0 pg-load "${every[@]}" shop.rows
	rights | diff whole.acl -
	cluster_sql 'DROP OWNED BY "the app"; DROP ROLE "the app"'
}

@test "what is staged in one mode goes on in no other" {
	cut 1000000
	expect_status 0 pg-load --ddl shop.rows
	PGOPTIONS='-c check_function_bodies=off' cluster_sql "$(cat "$stdout")"
	for mode in append fill refill; do
		expect_status 78 pg-load --mode $mode shop.rows
		expect_said 'a part of this stream is staged in mode create: go on in that one, or give up what is staged'
	done
	is 'create|partial|1' 'SELECT mode, status, attempt FROM rowpipe.runs'
	is 0 'SELECT count(*) FROM users'
	cluster_sql 'DROP VIEW rich; DROP TABLE users, orders, notes'
	expect_status 0 pg-load "${every[@]}" shop.rows
	grep -q 'were there already' "$stdout"
	whole
}

@test "names that were taken meanwhile: 78, the rows stay, and go on when there is room" {
	cut 1000000
	cluster_sql 'CREATE TABLE users (id int)'
	expect_status 78 pg-load "${every[@]}" shop.rows
	expect_said '1 of 3 tables exists'
	cluster_sql 'DROP TABLE users'
	mkfifo a
	frame=$(cluster_sql 'SELECT max(last_frame) FROM rowpipe.progress')
	{
		head -c 1500000 shop.rows
		cluster_until "SELECT max(last_frame) > $frame FROM rowpipe.progress"
		cluster_sql 'CREATE TABLE orders (id int)'
		tail -c +1500001 shop.rows
	} >a &
	expect_status 78 pg-load "${every[@]}" <a
	expect_said 'since the load began names were taken: 1 of 3 tables exists .* The rows stay staged'
	cluster_sql 'DROP TABLE orders'
	expect_status 0 pg-load "${every[@]}" shop.rows
	grep -q ' 0 now)' "$stdout"
	whole
}

@test "rows of another stream are staged for these tables: 78, and its way out works" {
	cut 1000000
	expect_status 78 pg-load "${every[@]}" other.rows
	expect_said 'rows of another stream, [0-9a-f]{32} of shop.db, are staged for table public.users'
	give_up
	expect_status 0 pg-load "${every[@]}" other.rows
	is 'complete;failed' "SELECT string_agg(status, ';' ORDER BY status) FROM rowpipe.runs"
	cluster_sql "DELETE FROM rowpipe.runs WHERE status = 'failed'"
	clean
}

@test "the same stream into two schemas at once: each goes on by itself, and is freed by itself" {
	cluster_sql 'CREATE SCHEMA one; CREATE SCHEMA two'
	export ONE="postgres:///load?host=$PGHOST&user=postgres&schema=one" TWO="postgres:///load?host=$PGHOST&user=postgres&schema=two"
	mkfifo first
	pg-load -d env:ONE "${every[@]}" <first >/dev/null 2>&1 3>&- & load=$!
	exec 9>first
	head -c 1000000 shop.rows >&9
	cluster_until "SELECT count(*) > 1 FROM rowpipe.progress"
	cut 1000000
	expect_status 65 pg-load -d env:TWO "${every[@]}" < <(head -c 1000000 shop.rows)
	is 3 "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^rowpipe_stage_[0-9a-f]{8}\$'"
	id=$(cluster_sql "SELECT stream FROM rowpipe.runs WHERE stream !~ ' '")
	is 1 "SELECT count(*) FROM pg_namespace WHERE nspname = 'rowpipe_stage_${id:0:8}'"
	[ "$(pg-control runs | grep -c '  partial  ')" = 2 ]
	pg-control runs | grep -q "  running  .*  '$id in one'  shop.db\$"
	{ kill -9 $load; wait $load; } 2>/dev/null || true
	exec 9>&-
	cluster_until "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'rowpipe/pg-load%'"
	[ "$(pg-control runs | grep -c '  partial  ')" = 3 ]
	expect_status 64 pg-control forget --yes "${id:0:8}"
	expect_status 0 pg-control forget --yes "$id"
	is 2 "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^rowpipe_stage'"
	expect_status 0 pg-load -d env:ONE "${every[@]}" --report report.json shop.rows
	jq -e '.already_there > 0' report.json
	expect_status 0 pg-control forget --yes "$id in two"
	is '' "SELECT nspname FROM pg_namespace WHERE nspname ~ '^rowpipe_stage'"
	expect_status 0 pg-load -d env:TWO "${every[@]}" shop.rows
	is '5000|5000' 'SELECT (SELECT count(*) FROM one.users), (SELECT count(*) FROM two.orders)'
	expect_status 0 pg-load "${every[@]}" shop.rows
	whole
}

@test "what is staged is found by its tables, whatever the schema is called" {
	cluster_sql 'CREATE SCHEMA one'
	export ONE="postgres:///load?host=$PGHOST&user=postgres&schema=one"
	expect_status 65 pg-load -d env:ONE "${every[@]}" < <(head -c 1000000 shop.rows)
	stage=$(cluster_sql "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rowpipe\\_stage\\_%'")
	id=$(cluster_sql 'SELECT left(stream, 8) FROM rowpipe.runs')
	cluster_sql "ALTER SCHEMA $stage RENAME TO rowpipe_stage_$id"
	# That is the name of the stage for the default schema: its load must not take it for its own.
	before=$(cluster_sql "SELECT count(*) FROM rowpipe_stage_$id.users")
	expect_status 78 pg-load "${every[@]}" shop.rows
	expect_said "schema rowpipe_stage_$id is there, and is not this load.s: .* DROP SCHEMA rowpipe_stage_$id CASCADE;"
	is "$before" "SELECT count(*) FROM rowpipe_stage_$id.users"
	expect_status 0 pg-load -d env:ONE "${every[@]}" --report report.json shop.rows
	jq -e ".already_there >= $before" report.json
	expect_status 0 pg-load "${every[@]}" shop.rows
	whole
	is '' "SELECT nspname FROM pg_namespace WHERE nspname ~ '^rowpipe_stage'"
}

@test "a row that cannot be loaded is told by its number in the table, and what is before it stays" {
	cluster_fresh load "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
	sqlite3 kanji.db <<-'END'
		CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
		INSERT INTO t SELECT i, CASE i WHEN 4321 THEN '日本' ELSE hex(zeroblob(100)) END FROM n;
	END
	sqlite-extract kanji.db | rows-retype | rows-rename >kanji.rows
	expect_status 78 pg-load "${every[@]}" kanji.rows
	expect_said '^pg-load: t.a, row 4321: '
	is partial 'SELECT status FROM rowpipe.runs'
	unseen
}

@test "a role that may make no schema stages in schema rowpipe; without that it is one transaction" {
	cluster_sql 'DROP ROLE IF EXISTS clerk; CREATE ROLE clerk LOGIN; GRANT CREATE ON SCHEMA public TO clerk'
	PGUSER=clerk expect_status 0 env PGUSER=clerk pg-load "${every[@]}" --report report.json shop.rows
	jq -e '(.staged | not) and (.one_transaction | test("schema rowpipe"))' report.json
	grep -q '^one transaction, which could not have been gone on with: nothing can be written to schema rowpipe' "$stdout"
	cluster_fresh load
	cluster_sql 'CREATE TABLE n (id int)' && sqlite3 n.db 'CREATE TABLE m (id INT)'
	sqlite-extract n.db | rows-retype | rows-rename | pg-load -q
	cluster_sql 'GRANT CREATE ON SCHEMA public TO clerk; GRANT USAGE ON SCHEMA rowpipe TO clerk;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rowpipe TO clerk; DROP TABLE m, n'
	expect_status 0 env PGUSER=clerk pg-load "${every[@]}" shop.rows
	grep -q 'the role may make no schema for what is half loaded (GRANT CREATE ON SCHEMA rowpipe TO clerk)$' "$stdout"
	cluster_sql 'DROP VIEW rich; DROP TABLE users, orders, notes; GRANT CREATE ON SCHEMA rowpipe TO clerk'
	export PGUSER=clerk
	cut 1000000
	is 3 "SELECT count(*) FROM pg_tables WHERE schemaname = 'rowpipe' AND tablename LIKE 'rowpipe_stage%'"
	cluster_sql 'DELETE FROM rowpipe.rowpipe_stage_'"$(cluster_sql "SELECT left(stream, 8) FROM rowpipe.runs WHERE status = 'partial'")_0"
	expect_status 78 pg-load "${every[@]}" shop.rows
	give_up
	cut 600000
	cut 1000000
	# It goes on where it was begun, whatever the role may make by now.
	PGUSER=postgres cluster_sql 'GRANT CREATE ON DATABASE load TO clerk'
	expect_status 0 pg-load "${every[@]}" shop.rows
	grep -q 'were there already' "$stdout"
	whole
	PGUSER=postgres cluster_sql 'DROP OWNED BY clerk; DROP ROLE clerk'
}

# reader: a transaction with a snapshot, until it is told to look again.
reader() {
	mkfifo words
	psql -X -q -A -t <words >found & reader=$!
	exec 9>words
	echo "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_tables WHERE tablename = 'users';" >&9
	await test -s found
}

look_again() {
	echo "SELECT to_regclass('public.users') IS NULL; COMMIT;" >&9
	exec 9>&-
	wait $reader
	[ "$(cat found)" = $'0\nt' ]
	rm words found
}

@test "who has an older snapshot is waited for, and would else see a part" {
	cluster_sql 'DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN; GRANT CREATE ON DATABASE load TO weak; GRANT CREATE ON SCHEMA public TO weak'
	for role in postgres weak; do
		cluster_fresh load
		cluster_sql 'GRANT CREATE ON DATABASE load TO weak; GRANT CREATE ON SCHEMA public TO weak'
		reader
		expect_status 75 env PGUSER=$role pg-load "${every[@]}" --publish-wait 1 shop.rows
		expect_said '1 transaction that began before the last row came is still open after 1 s.* postgres.s, process [0-9]+ .*All rows are staged: the same command publishes them'
		unseen
		PGUSER=$role pg-load "${every[@]}" --publish-wait 60 shop.rows >"$stdout" & load=$!
		cluster_until 'SELECT attempt = 2 FROM rowpipe.runs'
		look_again
		wait $load
		grep -q '10,000 were there already, 0 now' "$stdout"
		whole
	done
	cluster_sql 'DROP OWNED BY weak; DROP ROLE weak'
}

@test "a lock on what is staged, as a dump holds it, is waited for" {
	cut 1000000
	stage=$(cluster_sql "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rowpipe\\_stage\\_%'")
	# It has no snapshot, so nothing but the lock is in the way.
	mkfifo words
	psql -X -q <words & lock=$!
	exec 9>words
	echo "BEGIN; LOCK TABLE $stage.users IN ACCESS SHARE MODE;" >&9
	cluster_until "SELECT count(*) = 1 FROM pg_locks WHERE relation = '$stage.users'::regclass"
	pg-load "${every[@]}" shop.rows >/dev/null 2>&1 3>&- 9>&- & load=$!
	blocked="application_name LIKE 'rowpipe/pg-load%' AND wait_event_type = 'Lock'"
	cluster_until "SELECT count(*) = 1 FROM pg_stat_activity WHERE $blocked"
	first=$(cluster_sql "SELECT query_start FROM pg_stat_activity WHERE application_name LIKE 'rowpipe/pg-load%'")
	cluster_until "SELECT count(*) = 1 FROM pg_stat_activity WHERE $blocked AND query_start > '$first'"
	exec 9>&-
	wait $lock
	wait $load
	whole
}

@test "readers at both levels see nothing or all, at any moment" {
	cat >poll.py <<-'END'
		import psycopg2, sys, time
		level = sys.argv[1]
		db = psycopg2.connect("")
		db.set_session(isolation_level=level)
		seen, tries = set(), 0
		while b'all' not in seen:
		    at = db.cursor()
		    at.execute("SELECT 1")
		    for _ in range(3):
		        at.execute("SELECT to_regclass('public.users') IS NOT NULL AND to_regclass('public.orders') IS NOT NULL AND to_regclass('public.rich') IS NOT NULL")
		        if at.fetchone()[0]:
		            at.execute("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)")
		            counts = at.fetchone()
		            if counts != (5000, 5000):
		                print("seen", counts)
		                sys.exit(1)
		            seen.add(b'all')
		        else:
		            seen.add(b'none')
		        tries += 1
		        time.sleep(0.001)
		    db.commit()
		print(len(seen), tries > 50)
	END
	/usr/bin/python3 -c 'import psycopg2' || skip 'no psycopg2'
	for level in 'READ COMMITTED' 'REPEATABLE READ'; do
		timeout 60 /usr/bin/python3 poll.py "$level" >"poll.${level% *}" 2>&1 &
	done
	cluster_until "SELECT count(*) = 2 FROM pg_stat_activity WHERE query LIKE 'SELECT to_regclass%'"
	size=$(wc -c <shop.rows)
	for part in 1 2 3 4 5 6 7 8 9; do
		expect_status 65 pg-load "${every[@]}" < <(head -c $((part * size / 10)) shop.rows)
	done
	expect_status 0 pg-load "${every[@]}" shop.rows
	wait
	[ "$(cat poll.READ poll.REPEATABLE)" = $'2 True\n2 True' ] || { cat poll.*; false; }
}

@test "what the server refused of a table is known when it goes on" {
	sqlite3 bare.db <<-'END'
		CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x', b TEXT);
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
		INSERT INTO t SELECT i, hex(zeroblob(40)), i FROM n;
	END
	sqlite-extract bare.db | rows-retype | rows-rename >bare.rows
	pg-load --ddl bare.rows | grep -q "DEFAULT 'x'"
	cluster_sql "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS \$\$ BEGIN
		IF current_query() LIKE '%DEFAULT ''x''%' THEN RAISE feature_not_supported; END IF; END \$\$;
		CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION refuse()"
	expect_status 65 pg-load "${every[@]}" < <(head -c 500000 bare.rows)
	cluster_sql 'DROP EVENT TRIGGER refuse'
	expect_status 0 pg-load "${every[@]}" --report report.json bare.rows
	jq -e '[.todo[] | select(.kind == "table" or .kind == "default")] | length == 2' report.json
	is '' "SELECT obj_description('t'::regclass, 'pg_class')"
	is '' "SELECT column_default FROM information_schema.columns WHERE column_name = 'a'"
	clean
}

@test "PostgreSQL to PostgreSQL: two tables of one name, unlogged ones, sequences; types make it one transaction" {
	cluster_sql "CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.t (id serial PRIMARY KEY, v text);
		CREATE UNLOGGED TABLE two.t (id int GENERATED ALWAYS AS IDENTITY, v text);
		INSERT INTO one.t (v) SELECT repeat('x', 200) FROM generate_series(1, 3000);
		INSERT INTO two.t (v) SELECT repeat('y', 200) FROM generate_series(1, 3000)"
	pg-extract -n one -n two >two.rows
	pg_dump -n one -n two >before
	cluster_sql 'DROP SCHEMA one, two CASCADE' 2>/dev/null
	expect_status 65 pg-load "${every[@]}" < <(head -c 600000 two.rows)
	is '' "SELECT nspname FROM pg_namespace WHERE nspname IN ('one', 'two')"
	expect_status 0 pg-load "${every[@]}" two.rows
	grep -q 'were there already' "$stdout"
	diff <(grep -v '^\\' before) <(pg_dump -n one -n two | grep -v '^\\')
	cluster_fresh load
	cluster_sql "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE m (m mood)"
	pg-extract >mood.rows
	cluster_sql 'DROP TABLE m; DROP TYPE mood'
	expect_status 0 pg-load "${every[@]}" --report report.json mood.rows
	jq -e '(.staged | not) and (.one_transaction == null)' report.json
}
