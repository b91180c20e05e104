#include "flow/hold.h"

#include <signal.h>
#include <string.h>

#include "base/descriptor.h"

enum { ANSWER_MOST = 8192 };

/* One line, without its end; NULL: there is none. */
static const char *read_line(struct hold *hold, struct arena *arena)
{
	struct fault ignored = { 0 };
	char line[ANSWER_MOST];
	size_t size = 0, got = 0;

	while (size < sizeof(line) &&
		descriptor_read(hold->answer, line + size, 1, &got, &ignored) == 0 && got == 1 &&
		line[size] != '\n')
		size++;
	return got == 1 && size > 0 && size < sizeof(line) ? arena_copy(arena, line, size) : NULL;
}

static int close_ends(struct hold *hold)
{
	struct fault ignored = { 0 };

	descriptor_close(hold->ask, "pipe", &ignored);
	descriptor_close(hold->answer, "pipe", &ignored);
	return child_end(&hold->child);
}

int hold_begin(struct hold *hold, struct arena *arena, const char *tool, const char *source,
	struct fault *fault)
{
	const char *const words[] = { tool, "hold", "--", source, NULL };
	struct fault ignored = { 0 };
	int ask[2], answer[2], status;

	if (descriptor_pipe(ask, fault) != 0 || descriptor_pipe(answer, fault) != 0)
		return fault->status;
	*hold = (struct hold){ .ask = ask[1], .answer = answer[0], .child = { .words = words,
		.standard = { ask[0], answer[1], 2 }, .group = true } };
	child_begin(&hold->child, fault);
	hold->child.words = NULL;
	descriptor_close(ask[0], "pipe", &ignored);
	descriptor_close(answer[1], "pipe", &ignored);
	if (fault->status != 0)
		return fault->status;
	hold->name = read_line(hold, arena);
	hold->url = hold->name == NULL ? NULL : read_line(hold, arena);
	if (hold->url != NULL && descriptor_stop == 0)
		return 0;
	if (descriptor_stop != 0)
		kill(-hold->child.process, SIGTERM);
	status = close_ends(hold);
	if (descriptor_stop != 0)
		return fault_set(fault, STATUS_AGAIN, "stopped by signal %d (%s)",
			(int)descriptor_stop, strsignal(descriptor_stop));
	if (status == 0 || status > 125)
		return fault_set(fault, STATUS_SERVER, "pg-own ended without an answer");
	return fault_set(fault, status, "%s", "");
}

int hold_keep(struct hold *hold, struct arena *arena)
{
	struct fault ignored = { 0 };
	const char *name = NULL;

	if (descriptor_write(hold->ask, "keep\n", 5, &ignored) == 0) {
		descriptor_close(hold->ask, "pipe", &ignored);
		hold->ask = -1;
		name = read_line(hold, arena);
	}
	if (name != NULL)
		hold->name = name;
	return close_ends(hold);
}

int hold_drop(struct hold *hold)
{
	return close_ends(hold);
}
