#include "wire/payload.h"

#define RECORD(label, type, list) \
	{ label, sizeof(struct type), list, sizeof(list) / sizeof((list)[0]) }
#define MAY(text, what, type, member) \
	{ .key = text, .kind = what, .offset = offsetof(struct type, member) }
#define MUST(text, what, type, member) \
	{ .key = text, .kind = what, .offset = offsetof(struct type, member), .flags = FIELD_MUST }
#define RECORDS(text, what, type, member, of) \
	{ .key = text, .kind = what, .offset = offsetof(struct type, member), .record = &(of) }
#define COUNTS(text, type, member, list, length) \
	{ .key = text, .kind = FIELD_NAMED, .offset = offsetof(struct type, member), \
		.names = (list), .limit = (length) }

static const struct field source_fields[] = {
	MUST("kind", FIELD_TEXT, source, kind),
	MUST("name", FIELD_TEXT, source, name),
	MAY("encoding", FIELD_TEXT, source, encoding),
	MAY("fingerprint", FIELD_HASH, source, fingerprint),
};
static const struct record source_record = RECORD("a source of HELLO", source, source_fields);

static const struct field setting_fields[] = {
	MUST("option", FIELD_TEXT, setting, option),
	MUST("value", FIELD_TEXT, setting, value),
};
static const struct record setting_record = RECORD("an option of HELLO", setting, setting_fields);

static const struct field stage_fields[] = {
	MUST("tool", FIELD_TEXT, stage, tool),
	MUST("version", FIELD_TEXT, stage, version),
	RECORDS("options", FIELD_MANY, stage, settings, setting_record),
};
static const struct record stage_record = RECORD("a tool of HELLO", stage, stage_fields);

static const struct field hello_fields[] = {
	MUST("version", FIELD_COUNT, hello, version),
	MUST("stream", FIELD_HASH, hello, stream),
	RECORDS("sources", FIELD_MANY, hello, sources, source_record),
	RECORDS("provenance", FIELD_MANY, hello, stages, stage_record),
};
const struct record record_hello = RECORD("HELLO", hello, hello_fields);

static const struct field profile_fields[] = {
	MAY("nulls", FIELD_COUNT, profile, nulls),
	MAY("integers", FIELD_COUNT, profile, integers),
	MAY("reals", FIELD_COUNT, profile, reals),
	MAY("texts", FIELD_COUNT, profile, texts),
	MAY("blobs", FIELD_COUNT, profile, blobs),
	MAY("ill", FIELD_COUNT, profile, ill),
	MAY("least integer", FIELD_INTEGER, profile, least_integer),
	MAY("most integer", FIELD_INTEGER, profile, most_integer),
	MAY("least real", FIELD_REAL, profile, least_real),
	MAY("most real", FIELD_REAL, profile, most_real),
	MAY("longest text", FIELD_COUNT, profile, longest_text),
	MAY("longest blob", FIELD_COUNT, profile, longest_blob),
	MAY("longest characters", FIELD_COUNT, profile, longest_characters),
	MAY("whole digits", FIELD_COUNT, profile, whole_digits),
	MAY("fraction digits", FIELD_COUNT, profile, fraction_digits),
	COUNTS("shapes", profile, shapes, shape_names, SHAPES),
};
static const struct record profile_record = RECORD("a profile", profile, profile_fields);

static const struct field sequence_fields[] = {
	MUST("schema", FIELD_TEXT, sequence, schema),
	MUST("name", FIELD_TEXT, sequence, name),
	MUST("type", FIELD_TEXT, sequence, type),
	MAY("start", FIELD_INTEGER, sequence, start),
	MAY("increment", FIELD_INTEGER, sequence, increment),
	MAY("least", FIELD_INTEGER, sequence, least),
	MAY("most", FIELD_INTEGER, sequence, most),
	MAY("cache", FIELD_INTEGER, sequence, cache),
	MAY("cycle", FIELD_FLAG, sequence, cycle),
	MAY("known", FIELD_FLAG, sequence, known),
	MAY("last", FIELD_INTEGER, sequence, last),
	MAY("called", FIELD_FLAG, sequence, called),
};
static const struct record sequence_record = RECORD("a sequence", sequence, sequence_fields);

static const struct field column_fields[] = {
	MUST("source", FIELD_TEXT, column, source),
	MAY("quoted", FIELD_FLAG, column, quoted),
	MUST("name", FIELD_TEXT, column, name),
	MAY("declared", FIELD_TEXT, column, declared),
	MUST("type", FIELD_TEXT, column, type),
	MAY("target", FIELD_TEXT, column, target),
	MAY("not null", FIELD_FLAG, column, not_null),
	MAY("default", FIELD_TEXT, column, fallback),
	MAY("identity", FIELD_TEXT, column, identity),
	MAY("last identity", FIELD_INTEGER, column, last_identity),
	MAY("generated", FIELD_TEXT, column, generated),
	MAY("stored", FIELD_FLAG, column, stored),
	MAY("collation", FIELD_TEXT, column, collation),
	RECORDS("profile", FIELD_ONE, column, profile, profile_record),
	MAY("note", FIELD_TEXT, column, note),
	MAY("comment", FIELD_TEXT, column, comment),
	RECORDS("sequence", FIELD_ONE, column, sequence, sequence_record),
};
static const struct record column_record = RECORD("a column", column, column_fields);

static const struct field term_fields[] = {
	MAY("column", FIELD_TEXT, term, column),
	MAY("expression", FIELD_TEXT, term, expression),
	MAY("collation", FIELD_TEXT, term, collation),
	MAY("descending", FIELD_FLAG, term, descending),
};
static const struct record term_record = RECORD("a part of an index", term, term_fields);

static const struct field index_fields[] = {
	MAY("name", FIELD_TEXT, index, name),
	MAY("quoted", FIELD_FLAG, index, quoted),
	MAY("unique", FIELD_FLAG, index, unique),
	RECORDS("terms", FIELD_MANY, index, terms, term_record),
	MAY("where", FIELD_TEXT, index, where),
	MAY("sql", FIELD_TEXT, index, sql),
};
static const struct record index_record = RECORD("an index", index, index_fields);

static const struct field foreign_fields[] = {
	MAY("name", FIELD_TEXT, foreign, name),
	MAY("columns", FIELD_TEXTS, foreign, columns),
	MUST("table", FIELD_TEXT, foreign, table),
	MAY("targets", FIELD_TEXTS, foreign, targets),
	MAY("on update", FIELD_TEXT, foreign, on_update),
	MAY("on delete", FIELD_TEXT, foreign, on_delete),
	MAY("match", FIELD_TEXT, foreign, match),
	MAY("deferrable", FIELD_TEXT, foreign, deferrable),
	MAY("not valid", FIELD_FLAG, foreign, not_valid),
};
static const struct record foreign_record = RECORD("a foreign key", foreign, foreign_fields);

static const struct field check_fields[] = {
	MAY("name", FIELD_TEXT, check, name),
	MUST("expression", FIELD_TEXT, check, expression),
	MAY("not valid", FIELD_FLAG, check, not_valid),
	MAY("no inherit", FIELD_FLAG, check, no_inherit),
};
static const struct record check_record = RECORD("a check", check, check_fields);

static const struct field table_fields[] = {
	MUST("source", FIELD_TEXT, table, source),
	MAY("quoted", FIELD_FLAG, table, quoted),
	MAY("source schema", FIELD_TEXT, table, source_schema),
	MAY("source table", FIELD_TEXT, table, source_table),
	MAY("schema", FIELD_TEXT, table, schema),
	MUST("name", FIELD_TEXT, table, name),
	MAY("sql", FIELD_TEXT, table, sql),
	MAY("origin", FIELD_U32, table, origin),
	MUST("coverage", FIELD_TEXT, table, coverage),
	RECORDS("columns", FIELD_MANY, table, columns, column_record),
	RECORDS("primary key", FIELD_ONE, table, primary, index_record),
	RECORDS("unique keys", FIELD_MANY, table, uniques, index_record),
	RECORDS("indexes", FIELD_MANY, table, indexes, index_record),
	RECORDS("foreign keys", FIELD_MANY, table, foreigns, foreign_record),
	RECORDS("checks", FIELD_MANY, table, checks, check_record),
	MAY("without rowid", FIELD_FLAG, table, without_rowid),
	MAY("strict", FIELD_FLAG, table, strict),
	MAY("counted", FIELD_FLAG, table, counted),
	MAY("expected", FIELD_COUNT, table, expected),
	MAY("remarks", FIELD_TEXTS, table, remarks),
	MAY("comment", FIELD_TEXT, table, comment),
	MAY("row security", FIELD_TEXT, table, row_security),
	MAY("unlogged", FIELD_FLAG, table, unlogged),
	MAY("settings", FIELD_TEXT, table, settings),
};
const struct record record_table = RECORD("TABLE", table, table_fields);

static const struct field object_fields[] = {
	MUST("kind", FIELD_TEXT, object, kind),
	MUST("name", FIELD_TEXT, object, name),
	MAY("schema", FIELD_TEXT, object, schema),
	MAY("table", FIELD_TEXT, object, table),
	MAY("sql", FIELD_TEXT, object, sql),
	MAY("remark", FIELD_TEXT, object, remark),
	MAY("column names", FIELD_TEXTS, object, columns),
};
const struct record record_object = RECORD("OBJECT", object, object_fields);

static const struct field total_fields[] = {
	MAY("table", FIELD_U32, total, table),
	MAY("extracted", FIELD_COUNT, total, extracted),
	MAY("filtered", FIELD_COUNT, total, filtered),
	MAY("rejected", FIELD_COUNT, total, rejected),
	MAY("rows", FIELD_COUNT, total, rows),
	MAY("deletes", FIELD_COUNT, total, deletes),
	MAY("frames", FIELD_COUNT, total, frames),
	MAY("bytes", FIELD_COUNT, total, bytes),
	MAY("digest", FIELD_HASH, total, digest),
	MAY("part", FIELD_FLAG, total, part),
};
const struct record record_total = RECORD("TABLE_END", total, total_fields);

static const struct field left_out_fields[] = {
	MUST("name", FIELD_TEXT, left_out, name),
	MAY("extracted", FIELD_COUNT, left_out, extracted),
};
static const struct record left_out_record = RECORD("a left-out table", left_out, left_out_fields);

static const struct field count_fields[] = {
	MAY("table", FIELD_TEXT, count, table),
	MAY("column", FIELD_TEXT, count, column),
	MUST("kind", FIELD_TEXT, count, kind),
	MAY("count", FIELD_COUNT, count, count),
};
static const struct record count_record = RECORD("a count", count, count_fields);

static const struct field tally_fields[] = {
	MUST("tool", FIELD_TEXT, tally, tool),
	RECORDS("counts", FIELD_MANY, tally, counts, count_record),
};
static const struct record tally_record = RECORD("a tool's counts", tally, tally_fields);

static const struct field ending_fields[] = {
	MUST("stream", FIELD_HASH, ending, stream),
	RECORDS("tables", FIELD_MANY, ending, totals, record_total),
	RECORDS("left out", FIELD_MANY, ending, left_out, left_out_record),
	MUST("frames", FIELD_COUNT, ending, frames),
	MUST("chain", FIELD_HASH, ending, chain),
	RECORDS("tools", FIELD_MANY, ending, tallies, tally_record),
	MUST("index", FIELD_OFFSET, ending, index),
};
const struct record record_ending = RECORD("END", ending, ending_fields);

static const struct field abort_fields[] = {
	MUST("who", FIELD_TEXT, abortion, who),
	MUST("why", FIELD_TEXT, abortion, why),
	MUST("status", FIELD_COUNT, abortion, status),
};
const struct record record_abort = RECORD("ABORT", abortion, abort_fields);

int payload_read(struct arena *arena, const struct record *record, const void *data, size_t size,
	void *to, struct fault *fault)
{
	struct unpacker cursor = unpack_begin(data, size);
	int status = record_unpack(arena, record, &cursor, to, fault);

	if (status == 0 && !unpack_end(&cursor))
		status = fault_set(fault, STATUS_STREAM, "%s is not well-formed: %s", record->name,
			cursor.why);
	return status;
}
