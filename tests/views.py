#!/usr/bin/env python3
"""views.py make DB | views.py compare DB REPORT | views.py expect REPORT

make writes a database of tables and of the views below.  compare reads each view that a load's
report says was made, in SQLite by Python and in $PGDATABASE by psql: the same rows, as often, of the
same kinds, and in the same order where the view's order is total.  expect holds the report against
what is said below of each view: made, or a to-do with this reason.  Silence is success.
"""
import datetime
import decimal
import json
import sqlite3
import sys

sys.dont_write_bytecode = True
from fidelity import parse_time, psql, quote, unescape

TABLES = """
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, mail TEXT COLLATE NOCASE UNIQUE,
	active BOOLEAN, age INT, score REAL, "Born On" DATE, made DATETIME, nick VARCHAR(20));
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INT REFERENCES users, qty SMALLINT,
	total DECIMAL(10,2), state TEXT, at TIMESTAMP);
CREATE TABLE lines (order_id INT, nr INT, item TEXT, n INT, PRIMARY KEY (order_id, nr));
CREATE TABLE blank (id INTEGER PRIMARY KEY, a INT, t TEXT, r REAL);
CREATE TABLE mixed (id INTEGER PRIMARY KEY, v, w INT, n NUMERIC, s STRING);
CREATE TABLE odd (t TEXT, u TEXT, b BLOB, j JSON, g UUID, free, "select" INT, big BIGINT,
	"A b" TEXT, pad TEXT COLLATE RTRIM);
CREATE TABLE tags (id INTEGER PRIMARY KEY, user_id INT, tag TEXT, x TEXT);
CREATE VIRTUAL TABLE found USING fts5(body);
"""

ROWS = """
INSERT INTO users VALUES
	(1, 'Ann', 'ann@x.org', 1, 30, 1.5, '1990-05-17', '2020-01-02 03:04:05', 'a'),
	(2, 'bob', 'BOB@x.org', 0, 30, 2.5, '1985-12-01', '2020-01-02 03:04:06', NULL),
	(3, 'Ann', NULL, 1, NULL, NULL, NULL, NULL, ''),
	(4, 'émile', 'e@x.org', NULL, 41, -3.25, '2001-02-28', '2019-06-01 00:00:00', 'E'),
	(5, 'Zoe', 'z@x.org', 1, 17, 0.1, '2005-01-01', '2021-06-01 12:00:00', 'zoe'),
	(6, 'ann', 'q@x.org', 0, 64, 1e10, '1960-07-07', '2018-01-01 00:00:00', 'Ann'),
	(7, '_%\\', 'p@x.org', 0, -5, 0.0, '1970-01-01', '2018-01-01 00:00:01', '100%');
INSERT INTO orders VALUES
	(1, 1, 2, 12.5, 'new', 1577934245), (2, 1, 3, 3, 'paid', 1577934245),
	(3, 2, 1, 9.25, 'paid', 1609459200), (4, 2, 7, NULL, NULL, 1483228800),
	(5, 9, 2, 0.1, 'new', NULL), (6, NULL, NULL, 0.2, 'NEW', 1600000000),
	(7, 4, 2, 100, 'sent', 1500000000), (8, 4, 2, 100, 'sent', 1500000000);
INSERT INTO lines VALUES (1, 1, 'pen', 10), (1, 2, 'ink', 3), (2, 1, 'pen', 5), (3, 1, 'cup', NULL),
	(7, 1, 'pen', 1), (7, 2, 'cup', 1), (99, 1, 'lost', 7);
INSERT INTO mixed VALUES (1, 5, 3, 1.5, 'x'), (2, '5', -3, 2, 'y'), (3, 5.0, 0, 10, '12a'),
	(4, x'35', NULL, NULL, NULL), (5, NULL, 32767, 3, 'X');
INSERT INTO odd VALUES ('a', 'b', x'0001', '{"k": 1}', '2f1e4fc0-81fd-4ab8-9b5b-0a1b2c3d4e5f', 1,
	7, 9007199254740993, 'c d', 'p'), ('A', 'B', x'', '[1, 2]', NULL, 2, NULL,
	-9223372036854775808, NULL, 'p  '), ('a', NULL, NULL, NULL, NULL, 3, 7, 4611686018427387904,
	'C D', 'q');
INSERT INTO tags VALUES (1, 1, 'red', 'a'), (2, 1, 'blue', 'A'), (3, 2, 'red', 'b'), (4, 5, 'Red', NULL);
"""

MADE, ORDERED = object(), object()

# View, and what becomes of it: MADE, ORDERED (and its rows come in a total order), or the reason.
# A text that is no CREATE VIEW is the SELECT of one that gets a number for a name.
VIEWS = [
	# columns, stars, names
	("SELECT * FROM users", MADE),
	("SELECT id, name FROM users", MADE),
	("SELECT u.* FROM users u", MADE),
	("SELECT u.*, o.* FROM users u JOIN orders o ON o.user_id = u.id", MADE),
	("SELECT o.id, u.id, u.id, u.id FROM users AS u JOIN orders AS o ON o.user_id = u.id", MADE),
	("SELECT id AS \"The Id\", name 'n', mail [m m], nick `k` FROM users", MADE),
	("SELECT ID, NAME, \"born on\", `BORN ON`, [Born On] FROM USERS", MADE),
	("SELECT main.users.name FROM main.users", MADE),
	("SELECT age + 1, age+1 , /* x */ lower(name) FROM users -- end", MADE),
	("SELECT name AS true, age false FROM users", MADE),
	("CREATE VIEW listed(a, B, \"C c\") AS SELECT id, name, age FROM users", MADE),
	("CREATE VIEW short(a, b) AS SELECT id FROM users", "names more columns than it has"),
	("CREATE VIEW long(a) AS SELECT id, name FROM users", "names fewer columns than it has"),
	("SELECT \"select\", \"A b\" FROM odd", MADE),
	("SELECT 'it''s', \"no column\", 5, -7, 1.5, NULL, x'00ff', 1e300, 9223372036854775807", MADE),
	("SELECT 1 AS one, 'x' AS t, 2.0 AS r WHERE 1", MADE),
	("SELECT 1 WHERE 0", MADE),
	("SELECT TRUE, FALSE, NOT TRUE", MADE),
	("SELECT rowid, name FROM users", "has rowid, which PostgreSQL does not"),
	("SELECT oid FROM users", "has oid, which PostgreSQL does not"),
	("SELECT nme FROM users", "has the name nme, which is no column here"),
	("SELECT u.nme FROM users u", "has the name u.nme, which is no column here"),
	("SELECT users.name FROM users u", "has the name users.name, which is no column here"),
	("SELECT x.* FROM users", "has x.*, which is no table here"),
	("SELECT id FROM users, orders", "has the name id, which several tables have"),
	("SELECT * FROM users, users", "reads two tables as users"),
	("SELECT a.name, b.name FROM users a, users b WHERE a.id < b.id", MADE),
	("SELECT * FROM found", "reads found, which is not carried over"),
	("SELECT * FROM sqlite_master", "reads sqlite_master, which is not carried over"),
	("SELECT * FROM absent", "reads absent, which is not carried over"),
	("SELECT * FROM json_each('[1]')", "reads the function json_each()"),
	# values
	("SELECT id, active, active = 1, active = 0, NOT active, active IS NULL FROM users", MADE),
	("SELECT id, age > 30, age >= 30 AND active, age < 18 OR score > 1 FROM users", MADE),
	("SELECT qty * 2, qty + 1, qty - 10, -qty, qty / 2, qty % 2, qty / 0 FROM orders", MADE),
	("SELECT qty / (qty - 2), 7 % (qty - 2), -7 / 2, -7 % 3, age / 7 FROM orders, users", MADE),
	("SELECT qty & 3, qty | 8, ~qty, qty << 2, qty >> 1 FROM orders", MADE),
	("SELECT qty * 30000 * 30000 FROM orders", MADE),
	("SELECT big + 1 FROM odd", "computes what may go beyond a bigint"),
	("SELECT abs(big) FROM odd", "computes what may go beyond a bigint"),
	("SELECT -big FROM odd", "computes what may go beyond a bigint"),
	("SELECT big / 2, big % 10, big & 255, big << 1 FROM odd", MADE),
	("SELECT score * 2, score / 3, score + age, score - 0.1, -score FROM users", MADE),
	("SELECT CAST(score AS INTEGER), CAST(age AS REAL), CAST(age AS TEXT) FROM users", MADE),
	("SELECT CAST(name AS INTEGER) FROM users", "computes with a text"),
	("SELECT total * 2 FROM orders", "computes with a numeric"),
	("SELECT name || ' <' || mail || '>', id || name FROM users", MADE),
	("SELECT score || '' FROM users", "makes a text of a real"),
	("SELECT lower(name), upper(name), length(name), trim(name), substr(name, 2, 2) FROM users", MADE),
	("SELECT replace(name, 'n', 'm'), instr(name, 'n'), abs(age), typeof(age) FROM users", MADE),
	("SELECT coalesce(nick, name), ifnull(age, 0), nullif(age, 30) FROM users", MADE),
	("SELECT coalesce(score, 0) FROM users", MADE),
	("SELECT coalesce(age, name) FROM users", "chooses among values of several types"),
	("SELECT CASE WHEN age >= 18 THEN 'adult' WHEN age IS NULL THEN NULL ELSE 'child' END FROM users", MADE),
	("SELECT CASE state WHEN 'new' THEN 1 WHEN 'paid' THEN 2 ELSE 0 END AS k FROM orders", MADE),
	("SELECT CASE WHEN active THEN 'yes' ELSE 'no' END, iif(active, 1, 0) FROM users", MADE),
	("SELECT max(id, 3), min(id, 3) FROM users", MADE),
	("SELECT max(age, 3) FROM users", "has max() of what may be NULL"),
	("SELECT hex(b), length(b), b FROM odd", MADE),
	("SELECT j, g, free FROM odd", MADE),
	("SELECT json_extract(j, '$.k') FROM odd", "has a JSON path that is not plain"),
	("SELECT round(score, 1) FROM users", "has the function round(), which is not known"),
	("SELECT strftime('%Y', made) FROM users", "computes a time with strftime()"),
	("SELECT date('now')", "computes a time with date()"),
	("SELECT random()", "has random()"),
	("SELECT quote(name) FROM users", "has the function quote(), which is not known"),
	("SELECT made, \"Born On\", at FROM users, orders", MADE),
	("SELECT v, n, s FROM mixed", MADE),
	("SELECT v + 1 FROM mixed", "computes with a value of its type"),
	# conditions
	("SELECT * FROM users WHERE active", MADE),
	("SELECT * FROM users WHERE NOT active", MADE),
	("SELECT * FROM users WHERE active = 1 AND age > 20", MADE),
	("SELECT * FROM users WHERE age", MADE),
	("SELECT * FROM users WHERE age IS NULL OR score IS NOT NULL", MADE),
	("SELECT * FROM users WHERE name = 'Ann'", MADE),
	("SELECT * FROM users WHERE name == \"Ann\"", MADE),
	("SELECT * FROM users WHERE name > 'B' AND name <= 'b'", MADE),
	("SELECT * FROM users WHERE name BETWEEN 'A' AND 'Z'", MADE),
	("SELECT * FROM users WHERE name COLLATE NOCASE = 'ANN'", MADE),
	("SELECT * FROM users WHERE mail = 'bob@X.org'", MADE),
	("SELECT * FROM users WHERE mail > 'B' COLLATE NOCASE", MADE),
	("SELECT * FROM odd WHERE pad = 'p'", MADE),
	("SELECT * FROM users WHERE name LIKE 'a%'", MADE),
	("SELECT * FROM users WHERE name LIKE 'É%'", MADE),
	("SELECT * FROM users WHERE name NOT LIKE '%n%'", MADE),
	("SELECT * FROM users WHERE name LIKE '\\%' OR nick LIKE '100%'", MADE),
	("SELECT * FROM users WHERE name GLOB 'A*'", MADE),
	("SELECT * FROM users WHERE id IN (1, 2, NULL)", MADE),
	("SELECT * FROM users WHERE id NOT IN (1, 2)", MADE),
	("SELECT * FROM users WHERE age IN ('30', '41')", MADE),
	("SELECT * FROM users WHERE age = '30'", MADE),
	("SELECT * FROM users WHERE age = 'thirty'", "compares age, which is an integer, with a text"),
	("SELECT * FROM users WHERE score >= 1", MADE),
	("SELECT * FROM users WHERE score = 0.1", MADE),
	("SELECT * FROM users WHERE \"Born On\" >= '1990-01-01'", MADE),
	("SELECT * FROM users WHERE made < '2020-01-01'", MADE),
	("SELECT * FROM users WHERE made <= '2020-01-01'", "compares a timestamp, of which the source has a text"),
	("SELECT * FROM orders WHERE total > 9", MADE),
	("SELECT * FROM orders WHERE total = 12.5", MADE),
	("SELECT * FROM orders WHERE at > 1500000000", "compares at, which is a value of its type, with an integer"),
	("SELECT * FROM mixed WHERE v = 5", "compares v, which is a value of its type, with an integer"),
	("SELECT * FROM mixed WHERE n >= 2", MADE),
	("SELECT * FROM mixed WHERE s = 'x'", MADE),
	("SELECT * FROM mixed WHERE s < 'z'", "compares s, which may hold numbers in the source"),
	("SELECT * FROM odd WHERE b = x'0001'", MADE),
	("SELECT * FROM odd WHERE big > 9007199254740992", MADE),
	("SELECT * FROM odd WHERE big = 9007199254740992.0", MADE),
	("SELECT * FROM users WHERE name", "takes a text for a condition"),
	("SELECT age + 1 AS next FROM users WHERE next > 30", MADE),
	("SELECT age AS score FROM users WHERE score > 1", MADE),
	("SELECT name FROM users WHERE count(*) > 1", "has count() where no aggregate can stand"),
	("SELECT name FROM users WHERE date(\"Born On\") = '1990-05-17'", MADE),
	("SELECT name FROM users WHERE \"Born On\" > date('now')", "computes a time with date()"),
	("SELECT lower(\"n\"), name AS n FROM users", "has the name n, which is no column here"),
	# joins
	("SELECT u.name, o.total FROM users u LEFT JOIN orders o ON o.user_id = u.id", MADE),
	("SELECT u.name, o.id FROM users u LEFT OUTER JOIN orders o ON o.user_id = u.id AND o.state = 'paid'", MADE),
	("SELECT u.name FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.id IS NULL", MADE),
	("SELECT u.name, l.item FROM users u JOIN orders o ON u.id = o.user_id JOIN lines l ON l.order_id = o.id", MADE),
	("SELECT u.name, l.item FROM users u, orders o LEFT JOIN lines l ON l.order_id = o.id WHERE u.id = o.user_id", MADE),
	("SELECT * FROM users CROSS JOIN blank", MADE),
	("SELECT * FROM users LEFT JOIN blank", MADE),
	("SELECT * FROM users INNER JOIN tags USING (id)", MADE),
	("SELECT id, tag, t.id, users.* FROM users JOIN tags t USING (id)", MADE),
	("SELECT * FROM orders JOIN tags USING (user_id)", MADE),
	("SELECT * FROM orders LEFT JOIN tags USING (user_id, id)", MADE),
	("SELECT * FROM orders JOIN tags USING (user_id) JOIN users USING (id)", "joins USING (id), which several tables have"),
	("SELECT * FROM users NATURAL JOIN tags", "has a NATURAL JOIN"),
	("SELECT * FROM users u JOIN orders o ON u.id = t.user_id JOIN tags t ON t.id = o.id", "joins on user_id, which stands further to the right"),
	("SELECT * FROM users u JOIN odd o ON u.age = o.t", "compares age, which is an integer, with a text"),
	("SELECT a.mail, b.name FROM users a JOIN users b ON a.mail = b.name || '@X.ORG'", MADE),
	("SELECT a.name, b.name FROM users a JOIN users b ON lower(a.name) = b.name", MADE),
	("SELECT * FROM users u JOIN orders o ON u.score = o.id", MADE),
	("SELECT * FROM users u JOIN odd o ON u.score = o.big", "compares a bigint with a real"),
	("SELECT * FROM (users JOIN orders ON 1)", "has parentheses in FROM"),
	("SELECT * FROM (SELECT 1)", "has a subquery in FROM"),
	("SELECT * FROM users INDEXED BY sqlite_autoindex_users_1 WHERE mail = 'x'", MADE),
	("SELECT x.name FROM users x NOT INDEXED", MADE),
	("SELECT g.id FROM odd o JOIN users g ON o.g = g.name", "compares g, which is a value of its type, with a text"),
	# aggregates
	("SELECT count(*) FROM users", MADE),
	("SELECT count(*), count(age), count(DISTINCT age), sum(age), min(age), max(age), avg(age) FROM users", MADE),
	("SELECT count(*), sum(a), min(a), max(t), avg(a), total(a) FROM blank", MADE),
	("SELECT sum(qty), total(qty), avg(qty), sum(qty) * 1.0 / count(*) FROM orders", MADE),
	("SELECT coalesce(sum(qty), 0), sum(active), sum(state = 'new') FROM orders, users", MADE),
	("SELECT sum(DISTINCT qty), avg(DISTINCT qty), min(DISTINCT qty) FROM orders", MADE),
	("SELECT min(name), max(name), min(state) FROM users, orders", MADE),
	("SELECT min(\"Born On\"), max(\"Born On\"), min(at), max(at) FROM users, orders", MADE),
	("SELECT min(score), max(score), min(total), max(total), max(active) FROM users, orders", MADE),
	("SELECT min(mail) FROM users", "has the least or largest of mail, which is compared without regard to case or blanks"),
	("SELECT max(made) FROM users", "has the least or largest of made, times that the source may spell in several ways"),
	("SELECT max(v) FROM mixed", "has the least or largest of v, whose values the source has in another form, or of several kinds"),
	("SELECT max(b) FROM odd", "function max(bytea) does not exist"),
	("SELECT sum(score) FROM users", "has sum() of reals, whose last digits depend on the order"),
	("SELECT avg(total) FROM orders", "has avg() of reals, whose last digits depend on the order"),
	("SELECT avg(big) FROM odd", "has avg() of integers that may add up to more than 9007199254740992"),
	("SELECT sum(qty) FROM orders WHERE qty > 100", MADE),
	("SELECT sum(name) FROM users", "has sum() of a text"),
	("SELECT group_concat(name) FROM users", "has group_concat(), whose order is not fixed"),
	("SELECT count(DISTINCT mail) FROM users", "counts different values of mail, which is compared without regard to case or blanks"),
	("SELECT count(DISTINCT v) FROM mixed", "counts different values of v, whose values"),
	("SELECT count(DISTINCT name), count(DISTINCT at), count(name || nick) FROM users, orders", MADE),
	("SELECT name, count(*) FROM users", "has name, which is neither grouped by nor aggregated"),
	("SELECT name, max(age) FROM users", "has name, which is neither grouped by nor aggregated"),
	("SELECT CASE WHEN 1 THEN 2 ELSE count(*) END FROM blank", MADE),
	("SELECT 0 AND count(*), 1 OR max(a), NULL + sum(a) FROM blank", MADE),
	("SELECT sum(qty) / count(*), 'x' || min(state) FROM orders WHERE id < 0", MADE),
	("SELECT 1 FROM blank ORDER BY count(*)", "has count() where no aggregate can stand"),
	("SELECT sum(max(age)) FROM users", "has max() where no aggregate can stand"),
	("SELECT count(*) FILTER (WHERE age > 30) FROM users", "has a window function"),
	("SELECT row_number() OVER (ORDER BY id) FROM users", "has a window function"),
	# GROUP BY, HAVING
	("SELECT name, count(*) FROM users GROUP BY name", MADE),
	("SELECT name AS n, count(*) AS c FROM users GROUP BY n HAVING c > 1", MADE),
	("SELECT state, count(*), sum(qty), min(id), max(id) FROM orders GROUP BY 1", MADE),
	("SELECT lower(name), count(*) FROM users GROUP BY lower(name)", MADE),
	("SELECT lower(name) AS l, count(*) FROM users GROUP BY l", MADE),
	("SELECT age > 30, count(*) FROM users GROUP BY age > 30", MADE),
	("SELECT active, age, count(*) FROM users GROUP BY active, age HAVING count(*) >= 1 AND age > 0", MADE),
	("SELECT age / 10, age / 10 * 10 FROM users GROUP BY age / 10", MADE),
	("SELECT u.id, u.name, count(o.id) AS n, coalesce(sum(o.qty), 0) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id", MADE),
	("SELECT u.*, count(o.id) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id", MADE),
	("SELECT item, sum(n) FROM lines GROUP BY item HAVING sum(n) > 4", MADE),
	("SELECT order_id, nr, item, count(*) FROM lines GROUP BY order_id, nr", MADE),
	("SELECT order_id, item, count(*) FROM lines GROUP BY order_id", "has item, which is neither grouped by nor aggregated"),
	("SELECT at, count(*) FROM orders GROUP BY at", MADE),
	("SELECT \"Born On\", count(*) FROM users GROUP BY \"Born On\"", MADE),
	("SELECT total, count(*) FROM orders GROUP BY total", MADE),
	("SELECT made, count(*) FROM users GROUP BY made", "groups by made, times that the source may spell in several ways"),
	("SELECT mail, count(*) FROM users GROUP BY mail", "groups by mail, which is compared without regard to case or blanks"),
	("SELECT v, count(*) FROM mixed GROUP BY v", "groups by v, whose values"),
	("SELECT count(*) FROM users GROUP BY 'x'", "groups by a constant"),
	("SELECT count(*) FROM users HAVING count(*) > 1", "has HAVING without GROUP BY"),
	("SELECT name, count(*) FROM users GROUP BY name HAVING max(age) > 29 OR name = 'Zoe'", MADE),
	("SELECT a, sum(r) FROM blank GROUP BY a", "has sum() of reals"),
	# DISTINCT, ORDER BY, LIMIT
	("SELECT DISTINCT name FROM users", MADE),
	("SELECT DISTINCT age, active FROM users", MADE),
	("SELECT ALL age FROM users", MADE),
	("SELECT DISTINCT mail FROM users", "drops equal rows by mail, which is compared without regard"),
	("SELECT DISTINCT v FROM mixed", "drops equal rows by v, whose values"),
	("SELECT DISTINCT j FROM odd", "drops equal rows by JSON"),
	("SELECT id, name FROM users ORDER BY name, id", ORDERED),
	("SELECT id, name FROM users ORDER BY name DESC, 1", ORDERED),
	("SELECT id, age FROM users ORDER BY age, id DESC", ORDERED),
	("SELECT id, age FROM users ORDER BY age DESC NULLS FIRST, id", ORDERED),
	("SELECT id, age FROM users ORDER BY age NULLS LAST, id", ORDERED),
	("SELECT id, mail FROM users ORDER BY mail, id", ORDERED),
	("SELECT id, name FROM users ORDER BY name COLLATE NOCASE DESC, id", ORDERED),
	("SELECT id, score FROM users ORDER BY -score, id", ORDERED),
	("SELECT id FROM users ORDER BY length(name), lower(name), id", ORDERED),
	("SELECT id, at FROM orders ORDER BY at DESC, id", ORDERED),
	("SELECT id, pad FROM odd, users ORDER BY pad", MADE),
	("SELECT id, made FROM users ORDER BY made", "orders by made, times that the source may spell in several ways"),
	("SELECT id FROM mixed ORDER BY v", "orders by v, whose values"),
	("SELECT name FROM users ORDER BY 5", "orders by an integer"),
	("SELECT -age AS age, id FROM users ORDER BY age, id", ORDERED),
	("SELECT DISTINCT name FROM users ORDER BY name", ORDERED),
	("SELECT DISTINCT name, age FROM users ORDER BY 2 DESC, name LIMIT 3", ORDERED),
	("SELECT DISTINCT name FROM users ORDER BY age", "orders DISTINCT rows by what is none of their columns"),
	("SELECT id FROM users ORDER BY id LIMIT 3", ORDERED),
	("SELECT id, name FROM users ORDER BY name, id LIMIT 2 OFFSET 1", ORDERED),
	("SELECT id, name FROM users ORDER BY age DESC, id LIMIT 1, 2", ORDERED),
	("SELECT id FROM users ORDER BY id LIMIT -1 OFFSET 2", ORDERED),
	("SELECT id FROM users ORDER BY id LIMIT 0", ORDERED),
	("SELECT name FROM users ORDER BY name LIMIT 3", ORDERED),
	("SELECT name, age FROM users ORDER BY name LIMIT 3", "has a LIMIT, and its ORDER BY leaves it open"),
	("SELECT name FROM users LIMIT 3", "has a LIMIT, and its ORDER BY leaves it open"),
	("SELECT id, mail FROM users ORDER BY mail LIMIT 3", "has a LIMIT, and its ORDER BY leaves it open"),
	("SELECT count(*) FROM users LIMIT 1", ORDERED),
	("SELECT name, count(*) FROM users GROUP BY name ORDER BY count(*) DESC, name LIMIT 2", ORDERED),
	("SELECT name, count(*) AS c FROM users GROUP BY name ORDER BY c DESC, lower(name), name", ORDERED),
	("SELECT name FROM users GROUP BY name ORDER BY max(age) DESC LIMIT 2", "has a LIMIT, and its ORDER BY leaves it open"),
	("SELECT u.id, o.id FROM users u JOIN orders o ON o.user_id = u.id ORDER BY o.id DESC, u.id LIMIT 4", ORDERED),
	("SELECT id FROM users LIMIT 1 + 1", "has + where the end is wanted"),
	# UNION
	("SELECT name FROM users UNION SELECT item FROM lines", MADE),
	("SELECT name FROM users UNION ALL SELECT item FROM lines", MADE),
	("SELECT id, name FROM users UNION ALL SELECT nr, item FROM lines UNION SELECT 1, 'Ann'", MADE),
	("SELECT age FROM users UNION SELECT qty FROM orders ORDER BY 1", ORDERED),
	("SELECT age AS a, 'user' AS kind FROM users UNION ALL SELECT qty, 'order' FROM orders ORDER BY kind DESC, a", ORDERED),
	("SELECT age FROM users UNION SELECT NULL UNION SELECT 3.0", "chooses among values of several types"),
	("SELECT name FROM users UNION SELECT age FROM users", "chooses among values of several types"),
	("SELECT NULL AS x, name FROM users UNION ALL SELECT age, NULL FROM users", MADE),
	("SELECT at FROM orders UNION ALL SELECT at FROM orders WHERE id > 3", MADE),
	("SELECT active FROM users UNION SELECT age FROM users", MADE),
	("SELECT active FROM users UNION SELECT active FROM users", MADE),
	("SELECT n FROM mixed UNION SELECT 2.5 UNION ALL SELECT 7", MADE),
	("SELECT made FROM users UNION SELECT made FROM users", "drops equal rows by made, times"),
	("SELECT mail FROM users UNION SELECT name FROM users", "drops equal rows by mail, which"),
	("SELECT id FROM users UNION SELECT id, name FROM users", "has SELECTs of different numbers of columns"),
	("SELECT id FROM users EXCEPT SELECT user_id FROM orders", "has EXCEPT"),
	("SELECT id FROM users INTERSECT SELECT user_id FROM orders", "has INTERSECT"),
	("SELECT name FROM users UNION SELECT item FROM lines ORDER BY length(name)", "orders what UNION gives by what is none of its columns"),
	("SELECT count(*) FROM users UNION ALL SELECT count(*) FROM orders", MADE),
	("SELECT name FROM users UNION SELECT state FROM orders ORDER BY name DESC LIMIT 3", ORDERED),
	("SELECT name FROM users UNION ALL SELECT lower(name) FROM users ORDER BY 1 LIMIT 5", ORDERED),
	# more than a simple view
	("WITH x AS (SELECT 1) SELECT * FROM x", "has WITH"),
	("VALUES (1), (2)", "has VALUES"),
	("SELECT (SELECT max(id) FROM users)", "has a subquery"),
	("SELECT * FROM users WHERE id IN (SELECT user_id FROM orders)", "has a subquery"),
	("SELECT * FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id)", "has a subquery"),
	("SELECT (1, 2) = (1, 2)", "has a row of values"),
	("SELECT * FROM users WHERE name REGEXP 'x'", "has REGEXP or MATCH"),
	# views on views
	("CREATE VIEW Adults AS SELECT id, name, age, active FROM users WHERE age >= 18", MADE),
	("CREATE VIEW adult_names(n) AS SELECT name FROM adults WHERE active", MADE),
	("SELECT * FROM adult_names ORDER BY n", ORDERED),
	("SELECT a.n, b.n FROM adult_names a JOIN adult_names b ON a.n <= b.n", MADE),
	("CREATE VIEW sums AS SELECT user_id, count(*) AS n, sum(qty) AS q, min(state) AS first, qty > 2 AS many FROM orders GROUP BY user_id, qty > 2", MADE),
	("SELECT u.name, s.n, s.q * 2, s.first || '!', s.many FROM users u LEFT JOIN sums s ON s.user_id = u.id", MADE),
	("SELECT * FROM sums WHERE many AND n >= 1 AND first >= 'new'", MADE),
	("SELECT u.name FROM users u JOIN sums s ON s.first = u.nick OR s.first < u.name", MADE),
	("SELECT sum(n), max(first), count(q) FROM sums", MADE),
	("SELECT avg(q), sum(q) * 100 / count(*) FROM sums", MADE),
	("CREATE VIEW later AS SELECT * FROM sooner", MADE),
	("CREATE VIEW sooner AS SELECT id, upper(name) AS up FROM users", MADE),
	("SELECT up FROM later WHERE up = 'ANN'", MADE),
	("CREATE VIEW both AS SELECT name, 'u' AS k, age FROM users UNION ALL SELECT item, 'l', n FROM lines", MADE),
	("SELECT k, count(*), count(DISTINCT name), sum(age) FROM both GROUP BY name, k", MADE),
	("SELECT name FROM both WHERE age > 10", MADE),
	("SELECT * FROM both WHERE k = 'u'", MADE),
	("CREATE VIEW broken AS SELECT round(score) AS s FROM users", "has the function round()"),
	("SELECT * FROM broken", "reads the view broken, which is not carried over"),
	("CREATE VIEW ring AS SELECT * FROM gnir", "reads itself"),
	("CREATE VIEW gnir AS SELECT * FROM ring", "reads ring, which is not carried over"),
	("SELECT m.mail FROM (users) m", "has parentheses in FROM"),
	("CREATE VIEW mails AS SELECT mail, mail COLLATE BINARY AS exact, name COLLATE NOCASE AS loose FROM users", MADE),
	("SELECT * FROM mails WHERE mail = 'ANN@X.ORG'", MADE),
	("SELECT * FROM mails WHERE loose = 'ANN'", "compares a value of its type with a text"),
	("CREATE VIEW real AS SELECT avg(age) AS a, id / 2.0 AS h FROM users GROUP BY id", MADE),
	("SELECT a + h, a < h, max(a, 1) FROM real", "has max() of what may be NULL"),
	("SELECT a + h, a < h FROM real WHERE a IS NOT NULL", MADE),
	("SELECT x.id FROM users AS x ORDER BY x.id DESC", ORDERED),
]


def name_of(number):
	sql = VIEWS[number][0]
	return sql.split()[2].split("(")[0] if sql.startswith("CREATE VIEW") else f"v{number:03}"


def make(path, rows):
	db = sqlite3.connect(path)
	db.executescript(TABLES + (ROWS if rows else ""))
	for number, (sql, _) in enumerate(VIEWS):
		db.execute(sql if sql.startswith("CREATE VIEW") else f"CREATE VIEW {name_of(number)} AS {sql}")
	db.commit()


def is_equal(kind, cell, value):
	"""Whether PostgreSQL's cell, of this type, is SQLite's value, and of its kind."""
	if cell is None or value is None:
		return cell is None and value is None
	if kind == "boolean":
		return type(value) is int and cell == ("t" if value else "f")
	if kind in ("smallint", "integer", "bigint"):
		return type(value) is int and int(cell) == value
	if kind == "double precision":
		return (type(value) is float or value == 0) and float(cell) == value
	if kind.startswith("numeric"):
		return type(value) is not str and decimal.Decimal(cell) == decimal.Decimal(repr(value))
	if kind == "bytea":
		return cell == "\\x" + (value if type(value) is bytes else str(value).encode()).hex()
	if kind.startswith("json"):
		return json.loads(cell) == json.loads(value)
	if kind.startswith("timestamp") or kind == "date":
		if type(value) is int:
			return parse_time(cell) == datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=value)
		return parse_time(cell) == parse_time(value)
	# A column of several kinds is text here.
	return cell == (value if type(value) is str else value.decode() if type(value) is bytes else str(value))


def is_row(kinds, cells, values):
	return len(cells) == len(values) and all(map(is_equal, kinds, cells, values))


def same_rows(kinds, found, wanted):
	left = list(wanted)
	for cells in found:
		for i, values in enumerate(left):
			if is_row(kinds, cells, values):
				del left[i]
				break
		else:
			return False
	return not left


def order_of(name):
	for number, (_, expected) in enumerate(VIEWS):
		if name_of(number) == name:
			return expected is ORDERED
	return False


def compare(path, report):
	db = sqlite3.connect(path)
	bad = 0
	for view in json.load(open(report))["views"]:
		target = quote(view["schema"]) + "." + quote(view["view"])
		source = db.execute(f"SELECT * FROM {quote(view['view'])}")
		names = [column[0] for column in source.description]
		wanted = source.fetchall()
		columns = [line.split("|", 1) for line in psql("SELECT format_type(atttypid, atttypmod), "
			f"attname FROM pg_attribute WHERE attrelid = '{target}'::regclass AND attnum > 0 "
			"ORDER BY attnum").splitlines()]
		kinds = [column[0] for column in columns]
		text = psql(f"SET timezone = 'UTC'; COPY (SELECT * FROM {target}) TO STDOUT")
		found = [[unescape(cell) for cell in line.split("\t")] for line in text.splitlines()]
		if [column[1] for column in columns] != [name[:63] for name in names]:
			print(f"{target}: columns {names}, found {columns}")
			bad += 1
		elif order_of(view["view"]) and not (len(found) == len(wanted) and
				all(is_row(kinds, *rows) for rows in zip(found, wanted))):
			print(f"{target}: in this order {wanted}, found {found}")
			bad += 1
		elif not same_rows(kinds, found, wanted):
			print(f"{target} {kinds}: {wanted}, found {found}")
			bad += 1
	return bad


def expect(report):
	report = json.load(open(report))
	made = {view["view"] for view in report["views"]}
	todos = {todo["name"]: todo for todo in report["todo"] if todo["kind"] == "view"}
	bad = 0
	for number, (sql, expected) in enumerate(VIEWS):
		name = name_of(number)
		reason = todos[name]["reason"] if name in todos else None
		if expected in (MADE, ORDERED):
			good = name in made and reason is None
		else:
			good = reason is not None and expected in reason and sql in todos[name]["sql"]
		if not good:
			print(f"{name}: {sql}: {'made' if name in made else reason}")
			bad += 1
	return bad


def main():
	action, *operands = sys.argv[1:]
	if action == "make":
		make(operands[0], operands[1:] != ["empty"])
		return 0
	return 1 if (compare if action == "compare" else expect)(*operands) > 0 else 0


if __name__ == "__main__":
	sys.exit(main())
