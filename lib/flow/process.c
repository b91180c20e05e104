#include "flow/process.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/print.h"
#include "flow/manual.h"

enum { ENOUGH = 64 * 1024 };

static const char *name = "rowpipe";
static const char *last_line;
static int stopped_by;
static void (*on_stop)(void);

static void stop(int signal_number)
{
	descriptor_stop = signal_number;
	stopped_by = signal_number;
	if (on_stop != NULL)
		on_stop();
}

void process_on_stop(void (*call)(void))
{
	on_stop = call;
}

static void set_signals(void)
{
	static const int stopping[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = stop, .sa_flags = (int)SA_RESETHAND };

	for (size_t i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++) {
		struct sigaction old;

		/* nohup and background shells have them ignored: so be it. */
		if (sigaction(stopping[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(stopping[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

static bool wants(const struct tool *tool, int argc, char **argv, const char *word,
	const char *letter)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (tool->program && argv[i][0] != '-')
			break;
		else if (strcmp(argv[i], word) == 0 || strcmp(argv[i], letter) == 0)
			return true;
	return false;
}

static void answer(struct bytes *text)
{
	struct fault fault = { 0 };

	if (process_print_all(text, &fault) == 0)
		process_close_output(&fault);
	bytes_close(text);
	exit(process_end(&fault, false));
}

/* What the build asks every tool for. */
static bool write_manual(struct bytes *text, const struct tool *tool, const char *word)
{
	if (strcmp(word, "--manual=page") == 0)
		manual_page(text, tool);
	else if (strcmp(word, "--manual=bash") == 0)
		manual_bash(text, tool);
	else if (strcmp(word, "--manual=zsh") == 0)
		manual_zsh(text, tool);
	return text->size > 0;
}

void process_begin(const struct tool *tool, struct arena *arena, int argc, char **argv,
	struct texts *operands, struct fault *fault)
{
	struct bytes text = { 0 };

	name = tool->name;
	if (!descriptor_hold())
		_exit(STATUS_IO);
	set_signals();
	if (wants(tool, argc, argv, "--help", "-h")) {
		options_help(&text, tool);
		answer(&text);
	}
	if (argc == 2 && write_manual(&text, tool, argv[1]))
		answer(&text);
	if (wants(tool, argc, argv, "--version", "-V")) {
		bytes_format(&text, "%s (rowpipe) %s, stream format %d\n", tool->name,
			ROWPIPE_VERSION, STREAM_VERSION);
		answer(&text);
	}
	options_parse(tool, arena, argc, argv, operands, fault);
}

static void say(const char *text)
{
	struct bytes line = { 0 };
	struct fault ignored = { 0 };

	bytes_add_text(&line, name);
	bytes_add_text(&line, ": ");
	print_visible(&line, text, strlen(text));
	bytes_add_byte(&line, '\n');
	if (line.failed) {
		char plain[64];
		int size = snprintf(plain, sizeof(plain), "%s: out of memory\n", name);

		descriptor_write(STDERR_FILENO, plain, (size_t)size, &ignored);
	} else {
		descriptor_write(STDERR_FILENO, line.data, line.size, &ignored);
		descriptor_log(getenv("ROWPIPE_LOG"), line.data, line.size);
	}
	bytes_close(&line);
}

void process_say(const char *format, ...)
{
	va_list arguments;
	char text[2048];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	say(text);
}

void process_say_all(const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		say(texts[i]);
}

int process_print_all(struct bytes *text, struct fault *fault)
{
	struct fault trouble = { 0 };

	if (text->failed)
		return fault_memory(fault);
	descriptor_write(STDOUT_FILENO, text->data, text->size, &trouble);
	bytes_clear(text);
	if (trouble.status == STATUS_IO)
		return fault_set(fault, STATUS_IO, "standard output: %s", trouble.text);
	return trouble.status == 0 ? 0 : fault_set(fault, trouble.status, "%s", trouble.text);
}

int process_print(struct bytes *text, struct fault *fault)
{
	return text->size < ENOUGH && !text->failed ? 0 : process_print_all(text, fault);
}

int process_close_output(struct fault *fault)
{
	return descriptor_close(STDOUT_FILENO, "standard output", fault);
}

int process_refuse_terminal(int fd, struct fault *fault)
{
	if (!isatty(fd))
		return 0;
	if (fd == STDIN_FILENO)
		return fault_set(fault, STATUS_USAGE, "standard input is a terminal: pipe a row "
			"stream into it (%s --help)", name);
	return fault_set(fault, STATUS_USAGE, "standard output is a terminal, and a row stream is "
		"binary: pipe it on, or keep it with | rows-archive FILE > /dev/null");
}

void process_leave(const char *line)
{
	last_line = line;
}

static void say_last_line(void)
{
	struct fault ignored = { 0 };
	struct bytes text = { 0 };

	print_visible(&text, last_line, strlen(last_line));
	bytes_add_byte(&text, '\n');
	if (!text.failed)
		descriptor_write(STDERR_FILENO, text.data, text.size, &ignored);
	bytes_close(&text);
}

int process_end(const struct fault *fault, bool quiet)
{
	int stop_signal = fault->status == STATUS_AGAIN ? stopped_by : 0;

	descriptor_stop = 0;
	if (fault->status != STATUS_OK && fault->status != STATUS_PIPE && !quiet)
		say(fault->text);
	if (fault->status != STATUS_OK && last_line != NULL)
		say_last_line();
	if (fault->status == STATUS_PIPE)
		stop_signal = SIGPIPE;
	if (stop_signal != 0) {
		signal(stop_signal, SIG_DFL);
		raise(stop_signal);
	}
	return fault->status;
}
