# pg-load: outages.  Processes, connections and servers die at every kind of moment; nothing is lost,
# nothing is twice, nothing is half visible, and the same command again finishes the work.
#
# `make torture` tries every moment; here are some.
load help
load cluster

setup_file() {
	cluster_start
	[ -z "$CLUSTER_MISSING" ] || return 0
	cd "$BATS_FILE_TMPDIR" || return
	sqlite3 shop.db <<-'END'
		CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
		INSERT INTO users SELECT i, 'user ' || i || hex(zeroblob(100)) FROM n;
		CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id));
		INSERT INTO orders SELECT id, id FROM users WHERE id <= 2000;
		CREATE VIEW rich AS SELECT name FROM users JOIN orders ON user_id = users.id;
	END
	sqlite-extract shop.db | rows-retype | rows-rename >shop.rows
}
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_up
	cluster_fresh load
	PATH=$CLUSTER_BIN:$PATH
	cp "$BATS_FILE_TMPDIR/shop.rows" .
	every=(--commit-every 1)
}
teardown() {
	[ -z "${proxy:-}" ] || kill -- "-$proxy" 2>/dev/null || true
	leave_temp
}

# All is there, once, and nothing else: no schema, lock or session is left.
whole() {
	PGHOST=$CLUSTER expect_status 0 pg-verify -q shop.rows
	is '4000|2000' 'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders)'
	is '' "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rowpipe\\_%'"
	is '' "SELECT stream FROM rowpipe.runs WHERE status <> 'complete'"
	gone
}

# What a client left behind ends soon.
gone() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ "$(cluster_sql "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'rowpipe%'")" = 0 ] && return
		sleep 0.2
	done
	cluster_sql "SELECT pid, state, query FROM pg_stat_activity WHERE application_name LIKE 'rowpipe%'"
	return 1
}

# Nothing of the tables is to be seen.
unseen() {
	is '' "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
}

# through [SIDE N HOW]: from now on PGHOST leads through a proxy.
through() {
	untie
	mkdir -p px
	setsid "$ROWPIPE_TESTS/proxy" "$TEMP/px" "$CLUSTER" counts "$@" 3>&- 4>&- & proxy=$!
	await test -S px/.s.PGSQL.5432 -a -s counts
	export PGHOST=$TEMP/px
}

untie() {
	[ -z "${proxy:-}" ] || kill -- "-$proxy" 2>/dev/null || true
	[ -z "${proxy:-}" ] || wait "$proxy" 2>/dev/null || true
	proxy=
	rm -rf px counts
	export PGHOST=$CLUSTER
}

fired() {
	local client server commits happened
	read -r client server commits happened <counts
	[ "$happened" = 1 ] && return
	echo "nothing happened in $client and $server messages, $commits of them COMMIT"
	return 1
}

# anew: an empty database again.
anew() {
	cluster_sql 'SET client_min_messages = error; DROP SCHEMA IF EXISTS public, rowpipe CASCADE; CREATE SCHEMA public'
}

# messages: how many the client sends, and the server, in a load that nothing disturbs, and how many
# say COMMIT.
messages() {
	through
	pg-load -q "$@" shop.rows
	read -r client server commits _ <counts
	untie
	anew
}

@test "the connection is cut at some messages of either side: a file goes on by itself" {
	for options in '--commit-every 1' '--commit-every 0'; do
		messages $options
		for how in before after half; do
			for at in "c 20" "c $((client / 2))" "s $((server / 2))"; do
				through $at $how
				if [ "$how" = half ]; then
					expect_status 0 pg-load $options <shop.rows
				else
					expect_status 0 pg-load $options shop.rows
				fi
				fired
				expect_said 'the connection to .* was lost'
				expect_said 'trying again in 0\.[0-9] s$'
				untie
				whole
				anew
			done
			[ "$options" = '--commit-every 1' ] || break
		done
	done
}

@test "from a pipe it is 75, and the same stream again goes on" {
	messages "${every[@]}"
	for at in $((client / 2)) $((client - 20)); do
		through c "$at" after
		expect_status 75 pg-load "${every[@]}" < <(cat shop.rows)
		fired
		expect_said 'rows? stay staged: the same stream again goes on behind them$'
		untie
		unseen
		expect_status 0 pg-load "${every[@]}" < <(cat shop.rows)
		grep -q 'were there already' "$stdout"
		whole
		anew
	done
}

@test "a commit without an answer is looked up: it took place, or it did not" {
	for options in '--commit-every 1' '--commit-every 0'; do
		messages $options
		through C "$commits" after
		expect_status 0 pg-load $options < <(cat shop.rows)
		fired
		grep -q '^loaded: 2 tables' "$stdout"
		untie
		whole
		anew
		through C "$commits" before
		expect_status 75 pg-load $options < <(cat shop.rows)
		fired
		expect_said 'the connection was lost before the commit took place'
		untie
		unseen
		expect_status 0 pg-load $options < <(cat shop.rows)
		whole
		anew
	done
	through C "$commits" after
	expect_status 76 pg-load --commit-every 0 --retry-time 0 shop.rows
	fired
	untie
	whole
}

@test "kill -9 at some system calls: again is well" {
	[ "$ROWPIPE_VARIANT" = release ] || skip "sanitizers make calls of their own, and none of them likes strace"
	strace -f -qq -o calls -e trace=sendto,read pg-load -q "${every[@]}" shop.rows
	sends=$(grep -c sendto calls) reads=$(grep -c 'read(' calls)
	anew
	for at in "sendto $((sends / 5))" "sendto $((sends / 2))" "sendto $((sends - 8))" "sendto $((sends - 1))" \
		"read $((reads - 5))"; do
		read -r call when <<<"$at"
		# A full socket makes a call more or less: one that never came is looked for further in front.
		for try in 1 2 3 4 5; do
			status=0
			strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$when" \
				pg-load "${every[@]}" shop.rows >/dev/null 2>&1 || status=$?
			[ "$status" -eq 0 ] || break
			when=$((when - 1))
			anew
		done
		[ "$status" -eq 137 ]
		expect_status 0 pg-load "${every[@]}" shop.rows
		whole
		anew
	done
}

@test "kills of what goes on, three deep" {
	[ "$ROWPIPE_VARIANT" = release ] || skip "sanitizers make calls of their own, and none of them likes strace"
	strace -f -qq -o calls -e trace=sendto pg-load -q "${every[@]}" shop.rows
	sends=$(grep -c sendto calls)
	anew
	for when in $((sends / 2)) $((sends / 3)) $((sends / 3)); do
		status=0
		strace -f -qq -o /dev/null -e trace=sendto -e inject="sendto:signal=KILL:when=$when" \
			pg-load "${every[@]}" shop.rows >/dev/null 2>&1 || status=$?
		[ "$status" -eq 137 ]
		unseen
	done
	expect_status 0 pg-load "${every[@]}" shop.rows
	whole
}

# A load is in the middle: some of its rows are committed.
begun() {
	cluster_until 'SELECT count(*) > 0 FROM rowpipe.progress'
}

# slowly: the stream in pieces, with time between them.
slowly() {
	python3 -c 'import sys, time
data = open("shop.rows", "rb").read()
for at in range(0, len(data), 100000):
    sys.stdout.buffer.write(data[at:at + 100000]); sys.stdout.flush(); time.sleep(0.12)'
}

@test "the server stops at once and comes again: a file goes on, a pipe says 75" {
	pg-load "${every[@]}" < <(slowly) >/dev/null 2>said & load=$!
	begun
	cluster_down immediate
	status=0
	wait $load || status=$?
	[ "$status" -eq 75 ]
	expect_status 75 pg-load --retry-time 2 "${every[@]}" shop.rows
	cluster_up
	unseen
	expect_status 0 pg-load "${every[@]}" shop.rows
	whole
	cluster_fresh load
	# What holds it in the middle is a lock on a schema that it is to make.
	cluster_hold 'CREATE SCHEMA rowpipe'
	pg-load "${every[@]}" shop.rows >"$stdout" 2>"$stderr" & load=$!
	cluster_until "SELECT count(*) > 0 FROM pg_stat_activity
		WHERE application_name LIKE 'rowpipe/pg-load%' AND wait_event_type = 'Lock'"
	cluster_down immediate
	cluster_up
	wait $load
	expect_said 'trying again in'
	whole
}

@test "a server that does not come again: the last line is the command that goes on" {
	cluster_hold 'SELECT 1'
	pg-load "${every[@]}" --retry-time 1 shop.rows >"$stdout" 2>"$stderr" & load=$!
	cluster_until 'SELECT sum(rows) = 6000 FROM rowpipe.progress'
	cluster_down immediate
	wait "$CLUSTER_HOLDER" || true
	status=0
	wait $load || status=$?
	[ "$status" -eq 75 ]
	expect_said 'cannot connect to database load .*; 6,000 rows stay staged: the same command again goes on behind them$'
	line=$(tail -n 1 "$stderr")
	[ "$line" = 'pg-load --commit-every 1 --retry-time 1 shop.rows' ]
	cluster_up
	expect_status 0 bash -c "$line"
	grep -q '6,000 were there already' "$stdout"
	whole
}

@test "what cannot be said behind the commit: 74, and that the load is complete" {
	for options in '--commit-every 1' '--commit-every 0'; do
		status=0
		pg-load $options shop.rows 2>"$stderr" >/dev/full || status=$?
		[ "$status" -eq 74 ]
		expect_said 'standard output: writing failed: No space left on device; the load itself is complete$'
		[ "$(wc -l <"$stderr")" -eq 1 ]
		whole
		anew
	done
}

@test "its session is ended again and again: it goes on by itself" {
	expect_status 65 pg-load "${every[@]}" < <(head -c 500000 shop.rows)
	stage=$(cluster_sql "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rowpipe\\_stage\\_%'")
	cluster_hold "LOCK TABLE $stage.orders, $stage.users IN SHARE MODE"
	pg-load "${every[@]}" shop.rows >/dev/null 2>err & load=$!
	for _ in 1 2 3; do
		cluster_until "SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE application_name LIKE 'rowpipe/pg-load%' AND wait_event_type = 'Lock'"
	done
	cluster_release
	wait $load
	[ "$(grep -c 'trying again' err)" -ge 3 ]
	whole
}

@test "SIGTERM: within two seconds, and the last line is the command that goes on" {
	cluster_hold 'SELECT 1'
	pg-load "${every[@]}" shop.rows >"$stdout" 2>"$stderr" & load=$!
	cluster_until 'SELECT sum(rows) = 6000 FROM rowpipe.progress'
	kill -TERM $load
	before=$SECONDS
	status=0
	wait $load || status=$?
	[ "$status" -eq 143 ]
	[ $((SECONDS - before)) -le 2 ]
	expect_said '6,000 rows stay staged: the same command again goes on behind them$'
	line=$(tail -n 1 "$stderr")
	[ "$line" = 'pg-load --commit-every 1 shop.rows' ]
	unseen
	cluster_release
	expect_status 0 bash -c "$line"
	grep -q '6,000 were there already' "$stdout"
	whole
	cluster_fresh load
	pg-load "${every[@]}" -d "postgres:///load?host=$CLUSTER&password=geheim" < <(slowly) >/dev/null 2>said & load=$!
	begun
	kill -TERM $load
	wait $load || true
	! grep -e geheim -e '\*\*' said
}

@test "eight loaders of one stream at once: it is loaded once, and those who do not do it say so" {
	for options in '--commit-every 1' '--commit-every 0'; do
		pids=()
		for i in 1 2 3 4 5 6 7 8; do
			pg-load $options shop.rows >out.$i 2>err.$i & pids+=($!)
		done
		codes=
		for pid in "${pids[@]}"; do
			status=0
			wait "$pid" || status=$?
			codes+="$status "
		done
		echo "codes: $codes"
		[ -z "$(tr -d '075 ' <<<"$codes")" ]
		[[ " $codes" == *' 0 '* ]]
		[ "$(cat out.* | grep -c '^loaded')" = 1 ]
		for i in 1 2 3 4 5 6 7 8; do
			[ -s out.$i ] || grep -Eq 'another loader (of|has taken) this stream' err.$i || { cat err.$i; false; }
		done
		whole
		anew
	done
}

@test "a client that died behind a link that is half open: who has it is told, and when that is over it goes on" {
	messages "${every[@]}"
	through c $((client / 2)) freeze
	pg-load "${every[@]}" shop.rows >/dev/null 2>&1 & load=$!
	await fired
	kill -9 $load
	wait $load || true
	export PGHOST=$CLUSTER
	is 1 "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'rowpipe/pg-load%'"
	expect_status 75 pg-load "${every[@]}" shop.rows
	expect_said 'another loader of this stream is at work: server process [0-9]+ of role postgres \(rowpipe/pg-load\)'
	cluster_sql "$(grep -o 'SELECT pg_terminate_backend([0-9]*)' "$stderr")"
	expect_status 0 pg-load "${every[@]}" shop.rows
	whole
}

@test "who makes schema rowpipe behind such a link is told, too" {
	cluster_hold "SELECT pg_advisory_xact_lock(8245935277855761735)"
	expect_status 75 pg-load "${every[@]}" --retry-time 0 shop.rows
	expect_said 'another session makes schema rowpipe, or brings it up: server process [0-9]+ of role postgres \(psql\)'
	is '' "SELECT nspname FROM pg_namespace WHERE nspname ~ '^rowpipe'"
	cluster_release
	expect_status 0 pg-load "${every[@]}" shop.rows
	whole
}

@test "make torture has the rules to leave out still" {
	ROOT=$ROOT CLUSTER=none ROWPIPE_TESTS=none TEMP=$TEMP expect_silence python3 "$ROOT/tests/torture/torture.py" mutants
}
