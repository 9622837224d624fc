/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loads and stores of integers in a stated byte order, at any alignment.
 *
 * virtio structures are little-endian (4.1.3); the legacy interface has parts in the guest's own
 * order (2.5.3, 2.7.3), which is why big-endian forms stand beside them.
 */
#ifndef VS_SPEC_BYTEORDER_H
#define VS_SPEC_BYTEORDER_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t vs_load_le16(const void *p)
{
	uint16_t value;

	memcpy(&value, p, sizeof(value));
	return le16toh(value);
}

static inline uint32_t vs_load_le32(const void *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return le32toh(value);
}

static inline uint64_t vs_load_le64(const void *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof(value));
	return le64toh(value);
}

/* The first `width` (1, 2, 4 or 8) bytes at p as a little-endian number. */
static inline uint64_t vs_load_le(const void *p, unsigned width)
{
	const uint8_t *b = p;
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)b[i] << (8 * i);
	return value;
}

static inline void vs_store_le(void *p, unsigned width, uint64_t value)
{
	uint8_t *b = p;

	for (unsigned i = 0; i < width; i++)
		b[i] = (uint8_t)(value >> (8 * i));
}

/* The same with the most significant byte first. */
static inline uint64_t vs_load_be(const void *p, unsigned width)
{
	const uint8_t *b = p;
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value = value << 8 | b[i];
	return value;
}

static inline void vs_store_be(void *p, unsigned width, uint64_t value)
{
	uint8_t *b = p;

	for (unsigned i = 0; i < width; i++)
		b[width - 1 - i] = (uint8_t)(value >> (8 * i));
}

static inline void vs_store_le16(void *p, uint16_t value)
{
	value = htole16(value);
	memcpy(p, &value, sizeof(value));
}

static inline void vs_store_le32(void *p, uint32_t value)
{
	value = htole32(value);
	memcpy(p, &value, sizeof(value));
}

static inline void vs_store_le64(void *p, uint64_t value)
{
	value = htole64(value);
	memcpy(p, &value, sizeof(value));
}

#endif
