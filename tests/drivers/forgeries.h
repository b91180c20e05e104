/*
 * Forgeries of the sample: every header and payload has its right checks, and yet the stream is not
 * what it says.  "Sealed" ones have an END and an INDEX that agree with the changed frames, so that
 * only the frames themselves can tell.
 */
#ifndef ROWPIPE_FORGERIES_H
#define ROWPIPE_FORGERIES_H

#include <stdarg.h>

#include "forge.h"

enum { FORGERY_NAME = 96 };

/* What a tool must look at to see it, beyond what all tools do. */
enum {
	NEEDS_ROWS = 1,       /* the rows themselves */
	NEEDS_INDEX = 2,      /* INDEX, as far as it leads from frame to frame */
	NEEDS_ALL_OF_INDEX = 4
};

struct forging {
	struct forgery to;
	struct arena arena;
	char *name;
	unsigned needs;
};

static const uint32_t sample_tables[] = { SAMPLE_PEOPLE, SAMPLE_NOBODY, SAMPLE_FILES };

static void forge_call(struct forging *forging, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void forge_call(struct forging *forging, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(forging->name, FORGERY_NAME, format, arguments);
	va_end(arguments);
}

static struct piece *forge_piece(struct forging *forging, enum frame_kind kind, uint32_t table,
	size_t nth)
{
	return &forging->to.pieces[forge_find(&forging->to, kind, table, nth)];
}

static struct piece *forge_last(struct forging *forging)
{
	return forge_piece(forging, FRAME_END, 0, 0);
}

static const char *forge_label(const struct piece *piece)
{
	return frame_name(piece->frame.kind);
}

/* What can be said wrongly of a table. */
enum { TOTAL_PART = 8, TOTAL_TABLE, TOTAL_CHANGES };

static const char *const forge_totals[] = { "extracted", "filtered", "rejected", "rows", "deletes",
	"frames", "bytes", "digest", "part", "table" };

static void forge_change(struct total *total, size_t change)
{
	uint64_t *const numbers[] = { &total->extracted, &total->filtered, &total->rejected,
		&total->rows, &total->deletes, &total->frames, &total->bytes };

	if (change < COUNT(numbers))
		++*numbers[change];
	else if (change == TOTAL_PART)
		total->part = !total->part;
	else if (change == TOTAL_TABLE)
		total->table++;
	else
		total->digest[15] ^= 1;
}

static bool forge_end_total(struct forging *forging, size_t n)
{
	size_t place = n / TOTAL_CHANGES;
	struct ending ending;

	forge_call(forging, "END: %s of table %u", forge_totals[n % TOTAL_CHANGES],
		sample_tables[place]);
	forge_read(forge_last(forging), &forging->arena, &record_ending, &ending);
	forge_change(&ending.totals[place], n % TOTAL_CHANGES);
	forge_say(forge_last(forging), &record_ending, &ending);
	return true;
}

static bool forge_end(struct forging *forging, size_t n)
{
	static const char *const names[] = { "stream", "frames", "no frames", "chain",
		"index one further", "index at HELLO", "a table less", "no tables",
			"a table more" };
	struct total totals[COUNT(sample_tables) + 1] = { 0 };
	struct ending ending;

	forge_call(forging, "END: %s", names[n]);
	forge_read(forge_last(forging), &forging->arena, &record_ending, &ending);
	memcpy(totals, ending.totals, sizeof(totals) - sizeof(totals[0]));
	totals[3].table = SAMPLE_FILES + 1;
	ending.totals = totals;
	ending.stream[0] ^= n == 0;
	ending.frames = n == 1 ? ending.frames + 1 : n == 2 ? 0 : ending.frames;
	ending.chain[15] ^= n == 3;
	ending.index = n == 4 ? ending.index + 1 : n == 5 ? 0 : ending.index;
	ending.total_count = n == 6 ? 2 : n == 7 ? 0 : n == 8 ? 4 : 3;
	forge_say(forge_last(forging), &record_ending, &ending);
	/* A stream has its 0 there. */
	return n != 5 || forge_has(&forging->to, FRAME_INDEX);
}

static void forge_change_end(struct forging *forging, uint32_t table, size_t change)
{
	struct piece *piece = forge_piece(forging, FRAME_TABLE_END, table, 0);
	struct total total;

	forge_read(piece, &forging->arena, &record_total, &total);
	forge_change(&total, change);
	forge_say(piece, &record_total, &total);
}

static bool forge_table_end(struct forging *forging, size_t n)
{
	uint32_t table = sample_tables[n / TOTAL_CHANGES];
	size_t change = n % TOTAL_CHANGES;

	forge_call(forging, "TABLE_END: %s of table %u", forge_totals[change], table);
	forge_change_end(forging, table, change);
	return true;
}

static bool forge_sealed_end(struct forging *forging, size_t n)
{
	uint32_t table = sample_tables[n / TOTAL_CHANGES];
	size_t change = n % TOTAL_CHANGES;

	forge_call(forging, "TABLE_END, sealed: %s of table %u", forge_totals[change], table);
	forge_change_end(forging, table, change);
	forge_seal(&forging->to);
	if (strcmp(forge_totals[change], "digest") == 0 && table != SAMPLE_NOBODY)
		forging->needs = NEEDS_ROWS;
	/* That a row was left out is for TABLE_END to say. */
	return change != TOTAL_PART;
}

/* The table's end as if it had so many rows and bytes more. */
static void forge_adapt(struct forging *forging, uint32_t table, int rows, int bytes)
{
	struct piece *piece = forge_piece(forging, FRAME_TABLE_END, table, 0);
	struct total total;

	forge_read(piece, &forging->arena, &record_total, &total);
	total.rows += (uint64_t)rows;
	total.extracted += (uint64_t)rows;
	total.bytes += (uint64_t)bytes;
	forge_say(piece, &record_total, &total);
}

static bool forge_row_count(struct forging *forging, size_t n)
{
	static const char *const ways[] = { "", ", sealed", ", sealed with its table's end" };
	int more = n % 2 == 0 ? 1 : -1;
	struct piece *piece = forge_piece(forging, FRAME_ROWS, 0, n / 6);

	forge_call(forging, "ROWS frame %u: a row %s%s", piece->frame.seq, more > 0 ? "more" :
		"less",
		ways[n / 2 % 3]);
	piece->frame.rows += (uint32_t)more;
	if (n / 2 % 3 == 2)
		forge_adapt(forging, piece->frame.table, more, 0);
	if (n / 2 % 3 == 2 && piece->frame.rows != 0)
		forging->needs = NEEDS_ROWS;
	if (n / 2 % 3 > 0)
		forge_seal(&forging->to);
	return true;
}

static bool forge_row_table(struct forging *forging, size_t n)
{
	static const uint32_t tables[] = { 0, 1, 2, 3, 4, 5, UINT32_MAX };
	struct piece *piece = forge_piece(forging, FRAME_ROWS, 0, n / 14);
	uint32_t table = tables[n / 2 % 7];

	forge_call(forging, "ROWS frame %u: of table %u%s", piece->frame.seq, table,
		n % 2 == 0 ? "" : ", sealed");
	if (piece->frame.table == table)
		return false;
	piece->frame.table = table;
	if (n % 2 == 1)
		forge_seal(&forging->to);
	return true;
}

/* A byte more, a byte less, a row of another width, a cell that no row has; all else agrees. */
static bool forge_row_bytes(struct forging *forging, size_t n)
{
	static const char *const names[] = { "a byte more", "a byte less", "a row too wide",
		"a row too narrow", "an array as a cell", "a byte that is no value" };
	struct piece *piece = forge_piece(forging, FRAME_ROWS, 0, n / COUNT(names));
	size_t size = piece->raw.size;
	uint8_t *data = piece->raw.data;

	n %= COUNT(names);
	forge_call(forging, "ROWS frame %u, sealed: %s", piece->frame.seq, names[n]);
	if (n == 0)
		bytes_add_byte(&piece->raw, 0xc0);
	else if (n == 1)
		piece->raw.size--;
	else
		data[n < 4 ? 0 : 1] = (uint8_t)(n == 2 ? 0x93 : n == 3 ? 0x91 : n == 4 ? 0x91 :
			0xc1);
	forge_adapt(forging, piece->frame.table, 0, (int)(piece->raw.size - size));
	forge_seal(&forging->to);
	forging->needs = NEEDS_ROWS;
	return true;
}

static bool forge_table_number(struct forging *forging, size_t n)
{
	static const struct { uint32_t from, to; } changes[] = { { 2, 1 }, { 4, 2 }, { 4, 1 },
		{ 2, 4 }, { 1, 3 }, { 1, 0 } };

	forge_call(forging, "TABLE %u is called %u", changes[n].from, changes[n].to);
	for (size_t i = 0; i < forging->to.count; i++)
		if (forging->to.pieces[i].frame.table == changes[n].from)
			forging->to.pieces[i].frame.table = changes[n].to;
	forge_seal(&forging->to);
	return true;
}

static bool forge_kind(struct forging *forging, size_t n)
{
	static const uint8_t kinds[] = { 0, FRAME_REJECT, FRAME_DELETE, FRAME_STATE, 12, 255 };
	size_t place = n / COUNT(kinds);

	if (place >= forging->to.count)
		return false;
	forge_call(forging, "%s, place %zu: kind %u", forge_label(&forging->to.pieces[place]),
		place + 1,
		kinds[n % COUNT(kinds)]);
	forging->to.pieces[place].frame.kind = kinds[n % COUNT(kinds)];
	return true;
}

static bool forge_flags(struct forging *forging, size_t n)
{
	static const uint8_t flags[] = { 1, 2, 3, 0x80, 0xff };
	size_t place = n / COUNT(flags);
	struct piece *piece = &forging->to.pieces[place];

	if (place >= forging->to.count)
		return false;
	forge_call(forging, "%s, place %zu: flags %u", forge_label(piece), place + 1,
		flags[n % COUNT(flags)]);
	piece->frame.flags = flags[n % COUNT(flags)];
	piece->as_it_is = true;
	return true;
}

/* From a place on every number is one more, or one less. */
static bool forge_numbers(struct forging *forging, size_t n)
{
	size_t place = n / 2;

	if (place >= forging->to.count)
		return false;
	forge_call(forging, "%s, place %zu: numbers %s, sealed",
		forge_label(&forging->to.pieces[place]),
		place + 1, n % 2 == 0 ? "one more" : "one less");
	if (forging->to.pieces[place].frame.kind == FRAME_INDEX)
		forging->to.pieces[place].frame.seq = n % 2 == 0 ? 1 : UINT32_MAX;
	else
		for (; place < forging->to.count; place++)
			if (forging->to.pieces[place].frame.kind != FRAME_INDEX)
				forging->to.pieces[place].frame.seq += n % 2 == 0 ? 1 : UINT32_MAX;
	forge_seal(&forging->to);
	return true;
}

/* A header's rows or table where its kind has none, and the other way round. */
static bool forge_header(struct forging *forging, size_t n)
{
	size_t place = n / 2;
	struct frame *frame = &forging->to.pieces[place].frame;

	if (place >= forging->to.count)
		return false;
	forge_call(forging, "%s, place %zu: a %s of its own, or none", frame_name(frame->kind),
		place + 1, n % 2 == 0 ? "count of rows" : "table");
	if (n % 2 == 0)
		frame->rows = frame->rows == 0;
	else
		frame->table = frame->table == 0;
	forge_seal(&forging->to);
	return true;
}

/* Frames that are gone, double, or where they may not stand; numbered and sealed as they stand. */
static bool forge_order(struct forging *forging, size_t n)
{
	struct forgery *to = &forging->to;
	size_t hello = 0, table = forge_find(to, FRAME_TABLE, SAMPLE_NOBODY, 0);
	size_t first = forge_find(to, FRAME_ROWS, 0, 0);
	size_t last = forge_find(to, FRAME_ROWS, SAMPLE_PEOPLE, 2);
	size_t end = forge_find(to, FRAME_TABLE_END, SAMPLE_PEOPLE, 0);

	static const char *const names[] = { "no HELLO", "a second HELLO", "TABLE behind rows",
		"OBJECT behind rows", "TABLE behind its rows", "TABLE missing", "TABLE twice",
		"TABLE_END missing", "TABLE_END twice", "TABLE_END before its last rows",
		"ROWS missing", "ROWS twice", "END twice", "HELLO behind TABLE" };

	forge_call(forging, "order: %s", names[n]);
	switch (n) {
	case 0: forge_remove(to, hello); break;
	case 1: forge_double(to, hello); break;
	case 2: forge_move(to, table, first); break;
	case 3: forge_move(to, forge_find(to, FRAME_OBJECT, 0, 0), first); break;
	case 4: forge_move(to, forge_find(to, FRAME_TABLE, SAMPLE_PEOPLE, 0), first); break;
	case 5: forge_remove(to, table); break;
	case 6: forge_double(to, table); break;
	case 7: forge_remove(to, end); break;
	case 8: forge_double(to, end); break;
	case 9: forge_move(to, end, last); break;
	case 10: forge_remove(to, first); break;
	case 11: forge_double(to, first); break;
	case 12: forge_double(to, to->count - 1); break;
	default: forge_move(to, hello, 1); break;
	}
	forge_number(to);
	forge_seal(to);
	return true;
}

static bool forge_hello(struct forging *forging, size_t n)
{
	static const char *const names[] = { "version 1", "another id", "another id, same checks" };
	struct piece *piece = forge_piece(forging, FRAME_HELLO, 0, 0);
	struct hello hello;

	forge_call(forging, "HELLO: %s", names[n]);
	forge_read(piece, &forging->arena, &record_hello, &hello);
	hello.version += n == 0;
	hello.stream[15] ^= n == 1;
	hello.stream[0] ^= n == 2;
	forge_say(piece, &record_hello, &hello);
	forge_seal(&forging->to);
	return true;
}

/* Maps that no writer makes. */
static bool forge_map(struct forging *forging, size_t n)
{
	static const char *const names[] = { "a byte behind it", "an unknown key", "a byte less",
		"no map", "nothing" };
	size_t place = n / COUNT(names);
	struct piece *piece = &forging->to.pieces[place];

	n %= COUNT(names);
	if (place >= forging->to.count || piece->frame.kind == FRAME_ROWS ||
		piece->frame.kind == FRAME_INDEX || piece->raw.size < 2)
		return false;
	forge_call(forging, "%s, place %zu: %s", forge_label(piece), place + 1, names[n]);
	if (n == 0) {
		bytes_add_byte(&piece->raw, 0xc0);
	} else if (n == 1) {
		piece->raw.data[0]++;
		pack_text(&piece->raw, "zzz");
		bytes_add_byte(&piece->raw, 0xc3);
	} else if (n == 2) {
		piece->raw.size--;
	} else if (n == 3) {
		forge_set(piece, "\x90", 1);
	} else {
		forge_set(piece, "", 0);
	}
	if (piece->frame.kind != FRAME_END)
		forge_seal(&forging->to);
	return true;
}

/* INDEX, read into what it says and written from that. */
struct forge_parts {
	struct index_entry entries[FORGE_PIECES];
	size_t entry_count;
	const struct bytes *definitions[FORGE_PIECES];
	size_t definition_count;
};

static void forge_parts(struct forging *forging, struct forge_parts *parts)
{
	*parts = (struct forge_parts){ 0 };
	for (size_t i = 0; i < forging->to.count; i++) {
		const struct piece *piece = &forging->to.pieces[i];
		const struct frame *frame = &piece->frame;

		if (frame->kind == FRAME_INDEX || frame->kind == FRAME_END)
			continue;
		parts->entries[parts->entry_count++] = (struct index_entry){ frame->kind,
			frame->table, frame->seq, frame->rows, frame->offset };
		if (frame->kind == FRAME_HELLO || frame->kind == FRAME_TABLE)
			parts->definitions[parts->definition_count++] = &piece->raw;
	}
}

static void forge_write_parts(struct forging *forging, const struct forge_parts *parts)
{
	struct bytes to = { 0 };

	pack_map(&to, 2);
	pack_text(&to, "frames");
	pack_array(&to, (uint32_t)parts->entry_count);
	for (size_t i = 0; i < parts->entry_count; i++) {
		const struct index_entry *entry = &parts->entries[i];

		pack_array(&to, 5);
		pack_integer(&to, entry->kind);
		pack_integer(&to, entry->table);
		pack_integer(&to, entry->seq);
		pack_integer(&to, (int64_t)entry->offset);
		pack_integer(&to, entry->rows);
	}
	pack_text(&to, "definitions");
	pack_array(&to, (uint32_t)parts->definition_count);
	for (size_t i = 0; i < parts->definition_count; i++)
		pack_bytes(&to, parts->definitions[i]->data, (uint32_t)parts->definitions[i]->size);
	forge_set(forge_piece(forging, FRAME_INDEX, 0, 0), to.data, to.size);
	bytes_close(&to);
}

static bool forge_entry(struct forging *forging, size_t n)
{
	static const char *const names[] = { "kind", "table", "rows", "offset", "seq", "dropped",
		"doubled" };
	struct forge_parts parts;
	size_t place = n / COUNT(names);
	struct index_entry *entry = &parts.entries[place];

	n %= COUNT(names);
	if (!forge_has(&forging->to, FRAME_INDEX))
		return false;
	forge_parts(forging, &parts);
	forge_call(forging, "INDEX: entry of frame %zu: %s", place + 1, names[n]);
	if (n == 0)
		entry->kind++;
	else if (n == 1)
		entry->table++;
	else if (n == 2)
		entry->rows++;
	else if (n == 3)
		entry->offset++;
	else if (n == 4)
		entry->seq++;
	else if (n == 5)
		memmove(entry, entry + 1, (--parts.entry_count - place) * sizeof(*entry));
	else
		memmove(entry + 1, entry, (parts.entry_count++ - place) * sizeof(*entry));
	forge_write_parts(forging, &parts);
	/* Who is at the index has passed HELLO. */
	forging->needs = place == 0 && n < 4 ? NEEDS_ALL_OF_INDEX : NEEDS_INDEX;
	return true;
}

static bool forge_definition(struct forging *forging, size_t n)
{
	static const char *const names[] = { "one missing", "none", "one twice", "two swapped",
		"one changed" };
	uint8_t nil = 0xc0;
	const struct bytes nothing = { .data = &nil, .size = 1 };
	const struct bytes *first;
	struct forge_parts parts;

	if (!forge_has(&forging->to, FRAME_INDEX))
		return false;
	forge_parts(forging, &parts);
	first = parts.definitions[1];
	forge_call(forging, "INDEX: definitions: %s", names[n]);
	parts.definition_count = n == 0 ? 3 : n == 1 ? 0 : parts.definition_count;
	if (n >= 2)
		parts.definitions[1] = n == 4 ? &nothing : parts.definitions[2];
	if (n == 3)
		parts.definitions[2] = first;
	forge_write_parts(forging, &parts);
	forging->needs = NEEDS_ALL_OF_INDEX;
	return true;
}

static bool forge_index_map(struct forging *forging, size_t n)
{
	static const char *const names[] = { "a byte behind it", "a third key", "no entries",
		"nothing", "an entry for itself", "six bytes that claim 2^29 entries",
		"not the shortest form" };
	static const uint8_t claim[] = { 0x82, 0xa6, 'f', 'r', 'a', 'm', 'e', 's', 0xdd, 0x1f, 0xff,
		0xff, 0xff };
	struct piece *piece;
	struct forge_parts parts;

	if (!forge_has(&forging->to, FRAME_INDEX))
		return false;
	piece = forge_piece(forging, FRAME_INDEX, 0, 0);
	forge_parts(forging, &parts);
	forge_call(forging, "INDEX: %s", names[n]);
	if (n == 4)
		parts.entries[parts.entry_count++] = (struct index_entry){ FRAME_INDEX, 0,
			SAMPLE_FRAMES, 0, piece->frame.offset };
	if (n == 2)
		parts.entry_count = 0;
	forge_write_parts(forging, &parts);
	if (n == 0)
		bytes_add_byte(&piece->raw, 0xc0);
	if (n == 1)
		piece->raw.data[0]++;
	if (n == 3)
		forge_set(piece, "", 0);
	if (n == 5)
		forge_set(piece, claim, sizeof(claim));
	if (n == 6)
		piece->raw.data[9] = 0xcc;
	forging->needs = n == 0 ? NEEDS_ALL_OF_INDEX : NEEDS_INDEX;
	return true;
}

/* INDEX at another place: as it was, or made anew for it. */
static bool forge_index_place(struct forging *forging, size_t n)
{
	size_t place = n / 2, from;

	if (!forge_has(&forging->to, FRAME_INDEX))
		return false;
	from = forge_find(&forging->to, FRAME_INDEX, 0, 0);
	if (place == from)
		return false;
	forge_call(forging, "INDEX: at place %zu%s", place + 1, n % 2 == 0 ? "" : ", sealed");
	forge_move(&forging->to, from, place);
	if (n % 2 == 1)
		forge_seal(&forging->to);
	return true;
}

static bool forge_index_twice(struct forging *forging, size_t n)
{
	static const char *const names[] = { "twice", "twice, sealed", "gone" };
	size_t place;

	if (!forge_has(&forging->to, FRAME_INDEX))
		return false;
	place = forge_find(&forging->to, FRAME_INDEX, 0, 0);
	forge_call(forging, "INDEX: %s", names[n]);
	if (n < 2)
		forge_double(&forging->to, place);
	else
		forge_remove(&forging->to, place);
	if (n == 1)
		forge_seal(&forging->to);
	return true;
}

static bool forge_abort(struct forging *forging, size_t n)
{
	static const uint64_t statuses[] = { 0, 256, 1ull << 32 };
	struct abortion abortion = { "sqlite-extract", "the disk is gone", statuses[n] };
	struct piece *end = forge_last(forging);

	forge_call(forging, "ABORT with status %llu", (unsigned long long)statuses[n]);
	end->frame.kind = FRAME_ABORT;
	forge_say(end, &record_abort, &abortion);
	return true;
}

enum { ROWS_FRAMES = 5, PLACES = SAMPLE_FRAMES + 1, TABLES = COUNT(sample_tables) };

static const struct forge_family {
	bool (*forge)(struct forging *forging, size_t n);
	size_t count; /* of numbers; the function says which of them are a case */
} forge_families[] = {
	{ forge_end_total, TABLES * TOTAL_CHANGES },
	{ forge_end, 9 },
	{ forge_table_end, TABLES * TOTAL_CHANGES },
	{ forge_sealed_end, TABLES * TOTAL_CHANGES },
	{ forge_row_count, ROWS_FRAMES * 6 },
	{ forge_row_table, ROWS_FRAMES * 14 },
	{ forge_row_bytes, ROWS_FRAMES * 6 },
	{ forge_table_number, 6 },
	{ forge_kind, PLACES * 6 },
	{ forge_flags, PLACES * 5 },
	{ forge_numbers, PLACES * 2 },
	{ forge_header, PLACES * 2 },
	{ forge_order, 14 },
	{ forge_hello, 3 },
	{ forge_map, PLACES * 5 },
	{ forge_entry, (SAMPLE_FRAMES - 1) * 7 },
	{ forge_definition, 5 },
	{ forge_index_map, 7 },
	{ forge_index_place, PLACES * 2 },
	{ forge_index_twice, 3 },
	{ forge_abort, 3 },
};

static size_t forgery_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < COUNT(forge_families); i++)
		count += forge_families[i].count;
	return count;
}

/* Makes the nth forgery; false where this number is none of this stream. */
static bool forgery_make(const struct forgery *from, size_t n, char name[FORGERY_NAME],
	unsigned *needs, struct bytes *to)
{
	const struct forge_family *family = forge_families;
	struct forging forging = { .name = name };
	bool made;

	for (; n >= family->count; family++)
		n -= family->count;
	forge_copy(&forging.to, from);
	made = family->forge(&forging, n);
	if (made)
		forge_join(&forging.to, to);
	*needs = forging.needs;
	forge_close(&forging.to);
	arena_close(&forging.arena);
	return made;
}

#endif
