# rows-expect: the rules, what they measure, and what is said of those that are wrong.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE agencies(id INTEGER PRIMARY KEY, name TEXT);
		INSERT INTO agencies VALUES (1, 'A'), (2, 'B');
		CREATE TABLE news(id INTEGER PRIMARY KEY, agency INT, theme TEXT, stars REAL, at DATETIME, price DECIMAL(10,2));
		INSERT INTO news VALUES (1, 1, 'sport', 4.5, '2026-01-01 00:00:00', 1.5),
			(2, 2, 'art', 0, '2026-01-03 12:00:00', '2.25'), (3, 2, NULL, 5, '2026-01-02', 10),
			(4, 9, 'sport', NULL, NULL, NULL);
	SQL
	sqlite-extract app.db >app.stream
	rows-archive app.rows <app.stream >/dev/null
}

# hold RULES…: each a rule.
hold() { printf '%s\n' "$@" >rules; rows-expect rules app.rows; }

@test "every kind of rule, kept and broken, with what was measured" {
	cat >rules <<-'END'
		# the news
		rows(news) = 4
		rows(news) = 5 ± 1      # or 5 +- 20%
		rows(news) = 5 +- 20%
		rows(news) != 4
		notnull(news.theme) >= 75%
		notnull(news.theme) > 3
		in(news.agency, agencies.id) >= 75%
		in(news.agency, agencies.id)
		unique(news.id)
		unique(news.theme) = 2
		unique(news.agency, news.theme) = 100%
		range(news.stars, 0, 5) = 100%
		range(news.stars, 0.5, 4.9)
		matches(news.theme, '[a-z]*t')
		matches(news.theme, 's?ort') < 2

		newest(news.at) <= 2 days
		newest("news"."at") < 36 hours
	END
	expect_status 1 rows-expect --now 2026-01-05 rules app.rows
	expect_stderr ''
	diff "$stdout" - <<-'END'
		ok      rows(news) = 4: 4
		ok      rows(news) = 5 ± 1: 4
		ok      rows(news) = 5 +- 20%: 4
		broken  rows(news) != 4: 4
		ok      notnull(news.theme) >= 75%: 75% (3 of 4)
		broken  notnull(news.theme) > 3: 75% (3 of 4)
		ok      in(news.agency, agencies.id) >= 75%: 75% (3 of 4)
		broken  in(news.agency, agencies.id): 75% (3 of 4)
		ok      unique(news.id): 100% (4 of 4)
		ok      unique(news.theme) = 2: 66.66% (2 of 3)
		ok      unique(news.agency, news.theme) = 100%: 100% (3 of 3)
		ok      range(news.stars, 0, 5) = 100%: 100% (3 of 3)
		broken  range(news.stars, 0.5, 4.9): 33.33% (1 of 3)
		ok      matches(news.theme, '[a-z]*t'): 100% (3 of 3)
		broken  matches(news.theme, 's?ort') < 2: 66.66% (2 of 3)
		ok      newest(news.at) <= 2 days: 1.5 days
		broken  newest("news"."at") < 36 hours: 1.5 days
	END
}

@test "of a pipe and of an archive, raw and typed, the same; --quiet; --json" {
	printf '%s\n' "range(news.price, 1.5, 9.99) = 2" "range(news.stars, 0, 5)" \
		'newest(news.at) < 1 day' 'in(news.agency, agencies.id)' >rules
	expect_status 1 rows-expect --now 2026-01-04 rules app.rows
	cp "$stdout" right
	rows-retype <app.stream | rows-rename >typed
	for file in app.stream typed; do
		expect_status 1 rows-expect --now 2026-01-04T00:00:00Z rules <$file
		[ $file = typed ] || diff "$stdout" right
	done
	expect_status 1 rows-expect --quiet --now 2026-01-04 rules app.rows
	diff "$stdout" <(grep broken right)
	expect_status 1 rows-expect --json --now 2026-01-04 rules app.rows
	jq -e '.holds == false and (.rules | length) == 4 and .rules[3] ==
		{line: 4, rule: "in(news.agency, agencies.id)", holds: false, measured: {count: 3, of: 4}} and
		.rules[2].measured == {"age seconds": 43200}' "$stdout"
	printf 'rows(news) = 4\n' >rules
	expect_status 0 rows-expect --json -q rules app.rows
	jq -e '. == {rules: [], holds: true}' "$stdout"
}

@test "ranges of typed columns: numerics to the last digit, dates and times" {
	rows-retype <app.stream >app.typed
	rows-archive typed.rows <app.typed >/dev/null
	while IFS='|' read -r status rule; do
		printf '%s\n' "$rule" >rules
		expect_status "$status" rows-expect rules typed.rows
	done <<-'END'
		0|range(news.price, 1.5, 10)
		1|range(news.price, 1.51, 10)
		1|range(news.price, -2, 9.999)
		0|range(news.at, '2026-01-01', '2026-01-03 12:00:00')
		1|range(news.at, '2026-01-01', '2026-01-03 11:59:59.999999')
		0|range(news.theme, 'a', 'sport')
		1|range(news.theme, 'a', 'spor')
		78|range(news.at, 1, 2)
		78|range(news.at, 'x', 'y')
		78|range(news.price, 'a', 'b')
		78|matches(news.at, '*')
		78|newest(news.price) < 1 day
	END
}

@test "shares of no values are 100%; there is no newest of none" {
	expect_status 0 hold 'range(news.stars, 0, 5)' 'unique(agencies.name)'
	sqlite3 none.db 'CREATE TABLE t(a, at DATETIME)'
	printf '%s\n' 'notnull(t.a)' 'in(t.a, t.at)' 'unique(t.a)' 'rows(t) < 1' >rules
	expect_status 0 rows-expect rules < <(sqlite-extract none.db)
	echo 'newest(t.at) < 100 weeks' >rules
	expect_status 1 rows-expect rules < <(sqlite-extract none.db)
	expect_stdout 'broken  newest(t.at) < 100 weeks: there is no time'
}

@test "a rule that is wrong: 64, with line and column" {
	while IFS='|' read -r rule place text; do
		expect_status 64 hold '# first' "$rule"
		expect_stderr "rows-expect: rules:2:$place: $text"
	done <<-'END'
		rows(news|10|) is missing
		rows news|6|( is missing
		lines(news) = 1|1|no rule begins like this; there are rows, notnull, in, unique, range, matches and newest
		rows(news)|11|an operator is missing: = != < <= > >=
		rows(news) = many|14|a number is missing
		rows(news) = 3 4|16|this is too much for a rule
		rows(news) = 5%|16|rows() is a number, of which there is no share
		rows(news) < 5 +- 1|18|± goes with = and != alone
		rows("ä") ~ 5|11|an operator is missing: = != < <= > >=
		notnull(news)|13|a column is missing: TABLE.COLUMN
		in(news.agency)|15|a comma and a second column are missing
		unique(news.id, agencies.id)|28|the columns of unique() are of two tables
		range(news.id, 1)|17|a comma and a limit are missing: range(TABLE.COLUMN, FROM, TO)
		matches(news.id, x)|18|a pattern in single quotes is missing
		matches(news.id, 'x)|18|the quote that is opened here is not closed
		newest(news.at) < 5|20|a unit is missing: seconds, minutes, hours, days or weeks
	END
	printf 'rows(a) = 1\xff\n' >rules
	expect_status 64 rows-expect rules app.rows
	expect_stderr 'rows-expect: rules is no text in UTF-8'
	expect_status 64 rows-expect --now soon rules app.rows
	expect_status 66 rows-expect no-rules app.rows
}

@test "a rule about what is not there: 78" {
	expect_status 78 hold 'rows(nobody) = 1'
	expect_stderr 'rows-expect: line 1: rows(nobody) = 1: there is no table "nobody" (rows-peek --definitions lists what is there)'
	expect_status 78 hold '' 'notnull(news.nothing)'
	expect_stderr 'rows-expect: line 2: notnull(news.nothing): there is no column "nothing" (rows-peek --definitions lists what is there)'
	expect_status 78 hold 'in(news.agency, nobody.id)'
	echo 'rows(news) = 4' >rules
	expect_status 78 rows-expect rules < <(sqlite-extract -s app.db)
	expect_stderr 'rows-expect: table "agencies" is a definition without rows: extract it without -s'
}

@test "it reads to the end: what is cut or aborted holds nothing" {
	echo 'rows(news) > 0' >rules
	head -c -1 app.stream >cut
	expect_status 65 rows-expect rules cut
	expect_stdout ''
	sqlite-extract none.db >aborted 2>/dev/null || true
	expect_status 66 rows-expect rules aborted
}

@test "a million values of in() and unique(): in files, and in bounded memory" {
	sqlite3 big.db "CREATE TABLE p(id INTEGER PRIMARY KEY, x TEXT);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
		INSERT INTO p SELECT i, 'value ' || (i % 999999) FROM n;
		CREATE TABLE q(p INT); INSERT INTO q SELECT id + 3 FROM p"
	sqlite-extract big.db >big.stream
	printf '%s\n' 'unique(p.id)' 'unique(p.x) = 999999' 'in(q.p, p.id) = 999997' >rules
	mkdir spool
	[ "$ROWPIPE_VARIANT" != release ] || ulimit -v 150000
	expect_status 0 rows-expect --spool spool rules big.stream
	[ -z "$(ls -A spool)" ]
	expect_status 73 rows-expect --spool nowhere rules big.stream
}
