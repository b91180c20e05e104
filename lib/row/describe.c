#include "row/describe.h"

#include "base/number.h"
#include "base/print.h"

void describe_number(struct bytes *to, uint64_t number)
{
	if (number >= 1000) {
		describe_number(to, number / 1000);
		bytes_format(to, ",%03u", (unsigned)(number % 1000));
	} else {
		bytes_format(to, "%u", (unsigned)number);
	}
}

static void add_visible(struct bytes *to, const char *text)
{
	print_visible(to, text, strlen(text));
}

static void add_part(struct bytes *to, size_t start, uint64_t count, const char *what)
{
	if (to->size > start)
		bytes_add_text(to, ", ");
	describe_number(to, count);
	bytes_format(to, " %s", what);
}

static void add_reals(struct bytes *to, const struct profile *profile)
{
	char least[NUMBER_REAL_SIZE], most[NUMBER_REAL_SIZE];

	number_format_real(least, profile->least_real);
	number_format_real(most, profile->most_real);
	bytes_format(to, " %s..%s", least, most);
}

void describe_profile(struct bytes *to, const struct profile *profile)
{
	size_t start = to->size;

	if (profile->integers > 0) {
		add_part(to, start, profile->integers, "integers");
		bytes_format(to, " %lld..%lld", (long long)profile->least_integer,
			(long long)profile->most_integer);
	}
	if (profile->reals > 0) {
		add_part(to, start, profile->reals, "reals");
		add_reals(to, profile);
	}
	if (profile->texts > 0) {
		add_part(to, start, profile->texts, "texts up to");
		bytes_add_byte(to, ' ');
		describe_number(to, profile->longest_text);
		bytes_add_text(to, " bytes");
	}
	if (profile->blobs > 0) {
		add_part(to, start, profile->blobs, "blobs up to");
		bytes_add_byte(to, ' ');
		describe_number(to, profile->longest_blob);
		bytes_add_text(to, " bytes");
	}
	if (profile->ill > 0)
		add_part(to, start, profile->ill, "texts that are not well-formed");
	if (profile->nulls > 0)
		add_part(to, start, profile->nulls, "nulls");
	if (to->size == start)
		bytes_add_text(to, "no values");
	for (size_t i = 0, first = 1; i < SHAPES; i++) {
		if (profile->shapes[i] == 0)
			continue;
		bytes_add_text(to, first ? "; " : ", ");
		describe_number(to, profile->shapes[i]);
		bytes_format(to, " %s", shape_names[i]);
		first = 0;
	}
}

static void describe_column(struct bytes *to, const struct column *column)
{
	bytes_add_text(to, "  ");
	add_visible(to, column->name);
	if (strcmp(column->name, column->source) != 0) {
		bytes_add_text(to, " (from ");
		add_visible(to, column->source);
		bytes_add_byte(to, ')');
	}
	bytes_add_byte(to, ' ');
	add_visible(to, column->declared == NULL ? "(no type)" : column->declared);
	if (strcmp(column->type, "raw") != 0)
		bytes_format(to, " as %s", column->target != NULL ? column->target : column->type);
	if (column->not_null)
		bytes_add_text(to, " not null");
	if (column->identity != NULL)
		bytes_format(to, " %s", column->identity);
	if (column->fallback != NULL) {
		bytes_add_text(to, " default ");
		add_visible(to, column->fallback);
	}
	if (column->generated != NULL) {
		bytes_add_text(to, column->stored ? " stored as (" : " generated as (");
		add_visible(to, column->generated);
		bytes_add_byte(to, ')');
	}
	if (column->profile != NULL) {
		bytes_add_text(to, "  # ");
		describe_profile(to, column->profile);
	}
	bytes_add_byte(to, '\n');
}

static void add_names(struct bytes *to, const struct texts *names)
{
	bytes_add_byte(to, '(');
	for (size_t i = 0; i < names->count; i++) {
		if (i > 0)
			bytes_add_text(to, ", ");
		add_visible(to, names->items[i]);
	}
	bytes_add_byte(to, ')');
}

static void describe_index(struct bytes *to, const struct index *index, const char *what)
{
	bytes_format(to, "  %s%s", index->unique && index->sql != NULL ? "unique " : "", what);
	if (index->name != NULL) {
		bytes_add_byte(to, ' ');
		add_visible(to, index->name);
	}
	bytes_add_text(to, " (");
	for (size_t i = 0; i < index->term_count; i++) {
		const struct term *term = &index->terms[i];

		if (i > 0)
			bytes_add_text(to, ", ");
		add_visible(to, term->column != NULL ? term->column : term->expression);
		if (term->collation != NULL) {
			bytes_add_text(to, " collate ");
			add_visible(to, term->collation);
		}
		if (term->descending)
			bytes_add_text(to, " desc");
	}
	bytes_add_byte(to, ')');
	if (index->where != NULL) {
		bytes_add_text(to, " where ");
		add_visible(to, index->where);
	}
	bytes_add_byte(to, '\n');
}

static void describe_foreign(struct bytes *to, const struct foreign *foreign)
{
	bytes_add_text(to, "  foreign key ");
	add_names(to, &foreign->columns);
	bytes_add_text(to, " references ");
	add_visible(to, foreign->table);
	if (foreign->targets.count > 0) {
		bytes_add_byte(to, ' ');
		add_names(to, &foreign->targets);
	}
	bytes_add_byte(to, '\n');
}

static void describe_head(struct bytes *to, const struct table *table)
{
	bytes_add_text(to, "table ");
	if (table->schema != NULL) {
		add_visible(to, table->schema);
		bytes_add_byte(to, '.');
	}
	add_visible(to, table->name);
	if (table->counted) {
		bytes_add_text(to, ": ");
		describe_number(to, table->expected);
		bytes_add_text(to, " rows");
	}
	if (strcmp(table->coverage, "whole") != 0) {
		bytes_add_text(to, ", coverage: ");
		add_visible(to, table->coverage);
	}
	bytes_add_text(to, table->without_rowid ? ", without rowid" : "");
	bytes_add_text(to, table->strict ? ", strict\n" : "\n");
}

void describe_table(struct bytes *to, const struct table *table)
{
	describe_head(to, table);
	for (size_t i = 0; i < table->column_count; i++)
		describe_column(to, &table->columns[i]);
	if (table->primary != NULL)
		describe_index(to, table->primary, "primary key");
	for (size_t i = 0; i < table->unique_count; i++)
		describe_index(to, &table->uniques[i], "unique key");
	for (size_t i = 0; i < table->index_count; i++)
		describe_index(to, &table->indexes[i], "index");
	for (size_t i = 0; i < table->foreign_count; i++)
		describe_foreign(to, &table->foreigns[i]);
	for (size_t i = 0; i < table->check_count; i++) {
		bytes_add_text(to, "  check (");
		add_visible(to, table->checks[i].expression);
		bytes_add_text(to, ")\n");
	}
	for (size_t i = 0; i < table->remarks.count; i++) {
		bytes_add_text(to, "  remark: ");
		add_visible(to, table->remarks.items[i]);
		bytes_add_byte(to, '\n');
	}
}

void describe_object(struct bytes *to, const struct object *object)
{
	add_visible(to, object->kind);
	bytes_add_byte(to, ' ');
	add_visible(to, object->name);
	if (object->table != NULL) {
		bytes_add_text(to, " of ");
		add_visible(to, object->table);
	}
	for (size_t i = 0; i < object->columns.count; i++) {
		bytes_add_text(to, i == 0 ? " (" : ", ");
		add_visible(to, object->columns.items[i]);
	}
	bytes_add_text(to, object->columns.count > 0 ? ")" : "");
	if (object->remark != NULL) {
		bytes_add_text(to, ": ");
		add_visible(to, object->remark);
	}
	bytes_add_byte(to, '\n');
}

void describe_count(struct bytes *to, uint64_t count, const char *thing)
{
	describe_number(to, count);
	bytes_format(to, " %s%s", thing, count == 1 ? "" : "s");
}

void describe_size(struct bytes *to, uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	double size = (double)bytes / 1000;
	size_t unit = 0;

	if (bytes < 1000) {
		describe_count(to, bytes, "byte");
		return;
	}
	for (; size >= 999.5 && unit < 3; unit++)
		size /= 1000;
	bytes_format(to, "%.*f %s", size < 9.95 ? 1 : 0, size, units[unit]);
}
