#include "flow/watch.h"

#include <string.h>

#include "base/descriptor.h"
#include "base/hash.h"
#include "row/couple.h"
#include "row/token.h"
#include "wire/pack.h"

enum { VALUES_LEAST = 1 << 20 };

static int misfit(const struct expect_rule *rule, const char *what, const char *name,
	struct fault *fault)
{
	return fault_set(fault, STATUS_MISFIT, "line %u: %.300s: %s \"%.200s\" (rows-peek "
		"--definitions lists what is there)", rule->line, rule->text, what, name);
}

/* How many sets of values there are, to share the memory. */
static size_t count_sets(const struct expect_rules *rules)
{
	size_t count = 0;

	for (size_t i = 0; i < rules->count; i++)
		count += rules->items[i].kind == EXPECT_IN ? 2 :
			rules->items[i].kind == EXPECT_UNIQUE;
	return count;
}

static int open_set(struct watch *watch, struct watch_place *place, size_t memory,
	struct fault *fault)
{
	place->values = arena_alloc(watch->arena, sizeof(*place->values));
	if (place->values == NULL)
		return fault_memory(fault);
	sort_begin(place->values, memory < VALUES_LEAST ? VALUES_LEAST : memory, watch->spool);
	return 0;
}

int watch_read(const char *path, struct expect_rules *rules, struct arena *arena,
	struct fault *fault)
{
	enum { MOST = 1 << 20 };
	struct bytes text = { 0 };

	if (descriptor_load(path, &text, MOST, fault) == 0)
		expect_parse(arena, path, text.data, text.size, rules, fault);
	bytes_close(&text);
	return fault->status;
}

int watch_begin(struct watch *watch, const struct expect_rules *rules, struct arena *arena,
	struct fault *fault)
{
	const size_t sets = count_sets(rules), memory = WATCH_MEMORY / (sets == 0 ? 1 : sets);

	watch->arena = arena;
	watch->rules = arena_array(arena, rules->count, sizeof(*watch->rules));
	if (watch->rules == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < rules->count; i++) {
		struct watch_rule *own = &watch->rules[watch->count++];

		own->rule = &rules->items[i];
		own->newest = INT64_MIN;
		if ((own->rule->kind == EXPECT_IN || own->rule->kind == EXPECT_UNIQUE) &&
			open_set(watch, &own->places[0], memory, fault) != 0)
			return fault->status;
		if (own->rule->kind == EXPECT_IN &&
			open_set(watch, &own->places[1], memory, fault) != 0)
			return fault->status;
	}
	return 0;
}

/* --- tables ----------------------------------------------------------------------------------- */

static bool is_table(const struct table *table, const char *name)
{
	return name_compare(table->name, name) == 0 || name_compare(table->source, name) == 0;
}

static bool find_column(const struct table *table, const char *name, uint32_t *place)
{
	for (*place = 0; *place < table->column_count; ++*place)
		if (name_compare(table->columns[*place].name, name) == 0)
			return true;
	for (*place = 0; *place < table->column_count; ++*place)
		if (name_compare(table->columns[*place].source, name) == 0)
			return true;
	return false;
}

/* The columns from first on, as many as stand in this table. */
static int bind(struct watch *watch, struct watch_rule *own, struct watch_place *place,
	uint32_t first, uint32_t count, const struct table *table, struct fault *fault)
{
	const struct expect_rule *rule = own->rule;

	place->table = table;
	for (uint32_t i = 0; i < count; i++) {
		const struct expect_column *column = &rule->columns[first + i];

		if (column->column == NULL)
			continue;
		if (!find_column(table, column->column, &place->columns[i]))
			return misfit(rule, "there is no column", column->column, fault);
		if (couple_read_type(watch->arena, &table->columns[place->columns[i]],
			&place->types[i], fault) != 0)
			return fault->status;
		if (!expect_fits(rule, &place->types[i]))
			return misfit(rule, "that cannot be asked of a column like",
				column->column, fault);
	}
	return 0;
}

int watch_table(struct watch *watch, const struct table *table, struct fault *fault)
{
	for (size_t i = 0; i < watch->count && fault->status == 0; i++) {
		struct watch_rule *own = &watch->rules[i];
		const struct expect_rule *rule = own->rule;
		const bool two = rule->kind == EXPECT_IN;

		if (is_table(table, rule->columns[0].table))
			bind(watch, own, &own->places[0], 0, two ? 1 : rule->column_count, table,
				fault);
		if (two && fault->status == 0 && is_table(table, rule->columns[1].table))
			bind(watch, own, &own->places[1], 1, 1, table, fault);
	}
	return fault->status;
}

/* How the cells of a rule become comparable. */
static int make_forms(struct watch_rule *own, struct fault *fault)
{
	static const struct type stamp = { .kind = TYPE_TIMESTAMPTZ, .fraction = -1 };
	static const struct canonical_hint utc = { .zoned = true };
	struct watch_place *one = &own->places[0], *other = &own->places[1];
	struct canonical ignored;
	const char *why = NULL;
	bool well = true;

	if (own->rule->kind == EXPECT_IN)
		well = canonical_pair(&one->types[0], &other->types[0], &utc, &one->forms[0],
			&other->forms[0], &why);
	else if (own->rule->kind == EXPECT_NEWEST)
		well = canonical_pair(&one->types[0], &stamp, &utc, &one->forms[0], &ignored,
			&why);
	else if (own->rule->kind == EXPECT_UNIQUE)
		for (uint32_t i = 0; i < own->rule->column_count; i++)
			canonical_pair(&one->types[i], &one->types[i], NULL, &one->forms[i],
				&ignored, &why);
	return well ? 0 : misfit(own->rule, why, own->rule->columns[0].column, fault);
}

int watch_check(struct watch *watch, struct fault *fault)
{
	for (size_t i = 0; i < watch->count && fault->status == 0; i++) {
		struct watch_rule *own = &watch->rules[i];
		const struct expect_rule *rule = own->rule;

		if (own->places[0].table == NULL)
			misfit(rule, "there is no table", rule->columns[0].table, fault);
		else if (rule->kind == EXPECT_IN && own->places[1].table == NULL)
			misfit(rule, "there is no table", rule->columns[1].table, fault);
		else
			make_forms(own, fault);
	}
	return fault->status;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* One value of several cells is NULL as soon as one of them is. */
static bool pack_values(struct watch *watch, struct watch_place *place, uint32_t count,
	const struct value *cells)
{
	bytes_clear(&watch->packed);
	for (uint32_t i = 0; i < count && !watch->packed.failed; i++) {
		const struct value *cell = &cells[place->columns[i]];
		struct value changed;

		if (cell->kind == VALUE_NULL)
			return false;
		pack_value(&watch->packed, canonical_cell(&place->forms[i], cell, &changed) ?
			&changed : cell);
		watch->packed.failed |= place->forms[i].scratch.failed;
	}
	return true;
}

static int keep_value(struct watch *watch, struct watch_place *place, uint32_t count,
	const struct value *cells, bool *null, struct fault *fault)
{
	struct sort_record record = { .key_size = 16, .rest = (const uint8_t *)"" };
	uint8_t hash[16];

	*null = !pack_values(watch, place, count, cells);
	if (*null)
		return 0;
	if (watch->packed.failed)
		return fault_memory(fault);
	hash_put(hash, hash_128(watch->packed.data, watch->packed.size));
	record.key = hash;
	return sort_add(place->values, &record, fault);
}

static int keep_newest(struct watch_rule *own, const struct value *cell, struct fault *fault)
{
	struct watch_place *place = &own->places[0];
	struct value changed;

	if (canonical_cell(&place->forms[0], cell, &changed))
		cell = &changed;
	if (cell->kind == VALUE_INTEGER && cell->integer != INT64_MAX &&
		cell->integer > own->newest)
		own->newest = cell->integer;
	return place->forms[0].scratch.failed ? fault_memory(fault) : 0;
}

static void judge_cell(struct watch_rule *own, const struct value *cell)
{
	const struct expect_rule *rule = own->rule;
	bool good = cell->kind != VALUE_NULL;

	own->measured.all += good || rule->kind == EXPECT_NOTNULL;
	if (good && rule->kind == EXPECT_RANGE)
		good = expect_in_range(rule, &own->places[0].types[0], cell);
	else if (good && rule->kind == EXPECT_MATCHES)
		good = expect_matches(rule, cell);
	own->measured.good += good;
}

static int watch_one(struct watch *watch, struct watch_rule *own, const struct table *table,
	const struct value *cells, struct fault *fault)
{
	const struct expect_rule *rule = own->rule;
	bool null;

	if (rule->kind == EXPECT_IN && own->places[1].table == table &&
		keep_value(watch, &own->places[1], 1, cells, &null, fault) != 0)
		return fault->status;
	if (own->places[0].table != table)
		return 0;
	switch (rule->kind) {
	case EXPECT_ROWS:
		own->measured.all++;
		own->measured.good++;
		return 0;
	case EXPECT_IN:
	case EXPECT_UNIQUE:
		keep_value(watch, &own->places[0], rule->kind == EXPECT_IN ? 1 :
			rule->column_count, cells, &null, fault);
		own->measured.all += !null;
		return fault->status;
	case EXPECT_NEWEST:
		return keep_newest(own, &cells[own->places[0].columns[0]], fault);
	default:
		judge_cell(own, &cells[own->places[0].columns[0]]);
		return 0;
	}
}

int watch_row(struct watch *watch, const struct table *table, const struct value *cells,
	struct fault *fault)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch_one(watch, &watch->rules[i], table, cells, fault) != 0)
			return fault->status;
	return 0;
}

/* --- the end ---------------------------------------------------------------------------------- */

static bool same_hash(const struct sort_record *record, const uint8_t hash[16])
{
	return memcmp(record->key, hash, 16) == 0;
}

static int count_unique(struct watch_rule *own, struct fault *fault)
{
	struct sorter *values = own->places[0].values;
	struct sort_record record;
	uint8_t last[16];

	if (sort_end(values, fault) != 0)
		return fault->status;
	while (sort_next(values, &record, fault)) {
		own->measured.good += own->measured.good == 0 || !same_hash(&record, last);
		memcpy(last, record.key, sizeof(last));
	}
	return fault->status;
}

static int count_in(struct watch_rule *own, struct fault *fault)
{
	struct sorter *values = own->places[0].values, *there = own->places[1].values;
	struct sort_record record, other;
	bool more;

	if (sort_end(values, fault) != 0 || sort_end(there, fault) != 0)
		return fault->status;
	more = sort_next(there, &other, fault);
	while (sort_next(values, &record, fault)) {
		while (more && sort_compare_keys(&other, &record) < 0)
			more = sort_next(there, &other, fault);
		own->measured.good += more && sort_compare_keys(&other, &record) == 0;
	}
	return fault->status;
}

int watch_end(struct watch *watch, struct fault *fault)
{
	for (size_t i = 0; i < watch->count && fault->status == 0; i++) {
		struct watch_rule *own = &watch->rules[i];

		if (own->rule->kind == EXPECT_UNIQUE)
			count_unique(own, fault);
		else if (own->rule->kind == EXPECT_IN)
			count_in(own, fault);
		own->measured.timed = own->newest != INT64_MIN;
		if (own->measured.timed && __builtin_sub_overflow(watch->now, own->newest,
			&own->measured.age))
			own->measured.age = own->newest < 0 ? INT64_MAX : INT64_MIN;
		for (int j = 0; j < 2; j++)
			if (own->places[j].values != NULL)
				sort_close(own->places[j].values);
	}
	return fault->status;
}

void watch_tell(const struct watch *watch, struct verdict *verdict)
{
	for (size_t i = 0; i < watch->count; i++) {
		const struct watch_rule *own = &watch->rules[i];
		struct bytes text = { 0 };

		if (expect_holds(own->rule, &own->measured))
			continue;
		expect_show(&text, own->rule, &own->measured);
		bytes_add_byte(&text, '\0');
		verdict_remark(verdict, own->rule->columns[0].table, "rule", NULL,
			own->rule->text, text.failed ? "" : (const char *)text.data);
		bytes_close(&text);
	}
}

void watch_close(struct watch *watch)
{
	for (size_t i = 0; i < watch->count; i++)
		for (int j = 0; j < 2; j++) {
			struct watch_place *place = &watch->rules[i].places[j];

			if (place->values != NULL)
				sort_close(place->values);
			for (int k = 0; k < EXPECT_COLUMNS; k++)
				canonical_close(&place->forms[k]);
		}
	bytes_close(&watch->packed);
}
