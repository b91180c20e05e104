# rows-cat: several streams as one; what is a clash, what is merged, and what END then proves.
load help
load cluster

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }

store() { # NAME FIRST: a store of a small application, its keys from FIRST on
	rm -f "$1.db"
	sqlite3 "$1.db" <<-SQL
		CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, score INT);
		INSERT INTO users VALUES ($2, '$1-a', 1), ($2 + 1, '$1-b', NULL);
		CREATE TABLE orders(id INTEGER PRIMARY KEY AUTOINCREMENT, user INT REFERENCES users(id));
		INSERT INTO orders VALUES ($2, $2), ($2 + 1, $2 + 1);
		CREATE INDEX by_mail ON users(email);
		CREATE VIEW mails AS SELECT email FROM users;
		CREATE TRIGGER tr AFTER INSERT ON users BEGIN SELECT 1; END;
	SQL
	sqlite-extract "$1.db" >"$1.stream"
}

setup() {
	enter_temp
	store north 1
	store south 11
	sqlite3 other.db 'CREATE TABLE other(x); INSERT INTO other VALUES (1), (2)'
	sqlite-extract other.db | rows-archive -Z 1 other.rows >/dev/null
}

not() { ! "$@"; }

@test "tables of other names: one behind the other, from files, archives and standard input" {
	expect_status 0 rows-cat other.rows - <north.stream
	expect_stderr ''
	cp "$stdout" out
	rows-check -q out
	rows-peek --json out | jq -e '[.tables[].name] == ["other", "users", "orders"] and [.end.tables[].table] == [1, 2, 3] and
		([.hello.sources[].name] == ["other.db", "north.db"]) and [.objects[].name] == ["mails", "tr"]'
	cmp <(rows-peek --json out | jq -c '.tables[] | [.name, .digest]') \
		<(for file in other.rows north.stream; do rows-peek --json $file | jq -c '.tables[] | [.name, .digest]'; done)
	rows-peek --definitions --json out | jq -es '[.[].origin] | .[0:3] == [null, 1, 1]'
}

@test "tables of one name are a clash: 78, with both files and the ways out" {
	expect_status 78 rows-cat north.stream south.stream
	expect_stderr 'rows-cat: table "users" is in north.stream and in south.stream: make one of the two (--merge), leave out one (rows-select -T), or load each by itself'
	cp "$stdout" aborted
	expect_status 78 rows-check aborted
	rows-select -T users -T orders -T mails <south.stream >rest
	expect_status 0 rows-cat north.stream rest
	# Another name does not help: what refers to a table knows it by its source's.
	rows-rename --set 'users -> people' --set 'orders -> bills' <south.stream >renamed
	expect_status 78 rows-cat north.stream renamed
}

@test "a view of one name is a clash, too" {
	rows-select -T users -T orders -T tr <south.stream >view
	expect_status 78 rows-cat north.stream view
	expect_stderr 'rows-cat: view "mails" is in north.stream and in view: leave out one (rows-select -T)'
	sqlite3 south.db 'DROP VIEW mails; CREATE VIEW mails AS SELECT lower(email) FROM users'
	sqlite-extract south.db >south.stream
	expect_status 78 rows-cat --merge north.stream south.stream
	expect_said '^rows-cat: view "mails" is in north.stream and in south.stream, and is not the same: '
}

@test "--merge: one table with the rows of all, its profile added up, its objects once" {
	expect_status 0 rows-cat --merge north.stream south.stream other.rows
	expect_stderr ''
	cp "$stdout" out
	rows-check -q out
	rows-peek --json out | jq -e '[.tables[] | [.name, .rows]] == [["users", 4], ["orders", 4], ["other", 2]] and
		[.objects[].name] == ["mails", "tr"] and [.hello.provenance[].tool] == ["sqlite-extract", "rows-cat"]'
	[ "$(rows-peek --rows=users out | jq -c .email | tr '\n' ' ')" = '"north-a" "north-b" "south-a" "south-b" ' ]
	rows-peek --definitions --json out | jq -es '.[0].columns[0].profile |
		.integers == 4 and ."least integer" == 1 and ."most integer" == 12'
	rows-peek --definitions --json out | jq -es '.[0].expected == 4 and .[1].columns[0]."last identity" == 12'
	rows-retype <out | rows-rename | rows-check -q
}

@test "--merge: what one table of each store would be must be the same" {
	sqlite3 south.db 'ALTER TABLE users ADD COLUMN more TEXT'
	sqlite-extract south.db >south.stream
	expect_status 78 rows-cat --merge north.stream south.stream
	expect_stderr 'rows-cat: table "users" is not the same in north.stream and south.stream: column "more" is another (rows-diff tells more)'
	store south 11
	sqlite3 south.db 'DROP INDEX by_mail'
	sqlite-extract south.db >south.stream
	expect_status 78 rows-cat --merge north.stream south.stream
	expect_said 'a name, a key, an index or a check is another'
	# Types that each store's rows gave are types of its own.
	sqlite3 south.db "UPDATE users SET score = 'many'; CREATE INDEX by_mail ON users(email)"
	sqlite-extract south.db | rows-retype >south.typed
	rows-retype <north.stream >north.typed
	expect_status 78 rows-cat --merge north.typed south.typed
	expect_said 'column "score" is another'
	sqlite-extract south.db >south.stream
	rows-cat --merge north.stream south.stream | rows-retype | rows-peek --definitions --json |
		jq -es '.[0].columns[2].target == "text"'
}

@test "the same stream twice is a mistake: 78" {
	expect_status 78 rows-cat --merge north.stream north.stream
	expect_stderr 'rows-cat: north.stream and north.stream are the same stream'
	expect_status 64 rows-cat - - <north.stream
	expect_stderr 'rows-cat: standard input can be read only once: - stands there twice'
}

@test "every input must be complete: 65 and ABORT, also when the last one is cut" {
	head -c -1 south.stream >cut
	for order in 'cut other.rows' 'other.rows cut'; do
		# shellcheck disable=SC2086
		expect_status 65 rows-cat $order
		expect_said '^rows-cat: cut: it ends in the middle of a frame'
		cp "$stdout" aborted
		expect_status 65 rows-check aborted
	done
	sqlite-extract none.db >failed 2>/dev/null || [ $? -eq 66 ]
	expect_status 66 rows-cat north.stream failed
	expect_stderr 'rows-cat: failed: sqlite-extract stopped: none.db: there is no such file'
	expect_status 66 rows-cat north.stream nowhere
	expect_stderr 'rows-cat: nowhere: No such file or directory'
	expect_status 66 bash -c 'sqlite-extract none.db | rows-cat other.rows - >aborted'
	expect_stderr 'sqlite-extract: none.db: there is no such file'
}

@test "what was left out and counted before is true of the whole" {
	rows-select -T orders <north.stream | rows-where 'users: id > 1' >part
	rows-select -T orders <south.stream >rest
	expect_status 0 rows-cat --merge part rest
	rows-check -q "$stdout"
	rows-peek --json "$stdout" | jq -e '.tables[0].coverage == "where" and
		.end.tables[0].extracted == 4 and .end.tables[0].filtered == 1 and .end.tables[0].rows == 3 and
		.end.tables[0].part and (.end."left out" | length == 2)'
}

@test "streams with keys of rows to delete, and without rows" {
	cp other.db later.db
	sqlite3 later.db 'DELETE FROM other WHERE x = 1'
	sqlite-extract later.db | rows-diff --repair fix.rows - other.rows >/dev/null || [ $? -eq 1 ]
	sqlite-extract later.db | rows-diff --repair more.rows other.rows - >/dev/null || [ $? -eq 1 ]
	rows-cat --merge fix.rows south.stream more.rows >out
	rows-check -q out
	rows-peek --json out | jq -e '.end.tables[0] | .rows == 1 and .deletes == 1'
	sqlite-extract -s north.db >head
	sqlite-extract -s south.db >head2
	rows-cat --merge head head2 | rows-peek --json | jq -e '[.tables[].coverage] == ["definitions", "definitions"]'
}

@test "the same inputs: the same id and bytes; others, or in another order: another id" {
	rows-cat other.rows north.stream >one
	rows-cat other.rows north.stream | cmp - one
	rows-cat north.stream other.rows >two
	not cmp -s <(rows-peek --json one | jq .hello.stream) <(rows-peek --json two | jq .hello.stream)
	rows-cat other.rows >alone
	rows-peek --json alone | jq -e '.hello.provenance | length == 2'
}

@test "a hundred stores with a thousand rows each: one table, in little memory" {
	for i in $(seq 100); do
		sqlite3 s.db "CREATE TABLE t(id INTEGER PRIMARY KEY, b TEXT);
			INSERT INTO t SELECT value + $i * 1000, printf('%100d', value) FROM generate_series(1, 1000)"
		sqlite-extract s.db | rows-set 't.store:int='"$i" >"c$i.part"
		rm s.db
	done
	expect_status 0 rows-cat --merge c*.part
	rows-peek --json "$stdout" | jq -e '.tables == [.tables[0]] and .tables[0].rows == 100000'
	rows-check -q "$stdout"
}

@test "ten stores in one PostgreSQL: all rows, proved; keys that stand twice are a to-do" {
	cluster_need
	cluster_fresh stores
	export DATABASE_URL="postgres:///stores?host=$CLUSTER&user=postgres"
	for i in $(seq 10); do
		store "store$i" 1
		rows-set '*.store:text=@source' <"store$i.stream" >"store$i.set"
	done
	rows-cat --merge store*.set | rows-retype | rows-rename >all.stream
	expect_status 0 pg-load -d env:DATABASE_URL --todo todo.sql all.stream
	[ "$(cluster_sql 'SELECT count(*), count(DISTINCT store), count(DISTINCT email) FROM users' stores)" = '20|10|20' ]
	grep -q 'primary key users_pkey of users: could not create unique index' todo.sql
	expect_status 0 pg-verify -d env:DATABASE_URL all.stream
	grep -q '^equal: 2 tables, 40 rows' "$stdout" "$stderr"
	# A condition, and a program: what they left out is accounted for, and what they made is there.
	cluster_fresh stores
	rows-where "users: store != 'store3.db'" <all.stream |
		rows-each users jq -c '.email = "mail \(.id)"' | rows-set 'users.score=7' >less.stream
	expect_status 0 pg-load -d env:DATABASE_URL --report report.json --todo other.sql less.stream
	jq -e '.tables[] | select(.source == "users") | [.extracted, .filtered, .loaded] == [20, 2, 18] and
		.changed == [{column: "store", kind: "set", count: 20}, {column: "score", kind: "set", count: 18}]' report.json
	expect_status 0 pg-verify -d env:DATABASE_URL less.stream
	[ "$(cluster_sql 'SELECT DISTINCT email, score FROM users WHERE id = 1' stores)" = 'mail 1|7' ]
}
