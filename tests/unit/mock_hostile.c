/* SPDX-License-Identifier: BSD-3-Clause */
/* Hostile drivers: each makes a mess, and the mock device has to end up in DEVICE_NEEDS_RESET. */
#include "mock_rings.h"

#define INDIRECT TD_FEATURE(VIRTIO_F_INDIRECT_DESC)
#define NEXT     VIRTQ_DESC_F_NEXT
#define WRITE    VIRTQ_DESC_F_WRITE
#define TABLE    VIRTQ_DESC_F_INDIRECT
#define SIZE     8u /* of the queue */

/* Both ways of reaching memory, since they are different code. */
static void for_both(void (*test)(bool no_map))
{
	test(false);
	test(true);
}

static struct td_queue *open_rng(struct td *td, uint64_t features, uint16_t size, bool no_map)
{
	td_open(td, "rng", NULL);
	td->no_map = no_map;
	return td_live_rng(td, features, size);
}

struct mess {
	struct td td;
	struct td_queue *queue;
	uint64_t buffer, table;
};

static void head_beyond(struct mess *m)
{
	td_offer(&m->td, m->queue, SIZE);
}

static void head_far_beyond(struct mess *m)
{
	td_offer(&m->td, m->queue, 0xffff);
}

static void next_beyond(struct mess *m)
{
	td_desc(&m->td, m->queue->desc, 0, m->buffer, 1, NEXT | WRITE, SIZE);
	td_offer(&m->td, m->queue, 0);
}

static void self_loop(struct mess *m)
{
	td_desc(&m->td, m->queue->desc, 0, m->buffer, 1, NEXT | WRITE, 0);
	td_offer(&m->td, m->queue, 0);
}

static void long_loop(struct mess *m)
{
	for (unsigned i = 0; i < SIZE; i++)
		td_desc(&m->td, m->queue->desc, i, m->buffer, 0, NEXT | WRITE,
			(uint16_t)((i + 1) % SIZE));
	td_offer(&m->td, m->queue, 4);
}

static void index_jump(struct mess *m)
{
	/* One buffer was used before: one more than the queue can hold. */
	td_store(&m->td, m->queue->avail + VIRTQ_AVAIL_IDX, 2, 1 + SIZE + 1);
}

static void index_back(struct mess *m)
{
	td_store(&m->td, m->queue->avail + VIRTQ_AVAIL_IDX, 2, 0xffff);
}

static void wraps(struct mess *m)
{
	td_desc(&m->td, m->queue->desc, 0, UINT64_MAX - 3, 8, WRITE, 0);
	td_offer(&m->td, m->queue, 0);
}

static void outside(struct mess *m)
{
	td_desc(&m->td, m->queue->desc, 0, TD_BASE + TD_MEMORY - 8, 16, WRITE, 0);
	td_offer(&m->td, m->queue, 0);
}

static void too_long(struct mess *m)
{
	td_desc(&m->td, m->queue->desc, 0, m->buffer, UINT32_MAX, NEXT | WRITE, 1);
	td_desc(&m->td, m->queue->desc, 1, m->buffer, 2, WRITE, 0);
	td_offer(&m->td, m->queue, 0);
}

static void readable_last(struct mess *m)
{
	td_desc(&m->td, m->queue->desc, 0, m->buffer, 1, NEXT | WRITE, 1);
	td_desc(&m->td, m->queue->desc, 1, m->buffer, 1, 0, 0);
	td_offer(&m->td, m->queue, 0);
}

static void with_table(struct mess *m, uint64_t address, uint32_t length, uint16_t flags)
{
	td_desc(&m->td, m->queue->desc, 0, address, length, TABLE | flags, 1);
	td_desc(&m->td, m->queue->desc, 1, m->buffer, 1, WRITE, 0);
	td_offer(&m->td, m->queue, 0);
}

static void table_and_next(struct mess *m)
{
	td_desc(&m->td, m->table, 0, m->buffer, 1, WRITE, 0);
	with_table(m, m->table, 16, NEXT);
}

static void table_nested(struct mess *m)
{
	td_desc(&m->td, m->table, 0, m->table, 16, TABLE, 0);
	with_table(m, m->table, 16, 0);
}

static void table_odd_length(struct mess *m)
{
	with_table(m, m->table, 24, 0);
}

static void table_empty(struct mess *m)
{
	with_table(m, m->table, 0, 0);
}

static void table_outside(struct mess *m)
{
	with_table(m, TD_BASE + TD_MEMORY - 16, 32, 0);
	td_desc(&m->td, TD_BASE + TD_MEMORY - 16, 0, m->buffer, 1, WRITE | NEXT, 1);
}

static void table_wraps(struct mess *m)
{
	with_table(m, UINT64_MAX - 8, 32, 0);
}

static void table_loop(struct mess *m)
{
	td_desc(&m->td, m->table, 0, m->buffer, 0, WRITE | NEXT, 1);
	td_desc(&m->td, m->table, 1, m->buffer, 0, WRITE | NEXT, 0);
	with_table(m, m->table, 64, 0);
}

static void table_next_beyond(struct mess *m)
{
	td_desc(&m->td, m->table, 0, m->buffer, 1, WRITE | NEXT, 4);
	td_desc(&m->td, m->table, 4, m->buffer, 1, WRITE, 0);
	with_table(m, m->table, 64, 0);
}

static void table_too_long(struct mess *m)
{
	for (unsigned i = 0; i <= SIZE; i++)
		td_desc(&m->td, m->table, i, m->buffer, 1, i < SIZE ? WRITE | NEXT : WRITE,
			(uint16_t)(i + 1));
	with_table(m, m->table, 16 * (SIZE + 1), 0);
}

static const struct {
	const char *name;
	void (*make)(struct mess *m);
} messes[] = {
	{ "head beyond the queue", head_beyond },
	{ "head far beyond", head_far_beyond },
	{ "next beyond the queue", next_beyond },
	{ "loop of one", self_loop },
	{ "loop of all, no bytes", long_loop },
	{ "index ahead", index_jump },
	{ "index back", index_back },
	{ "address wraps", wraps },
	{ "buffer outside memory", outside },
	{ "more than 4 GiB", too_long },
	{ "readable behind writable", readable_last },
	{ "indirect and next", table_and_next },
	{ "nested table", table_nested },
	{ "odd table", table_odd_length },
	{ "empty table", table_empty },
	{ "table outside memory", table_outside },
	{ "table wraps", table_wraps },
	{ "loop in a table", table_loop },
	{ "next beyond the table", table_next_beyond },
	{ "table longer than the queue", table_too_long },
};

static void hostile_both(bool no_map)
{
	for (unsigned i = 0; i < sizeof(messes) / sizeof(messes[0]); i++) {
		struct mess m;

		m.queue = open_rng(&m.td, INDIRECT, SIZE, no_map);
		m.buffer = td_alloc(&m.td, 64, 16);
		m.table = td_alloc(&m.td, 512, 16);
		/* It works before and after. */
		td_entropy(&m.td, m.queue, m.buffer, 16);
		m.queue->avail_idx = 1;
		td_isr(&m.td);
		messes[i].make(&m);
		td_notify(&m.td, m.queue);
		if (!(td_status(&m.td) & VIRTIO_STATUS_NEEDS_RESET))
			fail_msg("not noticed: %s", messes[i].name);
		td_expect_none(&m.td, m.queue);
		assert_int_equal(td_isr(&m.td), VIRTIO_ISR_CONFIG);
		m.queue = td_live_rng(&m.td, INDIRECT, SIZE);
		assert_int_equal(td_entropy(&m.td, m.queue, m.buffer, 16), 16);
		td_close(&m.td);
	}
}

static void hostile(void **state)
{
	(void)state;
	for_both(hostile_both);
}

static void indirect_declined(void **state)
{
	struct td td;
	struct td_queue *queue = open_rng(&td, 0, SIZE, false);
	uint64_t table = td_alloc(&td, 16, 16);

	(void)state;
	td_desc(&td, table, 0, td_alloc(&td, 16, 1), 16, WRITE, 0);
	td_desc(&td, queue->desc, 0, table, 16, TABLE, 0);
	td_offer(&td, queue, 0);
	td_notify(&td, queue);
	assert_true(td_status(&td) & VIRTIO_STATUS_NEEDS_RESET);
	td_close(&td);
}

/* Rings where no ring can be: at DRIVER_OK, which looks at them, or when notified. */
static void ring_addresses(void **state)
{
	static const uint64_t places[][3] = {
		{ 0, 0, 0 },
		{ UINT64_MAX - 15, TD_BASE, TD_BASE + 4096 },
		{ TD_BASE, UINT64_MAX - 1, TD_BASE + 4096 },
		{ TD_BASE, TD_BASE + 4096, UINT64_MAX - 3 },
		{ TD_BASE + 8, TD_BASE + 4096, TD_BASE + 8192 },
		{ TD_BASE, TD_BASE + 4097, TD_BASE + 8192 },
		{ TD_BASE, TD_BASE + 4096, TD_BASE + 8194 },
		{ TD_BASE, TD_BASE + 4096, TD_BASE + TD_MEMORY - 4 },
		{ TD_BASE, TD_BASE + TD_MEMORY - 2, TD_BASE },
		{ TD_BASE + TD_MEMORY, TD_BASE, TD_BASE + 4096 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct td td;

		td_open(&td, "rng", NULL);
		td_negotiate(&td, TD_FEATURE(VIRTIO_F_VERSION_1));
		TD_SET(&td, queue_size, SIZE);
		TD_SET(&td, queue_desc_lo, (uint32_t)places[i][0]);
		TD_SET(&td, queue_desc_hi, places[i][0] >> 32);
		TD_SET(&td, queue_driver_lo, (uint32_t)places[i][1]);
		TD_SET(&td, queue_driver_hi, places[i][1] >> 32);
		TD_SET(&td, queue_device_lo, (uint32_t)places[i][2]);
		TD_SET(&td, queue_device_hi, places[i][2] >> 32);
		TD_SET(&td, queue_enable, 1);
		td_store(&td, TD_BASE + 2, 2, 1);
		td_store(&td, TD_BASE + 4096 + 2, 2, 1);
		td_driver_ok(&td);
		mock_bar_write(td.mock, td.notify.bar, td.notify.offset, 2, 0);
		assert_true(td_status(&td) & VIRTIO_STATUS_NEEDS_RESET);
		td_set_status(&td, 0);
		td_close(&td);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile),
		cmocka_unit_test(indirect_declined),
		cmocka_unit_test(ring_addresses),
	};

	return cmocka_run_group_tests_name("mock_hostile", tests, NULL, NULL);
}
