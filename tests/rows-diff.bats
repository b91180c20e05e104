# rows-diff: what differs, by key and by meaning; and the stream that repairs it, through every tool.
load help

setup() {
	enter_temp
	sqlite3 a.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, score REAL);
		INSERT INTO users VALUES (1, 'a@x', 1.5), (2, 'b@x', 2), (3, 'c@x', NULL);
		CREATE TABLE logs(line TEXT);
		INSERT INTO logs VALUES ('x'), ('x'), ('y');
	SQL
	sqlite3 b.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, score REAL);
		INSERT INTO users VALUES (4, 'c@x', NULL), (2, 'B@x', 2.5), (1, 'a@x', 1.5);
		CREATE TABLE logs(line TEXT);
		INSERT INTO logs VALUES ('z'), ('y'), ('y'), ('x');
	SQL
	keep a
	keep b
}

# keep NAME: NAME.db as the archive NAME.rows.
keep() { sqlite-extract "$1.db" | rows-archive "$1.rows" >/dev/null; }

# table SQL…: for each, an archive t1.rows, t2.rows … of a table t made by the SQL.
tables() {
	local n=0
	for sql; do
		n=$((n + 1))
		rm -f t.db t$n.rows
		sqlite3 t.db "$sql"
		sqlite-extract t.db | rows-archive t$n.rows >/dev/null
	done
}

@test "equal: no word, exit 0, whatever the order of rows, frames and tables, compressed or not" {
	expect_status 0 rows-diff a.rows a.rows
	expect_stdout ''
	expect_stderr ''
	sqlite3 c.db <<-'SQL'
		CREATE TABLE logs(line TEXT);
		INSERT INTO logs VALUES ('y'), ('x'), ('x');
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, score REAL);
		INSERT INTO users VALUES (3, 'c@x', NULL), (2, 'b@x', 2), (1, 'a@x', 1.5);
	SQL
	sqlite-extract c.db | rows-archive -Z 3 c.rows >/dev/null
	expect_status 0 rows-diff a.rows c.rows
	expect_status 0 rows-diff - a.rows <c.rows
}

@test "what differs is shown by key: changed columns alone, missing and extra rows whole" {
	expect_status 1 rows-diff a.rows b.rows
	expect_stderr ''
	diff "$stdout" - <<-'END'
		--- users (a.rows): 3 rows
		+++ users (b.rows): 3 rows
		~ {"id":2}: "email": "b@x" -> "B@x", "score": 2.0 -> 2.5
		- {"id":3,"email":"c@x","score":null}
		+ {"id":4,"email":"c@x","score":null}
		users: 1 missing, 1 extra, 1 changed ("email" 1, "score" 1)
		--- logs (a.rows): 3 rows
		+++ logs (b.rows): 4 rows
		- {"line":"x"}
		+ {"line":"y"}
		+ {"line":"z"}
		logs: 1 missing, 2 extra, 0 changed
	END
}

@test "of pipes, streams and archives the same" {
	rows-diff a.rows b.rows | sed 's/b\.rows/-/' >right
	expect_status 1 rows-diff a.rows - <b.rows
	diff "$stdout" right
	rows-replay b.rows | rows-diff a.rows - | diff - right
	rows-replay a.rows >a.stream
	rows-diff a.stream - < <(cat b.rows) | sed 's/a\.stream/a.rows/' | diff - right
	expect_status 64 rows-diff - -
	expect_stderr 'rows-diff: only one of the two can be standard input'
}

@test "--keys-only, --stat, --limit" {
	expect_status 1 rows-diff --keys-only --table users a.rows b.rows
	diff <(sed 1,2d "$stdout") - <<-'END'
		~ {"id":2}: "email", "score"
		- {"id":3}
		+ {"id":4}
		users: 1 missing, 1 extra, 1 changed ("email" 1, "score" 1)
	END
	expect_status 1 rows-diff --stat a.rows b.rows
	diff "$stdout" - <<-'END'
		users: 1 missing, 1 extra, 1 changed ("email" 1, "score" 1)
		logs: 1 missing, 2 extra, 0 changed
	END
	expect_status 1 rows-diff --limit 1 --exclude-table logs a.rows b.rows
	[ "$(grep -c '^[-+~] ' "$stdout")" = 1 ]
	grep -Fq 'users: 1 missing, 1 extra, 1 changed ("email" 1, "score" 1); only 1 are shown' "$stdout"
	expect_status 64 rows-diff --stat --keys-only a.rows b.rows
	expect_status 64 rows-diff -t nobody a.rows b.rows
	expect_stderr 'rows-diff: "nobody" matches no table of the streams (rows-peek lists them)'
}

@test "--json: a line for each finding, and a summary with digests" {
	expect_status 1 rows-diff --json a.rows b.rows
	jq -s -e '.[0] == {table: "users", kind: "changed", key: {id: 2}, columns:
			{email: {left: "b@x", right: "B@x"}, score: {left: 2.0, right: 2.5}}} and
		.[1] == {table: "users", kind: "missing", row: {id: 3, email: "c@x", score: null}, times: 1} and
		.[2].kind == "extra" and
		(.[-1] | .equal == false and .tables[0].changed == 1 and .tables[1].extra == 2 and
		.tables[0].left.rows == 3 and .tables[0].left.digest != .tables[0].right.digest and
		.tables[0].columns.email.changed == 1)' "$stdout"
	expect_status 0 rows-diff --json a.rows a.rows
	digest=$(rows-peek --json a.rows | jq -r .tables[0].digest)
	jq -e --arg digest "$digest" '.equal and .tables[0].left.digest == $digest' "$stdout"
	expect_status 1 rows-diff --json --keys-only a.rows b.rows
	jq -s -e '.[0].columns == {email: {}, score: {}} and .[1].key == {id: 3}' "$stdout"
}

@test "--key: for a table without one, or another one; a doubled one is said" {
	tables 'CREATE TABLE t(a, b, c); INSERT INTO t VALUES (1, 1, 5), (1, 2, 6)' \
		'CREATE TABLE t(a, b, c); INSERT INTO t VALUES (1, 1, 5), (1, 2, 7)'
	expect_status 1 rows-diff t1.rows t2.rows
	grep -qx 't: 1 missing, 1 extra, 0 changed' "$stdout"
	expect_status 1 rows-diff --key t=a,b t1.rows t2.rows
	grep -Fqx '~ {"a":1,"b":2}: "c": 6 -> 7' "$stdout"
	expect_status 1 rows-diff --key T=A t1.rows t2.rows
	grep -Fqx 't: 1 missing, 1 extra, 0 changed; its key is not unique' "$stdout"
	expect_status 64 rows-diff --key t=x t1.rows t2.rows
	expect_stderr 'rows-diff: --key: table "t" has no column "x" on both sides'
	expect_status 64 rows-diff --key u=a t1.rows t2.rows
	expect_stderr 'rows-diff: "u=a" speaks of a table that the stream has not (rows-peek lists them)'
	expect_status 64 rows-diff --key t t1.rows t2.rows
	expect_stderr 'rows-diff: "t" is not TABLE=COLUMN,...'
}

@test "a unique key that is NOT NULL is a key, one that may be NULL is none" {
	tables 'CREATE TABLE t(a UNIQUE NOT NULL, b); INSERT INTO t VALUES (1, 1)' \
		'CREATE TABLE t(a UNIQUE NOT NULL, b); INSERT INTO t VALUES (1, 2)' \
		'CREATE TABLE t(a UNIQUE, b); INSERT INTO t VALUES (1, 1)' \
		'CREATE TABLE t(a UNIQUE, b); INSERT INTO t VALUES (1, 2)'
	expect_status 1 rows-diff t1.rows t2.rows
	grep -Fqx '~ {"a":1}: "b": 1 -> 2' "$stdout"
	expect_status 1 rows-diff t3.rows t4.rows
	grep -Fqx -- '- {"a":1,"b":1}' "$stdout"
}

@test "near misses: everything that looks alike differs, and only that" {
	while IFS='|' read -r one other; do
		tables "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES $one" \
			"CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES $other"
		expect_status 1 rows-diff t1.rows t2.rows
		expect_status 1 rows-diff t2.rows t1.rows
		expect_status 0 rows-diff t2.rows t2.rows
	done <<-'END'
		(1,'a3b','c')|(1,'a','b3c')
		(1,NULL,0)|(1,'',0)
		(1,0,0)|(1,'0',0)
		(1,0,0)|(1,0.0,0)
		(1,0.0,0)|(1,-0.0,0)
		(1,NULL,0)|(1,0,0)
		(1,x'00ff',0)|(1,x'00fe',0)
		(1,'a',0)|(1,x'61',0)
		(1,'1.10',0)|(1,'1.11',0)
		(1,'a',0)|(1,'a ',0)
		(1,'2026-01-31 10:11:12.000001',0)|(1,'2026-01-31 10:11:12.000002',0)
		(1,char(233),0)|(1,'e'||char(769),0)
		(1,'a',0),(2,'b',0)|(1,'b',0),(2,'a',0)
		(1,1,2)|(1,2,1)
		(1,'a',0),(2,'a',0)|(1,'a',0),(3,'a',0)
		(1,'a',0)|(1,'a',0),(2,'a',0)
		(1,9007199254740993,0)|(1,9007199254740992,0)
	END
}

@test "rows doubled, by one, two and three, without a key" {
	tables "CREATE TABLE t(a); INSERT INTO t VALUES ('x'), ('y')" \
		"CREATE TABLE t(a); INSERT INTO t VALUES ('x'), ('x'), ('y')" \
		"CREATE TABLE t(a); INSERT INTO t VALUES ('x'), ('x'), ('x'), ('y')" \
		"CREATE TABLE t(a); INSERT INTO t VALUES ('x'), ('y'), ('y')"
	expect_status 1 rows-diff t1.rows t2.rows
	grep -Fqx '+ {"a":"x"}' "$stdout"
	expect_status 1 rows-diff t1.rows t3.rows
	grep -Fqx '+ 2 times {"a":"x"}' "$stdout"
	expect_status 1 rows-diff t2.rows t4.rows
	grep -Fqx 't: 1 missing, 1 extra, 0 changed' "$stdout"
}

@test "two tables whose rows changed places" {
	sqlite3 c.db "CREATE TABLE p(a); CREATE TABLE q(a); INSERT INTO p VALUES (1); INSERT INTO q VALUES (2)"
	sqlite3 d.db "CREATE TABLE p(a); CREATE TABLE q(a); INSERT INTO p VALUES (2); INSERT INTO q VALUES (1)"
	keep c
	keep d
	expect_status 1 rows-diff --stat c.rows d.rows
	[ "$(wc -l <"$stdout")" = 2 ]
}

@test "tables, columns and types of one side only are findings" {
	tables 'CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT); INSERT INTO t VALUES (1, 2, 3); CREATE TABLE u(x)' \
		'CREATE TABLE t(id INTEGER PRIMARY KEY, b BIGINT, c TEXT); INSERT INTO t VALUES (1, 3, 4); CREATE TABLE v(x)'
	expect_status 1 rows-diff t1.rows t2.rows
	diff "$stdout" - <<-'END'
		- column t.a: TEXT
		+ column t.c: TEXT
		~ type t.b: INT -> BIGINT
		- table u: 0 rows
		+ table v: 0 rows
	END
	expect_status 1 rows-diff --json t1.rows t2.rows
	jq -s -e '.[0] == {table: "t", kind: "column", column: "a", left: "TEXT", right: null} and
		.[4] == {table: "v", kind: "table", left: null, right: "0 rows"} and .[5].equal == false' "$stdout"
}

@test "streams of definitions: the definitions are compared" {
	sqlite3 c.db 'CREATE TABLE t(a INT, b REFERENCES t ON DELETE CASCADE, CHECK (a > 0)); CREATE INDEX i ON t(a); CREATE VIEW v AS SELECT 1'
	sqlite3 d.db 'CREATE TABLE t(a INT, b REFERENCES t, CHECK (a > 1)); CREATE INDEX i ON t(a DESC); CREATE VIEW v AS SELECT 2'
	for name in c d; do
		sqlite-extract -s $name.db >$name.stream
	done
	expect_status 0 rows-diff c.stream c.stream
	expect_status 1 rows-diff c.stream d.stream
	[ "$(grep -c '^- definition t: ' "$stdout")" = 3 ]
	[ "$(grep -c '^+ definition t: ' "$stdout")" = 3 ]
	grep -q 'CASCADE' "$stdout"
	grep -Fqx -- '- view v: CREATE VIEW v AS SELECT 1' "$stdout"
	grep -Fqx -- '+ view v: CREATE VIEW v AS SELECT 2' "$stdout"
	keep c
	expect_status 78 rows-diff c.stream c.rows
	expect_stderr 'rows-diff: table "t" has rows on one side, and definitions only on the other: extract both alike'
}

@test "--by-meaning: raw rows against typed ones" {
	sqlite3 c.db <<-'SQL'
		CREATE TABLE t(id INTEGER PRIMARY KEY, flag BOOLEAN, n DECIMAL(10,2), at DATETIME, d DATE, u UUID, j JSON, b BLOB, s TEXT);
		INSERT INTO t VALUES (1, 1, 1.5, '2026-01-31 10:11:12', '2026-01-31', '12345678-9abc-def0-1234-56789abcdef0', '{"b":1,"a":2.0}', x'00', 'x');
		INSERT INTO t VALUES (2, 0, '2.50', '2026-01-31T10:11:12.5', NULL, NULL, '[1e2]', NULL, '');
		INSERT INTO t VALUES (3, NULL, 7, NULL, '0001-01-01', NULL, NULL, x'ff', NULL);
	SQL
	keep c
	rows-replay c.rows | rows-retype | rows-rename >typed
	rows-peek --definitions --json typed | jq -r '.columns[].type' | paste -sd ' ' >types
	[ "$(cat types)" = 'int8 bool numeric timestamp date uuid jsonb bytea text' ]
	expect_status 0 rows-diff --by-meaning c.rows typed
	expect_stdout ''
	expect_status 1 rows-diff c.rows typed
	[ "$(grep -c '^~ type t\.' "$stdout")" = 9 ]
	[ "$(wc -l <"$stdout")" = 9 ]
	sqlite3 c.db "UPDATE t SET at = '2026-01-31 10:11:12.500001' WHERE id = 2; UPDATE t SET j = '{\"a\":2,\"b\":1.00}' WHERE id = 1"
	sqlite-extract c.db >changed
	expect_status 1 rows-diff --by-meaning changed typed
	grep -Fqx '~ {"id":2}: "at": "2026-01-31 10:11:12.500001" -> "2026-01-31 10:11:12.5"' "$stdout"
	grep -Fqx 't: 0 missing, 0 extra, 1 changed ("at" 1)' "$stdout"
}

@test "--by-meaning: numbers that became times, as the typed side's definitions tell" {
	sqlite3 c.db <<-'SQL'
		CREATE TABLE t(id INTEGER PRIMARY KEY, s DATETIME, ms DATETIME, r DATETIME, l DATETIME);
		INSERT INTO t VALUES (1, 1700000000, 1700000000123, 1700000000.5, '2026-01-31 10:00:00'),
			(2, 1700000001, 1700000001000, 1700000001.25, '2026-01-31 10:00:00+02:00');
	SQL
	keep c
	rows-replay c.rows | rows-retype --times --timezone +01:00 | rows-rename >typed
	rows-peek --definitions --json typed | jq -r '.columns[].type' | paste -sd ' ' >types
	[ "$(cat types)" = 'int8 timestamptz timestamptz timestamptz timestamptz' ]
	expect_status 0 rows-diff --by-meaning c.rows typed
	expect_status 0 rows-diff --by-meaning typed c.rows
	sqlite3 c.db 'UPDATE t SET s = 1700000002 WHERE id = 2; UPDATE t SET ms = ms + 1 WHERE id = 1'
	sqlite-extract c.db >changed
	expect_status 1 rows-diff --by-meaning --keys-only changed typed
	diff <(sed 1,2d "$stdout") - <<-'END'
		~ {"id":1}: "ms"
		~ {"id":2}: "s"
		t: 0 missing, 0 extra, 2 changed ("s" 1, "ms" 1)
	END
}

@test "typed rows are compared by value: numeric without scale, jsonb without order" {
	tables "CREATE TABLE t(id INTEGER PRIMARY KEY, n, j, c); INSERT INTO t VALUES (1, '1.50', '{\"a\":1,\"b\":2}', 'ab')" \
		"CREATE TABLE t(id INTEGER PRIMARY KEY, n, j, c); INSERT INTO t VALUES (1, '1.5', '{\"b\":2, \"a\":1.0}', 'ab')" \
		"CREATE TABLE t(id INTEGER PRIMARY KEY, n, j, c); INSERT INTO t VALUES (1, '1.51', '{\"b\":2, \"a\":1.1}', 'abc')"
	for n in 1 2 3; do
		rows-replay t$n.rows | rows-retype --set 't.n -> * numeric' --set 't.j -> * jsonb' --set 't.c -> * char(4)' >s$n
	done
	expect_status 0 rows-diff s1 s2
	expect_status 1 rows-diff s1 s3
	grep -Fqx 't: 0 missing, 0 extra, 1 changed ("n" 1, "j" 1, "c" 1)' "$stdout"
	expect_status 1 rows-diff t1.rows t2.rows
}

@test "a million rows with three differences: found, in bounded memory" {
	sqlite3 c.db "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b REAL);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
		INSERT INTO t SELECT i, 'text ' || i, i / 3.0 FROM n"
	cp c.db d.db
	sqlite3 d.db "DELETE FROM t WHERE id = 1; UPDATE t SET a = 'Text 500000' WHERE id = 500000;
		INSERT INTO t VALUES (1000001, '', 0)"
	keep c
	keep d
	[ "$ROWPIPE_VARIANT" != release ] || ulimit -v 100000
	expect_status 1 rows-diff c.rows d.rows
	diff <(sed 1,2d "$stdout") - <<-'END'
		- {"id":1,"a":"text 1","b":0.3333333333333333}
		~ {"id":500000}: "a": "text 500000" -> "Text 500000"
		+ {"id":1000001,"a":"","b":0.0}
		t: 1 missing, 1 extra, 1 changed ("a" 1)
	END
	expect_status 0 rows-diff c.rows c.rows
	# every row: sorted in files, and a folder for these that is not there is said
	sqlite3 d.db "UPDATE t SET b = b + 1"
	sqlite-extract d.db >d.stream
	mkdir spool
	expect_status 1 rows-diff --stat --spool spool c.rows d.stream
	expect_stdout 't: 1 missing, 1 extra, 999,999 changed ("a" 1, "b" 999,999)'
	[ -z "$(ls -A spool)" ]
	expect_status 73 rows-diff --stat --spool nowhere c.rows d.stream
	expect_stderr 'rows-diff: nowhere: No such file or directory'
}

@test "a damaged, cut or aborted side: 65, or the code it carries, on either side" {
	head -c 900 a.rows >cut
	expect_status 65 rows-diff a.rows cut
	expect_said '^rows-diff: cut: it ends '
	expect_status 65 rows-diff cut a.rows
	expect_status 66 rows-diff a.rows none.rows
	sqlite-extract none.db >aborted 2>/dev/null || true
	expect_status 66 rows-diff a.rows - <aborted
	expect_stderr 'rows-diff: sqlite-extract stopped: none.db: there is no such file'
	python3 - <<-'PY'
		data = bytearray(open("a.rows", "rb").read())
		at = data.index(b"b@x")
		data[at] ^= 1
		open("bent", "wb").write(data)
	PY
	expect_status 65 rows-diff bent a.rows
	expect_said '^rows-diff: bent: a payload is damaged \(at byte '
}

# --- repair ---------------------------------------------------------------------------------------

@test "--repair: rows to write and keys to delete, and with them B is what A is" {
	expect_status 1 rows-diff --repair fix.rows a.rows b.rows
	expect_status 0 rows-check fix.rows
	expect_said_stdout 'complete: 2 tables, 3 rows, 3 deletes'
	diff <(rows-peek --rows fix.rows) - <<-'END'
		{"table":"users","row":{"id":2,"email":"b@x","score":2.0}}
		{"table":"users","row":{"id":3,"email":"c@x","score":null}}
		{"table":"users","delete":{"id":4}}
		{"table":"logs","row":{"line":"x"}}
		{"table":"logs","delete":{"line":"y"}}
		{"table":"logs","delete":{"line":"z"}}
	END
	# applied by hand
	rows-peek --rows fix.rows | apply b.db
	sqlite-extract b.db | rows-diff a.rows -
	# the same again: the same bytes
	expect_status 0 rows-diff --repair none.rows a.rows a.rows
	expect_status 1 rows-diff --repair again.rows a.rows <(rows-replay b.rows)
	cmp fix.rows again.rows
}

# apply DB: what rows-peek --rows shows, done to a SQLite database.
apply() {
	python3 -c 'import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
for line in map(json.loads, sys.stdin):
	if "delete" in line:
		where = " AND ".join("%s IS ?" % name for name in line["delete"])
		db.execute("DELETE FROM %s WHERE rowid IN (SELECT rowid FROM %s WHERE %s LIMIT 1)" % (
			line["table"], line["table"], where), list(line["delete"].values()))
	else:
		db.execute("INSERT OR REPLACE INTO %s VALUES (%s)" % (line["table"],
			",".join("?" * len(line["row"]))), list(line["row"].values()))' "$1"
}

expect_said_stdout() { grep -Eq "$1" "$stdout" || { show_output; false; }; }

@test "--repair refuses what no rows repair: 78, and leaves no file" {
	tables 'CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE u(x)' 'CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)' \
		'CREATE TABLE t(id INTEGER PRIMARY KEY)' 'CREATE TABLE t(id INTEGER PRIMARY KEY, a INT)' \
		'CREATE TABLE t(id, a TEXT); INSERT INTO t VALUES (1, 2), (1, 3)' 'CREATE TABLE t(id, a TEXT); INSERT INTO t VALUES (1, 2)'
	expect_status 78 rows-diff --repair fix.rows t1.rows t2.rows
	expect_stderr 'rows-diff: --repair: table "u" is on one side only; leave it out with -T'
	expect_status 78 rows-diff --repair fix.rows t2.rows t3.rows
	expect_stderr 'rows-diff: table "t" cannot be repaired: column "a" is not on the other side'
	expect_status 78 rows-diff --repair fix.rows t2.rows t4.rows
	expect_stderr 'rows-diff: table "t" cannot be repaired: column "a" has another type on the other side'
	expect_status 78 rows-diff --repair fix.rows --key t=id t5.rows t6.rows
	expect_stderr 'rows-diff: table "t" cannot be repaired: its key is not unique; --key chooses another'
	[ "$(ls -A | grep -c fix)" = 0 ]
	touch fix.rows
	expect_status 73 rows-diff --repair fix.rows a.rows b.rows
}

@test "keys of rows to delete pass through every tool" {
	rows-diff --repair fix.rows a.rows b.rows >/dev/null || [ $? -eq 1 ]
	rows-archive kept.rows <fix.rows | cmp - fix.rows
	rows-archive -Z 3 packed.rows <fix.rows | cmp - fix.rows
	rows-check kept.rows
	rows-replay packed.rows | cmp - fix.rows
	[ "$(rows-replay -t logs kept.rows | rows-peek --json | jq -c '[.end.tables[].deletes]')" = '[2]' ]
	rows-peek kept.rows | grep -q ' users (repair) (1 deletes)$'
	rows-select -c users=score,id <fix.rows | rows-peek --rows=users | tail -n 1 | grep -Fqx '{"delete":{"id":4}}'
	expect_status 78 rows-select -C users=id <fix.rows
	expect_said 'table "users" holds keys of rows to delete, and columns that they need would be left out$'
	expect_status 78 rows-select -c logs=line <fix.rows
	rows-retype --set 'users.id -> * text' <fix.rows | rows-rename --set 'users.id -> people.nr' >typed
	rows-check typed
	rows-peek --rows=people typed | tail -n 1 | grep -Fqx '{"delete":{"nr":"4"}}'
	expect_status 78 rows-retype --set 'logs.line -> skip' <fix.rows
	expect_status 78 rows-retype --set 'users.id -> * date' <fix.rows
	rows-retype <fix.rows | rows-rename >typed
	expect_status 78 pg-load --ddl typed
	expect_stderr 'pg-load: table "users" holds keys of rows to delete: only --mode upsert --delete-listed takes them'
	expect_status 78 rows-diff fix.rows a.rows
	expect_stderr 'rows-diff: fix.rows says what to change: it holds keys of rows to delete'
}

@test "a stream with keys to delete: every cut, every bit, every frame gone or double is found" {
	rows-diff --repair fix.rows a.rows b.rows >/dev/null || [ $? -eq 1 ]
	every=1
	[ "$ROWPIPE_VARIANT" = release ] || every=41
	python3 -c 'import subprocess, sys
data = open("fix.rows", "rb").read()
def check(bent, what):
	done = subprocess.run(["rows-check", "-q"], input=bytes(bent), capture_output=True)
	if done.returncode != 65:
		sys.exit("%s: exit code %d" % (what, done.returncode))
frames, at = [], 0
while at < len(data):
	size = 38 + int.from_bytes(data[at + 17:at + 21], "big")
	frames.append(data[at:at + size])
	at += size
kinds = [frame[3] for frame in frames]
assert kinds.count(6) == 2, kinds
every = int(sys.argv[1])
for place, frame in enumerate(frames):
	check(b"".join(frames[:place] + frames[place + 1:]), "without frame %d" % place)
	check(b"".join(frames[:place] + [frame] + frames[place:]), "frame %d twice" % place)
first = kinds.index(6)
start = sum(map(len, frames[:first]))
for at in range(0, len(data), 7 * every):
	check(data[:at], "cut at %d" % at)
# the DELETE frame bit by bit, the rest by a sample
for bit in range(0, 8 * len(data)):
	inside = start <= bit // 8 < start + len(frames[first])
	if bit % ((1 if inside else 97) * every) == 0:
		bent = bytearray(data)
		bent[bit // 8] ^= 1 << bit % 8
		check(bent, "bit %d" % bit)' "$every"
}
