# rows-where: which rows stay, how the others are counted, and what a condition may say.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, age, born DATE, price DECIMAL(9,2));
		INSERT INTO users VALUES (1, 'a@x', 30, '2000-01-02', 1.5), (2, 'b@x', '30', '2001-05-06', 2.25),
			(3, NULL, NULL, NULL, NULL), (4, 'c@y', 30.5, '1999-12-31', 10), (5, 'ä', x'00ff', '2000-01-02', 2.25);
		CREATE TABLE orders(id INTEGER PRIMARY KEY, user INT REFERENCES users(id));
		INSERT INTO orders VALUES (1, 1), (2, 2), (3, 9);
		CREATE TABLE "odd: name"("x y" INT);
		INSERT INTO "odd: name" VALUES (1), (2);
		CREATE VIEW v AS SELECT 1;
	SQL
	sqlite-extract app.db >app.stream
	rows-retype <app.stream >typed.stream
}

# ids CONDITION…: of the users that are left.
ids() {
	rows-where "$@" <"${stream:-app.stream}" | rows-peek --rows=users | jq -c .id | tr '\n' ' '
}

where() { rows-where "$@" <app.stream; }
not() { ! "$@"; }

@test "operators, and, or, not, parentheses" {
	[ "$(ids 'users: id = 2')" = '2 ' ]
	[ "$(ids 'users: id != 2')" = '1 3 4 5 ' ]
	[ "$(ids 'users: id < 3 or id >= 5')" = '1 2 5 ' ]
	[ "$(ids "USERS: ID <= 4 and not (Email = 'a@x' or email > 'c')")" = '2 ' ]
	[ "$(ids "users: email matches '?@x'")" = '1 2 ' ]
	[ "$(ids "users: email not matches '*[xy]'")" = '5 ' ]
	[ "$(ids "users: id in (1, 4, 9) and email is not null")" = '1 4 ' ]
	[ "$(ids 'users: id not in (1, 4)')" = '2 3 5 ' ]
	[ "$(ids "u*: id > 1" 'users: id < 4')" = '2 3 ' ]
}

@test "NULL is asked for by is null alone" {
	[ "$(ids 'users: email is null')" = '3 ' ]
	[ "$(ids "users: email = 'a@x' or email != 'a@x'")" = '1 2 4 5 ' ]
	[ "$(ids "users: not email = 'a@x'")" = '2 4 5 ' ]
	[ "$(ids "users: not (email = 'a@x' or email is null)")" = '2 4 5 ' ]
}

@test "raw values of several kinds: only the same kind is equal, or below, or above" {
	[ "$(ids 'users: age = 30')" = '1 ' ]
	[ "$(ids 'users: age >= 30')" = '1 4 ' ]
	[ "$(ids "users: age = '30'")" = '2 ' ]
	[ "$(ids "users: age = x'00FF'")" = '5 ' ]
	[ "$(ids 'users: age != 30')" = '2 4 5 ' ]
	[ "$(ids 'users: age < 100 or age > 0')" = '1 4 ' ]
	where 'users: age >= 30' | rows-peek --json | jq -e '.end.tools[-1] == {tool: "rows-where",
		counts: [{table: "users", column: "age", kind: "of another kind than compared with", count: 2}]}'
}

@test "typed values: times as times, decimals to the last digit" {
	stream=typed.stream
	[ "$(ids "users: born > '2000-01-01'")" = '1 2 5 ' ]
	[ "$(ids "users: born in ('1999-12-31', '2001-05-06')")" = '2 4 ' ]
	[ "$(ids 'users: price = 2.250')" = '2 5 ' ]
	[ "$(ids 'users: price > 9.99')" = '4 ' ]
	expect_status 78 rows-where 'users: born = 5' <typed.stream
	expect_stderr 'rows-where: users.born is date: it is never compared with a number'
	expect_status 78 rows-where "users: born = '2000-13-01'" <typed.stream
	expect_stderr "rows-where: users.born is date: it is never compared with '2000-13-01'"
}

@test "rows that are left out are counted, and the table is no longer whole" {
	expect_status 0 where 'users: id > 3' 'orders: id > 0'
	expect_stderr ''
	rows-check -q "$stdout"
	rows-peek --json "$stdout" | jq -e '.end.tables[0:2] | map([.extracted, .filtered, .rows, .part]) ==
		[[5, 3, 2, true], [3, null, 3, null]]'
	rows-peek --json "$stdout" | jq -e '.tables | map(.coverage) == ["where", "where", "whole"]'
	expect_status 0 where 'users: id > 9'
	rows-check -q "$stdout"
	rows-peek --json "$stdout" | jq -e '.end.tables[0] | [.filtered, .rows] == [5, null]'
	where 'users: id > 1' | rows-where 'users: id < 5' | rows-peek --json |
		jq -e '.end.tables[0] | [.extracted, .filtered, .rows] == [5, 2, 3]'
}

@test "other tables and views pass as they are" {
	where 'users: id > 9' >out
	cmp <(rows-peek --json out | jq '.tables[1:], .objects') <(rows-peek --json app.stream | jq '.tables[1:], .objects')
	cmp <(rows-peek --definitions --json out | jq -c 'del(.coverage)') <(rows-peek --definitions --json app.stream | jq -c 'del(.coverage)')
}

@test "names in quotes; a schema in front; columns of one that was renamed" {
	expect_status 0 where '"odd: name": "x y" > 1'
	[ "$(rows-peek '--rows=odd*' "$stdout")" = '{"x y":2}' ]
	rows-retype <app.stream | rows-rename --target-schema app --set 'users -> people' >renamed
	rows-where 'app.people: id = 1' <renamed | rows-peek --rows=people | grep -c . | grep -qx 1
	expect_status 64 rows-where 'public.people: id = 1' <renamed
	expect_status 64 rows-where 'users: id = 1' <renamed
}

@test "conditions that are wrong: 64, with the character; downstream hears of it" {
	while IFS='|' read -r condition text; do
		expect_status 64 where "$condition"
		expect_stderr "rows-where: \"$condition\"$text"
	done <<-'END'
		users|, character 6: it is no TABLE: CONDITION
		users:|, character 7: a column is missing; a name that is no word stands in double quotes
		users: id|, character 10: an operator is missing: = != < <= > >= is in matches
		users: id = x|, character 13: a constant is missing: 5, 'text', x'00ff', true, false
		users: id = null|, character 13: nothing is equal to null: is null, or is not null, is meant
		users: email = 'ä' id|, character 20: this is too much for a condition; parts are joined by and, or
		usrs: id = 1| is about no table of the stream (rows-peek lists them)
		us?: id = 1| is about no table of the stream (rows-peek lists them)
	END
	where 'users: id' >aborted 2>/dev/null || [ $? -eq 64 ]
	expect_status 64 rows-check aborted
}

@test "a column that is not there: 78" {
	expect_status 78 where 'users: mail = 1'
	expect_stderr 'rows-where: table "users" has no column "mail" (rows-peek --definitions lists them)'
	expect_status 78 where '*: email is null'
}

@test "keys of rows to delete: 78 where a condition is about their table" {
	sqlite3 b.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, age, born DATE, price DECIMAL(9,2));
		CREATE TABLE orders(id INTEGER PRIMARY KEY, user INT REFERENCES users(id));
		INSERT INTO orders VALUES (1, 1), (2, 2), (3, 9);
		CREATE TABLE "odd: name"("x y" INT);
		INSERT INTO "odd: name" VALUES (1), (2);
	SQL
	sqlite-extract b.db >b.stream
	rows-diff --repair fix.rows b.stream app.stream >/dev/null || [ $? -eq 1 ]
	expect_status 78 rows-where 'users: id = 1' <fix.rows
	expect_said 'holds keys of rows to delete: no condition can be asked of them'
}

@test "the same condition: the same id and bytes; another: another id; both in the provenance" {
	where 'users: id > 1' >one
	where 'users: id > 1' | cmp - one
	where 'users: id > 2' >two
	not cmp -s <(rows-peek --json one | jq .hello.stream) <(rows-peek --json two | jq .hello.stream)
	rows-peek --json one | jq -e '.hello.provenance[1] | .tool == "rows-where" and
		.options == [{option: "where", value: "users: id > 1"}]'
}

@test "no table's rows mix with another's: tables that are interleaved" {
	"$ROWPIPE_TESTS/damage-check" --make stream >mixed
	rows-where 'people: id > 0' 'files: data is not null' <mixed >out
	rows-check -q out
	rows-peek --rows out | sed -E 's/.*"table":"([a-z]*)","row":\{"[a-z]*":([^,]*).*/\1 \2/' >left
	printf '%s\n' 'people 1' 'files "sample.db"' 'files "sample.db"' 'people 9223372036854775807' 'people 2' | cmp - left
	rows-peek --json out | jq -e '[.end.tables[] | [.extracted, .filtered, .rows]] == [[5, 2, 3], [null, null, null], [3, 1, 2]]'
}
