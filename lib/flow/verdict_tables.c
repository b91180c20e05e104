/* What is said of a table beside its rows. */
#include "flow/verdict.h"

#include "row/describe.h"

int verdict_unfound(struct verdict *verdict, const struct couple *couple, const struct diff *diff,
	struct fault *fault)
{
	struct bytes text[2] = { { 0 } };

	describe_count(&text[0], diff->sides[0].rows, "row");
	describe_count(&text[1], diff->sides[1].rows, "row");
	bytes_format(&text[1], ", which differ in %llu of %d parts; without --no-spool they are "
		"found", (unsigned long long)diff->buckets, DIFF_BUCKETS);
	for (int i = 0; i < 2; i++) {
		bytes_add_byte(&text[i], '\0');
		if (text[i].failed)
			fault_memory(fault);
	}
	if (fault->status == 0)
		verdict_remark(verdict, couple->tables[0]->name, "digest", NULL,
			(const char *)text[0].data, (const char *)text[1].data);
	verdict_table(verdict, couple, diff, verdict_now());
	bytes_close(&text[0]);
	bytes_close(&text[1]);
	return fault->status;
}

int verdict_absent(struct verdict *verdict, const char *table, uint64_t rows, struct fault *fault)
{
	struct bytes text = { 0 };

	describe_count(&text, rows, "row");
	bytes_add_byte(&text, '\0');
	if (text.failed)
		fault_memory(fault);
	else
		verdict_remark(verdict, table, "table", NULL, (const char *)text.data, NULL);
	verdict_count(verdict, rows, 0);
	bytes_close(&text);
	return fault->status;
}

void verdict_columns(struct verdict *verdict, const struct couple *couple, bool whole, bool like,
	struct arena *arena)
{
	const char *table = couple->tables[0]->name;

	for (uint32_t i = 0; i < couple->only_count[0]; i++)
		verdict_remark(verdict, table, "column", couple->only[0][i]->name,
			couple_type(couple->only[0][i]), NULL);
	for (uint32_t i = 0; i < couple->only_count[1] && whole; i++)
		(like ? verdict_same : verdict_remark)(verdict, table, "column",
			couple->only[1][i]->name, NULL, couple_type(couple->only[1][i]));
	for (uint32_t i = couple->count; i < couple->all; i++) {
		const struct couple_column *column = &couple->columns[i];

		verdict_remark(verdict, table, "column", column->columns[0]->name,
			couple_type(column->columns[0]), arena_format(arena,
			"%s, not compared: %s", couple_type(column->columns[1]), column->why));
	}
}
