#include "row/identifier.h"

#include <stdbool.h>
#include <stdio.h>

/* PostgreSQL 17's keywords that are no name everywhere, a blank around each. */
static const char keywords[] =
	" all analyse analyze and any array as asc asymmetric authorization between bigint binary"
	" bit boolean both case cast char character check coalesce collate collation column"
	" concurrently constraint create cross current_catalog current_date current_role"
	" current_schema current_time current_timestamp current_user dec decimal default deferrable"
	" desc distinct do else end except exists extract false fetch float for foreign freeze from"
	" full grant greatest group grouping having ilike in initially inner inout int integer"
	" intersect interval into is isnull join json json_array json_arrayagg json_exists"
	" json_object json_objectagg json_query json_scalar json_serialize json_table json_value"
	" lateral leading least left like limit localtime localtimestamp merge_action national"
	" natural nchar none normalize not notnull null nullif numeric offset on only or order out"
	" outer overlaps overlay placing position precision primary real references returning right"
	" row select session_user setof similar smallint some substring symmetric system_user table"
	" tablesample then time timestamp to trailing treat trim true union unique user using"
	" values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement"
	" xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable ";

static bool is_plain(const char *name)
{
	char word[72];

	if (!((*name >= 'a' && *name <= 'z') || *name == '_') ||
		name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
		return false;
	snprintf(word, sizeof(word), " %.64s ", name);
	return strstr(keywords, word) == NULL;
}

void identifier_add(struct bytes *to, const char *name)
{
	if (is_plain(name)) {
		bytes_add_text(to, name);
		return;
	}
	bytes_add_byte(to, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			bytes_add_byte(to, '"');
		bytes_add_byte(to, (uint8_t)*name);
	}
	bytes_add_byte(to, '"');
}

void identifier_add_both(struct bytes *to, const char *schema, const char *name)
{
	identifier_add(to, schema);
	bytes_add_byte(to, '.');
	identifier_add(to, name);
}
