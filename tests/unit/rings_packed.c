/* SPDX-License-Identifier: BSD-3-Clause */
/* Packed rings, as the device's side sees them. */
#include "rings_fixture.h"

#define FEATURE(bit) (UINT64_C(1) << (bit))

static void start(struct rf *f, uint16_t size, uint64_t features)
{
	rf_split(f, size, features | FEATURE(VIRTIO_F_RING_PACKED));
}

static uint16_t state_of(bool used, unsigned round)
{
	bool wrap = round % 2 == 0;

	return (uint16_t)((wrap ? VIRTQ_PACKED_F_AVAIL : 0) |
			  (wrap == used ? VIRTQ_PACKED_F_USED : 0));
}

static void put(struct rf *f, unsigned slot, uint32_t length, uint16_t id, uint16_t flags)
{
	uint64_t at = RF_DESC + (uint64_t)VIRTQ_PACKED_SIZE * slot;

	rf_put(f, at + VIRTQ_PACKED_ADDR, 8, RF_DATA);
	rf_put(f, at + VIRTQ_PACKED_LEN, 4, length);
	rf_put(f, at + VIRTQ_PACKED_ID, 2, id);
	rf_put(f, at + VIRTQ_PACKED_FLAGS, 2, flags);
}

/* Position counts on over the rounds. */
static void offer(struct rf *f, unsigned position, uint16_t id, uint16_t flags)
{
	put(f, position % f->size, 16, id, flags | state_of(false, position / f->size));
}

static void use(struct rf *f, unsigned position, uint16_t id, uint32_t length)
{
	put(f, position % f->size, length, id,
	    VIRTQ_PACKED_F_WRITE | state_of(true, position / f->size));
}

static const struct vs_event *expect_available(struct rf *f, uint16_t id, uint16_t place,
					       uint16_t length, uint16_t flags)
{
	const struct vs_event *event = rf_find(f, VS_EVENT_AVAILABLE);

	assert_int_equal(event->index, id);
	assert_int_equal(event->value, place);
	assert_int_equal(event->length, length);
	assert_int_equal(event->flags, flags);
	return event;
}

static void expect_used(struct rf *f, uint16_t id, uint32_t length, uint16_t place, uint16_t flags)
{
	const struct vs_event *event = rf_next(f, VS_EVENT_USED);

	assert_int_equal(event->index, id);
	assert_int_equal(event->length, length);
	assert_int_equal(event->value, place);
	assert_int_equal(event->flags, flags);
}

static void tells_of_lists_and_uses(void **state)
{
	struct rf f;

	(void)state;
	start(&f, 5, 0);
	offer(&f, 0, 7, 0);
	offer(&f, 1, 0, VIRTQ_PACKED_F_NEXT);
	offer(&f, 2, 9, VIRTQ_PACKED_F_WRITE);
	rf_look(&f);
	assert_int_equal(VS_DESCRIPTOR_ID(rf_next(&f, VS_EVENT_DESCRIPTOR)->value), 7);
	expect_available(&f, 7, 0x8000, 1, 0);
	assert_int_equal(VS_DESCRIPTOR_PLACE(rf_next(&f, VS_EVENT_DESCRIPTOR)->value), 1);
	expect_available(&f, 9, 0x8001, 2, 0);
	rf_quiet(&f);
	RF_DEVICE(&f, use(&f, 0, 9, 3); use(&f, 2, 7, 0));
	expect_used(&f, 9, 3, 0x8001, 0);
	expect_used(&f, 7, 0, 0x8000, 0);
	rf_quiet(&f);
	rf_close(&f);
}

static void follows_the_wrap(void **state)
{
	struct rf f;
	unsigned position = 0;

	(void)state;
	start(&f, 5, 0);
	for (unsigned i = 0; i < 100; i++, position += 2) {
		uint16_t place = (uint16_t)(position % 5 | (position / 5 % 2 ? 0 : 0x8000));

		offer(&f, position + 1, 3, 0);
		offer(&f, position, 0, VIRTQ_PACKED_F_NEXT);
		rf_look(&f);
		expect_available(&f, 3, place, 2, 0);
		rf_quiet(&f);
		RF_DEVICE(&f, use(&f, position, 3, i));
		expect_used(&f, 3, i, place, 0);
		rf_quiet(&f);
	}
	rf_close(&f);
}

static void judges_the_shape_of_lists(void **state)
{
	static const struct {
		uint16_t size, flags[4];
		bool available[4];
		uint16_t length, chain;
	} rows[] = {
		{ 4, { 1, 0 }, { true, true }, 2, 0 },
		{ 4, { 1, 0 }, { true }, 1, VS_CHAIN_INCOMPLETE },
		{ 4, { 1, 1, 1, 1 }, { true, true, true, true }, 4, VS_CHAIN_TOO_LONG },
		{ 4, { 4 }, { true }, 2, 0 },
		{ 1, { 4 }, { true }, 2, VS_CHAIN_TOO_LONG },
		{ 4, { 4 | 1, 4 }, { true, true }, 4, 0 },
	};
	struct rf f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(&f, rows[i].size, FEATURE(VIRTIO_F_INDIRECT_DESC));
		rf_desc_at(&f, RF_TABLE, RF_DATA, 1, 0, 0);
		rf_desc_at(&f, RF_TABLE + 16, RF_DATA, 1, 0, 0);
		for (unsigned j = 0; j < rows[i].size; j++) {
			if (rows[i].available[j])
				offer(&f, j, 5, rows[i].flags[j]);
			if (rows[i].flags[j] & 4) {
				rf_put(&f, RF_DESC + UINT64_C(16) * j, 8, RF_TABLE);
				rf_put(&f, RF_DESC + UINT64_C(16) * j + 8, 4, 32);
			}
		}
		rf_look(&f);
		expect_available(&f, 5, 0x8000, rows[i].length, rows[i].chain);
		rf_quiet(&f);
		rf_look(&f);
		rf_quiet(&f);
		rf_close(&f);
	}
}

/* A list that is completed later is told of again, whole. */
static void takes_a_list_when_it_is_complete(void **state)
{
	struct rf f;

	(void)state;
	start(&f, 2, 0);
	offer(&f, 0, 1, 0);
	offer(&f, 1, 2, VIRTQ_PACKED_F_NEXT);
	rf_look(&f);
	expect_available(&f, 1, 0x8000, 1, 0);
	expect_available(&f, 2, 0x8001, 1, VS_CHAIN_INCOMPLETE | VS_CHAIN_NO_ROOM);
	RF_DEVICE(&f, use(&f, 0, 1, 0));
	rf_forget(&f);
	offer(&f, 2, 2, 0);
	rf_look(&f);
	expect_available(&f, 2, 0x8001, 2, 0);
	rf_quiet(&f);
	rf_close(&f);
}

static void tells_of_turns_and_ids(void **state)
{
	struct rf f;

	(void)state;
	start(&f, 4, 0);
	offer(&f, 1, 2, 0);
	rf_look(&f);
	rf_quiet(&f);
	offer(&f, 0, 1, 0);
	rf_look(&f);
	expect_available(&f, 1, 0x8000, 1, VS_CHAIN_OUT_OF_TURN);
	expect_available(&f, 2, 0x8001, 1, 0);
	offer(&f, 2, 2, 0);
	rf_look(&f);
	expect_available(&f, 2, 0x8002, 1, VS_CHAIN_IN_FLIGHT);
	rf_close(&f);
}

static void tells_of_event_suppression(void **state)
{
	struct rf f;

	(void)state;
	start(&f, 4, FEATURE(VIRTIO_F_EVENT_IDX));
	rf_put(&f, RF_AVAIL, 4, 0x00028003);
	RF_DEVICE(&f, rf_put(&f, RF_USED, 4, 0x00010002));
	assert_int_equal(rf_next(&f, VS_EVENT_USED_EVENT)->value, 0x8003);
	assert_int_equal(rf_next(&f, VS_EVENT_AVAIL_FLAGS)->value, 2);
	assert_int_equal(rf_next(&f, VS_EVENT_AVAIL_EVENT)->value, 2);
	assert_int_equal(rf_next(&f, VS_EVENT_DEVICE_FLAGS)->value, 1);
	rf_quiet(&f);
	rf_close(&f);
}

static void takes_batches_apart(void **state)
{
	struct rf f;

	(void)state;
	start(&f, 8, FEATURE(VIRTIO_F_IN_ORDER));
	offer(&f, 0, 1, 0);
	offer(&f, 1, 2, VIRTQ_PACKED_F_NEXT);
	offer(&f, 2, 2, 0);
	offer(&f, 3, 3, 0);
	rf_look(&f);
	rf_forget(&f);
	RF_DEVICE(&f, use(&f, 0, 2, 6); use(&f, 3, 3, 7));
	expect_used(&f, 1, 0, 0x8000, VS_USED_BATCH);
	expect_used(&f, 2, 6, 0x8001, 0);
	expect_used(&f, 3, 7, 0x8003, 0);
	rf_quiet(&f);
	rf_close(&f);
}

static void blames_the_driver_for_changes(void **state)
{
	const struct vs_event *event;
	struct rf f;

	(void)state;
	start(&f, 2, 0);
	offer(&f, 0, 1, 0);
	offer(&f, 1, 2, 0);
	rf_look(&f);
	rf_forget(&f);
	rf_put(&f, RF_DESC + VIRTQ_PACKED_LEN, 4, 99);
	rf_look(&f);
	event = rf_next(&f, VS_EVENT_CHANGED);
	assert_string_equal(event->note, "length");
	assert_int_equal(event->index, 1);
	assert_int_equal(event->flags, VS_CHANGED_FIRST);
	/* What the device writes in place 0 says that it used the other one. */
	RF_DEVICE(&f, use(&f, 0, 2, 0));
	expect_used(&f, 2, 0, 0x8001, 0);
	rf_quiet(&f);
	offer(&f, 2, 2, 0);
	rf_look(&f);
	expect_available(&f, 2, 0, 1, 0);
	rf_quiet(&f);
	/* Place 1 is still to be marked as used. */
	offer(&f, 3, 4, 0);
	rf_look(&f);
	event = rf_next(&f, VS_EVENT_CHANGED);
	assert_int_equal(event->value, 1);
	assert_int_equal(event->flags, VS_CHANGED_AVAIL);
	rf_quiet(&f);
	rf_close(&f);
}

static void survives_lies(void **state)
{
	struct rf f;

	(void)state;
	start(&f, 4, 0);
	/* Used, with nothing out. */
	RF_DEVICE(&f, use(&f, 0, 9, 9));
	expect_used(&f, 9, 9, 0, VS_USED_UNKNOWN);
	rf_look(&f);
	rf_quiet(&f);
	offer(&f, 0, 1, VIRTQ_PACKED_F_NEXT);
	offer(&f, 1, 1, 0);
	offer(&f, 2, 2, 0);
	rf_look(&f);
	rf_forget(&f);
	/* Nobody has that id; then it goes on where the first list ends. */
	RF_DEVICE(&f, use(&f, 0, 0xffff, 9); use(&f, 2, 2, 5));
	expect_used(&f, 0xffff, 9, 0, VS_USED_UNKNOWN);
	expect_used(&f, 2, 5, 0x8002, 0);
	rf_quiet(&f);
	rf_close(&f);
}

/* A driver on another processor fills a place anew as soon as it sees it used. */
static void follows_a_driver_that_runs_meanwhile(void **state)
{
	struct rf f;

	(void)state;
	start(&f, 2, 0);
	f.subject.blind = VS_BLIND_ORDER;
	offer(&f, 0, 0, 0);
	offer(&f, 1, 1, 0);
	rf_look(&f);
	rf_forget(&f);
	vs_rings_before(f.rings);
	for (unsigned i = 0; i < 10; i++) {
		uint64_t at = RF_DESC + (uint64_t)VIRTQ_PACKED_SIZE * (i % 2);
		uint16_t place = (uint16_t)(i % 2 | (i / 2 % 2 ? 0 : 0x8000));

		rf_put(&f, at + VIRTQ_PACKED_LEN, 4, i);
		rf_store(&f, at + VIRTQ_PACKED_FLAGS, VIRTQ_PACKED_F_WRITE | state_of(true, i / 2));
		expect_used(&f, i % 2, i, place, 0);
		offer(&f, i + 2, i % 2, 0);
		rf_store(&f, RF_USED + VIRTQ_EVENT_FLAGS, (i + 1) % 2);
		expect_available(&f, i % 2, place ^ 0x8000, 1, 0);
		rf_next(&f, VS_EVENT_DEVICE_FLAGS);
	}
	vs_rings_after(f.rings);
	rf_look(&f);
	rf_quiet(&f);
	rf_close(&f);
}

/* Where it is not told of what the device publishes, nobody can tell. */
static void gives_up_what_it_cannot_follow(void **state)
{
	struct rf f;

	(void)state;
	start(&f, 4, 0);
	f.subject.blind = VS_BLIND_ORDER;
	RF_DEVICE(&f, offer(&f, 0, 1, 0); use(&f, 0, 1, 0));
	rf_next(&f, VS_EVENT_NOTE);
	offer(&f, 1, 1, 0);
	rf_look(&f);
	rf_quiet(&f);
	rf_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_of_lists_and_uses),
		cmocka_unit_test(follows_the_wrap),
		cmocka_unit_test(judges_the_shape_of_lists),
		cmocka_unit_test(takes_a_list_when_it_is_complete),
		cmocka_unit_test(tells_of_turns_and_ids),
		cmocka_unit_test(tells_of_event_suppression),
		cmocka_unit_test(takes_batches_apart),
		cmocka_unit_test(blames_the_driver_for_changes),
		cmocka_unit_test(survives_lies),
		cmocka_unit_test(follows_a_driver_that_runs_meanwhile),
		cmocka_unit_test(gives_up_what_it_cannot_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
