/*
 * What a column is set to, in every row of its table:
 *
 *	users.tenant=42              text in single quotes, x'00ff', true, false, null, numbers
 *	*.tenant:bigint=42           with a type; a column that is not there is added
 *	app.users."odd name"=@source the name of the table's source; @run: the id of the stream
 */
#ifndef ROW_ASSIGN_H
#define ROW_ASSIGN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/aim.h"
#include "row/bound.h"
#include "row/schema.h"

enum assign_kind { ASSIGN_NULL, ASSIGN_CONSTANT, ASSIGN_SOURCE, ASSIGN_RUN };

struct assign {
	const char *text;       /* as it was written */
	struct aim aim;
	struct aim_name column;
	bool typed;             /* type holds: the column is added where it is not there */
	struct type type;
	enum assign_kind kind;
	struct bound constant;
};

/* STATUS_USAGE tells the character where it is wrong. */
int assign_parse(struct arena *arena, const char *text, struct assign *assign,
	struct fault *fault);
/* One table and one column: it is wrong if the column is not there. */
bool assign_is_exact(const struct assign *assign);
/* The type that the constant has by itself; false: null has none. */
bool assign_own_type(const struct assign *assign, struct type *type);

#endif
