/*
 * XXH3, the one hash of the stream: 64 bits for headers and payloads, 128 bits for rows, ids and
 * the chain.  It finds damage; it is no signature.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash128 {
	uint64_t high;
	uint64_t low;
};

uint64_t hash_64(const void *data, size_t size, uint64_t seed);
struct hash128 hash_128(const void *data, size_t size);

/* 16 bytes, big-endian. */
void hash_put(uint8_t to[16], struct hash128 hash);
/* Adds modulo 2^128, so that the order of the summands does not matter. */
void hash_sum(struct hash128 *sum, struct hash128 hash);

/* A hash of data that comes in pieces; it can be asked for at any time. */
struct hash_stream {
	_Alignas(64) unsigned char state[640];
};

void hash_begin(struct hash_stream *stream);
void hash_add(struct hash_stream *stream, const void *data, size_t size);
struct hash128 hash_result(const struct hash_stream *stream);

#endif
