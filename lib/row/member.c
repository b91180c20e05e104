#include "row/member.h"

#include <string.h>
#include <strings.h>

static const char digits[] = "0123456789";
static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

enum { STEPS = 20, LONGEST = 60 };

struct path {
	size_t count;
	bool places; /* [0] */
	char text[STEPS * (LONGEST + 1)];
};

/* PostgreSQL takes digits for a place in an array, and null for no key at all. */
static bool is_key(const char *name, size_t size)
{
	return size > 0 && size <= LONGEST && strspn(name, digits) < size &&
		!(size == 4 && strncasecmp(name, "null", 4) == 0);
}

static bool add_step(struct path *path, const char *name, size_t size)
{
	if (path->count == STEPS)
		return false;
	if (path->count++ > 0)
		strcat(path->text, ",");
	strncat(path->text, name, size);
	return true;
}

/* "$.a.b[0]" as "a,b,0"; false when it is more than keys and places. */
static bool read_path(struct path *path, const char *text)
{
	if (*text++ != '$')
		return false;
	while (*text != '\0') {
		bool place = *text == '[';
		size_t size = strspn(text + 1, place ? digits : letters);
		const char *name = text + 1;

		if (place ? size == 0 || size > 9 || name[size] != ']' :
			*text != '.' || !is_key(name, size))
			return false;
		if (!add_step(path, name, size))
			return false;
		path->places |= place;
		text = name + size + place;
	}
	return path->count > 0;
}

static bool read_label(struct path *path, const char *text)
{
	size_t size = strspn(text, letters);

	return text[size] == '\0' && is_key(text, size) && add_step(path, text, size);
}

/* A place may be a key in PostgreSQL: an index has what it finds, a condition does not. */
static bool is_used_well(const struct translation *t, const struct path *path)
{
	return t->use == USE_INDEX || t->use == USE_UNIQUE ||
		(!path->places && (t->use == USE_CHECK || t->use == USE_WHERE));
}

bool member_take(struct translation *t, const struct piece *json, const struct piece *from,
	bool label, struct piece *to)
{
	struct path path = { 0 };

	if (json->kind != PIECE_JSON)
		return piece_refuse(t, "takes a value out of %s", piece_noun(json));
	if (from->kind != PIECE_CONSTANT || from->value.kind != CONSTANT_TEXT ||
		!(label && *from->value.data != '$' ? read_label(&path, from->value.data) :
		read_path(&path, from->value.data)) || !is_used_well(t, &path))
		return piece_refuse(t, "has a JSON path that is not plain");
	if (path.count == 1 && !path.places)
		return piece_make(t, to, PIECE_MEMBER, LEVEL_OTHER, "%s ->> '%s'",
			piece_at(t, json, LEVEL_ATOM), path.text);
	return piece_make(t, to, PIECE_MEMBER, LEVEL_OTHER, "%s #>> '{%s}'",
		piece_at(t, json, LEVEL_ATOM), path.text);
}
