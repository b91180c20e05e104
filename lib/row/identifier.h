/*
 * Names of PostgreSQL's as people write them in SQL: quoted only where they must be.
 */
#ifndef ROW_IDENTIFIER_H
#define ROW_IDENTIFIER_H

#include "base/bytes.h"

/* users, "orderItems", "user" */
void identifier_add(struct bytes *to, const char *name);
/* public.users */
void identifier_add_both(struct bytes *to, const char *schema, const char *name);

#endif
