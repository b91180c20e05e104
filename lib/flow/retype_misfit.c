/* A value that does not fit: where it stands, why, and which line of a plan takes it. */
#include "flow/retype.h"

#include <string.h>

#include "row/print_plan.h"

static void add_cell(struct bytes *text, const char *name, const struct value *value)
{
	enum { MOST = 48 };
	struct bytes shown = { 0 };

	plan_add_name(text, name);
	value_json(&shown, value);
	bytes_format(text, " %.*s%s", shown.size > MOST ? MOST : (int)shown.size,
		shown.size > 0 ? (const char *)shown.data : "", shown.size > MOST ? "…" : "");
	text->failed |= shown.failed;
	bytes_close(&shown);
}

/* The cells of the primary key, as they came. */
static void add_key(struct bytes *text, const struct work *work)
{
	const struct index *key = work->from->primary;

	for (size_t i = 0; key != NULL && i < key->term_count; i++) {
		const struct column *column = key->terms[i].column == NULL ? NULL :
			table_find(work->from, key->terms[i].column);

		if (column == NULL)
			continue;
		bytes_add_text(text, i == 0 ? " (key: " : ", ");
		add_cell(text, column->source, &work->cells[column - work->from->columns]);
	}
	if (key != NULL && key->term_count > 0)
		bytes_add_byte(text, ')');
}

/* What takes the value: what the profile says, or what takes all of its kind. */
static void add_taker(struct retype *retype, struct bytes *text, const struct work *work,
	size_t place)
{
	const struct value *value = &work->cells[work->places[place]];
	const struct conversion *tried = &work->decisions[place].conversion;
	struct column column = work->from->columns[work->places[place]];
	struct decision chosen = { 0 };
	struct fault ignored = { 0 };
	const bool text_fits = tried->type.kind != TYPE_TEXT && value->kind != VALUE_BYTES &&
		value->kind != VALUE_BAD_UTF8 && value->kind != VALUE_BAD_UTF16 &&
		(value->kind != VALUE_TEXT || memchr(value->data, 0, value->size) == NULL);

	retype_add_place(text, work, place);
	bytes_add_text(text, " -> … ");
	if (column.profile != NULL && choose_type(&retype->flow.arena, work->from, &column, &chosen,
		&ignored) == 0 && !retype_same_words(retype, &chosen.conversion, tried))
		plan_add_words(text, &chosen.conversion);
	else
		bytes_add_text(text, text_fits ? "text" : "bytea");
}

/* The target's type stands: no value for an empty text, fewer digits, or another spelling. */
static bool find_remedy(const struct work *work, size_t place, struct conversion *other)
{
	static const char *empty[] = { "" };
	const struct value *value = &work->cells[work->places[place]];
	const bool nullify = value->kind == VALUE_TEXT && value->size == 0;
	bool found = false;

	for (int i = nullify ? 0 : 1; i < 4 && !found && value->kind != VALUE_NULL; i++) {
		struct bytes scratch = { 0 };
		struct value cell;
		enum change change;
		const char *why;

		*other = work->decisions[place].conversion;
		other->round |= (i & 1) != 0 && type_rounds(&other->type);
		other->loose |= (i & 2) != 0;
		if (nullify)
			other->nullify = (struct texts){ empty, 1 };
		found = convert_value(other, value, &cell, &scratch, &change, &why) &&
			(cell.kind != VALUE_NULL || !work->adapts[place].not_null);
		bytes_close(&scratch);
	}
	return found;
}

static void add_remedy(struct retype *retype, struct bytes *text, const struct work *work,
	size_t place)
{
	struct conversion other;
	const char *line = !find_remedy(work, place, &other) ? NULL :
		adapt_line(&retype->flow.arena, work->from, &work->table->columns[place], &other);

	if (line != NULL)
		bytes_format(text, "; the plan line that takes it: %s", line);
	else
		bytes_add_text(text, "; change it in the source, or the column in the target");
}

void retype_refuse(struct retype *retype, const struct work *work, size_t place, const char *why)
{
	struct flow *flow = &retype->flow;
	const struct account *account = ledger_find(&flow->in.ledger, flow->in.frame.table);
	struct fault misfit = { 0 };
	struct bytes text = { 0 };

	if (work->scratch[place].failed) {
		fault_memory(&flow->fault);
		return;
	}
	retype_add_place(&text, work, place);
	bytes_format(&text, " as %s, ", work->table->columns[place].target);
	if (flow->in.frame.kind == FRAME_DELETE)
		bytes_add_text(&text, "of a row to delete");
	else
		bytes_format(&text, "row %llu",
			(unsigned long long)(account->rows - flow->in.rows_left));
	add_key(&text, work);
	bytes_format(&text, ": %s", why);
	if (choose_check(&work->from->columns[work->places[place]],
		&work->decisions[place].conversion, &misfit) != 0)
		bytes_format(&text, " (%.200s)", misfit.text);
	if (work->targets[place] == NULL) {
		bytes_add_text(&text, "; the plan line that takes it: ");
		add_taker(retype, &text, work, place);
	} else {
		add_remedy(retype, &text, work, place);
	}
	bytes_add_byte(&text, '\0');
	if (text.failed)
		fault_memory(&flow->fault);
	else
		flow_fail(flow, STATUS_MISFIT, "%s", (const char *)text.data);
	bytes_close(&text);
}
