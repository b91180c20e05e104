#include "flow/through.h"

#include <string.h>
#include <unistd.h>

#include "base/descriptor.h"

enum { PIECE = 64 * 1024, PATIENCE = 2000, NOT_THERE = 127, NOT_RUN = 126, SIGNALS = 128 };

/* No line of a row is longer: every byte of a text may be six. */
static const size_t line_most = (size_t)6 << 30;

static void close_end(int *end)
{
	struct fault ignored = { 0 };

	if (*end >= 0)
		descriptor_close(*end, "pipe", &ignored);
	*end = -1;
}

int through_begin(struct through *through, const char *const *words, struct fault *fault)
{
	int input[2] = { -1, -1 }, output[2] = { -1, -1 };

	through->to = through->from = through->rest = -1;
	if (descriptor_pipe(input, fault) == 0)
		descriptor_pipe(output, fault);
	through->to = input[1];
	through->rest = input[0];
	through->from = output[0];
	through->begun = true;
	through->child = (struct child){ .words = words, .group = true,
		.standard = { input[0], output[1], STDERR_FILENO } };
	if (fault->status == 0)
		child_begin(&through->child, fault);
	close_end(&output[1]);
	return fault->status;
}

/* --- lines ------------------------------------------------------------------------------------ */

/* Gives out the lines that are whole; `seen` bytes before are known to hold no newline. */
static int take_lines(struct through *through, size_t seen, struct fault *fault)
{
	struct bytes *in = &through->in;
	size_t start = 0;
	uint8_t *end;

	while (fault->status == 0 && (end = memchr(in->data + start + seen, '\n',
		in->size - start - seen)) != NULL) {
		const size_t size = (size_t)(end - in->data) - start;

		through->line(through->context, in->data + start, size, fault);
		start += size + 1;
		seen = 0;
	}
	if (start > 0)
		memmove(in->data, in->data + start, in->size - start);
	in->size -= start;
	return fault->status;
}

/* Reads what is there; the end of it closes `from`. */
static int receive(struct through *through, struct fault *fault)
{
	struct bytes *in = &through->in;
	const size_t seen = in->size;
	size_t got = 0;

	if (in->size > line_most)
		return fault_set(fault, STATUS_STREAM, "%s: it writes a line without end",
			through->child.words[0]);
	if (!bytes_reserve(in, PIECE))
		return fault_memory(fault);
	if (descriptor_read(through->from, in->data + in->size, PIECE, &got, fault) != 0)
		return fault->status;
	in->size += got;
	if (got == 0)
		close_end(&through->from);
	return take_lines(through, seen, fault);
}

static int finish(struct through *through, bool unsent, struct fault *fault);

int through_send(struct through *through, struct fault *fault)
{
	struct bytes *out = &through->out;
	size_t sent = 0;

	if (out->failed)
		return fault_memory(fault);
	while (sent < out->size && through->from >= 0) {
		bool reads = false, writes = false;
		size_t done = 0;

		if (descriptor_wait(through->from, through->to, &reads, &writes, fault) != 0)
			return fault->status;
		if (reads && receive(through, fault) != 0)
			return fault->status;
		if (writes && descriptor_offer(through->to, out->data + sent, out->size - sent,
			&done, fault) != 0)
			return fault->status;
		sent += done;
	}
	/* Whose output is at its end wants no more. */
	if (sent < out->size)
		return finish(through, true, fault);
	bytes_clear(out);
	return 0;
}

/* --- the end ---------------------------------------------------------------------------------- */

static int judge_status(const struct through *through, int status, struct fault *fault)
{
	const char *name = through->child.words[0];

	if (fault->status != 0)
		return fault->status;
	if (status == NOT_THERE || status == NOT_RUN)
		return fault_set(fault, STATUS_USAGE, "%s: %s (exit status %d)", name,
			status == NOT_THERE ? "there is no such program" : "it cannot be run",
			status);
	if (status > SIGNALS)
		return fault_set(fault, STATUS_STREAM, "%s: it was ended by signal %d (%s)", name,
			status - SIGNALS, strsignal(status - SIGNALS));
	if (status != 0)
		return fault_set(fault, STATUS_STREAM, "%s: it ended with exit status %d", name,
			status);
	return 0;
}

/* Our own read end of its input tells what it left there: nobody writes to it any more. */
static int judge_rest(struct through *through, bool unsent, struct fault *fault)
{
	uint8_t byte;
	size_t got = 0;

	if (!unsent && descriptor_read(through->rest, &byte, 1, &got, fault) != 0)
		return fault->status;
	return !unsent && got == 0 ? 0 : fault_set(fault, STATUS_STREAM,
		"%s: it ended before it had read all rows", through->child.words[0]);
}

/* A program that failed says so by its status, whatever its last line is. */
static int finish(struct through *through, bool unsent, struct fault *fault)
{
	int status;

	close_end(&through->to);
	while (through->from >= 0) {
		bool reads, writes;

		if (descriptor_wait(through->from, -1, &reads, &writes, fault) != 0 ||
			receive(through, fault) != 0)
			return fault->status;
	}
	through->begun = false;
	status = child_end_group(&through->child, PATIENCE);
	if (descriptor_stop != 0)
		fault_set(fault, STATUS_AGAIN, "stopped by signal %d", (int)descriptor_stop);
	if (judge_status(through, status, fault) == 0 && judge_rest(through, unsent, fault) == 0 &&
		through->in.size > 0) /* a last line without its newline is one */
		through->line(through->context, through->in.data, through->in.size, fault);
	close_end(&through->rest);
	return fault->status;
}

int through_end(struct through *through, struct fault *fault)
{
	return through_send(through, fault) != 0 ? fault->status : finish(through, false, fault);
}

void through_close(struct through *through)
{
	if (through->begun) {
		close_end(&through->to);
		close_end(&through->from);
		close_end(&through->rest);
		if (through->child.process > 0)
			child_stop_group(&through->child, PATIENCE);
	}
	through->begun = false;
	bytes_close(&through->out);
	bytes_close(&through->in);
}
