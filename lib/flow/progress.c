#include "flow/progress.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/print.h"
#include "row/describe.h"

static volatile sig_atomic_t asked;

static void ask(int signal_number)
{
	(void)signal_number;
	asked = 1;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void progress_begin(struct progress *progress, const char *doing)
{
	struct sigaction action = { .sa_handler = ask, .sa_flags = SA_RESTART };

	progress_end(progress);
	sigaction(SIGUSR1, &action, NULL);
	*progress = (struct progress){ .doing = doing };
	progress->begun = progress->drawn = now();
}

static void add_line(struct bytes *line, const struct progress *progress, double seconds)
{
	uint64_t all = progress->all_rows + progress->rows;

	bytes_add_text(line, progress->doing);
	if (progress->table != NULL) {
		bytes_add_byte(line, ' ');
		print_visible(line, progress->table, strlen(progress->table));
	}
	if (progress->rows > 0 || progress->expected > 0) {
		bytes_add_text(line, ": ");
		describe_number(line, progress->rows);
	}
	if (progress->expected > 0) {
		bytes_add_text(line, " of ");
		describe_number(line, progress->expected);
	}
	if (progress->rows > 0 || progress->expected > 0)
		bytes_format(line, " %s", progress->things == NULL ? "rows" : progress->things);
	if (seconds > 0 && progress->bytes > 0)
		bytes_format(line, ", %.1f MB/s", (double)progress->bytes / 1e6 / seconds);
	if (progress->all_expected == 0 || all == 0)
		return;
	bytes_format(line, "; all: %.0f %%, %.0f s left",
		100 * (double)all / (double)progress->all_expected,
		seconds * ((double)progress->all_expected / (double)all - 1));
}

static void draw(struct progress *progress, bool terminal, double time)
{
	struct bytes line = { 0 };
	struct fault ignored = { 0 };

	if (terminal)
		bytes_add_text(&line, "\r\033[K");
	add_line(&line, progress, time - progress->begun);
	if (!terminal)
		bytes_add_byte(&line, '\n');
	if (!line.failed)
		descriptor_write(STDERR_FILENO, line.data, line.size, &ignored);
	bytes_close(&line);
	progress->shown = terminal;
	progress->drawn = time;
}

void progress_show(struct progress *progress)
{
	bool terminal = isatty(STDERR_FILENO) != 0;
	double time = now();

	if (!asked && (!terminal || progress->handed_on || time - progress->drawn < 0.2))
		return;
	asked = 0;
	draw(progress, terminal, time);
}

void progress_now(struct progress *progress)
{
	progress->drawn = 0;
	progress_show(progress);
}

void progress_hand_on(struct progress *progress)
{
	const char *who = getenv("ROWPIPE_PROGRESS");

	if (who == NULL || strcmp(who, "last") != 0)
		return;
	progress_end(progress);
	progress->handed_on = true;
}

void progress_end(struct progress *progress)
{
	static const char clear[] = "\r\033[K";
	struct fault ignored = { 0 };

	if (progress->shown)
		descriptor_write(STDERR_FILENO, clear, sizeof(clear) - 1, &ignored);
	progress->shown = false;
}
