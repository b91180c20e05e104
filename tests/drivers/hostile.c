/*
 * hostile --list                    NAME and who has to see it, a line each
 * hostile NAME                      writes the stream, or the archive, to stdout
 * hostile --run MIB FILE COMMAND... runs COMMAND in MIB of address space (0: no limit), adds the
 *                                   most that it had resident, in KiB, to FILE, exits as it did
 *
 * Streams that somebody made to do harm: headers, checks and totals are right, what is in the
 * payload is not.  "all": every tool refuses it; "rows", "index": who looks at those; "check":
 * rows-check.
 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "forge.h"

enum { MIB = 1 << 20, MOST = 1 << 30 };

struct hostile {
	const char *name;
	const char *seen_by;
	void (*make)(struct forgery *to, const struct hostile *hostile);
	enum frame_kind kind;   /* of the frame that is changed: the first, of ROWS the nth */
	size_t nth;
	const char *from, *to;  /* its bytes: `from` is replaced with `to`; or all are `to` */
	size_t from_size, to_size;
	uint32_t number;        /* a length that is claimed, a count */
};

static struct piece *changed(struct forgery *to, const struct hostile *hostile)
{
	return &to->pieces[forge_find(to, hostile->kind, 0, hostile->nth)];
}

/* The table's end agrees with its ROWS frame, which got longer. */
static void adapt(struct forgery *to, const struct piece *piece, size_t before)
{
	struct piece *end = &to->pieces[forge_find(to, FRAME_TABLE_END, piece->frame.table, 0)];
	struct arena arena = { 0 };
	struct total total;

	forge_read(end, &arena, &record_total, &total);
	total.bytes += piece->raw.size - before;
	forge_say(end, &record_total, &total);
	arena_close(&arena);
}

static void seal(struct forgery *to, const struct hostile *hostile, size_t before)
{
	if (hostile->kind == FRAME_ROWS)
		adapt(to, changed(to, hostile), before);
	if (hostile->kind != FRAME_END && hostile->kind != FRAME_INDEX)
		forge_seal(to);
}

static void set_payload(struct forgery *to, const struct hostile *hostile)
{
	struct piece *piece = changed(to, hostile);
	size_t before = piece->raw.size;

	forge_set(piece, hostile->to, hostile->to_size);
	seal(to, hostile, before);
}

static void replace(struct forgery *to, const struct hostile *hostile)
{
	struct piece *piece = changed(to, hostile);
	struct bytes made = { 0 };
	size_t before = piece->raw.size, start;
	uint8_t *at = memmem(piece->raw.data, before, hostile->from, hostile->from_size);

	if (at == NULL)
		forge_die(hostile->name);
	start = (size_t)(at - piece->raw.data);
	bytes_add(&made, piece->raw.data, start);
	bytes_add(&made, hostile->to, hostile->to_size);
	bytes_add(&made, at + hostile->from_size, before - start - hostile->from_size);
	forge_set(piece, made.data, made.size);
	bytes_close(&made);
	seal(to, hostile, before);
}

/* 100,000 lists, or maps, in one another. */
static void set_deep(struct forgery *to, const struct hostile *hostile)
{
	struct piece *piece = changed(to, hostile);
	size_t before = piece->raw.size;

	bytes_clear(&piece->raw);
	for (int i = 0; i < 100000; i++)
		bytes_add(&piece->raw, hostile->to, hostile->to_size);
	seal(to, hostile, before);
}

/* A definition with so many columns: `to` each; over 16 MiB of it only as a compressed payload. */
static void set_columns(struct forgery *to, const struct hostile *hostile)
{
	struct piece *piece = changed(to, hostile);

	bytes_clear(&piece->raw);
	pack_map(&piece->raw, 4);
	pack_text(&piece->raw, "source");
	pack_text(&piece->raw, "people");
	pack_text(&piece->raw, "name");
	pack_text(&piece->raw, "people");
	pack_text(&piece->raw, "coverage");
	pack_text(&piece->raw, "whole");
	pack_text(&piece->raw, "columns");
	pack_array(&piece->raw, hostile->number);
	for (uint32_t i = 0; i < hostile->number; i++)
		bytes_add(&piece->raw, hostile->to, hostile->to_size);
	piece->frame.flags = FRAME_COMPRESSED;
	forge_seal(to);
}

/* A hundred indexes of `number` parts that say nothing: each a byte here, a struct in memory. */
static void set_terms(struct forgery *to, const struct hostile *hostile)
{
	struct piece *piece = changed(to, hostile);

	bytes_clear(&piece->raw);
	pack_map(&piece->raw, 4);
	pack_text(&piece->raw, "source");
	pack_text(&piece->raw, "people");
	pack_text(&piece->raw, "name");
	pack_text(&piece->raw, "people");
	pack_text(&piece->raw, "coverage");
	pack_text(&piece->raw, "whole");
	pack_text(&piece->raw, "indexes");
	pack_array(&piece->raw, 100);
	for (int i = 0; i < 100; i++) {
		pack_map(&piece->raw, 1);
		pack_text(&piece->raw, "terms");
		pack_array(&piece->raw, hostile->number);
		for (uint32_t j = 0; j < hostile->number; j++)
			bytes_add_byte(&piece->raw, 0x80);
	}
	piece->frame.flags = FRAME_COMPRESSED;
	forge_seal(to);
}

/* A header that claims more than there is; rows as in it. */
static void claim(struct forgery *to, const struct hostile *hostile)
{
	struct piece *piece = changed(to, hostile);

	piece->frame.length = hostile->number;
	piece->claims = true;
	if (hostile->to_size > 0)
		piece->frame.rows = (uint32_t)hostile->to[0];
	while (to->count > (size_t)(piece - to->pieces) + 1)
		forge_remove(to, to->count - 1);
}

/* The same, and the bytes are there. */
static void fill(struct forgery *to, const struct hostile *hostile)
{
	struct piece *piece = changed(to, hostile);
	size_t before = piece->raw.size;

	bytes_clear(&piece->raw);
	if (!bytes_reserve(&piece->raw, hostile->number))
		forge_die("memory");
	memset(piece->raw.data, 0xc0, hostile->number);
	piece->raw.size = hostile->number;
	seal(to, hostile, before);
}

/* What stands before the zstd frame: a claim of `raw` bytes, with the hash of that many zeros. */
static void pack_claim(struct bytes *to, uint32_t raw)
{
	struct bytes zeros = { 0 };
	uint8_t head[FRAME_PACKED];

	if (!bytes_reserve(&zeros, (size_t)raw + 1))
		forge_die("memory");
	memset(zeros.data, 0, raw);
	put_u32(head, raw);
	put_u64(head + 4, hash_64(zeros.data, raw, 0));
	bytes_add(to, head, sizeof(head));
	bytes_close(&zeros);
}

static void pack_zeros(struct bytes *to, size_t size)
{
	struct bytes zeros = { 0 };
	struct fault fault = { 0 };

	if (!bytes_reserve(&zeros, size + 1))
		forge_die("memory");
	memset(zeros.data, 0, size);
	forge_want(compress_pack(to, zeros.data, size, 3, &fault), &fault);
	bytes_close(&zeros);
}

/* A compressed payload: `from`, `nth` zeros, `to`; it claims to be of `number` zeros. */
static void set_packed(struct forgery *to, const struct hostile *hostile)
{
	struct piece *piece = &to->pieces[forge_find(to, hostile->kind, 0, 0)];

	bytes_clear(&piece->raw);
	pack_claim(&piece->raw, hostile->number);
	bytes_add(&piece->raw, hostile->from, hostile->from_size);
	if (hostile->nth > 0)
		pack_zeros(&piece->raw, hostile->nth);
	bytes_add(&piece->raw, hostile->to, hostile->to_size);
	piece->frame.flags = FRAME_COMPRESSED;
	piece->as_it_is = true;
}

/* Only the claim: `number` raw bytes, of a small zstd frame. */
static void claim_packed(struct forgery *to, const struct hostile *hostile)
{
	struct piece *piece = changed(to, hostile);

	bytes_clear(&piece->raw);
	pack_claim(&piece->raw, 0);
	put_u32(piece->raw.data, hostile->number);
	pack_zeros(&piece->raw, 1000);
	piece->frame.flags = FRAME_COMPRESSED;
	piece->as_it_is = true;
}

/* filtered + rejected go round at 2^64, and then extracted fits. */
static void go_round(struct forgery *to, const struct hostile *hostile)
{
	struct piece *piece = changed(to, hostile);
	struct arena arena = { 0 };
	struct total total;

	forge_read(piece, &arena, &record_total, &total);
	total.filtered = total.rejected = INT64_MAX;
	total.extracted = total.rows + total.filtered + total.rejected;
	forge_say(piece, &record_total, &total);
	forge_seal(to);
	arena_close(&arena);
}

#define SET(label, seen, how, KIND, bytes) \
	{ label, seen, how, .kind = KIND, .to = bytes, .to_size = sizeof(bytes) - 1 }

#define CLAIMS(label, KIND, seen) \
	SET(label ": 6 bytes claim 2^29 items", seen, set_payload, KIND, \
		"\x91\xdd\x1f\xff\xff\xff"), \
	SET(label ": a list of 2^32-1 items", seen, set_payload, KIND, "\xdd\xff\xff\xff\xff"), \
	SET(label ": a map of 2^31 pairs", seen, set_payload, KIND, "\xdf\x80\x00\x00\x00"), \
	SET(label ": a map of 2^32-1 pairs", seen, set_payload, KIND, \
		"\xdf\xff\xff\xff\xff\xa1v"), \
	SET(label ": a text of 4 GiB", seen, set_payload, KIND, "\x81\xdb\xff\xff\xff\xff"), \
	SET(label ": a byte that is no value", seen, set_payload, KIND, "\xc1"), \
	SET(label ": lists 100,000 deep", seen, set_deep, KIND, "\x91"), \
	SET(label ": maps 100,000 deep", seen, set_deep, KIND, "\x81")

#define REPLACE(label, seen, KIND, NTH, before, behind) \
	{ label, seen, replace, .kind = KIND, .nth = NTH, .from = before, \
		.from_size = sizeof(before) - 1, .to = behind, .to_size = sizeof(behind) - 1 }

#define PACKED(label, real, claimed, before, behind) \
	{ label, "all", set_packed, .kind = FRAME_ROWS, .nth = real, .number = claimed, \
		.from = before, .from_size = sizeof(before) - 1, .to = behind, \
		.to_size = sizeof(behind) - 1 }

#define CLAIM(label, KIND, length, rows) \
	{ label, "all", claim, .kind = KIND, .number = length, .to = rows, \
		.to_size = sizeof(rows) - 1 }

static const struct hostile all[] = {
	CLAIMS("HELLO", FRAME_HELLO, "all"),
	CLAIMS("TABLE", FRAME_TABLE, "all"),
	CLAIMS("OBJECT", FRAME_OBJECT, "all"),
	CLAIMS("ROWS", FRAME_ROWS, "rows"),
	CLAIMS("TABLE_END", FRAME_TABLE_END, "all"),
	CLAIMS("INDEX", FRAME_INDEX, "index"),
	CLAIMS("END", FRAME_END, "all"),

	{ "1,000,000 columns of a byte", "all", set_columns, .kind = FRAME_TABLE, .to = "\x80",
		.to_size = 1, .number = 1000000 },
	{ "700,000 columns", "all", set_columns, .kind = FRAME_TABLE, .to = "\x83\xa6source\xa0"
		"\xa4name\xa0\xa4type\xa0", .to_size = 22, .number = 700000 },
	{ "1,000,000 columns", "all", set_columns, .kind = FRAME_TABLE, .to = "\x83\xa6source\xa0"
		"\xa4name\xa0\xa4type\xa0", .to_size = 22, .number = 1000000 },
	{ "10,000,000 parts of indexes that say nothing", "all", set_terms, .kind = FRAME_TABLE,
		.number = 100000 },

	REPLACE("a count in 2 bytes", "all", FRAME_END, 0, "frames\x0d", "frames\xcc\x0d"),
	REPLACE("a count in 3 bytes", "all", FRAME_END, 0, "frames\x0d", "frames\xcd\x00\x0d"),
	REPLACE("a count in 9 bytes", "all", FRAME_END, 0, "frames\x0d",
		"frames\xcf\x00\x00\x00\x00\x00\x00\x00\x0d"),
	REPLACE("a signed form of a count", "all", FRAME_END, 0, "frames\x0d", "frames\xd0\x0d"),
	REPLACE("a count below 0", "all", FRAME_END, 0, "frames\x0d", "frames\xff"),
	REPLACE("a count of 2^63-1", "all", FRAME_END, 0, "frames\x0d",
		"frames\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
	REPLACE("a count of 2^64-1", "all", FRAME_END, 0, "frames\x0d",
		"frames\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
	REPLACE("a count that is a real", "all", FRAME_END, 0, "frames\x0d",
		"frames\xcb\x40\x2a\x00\x00\x00\x00\x00\x00"),
	REPLACE("rows of a table 2^63-1", "all", FRAME_END, 0, "rows\x05",
		"rows\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
	REPLACE("2^32-1 tables", "all", FRAME_END, 0, "tables\x93", "tables\xdd\xff\xff\xff\xff"),
	REPLACE("3 tables as 2^16", "all", FRAME_END, 0, "tables\x93",
		"tables\xdd\x00\x01\x00\x00"),
	REPLACE("a table number of 2^32", "all", FRAME_END, 0, "table\x01",
		"table\xcf\x00\x00\x00\x01\x00\x00\x00\x00"),
	REPLACE("a hash of 15 bytes", "all", FRAME_END, 0, "stream\xc4\x10R", "stream\xc4\x0f"),
	REPLACE("the offset of the index in its shortest form", "all", FRAME_END, 0,
		"index\xcf\x00\x00\x00\x00\x00\x00\x00\x00", "index\x00"),
	REPLACE("version 2^64-1", "all", FRAME_HELLO, 0, "version\x00",
		"version\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
	REPLACE("version 2^63-1", "all", FRAME_HELLO, 0, "version\x00",
		"version\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
	{ "totals that go round at 2^64", "all", go_round, .kind = FRAME_TABLE_END },

	REPLACE("a key twice", "all", FRAME_TABLE, 0, "\xa4name\xa6people", "\xa6source\xa6people"),
	REPLACE("keys out of order", "all", FRAME_OBJECT, 0, "\xa4kind\xa4view\xa4name\xa4seen",
		"\xa4name\xa4seen\xa4kind\xa4view"),
	REPLACE("a key that is a number", "all", FRAME_OBJECT, 0, "\xa3sql", "\x01"),
	REPLACE("a text that is nil", "all", FRAME_OBJECT, 0, "\xa3sql\xa9sample.db",
		"\xa3sql\xc0"),
	REPLACE("a text that is bytes", "all", FRAME_OBJECT, 0, "\xa3sql\xa9", "\xa3sql\xc4\x09"),
	REPLACE("a text in a longer form", "all", FRAME_OBJECT, 0, "\xa3sql\xa9",
		"\xa3sql\xd9\x09"),
	REPLACE("a map in a longer form", "all", FRAME_OBJECT, 0, "\x83\xa4kind",
		"\xde\x00\x03\xa4kind"),
	REPLACE("a key of 200 bytes", "all", FRAME_OBJECT, 0, "\xa3sql\xa9", "\xd9\xc8\xa9"),
	REPLACE("bad UTF-8 in a name", "all", FRAME_TABLE, 0, "\xa4name\xa6people",
		"\xa4name\xa6peo\xffle"),
	REPLACE("overlong UTF-8 in a name", "all", FRAME_TABLE, 0, "\xa4name\xa6people",
		"\xa4name\xa6peop\xc0\x80"),
	REPLACE("a surrogate in a name", "all", FRAME_TABLE, 0, "\xa4name\xa6people",
		"\xa4name\xa6peo\xed\xa0\x80"),
	REPLACE("a NUL in a name", "all", FRAME_TABLE, 0, "\xa4name\xa6people",
		"\xa4name\xa6peo\x00le"),
	REPLACE("bad UTF-8 in the name of an object", "all", FRAME_OBJECT, 0, "seen", "se\xff\xfe"),
	REPLACE("bad UTF-8 in a key", "all", FRAME_OBJECT, 0, "\xa3sql", "\xa3s\xffl"),

	REPLACE("bad UTF-8 in a cell", "rows", FRAME_ROWS, 2, "sample.db", "sample\xff""db"),
	REPLACE("half a character in a cell", "rows", FRAME_ROWS, 2, "sample.db", "sample.d\xc3"),
	REPLACE("an integer in 2 bytes", "rows", FRAME_ROWS, 0, "\x92\x01", "\x92\xcc\x01"),
	REPLACE("an integer in 9 bytes", "rows", FRAME_ROWS, 0, "\x92\x01",
		"\x92\xd3\x00\x00\x00\x00\x00\x00\x00\x01"),
	REPLACE("a negative integer in a longer form", "rows", FRAME_ROWS, 0,
		"\x92\xd2\xff\xfe\xee\x90", "\x92\xd3\xff\xff\xff\xff\xff\xfe\xee\x90"),
	REPLACE("an integer above 2^63-1", "rows", FRAME_ROWS, 0, "\x92\x01",
		"\x92\xcf\x80\x00\x00\x00\x00\x00\x00\x00"),
	REPLACE("a float32", "rows", FRAME_ROWS, 0, "\x92\x01", "\x92\xca\x3f\x80\x00\x00"),
	REPLACE("a NaN of another form", "rows", FRAME_ROWS, 0, "\x92\x01",
		"\x92\xcb\x7f\xf8\x00\x00\x00\x00\x00\x01"),
	REPLACE("a row in a longer form", "rows", FRAME_ROWS, 0, "\x92\x01", "\xdc\x00\x02\x01"),
	REPLACE("a map as a cell", "rows", FRAME_ROWS, 0, "\x92\x01", "\x92\x80"),
	REPLACE("a truncated ext", "rows", FRAME_ROWS, 3, "\xc7\x03\x01", "\xc7\xff\x01"),
	REPLACE("an ext of 4 GiB", "rows", FRAME_ROWS, 3, "\xc7\x03\x01",
		"\xc9\xff\xff\xff\xff\x01"),
	REPLACE("an unknown ext", "rows", FRAME_ROWS, 3, "\xc7\x03\x01", "\xc7\x03\x05"),
	REPLACE("a timestamp ext", "rows", FRAME_ROWS, 3, "\xc7\x03\x01", "\xc7\x03\xff"),
	REPLACE("an ext in a longer form", "rows", FRAME_ROWS, 3, "\xc7\x03\x01",
		"\xc8\x00\x03\x01"),
	REPLACE("bytes of 4 GiB", "rows", FRAME_ROWS, 3, "\xc7\x03\x01",
		"\xc6\xff\xff\xff\xff\x01"),

	PACKED("zstd: one byte more than its claim", 101, 100, "", ""),
	PACKED("zstd: 256 MiB, and claims 100", 256 * MIB, 100, "", ""),
	PACKED("zstd: less than its claim", 99, 100, "", ""),
	PACKED("zstd: a second frame", 100, 100, "", "\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00"),
	PACKED("zstd: bytes behind it", 100, 100, "", "x"),
	PACKED("zstd: a frame to skip before it", 100, 100, "\x50\x2a\x4d\x18\x01\x00\x00\x00x",
		""),
	PACKED("zstd: a frame to skip, and no other", 0, 0, "",
		"\x50\x2a\x4d\x18\x01\x00\x00\x00x"),
	PACKED("zstd: nothing", 0, 100, "", ""),
	PACKED("zstd: no zstd", 0, 100, "", "this is no zstd frame"),
	PACKED("zstd: it ends early", 0, 100, "", "\x28\xb5\x2f\xfd\x20\x64\x45\x00"),
	PACKED("zstd: a window of 2 GiB", 0, 100, "", "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00"),
	PACKED("zstd: a dictionary", 0, 100, "", "\x28\xb5\x2f\xfd\x21\x07\x64\x01\x00\x00"),
	{ "zstd: 2 rows claim 1 MiB and a byte", "all", claim_packed, .kind = FRAME_ROWS,
		.number = MIB + 1 },
	{ "zstd: a row claims 2^32-1", "all", claim_packed, .kind = FRAME_ROWS, .nth = 2,
		.number = UINT32_MAX },
	{ "zstd: a row claims 1 GiB", "all", claim_packed, .kind = FRAME_ROWS, .nth = 2,
		.number = MOST },
	{ "zstd: TABLE claims 16 MiB and a byte", "all", claim_packed, .kind = FRAME_TABLE,
		.number = 16 * MIB + 1 },
	{ "zstd: TABLE claims 16 MiB", "all", claim_packed, .kind = FRAME_TABLE,
		.number = 16 * MIB },

	CLAIM("HELLO of 2^32-1", FRAME_HELLO, UINT32_MAX, ""),
	CLAIM("HELLO of 16 MiB, and it ends", FRAME_HELLO, 16 * MIB, ""),
	CLAIM("TABLE of 16 MiB and a byte", FRAME_TABLE, 16 * MIB + 1, ""),
	CLAIM("TABLE of 2^32-1", FRAME_TABLE, UINT32_MAX, ""),
	CLAIM("OBJECT of 2^32-1", FRAME_OBJECT, UINT32_MAX, ""),
	CLAIM("2 rows of 1 MiB and a byte", FRAME_ROWS, MIB + 1, "\x02"),
	CLAIM("2^31-1 rows of 1 GiB", FRAME_ROWS, MOST, "\x7f"),
	CLAIM("a row of 2^32-1", FRAME_ROWS, UINT32_MAX, "\x01"),
	CLAIM("a row of more than the most", FRAME_ROWS, MOST + 65536 + 1, "\x01"),
	CLAIM("a row of 1 GiB, and it ends", FRAME_ROWS, MOST, "\x01"),
	CLAIM("INDEX of 1 GiB, and it ends", FRAME_INDEX, MOST, ""),
	CLAIM("INDEX of 2^32-1", FRAME_INDEX, UINT32_MAX, ""),
	CLAIM("TABLE_END of 2^32-1", FRAME_TABLE_END, UINT32_MAX, ""),
	CLAIM("END of 2^32-1", FRAME_END, UINT32_MAX, ""),
	{ "2 rows of 1 MiB and a byte that are there", "all", fill, .kind = FRAME_ROWS,
		.number = MIB + 1 },
	{ "TABLE of 16 MiB and a byte that are there", "all", fill, .kind = FRAME_TABLE,
		.number = 16 * MIB + 1 },
	{ "TABLE of 16 MiB of nil", "all", fill, .kind = FRAME_TABLE, .number = 16 * MIB },

	REPLACE("INDEX: 2^32-1 entries", "index", FRAME_INDEX, 0, "frames\x9d",
		"frames\xdd\xff\xff\xff\xff"),
	REPLACE("INDEX: an entry of 2^32-1 numbers", "index", FRAME_INDEX, 0, "\x95\x02\x01\x02",
		"\xdd\xff\xff\xff\xff\x02\x01\x02"),
	REPLACE("INDEX: an offset of 2^63-1", "index", FRAME_INDEX, 0, "\x95\x02\x01\x02\x7d",
		"\x95\x02\x01\x02\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
	REPLACE("INDEX: an offset of 2^64-1", "index", FRAME_INDEX, 0, "\x95\x02\x01\x02\x7d",
		"\x95\x02\x01\x02\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
	REPLACE("INDEX: 2^32-1 definitions", "check", FRAME_INDEX, 0, "definitions\x94",
		"definitions\xdd\xff\xff\xff\xff"),
	REPLACE("INDEX: a definition of 4 GiB", "check", FRAME_INDEX, 0, "definitions\x94\xc4\x57",
		"definitions\x94\xc6\xff\xff\xff\xff"),
	REPLACE("END: the index is itself", "all", FRAME_END, 0, "index\xcf\x00\x00\x00\x00\x00\x00"
		"\x05\xf0", "index\xcf\x00\x00\x00\x00\x00\x00\x08\x6f"),
	REPLACE("END: the index is the last byte", "all", FRAME_END, 0, "index\xcf\x00\x00\x00\x00"
		"\x00\x00\x05\xf0", "index\xcf\x00\x00\x00\x00\x00\x00\x09\x71"),
	REPLACE("END: the index is at 2^64-1", "all", FRAME_END, 0, "index\xcf\x00\x00\x00\x00\x00"
		"\x00\x05\xf0", "index\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
	REPLACE("END: the index is HELLO", "all", FRAME_END, 0, "index\xcf\x00\x00\x00\x00\x00\x00"
		"\x05\xf0", "index\xcf\x00\x00\x00\x00\x00\x00\x00\x00"),
};

static int make(const struct hostile *hostile)
{
	bool archive = hostile->kind == FRAME_INDEX || strncmp(hostile->name, "END: the index",
		14) == 0;
	struct sample sample = { .word = "sample.db", .index = archive };
	struct bytes bytes = { 0 };
	struct forgery to;

	memcpy(sample.stream, sample_id, sizeof(sample_id));
	sample_make(&bytes, &sample);
	forge_split(&to, &bytes, sample_id);
	hostile->make(&to, hostile);
	forge_join(&to, &bytes);
	if (fwrite(bytes.data, 1, bytes.size, stdout) != bytes.size || fflush(stdout) != 0)
		return 74;
	forge_close(&to);
	bytes_close(&bytes);
	compress_close();
	return 0;
}

static _Noreturn void become(rlim_t limit, char **words)
{
	struct rlimit both = { limit, limit };

	if (limit == 0 || setrlimit(RLIMIT_AS, &both) == 0)
		execvp(words[0], words);
	fprintf(stderr, "%s: %s\n", words[0], strerror(errno));
	_exit(127);
}

static int run(rlim_t limit, const char *path, char **words)
{
	pid_t child = fork();
	struct rusage usage;
	FILE *file;
	int status;

	if (child == 0)
		become(limit, words);
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		return 70;
	file = fopen(path, "a");
	if (file == NULL || fprintf(file, "%ld\n", usage.ru_maxrss) < 0 || fclose(file) != 0)
		return 70;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	if (argc >= 5 && strcmp(argv[1], "--run") == 0)
		return run((rlim_t)strtoul(argv[2], NULL, 10) * MIB, argv[3], argv + 4);
	if (argc != 2)
		return 64;
	if (strcmp(argv[1], "--list") == 0) {
		for (size_t i = 0; i < COUNT(all); i++)
			printf("%s\t%s\n", all[i].seen_by, all[i].name);
		return 0;
	}
	for (size_t i = 0; i < COUNT(all); i++)
		if (strcmp(argv[1], all[i].name) == 0)
			return make(&all[i]);
	fprintf(stderr, "no such stream: %s\n", argv[1]);
	return 1;
}
