#include "base/utf8.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS  UINT64_C(0x0101010101010101)

static inline uint64_t load(const uint8_t *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	return word;
}

/* Up to seven bytes; where two words meet they are looked at twice. */
static inline bool short_ascii(const uint8_t *data, size_t size)
{
	uint32_t head, tail;

	if (size >= 4) {
		memcpy(&head, data, sizeof(head));
		memcpy(&tail, data + size - sizeof(tail), sizeof(tail));
		return ((head | tail) & (uint32_t)HIGH_BITS) == 0;
	}
	return size == 0 || (data[0] | data[size / 2] | data[size - 1]) < 0x80;
}

/* How many bytes are certainly ASCII: all, or up to somewhere before the first that is not. */
static inline size_t skip_ascii(const uint8_t *data, size_t size)
{
	size_t i = 0;

	if (size < 8)
		return short_ascii(data, size) ? size : 0;
	for (; size - i >= 32; i += 32)
		if ((load(data + i) | load(data + i + 8) | load(data + i + 16) |
		     load(data + i + 24)) & HIGH_BITS)
			break;
	for (; size - i >= 8; i += 8)
		if (load(data + i) & HIGH_BITS)
			return i;
	return load(data + size - 8) & HIGH_BITS ? i : size;
}

/*
 * The size of the sequence at its start, which is no ASCII; 0 when it is ill-formed.  Four bytes as
 * one little-endian word: the first byte is the lowest, and what lies behind the end is zero.
 */
static inline size_t sequence(const uint8_t *at, size_t left)
{
	uint32_t word = 0;

	if (left >= 4)
		memcpy(&word, at, 4);
	else
		memcpy(&word, at, left);
	if ((word & 0xc0e0) == 0x80c0)
		return (word & 0x1e) != 0 ? 2 : 0;
	if ((word & 0xc0c0f0) == 0x8080e0)
		return (word & 0x200f) != 0 && (word & 0x200f) != 0x200d ? 3 : 0;
	if ((word & 0xc0c0c0f8) != 0x808080f0 || (word & 0x3007) == 0)
		return 0;
	return (word & 7) < 4 || (word & 0x3007) == 4 ? 4 : 0;
}

static bool valid_from(const uint8_t *data, size_t size, size_t i)
{
	while (i < size) {
		size_t step = 1;

		if (data[i] >= 0x80)
			step = sequence(data + i, size - i);
		else if (size - i >= 8 && !(load(data + i) & HIGH_BITS))
			step = skip_ascii(data + i, size - i);
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}

bool utf8_valid(const uint8_t *data, size_t size)
{
	size_t i = skip_ascii(data, size);

	return i == size || valid_from(data, size, i);
}

bool utf8_valid_nul(const uint8_t *data, size_t size, bool *nul)
{
	if (!utf8_valid(data, size))
		return false;
	*nul = size > 0 && memchr(data, '\0', size) != NULL;
	return true;
}

size_t utf8_characters(const uint8_t *data, size_t size)
{
	size_t characters = size, i = 0;

	for (; size - i >= 8; i += 8) {
		uint64_t word = load(data + i);
		uint64_t inner = word >> 7 & ~word >> 6 & LOW_BITS;

		characters -= inner * LOW_BITS >> 56;
	}
	for (; i < size; i++)
		characters -= (data[i] & 0xc0) == 0x80;
	return characters;
}

static inline uint32_t unit(const uint8_t *at, bool big_endian)
{
	return big_endian ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

uint8_t *utf8_put(uint8_t *to, uint32_t code)
{
	if (code < 0x80) {
		*to++ = (uint8_t)code;
		return to;
	}
	if (code < 0x800) {
		*to++ = (uint8_t)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*to++ = (uint8_t)(0xe0 | code >> 12);
		} else {
			*to++ = (uint8_t)(0xf0 | code >> 18);
			*to++ = (uint8_t)(0x80 | (code >> 12 & 0x3f));
		}
		*to++ = (uint8_t)(0x80 | (code >> 6 & 0x3f));
	}
	*to++ = (uint8_t)(0x80 | (code & 0x3f));
	return to;
}

/* One character; how many bytes it took, 0 when it is half a pair. */
static inline size_t take(const uint8_t *at, size_t left, bool big_endian, uint32_t *code)
{
	uint32_t low;

	*code = unit(at, big_endian);
	if (*code < 0xd800 || *code > 0xdfff)
		return 2;
	if (*code > 0xdbff || left < 4)
		return 0;
	low = unit(at + 2, big_endian);
	if (low < 0xdc00 || low > 0xdfff)
		return 0;
	*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	return 4;
}

/* Four units at once while they are ASCII; where it stopped. */
static inline size_t copy_ascii(uint8_t *to, const uint8_t *data, size_t size, bool big_endian)
{
	const uint64_t low = UINT64_C(0x007f007f007f007f), wide = big_endian ? ~(low << 8) : ~low;
	const size_t odd = big_endian;
	size_t i = 0;

	for (; size - i >= 8 && !(load(data + i) & wide); i += 8)
		for (size_t k = 0; k < 4; k++)
			to[i / 2 + k] = data[i + 2 * k + odd];
	return i;
}

bool utf8_from_utf16(struct bytes *out, const uint8_t *data, size_t size, bool big_endian)
{
	enum { BLOCK = 64 * 1024 }; /* so that room is taken as it is filled */
	size_t before = out->size, i = 0, step = size % 2 == 0;
	uint32_t code;

	while (step != 0 && i < size) {
		size_t block = size - i < BLOCK ? size : i + BLOCK;
		uint8_t *to;

		if (!bytes_reserve(out, (block - i) / 2 * 3 + 1))
			return true;
		to = out->data + out->size;
		while (step != 0 && i < block) {
			size_t ascii = copy_ascii(to, data + i, block - i, big_endian);

			to += ascii / 2;
			i += ascii;
			if (i == block)
				break;
			step = take(data + i, size - i, big_endian, &code);
			if (step != 0)
				to = utf8_put(to, code);
			i += step;
		}
		out->size = (size_t)(to - out->data);
	}
	if (step == 0)
		out->size = before;
	return step != 0;
}
