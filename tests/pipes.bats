# Tools together: the last one tells the truth about the whole pipe.
load help

setup() {
	enter_temp
}

app() {
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT);
		INSERT INTO users VALUES (1, 'a@x'), (2, NULL);
		CREATE TABLE orders(id INTEGER PRIMARY KEY, note TEXT);
		INSERT INTO orders SELECT value, printf('%100d', value) FROM generate_series(1, 5000);
		CREATE VIEW v AS SELECT 1;
	SQL
}

many() { # more than all pipes of a pipeline hold
	sqlite3 app.db "CREATE TABLE t(id INTEGER PRIMARY KEY, b);
		INSERT INTO t SELECT value, zeroblob(4000) FROM generate_series(1, 4000)"
}

chain() { rows-peek --json "$@" | jq -r .end.chain; }

@test "stream, archive, compressed archive and replay have one id, chain and END" {
	app
	sqlite-extract app.db | tee app.stream | rows-archive app.rows | rows-archive -Z 3 small.rows >passed
	cmp passed app.stream
	for file in app.rows small.rows; do
		[ "$(chain $file)" = "$(chain app.stream)" ]
		rows-replay $file | cmp - app.stream
		cmp <(rows-peek --json $file | jq '.partial = false | .end.index = 0') \
			<(rows-peek --json app.stream | jq '.end.index = 0')
	done
}

@test "a filter run twice, on stream, archive and replay: the same bytes" {
	app
	sqlite-extract app.db | rows-archive app.rows >app.stream
	rows-select -c orders=note,id <app.stream >one
	rows-select -c orders=note,id <app.rows | cmp - one
	rows-replay app.rows | rows-select -c orders=note,id | cmp - one
	rows-replay app.rows | rows-select | rows-select -t users | rows-check -q
}

@test "five tools in one pipe" {
	app
	expect_status 0 bash -o pipefail -c 'sqlite-extract -T v app.db | rows-select -C users=email |
		rows-archive -Z 1 one.rows | rows-select -t users | rows-archive two.rows | rows-peek --rows=users'
	expect_stdout $'{"id":1}\n{"id":2}'
	expect_stderr ''
	rows-check -q one.rows
	[ "$(rows-peek --json two.rows | jq -c '[.hello.provenance[].tool]')" = '["sqlite-extract","rows-select","rows-select"]' ]
}

@test "whichever tool fails, the last one has its exit code; first and last say why, once" {
	app
	echo mine >mine.rows
	while IFS='|' read -r code who why; do
		IFS= read -r pipe
		expect_status "$code" bash -c "$pipe"
		diff <(printf '%s\n' "$who: $why" "rows-peek: $who stopped: $why" | sort) <(sort "$stderr")
		[ ! -e new.rows ]
	done <<-'END'
		66|sqlite-extract|none.db: there is no such file
		sqlite-extract none.db | rows-select | rows-archive new.rows | rows-peek
		64|sqlite-extract|app.db: -t usres: no table of this name; did you mean users?
		sqlite-extract -t usres app.db | rows-select | rows-archive new.rows | rows-peek
		64|rows-select|table "users" has no column "mail" (rows-peek --definitions lists them)
		sqlite-extract app.db | rows-select -c users=mail | rows-archive new.rows | rows-peek
		73|rows-archive|mine.rows: exists already; remove it or choose another name
		sqlite-extract app.db | rows-archive mine.rows | rows-select | rows-peek
		66|rows-replay|new.rows: No such file or directory
		rows-replay new.rows | rows-select | rows-peek
		65|rows-select|the stream is empty: the program before it wrote nothing
		true | rows-select | rows-archive new.rows | rows-peek
	END
	[ "$(cat mine.rows)" = mine ]
}

# stages SIGNAL: kills each tool of a pipe that is full in turn; prints the exit codes of all.
stages() {
	python3 - "$@" <<-'PY'
		import os, signal, subprocess, sys, time
		sent = signal.Signals["SIG" + sys.argv[1]]
		commands = [["sqlite-extract", "app.db"], ["rows-select"], ["rows-archive", "new.rows"], ["rows-check"]]
		for victim in range(3):
		    tools, source = [], None
		    for command in commands:
		        last = command == commands[-1]
		        tool = subprocess.Popen(["sh", "-c", "kill -STOP $$; exec rows-check"] if last else command,
		            stdin=source, stdout=subprocess.DEVNULL if last else subprocess.PIPE, stderr=open("said", "a"))
		        if source:
		            source.close()
		        source = tool.stdout
		        tools.append(tool)
		    # All are blocked when nothing more is written to the archive.
		    size, before = 0, -1
		    while size != before or size == 0:
		        time.sleep(0.1)
		        before = size
		        size = sum(entry.stat().st_size for entry in os.scandir(".") if "partial" in entry.name)
		    tools[victim].send_signal(sent)
		    time.sleep(0.05)
		    tools[-1].send_signal(signal.SIGCONT)
		    print(*(tool.wait(20) for tool in tools))
		    print(*(entry.name[:-6] for entry in os.scandir(".") if "new.rows" in entry.name))
		    for entry in os.scandir("."):
		        if "partial" in entry.name:
		            os.unlink(entry)
	PY
}

@test "a tool that is killed: 65 at the last one, and no archive" {
	many
	stages KILL >codes
	diff - codes <<-'END'
		-9 65 65 65

		-13 -9 65 65

		-13 -13 -9 65
		.new.rows.partial-
	END
}

@test "a tool that is ended: 75 at the last one, and no archive" {
	many
	stages TERM >codes
	diff - codes <<-'END'
		-15 75 75 75

		-13 -15 75 75

		-13 -13 -15 75

	END
}

@test "when the last reader goes away, all end, and silently" {
	many
	expect_status 0 bash -c 'sqlite-extract app.db | rows-select | rows-select | head -c 100 >/dev/null
		echo ${PIPESTATUS[@]}'
	expect_stdout '141 141 141 0'
	expect_stderr ''
}

@test "pipes that do not block, of other programs" {
	many
	expect_status 0 python3 - <<-'PY'
		import os, subprocess
		def pipe():
		    ends = os.pipe()
		    for end in ends:
		        os.set_blocking(end, False)
		    return ends
		ends = [pipe() for _ in range(3)]
		commands = [["sqlite-extract", "app.db"], ["rows-select"], ["rows-archive", "app.rows"], ["rows-check", "-q"]]
		tools = []
		for place, command in enumerate(commands):
		    tools.append(subprocess.Popen(command, stdin=ends[place - 1][0] if place > 0 else None,
		        stdout=ends[place][1] if place < 3 else None))
		for end in sum(map(list, ends), []):
		    os.close(end)
		codes = [tool.wait(20) for tool in tools]
		assert codes == [0, 0, 0, 0], codes
	PY
	expect_stderr ''
}

@test "a pipe that gives and takes one byte at a time" {
	app
	sqlite-extract -t users app.db >app.stream
	dd bs=1 if=app.stream 2>/dev/null | rows-select -c users=id | dd bs=1 2>/dev/null | rows-check -q
	rows-archive app.rows <app.stream | dd bs=1 2>/dev/null | cmp - app.stream
}

@test "tools that are stopped and go on" {
	many
	sqlite-extract app.db 3>&- | rows-select 3>&- | rows-check >report 3>&- &
	for turn in 1 2 3 4 5 6 7 8; do
		for pid in $(jobs -p; pgrep -P $$ -x 'rows-select|rows-check|sqlite-extract' || true); do
			kill -STOP "$pid" 2>/dev/null || true
			sleep 0.01
			kill -CONT "$pid" 2>/dev/null || true
		done
	done
	wait
	grep -q 'complete: 1 tables, 4000 rows' report
}

@test "memory does not grow with the rows" {
	[ "$ROWPIPE_VARIANT" != asan ] || skip 'a sanitizer keeps what is freed'
	expect_status 0 python3 - <<-'PY'
		import os, sqlite3, subprocess
		for name, rows in ("few", 20000), ("all", 400000):
		    db = sqlite3.connect(name + ".db")
		    db.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b, c)")
		    db.executemany("INSERT INTO t VALUES (?, ?, ?)", ((i, i * 7, "text %d" % i) for i in range(rows)))
		    db.commit()
		def peak(name, tool, *options, suffix=None):
		    with open(name + ".out", "wb") as out:
		        given = open(name + suffix) if suffix else None
		        process = subprocess.Popen([tool, *options], stdin=given, stdout=out)
		        _, status, usage = os.wait4(process.pid, 0)
		        assert status == 0, (tool, status)
		    if tool == "sqlite-extract":
		        os.rename(name + ".out", name + ".stream")
		    return usage.ru_maxrss
		for tool in ["sqlite-extract", "rows-select", "rows-archive", "rows-check", "rows-peek"]:
		    peaks = []
		    for name in "few", "all":
		        options = {"sqlite-extract": [name + ".db"], "rows-select": ["-c", "t=c,a"],
		            "rows-archive": ["-Z", "1", name + ".rows"]}.get(tool, [])
		        peaks.append(peak(name, tool, *options, suffix=None if tool == "sqlite-extract" else ".stream"))
		    print(tool, peaks)
		    assert peaks[1] < peaks[0] * 1.05 + 256, (tool, peaks)
	PY
}
