#include "wire/ledger.h"

#include <string.h>

#include "wire/unpack.h"

void ledger_begin(struct ledger *ledger, struct arena *arena)
{
	*ledger = (struct ledger){ .arena = arena };
	hash_begin(&ledger->chain);
}

struct account *ledger_find(struct ledger *ledger, uint32_t table)
{
	size_t low = 0, high = ledger->count;

	if (ledger->last < high && ledger->accounts[ledger->last].table == table)
		return &ledger->accounts[ledger->last];
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ledger->accounts[middle].table < table)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == ledger->count || ledger->accounts[low].table != table)
		return NULL;
	ledger->last = low;
	return &ledger->accounts[low];
}

static int refuse(const struct frame *frame, const char *why, struct fault *fault)
{
	return fault_set(fault, STATUS_STREAM, "frame %u (%s) %s", frame->seq,
		frame_name(frame->kind), why);
}

static int open_account(struct ledger *ledger, const struct frame *frame, struct fault *fault)
{
	size_t room = ledger->room == 0 ? 16 : ledger->room * 2;
	struct account *accounts;

	if (ledger->count > 0 && ledger->accounts[ledger->count - 1].table >= frame->table)
		return refuse(frame, "has a table number that does not ascend", fault);
	if (ledger->count == RECORD_ITEMS)
		return refuse(frame, "is one table too many", fault);
	if (ledger->count == ledger->room) {
		accounts = arena_array(ledger->arena, room, sizeof(*accounts));
		if (accounts == NULL)
			return fault_memory(fault);
		if (ledger->count > 0)
			memcpy(accounts, ledger->accounts, ledger->count * sizeof(*accounts));
		ledger->accounts = accounts;
		ledger->room = room;
	}
	ledger->accounts[ledger->count++] = (struct account){ .table = frame->table };
	return 0;
}

static bool all_ended(const struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (!ledger->accounts[i].ended && !(ledger->gaps && ledger->accounts[i].skipped))
			return false;
	return true;
}

/* A DELETE frame is one array of keys, so that they are counted without being decoded. */
static int add_deletes(struct account *account, const struct frame *frame, struct fault *fault)
{
	struct unpacker cursor = unpack_begin(frame->payload, frame->raw_length);
	uint32_t count = 0;

	if (!unpack_array(&cursor, &count) || count == 0)
		return refuse(frame, "holds no keys", fault);
	account->deletes += count;
	return 0;
}

static int add_data(struct ledger *ledger, const struct frame *frame, struct fault *fault)
{
	struct account *account = ledger_find(ledger, frame->table);

	if (account == NULL)
		return refuse(frame, "is of a table that no TABLE frame defines", fault);
	if (account->ended)
		return refuse(frame, "stands behind its table's end", fault);
	ledger->state = LEDGER_DATA;
	if (frame->kind == FRAME_TABLE_END) {
		account->ended = true;
		return 0;
	}
	if (frame->kind == FRAME_DELETE)
		return add_deletes(account, frame, fault);
	account->rows += frame->rows;
	account->bytes += frame->raw_length;
	account->frames++;
	return 0;
}

/* The numbers in the header that each kind has, and no other; who knows of kinds to come? */
static int check_numbers(const struct frame *frame, struct fault *fault)
{
	bool of_table = frame->kind == FRAME_TABLE || frame->kind == FRAME_ROWS ||
		frame->kind == FRAME_DELETE || frame->kind == FRAME_TABLE_END;

	if (frame->kind == FRAME_REJECT || frame->kind == FRAME_STATE)
		return 0;
	if (of_table != (frame->table != 0))
		return refuse(frame, of_table ? "names no table" : "names a table", fault);
	if ((frame->kind == FRAME_ROWS) != (frame->rows != 0))
		return refuse(frame, "has a count of rows that its kind cannot have", fault);
	return 0;
}

static int check_place(struct ledger *ledger, const struct frame *frame, struct fault *fault)
{
	static const char early[] = "stands before the end of every table";

	switch (frame->kind) {
	case FRAME_HELLO:
		if (ledger->state != LEDGER_HELLO)
			return refuse(frame, "begins a second stream", fault);
		ledger->state = LEDGER_TABLES;
		return 0;
	case FRAME_TABLE:
	case FRAME_OBJECT:
		if (ledger->state != LEDGER_TABLES)
			return refuse(frame, "stands behind the first rows", fault);
		return frame->kind == FRAME_TABLE ? open_account(ledger, frame, fault) : 0;
	case FRAME_ROWS:
	case FRAME_DELETE:
	case FRAME_TABLE_END:
		if (ledger->state == LEDGER_INDEX)
			return refuse(frame, "stands behind the index", fault);
		return add_data(ledger, frame, fault);
	case FRAME_INDEX:
		if (ledger->state == LEDGER_INDEX)
			return refuse(frame, "is a second index", fault);
		if (!all_ended(ledger))
			return refuse(frame, early, fault);
		ledger->state = LEDGER_INDEX;
		ledger->index = frame->offset;
		return 0;
	case FRAME_END:
		if (!all_ended(ledger))
			return refuse(frame, early, fault);
		/* fallthrough */
	case FRAME_ABORT:
		ledger->state = LEDGER_DONE;
		return 0;
	default:
		return refuse(frame, "is of a kind that is not in use yet: "
			"written by a newer rowpipe", fault);
	}
}

static void add_chain(struct ledger *ledger, const struct frame *frame)
{
	uint8_t link[25];

	link[0] = (uint8_t)frame->kind;
	put_u32(link + 1, frame->table);
	put_u32(link + 5, frame->seq);
	put_u32(link + 9, frame->rows);
	put_u32(link + 13, frame->raw_length);
	put_u64(link + 17, frame->raw_hash);
	hash_add(&ledger->chain, link, sizeof(link));
}

int ledger_add(struct ledger *ledger, const struct frame *frame, struct fault *fault)
{
	bool index = frame->kind == FRAME_INDEX;
	int status;

	if (ledger->state == LEDGER_DONE)
		return refuse(frame, "follows the end of the stream", fault);
	if (ledger->seq == UINT32_MAX)
		return refuse(frame, "is one frame too many", fault);
	if (ledger->state == LEDGER_HELLO && frame->kind != FRAME_HELLO)
		return refuse(frame, "stands where HELLO must", fault);
	if (index ? frame->seq != 0 : ledger->gaps ? frame->seq <= ledger->seq :
		frame->seq != ledger->seq + 1)
		return fault_set(fault, STATUS_STREAM, "frame %u (%s) stands where frame %u must: "
			"frames are missing, doubled or out of order", frame->seq,
			frame_name(frame->kind), index ? 0 : ledger->seq + 1);
	status = check_numbers(frame, fault);
	if (status == 0)
		status = check_place(ledger, frame, fault);
	if (status != 0 || index)
		return status;
	ledger->seq = frame->seq;
	if (frame->kind == FRAME_END)
		return 0;
	ledger->frames++;
	add_chain(ledger, frame);
	return 0;
}

int ledger_hello(struct ledger *ledger, const struct hello *hello, struct fault *fault)
{
	if (hello->version != STREAM_VERSION)
		return fault_set(fault, STATUS_STREAM,
			"the stream has format version %llu, this program reads version %d: "
			"%s", (unsigned long long)hello->version, STREAM_VERSION,
			hello->version > STREAM_VERSION ? "written by a newer rowpipe" :
			"written by an older rowpipe");
	memcpy(ledger->stream, hello->stream, sizeof(ledger->stream));
	ledger->seed = frame_seed(hello->stream);
	return 0;
}

static int differs(struct fault *fault, uint32_t table, const char *what, uint64_t said,
	uint64_t found)
{
	return fault_set(fault, STATUS_STREAM,
		"the end of table %u says %llu %s, but there are %llu",
		table, (unsigned long long)said, what, (unsigned long long)found);
}

int ledger_total(struct ledger *ledger, uint32_t table, const struct total *total,
	struct fault *fault)
{
	struct account *account = ledger_find(ledger, table);
	uint8_t digest[16];

	if (account == NULL || total->table != 0)
		return fault_set(fault, STATUS_STREAM, "TABLE_END names a table by itself");
	if (total->rows != account->rows)
		return differs(fault, table, "rows", total->rows, account->rows);
	if (total->frames != account->frames)
		return differs(fault, table, "frames of rows", total->frames, account->frames);
	if (total->bytes != account->bytes)
		return differs(fault, table, "bytes of rows", total->bytes, account->bytes);
	if (total->deletes != account->deletes)
		return differs(fault, table, "deletes", total->deletes, account->deletes);
	/* No sum is larger than what was extracted, or it could go round. */
	if (total->filtered > total->extracted ||
		total->rejected > total->extracted - total->filtered ||
		total->rows != total->extracted - total->filtered - total->rejected)
		return differs(fault, table, "rows extracted", total->extracted,
			total->rows + total->filtered + total->rejected);
	hash_put(digest, account->digest);
	if ((account->decoded || account->rows == 0) &&
		memcmp(digest, total->digest, sizeof(digest)) != 0)
		return fault_set(fault, STATUS_STREAM,
			"the rows of table %u are not those of its end: the digests differ", table);
	account->total = *total;
	account->total.table = table;
	return 0;
}

/* Field by field: padding has no value. */
bool ledger_same_total(const struct total *a, const struct total *b)
{
	return a->table == b->table && a->extracted == b->extracted &&
		a->filtered == b->filtered && a->rejected == b->rejected && a->rows == b->rows &&
		a->deletes == b->deletes && a->frames == b->frames && a->bytes == b->bytes &&
		memcmp(a->digest, b->digest, sizeof(a->digest)) == 0 && a->part == b->part;
}

int ledger_ending(struct ledger *ledger, const struct ending *ending, struct fault *fault)
{
	uint8_t chain[16];

	if (memcmp(ending->stream, ledger->stream, sizeof(ledger->stream)) != 0)
		return fault_set(fault, STATUS_STREAM, "END is of another stream");
	if (ending->total_count != ledger->count)
		return fault_set(fault, STATUS_STREAM, "END counts %zu tables, but there are %zu",
			ending->total_count, ledger->count);
	for (size_t i = 0; i < ledger->count; i++)
		if (ending->totals[i].table != ledger->accounts[i].table ||
			(ledger->accounts[i].ended &&
			!ledger_same_total(&ending->totals[i], &ledger->accounts[i].total)))
			return fault_set(fault, STATUS_STREAM,
				"END's totals of table %u are not those of its TABLE_END",
				ledger->accounts[i].table);
	if (ending->index != ledger->index)
		return fault_set(fault, STATUS_STREAM, "END does not point to the index");
	if (ledger->gaps)
		return 0;
	if (ending->frames != ledger->frames)
		return fault_set(fault, STATUS_STREAM, "END counts %llu frames, but there are %llu",
			(unsigned long long)ending->frames, (unsigned long long)ledger->frames);
	ledger_chain(ledger, chain);
	if (memcmp(ending->chain, chain, sizeof(chain)) != 0)
		return fault_set(fault, STATUS_STREAM,
			"END's chain is not that of the frames before it");
	return 0;
}

void ledger_chain(const struct ledger *ledger, uint8_t chain[16])
{
	hash_put(chain, hash_result(&ledger->chain));
}
