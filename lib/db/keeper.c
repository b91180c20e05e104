#include "db/keeper.h"

#include <string.h>

/* Rules do not stand above partitions; COPY obeys none of them, so that they are for INSERT. */
static const char read_reasons[] =
	"WITH t AS (SELECT r.oid, r.place FROM unnest($1::oid[]) WITH ORDINALITY r (oid, place)"
	"),"
	" p AS (SELECT t.oid, t.place, t.oid AS part FROM t UNION SELECT t.oid, t.place, f.relid"
	" FROM t CROSS JOIN LATERAL pg_partition_tree(t.oid) f)"
	" SELECT 'f', p.place, format('table %s is UNLOGGED: a crash of the server would empty"
	" it, with the word of its rows beside it; make it safe first: ALTER TABLE %s SET LOGGED',"
	" c.oid::regclass, c.oid::regclass) FROM p JOIN pg_class c ON c.oid = p.part"
	" WHERE c.relkind = 'r' AND c.relpersistence = 'u'"
	" UNION ALL SELECT 'f', p.place, format('table %s has rows in the foreign table %s,"
	" which no transaction of this server keeps; take it out first: ALTER TABLE %s DETACH"
	" PARTITION %s',"
	" i.inhparent::regclass, c.oid::regclass, i.inhparent::regclass, c.oid::regclass)"
	" FROM p JOIN pg_class c ON c.oid = p.part JOIN pg_inherits i ON i.inhrelid = c.oid"
	" WHERE c.relkind = 'f'"
	" UNION ALL SELECT 'f', t.place, format('table %s has a rule, %I, which makes something"
	" else of what is written to it; turn it off for the load: ALTER TABLE %s DISABLE RULE %I',"
	" w.ev_class::regclass, w.rulename, w.ev_class::regclass, w.rulename)"
	" FROM t JOIN pg_rewrite w ON w.ev_class = t.oid WHERE w.ev_enabled IN ('O', 'A')"
	" AND (w.ev_type = '3' AND w.is_instead OR $2::bool AND (w.ev_type IN ('2', '3')"
	" OR w.ev_type = '4' AND w.is_instead))"
	" UNION ALL SELECT 't', t.place, format('%s has row security, which may hide rows from role"
	" %s; a superuser can help: ALTER ROLE %s BYPASSRLS', t.oid::regclass, current_user,"
	" quote_ident(current_user)) FROM t WHERE row_security_active(t.oid)"
	" ORDER BY 2, 3";

enum { REASON_RIGHTS, REASON_PLACE, REASON_TEXT };

int keeper_look(struct libpq *libpq, struct arena *arena, const char *oids, enum keeper_use use,
	struct findings *findings, struct fault *fault)
{
	const char *parameters[2] = { oids, use == KEEPER_UPSERT ? "t" : "f" };
	struct libpq_rows rows;

	if (libpq_query(libpq, arena, read_reasons, parameters, 2, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < rows.count; i++)
		findings_add(findings, arena, LOOK_STOP,
			*libpq_cell(&rows, i, REASON_RIGHTS) == 't' ? STATUS_RIGHTS :
			STATUS_MISFIT, libpq_cell(&rows, i, REASON_TEXT));
	return 0;
}

int keeper_need(struct libpq *libpq, struct arena *arena, const char *oids, enum keeper_use use,
	struct fault *fault)
{
	struct findings findings = { 0 };

	if (keeper_look(libpq, arena, oids, use, &findings, fault) != 0 || findings.count == 0)
		return fault->status;
	return fault_set(fault, findings.status, "%s", findings.items[0].text);
}

const char *keeper_stranger(struct libpq *libpq, struct arena *arena, const char *schema,
	const char *name, struct fault *fault)
{
	static const char sql[] = "SELECT format('%s is %s: rows go into tables of this server"
		" alone; load into such a one (rows-rename), or leave it out (rows-select -T)',"
		" c.oid::regclass, CASE c.relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN"
		" 'a materialized view' WHEN 'f' THEN 'a foreign table' WHEN 'S' THEN 'a sequence'"
		" WHEN 'c' THEN 'a type' WHEN 'i' THEN 'an index' WHEN 'I' THEN 'an index'"
		" ELSE 'a part of another table' END) FROM pg_class c JOIN pg_namespace n"
		" ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2";
	const char *names[2] = { schema, name };
	struct libpq_rows rows;

	if (libpq_query(libpq, arena, sql, names, 2, &rows, fault) != 0 || rows.count == 0)
		return NULL;
	return libpq_cell(&rows, 0, 0);
}
