# rowpipe migrate and rowpipe replay: the whole way, and the way on from every failure.
load help
load cluster
load own

setup_file() { cluster_start && own_make; }
teardown_file() { cluster_stop; }

setup() {
	enter_temp
	cluster_need
	cluster_fresh target
	chmod 755 "$TEMP"
	export ROWPIPE_HOME=$TEMP/home WHERE="postgres:///target?host=$CLUSTER&user=postgres"
	unset DATABASE_URL ROWPIPE_RUNS ROWPIPE_DATABASE
	made app.db
}

teardown() {
	[ -z "${job:-}" ] || { kill "$job" && wait "$job"; } 2>/dev/null || true
	[ -z "${ROWPIPE_HOME:-}" ] || rowpipe db destroy 2>/dev/null || true
	[ -z "${small:-}" ] || umount "$small"
	leave_temp
}

made() {
	sqlite3 "$1" <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, age TEXT, fullName TEXT);
		INSERT INTO users VALUES (1, '7', 'a'), (2, 'x', NULL);
		CREATE TABLE logs(at TEXT);
		CREATE VIEW v AS SELECT group_concat(at) FROM logs;
	SQL
}

sql() { cluster_sql "$1" target; }
tables() { sql "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"; }
last_line() { tail -n 1 "$stderr"; }
run_folder() { bash -c "printf %s $(sed -n '1s/^run: //p' "$stdout")"; }
not() { ! "$@"; }

# A database that no pipe holds: while pg-load waits, all tools before it do.
big() {
	sqlite3 "$1" 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
		INSERT INTO logs SELECT hex(zeroblob(20)) FROM n'
}

# blocked COMMAND…: starts it, and waits until it waits for a session that makes a table of the same
# name and does not commit.
blocked() {
	rm -f gate
	mkfifo gate
	"$CLUSTER_BIN/psql" -Xq -d target <gate >/dev/null 2>&1 3>&- &
	exec 8>gate
	echo 'BEGIN; CREATE TABLE public.users();' >&8
	until [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'")" = 1 ]; do
		sleep 0.05
	done
	"$@" >out 2>err 3>&- 8>&- &
	job=$!
	for _ in {1..100}; do
		[ "$(sql 'SELECT count(*) FROM pg_locks WHERE NOT granted')" = 0 ] || return 0
		sleep 0.05
	done
	cat out err
	return 1
}
go() {
	echo 'ROLLBACK;' >&8
	exec 8>&-
}

# The tools of a run here.
tools() {
	local pid
	for pid in $(pgrep -x '(sqlite|rows|pg)-[a-z]*'); do
		[ ! "/proc/$pid/cwd" -ef "$TEMP" ] || echo "$pid"
	done
}

@test "with -d: tables, and a run that holds all there is to know" {
	expect_status 0 rowpipe migrate app.db -d env:WHERE
	[[ $(head -n 1 "$stdout") =~ ^run:\ app.db.rowpipe/[0-9]{8}-[0-9]{6}-[0-9]+$ ]]
	run=$(run_folder)
	[ "$(sql 'SELECT count(*), max(age) FROM users')" = '2|x' ]
	[ "$(stat -c %a app.db.rowpipe "$run" | sort -u)" = 700 ]
	[ "$(ls "$run" | xargs)" = 'archive.rows options plan report.json source todo.sql' ]
	grep -Fxq 'public.users     2     68     0.00        0        0       0' <(sed 's/0\.[0-9][0-9]/0.00/' "$stdout")
	grep -Fxq 'loaded: 2 tables, 2 rows; 1 to-do' "$stdout"
	[ "$(readlink "$run/source")" = "$(realpath app.db)" ]
	grep -q 'view v' "$run/todo.sql"
	jq -e '.verdict == "complete" and .load.verdict == "loaded" and ([.load.tables[].loaded] | add) == 2' \
		"$run/report.json"
	rows-check "$run/archive.rows"
	grep -Fxq 'look: psql "$WHERE"' "$stdout"
	grep -Fxq 'equal: 2 tables, 2 rows' "$stdout"
	[ "$(tail -n 1 "$stdout")" = "equal; 1 to-do in $run/todo.sql" ]
	jq -e '.verification | .status == "equal" and .rows == 2 and ([.tables[].equal] | all)' "$run/report.json"
	[ "$(stat -c %a "$run"/*.* | sort -u)" = 600 ]
	[ ! -e home ]
	grep -q "^kept: $run, .*; to free its archive: rowpipe forget $run\$" "$stdout"
	expect_status 0 bash -c "$(sed -n 's/^kept: .*; to free its archive: //p' "$stdout")"
	[ ! -e "$run/archive.rows" ] && [ -s "$run/report.json" ]
}

@test "a wrong plan: the last line goes on, without the source" {
	expect_status 78 rowpipe migrate app.db -d env:WHERE --names snake --set 'users.age -> * bigint'
	expect_said '^rows-retype: .*users.age as bigint, row 2 \(key: id 2\)'
	[ "$(tables)" = 0 ]
	rm app.db
	line=$(last_line)
	[[ $line == "rowpipe replay --set "*" -d env:WHERE app.db.rowpipe/"* ]]
	expect_status 0 bash -c "$line"
	[ "$(sql 'SELECT max(age), max(full_name) FROM users')" = 'x|a' ]
	run=$(echo app.db.rowpipe/*)
	[ -s "$run/plan" ] && [ -s "$run/report.json" ]
	grep -q 'as bigint, row 2' "$run/log"
}

@test "a wrong plan, mended by hand, into the server of one's own" {
	own_copy
	expect_status 78 rowpipe migrate app.db --set 'users.age -> * bigint'
	[ -z "$(rowpipe db list)" ]
	rm app.db
	expect_status 0 rowpipe replay app.db.rowpipe/* --set 'users.age -> * text'
	[ "$(rowpipe db psql app.db -XAtc 'SELECT max(age) FROM users')" = x ]
	grep -Fxq 'look: rowpipe db psql app.db' "$stdout"
	expect_status 0 rowpipe replay app.db.rowpipe/* --set 'logs -> skip'
	[ "$(rowpipe db list | sed 's/ .*//' | xargs)" = 'app.db app.db_before' ]
	[ "$(rowpipe db psql app.db -XAtc "SELECT to_regclass('logs') IS NULL")" = t ]
}

@test "the plan of a run is what replay obeys; options are laid over it" {
	expect_status 0 rowpipe migrate app.db -d env:WHERE
	run=$(run_folder)
	sed -i "s,^\(users.age *-> users\.\)age,\1years," "$run/plan"
	expect_status 0 rowpipe replay "$run" -d env:WHERE --target-schema other
	[ "$(sql 'SELECT max(years) FROM other.users')" = x ]
	grep -q years "$run/plan"
}

@test "the same run again is complete; other tables in its way are refused with the way out" {
	expect_status 0 rowpipe migrate app.db -d env:WHERE
	run=$(run_folder)
	expect_status 0 rowpipe replay "$run" -d env:WHERE
	grep -q 'already complete' "$stdout"
	expect_status 78 rowpipe migrate app.db -d env:WHERE
	expect_said 'tables exist'
	expect_said '--target-schema'
	line=$(last_line)
	[[ $line == "rowpipe replay -d env:WHERE app.db.rowpipe/"* ]]
	sql 'DROP TABLE users, logs'
	expect_status 0 bash -c "$line"
	[ "$(tables)" = 2 ]
}

@test "a source that cannot be read: the last line is the same command" {
	printf damage | dd of=app.db bs=1 seek=0 conv=notrunc status=none
	expect_status 66 rowpipe migrate -T 'lo*' --set 'users.age -> * text' -d env:WHERE app.db
	line=$(last_line)
	rm app.db
	made app.db
	expect_status 0 bash -c "$line"
	[ "$(tables)" = 1 ]
}

@test "names with everything in them: the last line is quoted" {
	for odd in "it's a \"b\".db" -x.db 'Zoë –.db' $'tab\tnewline\n.db' '$(touch canary).db'; do
		mv app.db "./$odd"
		expect_status 78 rowpipe migrate --set 'users.age -> * bigint' -d env:WHERE -- "$odd"
		not grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$stderr"
		mv "./$odd" app.db
		expect_status 0 bash -c "$(last_line)"
		sql 'DROP TABLE users, logs'
		rm -r -- ./*.rowpipe
	done
	[ ! -e canary ]
}

@test "--check: a line each, exit status, and nothing is left behind" {
	expect_status 0 rowpipe migrate --check app.db -d env:WHERE
	grep -q '^ok ' "$stdout"
	grep -q '^to-do .*view v' "$stdout"
	grep -q '^ok     snapshot: app.db is copied to' "$stdout"
	sql 'CREATE TABLE logs()'
	expect_status 78 rowpipe migrate --check app.db -d env:WHERE
	grep -q '^stop .*exist' "$stdout"
	sql 'DROP TABLE logs'
	expect_status 0 rowpipe migrate app.db -d env:WHERE
	expect_status 78 rowpipe migrate --check app.db -d env:WHERE
	[ "$(last_line)" = 'DROP TABLE public.users, public.logs;' ]
	sql "$(last_line)"
	rm -r app.db.rowpipe
	sql 'CREATE TABLE logs()'
	expect_status 0 env TMPDIR="$TEMP" rowpipe migrate --check app.db
	grep -q '^ok ' "$stdout"
	[ "$(ls | xargs)" = app.db ]
	[ "$(tables)" = 1 ]
}

@test "--check tells what the source holds: rows that refer to none, NULLs in keys, text that is none" {
	sqlite3 odd.db <<-'SQL'
		CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
		CREATE TABLE c(x INT REFERENCES p, a INT REFERENCES p, b INT, FOREIGN KEY (b) REFERENCES p);
		INSERT INTO c VALUES (1, 2, NULL), (NULL, 3, 4), (1, 1, 1);
		CREATE TABLE k(a TEXT PRIMARY KEY, b TEXT);
		INSERT INTO k VALUES (NULL, 'x'), (NULL, CAST(x'ff' AS TEXT)), ('a', NULL);
		CREATE TABLE m(a INT REFERENCES k(b));
	SQL
	expect_status 0 rowpipe migrate --check odd.db -d env:WHERE
	for line in 'c: 2 rows of it refer by a to no row of p' 'c: 1 row of it refers by b to no row of p' \
		'k: 2 rows of it have NULL in column a of the primary key' \
		'm: its foreign keys could not be looked at (foreign key mismatch - "m" referencing "k")'; do
		grep -Fxq "to-do  $line" "$stdout"
	done
	grep -q '^to-do  k.b becomes bytea: .* 1 ill-formed text' "$stdout"
	not grep -q '^stop' "$stdout"
	grep -Eq '^ok     size: 7 rows, [0-9.]+ kB in SQLite; about [0-9.]+ kB in PostgreSQL' "$stdout"
	grep -Eq "^ok     space: [0-9.]+ .B free in $CLUSTER/data$" "$stdout"
	grep -Fxq 'ok     time: some seconds (a guess)' "$stdout"
	[ "$(grep -vcE '^(ok   |to-do|stop )  ' "$stdout")" -eq 0 ]
	expect_status 0 rowpipe migrate --check --no-check odd.db -d env:WHERE
	not grep -q refer "$stdout"
	# The role may not see where the data are, and another name is stopped by the first table.
	cluster_sql 'DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN' 2>/dev/null
	expect_status 77 env WHERE="postgres://plain@/target?host=$CLUSTER" rowpipe migrate --check odd.db -d env:WHERE
	grep -q '^stop   no right to make tables; .* GRANT ' "$stdout"
	grep -q '^ok     space: what is free at the server cannot be seen from here' "$stdout"
	expect_said '^pg-load: 1 finding stops the load$'
	# Too many rows to look up: said, not done.
	sqlite3 big.db 'CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(a REFERENCES p, b REFERENCES p,
		c REFERENCES p, d REFERENCES p, e REFERENCES p, f REFERENCES p, g REFERENCES p, h REFERENCES p);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 510000)
		INSERT INTO c(a) SELECT 7 FROM n'
	expect_status 0 rowpipe migrate --check big.db -d env:WHERE
	grep -q '^to-do  c: its foreign keys were not looked at: it is large' "$stdout"
}

@test "--json: one document on stdout, all other words on stderr, also of a run that fails" {
	expect_status 0 rowpipe migrate --json app.db -d env:WHERE
	run=$(bash -c "printf %s $(sed -n '1s/^run: //p' "$stderr")")
	cmp "$stdout" "$run/report.json"
	jq -e --arg run "$run" --arg path "$(realpath app.db)" '.version == 1 and .command == "migrate"
		and .verdict == "complete" and .status == 0 and .error == null and .next == null
		and .folder == $run and .source.path == $path and .source.snapshot and (.source.written_to | not)
		and .archive_bytes > 0 and .kept_bytes >= .archive_bytes and .database == null
		and .started <= .ended' "$stdout"
	jq -e '.load | .verdict == "loaded" and .target.database == "target" and .target.user == "postgres"
		and (.stages | length) == 4 and .sources[0].name == "app.db" and (.todo | length) == 1
		and [.tables[].source] == ["users", "logs"] and .tables[0].table == "public.users"
		and .tables[0].extracted == 2 and .tables[0].loaded == 2' "$stdout"
	expect_said '^loaded: 2 tables, 2 rows; 1 to-do$'
	expect_status 78 rowpipe migrate --json app.db -d env:WHERE --names lower
	jq -e '.verdict == "failed" and .status == 78 and .load == null and (.error | test("tables exist"))' "$stdout"
	[ "$(jq -r .next "$stdout")" = "$(last_line)" ]
	# report(5) has every key.
	for key in $(jq -r '[.. | objects | keys_unsorted[]] | unique[]' "$run/report.json"); do
		grep -Fxq "$key" <(sed -n 's/^\.\(It \)\?Cm //p' "$ROOT/lib/flow/report.5" | tr -c 'a-z_\n' '\n')
	done
	[[ $(last_line) == 'rowpipe replay --json -d env:WHERE app.db.rowpipe/'* ]]
	expect_said '^DROP TABLE public.users, public.logs;$'
	expect_status 0 rowpipe replay "$run" --json -d env:WHERE --target-schema two
	jq -e '.command == "replay" and .load.tables[0].table == "two.users"
		and (.load.stages | map(.tool) | index("rows-rename")) == 2' "$stdout"
	expect_status 64 rowpipe migrate --json --check app.db
	expect_stdout ''
	own_copy
	expect_status 0 rowpipe migrate --json app.db
	jq -e '.database == "app.db"' "$stdout"
	# What was changed and widened, and nothing of a password.
	sqlite3 mixed.db "CREATE TABLE m(a INTEGER, b BOOLEAN); INSERT INTO m VALUES (1, 1), ('x', 0)"
	sql 'DROP SCHEMA two CASCADE'
	expect_status 0 rowpipe migrate --json -d "postgres://postgres:geheim@/target?host=$CLUSTER" mixed.db
	jq -e '.load.tables[0] | .changed == [{"column":"a","kind":"number to text","count":1},
		{"column":"b","kind":"integer to boolean","count":2}] and (.widened | length) == 1
		and .widened[0].column == "a" and .widened[0].type == "text"' "$stdout"
	not grep -r geheim "$stdout" "$stderr" mixed.db.rowpipe
}

@test "a report that cannot be written: 73, and it is said that the load is complete" {
	expect_status 0 rowpipe migrate app.db -d env:WHERE
	run=$(run_folder)
	rm "$run/report.json"
	mkdir "$run/report.json"
	expect_status 73 rowpipe replay "$run" -d env:WHERE --target-schema two
	expect_said '^rowpipe replay: .*/report.json: Is a directory$'
	[ "$(last_line)" = 'rowpipe replay: the load itself is complete' ]
	[ "$(sql 'SELECT count(*) FROM two.users')" = 2 ]
}

@test "a plan that was given is kept by what it says" {
	echo 'users.age -> * bigint' >wrong.plan
	expect_status 78 rowpipe migrate app.db -d env:WHERE --use-plan wrong.plan
	rm wrong.plan app.db
	line=$(last_line)
	expect_status 78 rowpipe replay app.db.rowpipe/* -d env:WHERE
	expect_said 'users.age as bigint, row 2'
	expect_status 0 bash -c "$line"
	[ "$(sql 'SELECT max(age) FROM users')" = x ]
	made pipe.db
	expect_status 0 rowpipe migrate pipe.db -d env:WHERE --target-schema piped \
		--use-plan <(echo 'users.age -> users.years text')
	[ "$(sql 'SELECT max(years) FROM piped.users')" = x ]
	grep -q years pipe.db.rowpipe/*/given.plan
	expect_status 66 rowpipe migrate pipe.db -d env:WHERE --use-plan none.plan --run-dir new
	[ -z "$(ls new)" ]
}

@test "on a terminal: one line that tells how far all is, and nothing of it in a pipe" {
	big app.db
	cat >slow.py <<-'END'
		import os, pty, sys, time
		pid, fd = pty.fork()
		if pid == 0:
		    os.execvp(sys.argv[1], sys.argv[1:])
		said = b""
		while True:
		    try:
		        piece = os.read(fd, 65536)
		    except OSError:
		        break
		    said += piece
		sys.stdout.buffer.write(said)
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
	blocked python3 slow.py rowpipe migrate app.db -d env:WHERE
	sleep 0.3 # the line is drawn five times a second
	go
	wait $job
	tr '\r' '\n' <out | sed $'s/^\x1b\\[K//' >lines
	grep -Fxq 'building primary key of users: 1 of 1 steps' lines
	grep -Eq '^loading (users|logs): [0-9,]+ of [0-9,]+ rows, .* MB/s; all: [0-9]+ %, [0-9]+ s left$' lines
	not grep -Eq '^(reading|building.*rows)' lines
	tail -c 400 out | grep -q 'look: psql'
	sql 'DROP TABLE users, logs'
	expect_status 0 rowpipe migrate app.db -d env:WHERE
	expect_stderr ''
	not grep -q $'\r' "$stdout"
}

@test "--run-dir, ROWPIPE_RUNS, --no-archive" {
	expect_status 0 rowpipe migrate app.db -d env:WHERE --run-dir 'my runs'
	[ -e 'my runs'/app.db.rowpipe/*/archive.rows ]
	sql 'DROP TABLE users, logs'
	expect_status 0 env ROWPIPE_RUNS="$TEMP/all" rowpipe migrate app.db -d env:WHERE
	[ -e all/app.db.rowpipe/*/archive.rows ]
	expect_status 78 rowpipe migrate app.db -d env:WHERE --no-archive --run-dir=-x
	[ ! -e ./-x/app.db.rowpipe/*/archive.rows ]
	line=$(last_line)
	[[ $line == "rowpipe migrate --run-dir -x --no-archive -d env:WHERE app.db" ]]
	sql 'DROP TABLE users, logs'
	expect_status 0 bash -c "$line"
	expect_status 66 rowpipe replay ./-x/app.db.rowpipe/*"${line##*-}" -d env:WHERE || true
	[ ! -e app.db.rowpipe ]
}

@test "no room for the archive: 73, before anything is made" {
	mkdir small
	mount -t tmpfs -o size=8k none small 2>/dev/null || skip 'no file system can be mounted here'
	small=$TEMP/small
	expect_status 73 rowpipe migrate app.db -d env:WHERE --run-dir small
	expect_stderr 'rowpipe migrate: small/app.db.rowpipe has 8.2 kB free, and the archive needs about 12 kB: use --run-dir DIR or --no-archive'
	[ -z "$(ls small)" ]
	mount -o remount,size=64k small
	expect_status 0 env TMPDIR="$TEMP/small" rowpipe migrate app.db -d env:WHERE --no-archive --run-dir small
	grep -q snapshot "$stdout"
	mount -o remount,size=48k small
	expect_status 0 env TMPDIR="$TEMP/small" rowpipe migrate app.db -d env:WHERE --target-schema x
	not grep -q snapshot "$stdout"
}

@test "a snapshot by itself for a rollback journal only" {
	expect_status 0 rowpipe migrate app.db -d env:WHERE
	grep -q '^snapshot: app.db is copied to ' "$stdout"
	sqlite3 app.db 'PRAGMA journal_mode = wal' >/dev/null
	expect_status 0 rowpipe migrate app.db -d env:WHERE --target-schema two
	not grep -q snapshot "$stdout"
}

@test "a source that is written to meanwhile: said at the end" {
	big app.db
	blocked rowpipe migrate app.db -d env:WHERE
	sqlite3 app.db "INSERT INTO logs VALUES ('late')"
	go
	wait $job
	[ "$(tail -n 1 err)" = 'app.db was or may have been written to after the snapshot; those rows are not in the target: stop the application and run again' ]
	jq -e '.source.written_to and .source.snapshot' app.db.rowpipe/*/report.json
}

@test "a signal reaches every tool; nothing is visible, the last line goes on" {
	big app.db
	for name in TERM HUP INT; do
		# Of what runs in the background of a script, SIGINT is ignored.
		blocked python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' rowpipe migrate app.db -d env:WHERE
		[ "$(tools | wc -l)" -eq 5 ]
		begun=$(date +%s%N)
		kill -$name $job
		status=0
		wait $job || status=$?
		[ $((($(date +%s%N) - begun) / 1000000)) -lt 4000 ] # two seconds, and what a busy machine adds
		[ $status -eq $((128 + $(kill -l $name))) ]
		[ -z "$(tools)" ]
		go
		[ "$(tables)" = 0 ]
		jq -e '.verdict == "stopped"' app.db.rowpipe/*/report.json
		expect_status 0 bash -c "$(tail -n 1 err)"
		sql 'DROP TABLE users, logs'
		rm -r app.db.rowpipe
	done
}

@test "kill -9 of any tool: it may be run again, nothing visible" {
	big app.db
	for tool in sqlite-extract rows-archive rows-retype rows-rename pg-load; do
		blocked rowpipe migrate app.db --snapshot -d env:WHERE
		victim=$(pgrep -x "$tool" | while read -r pid; do
			[ ! "/proc/$pid/cwd" -ef "$TEMP" ] || echo "$pid"; done)
		kill -9 $victim
		go
		status=0
		wait $job || status=$?
		# What is behind the one that was killed tells that its stream is incomplete.
		[ $status -eq "$([ "$tool" = pg-load ] && echo 75 || echo 65)" ]
		[ "$(tables)" = 0 ]
		[ -z "$(tools)" ]
	done
}

@test "a password is in no argument, log or file; the last line asks for it by name" {
	secret=hunter2secret
	cluster_sql "CREATE ROLE hidden LOGIN SUPERUSER PASSWORD '$secret'" 2>/dev/null || true
	where="postgres://hidden:$secret@/target?host=$CLUSTER"
	big app.db
	blocked rowpipe migrate app.db -d "$where" --set 'logs.at -> * bigint'
	echo "$secret" >secret
	not grep -alF -f secret /proc/[0-9]*/cmdline
	go
	status=0
	wait $job || status=$?
	[ $status -eq 78 ]
	not grep -rF "$secret" out err app.db.rowpipe
	line=$(tail -n 1 err)
	[[ $line == *'-d env:ROWPIPE_DATABASE'* ]]
	ROWPIPE_DATABASE=$where expect_status 0 bash -c "$line"
}

@test "--dry-run leaves nothing in the target" {
	expect_status 0 rowpipe migrate app.db -d env:WHERE --dry-run
	[ "$(tables)" = 0 ]
}

@test "every option reaches its tool" {
	sqlite3 all.db <<-'SQL'
		CREATE TABLE t(id INTEGER PRIMARY KEY, "At" DATETIME); INSERT INTO t VALUES (1, 1700000000000), (2, '2024-01-02 03:04:05');
		CREATE TABLE u(n INT); INSERT INTO u VALUES (1), (2), (3);
		CREATE TABLE v(n INT); CREATE VIEW two AS SELECT n FROM u WHERE n < 3;
	SQL
	mkdir copies
	chmod 777 copies
	expect_status 0 rowpipe migrate all.db --dbname env:WHERE --snapshot=copies --no-check --table 't*' --table u \
		--exclude-table v --where 'u=n > 1' --query 'q=SELECT n, n * 2 AS d FROM u' --key q=n \
		--materialize two --timezone +02:00 --names snake --target-schema all_of_it
	not grep -q '^snapshot' "$stdout"
	[ "$(sql 'SELECT (SELECT count(*) FROM all_of_it.u), (SELECT sum(d) FROM all_of_it.q),
		(SELECT count(*) FROM all_of_it.two)')" = '2|12|2' ]
	[ "$(sql 'SELECT max(at) FROM all_of_it.t')" = '2024-01-02 01:04:05+00' ]
	expect_status 0 rowpipe replay all.db.rowpipe/* -d env:WHERE --target-schema again --names keep --times --owner postgres --grant 'SELECT TO public' --dry-run
	grep -q '^rolled back: 4 tables' "$stdout"
	echo "ELSE='$WHERE&schema=elsewhere'" >.env
	expect_status 0 rowpipe migrate app.db -d env:ELSE --env-file .env
	[ "$(sql 'SELECT count(*) FROM elsewhere.users')" = 2 ]
	sqlite3 odd.db "CREATE TABLE o(n INT); INSERT INTO o VALUES ('x')"
	expect_status 78 rowpipe migrate odd.db -d env:WHERE --strict-types
	expect_said '^rows-retype: 1 column does not fit'
	for option in --mode=create '--mode fill --other-migrations --triggers fire'; do
		expect_status 78 rowpipe migrate all.db -d env:WHERE -t t --target-schema all_of_it --names snake --check $option
	done
	for option in $({ rowpipe migrate --help; rowpipe replay --help; rowpipe verify --help; } | sed -n 's/^ .*\(--[a-z-]*\).*/\1/p' |
		sort -u | grep -vx -- '--help\|--version'); do
		grep -Eq "^[^#]*$option([= ]|\$)" <(grep rowpipe -A 4 "$BATS_TEST_FILENAME") || { echo "no test has $option"; false; }
	done
}

@test "the proof: what differs is 1, told, and the last line; without it: loaded, not verified" {
	expect_status 0 rowpipe migrate app.db -d env:WHERE --no-verify
	[[ $(tail -n 1 "$stdout") == 'loaded, not verified; 1 to-do in '* ]]
	run=$(run_folder)
	jq -e '.verdict == "complete" and .verification == null' "$run/report.json"
	expect_status 0 rowpipe verify -d env:WHERE app.db
	[ "$(tail -n 1 "$stdout")" = 'equal: 2 tables, 2 rows' ]
	sql "UPDATE users SET age = '8' WHERE id = 1"
	expect_status 1 rowpipe replay "$run" -d env:WHERE
	grep -Fxq '~ {"id":1}: "age": "7" -> "8"' "$stdout"
	[[ $(tail -n 1 "$stdout") == 'loaded, different; 1 to-do in '* ]]
	[ "$(last_line)" = "rowpipe verify -d env:WHERE $run" ]
	jq -e '.verdict == "different" and .status == 1 and .verification.changed == 1' "$run/report.json"
	not grep -q '"8"' "$run/report.json"
	for what in app.db "$run" "$run/archive.rows"; do
		expect_status 1 rowpipe verify --dbname env:WHERE "$what" --limit 1 --json
		[ "$(head -n 1 "$stdout" | jq '.kind == "changed" and .key.id == 1')" = true ]
	done
	expect_status 0 rowpipe verify -d env:WHERE "$run" --count-only
	expect_status 0 rowpipe verify -d env:WHERE "$run" --allow-differences 1
	expect_status 0 rowpipe verify -d env:WHERE "$run" --newer age --jobs 2
	grep -Fxq '= newer users.age: 1 row changed in the target since' "$stdout"
	expect_status 0 rowpipe verify -d env:WHERE "$run" --exclude-table users --quiet --spool .
	expect_status 0 rowpipe verify -d env:WHERE "$run" --tables-only --table logs
	expect_status 1 rowpipe verify -d env:WHERE "$run" --keys-only --key users=id --subset
	not grep '"8"' "$stdout"
	echo 'rows(users) = 2' >rules
	expect_status 1 rowpipe verify -d env:WHERE "$run" --expect rules --repair fix.rows
	pg-load -d env:WHERE --mode upsert fix.rows
	expect_status 0 rowpipe verify -d env:WHERE "$run"
	expect_status 78 rowpipe verify -d env:WHERE app.db --set 'users.age -> * bigint'
}

@test "the proof of a run without an archive, with names of its own, in the server of one's own" {
	own_copy
	expect_status 0 rowpipe migrate app.db --no-archive --names snake --set 'users.fullName -> * varchar(9)'
	[ "$(tail -n 1 "$stdout" | cut -d ';' -f 1)" = equal ]
	mkdir spool
	TMPDIR=$PWD/none expect_status 0 rowpipe verify app.db --spool spool
	[ -z "$(ls spool)" ]
	TMPDIR=$PWD/none expect_status 0 rowpipe verify app.db --count-only
	TMPDIR=$PWD/none expect_status 73 rowpipe verify app.db
	rowpipe db psql app.db -qXc "UPDATE users SET full_name = 'b' WHERE id = 1"
	expect_status 1 rowpipe verify app.db
	grep -Fxq '~ {"id":1}: "full_name": "a" -> "b"' "$stdout"
	rowpipe db drop app.db
	expect_status 66 rowpipe verify app.db
	expect_said 'there is no database of .*app.db'
}

@test "usage: 64, and no folder" {
	expect_status 64 rowpipe
	expect_status 64 rowpipe nothing
	expect_status 64 rowpipe ../migrate
	expect_status 64 rowpipe migrate
	expect_status 64 rowpipe migrate app.db -d ''
	expect_stderr 'rowpipe migrate: -d is empty: is a variable not set?'
	expect_status 64 rowpipe migrate app.db --chek
	expect_said 'did you mean --check'
	expect_status 64 rowpipe replay
	expect_status 66 rowpipe replay app.db
	expect_status 66 rowpipe migrate nothing.db
	expect_stderr 'rowpipe migrate: nothing.db is not there'
	[ "$(ls | xargs)" = app.db ]
	for command in migrate replay demo; do
		expect_status 0 rowpipe "$command" --help
		[ "$(wc -L <"$stdout")" -le 90 ]
		expect_stderr ''
	done
	expect_status 64 rowpipe-migrate
	expect_stderr 'rowpipe migrate: DB is missing (rowpipe migrate --help)'
}
