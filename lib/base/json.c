#include "base/json.h"

#include <stdbool.h>

#include "base/hash.h"
#include "base/number.h"
#include "base/utf8.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS  UINT64_C(0x0101010101010101)

enum { SMALL_OBJECT = 24, IN_ARRAY = -1 };

/* Where a key stands in the text, without its quotes. */
struct key {
	uint32_t hash; /* of the unescaped key */
	uint32_t offset;
	uint32_t size;
	bool escaped;
};

struct json {
	const uint8_t *start;
	const uint8_t *next;
	const uint8_t *end;
	struct bytes *keys; /* of all open objects, the innermost last */
	bool doubled;
	bool escaped; /* the string just read has a backslash */
	uint64_t wide; /* any byte of a string is not ASCII */
	uint32_t depth;
	int32_t first[JSON_DEPTH_MOST]; /* an object's first key, or IN_ARRAY */
};

/* NUL, which is no JSON anywhere, at the end. */
static inline uint8_t peek(const struct json *json)
{
	return json->next < json->end ? *json->next : '\0';
}

static inline bool blank(uint8_t byte)
{
	return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static inline uint8_t skip_blanks(struct json *json)
{
	while (json->next < json->end && blank(*json->next))
		json->next++;
	return peek(json);
}

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int32_t json_code(const uint8_t *at, const uint8_t *end)
{
	int32_t code = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		if (hex(at[i]) < 0)
			return -1;
		code = code * 16 + hex(at[i]);
	}
	return code;
}

static bool read_unicode(struct json *json)
{
	int32_t code = json_code(json->next, json->end), low;

	if (code <= 0 || (code >= 0xdc00 && code <= 0xdfff))
		return false;
	json->next += 4;
	if (code < 0xd800 || code > 0xdfff)
		return true;
	if (json->end - json->next < 6 || json->next[0] != '\\' || json->next[1] != 'u')
		return false;
	low = json_code(json->next + 2, json->end);
	json->next += 6;
	return low >= 0xdc00 && low <= 0xdfff;
}

static bool read_escape(struct json *json)
{
	uint8_t c;

	json->next++;
	json->escaped = true;
	c = peek(json);
	json->next++;
	if (c == 'u')
		return read_unicode(json);
	return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
}

/* The high bit of each byte that ends plain text, exact up to the first: " \ and controls. */
static inline uint64_t find_special(uint64_t word)
{
	uint64_t quote = word ^ LOW_BITS * '"', slash = word ^ LOW_BITS * '\\';

	return ((word - LOW_BITS * 0x20) | ((quote - LOW_BITS) & ~quote) |
		((slash - LOW_BITS) & ~slash)) & ~word & HIGH_BITS;
}

/* Goes on to what ends plain text, or to the end of all. */
static inline void skip_plain(struct json *json)
{
	const uint8_t *at = json->next;

	while (json->end - at >= 8) {
		uint64_t word, special;

		memcpy(&word, at, sizeof(word));
		special = find_special(word);
		if (special != 0) {
			unsigned plain = (unsigned)__builtin_ctzll(special) & ~7u;

			json->wide |= word & ((UINT64_C(1) << plain) - 1);
			json->next = at + plain / 8;
			return;
		}
		json->wide |= word;
		at += 8;
	}
	for (; at < json->end && *at >= 0x20 && *at != '"' && *at != '\\'; at++)
		json->wide |= *at;
	json->next = at;
}

/* From the opening quote to behind the closing one. */
static bool read_string(struct json *json)
{
	json->next++;
	json->escaped = false;
	for (;;) {
		skip_plain(json);
		switch (peek(json)) {
		case '"':
			json->next++;
			return true;
		case '\\':
			if (!read_escape(json))
				return false;
			break;
		default:
			return false;
		}
	}
}

static inline bool skip_digits(struct json *json)
{
	const uint8_t *from = json->next;

	while (json->next < json->end && *json->next >= '0' && *json->next <= '9')
		json->next++;
	return json->next > from;
}

/* Only an exponent, or more digits than anybody writes, can pass numeric's limits. */
static bool numeric_takes(const uint8_t *from, const uint8_t *to, bool exponent)
{
	const size_t size = (size_t)(to - from);
	struct digits digits;

	if (!exponent && size < NUMBER_FRACTION_MOST)
		return true;
	return number_look((const char *)from, size, &digits) != NUMBER_NOT;
}

static bool read_number(struct json *json)
{
	const uint8_t *from = json->next;
	bool exponent;

	json->next += *from == '-';
	if (peek(json) == '0')
		json->next++;
	else if (!skip_digits(json))
		return false;
	if (peek(json) == '.') {
		json->next++;
		if (!skip_digits(json))
			return false;
	}
	exponent = (peek(json) | 0x20) == 'e';
	if (exponent) {
		json->next++;
		json->next += peek(json) == '+' || peek(json) == '-';
		if (!skip_digits(json))
			return false;
	}
	return numeric_takes(from, json->next, exponent);
}

static bool read_word(struct json *json, const char *word)
{
	const size_t size = strlen(word);

	if ((size_t)(json->end - json->next) < size || memcmp(json->next, word, size) != 0)
		return false;
	json->next += size;
	return true;
}

static bool read_scalar(struct json *json, uint8_t c)
{
	switch (c) {
	case '"':
		return read_string(json);
	case 't':
		return read_word(json, "true");
	case 'f':
		return read_word(json, "false");
	case 'n':
		return read_word(json, "null");
	default:
		return (c == '-' || (c >= '0' && c <= '9')) && read_number(json);
	}
}

/* One escape of a string that was read before, from its backslash on. */
static const uint8_t *unescape(const uint8_t *at, uint8_t **to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	uint32_t code;

	if (at[1] != 'u') {
		*(*to)++ = (uint8_t)into[strchr(from, at[1]) - from];
		return at + 2;
	}
	code = (uint32_t)json_code(at + 2, at + 6);
	at += 6;
	if (code >= 0xd800 && code <= 0xdfff) {
		code = 0x10000 + ((code - 0xd800) << 10) +
			((uint32_t)json_code(at + 2, at + 6) - 0xdc00);
		at += 6;
	}
	*to = utf8_put(*to, code);
	return at;
}

size_t json_unescape(const uint8_t *from, const uint8_t *end, uint8_t *to)
{
	uint8_t *start = to;

	while (from < end) {
		if (*from == '\\')
			from = unescape(from, &to);
		else
			*to++ = *from++;
	}
	return (size_t)(to - start);
}

/* What a key says; in room, which is as large as the key, when it has escapes. */
static const uint8_t *key_text(const struct json *json, const struct key *key, uint8_t *room,
	size_t *size)
{
	const uint8_t *at = json->start + key->offset;

	*size = key->size;
	if (!key->escaped)
		return at;
	*size = json_unescape(at, at + key->size, room);
	return room;
}

static inline struct key *keys_of(const struct json *json)
{
	return (struct key *)(void *)json->keys->data;
}

static inline size_t key_count(const struct json *json)
{
	return json->keys->size / sizeof(struct key);
}

static bool add_key(struct json *json, const uint8_t *from, const uint8_t *to)
{
	struct key key = {
		.offset = (uint32_t)(from - json->start),
		.size = (uint32_t)(to - from),
		.escaped = json->escaped
	};
	const uint8_t *text;
	size_t size;

	if (!bytes_reserve(json->keys, sizeof(key) + (key.escaped ? key.size : 0)))
		return false;
	text = key_text(json, &key, json->keys->data + json->keys->size, &size);
	key.hash = (uint32_t)hash_64(text, size, 0);
	bytes_add(json->keys, &key, sizeof(key));
	return true;
}

/* Orders by hash, and by what the keys say where that is the same. */
static int compare(const struct json *json, const struct key *one, const struct key *other)
{
	const uint8_t *text[2];
	uint8_t *room = json->keys->data + json->keys->size;
	size_t size[2];
	int order;

	if (one->hash != other->hash)
		return one->hash < other->hash ? -1 : 1;
	text[0] = key_text(json, one, room, &size[0]);
	text[1] = key_text(json, other, room + (one->escaped ? one->size : 0), &size[1]);
	order = memcmp(text[0], text[1], size[0] < size[1] ? size[0] : size[1]);
	return order != 0 ? order : (size[0] > size[1]) - (size[0] < size[1]);
}

static void sink(const struct json *json, struct key *keys, size_t at, size_t count)
{
	struct key moved = keys[at];

	for (size_t child = at * 2 + 1; child < count; child = at * 2 + 1) {
		if (child + 1 < count && compare(json, &keys[child], &keys[child + 1]) < 0)
			child++;
		if (compare(json, &moved, &keys[child]) >= 0)
			break;
		keys[at] = keys[child];
		at = child;
	}
	keys[at] = moved;
}

/* A heap: in place, and no worse for keys that somebody chose with care. */
static void sort(const struct json *json, struct key *keys, size_t count)
{
	for (size_t i = count / 2; i > 0; i--)
		sink(json, keys, i - 1, count);
	for (size_t i = count - 1; i > 0; i--) {
		struct key last = keys[i];

		keys[i] = keys[0];
		keys[0] = last;
		sink(json, keys, 0, i);
	}
}

static bool any_equal(const struct json *json, struct key *keys, size_t count)
{
	if (count > SMALL_OBJECT) {
		sort(json, keys, count);
		for (size_t i = 1; i < count; i++)
			if (compare(json, &keys[i - 1], &keys[i]) == 0)
				return true;
		return false;
	}
	for (size_t i = 1; i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (keys[i].hash == keys[k].hash && compare(json, &keys[i], &keys[k]) == 0)
				return true;
	return false;
}

/* Whether a key stands twice among the last; compare unescapes two of them behind all keys. */
static bool look_for_equal(struct json *json, size_t first, size_t count)
{
	const struct key *keys = keys_of(json) + first;
	size_t longest = 0;

	for (size_t i = 0; i < count; i++)
		if (keys[i].escaped && keys[i].size > longest)
			longest = keys[i].size;
	if (!bytes_reserve(json->keys, 2 * longest))
		return false;
	json->doubled = any_equal(json, keys_of(json) + first, count);
	return true;
}

static bool close_object(struct json *json)
{
	const size_t first = (size_t)json->first[json->depth], count = key_count(json) - first;

	if (count > 1 && !look_for_equal(json, first, count))
		return false;
	json->keys->size = first * sizeof(struct key);
	return true;
}

/* A key and its colon; keys are of no more interest once one stood twice. */
static bool read_key(struct json *json)
{
	const uint8_t *from;

	if (skip_blanks(json) != '"')
		return false;
	from = json->next + 1;
	if (!read_string(json))
		return false;
	if (!json->doubled && !add_key(json, from, json->next - 1))
		return false;
	if (skip_blanks(json) != ':')
		return false;
	json->next++;
	return true;
}

static inline bool in_array(const struct json *json)
{
	return json->first[json->depth - 1] == IN_ARRAY;
}

static bool open_level(struct json *json, uint8_t bracket)
{
	if (json->depth == JSON_DEPTH_MOST)
		return false;
	json->next++;
	json->first[json->depth++] = bracket == '[' ? IN_ARRAY : (int32_t)key_count(json);
	return true;
}

static bool close_level(struct json *json)
{
	const bool array = in_array(json);

	json->next++;
	json->depth--;
	return array || json->doubled || close_object(json);
}

/* A value up to its first scalar or empty container; all others on the way stay open. */
static bool read_value(struct json *json)
{
	for (;;) {
		const uint8_t c = skip_blanks(json);

		if (c != '{' && c != '[')
			return read_scalar(json, c);
		if (!open_level(json, c))
			return false;
		if (skip_blanks(json) == c + 2) /* ASCII has ] and } two behind [ and { */
			return close_level(json);
		if (c == '{' && !read_key(json))
			return false;
	}
}

/* Closes what ends here, up to a comma or the end of all. */
static bool read_ends(struct json *json)
{
	while (json->depth > 0) {
		const bool array = in_array(json);
		const uint8_t c = skip_blanks(json);

		if (c == ',') {
			json->next++;
			return array || read_key(json);
		}
		if (c != (array ? ']' : '}') || !close_level(json))
			return false;
	}
	return true;
}

static bool read_all(struct json *json)
{
	do {
		if (!read_value(json) || !read_ends(json))
			return false;
	} while (json->depth > 0);
	skip_blanks(json);
	return json->next == json->end;
}

enum json_form json_look(const uint8_t *data, size_t size, struct bytes *scratch)
{
	struct json json;
	bool valid;

	if (size > JSON_SIZE_MOST)
		return JSON_NOT;
	json.start = data;
	json.next = data;
	json.end = data + size;
	json.keys = scratch;
	json.doubled = false;
	json.wide = 0;
	json.depth = 0;
	scratch->size = 0;
	valid = read_all(&json) && (!(json.wide & HIGH_BITS) || utf8_valid(data, size));
	scratch->size = 0;
	if (!valid)
		return JSON_NOT;
	return json.doubled ? JSON_DOUBLED : JSON_UNIQUE;
}

enum json_top json_top(const uint8_t *data, size_t size)
{
	size_t i = 0;

	while (i < size && blank(data[i]))
		i++;
	if (i == size || (data[i] != '{' && data[i] != '['))
		return JSON_SCALAR;
	return data[i] == '{' ? JSON_OBJECT : JSON_ARRAY;
}
