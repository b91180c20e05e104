/*
 * Who or what began this process, and for what: as a database is to remember it.
 */
#ifndef FLOW_TRIGGER_H
#define FLOW_TRIGGER_H

#include "base/arena.h"

/* $ROWPIPE_TRIGGERED_BY, else user@host; NULL: not known. */
const char *trigger_name(struct arena *arena);
/* $ROWPIPE_PIPELINE; NULL: it is none that has a name. */
const char *trigger_pipeline(void);
/* The real path of $ROWPIPE_RUN, the folder of a run that `rowpipe` names; NULL: none. */
const char *trigger_folder(struct arena *arena);

#endif
