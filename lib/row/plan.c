#include "row/plan.h"

#include <string.h>

#include "base/utf8.h"
#include "row/pattern.h"
#include "row/token.h"

/* PostgreSQL's NAMEDATALEN less one. */
enum { NAME_MOST = 63 };

#define ANY "…"

struct parser {
	struct arena *arena;
	const char *next;
	struct plan_line *line;
	const char *why; /* the first complaint; "" when there is no memory */
};

/* --- words ------------------------------------------------------------------------------------ */

static bool complain(struct parser *parser, const char *why)
{
	if (parser->why == NULL)
		parser->why = why != NULL ? why : "";
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || c == '$' || c == '*' || c == '?' || (unsigned char)c >= 0x80;
}

static const char *skip_blanks(const char *at)
{
	while (is_blank(*at))
		at++;
	return at;
}

/* The end of a word; what stands in quotes and parentheses belongs to it. */
static const char *word_end(const char *at)
{
	int depth = 0;

	for (; *at != '\0'; at++) {
		if (*at == '"' || *at == '\'') {
			at = strchr(at + 1, *at);
			if (at == NULL)
				return "";
		} else if (*at == '(') {
			depth++;
		} else if (*at == ')') {
			depth--;
		} else if (depth <= 0 && (is_blank(*at) || *at == '#')) {
			break;
		}
	}
	return at;
}

static bool word_is(const char *at, size_t size, const char *word)
{
	struct token token = { TOKEN_NAME, at, size };

	return token_is(&token, word);
}

/* --- names ------------------------------------------------------------------------------------ */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \XXXX and \+XXXXXX, in hexadecimal, and \\. */
static const char *read_escape(struct parser *parser, const char *at, char **to)
{
	int digits = at[1] == '+' ? 6 : 4;
	uint32_t code = 0;

	if (at[1] == '\\') {
		*(*to)++ = '\\';
		return at + 2;
	}
	at += digits == 6 ? 2 : 1;
	for (; digits > 0 && hex(*at) >= 0; digits--)
		code = code << 4 | (uint32_t)hex(*at++);
	if (digits > 0 || code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
		complain(parser, "\\ in U&\"\" takes four digits of a character, or + and six");
		return NULL;
	}
	*to = (char *)utf8_put((uint8_t *)*to, code);
	return at;
}

static bool is_string(const char *at, char quote)
{
	return *at == quote || ((*at == 'U' || *at == 'u') && at[1] == '&' && at[2] == quote);
}

/* What stands in quotes, with escapes behind U&; no escape is longer than it was. */
static char *read_string(struct parser *parser)
{
	bool escapes = parser->next[1] == '&' && (*parser->next | 0x20) == 'u';
	const char *at = parser->next + (escapes ? 2 : 0);
	const char quote = *at++;
	char *text = arena_text(parser->arena, at), *to = text;

	while (text != NULL && at != NULL) {
		if (*at == '\0') {
			complain(parser, "a quote stays open");
			return NULL;
		}
		if (*at == quote && *++at != quote)
			break;
		if (escapes && *at == '\\')
			at = read_escape(parser, at, &to);
		else
			*to++ = *at++;
	}
	if (text == NULL || at == NULL) {
		complain(parser, NULL);
		return NULL;
	}
	*to = '\0';
	parser->next = at;
	return text;
}

/* Without regard to the case of ASCII letters: a large plan is compared by it. */
static uint32_t hash_name(const char *name)
{
	uint32_t hash = 2166136261;

	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		hash = (hash ^ (c >= 'A' && c <= 'Z' ? c | 0x20u : c)) * 16777619;
	}
	return hash;
}

static bool read_bare(struct parser *parser, struct plan_name *name)
{
	const char *start = parser->next;

	while (is_bare(*parser->next))
		parser->next++;
	if (parser->next == start)
		return complain(parser, *start == '\'' || *start == '[' || *start == '`' ?
			"names are quoted with \"\"" : "a name is missing");
	name->text = arena_copy(parser->arena, start, (size_t)(parser->next - start));
	name->pattern = name->text != NULL && strpbrk(name->text, "*?") != NULL;
	return name->text != NULL || complain(parser, NULL);
}

static bool read_name(struct parser *parser, struct plan_name *name)
{
	*name = (struct plan_name){ .quoted = is_string(parser->next, '"') };
	if (name->quoted)
		name->text = read_string(parser);
	else if (!read_bare(parser, name))
		return false;
	name->hash = name->text == NULL ? 0 : hash_name(name->text);
	return name->text != NULL;
}

/* a, a.b or a.b.c; how many, or 0. */
static size_t read_names(struct parser *parser, struct plan_name names[3])
{
	size_t count = 0;

	do {
		if (count == 3) {
			complain(parser, "more than three names are joined by points");
			return 0;
		}
		parser->next = skip_blanks(parser->next + (count > 0));
		if (!read_name(parser, &names[count++]))
			return 0;
		parser->next = skip_blanks(parser->next);
	} while (*parser->next == '.');
	return count;
}

static bool read_source(struct parser *parser)
{
	struct plan_name names[3];
	size_t count = read_names(parser, names);

	if (count == 0)
		return false;
	if (count == 3)
		return complain(parser, "the source is TABLE.COLUMN, or TABLE alone");
	parser->line->table = names[0];
	if (count == 2)
		parser->line->column = names[1];
	if (strncmp(parser->next, "->", 2) != 0)
		return complain(parser, *parser->next == '\0' || *parser->next == '#' ?
			"-> and a target are missing" :
			"behind the source stands no -> (names but of letters, digits and _ are "
			"quoted with \"\")");
	parser->next = skip_blanks(parser->next + 2);
	return true;
}

/* Folds as PostgreSQL does; NULL where the name stays as it is. */
static bool set_target(struct parser *parser, const struct plan_name *name, const char **to)
{
	char *text;

	if (!name->quoted && (strcmp(name->text, "*") == 0 || strcmp(name->text, ANY) == 0))
		return true;
	if (name->pattern)
		return complain(parser, "a target is no pattern (* and " ANY " alone leave a name "
			"as it is)");
	if (*name->text == '\0')
		return complain(parser, "a target's name is empty");
	if (strlen(name->text) > NAME_MOST)
		return complain(parser, "a target's name has more than 63 bytes");
	*to = text = arena_text(parser->arena, name->text);
	if (text == NULL)
		return complain(parser, NULL);
	for (; !name->quoted && *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text | 0x20);
	return true;
}

static bool read_target(struct parser *parser)
{
	struct plan_line *line = parser->line;
	struct plan_name names[3];
	size_t count = read_names(parser, names), last = count - 1;

	if (count == 0)
		return false;
	if (count == 1 && !names[0].quoted && name_compare(names[0].text, "skip") == 0) {
		line->skip = true;
		return true;
	}
	if (line->column.text != NULL) {
		return set_target(parser, &names[last], &line->to_column) &&
			(count < 2 || set_target(parser, &names[last - 1], &line->to_table)) &&
			(count < 3 || set_target(parser, &names[0], &line->to_schema));
	}
	if (count == 3)
		return complain(parser, "a table's target is SCHEMA.TABLE, or TABLE alone");
	return set_target(parser, &names[last], &line->to_table) &&
		(count < 2 || set_target(parser, &names[0], &line->to_schema));
}

/* --- types and policies ----------------------------------------------------------------------- */

static int find_word(const char *const *words, int count, const char *at, size_t size)
{
	for (int i = 1; i < count; i++)
		if (word_is(at, size, words[i]))
			return i;
	return 0;
}

/* Takes the word behind a policy. */
static bool take_word(struct parser *parser, const char **word, size_t *size)
{
	*word = skip_blanks(parser->next);
	parser->next = word_end(*word);
	*size = *parser->next == '\0' ? strlen(*word) : (size_t)(parser->next - *word);
	return *size > 0;
}

static bool read_nul(struct parser *parser)
{
	const char *word;
	size_t size;

	if (take_word(parser, &word, &size))
		parser->line->conversion.nul =
			(enum nul_policy)find_word(nul_names, NULS, word, size);
	return parser->line->conversion.nul != NUL_REFUSE ||
		complain(parser, "behind nul stands strip or escape");
}

static bool read_utf8(struct parser *parser)
{
	const char *word;
	size_t size;

	if (take_word(parser, &word, &size))
		parser->line->conversion.ill =
			(enum ill_policy)find_word(ill_names, ILLS, word, size);
	return parser->line->conversion.ill != ILL_REFUSE ||
		complain(parser, "behind utf8 stands latin1, replace or escape");
}

static bool read_zone(struct parser *parser)
{
	const char *word;
	size_t size;

	parser->line->zoned = true;
	return (take_word(parser, &word, &size) &&
		plan_zone(word, size, &parser->line->conversion.zone)) ||
		complain(parser, "behind zone stands an offset such as +02:00, or UTC");
}

static bool read_loose(struct parser *parser)
{
	parser->line->conversion.loose = true;
	return true;
}

static bool read_round(struct parser *parser)
{
	parser->line->conversion.round = true;
	return true;
}

static bool refuse_reject(struct parser *parser)
{
	return complain(parser, "the policy reject is not built yet");
}

static bool read_nullify(struct parser *parser);

static const struct policy {
	const char *word;
	bool (*read)(struct parser *parser);
} policies[] = {
	{ "nullify", read_nullify },
	{ "nul", read_nul },
	{ "utf8", read_utf8 },
	{ "zone", read_zone },
	{ "loose", read_loose },
	{ "round", read_round },
	{ "reject", refuse_reject },
};

static const struct policy *find_policy(const char *at, size_t size)
{
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
		if (word_is(at, size, policies[i].word))
			return &policies[i];
	return NULL;
}

static bool is_policy(const char *at, size_t size)
{
	return find_word(reading_names, TIMES, at, size) != 0 || find_policy(at, size) != NULL;
}

static bool add_null_word(struct parser *parser, const char *word)
{
	struct texts *words = &parser->line->conversion.nullify;

	if (word == NULL)
		return complain(parser, NULL);
	/* Powers of two are when it grows. */
	if ((words->count & (words->count - 1)) == 0) {
		const char **items = arena_array(parser->arena,
			words->count == 0 ? 1 : words->count * 2, sizeof(*items));

		if (items == NULL)
			return complain(parser, NULL);
		for (size_t i = 0; i < words->count; i++)
			items[i] = words->items[i];
		words->items = items;
	}
	words->items[words->count++] = word;
	return true;
}

/* Strings and bare words, up to the next policy. */
static bool read_nullify(struct parser *parser)
{
	const size_t before = parser->line->conversion.nullify.count;

	for (;;) {
		const char *at = skip_blanks(parser->next);
		size_t size = strcspn(at, " \t#'\"");
		const char *word;

		parser->next = at;
		if (is_string(at, '\'')) {
			word = read_string(parser);
		} else {
			if (size == 0 && (*at == '\0' || *at == '#'))
				break;
			if (is_policy(at, size))
				break;
			if (size == 0 || at[size] == '\'' || at[size] == '"' || *at == '(')
				return complain(parser,
					"words behind nullify are plain, or quoted with ''");
			word = arena_copy(parser->arena, at, size);
			parser->next = at + size;
		}
		if (!add_null_word(parser, word))
			return false;
	}
	return parser->line->conversion.nullify.count > before ||
		complain(parser, "behind nullify stands what means NULL, such as '' or 0");
}

static bool is_time(enum type_kind kind)
{
	return kind == TYPE_DATE || kind == TYPE_TIME || kind == TYPE_TIMESTAMP ||
		kind == TYPE_TIMESTAMPTZ;
}

static bool is_epoch(enum reading_of_time reading)
{
	return reading == TIME_EPOCH_S || reading == TIME_EPOCH_MS || reading == TIME_EPOCH_US ||
		reading == TIME_EPOCH_NS;
}

static bool fits_type(struct parser *parser)
{
	const struct conversion *conversion = &parser->line->conversion;

	if (conversion->reading != TIME_PLAIN && !is_time(conversion->type.kind) &&
		!(is_epoch(conversion->reading) && type_is_interval(&conversion->type)))
		return complain(parser, "numbers are read as times only for date, time, timestamp "
			"and timestamptz, and by epoch_s, _ms, _us and _ns for interval");
	if (conversion->round && !type_rounds(&conversion->type))
		return complain(parser, "round is for numeric(p,s), time, timestamp, timestamptz "
			"and interval");
	if (parser->line->zoned && conversion->type.kind != TYPE_TIMESTAMPTZ)
		return complain(parser, "zone is for timestamptz alone");
	return true;
}

static bool read_policies(struct parser *parser)
{
	struct conversion *conversion = &parser->line->conversion;

	for (;;) {
		const char *at = parser->next = skip_blanks(parser->next);
		const char *end = word_end(at);
		size_t size = *end == '\0' ? strlen(at) : (size_t)(end - at);
		int reading = find_word(reading_names, TIMES, at, size);
		const struct policy *policy = find_policy(at, size);

		if (size == 0)
			return fits_type(parser);
		if (reading == 0 && policy == NULL)
			return complain(parser, "a word is no policy");
		if (reading != 0 && conversion->reading != TIME_PLAIN)
			return complain(parser, "numbers are read as times in one way only");
		if (reading != 0)
			conversion->reading = (enum reading_of_time)reading;
		parser->next = at + size;
		if (policy != NULL && !policy->read(parser))
			return false;
	}
}

/* A second look tells what is no type from a lack of memory. */
static bool parse_type(struct parser *parser, const char *text)
{
	struct type *type = &parser->line->conversion.type;

	if (type_parse(parser->arena, text, type))
		return type->kind != TYPE_RAW ||
			complain(parser, "raw is no type that PostgreSQL has");
	return complain(parser, type_parse(parser->arena, text, type) ? NULL :
		"what stands behind the target is no type");
}

/* All words before the first policy; a zone behind time is part of the type. */
static bool read_type(struct parser *parser)
{
	const char *start = parser->next, *end = start;
	const char *text;
	bool time = false;

	for (const char *at = start; *at != '\0' && *at != '#'; at = skip_blanks(end)) {
		const char *stop = word_end(at);
		size_t size = *stop == '\0' ? strlen(at) : (size_t)(stop - at);

		if (is_policy(at, size) && !(time && word_is(at, size, "zone")))
			break;
		time = word_is(at, size, "time");
		end = at + size;
	}
	parser->next = end;
	if (end == start)
		return complain(parser, "a policy stands behind a type");
	text = arena_copy(parser->arena, start, (size_t)(end - start));
	if (text == NULL)
		return complain(parser, NULL);
	parser->line->typed = true;
	return parse_type(parser, text);
}

/* [TYPE [POLICY...]] [# comment] */
static bool read_rest(struct parser *parser)
{
	struct plan_line *line = parser->line;

	parser->next = skip_blanks(parser->next);
	if (*parser->next != '\0' && *parser->next != '#') {
		if (line->skip || line->column.text == NULL)
			return complain(parser, "nothing but a comment can stand behind skip, and "
				"behind a table's name");
		if (!read_type(parser) || !read_policies(parser))
			return false;
	}
	if (*parser->next == '#' && *skip_blanks(parser->next + 1) != '\0')
		line->comment = skip_blanks(parser->next + 1);
	return true;
}

bool plan_zone(const char *text, size_t size, int32_t *seconds)
{
	int digits[4] = { 0 };
	size_t at = 1, count = 0;

	*seconds = 0;
	if (word_is(text, size, "UTC") || word_is(text, size, "Z"))
		return true;
	if (size < 2 || (*text != '+' && *text != '-'))
		return false;
	for (; at < size && count < 4; at++) {
		if (text[at] == ':' && count == 2 && size == 6)
			continue;
		if (text[at] < '0' || text[at] > '9')
			return false;
		digits[count++] = text[at] - '0';
	}
	if (at < size || count == 3)
		return false;
	if (count == 1) {
		digits[1] = digits[0];
		digits[0] = 0;
	}
	*seconds = (digits[0] * 10 + digits[1]) * 3600 + (digits[2] * 10 + digits[3]) * 60;
	if (digits[2] > 5 || *seconds >= 16 * 3600)
		return false;
	*seconds = *text == '-' ? -*seconds : *seconds;
	return true;
}

/* --- lines ------------------------------------------------------------------------------------ */

static int fail(const struct parser *parser, const struct plan_line *line, struct fault *fault)
{
	if (*parser->why == '\0')
		return fault_memory(fault);
	return fault_set(fault, STATUS_MISFIT, "%s: %s: %.300s (plan(5) explains the lines)",
		line->origin, parser->why, line->text);
}

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
			return true;
	return false;
}

/* Room for one more; the lines that were found before stay where they are in the old array. */
static struct plan_line *add_line(struct plan *plan, struct fault *fault)
{
	if (plan->count == plan->room) {
		size_t room = plan->room == 0 ? 16 : plan->room * 2;
		struct plan_line *lines = arena_array(plan->arena, room, sizeof(*lines));

		if (lines == NULL) {
			fault_memory(fault);
			return NULL;
		}
		if (plan->count > 0)
			memcpy(lines, plan->lines, plan->count * sizeof(*lines));
		plan->lines = lines;
		plan->room = room;
	}
	return &plan->lines[plan->count];
}

int plan_add(struct plan *plan, const char *origin, const char *text, struct fault *fault)
{
	struct plan_line *line = add_line(plan, fault);
	struct parser parser = { .arena = plan->arena, .line = line };

	if (line == NULL)
		return fault->status;
	*line = (struct plan_line){ .origin = origin };
	line->text = parser.next = skip_blanks(text);
	if (*parser.next == '\0' || *parser.next == '#')
		return 0;
	if (has_control(text))
		complain(&parser, "a control character stands in it (names can have it as "
			"U&\"\\001b\")");
	if (parser.why != NULL || !read_source(&parser) || !read_target(&parser) ||
		!read_rest(&parser))
		return fail(&parser, line, fault);
	plan->count++;
	plan->near = NULL;
	plan->near_table = NULL;
	return 0;
}

static struct plan_name exact_name(const char *text)
{
	return (struct plan_name){ .text = text, .hash = hash_name(text), .quoted = true };
}

int plan_add_names(struct plan *plan, const char *origin, const char *table, const char *column,
	const struct plan_target *target, struct fault *fault)
{
	struct plan_line *line = add_line(plan, fault);

	if (line == NULL)
		return fault->status;
	*line = (struct plan_line){ .origin = origin, .text = table, .table = exact_name(table),
		.to_schema = target->schema, .to_table = target->table,
		.to_column = target->column };
	if (column != NULL)
		line->column = exact_name(column);
	plan->count++;
	plan->near = NULL;
	plan->near_table = NULL;
	return 0;
}

/* A line as a C string, without what may stand at its ends. */
static char *cut_line(struct arena *arena, const char *start, const char *end)
{
	while (end > start && (is_blank(end[-1]) || end[-1] == '\r'))
		end--;
	return arena_copy(arena, start, (size_t)(end - start));
}

static int add_numbered(struct plan *plan, const char *name, size_t number, const char *text,
	struct fault *fault)
{
	const char *origin;

	text = skip_blanks(text);
	if (*text == '\0' || *text == '#')
		return 0;
	origin = arena_format(plan->arena, "%s, line %zu", name, number);
	return origin == NULL ? fault_memory(fault) : plan_add(plan, origin, text, fault);
}

int plan_parse(struct plan *plan, const char *name, const void *data, size_t size,
	struct fault *fault)
{
	const char *at = data, *end = at + size;
	size_t number = 0;
	bool nul = false;

	if (size > 0 && (!utf8_valid_nul(data, size, &nul) || nul))
		return fault_set(fault, STATUS_MISFIT, "%s: is no plan: %s", name, nul ?
			"it holds NUL bytes" : "it is no text in UTF-8");
	if (size >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		char *text = cut_line(plan->arena, at, stop == NULL ? end : stop);

		if (text == NULL)
			return fault_memory(fault);
		if (add_numbered(plan, name, ++number, text, fault) != 0)
			return fault->status;
		at = stop == NULL ? end : stop + 1;
	}
	return 0;
}

int plan_words(struct arena *arena, const char *words, struct conversion *conversion, bool *zoned,
	struct fault *fault)
{
	struct plan_line line = { .origin = "a conversion", .text = words };
	struct parser parser = { .arena = arena, .line = &line, .next = skip_blanks(words) };

	if (!read_type(&parser) || !read_policies(&parser))
		return fail(&parser, &line, fault);
	*conversion = line.conversion;
	*zoned = line.zoned;
	return 0;
}

/* --- matches ---------------------------------------------------------------------------------- */

static bool matches(const struct plan_name *name, const char *text, uint32_t hash)
{
	if (name->pattern)
		return pattern_match(name->text, text);
	if (name->hash != hash)
		return false;
	return (name->quoted ? strcmp(name->text, text) : name_compare(name->text, text)) == 0;
}

/* Most of a large plan is about other tables. */
static int gather(struct plan *plan, const char *table, struct fault *fault)
{
	const uint32_t hash = hash_name(table);

	if (plan->near_table != NULL && strcmp(plan->near_table, table) == 0)
		return 0;
	plan->near_count = 0;
	plan->near_table = arena_text(plan->arena, table);
	if (plan->near == NULL && plan->count > 0)
		plan->near = arena_array(plan->arena, plan->room, sizeof(*plan->near));
	if (plan->near_table == NULL || (plan->near == NULL && plan->count > 0))
		return fault_memory(fault);
	for (size_t i = 0; i < plan->count; i++)
		if (matches(&plan->lines[i].table, table, hash))
			plan->near[plan->near_count++] = &plan->lines[i];
	return 0;
}

static void obey(struct plan_line *line, struct plan_orders *orders)
{
	line->used = true;
	orders->skip = line->skip;
	if (line->typed)
		orders->type = line;
	if (line->to_schema != NULL)
		orders->schema = line;
	if (line->to_table != NULL)
		orders->table = line;
	if (line->to_column != NULL)
		orders->column = line;
}

int plan_table(struct plan *plan, const char *table, struct plan_orders *orders,
	struct fault *fault)
{
	*orders = (struct plan_orders){ 0 };
	if (gather(plan, table, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < plan->near_count; i++)
		if (plan->near[i]->column.text == NULL)
			obey(plan->near[i], orders);
	return 0;
}

int plan_column(struct plan *plan, const char *table, const char *column,
	struct plan_orders *orders, struct fault *fault)
{
	const uint32_t hash = hash_name(column);

	*orders = (struct plan_orders){ 0 };
	if (gather(plan, table, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < plan->near_count; i++) {
		struct plan_line *line = plan->near[i];

		if (line->column.text != NULL && matches(&line->column, column, hash))
			obey(line, orders);
	}
	return 0;
}
