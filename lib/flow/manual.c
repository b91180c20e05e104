#include "flow/manual.h"

/*
 * Text for roff: nothing at the start of a line or within it is taken for a request or an escape.
 */
static void add_roff(struct bytes *to, const char *text)
{
	bool start = true;

	for (; *text != '\0'; text++) {
		if (*text == '\n' && text[1] == '\n') {
			bytes_add_text(to, "\n.PP\n");
			text++;
			start = true;
			continue;
		}
		if (*text == '\n') {
			bytes_add_text(to, "\n.br\n");
			start = true;
			continue;
		}
		if (start && (*text == '.' || *text == '\''))
			bytes_add_text(to, "\\&");
		if (*text == '\\')
			bytes_add_text(to, "\\e");
		else if (*text == '-')
			bytes_add_text(to, "\\-");
		else
			bytes_add_byte(to, (uint8_t)*text);
		start = false;
	}
}

static void add_option(struct bytes *to, const struct option *option)
{
	bytes_add_text(to, ".TP\n");
	if (option->letter != '\0')
		bytes_format(to, "\\fB\\-%c\\fR, ", option->letter);
	bytes_add_text(to, "\\fB\\-\\-");
	add_roff(to, option->name);
	bytes_add_text(to, "\\fR");
	if (option->argument != NULL) {
		bytes_add_text(to, option->kind == OPTION_MAYBE ? "[=\\fI" : " \\fI");
		add_roff(to, option->argument);
		bytes_add_text(to, option->kind == OPTION_MAYBE ? "\\fR]" : "\\fR");
	}
	bytes_add_byte(to, '\n');
	add_roff(to, option->help);
	bytes_add_byte(to, '\n');
}

static void add_examples(struct bytes *to, const struct tool *tool)
{
	bytes_add_text(to, ".SH EXAMPLES\n.nf\n");
	for (const char *const *example = tool->examples; *example != NULL; example++) {
		add_roff(to, *example);
		bytes_add_byte(to, '\n');
	}
	bytes_add_text(to, ".fi\n.SH SEE ALSO\n.BR stream (5)\n");
}

void manual_page(struct bytes *to, const struct tool *tool)
{
	bytes_format(to, ".TH %s 1 \"\" \"rowpipe %s\"\n.SH NAME\n", tool->name, ROWPIPE_VERSION);
	add_roff(to, tool->name);
	bytes_add_text(to, " \\- ");
	add_roff(to, tool->brief);
	bytes_add_text(to, "\n.SH SYNOPSIS\n.B ");
	add_roff(to, tool->name);
	bytes_add_text(to, "\n[options] ");
	add_roff(to, tool->operands);
	bytes_add_text(to, "\n.SH DESCRIPTION\n");
	add_roff(to, tool->brief);
	if (tool->about != NULL) {
		bytes_add_text(to, "\n.PP\n");
		add_roff(to, tool->about);
	}
	bytes_add_text(to, "\n.SH OPTIONS\n");
	for (size_t i = 0; i < options_count(tool); i++)
		add_option(to, options_at(tool, i));
	add_examples(to, tool);
}

void manual_bash(struct bytes *to, const struct tool *tool)
{
	bytes_add_text(to, "complete -o default -o bashdefault -W '");
	for (size_t i = 0; i < options_count(tool); i++)
		bytes_format(to, "%s--%s", i == 0 ? "" : " ", options_at(tool, i)->name);
	bytes_format(to, "' %s\n", tool->name);
}

/* Within '...[...]': the quote, the brackets and the colon mean something to the shell. */
static void add_zsh(struct bytes *to, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'') {
			bytes_add_text(to, "'\\''");
			continue;
		}
		if (strchr("[]:\\", *text) != NULL)
			bytes_add_byte(to, '\\');
		bytes_add_byte(to, (uint8_t)*text);
	}
}

void manual_zsh(struct bytes *to, const struct tool *tool)
{
	bytes_format(to, "#compdef %s\n_arguments \\\n", tool->name);
	for (size_t i = 0; i < options_count(tool); i++) {
		const struct option *option = options_at(tool, i);

		bytes_format(to, "\t'%s--%s%s[", option->kind == OPTION_LIST ? "*" : "",
			option->name, option->kind == OPTION_FLAG ? "" :
			option->kind == OPTION_MAYBE ? "=-" : "=");
		add_zsh(to, option->help);
		bytes_add_byte(to, ']');
		if (option->argument != NULL) {
			bytes_add_text(to, option->kind == OPTION_MAYBE ? "::" : ":");
			add_zsh(to, option->argument);
			bytes_add_text(to, ":");
		}
		bytes_add_text(to, "' \\\n");
	}
	bytes_add_text(to, "\t'*:file:_files'\n");
}
