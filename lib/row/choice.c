#include "row/choice.h"

#include "row/moment.h"

/* Whens and thens apart: results[i] belongs to items[2 * i], the last one may be the ELSE. */
static bool write_case(struct translation *t, struct piece *items, const struct piece *results,
	size_t count, const struct piece *like, struct piece *to)
{
	struct bytes made = { 0 };
	size_t pairs = count / 2;

	bytes_add_text(&made, "CASE");
	for (size_t i = 0; i < pairs && t->why == NULL; i++) {
		bytes_add_text(&made, " WHEN ");
		if (piece_to_truth(t, &items[2 * i]))
			bytes_add_text(&made, items[2 * i].text);
		bytes_add_text(&made, " THEN ");
		bytes_format(&made, "%s", piece_at(t, &results[i], LEVEL_OR));
	}
	if (count % 2 == 1)
		bytes_format(&made, " ELSE %s", piece_at(t, &results[pairs], LEVEL_OR));
	bytes_add_text(&made, " END");
	if (made.failed)
		piece_refuse(t, "out of memory");
	*to = (struct piece){ 0 };
	piece_make(t, to, like->kind, LEVEL_ATOM, "%.*s", (int)made.size, (char *)made.data);
	bytes_close(&made);
	to->width = like->width;
	to->bound = like->bound;
	to->mixed = like->mixed;
	to->rounds = like->rounds;
	to->not_null = like->not_null && count % 2 == 1;
	return t->why == NULL;
}

/* Without the conditions that are known; what comes behind a true one is gone, too. */
static size_t drop_known(struct piece *items, size_t count)
{
	size_t kept = 0, i = 0;

	for (; i + 1 < count; i += 2) {
		int truth = items[i].kind == PIECE_CONSTANT ? constant_truth(&items[i].value) : -2;

		if (truth == 1) {
			items[kept++] = items[i + 1];
			return kept;
		}
		if (truth == -2) {
			items[kept++] = items[i];
			items[kept++] = items[i + 1];
		}
	}
	if (i < count)
		items[kept++] = items[i];
	return kept;
}

bool choice_case(struct translation *t, struct piece *items, size_t count, struct piece *to)
{
	struct piece *results = arena_array(t->arena, count, sizeof(*results));
	size_t made = 0;
	struct piece like;

	count = drop_known(items, count);
	if (count < 2) {
		*to = count == 1 ? items[0] : piece_constant((struct constant){ 0 });
		to->column = NULL;
		to->from_column = false;
		to->affinity = AFFINITY_NONE;
		to->collation = COLLATION_BINARY;
		return true;
	}
	if (results == NULL)
		return piece_refuse(t, "out of memory");
	for (size_t i = 1; i < count; i += 2)
		results[made++] = items[i];
	if (count % 2 == 1)
		results[made++] = items[count - 1];
	for (size_t i = 0; i < made; i++)
		if (results[i].kind == PIECE_MOMENT && !moment_to_text(t, &results[i]))
			return false;
	return piece_unify(t, results, made, &like) &&
		write_case(t, items, results, count, &like, to);
}
