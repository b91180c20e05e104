# rows-select: tables, columns, their order; and what a definition then still says.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT, age INT CHECK (age > 0),
			twice AS (age * 2), CONSTRAINT long CHECK (length(password) > 1));
		CREATE INDEX by_age ON users(age, id);
		CREATE INDEX by_mail ON users(lower(email)) WHERE password IS NOT NULL;
		INSERT INTO users VALUES (1, 'a@x', 'secret', 30), (2, 'b@x', NULL, 40);
		CREATE TABLE orders(user INT REFERENCES users(id), total REAL);
		INSERT INTO orders VALUES (1, 1.5), (2, -0.25), (2, 3);
		CREATE TABLE "a,b=c""d"("x,y" INT, "z=" TEXT, "q""" BLOB);
		INSERT INTO "a,b=c""d" VALUES (1, 'two', x'03');
		CREATE TABLE logs(line TEXT);
		CREATE VIEW v AS SELECT 1;
		CREATE TRIGGER tr AFTER INSERT ON users BEGIN SELECT 1; END;
	SQL
	sqlite-extract app.db >app.stream
}

chosen() { rows-select "$@" <app.stream; }

# definition TABLE FILTER: jq says true of its TABLE in the last output.
definition() {
	rows-peek --definitions --json "$stdout" | jq -es --arg name "$1" ".[] | select(.name == \$name) | $2" >/dev/null && return
	echo "not so: $2"
	rows-peek --definitions --json "$stdout" | jq -c .
	return 1
}

rows() { rows-peek "--rows=$1" "$stdout" | tr '\n' ' '; }

not() { ! "$@"; }

@test "without options: the same rows and definitions, another stream" {
	expect_status 0 chosen
	expect_stderr ''
	cmp <(rows-peek --rows --definitions --json "$stdout") <(rows-peek --rows --definitions --json app.stream)
	cmp <(rows-peek --json "$stdout" | jq .tables) <(rows-peek --json app.stream | jq .tables)
	not cmp -s <(rows-peek --json "$stdout" | jq .hello.stream) <(rows-peek --json app.stream | jq .hello.stream)
}

@test "--table and --exclude-table: patterns in any case, with triggers and views" {
	expect_status 0 chosen --table 'U*' -t orders
	[ "$(rows-peek --json "$stdout" | jq -c '[[.tables[].name], [.objects[].name]]')" = '[["users","orders"],["tr"]]' ]
	expect_status 0 chosen --exclude-table 'LOG?' -T users -T 'a*' -T v
	[ "$(rows-peek --json "$stdout" | jq -c '[[.tables[].name], [.objects[].name]]')" = '[["orders"],[]]' ]
	expect_status 0 chosen -t 'o*' -t users -T 'us*'
	[ "$(rows-peek --json "$stdout" | jq -c '[.tables[].name]')" = '["orders"]' ]
}

@test "tables that are left out: in END with their rows; the others keep number, bytes and digest" {
	expect_status 0 chosen -T users -T logs
	rows-check -q "$stdout"
	rows-peek --json "$stdout" | jq -e '.end."left out" == [{name: "users", extracted: 2}, {name: "logs"}] and
		[.end.tables[].table] == [2, 3]'
	cmp <(rows-peek --json "$stdout" | jq '.tables[0]') <(rows-peek --json app.stream | jq '.tables[1]')
}

@test "a name that matches nothing: 64" {
	for option in -t -T; do
		expect_status 64 chosen $option user
		expect_said '^rows-select: "user" matches no table of the stream'
		cp "$stdout" aborted
		expect_status 64 rows-check aborted
	done
}

@test "--columns: only these, in this order" {
	expect_status 0 chosen --columns users=age,ID -c orders=total
	rows-check -q "$stdout"
	[ "$(rows users)" = '{"age":30,"id":1} {"age":40,"id":2} ' ]
	[ "$(rows orders)" = '{"total":1.5} {"total":-0.25} {"total":3.0} ' ]
	definition users '.columns | map(.name) == ["age", "id"]'
	definition users '.columns[0].profile.integers == 2'
	definition users '."primary key".terms == [{column: "id"}]'
	expect_status 0 chosen -c USERS=id
	[ "$(rows users)" = '{"id":1} {"id":2} ' ]
}

@test "--drop: all but these" {
	expect_status 0 chosen --drop users=password,twice -C orders=user
	[ "$(rows users)" = '{"id":1,"email":"a@x","age":30} {"id":2,"email":"b@x","age":40} ' ]
	[ "$(rows orders)" = '{"total":1.5} {"total":-0.25} {"total":3.0} ' ]
}

@test "what needs a column that is gone goes with it, each with a remark; the rest stays" {
	expect_status 0 chosen -C users=password
	definition users '.indexes | map(.name) == ["by_age"]'
	definition users '.checks == [{expression: "age > 0"}]'
	definition users '(."unique keys" | length == 1) and ."primary key".terms == [{column: "id"}]'
	definition users '.remarks | length == 2 and any(contains("by_mail")) and any(contains("length(password) > 1"))'
	expect_status 0 chosen -C users=id,email,age
	definition users '."primary key" == null and ."unique keys" == null and .indexes == null'
	definition users '.checks == [{name: "long", expression: "length(password) > 1"}]'
	definition users '.columns | map([.name, .generated]) == [["password", null], ["twice", null]]'
	definition users '.remarks | length == 6 and any(startswith("primary key")) and any(contains("unique key")) and
		any(contains("by_age")) and any(contains("by_mail")) and any(contains("age > 0")) and any(contains("twice"))'
	[ "$(rows users)" = '{"password":"secret","twice":60} {"password":null,"twice":80} ' ]
	expect_status 0 chosen -C orders=user
	definition orders '."foreign keys" == null and (.remarks | length == 1 and any(contains("foreign key")))'
}

@test "names that hold a comma, an equals sign or a quote, in quotes" {
	expect_status 0 chosen -c '"a,b=c""d"="z=","x,y"' -t 'a*'
	[ "$(rows 'a*')" = '{"z=":"two","x,y":1} ' ]
	expect_status 0 chosen -C '"a,b=c""d"="q"""' -t 'a*'
	[ "$(rows 'a*')" = '{"x,y":1,"z=":"two"} ' ]
	expect_status 0 chosen -c '"USERS"="Id"'
	[ "$(rows users)" = '{"id":1} {"id":2} ' ]
}

@test "lists that are wrong: 64, and said what is" {
	while IFS='|' read -r options text; do
		# shellcheck disable=SC2086
		expect_status 64 chosen $options
		expect_stderr "rows-select: $text"
	done <<-'END'
		-c users|"users" is not TABLE=COLUMN,...
		-c users=|"users=" is not TABLE=COLUMN,...
		-c users=id,nme|table "users" has no column "nme" (rows-peek --definitions lists them)
		-c users=id,ID|column "ID" of table "users" is named twice
		-C users=nme|table "users" has no column "nme" (rows-peek --definitions lists them)
		-C orders=user,total|no column of table "orders" would be left; leave out the table with -T
		-c users=id -C users=id|table "users" has both --columns and --drop
		-c user=id|"user=id" speaks of a table that the stream has not (rows-peek lists them)
		-T users -c users=id|"users=id" speaks of a table that the stream has not (rows-peek lists them)
	END
}

@test "the same options: the same id and bytes; others: another id, and both in the provenance" {
	chosen -t users -c users=id,email >one
	chosen -t users -c users=id,email | cmp - one
	chosen -t users -c users=email,id >two
	not cmp -s <(rows-peek --json one | jq .hello.stream) <(rows-peek --json two | jq .hello.stream)
	rows-peek --json one | jq -e '.hello.provenance[1] | .tool == "rows-select" and .options == [
		{option: "table", value: "users"}, {option: "columns", value: "users=id,email"}]'
}

@test "of an archive, compressed or not, the same" {
	rows-archive -Z 3 app.rows <app.stream >/dev/null
	rows-select -C users=password <app.rows | cmp - <(chosen -C users=password)
}

@test "1,000 columns, two of them swapped" {
	python3 -c 'print("CREATE TABLE w(%s); INSERT INTO w VALUES (%s);" % (
		",".join("c%d" % i for i in range(1000)), ",".join(map(str, range(1000)))))' | sqlite3 wide.db
	sqlite-extract wide.db | rows-select -c w=c999,c0 | rows-peek --rows=w >rows
	[ "$(cat rows)" = '{"c999":999,"c0":0}' ]
	sqlite-extract wide.db | rows-select -C w=c0 | rows-peek --rows=w | jq -e 'length == 999 and .c999 == 999'
}
