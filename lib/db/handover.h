/*
 * To whom what a load has made belongs, and who else may use it: steps behind all others.
 */
#ifndef DB_HANDOVER_H
#define DB_HANDOVER_H

#include "db/findings.h"
#include "db/steps.h"

/* "SELECT, INSERT TO app, web": STATUS_USAGE when it is none of that kind. */
int handover_check(const char *grant, struct fault *fault);
/* Of all tables and views, and of schemas that are made. */
void handover_make(struct making *making);
/* Are the roles there, and may this one give to them? */
int handover_look(const struct target *target, struct findings *findings, struct fault *fault);

#endif
