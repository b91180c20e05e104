#include "row/view_order.h"

#include <string.h>

enum { DEPTH = 100 }; /* views on views */

enum mark { MARK_NEW, MARK_OPEN, MARK_DONE };

struct order {
	struct view_entry *entries; /* as they come */
	enum mark *marks;
	struct view_entry *sorted;
	size_t count;
	size_t done;
};

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Bytes that are no UTF-8 travel as \xNN: what they were is not known any more. */
static bool has_escape(const char *sql)
{
	for (; (sql = strstr(sql, "\\x")) != NULL; sql += 2)
		if (is_hex(sql[2]) && is_hex(sql[3]))
			return true;
	return false;
}

static void parse(struct arena *arena, const struct object *object, struct view_entry *entry)
{
	if (object->sql == NULL)
		entry->why = "has no SQL";
	else if (has_escape(object->sql))
		entry->why = "has \\xNN, which may stand for bytes that are not UTF-8";
	else
		view_parse(arena, object->sql, &entry->view, &entry->why);
}

static void visit(struct order *order, size_t place, unsigned depth);

static void visit_sources(struct order *order, const struct view_entry *entry, unsigned depth)
{
	for (const struct view_select *select = entry->view.selects; select != NULL;
		select = select->next)
		for (const struct view_source *source = select->sources; source != NULL;
			source = source->next)
			for (size_t i = 0; i < order->count; i++)
				if (order->entries[i].why == NULL && name_compare(
					order->entries[i].view.name, source->name) == 0)
					visit(order, i, depth + 1);
}

/* What is open reads itself, by way of others. */
static void visit(struct order *order, size_t place, unsigned depth)
{
	struct view_entry *entry = &order->entries[place];

	if (order->marks[place] == MARK_DONE)
		return;
	if (order->marks[place] == MARK_OPEN || depth > DEPTH) {
		entry->why = depth > DEPTH ? "reads views that read views, more than 100 deep" :
			"reads itself";
		return;
	}
	order->marks[place] = MARK_OPEN;
	if (entry->why == NULL)
		visit_sources(order, entry, depth);
	order->marks[place] = MARK_DONE;
	order->sorted[order->done++] = *entry;
}

bool view_order(struct arena *arena, const struct object *const *objects, size_t count,
	struct view_entry **entries, size_t *entry_count)
{
	struct order order = { 0 };

	order.entries = arena_array(arena, count + 1, sizeof(*order.entries));
	order.sorted = arena_array(arena, count + 1, sizeof(*order.sorted));
	order.marks = arena_array(arena, count + 1, sizeof(*order.marks));
	if (order.entries == NULL || order.sorted == NULL || order.marks == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(objects[i]->kind, "view") != 0)
			continue;
		order.entries[order.count].place = i;
		parse(arena, objects[i], &order.entries[order.count++]);
	}
	for (size_t i = 0; i < order.count; i++)
		visit(&order, i, 0);
	*entries = order.sorted;
	*entry_count = order.done;
	return true;
}
