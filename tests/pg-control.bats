# Schema rowpipe, pg-control, and rowpipe runs, undo and forget; on a private server.
load help
load cluster
load own

setup_file() { cluster_start && own_make; }
teardown_file() { cluster_stop; }

setup() {
	enter_temp
	cluster_need
	cluster_fresh control
	chmod 755 "$TEMP"
	export ROWPIPE_HOME=$TEMP/home WHERE="postgres:///control?host=$CLUSTER&user=postgres"
	unset DATABASE_URL ROWPIPE_RUNS ROWPIPE_DATABASE ROWPIPE_PIPELINE ROWPIPE_TRIGGERED_BY
}

teardown() {
	[ ! -e "${ROWPIPE_HOME:-/nowhere}" ] || rowpipe db destroy 2>/dev/null || true
	cluster_sql 'DROP ROLE IF EXISTS one; DROP ROLE IF EXISTS two' postgres 2>/dev/null || true
	leave_temp
}

# What the tests of a role leave behind would keep it.
roles() {
	cluster_sql 'DROP ROLE IF EXISTS one; DROP ROLE IF EXISTS two; CREATE ROLE one LOGIN; CREATE ROLE two LOGIN'
}

app() {
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);
		INSERT INTO users VALUES (1, 'Ann'), (6, 'Bob');
		CREATE TABLE orders(id INTEGER PRIMARY KEY, user INT REFERENCES users(id));
		INSERT INTO orders VALUES (1, 6);
		CREATE VIEW names AS SELECT name FROM users;
	SQL
}

# loaded: app.db is there, by `rowpipe migrate`, and its folder is $run.
loaded() {
	app
	rowpipe migrate --no-verify app.db -d "$WHERE" >out
	run=$(sed -n '1s/^run: //p' out)
}

# stream [OPTION…]: app.db as a stream, in app.rows.
stream() {
	[ -e app.db ] || app
	sqlite-extract app.db | rows-retype | rows-rename "$@" >app.rows
}

memory() { # memory STATUS, lines on stdin
	local status=$1
	shift
	cat >.memory
	expect_status "$status" "$ROWPIPE_TESTS/control" "$@" <.memory
}

not() { ! "$@"; }

schema() { "$CLUSTER_BIN/pg_dump" -n rowpipe control | sed '/^.\(un\)*restrict /d'; }
last_line() { tail -n 1 "$stderr"; }
tables() { cluster_sql "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace = 'public'::regnamespace"; }

# The layout of version 1, as it was made, with one load in it.
old_layout() {
	cluster_sql "CREATE SCHEMA IF NOT EXISTS rowpipe;
		CREATE TABLE IF NOT EXISTS rowpipe.runs (stream text PRIMARY KEY, chain text NOT
		NULL, source text, mode text NOT NULL, role text NOT NULL DEFAULT current_user,
		loaded timestamptz NOT NULL DEFAULT now(), rows bigint NOT NULL, status text NOT
		NULL);
		CREATE TABLE IF NOT EXISTS rowpipe.run_tables (stream text NOT NULL REFERENCES
		rowpipe.runs ON DELETE CASCADE, source text NOT NULL, name text NOT NULL, oid oid
		NOT NULL, rows bigint NOT NULL, PRIMARY KEY (stream, source));
		CREATE TABLE public.old(id int); INSERT INTO public.old VALUES (1);
		INSERT INTO rowpipe.runs (stream, chain, source, mode, rows, status) VALUES
		('00112233445566778899aabbccddeeff', 'cc', 'old.db', 'create', 1, 'complete');
		INSERT INTO rowpipe.run_tables VALUES ('00112233445566778899aabbccddeeff', 'old',
		'public.old', 'public.old'::regclass, 1)"
}

# --- the schema -----------------------------------------------------------------------------------

@test "every table, view, function and column in it says what it is" {
	memory 0 <<<open
	expect_stdout 'open readable'
	is '' "SELECT c.relname FROM pg_class c WHERE relnamespace = 'rowpipe'::regnamespace AND relkind IN ('r', 'v')
		AND obj_description(oid, 'pg_class') IS NULL UNION ALL SELECT attrelid::regclass || '.' || attname
		FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid AND relkind = 'r' WHERE attnum > 0
		AND relnamespace = 'rowpipe'::regnamespace AND col_description(attrelid, attnum) IS NULL"
	is 't|t' "SELECT obj_description('rowpipe'::regnamespace, 'pg_namespace') ~ 'rowpipe',
		obj_description('rowpipe.last_watermark'::regproc, 'pg_proc') IS NOT NULL"
	is 2 'TABLE rowpipe.version'
}

@test "a load tells who, what, when and for what; run_stats has it for a dashboard" {
	stream
	ROWPIPE_PIPELINE=nightly ROWPIPE_TRIGGERED_BY='cron 7' expect_status 0 pg-load -q app.rows
	is 'nightly|create|app.db|cron 7|postgres|complete|1|3|0|t|32' "SELECT pipeline, mode, source, triggered_by, role, status,
		attempt, rows, rejects, ended > started, length(source_id) FROM rowpipe.runs"
	is 'nightly|2|3|t|t' 'SELECT pipeline, tables, rows, seconds > 0, rows_per_second > 0 FROM rowpipe.run_stats'
	is 'loaded|2' "SELECT report->>'verdict', json_array_length((report->'tables')::json) FROM rowpipe.runs"
	is 'names' "SELECT oid::regclass FROM rowpipe.run_views"
	cluster_sql "INSERT INTO rowpipe.watermarks VALUES ('nightly', 'users', 'id', '6', 's', now()), ('nightly', 'orders', 'id', '1', 's', now())"
	is '6|' "SELECT rowpipe.last_watermark('nightly', 'users'), rowpipe.last_watermark('other', 'users')"
}

@test "twenty first uses at once: one schema" {
	for i in {1..20}; do
		"$ROWPIPE_TESTS/control" <<<open >"state.$i" 2>&1 &
	done
	wait
	[ "$(sort -u state.*)" = 'open readable' ]
	is 1 'SELECT count(*) FROM rowpipe.version'
}

@test "the layout of an older version is brought up in place, and knows what it knew" {
	old_layout
	memory 0 <<-'END'
		look
		find 00112233445566778899aabbccddeeff
	END
	expect_stdout $'old readable\ncc'
	for i in {1..5}; do
		"$ROWPIPE_TESTS/control" <<<open >"state.$i" 2>&1 &
	done
	wait
	[ "$(sort -u state.*)" = 'open readable' ]
	memory 0 <<<'find 00112233445566778899aabbccddeeff'
	is '00112233445566778899aabbccddeeff|cc|old.db|create|complete|1|1|t' 'SELECT stream, chain, source, mode, status, attempt, rows, started = ended FROM rowpipe.runs'
	cluster_sql 'ALTER SCHEMA rowpipe RENAME TO raised'
	memory 0 <<<open
	columns="SELECT string_agg(table_name || column_name || data_type || is_nullable || coalesce(column_default, ''), ','
		ORDER BY table_name, column_name) FROM information_schema.columns WHERE table_schema ="
	is "$(cluster_sql "$columns 'raised'")" "$columns 'rowpipe'"
}

@test "a load brings an older layout up, and one of the older version is complete still" {
	stream
	expect_status 0 pg-load -q app.rows
	cluster_sql 'DROP TABLE rowpipe.progress, rowpipe.run_views, rowpipe.version, rowpipe.watermarks; DROP VIEW rowpipe.run_stats;
		ALTER TABLE rowpipe.runs RENAME ended TO loaded; ALTER TABLE rowpipe.runs DROP pipeline, DROP source_id, DROP triggered_by,
		DROP started, DROP attempt, DROP rejects, DROP error, DROP folder, DROP report;
		ALTER TABLE rowpipe.run_tables DROP shape, DROP xid; DROP FUNCTION rowpipe.last_watermark'
	memory 0 <<<look
	expect_stdout 'old readable'
	expect_status 0 pg-load app.rows
	expect_stdout 'already complete, 0 rows to do'
	memory 0 <<<look
	expect_stdout 'old readable'
	stream --target-schema second
	expect_status 0 pg-load -q app.rows
	memory 0 <<<look
	expect_stdout 'open readable'
	is 2 'SELECT count(*) FROM rowpipe.runs'
}

@test "a newer layout is refused by all: 78, and left alone" {
	stream
	memory 0 <<<open
	cluster_sql 'UPDATE rowpipe.version SET version = 3; ALTER TABLE rowpipe.runs ADD news text'
	for command in 'pg-load app.rows' 'pg-load --check app.rows' 'pg-control runs' 'pg-control forget x'; do
		# shellcheck disable=SC2086
		expect_status 78 $command
		expect_said 'schema rowpipe has layout 3, which a newer rowpipe has made'
	done
	is '0|' "SELECT count(*), to_regclass('public.users') FROM rowpipe.runs"
}

@test "what another program has made under this name is never touched: 78" {
	stream
	for other in 'CREATE TABLE rowpipe.version (version text)' 'CREATE TABLE rowpipe.runs (stream text PRIMARY KEY)' \
		'CREATE VIEW rowpipe.mine AS SELECT 1' 'CREATE TYPE rowpipe.runs AS (a int)' \
		"CREATE FUNCTION rowpipe.f() RETURNS int LANGUAGE sql AS 'SELECT 1'"; do
		cluster_fresh control
		cluster_sql "CREATE SCHEMA rowpipe; $other"
		before=$(schema)
		memory 0 <<<open
		expect_stdout foreign
		for command in 'runs' 'undo x' 'forget x'; do
			# shellcheck disable=SC2086
			expect_status 78 pg-control $command
			expect_said "schema rowpipe, which role postgres owns, is not as rowpipe makes it: it is another program's"
		done
		expect_status 0 pg-load -q app.rows
		expect_status 0 pg-load app.rows
		expect_stdout 'already complete, 0 rows to do'
		[ "$(schema)" = "$before" ]
	done
}

@test "tables that would run somebody's code are none of ours" {
	roles
	cluster_sql 'GRANT CREATE ON DATABASE control TO one'
	for trap in 'CREATE FUNCTION rowpipe.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE $$X$$; END $$' \
		'CREATE RULE r AS ON INSERT TO rowpipe.runs DO ALSO NOTIFY x' \
		"ALTER TABLE rowpipe.runs ADD CHECK (stream <> '')" \
		'CREATE INDEX ON rowpipe.runs (lower(stream))' 'ALTER TABLE rowpipe.runs ENABLE ROW LEVEL SECURITY' \
		'ALTER TABLE rowpipe.progress SET UNLOGGED' 'ALTER TABLE rowpipe.runs DROP COLUMN report'; do
		cluster_sql 'DROP SCHEMA IF EXISTS rowpipe CASCADE'
		PGUSER=one memory 0 <<<open
		expect_stdout 'open readable'
		case $trap in
		CREATE\ FUNCTION*)
			PGUSER=one cluster_sql "CREATE FUNCTION rowpipe.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''X''; END';
				CREATE TRIGGER t BEFORE INSERT ON rowpipe.runs EXECUTE FUNCTION rowpipe.f()"
			;;
		*) PGUSER=one cluster_sql "$trap" ;;
		esac
		memory 0 <<<open
		expect_stdout foreign
	done
	cluster_sql 'DROP OWNED BY one'
}

# --- roles ----------------------------------------------------------------------------------------

@test "a role without any right: 77, with the GRANT, which helps" {
	roles
	PGUSER=one memory 77 <<-'END'
		open
		need
	END
	expect_said 'there is no schema rowpipe, and role one may not make it; its owner can help: GRANT CREATE ON DATABASE control TO one$'
	cluster_sql "$(sed 's/.*help: //' "$stderr")"
	PGUSER=one memory 0 <<-'END'
		open
		need
	END
	expect_stdout 'open readable'
	cluster_sql 'DROP OWNED BY one'
}

@test "a schema that somebody has made for the role is enough" {
	roles
	cluster_sql 'CREATE SCHEMA rowpipe'
	PGUSER=one memory 77 <<-'END'
		open
		need
	END
	cluster_sql "$(sed 's/.*help: //' "$stderr")"
	PGUSER=one memory 0 <<<open
	expect_stdout 'open readable'
	cluster_sql 'DROP OWNED BY one'
}

@test "two roles: what one has made is closed to the other, until the GRANT that is told" {
	roles
	cluster_sql 'GRANT CREATE ON DATABASE control TO one; CREATE SCHEMA two AUTHORIZATION two'
	PGUSER=one memory 0 <<<open
	stream --target-schema two
	expect_status 77 env PGUSER=two pg-control runs
	expect_said 'role two may not write to schema rowpipe; its owner can help: GRANT USAGE'
	expect_status 77 env PGUSER=two pg-control forget 0011
	grant=$(sed -n 's/.*help: //p' "$stderr")
	expect_status 0 env PGUSER=two pg-load app.rows
	is 0 'SELECT count(*) FROM rowpipe.runs'
	cluster_sql "$grant"
	PGUSER=two cluster_sql 'DROP SCHEMA two CASCADE'
	cluster_sql 'CREATE SCHEMA two AUTHORIZATION two'
	expect_status 0 env PGUSER=two pg-load app.rows
	is 'two|3' 'SELECT role, rows FROM rowpipe.runs'
	expect_status 0 env PGUSER=two pg-control undo --yes "$(cluster_sql 'SELECT stream FROM rowpipe.runs')"
	cluster_sql 'DROP OWNED BY two; DROP OWNED BY one'
}

@test "who may only read can list" {
	roles
	stream
	pg-load -q app.rows
	cluster_sql 'GRANT USAGE ON SCHEMA rowpipe TO one; GRANT SELECT ON ALL TABLES IN SCHEMA rowpipe TO one'
	PGUSER=one memory 0 <<<look
	expect_stdout 'closed readable'
	expect_status 0 env PGUSER=one pg-control runs
	[ "$(wc -l <"$stdout")" = 2 ]
	cluster_sql 'DROP OWNED BY one'
}

@test "only its owner brings an older layout up; others are told who that is" {
	roles
	old_layout
	cluster_sql 'GRANT USAGE ON SCHEMA rowpipe TO one; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rowpipe TO one;
		CREATE SCHEMA one AUTHORIZATION one'
	expect_status 77 env PGUSER=one pg-control runs
	expect_said 'only its owner can bring it up: run pg-control runs as role postgres$'
	stream --target-schema one
	expect_status 0 env PGUSER=one pg-load app.rows
	expect_status 0 env PGUSER=one pg-load app.rows
	expect_stdout 'already complete, 0 rows to do'
	expect_status 0 pg-control runs
	is 2 'TABLE rowpipe.version'
	cluster_sql 'DROP OWNED BY one'
}

# --- attempts -------------------------------------------------------------------------------------

@test "a run from its first attempt to its end, and what is committed between" {
	cluster_sql 'CREATE TABLE users (id int)'
	memory 0 <<-'END'
		open
		start aaaa
		begin
		holds
		segment users 1 4 10
		commit
		begin
		holds
		segment users 5 8 10
		rollback
		fail the server went away
	END
	expect_stdout $'open readable\nattempt 1'
	is 'partial|10|the server went away|t' 'SELECT status, rows, error, ended IS NOT NULL FROM rowpipe.runs'
	memory 0 <<-'END'
		open
		find aaaa
		start aaaa
		segments
		begin
		holds
		segment users 5 8 12
		end cafe users
		commit
		find aaaa
		start aaaa
	END
	expect_stdout $'open readable\nnone\nattempt 2\npublic.users 1-4 c 10\ncafe\ncomplete cafe'
	is 'complete|2|t' 'SELECT status, attempt, error IS NULL FROM rowpipe.runs'
	# The table is gone, so it is not complete; what was committed of it is no progress any more.
	cluster_sql 'DROP TABLE users'
	memory 0 <<-'END'
		open
		start aaaa
		segments
		fail nothing came
	END
	expect_stdout $'open readable\nattempt 3'
	is 'failed|0' 'SELECT status, rows FROM rowpipe.runs'
}

@test "a loader whose attempt was taken away commits nothing more" {
	mkfifo slow
	"$ROWPIPE_TESTS/control" <slow >out 2>err &
	loader=$!
	exec 7>slow
	printf '%s\n' open 'start aaaa' 'say ready' >&7
	await grep -q ready out
	memory 0 <<-'END'
		open
		start aaaa
	END
	expect_stdout $'open readable\nattempt 2'
	# One write: at the first line that it reads it is gone, and nobody would read a second one.
	cat >&7 <<-'END'
		begin
		holds
		say never
	END
	exec 7>&-
	expect_status 75 wait $loader
	grep -q 'another loader has taken this stream over' err
	not grep -q never out
}

@test "a loader with a transaction open keeps its attempt, and is told of: 75" {
	mkfifo slow
	"$ROWPIPE_TESTS/control" <slow >out 2>err &
	loader=$!
	exec 7>slow
	printf '%s\n' open 'start aaaa' begin holds 'say ready' >&7
	await grep -q ready out
	memory 75 <<-'END'
		open
		start aaaa
	END
	expect_said 'another loader of this stream is at work: server process [0-9]+ of role postgres \(rowpipe/test\), from the server itself'
	expect_status 75 pg-control forget --yes aaaa
	expect_said 'another loader of this stream is at work'
	printf '%s\n' 'end cafe' commit >&7
	exec 7>&-
	wait $loader
	is 'complete|1' 'SELECT status, attempt FROM rowpipe.runs'
}

@test "a load that fails is remembered where there is a memory, and makes none" {
	stream
	head -c -20 app.rows >cut.rows
	expect_status 65 pg-load cut.rows
	is '' "SELECT nspname FROM pg_namespace WHERE nspname = 'rowpipe'"
	memory 0 <<<open
	expect_status 65 pg-load cut.rows
	is 'failed|1|t' "SELECT status, attempt, error ~ 'incomplete|ends|cut' FROM rowpipe.runs"
	expect_status 65 pg-load cut.rows
	expect_status 0 pg-load -q app.rows
	is 'complete|3|' 'SELECT status, attempt, error FROM rowpipe.runs'
}

# --- runs -----------------------------------------------------------------------------------------

@test "runs: none, one, all of one, and as JSON" {
	expect_status 0 pg-control runs
	expect_stdout ''
	expect_status 0 rowpipe runs
	expect_stdout ''
	loaded
	expect_status 0 pg-control runs
	[ "$(wc -l <"$stdout")" = 2 ]
	tail -n 1 "$stdout" | grep -Eq "^20[-0-9]+ [0-9:]+  complete +3 +[0-9.]+ kB  $run  app.db$"
	for word in "$run" "$run/" "$PWD/$run" "${run##*/}" "$(cluster_sql 'SELECT left(stream, 5) FROM rowpipe.runs')"; do
		expect_status 0 pg-control runs "$word"
		grep -q '^table         "public"."users", 2 rows$' "$stdout"
		grep -q '^kept .*, can be replayed$' "$stdout"
	done
	expect_status 0 rowpipe runs -d "$WHERE" --json
	jq -e --arg run "$run" '.version == 1 and (.runs | length) == 1 and (.runs[0] | .run == $run and .status == "complete"
		and .rows == 3 and .archive and .mode == "create" and .kept_bytes > 0)' "$stdout"
	expect_status 0 pg-control runs --json "$run"
	jq -e '.runs[0].tables | length == 2 and all(.there)' "$stdout"
	expect_status 0 rowpipe runs --json
	jq -e '.runs[0] | .status == "complete" and .rows == 3 and .stream == null' "$stdout"
	mkdir elsewhere
	cd elsewhere
	expect_status 0 pg-control runs
	grep -q "$TEMP/$run" "$stdout"
	expect_status 0 rowpipe runs --run-dir "$TEMP"
	expect_status 0 env ROWPIPE_RUNS="$TEMP" rowpipe runs
	[ "$(wc -l <"$stdout")" = 2 ]
}

@test "runs: one that failed, one that was killed, one that is at work, and what is no run" {
	app
	expect_status 78 rowpipe migrate app.db -d "$WHERE" --set 'nothing -> skip'
	mkdir -p app.db.rowpipe/20260102-030405-999999999 app.db.rowpipe/mine "app.db.rowpipe/20260102-030406-$$"
	touch app.db.rowpipe/20260102-030405-999999999/options "app.db.rowpipe/20260102-030406-$$/options"
	expect_status 0 rowpipe runs
	[ "$(sed -n '2,$s/^[-0-9]* [0-9:]*  \([a-z]*\).*/\1/p' "$stdout" | xargs)" = 'failed running lost' ]
	grep -q '^2026-01-02 03:04  lost ' "$stdout"
	expect_status 75 rowpipe forget --yes "app.db.rowpipe/20260102-030406-$$"
	expect_said 'the run is at work'
}

@test "runs: running is what a session works on; what was killed is told as what is left of it" {
	roles
	cluster_sql 'CREATE TABLE users (id int)'
	mkfifo slow
	"$ROWPIPE_TESTS/control" <slow >out 2>err &
	loader=$!
	exec 7>slow
	printf '%s\n' open 'start aaaa1111' 'say ready' >&7
	await grep -q ready out
	cluster_sql 'GRANT USAGE ON SCHEMA rowpipe TO one; GRANT SELECT ON ALL TABLES IN SCHEMA rowpipe TO one'
	for role in postgres one; do
		expect_status 0 env PGUSER=$role pg-control runs --json
		jq -e '.runs[0] | .status == "running" and .error == null' "$stdout"
	done
	# In a transaction only its lock is certain, as behind a pooler.
	printf '%s\n' begin holds "run SET LOCAL application_name = 'rowpipe/other'" 'segment users 1 4 10' 'say again' >&7
	await grep -q again out
	PGUSER=one pg-control runs | grep -q '  running  '
	printf '%s\n' commit 'say third' >&7
	await grep -q third out
	PGUSER=one pg-control runs | grep -Eq '  running +10  '
	{ kill -9 $loader; wait $loader; } 2>/dev/null || true
	exec 7>&-
	await is 0 "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'rowpipe/test%'"
	is running 'SELECT status FROM rowpipe.runs'
	for role in postgres one; do
		expect_status 0 env PGUSER=$role pg-control runs --json
		jq -e '.runs[0] | .status == "partial" and .rows == 10 and .ended == null
			and (.error | test("^the loader was lost without a word; the same stream goes on behind what is staged$"))' "$stdout"
	done
	memory 0 <<-'END'
		open
		start aaaa2222
		start aaaa1111
	END
	pg-control runs aaaa2222 | grep -Eq '^status +failed$'
	pg-control runs aaaa2222 | grep -Eq '^error +the loader was lost without a word, and nothing of it is staged$'
	cluster_sql 'DROP OWNED BY one'
}

@test "runs: what was killed and goes on from its archive says by which command" {
	app
	cluster_sql 'CREATE TABLE users (mine int)'
	expect_status 78 rowpipe migrate app.db -d "$WHERE"
	run=$(echo app.db.rowpipe/*)
	expect_status 0 rowpipe runs "$run" -d "$WHERE" --json
	jq -e '.runs[0] | .status == "failed" and .archive and .next == null' "$stdout"
	rm "$run/report.json"
	cluster_sql 'DROP TABLE users'
	expect_status 0 rowpipe runs -d "$WHERE" --json
	next=$(jq -r '.runs[0] | select(.status == "lost").next' "$stdout")
	[ "$next" = "rowpipe replay -d '$WHERE' $run" ]
	[ "$(rowpipe runs app.db | sed -n 's/^goes on by *//p')" = "rowpipe replay $run" ]
	expect_status 0 bash -c "$next"
	[ "$(tables)" = 'names orders users' ]
}

@test "a database means its newest run that can be undone, or freed" {
	loaded
	first=$run
	cp -r "$run" before
	expect_status 78 rowpipe migrate app.db -d "$WHERE"
	for folder in app.db.rowpipe/*; do [ "$folder" = "$first" ] || second=$folder; done
	[ -e "$second/archive.rows" ]
	expect_status 64 rowpipe undo app.db -d "$WHERE" </dev/null
	expect_said "the run is $first$"
	[ "$(last_line)" = "rowpipe undo --yes -d '$WHERE' $first" ]
	expect_status 64 rowpipe forget app.db </dev/null
	expect_said "the run is $second$"
	expect_status 0 bash -c "$(last_line)"
	[ ! -e "$second/archive.rows" ]
	expect_status 0 rowpipe forget ./app.db
	[ ! -e "$first/archive.rows" ]
	mkdir elsewhere
	mv app.db.rowpipe elsewhere
	expect_status 0 env ROWPIPE_RUNS=elsewhere rowpipe undo --yes "$PWD/app.db" -d "$WHERE"
	expect_said "the run is elsewhere/$first$"
	[ "$(tables)" = '' ]
	expect_status 0 rowpipe undo app.db -d "$WHERE" --run-dir elsewhere
	expect_said 'the run was undone already'
	# Another one of the same name has no run.
	mkdir other
	cp app.db other
	expect_status 66 rowpipe undo other/app.db -d "$WHERE" --run-dir elsewhere
	expect_said 'there is no run "other/app.db"'
	expect_status 66 rowpipe forget nothing.db
}

@test "a word that means no run, or two: the last line lists them" {
	memory 0 <<-'END'
		open
		start aaaa1111
		start aaaa2222
	END
	expect_status 66 pg-control undo bbbb
	expect_said 'there is no run "bbbb"'
	[ "$(last_line)" = 'pg-control runs' ]
	expect_status 66 pg-control undo --yes --force bbbb
	[ "$(last_line)" = 'pg-control runs' ]
	expect_status 64 rowpipe runs -d "$WHERE" aaaa
	expect_said '"aaaa" can mean 2 runs: give more of it'
	expect_status 0 bash -c "$(last_line)"
	expect_status 66 rowpipe forget app.db
	expect_status 66 rowpipe undo aaaa1111
	expect_said 'aaaa1111 is no folder of a run, and no database: -d names the database'
}

@test "wrong usage: 64" {
	for words in '' nothing undo forget 'undo --json x' 'forget --force x' 'undo --folders-only x' 'runs a b'; do
		# shellcheck disable=SC2086
		expect_status 64 pg-control $words
	done
	expect_status 64 rowpipe undo
	expect_status 64 rowpipe forget
	expect_status 64 rowpipe runs --yes
}

# --- undo -----------------------------------------------------------------------------------------

@test "undo drops what the run has made; it can be loaded again, and undone again" {
	loaded
	cluster_sql 'CREATE TABLE mine (i int)'
	expect_status 64 rowpipe undo -d "$WHERE" "$run" </dev/null
	grep -qx 'table public.users, 2 rows' "$stdout"
	grep -qx 'view  public.names' "$stdout"
	expect_said 'nothing was done, for nobody can be asked: --yes says yes'
	[ "$(tables)" = 'mine names orders users' ]
	bash -c "$(last_line)" >out
	grep -qx 'undone: 2 tables with 3 rows and 1 view dropped' out
	[ "$(tables)" = mine ]
	is 'undone|t' 'SELECT status, chain IS NOT NULL FROM rowpipe.runs'
	expect_status 0 rowpipe undo -d "$WHERE" "$run"
	expect_said 'the run was undone already: 0 tables to drop'
	expect_status 0 rowpipe replay "$run" -d "$WHERE"
	is 'complete|2' 'SELECT status, attempt FROM rowpipe.runs'
	expect_status 0 pg-control undo -y "$run"
	[ "$(tables)" = mine ]
}

@test "a folder of several runs means the one that is complete, or is asked after" {
	loaded
	cluster_sql "SET session_replication_role = replica; UPDATE rowpipe.runs SET stream = 'aaaa1111' || substr(stream, 9);
		UPDATE rowpipe.run_tables SET stream = 'aaaa1111' || substr(stream, 9);
		UPDATE rowpipe.run_views SET stream = 'aaaa1111' || substr(stream, 9)"
	expect_status 0 rowpipe replay "$run" -d "$WHERE" --target-schema second
	expect_status 64 rowpipe undo --yes -d "$WHERE" "$run"
	expect_said "\"$run\" can mean 2 runs: give the stream of one"
	expect_status 0 rowpipe runs -d "$WHERE"
	grep -q '  aaaa1111  app.db$' "$stdout"
	expect_status 0 rowpipe undo --yes -d "$WHERE" aaaa1111
	[ "$(tables)" = '' ]
	expect_status 0 rowpipe undo --yes -d "$WHERE" "$run"
	is '' "SELECT relname FROM pg_class WHERE relnamespace = 'second'::regnamespace"
}

@test "undo asks at a terminal, and takes yes alone for yes" {
	loaded
	for answer in no y '' YES; do
		expect_status 1 script -qec "pg-control undo $run" /dev/null <<<"$answer"
		grep -q 'nothing was done' "$stdout"
	done
	[ "$(tables)" = 'names orders users' ]
	expect_status 0 script -qec "pg-control undo $run" /dev/null <<<yes
	[ "$(tables)" = '' ]
}

@test "undo stops at rows that others have added, changed or deleted since" {
	loaded
	for change in "INSERT INTO users VALUES (7, 'Eve')" "UPDATE users SET name = 'Eve' WHERE id = 1" \
		"BEGIN; DELETE FROM users WHERE id = 1; INSERT INTO users VALUES (1, 'Ann'); COMMIT" \
		'DELETE FROM orders; DELETE FROM users WHERE id = 6' 'ALTER TABLE users ADD age int' \
		'ALTER TABLE users ALTER id TYPE int' 'ALTER TABLE users RENAME name TO called' \
		'CREATE OR REPLACE VIEW names AS SELECT name || name AS name FROM users'; do
		cluster_sql "$change"
		expect_status 78 rowpipe undo --yes -d "$WHERE" "$run"
		grep -q ': .* since$' "$stdout"
		expect_said 'changed since, and would be lost: --force drops it all the same; nothing was dropped'
		[ "$(tables)" = 'names orders users' ]
		[ "$(last_line)" = "rowpipe undo --yes --force -d '$WHERE' $run" ]
		bash -c "$(last_line)"
		[ "$(tables)" = '' ]
		rowpipe replay --no-verify "$run" -d "$WHERE" >/dev/null
	done
	cluster_sql 'VACUUM FREEZE users'
	cluster_sql 'VACUUM FULL users'
	cluster_sql 'ALTER TABLE orders RENAME TO purchases'
	expect_status 0 rowpipe undo --yes -d "$WHERE" "$run"
	[ "$(tables)" = '' ]
}

@test "undo never takes along what others made on top, not even with --force" {
	loaded
	for other in 'VIEW mine AS SELECT * FROM users' 'MATERIALIZED VIEW mine AS SELECT * FROM names' \
		'TABLE mine (u bigint REFERENCES users)' 'TABLE mine (u users)' 'TABLE mine (u users[])' \
		"FUNCTION mine(users) RETURNS int LANGUAGE sql AS 'SELECT 1'" \
		"TABLE mine (i int DEFAULT nextval('users_id_seq'))" 'TABLE mine () INHERITS (users)'; do
		cluster_sql "CREATE $other"
		expect_status 78 pg-control undo --yes --force "$run"
		grep -q '^stays .*mine.*, which others made on top$' "$stdout"
		expect_said 'others made .*mine.* on top of what the run has made(, and more)?: drop that first, nothing was dropped'
		is t "SELECT to_regclass('users') IS NOT NULL"
		kind=${other%% mine*}
		cluster_sql "DROP $kind mine"
	done
	expect_status 0 pg-control undo --yes "$run"
}

@test "undo drops no other table of the same name, nor one that only has the oid" {
	loaded
	cluster_sql 'DROP VIEW names; DROP TABLE orders; CREATE TABLE orders (precious int)'
	expect_status 0 pg-control undo --yes "$run"
	grep -qx 'gone  "public"."orders"' "$stdout"
	grep -qx 'undone: 1 table with 2 rows dropped' "$stdout"
	[ "$(tables)" = orders ]
	cluster_sql "UPDATE rowpipe.runs SET status = 'complete'; UPDATE rowpipe.run_tables SET oid = 'rowpipe.run_stats'::regclass"
	expect_status 0 pg-control undo --yes "$run"
	is t "SELECT to_regclass('rowpipe.run_stats') IS NOT NULL"
}

@test "undo of a run that an older version has loaded is never silent" {
	old_layout
	expect_status 78 pg-control undo --yes --dbname control 0011
	grep -q '^table public.old, 1 row: loaded by an older version' "$stdout"
	expect_status 0 pg-control undo --yes --force 0011
	[ "$(tables)" = '' ]
}

@test "undo of what is not complete, or was not made by the run: 78, and what to do" {
	memory 0 <<-'END'
		open
		start aaaa1111
	END
	expect_status 78 pg-control undo --yes aaaa1111
	expect_said 'the run is failed, so that nothing of it is visible'
	[ "$(last_line)" = 'pg-control forget --yes aaaa1111' ]
	cluster_sql "UPDATE rowpipe.runs SET status = 'complete', mode = 'upsert'"
	expect_status 78 pg-control undo --yes aaaa1111
	expect_said 'the run has put its rows in the place of others \(upsert\), which are kept nowhere'
	cluster_sql "UPDATE rowpipe.runs SET mode = 'fill'"
	expect_status 78 pg-control undo --yes aaaa1111
	expect_said 'the run has filled tables that were there, and empty'
}

@test "undo while somebody holds a table: 75, the same command again" {
	loaded
	mkfifo slow
	"$CLUSTER_BIN/psql" -Xq <slow >/dev/null 2>&1 &
	exec 7>slow
	echo 'BEGIN; SELECT * FROM users;' >&7
	await is 1 "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
	expect_status 75 pg-control undo --yes "$run"
	[ "$(last_line)" = "pg-control undo --yes $run" ]
	exec 7>&-
	wait
	expect_status 0 bash -c "$(last_line)"
}

@test "undo by a role that does not own the tables: 77, and all is there still" {
	roles
	loaded
	cluster_sql 'GRANT USAGE ON SCHEMA rowpipe TO one; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rowpipe, public TO one'
	expect_status 77 env PGUSER=one pg-control undo --yes "$run"
	[ "$(tables)" = 'names orders users' ]
	cluster_sql 'DROP OWNED BY one'
}

@test "undo without -d: in the PostgreSQL of your own" {
	own_copy
	app
	expect_status 0 rowpipe migrate app.db
	expect_status 0 rowpipe undo --yes app.db.rowpipe/*
	grep -q '^undone: 2 tables' "$stdout"
	[ -z "$(rowpipe db psql app.db -XAtc '\dt')" ]
}

@test "undo of a database's name without -d, too" {
	own_copy
	app
	expect_status 0 rowpipe migrate app.db
	expect_status 0 rowpipe undo --yes app.db
	expect_said '^rowpipe undo: the run is app.db.rowpipe/|^pg-control: the run is app.db.rowpipe/'
	[ -z "$(rowpipe db psql app.db -XAtc '\dt')" ]
	sqlite3 other.db 'CREATE TABLE t (a)'
	expect_status 66 rowpipe undo other.db
	expect_said 'there is no database of other.db in the server of your own|there is no database of .*/other.db in the server of your own'
}

@test "a password in the address is in no argument and in no last line" {
	loaded
	secret="postgres://postgres:geheim@/control?host=$CLUSTER"
	expect_status 64 rowpipe undo -d "$secret" "$run" </dev/null
	not grep -q geheim "$stdout" "$stderr"
	expect_said 'the address held a password, which is kept nowhere: put it into ROWPIPE_DATABASE'
	ROWPIPE_DATABASE=$secret expect_status 0 bash -c "$(last_line)"
	expect_status 66 pg-control undo -d "$secret" nothing
	not grep -q geheim "$stdout" "$stderr"
}

@test "the database may stand in a .env file, and the last line says so" {
	loaded
	echo "DATABASE_URL=$WHERE" >.env
	expect_status 0 rowpipe runs --env-file .env
	[ "$(wc -l <"$stdout")" = 2 ]
	expect_status 64 pg-control undo --env-file .env "$run" </dev/null
	[ "$(last_line)" = "rowpipe undo --yes --env-file .env $run" ]
	expect_status 0 bash -c "$(last_line)"
	[ "$(tables)" = '' ]
	expect_status 0 rowpipe forget --env-file .env "$run"
}

# --- forget ---------------------------------------------------------------------------------------

@test "forget frees the archive, says how much, and the load stays" {
	loaded
	size=$(($(stat -c %b "$run/archive.rows") * 512))
	expect_status 0 rowpipe forget "$run"
	grep -Eqx "forgotten: [0-9.]+ kB freed \($size\)" "$stdout"
	[ ! -e "$run/archive.rows" ]
	[ -e "$run/plan" ]
	[ -e "$run/report.json" ]
	is complete 'SELECT status FROM rowpipe.runs'
	expect_status 66 rowpipe replay "$run" -d "$WHERE"
	expect_said 'or was forgotten'
	expect_status 0 rowpipe forget "$run" -d "$WHERE"
	expect_stdout 'forgotten: 0 bytes freed (0)'
	expect_status 0 rowpipe undo --yes "$run" -d "$WHERE"
}

@test "forget of a run that is not complete asks, for its archive may be all there is" {
	app
	cluster_sql 'CREATE TABLE users (mine int)'
	expect_status 78 rowpipe migrate app.db -d "$WHERE"
	run=$(echo app.db.rowpipe/*)
	[ -e "$run/archive.rows" ]
	expect_status 64 rowpipe forget "$run" </dev/null
	expect_said 'the run is failed, and without its archive it cannot be gone on with'
	[ -e "$run/archive.rows" ]
	expect_status 0 bash -c "$(last_line)"
	[ ! -e "$run/archive.rows" ]
}

@test "forget drops what is staged, and nothing that is visible" {
	cluster_sql 'CREATE TABLE users (id int)'
	memory 0 <<-'END'
		open
		start aaaa1111bbbb
		begin
		holds
		run CREATE SCHEMA rowpipe_stage_aaaa1111
		run CREATE TABLE rowpipe_stage_aaaa1111.users AS SELECT 1 FROM generate_series(1, 10000)
		run CREATE TABLE rowpipe.rowpipe_stage_aaaa1111_1 (id int)
		run CREATE TABLE rowpipe.rowpipe_stage_aaaa2222_1 (id int)
		segment users 1 4 10
		commit
		fail lost
	END
	expect_status 0 pg-control forget --yes aaaa
	grep -Eq '^forgotten: [0-9]+ kB freed \([0-9]{6}\)$' "$stdout"
	is 'failed|0|lost; what was staged of it was forgotten' 'SELECT status, rows, error FROM rowpipe.runs'
	is '0|users,rowpipe.rowpipe_stage_aaaa2222_1' "SELECT (SELECT count(*) FROM rowpipe.progress),
		(SELECT string_agg(oid::regclass::text, ',' ORDER BY oid) FROM pg_class WHERE oid > 16384 AND relname ~ 'users|stage' AND relkind = 'r')"
	is '' "SELECT nspname FROM pg_namespace WHERE nspname ~ 'stage'"
	memory 0 <<-'END'
		open
		start aaaa1111bbbb
		segments
	END
	expect_stdout $'open readable\nattempt 2'
}

@test "forget keeps the progress of a run that is complete" {
	cluster_sql 'CREATE TABLE users (id int)'
	memory 0 <<-'END'
		open
		start aaaa1111
		begin
		holds
		segment users 1 4 10
		end cafe users
		commit
	END
	expect_status 0 pg-control forget aaaa1111
	is '1|complete' 'SELECT count(p.*), min(status) FROM rowpipe.runs LEFT JOIN rowpipe.progress p USING (stream)'
}
