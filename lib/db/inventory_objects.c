/* The other parts of an inventory are in inventory.c and inventory_tables.c. */
#include "db/inventory.h"

#include <string.h>

/*
 * Each statement gives: kind, schema, name, OID of the table that it belongs to, SQL, remark, and
 * whether it is wanted where only some tables are.  $1 are the tables that are read.  Comments,
 * owners and rights speak of others by their kind and name: "view app.rich".
 */
enum { OBJECT_KIND, OBJECT_SCHEMA, OBJECT_NAME, OBJECT_TABLE, OBJECT_SQL, OBJECT_REMARK,
	OBJECT_BOUND };

/* Made by somebody here, and by no extension. */
#define OWN(class, oid) oid " >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e" \
	" WHERE e.classid = '" class "'::regclass AND e.objid = " oid " AND e.deptype = 'e')"

/* The table that a sequence belongs to. */
#define OWNED_BY(oid) "(SELECT y.refobjid FROM pg_depend y WHERE y.classid = 'pg_class'::regclass" \
	" AND y.objid = " oid " AND y.objsubid = 0 AND y.refclassid = 'pg_class'::regclass" \
	" AND y.refobjsubid > 0 AND y.deptype IN ('a', 'i') LIMIT 1)"

/* The types of columns, and what those are made of. */
#define USED "WITH RECURSIVE used (oid) AS (SELECT a.atttypid FROM pg_attribute a" \
	" WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped" \
	" UNION SELECT x.oid FROM used u JOIN pg_type t ON t.oid = u.oid CROSS JOIN LATERAL (" \
	"SELECT t.typelem UNION ALL SELECT t.typbasetype" \
	" UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid" \
	" UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c'" \
	" AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) x (oid)" \
	" WHERE x.oid <> 0) "

static const char *const statements[] = {
	/* --- in front of the tables --- */
	"SELECT 'extension', NULL, e.extname, NULL, format('CREATE EXTENSION IF NOT EXISTS %I WITH"
	" SCHEMA %I', e.extname, n.nspname), NULL, true FROM pg_extension e"
	" JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.oid >= 16384 ORDER BY e.oid",

	"SELECT 'schema', n.nspname, quote_ident(n.nspname), NULL, format('CREATE SCHEMA %I',"
	" n.nspname), NULL,"
	" false FROM pg_namespace n WHERE " OWN("pg_namespace", "n.oid")
	" AND n.nspname !~ '^pg_' AND n.nspname <> 'public' ORDER BY n.nspname COLLATE \"C\"",

	/* Types: an enum, a domain, a composite type, a range. */
	USED "SELECT 'type', n.nspname, t.oid::regtype, NULL, CASE t.typtype"
	" WHEN 'e' THEN format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,"
	" (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)"
	" FROM pg_enum WHERE enumtypid = t.oid))"
	" WHEN 'd' THEN format('CREATE DOMAIN %I.%I AS %s', n.nspname, t.typname,"
	" format_type(t.typbasetype, t.typtypmod)) || COALESCE((SELECT format(' COLLATE %I.%I',"
	" cn.nspname, co.collname) FROM pg_collation co JOIN pg_namespace cn"
	" ON cn.oid = co.collnamespace JOIN pg_type b ON b.oid = t.typbasetype"
	" WHERE co.oid = t.typcollation AND t.typcollation <> b.typcollation), '')"
	" || COALESCE(' DEFAULT ' || t.typdefault, '') || CASE WHEN t.typnotnull THEN ' NOT NULL'"
	" ELSE '' END || COALESCE((SELECT string_agg(format(' CONSTRAINT %I %s', k.conname,"
	" pg_get_constraintdef(k.oid)), '' ORDER BY k.conname COLLATE \"C\") FROM pg_constraint k"
	" WHERE k.contypid = t.oid AND k.contype = 'c'), '')"
	" WHEN 'c' THEN format('CREATE TYPE %I.%I AS (%s)', n.nspname, t.typname,"
	" (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)),"
	" ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = t.typrelid"
	" AND a.attnum > 0 AND NOT a.attisdropped))"
	" WHEN 'r' THEN format('CREATE TYPE %I.%I AS RANGE (subtype = %s)', n.nspname, t.typname,"
	" (SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid)) END,"
	" CASE WHEN t.typtype = 'b' THEN 'a type of its own is made by functions in C' END,"
	" t.oid IN (SELECT oid FROM used)"
	" FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
	" LEFT JOIN pg_class c ON c.oid = t.typrelid WHERE " OWN("pg_type", "t.oid")
	" AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')"
	" OR (t.typtype = 'b' AND t.typisdefined AND NOT EXISTS (SELECT FROM pg_type el"
	" WHERE el.typarray = t.oid))) ORDER BY t.oid",

	/* Sequences that belong to no column. */
	"SELECT 'sequence', n.nspname, c.oid::regclass, NULL, format('CREATE %sSEQUENCE %s AS %s"
	" INCREMENT"
	" BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %sCYCLE', CASE c.relpersistence"
	" WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, c.oid::regclass,"
	" format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart,"
	" s.seqcache, CASE WHEN s.seqcycle THEN '' ELSE 'NO ' END)"
	" || COALESCE('; SELECT setval(' || quote_literal(c.oid::regclass::text) || ', '"
	" || CASE WHEN has_sequence_privilege(c.oid, 'SELECT') THEN pg_sequence_last_value(c.oid)"
	" END || ', true)', ''), NULL, EXISTS (SELECT FROM pg_depend d JOIN pg_attrdef f ON"
	" f.oid = d.objid"
	" WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass"
	" AND d.refobjid = c.oid AND f.adrelid = ANY ($1::oid[]))"
	" FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid"
	" JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE " OWN("pg_class", "c.oid") " AND NOT EXISTS (SELECT FROM pg_depend d"
	" WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0"
	" AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0"
	" AND d.deptype IN ('a', 'i')) ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"",

	/* Never OR REPLACE: what is there under that name may be another one. */
	"SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate'"
	" ELSE 'function' END, n.nspname, i.identity, NULL, CASE WHEN p.prokind <> 'a' THEN"
	" rtrim(regexp_replace(pg_get_functiondef(p.oid), '^CREATE OR REPLACE ', 'CREATE '),"
	" E'\\n') END, CASE WHEN p.prokind = 'a' THEN 'it is to be made by hand' END,"
	" EXISTS (SELECT FROM pg_trigger g WHERE g.tgfoid = p.oid"
	" AND g.tgrelid = ANY ($1::oid[])) OR EXISTS (SELECT FROM pg_depend d"
	" WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid"
	" AND (d.classid = 'pg_attrdef'::regclass AND d.objid IN (SELECT f.oid FROM pg_attrdef f"
	" WHERE f.adrelid = ANY ($1::oid[])) OR d.classid = 'pg_constraint'::regclass"
	" AND d.objid IN (SELECT k.oid FROM pg_constraint k WHERE k.conrelid = ANY ($1::oid[]))))"
	" FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
	" CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) i WHERE "
	OWN("pg_proc", "p.oid") " AND n.nspname !~ '^pg_' ORDER BY p.oid",

	/* --- behind the rows --- */
	"SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, n.nspname,"
	" c.oid::regclass, NULL, format('CREATE %sVIEW %s%s AS %s%s', CASE c.relkind WHEN 'm' THEN"
	" 'MATERIALIZED ' ELSE '' END, c.oid::regclass, CASE WHEN c.reloptions IS NULL THEN ''"
	" ELSE format(' WITH (%s)', array_to_string(c.reloptions, ', ')) END,"
	" rtrim(pg_get_viewdef(c.oid), ';'), CASE WHEN c.relkind = 'm' AND NOT c.relispopulated"
	" THEN ' WITH NO DATA' ELSE '' END), NULL, false"
	" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.relkind IN ('v', 'm') AND " OWN("pg_class", "c.oid")
	" AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY c.oid",

	"SELECT 'index', n.nspname, ic.oid::regclass, NULL, pg_get_indexdef(x.indexrelid), NULL,"
	" false"
	" FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid AND c.relkind = 'm'"
	" JOIN pg_class ic ON ic.oid = x.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE " OWN("pg_class", "c.oid") " ORDER BY n.nspname COLLATE \"C\", ic.relname"
	" COLLATE \"C\"",

	"SELECT 'index', n.nspname, ic.relname, x.indrelid, pg_get_indexdef(x.indexrelid),"
	" 'it is not valid in the source, either', true"
	" FROM pg_index x JOIN pg_class ic ON ic.oid = x.indexrelid"
	" JOIN pg_namespace n ON n.oid = ic.relnamespace WHERE x.indrelid = ANY ($1::oid[])"
	" AND NOT (x.indisvalid AND x.indisready)",

	"SELECT 'inheritance', n.nspname, c.relname, c.oid,"
	" format('ALTER TABLE %s INHERIT %s', c.oid::regclass, h.inhparent::regclass), NULL, true"
	" FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid"
	" JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.oid = ANY ($1::oid[]) AND NOT c.relispartition ORDER BY c.oid, h.inhseqno",

	"SELECT 'partitioning', n.nspname, c.relname, c.oid, format('PARTITION BY %s;',"
	" pg_get_partkeydef(c.oid)) || COALESCE((SELECT string_agg(format(' %s %s;',"
	" t.relid::regclass, pg_get_expr(k.relpartbound, k.oid)), '' ORDER BY t.level,"
	" t.relid::regclass::text COLLATE \"C\") FROM pg_partition_tree(c.oid) t"
	" JOIN pg_class k ON k.oid = t.relid WHERE t.level > 0), ''),"
	" 'all rows are in one table here', true"
	" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.oid = ANY ($1::oid[]) AND c.relkind = 'p'"
	" ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"",

	/* How a table's columns are stored, and what its statistics are to know. */
	"SELECT 'storage', n.nspname, c.relname || '.' || a.attname, c.oid, concat_ws('; ',"
	" CASE WHEN a.attstorage <> t.typstorage THEN format('ALTER TABLE %s ALTER COLUMN %I SET"
	" STORAGE %s', c.oid::regclass, a.attname, CASE a.attstorage WHEN 'p' THEN 'PLAIN'"
	" WHEN 'e' THEN 'EXTERNAL' WHEN 'x' THEN 'EXTENDED' ELSE 'MAIN' END) END,"
	" CASE WHEN a.attstattarget >= 0 THEN format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS"
	" %s', c.oid::regclass, a.attname, a.attstattarget) END,"
	" CASE WHEN a.attoptions IS NOT NULL THEN format('ALTER TABLE %s ALTER COLUMN %I SET (%s)',"
	" c.oid::regclass, a.attname, array_to_string(a.attoptions, ', ')) END), NULL, true"
	" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
	" JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid"
	" WHERE c.oid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped"
	" AND (a.attstorage <> t.typstorage OR a.attstattarget >= 0 OR a.attoptions IS NOT NULL)"
	" ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\", a.attnum",

	"SELECT 'statistics', n.nspname, s.stxname, s.stxrelid, pg_get_statisticsobjdef(s.oid),"
	" NULL, true FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace"
	" WHERE s.stxrelid = ANY ($1::oid[])"
	" ORDER BY n.nspname COLLATE \"C\", s.stxname COLLATE \"C\"",

	"SELECT 'rule', n.nspname, r.rulename, c.oid, rtrim(pg_get_ruledef(r.oid), ';'), NULL,"
	" c.oid = ANY ($1::oid[]) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
	" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.rulename <> '_RETURN'"
	" AND (c.oid = ANY ($1::oid[]) OR c.relkind = 'v') AND " OWN("pg_class", "c.oid")
	" AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY r.oid",

	"SELECT 'trigger', n.nspname, g.tgname, c.oid, pg_get_triggerdef(g.oid)"
	" || CASE g.tgenabled WHEN 'O' THEN '' ELSE format('; ALTER TABLE %s %s TRIGGER %I',"
	" c.oid::regclass, CASE g.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'"
	" ELSE 'ENABLE ALWAYS' END, g.tgname) END, NULL, c.oid = ANY ($1::oid[])"
	" FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid"
	" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT g.tgisinternal"
	" AND (c.oid = ANY ($1::oid[]) OR c.relkind = 'v') AND " OWN("pg_class", "c.oid")
	" ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\", g.tgname COLLATE \"C\"",

	"SELECT 'policy', n.nspname, p.polname, c.oid, format('CREATE POLICY %I ON %s AS %s FOR %s"
	" TO %s%s%s', p.polname, c.oid::regclass, CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE"
	" 'RESTRICTIVE' END, CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT'"
	" WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,"
	" (SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r))"
	" END,"
	" ', ') FROM unnest(p.polroles) r), COALESCE(' USING (' || pg_get_expr(p.polqual,"
	" p.polrelid) || ')', ''), COALESCE(' WITH CHECK (' || pg_get_expr(p.polwithcheck,"
	" p.polrelid) || ')', '')), NULL, true FROM pg_policy p JOIN pg_class c ON c.oid ="
	" p.polrelid"
	" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1::oid[])"
	" ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\", p.polname COLLATE \"C\"",

	"SELECT 'replica identity', n.nspname, c.relname, c.oid, format('ALTER TABLE %s REPLICA"
	" IDENTITY %s', c.oid::regclass, CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN"
	" 'NOTHING' ELSE (SELECT format('USING INDEX %I', ic.relname) FROM pg_index x"
	" JOIN pg_class ic ON ic.oid = x.indexrelid WHERE x.indrelid = c.oid AND x.indisreplident)"
	" END), NULL, true FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.oid = ANY ($1::oid[]) AND c.relreplident <> 'd'"
	" ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"",

	"SELECT 'clustering', n.nspname, c.relname, c.oid, format('ALTER TABLE %s CLUSTER ON %I',"
	" c.oid::regclass, ic.relname), NULL, true FROM pg_index x"
	" JOIN pg_class ic ON ic.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid"
	" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE x.indisclustered"
	" AND c.oid = ANY ($1::oid[]) ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"",

	/*
	 * Comments of tables and columns are with them.  A part of another object is named by
	 * that: it is there if the other was made.
	 */
	"SELECT 'comment', COALESCE(i.schema, CASE i.type WHEN 'schema' THEN i.name END), CASE"
	" i.type"
	" WHEN 'view column' THEN 'view ' || d.objoid::regclass"
	" WHEN 'materialized view column' THEN 'materialized view ' || d.objoid::regclass"
	" WHEN 'domain constraint' THEN 'type ' || (SELECT k.contypid::regtype FROM pg_constraint k"
	" WHERE k.oid = d.objoid) WHEN 'trigger' THEN 'view ' || b.oid::regclass"
	" WHEN 'rule' THEN 'view ' || b.oid::regclass ELSE i.type || ' ' || i.identity END, b.oid,"
	" format('COMMENT ON %s %s IS %L', CASE i.type WHEN 'table constraint' THEN 'CONSTRAINT'"
	" WHEN 'domain constraint' THEN 'CONSTRAINT' WHEN 'statistics object' THEN 'STATISTICS'"
	" WHEN 'view column' THEN 'COLUMN' WHEN 'materialized view column' THEN 'COLUMN'"
	" ELSE upper(i.type) END, CASE i.type WHEN 'domain constraint' THEN"
	" regexp_replace(i.identity, ' on ', ' ON DOMAIN ') ELSE i.identity END, d.description),"
	" NULL, b.oid = ANY ($1::oid[]) FROM pg_description d"
	" CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i"
	" LEFT JOIN LATERAL (SELECT conrelid AS oid FROM pg_constraint WHERE oid = d.objoid"
	" AND d.classoid = 'pg_constraint'::regclass UNION ALL SELECT indrelid FROM pg_index"
	" WHERE indexrelid = d.objoid AND d.classoid = 'pg_class'::regclass UNION ALL"
	" SELECT tgrelid FROM pg_trigger WHERE oid = d.objoid AND d.classoid ="
	" 'pg_trigger'::regclass UNION ALL SELECT polrelid FROM pg_policy WHERE oid = d.objoid"
	" AND d.classoid = 'pg_policy'::regclass UNION ALL SELECT ev_class FROM pg_rewrite"
	" WHERE oid = d.objoid AND d.classoid = 'pg_rewrite'::regclass UNION ALL SELECT stxrelid"
	" FROM pg_statistic_ext WHERE oid = d.objoid AND d.classoid ="
	" 'pg_statistic_ext'::regclass UNION ALL SELECT o.oid FROM (SELECT "
	OWNED_BY("d.objoid") " AS oid WHERE d.classoid = 'pg_class'::regclass) o"
	" WHERE o.oid IS NOT NULL) b ON true"
	" WHERE d.objoid >= 16384 AND i.type IN ('table constraint', 'domain constraint', 'index',"
	" 'trigger', 'policy', 'view', 'view column', 'materialized view', 'sequence', 'function',"
	" 'materialized view column', 'procedure', 'type', 'schema', 'statistics object', 'rule')"
	" AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classoid"
	" AND e.objid = d.objoid AND e.deptype = 'e')"
	" ORDER BY i.type COLLATE \"C\", i.identity COLLATE \"C\"",

	/* Rights that differ from what the owner has and others have not by default. */
	"SELECT 'grant', COALESCE(i.schema, CASE i.type WHEN 'schema' THEN i.name END),"
	" i.type || ' ' || i.identity, CASE WHEN o.class = 'pg_class'::regclass THEN COALESCE("
	OWNED_BY("o.oid") ", o.oid) END, string_agg(format('%s %s%s ON %s %s %s %s%s',"
	" x.verb,"
	" x.privilege_type, COALESCE('(' || quote_ident(o.attname) || ')', ''), o.word, i.identity,"
	" CASE x.verb WHEN 'GRANT' THEN 'TO' ELSE 'FROM' END, CASE WHEN x.grantee = 0 THEN 'PUBLIC'"
	" ELSE quote_ident(pg_get_userbyid(x.grantee)) END, CASE WHEN x.is_grantable AND x.verb ="
	" 'GRANT' THEN ' WITH GRANT OPTION' ELSE '' END), '; ' ORDER BY x.verb DESC,"
	" pg_get_userbyid(x.grantee) COLLATE \"C\", x.privilege_type COLLATE \"C\"), NULL,"
	" o.class = 'pg_class'::regclass AND COALESCE(" OWNED_BY("o.oid") ", o.oid)"
	" = ANY ($1::oid[])"
	" FROM (SELECT 'pg_class'::regclass AS class, c.oid, c.relacl AS acl, NULL AS attname,"
	" CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS word,"
	" acldefault(CASE c.relkind WHEN 'S' THEN 's'::\"char\" ELSE 'r' END, c.relowner) AS usual"
	" FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT c.relispartition"
	" UNION ALL SELECT 'pg_class'::regclass, a.attrelid, a.attacl, a.attname, 'TABLE',"
	" NULL::aclitem[] FROM pg_attribute a WHERE a.attacl IS NOT NULL AND NOT a.attisdropped"
	" UNION ALL SELECT 'pg_namespace'::regclass, n.oid, n.nspacl, NULL, 'SCHEMA',"
	" acldefault('n', n.nspowner) FROM pg_namespace n UNION ALL SELECT 'pg_proc'::regclass,"
	" p.oid, p.proacl, NULL, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,"
	" acldefault('f', p.proowner) FROM pg_proc p UNION ALL SELECT 'pg_type'::regclass, t.oid,"
	" t.typacl, NULL, 'TYPE', acldefault('T', t.typowner) FROM pg_type t) o"
	" CROSS JOIN LATERAL ("
	"SELECT 'REVOKE' AS verb, u.grantee, u.privilege_type, u.is_grantable"
	" FROM aclexplode(o.usual) u WHERE NOT EXISTS (SELECT FROM aclexplode(o.acl) h"
	" WHERE h.grantee = u.grantee AND h.privilege_type = u.privilege_type) UNION ALL "
	"SELECT 'GRANT', h.grantee, h.privilege_type, h.is_grantable FROM aclexplode(o.acl) h"
	" WHERE NOT EXISTS (SELECT FROM aclexplode(o.usual) u WHERE u.grantee = h.grantee"
	" AND u.privilege_type = h.privilege_type AND u.is_grantable = h.is_grantable)) x"
	" CROSS JOIN LATERAL pg_identify_object(o.class, o.oid, 0) i"
	" WHERE o.acl IS NOT NULL AND o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e"
	" WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'e')"
	" GROUP BY i.schema, i.name, i.type, i.identity, o.class, o.oid"
	" ORDER BY i.type COLLATE \"C\", i.identity COLLATE \"C\"",

	"SELECT 'owner', COALESCE(i.schema, CASE i.type WHEN 'schema' THEN i.name END),"
	" i.type || ' ' || i.identity, CASE WHEN o.class ="
	" 'pg_class'::regclass THEN o.oid END, format('ALTER %s %s OWNER TO %I', o.word,"
	" i.identity,"
	" pg_get_userbyid(o.owner)), NULL, o.class = 'pg_class'::regclass"
	" AND o.oid = ANY ($1::oid[])"
	" FROM (SELECT 'pg_class'::regclass AS class, c.oid, c.relowner AS owner, CASE c.relkind"
	" WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE"
	" 'TABLE' END AS word FROM pg_class c WHERE (c.relkind IN ('r', 'p', 'v', 'm')"
	" AND NOT c.relispartition) OR (c.relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend d"
	" WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refobjsubid > 0"
	" AND d.deptype IN ('a', 'i')))"
	" UNION ALL SELECT 'pg_namespace'::regclass, n.oid, n.nspowner, 'SCHEMA' FROM"
	" pg_namespace n"
	" UNION ALL SELECT 'pg_proc'::regclass, p.oid, p.proowner, CASE p.prokind WHEN 'p' THEN"
	" 'PROCEDURE' ELSE 'FUNCTION' END FROM pg_proc p WHERE p.prokind <> 'a'"
	" UNION ALL SELECT 'pg_type'::regclass, t.oid, t.typowner, CASE t.typtype WHEN 'd' THEN"
	" 'DOMAIN' ELSE 'TYPE' END FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid"
	" WHERE t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')) o"
	" CROSS JOIN LATERAL pg_identify_object(o.class, o.oid, 0) i"
	" WHERE o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e"
	" WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'e')"
	" AND COALESCE(i.schema, i.name) !~ '^pg_'"
	" ORDER BY i.type COLLATE \"C\", i.identity COLLATE \"C\"",

	/* All else that somebody has made here. */
	"SELECT i.type, i.schema, i.identity, NULL, NULL, 'it is to be made by hand', false"
	" FROM (SELECT 'pg_operator'::regclass AS class, oid FROM pg_operator"
	" UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass"
	" UNION ALL SELECT 'pg_opfamily'::regclass, oid FROM pg_opfamily"
	" UNION ALL SELECT 'pg_collation'::regclass, oid FROM pg_collation"
	" UNION ALL SELECT 'pg_conversion'::regclass, oid FROM pg_conversion"
	" UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast"
	" UNION ALL SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config"
	" UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict"
	" UNION ALL SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger"
	" UNION ALL SELECT 'pg_publication'::regclass, oid FROM pg_publication"
	" UNION ALL SELECT 'pg_foreign_server'::regclass, oid FROM pg_foreign_server"
	" UNION ALL SELECT 'pg_class'::regclass, oid FROM pg_class WHERE relkind = 'f'"
	" AND NOT relispartition) o"
	" CROSS JOIN LATERAL pg_identify_object(o.class, o.oid, 0) i"
	" WHERE o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e"
	" WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'e')"
	" ORDER BY i.type COLLATE \"C\", i.identity COLLATE \"C\"",
};

static int add_object(struct inventory *inventory, const struct object *object, struct fault *fault)
{
	if (inventory->object_count == inventory->object_room) {
		const size_t room = inventory->object_room == 0 ? 64 : inventory->object_room * 2;
		struct object *objects = arena_array(inventory->arena, room, sizeof(*objects));

		if (objects == NULL)
			return fault_memory(fault);
		if (inventory->object_count > 0)
			memcpy(objects, inventory->objects,
				inventory->object_count * sizeof(*objects));
		inventory->objects = objects;
		inventory->object_room = room;
	}
	inventory->objects[inventory->object_count++] = *object;
	return 0;
}

static bool wants(const struct inventory *inventory, const struct libpq_rows *rows, size_t row,
	bool some)
{
	const char *schema = libpq_cell(rows, row, OBJECT_SCHEMA);
	const char *table = libpq_cell(rows, row, OBJECT_TABLE);

	if (some && !inventory_truth(libpq_cell(rows, row, OBJECT_BOUND)))
		return false;
	/* A type may be in a schema whose tables nobody wants. */
	return schema == NULL || inventory_wants_schema(inventory, schema) ||
		(table == NULL && inventory_truth(libpq_cell(rows, row, OBJECT_BOUND)));
}

int inventory_read_objects(struct inventory *inventory, struct fault *fault)
{
	const struct choice *choice = &inventory->request->tables;
	const bool some = choice->only.count > 0 || choice->except.count > 0;
	struct libpq_rows rows;

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (libpq_query(inventory->libpq, inventory->arena, statements[i],
			&inventory->oid_list, strstr(statements[i], "$1") != NULL, &rows,
			fault) != 0)
			return fault->status;
		for (size_t row = 0; row < rows.count; row++) {
			const size_t place = inventory_find(inventory,
				libpq_cell(&rows, row, OBJECT_TABLE));
			const struct object object = {
				.kind = libpq_cell(&rows, row, OBJECT_KIND),
				.name = libpq_cell(&rows, row, OBJECT_NAME),
				.schema = libpq_cell(&rows, row, OBJECT_SCHEMA),
				.table = place == inventory->listed ? NULL :
					inventory->tables[place].source,
				.sql = libpq_cell(&rows, row, OBJECT_SQL),
				.remark = libpq_cell(&rows, row, OBJECT_REMARK) };

			if (wants(inventory, &rows, row, some) &&
				add_object(inventory, &object, fault) != 0)
				return fault->status;
		}
	}
	return 0;
}
