# pg-load --mode fill and refill: rows into tables that somebody else has made, and that are in all
# else as they were.
load help
load cluster

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_up
	cluster_fresh fill
	PATH=$CLUSTER_BIN:$PATH
	cluster_sql "DO \$\$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
			CREATE ROLE app LOGIN; CREATE ROLE clerk LOGIN;
		END IF; END \$\$;
		ALTER DATABASE fill OWNER TO app; GRANT CREATE ON SCHEMA public TO app"
}

# stream NAME: SQL on stdin, as a typed and named stream in NAME.rows.
stream() {
	rm -f "$1.db"
	sqlite3 "$1.db"
	sqlite-extract "$1.db" | rows-retype | rows-rename >"$1.rows"
}

as() { # as ROLE COMMAND…
	PGUSER=$1 "${@:2}"
}

sql_as() { # sql_as ROLE SQL
	PGUSER=$1 cluster_sql "$2"
}

# All that a load may not leave changed, but for the rows: definitions, rights, comments, states of
# triggers, and where sequences stand.
state() {
	local PGUSER=postgres
	pg_dump -s -d fill -N rowpipe | grep -v '^.\(un\)\?restrict '
	cluster_sql "SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal
		ORDER BY 1, 2; SELECT conrelid::regclass, conname, convalidated, condeferrable, condeferred
		FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
	cluster_sql "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"
}

rows() { # all rows of all tables
	local table PGUSER=postgres
	while read -r table; do
		cluster_sql "SELECT '$table', t FROM ONLY $table t ORDER BY t::text"
	done < <(cluster_sql "SELECT oid::regclass FROM pg_class WHERE relkind = 'r'
		AND relnamespace = 'public'::regnamespace ORDER BY relname")
}

# untouched STATUS COMMAND…: it fails so, and leaves everything as it was.
untouched() {
	state >before
	rows >>before
	expect_status "$@"
	state >after
	rows >>after
	diff before after
}

# kept STATUS COMMAND…: it succeeds, and leaves everything as it was but rows and sequences.
kept() {
	state | grep -v '^[a-z_]*_seq|' >before
	expect_status "$@"
	state | grep -v '^[a-z_]*_seq|' >after
	diff before after
}

source_rows() {
	stream shop <<-'END'
		CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL,
			total DECIMAL(10,2));
		INSERT INTO orders VALUES (1, 7, 12.5), (3, 1, 3), (9, 7, 1);
		DELETE FROM orders WHERE id = 9;
		CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, boss_id INTEGER);
		INSERT INTO users VALUES (1, 'Ann', 7), (7, 'Bob', NULL);
	END
}

# target ROLE: tables as a framework makes them, with a row in each.
target() {
	sql_as "${1:-app}" "
		CREATE TABLE users (id serial PRIMARY KEY, name varchar(10) NOT NULL UNIQUE,
			boss_id int REFERENCES users, role text NOT NULL DEFAULT 'user');
		CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
			user_id int NOT NULL CONSTRAINT of_user REFERENCES users (id) ON DELETE CASCADE,
			total numeric(10,2) CHECK (total > 0), double numeric GENERATED ALWAYS AS (total * 2)
			STORED);
		CREATE INDEX ON orders (user_id);
		COMMENT ON CONSTRAINT of_user ON orders IS 'it''s for \"users\"';
		COMMENT ON TABLE users IS 'people';
		CREATE VIEW rich AS SELECT name, total FROM users JOIN orders ON user_id = users.id;
		GRANT SELECT ON users TO clerk"
}

full() {
	target "$@"
	sql_as "${1:-app}" "INSERT INTO users (name) VALUES ('old');
		INSERT INTO orders (user_id, total) VALUES (1, 5)"
}

# --- fill and refill ------------------------------------------------------------------------------

@test "a fill as an owner without any other right" {
	source_rows
	target
	as app kept 0 pg-load --mode fill shop.rows
	is '1|Ann|7|user
7|Bob||user' 'SELECT * FROM users ORDER BY id'
	is '1|7|12.50|25.00
3|1|3.00|6.00' 'SELECT * FROM orders ORDER BY id'
	sql_as app "INSERT INTO users (name) VALUES ('new'); INSERT INTO orders (user_id, total)
		VALUES (8, 1)"
	is '8|10' 'SELECT (SELECT max(id) FROM users), (SELECT max(id) FROM orders)'
	as app expect_status 0 pg-load --mode fill shop.rows
	expect_stdout 'already complete, 0 rows to do'
	is 3 'SELECT count(*) FROM users'
}

@test "a fill of tables that hold rows stops; a refill deletes them, and may be repeated" {
	source_rows
	full
	as app untouched 78 pg-load --mode fill shop.rows
	expect_said '2 of 2 tables hold rows: public.orders, public.users; --mode refill deletes them'
	as app kept 0 pg-load --mode refill shop.rows
	rows >first
	is 'Ann|Bob' "SELECT string_agg(name, '|' ORDER BY id) FROM users"
	as app expect_status 0 pg-load --mode refill shop.rows
	expect_stdout 'already complete, 0 rows to do'
	cp shop.rows former.rows
	sqlite-extract shop.db | rows-retype | rows-rename >shop.rows
	as app kept 0 pg-load --mode refill shop.rows
	rows | diff first -
	as app expect_status 0 pg-load --mode refill former.rows
	! grep -q 'already complete' "$stdout"
	rows | diff first -
}

@test "sequences never go back, and are left alone at their end" {
	source_rows
	full
	cluster_sql "SELECT setval('users_id_seq', 500); ALTER TABLE orders ALTER COLUMN id SET
		MAXVALUE 9"
	as app kept 0 pg-load --mode refill --todo todo.sql shop.rows
	is 500 'SELECT last_value FROM users_id_seq'
	is 1 'SELECT last_value FROM orders_id_seq'
	grep -q 'orders_id_seq.*: it has no value behind the largest of id' todo.sql
}

@test "a look moves no row, and says what there is" {
	source_rows
	target
	as app untouched 0 pg-load --mode fill --check shop.rows
	grep -q '^ok .*tables: 2 are there, without rows' "$stdout"
	grep -q '^ok .*public.users: left to their defaults: role' "$stdout"
	grep -q '^ok .*foreign keys: 2 away during the load' "$stdout"
	sql_as app "INSERT INTO users (name) VALUES ('old')"
	as app untouched 78 pg-load --mode fill --check shop.rows
	grep -q '^stop .*1 of 2 tables holds rows: public.users' "$stdout"
	as app untouched 0 pg-load --mode refill --check shop.rows
	grep -q '^ok .*tables: 1 of 2 holds rows, which go: public.users' "$stdout"
	as app untouched 0 pg-load --mode refill --dry-run shop.rows
	grep -q '^rolled back: 2 tables, 4 rows' "$stdout"
}

# --- what does not fit ----------------------------------------------------------------------------

@test "tables and columns that are not there, or that nothing fills" {
	source_rows
	target
	sql_as app "ALTER TABLE users RENAME TO people"
	as app untouched 78 pg-load --mode fill shop.rows
	expect_said '1 of 2 tables is not there: public.users; make it first'
	sql_as app "ALTER TABLE people RENAME TO users; ALTER TABLE users RENAME boss_id TO chief_id"
	as app untouched 78 pg-load --mode fill shop.rows
	expect_said 'public.users has no column boss_id: name the target.s \(rows-rename --like\)'
	sql_as app "ALTER TABLE users RENAME chief_id TO boss_id; ALTER TABLE users ADD made_by text NOT
		NULL, ADD note text, ADD at timestamptz NOT NULL DEFAULT now()"
	as app untouched 78 pg-load --mode fill shop.rows
	expect_said 'public.users: the stream has nothing for made_by, which takes no NULL and has no default'
	sql_as app "ALTER TABLE users ALTER made_by SET DEFAULT 'us'"
	as app kept 0 pg-load --mode fill shop.rows
	is 'us|t|t' "SELECT made_by, note IS NULL, at IS NOT NULL FROM users WHERE id = 1"
	stream other <<-'END'
		CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, boss_id INTEGER, at TEXT);
		INSERT INTO users VALUES (1, 'a', 1, 'never');
	END
	as app untouched 78 pg-load --mode refill -d fill other.rows
	expect_said 'public.users.at is text in the stream and timestamptz in the target: rows-retype --like'
	sqlite-extract other.db >raw.rows
	as app untouched 78 pg-load --mode refill raw.rows
	expect_said 'public.users.id has no type yet'
}

@test "what the target would cut, round or not take stops with the row's number" {
	while IFS='|' read -r column type value said; do
		echo "$column $type $value"
		cluster_sql 'DROP TABLE IF EXISTS t'
		stream t <<-END
			CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, price DECIMAL(20,5), number INTEGER,
				at DATETIME);
			INSERT INTO t VALUES (1, 'ab', 1, 1, '2020-01-02 03:04:05');
			INSERT INTO t VALUES (2, 'ab', 1, 1, '2020-01-02 03:04:05');
			UPDATE t SET $column = $value WHERE id = 2;
		END
		sql_as app "CREATE DOMAIN code AS varchar(3)" 2>/dev/null || true
		sql_as app "CREATE TABLE t (id bigint PRIMARY KEY, name text, price numeric(20,5), number bigint,
			at timestamp); ALTER TABLE t ALTER $column TYPE $type; INSERT INTO t VALUES (77)"
		as app untouched 78 pg-load --mode refill t.rows
		expect_said "$said"
	done <<-'END'
		name|varchar(3)|'abcd'|public.t.name, row 2: a text longer than the column, which is varchar\(3\) in the target
		name|varchar(3)|'abc  '|public.t.name, row 2: a text longer than the column
		name|code|'abc  '|public.t.name, row 2: a text longer than the column
		price|numeric(10,2)|1.555|public.t.price, row 2: more decimals than the column has
		number|smallint|70000|public.t.number, row 2: an integer out of range
		at|timestamp(0)|'2020-01-02 03:04:05.600'|public.t.at, row 2: .*which is timestamp\(0\)
	END
}

@test "NULLs where the target takes none, before the first row" {
	source_rows
	target
	sql_as app 'ALTER TABLE users ALTER boss_id SET NOT NULL'
	as app untouched 78 pg-load --mode fill shop.rows
	expect_said 'public.users.boss_id holds 1 NULL in the source, and takes none in the target'
}

@test "rows that break a key or a check of the target: nothing is visible, all is as before" {
	source_rows
	full
	sql_as app 'CREATE UNIQUE INDEX one_boss ON users ((boss_id IS NULL OR true))'
	as app untouched 78 pg-load --mode refill shop.rows
	expect_said 'users, row 2: .*duplicate key value violates unique constraint "one_boss"'
	sql_as app 'DROP INDEX one_boss; ALTER TABLE orders ADD CONSTRAINT cheap CHECK (total < 10)'
	as app untouched 78 pg-load --mode refill shop.rows
	expect_said 'orders, row 1: .*violates check constraint "cheap"'
	! grep -q '12.5' "$stderr"
	sql_as app 'ALTER TABLE orders DROP CONSTRAINT cheap'
	sqlite3 shop.db 'DELETE FROM users WHERE id = 7; UPDATE users SET boss_id = NULL'
	sqlite-extract shop.db | rows-retype | rows-rename >shop.rows
	as app untouched 78 pg-load --mode refill shop.rows
	expect_said 'public.orders: 1 row has no parent in public.users \(foreign key of_user\): mend the source'
}

@test "rows of other tables that refer to the refilled ones are never taken along" {
	source_rows
	full
	sql_as app "CREATE TABLE logs (id int PRIMARY KEY, user_id int CONSTRAINT log_user REFERENCES users
		ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED); INSERT INTO logs VALUES (1, 1)"
	as app kept 0 pg-load --mode refill shop.rows
	is '1|1' 'SELECT * FROM logs'
	sql_as app 'UPDATE logs SET user_id = 7'
	sqlite3 shop.db 'DELETE FROM users WHERE id = 7; DELETE FROM orders; UPDATE users SET boss_id = NULL'
	sqlite-extract shop.db | rows-retype | rows-rename >shop.rows
	as app untouched 78 pg-load --mode refill shop.rows
	expect_said 'public.logs: 1 row has no parent in public.users \(foreign key log_user\)'
}

@test "a foreign key that is NOT VALID stays so, and one that nobody enforces stays off" {
	source_rows
	target
	sqlite3 shop.db 'DELETE FROM users WHERE id = 7; UPDATE users SET boss_id = NULL'
	sqlite-extract shop.db | rows-retype | rows-rename >shop.rows
	sql_as app "ALTER TABLE orders DROP CONSTRAINT of_user, ADD CONSTRAINT of_user FOREIGN KEY (user_id)
		REFERENCES users (id) DEFERRABLE NOT VALID"
	as app kept 0 pg-load --mode fill shop.rows
	is 'f|t' "SELECT convalidated, condeferrable FROM pg_constraint WHERE conname = 'of_user'"
	cluster_sql 'ALTER TABLE orders DROP CONSTRAINT of_user, ADD CONSTRAINT of_user FOREIGN KEY (user_id)
		REFERENCES users (id) NOT VALID; ALTER TABLE orders DISABLE TRIGGER ALL'
	sqlite-extract shop.db | rows-retype | rows-rename >shop.rows
	as app kept 0 pg-load --mode refill shop.rows
	is 'D|D' "SELECT string_agg(tgenabled::text, '|') FROM pg_trigger WHERE tgrelid = 'orders'::regclass"
}

# --- triggers -------------------------------------------------------------------------------------

triggers() {
	cluster_sql "CREATE SCHEMA IF NOT EXISTS lib; GRANT USAGE ON SCHEMA lib TO PUBLIC;
		CREATE TABLE lib.log (t text); GRANT ALL ON lib.log TO app, clerk;
		CREATE FUNCTION lib.change() RETURNS trigger LANGUAGE plpgsql AS
			\$\$BEGIN NEW.name := upper(NEW.name); RETURN NEW; END\$\$;
		CREATE FUNCTION lib.swallow() RETURNS trigger LANGUAGE plpgsql AS
			\$\$BEGIN IF NEW.id = 7 THEN RETURN NULL; END IF; RETURN NEW; END\$\$;
		CREATE FUNCTION lib.log() RETURNS trigger LANGUAGE plpgsql AS
			\$\$BEGIN INSERT INTO log VALUES (TG_OP || ' ' || TG_TABLE_NAME); RETURN NULL; END\$\$;
		ALTER DATABASE fill SET search_path = public, lib"
}

@test "triggers are off during the load, and each is in its former state behind it" {
	triggers
	source_rows
	full
	sql_as app "CREATE TRIGGER changing BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION change();
		CREATE TRIGGER swallowing BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION swallow();
		ALTER TABLE users ENABLE ALWAYS TRIGGER swallowing;
		CREATE TRIGGER logging AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION log();
		CREATE TRIGGER off AFTER INSERT ON orders FOR EACH STATEMENT EXECUTE FUNCTION log();
		ALTER TABLE orders DISABLE TRIGGER off;
		CREATE TRIGGER replica AFTER INSERT ON orders FOR EACH STATEMENT EXECUTE FUNCTION log();
		ALTER TABLE orders ENABLE REPLICA TRIGGER replica;
		CREATE CONSTRAINT TRIGGER late AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED
			FOR EACH ROW EXECUTE FUNCTION log()"
	as app untouched 0 pg-load --mode refill --check shop.rows
	grep -q '^ok .*triggers: off during the load: late of public.orders, logging of public.orders, changing of public.users, swallowing of public.users' "$stdout"
	as app kept 0 pg-load --mode refill --todo todo.sql shop.rows
	is 'Ann|Bob' "SELECT string_agg(name, '|' ORDER BY id) FROM users"
	is 0 'SELECT count(*) FROM lib.log'
	grep -q 'swallowing.*it was off during the load' todo.sql
	is 'A|D|O|O|O|R' "SELECT string_agg(tgenabled::text, '|' ORDER BY tgenabled) FROM pg_trigger
		WHERE NOT tgisinternal"
}

@test "triggers that stay on: with the role's search_path, and rows that one swallows are missed" {
	triggers
	source_rows
	full
	sql_as app "CREATE TRIGGER changing BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION change();
		CREATE TRIGGER logging AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION log()"
	as app kept 0 pg-load --mode refill --triggers fire shop.rows
	is 'ANN|BOB' "SELECT string_agg(name, '|' ORDER BY id) FROM users"
	is 'DELETE orders|INSERT orders|INSERT orders' "SELECT string_agg(t, '|' ORDER BY t) FROM lib.log"
	sql_as app "CREATE TRIGGER swallowing BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION swallow()"
	sqlite-extract shop.db | rows-retype | rows-rename >shop.rows
	as app untouched 78 pg-load --mode refill --triggers fire shop.rows
	expect_said 'users: 2 rows were sent and 1 arrived: .*triggers before each row: changing, swallowing'
	sql_as app "DROP TRIGGER swallowing ON users; CREATE RULE keep AS ON DELETE TO orders DO INSTEAD NOTHING"
	as app untouched 78 pg-load --mode refill shop.rows
	expect_said 'public.orders: not all of its rows could be deleted'
}

# --- roles with few rights ------------------------------------------------------------------------

clerk() {
	cluster_sql 'REVOKE CREATE ON SCHEMA public FROM PUBLIC; ALTER DATABASE fill OWNER TO postgres'
	sql_as app 'GRANT SELECT, INSERT, DELETE ON users, orders TO clerk; GRANT SELECT ON orders_id_seq TO clerk'
}

@test "a role that may only read, insert and delete: parents first, by way of temporary tables" {
	source_rows
	full
	clerk
	as clerk untouched 0 pg-load --mode refill --check shop.rows
	grep -q '^ok .*order: rows come before those that they refer to, and wait in temporary tables: public.orders' "$stdout"
	as clerk kept 0 pg-load --mode refill --todo todo.sql shop.rows
	is '1|7|12.50|25.00
3|1|3.00|6.00' 'SELECT * FROM orders ORDER BY id'
	grep -q 'users_id_seq.*: it may not be read, and was left alone' todo.sql
	grep -q 'ALTER SEQUENCE public.orders_id_seq RESTART WITH 10' todo.sql
	grep -q 'this load is not remembered' todo.sql
	cluster_sql "REVOKE TEMPORARY ON DATABASE fill FROM PUBLIC"
	as clerk untouched 77 pg-load --mode refill shop.rows
	expect_said 'no temporary table may be made for them; a superuser can help: GRANT TEMPORARY ON DATABASE fill TO clerk'
	sqlite3 shop.db 'ALTER TABLE orders RENAME TO o; CREATE TABLE orders AS SELECT * FROM o; DROP TABLE o'
	sqlite-extract shop.db | rows-retype --set 'orders.total -> * numeric(10,2)' | rows-rename >ordered.rows
	as clerk kept 0 pg-load --mode refill ordered.rows
	is 2 'SELECT count(*) FROM orders'
}

@test "rights that are missing are named" {
	source_rows
	full
	clerk
	sql_as app 'REVOKE DELETE ON orders FROM clerk'
	as clerk untouched 77 pg-load --mode refill shop.rows
	expect_said 'no right to delete the rows of public.orders; its owner can help: GRANT DELETE ON public.orders TO clerk'
	sql_as app 'REVOKE INSERT ON users FROM clerk; DELETE FROM orders; DELETE FROM users'
	as clerk untouched 77 pg-load --mode fill shop.rows
	expect_said 'no right to load public.users; its owner can help: GRANT INSERT ON public.users TO clerk'
	sql_as app 'GRANT INSERT ON users TO clerk; REVOKE DELETE ON users FROM clerk'
	as clerk kept 0 pg-load --mode fill shop.rows
	as clerk expect_status 78 pg-load --mode fill --check shop.rows
	grep -q '^to-do .*public.users: others can write to it meanwhile' "$stdout"
	sql_as app 'REVOKE SELECT ON users FROM clerk'
	as clerk untouched 77 pg-load --mode fill shop.rows
	expect_said 'GRANT SELECT ON public.users TO clerk|GRANT SELECT ON users TO clerk'
}

@test "circles and rows of others stop who may not take foreign keys away; deferrable ones do not" {
	source_rows
	full
	clerk
	sql_as app "CREATE TABLE logs (user_id int REFERENCES users); INSERT INTO logs VALUES (1)"
	as clerk untouched 77 pg-load --mode refill shop.rows
	expect_said 'rows of public.logs, which the stream does not hold, refer to public.users \(foreign key logs_user_id_fkey\)'
	sql_as app "DELETE FROM logs; GRANT SELECT ON logs TO clerk;
		ALTER TABLE users ADD order_id bigint REFERENCES orders"
	as clerk untouched 77 pg-load --mode refill shop.rows
	expect_said 'foreign keys that cannot be deferred lead in a circle \(public.orders, public.users\)'
	sql_as app "ALTER TABLE users ALTER CONSTRAINT users_order_id_fkey DEFERRABLE"
	as clerk kept 0 pg-load --mode refill shop.rows
	is 2 'SELECT count(*) FROM orders'
}

@test "triggers that a role cannot turn off stop it, unless they may fire" {
	triggers
	source_rows
	full
	clerk
	sql_as app "CREATE TRIGGER changing BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION swallow()"
	as clerk untouched 77 pg-load --mode refill shop.rows
	expect_said 'only the owner of their tables can turn triggers off: changing of public.orders'
	as clerk kept 0 pg-load --mode refill --triggers fire shop.rows
	sqlite3 shop.db 'UPDATE orders SET id = 7 WHERE id = 3'
	sqlite-extract shop.db | rows-retype | rows-rename >shop.rows
	as clerk untouched 78 pg-load --mode refill --triggers fire shop.rows
	expect_said 'public.orders: 2 rows were sent and 1 arrived: .*triggers before each row: changing'
}

@test "row security: its tables' owner loads, a role that it holds back is told" {
	source_rows
	full
	clerk
	sql_as app 'ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON users USING (id < 5)'
	as clerk untouched 77 pg-load --mode refill shop.rows
	expect_said 'row security, which may hide rows from role clerk'
	as app kept 0 pg-load --mode refill shop.rows
	is 2 'SELECT count(*) FROM users'
	sql_as app 'ALTER TABLE users FORCE ROW LEVEL SECURITY'
	as app untouched 77 pg-load --mode refill shop.rows
}

# --- migrations -----------------------------------------------------------------------------------

# django SOURCE TARGET: a table, and the migrations that have run in both, in django.rows.
django() {
	local name
	rm -f django.db
	sqlite3 django.db "CREATE TABLE django_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT,
			app varchar(255) NOT NULL, name varchar(255) NOT NULL, applied datetime NOT NULL);
		CREATE TABLE shop_tag (id INTEGER PRIMARY KEY AUTOINCREMENT, name varchar(30) NOT NULL);
		INSERT INTO shop_tag (name) VALUES ('a'), ('b')"
	for name in $1; do
		sqlite3 django.db "INSERT INTO django_migrations (app, name, applied)
			VALUES ('shop', '$name', '2020-01-02 03:04:05')"
	done
	cluster_sql 'DROP TABLE IF EXISTS django_migrations, shop_tag'
	sql_as app 'CREATE TABLE django_migrations (id serial PRIMARY KEY, app varchar(255), name varchar(255),
		applied timestamptz); CREATE TABLE shop_tag (id serial PRIMARY KEY, name varchar(30))'
	for name in $2; do
		sql_as app "INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '$name', now())"
	done
	pg-extract -s >target.rows
	sqlite-extract django.db | rows-retype --like target.rows | rows-rename --like target.rows >django.rows
}

@test "migrations of source and target are compared, and never written" {
	while IFS='|' read -r from to status said; do
		echo "$from / $to"
		django "$from" "$to"
		if [ "$status" = 0 ]; then
			as app expect_status 0 pg-load --mode fill --check django.rows
			grep -q "^ok .*$said" "$stdout"
			as app kept 0 pg-load --mode fill django.rows
		else
			as app untouched 78 pg-load --mode fill django.rows
			expect_said "$said"
			as app untouched 78 pg-load --mode fill --check django.rows
			grep -q '^stop .*django_migrations' "$stdout"
			as app kept 0 pg-load --mode fill --other-migrations django.rows
		fi
		is 2 'SELECT count(*) FROM shop_tag'
		is "$(wc -w <<<"$to")" 'SELECT count(*) FROM django_migrations'
	done <<-'END'
		0001_a 0002_b|0001_a 0002_b|0|django_migrations: source and target have run the same 2 migrations
		0001_a|0001_a 0002_b 0003_c|78|the target is ahead of the source by 2 migrations, the first is shop 0002_b \(source at shop 0001_a, target at shop 0003_c\): migrate the source, too \(manage.py migrate\)
		0001_a 0002_b|0001_a|78|the target is behind the source by 1 migration, the first is shop 0002_b .*: migrate the target first
		0001_a 0002_b|0001_a 0002_c|78|went different ways: shop 0002_b ran only in the source, shop 0002_c only in the target
		0001_a||78|the target is behind the source by 1 migration, .*target at none
	END
	django 0001_a 0001_a
	cluster_sql 'DROP TABLE django_migrations'
	as app expect_status 0 pg-load --mode fill --check django.rows
	grep -q '^to-do .*django_migrations: it is not in the target' "$stdout"
	sqlite-extract django.db | rows-retype | rows-rename >django.rows
	sql_as app 'CREATE TABLE django_migrations (id int, app text, name text, applied timestamp)'
	as app untouched 78 pg-load --mode fill django.rows
	expect_said 'public.django_migrations: Django keeps there which of its migrations have run'
	expect_status 78 pg-load --check django.rows
	grep -q '^to-do .*made by Django: .*let it make the tables first (manage.py migrate)' "$stdout"
}

# like SOURCE-SQL TARGET-SQL [OPTION…]: a whole run into tables that are there, twice, and its proof.
like() {
	rm -rf app.db app.db.rowpipe
	sqlite3 app.db <<<"$1"
	sql_as app "$2"
	as app kept 0 rowpipe migrate app.db -d env:PGDATABASE --mode refill "${@:3}"
	[ "$(tail -n 1 "$stdout")" = 'equal; no to-dos' ]
	rows >first
	as app kept 0 rowpipe migrate app.db -d env:PGDATABASE --mode refill "${@:3}"
	rows | diff first -
}

@test "tables as Rails makes them" {
	like "CREATE TABLE schema_migrations (version varchar NOT NULL PRIMARY KEY);
		INSERT INTO schema_migrations VALUES ('20240101000000');
		CREATE TABLE ar_internal_metadata (key varchar NOT NULL PRIMARY KEY, value varchar,
			created_at datetime(6) NOT NULL, updated_at datetime(6) NOT NULL);
		INSERT INTO ar_internal_metadata VALUES ('environment', 'development', '2024-01-01 00:00:00',
			'2024-01-01 00:00:00');
		CREATE TABLE posts (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, title varchar, body text,
			published boolean DEFAULT 0 NOT NULL, price decimal(8,2), settings json,
			user_id integer NOT NULL, created_at datetime(6) NOT NULL,
			CONSTRAINT fk_rails_1 FOREIGN KEY (user_id) REFERENCES users (id));
		CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, email varchar NOT NULL);
		INSERT INTO users VALUES (3, 'a@example.com');
		INSERT INTO posts VALUES (1, 'T', 'B', 1, 9.5, '{\"a\":[1]}', 3, '2024-01-02 03:04:05.678901')" \
		"CREATE TABLE schema_migrations (version varchar NOT NULL PRIMARY KEY);
		INSERT INTO schema_migrations VALUES ('20240101000000');
		CREATE TABLE ar_internal_metadata (key varchar NOT NULL PRIMARY KEY, value varchar,
			created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL);
		INSERT INTO ar_internal_metadata VALUES ('environment', 'production', now(), now());
		CREATE TABLE users (id bigserial PRIMARY KEY, email varchar NOT NULL);
		CREATE UNIQUE INDEX index_users_on_email ON users (email);
		CREATE TABLE posts (id bigserial PRIMARY KEY, title varchar, body text,
			published boolean DEFAULT false NOT NULL, price numeric(8,2), settings jsonb,
			user_id bigint NOT NULL CONSTRAINT fk_rails_1 REFERENCES users (id),
			created_at timestamp(6) NOT NULL)"
	is '1|T|B|t|9.50|{"a": [1]}|3|2024-01-02 03:04:05.678901' 'SELECT * FROM posts'
	is 'production' 'SELECT value FROM ar_internal_metadata'
	is '2|4' "SELECT nextval('posts_id_seq'), nextval('users_id_seq')"
}

@test "tables as Prisma makes them, whose migrations are each database's own" {
	like "CREATE TABLE \"_prisma_migrations\" (id TEXT PRIMARY KEY NOT NULL, checksum TEXT NOT NULL,
			finished_at DATETIME, migration_name TEXT NOT NULL, logs TEXT, rolled_back_at DATETIME,
			started_at DATETIME NOT NULL DEFAULT current_timestamp, applied_steps_count INTEGER);
		INSERT INTO \"_prisma_migrations\" VALUES ('x', 'y', 1704067200000, '20240101_init', NULL, NULL, 1, 1);
		CREATE TABLE \"User\" (id TEXT NOT NULL PRIMARY KEY, \"firstName\" TEXT, role TEXT NOT NULL,
			\"createdAt\" DATETIME NOT NULL, balance BIGINT NOT NULL);
		INSERT INTO \"User\" VALUES ('ck1', 'Ann', 'ADMIN', 1704164645678, 9007199254740993);
		CREATE TABLE \"Post\" (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, \"authorId\" TEXT,
			CONSTRAINT \"Post_authorId_fkey\" FOREIGN KEY (\"authorId\") REFERENCES \"User\" (id)
			ON DELETE SET NULL ON UPDATE CASCADE);
		INSERT INTO \"Post\" VALUES (5, 'ck1')" \
		"CREATE TABLE \"_prisma_migrations\" (id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL,
			finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
			started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);
		INSERT INTO \"_prisma_migrations\" VALUES ('a', 'b', now(), '20250101_pg');
		CREATE TYPE \"Role\" AS ENUM ('USER', 'ADMIN');
		CREATE TABLE \"User\" (id text NOT NULL PRIMARY KEY, \"firstName\" text,
			role \"Role\" NOT NULL DEFAULT 'USER', \"createdAt\" timestamp(3) NOT NULL, balance bigint NOT NULL);
		CREATE TABLE \"Post\" (id serial PRIMARY KEY, \"authorId\" text);
		ALTER TABLE \"Post\" ADD CONSTRAINT \"Post_authorId_fkey\" FOREIGN KEY (\"authorId\")
			REFERENCES \"User\" (id) ON DELETE SET NULL ON UPDATE CASCADE"
	is 'ck1|Ann|ADMIN|2024-01-02 03:04:05.678|9007199254740993' 'SELECT * FROM "User"'
	is '5|6' "SELECT id, nextval('\"Post_id_seq\"') FROM \"Post\""
	as app expect_status 0 rowpipe migrate app.db -d env:PGDATABASE --mode refill --check
	grep -q '^to-do .*_prisma_migrations: source and target have no migration in common' "$stdout"
}

@test "tables as SQLAlchemy and Alembic make them" {
	like "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
		INSERT INTO alembic_version VALUES ('ae1027a6acf');
		CREATE TABLE item (id INTEGER NOT NULL PRIMARY KEY, code CHAR(32) NOT NULL, kind VARCHAR(5),
			at DATETIME, took DATETIME, price NUMERIC(10, 3), data BLOB, on_sale BOOLEAN, doc JSON, day DATE);
		INSERT INTO item VALUES (1, '0123456789abcdef0123456789abcdef', 'small', '2024-01-02 03:04:05.000006',
			NULL, 1.250, x'00ff', 1, '{\"k\": null}', '2024-02-29')" \
		"CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY);
		INSERT INTO alembic_version VALUES ('ae1027a6acf');
		CREATE TYPE kind AS ENUM ('small', 'large');
		CREATE TABLE item (id serial PRIMARY KEY, code uuid NOT NULL, kind kind,
			at timestamp, took interval, price numeric(10, 3), data bytea, on_sale boolean, doc json, day date)"
	is '1|01234567-89ab-cdef-0123-456789abcdef|small|2024-01-02 03:04:05.000006||1.250|\x00ff|t|{"k": null}|2024-02-29' \
		'SELECT * FROM item'
	sql_as app "UPDATE alembic_version SET version_num = 'b'"
	as app untouched 78 rowpipe migrate app.db -d env:PGDATABASE --mode refill
	expect_said 'alembic_version: source and target went different ways: ae1027a6acf ran only in the source, b only in the target: .*alembic upgrade head'
}

# --- whole runs -----------------------------------------------------------------------------------

@test "a run into tables that are there: its folder, a replay, a proof, and what it is told" {
	source_rows
	full
	as app untouched 0 rowpipe migrate shop.db -d env:PGDATABASE --mode refill --check
	grep -q '^ok .*tables: 2 of 2 hold rows, which go: ' "$stdout"
	[ ! -e shop.db.rowpipe ]
	as app untouched 78 rowpipe migrate shop.db -d env:PGDATABASE --mode fill
	rm -r shop.db.rowpipe
	as app kept 0 rowpipe migrate shop.db -d env:PGDATABASE --mode refill
	grep -q '^loaded: 2 tables, 4 rows, in place of 2 rows; 0 to-dos' "$stdout"
	grep -q '^= column users.role: text' "$stdout"
	[ "$(tail -n 1 "$stdout")" = 'equal; no to-dos' ]
	run_folder=$(echo shop.db.rowpipe/*)
	[ -s "$run_folder/target.rows" ]
	[ "$(jq -c '[.load.tables[].deleted]' "$run_folder/report.json")" = '[1,1]' ]
	as app expect_status 0 rowpipe verify "$run_folder" -d env:PGDATABASE
	grep -q '^equal: 2 tables, 4 rows' "$stdout"
	as app expect_status 0 rowpipe verify shop.db -d env:PGDATABASE
	as app expect_status 0 rowpipe replay "$run_folder" -d env:PGDATABASE
	grep -q '^already complete' "$stdout"
	as app untouched 78 rowpipe undo --yes -d env:PGDATABASE "$run_folder"
	expect_said 'the run has put its rows in the place of others \(refill\), which are kept nowhere'
	sql_as app "UPDATE users SET name = 'X' WHERE id = 1"
	as app expect_status 1 rowpipe verify "$run_folder" -d env:PGDATABASE
	as app expect_status 1 rowpipe replay "$run_folder" -d env:PGDATABASE
	sqlite3 shop.db "UPDATE users SET name = 'Eva' WHERE id = 1"
	as app kept 0 rowpipe migrate shop.db -d env:PGDATABASE --mode refill --no-archive
	is Eva 'SELECT name FROM users WHERE id = 1'
	expect_status 64 rowpipe migrate shop.db --mode refill
	expect_said '-d says where they are'
	expect_status 64 rowpipe migrate shop.db -d env:PGDATABASE --mode upsert
	expect_said 'mode takes create, fill or refill'
}

@test "a run that fails goes on by its last line, with its own mode" {
	triggers
	source_rows
	full
	sql_as app "ALTER TABLE orders ADD CONSTRAINT cheap CHECK (total < 10);
		CREATE TRIGGER changing BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION change()"
	as app untouched 78 rowpipe migrate shop.db -d env:PGDATABASE --mode refill --triggers fire --other-migrations --no-verify
	sql_as app 'ALTER TABLE orders DROP CONSTRAINT cheap'
	cp "$stderr" said
	as app kept 0 bash -c "$(tail -n 1 said) --no-verify"
	is 'ANN|BOB' "SELECT string_agg(name, '|' ORDER BY id) FROM users"
}

# --- servers and readers --------------------------------------------------------------------------

@test "a partitioned table: rows, triggers and foreign keys of its partitions" {
	[ "$CLUSTER_VERSION" -ge 13 ] || skip 'up to version 12 only a superuser turns off what a partition copies'
	triggers
	stream events <<-'END'
		CREATE TABLE kinds (id INTEGER PRIMARY KEY);
		INSERT INTO kinds VALUES (1);
		CREATE TABLE events (id INTEGER, kind INTEGER, PRIMARY KEY (id));
		INSERT INTO events VALUES (1, 1), (15, 1);
	END
	sql_as app "CREATE TABLE kinds (id bigint PRIMARY KEY);
		CREATE TABLE events (id bigint PRIMARY KEY, kind bigint REFERENCES kinds) PARTITION BY RANGE (id);
		CREATE TABLE few PARTITION OF events FOR VALUES FROM (0) TO (10);
		CREATE TABLE many PARTITION OF events FOR VALUES FROM (10) TO (20);
		CREATE TRIGGER logging AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION log();
		ALTER TABLE few DISABLE TRIGGER logging;
		CREATE TRIGGER own AFTER INSERT ON many FOR EACH ROW EXECUTE FUNCTION log();
		CREATE TABLE notes (event bigint REFERENCES events ON DELETE SET NULL);
		INSERT INTO kinds VALUES (2); INSERT INTO events VALUES (15, 2); INSERT INTO notes VALUES (15);
		TRUNCATE log"
	as app kept 0 pg-load --mode refill events.rows
	is '1|15|15' 'SELECT (SELECT min(id) FROM few), (SELECT min(id) FROM many), (SELECT min(event) FROM notes)'
	is 0 'SELECT count(*) FROM lib.log'
	sqlite3 events.db 'UPDATE events SET id = 25 WHERE id = 15'
	sqlite-extract events.db | rows-retype | rows-rename >events.rows
	as app untouched 78 pg-load --mode refill events.rows
	expect_said 'no partition of relation "events" found for row'
}

@test "citext: as a column, a key and under UNIQUE, as it stands in the source" {
	cluster_sql 'CREATE EXTENSION citext' 2>/dev/null || skip 'no citext on this server'
	sql_as app 'CREATE TABLE people (mail citext PRIMARY KEY, nick citext UNIQUE, word citext);
		CREATE TABLE posts (id int PRIMARY KEY, mail citext REFERENCES people)'
	sqlite3 c.db <<-'END'
		CREATE TABLE people (mail TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, nick TEXT UNIQUE, word TEXT);
		INSERT INTO people VALUES ('Ann@X.org', 'Ann', 'Straße'), ('bob@x.org', NULL, ''), ('Él@x.org', 'él', 'ÀÉ');
		CREATE TABLE posts (id INTEGER PRIMARY KEY, mail TEXT COLLATE NOCASE REFERENCES people);
		INSERT INTO posts VALUES (1, 'ann@x.ORG'), (2, NULL);
	END
	cluster_sql 'GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk'
	pg-extract -s >there.rows
	like() { sqlite-extract c.db >c.raw && rows-retype --like there.rows <c.raw | rows-rename --like there.rows >c.rows; }
	like
	for mode in fill refill; do
		as app kept 0 pg-load --mode $mode c.rows
		expect_status 0 pg-verify -q --source c.raw c.rows
		is 'Ann@X.org|Ann|Straße,bob@x.org||,Él@x.org|él|ÀÉ' "SELECT string_agg(concat_ws('|', mail, coalesce(nick, ''), word), ',' ORDER BY mail::text COLLATE \"C\") FROM people"
		is 1 "SELECT count(*) FROM posts JOIN people USING (mail) WHERE mail = 'ANN@x.org'"
	done
	sqlite3 c.db "INSERT INTO people VALUES ('c@x.org', 'ANN', 'two in citext, one in SQLite')"
	like
	as app untouched 78 pg-load --mode refill c.rows
	expect_said 'people.*duplicate key value violates unique constraint "people_nick_key"'
	for mode in append upsert; do
		sqlite3 c.db "DELETE FROM posts; DELETE FROM people; INSERT INTO people VALUES ('New$mode@x.org', 'New$mode', 'x')"
		like
		expect_status 0 pg-load --mode $mode $([ $mode = upsert ] || echo --again) c.rows
		is "New$mode@x.org" "SELECT mail FROM people WHERE mail = 'new$mode@X.org'"
	done
}

@test "rows of another PostgreSQL, with what the server computes and a name in quotes" {
	full
	cluster_sql 'CREATE TABLE "Odd ""one""" ("Key" int GENERATED BY DEFAULT AS IDENTITY (START 10 INCREMENT 5)
		PRIMARY KEY, "arr" text[], at timestamptz DEFAULT now());
		INSERT INTO "Odd ""one""" (arr) VALUES (ARRAY[$$a$$, NULL]), (NULL); ALTER TABLE "Odd ""one""" OWNER TO app'
	rows >first
	pg-extract -d fill >all.rows
	cluster_sql 'DELETE FROM orders; DELETE FROM "Odd ""one"""; ALTER SEQUENCE "Odd ""one""_Key_seq" RESTART'
	as app kept 0 pg-load --mode refill all.rows
	rows | diff first -
	as app expect_status 0 pg-verify all.rows
	is 20 'INSERT INTO "Odd ""one""" DEFAULT VALUES RETURNING "Key"'
}

@test "a reader whose snapshot is older sees the former rows, and never none" {
	source_rows
	full
	{
		echo 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class;'
		await test -e loaded
		echo 'SELECT string_agg(name, $$|$$) FROM users; COMMIT; SELECT string_agg(name, $$|$$) FROM users;'
	} | "$CLUSTER_BIN/psql" -X -q -A -t -d fill >seen &
	await test -s seen
	as app expect_status 0 pg-load --mode refill shop.rows
	touch loaded
	wait
	[ "$(tail -n 2 seen)" = 'old
Ann|Bob' ]
}

@test "a stream that breaks off, a load that is stopped, a server that goes: all is as before" {
	source_rows
	full
	head -c "$(($(wc -c <shop.rows) - 10))" shop.rows >broken.rows
	as app untouched 65 pg-load --mode refill broken.rows
	state >before
	rows >>before
	{
		head -c "$(($(wc -c <shop.rows) - 10))" shop.rows
		await test -e go
	} | PGUSER=app pg-load --mode refill 2>said &
	cluster_until "SELECT count(*) = 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock'
		AND relation = 'users'::regclass"
	cluster_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'" >/dev/null
	touch go
	wait || true
	grep -q 'pg-load: ' said
	state >after
	rows >>after
	diff before after
}

@test "two loaders of one stream: who waited for the other finds that it is complete" {
	cluster_sql 'CREATE TABLE t (id int)'
	stream one <<<'CREATE TABLE t (id INT); INSERT INTO t VALUES (1), (2)'
	cluster_hold 'LOCK TABLE t IN SHARE MODE'
	pg-load -q --mode fill one.rows & one=$!
	pg-load -q --mode fill one.rows & two=$!
	cluster_until "SELECT count(*) = 2 FROM pg_stat_activity WHERE application_name LIKE 'rowpipe/pg-load%' AND wait_event_type = 'Lock'"
	cluster_release
	wait "$one"
	wait "$two"
	is 2 'SELECT count(*) FROM t'
}

@test "tables that others work with: 75 when they do not let go" {
	source_rows
	full
	cluster_sql "BEGIN; LOCK TABLE users IN ROW SHARE MODE; SELECT pg_sleep(60)" >/dev/null &
	until [ "$(cluster_sql "SELECT count(*) FROM pg_locks WHERE relation = 'users'::regclass")" != 0 ]; do
		sleep 0.1
	done
	as app expect_status 75 pg-load --retry-time 0 --mode refill shop.rows
	expect_said 'others work with the tables: stop the application, and repeat the command'
	cluster_sql "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'users'::regclass" >/dev/null
	wait || true
	as app kept 0 pg-load --mode refill shop.rows
}

@test "the words of a fill" {
	source_rows
	expect_status 64 pg-load --mode fill --ddl shop.rows
	expect_said 'mode fill makes no tables'
	expect_status 64 pg-load --triggers fire shop.rows
	expect_said 'go with --mode fill and refill'
	expect_status 64 pg-load --mode fill --triggers on shop.rows
	expect_said 'takes off or fire, not "on"'
	expect_status 64 pg-load --mode filler shop.rows
	expect_said 'there are create, fill, refill, append and upsert'
	expect_status 64 pg-load --other-migrations shop.rows
}

@test "--data-only fills what --schema-only has made" {
	stream app <<-'END'
		CREATE TABLE t (id INTEGER PRIMARY KEY, n NUMERIC(6,2) CHECK (n > 0), at DATETIME);
		INSERT INTO t VALUES (1, 1.5, '2024-01-02 03:04:05'), (2, NULL, NULL);
	END
	as app expect_status 0 pg-load -q --schema-only app.rows
	state >before
	as app expect_status 64 pg-load --data-only --mode refill app.rows
	expect_said 'data-only is --mode fill, not --mode refill'
	as app expect_status 0 pg-load -q --data-only app.rows
	is $'1|1.50|2024-01-02 03:04:05\n2||' 'SELECT * FROM t ORDER BY id'
	expect_status 0 pg-verify app.rows
	as app expect_status 0 pg-load --data-only app.rows
	cat "$stdout" "$stderr" | grep -q 'already complete'
	state >after
	diff <(grep -v public.t_id_seq before) <(grep -v public.t_id_seq after)
	cluster_sql 'DELETE FROM t'
	as app expect_status 64 rowpipe migrate app.db -d dbname=fill --data-only --mode refill
	expect_said 'data-only is --mode fill'
	as app expect_status 0 rowpipe migrate app.db -d dbname=fill --data-only
	tail -n 1 "$stdout" | grep -q '^equal'
	is 2 'SELECT count(*) FROM t'
}
