/* A report read back: what is in it, what is missed in it, what it comes to, and as a page. */
#include "flow/past.h"

#include <stdlib.h>
#include <string.h>

#include "flow/page.h"
#include "test.h"

static struct arena arena;

static const char head[] = "{\"version\":1,\"rowpipe\":\"0.1.0\",\"command\":\"migrate\","
	"\"error\":null,\"started\":\"2026-01-02T03:04:05Z\",\"ended\":\"2026-01-02T03:04:09Z\","
	"\"seconds\":4.5,\"timeline\":[{\"part\":\"load\",\"began\":0.5,\"seconds\":3},"
	"{\"part\":\"verify\",\"began\":3.5,\"seconds\":0.5}],\"folder\":\"a.db.rowpipe/1\","
	"\"database\":null,\"archive_bytes\":10,\"kept_bytes\":20,\"source\":{\"path\":\"/x/a.db\","
	"\"bytes\":4096,\"snapshot\":true,\"written_to\":false},\"of a later time\":[{}],";
static const char load[] = "\"load\":{\"version\":1,\"verdict\":\"loaded\",\"seconds\":2.5,"
	"\"timeline\":[{\"part\":\"rows\",\"began\":0.25,\"seconds\":2}],\"target\":{"
	"\"server\":\"15.1\",\"where\":\"/tmp\",\"database\":\"d\",\"user\":\"u\"},\"tables\":[{"
	"\"source\":\"<t>\",\"table\":\"public.\\\"<t>\\\"\",\"extracted\":9,\"filtered\":1,"
	"\"rejected\":1,\"loaded\":7,\"bytes\":70,\"began\":0.25,\"seconds\":2,"
	"\"rows_per_second\":3,\"binary\":true,\"changed\":[{\"column\":\"a\",\"kind\":\"k\","
	"\"count\":5},{\"column\":\"b\",\"kind\":\"k\",\"count\":6}],\"widened\":[{"
	"\"column\":\"c\",\"type\":\"text\",\"why\":\"w\"}],\"remarks\":[\"r\"],\"todos\":1}],"
	"\"views\":[{\"schema\":\"public\",\"view\":\"v\",\"remark\":null}],\"left_out\":[{"
	"\"source\":\"l\",\"extracted\":3}],\"todo\":[{\"kind\":\"trigger\",\"name\":\"g\","
	"\"table\":\"<t>\",\"reason\":\"why\",\"sql\":\"CREATE\\n\\t</pre>\\u202e\"}]},";
static const char proof[] = "\"verification\":{\"status\":\"different\",\"equal\":false,\"rows\":7,"
	"\"missing\":1,\"extra\":2,\"changed\":3,\"subset\":false,\"seconds\":0.5,\"findings\":[{"
	"\"table\":\"<t>\",\"kind\":\"sequence\",\"name\":\"id\",\"expected\":\"7\",\"found\":null,"
	"\"same_in_source\":false},{\"table\":\"<t>\",\"kind\":\"foreign key\",\"name\":\"f\","
	"\"expected\":\"0\",\"found\":\"0\",\"same_in_source\":true}],\"tables\":[{"
	"\"source\":\"<t>\",\"table\":\"<t>\",\"equal\":false,\"expected\":7,\"found\":8,"
	"\"missing\":1,\"extra\":2,\"changed\":3,\"key_unique\":true,\"began\":0.1,\"seconds\":0.2,"
	"\"columns\":[{\"column\":\"a\",\"changed\":3}]}]}}";

static const char *document(const char *verdict, const char *status, const char *next,
	const char *loaded, const char *proved)
{
	return arena_format(&arena, "%s\"verdict\":\"%s\",\"status\":%s,\"next\":%s,%s%s", head,
		verdict, status, next, loaded, proved);
}

static const char *whole(void)
{
	return document("different", "1", "\"rowpipe verify a.db.rowpipe/1\"", load, proof);
}

static bool reads(const char *text, struct past_run *run)
{
	struct fault fault = { 0 };
	const int status = past_read(&arena, (const uint8_t *)text, strlen(text), run, &fault);

	if (status != 0)
		printf("# %s\n", fault.text);
	return status == 0;
}

static void test_read(void)
{
	struct past_run run;
	const struct past_table *table;

	if (!CHECK(reads(whole(), &run)) || !CHECK(run.load != NULL && run.verification != NULL))
		return;
	CHECK(run.status == 1 && run.error == NULL && run.database == NULL && run.snapshot);
	CHECK(strcmp(run.source, "/x/a.db") == 0 && run.source_bytes == 4096);
	CHECK(run.parts.count == 2 && strcmp(run.parts.items[1].name, "verify") == 0);
	CHECK(run.load->table_count == 1 && run.load->todo_count == 1);
	CHECK(run.load->view_count == 1 && run.load->left_out_count == 1);
	table = &run.load->tables[0];
	CHECK(table->loaded == 7 && table->changed == 11 && table->change_count == 2);
	CHECK(table->widened_count == 1 && table->remarks.count == 1);
	CHECK(past_proof_of(&run, table) == &run.verification->proofs[0]);
	CHECK(past_differences(&run, &run.verification->proofs[0]) == 7);
	CHECK(past_findings(run.verification, false) == 1);
	CHECK(past_findings(run.verification, true) == 0);
}

static bool judged(const char *text, enum past_verdict verdict)
{
	struct past_run run;

	return reads(text, &run) && past_judge(&run) == verdict;
}

/* The text with one thing in it replaced. */
static char *replaced(const char *text, const char *from, const char *by)
{
	const char *at = strstr(text, from);

	CHECK(at != NULL);
	return arena_format(&arena, "%.*s%s%s", (int)(at - text), text, by, at + strlen(from));
}

static void test_judge(void)
{
	static const char none[] = "\"verification\":null}";
	const char *there = document("complete", "0", "null", load, none);

	CHECK(judged(whole(), PAST_DIFFERENT));
	CHECK(judged(replaced(document("complete", "0", "null", load, proof),
		"\"status\":\"different\",\"equal\":false", "\"status\":\"equal\",\"equal\":true"),
		PAST_EQUAL));
	CHECK(judged(document("complete", "0", "null", load, proof), PAST_DIFFERENT));
	CHECK(judged(there, PAST_NOT_VERIFIED));
	CHECK(judged(replaced(there, "\"loaded\"", "\"rolled back\""), PAST_ROLLED_BACK));
	CHECK(judged(document("failed", "75", "null", load, none), PAST_NOT_PROVED));
	CHECK(judged(replaced(document("failed", "75", "null", load, proof),
		"\"database\":null", "\"database\":\"a.new\""), PAST_UNNAMED));
	CHECK(judged(document("failed", "78", "null", "\"load\":null,", none), PAST_FAILED));
	CHECK(judged(document("stopped", "130", "null", "\"load\":null,", none), PAST_STOPPED));
	CHECK(judged(document("stopped", "130", "null", load, none), PAST_NOT_PROVED));
}

static bool refuses(const char *text, const char *words)
{
	struct past_run run;
	struct fault fault = { 0 };

	past_read(&arena, (const uint8_t *)text, strlen(text), &run, &fault);
	if (fault.status == STATUS_STREAM && strstr(fault.text, words) != NULL)
		return true;
	printf("# %d %s\n", fault.status, fault.text);
	return false;
}

static void test_refuse(void)
{
	const char *good = whole();

	CHECK(refuses("", "no JSON"));
	CHECK(refuses("[]", "no report of a run"));
	CHECK(refuses("{}", "version is missing"));
	CHECK(refuses(replaced(good, "\"version\":1", "\"version\":2"), "by a newer rowpipe"));
	CHECK(refuses(replaced(good, "\"version\":1,\"v", "\"version\":9,\"v"), "version 9"));
	CHECK(refuses(replaced(good, "\"version\":1", "\"version\":0"), "by an older rowpipe"));
	CHECK(refuses(replaced(good, "\"loaded\":7", "\"loaded\":-7"),
		"load.tables[0].loaded is no whole number"));
	CHECK(refuses(replaced(good, "\"loaded\":7,", ""), "load.tables[0].loaded is missing"));
	CHECK(refuses(replaced(good, "\"reason\":\"why\"", "\"reason\":null"),
		"load.todo[0].reason is null"));
	CHECK(refuses(replaced(good, "[\"r\"]", "[7]"), "load.tables[0].remarks[0] is no text"));
	CHECK(refuses(replaced(good, "\"seconds\":4.5", "\"seconds\":1e999"), "seconds"));
	CHECK(refuses(replaced(good, "\"snapshot\":true", "\"snapshot\":1"),
		"source.snapshot is neither"));
	CHECK(refuses(replaced(good, "\"load\":{", "\"load\":[],\"x\":{"), "load is no object"));
	CHECK(refuses(replaced(good, "\"findings\":[", "\"findings\":{},\"x\":["),
		"verification.findings is no list"));
}

/* Whatever is cut off, it is damaged, and nothing else happens. */
static void test_cut(void)
{
	const char *good = whole();

	for (size_t size = 0; size < strlen(good); size++) {
		struct past_run run;
		struct fault fault = { 0 };
		uint8_t *copy = malloc(size > 0 ? size : 1);

		memcpy(copy, good, size);
		past_read(&arena, copy, size, &run, &fault);
		free(copy);
		if (fault.status != STATUS_STREAM && !CHECK(fault.status == STATUS_STREAM))
			break;
	}
}

static bool says(struct bytes *page, const char *words)
{
	const bool found = memmem(page->data, page->size, words, strlen(words)) != NULL;

	if (!found)
		printf("# not there: %s\n", words);
	return found;
}

static void test_page(void)
{
	struct bytes page = { 0 };
	struct past_run run;

	if (!CHECK(reads(whole(), &run)))
		return;
	page_print(&page, &run, "/y/a.db.rowpipe/1");
	CHECK(says(&page, "<h1>Loaded, different</h1>"));
	CHECK(says(&page, "1 row missing, 2 extra, 3 changed, and 1 finding beside rows"));
	CHECK(says(&page, ", in <code>/y</code>:\n<pre class=\"command\"><code>rowpipe verify "));
	CHECK(says(&page, "<bdi>public.&quot;&lt;t&gt;&quot;</bdi></th><td class=\"n\">7</td>"));
	CHECK(says(&page, "CREATE\n\t&lt;/pre&gt;\\u{202e}</code></pre>"));
	CHECK(says(&page, "<td class=\"n bad\">7</td>"));
	CHECK(says(&page, "2026-01-02 03:04:05 UTC, took 4.50 s"));
	/* began at 0.5 + 0.25 of 4.5 seconds, and at 3.5 + 0.1 */
	CHECK(says(&page, "<rect class=\"bar\" x=\"166.7\" width=\"444.4\""));
	CHECK(says(&page, "<rect class=\"proof\" x=\"800.0\" width=\"44.4\""));
	bytes_clear(&page);
	past_print(&page, &run, "a.db.rowpipe/1");
	CHECK(says(&page, "run: a.db.rowpipe/1\ntable "));
	CHECK(says(&page, "\nloaded: 1 table, 7 rows, 1 view; 1 to-do\n"
		"different: 1 of 1 table (1 missing, 2 extra, 3 changed), 1 finding "
		"beside rows\nloaded, different; 1 to-do in a.db.rowpipe/1/todo.sql\n"
		"rowpipe verify a.db.rowpipe/1\n"));
	bytes_close(&page);
}

/* Thirty of many tables are drawn, those that took longest. */
static void test_many(void)
{
	struct past_table tables[1000] = { { 0 } };
	struct past_load loaded = { .verdict = "loaded", .tables = tables, .table_count = 1000 };
	struct past_part part = { "load", 0, 9 };
	struct past_run run = { .rowpipe = "", .command = "migrate", .verdict = "complete",
		.started = "", .folder = "f", .seconds = 9, .load = &loaded };
	struct bytes page = { 0 };
	size_t drawn = 0;

	run.parts.items = loaded.parts.items = &part;
	run.parts.count = loaded.parts.count = 1;
	for (size_t i = 0; i < 1000; i++) {
		tables[i].source = tables[i].name = arena_format(&arena, "t%zu", i);
		tables[i].seconds = i % 100 == 7 ? 0.5 : i < 25 ? 0.2 : 0.1;
	}
	page_print(&page, &run, "/f");
	CHECK(says(&page, "The 30 tables that took longest"));
	CHECK(says(&page, "970 other tables, none slower</th><td class=\"n\">97.400</td>"));
	CHECK(says(&page, "class=\"inner\"><bdi>t907</bdi>"));
	CHECK(says(&page, "class=\"inner\"><bdi>t20</bdi>"));
	bytes_add_byte(&page, '\0');
	for (const char *at = (const char *)page.data; (at = strstr(at, "<svg viewBox=\"0 0 1000"))
		!= NULL; at++)
		drawn++;
	CHECK(drawn == 32);
	bytes_close(&page);
}

int main(void)
{
	static const struct test tests[] = {
		{ "all that a report holds", test_read },
		{ "what it comes to", test_judge },
		{ "what is damaged, or newer, is refused with its place", test_refuse },
		{ "wherever it is cut", test_cut },
		{ "as a page, and as text", test_page },
		{ "of many tables the slowest are drawn", test_many },
	};
	const int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	arena_close(&arena);
	return code;
}
