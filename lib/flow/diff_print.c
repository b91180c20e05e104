#include "flow/diff_print.h"

#include <string.h>

#include "base/print.h"
#include "flow/process.h"
#include "row/describe.h"
#include "row/show.h"

static void add_name(struct bytes *to, const char *name)
{
	print_json(to, name, strlen(name));
}

static void add_visible(struct bytes *to, const char *text)
{
	print_visible(to, text, strlen(text));
}

static const char *table_name(const struct diff_print *print)
{
	return print->couple->tables[0]->name;
}

static const char *column_name(const struct diff_print *print, uint32_t column)
{
	return print->couple->columns[column].columns[0]->name;
}

static bool is_key(const struct couple *couple, uint32_t column)
{
	for (uint32_t i = 0; i < couple->key_count; i++)
		if (couple->key[i] == column)
			return true;
	return false;
}

static void add_cell(const struct diff_print *print, struct bytes *to, int side, uint32_t column,
	const struct value *cells)
{
	show_cell(to, &print->couple->columns[column].types[side], &cells[column]);
}

static void add_member(const struct diff_print *print, struct bytes *to, int side, uint32_t column,
	const struct value *cells)
{
	if (to->data[to->size - 1] != '{')
		bytes_add_byte(to, ',');
	add_name(to, column_name(print, column));
	bytes_add_byte(to, ':');
	add_cell(print, to, side, column, cells);
}

/* The key first, then the rest of the row if it is wanted, or there is no key. */
static void add_row(const struct diff_print *print, struct bytes *to, int side,
	const struct value *cells, bool whole)
{
	const struct couple *couple = print->couple;

	bytes_add_byte(to, '{');
	for (uint32_t i = 0; i < couple->key_count && !to->failed; i++)
		add_member(print, to, side, couple->key[i], cells);
	if (whole || couple->key_count == 0)
		for (uint32_t i = 0; i < couple->count && !to->failed; i++)
			if (!is_key(couple, i))
				add_member(print, to, side, i, cells);
	bytes_add_byte(to, '}');
}

/* --- for people ------------------------------------------------------------------------------- */

static void add_head(const struct diff_print *print, struct bytes *to, int side, const char *mark,
	uint64_t rows)
{
	bytes_add_text(to, mark);
	add_visible(to, print->couple->tables[side]->name);
	bytes_add_text(to, " (");
	add_visible(to, print->names[side]);
	bytes_add_text(to, "): ");
	describe_number(to, rows);
	bytes_add_text(to, rows == 1 ? " row\n" : " rows\n");
}

static void add_changes(const struct diff_print *print, struct bytes *to,
	const struct diff_finding *finding)
{
	const char *between = ": ";

	for (uint32_t i = 0; i < print->couple->count; i++) {
		if (!finding->columns[i])
			continue;
		bytes_add_text(to, between);
		between = ", ";
		add_name(to, column_name(print, i));
		if (print->what == DIFF_PRINT_KEYS)
			continue;
		bytes_add_text(to, ": ");
		add_cell(print, to, DIFF_LEFT, i, finding->cells[0]);
		bytes_add_text(to, " -> ");
		add_cell(print, to, DIFF_RIGHT, i, finding->cells[1]);
	}
}

static void add_line(const struct diff_print *print, struct bytes *to,
	const struct diff_finding *finding)
{
	const int side = finding->kind == DIFF_EXTRA ? DIFF_RIGHT : DIFF_LEFT;
	const bool whole = finding->kind != DIFF_CHANGED && print->what == DIFF_PRINT_ROWS;

	bytes_add_byte(to, (uint8_t)"-+~"[finding->kind]);
	bytes_add_byte(to, ' ');
	if (finding->times > 1) {
		describe_number(to, finding->times);
		bytes_add_text(to, " times ");
	}
	add_row(print, to, side, finding->cells[side], whole);
	if (finding->kind == DIFF_CHANGED)
		add_changes(print, to, finding);
	bytes_add_byte(to, '\n');
}

/* ("email" 1, "name" 2) */
static void add_columns(const struct diff_print *print, struct bytes *to, const struct diff *diff)
{
	const char *between = " (";

	for (uint32_t i = 0; i < diff->columns; i++) {
		if (diff->found_in[i].changed == 0)
			continue;
		bytes_add_text(to, between);
		between = ", ";
		add_name(to, column_name(print, i));
		bytes_add_byte(to, ' ');
		describe_number(to, diff->found_in[i].changed);
	}
	if (*between == ',')
		bytes_add_byte(to, ')');
}

static void add_total(const struct diff_print *print, struct bytes *to, const struct diff *diff)
{
	add_visible(to, table_name(print));
	bytes_add_text(to, ": ");
	describe_number(to, diff->missing);
	bytes_add_text(to, " missing, ");
	describe_number(to, diff->extra);
	bytes_add_text(to, " extra, ");
	describe_number(to, diff->changed);
	bytes_add_text(to, " changed");
	add_columns(print, to, diff);
	if (diff->doubled)
		bytes_add_text(to, "; its key is not unique");
	if (print->limit > 0 && print->told > print->limit)
		bytes_format(to, "; only %llu are shown", (unsigned long long)print->limit);
	bytes_add_byte(to, '\n');
}

/* --- for programs ----------------------------------------------------------------------------- */

static void add_json_changes(const struct diff_print *print, struct bytes *to,
	const struct diff_finding *finding)
{
	const char *between = "";

	bytes_add_text(to, ",\"columns\":{");
	for (uint32_t i = 0; i < print->couple->count; i++) {
		if (!finding->columns[i])
			continue;
		bytes_add_text(to, between);
		between = ",";
		add_name(to, column_name(print, i));
		if (print->what == DIFF_PRINT_KEYS) {
			bytes_add_text(to, ":{}");
			continue;
		}
		bytes_add_text(to, ":{\"left\":");
		add_cell(print, to, DIFF_LEFT, i, finding->cells[0]);
		bytes_add_text(to, ",\"right\":");
		add_cell(print, to, DIFF_RIGHT, i, finding->cells[1]);
		bytes_add_byte(to, '}');
	}
	bytes_add_byte(to, '}');
}

static void add_json(const struct diff_print *print, struct bytes *to,
	const struct diff_finding *finding)
{
	static const char *const kinds[] = { "missing", "extra", "changed" };
	const int side = finding->kind == DIFF_EXTRA ? DIFF_RIGHT : DIFF_LEFT;
	const bool whole = finding->kind != DIFF_CHANGED && print->what == DIFF_PRINT_ROWS;

	bytes_add_text(to, "{\"table\":");
	add_name(to, table_name(print));
	bytes_format(to, ",\"kind\":\"%s\",\"%s\":", kinds[finding->kind], whole ? "row" : "key");
	add_row(print, to, side, finding->cells[side], whole);
	if (finding->kind == DIFF_CHANGED)
		add_json_changes(print, to, finding);
	else
		bytes_format(to, ",\"times\":%llu", (unsigned long long)finding->times);
	bytes_add_text(to, "}\n");
}

static void add_digest(struct bytes *to, const char *key, struct hash128 digest)
{
	uint8_t bytes[16];

	hash_put(bytes, digest);
	bytes_format(to, "\"%s\":\"", key);
	print_hex(to, bytes, sizeof(bytes));
	bytes_add_byte(to, '"');
}

static void add_json_columns(const struct diff_print *print, struct bytes *to,
	const struct diff *diff)
{
	const char *between = "";

	bytes_add_text(to, ",\"columns\":{");
	for (uint32_t i = 0; i < diff->columns; i++) {
		const struct diff_column *column = &diff->found_in[i];

		if (memcmp(&column->digest[0], &column->digest[1], sizeof(column->digest[0])) == 0)
			continue;
		bytes_add_text(to, between);
		between = ",";
		add_name(to, column_name(print, i));
		bytes_format(to, ":{\"changed\":%llu,", (unsigned long long)column->changed);
		add_digest(to, "left", column->digest[0]);
		bytes_add_byte(to, ',');
		add_digest(to, "right", column->digest[1]);
		bytes_add_byte(to, '}');
	}
	bytes_add_byte(to, '}');
}

static void add_json_total(const struct diff_print *print, struct bytes *to,
	const struct diff *diff)
{
	bytes_add_text(to, to->size > 0 ? ",{\"table\":" : "{\"table\":");
	add_name(to, table_name(print));
	bytes_format(to, ",\"equal\":%s,\"missing\":%llu,\"extra\":%llu,\"changed\":%llu,"
		"\"key unique\":%s", diff->equal ? "true" : "false",
		(unsigned long long)diff->missing, (unsigned long long)diff->extra,
		(unsigned long long)diff->changed, diff->doubled ? "false" : "true");
	for (int i = 0; i < 2; i++) {
		bytes_format(to, ",\"%s\":{\"rows\":%llu,", i == 0 ? "left" : "right",
			(unsigned long long)diff->sides[i].rows);
		add_digest(to, "digest", diff->sides[i].digest);
		bytes_add_byte(to, '}');
	}
	if (!diff->equal)
		add_json_columns(print, to, diff);
	bytes_add_byte(to, '}');
}

/* --- both ------------------------------------------------------------------------------------- */

void diff_print_table(struct diff_print *print, const struct couple *couple,
	const struct diff *diff)
{
	print->couple = couple;
	print->told = 0;
	print->tables_seen++;
	if (diff->equal)
		return;
	print->different++;
	if (print->json || print->what == DIFF_PRINT_STAT)
		return;
	add_head(print, &print->text, DIFF_LEFT, "--- ", diff->sides[0].rows);
	add_head(print, &print->text, DIFF_RIGHT, "+++ ", diff->sides[1].rows);
}

int diff_print_finding(struct diff_print *print, const struct diff_finding *finding,
	struct fault *fault)
{
	if (print->what == DIFF_PRINT_STAT || (print->told++ >= print->limit && print->limit > 0))
		return 0;
	if (print->json)
		add_json(print, &print->text, finding);
	else
		add_line(print, &print->text, finding);
	return process_print(&print->text, fault);
}

void diff_print_total(struct diff_print *print, const struct diff *diff)
{
	print->rows += diff->sides[0].rows;
	if (print->json)
		add_json_total(print, &print->tables, diff);
	else if (!diff->equal)
		add_total(print, &print->text, diff);
}

static void add_side(struct bytes *to, const char *key, const char *text)
{
	bytes_format(to, ",\"%s\":", key);
	if (text == NULL)
		bytes_add_text(to, "null");
	else
		add_name(to, text);
}

static void add_json_remark(struct bytes *to, const char *table, const char *kind,
	const char *name, const char *left, const char *right)
{
	bytes_add_text(to, "{\"table\":");
	add_name(to, table);
	add_side(to, "kind", kind);
	if (name != NULL)
		add_side(to, "column", name);
	add_side(to, "left", left);
	add_side(to, "right", right);
	bytes_add_text(to, "}\n");
}

void diff_print_remark(struct diff_print *print, const char *table, const char *kind,
	const char *name, const char *left, const char *right)
{
	struct bytes *to = &print->text;

	print->remarks++;
	if (print->json) {
		add_json_remark(to, table, kind, name, left, right);
		return;
	}
	bytes_add_text(to, right == NULL ? "- " : left == NULL ? "+ " : "~ ");
	add_visible(to, kind);
	bytes_add_byte(to, ' ');
	add_visible(to, table);
	if (name != NULL) {
		bytes_add_byte(to, '.');
		add_visible(to, name);
	}
	bytes_add_text(to, ": ");
	add_visible(to, left != NULL ? left : right);
	if (left != NULL && right != NULL) {
		bytes_add_text(to, " -> ");
		add_visible(to, right);
	}
	bytes_add_byte(to, '\n');
}

void diff_print_summary(struct diff_print *print)
{
	if (!print->json)
		return;
	bytes_format(&print->text, "{\"equal\":%s,\"tables\":[",
		print->remarks + print->different == 0 ? "true" : "false");
	bytes_add(&print->text, print->tables.data, print->tables.size);
	bytes_add_text(&print->text, "]}\n");
	print->text.failed |= print->tables.failed;
}

void diff_print_close(struct diff_print *print)
{
	bytes_close(&print->text);
	bytes_close(&print->tables);
}
