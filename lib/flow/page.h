/*
 * A run as a page for a browser, from its report: whole in itself, without script, and with nothing
 * that is loaded from anywhere.  It is well-formed as XML, too.
 *
 * All that comes from outside is text in it, with nothing invisible.  Values of rows are not.
 */
#ifndef FLOW_PAGE_H
#define FLOW_PAGE_H

#include "base/bytes.h"
#include "flow/past.h"

/* The folder is where the run is now, as an absolute path. */
void page_print(struct bytes *to, const struct past_run *run, const char *folder);

#endif
