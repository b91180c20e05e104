# What comes out of SQLite stands in PostgreSQL, cell for cell, however cruel the database is.
load help
load cluster

setup_file() { cluster_start; }
teardown_file() { cluster_stop; }
setup() {
	enter_temp
	cluster_need
	cluster_fresh fidelity
	PATH=$CLUSTER_BIN:$PATH
}

# migrate DB: into the database, with exit 0; then each cell is compared, also by pg-verify, with the
# types of the load and without them.
migrate() {
	rm -f todo.sql report.json
	sqlite-extract "$1" | rows-retype | rows-rename >.rows
	expect_status 0 pg-load --todo todo.sql --report report.json .rows
	expect_silence python3 "$ROOT/tests/fidelity.py" "$1"
	expect_status 0 pg-verify .rows
	sqlite-extract "$1" | rows-rename >.raw
	expect_status 0 pg-verify --raw .raw
}

# cruel: SQL on stdin.
cruel() {
	sqlite3 -cmd '.dbconfig defensive off' cruel.db >/dev/null && migrate cruel.db
}

# refused SQL: the server does not take it.
refused() {
	if cluster_sql "$1" 2>/dev/null; then
		echo "taken: $1"
		return 1
	fi
}

# todos KIND: how many there are.
todos() {
	jq "[.todo[] | select(.kind == \"$1\")] | length" report.json
}

@test "30,000 rows with 21 odd cells late" {
	cruel <<-'END'
		CREATE TABLE big (id INTEGER PRIMARY KEY, n INTEGER, r REAL, d DATE, t DATETIME, b BOOLEAN,
			x TEXT, u UUID, j JSON, m DECIMAL(10,2), raw BLOB);
		WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 30000)
		INSERT INTO big SELECT i, i * 7, i / 3.0, '2020-01-' || (10 + i % 20),
			'2020-01-01 00:' || (10 + i % 50) || ':00', i % 2, 'text ' || i,
			printf('%08x-0000-4000-8000-000000000000', i), json_object('a', i), i / 100.0,
			zeroblob(i % 9) FROM i;
		CREATE TABLE odd (i INTEGER PRIMARY KEY, v);
		INSERT INTO odd VALUES (1, ''), (2, NULL), (3, 'abc'), (4, 1.5), (5, x'00ff'),
			(6, '0000-00-00'), (7, 'NaT'), (8, '2020-02-30'), (9, '1e400'),
			(10, 9223372036854775807), (11, -9223372036854775808), (12, 9e999), (13, -9e999),
			(14, -0.0), (15, 5e-324), (16, '\N'), (17, '\.'),
			(18, 'a' || char(9, 10, 13)), (19, 'x' || char(0) || 'y'), (20, ' 12 '),
			(21, 'true');
		UPDATE big SET (n, r, d, t, b, x, u, j, m, raw) =
			(SELECT v, v, v, v, v, v, v, v, v, v FROM odd WHERE i = (id - 29000) / 37)
			WHERE id > 29000 AND (id - 29000) % 37 = 0 AND id <= 29000 + 37 * 21;
	END
	is 30000 'SELECT count(*) FROM big'
}

@test "numbers at their ends, and texts that COPY might take for its own" {
	cruel <<-'END'
		CREATE TABLE n (id INTEGER PRIMARY KEY, i INTEGER, r REAL, d DECIMAL(20,5), x);
		INSERT INTO n (i, r, d, x) VALUES (9223372036854775807, 5e-324, 0.1, -0.0),
			(-9223372036854775808, 1.7976931348623157e308, 12345.678, 9e999),
			(0, -0.0, -1, 9007199254740993), (NULL, 9e999, 1e10, '9007199254740993.0'),
			(1, -9e999, 3, x'31');
		CREATE TABLE r (r REAL, d DECIMAL(10,2));
		INSERT INTO r VALUES (0.1, 1.10), (1e300, 99999999.99), (2.5, -0.01);
		CREATE TABLE t (id INTEGER PRIMARY KEY, t TEXT, b BLOB);
		INSERT INTO t (t) VALUES ('\N'), ('\.'), (char(9)), (char(10)), (char(13, 10)), ('\\'), (''),
			(' '), ('NULL'), ('é日本😀'), (char(0x2028, 0xfeff, 0xffff)), ('"'), ('''');
		UPDATE t SET b = t;
		CREATE TABLE nul (t TEXT, fine TEXT);
		INSERT INTO nul VALUES ('a' || char(0) || 'b', 'c'), (char(0), 'd');
		CREATE TABLE ill (t TEXT, fine TEXT);
		INSERT INTO ill VALUES (CAST(x'ff' AS TEXT), 'c'), (CAST(x'61c3' AS TEXT), 'd');
		CREATE TABLE large (t TEXT, b BLOB);
		INSERT INTO large VALUES (hex(zeroblob(6000000)), zeroblob(12000000)), (NULL, 'x');
	END
	is bytea "SELECT pg_typeof(t) FROM nul LIMIT 1"
}

@test "UTF-16, and rows that are only in the WAL" {
	sqlite3 utf16.db <<-'END'
		PRAGMA encoding = 'UTF-16be';
		CREATE TABLE "größe" (id INTEGER PRIMARY KEY, "ß" TEXT DEFAULT 'ü');
		INSERT INTO "größe" VALUES (1, 'é日本😀'), (2, ''), (3, '\N');
	END
	migrate utf16.db
	cluster_fresh fidelity
	sqlite3 first.db <<-'END'
		PRAGMA journal_mode = WAL;
		PRAGMA wal_autocheckpoint = 0;
		CREATE TABLE w (a INT);
		INSERT INTO w VALUES (1), (2);
		.shell cp first.db wal.db; cp first.db-wal wal.db-wal
	END
	migrate wal.db
	is 2 'SELECT count(*) FROM w'
}

@test "names: reserved, quoted, long, colliding, with control characters, none" {
	local long=LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL
	for name in select user Group 'with space' 'with""quote' "apos'" 'semi;' 'a	b' "$(printf 'a\nb')" \
		"$(printf '\033[31m')" 日本 ctid xmin pg_class ' ' '$1' 1st '--' '\' ':v' x x_pkey x_id_seq \
		x_v_key "${long}a" "${long}b" '"");DROP TABLE x;--'; do
		cat <<-END
			CREATE TABLE "$name" (id INTEGER PRIMARY KEY, v TEXT UNIQUE, "$name" INT,
				"${long}1" INT, "${long}2" INT);
			INSERT INTO "$name" VALUES (1, 'x', 2, 3, 4);
			CREATE INDEX "i $name" ON "$name" ("$name" DESC);
		END
	done | cruel
	is 27 "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
	is 27 "SELECT count(*) FROM pg_constraint WHERE contype = 'u'
		AND connamespace = 'public'::regnamespace"
	is 81 "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'"
	[ "$(todos index)" -eq 0 ]
	cluster_fresh fidelity
	cruel <<<'CREATE TABLE "" ("" TEXT, a INT); INSERT INTO "" VALUES (1, 2)' || true
}

@test "keys: composite, without rowid, with NULLs, with duplicates only after conversion" {
	cruel <<-'END'
		CREATE TABLE p (a INT, b TEXT, PRIMARY KEY (a, b));
		INSERT INTO p VALUES (1, 'x'), (1, 'y');
		CREATE TABLE c (a INT, b TEXT, FOREIGN KEY (a, b) REFERENCES p ON DELETE CASCADE);
		INSERT INTO c VALUES (1, 'x'), (NULL, 'q');
		CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
		INSERT INTO w VALUES ('b', 1), ('a', 'x');
		CREATE TABLE nulls (k TEXT PRIMARY KEY, u INT UNIQUE);
		INSERT INTO nulls VALUES (NULL, NULL), (NULL, NULL), ('x', 1);
		CREATE TABLE twins (k UNIQUE, p PRIMARY KEY);
		INSERT INTO twins VALUES (1, 1), ('1', '1');
		CREATE TABLE to_twins (t REFERENCES twins (p));
		INSERT INTO to_twins VALUES (1), ('1');
		CREATE TABLE self (id INTEGER PRIMARY KEY, up INT REFERENCES self);
		INSERT INTO self VALUES (1, NULL), (2, 1), (3, 9);
		CREATE TABLE a (id INTEGER PRIMARY KEY, b INT REFERENCES b (id));
		CREATE TABLE b (id INTEGER PRIMARY KEY, a INT REFERENCES a (id));
		INSERT INTO a VALUES (1, 1);
		INSERT INTO b VALUES (1, 1);
		CREATE TABLE dangling (x INT REFERENCES nowhere (id), y INT REFERENCES p (none));
		INSERT INTO dangling VALUES (1, 1);
	END
	is 't|1' "SELECT bool_or(NOT convalidated), count(*) FROM pg_constraint
		WHERE conname = 'self_up_fkey'"
	is 3 "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated
		AND connamespace = 'public'::regnamespace"
	[ "$(todos 'foreign key')" -eq 4 ]
	[ "$(todos 'primary key')" -eq 2 ]
}

@test "identities: ahead of the maximum, negative, zero, at the end of bigint" {
	cruel <<-'END'
		CREATE TABLE gone (id INTEGER PRIMARY KEY AUTOINCREMENT, x);
		INSERT INTO gone VALUES (100, 1), (101, 2);
		DELETE FROM gone WHERE id = 101;
		CREATE TABLE negative (id INTEGER PRIMARY KEY, x);
		INSERT INTO negative VALUES (-5, 1);
		CREATE TABLE zero (id INTEGER PRIMARY KEY, x);
		INSERT INTO zero VALUES (0, 1);
		CREATE TABLE most (id INTEGER PRIMARY KEY, x);
		INSERT INTO most VALUES (9223372036854775807, 1);
		CREATE TABLE none (id INTEGER PRIMARY KEY AUTOINCREMENT, x);
	END
	is 102 'INSERT INTO gone (x) VALUES (1) RETURNING id'
	is 1 'INSERT INTO negative (x) VALUES (1) RETURNING id'
	is 1 'INSERT INTO zero (x) VALUES (1) RETURNING id'
	is 1 'INSERT INTO none (x) VALUES (1) RETURNING id'
	refused 'INSERT INTO most (x) VALUES (1)'
}

@test "indexes: partial, expressions, DESC, NOCASE, keys that are too long, too many columns" {
	{
		cat <<-'END'
			CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, e TEXT COLLATE NOCASE UNIQUE);
			INSERT INTO t VALUES (1, 'A', 1, 'x'), (2, 'a', 2, 'y');
			CREATE INDEX i1 ON t (a DESC, b);
			CREATE UNIQUE INDEX i2 ON t (a) WHERE b > 1;
			CREATE INDEX i3 ON t (lower(a), b + 1);
			CREATE INDEX i4 ON t (a COLLATE NOCASE);
			CREATE TABLE l (u TEXT UNIQUE, p TEXT, b BLOB UNIQUE);
			INSERT INTO l SELECT hex(randomblob(3000)), hex(randomblob(3000)), randomblob(5000)
				FROM (SELECT 1 UNION SELECT 2);
			INSERT INTO l VALUES ('a\b\\', 'x', x'5c');
			CREATE INDEX i5 ON l (p);
			CREATE INDEX i6 ON l (substr(p, 1, 10));
			CREATE INDEX i7 ON l (p || u);
			CREATE INDEX i8 ON l (p, b) WHERE p > '';
			CREATE TABLE h (a INT, p TEXT, z TEXT);
			INSERT INTO h SELECT 1, p, 'z' FROM l;
			CREATE INDEX i9 ON h (a, p, z DESC);
		END
		echo "CREATE TABLE m ($(seq -s ', ' -f 'c%g INT' 40), UNIQUE ($(seq -s ', ' -f 'c%g' 40)));"
	} | cruel
	is 1 "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%lower(%e COLLATE%' AND indexdef
		LIKE 'CREATE UNIQUE%'"
	is 2 "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%UNIQUE%sha256(%'"
	is 'CREATE INDEX i5 ON public.l USING hash (p)' "SELECT indexdef FROM pg_indexes WHERE indexname = 'i5'"
	is 1 "SELECT count(*) FROM pg_indexes WHERE indexname = 'i8'
		AND indexdef LIKE '%USING hash (p) WHERE %'"
	is 'CREATE INDEX i9 ON public.h USING btree (a NULLS FIRST, z DESC NULLS LAST)' "SELECT indexdef
		FROM pg_indexes WHERE indexname = 'i9'"
	[ "$(todos index)" -eq 4 ]
	[ "$(todos 'unique key')" -eq 1 ]
	refused "INSERT INTO l (u) VALUES ('a\\b\\\\')"
}

@test "collations: a key without case stays one, RTRIM and BINARY are heard, others are told" {
	python3 - <<-'END'
		import sqlite3
		db = sqlite3.connect('cruel.db')
		db.create_collation('OWN', lambda a, b: (a > b) - (a < b))
		db.executescript("""
			CREATE TABLE p (k TEXT COLLATE NOCASE PRIMARY KEY, s TEXT UNIQUE COLLATE RTRIM);
			INSERT INTO p VALUES ('Ab', 'x'), ('cd', 'y ');
			CREATE TABLE c (k TEXT REFERENCES p);
			INSERT INTO c VALUES ('Ab');
			CREATE TABLE b (n TEXT COLLATE NOCASE, o TEXT COLLATE OWN);
			CREATE UNIQUE INDEX plain ON b (n COLLATE BINARY);
			CREATE UNIQUE INDEX own ON b (o);
			INSERT INTO b VALUES ('a', 'x'), ('A', 'X');
			CREATE TABLE l (u TEXT UNIQUE COLLATE NOCASE);
			INSERT INTO l VALUES (hex(randomblob(3000)));
			INSERT INTO l VALUES ('Ab');
		""")
	END
	sqlite-extract cruel.db | rows-retype | rows-rename >.rows
	expect_status 0 pg-load --todo todo.sql --report report.json .rows
	is 1 "SELECT count(*) FROM pg_constraint WHERE conname = 'p_pkey' AND contype = 'p'"
	is t "SELECT convalidated FROM pg_constraint WHERE conname = 'c_k_fkey'"
	refused "INSERT INTO p VALUES ('aB', 'z')"
	refused "INSERT INTO p VALUES ('e', 'y')"
	refused "INSERT INTO b VALUES ('A', 'z')"
	refused "INSERT INTO l VALUES ('aB')"
	[ "$(todos collation)" -eq 3 ]
	[ "$(todos index)" -eq 1 ]
	grep -q 'index own of b: o compares with OWN, a collation of the application' todo.sql
	[ "$(todos 'primary key')" -eq 0 ]
}

@test "checks and NOT NULLs that the data breaks, defaults of all kinds" {
	cruel <<-'END'
		PRAGMA ignore_check_constraints = ON;
		CREATE TABLE k (a INT CHECK (a > 0), b TEXT CHECK (length(b) < 3), c INT CHECK (c = printf('%d', c)));
		INSERT INTO k VALUES (-1, 'x', 1);
		CREATE TABLE nn (a INT, b TEXT);
		INSERT INTO nn VALUES (NULL, 'x');
		CREATE TABLE d (id INTEGER PRIMARY KEY, a INT DEFAULT -1, b TEXT DEFAULT "dq",
			c TEXT DEFAULT 'it''s \N', d BLOB DEFAULT x'00ff', e DATETIME DEFAULT CURRENT_TIMESTAMP,
			f TEXT DEFAULT (datetime('now')), g INT DEFAULT (1 + 2), h BOOLEAN DEFAULT 1,
			i REAL DEFAULT 1e3, j TEXT DEFAULT (printf('%d', 1)), k INT DEFAULT 0x10,
			l TEXT DEFAULT NULL, m INT DEFAULT 'x', n DATE DEFAULT CURRENT_DATE,
			o TEXT DEFAULT (lower(hex(randomblob(4)))));
		INSERT INTO d (id) VALUES (1);
		PRAGMA writable_schema = ON;
		UPDATE sqlite_schema SET sql = 'CREATE TABLE nn (a INT NOT NULL, b TEXT NOT NULL)'
			WHERE name = 'nn';
	END
	# Up to version 12 the server has no gen_random_uuid(), and refuses the table with its defaults.
	[ "$CLUSTER_VERSION" -lt 13 ] || is 'dq|it'"'"'s \N|\x00ff|3|16' 'INSERT INTO d (id) VALUES (2) RETURNING b, c, d, g, k'
	is 1 "SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND NOT convalidated"
	[ "$(todos 'not null')" -eq 1 ]
	[ "$(todos check)" -eq 2 ]
}

@test "generated columns: computed where that is exact, else the source's values" {
	cruel <<-'END'
		CREATE TABLE g (id INTEGER PRIMARY KEY, a INT, n TEXT, s INT AS (a + 1), u TEXT AS (n || 'x')
			STORED, r REAL AS (a / 2.0), g INT AS (s * 2), i TINYINT AS (substr(n, 1, 2)));
		INSERT INTO g (a, n) VALUES (1, '00é'), (-7, NULL), (1000000, 'x');
		CREATE TABLE o (a INT, b INT, c INT AS (a * b - a * b), d TEXT AS (a + 1));
		INSERT INTO o (a, b) VALUES (4611686018427387904, 4), (9223372036854775807, 1);
		CREATE TABLE n (a TEXT, x TEXT AS (a || 'a'), y TEXT AS (a || 'x'), z TEXT AS (printf('%s', a)));
		INSERT INTO n (a) VALUES ('q');
		CREATE TABLE m (x BLOB, l INT AS (length(x)), y TEXT AS (x) UNIQUE);
		INSERT INTO m VALUES ('é'), (x'ff00'), ('a');
	END
	is 's,u,x,y' "SELECT string_agg(attname, ',' ORDER BY attrelid, attnum) FROM pg_attribute
		WHERE attgenerated <> ''"
	grep -q "generated column z of n: has the function printf.*; it holds the source's values" todo.sql
}

@test "wide and empty: 1,200 columns, 1,601, no table, tables without rows" {
	{
		echo "CREATE TABLE w ($(seq -s ', ' -f 'c%g INTEGER' 1200));"
		echo "INSERT INTO w VALUES ($(seq -s ', ' 1200));"
		echo "CREATE TABLE n ($(seq -s ', ' -f 'c%g REAL' 1600));"
		echo "INSERT INTO n (c1, c1600) VALUES (1.5, 2.5);"
		echo 'CREATE TABLE e (a, b TEXT);'
	} | cruel
	cluster_fresh fidelity
	sqlite3 views.db 'CREATE VIEW v AS SELECT 1'
	migrate views.db
	[ "$(todos view)" -eq 0 ]
	is 1 'SELECT * FROM v'
	sqlite3 words.db "CREATE VIRTUAL TABLE f USING fts5(x); CREATE TABLE t (a);
		CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO f VALUES (new.a); END"
	cluster_fresh fidelity
	migrate words.db
	jq -e '.todo | map(.kind) == ["virtual table", "trigger"]' report.json >/dev/null
	grep -q '^-- trigger r of t: ' todo.sql
	sqlite3 wide.db "CREATE TABLE w ($(seq -s ', ' -f 'c%g' 1601))"
	sqlite-extract wide.db | rows-retype | rows-rename >.rows
	expect_status 78 pg-load .rows
	expect_said 'has 1601 columns'
	sqlite3 long.db "CREATE TABLE w ($(seq -s ', ' -f 'c%g INTEGER' 1200));
		INSERT INTO w VALUES ($(seq -s ', ' -f '90071992547%05g' 1200))"
	sqlite-extract long.db | rows-retype | rows-rename >.rows
	expect_status 78 pg-load .rows
	expect_said 'a row of table .* takes at least [0-9]+ bytes'
}

@test "real databases" {
	[ -d "${ROWPIPE_CASES:=$ROOT/../shared/cases}" ] || skip 'no folder of real databases'
	for database in "$ROWPIPE_CASES"/*.db; do
		cp "$database"* .
		cluster_fresh fidelity
		migrate "${database##*/}"
	done
}
