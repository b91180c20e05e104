#include <string.h>

#include "base/print.h"
#include "row/choose.h"
#include "row/fit.h"
#include "row/token.h"

/* As many as the longest chain of keys that is worth it; contradictions end with them, too. */
enum { PASSES = 64 };

struct keys {
	struct arena *arena;
	const struct table *const *tables;
	size_t count;
	struct decision *const *decisions;
	const bool *const *fixed;
	bool changed;
	bool failed;
};

/* One side of a key's pair of columns. */
struct side {
	size_t table, column;
};

static const struct column *column_of(const struct keys *keys, struct side side)
{
	return &keys->tables[side.table]->columns[side.column];
}

static struct decision *decision_of(const struct keys *keys, struct side side)
{
	return &keys->decisions[side.table][side.column];
}

static bool is_fixed(const struct keys *keys, struct side side)
{
	return column_of(keys, side)->identity != NULL ||
		(keys->fixed != NULL && keys->fixed[side.table][side.column]);
}

static bool find_table(const struct keys *keys, const char *name, size_t *table)
{
	for (size_t i = 0; i < keys->count; i++)
		if (name_compare(keys->tables[i]->source, name) == 0) {
			*table = i;
			return true;
		}
	return false;
}

static bool find_column(const struct keys *keys, const char *name, struct side *side)
{
	const struct table *table = keys->tables[side->table];

	for (size_t i = 0; name != NULL && i < table->column_count; i++)
		if (name_compare(table->columns[i].source, name) == 0) {
			side->column = i;
			return true;
		}
	return false;
}

/* The name of the column that the key's part i points to; NULL when there is none. */
static const char *target_name(const struct table *parent, const struct foreign *foreign, size_t i)
{
	if (foreign->targets.count > 0)
		return i < foreign->targets.count ? foreign->targets.items[i] : NULL;
	if (parent->primary == NULL || i >= parent->primary->term_count)
		return NULL;
	return parent->primary->terms[i].column;
}

static bool is_integer(const struct type *type)
{
	return type->kind == TYPE_INT2 || type->kind == TYPE_INT4 || type->kind == TYPE_INT8;
}

static bool is_text(const struct type *type)
{
	return type->kind == TYPE_TEXT || type->kind == TYPE_VARCHAR;
}

/* What the server compares without a word. */
static bool agree(const struct type *a, const struct type *b)
{
	if (is_integer(a) || is_text(a))
		return is_integer(a) ? is_integer(b) : is_text(b);
	return a->kind == b->kind && (a->kind != TYPE_OTHER || strcmp(a->name, b->name) == 0);
}

/* What is certain; without a profile nothing is. */
static bool holds(const struct column *column, const struct conversion *conversion)
{
	struct fault ignored = { 0 };

	return column->profile != NULL &&
		fit_profile(column->profile, conversion, &ignored) == FIT_YES;
}

static void add_name(struct bytes *to, const char *table, const char *column)
{
	print_visible(to, table, strlen(table));
	bytes_add_byte(to, '.');
	print_visible(to, column, strlen(column));
}

/* "…; as Album.AlbumId, which it references" */
static void remark(struct keys *keys, struct decision *decision, const char *head,
	struct side other, const char *tail)
{
	const char *before = decision->remark == NULL ? "" : decision->remark;
	struct bytes name = { 0 };
	const char *after = NULL;

	add_name(&name, keys->tables[other.table]->source, column_of(keys, other)->source);
	if (!name.failed)
		after = arena_format(keys->arena, "%s %.*s, %s", head, (int)name.size,
			(const char *)name.data, tail);
	bytes_close(&name);
	if (after != NULL && strstr(before, after) == NULL)
		decision->remark = arena_format(keys->arena, "%s; %s", before, after);
	keys->failed |= after == NULL || decision->remark == NULL;
}

/* Numbers as bytes are of no use to anybody: rather no key. */
static bool makes_bytes_of_numbers(const struct column *column, const struct type *type)
{
	const struct profile *profile = column->profile;

	return type->kind == TYPE_BYTEA && profile != NULL &&
		profile->integers + profile->reals > 0 &&
		profile->texts + profile->blobs + profile->ill == 0;
}

static bool adapt(struct keys *keys, struct side side, const struct conversion *conversion)
{
	struct decision *decision = decision_of(keys, side);
	struct conversion wanted = *conversion;

	wanted.nullify = (struct texts){ 0 };
	if (is_fixed(keys, side) || !holds(column_of(keys, side), &wanted) ||
		makes_bytes_of_numbers(column_of(keys, side), &wanted.type))
		return false;
	decision->conversion = wanted;
	decision->better = decision->likely = NULL;
	keys->changed = true;
	return true;
}

/* Neither side holds the other: something wider for both. */
static bool widen(struct keys *keys, struct side child, struct side parent)
{
	static const enum type_kind kinds[] = { TYPE_NUMERIC, TYPE_TEXT };

	if (is_fixed(keys, child) || is_fixed(keys, parent))
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct conversion wide = { .type = { .kind = kinds[i], .fraction = -1 } };

		if (holds(column_of(keys, child), &wide) && adapt(keys, parent, &wide) &&
		    adapt(keys, child, &wide))
			return true;
	}
	return false;
}

static void unify(struct keys *keys, struct side child, struct side parent)
{
	struct decision *from = decision_of(keys, child), *to = decision_of(keys, parent);

	if (agree(&from->conversion.type, &to->conversion.type))
		return;
	if (adapt(keys, child, &to->conversion)) {
		remark(keys, from, "as", parent, "which it references");
		return;
	}
	if (!adapt(keys, parent, &from->conversion) && !widen(keys, child, parent))
		return;
	to->decide = from->decide = true;
	remark(keys, to, "wide enough for", child, "which references it");
	remark(keys, from, "as", parent, "which it references");
}

static void complain(struct keys *keys, struct side child, struct side parent)
{
	struct decision *from = decision_of(keys, child);

	if (agree(&from->conversion.type, &decision_of(keys, parent)->conversion.type))
		return;
	from->decide = true;
	remark(keys, from, "no foreign key to", parent, "which is of another type");
}

static bool find_pair(const struct keys *keys, const struct foreign *foreign, size_t i,
	struct side *child, struct side *parent)
{
	const char *target = target_name(keys->tables[parent->table], foreign, i);

	return find_column(keys, foreign->columns.items[i], child) &&
		find_column(keys, target, parent);
}

static void each_pair(struct keys *keys,
	void (*act)(struct keys *keys, struct side child, struct side parent))
{
	for (size_t i = 0; i < keys->count; i++)
		for (size_t k = 0; k < keys->tables[i]->foreign_count; k++) {
			const struct foreign *foreign = &keys->tables[i]->foreigns[k];
			struct side child = { .table = i }, parent = { 0 };

			if (!find_table(keys, foreign->table, &parent.table))
				continue;
			for (size_t n = 0; n < foreign->columns.count; n++)
				if (find_pair(keys, foreign, n, &child, &parent))
					act(keys, child, parent);
		}
}

int choose_foreign(struct arena *arena, const struct table *const *tables, size_t count,
	struct decision *const *decisions, const bool *const *fixed, struct fault *fault)
{
	struct keys keys = {
		.arena = arena, .tables = tables, .count = count, .decisions = decisions,
		.fixed = fixed, .changed = true
	};

	for (int i = 0; i < PASSES && keys.changed; i++) {
		keys.changed = false;
		each_pair(&keys, unify);
	}
	each_pair(&keys, complain);
	return keys.failed ? fault_memory(fault) : 0;
}
