#include "wire/compress.h"

#include <zstd.h>

/* Frames are small: a window of 8 MiB loses nothing, and bounds the memory of who reads them. */
enum { WINDOW = 23, STEP = 256 * 1024 };

static const uint8_t mark[] = { 0x28, 0xb5, 0x2f, 0xfd };

static ZSTD_CCtx *packer;
static ZSTD_DCtx *opener;

static int zstd_fault(struct fault *fault, const char *what, size_t code)
{
	return fault_set(fault, STATUS_STREAM, "%s: %s", what, ZSTD_getErrorName(code));
}

int compress_pack(struct bytes *to, const void *data, size_t size, int level, struct fault *fault)
{
	size_t room = ZSTD_compressBound(size);
	size_t code;

	if (packer == NULL)
		packer = ZSTD_createCCtx();
	if (packer == NULL || !bytes_reserve(to, room))
		return fault_memory(fault);
	ZSTD_CCtx_setParameter(packer, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(packer, ZSTD_c_windowLog, WINDOW);
	code = ZSTD_compress2(packer, to->data + to->size, room, data, size);
	if (ZSTD_isError(code))
		return fault_set(fault, STATUS_IO, "compressing failed: %s",
			ZSTD_getErrorName(code));
	to->size += code;
	return 0;
}

/* One call of the decoder: how much it says is still to come, 0 at the end of the zstd frame. */
static int open_step(struct bytes *to, ZSTD_inBuffer *in, size_t most, size_t *more,
	struct fault *fault)
{
	size_t room = most - to->size < STEP ? most - to->size : STEP;
	ZSTD_outBuffer out = { 0 };

	if (!bytes_reserve(to, room))
		return fault_memory(fault);
	out.dst = to->data + to->size;
	out.size = room;
	*more = ZSTD_decompressStream(opener, &out, in);
	if (ZSTD_isError(*more))
		return zstd_fault(fault, "the compressed payload is damaged", *more);
	to->size += out.pos;
	if (*more != 0 && out.pos == out.size && to->size == most)
		return fault_set(fault, STATUS_STREAM, "the payload is longer than it claims");
	if (*more != 0 && out.pos < out.size && in->pos == in->size)
		return fault_set(fault, STATUS_STREAM, "the compressed payload ends early");
	return 0;
}

int compress_open(struct bytes *to, const void *data, size_t size, size_t raw, struct fault *fault)
{
	ZSTD_inBuffer in = { .src = data, .size = size };
	size_t start = to->size, more = 1;

	if (opener == NULL)
		opener = ZSTD_createDCtx();
	if (opener == NULL)
		return fault_memory(fault);
	ZSTD_DCtx_reset(opener, ZSTD_reset_session_and_parameters);
	ZSTD_DCtx_setParameter(opener, ZSTD_d_windowLogMax, WINDOW);
	/* Frames to be skipped and frames of old zstd have other marks. */
	if (size < sizeof(mark) || memcmp(data, mark, sizeof(mark)) != 0 ||
		ZSTD_getDictID_fromFrame(data, size) != 0)
		return fault_set(fault, STATUS_STREAM, "the compressed payload is no zstd frame");
	while (more != 0) {
		/* One byte beyond the claim, so that an output beyond it is seen. */
		int status = open_step(to, &in, start + raw + 1, &more, fault);

		if (status != 0)
			return status;
	}
	if (in.pos != in.size)
		return fault_set(fault, STATUS_STREAM, "bytes follow the compressed payload");
	if (to->size - start != raw)
		return fault_set(fault, STATUS_STREAM, "the payload is not as long as it claims");
	return 0;
}

void compress_close(void)
{
	ZSTD_freeCCtx(packer);
	ZSTD_freeDCtx(opener);
	packer = NULL;
	opener = NULL;
}
