#include "row/array.h"

#include "base/json.h"

struct walk {
	struct bytes *out;
	const uint8_t *next, *end;
	size_t depth;                    /* open arrays */
	size_t leaves;                   /* how deep scalars stand; 0: none was met */
	size_t counts[ARRAY_DEPTH_MOST]; /* items of the open arrays */
	size_t sizes[ARRAY_DEPTH_MOST];  /* ... of those that were closed; 0: none was */
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool open_array(struct walk *walk)
{
	if (walk->depth == ARRAY_DEPTH_MOST || (walk->leaves > 0 && walk->depth >= walk->leaves))
		return false;
	if (walk->depth > 0)
		walk->counts[walk->depth - 1]++;
	walk->counts[walk->depth++] = 0;
	bytes_add_byte(walk->out, '{');
	walk->next++;
	return true;
}

/* All arrays of a depth have as many items, and only the outermost may have none. */
static bool close_array(struct walk *walk)
{
	const size_t place = --walk->depth, count = walk->counts[place];

	if ((count == 0 && place > 0) || (walk->sizes[place] > 0 && walk->sizes[place] != count))
		return false;
	walk->sizes[place] = count;
	bytes_add_byte(walk->out, '}');
	walk->next++;
	return true;
}

/* Quoted always: NULL, blanks and the empty text would mean something else without. */
static void add_string(struct walk *walk)
{
	const uint8_t *start = walk->next + 1, *stop = start, *text;
	struct bytes *out = walk->out;
	size_t size;

	while (*stop != '"')
		stop += *stop == '\\' ? 2 : 1;
	walk->next = stop + 1;
	size = (size_t)(stop - start);
	/* What it says is put behind the room that it needs with all of it escaped. */
	if (!bytes_reserve(out, 3 * size + 2))
		return;
	text = out->data + out->size + 2 * size + 2;
	size = json_unescape(start, stop, out->data + out->size + 2 * size + 2);
	out->data[out->size++] = '"';
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '"' || text[i] == '\\')
			out->data[out->size++] = '\\';
		out->data[out->size++] = text[i];
	}
	out->data[out->size++] = '"';
}

static void add_word(struct walk *walk)
{
	const uint8_t *start = walk->next;

	while (walk->next < walk->end && *walk->next != ',' && *walk->next != ']' &&
	       !is_blank(*walk->next))
		walk->next++;
	if (*start == 'n')
		bytes_add_text(walk->out, "NULL");
	else
		bytes_add(walk->out, start, (size_t)(walk->next - start));
}

static bool add_scalar(struct walk *walk)
{
	if (walk->depth == 0 || *walk->next == '{' ||
		(walk->leaves > 0 && walk->leaves != walk->depth))
		return false;
	walk->leaves = walk->depth;
	walk->counts[walk->depth - 1]++;
	if (*walk->next == '"')
		add_string(walk);
	else
		add_word(walk);
	return true;
}

static bool step(struct walk *walk)
{
	const uint8_t c = *walk->next;

	if (c == '[')
		return open_array(walk);
	if (c == ']')
		return close_array(walk);
	if (c != ',' && !is_blank(c))
		return add_scalar(walk);
	if (c == ',')
		bytes_add_byte(walk->out, ',');
	walk->next++;
	return true;
}

bool array_from_json(struct bytes *out, const uint8_t *text, size_t size)
{
	struct walk walk = { .out = out, .next = text, .end = text + size };
	const size_t before = out->size;

	while (walk.next < walk.end) {
		if (step(&walk))
			continue;
		out->size = before;
		return false;
	}
	return true;
}
