# rows-set: columns that get one value, columns that are added, and what their definition says then.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT NOT NULL, password TEXT, age INT, twice AS (age * 2));
		INSERT INTO users VALUES (1, 'a@x', 'secret', 30), (2, 'b@x', NULL, 40), (3, 'c@x', 'x', NULL);
		CREATE TABLE orders(id INTEGER PRIMARY KEY, total DECIMAL(9,2));
		INSERT INTO orders VALUES (1, 1.5), (2, 2.25);
		CREATE TABLE logs(line TEXT);
	SQL
	sqlite-extract app.db >app.stream
	rows-retype <app.stream >typed.stream
}

set_() { rows-set "$@" <app.stream; }
rows() { rows-peek "--rows=$1" "$stdout" | tr '\n' ' '; }
not() { ! "$@"; }

# column TABLE COLUMN FILTER: jq says true of it in the last output.
column() {
	rows-peek --definitions --json "$stdout" | jq -es --arg t "$1" --arg c "$2" \
		".[] | select(.name == \$t) | .columns[] | select(.name == \$c) | $3" >/dev/null && return
	rows-peek --definitions --json "$stdout" | jq -c .
	return 1
}

@test "null, texts, numbers: every row, and counted where it was another value" {
	expect_status 0 set_ users.password=null "USERS.email='n''o'" orders.total=2.25
	expect_stderr ''
	rows-check -q "$stdout"
	[ "$(rows-peek --rows=users "$stdout" | jq -c '[.email, .password]' | sort -u)" = "[\"n'o\",null]" ]
	rows-peek --json "$stdout" | jq -e '.end.tools[-1] == {tool: "rows-set", counts: [
		{table: "users", column: "email", kind: "set", count: 3},
		{table: "users", column: "password", kind: "set", count: 2},
		{table: "orders", column: "total", kind: "set", count: 2}]}'
	expect_status 0 rows-set orders.total=2.25 <typed.stream
	rows-peek --json "$stdout" | jq -e '.end.tools[-1].counts == [
		{table: "orders", column: "total", kind: "set", count: 1}]'
}

@test "a raw column gets the type that rows-retype would give it, or the one that is named" {
	expect_status 0 set_ users.age=7 orders.total=3 users.password:bytea="x'00'"
	column users age '.type == "int8" and .target == "bigint" and .profile == null'
	column orders total '.target == "numeric(9,2)"'
	column users password '.type == "bytea"'
	column users id '.type == "raw" and .profile.integers == 3'
	rows-retype <"$stdout" | rows-rename | rows-check -q
	sqlite-extract --no-profile app.db | rows-set users.age=7 >bare
	rows-peek --definitions --json bare | jq -es '.[0].columns[3].type == "int8"'
	sqlite-extract --no-profile app.db >bare
	expect_status 78 rows-set users.age=null <bare
	expect_stderr 'rows-set: "users.age=null": neither a profile nor a type says what the column is: TABLE.COLUMN:TYPE=null'
}

@test "a column that is not there is added at the end, if its type is named" {
	expect_status 0 set_ '*.tenant:int=42' '"users"."Odd x":text='"'a'"
	rows-check -q "$stdout"
	[ "$(rows orders)" = '{"id":1,"total":1.5,"tenant":42} {"id":2,"total":2.25,"tenant":42} ' ]
	[ "$(rows-peek --rows=users "$stdout" | head -n 1 | jq -c '[.tenant, ."Odd x"]')" = '[42,"a"]' ]
	column users tenant '.type == "int4" and .target == "integer" and .declared == "integer" and .quoted == null'
	column users 'Odd x' '.quoted == true and .source == "Odd x"'
	column logs tenant '.type == "int4"'
	expect_status 78 set_ users.tenant=42
	expect_said '^rows-set: "users.tenant=42": there is no such column .*; with a type it is added: TABLE.COLUMN:TYPE=VALUE$'
	expect_status 0 rows-set '*.tenant:int=42' <typed.stream
	rows-rename <"$stdout" | pg-load --ddl | grep -q '"tenant" integer'
}

@test "patterns set what is there; the last that speaks of a column counts" {
	expect_status 0 set_ '*.pass*=null' 'u*.age=1' users.age=2
	[ "$(rows-peek --rows=users "$stdout" | jq -c '[.password, .age]' | sort -u)" = '[null,2]' ]
	expect_status 64 set_ '*.pss*=null'
	expect_stderr 'rows-set: "*.pss*=null" sets nothing in the stream (rows-peek --definitions lists what is there)'
	expect_status 64 set_ usrs.age=1
}

@test "@source and @run: what the stream itself says" {
	expect_status 0 set_ '*.store:text=@source' '*.run:uuid=@run' 'logs.line=@run'
	id=$(rows-peek --json app.stream | jq -r .hello.stream)
	[ "$(rows-peek --rows=orders "$stdout" | jq -c '[.store, .run.bytes]' | sort -u)" = "[\"app.db\",\"$id\"]" ]
	expect_status 0 set_ "users.email='@source'"
	[ "$(rows-peek --rows=users "$stdout" | jq -r .email | sort -u)" = '@source' ]
}

@test "NOT NULL goes where null is set, a generated column becomes one with values: each with a remark" {
	expect_status 0 set_ users.email=null users.twice=5
	column users email '."not null" == null'
	column users twice '.generated == null'
	rows-peek --definitions --json "$stdout" | jq -es '.[0].remarks == [
		"column \"twice\" is no longer generated: rows-set has set it",
		"column \"email\" is no longer NOT NULL: rows-set has set it"]'
	expect_status 0 set_ users.email=null "users.email='x'"
	column users email '."not null" == true'
}

@test "a value that its type does not hold: 78" {
	while IFS='|' read -r value text; do
		expect_status 78 set_ "$value"
		expect_stderr "rows-set: \"$value\": $text"
	done <<-'END'
		users.age='x'|it is no number, and age is bigint by what the source held; give it a type: TABLE.COLUMN:TYPE=VALUE
		users.age=1.5|it is a number with a fraction or an exponent, and age is bigint by what the source held; give it a type: TABLE.COLUMN:TYPE=VALUE
		users.n:int2=40000|it is a number beyond smallint, and n is smallint
		orders.total:date='2026-02-30'|it is text that is no date, and total is date
	END
	expect_status 78 rows-set users.age:text=null <typed.stream
	expect_stderr 'rows-set: "users.age:text=null": the column is of type bigint already'
	expect_status 78 rows-set users.age=true <typed.stream
}

@test "what is wrong by itself: 64, with the character" {
	while IFS='|' read -r value text; do
		expect_status 64 set_ "$value"
		expect_stderr "rows-set: \"$value\", character $text"
	done <<-'END'
		users|6: it is no TABLE.COLUMN=VALUE
		users=5|6: it is no TABLE.COLUMN=VALUE
		users.age=|11: a constant is missing: 5, 'text', x'00ff', true, false
		users.age=abc|11: a text stands in single quotes: 'text'
		users.age=@now|11: a constant is missing: 5, 'text', x'00ff', true, false
		users.age:serial=5|11: it is no type
		users.a*:int=5|10: a type goes with one column, not with a pattern
		users.age=5 6|13: this is too much for a value
	END
}

@test "the table stays whole; other tables pass as they are" {
	set_ users.age=7 >out
	rows-peek --json out | jq -e '.tables[0].coverage == "whole" and .end.tables[0].part == null'
	cmp <(rows-peek --json out | jq '.tables[1:]') <(rows-peek --json app.stream | jq '.tables[1:]')
}

@test "keys of rows to delete: set where the column is part of them" {
	sqlite3 b.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT NOT NULL, password TEXT, age INT, twice AS (age * 2));
		CREATE TABLE orders(id INTEGER PRIMARY KEY, total DECIMAL(9,2));
		CREATE TABLE logs(line TEXT);
	SQL
	sqlite-extract b.db >b.stream
	rows-diff --repair fix.rows b.stream app.stream >/dev/null || [ $? -eq 1 ]
	rows-set users.id=9 orders.total=1 <fix.rows >out
	rows-check -q out
	[ "$(rows-peek --rows out | jq -c .delete | sort -u | tr '\n' ' ')" = '{"id":1} {"id":2} {"id":9} ' ]
}

@test "the same values: the same id and bytes; others: another id; both in the provenance" {
	set_ users.age=7 >one
	set_ users.age=7 | cmp - one
	set_ users.age=8 >two
	not cmp -s <(rows-peek --json one | jq .hello.stream) <(rows-peek --json two | jq .hello.stream)
	rows-peek --json one | jq -e '.hello.provenance[1] | .tool == "rows-set" and
		.options == [{option: "set", value: "users.age=7"}]'
}
