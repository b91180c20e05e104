#include "row/orders.h"

#include <string.h>

static bool is_set(const struct plan_line *line)
{
	return strcmp(line->origin, "--set") == 0;
}

static const struct plan_line *later(const struct plan_line *a, const struct plan_line *b)
{
	return b == NULL || (a != NULL && a > b) ? a : b;
}

/* Where its columns go, a table goes; they must all say the same. */
static int check_columns(struct plan *plan, const struct table *table, const struct plan_line *line,
	bool schema, struct fault *fault)
{
	for (size_t i = 0; i < table->column_count; i++) {
		struct plan_orders orders;
		const struct plan_line *other;
		const char *a;

		if (plan_column(plan, table->source, table->columns[i].source, &orders,
			fault) != 0)
			return fault->status;
		other = schema ? orders.schema : orders.table;
		if (other == NULL || is_set(other) != is_set(line))
			continue;
		a = schema ? line->to_schema : line->to_table;
		if (strcmp(a, schema ? other->to_schema : other->to_table) != 0)
			return fault_set(fault, STATUS_MISFIT, "%s: %.200s: a table's columns stay "
				"together, and another line says %s (%s: %.200s)", other->origin,
				other->text, a, line->origin, line->text);
	}
	return 0;
}

int orders_find(struct plan *plan, const struct table *table, struct table_orders *orders,
	struct fault *fault)
{
	struct plan_orders found;

	*orders = (struct table_orders){ 0 };
	if (plan_table(plan, table->source, &found, fault) != 0)
		return fault->status;
	orders->name = found.table;
	orders->schema = found.schema;
	for (size_t i = 0; i < table->column_count; i++) {
		if (plan_column(plan, table->source, table->columns[i].source, &found, fault) != 0)
			return fault->status;
		orders->name = later(orders->name, found.table);
		orders->schema = later(orders->schema, found.schema);
	}
	if (orders->name != NULL && orders->name->column.text != NULL &&
		check_columns(plan, table, orders->name, false, fault) != 0)
		return fault->status;
	if (orders->schema != NULL && orders->schema->column.text != NULL)
		return check_columns(plan, table, orders->schema, true, fault);
	return 0;
}

const char *orders_schema(const struct table_orders *orders, const char *option)
{
	if (option != NULL && (orders->schema == NULL || !is_set(orders->schema)))
		return option;
	return orders->schema == NULL ? NULL : orders->schema->to_schema;
}
