# run-report, as `rowpipe report`: what a run has done, as text, as JSON and as a page.
load help
load cluster

REPORTS=$ROOT/tests/fuzz/corpus/report

# The runs, made once: a good one, the same proved to be different, a hostile one, one that failed.
setup_file() {
	cluster_start
	[ -z "$CLUSTER_MISSING" ] || return 0
	cluster_fresh target
	cd "$BATS_FILE_TMPDIR"
	export WHERE="postgres:///target?host=$CLUSTER&user=postgres" RUNS=$BATS_FILE_TMPDIR
	unset ROWPIPE_RUNS ROWPIPE_DATABASE
	sqlite3 shop.db <<-'SQL'
		CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, vip BOOLEAN, age INT);
		INSERT INTO customers VALUES (1, 'Ada Lovelace', 1, 36), (2, 'Zoë', 0, 'unknown');
		CREATE TABLE "orderItems"(n REAL);
		INSERT INTO "orderItems" VALUES (1.5);
		CREATE TRIGGER tr AFTER DELETE ON customers BEGIN SELECT 'x' < 'y' & 1; END;
		CREATE VIEW rich AS SELECT id FROM customers WHERE id > 1;
	SQL
	rowpipe migrate shop.db -d env:WHERE >printed
	cluster_sql "UPDATE customers SET name = 'Ada King' WHERE id = 1; DELETE FROM customers WHERE id = 2" target
	cp -a shop.db.rowpipe different.rowpipe
	rowpipe replay different.rowpipe/* -d env:WHERE >different 2>next || [ $? -eq 1 ]
	python3 - <<'PY'
import sqlite3
db = sqlite3.connect("hostile.db")
names = ["<script>alert(1)</script>", "a\"b'c&amp;", "\x1b[31mred\r\nnew", "\u202eevil",
	"\u05e2\u05d1\u05e8\u05d9\u05ea", "]]>--><!--", "http://evil.example/"]
for name in names:
	quoted = '"' + name.replace('"', '""') + '"'
	db.execute("CREATE TABLE %s(%s INT, \"</td><b>\" TEXT)" % (quoted, quoted))
	db.execute("INSERT INTO %s VALUES ('SECRETVALUE', 'SECRETVALUE')" % quoted)
	db.execute("CREATE TRIGGER %s AFTER DELETE ON %s BEGIN SELECT '</pre><script src=\"http://x\">\u202e'; END"
		% (quoted[:-1] + '2"', quoted))
db.commit()
PY
	rowpipe migrate hostile.db -d env:WHERE >/dev/null
	rowpipe migrate shop.db --target-schema other --run-dir failed -d env:WHERE \
		--set 'customers.age -> * bigint' >/dev/null 2>&1 || [ $? -eq 78 ]
}

teardown_file() { cluster_stop; }

setup() {
	enter_temp
	unset ROWPIPE_RUNS
}

not() { ! "$@"; }

# The runs that setup_file has made; a test may write into its own copy.
need_runs() {
	cluster_need
	cp -a "$RUNS"/*.rowpipe "$RUNS/failed" .
}

# a RUN of its own, from a report of the corpus
run_of() {
	mkdir -p "$1"
	cp "$REPORTS/$2" "$1/report.json"
}

# Well-formed, whole in itself, nothing invisible.
is_page() { python3 "$ROOT/tests/page.py" "$1"; }

@test "text: the table and the verdict that the run itself has printed" {
	need_runs
	expect_status 0 rowpipe report shop.db.rowpipe/*
	expect_stderr ''
	run=$(echo shop.db.rowpipe/*)
	[ "$(head -n 1 "$stdout")" = "run: $run" ]
	# The report keeps milliseconds: of hundredths the last may be rounded otherwise.
	told() { grep -E '^(table|public\.|loaded|equal)' "$1" | sed -E '/^public/s/[0-9]( +[0-9]+ +[0-9]+ +[0-9]+)$/_\1/'; }
	diff <(told "$RUNS/printed") <(told "$stdout")
	told "$stdout" | grep -Eq '^public\.customers +2 +100 +[0-9]+\.[0-9]_ +1 +3 +1$'
	[ "$(tail -n 1 "$stdout")" = "$(tail -n 1 "$RUNS/printed")" ]
	expect_status 0 rowpipe report different.rowpipe/*
	grep -Fxq 'different: 1 of 2 tables (1 missing, 0 extra, 1 changed)' "$stdout"
	grep -Fxq "$(grep '^different' "$RUNS/different")" "$stdout"
	[[ $(tail -n 2 "$stdout" | head -n 1) == 'loaded, different; 1 to-do in different.rowpipe/'*/todo.sql ]]
	[ "$(tail -n 1 "$stdout")" = "$(tail -n 1 "$RUNS/next")" ]
	expect_status 0 rowpipe report failed/shop.db.rowpipe/*
	grep -q '^failed, status 78: pg-load: rows-retype stopped: customers.age as bigint, row 2' "$stdout"
	[[ $(tail -n 1 "$stdout") == 'rowpipe replay '* ]]
}

@test "a run is named by its folder, or by its database: then it is the last one" {
	for name in 20260101-000000-1 20260101-000001-1; do
		run_of app.db.rowpipe/$name equal
	done
	run_of runs/app.db.rowpipe/20260101-000002-1 failed
	expect_status 0 rowpipe report app.db
	[ "$(head -n 1 "$stdout")" = 'run: app.db.rowpipe/20260101-000001-1' ]
	expect_status 0 rowpipe report /nowhere/app.db
	expect_status 0 rowpipe report app.db.rowpipe/20260101-000000-1///
	[ "$(head -n 1 "$stdout")" = 'run: app.db.rowpipe/20260101-000000-1' ]
	ROWPIPE_RUNS=runs expect_status 0 rowpipe report app.db
	[ "$(head -n 1 "$stdout")" = 'run: runs/app.db.rowpipe/20260101-000002-1' ]
	run_of ./-run equal
	expect_status 0 rowpipe report -- -run
}

@test "--json: the document, to the byte" {
	run_of run different
	expect_status 0 rowpipe report --json run
	cmp run/report.json "$stdout"
	jq -e '.load.tables | length == 1' "$stdout"
	expect_status 64 rowpipe report --json --html run
	expect_stderr 'run-report: --html and --json are two documents: ask for one of them'
}

@test "--html: one page, whole in itself, without script, and without a value of any row" {
	need_runs
	for run in shop.db.rowpipe/* different.rowpipe/* hostile.db.rowpipe/* failed/shop.db.rowpipe/*; do
		expect_status 0 rowpipe report --html "$run"
		expect_stdout "$run/report.html"
		expect_stderr ''
		is_page "$run/report.html"
		[ "$(stat -c %a "$run/report.html")" = 600 ]
		not grep -Eq 'Lovelace|King|Zoë|SECRETVALUE' "$run/report.html"
		not grep -Eiq '<script|<link|<img|<iframe' "$run/report.html"
	done
	not grep -Fq http: shop.db.rowpipe/*/report.html
	not grep -Fq https: */*/report.html
}

@test "--html: the verdict, and what to do next" {
	need_runs
	expect_status 0 rowpipe report --html=- shop.db.rowpipe/*
	grep -Fxq '<h1>Equal</h1>' "$stdout"
	grep -Fq 'Every value in PostgreSQL is what the source holds: 2 tables, 3 rows.' "$stdout"
	grep -Fq '<a href="#todos">1 to-do</a>' "$stdout"
	grep -Fq '<a href="#widened">1 widened column</a>' "$stdout"
	grep -Fq "SELECT &#39;x&#39; &lt; &#39;y&#39; &amp; 1; END" "$stdout"
	grep -Fq '<bdi>public</bdi>.<bdi>rich</bdi>' "$stdout"
	expect_status 0 rowpipe report --html=- different.rowpipe/*
	grep -Fxq '<h1>Loaded, different</h1>' "$stdout"
	grep -Fq '1 row missing, 0 extra, 1 changed.' "$stdout"
	grep -Fq "<code>rowpipe verify -d env:WHERE different.rowpipe/" "$stdout"
	grep -Fq '<bdi>name</bdi> (1)' "$stdout"
	expect_status 0 rowpipe report --html=- failed/shop.db.rowpipe/*
	grep -Fxq '<h1>Failed</h1>' "$stdout"
	grep -Fq 'Nothing of it is visible in the target. Exit status 78: plan, target and data do not fit.' "$stdout"
	grep -Fq 'row 2 (key: id 2): text that is no integer' "$stdout"
	grep -Fq '<code>rowpipe replay --set &#39;customers.age -&gt; … text&#39; -d env:WHERE failed/shop.db.rowpipe/' "$stdout"
}

@test "--html: every report that is read makes a page" {
	pages=0
	for report in "$REPORTS"/*; do
		run_of run "${report##*/}"
		status=0
		rowpipe report --html=- run >page 2>said || status=$?
		if [ "$status" -eq 0 ]; then
			is_page page
			pages=$((pages + 1))
		else
			[ "$status" -eq 65 ]
		fi
	done
	[ "$pages" -ge 8 ]
	run_of run rolled-back
	rowpipe report --html=- run | grep -F 'Rolled back, as was asked for'
	run_of run not-verified
	rowpipe report --html=- run | grep -F "<code>rowpipe verify -d WHERE $PWD/run</code>"
	run_of run password
	rowpipe report --html=- run | grep -F 'put it into <code>ROWPIPE_DATABASE</code> first'
	rowpipe report run | grep -Fx 'the address held a password, which is kept nowhere: put it into ROWPIPE_DATABASE'
	run_of run stopped
	rowpipe report --html=- run | grep -F 'was not looked at. Exit status 130: a signal ended it.'
	rowpipe report run | grep -F 'stopped, status 130: pg-load: it <b>is</b> \u{202e} so'
}

@test "--html: hostile names are text, in their own direction, with nothing invisible" {
	need_runs
	expect_status 0 rowpipe report --html=- hostile.db.rowpipe/*
	grep -Fq '<bdi>public.&quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;</bdi>' "$stdout"
	grep -Fq '<bdi>public.&quot;a&quot;&quot;b&#39;c&amp;amp;&quot;</bdi>' "$stdout"
	grep -Fq '\x1b[31mred\x0d\nnew' "$stdout"
	grep -Fq '\u{202e}evil' "$stdout"
	grep -Fq 'עברית' "$stdout"
	expect_status 0 rowpipe report hostile.db.rowpipe/*
	not grep -naP '[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80[\x8b-\x8f\xaa-\xae]' "$stdout"
}

@test "--html: the page before is made anew, at once; another file is not written over" {
	run_of run equal
	expect_status 0 rowpipe report --html run
	expect_status 0 rowpipe report --html run
	[ "$(ls -A run | xargs)" = 'report.html report.json' ]
	expect_status 0 rowpipe report --html=elsewhere.html run
	expect_stdout elsewhere.html
	cmp elsewhere.html run/report.html
	expect_status 73 rowpipe report --html=run/report.json run
	expect_stderr 'run-report: run/report.json is there, and is no page: it is not written over'
	cmp run/report.json "$REPORTS/equal"
	: >empty
	expect_status 73 rowpipe report --html=empty run
	expect_status 73 rowpipe report --html=nowhere/x.html run
	expect_said '^run-report: nowhere/x.html.*No such file'
}

@test "many tables: all are told, those that took longest are drawn" {
	python3 - "$REPORTS/different" <<'PY'
import json, os, sys
report = json.load(open(sys.argv[1]))
table = report["load"]["tables"][0]
report["load"]["tables"] = [dict(table, source="t%d" % i, table="public.t%d" % i, seconds=i / 1000) for i in range(500)]
os.mkdir("run")
json.dump(report, open("run/report.json", "w"))
PY
	expect_status 0 rowpipe report --html run
	is_page run/report.html
	[ "$(grep -c '<tr><th scope="row"><bdi>public.t' run/report.html)" -eq 500 ]
	[ "$(grep -c 'class="inner"><bdi>public.t' run/report.html)" -eq 30 ]
	grep -q 'class="inner"><bdi>public.t499<' run/report.html
	grep -Fq '470 other tables, none slower' run/report.html
	expect_status 0 rowpipe report run
	grep -Fxq 'loaded: 500 tables, 3,500 rows, 1 view; 1 to-do' "$stdout"
}

@test "no run, no report: 66; a damaged one, or of a newer rowpipe: 65" {
	expect_status 66 rowpipe report none.db
	expect_stderr 'run-report: none.db is no folder of a run, and there is no run in none.db.rowpipe'
	mkdir run
	expect_status 66 rowpipe report run
	expect_stderr 'run-report: run/report.json is not there: this is no run, or one that has not ended, or that was killed'
	expect_status 66 rowpipe report $'no\e[31m\n'
	expect_stderr 'run-report: no\x1b[31m\n is no folder of a run, and there is no run in no\x1b[31m\n.rowpipe'
	run_of run newer
	expect_status 65 rowpipe report run
	expect_stderr 'run-report: run/report.json: it has version 2, this program reads version 1: written by a newer rowpipe'
	run_of run newer-load
	expect_status 65 rowpipe report --html run
	[ ! -e run/report.html ]
	run_of run cut
	expect_status 65 rowpipe report --json run
	expect_stdout ''
	expect_stderr 'run-report: run/report.json: it is no JSON, or not all of it is there'
	run_of run wrong-kind
	expect_status 65 rowpipe report run
	expect_stderr 'run-report: run/report.json: it is damaged: load.tables[0].loaded is no whole number from 0 on'
	run_of run empty
	expect_status 65 rowpipe report run
	expect_status 64 rowpipe report
	expect_status 64 rowpipe report run run
	ldd "$ROWPIPE_BIN/run-report" >libraries
	not grep -E 'libsqlite3|libpq' libraries
}

@test "a run names the command; its report says when each part began" {
	need_runs
	run=$(echo shop.db.rowpipe/*)
	grep -Fxq "report: rowpipe report --html $run" "$RUNS/printed"
	expect_status 0 bash -c "$(sed -n 's/^report: //p' "$RUNS/printed")"
	expect_stdout "$run/report.html"
	jq -e '[.timeline[].part] == ["begin", "load", "verify", "end"]' "$run/report.json"
	jq -e '[.load.timeline[].part] == ["profile", "tables", "rows", "keys", "views", "commit"]' "$run/report.json"
	# Each part begins where the one before has ended; a table's turn is within that of the rows.
	jq -e '[.timeline, .load.timeline | [.[:-1], .[1:]] | transpose[] | .[0].began + .[0].seconds - .[1].began | fabs < 0.002] | all' "$run/report.json"
	jq -e '(.load.timeline[] | select(.part == "rows").began) as $rows | [.load.tables[] | .began + 0.002 > $rows] | all' "$run/report.json"
	jq -e '[.verification.tables[].source] == ["customers", "orderItems"]' "$run/report.json"
	jq -e '[.timeline[0].began, .seconds - (.timeline[-1] | .began + .seconds) | fabs < 0.002] | all' "$run/report.json"
}
