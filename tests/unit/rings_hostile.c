/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that lie in used rings, drivers that write nonsense, queues of the largest size. */
#include "rings_fixture.h"

#define FEATURE(bit) (UINT64_C(1) << (bit))

static void survives_hostile_used_rings(void **state)
{
	static const struct {
		uint32_t id;
		uint16_t step;
		uint16_t known, unknown; /* of the events */
	} rows[] = {
		{ 0, 1, 1, 0 },       { 1, 1, 0, 1 },          { 4, 1, 0, 1 },
		{ 0x10000, 1, 0, 1 }, { 0xffffffff, 1, 0, 1 }, { 0, 2, 1, 1 },
		{ 0, 4, 1, 1 },       { 0, 5, 1, 1 },          { 0, 0xffff, 1, 1 },
	};
	struct rf f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned unknown = 0, used;

		rf_split(&f, 4, 0);
		rf_desc(&f, 0, 0, 0);
		rf_offer(&f, 0);
		rf_look(&f);
		rf_forget(&f);
		RF_DEVICE(&f, rf_element(&f, rows[i].id, 0);
			  rf_put(&f, f.used + VIRTQ_USED_IDX, 2, rows[i].step));
		used = rf_number(&f, VS_EVENT_USED);
		for (unsigned j = 0; j < f.count; j++)
			unknown += f.told[j].flags & VS_USED_UNKNOWN;
		assert_int_equal(unknown, rows[i].unknown);
		assert_int_equal(used - unknown, rows[i].known);
		rf_forget(&f);
		/* From there on it goes as if that had been true. */
		f.used_idx = rows[i].step;
		rf_desc(&f, 2, 0, 0);
		rf_offer(&f, 2);
		rf_look(&f);
		assert_int_equal(rf_find(&f, VS_EVENT_AVAILABLE)->flags, 0);
		RF_DEVICE(&f, rf_use(&f, 2, 6));
		assert_int_equal(rf_find(&f, VS_EVENT_USED)->index, 2);
		rf_quiet(&f);
		rf_close(&f);
	}
}

static void a_buffer_is_used_once(void **state)
{
	struct rf f;

	(void)state;
	rf_split(&f, 4, 0);
	rf_desc(&f, 0, 0, 0);
	rf_offer(&f, 0);
	rf_look(&f);
	rf_forget(&f);
	RF_DEVICE(&f, rf_use(&f, 0, 1));
	RF_DEVICE(&f, rf_use(&f, 0, 1));
	assert_int_equal(rf_next(&f, VS_EVENT_USED)->flags, 0);
	assert_int_equal(rf_next(&f, VS_EVENT_USED)->flags, VS_USED_UNKNOWN);
	rf_close(&f);
}

/* A batch that the used index does not cover is one buffer out of order. */
static void a_batch_ends_with_the_index(void **state)
{
	struct rf f;

	(void)state;
	rf_split(&f, 4, FEATURE(VIRTIO_F_IN_ORDER));
	for (uint16_t i = 0; i < 3; i++) {
		rf_desc(&f, i, 0, 0);
		rf_offer(&f, i);
	}
	rf_look(&f);
	rf_forget(&f);
	RF_DEVICE(&f, rf_use(&f, 2, 1));
	assert_int_equal(rf_next(&f, VS_EVENT_USED)->index, 2);
	rf_quiet(&f);
	rf_close(&f);
}

static void survives_hostile_available_indexes(void **state)
{
	static const uint16_t steps[] = { 4, 5, 6, 100, 0x8000, 0xffff };
	struct rf f;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct vs_event *event;

		rf_split(&f, 4, 0);
		rf_put(&f, f.avail + VIRTQ_AVAIL_IDX, 2, steps[i]);
		rf_look(&f);
		event = rf_next(&f, VS_EVENT_AVAIL_INDEX);
		assert_int_equal(event->offset, 0);
		assert_int_equal(event->value, steps[i]);
		assert_int_equal(rf_number(&f, VS_EVENT_AVAILABLE), steps[i] == 4 ? 4 : 0);
		rf_forget(&f);
		f.avail_idx = steps[i];
		/* More than there are places, and the same head again and again. */
		for (unsigned j = 0; j < 12; j++) {
			rf_offer(&f, 3);
			rf_look(&f);
			assert_int_equal(rf_find(&f, VS_EVENT_AVAILABLE)->index, 3);
		}
		rf_forget(&f);
		rf_close(&f);
	}
}

static void survives_memory_that_goes_away(void **state)
{
	struct rf f;

	(void)state;
	for (unsigned packed = 0; packed < 2; packed++) {
		rf_split(&f, 4, packed ? FEATURE(VIRTIO_F_RING_PACKED) : 0);
		rf_desc(&f, 0, VIRTQ_DESC_F_NEXT, 1);
		rf_desc(&f, 1, 0, 0);
		rf_offer(&f, 0);
		rf_put(&f, RF_DESC + 16 + VIRTQ_PACKED_FLAGS, 2, VIRTQ_PACKED_F_AVAIL);
		rf_look(&f);
		rf_forget(&f);
		for (uint64_t end = RF_DATA; end >= RF_BASE + 8;
		     end = RF_BASE + (end - RF_BASE) / 2) {
			f.end = end;
			rf_desc(&f, 0, 0, 0);
			rf_offer(&f, 0);
			rf_use(&f, 0, 1);
			rf_look(&f);
			rf_forget(&f);
		}
		rf_close(&f);
	}
}

/* Whatever is written anywhere, it comes back; san watches. */
static void survives_noise(void **state)
{
	static const uint64_t features[] = {
		0,
		FEATURE(VIRTIO_F_IN_ORDER),
		FEATURE(VIRTIO_F_RING_PACKED),
		FEATURE(VIRTIO_F_RING_PACKED) | FEATURE(VIRTIO_F_IN_ORDER),
	};
	uint64_t seed = 1;
	struct rf f;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		uint16_t size = (uint16_t)(1 + round % 9);

		rf_split(&f, size, features[round % 4] | FEATURE(VIRTIO_F_EVENT_IDX));
		for (unsigned i = 0; i < 120; i++) {
			static const uint64_t at[] = { RF_DESC, RF_AVAIL, RF_USED, RF_TABLE };
			uint64_t place, value;

			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			place = at[seed >> 40 & 3] +
				(seed >> 44) % ((uint64_t)VIRTQ_DESC_SIZE * size);
			value = seed >> 50 & 1 ? seed >> 33 & 0xf : seed >> 20;
			if (seed >> 51 & 1) {
				rf_put(&f, place & ~UINT64_C(1), 2, value);
				if (seed >> 52 & 1)
					rf_put(&f, place & ~UINT64_C(15), 8, RF_TABLE);
				rf_look(&f);
			} else {
				RF_DEVICE(&f, rf_put(&f, place & ~UINT64_C(1), 2, value));
			}
			rf_forget(&f);
		}
		rf_close(&f);
	}
}

struct tally {
	unsigned available, elements, unseen;
};

static void add_up(void *context, const struct vs_event *event)
{
	struct tally *t = context;

	t->elements += event->kind == VS_EVENT_DESCRIPTOR;
	t->available += event->kind == VS_EVENT_AVAILABLE;
	t->unseen += event->kind == VS_EVENT_AVAILABLE && event->flags & VS_CHAIN_UNSEEN;
}

/* Each head leads through all places behind it: half of 2^30 elements, if they were all walked. */
static void a_look_has_an_end(void **state)
{
	const uint16_t size = VIRTIO_QUEUE_MAX_SIZE;
	struct tally t = { 0 };
	struct rf f;

	(void)state;
	rf_split(&f, size, 0);
	f.trace.heard = add_up;
	f.trace.context = &t;
	for (unsigned i = 0; i < size; i++) {
		rf_desc(&f, i, i + 1 < size ? VIRTQ_DESC_F_NEXT : 0, (uint16_t)(i + 1));
		rf_offer(&f, (uint16_t)i);
	}
	rf_look(&f);
	assert_int_equal(t.available, size);
	assert_in_range(t.unseen, 1, size - 1);
	assert_in_range(t.elements, size, 0x100000 + size);
	rf_close(&f);
}

/* The largest queue, full: all of it is seen, and a change in it is found in the end. */
static void follows_the_largest_queue(void **state)
{
	const uint16_t size = VIRTIO_QUEUE_MAX_SIZE;
	struct rf f;

	(void)state;
	for (unsigned packed = 0; packed < 2; packed++) {
		unsigned looks = 0;

		rf_split(&f, size, packed ? FEATURE(VIRTIO_F_RING_PACKED) : 0);
		for (unsigned i = 0; i < size; i++) {
			rf_desc(&f, i, packed ? VIRTQ_PACKED_F_AVAIL : 0, 0);
			if (packed)
				rf_put(&f, f.desc + UINT64_C(16) * i + VIRTQ_PACKED_ID, 4,
				       i | (uint32_t)VIRTQ_PACKED_F_AVAIL << 16);
			else
				rf_offer(&f, (uint16_t)i);
			if (i % 4096 == 4095) {
				rf_look(&f);
				assert_int_equal(rf_number(&f, VS_EVENT_AVAILABLE), 4096);
				rf_forget(&f);
			}
		}
		/* The driver is blamed when it does it in front of an eye: it does so all the time.
		 */
		while (!f.count && looks++ < 200) {
			rf_put(&f, f.desc + UINT64_C(16) * (size - 7u) + VIRTQ_DESC_LEN, 4, looks);
			rf_look(&f);
		}
		assert_int_equal(rf_next(&f, VS_EVENT_CHANGED)->value, size - 7);
		rf_forget(&f);
		/* Never the device's doing, wherever the eyes are. */
		for (unsigned i = 0; i < 200; i++)
			RF_DEVICE(&f, rf_put(&f, f.desc + UINT64_C(16) * i * 163 + VIRTQ_DESC_LEN,
					     4, 5));
		rf_quiet(&f);
		rf_close(&f);
	}
}

/* Entries of the available ring of a full queue, and tables, many of them. */
static void takes_turns(void **state)
{
	const uint16_t size = 4096;
	unsigned looks = 0;
	struct rf f;

	(void)state;
	rf_split(&f, size, FEATURE(VIRTIO_F_INDIRECT_DESC));
	for (uint16_t i = 0; i < size; i++) {
		rf_desc_at(&f, RF_TABLE + UINT64_C(16) * i, RF_DATA, 1, 0, 0);
		rf_desc_at(&f, f.desc + UINT64_C(16) * i, RF_TABLE + UINT64_C(16) * i, 16,
			   VIRTQ_DESC_F_INDIRECT, 0);
		rf_offer(&f, i);
		if (i % 1024 == 1023)
			rf_look(&f), rf_forget(&f);
	}
	for (unsigned what = 0; what < 2; what++) {
		uint64_t at =
			what ? RF_TABLE + UINT64_C(16) * 4000 : f.avail + VIRTQ_AVAIL_RING(4000);

		for (looks = 0; !f.count && looks < 50; looks++) {
			rf_put(&f, at, 2, looks);
			rf_look(&f);
		}
		assert_int_equal(rf_next(&f, VS_EVENT_CHANGED)->value, what ? 0 : 4000);
		rf_forget(&f);
		for (unsigned i = 0; i < 20; i++)
			RF_DEVICE(&f, rf_put(&f, at, 2, i));
		rf_quiet(&f);
	}
	/* All of it comes back, and is followed again. */
	for (unsigned i = 0; i < size; i++)
		rf_element(&f, i * 5 % size, 0);
	RF_DEVICE(&f, rf_put(&f, f.used + VIRTQ_USED_IDX, 2, f.used_idx));
	assert_int_equal(rf_number(&f, VS_EVENT_USED), size);
	rf_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_hostile_used_rings),
		cmocka_unit_test(a_buffer_is_used_once),
		cmocka_unit_test(a_batch_ends_with_the_index),
		cmocka_unit_test(survives_hostile_available_indexes),
		cmocka_unit_test(survives_memory_that_goes_away),
		cmocka_unit_test(survives_noise),
		cmocka_unit_test(a_look_has_an_end),
		cmocka_unit_test(follows_the_largest_queue),
		cmocka_unit_test(takes_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
