/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that use buffers late, together or in another order, on both kinds of ring. */
#include "mock_packed.h"

#define IN_ORDER TD_FEATURE(VIRTIO_F_IN_ORDER)
#define EVENT    TD_FEATURE(VIRTIO_F_EVENT_IDX)
#define RESET    TD_FEATURE(VIRTIO_F_RING_RESET)
#define SUSPEND  TD_FEATURE(VIRTIO_F_SUSPEND)
#define NEXT     VIRTQ_PACKED_F_NEXT
#define WRITE    VIRTQ_PACKED_F_WRITE
#define LATER    UINT64_C(1000000)
#define SIZE     7u         /* of the packed queue */
#define HALF     (1u << 11) /* of what rng writes into one buffer at most */

static void open_packed(struct tp *tp, const char *quirk, uint64_t features)
{
	td_open(&tp->td, "rng", "ring=packed", quirk, NULL);
	tp_live(tp, features, SIZE);
}

/* A buffer of so many descriptors, of one byte each. */
static void put(struct tp *tp, uint64_t buffer, uint16_t id, unsigned descriptors)
{
	for (unsigned i = 0; i < descriptors; i++)
		tp_put(tp, buffer, 1, id, WRITE | (i + 1 < descriptors ? NEXT : 0));
}

static void one_split(struct td *td, struct td_queue *queue, uint16_t head, uint64_t buffer,
		      uint32_t length)
{
	td_desc(td, queue->desc, head, buffer, length, VIRTQ_DESC_F_WRITE, 0);
	td_offer(td, queue, head);
}

static void reversed_split(void **state)
{
	struct td td;
	struct td_queue *queue;
	uint64_t buffer;

	(void)state;
	td_open(&td, "rng", "completion-out-of-order", NULL);
	queue = td_live_rng(&td, 0, 8);
	buffer = td_alloc(&td, 16, 1);
	for (unsigned round = 0; round < 5; round++) {
		for (uint16_t i = 0; i < 5; i++)
			one_split(&td, queue, i, buffer, i + 1u);
		td_notify(&td, queue);
		td_expect_none(&td, queue);
		mock_advance(td.mock, LATER);
		for (uint16_t i = 5; i-- > 0;)
			td_expect_used(&td, queue, i, i + 1u);
	}
	td_close(&td);
}

/* Lists of different lengths: the places of used ones are not those of the available ones. */
static void reversed_packed(void **state)
{
	struct tp tp;
	uint64_t buffer;

	(void)state;
	open_packed(&tp, "completion-out-of-order", 0);
	buffer = td_alloc(&tp.td, 16, 1);
	for (unsigned round = 0; round < 30; round++) {
		put(&tp, buffer, 10, 1);
		put(&tp, buffer, 20, 4);
		put(&tp, buffer, 30, 2);
		tp_notify(&tp);
		tp_expect_none(&tp);
		mock_advance(tp.td.mock, LATER);
		tp_expect(&tp, 30, 2, 2);
		tp_expect(&tp, 20, 4, 4);
		tp_expect(&tp, 10, 1, 1);
		/* Alone, it comes by itself. */
		put(&tp, buffer, 40, 3);
		tp_notify(&tp);
		mock_advance(tp.td.mock, LATER);
		tp_expect(&tp, 40, 3, 3);
	}
	assert_false(tp_broken(&tp));
	tp_close(&tp);

	open_packed(&tp, "completion-out-of-order", IN_ORDER);
	put(&tp, buffer, 10, 1);
	put(&tp, buffer, 20, 4);
	tp_notify(&tp);
	tp_expect(&tp, 10, 1, 1);
	tp_expect(&tp, 20, 4, 4);
	tp_close(&tp);
}

/* messages[0]: whether the last access to the ring was to the flags in its first place. */
static void flags_last(struct td *td, uint64_t address)
{
	if (address >= td->watched && address < td->watched + (uint64_t)VIRTQ_PACKED_SIZE * SIZE)
		td->messages[0] = address == td->watched + VIRTQ_PACKED_FLAGS;
}

/* The interrupt is decided for the whole batch: every event place, in every round. */
static void together_packed(void **state)
{
	static const unsigned lengths[] = { 2, 1, 3 };
	struct tp tp;
	uint64_t buffer;
	unsigned seen = 0;

	(void)state;
	open_packed(&tp, "completion-in-batches", EVENT);
	buffer = td_alloc(&tp.td, 16, 1);
	td_store(&tp.td, tp.event + VIRTQ_EVENT_FLAGS, 2, VIRTQ_EVENT_F_DESC);
	for (unsigned round = 0; round < 40; round++) {
		/* From the one before the batch to the one behind it. */
		unsigned event = tp.avail + 2 * SIZE - 1 + round % 8;
		bool expected = round % 8 >= 1 && round % 8 <= 6;

		td_store(&tp.td, tp.event + VIRTQ_EVENT_DESC, 2, tp_event(&tp, event));
		for (uint16_t i = 0; i < 3; i++)
			put(&tp, buffer, i, lengths[i]);
		tp_notify(&tp);
		tp_expect_none(&tp);
		assert_int_equal(td_isr(&tp.td), 0);
		tp.td.watched = tp_at(&tp, 0);
		tp.td.watch = tp.used % SIZE == 0 ? flags_last : NULL;
		mock_advance(tp.td.mock, LATER);
		if (tp.td.watch)
			seen += tp.td.messages[0];
		assert_true(!tp.td.watch || tp.td.messages[0]);
		tp.td.watch = NULL;
		for (uint16_t i = 0; i < 3; i++)
			tp_expect(&tp, i, lengths[i], lengths[i]);
		assert_int_equal(td_isr(&tp.td), expected ? VIRTIO_ISR_QUEUE : 0);
	}
	assert_true(seen > 0);
	tp_close(&tp);
}

static void together_split(void **state)
{
	struct td td;
	struct td_queue *queue;
	uint64_t buffer;

	(void)state;
	td_open(&td, "rng", "completion-in-batches", NULL);
	queue = td_live_rng(&td, EVENT, 8);
	buffer = td_alloc(&td, 16, 1);
	for (uint16_t i = 0; i < 8; i++)
		one_split(&td, queue, i, buffer, i + 1u);
	td_store(&td, queue->avail + VIRTQ_AVAIL_USED_EVENT(8), 2, 5);
	td_notify(&td, queue);
	mock_advance(td.mock, LATER);
	for (uint16_t i = 0; i < 8; i++)
		td_expect_used(&td, queue, i, i + 1u);
	assert_int_equal(td.edges, 1);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_QUEUE);
	td_close(&td);
}

/* One element at the place of the first buffer names the last; the places between stay. */
static void as_one_split(void **state)
{
	struct td td;
	struct td_queue *queue;
	uint64_t buffer;

	(void)state;
	td_open(&td, "rng", "in-order-batches", NULL);
	queue = td_live_rng(&td, IN_ORDER, 4);
	buffer = td_alloc(&td, 16, 1);
	for (unsigned round = 0; round < 9; round++) {
		uint16_t first = (uint16_t)(round * 3 % 4);

		memset(td_at(&td, queue->used + VIRTQ_USED_RING(0), 32), 0xee, 32);
		for (uint16_t i = 0; i < 3; i++)
			one_split(&td, queue, (first + i) % 4, buffer, i + 1u);
		td_notify(&td, queue);
		td_expect_none(&td, queue);
		mock_advance(td.mock, LATER);
		td_expect_used(&td, queue, (first + 2) % 4, 3);
		for (unsigned i = 1; i < 4; i++)
			assert_int_equal(td_load(&td,
						 queue->used + VIRTQ_USED_RING((first + i) % 4), 4),
					 0xeeeeeeee);
		queue->used_idx += 2;
		td_expect_none(&td, queue);
	}
	td_close(&td);
}

static void as_one_packed(void **state)
{
	struct tp tp;
	uint64_t buffer;

	(void)state;
	open_packed(&tp, "in-order-batches", IN_ORDER);
	buffer = td_alloc(&tp.td, 16, 1);
	for (unsigned round = 0; round < 30; round++) {
		uint8_t before[VIRTQ_PACKED_SIZE];
		uint64_t second = tp_at(&tp, tp.avail + 2);

		put(&tp, buffer, 1, 2);
		put(&tp, buffer, 2, 1);
		put(&tp, buffer, 3, 3);
		memcpy(before, td_at(&tp.td, second, sizeof(before)), sizeof(before));
		tp_notify(&tp);
		tp_expect_none(&tp);
		mock_advance(tp.td.mock, LATER);
		tp_expect(&tp, 3, 3, 6);
		assert_memory_equal(before, td_at(&tp.td, second, sizeof(before)), sizeof(before));
		put(&tp, buffer, 9, 1);
		tp_notify(&tp);
		mock_advance(tp.td.mock, LATER);
		tp_expect(&tp, 9, 1, 1);
	}
	assert_false(tp_broken(&tp));
	tp_close(&tp);

	open_packed(&tp, "in-order-batches", 0);
	put(&tp, buffer, 1, 2);
	put(&tp, buffer, 2, 1);
	tp_notify(&tp);
	tp_expect(&tp, 1, 2, 2);
	tp_expect(&tp, 2, 1, 1);
	tp_close(&tp);
}

/* A buffer that was not filled is not taken for one that was: it has an element of its own. */
static void partly_used(void **state)
{
	struct tp tp;

	(void)state;
	open_packed(&tp, "in-order-batches", IN_ORDER);
	put(&tp, TD_BASE + TD_MEMORY - 8, 1, 1);
	for (unsigned i = 0; i < 3; i++)
		tp_put(&tp, TD_BASE + TD_MEMORY - HALF, HALF, 2, WRITE | (i < 2 ? NEXT : 0));
	put(&tp, TD_BASE + TD_MEMORY - 8, 3, 1);
	put(&tp, TD_BASE + TD_MEMORY - 8, 4, 2);
	tp_notify(&tp);
	mock_advance(tp.td.mock, LATER);
	tp_expect(&tp, 2, 2 * HALF, 4);
	tp_expect(&tp, 4, 2, 3);
	tp_close(&tp);
}

/* Neither a reset nor suspension loses or shows too much while buffers wait. */
static void while_waiting(void **state)
{
	static const char *const quirks[] = { "completion-out-of-order", "completion-in-batches",
					      "in-order-batches" };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct tp tp;
		uint64_t features = RESET | SUSPEND | (i == 2 ? IN_ORDER : 0);
		uint64_t buffer;

		open_packed(&tp, quirks[i], features);
		buffer = td_alloc(&tp.td, 16, 1);
		put(&tp, buffer, 1, 2);
		tp_notify(&tp);
		TD_SET(&tp.td, queue_reset, 1);
		mock_advance(tp.td.mock, LATER);
		tp_expect_none(&tp);
		tp_live(&tp, features, 0);
		put(&tp, buffer, 5, 2);
		tp_notify(&tp);
		tp_expect_none(&tp);
		td_set_status(&tp.td, td_status(&tp.td) | VIRTIO_STATUS_SUSPEND);
		assert_false(td_status(&tp.td) & VIRTIO_STATUS_SUSPEND);
		mock_advance(tp.td.mock, LATER);
		assert_true(td_status(&tp.td) & VIRTIO_STATUS_SUSPEND);
		tp_expect(&tp, 5, 2, 2);
		td_driver_ok(&tp.td);
		/* Broken meanwhile: the ring is left alone. */
		put(&tp, buffer, 6, 2);
		tp_notify(&tp);
		tp_put(&tp, UINT64_MAX, 2, 0, WRITE);
		tp_notify(&tp);
		assert_true(tp_broken(&tp));
		mock_advance(tp.td.mock, LATER);
		tp_expect_none(&tp);
		tp_close(&tp);
	}
}

/* Places that are still out, offered anew. */
static void overrun(void **state)
{
	struct tp tp;
	uint64_t buffer;

	(void)state;
	open_packed(&tp, "completion-in-batches", 0);
	buffer = td_alloc(&tp.td, 16, 1);
	for (unsigned i = 0; i < SIZE; i++)
		put(&tp, buffer, 0, 1);
	tp_notify(&tp);
	assert_false(tp_broken(&tp));
	put(&tp, buffer, 0, 1);
	tp_notify(&tp);
	assert_true(tp_broken(&tp));
	tp_close(&tp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reversed_split), cmocka_unit_test(reversed_packed),
		cmocka_unit_test(together_split), cmocka_unit_test(together_packed),
		cmocka_unit_test(as_one_split),   cmocka_unit_test(as_one_packed),
		cmocka_unit_test(partly_used),    cmocka_unit_test(while_waiting),
		cmocka_unit_test(overrun),
	};

	return cmocka_run_group_tests_name("mock_batches", tests, NULL, NULL);
}
