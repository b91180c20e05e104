#include "wire/frame.h"

#include "base/hash.h"
#include "wire/compress.h"

static const uint8_t mark[3] = { 0xc7, 0x1e, 0x52 };

const char *frame_name(enum frame_kind kind)
{
	static const char *const names[] = { "frame", "HELLO", "TABLE", "OBJECT", "ROWS", "REJECT",
		"DELETE", "TABLE_END", "STATE", "INDEX", "ABORT", "END" };

	return names[kind <= FRAME_END ? kind : 0];
}

uint64_t frame_seed(const uint8_t stream[16])
{
	return get_u64(stream + 8);
}

bool frame_begins(const uint8_t *data, size_t size)
{
	return memcmp(data, mark, size < sizeof(mark) ? size : sizeof(mark)) == 0;
}

/* The 26 bytes that the check is of, and the seed that it has. */
static uint32_t check(const uint8_t header[FRAME_HEADER], uint64_t seed)
{
	return (uint32_t)hash_64(header + 3, 26, header[3] == FRAME_HELLO ? 0 : seed);
}

void frame_write_header(uint8_t to[FRAME_HEADER], const struct frame *frame, uint64_t seed)
{
	memcpy(to, mark, sizeof(mark));
	to[3] = (uint8_t)frame->kind;
	to[4] = (uint8_t)frame->flags;
	put_u32(to + 5, frame->table);
	put_u32(to + 9, frame->seq);
	put_u32(to + 13, frame->rows);
	put_u32(to + 17, frame->length);
	put_u64(to + 21, frame->hash);
	put_u32(to + 29, check(to, seed));
	to[33] = 0xc6;
	put_u32(to + 34, frame->length);
}

static uint32_t most(enum frame_kind kind, uint32_t rows)
{
	if (kind == FRAME_INDEX || (kind == FRAME_ROWS && rows == 1))
		return FRAME_MOST;
	return kind == FRAME_ROWS ? FRAME_ROWS_MOST : FRAME_OTHER_MOST;
}

static int refuse(struct fault *fault, const char *why)
{
	return fault_set(fault, STATUS_STREAM, "%s", why);
}

/* What may be compressed, and how long it may be: the rules that need no more than the header. */
static int check_limits(const struct frame *frame, struct fault *fault)
{
	bool plain = frame->kind == FRAME_HELLO || frame->kind >= FRAME_INDEX;

	if (frame->kind < FRAME_HELLO || frame->kind > FRAME_END)
		return fault_set(fault, STATUS_STREAM,
			"frame kind %u is unknown: written by a newer rowpipe", frame->kind);
	if (frame->flags > FRAME_COMPRESSED)
		return refuse(fault, "frame flags are unknown: written by a newer rowpipe");
	if (frame->flags != 0 && plain)
		return refuse(fault, "a frame is compressed that must not be");
	if (frame->length > most(frame->kind, frame->rows))
		return refuse(fault, "a frame is longer than its kind may be");
	if (frame->flags != 0 && frame->length < FRAME_PACKED)
		return refuse(fault, "a compressed frame is too short");
	return 0;
}

int frame_read_header(const uint8_t from[FRAME_HEADER], uint64_t seed, struct frame *frame,
	struct fault *fault)
{
	if (!frame_begins(from, FRAME_HEADER))
		return refuse(fault, "no frame begins here");
	if (get_u32(from + 29) != check(from, seed))
		return refuse(fault, "a frame header is damaged, or of another stream");
	*frame = (struct frame){
		.kind = from[3],
		.flags = from[4],
		.table = get_u32(from + 5),
		.seq = get_u32(from + 9),
		.rows = get_u32(from + 13),
		.length = get_u32(from + 17),
		.hash = get_u64(from + 21),
	};
	if (from[33] != 0xc6 || get_u32(from + 34) != frame->length)
		return refuse(fault, "the length before a payload is not its header's");
	return check_limits(frame, fault);
}

int frame_read_payload(struct frame *frame, uint8_t *payload, struct bytes *opened,
	struct fault *fault)
{
	int status;

	if (hash_64(payload, frame->length, 0) != frame->hash)
		return refuse(fault, "a payload is damaged");
	frame->payload = payload;
	frame->raw_length = frame->length;
	frame->raw_hash = frame->hash;
	if ((frame->flags & FRAME_COMPRESSED) == 0)
		return 0;
	frame->raw_length = get_u32(payload);
	frame->raw_hash = get_u64(payload + 4);
	if (frame->raw_length > most(frame->kind, frame->rows))
		return refuse(fault, "a compressed frame claims more than its kind may hold");
	status = compress_open(opened, payload + FRAME_PACKED, frame->length - FRAME_PACKED,
		frame->raw_length, fault);
	if (status != 0)
		return status;
	frame->payload = opened->data + opened->size - frame->raw_length;
	if (hash_64(frame->payload, frame->raw_length, 0) != frame->raw_hash)
		return refuse(fault, "a payload is damaged behind its compression");
	return 0;
}

int frame_compress(struct frame *frame, int level, struct bytes *to, bool *done,
	struct fault *fault)
{
	int status;

	*done = false;
	bytes_clear(to);
	if (!bytes_reserve(to, FRAME_HEADER + FRAME_PACKED))
		return fault_memory(fault);
	to->size = FRAME_HEADER + FRAME_PACKED;
	status = compress_pack(to, frame->payload, frame->raw_length, level, fault);
	if (status != 0 || to->size - FRAME_HEADER >= frame->raw_length)
		return status;
	put_u32(to->data + FRAME_HEADER, frame->raw_length);
	put_u64(to->data + FRAME_HEADER + 4, frame->raw_hash);
	frame->flags = FRAME_COMPRESSED;
	frame->length = (uint32_t)(to->size - FRAME_HEADER);
	frame->hash = hash_64(to->data + FRAME_HEADER, frame->length, 0);
	*done = true;
	return 0;
}
