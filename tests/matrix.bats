# pg-load against a server that fails: full disks, deadlocks, locks, too many sessions, restarts, and
# tables that do not keep what they are given.  Nothing is lost, twice or half visible; the exit code
# says whether the same command helps, the message what does.
load help
load cluster

setup_file() {
	cluster_start 'superuser_reserved_connections = 1'
	[ -z "$CLUSTER_MISSING" ] || return 0
	cd "$BATS_FILE_TMPDIR" || return
	sqlite3 shop.db <<-'END'
		CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL);
		CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
		INSERT INTO users SELECT i, 'user ' || i || hex(zeroblob(100)) FROM n;
		INSERT INTO orders SELECT id, id FROM users WHERE id <= 2000;
	END
	sqlite-extract shop.db >raw.rows
	rows-retype <raw.rows | rows-rename >shop.rows
}
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_up
	cluster_fresh load
	PATH=$CLUSTER_BIN:$PATH
	cp "$BATS_FILE_TMPDIR"/*.rows .
	every=(--commit-every 1)
}
teardown() {
	cluster_sql 'DROP DATABASE IF EXISTS load' postgres >/dev/null 2>&1 || true
	cluster_sql 'DROP TABLESPACE IF EXISTS small' postgres >/dev/null 2>&1 || true
	cluster_sql 'DROP ROLE IF EXISTS clerk, app, strict' postgres >/dev/null 2>&1 || true
	! mountpoint -q "$TEMP/small" || umount "$TEMP/small"
	leave_temp
}

# The tables as an application has them; the rows of a load that nobody disturbed.
tables() {
	cluster_sql 'CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
		CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users)'
}

whole() {
	expect_status 0 pg-verify -q shop.rows
	is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
	is '' "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rowpipe\\_%'"
	is 0 "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
}

empty() {
	is '0|0' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
}

unseen() {
	is '' "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
}

# cut: a load of which a part is staged, and the schema that it is in.
cut() {
	expect_status 65 pg-load "${every[@]}" "$@" < <(head -c 500000 shop.rows)
	expect_said 'rows stay staged: the same stream again goes on behind them$'
	stage=$(cluster_sql "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rowpipe\\_stage\\_%'")
	[ -n "$stage" ]
}

# The last message's way out: what stands behind the pattern, as SQL or as a command.
way_out_sql() {
	cluster_sql "$(grep -Eo "$1" "$stderr")" 2>/dev/null
}
way_out() {
	expect_status 0 bash -c "$(grep -o 'pg-control forget .*' "$stderr")"
}

# session: a second session, which does what is written to descriptor 9.
session() {
	mkfifo words
	psql -X -q -A -t <words >said 2>&1 3>&- & other=$!
	exec 9>words
	echo "SET application_name = 'other';" >&9
}
session_end() {
	exec 9>&-
	wait "$other"
	rm words
}
# Waits until a load waits for somebody's lock.
load_is_held() {
	cluster_until "SELECT count(*) > 0 FROM pg_stat_activity
		WHERE application_name LIKE 'rowpipe/pg-load%' AND wait_event_type = 'Lock'"
}

# --- full disks -----------------------------------------------------------------------------------

# small SIZE: a tablespace of that size, which all tables of the database go to.
small() {
	mkdir small
	mount -t tmpfs -o size="$1" none small 2>/dev/null || skip 'no file system can be mounted here'
	mkdir small/space
	chmod 711 "$TEMP"
	[ -z "$CLUSTER_USER" ] || chown "$CLUSTER_USER" small/space
	cluster_sql "CREATE TABLESPACE small LOCATION '$TEMP/small/space'"
	cluster_sql "ALTER DATABASE load SET default_tablespace = small"
}
# fill BYTES: so much of it is somebody else's.
fill() { head -c "$1" /dev/zero >small/filler; }

is_full() {
	expect_said 'could not extend file "pg_tblspc/[0-9]+/.*\(53100\)'
	expect_said "the server's disk is full: make room there, or choose another default_tablespace, and repeat"
	way_out_sql 'SELECT spcname.*WHERE oid = [0-9]+' >space
	[ "$(cat space)" = "small|$TEMP/small/space" ]
	[ "$(grep -c 'trying again' "$stderr")" = 0 ]
}

@test "the server's disk is full: 75 at once, nothing visible, and with room the same command finishes" {
	small 4m
	fill 3500000
	for options in '--commit-every 0' '--commit-every 1'; do
		expect_status 75 pg-load $options shop.rows
		is_full
		unseen
		expect_status 75 pg-load $options < <(cat shop.rows)
		is_full
		unseen
	done
	is t "SELECT error LIKE '%(53100)%' FROM rowpipe.runs"
	rm small/filler
	expect_status 0 pg-load "${every[@]}" shop.rows
	whole
}

@test "the server's disk is full in the middle of a staged load: it goes on behind the last segment" {
	small 4m
	cut
	there=$(cluster_sql 'SELECT sum(rows) FROM rowpipe.progress')
	fill 3400000
	expect_status 75 pg-load "${every[@]}" shop.rows
	is_full
	expect_said 'rows stay staged: the same command again goes on behind them$'
	line=$(tail -n 1 "$stderr")
	[ "$line" = 'pg-load --commit-every 1 shop.rows' ]
	unseen
	is partial 'SELECT status FROM rowpipe.runs'
	[ "$(cluster_sql 'SELECT sum(rows) FROM rowpipe.progress')" -ge "$there" ]
	rm small/filler
	expect_status 0 bash -c "$line"
	grep -q 'were there already' "$stdout"
	whole
}

@test "the server's disk is full: append, fill, refill and upsert leave all as it was" {
	small 4m
	tables
	cluster_sql "INSERT INTO users VALUES (9999, 'old')"
	for mode in append fill refill upsert; do
		fill 3500000
		[ $mode != fill ] || cluster_sql 'DELETE FROM users'
		before=$(cluster_sql 'SELECT id, name FROM users')
		expect_status 75 pg-load --mode $mode shop.rows
		is_full
		is "$before" 'SELECT id, name FROM users'
		is 0 'SELECT count(*) FROM orders'
		rm small/filler
		expect_status 0 pg-load --mode $mode shop.rows
		is '4000|2000' 'SELECT (SELECT count(*) FROM users WHERE id <= 4000), (SELECT count(*) FROM orders)'
		cluster_sql "DROP SCHEMA IF EXISTS rowpipe CASCADE; TRUNCATE users, orders; INSERT INTO users VALUES (9999, 'old')" 2>/dev/null
	done
}

# wide: a source whose archive is many times as large as itself; no guess of its size knows.
wide() {
	sqlite3 wide.db "CREATE TABLE t (id INTEGER PRIMARY KEY, g TEXT AS (printf('%d %d %d %d', id * 7919 * 7919,
			id * 104729 * 31337, id * 1299709 * 6151, id * 15485863 * 9973)));
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000) INSERT INTO t SELECT i FROM n"
	mkdir small
	mount -t tmpfs -o size=200k none small 2>/dev/null || skip 'no file system can be mounted here'
}

@test "the archive's disk is full: 74 at the end of the pipe, nothing loaded, no file; with room all is well" {
	wide
	replay='sqlite-extract wide.db | rows-archive small/wide.rows | rows-retype | rows-rename | pg-load'
	for options in '' ' --commit-every 1'; do
		expect_status 74 bash -c "$replay$options"
		expect_said '^pg-load: rows-archive stopped: small/wide.rows: writing failed: No space left on device'
		[ -z "$(ls -A small)" ]
		unseen
	done
	mount -o remount,size=4m small
	give_up=$(cluster_sql "SELECT 'pg-control forget --yes ' || stream FROM rowpipe.runs WHERE status = 'partial'" || true)
	[ -z "$give_up" ] || expect_status 0 bash -c "$give_up"
	expect_status 0 bash -c "$replay"
	rows-replay small/wide.rows | rows-retype | rows-rename | pg-verify -q
	is 8000 'SELECT count(*) FROM t'
}

@test "the disk of a run's folder is full: 74, nothing loaded, no archive; the last line works when there is room" {
	wide
	export WHERE="postgres:///load?host=$CLUSTER&user=postgres"
	expect_status 74 rowpipe migrate wide.db -d env:WHERE --run-dir small
	expect_said 'archive.rows: writing failed: No space left on device$'
	[ -z "$(find small -name '*.rows*' -o -name '*partial*')" ]
	unseen
	line=$(tail -n 1 "$stderr")
	[ "$line" = 'rowpipe migrate --run-dir small -d env:WHERE wide.db' ]
	mount -o remount,size=4m small
	expect_status 0 bash -c "$line"
	is 8000 'SELECT count(*) FROM t'
}

@test "words that cannot be written behind the commit: 74, and it is said that all is loaded" {
	cp "$BATS_FILE_TMPDIR/shop.db" .
	mkdir small
	mount -t tmpfs -o size=8k none small 2>/dev/null || skip 'no file system can be mounted here'
	complete='writing failed: No space left on device; the load itself is complete'
	for options in '' '--mode refill' '--mode append --again' '--mode upsert'; do
		cluster_sql 'DROP SCHEMA IF EXISTS rowpipe CASCADE' 2>/dev/null
		[[ $options != *append* ]] || cluster_sql 'TRUNCATE users, orders'
		expect_status 74 bash -c "pg-load $options shop.rows >/dev/full"
		expect_stderr "pg-load: standard output: $complete"
		is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
		[ "$options" = '--mode upsert' ] && break
		is complete "SELECT status FROM rowpipe.runs WHERE report IS NOT NULL"
		expect_status 0 pg-load $options shop.rows
		expect_stdout 'already complete, 0 rows to do'
	done
	# With a to-do, so that each file has something to say.
	sqlite3 shop.db "CREATE TRIGGER counts AFTER INSERT ON orders BEGIN DELETE FROM orders WHERE id < 0; END"
	sqlite-extract shop.db | rows-retype | rows-rename >shop.rows
	for file in report todo; do
		cluster_fresh load
		head -c 8192 /dev/zero >small/filler
		expect_status 74 pg-load --$file small/words shop.rows
		expect_stderr "pg-load: small/words: $complete"
		[ "$(ls -A small)" = filler ]
		is complete 'SELECT status FROM rowpipe.runs'
		whole
		rm small/filler
	done
	# Where nothing can be made at all, it is known before the first row.
	cluster_fresh load
	expect_status 73 pg-load --report small/none/words shop.rows
	unseen
}

# --- who else works there -------------------------------------------------------------------------

# deadlock HELD WANTED COMMAND…: another session has HELD, which the load wants while it has WANTED.
deadlock() {
	session
	echo "BEGIN; SET deadlock_timeout = '60s'; LOCK TABLE $1 IN ACCESS EXCLUSIVE MODE;" >&9
	held $1
	PGOPTIONS='-c deadlock_timeout=2s' "${@:3}" >"$stdout" 2>"$stderr" 3>&- 9>&- & load=$!
	load_is_held
	# Who has waited longest finds the circle.
	echo "LOCK TABLE $2 IN ACCESS EXCLUSIVE MODE;" >&9
}
held() {
	cluster_until "SELECT count(*) = 1 FROM pg_locks WHERE relation = '$1'::regclass
		AND mode = 'AccessExclusiveLock' AND granted"
}
ends() { # ends STATUS: the load in the background does so
	local status=0
	wait $load || status=$?
	[ $status -eq "$1" ] && return
	cat "$stderr"
	echo "exit code $status, expected $1"
	return 1
}

@test "a deadlock: a file goes on by itself, and says how often; a pipe says 75; never twice" {
	while read -r mode held wanted; do
		cluster_fresh load
		tables
		deadlock $held $wanted pg-load --mode $mode shop.rows
		held $wanted
		session_end
		ends 0
		expect_said 'deadlock detected \(40P01\); others wrote there in another order: repeat the command$'
		expect_said '^pg-load: trying again in 0\.[0-9] s$'
		[ $mode = upsert ] || grep -Eq '^it was tried again [1-9] times?$' "$stdout"
		is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
		cluster_sql 'TRUNCATE users, orders; DROP SCHEMA IF EXISTS rowpipe CASCADE' 2>/dev/null
		deadlock $held $wanted bash -c "cat shop.rows | pg-load --mode $mode"
		ends 75
		session_end
		expect_said 'deadlock detected'
		! grep 'trying again' "$stderr" || false
		empty
	done <<-'END'
		append orders users
		upsert users orders
	END
}

@test "a lock that nobody lets go: 75 with what to do, and the rows that are staged stay" {
	for mode in append upsert; do
		cluster_fresh load
		tables
		cluster_hold 'LOCK TABLE users IN SHARE MODE'
		expect_status 75 pg-load --retry-time 0 --mode $mode "${every[@]}" shop.rows
		expect_said 'canceling statement due to lock timeout \(55P03\); others work with the tables: stop the application'
		[ "$(wc -l <"$stderr")" = $([ $mode = append ] && echo 2 || echo 1) ]
		empty
		[ $mode = upsert ] || expect_said '6,000 rows stay staged: the same command again goes on behind them$'
		# Who comes back in time is waited for.
		pg-load --mode $mode "${every[@]}" shop.rows >"$stdout" 2>"$stderr" 3>&- & load=$!
		load_is_held
		cluster_release
		ends 0
		is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
	done
}

@test "isolation and timeouts that a role has for itself change nothing; who writes the same rows is waited for" {
	cluster_sql "CREATE ROLE strict LOGIN SUPERUSER; ALTER ROLE strict SET default_transaction_isolation = serializable;
		ALTER ROLE strict SET statement_timeout = '300ms'; ALTER ROLE strict SET lock_timeout = 1;
		ALTER ROLE strict SET idle_in_transaction_session_timeout = '300ms'"
	[ "$CLUSTER_VERSION" -lt 14 ] || cluster_sql "ALTER ROLE strict SET idle_session_timeout = '300ms'"
	for mode in append upsert; do
		cluster_fresh load
		tables
		session
		echo "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM orders; INSERT INTO users VALUES (17, 'mine');" >&9
		cluster_until "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'other' AND query LIKE '%mine%' AND state = 'idle in transaction'"
		PGUSER=strict pg-load --mode $mode shop.rows >"$stdout" 2>"$stderr" 3>&- 9>&- & load=$!
		load_is_held
		echo 'ROLLBACK;' >&9
		session_end
		ends 0
		expect_stderr ''
		is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
	done
}

@test "what passes is tried again from a file, what does not is told at once; 75 either way, never twice" {
	while read -r state again; do
		for mode in append upsert 'fill --triggers fire'; do
			cluster_fresh load
			tables
			# Its first and second try are told no.
			cluster_sql "CREATE SEQUENCE tries; GRANT ALL ON tries TO public;
				CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
					IF nextval('public.tries') < 3 THEN RAISE 'not now' USING ERRCODE = '$state'; END IF;
					RETURN NULL; END \$\$;
				CREATE TRIGGER no AFTER INSERT ON orders FOR EACH STATEMENT EXECUTE FUNCTION no()"
			expect_status 75 pg-load --mode $mode < <(cat shop.rows)
			expect_said "not now \($state\)"
			empty
			[ $again = yes ] || expect_status 75 pg-load --mode $mode shop.rows
			! grep 'trying again' "$stderr" || false
			[ $again = yes ] || empty
			expect_status 0 pg-load --mode $mode shop.rows
			[ "$(grep -c 'trying again' "$stderr")" = $([ $again = yes ] && echo 1 || echo 0) ]
			is '4000|2000|3' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders), last_value FROM tries'
		done
	done <<-'END'
		40001 yes
		55P03 yes
		53200 no
		57014 no
	END
}

# --- servers that take nobody, or nothing ---------------------------------------------------------

@test "no place is free: a load waits for one, and gives up with 75; a check says so at once" {
	cluster_sql "CREATE ROLE clerk LOGIN CONNECTION LIMIT 0; GRANT CREATE ON DATABASE load TO clerk; GRANT CREATE ON SCHEMA public TO clerk"
	full='too many connections for role "clerk" \(53300\)'
	expect_status 75 env PGUSER=clerk pg-load --check shop.rows
	expect_said "$full"
	! grep 'trying again' "$stderr" || false
	expect_status 75 env PGUSER=clerk pg-load --retry-time 0 shop.rows
	expect_said "$full"
	[ "$(wc -l <"$stderr")" = 1 ]
	# Why it waits is told before each wait, and once at the end.
	expect_status 75 env PGUSER=clerk pg-load --retry-time 1 shop.rows
	expect_said 'trying again in 0\.[0-9] s$'
	[ "$(grep -Ec "$full" "$stderr")" = $(($(grep -c 'trying again' "$stderr") + 1)) ]
	for from in file pipe; do
		: >"$stderr"
		if [ $from = file ]; then
			PGUSER=clerk pg-load --report $from.json shop.rows >"$stdout" 2>"$stderr" 3>&- & load=$!
		else
			cat shop.rows | PGUSER=clerk pg-load --report $from.json >"$stdout" 2>"$stderr" 3>&- & load=$!
		fi
		await grep -q 'trying again' "$stderr"
		cluster_sql 'ALTER ROLE clerk CONNECTION LIMIT 1'
		ends 0
		jq -e '.retries > 0' $from.json
		PGUSER=clerk is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
		cluster_sql 'DROP OWNED BY clerk; ALTER ROLE clerk CONNECTION LIMIT 0; GRANT CREATE ON DATABASE load TO clerk;
			GRANT CREATE ON SCHEMA public TO clerk' 2>/dev/null
	done
}

@test "all places of the server are taken: the same" {
	most=$(cluster_sql "SELECT current_setting('max_connections')")
	cluster_sql 'CREATE ROLE clerk LOGIN; GRANT CREATE ON DATABASE load TO clerk; GRANT CREATE ON SCHEMA public TO clerk'
	for i in $(seq $((most - 1))); do
		psql -X -q -c 'SELECT pg_sleep(60)' >/dev/null 2>&1 3>&- &
	done
	cluster_until "SELECT count(*) >= $most - 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
	expect_status 75 env PGUSER=clerk pg-load --retry-time 0 shop.rows
	expect_said 'remaining connection slots are reserved.* \(53300\)'
	: >"$stderr"
	PGUSER=clerk pg-load shop.rows >"$stdout" 2>"$stderr" 3>&- & load=$!
	await grep -q 'trying again' "$stderr"
	cluster_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'" >/dev/null
	ends 0
	whole
	wait || true
}

# standby SETTING: the server comes back as one that follows another, until it is promoted.
standby() {
	cluster_down
	cluster_as touch "$CLUSTER/data/standby.signal"
	echo "hot_standby = $1" >>"$CLUSTER/data/postgresql.conf"
	cluster_up
}
promote() {
	cluster_as "$CLUSTER_BIN/pg_ctl" promote -w -D "$CLUSTER/data" >/dev/null
}

@test "a server that only starts is waited for; a standby is told of before the first row" {
	standby off
	expect_status 75 pg-load --retry-time 0 shop.rows
	expect_said 'the database system is (not accepting connections|starting up) \(57P03\)'
	: >"$stderr"
	pg-load shop.rows >"$stdout" 2>"$stderr" 3>&- & load=$!
	await grep -q 'trying again' "$stderr"
	promote
	ends 0
	whole
	standby on
	for mode in create append upsert refill; do
		expect_status 78 pg-load --mode $mode shop.rows
		expect_stderr "pg-load: the server at $CLUSTER (port 5432) is a standby and takes no writes: connect to its primary"
	done
	expect_status 78 pg-load --check shop.rows
	grep -q '^stop   the server is read-only: load into its primary$' "$stdout"
	promote
	expect_status 0 pg-verify -q shop.rows
}

@test "a session that may only read: 78 before the first row, and what is told helps" {
	for mode in create append upsert refill; do
		cluster_fresh load
		cluster_sql 'ALTER DATABASE load SET default_transaction_read_only = on'
		[ $mode = create ] || PGOPTIONS='-c default_transaction_read_only=off' tables
		expect_status 78 pg-load --mode $mode shop.rows
		expect_said '^pg-load: database load is read-only for role postgres: .*; connect as a role that may write, or turn it off: PGOPTIONS='
		expect_status 0 bash -c "$(grep -o 'PGOPTIONS=.*' "$stderr") pg-load --mode $mode shop.rows"
		is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
	done
}

# --- tables that do not keep what they are given --------------------------------------------------

modes=(append fill refill upsert)

@test "a table that a crash empties: 78 before the first row, in every mode; what is told helps" {
	for mode in "${modes[@]}"; do
		cluster_fresh load
		cluster_sql 'CREATE UNLOGGED TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
			CREATE UNLOGGED TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL)'
		for table in orders users; do
			expect_status 78 pg-load --mode $mode shop.rows
			expect_said "^pg-load: table public.$table is UNLOGGED: a crash of the server would empty it"
			empty
			way_out_sql 'ALTER TABLE .* SET LOGGED'
		done
		expect_status 0 pg-load --mode $mode shop.rows
		cluster_sql 'CHECKPOINT'
		is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
	done
	cluster_down immediate
	cluster_up
	is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
}

@test "what is no table: 78, and says what it is" {
	for mode in "${modes[@]}"; do
		cluster_fresh load
		tables
		while IFS='|' read -r what sql; do
			cluster_sql "ALTER TABLE users RENAME TO people; $sql"
			expect_status 78 pg-load --mode $mode shop.rows
			expect_said "^pg-load: public.users is $what: rows go into tables of this server alone; load into such a one"
			is 0 'SELECT count(*) FROM orders'
			cluster_sql 'DROP VIEW IF EXISTS users' 2>/dev/null || cluster_sql 'DROP MATERIALIZED VIEW IF EXISTS users' 2>/dev/null ||
				cluster_sql 'DROP SEQUENCE IF EXISTS users' 2>/dev/null || cluster_sql 'DROP FOREIGN TABLE users'
			cluster_sql 'ALTER TABLE people RENAME TO users'
		done <<-'END'
			a view|CREATE VIEW users AS TABLE people
			a materialized view|CREATE MATERIALIZED VIEW users AS TABLE people
			a sequence|CREATE SEQUENCE users
			a foreign table|CREATE FOREIGN DATA WRAPPER none; CREATE SERVER none FOREIGN DATA WRAPPER none; CREATE FOREIGN TABLE users (id bigint, name text) SERVER none
		END
	done
}

@test "partitions: rows go into them, but not into foreign or UNLOGGED ones" {
	for mode in "${modes[@]}"; do
		cluster_fresh load
		cluster_sql 'CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL) PARTITION BY RANGE (id);
			CREATE TABLE low PARTITION OF users FOR VALUES FROM (MINVALUE) TO (1000);
			CREATE UNLOGGED TABLE high PARTITION OF users FOR VALUES FROM (1000) TO (MAXVALUE);
			CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL)'
		expect_status 78 pg-load --mode $mode shop.rows
		expect_said 'table public.high is UNLOGGED'
		way_out_sql 'ALTER TABLE .* SET LOGGED'
		expect_status 0 pg-load --mode $mode shop.rows
		is '999|3001|2000' 'SELECT (SELECT count(*) FROM low), (SELECT count(*) FROM high), (SELECT count(*) FROM orders)'
	done
	cluster_fresh load
	cluster_sql 'CREATE FOREIGN DATA WRAPPER none; CREATE SERVER none FOREIGN DATA WRAPPER none;
		CREATE TABLE users (id bigint, name text NOT NULL) PARTITION BY RANGE (id);
		CREATE TABLE low PARTITION OF users FOR VALUES FROM (MINVALUE) TO (5000);
		CREATE FOREIGN TABLE far PARTITION OF users FOR VALUES FROM (5000) TO (MAXVALUE) SERVER none;
		CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL)'
	expect_status 78 pg-load --mode append shop.rows
	expect_said 'table public.users has rows in the foreign table public.far, which no transaction of this server keeps'
	way_out_sql 'ALTER TABLE .* DETACH PARTITION .*'
	expect_status 0 pg-load --mode append shop.rows
}

@test "rows that a trigger swallows or sends elsewhere: 78, nothing visible; a rule: before the first row" {
	for mode in append 'fill --triggers fire' 'refill --triggers fire' upsert; do
		cluster_fresh load
		tables
		cluster_sql "CREATE TABLE other (LIKE users);
			CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
				IF NEW.id = 3000 THEN INSERT INTO public.other VALUES (NEW.*); RETURN NULL; END IF; RETURN NEW; END \$\$;
			CREATE TRIGGER away BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION away()"
		expect_status 78 pg-load --mode $mode shop.rows
		expect_said 'users: .*4000.* 3999 .*a trigger or rule .*swallows rows'
		empty
		is 0 'SELECT count(*) FROM other'
		cluster_sql 'DROP TRIGGER away ON users'
		for what in NOTHING 'INSERT INTO other VALUES (NEW.*)'; do
			cluster_sql "CREATE RULE turns AS ON INSERT TO users DO INSTEAD $what"
			expect_status 78 pg-load --mode $mode shop.rows
			expect_said '^pg-load: table public.users has a rule, turns, which makes something else of what is written to it'
			empty
			is 0 'SELECT count(*) FROM other'
			[ "$what" = NOTHING ] || way_out_sql 'ALTER TABLE .* DISABLE RULE .*'
			[ "$what" != NOTHING ] || cluster_sql 'DROP RULE turns ON users'
		done
		expect_status 0 pg-load --mode $mode shop.rows
		is '4000|2000|0' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders), (SELECT count(*) FROM other)'
	done
}

@test "row security that holds the role back: 77 before the first row, and what is told helps" {
	for mode in "${modes[@]}"; do
		cluster_fresh load
		tables
		cluster_sql 'DROP ROLE IF EXISTS app; CREATE ROLE app LOGIN; ALTER TABLE users OWNER TO app; ALTER TABLE orders OWNER TO app;
			ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON users USING (id < 10);
			GRANT CREATE ON DATABASE load TO app; ALTER TABLE users FORCE ROW LEVEL SECURITY'
		expect_status 77 env PGUSER=app pg-load --mode $mode shop.rows
		expect_said 'public.users has row security, which may hide rows from role app; a superuser can help:'
		empty
		way_out_sql 'ALTER ROLE .* BYPASSRLS'
		expect_status 0 env PGUSER=app pg-load --mode $mode shop.rows
		is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
		cluster_sql 'DROP OWNED BY app CASCADE; DROP ROLE app' 2>/dev/null
	done
}

@test "a temporary table of the name is in nobody's way, and in no load's" {
	session
	echo "CREATE TEMPORARY TABLE users (id int); CREATE TEMPORARY TABLE orders (id int); SELECT 'ready';" >&9
	await grep -q ready said
	expect_status 0 pg-load "${every[@]}" shop.rows
	echo 'SELECT count(*) FROM users;' >&9
	session_end
	[ "$(tail -n 1 said)" = 0 ]
	whole
}

# --- what changes between two tries ---------------------------------------------------------------

# refused WORD: the same command again is, nothing is visible, and its way out works.
refused() {
	expect_status 78 pg-load "${every[@]}" "${@:2}" shop.rows
	expect_said "what is staged of table public.(users|orders) was $1.* by somebody: it cannot be gone on with"
	way_out
	expect_status 0 pg-load "${every[@]}" "${@:2}" shop.rows
	! grep 'already' "$stdout" || false
	whole
}

@test "what is staged and was altered or written over between two tries is refused; its way out works" {
	while IFS='|' read -r word sql; do
		cut
		cluster_sql "${sql//STAGE/$stage}"
		refused "$word"
		cluster_sql 'DROP TABLE users, orders; DROP SCHEMA rowpipe CASCADE' 2>/dev/null
	done <<-'END'
		altered|ALTER TABLE STAGE.users ADD extra int
		altered|ALTER TABLE STAGE.users DROP name
		altered|ALTER TABLE STAGE.users RENAME name TO title
		changed|UPDATE STAGE.users SET name = upper(name) WHERE id = 7
		changed|DELETE FROM STAGE.users WHERE id = 7; INSERT INTO STAGE.users VALUES (7, 'mine')
	END
}

@test "what is staged of an append: the same, and no row is in the table" {
	while IFS='|' read -r word sql; do
		cluster_fresh load
		tables
		cut --mode append
		cluster_sql "${sql//STAGE/$stage}"
		expect_status 78 pg-load "${every[@]}" --mode append shop.rows
		empty
		refused "$word" --mode append
	done <<-'END'
		altered|ALTER TABLE STAGE.users ADD extra int
		changed|UPDATE STAGE.users SET name = upper(name) WHERE id = 7
		changed|TRUNCATE STAGE.users
		changed|INSERT INTO STAGE.users VALUES (70000, 'mine')
		dropped|DROP TABLE STAGE.users
		made anew|CREATE TABLE STAGE.u AS TABLE STAGE.users; DROP TABLE STAGE.users; ALTER TABLE STAGE.u RENAME TO users
	END
}

# No row of an append is in its tables before all are: what they are then is what counts.
@test "the tables of an append may change between two tries, as long as the rows fit" {
	while IFS='|' read -r code sql said back; do
		cluster_fresh load
		tables
		cluster_sql "INSERT INTO users VALUES (70000, 'old')"
		cut --mode append
		cluster_sql "$sql" 2>/dev/null
		before=$(cluster_sql 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)' 2>/dev/null || true)
		expect_status "$code" pg-load "${every[@]}" --mode append shop.rows
		if [ "$code" -ne 0 ]; then
			expect_said "$said"
			[ -z "$before" ] || is "$before" 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
			cluster_sql "$back"
			expect_status 0 pg-load "${every[@]}" --mode append shop.rows
		fi
		grep -q 'were there already' "$stdout"
		is '4000|2000|16000' 'SELECT (SELECT count(*) FROM users WHERE id < 70000), (SELECT count(*) FROM orders),
			(SELECT count(*) * 4 FROM users WHERE length(name) > 200)'
		is '' "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rowpipe\\_%'"
		expect_status 0 pg-load "${every[@]}" --mode append shop.rows
		expect_stdout 'already complete, 0 rows to do'
	done <<-'END'
		0|TRUNCATE users, orders
		0|ALTER TABLE users ADD born date; ALTER TABLE orders ADD at timestamptz NOT NULL DEFAULT now()
		0|DROP TABLE orders; CREATE TABLE orders (user_id bigint, id int PRIMARY KEY)
		78|ALTER TABLE users ADD born date NOT NULL DEFAULT now(); ALTER TABLE users ALTER born DROP DEFAULT|table public.users: null value in column "born"|ALTER TABLE users ALTER born DROP NOT NULL
		78|ALTER TABLE users DROP name|table public.users has no column "name" in the target|ALTER TABLE users ADD name text
		78|ALTER TABLE users ALTER name TYPE varchar(20)|column name of table public.users is character varying.20. in the target, where 4000 values would become others|ALTER TABLE users ALTER name TYPE text
		78|DROP TABLE orders|table public.orders is not in the target|CREATE TABLE orders (id bigint, user_id bigint)
		78|ALTER TABLE orders SET UNLOGGED|table public.orders is UNLOGGED|ALTER TABLE orders SET LOGGED
	END
}

@test "another plan between two tries: 78 with the reason, and its way out works" {
	rows-retype --set 'users.name -> * varchar(300)' <raw.rows | rows-rename >typed.rows
	rows-retype <raw.rows | rows-rename --set 'users.name -> users.title' >named.rows
	for other in typed named; do
		cut
		expect_status 78 pg-load "${every[@]}" $other.rows
		expect_said 'rows of another stream, [0-9a-f]{32} of shop.db, are staged for table public.(users|orders): feed it that one again, or give them up: pg-control forget'
		unseen
		way_out
		expect_status 0 pg-load "${every[@]}" $other.rows
		is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
		is '' "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rowpipe\\_%'"
		cluster_sql 'DROP TABLE users, orders; DROP SCHEMA rowpipe CASCADE' 2>/dev/null
	done
	# Of an append the first that is whole counts: the other one would bring its rows again.
	tables
	cut --mode append
	expect_status 0 pg-load "${every[@]}" --mode append typed.rows
	expect_status 78 pg-load "${every[@]}" --mode append shop.rows
	expect_said 'rows of shop.db were loaded into these tables before'
	is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
}

@test "the memory of loads is dropped, and what is staged is there still: 78, and its way out works" {
	for mode in create append; do
		[ $mode = create ] || tables
		cut --mode $mode
		cluster_sql 'DROP SCHEMA rowpipe CASCADE' 2>/dev/null
		expect_status 78 pg-load "${every[@]}" --mode $mode shop.rows
		expect_said "schema $stage is there, and is not this load's"
		way_out_sql 'DROP SCHEMA .* CASCADE;'
		expect_status 0 pg-load "${every[@]}" --mode $mode shop.rows
		! grep already "$stdout" || false
		whole
		cluster_sql 'DROP TABLE users, orders; DROP SCHEMA rowpipe CASCADE' 2>/dev/null
	done
}

@test "the database is dropped, or comes from a backup, between two tries" {
	cut
	pg_dump >backup.sql
	cluster_fresh load
	expect_status 0 pg-load "${every[@]}" shop.rows
	! grep already "$stdout" || false
	whole
	# A backup of a half staged load: its tables are other ones, so they are not believed.
	cluster_fresh load
	psql -X -q -v ON_ERROR_STOP=1 -f backup.sql >/dev/null
	refused 'made anew'
}
