/* What SQL may use in a database that nobody knows. */
#include "db/permit.h"

#include <stddef.h>

#include "test.h"

static void test_pragmas(void)
{
	CHECK(permit_pragma("page_count", NULL) && permit_pragma("Encoding", NULL));
	CHECK(!permit_pragma("page_size", "512") && !permit_pragma("journal_mode", "delete"));
	CHECK(permit_pragma("table_xinfo", "t") && permit_pragma("quick_check", NULL));
	CHECK(permit_pragma("writable_schema", "RESET"));
	CHECK(!permit_pragma("writable_schema", "on") && !permit_pragma("writable_schema", NULL));
	CHECK(!permit_pragma("wal_checkpoint", NULL) && !permit_pragma("", NULL));
}

static void test_functions(void)
{
	CHECK(permit_function("length") && permit_function("json_extract"));
	CHECK(!permit_function("load_extension") && !permit_function("LOAD_Extension"));
	CHECK(!permit_function("fts3_tokenizer"));
}

static void test_parts(void)
{
	CHECK(permit_part("places_node") && permit_part("words_segdir"));
	CHECK(!permit_part("_node") && !permit_part("places") && !permit_part("node_"));
}

int main(void)
{
	static const struct test tests[] = {
		{ "pragmas", test_pragmas },
		{ "functions", test_functions },
		{ "parts of virtual tables", test_parts },
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]));
}
