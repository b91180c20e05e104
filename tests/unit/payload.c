/*
 * What frames say: every record with every field set, once as a struct that names its members, as
 * the JSON that names its keys; and with random ones.
 */
#include "wire/payload.h"

#include <stdlib.h>

#include "sample.h"
#include "wire/pack.h"

static struct arena arena;
static struct fault fault;

static const struct record *const records[] = { &record_hello, &record_table, &record_object,
	&record_total, &record_ending, &record_abort };

/* As JSON it is this text, which has ' for ". */
static bool is_json(const struct bytes *text, const char *json)
{
	bool same = text->size == strlen(json);

	for (size_t i = 0; i < text->size && same; i++)
		same = text->data[i] == (json[i] == '\'' ? '"' : json[i]);
	if (!same)
		printf("# %.*s\n", (int)text->size, (const char *)text->data);
	return same;
}

/* Packed and read again it is the same bytes and the same JSON. */
static void check_record(const struct record *record, const void *from, const char *json)
{
	struct bytes wire = { 0 }, again = { 0 };
	void *back = calloc(1, record->size);

	record_pack(&wire, record, from);
	if (CHECK(payload_read(&arena, record, wire.data, wire.size, back, &fault) == 0))
		record_pack(&again, record, back);
	CHECK(again.size == wire.size && memcmp(again.data, wire.data, wire.size) == 0);
	bytes_clear(&again);
	record_json(&again, record, back);
	CHECK(is_json(&again, json));
	bytes_add_byte(&wire, 0xc0);
	CHECK(payload_read(&arena, record, wire.data, wire.size, back, &fault) == STATUS_STREAM);
	CHECK(speaks_of(&fault, STATUS_STREAM,
		" is not well-formed: bytes are left over behind its last value"));
	free(back);
	bytes_close(&wire);
	bytes_close(&again);
	arena_reset(&arena);
}

#define HASH { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 }
#define HEX "'000102030405060708090a0b0c0d0e0f'"

static void test_hello(void)
{
	struct source sources[] = { { "sqlite", "a.db", "UTF-16le", HASH },
		{ .kind = "k", .name = "n" } };
	struct setting settings[] = { { "table", "a" }, { "where", "" } };
	struct stage stages[] = { { "rows-select", "1.2", settings, 2 },
		{ .tool = "t", .version = "v" } };
	struct hello hello = { 7, HASH, sources, 2, stages, 2 };
	struct hello none = { .version = 0 };

	check_record(&record_hello, &hello, "{'version':7,'stream':" HEX ",'sources':"
		"[{'kind':'sqlite','name':'a.db','encoding':'UTF-16le','fingerprint':" HEX "},"
		"{'kind':'k','name':'n'}],'provenance':[{'tool':'rows-select',"
		"'version':'1.2','options':[{'option':'table','value':'a'},"
		"{'option':'where','value':''}]},{'tool':'t','version':'v'}]}");
	check_record(&record_hello, &none, "{'version':0,'stream':"
		"'00000000000000000000000000000000'}");
}

static void test_columns(void)
{
	struct profile profile = { 1, 2, 3, 4, 5, 6, -7, 8, -0.5, 1e300, 9, 10, 11, 12, 13, { 0 } };
	struct sequence sequence = { "app", "q", "bigint", 1, -2, INT64_MIN, INT64_MAX, 5, true,
		true, 6, true };
	struct column columns[] = {
		{ "s", true, "n", "INT", "int8", "bigint", true, "0", "rowid", 41, "a + b", true,
			"NOCASE", &profile, "note", "comment", &sequence },
		{ .source = "s2", .name = "n2", .type = "raw" },
	};
	struct table table = { .source = "t", .name = "t", .coverage = "whole", .columns = columns,
		.column_count = 2 };

	profile.shapes[SHAPE_INTEGER_BOOLEAN] = 14;
	profile.shapes[SHAPES - 1] = 15;
	check_record(&record_table, &table, "{'source':'t','name':'t','coverage':'whole',"
		"'columns':[{'source':'s','quoted':true,'name':'n','declared':'INT',"
		"'type':'int8','target':'bigint','not null':true,'default':'0',"
		"'identity':'rowid','last identity':41,'generated':'a + b','stored':true,"
		"'collation':'NOCASE','profile':{'nulls':1,'integers':2,'reals':3,'texts':4,"
		"'blobs':5,'ill':6,'least integer':-7,'most integer':8,'least real':-0.5,"
		"'most real':1e+300,'longest text':9,'longest blob':10,'longest characters':11,"
		"'whole digits':12,'fraction digits':13,"
		"'shapes':{'integer_boolean':14,'bytes_json':15}},"
		"'note':'note','comment':'comment','sequence':{'schema':'app','name':'q',"
		"'type':'bigint','start':1,'increment':-2,'least':-9223372036854775808,"
		"'most':9223372036854775807,'cache':5,'cycle':true,'known':true,'last':6,"
		"'called':true}},{'source':'s2','name':'n2','type':'raw'}]}");
}

static void test_keys(void)
{
	static const char *from[] = { "a", "b" }, *to[] = { "c", "d" }, *remarks[] = { "r" };
	struct term terms[] = { { "a", "e", "RTRIM", true }, { .column = "b" } };
	struct index index = { "i", true, true, terms, 2, "w", "CREATE" };
	struct foreign foreign = { "f", { from, 2 }, "p", { to, 2 }, "CASCADE", "SET NULL", "FULL",
		"deferred", true };
	struct check checks[] = { { "c", "a > 0", true, true }, { .expression = "1" } };
	struct table table = { .number = 3, .source = "s", .quoted = true, .source_schema = "app",
		.source_table = "t", .schema = "public", .name = "n", .sql = "CREATE", .origin = 1,
		.coverage = "where",
		.primary = &index,
		.uniques = &index, .unique_count = 1, .indexes = &index, .index_count = 1,
		.foreigns = &foreign, .foreign_count = 1, .checks = checks, .check_count = 2,
		.without_rowid = true, .strict = true, .counted = true, .expected = 9,
		.remarks = { remarks, 1 }, .comment = "k", .row_security = "forced",
		.unlogged = true, .settings = "fillfactor=70" };
#define INDEX "{'name':'i','quoted':true,'unique':true,'terms':[{'column':'a'," \
	"'expression':'e','collation':'RTRIM','descending':true},{'column':'b'}]," \
	"'where':'w','sql':'CREATE'}"

	check_record(&record_table, &table, "{'source':'s','quoted':true,"
		"'source schema':'app','source table':'t','schema':'public',"
		"'name':'n','sql':'CREATE','origin':1,'coverage':'where','primary key':"
		INDEX ",'unique keys':[" INDEX "],'indexes':[" INDEX "],'foreign keys':[{'name':"
		"'f','columns':['a','b'],'table':'p','targets':['c','d'],'on update':"
		"'CASCADE','on delete':'SET NULL','match':'FULL','deferrable':'deferred',"
		"'not valid':true}],'checks':[{'name':'c','expression':'a > 0',"
		"'not valid':true,'no inherit':true},{'expression':'1'}],"
		"'without rowid':true,'strict':true,'counted':true,'expected':9,"
		"'remarks':['r'],'comment':'k','row security':'forced','unlogged':true,"
		"'settings':'fillfactor=70'}");
}

static void test_object(void)
{
	const char *names[] = { "a", "b" };
	struct object object = { "trigger", "n", "app", "t", "CREATE", "r", { names, 2 } };
	struct object none = { .kind = "view", .name = "v" };

	check_record(&record_object, &object, "{'kind':'trigger','name':'n','schema':'app',"
		"'table':'t','sql':'CREATE','remark':'r','column names':['a','b']}");
	check_record(&record_object, &none, "{'kind':'view','name':'v'}");
}

static void test_ends(void)
{
	struct total total = { 1, 2, 3, 4, 5, 6, 7, 8, HASH, true };
	struct total none = { 0 }, totals[] = { total, { .table = 2 } };
	struct left_out left_out = { "n", 9 };
	struct count count = { "t", "c", "k", 10 };
	struct tally tally = { "rows-retype", &count, 1 };
	struct ending ending = { HASH, totals, 2, &left_out, 1, 11, HASH, &tally, 1, 12 };
	struct abortion abortion = { "rows-select", "why", 65 };
#define TOTAL "{'table':1,'extracted':2,'filtered':3,'rejected':4,'rows':5," \
	"'deletes':6,'frames':7,'bytes':8,'digest':" HEX ",'part':true}"

	check_record(&record_total, &total, TOTAL);
	check_record(&record_total, &none, "{}");
	check_record(&record_ending, &ending, "{'stream':" HEX ",'tables':[" TOTAL ",{'table':2}],"
		"'left out':[{'name':'n','extracted':9}],'frames':11,'chain':" HEX ","
		"'tools':[{'tool':'rows-retype','counts':[{'table':'t','column':'c',"
		"'kind':'k','count':10}]}],'index':12}");
	check_record(&record_abort, &abortion, "{'who':'rows-select','why':'why',"
		"'status':65}");
}

/* An archive's last 8 bytes are the offset of its index. */
static void test_last_bytes(void)
{
	struct ending ending = { .index = 0x0102030405060708 };
	struct bytes wire = { 0 };

	record_pack(&wire, &record_ending, &ending);
	CHECK(wire.size > 9 && memcmp(wire.data + wire.size - 9, "\xcf\1\2\3\4\5\6\7\10", 9) == 0);
	bytes_close(&wire);
}

/* An empty term is a byte here and a struct there: all lists together have a limit. */
static void test_amplified(void)
{
	enum { INDEXES = 1 + RECORD_MEMORY / RECORD_ITEMS / sizeof(struct term) };
	struct bytes wire = { 0 };
	struct table table;

	bytes_add_text(&wire, "\x84\xa6source\xa1t\xa4name\xa1t\xa8" "coverage\xa5whole"
		"\xa7indexes");
	pack_array(&wire, INDEXES);
	for (size_t i = 0; i < INDEXES; i++) {
		pack_map(&wire, 1);
		pack_text(&wire, "terms");
		pack_array(&wire, RECORD_ITEMS);
		for (size_t j = 0; j < RECORD_ITEMS; j++)
			bytes_add_byte(&wire, 0x80);
	}
	CHECK(payload_read(&arena, &record_table, wire.data, wire.size, &table, &fault) != 0);
	CHECK(says(&fault, STATUS_STREAM,
		"an index is not well-formed: its lists are larger than any may be"));
	bytes_close(&wire);
}

/* Random ones come back; changed by a byte, what is still taken is what would be written. */
static void check_random(const struct record *record)
{
	struct bytes wire = { 0 }, again = { 0 };
	void *from = calloc(1, record->size), *back = calloc(1, record->size);
	struct arena own = { 0 };
	bool same = true;

	for (int i = 0; i < 4000 && same; i++) {
		arena_reset(&own);
		arena_reset(&arena);
		bytes_clear(&wire);
		bytes_clear(&again);
		sample_record(&own, record, from, (unsigned)sample_below(9));
		record_pack(&wire, record, from);
		if (i % 2)
			wire.data[sample_below(wire.size)] ^= (uint8_t)(1u << sample_below(8));
		if (payload_read(&arena, record, wire.data, wire.size, back, &fault) == 0)
			record_pack(&again, record, back);
		else
			same = i % 2 && fault.status == STATUS_STREAM && *fault.text != '\0';
		if (fault.status == 0)
			same = again.size == wire.size &&
				memcmp(again.data, wire.data, wire.size) == 0;
		fault = (struct fault){ 0 };
	}
	CHECK(same);
	arena_close(&own);
	free(from);
	free(back);
	bytes_close(&wire);
	bytes_close(&again);
}

static void test_random(void)
{
	for (size_t i = 0; i < COUNT(records); i++)
		check_random(records[i]);
}

static void test_missing(void)
{
	struct table table;

	CHECK(payload_read(&arena, &record_table, "\x80", 1, &table, &fault) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM, "TABLE has no key \"source\" where it must stand"));
	CHECK(payload_read(&arena, &record_table, "", 0, &table, &fault) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM, "TABLE is not well-formed: "
		"it ends in the middle of a value"));
}

int main(void)
{
	static const struct test tests[] = {
		{ "HELLO", test_hello },
		{ "TABLE: columns and profile", test_columns },
		{ "TABLE: keys, indexes, checks", test_keys },
		{ "OBJECT", test_object },
		{ "TABLE_END, END, ABORT", test_ends },
		{ "END's last bytes", test_last_bytes },
		{ "random records, and changed ones", test_random },
		{ "lists that take much memory", test_amplified },
		{ "nothing where something must be", test_missing },
	};
	int code = test_run(tests, COUNT(tests));

	arena_close(&arena);
	return code;
}
