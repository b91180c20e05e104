#include "flow/verdict.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/descriptor.h"
#include "base/print.h"
#include "row/describe.h"

double verdict_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* --- remarks ---------------------------------------------------------------------------------- */

static void add_member(struct bytes *to, const char *name, const char *text)
{
	bytes_format(to, ",\"%s\":", name);
	if (text == NULL)
		bytes_add_text(to, "null");
	else
		print_json(to, text, strlen(text));
}

static void note(struct verdict *verdict, const char *table, const char *kind, const char *name,
	const char *expected, const char *found, bool same)
{
	struct bytes *to = &verdict->remarks;

	bytes_add_text(to, to->size == 0 ? "{\"table\":" : ",{\"table\":");
	print_json(to, table, strlen(table));
	add_member(to, "kind", kind);
	add_member(to, "name", name);
	add_member(to, "expected", expected);
	add_member(to, "found", found);
	bytes_format(to, ",\"same_in_source\":%s}", same ? "true" : "false");
}

void verdict_remark(struct verdict *verdict, const char *table, const char *kind, const char *name,
	const char *expected, const char *found)
{
	static const char another[] = "another";
	const bool profile = strcmp(kind, "profile") == 0;
	const bool value = profile || strcmp(kind, "conversion") == 0;
	const char *counted = profile ? "as the source counted" : "as the source has it";
	const bool hides = value && verdict->print.what != DIFF_PRINT_ROWS;

	verdict->others += strcmp(kind, "rows") != 0;
	note(verdict, table, kind, name, value ? counted : expected, value ? another : found,
		false);
	diff_print_remark(&verdict->print, table, kind, name, hides ? counted : expected,
		hides ? another : found);
}

void verdict_same(struct verdict *verdict, const char *table, const char *kind, const char *name,
	const char *expected, const char *found)
{
	struct bytes *to = &verdict->print.text;

	note(verdict, table, kind, name, expected, found, true);
	if (verdict->print.json) {
		bytes_add_text(to, "{\"table\":");
		print_json(to, table, strlen(table));
		add_member(to, "kind", kind);
		add_member(to, "column", name);
		add_member(to, "left", expected);
		add_member(to, "right", found);
		bytes_add_text(to, ",\"same_in_source\":true}\n");
		return;
	}
	bytes_format(to, "= %s ", kind);
	print_visible(to, table, strlen(table));
	bytes_add_byte(to, '.');
	print_visible(to, name, strlen(name));
	bytes_add_text(to, ": ");
	print_visible(to, found, strlen(found));
	bytes_add_text(to, expected == NULL ? "\n" : "; the same in the source\n");
}

/* --- tables ----------------------------------------------------------------------------------- */

static void add_columns(struct bytes *to, const struct couple *couple, const struct diff *diff)
{
	const char *comma = "";

	for (uint32_t i = 0; i < couple->count; i++) {
		const char *name = couple->columns[i].columns[0]->name;

		if (diff->found_in[i].changed == 0)
			continue;
		bytes_format(to, "%s{\"column\":", comma);
		print_json(to, name, strlen(name));
		bytes_format(to, ",\"changed\":%llu}",
			(unsigned long long)diff->found_in[i].changed);
		comma = ",";
	}
}

void verdict_table(struct verdict *verdict, const struct couple *couple, const struct diff *diff,
	double started)
{
	const bool whole = couple->count == couple->all && couple->only_count[0] == 0;
	const char *table = couple->tables[0]->name;
	struct bytes *to = &verdict->table_list;

	verdict->missing += diff->missing;
	verdict->extra += diff->extra;
	verdict->changed += diff->changed;
	verdict->rows += diff->sides[0].rows;
	verdict->tables_different += !diff->equal;
	bytes_add_text(to, to->size == 0 ? "{\"source\":" : ",{\"source\":");
	print_json(to, couple->tables[0]->source, strlen(couple->tables[0]->source));
	bytes_add_text(to, ",\"table\":");
	print_json(to, table, strlen(table));
	bytes_format(to, ",\"equal\":%s,\"expected\":%llu,\"found\":%llu,\"missing\":%llu,"
		"\"extra\":%llu,\"changed\":%llu,\"key_unique\":%s,\"began\":%.3f,\"seconds\":%.3f,"
		"\"columns\":[", diff->equal && whole ? "true" : "false",
		(unsigned long long)diff->sides[0].rows,
		(unsigned long long)diff->sides[1].rows, (unsigned long long)diff->missing,
		(unsigned long long)diff->extra, (unsigned long long)diff->changed,
		diff->doubled ? "false" : "true", started - verdict->started,
		verdict_now() - started);
	add_columns(to, couple, diff);
	bytes_add_text(to, "]}");
}

void verdict_count(struct verdict *verdict, uint64_t expected, uint64_t found)
{
	verdict->rows += expected;
	verdict->tables_different += expected != found;
	verdict->missing += found < expected ? expected - found : 0;
	verdict->extra += found > expected ? found - expected : 0;
}

/* --- the answer ------------------------------------------------------------------------------- */

bool verdict_different(const struct verdict *verdict)
{
	return verdict->print.remarks + verdict->print.different > 0;
}

bool verdict_may_allow(const char *allowance)
{
	char *end;

	return *allowance >= '0' && *allowance <= '9' && strtod(allowance, &end) >= 0 &&
		(strcmp(end, "") == 0 || strcmp(end, "%") == 0);
}

void verdict_end(struct verdict *verdict)
{
	const double found = (double)(verdict->missing + verdict->extra + verdict->changed);
	char *end;
	double most;

	if (verdict->allowance == NULL || verdict->others > 0 || !verdict_different(verdict))
		return;
	most = strtod(verdict->allowance, &end);
	verdict->allowed = *end == '%' ? found * 100 <= most * (double)verdict->rows :
		found <= most;
}

static void add_differences(const struct verdict *verdict, struct bytes *to)
{
	bytes_format(to, "%zu of ", verdict->tables_different);
	describe_count(to, verdict->tables, "table");
	bytes_add_text(to, " (");
	describe_number(to, verdict->missing);
	bytes_add_text(to, " missing, ");
	describe_number(to, verdict->extra);
	bytes_add_text(to, " extra, ");
	describe_number(to, verdict->changed);
	bytes_add_text(to, " changed)");
	if (verdict->others > 0) {
		bytes_add_text(to, ", ");
		describe_count(to, verdict->others, "finding");
		bytes_add_text(to, " beside rows");
	}
}

static const char *status_word(const struct verdict *verdict)
{
	static const char *const words[] = { "equal", "counts are the same", "tables are there" };

	if (!verdict_different(verdict))
		return words[verdict->scope];
	return verdict->allowed ? "loaded, different" : "different";
}

void verdict_line(const struct verdict *verdict, struct bytes *to)
{
	bytes_format(to, "%s: ", status_word(verdict));
	if (verdict_different(verdict)) {
		add_differences(verdict, to);
		bytes_add_byte(to, '\n');
		return;
	}
	describe_count(to, verdict->tables, "table");
	bytes_add_text(to, ", ");
	describe_count(to, verdict->rows, "row");
	bytes_add_text(to, verdict->part ? "; other rows may be there, too" : "");
	bytes_add_text(to, verdict->scope == VERDICT_VALUES ? "\n" : "; no value was compared\n");
}

void verdict_document(const struct verdict *verdict, struct bytes *to)
{
	bytes_format(to, "{\"status\":\"%s\",\"equal\":%s,\"rows\":%llu,\"missing\":%llu,"
		"\"extra\":%llu,\"changed\":%llu,\"subset\":%s,\"seconds\":%.3f,\"findings\":[",
		status_word(verdict), !verdict_different(verdict) &&
		verdict->scope == VERDICT_VALUES ? "true" : "false",
		(unsigned long long)verdict->rows, (unsigned long long)verdict->missing,
		(unsigned long long)verdict->extra, (unsigned long long)verdict->changed,
		verdict->part ? "true" : "false", verdict_now() - verdict->started);
	bytes_add(to, verdict->remarks.data, verdict->remarks.size);
	bytes_add_text(to, "],\"tables\":[");
	bytes_add(to, verdict->table_list.data, verdict->table_list.size);
	bytes_add_text(to, "]}\n");
	to->failed |= verdict->remarks.failed || verdict->table_list.failed;
}

int verdict_write(const struct verdict *verdict, const char *path, struct fault *fault)
{
	struct descriptor_file file;
	struct bytes text = { 0 };

	verdict_document(verdict, &text);
	if (text.failed)
		fault_memory(fault);
	else if (fault->status == 0 && descriptor_create(&file, path, fault) == 0 &&
		(descriptor_write(file.fd, text.data, text.size, fault) != 0 ||
		descriptor_publish(&file, fault) != 0))
		descriptor_abandon(&file);
	bytes_close(&text);
	return fault->status;
}

void verdict_close(struct verdict *verdict)
{
	diff_print_close(&verdict->print);
	bytes_close(&verdict->remarks);
	bytes_close(&verdict->table_list);
}
