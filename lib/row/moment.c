#include "row/moment.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "row/literal.h"

enum moment_form {
	MOMENT_DAY,
	MOMENT_TIME,
	MOMENT_STAMP,
	MOMENT_SECONDS, /* since 1970, as text */
	MOMENT_TEXT     /* any other spelling */
};

struct moment {
	const char *base; /* SQL: the time in UTC, without zone */
	bool exact;       /* base is now() itself */
	bool fraction;    /* 'subsec' */
	bool zulu;        /* says that it is UTC */
	enum moment_form form;
	const char *unit;     /* what it is cut to, for date_trunc() */
	const char *template; /* for to_char() */
};

bool moment_is(const char *name)
{
	static const char *const names[] = {
		"CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "date", "time", "datetime",
		"strftime", "unixepoch", "julianday",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

/* "+7 days" and its like, without months and years, whose ends SQLite carries over. */
static bool add_interval(struct translation *t, struct moment *moment, const char *text)
{
	static const char *const units[] = { "day", "hour", "minute", "second" };
	char *end;
	long number = strtol(text, &end, 10);
	const char *unit = end + strspn(end, " ");
	size_t size = strlen(unit);

	if (end == text || labs(number) > 1000000 || unit == end)
		return false;
	if (size > 1 && (unit[size - 1] | 0x20) == 's')
		size--;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i]) == size && strncasecmp(unit, units[i], size) == 0) {
			moment->exact = false;
			moment->base = arena_format(t->arena, "%s %c interval '%ld %s'",
				moment->base, number < 0 ? '-' : '+', labs(number), units[i]);
			return moment->base != NULL;
		}
	return false;
}

static bool cut(struct translation *t, struct moment *moment, const char *unit)
{
	moment->exact = false;
	moment->base = arena_format(t->arena, "date_trunc('%s', %s)", unit, moment->base);
	return moment->base != NULL;
}

static bool modify(struct translation *t, struct moment *moment, const struct piece *piece)
{
	const char *text = piece->value.data;

	if (piece->kind != PIECE_CONSTANT || piece->value.kind != CONSTANT_TEXT)
		return piece_refuse(t, "has a time modifier that is no plain text");
	if (strcasecmp(text, "subsec") == 0 || strcasecmp(text, "subsecond") == 0)
		return moment->fraction = true;
	if (strcasecmp(text, "localtime") == 0 || strcasecmp(text, "utc") == 0)
		return piece_refuse(t, "has the modifier '%s', which is up to the machine's zone",
			text);
	if (strcasecmp(text, "start of day") == 0)
		return cut(t, moment, "day");
	if (strcasecmp(text, "start of month") == 0)
		return cut(t, moment, "month");
	if (strcasecmp(text, "start of year") == 0)
		return cut(t, moment, "year");
	return add_interval(t, moment, text) ||
		piece_refuse(t, "has the time modifier '%.40s', which is not known", text);
}

/* The text of another time is cut to what that shows of it. */
static bool begin_with(struct translation *t, struct moment *moment, const struct moment *other)
{
	if (other->form != MOMENT_STAMP && other->form != MOMENT_DAY)
		return false;
	moment->base = other->base;
	return cut(t, moment, other->unit);
}

/* 'now', or another time of this kind, and what modifies it; nothing at all means 'now', too. */
static bool read_items(struct translation *t, struct moment *moment, const struct piece *items,
	size_t count)
{
	moment->base = "now() AT TIME ZONE 'UTC'";
	moment->exact = true;
	if (count == 0)
		return true;
	if (items[0].kind == PIECE_MOMENT ? !begin_with(t, moment, items[0].moment) :
		items[0].kind != PIECE_CONSTANT || items[0].value.kind != CONSTANT_TEXT ||
		strcasecmp(items[0].value.data, "now") != 0)
		return piece_refuse(t, "computes a time from something else than 'now'");
	for (size_t i = 1; i < count; i++)
		if (!modify(t, moment, &items[i]))
			return false;
	return true;
}

/* What strftime() writes, as to_char() does. */
struct code {
	char letter;
	const char *template;
};

static const struct code codes[] = {
	{ 'Y', "YYYY" }, { 'm', "MM" }, { 'd', "DD" }, { 'j', "DDD" }, { 'H', "HH24" },
	{ 'M', "MI" }, { 'S', "SS" }, { 'f', "SS.MS" }, { 'F', "YYYY-MM-DD" },
	{ 'T', "HH24:MI:SS" }, { 'R', "HH24:MI" },
};

static const struct code *find_code(char letter)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].letter == letter)
			return &codes[i];
	return NULL;
}

/* A character that to_char() copies; in quotes unless it is never taken for a pattern. */
static bool put_character(struct bytes *to, char c)
{
	if (c == '"' || c == '\\')
		return false;
	if (strchr("-+:./ ,0123456789", c) != NULL) {
		bytes_add_byte(to, (uint8_t)c);
		return true;
	}
	if (to->size > 0 && to->data[to->size - 1] == '"')
		to->size--;
	else
		bytes_add_byte(to, '"');
	bytes_add_byte(to, (uint8_t)c);
	bytes_add_byte(to, '"');
	return true;
}

/* False: there is a code in it that is not known, or two that would melt into one. */
static bool write_template(struct bytes *to, const char *format)
{
	for (; *format != '\0'; format++) {
		const struct code *code;

		if (*format != '%' || *++format == '%') {
			if (!put_character(to, *format))
				return false;
			continue;
		}
		code = find_code(*format);
		if (code == NULL)
			return false;
		if (to->size > 0 && to->data[to->size - 1] == (uint8_t)code->template[0])
			return false;
		bytes_add_text(to, code->template);
	}
	bytes_add_byte(to, '\0');
	return !to->failed;
}

static bool drop_end(char *template, const char *end)
{
	size_t size = strlen(template), tail = strlen(end);

	if (size <= tail || strcmp(template + size - tail, end) != 0)
		return false;
	template[size - tail] = '\0';
	return true;
}

static void find_form(struct moment *moment)
{
	static const struct {
		const char *template;
		enum moment_form form;
		const char *unit;
	} forms[] = {
		{ "YYYY-MM-DD", MOMENT_DAY, "day" },
		{ "HH24:MI", MOMENT_TIME, "minute" },
		{ "HH24:MI:SS", MOMENT_TIME, "second" },
		{ "HH24:MI:SS.MS", MOMENT_TIME, "milliseconds" },
		{ "YYYY-MM-DD HH24:MI", MOMENT_STAMP, "minute" },
		{ "YYYY-MM-DD HH24:MI:SS", MOMENT_STAMP, "second" },
		{ "YYYY-MM-DD HH24:MI:SS.MS", MOMENT_STAMP, "milliseconds" },
		{ "YYYY-MM-DD\"T\"HH24:MI", MOMENT_STAMP, "minute" },
		{ "YYYY-MM-DD\"T\"HH24:MI:SS", MOMENT_STAMP, "second" },
		{ "YYYY-MM-DD\"T\"HH24:MI:SS.MS", MOMENT_STAMP, "milliseconds" },
	};
	char plain[48];

	moment->form = MOMENT_TEXT;
	if (strlen(moment->template) >= sizeof(plain))
		return;
	memcpy(plain, moment->template, strlen(moment->template) + 1);
	moment->zulu = drop_end(plain, "\"Z\"") || drop_end(plain, "+00:00");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(plain, forms[i].template) == 0 &&
			(!moment->zulu || forms[i].form == MOMENT_STAMP)) {
			moment->form = forms[i].form;
			moment->unit = forms[i].unit;
		}
}

static bool use_format(struct translation *t, struct moment *moment, const char *format)
{
	struct bytes template = { 0 };
	bool written;

	if (strcmp(format, "%s") == 0) {
		moment->form = MOMENT_SECONDS;
		return true;
	}
	written = write_template(&template, format);
	if (written)
		moment->template = arena_text(t->arena, (const char *)template.data);
	bytes_close(&template);
	if (!written || moment->template == NULL)
		return piece_refuse(t, "has the time format '%.40s', which is not known", format);
	find_form(moment);
	return true;
}

static bool is_name(const char *name, const char *one, const char *other)
{
	return strcasecmp(name, one) == 0 || strcasecmp(name, other) == 0;
}

static const char *seconds_of(struct translation *t, const struct moment *moment)
{
	if (moment->exact)
		return "floor(extract(epoch FROM now()))::bigint";
	return arena_format(t->arena, "floor(extract(epoch FROM %s))::bigint", moment->base);
}

static bool make_unixepoch(struct translation *t, const struct moment *moment, struct piece *to)
{
	if (moment->fraction)
		return piece_refuse(t, "has unixepoch() with a fraction");
	if (!piece_make(t, to, PIECE_INTEGER, LEVEL_ATOM, "%s", seconds_of(t, moment)))
		return false;
	to->width = 8;
	to->bound = 1e15;
	return true;
}

/* SQLite has milliseconds since Julian day 0, and divides those. */
static bool make_julianday(struct translation *t, const struct moment *moment, struct piece *to)
{
	return piece_make(t, to, PIECE_REAL, LEVEL_PRODUCT,
		"(floor(extract(epoch FROM %s) * 1000)::float8 + 210866760000000) / 86400000",
		moment->exact ? "now()" : moment->base);
}

bool moment_call(struct translation *t, const char *name, const struct piece *items, size_t count,
	struct piece *to)
{
	struct moment *moment = arena_alloc(t->arena, sizeof(*moment));
	const char *format = NULL;

	if (moment == NULL)
		return piece_refuse(t, "out of memory");
	if (t->use != USE_DEFAULT)
		return piece_refuse(t, "computes a time with %s()", name);
	if (strcasecmp(name, "strftime") == 0) {
		if (count == 0 || items[0].kind != PIECE_CONSTANT ||
			items[0].value.kind != CONSTANT_TEXT)
			return piece_refuse(t, "has a time format that is no plain text");
		format = items->value.data;
		items++;
		count--;
	}
	if (!read_items(t, moment, items, count))
		return false;
	if (strcasecmp(name, "unixepoch") == 0)
		return make_unixepoch(t, moment, to);
	if (strcasecmp(name, "julianday") == 0)
		return make_julianday(t, moment, to);
	if (is_name(name, "date", "CURRENT_DATE"))
		format = "%Y-%m-%d";
	else if (is_name(name, "time", "CURRENT_TIME"))
		format = moment->fraction ? "%H:%M:%f" : "%H:%M:%S";
	else if (format == NULL)
		format = moment->fraction ? "%Y-%m-%d %H:%M:%f" : "%Y-%m-%d %H:%M:%S";
	*to = (struct piece){ .kind = PIECE_MOMENT, .level = LEVEL_ATOM, .moment = moment };
	return use_format(t, moment, format);
}

bool moment_to_integer(struct translation *t, struct piece *piece)
{
	const struct moment *moment = piece->moment;

	if (moment->form != MOMENT_SECONDS)
		return piece_refuse(t, "computes with the text of a time");
	if (!piece_make(t, piece, PIECE_INTEGER, LEVEL_ATOM, "%s", seconds_of(t, moment)))
		return false;
	piece->width = 8;
	piece->bound = 1e15;
	return true;
}

bool moment_to_text(struct translation *t, struct piece *piece)
{
	const struct moment *moment = piece->moment;
	const char *why = NULL, *template;

	if (moment->form == MOMENT_SECONDS)
		return piece_make(t, piece, PIECE_TEXT, LEVEL_ATOM, "%s::text",
			seconds_of(t, moment));
	template = literal_string(t->arena, moment->template, strlen(moment->template), &why);
	if (template == NULL)
		return piece_refuse(t, "%s", why != NULL ? why : "out of memory");
	return piece_make(t, piece, PIECE_TEXT, LEVEL_ATOM, "to_char(%s, %s)", moment->base,
		template);
}

static bool to_zoned(struct translation *t, const struct moment *moment, struct piece *piece)
{
	if (moment->exact && moment->form == MOMENT_STAMP)
		return piece_make(t, piece, PIECE_OTHER, LEVEL_ATOM, "date_trunc('%s', now())",
			moment->unit);
	return piece_make(t, piece, PIECE_OTHER, LEVEL_SUM,
		"date_trunc('%s', %s) AT TIME ZONE 'UTC'", moment->unit, moment->base);
}

bool moment_typed(struct translation *t, const struct type *type, struct piece *piece)
{
	const struct moment *moment = piece->moment;
	bool stamp = moment->form == MOMENT_STAMP || moment->form == MOMENT_DAY;

	if (type->kind == TYPE_TIMESTAMPTZ && stamp)
		return to_zoned(t, moment, piece);
	if (type->kind == TYPE_TIMESTAMP && stamp && !moment->zulu)
		return piece_make(t, piece, PIECE_OTHER, LEVEL_ATOM, "date_trunc('%s', %s)",
			moment->unit, moment->base);
	if (type->kind == TYPE_DATE && moment->form == MOMENT_DAY)
		return piece_make(t, piece, PIECE_DATE, LEVEL_ATOM, "(%s)::date", moment->base);
	if (type->kind == TYPE_TIME && moment->form == MOMENT_TIME)
		return piece_make(t, piece, PIECE_OTHER, LEVEL_ATOM, "date_trunc('%s', %s)::time",
			moment->unit, moment->base);
	return piece_refuse(t, "is %s that does not fit the column's type",
		moment->form == MOMENT_DAY ? "a date" : moment->form == MOMENT_TIME ? "a time" :
		moment->form == MOMENT_STAMP ? "a date with time" : "the text of a time");
}
