#include "row/view.h"

#include <math.h>
#include <string.h>

#include "row/sorting.h"
#include "row/view_work.h"

/* --- columns of several SELECTs --------------------------------------------------------------- */

static bool same_type(const struct type *a, const struct type *b)
{
	return a->kind == b->kind && a->kind != TYPE_OTHER && a->length == b->length &&
		a->precision == b->precision && a->scale == b->scale && a->fraction == b->fraction;
}

/* Columns that pass as they are, of one type that means one thing. */
static bool are_alike(const struct piece *a, const struct piece *b)
{
	return a->column != NULL && b->column != NULL && a->kind == b->kind &&
		same_type(&a->column->type, &b->column->type) &&
		a->column->reading == b->column->reading;
}

static bool passes(const struct piece *piece)
{
	return piece->kind == PIECE_OTHER || piece->kind == PIECE_STAMP ||
		piece->kind == PIECE_JSON;
}

/* What the source has as 0 or 1 stays a boolean only where all of them are columns. */
static bool to_integers(struct view_work *w, struct piece *pieces)
{
	bool columns = true;

	for (size_t i = 0; i < w->query_count; i++)
		columns &= pieces[i].kind != PIECE_TRUTH || pieces[i].column != NULL;
	for (size_t i = 0; i < w->query_count && !columns; i++)
		if (pieces[i].kind == PIECE_TRUTH && !piece_to_integer(&w->t, &pieces[i]))
			return false;
	return true;
}

static bool join_pieces(struct view_work *w, struct piece *pieces, struct piece *like, bool *unsure)
{
	bool same = true;

	for (size_t i = 1; i < w->query_count; i++)
		same &= are_alike(&pieces[0], &pieces[i]);
	if (!to_integers(w, pieces))
		return false;
	if (w->query_count == 1 || (passes(&pieces[0]) && same)) {
		*like = pieces[0];
	} else if (!piece_unify(&w->t, pieces, w->query_count, like)) {
		return false;
	}
	if (w->query_count > 1 && !same)
		like->column = NULL;
	like->affinity = pieces[0].affinity;
	like->collation = pieces[0].collation;
	like->tangled = pieces[0].tangled;
	for (size_t i = 1; i < w->query_count; i++) {
		like->faithful &= pieces[i].faithful;
		like->not_null &= pieces[i].not_null;
		like->collated |= pieces[i].collated;
		like->tangled |= pieces[i].collation != pieces[0].collation || pieces[i].tangled;
		*unsure |= pieces[i].affinity != pieces[0].affinity;
	}
	return true;
}

static bool join_column(struct view_work *w, size_t place)
{
	struct piece *pieces = arena_array(w->t.arena, w->query_count, sizeof(*pieces));

	if (pieces == NULL)
		return piece_refuse(&w->t, "out of memory");
	for (size_t i = 0; i < w->query_count; i++) {
		pieces[i] = w->queries[i].values[place];
		if (w->distinct && view_is_changed(w, place))
			return piece_refuse(&w->t, "drops equal rows, and the plan changes values");
		if (w->distinct && !sorting_equal(&w->t, &pieces[i], "drops equal rows by"))
			return false;
	}
	if (!join_pieces(w, pieces, &w->values[place], &w->unsure[place]))
		return false;
	for (size_t i = 0; i < w->query_count; i++)
		w->queries[i].values[place] = pieces[i];
	return true;
}

/* --- the value of a column -------------------------------------------------------------------- */

static const char *cast_constant(struct view_work *w, const struct piece *piece,
	const struct piece *like)
{
	static const char *const types[] = { "text", NULL, "float8", "text", NULL };
	const char *type = types[piece->value.kind];
	const char *text = piece_at(&w->t, piece, LEVEL_ATOM);

	if (piece_is_null(piece) && like->kind != PIECE_CONSTANT)
		type = NULL;
	if (piece->value.kind == CONSTANT_REAL && (isinf(piece->value.real) ||
		like->kind == PIECE_NUMERIC))
		type = NULL;
	return text == NULL || type == NULL ? text :
		arena_format(w->t.arena, "%s::%s", text, type);
}

/*
 * As it leaves the view.  Texts leave it with the collation that all texts have: where two differ
 * the server refuses to compare them, and only when the view is read.
 */
static const char *value_text(struct view_work *w, struct piece piece, const struct piece *like)
{
	const char *text;

	if (piece.kind == PIECE_MEMBER || piece.kind == PIECE_MOMENT) {
		piece_refuse(&w->t, "yields %s", piece_noun(&piece));
		return NULL;
	}
	if (piece.kind == PIECE_CONSTANT)
		return cast_constant(w, &piece, like);
	if (piece.kind == PIECE_TRUTH && piece.column == NULL && !piece_to_integer(&w->t, &piece))
		return NULL;
	if (piece.kind != PIECE_TEXT || strstr(piece.text, "COLLATE \"C\"") == NULL)
		return piece_at(&w->t, &piece, LEVEL_OR);
	text = piece_at(&w->t, &piece, LEVEL_ATOM);
	return text == NULL ? NULL : arena_format(w->t.arena, "%s COLLATE \"default\"", text);
}

/* --- as SQL ----------------------------------------------------------------------------------- */

static bool write_values(struct view_work *w, const struct query *q, struct bytes *to)
{
	for (size_t i = 0; i < w->count; i++) {
		const char *text = value_text(w, q->values[i], &w->values[i]);

		if (text == NULL)
			return piece_refuse(&w->t, "out of memory");
		bytes_format(to, "%s%s", i == 0 ? " " : ", ", text);
	}
	return true;
}

static bool write_query(struct view_work *w, const struct query *q, struct bytes *to)
{
	bytes_add_text(to, q->select->distinct ? "SELECT DISTINCT" : "SELECT");
	if (!write_values(w, q, to))
		return false;
	if (q->from_text != NULL)
		bytes_format(to, " FROM %s", q->from_text);
	if (q->where_text != NULL)
		bytes_format(to, " WHERE %s", q->where_text);
	for (size_t i = 0; i < q->group_count; i++)
		bytes_format(to, "%s%s", i == 0 ? " GROUP BY " : ", ", q->groups[i].text);
	if (q->having_text != NULL)
		bytes_format(to, " HAVING %s", q->having_text);
	return true;
}

static bool write_view(struct view_work *w, struct bytes *to)
{
	if (w->wrapped)
		bytes_add_text(to, "SELECT * FROM (");
	for (size_t i = 0; i < w->query_count; i++) {
		if (i > 0)
			bytes_add_text(to, w->queries[i].select->all ? " UNION ALL " : " UNION ");
		if (!write_query(w, &w->queries[i], to))
			return false;
	}
	for (size_t i = 0; w->wrapped && i < w->count; i++)
		bytes_format(to, "%sc%zu", i == 0 ? ") AS q (" : ", ", i + 1);
	if (w->wrapped)
		bytes_add_byte(to, ')');
	if (!view_write_order(w, to))
		return false;
	return to->size <= PIECE_SIZE || piece_refuse(&w->t, "gets too long");
}

/* --- what other views see --------------------------------------------------------------------- */

/* A constant is a value of its kind; what SQLite's versions compare in several ways is unknown. */
static struct piece settled(const struct piece *value, bool unsure)
{
	static const enum piece_kind kinds[] = {
		PIECE_OTHER, PIECE_INTEGER, PIECE_REAL, PIECE_TEXT, PIECE_BYTES,
	};
	struct piece piece = *value;

	if (piece.kind == PIECE_CONSTANT) {
		piece.kind = kinds[piece.value.kind];
		piece.width = 8;
	} else if (piece.kind == PIECE_TRUTH && piece.column == NULL) {
		piece.kind = PIECE_INTEGER;
		piece.width = 4;
		piece.bound = 1;
	}
	if (unsure || piece.tangled || piece.collated ||
		(piece.column == NULL && piece.collation != COLLATION_BINARY)) {
		piece.kind = PIECE_OTHER;
		piece.column = NULL;
		piece.faithful = false;
	}
	return (struct piece){ .kind = piece.kind, .level = LEVEL_ATOM, .column = piece.column,
		.affinity = piece.affinity, .collation = piece.collation, .from_column = true,
		.not_null = piece.not_null, .mixed = piece.mixed, .faithful = piece.faithful,
		.width = piece.width, .bound = piece.bound };
}

static bool name_columns(struct arena *arena, const struct view *view, const struct view_from *from,
	struct view_column *columns, size_t count, struct relation *made, const char **why)
{
	if (!view_name_columns(arena, view, from, columns, count, why))
		return false;
	*made = (struct relation){ .source = view->name, .count = count, .rows = 0 };
	made->columns = arena_array(arena, count + 1, sizeof(*made->columns));
	if (made->columns == NULL) {
		*why = "out of memory";
		return false;
	}
	for (size_t i = 0; i < count; i++)
		made->columns[i] = (struct relation_column){ .source = columns[i].name,
			.quoted = columns[i].quoted, .target = columns[i].name,
			.origin = columns[i].origin };
	return true;
}

static bool make_relation(struct view_work *w, struct relation *made)
{
	const struct query *first = &w->queries[0];

	if (!name_columns(w->t.arena, w->view, &first->from, first->columns, w->count, made,
		&w->t.why))
		return false;
	for (size_t i = 0; i < w->count; i++) {
		made->columns[i].piece = settled(&w->values[i], w->unsure[i]);
		made->columns[i].changed = view_is_changed(w, i);
	}
	for (size_t i = 0; i < w->query_count; i++)
		made->rows += w->queries[i].rows;
	return true;
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool read_queries(struct view_work *w, const struct relations *relations)
{
	size_t count = 0;

	for (const struct view_select *select = w->view->selects; select != NULL;
		select = select->next)
		count++;
	w->queries = arena_array(w->t.arena, count, sizeof(*w->queries));
	if (w->queries == NULL)
		return piece_refuse(&w->t, "out of memory");
	for (const struct view_select *select = w->view->selects; select != NULL;
		select = select->next) {
		struct query *q = &w->queries[w->query_count++];

		q->t.arena = w->t.arena;
		q->relations = relations;
		q->select = select;
		if (!query_read(q))
			return view_take_reason(w, q);
		w->distinct |= select->distinct || (w->query_count > 1 && !select->all);
		if (q->count != w->queries[0].count)
			return piece_refuse(&w->t, "has SELECTs of different numbers of columns");
	}
	return true;
}

static bool read_view(struct view_work *w, const struct relations *relations)
{
	if (w->view->temporary)
		return piece_refuse(&w->t, "is a temporary view");
	if (!read_queries(w, relations))
		return false;
	w->count = w->queries[0].count;
	w->wrapped = w->view->orders != NULL && (w->distinct || w->query_count > 1);
	w->values = arena_array(w->t.arena, w->count + 1, sizeof(*w->values));
	w->unsure = arena_array(w->t.arena, w->count + 1, sizeof(*w->unsure));
	if (w->values == NULL || w->unsure == NULL)
		return piece_refuse(&w->t, "out of memory");
	for (size_t i = 0; i < w->count; i++)
		if (!join_column(w, i))
			return false;
	return true;
}

const char *view_translate(struct arena *arena, const struct view *view,
	const struct relations *relations, struct relation *made, const char **why)
{
	struct view_work w = { .t = { .arena = arena, .use = USE_VIEW }, .view = view };
	struct bytes sql = { 0 };
	const char *text = NULL;

	if (read_view(&w, relations) && write_view(&w, &sql) && make_relation(&w, made) &&
		w.t.why == NULL) {
		text = sql.failed ? NULL : arena_copy(arena, sql.data, sql.size);
		if (text == NULL)
			piece_refuse(&w.t, "out of memory");
	}
	bytes_close(&sql);
	if (text == NULL)
		*why = expression_reason(arena, w.t.why != NULL ? w.t.why : "is not understood");
	return text;
}

bool view_columns(struct arena *arena, const struct view *view, const struct relations *relations,
	struct relation *made, const char **why)
{
	struct view_column *columns;
	struct view_from from;
	size_t count;

	return view_open(arena, relations, view->selects, &from, why) &&
		view_expand(arena, &from, view->selects, &columns, &count, why) &&
		name_columns(arena, view, &from, columns, count, made, why);
}
