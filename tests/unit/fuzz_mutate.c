/* SPDX-License-Identifier: BSD-3-Clause */
/* Mutation by records: sizes are kept, records stay whole, no byte behind the room is written, and
 * every kind of change comes up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/support/mutate.h"

#define HEAD   3u
#define RECORD 5u
#define ROUNDS 20000u
#define GUARD  0xa5
#define LIKED  UINT64_C(0x1234)

static const uint64_t likes[] = { LIKED };
static const struct fuzz_field fields[] = { { 1, 2, likes, 1 }, { 3, 1, NULL, 0 } };
static const struct fuzz_field head_fields[] = { { 2, 1, NULL, 0 } };

static const struct fuzz_shape shape = {
	.head = HEAD,
	.record = RECORD,
	.fields = fields,
	.field_count = 2,
	.head_fields = head_fields,
	.head_field_count = 1,
};
static const struct fuzz_shape formless;
static const struct fuzz_shape headless = { .record = RECORD };

/* Marks all of what it was given, and makes it one byte shorter where that goes. */
static size_t mark_bytes(uint8_t *data, size_t size, size_t most)
{
	assert_true(size <= most);
	memset(data, 0xee, size);
	return size > 1 ? size - 1 : size;
}

/* Record `number` is of bytes `number`, the head of bytes 0x80. */
static size_t lay_out(uint8_t *data, const struct fuzz_shape *form, unsigned records)
{
	memset(data, 0x80, form->head);
	for (unsigned i = 0; i < records; i++)
		memset(data + form->head + (size_t)i * RECORD, (int)i + 1, RECORD);
	return form->head + (size_t)records * RECORD;
}

/* One change; what lies behind the room stays as it is. */
static size_t change(const struct fuzz_shape *form, uint8_t *out, unsigned records, size_t more,
		     size_t most, uint32_t seed)
{
	uint8_t data[512], guard[256];
	size_t size = lay_out(data, form, records) + more;

	memset(guard, GUARD, sizeof(guard));
	assert_true(size <= most && most <= sizeof(data) - sizeof(guard));
	memset(data + size - more, 0, more);
	memset(data + most, GUARD, sizeof(guard));
	size = fuzz_mutate(form, data, size, most, seed, mark_bytes);
	assert_true(size <= most);
	assert_memory_equal(data + most, guard, sizeof(guard));
	memcpy(out, data, size);
	return size;
}

static bool has_mark(const uint8_t *data, size_t size)
{
	return memchr(data, 0xee, size) != NULL;
}

static void sizes_and_records(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < ROUNDS; seed++) {
		unsigned records = seed % 5;
		size_t more = seed % 3, most = HEAD + (size_t)records * RECORD + more + seed % 17;
		uint8_t data[128];
		size_t size = change(&shape, data, records, more, most, seed);

		/* A change without regard to the form marks everything. */
		if (!has_mark(data, size < HEAD ? size : HEAD))
			assert_int_equal((size - HEAD) % RECORD, 0);
	}
}

/* The room is less than a head, or nothing. */
static void no_room(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 1000; seed++) {
		uint8_t data[HEAD] = { 1, 2, GUARD };
		size_t size = fuzz_mutate(&shape, data, seed % 3, 2, seed, mark_bytes);

		assert_true(size <= 2);
		assert_int_equal(data[2], GUARD);
	}
}

static bool is_record(const uint8_t *at)
{
	for (unsigned i = 1; i < RECORD; i++)
		if (at[i] != at[0])
			return false;
	return true;
}

enum { GROWN, SHRUNK, DOUBLED, SWAPPED, FIELD, HEAD_FIELD, LIKED_VALUE, BYTES, ALL, KINDS };

/* What kinds of change the data shows that was three records. */
static void note_kinds(const uint8_t *data, size_t size, unsigned *seen)
{
	unsigned count = (unsigned)((size - HEAD) / RECORD), last = 0;

	if (size < HEAD || data[0] == 0xee) {
		seen[ALL]++;
		return;
	}
	seen[GROWN] += count > 3;
	seen[SHRUNK] += count < 3;
	seen[HEAD_FIELD] += data[2] != 0x80;
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *record = data + HEAD + (size_t)i * RECORD;
		bool whole = is_record(record);

		seen[BYTES] += has_mark(record, RECORD);
		seen[FIELD] += !whole && record[3] != record[0] && record[4] == record[0];
		seen[LIKED_VALUE] += record[1] == (LIKED & 0xff) && record[2] == LIKED >> 8;
		if (whole) {
			seen[DOUBLED] += record[0] == last;
			seen[SWAPPED] += record[0] < last;
			last = record[0];
		}
	}
}

static void every_kind(void **state)
{
	unsigned seen[KINDS] = { 0 };
	uint8_t data[256];

	(void)state;
	for (uint32_t seed = 0; seed < ROUNDS; seed++)
		note_kinds(data, change(&shape, data, 3, 0, sizeof(data), seed), seen);
	for (unsigned i = 0; i < KINDS; i++)
		if (seen[i] < ROUNDS / 500)
			fail_msg("change %u came up %u times", i, seen[i]);
}

/* The same seed does the same. */
static void repeatable(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 1000; seed++) {
		uint8_t a[128], b[128];
		size_t size = change(&shape, a, 4, 1, sizeof(a), seed);

		assert_int_equal(change(&shape, b, 4, 1, sizeof(b), seed), size);
		assert_memory_equal(a, b, size);
	}
}

static void no_form(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 1000; seed++) {
		uint8_t data[8] = { 0 };

		assert_int_equal(fuzz_mutate(&formless, data, 4, sizeof(data), seed, mark_bytes),
				 3);
		assert_int_equal(fuzz_mutate(&headless, data, 0, 0, seed, mark_bytes), 0);
	}
}

static void cross_once(const struct fuzz_shape *form, unsigned a_records, unsigned b_records,
		       size_t most, uint32_t seed)
{
	uint8_t a[64], b[64], out[128];
	size_t a_size = lay_out(a, form, a_records), b_size = lay_out(b, form, b_records), size;

	memset(out, GUARD, sizeof(out));
	size = fuzz_cross(form, a, a_size, b, b_size, out, most, seed);
	assert_true(size <= most);
	if (size) {
		assert_true(size >= form->head);
		assert_int_equal((size - form->head) % RECORD, 0);
		for (size_t at = form->head; at < size; at += RECORD)
			assert_true(is_record(out + at) && out[at] >= 1 && out[at] <= 8);
	} else if (form->head) {
		assert_true(most < form->head);
	}
	for (size_t at = most; at < sizeof(out); at++)
		assert_int_equal(out[at], GUARD);
}

static void crossing(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < ROUNDS; seed++) {
		cross_once(&shape, seed % 7, seed / 7 % 8, seed % 60, seed);
		cross_once(&headless, seed % 5, seed / 5 % 6, seed % 60, seed);
	}
}

/* Both inputs are in what comes of them, and not only one behind the other. */
static void crossing_mixes(void **state)
{
	unsigned both = 0, turns = 0;

	(void)state;
	for (uint32_t seed = 0; seed < 1000; seed++) {
		uint8_t a[6 * RECORD], b[6 * RECORD], out[sizeof(a) + sizeof(b)];
		unsigned changes = 0;
		size_t size;

		memset(a, 1, sizeof(a));
		memset(b, 2, sizeof(b));
		size = fuzz_cross(&headless, a, sizeof(a), b, sizeof(b), out, sizeof(out), seed);
		for (size_t at = RECORD; at < size; at += RECORD)
			changes += out[at] != out[at - RECORD];
		both += changes > 0;
		turns += changes > 1;
	}
	assert_true(both > 500);
	assert_true(turns > 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_and_records), cmocka_unit_test(no_room),
		cmocka_unit_test(every_kind),        cmocka_unit_test(repeatable),
		cmocka_unit_test(no_form),           cmocka_unit_test(crossing),
		cmocka_unit_test(crossing_mixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
