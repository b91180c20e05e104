#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"

_Static_assert(sizeof(XXH3_state_t) <= sizeof(struct hash_stream), "a hash's state has its room");

uint64_t hash_64(const void *data, size_t size, uint64_t seed)
{
	return XXH3_64bits_withSeed(data, size, seed);
}

struct hash128 hash_128(const void *data, size_t size)
{
	XXH128_hash_t hash = XXH3_128bits(data, size);

	return (struct hash128){ .high = hash.high64, .low = hash.low64 };
}

void hash_put(uint8_t to[16], struct hash128 hash)
{
	put_u64(to, hash.high);
	put_u64(to + 8, hash.low);
}

void hash_sum(struct hash128 *sum, struct hash128 hash)
{
	sum->low += hash.low;
	sum->high += hash.high + (sum->low < hash.low);
}

void hash_begin(struct hash_stream *stream)
{
	XXH3_128bits_reset((XXH3_state_t *)stream->state);
}

void hash_add(struct hash_stream *stream, const void *data, size_t size)
{
	XXH3_128bits_update((XXH3_state_t *)stream->state, data, size);
}

struct hash128 hash_result(const struct hash_stream *stream)
{
	XXH128_hash_t hash = XXH3_128bits_digest((const XXH3_state_t *)stream->state);

	return (struct hash128){ .high = hash.high64, .low = hash.low64 };
}
