/*
 * CREATE statements and what is read from them; and the same again with SQLite as the judge: it
 * creates what the statement says, and its pragmas must tell what the parser told.
 */
#include "row/ddl.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "row/token.h"
#include "test.h"

struct statement {
	const char *sql;
	const char *expected; /* as show_table and show_index write it */
};

static const struct statement tables[] = {
	{
		"CREATE TABLE t(a)",
		"t: a"
	},
	{
		"CREATE TABLE t(a, b, c)",
		"t: a, b, c"
	},
	{
		"CREATE TABLE t (a INTEGER, b TEXT, c REAL, d BLOB, e NUMERIC)",
		"t: a <INTEGER>, b <TEXT>, c <REAL>, d <BLOB>, e <NUMERIC>"
	},
	{
		"create temporary table if not exists main.t(a);",
		"t: a"
	},
	{
		"CREATE TEMP TABLE \"my table\"(\"a b\" \"long type\", [c d] [x], `e` "
			"`y`, 'f' 'z')",
		"\"my table\": \"a b\" <long type>, \"c d\" <x>, \"e\" <y>, \"f\" <z>"
	},
	{
		"CREATE TABLE \"a\"\"b\"(\"c\"\"d\", `e``f`, [g\"h], 'i''j')",
		"\"a\"b\": \"c\"d\", \"e`f\", \"g\"h\", \"i'j\""
	},
	{
		"CREATE TABLE \"\"(\"\" \"\")",
		"\"\": \"\""
	},
	{
		"CREATE TABLE t(a VARCHAR(10), b DECIMAL(10,2), c NUM ( -1 , + 2 ), d "
			"X(1.5), e double precision)",
		"t: a <VARCHAR(10)>, b <DECIMAL(10,2)>, c <NUM ( -1 , + 2 )>, d "
			"<X(1.5)>, e <double precision>"
	},
	{
		"CREATE TABLE t(a unsigned big int, b native character(70), c varying "
			"character (255) not null)",
		"t: a <unsigned big int>, b <native character(70)>, c <varying "
			"character (255)> !"
	},
	{
		"CREATE TABLE t(a int -- the first, a comma\n, b /* ( */ text /* ) "
			"*/, c text /* of text */ (5) /* end */)",
		"t: a <int>, b <text>, c <text /* of text */ (5)>"
	},
	{
		"CREATE TABLE t(a \"quoted\"\"type\" x, b 'x' y z, c INT\"\", d \"\", "
			"e x \"y\")",
		"t: a <quoted\"type>, b <x>, c <INT\"\">, d, e <x \"y\">"
	},
	{
		"CREATE TABLE t(key, replace, temp, after, desc, match, plan, "
			"\"order\", [group], asc, begin, end, row, of, no, action, generated, "
			"always)",
		"t: key, replace, temp, after, desc, match, plan, \"order\", "
			"\"group\", asc, begin, end, row, of, no, action, generated, always"
	},
	{
		"CREATE TABLE t(key key, desc desc, match match text, no no, if if, "
			"cast cast, like like)",
		"t: key <key>, desc <desc>, match <match text>, no <no>, if <if>, "
			"cast <cast>, like <like>"
	},
	{
		"CREATE TABLE t(left, cross, natural, inner, indexed INT, full, "
			"outer, right)",
		"t: left, cross, natural, inner, indexed <INT>, full, outer, right"
	},
	{
		"CREATE TABLE t(abort abort default abort collate \"rtrim\")",
		"t: abort <abort> =<abort> ~rtrim"
	},
	{
		"CREATE TABLE t(a INTEGER PRIMARY KEY)",
		"t: a <INTEGER> rowid | key (a)"
	},
	{
		"CREATE TABLE t(a integer primary key autoincrement, b)",
		"t: a <integer> autoincrement, b | key (a)"
	},
	{
		"CREATE TABLE t(a \"InTeGeR\" PRIMARY KEY)",
		"t: a <InTeGeR> rowid | key (a)"
	},
	{
		"CREATE TABLE t(a 'INTEGER' PRIMARY KEY ASC)",
		"t: a <INTEGER> rowid | key (a)"
	},
	{
		"CREATE TABLE t(a INT PRIMARY KEY)",
		"t: a <INT> | key (a)"
	},
	{
		"CREATE TABLE t(a INTEGER(4) PRIMARY KEY)",
		"t: a <INTEGER(4)> | key (a)"
	},
	{
		"CREATE TABLE t(a \"INTEGER\" x PRIMARY KEY)",
		"t: a <INTEGER> | key (a)"
	},
	{
		"CREATE TABLE t(a INTEGER PRIMARY KEY DESC)",
		"t: a <INTEGER> | key (a desc)"
	},
	{
		"CREATE TABLE t(a INTEGER, PRIMARY KEY(a DESC))",
		"t: a <INTEGER> rowid | key (a desc)"
	},
	{
		"CREATE TABLE t(a INTEGER, PRIMARY KEY(A AUTOINCREMENT))",
		"t: a <INTEGER> autoincrement | key (a)"
	},
	{
		"CREATE TABLE t(a INTEGER, b INTEGER, PRIMARY KEY(b, a))",
		"t: a <INTEGER>, b <INTEGER> | key (b, a)"
	},
	{
		"CREATE TABLE t(a INTEGER, PRIMARY KEY((((a)) COLLATE nocase) DESC))",
		"t: a <INTEGER> rowid | key (a desc)"
	},
	{
		"CREATE TABLE t(a INTEGER PRIMARY KEY, b) WITHOUT ROWID",
		"t: a <INTEGER> !, b | key (a) | without rowid"
	},
	{
		"CREATE TABLE t(a TEXT, b int, c ANY, PRIMARY KEY(b DESC, 'a' COLLATE "
			"NOCASE)) WITHOUT ROWID, STRICT",
		"t: a <TEXT> !, b <int> !, c <ANY> | key (b desc, a ~NOCASE) | "
			"without rowid | strict"
	},
	{
		"CREATE TABLE t(a INTEGER, b TEXT, PRIMARY KEY(b, a)) strict",
		"t: a <INTEGER> !, b <TEXT> ! | key (b, a) | strict"
	},
	{
		"CREATE TABLE t(a INTEGER PRIMARY KEY, b ANY) STRICT",
		"t: a <INTEGER> rowid, b <ANY> | key (a) | strict"
	},
	{
		"CREATE TABLE t(a INTEGER CONSTRAINT pk PRIMARY KEY ON CONFLICT "
			"REPLACE AUTOINCREMENT NOT NULL ON CONFLICT FAIL)",
		"t: a <INTEGER> autoincrement ! | key pk(a)"
	},
	{
		"CREATE TABLE t(a NOT NULL, b NULL, c NOT NULL NULL, d NULL ON "
			"CONFLICT IGNORE, e NOT NULL NOT NULL)",
		"t: a !, b, c !, d, e !"
	},
	{
		"CREATE TABLE t(a UNIQUE, b UNIQUE ON CONFLICT ROLLBACK, c TEXT "
			"CONSTRAINT u UNIQUE COLLATE NOCASE)",
		"t: a, b, c <TEXT> ~NOCASE | unique (a) | unique (b) | unique u(c "
			"~NOCASE)"
	},
	{
		"CREATE TABLE t(a TEXT COLLATE NOCASE, b COLLATE \"binary\", c "
			"COLLATE rtrim COLLATE BINARY, UNIQUE(a, B DESC), CONSTRAINT \"u 2\" "
			"UNIQUE(a COLLATE BINARY, b COLLATE RTRIM) ON CONFLICT ABORT)",
		"t: a <TEXT> ~NOCASE, b, c | unique (a ~NOCASE, b desc) | unique \"u "
			"2\"(a, b ~RTRIM)"
	},
	{
		"CREATE TABLE t(a DEFAULT 1, b DEFAULT -1, c DEFAULT + 1.5, d DEFAULT "
			"'it''s', e DEFAULT NULL, f DEFAULT x'00ff')",
		"t: a =<1>, b =<-1>, c =<+ 1.5>, d =<'it''s'>, e =<NULL>, f "
			"=<x'00ff'>"
	},
	{
		"CREATE TABLE t(a DEFAULT \"dq\", b DEFAULT bare, c DEFAULT TRUE, d "
			"DEFAULT current_timestamp, e DEFAULT [b r], f DEFAULT 0xff)",
		"t: a =<\"dq\">, b =<bare>, c =<TRUE>, d =<current_timestamp>, e =<[b "
			"r]>, f =<0xff>"
	},
	{
		"CREATE TABLE t(a DEFAULT (1), b DEFAULT ( 1 + (2) ), c DEFAULT "
			"((1)), d DEFAULT( /* c */ datetime('now') -- d\n), e DEFAULT (')'), "
			"f DEFAULT - /* x */ 5)",
		"t: a =<1>, b =<1 + (2)>, c =<(1)>, d =</* c */ datetime('now') -- "
			"d>, e =<')'>, f =<- /* x */ 5>"
	},
	{
		"CREATE TABLE t(a DEFAULT 1 DEFAULT 2, b DEFAULT'x'NOT NULL, c TEXT "
			"DEFAULT('')CHECK(c<>')'))",
		"t: a =<2>, b ! =<'x'>, c <TEXT> =<''> | check <c<>')'>"
	},
	{
		"CREATE TABLE t(a CHECK(a > 0), b CONSTRAINT c1 CHECK ( b IN (1, 2) ) "
			"CHECK(b), CONSTRAINT c2 CHECK(a < b) ON CONFLICT IGNORE, CHECK /* x "
			"*/ ( /* y */ a /* z */ = b -- w\n))",
		"t: a, b | check <a > 0> | check c1<b IN (1, 2)> | check <b> | check "
			"c2<a < b> | check <a /* z */ = b>"
	},
	{
		"CREATE TABLE t(a CONSTRAINT x, b CONSTRAINT y CONSTRAINT z NOT NULL "
			"CHECK(b), CONSTRAINT v, CONSTRAINT w)",
		"t: a, b ! | check <b>"
	},
	{
		"CREATE TABLE t(a, b, UNIQUE(a) UNIQUE(b) CHECK(a) CONSTRAINT c "
			"CHECK(b), CONSTRAINT d UNIQUE(a, b) CONSTRAINT e PRIMARY KEY(a))",
		"t: a, b | key e(a) | unique (a) | unique (b) | unique d(a, b) | "
			"check <a> | check c<b>"
	},
	{
		"CREATE TABLE t(a REFERENCES p)",
		"t: a | foreign (a) p"
	},
	{
		"CREATE TABLE t(a REFERENCES p(x) ON DELETE CASCADE ON UPDATE SET "
			"NULL MATCH FULL, b CONSTRAINT f REFERENCES \"P 2\"(\"Y\") ON DELETE "
			"SET DEFAULT ON DELETE RESTRICT ON INSERT CASCADE)",
		"t: a, b | foreign (a) p(x) update SET NULL delete CASCADE | foreign "
			"f(b) P 2(Y) delete RESTRICT"
	},
	{
		"CREATE TABLE t(a REFERENCES p ON UPDATE NO ACTION DEFERRABLE "
			"INITIALLY DEFERRED, b REFERENCES p DEFERRABLE, c REFERENCES p NOT "
			"DEFERRABLE INITIALLY DEFERRED, d REFERENCES p DEFERRABLE INITIALLY "
			"IMMEDIATE)",
		"t: a, b, c, d | foreign (a) p deferred | foreign (b) p immediate | "
			"foreign (c) p | foreign (d) p immediate"
	},
	{
		"CREATE TABLE t(a REFERENCES p, b DEFERRABLE INITIALLY DEFERRED, c "
			"NOT DEFERRABLE NOT NULL)",
		"t: a, b, c ! | foreign (a) p"
	},
	{
		"CREATE TABLE t(a, \"B\", FOREIGN KEY(b, A) REFERENCES p(x, Y) ON "
			"DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, CONSTRAINT g FOREIGN "
			"KEY(a) REFERENCES t)",
		"t: a, \"B\" | foreign (B, a) p(x, Y) delete CASCADE deferred | "
			"foreign g(a) t"
	},
	{
		"CREATE TABLE t(a REFERENCES p REFERENCES q(r), FOREIGN KEY(a) "
			"REFERENCES s NOT DEFERRABLE)",
		"t: a | foreign (a) p | foreign (a) q(r) | foreign (a) s"
	},
	{
		"CREATE TABLE t(a, b AS (a + 1), c INT GENERATED ALWAYS AS (a * (b)) "
			"STORED, d TEXT(5) generated always as ( /* x */ a ) VIRTUAL NOT "
			"NULL, e GENERATED ALWAYS AS (1), f AS (2) STORED UNIQUE)",
		"t: a, b :=<a + 1>, c <INT> ::=<a * (b)>, d <TEXT(5)> ! :=<a>, e "
			":=<1>, f ::=<2> | unique (f)"
	},
	{
		"CREATE TABLE t(a int generated  always AS (b), b x_generated always, "
			"c generated, d always, e generated always)",
		"t: a <int> :=<b>, b <x_>, c <generated>, d <always>, e"
	},
	{
		"CREATE TABLE t(a always generated always AS (b) stored, b generated "
			"/* c */ always)",
		"t: a <always> ::=<b>, b <generated /* c */>"
	},
	{
		"CREATE TABLE t(a COLLATE 'nocase' UNIQUE PRIMARY KEY NOT NULL "
			"DEFAULT 5 CHECK(a) REFERENCES t COLLATE RTRIM)",
		"t: a ! =<5> ~RTRIM | key (a ~RTRIM) | unique (a ~RTRIM) | foreign "
			"(a) t | check <a>"
	},
	{
		"CREATE TABLE t(a /* -- */, b -- /*\n, c -- */\n)",
		"t: a, b, c"
	},
	{
		"CREATE TABLE \"Ünïcode\"(\"größe\" \"ГОСТ\", 名 名)",
		"\"Ünïcode\": \"größe\" <ГОСТ>, 名 <名>"
	},
	{
		"CREATE TABLE t(\"a\" INT, A2 INT, \"rowid\" INTEGER PRIMARY KEY, "
			"_rowid_ TEXT)",
		"t: \"a\" <INT>, A2 <INT>, \"rowid\" <INTEGER> rowid, _rowid_ <TEXT> "
			"| key (rowid)"
	},
	{
		"CREATE TABLE [sq](a, b, PRIMARY KEY(\"A\", `B`), UNIQUE([b]), "
			"UNIQUE('a'))",
		"\"sq\": a, b | key (a, b) | unique (b) | unique (a)"
	},
	{
		"CREATE TABLE t(a TEXT COLLATE NOCASE PRIMARY KEY DESC ON CONFLICT "
			"IGNORE)",
		"t: a <TEXT> ~NOCASE | key (a ~NOCASE desc)"
	},
	{
		"CREATE TABLE t(a TEXT CHECK(a LIKE '%;%' AND a <> \"b;\" OR a GLOB "
			"'[(]'), b DEFAULT ';') ; ",
		"t: a <TEXT>, b =<';'> | check <a LIKE '%;%' AND a <> \"b;\" OR a "
			"GLOB '[(]'>"
	},
	{
		"CREATE TABLE t(a INT CHECK (CASE WHEN a THEN (1) ELSE ((2)) END), b "
			"CHECK(json(b) ->> '$.x' IS NOT NULL))",
		"t: a <INT>, b | check <CASE WHEN a THEN (1) ELSE ((2)) END> | check "
			"<json(b) ->> '$.x' IS NOT NULL>"
	},
	{
		"CREATE TABLE t(a INT,b INT,CHECK(a),UNIQUE(b),FOREIGN "
			"KEY(a)REFERENCES t(b)CHECK(b)PRIMARY KEY(a,b))",
		"t: a <INT>, b <INT> | key (a, b) | unique (b) | foreign (a) t(b) | "
			"check <a> | check <b>"
	},
	{
		"CREATE TABLE t(a TEXT DEFAULT ('a' || char(66)), b DEFAULT "
			"(CURRENT_DATE), c DEFAULT CURRENT_TIME NOT NULL)",
		"t: a <TEXT> =<'a' || char(66)>, b =<CURRENT_DATE>, c ! "
			"=<CURRENT_TIME>"
	},
	{
		"CREATE TABLE t(first, last, nulls, materialized, over, filter, "
			"window, rows, range, groups, ties, current, following)",
		"t: first, last, nulls, materialized, over, filter, window, rows, "
			"range, groups, ties, current, following"
	},
	{
		"CREATE TABLE t(virtual AS (stored) STORED, stored virtual)",
		"t: virtual ::=<stored>, stored <virtual>"
	},
	{
		"CREATE TABLE t(initially initially NOT NULL, deferred deferred "
			"REFERENCES t, cascade cascade, set_ x)",
		"t: initially <initially> !, deferred <deferred>, cascade <cascade>, "
			"set_ <x> | foreign (deferred) t"
	},
	{
		"CREATE TABLE t(a,a1,a2,a3,a4,a5,a6,a7,a8,a9,UNIQUE(a9,a8,a7,a6,a5))",
		"t: a, a1, a2, a3, a4, a5, a6, a7, a8, a9 | unique (a9, a8, a7, a6, "
			"a5)"
	},
	{
		"CREATE TABLE t(a PRIMARY KEY) , WITHOUT ROWID",
		"t: a ! | key (a) | without rowid"
	},
};

static const struct statement indexes[] = {
	{
		"CREATE INDEX i ON t(a)",
		" | index i(a)"
	},
	{
		"create unique index if not exists main.\"i i\" on \"t\"(\"a\", [b] "
			"DESC, 'c' ASC)",
		" | unique \"i i\"(a, b desc, c)"
	},
	{
		"CREATE INDEX i ON t(a COLLATE NOCASE DESC, b COLLATE \"binary\", (c) "
			"COLLATE rtrim ASC)",
		" | index i(a ~NOCASE desc, b ~binary, c ~rtrim)"
	},
	{
		"CREATE INDEX i ON t(a COLLATE nocase COLLATE rtrim, ((b COLLATE "
			"nocase)) desc, ((c) collate nocase))",
		" | index i(a ~rtrim, b ~nocase desc, c ~nocase)"
	},
	{
		"CREATE INDEX i ON t(lower(a), a + b DESC, (a || b) COLLATE NOCASE, "
			"((a * 2)))",
		" | index i(<lower(a)>, <a + b> desc, <a || b> ~NOCASE, <a * 2>)"
	},
	{
		"CREATE INDEX i ON t(a || b COLLATE NOCASE, -a COLLATE NOCASE, NOT a "
			"COLLATE NOCASE, a = b COLLATE NOCASE)",
		" | index i(<a || b COLLATE NOCASE>, <-a> ~NOCASE, <NOT a COLLATE "
			"NOCASE>, <a = b COLLATE NOCASE>)"
	},
	{
		"CREATE INDEX i ON t(substr(a, 1, (2)) COLLATE NOCASE DESC, CASE a "
			"WHEN 1 THEN b ELSE c END COLLATE RTRIM, CAST(a AS TEXT) COLLATE "
			"NOCASE)",
		" | index i(<substr(a, 1, (2))> ~NOCASE desc, <CASE a WHEN 1 THEN b "
			"ELSE c END> ~RTRIM, <CAST(a AS TEXT)> ~NOCASE)"
	},
	{
		"CREATE INDEX i ON t(desc, desc desc, asc asc, a || desc, a like "
			"desc, -desc)",
		" | index i(desc, desc desc, asc, <a || desc>, <a like desc>, "
			"<-desc>)"
	},
	{
		"CREATE INDEX i ON t((a)+(b), (a), ((a)+(b)), (a)IS NULL)",
		" | index i(<(a)+(b)>, a, <(a)+(b)>, <(a)IS NULL>)"
	},
	{
		"CREATE INDEX i ON t(a) WHERE b IS NOT NULL",
		" | index i(a) where <b IS NOT NULL>"
	},
	{
		"CREATE INDEX i ON t(a)WHERE(b > 0 AND c IN (1,2)) ; ",
		" | index i(a) where <(b > 0 AND c IN (1,2))>"
	},
	{
		"CREATE INDEX i ON t(a /* x */ , /* y */ b + /* z */ 1 /* w */ DESC "
			"-- v\n) WHERE /* u */ a -- )\n > 1 -- s",
		" | index i(a, <b + /* z */ 1> desc) where <a -- )\n > 1>"
	},
	{
		"CREATE INDEX i ON t(json_extract(a, '$.x, y)'), \"a\" COLLATE "
			"NOCASE)",
		" | index i(<json_extract(a, '$.x, y)')>, a ~NOCASE)"
	},
	{
		"CREATE INDEX i ON t(1, 'str' || a, NULL, x'00', a NOTNULL, a ISNULL "
			"DESC)",
		" | index i(<1>, <'str' || a>, <NULL>, <x'00'>, <a NOTNULL>, <a "
			"ISNULL> desc)"
	},
	{
		"CREATE INDEX i ON t(a COLLATE collate_x)",
		" | index i(a ~collate_x)"
	},
	{
		"CREATE INDEX i ON t(~ - + a COLLATE NOCASE DESC, (- a) COLLATE "
			"NOCASE)",
		" | index i(<~ - + a> ~NOCASE desc, <- a> ~NOCASE)"
	},
	{
		"CREATE INDEX i ON t(((((a)))) DESC, (((a) COLLATE nocase) COLLATE "
			"rtrim), ((a)+(b)), (((lower((a))))), CASE (a) WHEN (b) THEN (c) END)",
		" | index i(a desc, a ~rtrim, <(a)+(b)>, <lower((a))>, <CASE (a) WHEN "
			"(b) THEN (c) END>)"
	},
};

/* Texts that are no statement of the kind, or are cut, or twist the parentheses. */
static const char *const bad_tables[] = {
	"", ";", "CREATE", "CREATE TABLE", "CREATE TABLE t", "CREATE TABLE t(",
	"CREATE TABLE t()", "CREATE TABLE t(a", "CREATE TABLE t(a,", "CREATE TABLE t(a,)",
	"CREATE TABLE t(,a)", "CREATE TABLE t(a)) ", "CREATE TABLE t(a) x",
	"CREATE TABLE t(a) STRICT,", "CREATE TABLE t(a) WITHOUT",
	"CREATE TABLE t(a) WITHOUT \"rowid\"", "CREATE TABLE t(a); x", "CREATE TABLE table(a)",
	"CREATE TABLE t(select)", "CREATE TABLE t(CHECK(1))", "CREATE TABLE if(a)",
	"CREATE TABLE t(1)", "CREATE TABLE t(a, CHECK(a),)", "CREATE TABLE t AS SELECT 1",
	"CREATE VIRTUAL TABLE t USING fts5(a)", "CREATE VIEW v AS SELECT 1",
	"CREATE INDEX i ON t(a)", "SELECT 1", "CREATE TABLE t(a, A)",
	"CREATE TABLE t(\"\", a, [])", "CREATE TABLE t(a VARCHAR(max))",
	"CREATE TABLE t(a VARCHAR())", "CREATE TABLE t(a (10))", "CREATE TABLE t(a X(1,2,3))",
	"CREATE TABLE t(a DEFAULT)", "CREATE TABLE t(a DEFAULT (1)",
	"CREATE TABLE t(a DEFAULT ())", "CREATE TABLE t(a DEFAULT f(1))",
	"CREATE TABLE t(a DEFAULT - - 1)", "CREATE TABLE t(a CHECK())",
	"CREATE TABLE t(a CHECK(1;))", "CREATE TABLE t(a CHECK(')))", "CREATE TABLE t(a NOT)",
	"CREATE TABLE t(a NOT UNIQUE)", "CREATE TABLE t(a PRIMARY)",
	"CREATE TABLE t(a PRIMARY KEY PRIMARY KEY)",
	"CREATE TABLE t(a PRIMARY KEY, PRIMARY KEY(a))",
	"CREATE TABLE t(a TEXT PRIMARY KEY AUTOINCREMENT)", "CREATE TABLE t(a, PRIMARY KEY(b))",
	"CREATE TABLE t(a INTEGER PRIMARY KEY DESC AUTOINCREMENT)",
	"CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT) WITHOUT ROWID",
	"CREATE TABLE t(a, PRIMARY KEY(a + 1))", "CREATE TABLE t(a, PRIMARY KEY())",
	"CREATE TABLE t(a, UNIQUE(lower(a)))", "CREATE TABLE t(a, UNIQUE(a,))",
	"CREATE TABLE t(a, UNIQUE a)", "CREATE TABLE t(a UNIQUE ON CONFLICT)",
	"CREATE TABLE t(a UNIQUE ON CONFLICT EXPLODE)", "CREATE TABLE t(a REFERENCES)",
	"CREATE TABLE t(a REFERENCES p(b, c))", "CREATE TABLE t(a REFERENCES p ON DELETE)",
	"CREATE TABLE t(a REFERENCES p ON DELETE SET)",
	"CREATE TABLE t(a REFERENCES p ON DELETE NO)",
	"CREATE TABLE t(a REFERENCES p ON SELECT CASCADE)",
	"CREATE TABLE t(a, FOREIGN KEY(b) REFERENCES p)", "CREATE TABLE t(a, FOREIGN KEY(a))",
	"CREATE TABLE t(a, FOREIGN KEY(a) REFERENCES p(b, c))",
	"CREATE TABLE t(a DEFERRABLE INITIALLY)", "CREATE TABLE t(a COLLATE)",
	"CREATE TABLE t(a GENERATED ALWAYS)) ", "CREATE TABLE t(a AS 1)",
	"CREATE TABLE t(a AS (1) FOREVER)", "CREATE TABLE t(a CONSTRAINT)",
	"CREATE TABLE t(a CONSTRAINT 1)", "CREATE TABLE t('a)", "CREATE TABLE t(\"a)",
	"CREATE TABLE t([a)", "CREATE TABLE t(a /* )", "CREATE TABLE t(a) -- \n x",
	"CREATE TABLE t(a 1a)", "CREATE TABLE t(a\v)", "CREATE TABLE main.(a)",
};

static const char *const bad_indexes[] = {
	"", "CREATE", "CREATE INDEX", "CREATE INDEX i", "CREATE INDEX i ON",
	"CREATE INDEX i ON t", "CREATE INDEX i ON t(", "CREATE INDEX i ON t()",
	"CREATE INDEX i ON t(a", "CREATE INDEX i ON t(a,", "CREATE INDEX i ON t(a,)",
	"CREATE INDEX i ON t(,a)", "CREATE INDEX i ON t(a))", "CREATE INDEX i ON t(a) WHERE",
	"CREATE INDEX i ON t(a) WHERE ;", "CREATE INDEX i ON t(a) WHERE (b",
	"CREATE INDEX i ON t(a) WHERE b)", "CREATE INDEX i ON t(a) WHERE b) + (c",
	"CREATE INDEX i ON t(a) x", "CREATE INDEX i ON t(a) WHERE b; c",
	"CREATE INDEX i ON t('a)", "CREATE INDEX i ON t((a)", "CREATE INDEX i ON t(a;)",
	"CREATE TABLE t(a)", "CREATE UNIQUE TABLE t(a)", "CREATE INDEX on ON t(a)",
};

/* How a table is written for comparison; names in double quotes are those that the SQL quotes. */

static void show_name(struct bytes *to, const char *name, bool quoted)
{
	bytes_format(to, quoted ? "\"%s\"" : "%s", name);
}

static void show_terms(struct bytes *to, const struct term *terms, size_t count)
{
	bytes_add_text(to, "(");
	for (size_t i = 0; i < count; i++) {
		bytes_add_text(to, i == 0 ? "" : ", ");
		bytes_add_text(to, terms[i].column ? terms[i].column : "");
		if (terms[i].expression)
			bytes_format(to, "<%s>", terms[i].expression);
		if (terms[i].collation)
			bytes_format(to, " ~%s", terms[i].collation);
		if (terms[i].descending)
			bytes_add_text(to, " desc");
	}
	bytes_add_text(to, ")");
}

static void show_index(struct bytes *to, const char *kind, const struct index *index)
{
	bytes_format(to, " | %s ", kind);
	if (index->name)
		show_name(to, index->name, index->quoted);
	show_terms(to, index->terms, index->term_count);
	if (index->where)
		bytes_format(to, " where <%s>", index->where);
}

static void show_column(struct bytes *to, const struct column *column)
{
	show_name(to, column->source, column->quoted);
	if (column->declared)
		bytes_format(to, " <%s>", column->declared);
	if (column->identity)
		bytes_format(to, " %s", column->identity);
	if (column->not_null)
		bytes_add_text(to, " !");
	if (column->fallback)
		bytes_format(to, " =<%s>", column->fallback);
	if (column->collation)
		bytes_format(to, " ~%s", column->collation);
	if (column->generated)
		bytes_format(to, " %s<%s>", column->stored ? "::=" : ":=", column->generated);
}

static void show_texts(struct bytes *to, const struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		bytes_format(to, "%s%s", i == 0 ? "(" : ", ", texts->items[i]);
	if (texts->count > 0)
		bytes_add_text(to, ")");
}

static void show_foreign(struct bytes *to, const struct foreign *foreign)
{
	bytes_format(to, " | foreign %s", foreign->name ? foreign->name : "");
	show_texts(to, &foreign->columns);
	bytes_format(to, " %s", foreign->table);
	show_texts(to, &foreign->targets);
	if (strcmp(foreign->on_update, "NO ACTION") != 0)
		bytes_format(to, " update %s", foreign->on_update);
	if (strcmp(foreign->on_delete, "NO ACTION") != 0)
		bytes_format(to, " delete %s", foreign->on_delete);
	if (strcmp(foreign->match, "NONE") != 0)
		bytes_format(to, " match %s", foreign->match);
	if (foreign->deferrable)
		bytes_format(to, " %s", foreign->deferrable);
}

static void show_table(struct bytes *to, const struct table *table)
{
	show_name(to, table->source, table->quoted);
	bytes_add_text(to, ": ");
	for (size_t i = 0; i < table->column_count; i++) {
		bytes_add_text(to, i == 0 ? "" : ", ");
		show_column(to, &table->columns[i]);
	}
	if (table->primary)
		show_index(to, "key", table->primary);
	for (size_t i = 0; i < table->unique_count; i++)
		show_index(to, "unique", &table->uniques[i]);
	for (size_t i = 0; i < table->foreign_count; i++)
		show_foreign(to, &table->foreigns[i]);
	for (size_t i = 0; i < table->check_count; i++)
		bytes_format(to, " | check %s<%s>",
			table->checks[i].name ? table->checks[i].name : "",
			table->checks[i].expression);
	bytes_add_text(to, table->without_rowid ? " | without rowid" : "");
	bytes_add_text(to, table->strict ? " | strict" : "");
}

static void show_ddl_index(struct bytes *to, const struct index *index)
{
	show_index(to, index->unique ? "unique" : "index", index);
}

static void check_shown(struct bytes *shown, const char *expected, const char *sql)
{
	bytes_add_byte(shown, '\0');
	if (!CHECK(!shown->failed && strcmp((char *)shown->data, expected) == 0))
		printf("# %s\n# %s\n", sql, (char *)shown->data);
	bytes_clear(shown);
}

static void test_tables(void)
{
	struct arena arena = { 0 };
	struct bytes shown = { 0 };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct table table = { 0 };
		struct fault fault = { 0 };

		if (CHECK(ddl_table(&arena, tables[i].sql, &table, &fault) == STATUS_OK))
			show_table(&shown, &table);
		else
			bytes_add_text(&shown, fault.text);
		check_shown(&shown, tables[i].expected, tables[i].sql);
	}
	bytes_close(&shown);
	arena_close(&arena);
}

static void test_indexes(void)
{
	struct arena arena = { 0 };
	struct bytes shown = { 0 };

	for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		struct index index = { 0 };
		struct fault fault = { 0 };

		if (CHECK(ddl_index(&arena, indexes[i].sql, &index, &fault) == STATUS_OK)) {
			show_ddl_index(&shown, &index);
			CHECK(strcmp(index.sql, indexes[i].sql) == 0);
		} else {
			bytes_add_text(&shown, fault.text);
		}
		check_shown(&shown, indexes[i].expected, indexes[i].sql);
	}
	bytes_close(&shown);
	arena_close(&arena);
}

static void test_faults(void)
{
	struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof(bad_tables) / sizeof(bad_tables[0]); i++) {
		struct table table = { .number = 7 };
		struct fault fault = { 0 };

		if (!CHECK(ddl_table(&arena, bad_tables[i], &table, &fault) == STATUS_MISFIT))
			printf("# %s\n", bad_tables[i]);
		CHECK(table.number == 7 && table.source == NULL && table.columns == NULL);
	}
	for (size_t i = 0; i < sizeof(bad_indexes) / sizeof(bad_indexes[0]); i++) {
		struct index index = { 0 };
		struct fault fault = { 0 };

		if (!CHECK(ddl_index(&arena, bad_indexes[i], &index, &fault) == STATUS_MISFIT))
			printf("# %s\n", bad_indexes[i]);
		CHECK(index.name == NULL && index.terms == NULL && index.sql == NULL);
	}
	arena_close(&arena);
}

static void test_fault_text(void)
{
	struct arena arena = { 0 };
	struct table table = { 0 };
	struct fault fault = { 0 };

	ddl_table(&arena, "CREATE TABLE t(a NOT 5)", &table, &fault);
	CHECK(strcmp(fault.text, "SQL not understood at byte 22: wanted NULL, found 5") == 0);
	fault = (struct fault){ 0 };
	ddl_table(&arena, "CREATE TABLE t(a", &table, &fault);
	CHECK(strcmp(fault.text, "SQL not understood at byte 17: wanted ), found the end") == 0);
	arena_close(&arena);
}

/* Wide tables and hostile texts: neither time nor memory may grow with the square of the text. */

static void repeat(struct bytes *sql, const char *piece, size_t count)
{
	for (size_t i = 0; i < count; i++)
		bytes_add_text(sql, piece);
}

static int read_table(struct bytes *sql, struct table *table, struct arena *arena)
{
	struct fault fault = { 0 };
	int status;

	bytes_add_byte(sql, '\0');
	status = ddl_table(arena, (char *)sql->data, table, &fault);
	bytes_clear(sql);
	return status;
}

static void test_wide(void)
{
	struct arena arena = { 0 };
	struct bytes sql = { 0 };
	struct table table = { 0 };

	bytes_add_text(&sql, "CREATE TABLE t(c0");
	for (int i = 1; i < 32767; i++)
		bytes_format(&sql, ",c%d", i);
	for (int i = 0; i < 32767; i++)
		bytes_format(&sql, "%sC%d", i == 0 ? ", UNIQUE(" : ",", 32766 - i);
	bytes_add_text(&sql, "))");
	if (CHECK(read_table(&sql, &table, &arena) == STATUS_OK)) {
		CHECK(table.column_count == 32767 && table.uniques[0].term_count == 32767);
		CHECK(strcmp(table.columns[32766].source, "c32766") == 0);
		CHECK(strcmp(table.uniques[0].terms[0].column, "c32766") == 0);
	}
	bytes_add_text(&sql, "CREATE TABLE t(c");
	for (int i = 0; i < 32767; i++)
		bytes_format(&sql, ",c%d", i);
	bytes_add_text(&sql, ")");
	CHECK(read_table(&sql, &table, &arena) == STATUS_MISFIT);
	bytes_close(&sql);
	arena_close(&arena);
}

static void check_hostile(const char *front, const char *piece, const char *back, int expected)
{
	struct arena arena = { 0 };
	struct bytes sql = { 0 };
	struct table table = { 0 };
	size_t count = 1000000 / strlen(piece);

	bytes_add_text(&sql, front);
	repeat(&sql, piece, count);
	if (strchr(piece, '(') != NULL && strchr(piece, ')') == NULL && expected == STATUS_OK)
		repeat(&sql, ")", count);
	bytes_add_text(&sql, back);
	if (!CHECK(read_table(&sql, &table, &arena) == expected))
		printf("# %s%s...\n", front, piece);
	bytes_close(&sql);
	arena_close(&arena);
}

static void test_hostile(void)
{
	check_hostile("CREATE TABLE t(a CHECK(", "(", "", STATUS_MISFIT);
	check_hostile("CREATE TABLE t(a CHECK((1", "+(1", ")))", STATUS_OK);
	check_hostile("CREATE TABLE t(a, PRIMARY KEY(", "(", "a))", STATUS_MISFIT);
	check_hostile("CREATE TABLE t(", "a,", "a)", STATUS_MISFIT);
	check_hostile("CREATE TABLE t(a", " x", ")", STATUS_OK);
	check_hostile("CREATE TABLE t(a", " UNIQUE", ")", STATUS_OK);
	check_hostile("CREATE TABLE t(a", " CONSTRAINT c CHECK(a)", ")", STATUS_OK);
	check_hostile("CREATE TABLE t(a", " REFERENCES t", ")", STATUS_OK);
	check_hostile("CREATE TABLE t(a, UNIQUE(a", ",a", "))", STATUS_OK);
	check_hostile("CREATE TABLE t(a, UNIQUE(a", " COLLATE x", "))", STATUS_MISFIT);
	check_hostile("CREATE TABLE t(a, FOREIGN KEY(a) REFERENCES t(a", ",a", "))", STATUS_MISFIT);
	check_hostile("CREATE TABLE t(a /*", "* /", "*/)", STATUS_OK);
	check_hostile("CREATE TABLE t(a ", "--\n", ")", STATUS_OK);
	check_hostile("CREATE TABLE t(\"", "\"\"", "\")", STATUS_OK);
	check_hostile("CREATE TABLE t(a) ", "STRICT,", "STRICT", STATUS_OK);
}

/* SQLite itself says what is right. */

static bool same(const char *ours, const unsigned char *theirs)
{
	const char *text = (const char *)theirs;

	if (ours == NULL || text == NULL)
		return ours == NULL && text == NULL;
	return strcmp(ours, text) == 0;
}

/* NULL here, the default word there. */
static bool same_or(const char *ours, const unsigned char *theirs, const char *word)
{
	return name_compare(ours ? ours : word, (const char *)theirs) == 0;
}

static sqlite3_stmt *ask(sqlite3 *db, const char *sql, const char *name)
{
	sqlite3_stmt *rows = NULL;

	CHECK(sqlite3_prepare_v2(db, sql, -1, &rows, NULL) == SQLITE_OK);
	sqlite3_bind_text(rows, 1, name, -1, SQLITE_STATIC);
	return rows;
}

static bool more(sqlite3_stmt *rows)
{
	return sqlite3_step(rows) == SQLITE_ROW;
}

/* Where the column stands in the primary key, from 1; 0: not at all. */
static int place_in_key(const struct table *table, const struct column *column)
{
	for (size_t i = 0; table->primary && i < table->primary->term_count; i++)
		if (strcmp(table->primary->terms[i].column, column->source) == 0)
			return (int)i + 1;
	return 0;
}

static void compare_identity(sqlite3 *db, const struct table *table, const struct column *column,
	bool alias)
{
	const char *type, *collation = NULL;
	int not_null, key, counts = 0;

	CHECK(sqlite3_table_column_metadata(db, "main", table->source, column->source, &type,
		&collation, &not_null, &key, &counts) == SQLITE_OK);
	CHECK(same_or(column->collation, (const unsigned char *)collation, "BINARY"));
	CHECK(same(column->identity, (const unsigned char *)(counts ? "autoincrement" :
		alias ? "rowid" : NULL)));
}

static void compare_columns(sqlite3 *db, const struct table *table, bool has_key_index)
{
	sqlite3_stmt *rows = ask(db, "SELECT name, type, \"notnull\", dflt_value, pk, hidden"
		" FROM pragma_table_xinfo(?1) ORDER BY cid", table->source);
	size_t i = 0;

	for (; i < table->column_count && more(rows); i++) {
		const struct column *column = &table->columns[i];
		int key = sqlite3_column_int(rows, 4);

		CHECK(same(column->source, sqlite3_column_text(rows, 0)));
		CHECK(same_or(column->declared, sqlite3_column_text(rows, 1), ""));
		CHECK(column->not_null == sqlite3_column_int(rows, 2));
		CHECK(same(column->fallback, sqlite3_column_text(rows, 3)));
		CHECK(place_in_key(table, column) == key);
		CHECK((column->generated ? 2 + column->stored : 0) == sqlite3_column_int(rows, 5));
		compare_identity(db, table, column, key > 0 && !has_key_index);
	}
	CHECK(i == table->column_count && sqlite3_step(rows) == SQLITE_DONE);
	sqlite3_finalize(rows);
}

static void compare_foreigns(sqlite3 *db, const struct table *table)
{
	sqlite3_stmt *rows = ask(db, "SELECT seq, \"table\", \"from\", \"to\", on_update,"
		" on_delete, \"match\" FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq",
		table->source);
	size_t count = 0, columns = 0;

	while (more(rows)) {
		size_t i = (size_t)sqlite3_column_int(rows, 0);
		const struct foreign *foreign;

		count += i == 0;
		columns++;
		if (!CHECK(count <= table->foreign_count))
			break;
		foreign = &table->foreigns[count - 1];
		if (!CHECK(i < foreign->columns.count))
			break;
		columns -= i + 1 == foreign->columns.count ? foreign->columns.count : 0;
		CHECK(same(foreign->table, sqlite3_column_text(rows, 1)));
		CHECK(same(foreign->columns.items[i], sqlite3_column_text(rows, 2)));
		CHECK(same(foreign->targets.count ? foreign->targets.items[i] : NULL,
			sqlite3_column_text(rows, 3)));
		CHECK(same(foreign->on_update, sqlite3_column_text(rows, 4)));
		CHECK(same(foreign->on_delete, sqlite3_column_text(rows, 5)));
		CHECK(same(foreign->match, sqlite3_column_text(rows, 6)));
	}
	CHECK(count == table->foreign_count && columns == 0);
	sqlite3_finalize(rows);
}

/* Do the key columns that SQLite keeps for the index agree with the terms? */
static bool terms_agree(sqlite3 *db, const char *name, const struct index *index)
{
	sqlite3_stmt *rows = ask(db, "SELECT name, coll, \"desc\", cid FROM pragma_index_xinfo(?1)"
		" WHERE key ORDER BY seqno", name);
	bool agree = true;
	size_t i = 0;

	for (; more(rows) && agree; i++) {
		const struct term *term = &index->terms[i];

		agree = i < index->term_count && term->descending == sqlite3_column_int(rows, 2);
		if (agree && sqlite3_column_int(rows, 3) == -2)
			agree = term->expression != NULL;
		else if (agree)
			agree = term->column != NULL &&
				same_or(term->column, sqlite3_column_text(rows, 0), "");
		/* A column's own collation is not in the SQL of its index. */
		if (agree && (index->sql == NULL || term->collation || term->expression))
			agree = same_or(term->collation, sqlite3_column_text(rows, 1), "BINARY");
	}
	sqlite3_finalize(rows);
	return agree && i == index->term_count;
}

/* SQLite makes one index for constraints that say the same. */
static bool is_one_of(sqlite3 *db, const char *name, const struct table *table)
{
	if (table->primary && terms_agree(db, name, table->primary))
		return true;
	for (size_t i = 0; i < table->unique_count; i++)
		if (terms_agree(db, name, &table->uniques[i]))
			return true;
	return false;
}

/* Returns whether there is an index for the primary key: else it is the rowid. */
static bool compare_keys(sqlite3 *db, const struct table *table)
{
	sqlite3_stmt *rows = ask(db, "SELECT name, origin FROM pragma_index_list(?1)"
		" WHERE origin <> 'c'", table->source);
	bool has_key_index = false;
	size_t count = 0;

	for (; more(rows); count++) {
		const char *name = (const char *)sqlite3_column_text(rows, 0);

		CHECK(is_one_of(db, name, table));
		if (!same("pk", sqlite3_column_text(rows, 1)))
			continue;
		has_key_index = true;
		CHECK(table->primary && terms_agree(db, name, table->primary));
	}
	CHECK(count <= table->unique_count + (table->primary != NULL));
	CHECK((count > 0) == (table->unique_count > 0 || has_key_index));
	sqlite3_finalize(rows);
	return has_key_index;
}

static void compare_options(sqlite3 *db, const struct table *table)
{
	sqlite3_stmt *rows = ask(db, "SELECT wr, strict FROM pragma_table_list(?1)"
		" WHERE schema = 'main'", table->source);

	if (CHECK(more(rows))) {
		CHECK(table->without_rowid == sqlite3_column_int(rows, 0));
		CHECK(table->strict == sqlite3_column_int(rows, 1));
	}
	sqlite3_finalize(rows);
}

static void compare_table(sqlite3 *db, const char *name, const char *sql, bool virtual)
{
	struct arena arena = { 0 };
	struct table table = { 0 };
	struct fault fault = { 0 };
	int status = ddl_table(&arena, sql, &table, &fault);

	if (virtual) {
		CHECK(status == STATUS_MISFIT);
	} else if (CHECK(status == STATUS_OK)) {
		CHECK(strcmp(table.source, name) == 0);
		compare_columns(db, &table, compare_keys(db, &table));
		compare_foreigns(db, &table);
		compare_options(db, &table);
	} else {
		printf("# %s\n", fault.text);
	}
	arena_close(&arena);
}

static void compare_index(sqlite3 *db, const char *name, const char *table, const char *sql)
{
	struct arena arena = { 0 };
	struct index index = { 0 };
	struct fault fault = { 0 };
	sqlite3_stmt *rows = ask(db, "SELECT name, \"unique\", partial"
		" FROM pragma_index_list(?1)", table);

	if (CHECK(ddl_index(&arena, sql, &index, &fault) == STATUS_OK)) {
		CHECK(strcmp(index.name, name) == 0);
		CHECK(terms_agree(db, name, &index));
		while (more(rows))
			if (same(name, sqlite3_column_text(rows, 0))) {
				CHECK(index.unique == sqlite3_column_int(rows, 1));
				CHECK((index.where != NULL) == sqlite3_column_int(rows, 2));
			}
	}
	sqlite3_finalize(rows);
	arena_close(&arena);
}

/* Returns how many statements the database had. */
static size_t compare_database(sqlite3 *db)
{
	sqlite3_stmt *rows = ask(db, "SELECT type, name, tbl_name, sql, rootpage FROM sqlite_schema"
		" WHERE sql IS NOT NULL AND type IN ('table', 'index')", NULL);
	size_t count = 0;

	for (; more(rows); count++) {
		const char *name = (const char *)sqlite3_column_text(rows, 1);
		const char *sql = (const char *)sqlite3_column_text(rows, 3);
		unsigned failures = test_failures;

		if (same("table", sqlite3_column_text(rows, 0)))
			compare_table(db, name, sql, sqlite3_column_int(rows, 4) == 0);
		else
			compare_index(db, name, (const char *)sqlite3_column_text(rows, 2), sql);
		if (failures != test_failures)
			printf("# %s\n", sql);
	}
	sqlite3_finalize(rows);
	return count;
}

static sqlite3 *open_empty(void)
{
	sqlite3 *db = NULL;

	CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 1, NULL);
	return db;
}

static void check_script(const char *sql, size_t count)
{
	sqlite3 *db = open_empty();

	if (!CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK))
		printf("# %s\n# %s\n", sqlite3_errmsg(db), sql);
	else if (!CHECK(compare_database(db) == count))
		printf("# %s\n", sql);
	sqlite3_close(db);
}

static void test_oracle_tables(void)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const char *sql = tables[i].sql;

		/* What lives in the temporary schema is looked for in the main one. */
		if (sqlite3_strnicmp(sql, "CREATE TEMP TABLE", 17) == 0)
			continue;
		if (strstr(sql, "temporary"))
			continue;
		if (strstr(sql, "->>") && sqlite3_libversion_number() < 3038000)
			continue;
		check_script(sql, 1 + (strcasestr(sql, "autoincrement") != NULL));
	}
}

static void test_oracle_indexes(void)
{
	static const char table[] = "CREATE TABLE t(a COLLATE NOCASE, b, c, desc, asc, like);";

	for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		struct bytes sql = { 0 };

		if (strstr(indexes[i].sql, "collate_x"))
			continue;
		bytes_format(&sql, "%s%s", table, indexes[i].sql);
		bytes_add_byte(&sql, '\0');
		check_script((char *)sql.data, 2);
		bytes_close(&sql);
	}
}

static void test_oracle_changes(void)
{
	check_script("CREATE TABLE t(a, b TEXT -- the last\n, CHECK(a > 1), UNIQUE(b));"
		"ALTER TABLE t ADD COLUMN c INT NOT NULL DEFAULT (1 + 2) ;"
		"ALTER TABLE t ADD \"d d\" DEFAULT 'x' COLLATE NOCASE REFERENCES t(a);"
		"ALTER TABLE t ADD e AS (a + 1) VIRTUAL;"
		"CREATE INDEX i ON t(a, lower(b) DESC) WHERE c;"
		"ALTER TABLE t RENAME TO \"new name\";"
		"ALTER TABLE \"new name\" RENAME a TO \"a a\";"
		"ALTER TABLE \"new name\" RENAME b TO select_;"
		"ALTER TABLE \"new name\" RENAME c TO [select];", 2);
	check_script("CREATE TABLE t(a INTEGER PRIMARY KEY, b, c, d); ALTER TABLE t DROP COLUMN c;"
		"ALTER TABLE t DROP b;"
		"CREATE TABLE u(a REFERENCES t(a), FOREIGN KEY(a) REFERENCES T);"
		"ALTER TABLE t RENAME TO v", 2);
	check_script("CREATE TABLE t AS SELECT 1 AS a, 'x' AS \"b c\", 1.5 AS \"select\","
		" x'00' AS [d\"d], CAST(1 AS INT) AS e, count(*) FROM sqlite_schema", 1);
	check_script("CREATE TABLE t(a, b);CREATE VIRTUAL TABLE v USING rtree(i, x, y);"
		"CREATE INDEX i ON t(a); ANALYZE; INSERT INTO t VALUES(1, 2); ANALYZE;", 7);
}

/* Every keyword where a name, a type, a default, a collation can stand. */
static void check_keyword(const char *format, const char *keyword, bool both)
{
	struct arena arena = { 0 };
	struct table table = { 0 };
	struct fault fault = { 0 };
	char sql[200];
	sqlite3 *db = open_empty();
	int status;

	sqlite3_snprintf(sizeof(sql), sql, format, keyword, keyword, keyword);
	status = ddl_table(&arena, sql, &table, &fault);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		compare_database(db);
	else if (both && !CHECK(status != STATUS_OK))
		printf("# %s\n", sql);
	sqlite3_close(db);
	arena_close(&arena);
}

static void test_oracle_keywords(void)
{
	for (int i = 0; i < sqlite3_keyword_count(); i++) {
		char word[32] = "";
		const char *keyword;
		int size;

		sqlite3_keyword_name(i, &keyword, &size);
		memcpy(word, keyword, (size_t)size);
		check_keyword("CREATE TABLE t(a, %s)", word, strcmp(word, "CONSTRAINT") != 0);
		check_keyword("CREATE TABLE t(%s %s)", word, false);
		check_keyword("CREATE TABLE t(a int %s)", word, false);
		check_keyword("CREATE TABLE t(a DEFAULT %s)", word, false);
		check_keyword("CREATE TABLE t(a COLLATE %s NOT NULL)", word, false);
		check_keyword("CREATE TABLE t(a REFERENCES %s(%s) MATCH %s)", word, false);
		check_keyword("CREATE TABLE t(a CONSTRAINT %s NOT NULL)", word, true);
		check_keyword("CREATE TABLE %s(%s, UNIQUE(%s DESC))", word, false);
	}
}

static bool copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "rb");
	FILE *out = fopen(to, "wb");
	char block[65536];
	size_t size;

	while (in && out && (size = fread(block, 1, sizeof(block), in)) > 0)
		fwrite(block, 1, size, out);
	if (in)
		fclose(in);
	return out ? fclose(out) == 0 && in : false;
}

/* Every database of the folder that ROWPIPE_CASES names, opened as a copy. */
static void test_oracle_cases(void)
{
	const char *folder = getenv("ROWPIPE_CASES");
	DIR *entries = folder ? opendir(folder) : NULL;
	char copy[] = "/tmp/ddl-XXXXXX";
	size_t count = 0, databases = 0;
	struct dirent *entry;
	int file;

	if (entries == NULL)
		return;
	file = mkstemp(copy);
	CHECK(file >= 0 && close(file) == 0);
	while ((entry = readdir(entries)) != NULL) {
		char path[4096];
		sqlite3 *db = NULL;

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (!strstr(path, ".db") || strstr(path, ".db-") || !CHECK(copy_file(path, copy)))
			continue;
		printf("# %s\n", entry->d_name);
		CHECK(sqlite3_open(copy, &db) == SQLITE_OK);
		databases++;
		count += compare_database(db);
		sqlite3_close(db);
	}
	printf("# %zu databases, %zu statements\n", databases, count);
	closedir(entries);
	unlink(copy);
}

int main(void)
{
	static const struct test tests[] = {
		{ "CREATE TABLE", test_tables },
		{ "CREATE INDEX", test_indexes },
		{ "what is not understood is a fault", test_faults },
		{ "a fault says where and what", test_fault_text },
		{ "the widest table", test_wide },
		{ "hostile texts", test_hostile },
		{ "SQLite agrees on tables", test_oracle_tables },
		{ "SQLite agrees on indexes", test_oracle_indexes },
		{ "SQLite agrees on changed tables", test_oracle_changes },
		{ "SQLite agrees on keywords", test_oracle_keywords },
		{ "SQLite agrees on the databases of ROWPIPE_CASES", test_oracle_cases },
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]));
}
