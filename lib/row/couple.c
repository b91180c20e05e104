#include "row/couple.h"

#include <string.h>
#include <strings.h>

#include "row/plan.h"

const char *couple_type(const struct column *column)
{
	if (column->target != NULL)
		return column->target;
	if (strcmp(column->type, "raw") != 0)
		return column->type;
	return column->declared != NULL ? column->declared : "";
}

static bool is_raw(const struct column *column)
{
	return strcmp(column->type, "raw") == 0;
}

/* By its name only where its source name is nobody's. */
static const struct column *find(const struct table *table, const struct column *like,
	const struct table *left)
{
	const struct column *found = table_find(table, like->source);

	for (size_t i = 0; i < table->column_count && found == NULL; i++)
		if (strcmp(table->columns[i].name, like->name) == 0 &&
			table_find(left, table->columns[i].source) == NULL)
			found = &table->columns[i];
	return found;
}

int couple_read_type(struct arena *arena, const struct column *column, struct type *type,
	struct fault *fault)
{
	const char *text = column->target != NULL ? column->target : column->type;

	if (type_parse(arena, text, type))
		return 0;
	if (type->kind == TYPE_OTHER)
		return fault_memory(fault);
	return fault_set(fault, STATUS_MISFIT, "column \"%s\" is said to be of type \"%s\", which "
		"is none", column->name, text);
}

static void read_types(struct arena *arena, struct couple_column *column, struct fault *fault)
{
	const struct column *left = column->columns[0], *right = column->columns[1];

	couple_read_type(arena, left, &column->types[0], fault);
	couple_read_type(arena, right, &column->types[1], fault);
	column->retyped = is_raw(left) != is_raw(right) ||
		strcasecmp(couple_type(left), couple_type(right)) != 0;
}

static int make_lists(struct arena *arena, struct couple *couple, struct fault *fault)
{
	const size_t left = couple->tables[0]->column_count,
		right = couple->tables[1]->column_count;

	couple->columns = arena_array(arena, left, sizeof(*couple->columns));
	couple->key = arena_array(arena, left, sizeof(*couple->key));
	couple->only[0] = arena_array(arena, left, sizeof(const struct column *));
	couple->only[1] = arena_array(arena, right, sizeof(const struct column *));
	couple->forms[0] = arena_array(arena, left, sizeof(*couple->forms[0]));
	couple->forms[1] = arena_array(arena, left, sizeof(*couple->forms[1]));
	if (couple->columns == NULL || couple->key == NULL || couple->only[0] == NULL ||
		couple->only[1] == NULL || couple->forms[0] == NULL || couple->forms[1] == NULL)
		return fault_memory(fault);
	return 0;
}

/* Taken by a column of the left that comes before. */
static bool taken(const struct couple *couple, const struct column *right)
{
	for (uint32_t i = 0; i < couple->all; i++)
		if (couple->columns[i].columns[1] == right)
			return true;
	return false;
}

static void pair_columns(struct arena *arena, struct couple *couple, struct fault *fault)
{
	const struct table *left = couple->tables[0], *right = couple->tables[1];

	for (size_t i = 0; i < left->column_count; i++) {
		const struct column *column = &left->columns[i], *other = find(right, column, left);
		struct couple_column *both = &couple->columns[couple->all];

		if (other == NULL || taken(couple, other)) {
			couple->only[0][couple->only_count[0]++] = column;
			continue;
		}
		*both = (struct couple_column){ .columns = { column, other },
			.places = { (uint32_t)i, (uint32_t)(other - right->columns) } };
		read_types(arena, both, fault);
		couple->all++;
	}
	for (size_t i = 0; i < right->column_count; i++)
		if (!taken(couple, &right->columns[i]))
			couple->only[1][couple->only_count[1]++] = &right->columns[i];
}

/* Where the words of a plan end and the comment begins. */
static size_t words_size(const char *note)
{
	bool quoted = false;
	size_t size = 0;

	for (; note[size] != '\0' && note[size] != '\n'; size++) {
		quoted ^= note[size] == '\'';
		if (!quoted && note[size] == ' ' && note[size + 1] == '#')
			break;
	}
	return size;
}

/* "timestamptz epoch_ms # ..." */
int couple_read_note(struct arena *arena, const struct column *column,
	struct conversion *conversion, bool *zoned, struct fault *fault)
{
	struct conversion read = { 0 };
	struct fault ignored = { 0 };
	char *words;

	*conversion = read;
	*zoned = false;
	if (column->note == NULL)
		return 0;
	words = arena_copy(arena, column->note, words_size(column->note));
	if (words == NULL)
		return fault_memory(fault);
	if (plan_words(arena, words, &read, zoned, &ignored) != 0)
		return ignored.status == STATUS_IO ? fault_memory(fault) : 0;
	*conversion = read;
	return 0;
}

static int read_hint(struct arena *arena, const struct column *column, struct canonical_hint *hint,
	struct fault *fault)
{
	struct conversion conversion;
	bool zoned;

	if (column->note == NULL)
		return 0;
	if (couple_read_note(arena, column, &conversion, &zoned, fault) != 0)
		return fault->status;
	hint->reading = conversion.reading;
	hint->zoned |= zoned || conversion.zone != 0;
	hint->zone = conversion.zone;
	return 0;
}

/* The note of the side that has a type says how the other, which has none, was read. */
static int find_hint(struct arena *arena, const struct couple_column *column,
	const struct canonical_hint *given, struct canonical_hint *hint, struct fault *fault)
{
	const bool left = is_raw(column->columns[0]), right = is_raw(column->columns[1]);

	*hint = given != NULL ? *given : (struct canonical_hint){ 0 };
	return left == right ? 0 : read_hint(arena, column->columns[left ? 1 : 0], hint, fault);
}

/* Those that can be compared come first, each in its order. */
static int part_columns(struct arena *arena, struct couple *couple,
	const struct canonical_hint *hints, struct fault *fault)
{
	uint32_t end = couple->all;

	for (uint32_t i = 0; i < end; ) {
		struct couple_column column = couple->columns[i];
		const struct canonical_hint *given = hints == NULL ? NULL :
			&hints[column.places[0]];
		struct canonical_hint hint;

		if (find_hint(arena, &column, given, &hint, fault) != 0)
			return fault->status;
		if (canonical_pair(&column.types[0], &column.types[1], &hint,
			&couple->forms[0][i], &couple->forms[1][i], &column.why)) {
			i++;
			continue;
		}
		memmove(&couple->columns[i], &couple->columns[i + 1],
			(couple->all - i - 1) * sizeof(column));
		couple->columns[couple->all - 1] = column;
		end--;
	}
	couple->count = end;
	for (uint32_t i = 0; i < end; i++)
		couple->columns[i].why = NULL;
	return 0;
}

int couple_tables(struct arena *arena, const struct table *left, const struct table *right,
	const struct canonical_hint *hints, struct couple *couple, struct fault *fault)
{
	*couple = (struct couple){ .tables = { left, right } };
	if (make_lists(arena, couple, fault) != 0)
		return fault->status;
	pair_columns(arena, couple, fault);
	return fault->status != 0 ? fault->status : part_columns(arena, couple, hints, fault);
}

/* --- keys ------------------------------------------------------------------------------------- */

static bool add_key(struct couple *couple, int side, const char *source)
{
	for (uint32_t i = 0; i < couple->count; i++)
		if (strcmp(couple->columns[i].columns[side]->source, source) == 0) {
			couple->key[couple->key_count++] = i;
			return true;
		}
	return false;
}

static bool is_not_null(const struct table *table, const char *source)
{
	const struct column *column = table_find(table, source);

	return column != NULL && column->not_null;
}

static bool take_index(struct couple *couple, int side, const struct index *index, bool primary)
{
	couple->key_count = 0;
	if (index->where != NULL || index->term_count == 0 ||
		index->term_count > couple->count)
		return false;
	for (size_t i = 0; i < index->term_count; i++) {
		const char *column = index->terms[i].column;

		if (column == NULL || (!primary && !is_not_null(couple->tables[side], column)) ||
			!add_key(couple, side, column)) {
			couple->key_count = 0;
			return false;
		}
	}
	return true;
}

static bool take_unique(struct couple *couple, int side)
{
	const struct table *table = couple->tables[side];

	for (size_t i = 0; i < table->unique_count; i++)
		if (take_index(couple, side, &table->uniques[i], false))
			return true;
	return false;
}

static bool take_primary(struct couple *couple, int side)
{
	const struct table *table = couple->tables[side];

	return table->primary != NULL && take_index(couple, side, table->primary, true);
}

/* By the name of today, or by that of the source. */
static bool add_named(struct couple *couple, const char *name)
{
	for (uint32_t i = 0; i < couple->count; i++)
		for (int side = 0; side < 2; side++) {
			const struct column *column = couple->columns[i].columns[side];

			if (strcasecmp(column->name, name) != 0 &&
				strcasecmp(column->source, name) != 0)
				continue;
			couple->key[couple->key_count++] = i;
			return true;
		}
	return false;
}

int couple_key(struct arena *arena, struct couple *couple, const struct texts *names,
	const char **unknown, struct fault *fault)
{
	*unknown = NULL;
	couple->key_count = 0;
	if (names == NULL) {
		if (!take_primary(couple, 0) && !take_unique(couple, 0) && !take_primary(couple, 1))
			take_unique(couple, 1);
		return 0;
	}
	couple->key = arena_array(arena, names->count, sizeof(*couple->key));
	if (couple->key == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < names->count; i++)
		if (!add_named(couple, names->items[i])) {
			*unknown = names->items[i];
			return 0;
		}
	return 0;
}

void couple_close(struct couple *couple)
{
	for (uint32_t i = 0; i < couple->count; i++) {
		canonical_close(&couple->forms[0][i]);
		canonical_close(&couple->forms[1][i]);
	}
}
