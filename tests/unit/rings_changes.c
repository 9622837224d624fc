/* SPDX-License-Identifier: BSD-3-Clause */
/* What has to stay as it is while the device holds it, and how long a queue lives. */
#include "rings_fixture.h"

#define FEATURE(bit) (UINT64_C(1) << (bit))

static void expect_change(struct rf *f, uint16_t buffer, uint64_t place, uint16_t flags,
			  const char *note)
{
	const struct vs_event *event = rf_next(f, VS_EVENT_CHANGED);

	assert_int_equal(event->index, buffer);
	assert_int_equal(event->value, place);
	assert_int_equal(event->flags, flags);
	assert_string_equal(event->note, note);
}

/* Two buffers in flight: 0 and, of two descriptors, 2 and 3. */
static void two(struct rf *f)
{
	rf_split(f, 4, 0);
	rf_desc(f, 0, 0, 0);
	rf_desc(f, 2, VIRTQ_DESC_F_NEXT, 3);
	rf_desc(f, 3, VIRTQ_DESC_F_WRITE, 0);
	rf_offer(f, 0);
	rf_offer(f, 2);
	rf_look(f);
	rf_forget(f);
}

static void blames_the_driver_for_changes(void **state)
{
	static const struct {
		unsigned at;
		const char *note;
	} rows[] = {
		{ VIRTQ_DESC_ADDR, "address" },
		{ VIRTQ_DESC_LEN, "length" },
		{ VIRTQ_DESC_FLAGS, "flags" },
		{ VIRTQ_DESC_NEXT, "next" },
	};
	struct rf f;

	(void)state;
	two(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rf_put(&f, f.desc + UINT64_C(3) * VIRTQ_DESC_SIZE + rows[i].at, 2, 0x77);
		rf_look(&f);
		expect_change(&f, 2, 3, i == 0 ? VS_CHANGED_FIRST : 0, rows[i].note);
		rf_quiet(&f);
		rf_look(&f);
		rf_quiet(&f);
	}
	rf_put(&f, f.avail + VIRTQ_AVAIL_RING(1), 2, 1);
	rf_look(&f);
	expect_change(&f, 2, 1, VS_CHANGED_ENTRY, "entry");
	/* A free place, and the entry that comes next. */
	rf_desc(&f, 1, 0, 0);
	rf_put(&f, f.avail + VIRTQ_AVAIL_RING(2), 2, 1);
	rf_look(&f);
	rf_quiet(&f);
	rf_close(&f);
}

static void takes_the_devices_changes(void **state)
{
	struct rf f;

	(void)state;
	two(&f);
	RF_DEVICE(&f, rf_put(&f, f.desc, 8, 0x1234); rf_put(&f, f.avail + 4, 2, 3));
	rf_look(&f);
	rf_quiet(&f);
	rf_close(&f);
}

/* Once as many buffers are used, an entry may be written anew, whatever is in flight. */
static void entries_go_with_the_used_index(void **state)
{
	struct rf f;

	(void)state;
	two(&f);
	RF_DEVICE(&f, rf_use(&f, 2, 0));
	rf_forget(&f);
	rf_put(&f, f.avail + VIRTQ_AVAIL_RING(0), 2, 3);
	rf_look(&f);
	rf_quiet(&f);
	rf_put(&f, f.avail + VIRTQ_AVAIL_RING(1), 2, 3);
	rf_look(&f);
	assert_int_equal(rf_next(&f, VS_EVENT_CHANGED)->flags, VS_CHANGED_ENTRY);
	rf_close(&f);
}

static void watches_tables(void **state)
{
	struct rf f;

	(void)state;
	rf_split(&f, 4, FEATURE(VIRTIO_F_INDIRECT_DESC));
	for (unsigned i = 0; i < 3; i++)
		rf_desc_at(&f, RF_TABLE + UINT64_C(16) * i, RF_DATA, 8, i < 2, (uint16_t)(i + 1));
	rf_desc_at(&f, f.desc, RF_TABLE, 48, VIRTQ_DESC_F_INDIRECT, 0);
	rf_offer(&f, 0);
	rf_look(&f);
	rf_forget(&f);
	rf_put(&f, RF_TABLE + 32 + VIRTQ_DESC_LEN, 4, 9);
	rf_look(&f);
	expect_change(&f, 0, 2, VS_CHANGED_TABLE | VS_CHANGED_FIRST, "length");
	RF_DEVICE(&f, rf_put(&f, RF_TABLE, 8, 9));
	rf_look(&f);
	rf_quiet(&f);
	RF_DEVICE(&f, rf_use(&f, 0, 0));
	rf_forget(&f);
	rf_put(&f, RF_TABLE, 8, 10);
	rf_look(&f);
	rf_quiet(&f);
	rf_close(&f);
}

/* A driver whose device works at the same time may reuse what was used since the last look. */
static void used_comes_before_available(void **state)
{
	struct rf f;

	(void)state;
	two(&f);
	rf_use(&f, 2, 5);
	rf_desc(&f, 2, 0, 0);
	rf_desc(&f, 3, 0, 0);
	rf_offer(&f, 3);
	rf_look(&f);
	assert_int_equal(rf_next(&f, VS_EVENT_USED)->index, 2);
	assert_int_equal(rf_find(&f, VS_EVENT_AVAILABLE)->flags, 0);
	rf_quiet(&f);
	rf_close(&f);
}

/* One that was made available and used within one access. */
static void finds_what_came_and_went(void **state)
{
	static const struct {
		unsigned blind;
		uint16_t flags, length;
	} rows[] = { { VS_BLIND_ORDER, VS_CHAIN_UNSEEN, 0 }, { 0, 0, 1 } };
	struct rf f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct vs_event *event;

		two(&f);
		f.subject.blind = rows[i].blind;
		RF_DEVICE(&f, rf_desc(&f, 1, 0, 0); rf_offer(&f, 1); rf_use(&f, 1, 5));
		event = rf_find(&f, VS_EVENT_AVAILABLE);
		assert_int_equal(event->index, 1);
		assert_int_equal(event->flags, rows[i].flags);
		assert_int_equal(event->length, rows[i].length);
		event = rf_next(&f, VS_EVENT_USED);
		assert_int_equal(event->index, 1);
		assert_int_equal(event->flags, 0);
		rf_quiet(&f);
		rf_close(&f);
	}
}

/*
 * A driver on another processor fills the places of a small queue anew as soon as they are used,
 * many times in one access.
 */
static void follows_a_driver_that_runs_meanwhile(void **state)
{
	struct rf f;

	(void)state;
	two(&f);
	f.subject.blind = VS_BLIND_ORDER;
	vs_rings_before(f.rings);
	for (unsigned i = 0; i < 10; i++) {
		uint16_t head = i % 2 ? 0 : 2;

		rf_element(&f, head, i);
		rf_store(&f, f.used + VIRTQ_USED_IDX, f.used_idx);
		assert_int_equal(rf_find(&f, VS_EVENT_USED)->index, head);
		rf_desc_at(&f, f.desc + (size_t)VIRTQ_DESC_SIZE * head, RF_DATA + UINT64_C(8) * i,
			   8, 0, 0);
		rf_offer(&f, head);
		/* It may change its mind about notifications as well. */
		rf_store(&f, f.used + VIRTQ_USED_FLAGS, (i + 1) % 2);
		assert_int_equal(rf_find(&f, VS_EVENT_AVAIL_INDEX)->value, f.avail_idx);
		assert_int_equal(rf_next(&f, VS_EVENT_DESCRIPTOR)->offset,
				 RF_DATA + UINT64_C(8) * i);
		assert_int_equal(rf_next(&f, VS_EVENT_AVAILABLE)->flags, 0);
		rf_next(&f, VS_EVENT_DEVICE_FLAGS);
	}
	vs_rings_after(f.rings);
	rf_look(&f);
	rf_quiet(&f);
	/* And is still watched. */
	rf_put(&f, f.desc + VIRTQ_DESC_LEN, 4, 9);
	rf_look(&f);
	assert_int_equal(rf_next(&f, VS_EVENT_CHANGED)->index, 0);
	rf_close(&f);
}

/* With IN_ORDER an id that names nothing may end a batch of all that were out. */
static void blames_nobody_who_was_misled(void **state)
{
	struct rf f;

	(void)state;
	for (unsigned in_order = 0; in_order < 2; in_order++) {
		rf_split(&f, 4, in_order ? FEATURE(VIRTIO_F_IN_ORDER) : 0);
		rf_desc(&f, 0, 0, 0);
		rf_desc(&f, 1, 0, 0);
		rf_offer(&f, 0);
		rf_offer(&f, 1);
		rf_look(&f);
		rf_forget(&f);
		RF_DEVICE(&f, rf_use(&f, 77, 0));
		assert_int_equal(rf_next(&f, VS_EVENT_USED)->flags, VS_USED_UNKNOWN);
		rf_desc(&f, 1, 0, 3);
		rf_put(&f, f.avail + VIRTQ_AVAIL_RING(1), 2, 3);
		rf_look(&f);
		assert_int_equal(rf_number(&f, VS_EVENT_CHANGED), in_order ? 0 : 2);
		/* What comes next is watched again. */
		rf_desc(&f, 2, 0, 0);
		rf_offer(&f, 2);
		rf_look(&f);
		rf_forget(&f);
		rf_desc(&f, 2, 0, 3);
		rf_look(&f);
		assert_int_equal(rf_next(&f, VS_EVENT_CHANGED)->index, 2);
		rf_close(&f);
	}
}

/* A driver on another processor may come upon the phantom when it has added that buffer again. */
static void follows_one_who_was_misled_by_name(void **state)
{
	struct rf f;

	(void)state;
	two(&f);
	f.subject.blind = VS_BLIND_ORDER;
	RF_DEVICE(&f, rf_use(&f, 0, 1));
	RF_DEVICE(&f, rf_use(&f, 0, 0));
	rf_forget(&f);
	rf_offer(&f, 0);
	rf_look(&f);
	assert_int_equal(rf_find(&f, VS_EVENT_AVAILABLE)->flags, VS_CHAIN_UNSEEN);
	rf_desc(&f, 0, 0, 3);
	rf_desc(&f, 3, 0, 1);
	rf_look(&f);
	rf_quiet(&f);
	RF_DEVICE(&f, rf_use(&f, 0, 2));
	assert_int_equal(rf_next(&f, VS_EVENT_USED)->length, 2);
	rf_close(&f);
}

static void a_queue_lives_until_a_reset_or_failure(void **state)
{
	static const struct vs_event function_reset = { .kind = VS_EVENT_RESET };
	struct rf f;

	(void)state;
	for (unsigned way = 0; way < 4; way++) {
		two(&f);
		if (way == 0)
			rf_set(&f, VS_DEVICE_STATUS, 0);
		else if (way == 3) /* the driver gives up */
			rf_set(&f, VS_DEVICE_STATUS,
			       VIRTIO_STATUS_DRIVER_OK | VIRTIO_STATUS_FAILED);
		else if (way == 1)
			rf_set(&f, VS_QUEUE_RESET, 1);
		else
			rf_access(&f, function_reset);
		rf_desc(&f, 0, 0, 7);
		rf_offer(&f, 1);
		rf_look(&f);
		rf_quiet(&f);
		memset(f.memory, 0, RF_MEMORY);
		rf_features(&f, FEATURE(VIRTIO_F_VERSION_1));
		rf_queue(&f, 0, 2);
		assert_int_equal(rf_next(&f, VS_EVENT_QUEUE)->index, 2);
		rf_offer(&f, 1);
		rf_look(&f);
		assert_int_equal(rf_next(&f, VS_EVENT_AVAIL_INDEX)->value, 1);
		rf_close(&f);
	}
}

/* An access that is not one to that field brings nothing to life and ends nothing. */
static void odd_accesses_count_for_nothing(void **state)
{
	struct rf f;

	(void)state;
	two(&f);
	rf_access(&f, (struct vs_event){ .kind = VS_EVENT_WRITE,
					 .region = 4,
					 .offset = vs_common_fields[VS_QUEUE_RESET].offset,
					 .width = 1,
					 .value = 1 });
	rf_set(&f, VS_QUEUE_ENABLE, 1);
	rf_quiet(&f);
	rf_set(&f, VS_QUEUE_SELECT, 1);
	rf_set(&f, VS_QUEUE_ENABLE, 1);
	rf_set(&f, VS_QUEUE_SIZE, 65535);
	rf_set(&f, VS_QUEUE_ENABLE, 1);
	rf_set(&f, VS_QUEUE_SELECT, 65535);
	rf_set(&f, VS_QUEUE_SIZE, 4);
	rf_set(&f, VS_QUEUE_ENABLE, 1);
	rf_quiet(&f);
	rf_put(&f, f.desc, 8, 0x77);
	rf_look(&f);
	assert_int_equal(rf_next(&f, VS_EVENT_CHANGED)->index, 0);
	rf_close(&f);
}

static void follows_legacy_queues(void **state)
{
	const uint16_t size = 8;
	struct rf f;

	(void)state;
	for (unsigned big = 0; big < 2; big++) {
		rf_open(&f, true);
		f.subject.big_endian = f.big_endian = big;
		rf_set(&f, VS_QUEUE_SELECT, 0);
		rf_access(&f, (struct vs_event){ .kind = VS_EVENT_READ,
						 .region = 0,
						 .offset = VIRTIO_LEGACY_QUEUE_SIZE,
						 .width = 2,
						 .value = size });
		rf_set(&f, VS_QUEUE_ADDRESS, RF_DESC >> VIRTIO_LEGACY_PAGE_SHIFT);
		assert_int_equal(rf_next(&f, VS_EVENT_QUEUE)->flags, 0xf);
		f.size = size;
		f.desc = RF_DESC;
		f.avail = RF_DESC + (uint64_t)VIRTQ_DESC_SIZE * size;
		f.used = RF_DESC + VIRTIO_LEGACY_QUEUE_ALIGN;
		rf_desc(&f, 1, VIRTQ_DESC_F_NEXT, 6);
		rf_desc(&f, 6, 0, 0);
		rf_offer(&f, 1);
		rf_look(&f);
		assert_int_equal(rf_find(&f, VS_EVENT_AVAILABLE)->length, 2);
		RF_DEVICE(&f, rf_use(&f, 1, 0x1234));
		assert_int_equal(rf_next(&f, VS_EVENT_USED)->length, 0x1234);
		rf_quiet(&f);
		rf_set(&f, VS_QUEUE_ADDRESS, 0);
		rf_offer(&f, 1);
		rf_look(&f);
		rf_quiet(&f);
		rf_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blames_the_driver_for_changes),
		cmocka_unit_test(takes_the_devices_changes),
		cmocka_unit_test(entries_go_with_the_used_index),
		cmocka_unit_test(watches_tables),
		cmocka_unit_test(used_comes_before_available),
		cmocka_unit_test(finds_what_came_and_went),
		cmocka_unit_test(follows_a_driver_that_runs_meanwhile),
		cmocka_unit_test(blames_nobody_who_was_misled),
		cmocka_unit_test(follows_one_who_was_misled_by_name),
		cmocka_unit_test(a_queue_lives_until_a_reset_or_failure),
		cmocka_unit_test(odd_accesses_count_for_nothing),
		cmocka_unit_test(follows_legacy_queues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
