/*
 * Any bytes as a value for a column.  What is refused says where; what is understood is a cell of
 * any type or none, and one that is made is of its type's kind.
 */
#include "check.h"

#include "base/utf8.h"
#include "row/assign.h"
#include "row/cell.h"

static void check_cell(const struct type *type, const struct value *cell)
{
	switch (type->kind) {
	case TYPE_RAW:
		EXPECT(cell->kind != VALUE_BOOL);
		break;
	case TYPE_BOOL:
		EXPECT(cell->kind == VALUE_BOOL);
		break;
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
		EXPECT(cell->kind == VALUE_REAL);
		break;
	case TYPE_BYTEA:
	case TYPE_UUID:
		EXPECT(cell->kind == VALUE_BYTES && (type->kind == TYPE_BYTEA || cell->size == 16));
		break;
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		EXPECT(cell->kind == VALUE_INTEGER);
		break;
	default:
		EXPECT(cell->kind == VALUE_TEXT && utf8_valid(cell->data, cell->size));
	}
}

static void check_types(const struct assign *assign)
{
	const struct given given = given_bound(&assign->constant);
	struct cell_room room = { 0 };

	for (int kind = TYPE_RAW; kind <= TYPE_OTHER; kind++) {
		const struct type type = { .kind = (enum type_kind)kind, .length = 3,
			.precision = kind % 2 ? 5 : 0, .scale = 2, .fraction = -1, .name = "inet" };
		struct value cell;
		const char *why;

		if (cell_make(&type, &given, &cell, &room, &why))
			check_cell(&type, &cell);
		else
			EXPECT(why != NULL && *why != '\0');
	}
	cell_close(&room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	char *text = arena_copy(&arena, data, size);
	struct assign assign;
	struct fault fault = { 0 };
	struct type type;

	assign_parse(&arena, text, &assign, &fault);
	EXPECT(fault.status == 0 || fault.status == STATUS_USAGE);
	EXPECT((fault.status != 0) == (*fault.text != '\0'));
	EXPECT(utf8_valid((const uint8_t *)text, strlen(text)) || fault.status != 0);
	if (fault.status == 0) {
		EXPECT(assign.aim.table.text != NULL && assign.column.text != NULL);
		EXPECT(assign_own_type(&assign, &type) == (assign.kind != ASSIGN_NULL));
		aim_name_matches(&assign.column, "column");
		if (assign.kind == ASSIGN_CONSTANT)
			check_types(&assign);
	}
	arena_close(&arena);
	return 0;
}
