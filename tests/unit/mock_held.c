/* SPDX-License-Identifier: BSD-3-Clause */
/* Layers that hold buffers back or end the device, and the device's clock. */
#include "mock_rings.h"

#include "mock-device/quirks/quirk.h"

#define IN_ORDER TD_FEATURE(VIRTIO_F_IN_ORDER)
#define SUSPEND  TD_FEATURE(VIRTIO_F_SUSPEND)
#define HELD_NS  UINT64_C(1000)

/* ---- Holding buffers back ---- */

/* state[0]: how many are held; state[1…]: their serials. The last is let go first. */
static void let_go(struct mock *mock, void *argument)
{
	struct mock_layer *q = argument;

	while (q->state[0]) {
		struct mock_chain *chain = mock_chain_find(mock, q->state[q->state[0]--]);

		if (chain)
			mock_op_complete(q->below, chain, (uint32_t)chain->prefix);
	}
}

static void hold(struct mock_layer *q, struct mock_chain *chain, uint32_t length)
{
	(void)length;
	assert_true(q->state[0] < 7);
	if (q->state[0] == 0)
		mock_after(q->mock, HELD_NS, let_go, q);
	q->state[++q->state[0]] = chain->serial;
}
MOCK_QUIRK(test_hold, .kind = MOCK_VARIATION, .says = "holds buffers, completes the last first",
	   .ops = { .complete = hold });

/* A rng device with three buffers under way, of 1, 2 and 3 bytes. */
static struct td_queue *hold_three(struct td *td, uint64_t features)
{
	struct td_queue *queue;
	uint64_t buffer;

	td_open(td, "rng", "test-hold", NULL);
	buffer = td_alloc(td, 16, 1);
	queue = td_live_rng(td, features, 8);
	for (uint16_t i = 0; i < 3; i++) {
		td_desc(td, queue->desc, i, buffer, i + 1u, VIRTQ_DESC_F_WRITE, 0);
		td_offer(td, queue, i);
	}
	td_notify(td, queue);
	td_expect_none(td, queue);
	mock_advance(td->mock, HELD_NS - 1);
	td_expect_none(td, queue);
	return queue;
}

static void out_of_order(void **state)
{
	struct td td;
	struct td_queue *queue = hold_three(&td, 0);

	(void)state;
	mock_advance(td.mock, 1);
	for (uint16_t i = 3; i-- > 0;)
		td_expect_used(&td, queue, i, i + 1u);
	assert_true(td.line);
	td_close(&td);
}

static void in_order(void **state)
{
	struct td td;
	struct td_queue *queue = hold_three(&td, IN_ORDER);

	(void)state;
	mock_advance(td.mock, 1);
	for (uint16_t i = 0; i < 3; i++)
		td_expect_used(&td, queue, i, i + 1u);
	td_close(&td);
}

/* A reset, of the device or of the queue, drops what is under way. */
static void dropped(void **state)
{
	struct td td;
	struct td_queue *queue = hold_three(&td, 0);

	(void)state;
	td_reset(&td);
	mock_advance(td.mock, HELD_NS);
	td_expect_none(&td, queue);
	assert_false(td.line);
	td_close(&td);

	queue = hold_three(&td, TD_FEATURE(VIRTIO_F_RING_RESET));
	TD_SET(&td, queue_reset, 1);
	mock_advance(td.mock, HELD_NS);
	td_expect_none(&td, queue);
	assert_false(td.line);
	td_close(&td);
}

/* Suspension waits for what is under way, and starts nothing new (3.4.2). */
static void suspension_waits(void **state)
{
	struct td td;
	struct td_queue *queue = hold_three(&td, SUSPEND);

	(void)state;
	td_set_status(&td, td_status(&td) | VIRTIO_STATUS_SUSPEND);
	assert_true(td_status(&td) & VIRTIO_STATUS_DRIVER_OK);
	assert_false(td_status(&td) & VIRTIO_STATUS_SUSPEND);
	td_offer(&td, queue, 0);
	td_notify(&td, queue);
	mock_advance(td.mock, 1);
	assert_int_equal(td_used_idx(&td, queue), 3);
	assert_true(td.line);
	assert_false(td_status(&td) & VIRTIO_STATUS_DRIVER_OK);
	assert_true(td_status(&td) & VIRTIO_STATUS_SUSPEND);
	/* The fourth after resuming. */
	td_driver_ok(&td);
	mock_advance(td.mock, HELD_NS);
	assert_int_equal(td_used_idx(&td, queue), 4);
	td_close(&td);
}

/* An error while buffers are out: they stay out. */
static void error_under_way(void **state)
{
	struct td td;
	struct td_queue *queue = hold_three(&td, 0);

	(void)state;
	td_offer(&td, queue, 77);
	td_notify(&td, queue);
	assert_true(td_status(&td) & VIRTIO_STATUS_NEEDS_RESET);
	mock_advance(td.mock, HELD_NS);
	td_expect_none(&td, queue);
	/* Not even the elements that no index covers. */
	assert_int_equal(td_load(&td, queue->used + VIRTQ_USED_RING_LEN(0), 4), 0);
	td_close(&td);
}

/* The same head again and again while the device holds it: no more than the queue is long. */
static void published_twice(void **state)
{
	struct td td;
	struct td_queue *queue;

	(void)state;
	td_open(&td, "rng", "test-hold", NULL);
	queue = td_live_rng(&td, 0, 4);
	td_desc(&td, queue->desc, 0, td_alloc(&td, 4, 1), 4, VIRTQ_DESC_F_WRITE, 0);
	for (unsigned i = 0; i < 4; i++) {
		td_offer(&td, queue, 0);
		td_notify(&td, queue);
		assert_false(td_status(&td) & VIRTIO_STATUS_NEEDS_RESET);
	}
	td_offer(&td, queue, 0);
	td_notify(&td, queue);
	assert_true(td_status(&td) & VIRTIO_STATUS_NEEDS_RESET);
	td_close(&td);
}

/* ---- Time, and its end ---- */

static void note(struct mock *mock, void *argument)
{
	uint64_t *notes = argument;

	notes[++notes[0]] = mock_now(mock);
	if (notes[0] == 1)
		mock_after(mock, 5, note, notes);
}

static void die_at_notify(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_notified(q->below, queue);
	mock_end(q->mock, MOCK_DEAD);
}
MOCK_QUIRK(test_die, .kind = MOCK_VARIATION, .says = "dies when notified",
	   .ops = { .queue_notified = die_at_notify });

static void hang_at_work(struct mock_layer *q, struct mock_chain *chain)
{
	mock_end(q->mock, MOCK_HUNG);
	mock_op_execute(q->below, chain);
}
MOCK_QUIRK(test_hang, .kind = MOCK_VARIATION, .says = "hangs on a request",
	   .ops = { .execute = hang_at_work });

static void ends(void **state)
{
	static const char *const quirks[] = { "test-die", "test-hang" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct td td;
		struct td_queue *queue;
		uint64_t notes[8] = { 0 };

		td_open(&td, "rng", quirks[i], NULL);
		queue = td_live_rng(&td, 0, 4);
		td_desc(&td, queue->desc, 0, td_alloc(&td, 4, 1), 4, VIRTQ_DESC_F_WRITE, 0);
		td_offer(&td, queue, 0);
		mock_after(td.mock, 10, note, notes);
		assert_int_equal(mock_health(td.mock), MOCK_ALIVE);
		td_notify(&td, queue);
		assert_int_equal(mock_health(td.mock), i ? MOCK_HUNG : MOCK_DEAD);
		td_expect_none(&td, queue);
		assert_false(td.line);
		assert_int_equal(td_status(&td), 0xff);
		assert_int_equal(td_config(&td, PCI_VENDOR_ID, 4), UINT32_MAX);
		assert_int_equal(mock_space_read(td.mock, false, 0, 8), UINT64_MAX);
		td_set_status(&td, 0);
		td_command(&td, PCI_COMMAND_MASTER);
		mock_space_write(td.mock, false, 0, 4, 0);
		assert_false(mock_change_config(td.mock));
		mock_advance(td.mock, 100);
		assert_int_equal(notes[0], 0);
		mock_power_on(td.mock);
		assert_int_equal(mock_health(td.mock), MOCK_ALIVE);
		assert_int_equal(td_status(&td), 0);
		td_close(&td);
	}
}

/* By time, in the order set, also when set from within. */
static void timers(void **state)
{
	uint64_t notes[8] = { 0 };
	struct td td;

	(void)state;
	td_open(&td, "rng", NULL);
	mock_after(td.mock, 20, note, notes);
	mock_after(td.mock, 10, note, notes);
	mock_after(td.mock, 100, note, notes);
	mock_advance(td.mock, 9);
	assert_int_equal(notes[0], 0);
	mock_advance(td.mock, 50);
	assert_int_equal(notes[0], 3);
	assert_int_equal(notes[1], 10);
	assert_int_equal(notes[2], 15);
	assert_int_equal(notes[3], 20);
	mock_power_on(td.mock);
	mock_advance(td.mock, 1000);
	assert_int_equal(notes[0], 3);
	mock_after(td.mock, UINT64_MAX, note, notes);
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(out_of_order),
		cmocka_unit_test(in_order),
		cmocka_unit_test(dropped),
		cmocka_unit_test(suspension_waits),
		cmocka_unit_test(error_under_way),
		cmocka_unit_test(published_twice),
		cmocka_unit_test(ends),
		cmocka_unit_test(timers),
	};

	return cmocka_run_group_tests_name("mock_held", tests, NULL, NULL);
}
