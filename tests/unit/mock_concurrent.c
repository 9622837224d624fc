/* SPDX-License-Identifier: BSD-3-Clause */
/* A driver that goes on while the mock device works, as one in another process does: it acts
 * between two of the device's accesses to memory. */
#include "mock_rings.h"

#define SIZE  8u
#define EVENT TD_FEATURE(VIRTIO_F_EVENT_IDX)

static void prepare(struct td *td, uint64_t features)
{
	struct td_queue *queue;

	td_open(td, "rng", NULL);
	queue = td_live_rng(td, features, SIZE);
	td_desc(td, queue->desc, 0, td_alloc(td, 1, 1), 1, VIRTQ_DESC_F_WRITE, 0);
}

/* Whenever the device looks at the available index there is one more, as long as it uses them. */
static void feed(struct td *td, uint64_t address)
{
	struct td_queue *queue = &td->queues[0];

	if (address != queue->avail + VIRTQ_AVAIL_IDX)
		return;
	if ((uint16_t)(queue->avail_idx - td_used_idx(td, queue)) < SIZE)
		td_offer(td, queue, 0);
}

/* A call into the device comes to an end all the same, and nothing is lost. */
static void endless_feeding(void **state)
{
	struct td td;
	uint16_t used;

	(void)state;
	prepare(&td, 0);
	td.watch = feed;
	td_notify(&td, &td.queues[0]);
	used = td_used_idx(&td, &td.queues[0]);
	assert_true(used >= SIZE && used < 1000);
	for (unsigned i = 0; i < 10; i++) {
		mock_advance(td.mock, 1);
		assert_true((uint16_t)(td_used_idx(&td, &td.queues[0]) - used) >= SIZE);
		used = td_used_idx(&td, &td.queues[0]);
	}
	td.watch = NULL;
	mock_advance(td.mock, 1);
	assert_int_equal(td_used_idx(&td, &td.queues[0]), td.queues[0].avail_idx);
	td_close(&td);
}

/*
 * A driver that sees no wish for notifications, makes one more buffer available and does not
 * notify, just before the device says that it wants them again.
 */
static void last_moment(struct td *td, uint64_t address)
{
	struct td_queue *queue = &td->queues[0];
	if (address != td->watched || td_used_idx(td, queue) != 1)
		return;
	td->watch = NULL;
	if (address == queue->used + VIRTQ_USED_FLAGS)
		assert_int_equal(td_load(td, address, 2), VIRTQ_USED_F_NO_NOTIFY);
	td_offer(td, queue, 0);
}

static void not_lost(void **state)
{
	(void)state;
	for (unsigned event = 0; event < 2; event++) {
		struct td td;

		prepare(&td, event ? EVENT : 0);
		td.watched = td.queues[0].used +
			     (event ? VIRTQ_USED_AVAIL_EVENT(SIZE) : VIRTQ_USED_FLAGS);
		td.watch = last_moment;
		td_offer(&td, &td.queues[0], 0);
		td_notify(&td, &td.queues[0]);
		assert_null(td.watch);
		assert_int_equal(td_used_idx(&td, &td.queues[0]), 2);
		td_close(&td);
	}
}

/* The descriptor grows and moves when the device gets to the buffer. */
static void grow(struct td *td, uint64_t address)
{
	if (address != td->watched)
		return;
	td->watch = NULL;
	td_desc(td, td->queues[0].desc, 0, 0, TD_MEMORY, VIRTQ_DESC_F_NEXT, 99);
}

static void read_once(void **state)
{
	struct td td;

	(void)state;
	prepare(&td, 0);
	td.watched = td_alloc(&td, 4, 1);
	td_desc(&td, td.queues[0].desc, 0, td.watched, 4, VIRTQ_DESC_F_WRITE, 0);
	td_offer(&td, &td.queues[0], 0);
	td.watch = grow;
	td_notify(&td, &td.queues[0]);
	assert_null(td.watch);
	td_expect_used(&td, &td.queues[0], 0, 4);
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endless_feeding),
		cmocka_unit_test(not_lost),
		cmocka_unit_test(read_once),
	};

	return cmocka_run_group_tests_name("mock_concurrent", tests, NULL, NULL);
}
