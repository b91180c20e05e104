# rows-rename: names by rule and by plan, and the plan as it will be.
load help

setup() {
	enter_temp
	sqlite3 app.db <<-'SQL'
		CREATE TABLE Users(Id INTEGER PRIMARY KEY, EMail TEXT UNIQUE, "createdAt" DATETIME);
		INSERT INTO Users VALUES (1, 'a@x', 1700000000123), (2, 'b@x', '2024-01-01T00:00:00Z');
		CREATE TABLE "OrderItem"("id" INTEGER PRIMARY KEY, "userId" INT REFERENCES Users(Id), CHECK("id" > 0));
		INSERT INTO "OrderItem" VALUES (1, 1), (2, 2);
		CREATE INDEX IX_User ON "OrderItem"("userId");
		CREATE VIEW Big AS SELECT * FROM Users;
	SQL
	sqlite-extract --stream-id 000102030405060708090a0b0c0d0e0f app.db >app.raw
}

# rename OPTION…: from app.raw into out; the names into names, one a line.
rename() {
	rows-rename "$@" <"${raw:-app.raw}" >out || return
	rows-check out >/dev/null
	rows-peek --definitions --json out | jq -r '
		if .columns then .name as $t | (.schema // "-") + " " + $t,
			(.columns[] | $t + "." + .name),
			(["primary key", "unique keys", "indexes", "foreign keys", "checks"][] as $k |
				.[$k] // [] | if type == "array" then .[] else . end | $k + " " + .name)
		else .kind + " " + .name end' >names
}

@test "sql: quoted names keep their case, others fold" {
	rename
	cat >expected <<-'END'
		- users
		users.id
		users.email
		users.createdAt
		primary key users_pkey
		unique keys users_email_key
		- OrderItem
		OrderItem.id
		OrderItem.userId
		primary key OrderItem_pkey
		indexes ix_user
		foreign keys OrderItem_userId_fkey
		checks OrderItem_check
		view big
	END
	diff expected names
}

@test "--names keep, lower, snake, sql" {
	rename --names keep
	grep -Fx 'Users.EMail' names
	grep -Fx 'indexes IX_User' names
	grep -Fx 'view Big' names
	rename --names lower
	grep -Fx 'orderitem.userid' names
	rename --names=snake
	grep -Fx 'order_item.user_id' names
	grep -Fx 'users.created_at' names
	rename
	cp out first
	rename --names sql
	diff <(rows-peek --definitions --json first) <(rows-peek --definitions --json out)
	expect_status 64 rows-rename --names camel <app.raw
	expect_stderr 'rows-rename: --names takes sql, keep, lower or snake, not "camel"'
}

@test "--target-schema" {
	rename --target-schema 'My App'
	grep -Fx 'My App users' names
	expect_status 64 rows-rename --target-schema '' <app.raw
	expect_status 64 rows-rename --target-schema "$(printf '%064d' 0)" <app.raw
	expect_status 64 rows-rename --target-schema pg_app <app.raw
	expect_stderr 'rows-rename: --target-schema: PostgreSQL keeps names that begin with pg_ for itself'
}

@test "rows, source names, profiles and SQL stay as they are" {
	rename --names snake --target-schema x
	cmp <(rows-peek --rows app.raw | jq -c '.row | [.[]]') <(rows-peek --rows out | jq -c '.row | [.[]]')
	local keep='walk(if type == "object" then del(.name, .schema, .["column names"]) else . end)'
	diff <(rows-peek --definitions --json app.raw | jq -c "$keep") \
		<(rows-peek --definitions --json out | jq -c "$keep")
}

@test "the same input and options are the same bytes; another option another id" {
	rename
	cp out first
	rename
	cmp first out
	for option in --names=sql --target-schema=a '--set=users.id -> id'; do
		rename "$option"
		! cmp -s <(head -c 300 first) <(head -c 300 out)
	done
	echo 'users.id -> key' >a.plan
	cp a.plan b.plan
	rename --use-plan a.plan
	cp out first
	rename --use-plan b.plan --save-plan c.plan
	cmp first out
}

@test "a table whose quoted name has unquoted columns counts as unquoted, with a remark" {
	sqlite3 r.db 'CREATE TABLE A(X); ALTER TABLE A RENAME TO Bee; CREATE TABLE "Q"("X")'
	sqlite-extract r.db >r.raw
	raw=r.raw
	rename
	grep -Fx -e '- bee' names
	grep -Fx -e '- Q' names
	[ "$(rows-peek --definitions out | grep -c 'remark: ')" -eq 1 ]
	rows-peek --definitions out | grep -Fx '  remark: table "Bee" is called "bee": none of its columns is quoted, so it does not count as quoted either'
}

@test "names that collide at 63 bytes, in half a character, or when folded" {
	python3 - <<-'PY'
		import sqlite3
		db = sqlite3.connect("long.db")
		q = lambda *names: ",".join('"%s"' % n for n in names)
		db.execute('CREATE TABLE t(%s)' % q("x" * 64, "x" * 65, "x" * 63, "ü" * 32, "ü" * 33, "a b", "a-b", "a_b"))
		db.execute('CREATE TABLE "%s"("a")' % ("T" * 64))
		db.execute('CREATE TABLE "%s"("a")' % ("T" * 65))
	PY
	sqlite-extract long.db >long.raw
	raw=long.raw
	rename
	awk 'length($0) > 67' names | grep -v '^TTT' && false
	[ "$(sort names | uniq -d | wc -l)" -eq 0 ]
	LC_ALL=C grep -c 't\.x\{63\}$' names | grep -qx 1
	rows-peek --definitions --json out | jq -e '[.columns[].name | utf8bytelength] | max <= 63'
	rows-peek --definitions --json out | jq -e '[.remarks | length] | add >= 1'
	rows-peek --definitions --json out | jq -r 'select(.source == "t").columns[2].name' | grep -qx 'x\{63\}'
	rename --names snake
	rows-peek --definitions --json out | jq -es '.[] | select(.source == "t") | .columns[7].name == "a_b" and ([.columns[].name] | unique | length == 8)'
}

@test "empty names, system columns, names of indexes that tables have" {
	sqlite3 e.db 'CREATE TABLE ""("" TEXT, xmin, CTID, "XMAX", oid);
		CREATE TABLE a(id INTEGER PRIMARY KEY, b UNIQUE); CREATE TABLE a_pkey(x); CREATE TABLE a_b_key(x);'
	sqlite-extract e.db >e.raw
	raw=e.raw
	rename
	grep -Fx 'table_1.column_1' names
	grep -Fx 'table_1.xmin_' names
	grep -Fx 'table_1.ctid_' names
	grep -Fx 'table_1.XMAX' names
	grep -Fx 'table_1.oid' names
	grep -Fx 'primary key a_pkey1' names
	grep -Fx 'unique keys a_b_key1' names
}

@test "a plan's names win, and others make room" {
	rename --set 'users.id -> people.email' --set 'orderitem -> app.things' --set '"OrderItem".userId -> "Who"'
	grep -Fx 'people.email' names
	grep -Ex 'people\.email_[0-9a-f]{6}' names
	grep -Fx 'app things' names
	grep -Fx 'things.Who' names
	grep -Fx 'primary key people_pkey' names
	printf 'users.id -> a.people.id\nusers.email -> a.people.mail # x\n' >my.plan
	rename --use-plan my.plan --target-schema b
	grep -Fx 'b people' names
	rename --use-plan my.plan --target-schema b --set 'users -> c.*'
	grep -Fx 'c people' names
}

@test "a plan that contradicts itself: 78" {
	expect_status 78 rows-rename --set 'users.id -> x' --set 'users.email -> x' <app.raw
	expect_stderr 'rows-rename: --set: the name x is taken: users.email -> x'
	printf 'users.id -> x.a\nusers.email -> y.b\n' >bad.plan
	expect_status 78 rows-rename --use-plan bad.plan <app.raw
	expect_stderr "rows-rename: bad.plan, line 1: users.id -> x.a: a table's columns stay together, and another line says y (bad.plan, line 2: users.email -> y.b)"
	expect_status 78 rows-rename --set 'users.id -> ctid' <app.raw
	expect_status 78 rows-rename --set 'users -> pg_x.users' <app.raw
	expect_status 78 rows-rename --set 'users -> "OrderItem"' --set 'orderitem -> "OrderItem"' <app.raw
}

@test "a line that matches nothing: 78; types and what is skipped are not for this tool" {
	expect_status 78 rows-rename --set 'nobody.id -> x' <app.raw
	expect_stderr 'rows-rename: --set: matches nothing in the stream: nobody.id -> x (rows-peek --definitions lists what is there)'
	rename --set 'nobody.id -> * text' --set 'nobody -> skip' --set 'users.id -> * text'
	printf 'users.id -> person.id\nusers.email -> person.mail\nusers -> skip\n' >my.plan
	rows-retype --use-plan my.plan <app.raw | rows-rename --use-plan my.plan >out
	rows-check out >/dev/null
	expect_status 64 rows-rename --set 'users.id' <app.raw
	expect_status 66 rows-rename --use-plan none.plan <app.raw
	printf 'what\n' >bad.plan
	expect_status 78 rows-rename --use-plan bad.plan <app.raw
}

@test "--plan prints the whole plan and no stream" {
	expect_status 0 bash -c 'rows-retype <app.raw | rows-rename --plan'
	expect_stderr ''
	cat >expected <<-'END'
		# SOURCE -> TARGET TYPE POLICIES   # why: see plan(5)

		"Users"."Id"        -> users.id bigint                       # INTEGER; 2 integers, 1..2
		"Users"."EMail"     -> users.email text                      # TEXT; 2 texts
		"Users"."createdAt" -> users."createdAt" timestamptz epoch_ms # DATETIME; 1 integer, 2023-11-14..2023-11-14, 1 text; 1 with Z

		"OrderItem".id       -> "OrderItem".id bigint       # INTEGER; 2 integers, 1..2
		"OrderItem"."userId" -> "OrderItem"."userId" bigint # INT; 2 integers, 1..2
	END
	diff <(tr -s ' ' <expected) <(tr -s ' ' <"$stdout")
}

@test "--plan without types prints names alone" {
	expect_status 0 rows-rename --plan <app.raw
	grep -Fx '"Users"."EMail"     -> users.email' "$stdout"
}

@test "--plan of a stream that breaks off prints nothing" {
	head -c -10 app.raw >cut
	expect_status 65 rows-rename --plan <cut
	expect_stdout ''
	expect_status 65 rows-rename --save-plan my.plan <cut
	[ ! -e my.plan ]
	[ "$(find . -name '.my.plan*' | wc -l)" -eq 0 ]
}

@test "--save-plan writes the same plan beside the stream, and replaces nothing" {
	rows-retype <app.raw >typed
	rows-rename --plan <typed >printed
	rows-rename --save-plan saved <typed >out
	cmp printed saved
	rows-check out >/dev/null
	expect_status 73 rows-rename --save-plan saved <typed
	expect_stderr 'rows-rename: saved: exists already; remove it or choose another name'
	expect_status 73 rows-rename --save-plan nowhere/saved <typed
	expect_status 74 bash -c 'ulimit -f 0; rows-rename --save-plan full <typed | cat >/dev/null; exit ${PIPESTATUS[0]}'
	[ ! -e full ]
}

# again DB [OPTION…]: its plan, printed and read back, gives the same plan, definitions and rows.
again() {
	local db=$1
	shift
	sqlite-extract --stream-id 000102030405060708090a0b0c0d0e0f "$db" >raw 2>/dev/null
	rm -f p1 p2
	rows-retype "${retype[@]}" <raw | rows-rename "$@" --save-plan p1 >a
	rows-retype --use-plan p1 <raw | rows-rename "$@" --use-plan p1 --save-plan p2 >b
	cmp p1 p2
	cmp <(rows-peek --definitions --json a) <(rows-peek --definitions --json b)
	cmp <(rows-peek --rows a) <(rows-peek --rows b)
	rows-check a >/dev/null
}

@test "a plan that is printed and read back gives the same stream" {
	retype=()
	again app.db
	again app.db --names snake --target-schema App
	retype=(--times)
	again app.db
	retype=(--timezone -03:30)
	again app.db
	retype=(--set 'users.email -> skip')
	again app.db
	retype=(--set 'users.email -> … text nullify a@x' --set 'orderitem -> skip')
	again app.db --names lower
}

@test "names from hell, printed and read back" {
	python3 - <<-'PY'
		import sqlite3
		db = sqlite3.connect("hell.db")
		names = ["", "select", "xmin", "XMAX", "a\"b", "a'b", "a\nb", "\x1b[31mred", "\u202etxt", "x" * 70,
		    "x" * 70 + "y", "ü" * 40, "ü" * 40 + "z", "日本", "skip", "*", "?", "…", "a.b", "a -> b", "# c",
		    "pg_class", "%s", "back\\slash", "\U000e0041", "1abc", "$x", "UserName", "user_name"]
		q = lambda n: '"' + n.replace('"', '""') + '"'
		db.execute("CREATE TABLE %s(%s)" % (q("t*"), ",".join(q(n) + " TEXT" for n in names)))
		db.execute("INSERT INTO \"t*\" VALUES (%s)" % ",".join("?" * len(names)), names)
		for n in names:
		    db.execute("CREATE TABLE %s(id INTEGER PRIMARY KEY AUTOINCREMENT, %s TEXT UNIQUE, CONSTRAINT c CHECK(id > 0), CONSTRAINT c CHECK(id < 9))" % (q(n), q(n + "_")))
		db.commit()
	PY
	retype=()
	for names in sql keep lower snake; do
		again hell.db --names "$names"
		rows-peek --definitions --json a | jq -es '[.[] | select(.columns) |
			.name, ."primary key".name, (."unique keys"[]?.name)] | map(select(. != null)) | length == (unique | length) and all(utf8bytelength <= 63)'
		! LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\x8b-\x8f\xaa-\xae]' p1
	done
}

@test "ten thousand columns" {
	python3 - <<-'PY'
		import sqlite3
		db = sqlite3.connect("wide.db")
		for t in range(5):
		    db.execute("CREATE TABLE Table_%d(%s)" % (t, ",".join("Column_%d INT" % c for c in range(2000))))
	PY
	sqlite-extract wide.db >wide.raw
	rows-retype <wide.raw | rows-rename --plan >wide.plan
	[ "$(grep -c -- '->' wide.plan)" -eq 10001 ]
	expect_status 0 timeout 20 rows-retype --use-plan wide.plan <wide.raw
	cp "$stdout" typed
	expect_status 0 timeout 20 rows-rename --use-plan wide.plan <typed
}

@test "a Prisma schema: names as they are, and times of both kinds in one column" {
	sqlite3 prisma.db <<-'SQL'
		CREATE TABLE "User" ("id" TEXT NOT NULL PRIMARY KEY, "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP);
		CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "authorId" TEXT NOT NULL,
			CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User" ("id"));
		CREATE UNIQUE INDEX "User_createdAt_key" ON "User"("createdAt");
		INSERT INTO "User" VALUES ('a', 1700000000000), ('b', '2023-11-14T22:13:21.000Z');
		INSERT INTO "Post"("authorId") VALUES ('a');
	SQL
	sqlite-extract prisma.db | rows-retype >prisma.raw
	raw=prisma.raw
	rename
	cat >expected <<-'END'
		- User
		User.id
		User.createdAt
		primary key User_pkey
		indexes User_createdAt_key
		- Post
		Post.id
		Post.authorId
		primary key Post_pkey
		foreign keys Post_authorId_fkey
	END
	diff expected names
	[ "$(rows-peek --rows=User out | jq -c '[.createdAt]')" = $'[753315200000000]\n[753315201000000]' ]
	[ "$(rows-peek --definitions out | grep -c 'remark: ')" -eq 0 ]
}

@test "an archive goes through; the index does not" {
	rows-archive app.rows <app.raw >/dev/null
	rows-rename <app.rows >a
	rows-rename <app.raw >b
	cmp a b
}

@test "--like wants definitions from PostgreSQL (more: like.bats)" {
	expect_status 78 rows-rename --like app.raw <app.raw
	expect_said 'app.raw: holds no tables of PostgreSQL; write it with: pg-extract -s -d WHERE > FILE'
	expect_status 66 rows-rename --like none.rows <app.raw
}
