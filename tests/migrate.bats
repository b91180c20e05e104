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

# blocked COMMAND…: starts it with a plan that is not there yet, and waits until all tools wait for it.
blocked() {
	mkfifo plan
	"$@" --use-plan plan >out 2>err 3>&- &
	job=$!
	for _ in {1..50}; do
		[ -s out ] && break
		sleep 0.1
	done
	sleep 0.3
}
go() { : >plan; }

@test "with -d: tables, and a run that holds all there is to know" {
	expect_status 0 rowpipe migrate app.db -d env:WHERE
	[[ $(head -n 1 "$stdout") =~ ^run:\ app.db.rowpipe/[0-9]{8}-[0-9]{6}-[0-9]+$ ]]
	run=$(run_folder)
	[ "$(sql 'SELECT count(*), max(age) FROM users')" = '2|x' ]
	[ "$(stat -c %a app.db.rowpipe "$run" | sort -u)" = 700 ]
	[ "$(ls "$run" | xargs)" = 'archive.rows options plan report.json source todo.sql' ]
	[ "$(readlink "$run/source")" = "$(realpath app.db)" ]
	grep -q 'view v' "$run/todo.sql"
	jq -e '.status == "loaded" and ([.tables[].rows] | add) == 2' "$run/report.json"
	rows-check "$run/archive.rows"
	grep -Fxq 'look: psql "$WHERE"' "$stdout"
	grep -Fxq 'counts of all tables are equal; not verified cell by cell' "$stdout"
	grep -q "^kept: $run, .*; to free it: rm -r $run\$" "$stdout"
	[ "$(stat -c %a "$run"/*.* | sort -u)" = 600 ]
	[ ! -e home ]
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
	sql 'CREATE TABLE logs()'
	expect_status 78 rowpipe migrate --check app.db -d env:WHERE
	grep -q '^stop .*exist' "$stdout"
	expect_status 0 env TMPDIR="$TEMP" rowpipe migrate --check app.db
	grep -q '^ok ' "$stdout"
	[ "$(ls | xargs)" = app.db ]
	[ "$(tables)" = 1 ]
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
	mkdir fake
	printf '#!/bin/sh\necho "Filesystem 1024-blocks Used Available Capacity Mounted on"\necho "x 9 9 3 99%% /"\n' >fake/df
	chmod 755 fake/df
	PATH=$ROWPIPE_BIN:$TEMP/fake:$PATH
	expect_status 73 rowpipe migrate app.db -d env:WHERE
	expect_stderr 'rowpipe migrate: app.db.rowpipe has 3 KiB free, and the archive needs about 13: use --run-dir DIR or --no-archive'
	[ "$(ls | xargs)" = 'app.db fake' ]
	expect_status 0 rowpipe migrate app.db -d env:WHERE --no-archive
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
	blocked rowpipe migrate app.db -d env:WHERE
	sqlite3 app.db "INSERT INTO logs VALUES ('late')"
	go
	wait $job
	grep -q '^app.db was or may have been written to meanwhile; those rows are not in the target' <(tail -n 1 err)
}

@test "a signal reaches every tool; nothing is visible, the last line goes on" {
	for name in TERM HUP; do
		blocked rowpipe migrate app.db -d env:WHERE
		kill -$name $job
		status=0
		wait $job || status=$?
		[ $status -gt 128 ]
		not pgrep -f "^(sqlite-extract|rows-.*|pg-load) .*$TEMP"
		[ "$(tables)" = 0 ]
		rm plan
		: >plan
		stderr=err
		expect_status 0 bash -c "$(tail -n 1 err)"
		sql 'DROP TABLE users, logs'
		rm plan
	done
}

@test "kill -9 of any tool: non-zero, nothing visible" {
	for tool in sqlite-extract rows-retype rows-rename pg-load; do
		blocked rowpipe migrate app.db --snapshot -d env:WHERE
		victim=$(pgrep -x "$tool" | while read -r pid; do
			[ "/proc/$pid/cwd" -ef "$TEMP" ] && echo "$pid"; done) || true
		[ -z "$victim" ] || kill -9 $victim
		(timeout 5 bash -c ': >plan' || true)
		status=0
		wait $job || status=$?
		[ -z "$victim" ] || { [ $status -ne 0 ] && [ "$(tables)" = 0 ]; }
		sql 'DROP TABLE IF EXISTS users, logs' 2>/dev/null
		rm plan
	done
}

@test "a password is in no argument, log or file; the last line asks for it by name" {
	secret=hunter2secret
	cluster_sql "CREATE ROLE hidden LOGIN SUPERUSER PASSWORD '$secret'" 2>/dev/null || true
	where="postgres://hidden:$secret@/target?host=$CLUSTER"
	blocked rowpipe migrate app.db -d "$where" --set 'users.age -> * bigint'
	echo "$secret" >secret
	not grep -alF -f secret /proc/[0-9]*/cmdline
	go
	status=0
	wait $job || status=$?
	[ $status -eq 78 ]
	not grep -rF "$secret" out err app.db.rowpipe
	line=$(tail -n 1 err)
	[[ $line == *'-d env:ROWPIPE_DATABASE'* ]]
	rm plan
	: >plan
	ROWPIPE_DATABASE=$where expect_status 0 bash -c "$line"
}

@test "--dry-run leaves nothing in the target" {
	expect_status 0 rowpipe migrate app.db -d env:WHERE --dry-run
	[ "$(tables)" = 0 ]
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
