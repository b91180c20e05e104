# rowpipe db: the server of one's own: where it is, who may open it, what it survives.
load help
load cluster
load own

setup_file() { own_make; }

setup() {
	enter_temp
	cluster_find >/dev/null || skip 'no PostgreSQL server on this machine'
	chmod 755 "$TEMP"
	export ROWPIPE_HOME=$TEMP/home
	unset DATABASE_URL "${!PG@}"
}

teardown() {
	rowpipe db destroy 2>/dev/null || true
	[ -z "${small:-}" ] || umount "$small"
	leave_temp
}

# As somebody who is not root: the tests' own user, or nobody.
plain() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups env HOME="$TEMP" "$@"
	else
		"$@"
	fi
}

need_plain() {
	plain test -x "$ROWPIPE_BIN/rowpipe" || skip 'nobody may not go to the tools'
	export ROWPIPE_HOME=$TEMP/plain/home
	mkdir -m 777 plain
}

made() { sqlite3 "$1" "CREATE TABLE $2(id INTEGER PRIMARY KEY); INSERT INTO $2 VALUES (1)"; }
postmaster() { head -n 1 "$ROWPIPE_HOME/postgres/postmaster.pid"; }
sleeping() { # a session of app.db
	[ "$(rowpipe db psql app.db -XAtc "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")" = 1 ]
}
names() { rowpipe db list | sed 's/ .*//' | xargs; }

@test "start, url, psql, list, stop: private, on a socket only" {
	expect_status 0 rowpipe db start
	expect_stdout "$ROWPIPE_HOME/socket"
	expect_stderr ''
	[ "$(stat -c %a "$ROWPIPE_HOME")" = 700 ]
	[ "$(stat -c %a "$ROWPIPE_HOME/socket")" = 700 ]
	[ "$(rowpipe db psql postgres -XAtc 'SHOW listen_addresses')" = '' ]
	[ "$(psql "$(rowpipe db url postgres)" -XAtc 'SELECT 1')" = 1 ]
	[ -z "$(rowpipe db list)" ]
	expect_silence rowpipe db stop
	[ ! -e "$ROWPIPE_HOME/postgres/postmaster.pid" ]
	expect_silence rowpipe db stop
	expect_status 0 rowpipe db psql postgres -XAtc 'SELECT 2'
	expect_stdout 2
	expect_silence rowpipe db destroy
	[ ! -e "$ROWPIPE_HOME" ]
}

@test "usage: 64, and nothing is made by a question" {
	expect_status 64 rowpipe db
	expect_status 64 rowpipe db nothing
	expect_status 64 rowpipe db drop
	expect_status 0 rowpipe db list
	expect_status 66 rowpipe db psql app.db
	expect_status 66 rowpipe db url
	[ ! -e "$ROWPIPE_HOME" ]
	expect_status 0 rowpipe db --help
	[ "$(wc -L <"$stdout")" -le 80 ]
}

@test "the environment of other servers does not lead astray" {
	own_copy
	export PGHOST=/nowhere PGHOSTADDR=192.0.2.1 PGPORT=1 PGUSER=x PGDATABASE=y PGSERVICE=z PGOPTIONS=-cx=y
	made app.db t
	expect_status 0 env DATABASE_URL=postgres://x rowpipe migrate app.db
	expect_said 'DATABASE_URL is set but not used: add -d env:DATABASE_URL'
	expect_said 'PGHOST is set but not used'
	[ "$(rowpipe db psql app.db -XAtc 'TABLE t')" = 1 ]
}

@test "two sources of one name get two databases, found by name and by path" {
	own_copy
	mkdir a 'b c'
	made a/app.db one
	made 'b c/app.db' two
	rowpipe migrate a/app.db
	rowpipe migrate 'b c/app.db'
	(cd a && rowpipe migrate app.db)
	[[ $(names) =~ ^app.db\ app.db-[0-9a-f]{6}\ app.db_before$ ]]
	[ "$(rowpipe db psql a/app.db -XAtc 'TABLE one')" = 1 ]
	[ "$(rowpipe db psql 'b c/app.db' -XAtc 'TABLE two')" = 1 ]
	[ "$(rowpipe db psql app.db -XAtc 'TABLE one')" = 1 ]
	rowpipe db list | grep -q "^app.db-.* $(realpath 'b c/app.db')$"
}

@test "a second run: the old database is NAME_before, one is kept, a failure changes nothing" {
	own_copy
	made app.db t
	rowpipe migrate app.db
	sqlite3 app.db 'INSERT INTO t VALUES (2)'
	expect_status 0 rowpipe migrate app.db
	expect_said 'to remove it: rowpipe db drop app.db_before$'
	sqlite3 app.db 'INSERT INTO t VALUES (3)'
	rowpipe migrate app.db
	[ "$(names)" = 'app.db app.db_before' ]
	[ "$(rowpipe db psql app.db -XAtc 'SELECT max(id) FROM t')" = 3 ]
	[ "$(rowpipe db psql app.db_before -XAtc 'SELECT max(id) FROM t')" = 2 ]
	expect_status 78 rowpipe migrate app.db --set 'nothing -> skip'
	expect_status 0 rowpipe migrate app.db --dry-run
	[ "$(names)" = 'app.db app.db_before' ]
	[ "$(rowpipe db psql app.db -XAtc 'SELECT max(id) FROM t')" = 3 ]
	expect_silence rowpipe db drop app.db_before
	[ "$(names)" = app.db ]
}

@test "a database in use keeps its name, and the last line takes it over later" {
	own_copy
	made app.db t
	rowpipe migrate app.db
	rowpipe db psql app.db -XAtc 'SELECT pg_sleep(60)' &
	await sleeping
	expect_status 75 rowpipe migrate app.db
	[ "$(tail -n 1 "$stderr")" = 'rowpipe db keep app.db.new' ]
	rowpipe db psql app.db -XAtc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE pid <> pg_backend_pid() AND query LIKE '%pg_sleep%'"
	wait || true
	bash -c "$(tail -n 1 "$stderr")"
	[ "$(names)" = 'app.db app.db_before' ]
}

@test "names: quotes, dashes, blanks, letters of others, injection, bytes that are no text" {
	own_copy
	local odd
	for odd in "it's" '-x' 'a"; DROP TABLE t; --' 'Zoë' $'tab\there' $'no\377text' template1; do
		made "./$odd" t
		expect_status 0 rowpipe migrate "./$odd"
		[ "$(rowpipe db psql "./$odd" -XAtc 'TABLE t')" = 1 ]
		run=$(bash -c "printf %s $(sed -n 's/^run: //p' "$stdout")")
		[ -e "$run/archive.rows" ]
	done
	[ "$(rowpipe db list | wc -l)" -eq 7 ]
}

@test "a crash: a stale postmaster.pid, also with the number of somebody else" {
	own_copy
	made app.db t
	rowpipe migrate app.db
	kill -9 "$(postmaster)"
	expect_status 0 rowpipe db psql app.db -XAtc 'TABLE t'
	expect_stdout 1
	rowpipe db stop
	printf '%s\n' $$ "$ROWPIPE_HOME/postgres" 0 5432 ../socket '' ' 1 2' ready >pid
	cp pid "$ROWPIPE_HOME/postgres/postmaster.pid"
	[ "$(id -u)" -ne 0 ] || chown postgres "$ROWPIPE_HOME/postgres/postmaster.pid"
	expect_status 0 rowpipe db psql app.db -XAtc 'TABLE t'
	expect_stdout 1
}

@test "the data of another major version: named, and left alone" {
	own_copy
	echo 9.1 >"$ROWPIPE_HOME/postgres/PG_VERSION"
	expect_status 69 rowpipe db start
	expect_stderr "pg-own: the data in $ROWPIPE_HOME is of PostgreSQL 9.1, which is not installed: install postgresql-9.1, or begin anew with: rowpipe db destroy"
	expect_silence rowpipe db destroy
	expect_status 0 rowpipe db start
}

@test "no server installed: 69 and the one line" {
	made app.db t
	expect_status 69 env ROWPIPE_POSTGRES="$TEMP/none" rowpipe migrate app.db
	expect_stderr "pg-own: no PostgreSQL server is installed in $TEMP/none: apt-get install -y postgresql"
	[ ! -e "$ROWPIPE_HOME/postgres" ]
}

@test "a folder of somebody else, and one with a name that is too long" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	mkdir home
	touch home/file
	chown nobody home
	for word in start list stop destroy; do
		expect_status 77 rowpipe db $word
		expect_said 'belongs to nobody: set ROWPIPE_HOME'
	done
	[ -e home/file ]
	chown root home
	expect_status 77 rowpipe db start
	ROWPIPE_HOME=$TEMP/$(printf 'x%.0s' {1..90})
	expect_status 78 rowpipe db start
	expect_said 'too long for the name of a socket'
}

@test "a folder that the server's user cannot go to" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	mkdir -m 700 closed
	ROWPIPE_HOME=$TEMP/closed/home
	expect_status 77 rowpipe db start
	expect_said "user postgres cannot write to $ROWPIPE_HOME: set ROWPIPE_HOME to another folder"
}

@test "a full disk: 73, and the next try begins anew" {
	mkdir small
	mount -t tmpfs -o size=8m,mode=755 none small 2>/dev/null || skip 'no file system can be mounted here'
	small=$TEMP/small
	ROWPIPE_HOME=$TEMP/small/home
	expect_status 73 rowpipe db start
	expect_said 'no data of a server can be made in .*No space left on device'
	mount -o remount,size=200m small
	expect_status 0 rowpipe db start
	rowpipe db destroy
}

@test "as a user without rights: all of it" {
	need_plain
	cd plain
	made app.db t
	chmod 644 app.db
	expect_status 0 plain rowpipe migrate app.db
	[ "$(plain rowpipe db psql app.db -XAtc 'TABLE t')" = 1 ]
	[ "$(stat -c %a "$ROWPIPE_HOME" app.db.rowpipe app.db.rowpipe/* | sort -u)" = 700 ]
	kill -9 "$(postmaster)"
	expect_status 0 plain rowpipe db psql app.db -XAtc 'TABLE t'
	expect_silence plain rowpipe db destroy
}

@test "two that start it at the same time" {
	own_copy
	made a.db t
	made b.db t
	rowpipe migrate a.db &
	rowpipe migrate b.db
	wait $!
	[ "$(names)" = 'a.db b.db' ]
}

@test "the server holds nothing of its starter open" {
	exec 7>held
	flock 7
	rowpipe db start
	exec 7>&-
	flock -n held true
}

@test "two that migrate the same source: one is told to wait, and takes nothing from the other" {
	own_copy
	made app.db t
	rowpipe db start
	mkfifo ask
	pg-own hold app.db <ask >held 3>&- &
	exec 8>ask
	await test -s held
	expect_status 75 rowpipe migrate app.db -T 'x*' --set 't.id -> t.id bigint'
	expect_said "^pg-own: $TEMP/app.db is being migrated by another process; wait until it is done$"
	[ "$(tail -n 1 "$stderr")" = "rowpipe migrate --exclude-table 'x*' --set 't.id -> t.id bigint' app.db" ]
	[ ! -e app.db.rowpipe ]
	echo keep >&8
	exec 8>&-
	wait $!
	[ "$(names)" = app.db ]
	sqlite3 app.db 'CREATE TABLE x1(a)'
	expect_status 0 bash -c "$(tail -n 1 "$stderr")"
}

@test "who dies holds nothing: no database is left of a caller that was killed" {
	own_copy
	rowpipe db start
	made app.db t
	sqlite3 app.db 'CREATE TABLE big(x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
		WHERE i < 400000) INSERT INTO big SELECT hex(zeroblob(20)) FROM n'
	rowpipe migrate app.db >out 2>&1 3>&- &
	await test -s out
	kill -9 $!
	wait $! || [ $? -eq 137 ]
	for _ in {1..100}; do
		[ -n "$(rowpipe db list)" ] || break
		sleep 0.1
	done
	[ -z "$(rowpipe db list)" ]
	mkfifo ask
	pg-own hold app.db <ask >held 3>&- &
	exec 8>ask
	await test -s held
	kill -9 $!
	exec 8>&-
	[ "$(names)" = app.db.new ]
	expect_status 0 rowpipe migrate app.db
	[ "$(names)" = app.db ]
}

@test "a signal while the server is made: nothing is left, and the next try makes it" {
	made app.db t
	for moment in 'pgrep -f "initdb -D $ROWPIPE_HOME"' '[ -e "$ROWPIPE_HOME/postgres.new/base" ]' \
		'[ -e "$ROWPIPE_HOME/postgres" ]'; do
		rowpipe migrate app.db >out 2>err 3>&- &
		job=$!
		await eval "$moment"
		begun=$(date +%s%N)
		kill -TERM "$job"
		status=0
		wait "$job" || status=$?
		[ $((($(date +%s%N) - begun) / 1000000)) -lt 4000 ] # two seconds, and what a busy machine adds
		[ "$status" -eq 143 ]
		[ "$(tail -n 1 err)" = 'rowpipe migrate app.db' ] || [[ $(tail -n 1 err) == 'rowpipe replay '* ]]
		! pgrep -f "initdb -D $ROWPIPE_HOME"
		rm -rf app.db.rowpipe
		[ -z "$(rowpipe db list)" ]
	done
	expect_status 0 rowpipe migrate app.db
}

@test "an initdb that was killed: the next try begins anew" {
	rowpipe db start >out 2>&1 3>&- &
	for _ in {1..200}; do
		victim=$(pgrep -f "initdb -D $ROWPIPE_HOME" | head -n 1) || true
		[ -z "$victim" ] || [ ! -e "$ROWPIPE_HOME/postgres.new/base" ] || break
		sleep 0.01
	done
	kill -9 "$victim"
	wait $! || [ $? -eq 73 ]
	grep -q '^pg-own: no data of a server can be made' out
	[ -e "$ROWPIPE_HOME/postgres.new" ]
	[ ! -e "$ROWPIPE_HOME/postgres" ]
	expect_status 0 rowpipe db start
	[ ! -e "$ROWPIPE_HOME/postgres.new" ]
}

@test "two that make it at the same time" {
	rowpipe db start >one 3>&- &
	expect_status 0 rowpipe db start
	wait $!
	cmp one "$stdout"
	[ "$(pgrep -cf "postgres -D $ROWPIPE_HOME")" -eq 1 ]
}

@test "without HOME, XDG_DATA_HOME and TMPDIR" {
	need_plain
	unset ROWPIPE_HOME XDG_DATA_HOME TMPDIR
	expect_status 66 plain env -u HOME rowpipe db url
	expect_stderr 'pg-own: there is no server yet: rowpipe db start'
	expect_status 66 plain env HOME="$TEMP/plain/h" rowpipe db url
	[ ! -e plain/h ]
	export ROWPIPE_HOME=$TEMP/plain/h/.local/share/rowpipe
	expect_status 0 plain env -u ROWPIPE_HOME HOME="$TEMP/plain/h" rowpipe db start
	expect_stdout "$ROWPIPE_HOME/socket"
	expect_silence plain rowpipe db destroy
}

# fake FOLDER VERSION: programs that say they are of VERSION, and cannot make anything.
fake() {
	mkdir -p "$1"
	printf '#!/bin/sh\necho "postgres (PostgreSQL) %s"\n' "$2" >"$1/postgres"
	printf '#!/bin/sh\necho "initdb: error: this is %s"\nexit 1\n' "$2" >"$1/initdb"
	chmod 755 "$1" "$1"/*
}

@test "the newest server is taken, and for data that are there the one of their version" {
	[ -z "${ROWPIPE_POSTGRES:-}" ] || skip 'only one server is to be seen'
	fake old 7.4.1
	fake new 99.1
	fake beta 100beta2
	PATH=$TEMP/old:$TEMP/new:$PATH
	expect_status 73 rowpipe db start
	expect_said "no data of a server can be made in $ROWPIPE_HOME: initdb: error: this is 99.1 "
	PATH=$TEMP/beta:$PATH
	expect_status 73 rowpipe db start
	expect_said 'this is 100beta2 '
	rm -r "$ROWPIPE_HOME"
	own_copy
	expect_status 0 rowpipe db start
	rowpipe db stop
	echo 7.4 >"$ROWPIPE_HOME/postgres/PG_VERSION"
	expect_status 69 rowpipe db psql postgres -c 'SELECT 1'
	expect_said '^pg-own: the server does not start'
	echo 7.3 >"$ROWPIPE_HOME/postgres/PG_VERSION"
	expect_status 69 rowpipe db start
	expect_said 'is of PostgreSQL 7.3, which is not installed'
}

@test "a server that is stopped or destroyed while a database is held" {
	own_copy
	made app.db t
	mkfifo ask
	for word in stop destroy; do
		: >held
		pg-own hold app.db <ask >held 2>said 3>&- &
		exec 8>ask
		await test -s held
		rowpipe db $word
		exec 8>&-
		status=0
		wait $! || status=$?
		[ $word = stop ] || [ $status -eq 66 ]
		[ $word = destroy ] || [ $status -eq 0 ]
		[ -z "$(rowpipe db list)" ]
	done
	[ ! -e "$ROWPIPE_HOME" ]
	! pgrep -f "postgres -D $ROWPIPE_HOME"
}
