# Views: those that are understood give the rows that SQLite gives, the others are to-dos.
load help
load cluster

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_fresh views
	PATH=$CLUSTER_BIN:$PATH
}

# carry DB [RENAME-OPTION…]: into the database.
carry() {
	local db=$1
	shift
	sqlite-extract "$db" | rows-retype | rows-rename "$@" >.rows
	expect_status 0 pg-load --todo todo.sql --report report.json .rows
}

views() {
	python3 "$ROOT/tests/views.py" "$@"
}

@test "each view of the table is made with SQLite's rows, or is a to-do with its reason" {
	views make all.db
	carry all.db --names keep
	expect_silence views compare all.db report.json
	expect_silence views expect report.json
}

@test "the same views of empty tables" {
	views make empty.db empty
	carry empty.db --names keep
	expect_silence views compare empty.db report.json
}

# columns VIEW: their names, in order.
columns() {
	cluster_sql "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = '$1'::regclass AND attnum > 0"
}

shop() {
	sqlite3 shop.db <<-'END'
		CREATE TABLE "OrderItem" ("Id" INTEGER PRIMARY KEY, userName TEXT, user_name TEXT, xmin INT);
		INSERT INTO "OrderItem" VALUES (1, 'Ann', 'ann', 5);
		CREATE VIEW BigItems AS SELECT *, xmin * 2 AS Twice, count(*) AS "All" FROM orderitem GROUP BY id;
		CREATE VIEW "Names"(a, B, "C") AS SELECT username, user_name, "all" FROM bigitems;
		CREATE VIEW order_item AS SELECT Id FROM orderitem;
		CREATE VIEW again AS SELECT id, id, twice FROM order_item JOIN bigitems USING (id);
	END
}

@test "views and their columns are named as tables are" {
	shop
	carry shop.db
	[ "$(columns bigitems)" = 'Id username user_name xmin_ twice All' ]
	[ "$(columns '"Names"')" = 'a b C' ]
	[ "$(columns again)" = 'Id Id:1 twice' ]
	is '1|Ann|ann|5|10|1' 'SELECT * FROM bigitems'
	[ "$(jq -c '[.views[].view] | sort' report.json)" = '["Names","again","bigitems","order_item"]' ]
	grep -q '^loaded: 1 table, 1 row, 4 views; 0 to-dos$' "$stdout"
	cluster_fresh views
	rm todo.sql report.json
	carry shop.db --names snake --target-schema 'My App'
	[ "$(columns '"My App".big_items')" = "id user_name$(suffix) user_name xmin_ twice all" ]
	[ "$(columns '"My App".names')" = 'a b c' ]
	[ "$(columns '"My App".again')" = 'id id_1 twice' ]
	is 1 "SELECT count(*) FROM pg_class WHERE relkind = 'v' AND relname ~ '^order_item_[0-9a-f]{6}$'"
	jq -e '[.views[] | select(.remark != null and (.remark | test("the name is taken")))] | length == 1' report.json
	cluster_fresh views
	rm todo.sql report.json
	carry shop.db --set '"OrderItem".userName -> app.people.who'
	[ "$(columns app.bigitems)" = 'Id who user_name xmin_ twice All' ]
}

# suffix: the one that rows-rename gives "userName" where user_name is taken.
suffix() {
	cluster_sql "SELECT substr(attname, 10) FROM pg_attribute WHERE attname ~ '^user_name_'
		AND attrelid = '\"My App\".order_item'::regclass"
}

@test "names of more than 63 bytes, and with everything in them" {
	local long
	long=$(printf '%070d' 0 | tr 0 x)
	sqlite3 hell.db <<-END
		CREATE TABLE "a""b" ("c;--" INTEGER PRIMARY KEY, "${long}1" TEXT, "${long}2" TEXT);
		INSERT INTO "a""b" VALUES (7, 'x', 'y');
		CREATE VIEW "v'${long}" AS SELECT * FROM "a""b" AS "${long}";
		CREATE VIEW w AS SELECT "c;--" || ' ''"; --' AS "t""" FROM "v'${long}";
	END
	carry hell.db
	is '7|x|y' "SELECT * FROM \"v'$(printf '%061d' 0 | tr 0 x)\""
	is "7 '\"; --" 'SELECT "t""" FROM w'
	pg-load --ddl .rows >ddl.sql
	cluster_fresh views
	psql -X -q -v ON_ERROR_STOP=1 -f ddl.sql
	[ "$(columns w)" = 't"' ]
}

# reason VIEW: why it is a to-do.
reason() {
	jq -r ".todo[] | select(.kind == \"view\" and .name == \"$1\") | .reason" report.json
}

left() {
	sqlite3 left.db <<-'END'
		CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT, y TEXT);
		CREATE TABLE b (id INTEGER PRIMARY KEY);
		INSERT INTO a VALUES (1, 'N/A', 'p'), (2, 'q', 'q');
		CREATE VIEW stars AS SELECT * FROM a;
		CREATE VIEW few AS SELECT id, x FROM a;
		CREATE VIEW known AS SELECT id FROM a WHERE x <> 'N/A';
		CREATE VIEW others AS SELECT * FROM b;
		CREATE VIEW quoted AS SELECT "y" FROM a;
		CREATE VIEW hidden AS SELECT x AS y FROM a WHERE y = 'q';
		CREATE VIEW grouped AS SELECT x AS y, count(*) FROM a GROUP BY y, x;
	END
}

@test "views of what was left out, or of values that the plan changes, are to-dos" {
	left
	sqlite-extract left.db | rows-select -T b -C a=y | rows-retype | rows-rename >.rows
	expect_status 0 pg-load --report report.json .rows
	[ "$(reason stars)" = 'has *, and not all columns of a are carried over' ]
	[ "$(reason others)" = 'reads b, which is not carried over' ]
	for view in quoted hidden grouped; do
		[[ $(reason $view) == 'has the name y, which is no column here: '* ]]
	done
	is '2|1' 'SELECT (SELECT count(*) FROM few), (SELECT count(*) FROM known)'
	cluster_fresh views
	rm report.json
	sqlite-extract left.db | rows-retype --set "a.x -> * text nullify 'N/A'" | rows-rename >.rows
	expect_status 0 pg-load --report report.json .rows
	[ "$(reason known)" = 'reads x, whose values the plan changes' ]
	is 1 'SELECT count(*) FROM few WHERE x IS NULL'
	is 2 'SELECT count(*) FROM stars'
}

@test "what the server refuses is a to-do with its reason, and so is what reads that" {
	sqlite3 refused.db <<-'END'
		CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB);
		INSERT INTO t VALUES (1, x'00');
		CREATE VIEW most AS SELECT max(b) AS m FROM t;
		CREATE VIEW on_most AS SELECT m FROM most;
		CREATE VIEW fine AS SELECT id FROM t;
	END
	if cluster_sql "SELECT max('\\x00'::bytea)" 2>/dev/null; then
		skip 'this server has max() of bytes'
	fi
	carry refused.db
	[[ $(reason most) == *'function max(bytea) does not exist'*'it was left out' ]]
	[[ $(reason on_most) == *'"public.most" does not exist'*'it was left out' ]]
	is 1 'SELECT id FROM fine'
	grep -q '^-- CREATE VIEW most AS SELECT max(b) AS m FROM t$' todo.sql
}

@test "bytes that are no text, two tables of a name, tables made by a query" {
	left
	sqlite3 left.db "CREATE VIEW bytes AS SELECT '$(printf '\377')' FROM a"
	carry left.db
	[[ $(reason bytes) == 'has \xNN, which may stand for bytes that are not UTF-8' ]]
	cluster_fresh views
	rm todo.sql report.json
	sqlite-extract left.db -T b --query 'b=SELECT 1 AS id' --materialize few |
		rows-retype | rows-rename >.rows
	expect_status 0 pg-load --report report.json .rows
	[[ $(reason others) == 'reads b, which is made by a query here' ]]
}

@test "columns without a profile pass through views, and nothing is computed with them" {
	left
	sqlite-extract --no-profile left.db | rows-retype --set 'a.x -> * text' --set 'a.y -> * text' \
		--set '*.id -> * bigint' | rows-rename >.rows
	expect_status 0 pg-load --report report.json .rows
	[ "$(reason known)" = 'compares x, which is a value of its type, with a text' ]
	is 2 'SELECT count(*) FROM stars'
}
