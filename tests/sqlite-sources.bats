# sqlite-extract: sources that are bad, held, torn, or written to while they are read.
load help

setup() {
	enter_temp
	chmod 755 .
	holder=
}

teardown() {
	[ -z "$holder" ] || kill -9 "$holder" 2>/dev/null || true
	leave_temp
}

# A test goes on behind "! command", whatever that says.
not() { ! "$@"; }

# many DB: a table of 1 row and one of 20,000, 6 MB: more than any pipe holds.
many() {
	sqlite3 "$1" "CREATE TABLE first(a); INSERT INTO first VALUES (1); CREATE TABLE t(id INTEGER PRIMARY KEY, b);
		INSERT INTO t SELECT value, printf('%300d', value) FROM generate_series(1, 20000)"
}

# as_nobody TOOL …: without root's rights.  The tool is copied, since nobody may not see the checkout.
as_nobody() {
	mkdir -p tools
	cp -u "$ROWPIPE_BIN/$1" tools
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "tools/$@"
	else
		"tools/$@"
	fi
}

# hold DB SQL…: a program that has run the SQL on DB, and stays as it is until `release`.
hold() {
	mkfifo go
	python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
for sql in sys.argv[2:]:
	db.execute(sql)
open("held", "w").close()
open("go").read()' "$@" 3>&- &
	holder=$!
	await test -e held
}

release() {
	: >go
	wait "$holder"
	rm go held
	holder=
}

# start OPTION…: sqlite-extract, begun, and blocked behind its first frames for want of a reader.
start() {
	[ -p pipe ] || mkfifo pipe
	env --default-signal=INT sqlite-extract "$@" >pipe 2>said 3>&- &
	extract=$!
	exec 4<pipe
	dd bs=100 count=1 iflag=fullblock of=stream <&4 2>/dev/null
}

opened() { # PID: it has app.db open
	ls -l "/proc/$1/fd" 2>/dev/null | grep -q 'app\.db$'
}

# finish CODE: reads the rest into `stream`; sqlite-extract must exit with CODE.
finish() {
	cat <&4 >>stream
	exec 4<&-
	status=0
	wait "$extract" || status=$?
	[ "$status" -eq "$1" ] && return
	echo "exit code $status, expected $1"
	cat said
	return 1
}

# downstream CODE TEXT: what the last tool says of `stream`.
downstream() {
	expect_status "$1" rows-check stream
	[ -z "$2" ] || expect_said "$2"
}

unchanged() { # DB: as `sums` has it, and nothing beside it
	sha256sum -c --quiet sums
	[ "$(echo "$1"*)" = "$1" ]
}

# --- what is no database ---------------------------------------------------------------------------------

@test "no file, a folder, 0 bytes, a pipe, a device, no database: 66" {
	mkdir folder
	mkfifo pipe
	: >empty.db
	head -c 8192 /dev/urandom >encrypted.db
	echo hello >short.db
	while read -r file text; do
		expect_status 66 sqlite-extract $file
		expect_stderr "sqlite-extract: $file: $text"
		cp "$stdout" stream
		downstream 66 "^rows-check: sqlite-extract stopped: "
	done <<-'END'
		none.db there is no such file
		empty.db/x there is no such file
		folder is a folder; name the database in it
		empty.db is empty (0 bytes), not a database
		pipe is a pipe or device; copy the database into a file
		/dev/null is a pipe or device; copy the database into a file
		encrypted.db not a SQLite database; an encrypted one looks like this, too: decrypt it with the program that made it
		short.db not a SQLite database; an encrypted one looks like this, too: decrypt it with the program that made it
		:memory: there is no such file
		file:short.db?mode=ro there is no such file
	END
	[ "$(cat short.db)" = hello ]
}

@test "no permission: 66" {
	sqlite3 app.db 'CREATE TABLE t(a)'
	chmod 600 app.db
	[ "$(id -u)" -eq 0 ] || chmod 0 app.db
	expect_status 66 as_nobody sqlite-extract app.db
	expect_stderr 'sqlite-extract: app.db: no permission to read it; run this as its owner, or read a copy'
}

@test "a symbolic link, and names with odd characters" {
	for name in 'a b.db' 'a?b#c%20.db' '-x.db' "it's.db" $'new\nline.db'; do
		sqlite3 new.db 'CREATE TABLE t(a); INSERT INTO t VALUES (1)'
		mv -- new.db "$name"
		expect_status 0 sqlite-extract -- "$name"
		rows-peek --json <"$stdout" | jq -e --arg name "${name/$'\n'/\\n}" \
			'.hello.sources[0].name == $name and .tables[0].rows == 1'
	done
	mkdir folder
	ln -s '../a b.db' folder/link.db
	expect_status 0 sqlite-extract folder/link.db
	[ "$(rows-peek --json <"$stdout" | jq -r '.hello.sources[0].name')" = link.db ]
}

@test "a schema that is damaged: 66" {
	many app.db
	printf 'XXXXXXXX' | dd of=app.db bs=1 seek=100 conv=notrunc 2>/dev/null
	expect_status 66 sqlite-extract app.db
	expect_said '^sqlite-extract: app.db: it is damaged \('
	expect_status 66 sqlite-extract --no-check app.db
	head -c 50000 app.db >cut.db
	expect_status 66 sqlite-extract cut.db
}

@test "a hot journal is never rolled back: 66, and both files as they were" {
	python3 - <<-'PY' || true
		import os, sqlite3
		db = sqlite3.connect("app.db")
		db.execute("CREATE TABLE t(a, b)")
		db.executemany("INSERT INTO t VALUES (?, ?)", [(i, "x" * 300) for i in range(2000)])
		db.commit()
		db.execute("PRAGMA cache_size = 5")
		db.execute("UPDATE t SET b = 'y' || b")
		os.kill(os.getpid(), 9)
	PY
	[ -s app.db-journal ]
	sha256sum app.db app.db-journal >sums
	for option in --wait=0 --no-check --snapshot; do
		expect_status 66 sqlite-extract $option app.db
		expect_stderr 'sqlite-extract: app.db: its program died while writing; open it once with that program, or copy app.db and app.db-journal and open the copy'
	done
	sha256sum -c --quiet sums
}

# dead_wal DB: its writer was killed; 20 rows are only in the -wal.
dead_wal() {
	python3 - "$1" <<-'PY' || true
		import os, sqlite3, sys
		db = sqlite3.connect(sys.argv[1], isolation_level=None)
		db.execute("PRAGMA journal_mode = wal")
		db.execute("CREATE TABLE t(a)")
		db.execute("PRAGMA wal_checkpoint(truncate)")
		for i in range(20):
		    db.execute("INSERT INTO t VALUES (?)", (i,))
		os.kill(os.getpid(), 9)
	PY
	[ -s "$1-wal" ]
}

@test "rows that are only in the -wal are read, and the database is not touched" {
	dead_wal app.db
	rm app.db-shm
	sha256sum app.db app.db-wal >sums
	expect_status 0 sqlite-extract app.db
	expect_stderr ''
	[ "$(rows-peek --json <"$stdout" | jq .tables[0].rows)" = 20 ]
	expect_status 0 sqlite-extract --snapshot app.db
	[ "$(rows-peek --json <"$stdout" | jq .tables[0].rows)" = 20 ]
	sha256sum -c --quiet sums
}

@test "WAL mode without a -wal: a warning" {
	sqlite3 app.db 'PRAGMA journal_mode = wal; CREATE TABLE t(a)' >/dev/null
	expect_status 0 sqlite-extract app.db
	expect_said '^sqlite-extract: warning: .*in WAL mode, but no -wal file with it: if it was copied without that, its newest rows are missing$'
}

@test "WAL mode in a folder that cannot be written to: 66, naming the copies" {
	mkdir folder
	dead_wal folder/app.db
	rm folder/app.db-shm
	chmod 644 folder/*
	chmod 555 folder
	expect_status 66 as_nobody sqlite-extract folder/app.db
	expect_stderr 'sqlite-extract: folder/app.db: it is in WAL mode and its folder cannot be written to; copy folder/app.db and folder/app.db-wal (if it is there) to a folder of yours and read the copy'
	chmod 755 folder
}

# --- what is held ---------------------------------------------------------------------------------------

@test "held exclusively: 75, after as long as --wait says" {
	many app.db
	hold app.db 'BEGIN EXCLUSIVE'
	for seconds in 0 1; do
		begun=$(date +%s%N)
		expect_status 75 sqlite-extract --wait $seconds app.db
		waited=$((($(date +%s%N) - begun) / 1000000))
		expect_stderr 'sqlite-extract: app.db: another program holds it; browsers do while they run: close it, or copy it with its -wal after closing'
		echo "waited $waited ms"
		[ $waited -ge $((seconds * 1000)) ]
		[ $waited -lt 4000 ]
		cp "$stdout" stream
		downstream 75 'another program holds it'
	done
	release
	expect_status 0 sqlite-extract --wait 0 app.db
}

@test "a lock that goes away in time is waited for" {
	many app.db
	hold app.db 'BEGIN EXCLUSIVE'
	(sleep 0.4; : >go) 3>&- &
	expect_status 0 sqlite-extract app.db
	expect_stderr ''
}

@test "held by a browser, in WAL mode and exclusively: 75" {
	sqlite3 app.db 'PRAGMA journal_mode = wal; CREATE TABLE t(a)' >/dev/null
	hold app.db 'PRAGMA locking_mode = exclusive' 'INSERT INTO t VALUES (1)'
	expect_status 75 sqlite-extract --wait 0 app.db
	expect_said 'another program holds it; browsers do while they run'
}

@test "a reader that stalls blocks writers of a rollback journal, with --snapshot it does not" {
	many app.db
	start app.db
	expect_status 5 sqlite3 -cmd '.timeout 200' app.db 'INSERT INTO t(b) VALUES (0)'
	expect_said 'database is locked'
	finish 0
	start --snapshot app.db
	expect_status 0 sqlite3 -cmd '.timeout 200' app.db 'INSERT INTO t(b) VALUES (0)'
	finish 0
	downstream 0 ''
	[ "$(rows-peek --json stream | jq .tables[1].rows)" = 20000 ]
}

@test "a writer commits while a snapshot is made" {
	many app.db
	python3 - <<-'PY'
		import sqlite3, subprocess, time
		db = sqlite3.connect("app.db", timeout=2, isolation_level=None)
		longest = commits = 0
		for turn in range(5):
		    extract = subprocess.Popen(["sqlite-extract", "--snapshot", "app.db"], stdout=subprocess.DEVNULL)
		    while extract.poll() is None:
		        begun = time.monotonic()
		        db.execute("INSERT INTO t(b) VALUES ('new')")
		        longest = max(longest, time.monotonic() - begun)
		        commits += 1
		    assert extract.returncode == 0
		print(commits, "commits, the longest took", longest)
		assert commits > 0
	PY
}

# --- what changes ---------------------------------------------------------------------------------------

# bank JOURNAL EXTRACTS: transfers between accounts while it is extracted; no extract sees half of one.
bank() {
	python3 - "$@" <<-'PY'
		import json, multiprocessing, random, sqlite3, subprocess, sys
		def work(stop):
		    db = sqlite3.connect("bank.db", timeout=30, isolation_level=None)
		    db.execute("PRAGMA synchronous = off")
		    while not stop.is_set():
		        amount = random.randrange(100)
		        db.execute("BEGIN IMMEDIATE")
		        db.execute("UPDATE a SET v = v - ? WHERE id = ?", (amount, random.randrange(200)))
		        db.execute("UPDATE b SET v = v + ? WHERE id = ?", (amount, random.randrange(200)))
		        db.execute("UPDATE n SET v = v + 1, moved = moved + ?", (amount,))
		        db.execute("COMMIT")
		db = sqlite3.connect("bank.db", isolation_level=None)
		db.execute("PRAGMA journal_mode = " + sys.argv[1])
		for table in "ab":
		    db.execute("CREATE TABLE %s(id INTEGER PRIMARY KEY, v)" % table)
		    db.executemany("INSERT INTO %s VALUES (?, 1000)" % table, [(i,) for i in range(200)])
		db.execute("CREATE TABLE n(v, moved)")
		db.execute("INSERT INTO n VALUES (0, 0)")
		db.close()
		stop = multiprocessing.Event()
		writer = multiprocessing.Process(target=work, args=(stop,), daemon=True)
		writer.start()
		transfers = []
		for turn in range(int(sys.argv[2])):
		    command = ["sqlite-extract", "--wait", "30"] + ["--snapshot"] * (turn % 4 == 3) + ["bank.db"]
		    extract = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
		    lines = subprocess.run(["rows-peek", "--rows"], check=True, stdin=extract.stdout,
		        stdout=subprocess.PIPE).stdout.splitlines()
		    assert extract.wait() == 0, extract.returncode
		    sums = {"a": 0, "b": 0, "n": 0}
		    for line in map(json.loads, lines):
		        sums[line["table"]] += line["row"]["v"]
		    assert sums["a"] + sums["b"] == 400000, sums
		    assert sums["b"] - 200000 == line["row"]["moved"], sums
		    transfers.append(sums["n"])
		stop.set()
		writer.join()
		print(len(set(transfers)), "different instants,", transfers[-1], "transfers")
		assert transfers == sorted(transfers) and len(set(transfers)) > int(sys.argv[2]) / 3
	PY
}

@test "a writer in WAL mode during 100 extracts: each is of one instant" {
	bank wal 100
}

@test "a writer with a rollback journal during 100 extracts: each is of one instant" {
	bank delete 100
}

@test "written to meanwhile: said, and told in END; the stream is that of the start" {
	many app.db
	sqlite3 app.db 'PRAGMA journal_mode = wal' >/dev/null
	start app.db
	sqlite3 app.db 'DELETE FROM t WHERE id > 5; UPDATE first SET a = 2'
	finish 0
	grep -q '^sqlite-extract: app.db was written to meanwhile: the stream holds what it was at the start$' said
	rows-peek --json stream >json
	jq -e '.tables[1].rows == 20000' json
	jq -e '.end.tools[0] | .tool == "sqlite-extract" and (.counts | map(.count) | .[0] == .[1] and .[1] != .[2])' json
	[ "$(rows-peek --rows=first stream)" = '{"a":1}' ]
	start app.db
	finish 0
	not grep meanwhile said
	rows-peek --json stream | jq -e '.end.tools[0].counts | map(.count) | .[0] == .[1] and .[1] == .[2]'
}

@test "a damaged page in the middle of a table: 66 before the first row" {
	many app.db
	dd if=/dev/zero of=app.db bs=4096 seek=800 count=1 conv=notrunc 2>/dev/null
	expect_status 66 sqlite-extract app.db
	expect_said '^sqlite-extract: app.db: it is damaged; restore it from a backup, or save what is left with sqlite3.s \.recover \(quick_check: '
	cp "$stdout" stream
	downstream 66 '^rows-check: sqlite-extract stopped: app.db: it is damaged'
}

@test "a damaged page and --no-check: 66 with table and row, never a short table" {
	many app.db
	dd if=/dev/zero of=app.db bs=4096 seek=800 count=1 conv=notrunc 2>/dev/null
	for options in --no-check '--no-check --no-profile'; do
		# shellcheck disable=SC2086
		expect_status 66 sqlite-extract $options app.db
		expect_said '^sqlite-extract: app.db: t, behind row [0-9]+ \(rowid [0-9]+\): it is damaged'
		cp "$stdout" stream
		downstream 66 '^rows-check: sqlite-extract stopped: app.db: t, behind row [0-9]+ \(rowid [0-9]+\): it is damaged'
	done
	row=$(sed 's/.*(rowid \([0-9]*\)).*/\1/' "$stderr")
	[ "$(sqlite3 app.db "SELECT CAST(b AS INT) FROM t WHERE id = $row")" = "$row" ]
	not sqlite3 app.db "SELECT b FROM t WHERE id = $((row + 1))"
	expect_status 0 sqlite-extract --no-check -t first app.db
}

@test "truncated, replaced or removed while it is read: 66" {
	many whole.db
	for damage in 'truncate -s 1000000 app.db' 'mv new.db app.db' 'rm app.db'; do
		cp whole.db app.db
		cp whole.db new.db
		start --no-profile app.db
		$damage
		finish 66
		downstream 66 '^rows-check: sqlite-extract stopped: app.db: was (truncated|replaced or removed) while it was read'
	done
}

@test "the database is byte for byte as it was, and no file is left" {
	many app.db
	sha256sum app.db >sums
	expect_status 0 sqlite-extract app.db
	unchanged app.db
	start app.db
	kill -9 "$extract"
	finish 137
	unchanged app.db
	expect_status 64 sqlite-extract -t none app.db
	unchanged app.db
	[ -z "$(find . -name '*journal*' -o -name 'etilqs*')" ]
}

# --- signals and progress --------------------------------------------------------------------------------

@test "SIGTERM, SIGINT, SIGHUP: ABORT and 75 downstream, and an end by the signal" {
	many app.db
	for signal in TERM INT HUP; do
		start app.db
		kill -$signal "$extract"
		finish $((128 + $(kill -l $signal)))
		[ "$(wc -l <said)" -eq 1 ]
		downstream 75 '^rows-check: sqlite-extract stopped: .*stopped'
	done
}

@test "SIGTERM while it waits for a lock: at once" {
	many app.db
	hold app.db 'BEGIN EXCLUSIVE'
	sqlite-extract --wait 30 app.db >stream 2>said 3>&- &
	extract=$!
	await opened $extract
	kill -TERM $extract
	status=0
	wait $extract || status=$?
	[ $status -eq 143 ]
	downstream 75 'stopped'
}

@test "SIGKILL: the stream has no end: 65 downstream" {
	many app.db
	start app.db
	kill -KILL "$extract"
	finish 137
	downstream 65 ': it ends (before END|in the middle of a frame) \(at byte [0-9]+, good up to frame [0-9]+\)'
}

@test "SIGUSR1 prints how far it is, also where nobody looks" {
	many app.db
	start app.db
	kill -USR1 "$extract"
	finish 0
	grep -Exq 'reading t: [0-9,]+ of 20,000 rows, [0-9.]+ MB/s; all: [0-9]+ %, [0-9]+ s left' said
	[ "$(wc -l <said)" -eq 1 ]
	downstream 0 ''
}

@test "progress on a terminal, silence in a pipe" {
	many app.db
	SHELL=/bin/bash script -qec 'sqlite-extract app.db | { sleep 1; cat >/dev/null; }' /dev/null </dev/null >said
	grep -aq $'^\r\e\\[Kreading t: [0-9,]* of 20,000 rows, .* MB/s; all: [0-9]* %, [0-9]* s left' said
	[ "$(tail -c 4 said)" = $'\r\e[K' ] # and it is cleared at the end
	start app.db
	sleep 0.5
	finish 0
	[ ! -s said ]
}
