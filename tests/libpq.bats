# A session with PostgreSQL: addresses, pinning, exit codes, faults; on a private server.
load help
load cluster

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_up
}

session() { # session STATUS [ADDRESS], lines on stdin
	local status=$1
	shift
	cat >.session
	expect_status "$status" "$ROWPIPE_TESTS/libpq" "$@" <.session
}

# --- addresses ------------------------------------------------------------------------------------

@test "an address: none, a name, keywords, a URL, a variable" {
	cluster_sql 'CREATE DATABASE shop'
	session 0 <<<'query SELECT current_database()'
	expect_stdout postgres
	export PG_SHOP="postgresql:///shop?host=$CLUSTER" PLAIN=shop
	for address in shop dbname=shop "host=$CLUSTER dbname = shop" "postgres:///shop?host=$CLUSTER" \
		"Postgres:///shop?host=$CLUSTER" "postgres://postgres@${CLUSTER//\//%2F}/shop" \
		env:PG_SHOP env:PLAIN; do
		session 0 "$address" <<<'query SELECT current_database()'
		expect_stdout shop
	done
}

@test "an address that is none: 64, and libpq never sees it" {
	export EMPTY='' MYSQL='mysql://u:geheim@h/d'
	for address in mysql://h/d jdbc:mysql://h/d mysql+asyncpg://h/d postgres:h \
		env:NOT_THERE env:EMPTY env:MYSQL 'u:geheim@h/d' //h/d a=b=c x://y \
		'postgres://u:ge@heim@h/d' 'postgres://u:ge/heim@h/d' 'postgres://u:5/geheim@h/d' \
		'postgres://u:geheim@h/d?geheim=public' 'postgres://u@h/d?geheim=x' 'env:postgres://u:geheim@h/d' \
		'host=h password=ge heim' 'host=h geheim=1' 'postgres://u:%zzgeheim@h/d' \
		'postgres://u:geheim@h:port/d'; do
		session 64 "$address" </dev/null
		expect_stdout ''
		[ "$(wc -l <"$stderr")" -eq 1 ]
		! grep -q -e heim -e zz "$stderr" || { cat "$stderr"; false; }
	done
	session 64 mysql://h/d </dev/null
	expect_said 'unknown URL scheme "mysql"'
	session 64 env:NOT_THERE </dev/null
	expect_stderr 'libpq: the environment variable NOT_THERE is not set: export it, or name the file that holds it with --env-file'
}

@test "a password in an argument works, and no ps shows it" {
	cluster_sql "CREATE ROLE locked LOGIN PASSWORD 'geheim'"
	session 0 "postgres://locked:geheim@/postgres?host=$CLUSTER" <<-'END'
		query SELECT current_user
		exec tr '\0' ' ' </proc/$PPID/cmdline; echo
		exec tr '\0' '\n' </proc/$PPID/environ | grep -c geheim | grep -q 0
	END
	[ "$(head -n 1 "$stdout")" = locked ]
	! grep -q geheim "$stdout" "$stderr"
	session 77 "postgres://locked:geheimer@/postgres?host=$CLUSTER" </dev/null
	expect_stderr "libpq: cannot connect to database postgres at $CLUSTER (port 5432): password authentication failed for user \"locked\" (28P01)"
	session 77 "postgres://locked@/postgres?host=$CLUSTER" </dev/null
	expect_said 'no password supplied; give it in the URL, in PGPASSWORD or in ~/.pgpass$'
}

@test "connecting fails: 75 for what passes, 77 for rights, 78 for the database, 69 for the rest" {
	session 78 not_there </dev/null
	expect_said 'database "not_there" does not exist \(3D000\); this makes it: createdb '
	sed -n 's/.*this makes it: //p' "$stderr" >line
	PATH=$CLUSTER_BIN:$PATH bash -e line
	session 0 not_there <<<'query SELECT current_database()'
	expect_stdout not_there
	session 77 user=nobody_here </dev/null
	session 75 host=/not/there </dev/null
	session 75 "host=127.0.0.1 port=1" </dev/null
	expect_said 'Connection refused$'
	session 69 host=name.invalid </dev/null || session 75 host=name.invalid </dev/null
	session 64 sslmode=sometimes </dev/null
	cluster_sql 'CREATE ROLE few LOGIN CONNECTION LIMIT 0'
	session 75 user=few </dev/null
	expect_said '\(53300\)$'
	cluster_sql 'CREATE DATABASE closed'
	cluster_sql 'REVOKE CONNECT ON DATABASE closed FROM PUBLIC'
	cluster_sql 'CREATE ROLE plain LOGIN'
	session 77 'user=plain dbname=closed' </dev/null
	expect_said 'permission denied for database "closed" \(42501\)'
}

@test "a server that does not answer: 75 in the time that was given" {
	python3 -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(20)' >port &
	await test -s port
	SECONDS=0
	session 75 "host=127.0.0.1 port=$(cat port) connect_timeout=1" </dev/null
	expect_said 'no answer in time$'
	[ "$SECONDS" -lt 4 ]
	kill %1
}

# --- the session ----------------------------------------------------------------------------------

@test "the session is pinned, whatever the role is set to" {
	local looks=2000,
	cluster_sql "CREATE ROLE odd LOGIN;
		ALTER ROLE odd SET client_encoding = 'LATIN1'; ALTER ROLE odd SET datestyle = 'German, DMY';
		ALTER ROLE odd SET intervalstyle = 'iso_8601'; ALTER ROLE odd SET timezone = 'Asia/Tokyo';
		ALTER ROLE odd SET extra_float_digits = '-15'; ALTER ROLE odd SET bytea_output = 'escape';
		ALTER ROLE odd SET standard_conforming_strings = off; ALTER ROLE odd SET search_path = evil, pg_catalog;
		ALTER ROLE odd SET statement_timeout = '1s'; ALTER ROLE odd SET lock_timeout = '1s';
		ALTER ROLE odd SET idle_in_transaction_session_timeout = '1s'; ALTER ROLE odd SET array_nulls = off;
		ALTER ROLE odd SET synchronous_commit = off; ALTER ROLE odd SET row_security = on;
		ALTER ROLE odd SET default_transaction_isolation = 'serializable';
		ALTER ROLE odd SET application_name = 'mine';
		CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO odd;
		CREATE FUNCTION evil.pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT 1/0 = 1';
		CREATE FUNCTION evil.set_config(text, text, bool) RETURNS text LANGUAGE sql AS 'SELECT (1/0)::text'"
	session 0 user=odd <<-'END'
		query SELECT '1999-12-31 23:00:00+00'::timestamptz, 1.1::float8, '\x01'::bytea, 'a\b', '1 day'::interval, 'ä'
		query SELECT string_agg(setting, ',' ORDER BY name) FROM pg_settings WHERE name IN ('client_encoding', 'search_path', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'synchronous_commit', 'row_security', 'array_nulls', 'default_transaction_isolation', 'application_name', 'client_connection_check_interval')
		facts
	END
	[ "$CLUSTER_VERSION" -ge 14 ] || looks=''
	expect_stdout "1999-12-31 23:00:00+00|1.1|\x01|a\b|1 day|ä
rowpipe/test,on,${looks}UTF8,read committed,0,0,off,,0,on
UTF8 postgres odd user primary writable direct 63"
	LOCK_TIMEOUT=1234 session 0 <<<'query SHOW lock_timeout'
	expect_stdout 1234ms
}

@test "a read-only session and a standby: 78, unless only read is wanted" {
	cluster_sql 'CREATE ROLE reader LOGIN; ALTER ROLE reader SET default_transaction_read_only = on'
	session 78 user=reader </dev/null
	expect_stderr 'libpq: database postgres is read-only for role reader: default_transaction_read_only is on; connect as a role that may write, or turn it off: PGOPTIONS='\''-c default_transaction_read_only=off'\'
	READS=1 session 0 user=reader <<<'query SELECT 1'
	cluster_down
	touch "$CLUSTER/data/standby.signal"
	chown --reference="$CLUSTER/data" "$CLUSTER/data/standby.signal"
	cluster_up
	session 78 </dev/null
	expect_said 'is a standby and takes no writes'
	READS=1 session 0 <<<facts
	expect_stdout 'UTF8 postgres postgres superuser standby read-only direct 63'
	cluster_down
	rm "$CLUSTER/data/standby.signal"
	cluster_up
}

@test "names and texts in SQL, in the encoding of the database" {
	cluster_fresh latin "ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C'"
	long=$(printf 'ä%.0s' {1..63})
	session 0 <<-END
		name a"b; DROP TABLE x
		try
		name
		name $long
		try
		name ${long}ä
		try
		name x€
		literal it's \\n
		run CREATE TABLE public."$long" (x int)
		query SELECT length(relname) FROM pg_class WHERE relname LIKE 'ä%'
	END
	expect_stdout "\"a\"\"b; DROP TABLE x\"
78 a name that is empty
\"$long\"
78 the name ${long}ä has 64 bytes, PostgreSQL's have at most 63
78 character with byte sequence 0xe2 0x82 0xac in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\" (22P05)
'it''s \\n'
63"
	PGDATABASE=postgres session 78 <<<"name $long"
	expect_said 'has 126 bytes'
}

@test "parameters and NULLs; notices are kept, and told when they are asked for" {
	session 0 <<-'END'
		ask a'b SELECT $1, NULL, $1::text = 'a''b', ''
		query SELECT generate_series(1, 3), 2
		run DO $$ BEGIN RAISE WARNING 'look out'; RAISE NOTICE 'for %', 1; END $$
		notices
		notices
	END
	expect_stdout "a'b|NULL|t|
1|2
2|2
3|2
WARNING: look out
NOTICE: for 1"
	expect_stderr ''
}

@test "what the server says no to: its words without values, and the status" {
	cluster_fresh no
	cluster_sql "CREATE TABLE t (id int PRIMARY KEY CHECK (id < 100), at date NOT NULL DEFAULT now(), mood text);
		CREATE TYPE mood AS ENUM ('ok'); CREATE SCHEMA s; CREATE TABLE s.x (id int); CREATE SEQUENCE q;
		INSERT INTO t VALUES (1); CREATE ROLE weak LOGIN"
	while IFS='|' read -r sql said; do
		session "${said%% *}" <<<"run $sql"
		[ "$CLUSTER_VERSION" -ge 13 ] || said=${said/ of relation \"t\"/}
		expect_stderr "libpq: ${said#* }"
	done <<-'END'
		CREATE TABLE public.t (id int)|78 relation "t" already exists (42P07)
		SELECT * FROM public.nix|78 relation "public.nix" does not exist (42P01)
		SELECT nix(1)|78 function nix(integer) does not exist (42883)
		SELEC 1|70 syntax error at or near "SELEC" (42601)
		INSERT INTO public.t VALUES (1)|78 duplicate key value violates unique constraint "t_pkey" (23505)
		INSERT INTO public.t VALUES (4711)|78 new row for relation "t" violates check constraint "t_id_check" (23514)
		INSERT INTO public.t VALUES (5, NULL)|78 null value in column "at" of relation "t" violates not-null constraint (23502)
		SELECT 'geheim'::int|78 invalid input syntax for type integer (22P02)
		SELECT '99999999999'::int|78 value is out of range for type integer (22003)
		SELECT 'ge"heim type "x"'::public.mood|78 invalid input value for enum public.mood (22P02)
		SELECT 1/0|78 division by zero (22012)
		SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(9)|75 canceling statement due to user request (57014)
		SELECT pg_terminate_backend(pg_backend_pid())|75 terminating connection due to administrator command (57P01)
		DO $$ BEGIN RAISE 'no' USING ERRCODE = '40001'; END $$|75 no (40001); others wrote there meanwhile: repeat the command
		DO $$ BEGIN RAISE 'no' USING ERRCODE = '53100'; END $$|75 no (53100); the server's disk is full: make room there, or choose another default_tablespace, and repeat the command
		DO $$ BEGIN RAISE 'no' USING ERRCODE = '53400'; END $$|69 no (53400)
		DO $$ BEGIN RAISE 'no' USING ERRCODE = 'XX001'; END $$|69 no (XX001)
		DO $$ BEGIN RAISE 'application says no'; END $$|78 application says no (P0001)
		COPY public.t FROM STDIN|70 a COPY where none was expected
		COPY public.t TO STDOUT|70 a COPY that nobody reads
	END
	session 75 <<-'END'
		exec "$CLUSTER_BIN/psql" -qXc "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'rowpipe/test'" >/dev/null
		run SELECT 1
	END
	expect_said 'terminating connection due to administrator command \(57P01\)$'
}

@test "a right that is missing: 77, with the GRANT that gives it, which works" {
	cluster_fresh rights
	cluster_sql 'CREATE SCHEMA "S s"; CREATE TABLE "S s".t (id int); CREATE SEQUENCE "S s".q; REVOKE ALL ON SCHEMA public FROM PUBLIC'
	weak() { # weak STATEMENT GRANTED: refused, then granted by what the message says
		session 77 user=weak <<<"run $1"
		grep -Eo 'GRANT .*' "$stderr" >granted
		[ "$(cat granted)" = "$2" ] || { cat "$stderr"; return 1; }
		cluster_sql "SET search_path = \"S s\"; $(cat granted)"
	}
	weak 'CREATE TABLE "S s".u (id int)' 'GRANT USAGE, CREATE ON SCHEMA "S s" TO "weak"'
	session 0 user=weak <<<'run CREATE TABLE "S s".u (id int)'
	weak 'COPY "S s".t FROM STDIN' 'GRANT INSERT ON TABLE "t" TO "weak"'
	weak 'SELECT * FROM "S s".t' 'GRANT SELECT ON TABLE "t" TO "weak"'
	weak "SELECT nextval('\"S s\".q')" 'GRANT USAGE, SELECT, UPDATE ON SEQUENCE "q" TO "weak"'
	weak 'CREATE SCHEMA own' 'GRANT CREATE ON DATABASE "rights" TO "weak"'
	session 0 user=weak <<<'run CREATE SCHEMA own'
	session 77 user=weak <<<'run ALTER TABLE "S s".t ADD y int'
	expect_stderr 'libpq: must be owner of table t (42501)'
}

# --- COPY -----------------------------------------------------------------------------------------

@test "COPY: all rows arrive, counted; what a trigger swallows is missed" {
	cluster_fresh copied
	cluster_sql 'CREATE TABLE t (id int)'
	session 0 <<-'END'
		begin
		copy t COPY public.t FROM STDIN
		fill 1000000
		end 1000000
		copy t COPY public.t FROM STDIN
		end 0
		copy t COPY public.t FROM STDIN
		put 7
		put 8
		end 2
		commit
		query SELECT count(*), sum(id) FROM public.t
	END
	expect_stdout '1000002|500000500015'
	cluster_sql 'CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF NEW.id % 2 = 0 THEN RETURN NULL; END IF; RAISE NOTICE $m$line$m$; RETURN NEW; END $$;
		CREATE TRIGGER odd BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION odd()'
	session 78 <<-'END'
		copy t COPY public.t FROM STDIN
		fill 10
		end 10
	END
	expect_stderr 'libpq: t: 10 rows were sent and 5 arrived: a trigger or rule of the table swallows rows'
	# a notice for each row is no reason to stop
	session 78 <<-'END'
		copy t COPY public.t FROM STDIN
		fill 300000
		sleep 600
		fill 300000
		end 600000
	END
	expect_said '600000 rows were sent and 300000 arrived'
}

@test "COPY: the row and column of an error, never its value" {
	cluster_fresh wrong
	cluster_sql 'CREATE TABLE "a, line 9" (id int CHECK (id <> 13), at date, UNIQUE (id))'
	session 78 <<-'END'
		copy a,_line_9 COPY public."a, line 9" FROM STDIN
		put 1	2000-01-01
		put 2	geheim
		end 2
	END
	expect_said 'invalid input syntax for type date \(22007\)$'
	! grep -q -e geheim -e 'row 9' "$stderr"
	cluster_sql 'CREATE TABLE t (id int CHECK (id <> 13), at date, UNIQUE (id))'
	for try in '2	geheim|t.at, row 2: invalid input syntax for type date (22007)' \
		'13	2000-01-01|t, row 2: new row for relation "t" violates check constraint "t_id_check" (23514)' \
		'1	2000-01-01|t, row 2: duplicate key value violates unique constraint "t_id_key" (23505)' \
		'5|t, row 2: missing data for column "at" (22P04)' \
		'5	2000-01-01	6|t, row 2: extra data after last expected column (22P04)'; do
		code=78
		[ "${try%22P04*}" = "$try" ] || code=70
		session $code <<-END
			copy t COPY public.t FROM STDIN
			put 1	2000-01-01
			put ${try%%|*}
			end 2
		END
		expect_stderr "libpq: ${try#*|}"
	done
}

@test "COPY: an error in the first row stops it long before the last" {
	cluster_fresh early
	cluster_sql 'CREATE TABLE t (id int)'
	session 78 <<-'END'
		copy t COPY public.t FROM STDIN
		put geheim
		fill 40000
		sleep 200
		fill 40000
		sleep 600
		fill 100000
		say not reached
	END
	expect_stdout ''
	expect_stderr 'libpq: t.id, row 1: invalid input syntax for type integer (22P02)'
}

@test "COPY given up: the session goes on; a COPY begun twice, data without one: 70" {
	cluster_fresh given
	cluster_sql 'CREATE TABLE t (id int)'
	session 0 <<-'END'
		copy t COPY public.t FROM STDIN
		fill 100000
		abort
		query SELECT count(*) FROM public.t
		begin
		copy t COPY public.t FROM STDIN
		fill 5
		try
		run SELECT 1
		rollback
		try
		put 1
		try
		end 1
		query SELECT count(*) FROM public.t
	END
	expect_stdout '0
70 a statement in the middle of a COPY
70 COPY data without a COPY
70 the end of a COPY without a COPY
0'
}

# --- faults ---------------------------------------------------------------------------------------

@test "the server is killed, stopped, restarted in the middle of a COPY: 75, nothing visible" {
	cluster_fresh killed
	cluster_sql 'CREATE TABLE t (id int)'
	cat >act <<-END
		#!/bin/bash
		. "$ROOT/tests/cluster.bash"
		case \$1 in
		backend) kill -9 "\$(cluster_sql "SELECT pid FROM pg_stat_activity WHERE application_name = 'rowpipe/test'")" ;;
		*) cluster_down "\$1" ;;
		esac
	END
	chmod +x act
	for how in immediate fast backend; do
		session 75 <<-END
			begin
			copy t COPY public.t FROM STDIN
			fill 100000
			exec ./act $how
			fill 3000000
			end 3100000
			commit
		END
		[ "$(wc -l <"$stderr")" -eq 1 ]
		cluster_up 2>/dev/null || true
		for i in $(seq 50); do
			[ "$(cluster_sql 'SELECT count(*) FROM t' 2>/dev/null)" = 0 ] && break
			sleep 0.1
		done
		[ "$(cluster_sql 'SELECT count(*) FROM t')" = 0 ]
	done
}

@test "COMMIT: deferred constraints are an answer, a failed transaction is a bug" {
	cluster_fresh deferred
	cluster_sql 'CREATE TABLE t (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)'
	session 78 <<-'END'
		begin
		run INSERT INTO public.t VALUES (1), (1)
		commit
	END
	expect_stderr 'libpq: duplicate key value violates unique constraint "t_id_key" (23505)'
	session 70 <<-'END'
		begin
		try
		run SELECT 1/0
		commit
	END
	expect_stderr 'libpq: COMMIT of a transaction that had failed'
	session 75 <<-'END'
		begin
		run INSERT INTO public.t VALUES (1)
		exec "$CLUSTER_BIN/psql" -qXc "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'rowpipe/test'" >/dev/null
		sleep 100
		try
		run SELECT 1
		commit
	END
	[ "$(cluster_sql 'SELECT count(*) FROM t')" = 0 ]
}

# A relay on another socket that closes both sides when the client sends COMMIT: before passing it
# on, or behind it, with the answer kept.
relay() {
	mkdir relay
	cat >relay.py <<-'END'
		import os, select, signal, socket, sys
		signal.alarm(30)
		how, server = sys.argv[1], sys.argv[2]
		s = socket.socket(socket.AF_UNIX); s.bind("relay/.s.PGSQL.5432"); s.listen()
		print("ready", flush=True)
		client = s.accept()[0]
		up = socket.socket(socket.AF_UNIX); up.connect(server + "/.s.PGSQL.5432")
		while True:
		    for ready in select.select([client, up], [], [])[0]:
		        data = ready.recv(65536)
		        if ready is client and b"COMMIT\0" in data:
		            if how == "behind":
		                up.sendall(data)
		                up.recv(65536)
		            os._exit(0)
		        if not data:
		            os._exit(0)
		        if how == "pid" and ready is up and b"K\0\0\0\x0c" in data:
		            at = data.index(b"K\0\0\0\x0c")
		            data = data[:at + 5] + b"\0\0\0\7" + data[at + 9:]
		        (up if ready is client else client).sendall(data)
	END
	python3 relay.py "$1" "$CLUSTER" >ready 2>relay.log &
	await test -s ready
}

@test "COMMIT without an answer: 76, whether it took place or not" {
	cluster_fresh unknown
	cluster_sql 'CREATE TABLE t (id int)'
	for how in before behind; do
		rm -rf relay ready
		relay "$how"
		session 76 "host=$TEMP/relay" <<-'END'
			begin
			run INSERT INTO public.t VALUES (1)
			commit
		END
		expect_said '^libpq: COMMIT was sent, its answer did not come'
		wait
	done
	cluster_until "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'rowpipe/test'"
	[ "$(cluster_sql 'SELECT count(*) FROM t')" = 1 ]
}

@test "somebody in between: told, and pinned for each transaction, so that nothing stays behind" {
	rm -rf relay ready
	relay pid
	session 0 "host=$TEMP/relay" <<-'END'
		facts
		query SHOW search_path
		begin
		query SELECT current_setting('search_path') = '', current_setting('timezone')
		rollback
		query SHOW search_path
	END
	expect_stdout 'UTF8 postgres postgres superuser primary writable pooler 63
"$user", public
t|UTC
"$user", public'
}

@test "PgBouncer in transaction mode: told, pinned, and the next client finds nothing of it" {
	command -v pgbouncer >/dev/null || skip 'no pgbouncer'
	mkdir bouncer
	cat >bouncer/ini <<-END
		[databases]
		* = host=$CLUSTER
		[pgbouncer]
		listen_addr =
		unix_socket_dir = $TEMP/bouncer
		auth_type = any
		pool_mode = transaction
		default_pool_size = 1
		logfile = $TEMP/bouncer/log
		pidfile = $TEMP/bouncer/pid
	END
	sed -i 's/^\* = .*/& user=postgres/' bouncer/ini
	chmod 711 "$TEMP"
	chown -R "${CLUSTER_USER:-$(id -un)}" bouncer
	cluster_as "$(command -v pgbouncer)" -d "$TEMP/bouncer/ini" 3>&- 4>&-
	await test -S bouncer/.s.PGSQL.6432
	session 0 "host=$TEMP/bouncer port=6432" <<-'END'
		facts
		begin
		query SELECT current_setting('search_path') = '', current_setting('timezone')
		run CREATE TEMP TABLE t (id int) ON COMMIT DROP
		copy t COPY pg_temp.t FROM STDIN
		fill 100000
		end 100000
		commit
		query SHOW search_path
	END
	kill "$(cat bouncer/pid)"
	expect_stdout 'UTF8 postgres postgres superuser primary writable pooler 63
t|UTC
"$user", public'
}

@test "a signal ends a long statement, a lock that is waited for and a COPY, within two seconds" {
	cluster_fresh stopped
	cluster_sql 'CREATE TABLE t (id int)'
	"$CLUSTER_BIN/psql" -qXc 'BEGIN; LOCK TABLE t; SELECT pg_sleep(30)' >/dev/null 2>&1 3>&- &
	locker=$!
	cluster_until "SELECT count(*) = 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 't'::regclass"
	for line in 'run SELECT pg_sleep(30)' 'run INSERT INTO public.t VALUES (1)' 'copy t COPY public.t FROM STDIN'; do
		printf '%s\n' "$line" >.lines
		"$ROWPIPE_TESTS/libpq" <.lines >out 2>err &
		pid=$!
		cluster_until "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'rowpipe/test' AND state = 'active' AND wait_event IS NOT NULL"
		kill -TERM "$pid"
		SECONDS=0 status=0
		wait "$pid" || status=$?
		[ "$SECONDS" -le 2 ]
		[ "$status" -eq 143 ]
		[ "$(cat err)" = 'libpq: stopped by signal 15 (Terminated)' ]
		cluster_until "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'rowpipe/test'"
	done
	kill "$locker"
}

@test "a signal when the server is frozen: two seconds all the same, and 76 for a COMMIT" {
	cluster_fresh frozen
	cluster_sql 'CREATE TABLE t (id int)'
	for last in 'run SELECT 1' commit 'fill 5000000'; do
		{
			echo begin
			[ "${last%fill*}" = "$last" ] || echo 'copy t COPY public.t FROM STDIN'
			echo 'exec psql() { "$CLUSTER_BIN/psql" -XAt "$@"; }; psql -c "SELECT pid FROM pg_stat_activity WHERE application_name = '\''rowpipe/test'\''" >pid; kill -STOP $(cat pid)'
			echo "$last"
			echo 'say not reached'
		} >.lines
		rm -f pid
		"$ROWPIPE_TESTS/libpq" <.lines >out 2>err &
		child=$!
		await test -s pid
		await waits "$child"
		kill -TERM "$child"
		SECONDS=0 status=0
		wait "$child" || status=$?
		kill -CONT $(cat pid)
		[ "$SECONDS" -le 2 ]
		cat err out
		case $last in
		commit) [ "$status" -eq 76 ] ;;
		*) [ "$status" -eq 143 ] ;;
		esac
		! grep -q 'not reached' out
	done
}

@test "no room in a tablespace: 75, with its words, and the server lives" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root to mount a small file system'
	cluster_fresh crowded
	mkdir -p "$CLUSTER/small"
	mount -t tmpfs -o size=2m rowpipe "$CLUSTER/small" 2>/dev/null || skip 'cannot mount here'
	chown --reference="$CLUSTER/data" "$CLUSTER/small"
	cluster_sql "CREATE TABLESPACE small LOCATION '$CLUSTER/small'"
	cluster_sql 'CREATE TABLE t (id int) TABLESPACE small'
	session 75 <<-'END' || { umount "$CLUSTER/small"; false; }
		begin
		copy t COPY public.t FROM STDIN
		fill 5000000
		end 5000000
		commit
	END
	cat "$stderr"
	expect_said 'No space left on device \(53100\)'
	session 0 <<<'query SELECT count(*) FROM public.t'
	cluster_sql 'DROP TABLE t; DROP TABLESPACE small' || cluster_sql 'DROP TABLE t' && cluster_sql 'DROP TABLESPACE small'
	umount "$CLUSTER/small"
}
