/* SPDX-License-Identifier: BSD-3-Clause */
/* Hostile drivers of packed rings: each makes a mess, and the mock device has to end up in
 * DEVICE_NEEDS_RESET. */
#include "mock_packed.h"

#define INDIRECT TD_FEATURE(VIRTIO_F_INDIRECT_DESC)
#define NEXT     VIRTQ_PACKED_F_NEXT
#define WRITE    VIRTQ_PACKED_F_WRITE
#define TABLE    VIRTQ_PACKED_F_INDIRECT
#define SIZE     6u /* of the queue */

struct mess {
	struct tp tp;
	uint64_t buffer, table;
};

static void endless(struct mess *m)
{
	for (unsigned i = 0; i < SIZE; i++)
		tp_put(&m->tp, m->buffer, 0, 0, NEXT | WRITE);
}

static void stops_short(struct mess *m)
{
	tp_put(&m->tp, m->buffer, 1, 0, NEXT | WRITE);
}

static void goes_on_in_used(struct mess *m)
{
	tp_put(&m->tp, m->buffer, 1, 0, NEXT | WRITE);
	tp_desc(&m->tp, tp_at(&m->tp, m->tp.avail), m->buffer, 1, 0, WRITE | TP_STATE);
}

static void goes_on_in_other_round(struct mess *m)
{
	tp_put(&m->tp, m->buffer, 1, 0, NEXT | WRITE);
	tp_desc(&m->tp, tp_at(&m->tp, m->tp.avail), m->buffer, 1, 0,
		WRITE | tp_available(&m->tp, m->tp.avail + SIZE));
}

static void wraps(struct mess *m)
{
	tp_put(&m->tp, UINT64_MAX - 3, 8, 0, WRITE);
}

static void outside(struct mess *m)
{
	tp_put(&m->tp, TD_BASE + TD_MEMORY - 8, 16, 0, WRITE);
}

static void too_long(struct mess *m)
{
	tp_put(&m->tp, m->buffer, UINT32_MAX, 0, NEXT | WRITE);
	tp_put(&m->tp, m->buffer, 2, 0, WRITE);
}

static void readable_last(struct mess *m)
{
	tp_put(&m->tp, m->buffer, 1, 0, NEXT | WRITE);
	tp_put(&m->tp, m->buffer, 1, 0, 0);
}

static void with_table(struct mess *m, uint64_t address, uint32_t length, uint16_t flags)
{
	tp_put(&m->tp, address, length, 0, TABLE | flags);
	tp_put(&m->tp, m->buffer, 1, 0, WRITE);
}

static void table_and_next(struct mess *m)
{
	tp_desc(&m->tp, m->table, m->buffer, 1, 0, WRITE);
	with_table(m, m->table, 16, NEXT);
}

static void table_behind_others(struct mess *m)
{
	tp_desc(&m->tp, m->table, m->buffer, 1, 0, WRITE);
	tp_put(&m->tp, m->buffer, 1, 0, WRITE | NEXT);
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
}

static void table_wraps(struct mess *m)
{
	with_table(m, UINT64_MAX - 8, 32, 0);
}

static void table_too_long(struct mess *m)
{
	for (unsigned i = 0; i <= SIZE; i++)
		tp_desc(&m->tp, m->table + 16ul * i, m->buffer, 1, 0, WRITE);
	with_table(m, m->table, 16 * (SIZE + 1), 0);
}

static void table_huge(struct mess *m)
{
	with_table(m, m->table, UINT32_MAX & ~15u, 0);
}

static void table_readable_last(struct mess *m)
{
	tp_desc(&m->tp, m->table, m->buffer, 1, 0, WRITE);
	tp_desc(&m->tp, m->table + 16, m->buffer, 1, 0, 0);
	with_table(m, m->table, 32, 0);
}

static void table_element_wraps(struct mess *m)
{
	tp_desc(&m->tp, m->table, UINT64_MAX, 2, 0, WRITE);
	with_table(m, m->table, 16, 0);
}

static const struct {
	const char *name;
	void (*make)(struct mess *m);
} messes[] = {
	{ "endless list, no bytes", endless },
	{ "list goes on in nothing", stops_short },
	{ "list goes on in a used descriptor", goes_on_in_used },
	{ "list goes on in another round", goes_on_in_other_round },
	{ "address wraps", wraps },
	{ "buffer outside memory", outside },
	{ "more than 4 GiB", too_long },
	{ "readable behind writable", readable_last },
	{ "indirect and next", table_and_next },
	{ "table at the end of a list", table_behind_others },
	{ "odd table", table_odd_length },
	{ "empty table", table_empty },
	{ "table outside memory", table_outside },
	{ "table wraps", table_wraps },
	{ "table longer than the queue", table_too_long },
	{ "table of 4 GiB", table_huge },
	{ "readable behind writable in a table", table_readable_last },
	{ "address in a table wraps", table_element_wraps },
};

/* At the start of the ring, in its middle and over its end. */
static void make_mess(unsigned number, unsigned before, bool no_map)
{
	struct mess m;

	tp_open(&m.tp, INDIRECT, SIZE, no_map);
	m.buffer = td_alloc(&m.tp.td, 64, 16);
	m.table = td_alloc(&m.tp.td, 512, 16);
	for (unsigned i = 0; i < before; i++)
		tp_entropy(&m.tp, m.buffer, 16);
	td_isr(&m.tp.td);
	messes[number].make(&m);
	tp_notify(&m.tp);
	if (!tp_broken(&m.tp))
		fail_msg("not noticed: %s, after %u", messes[number].name, before);
	tp_expect_none(&m.tp);
	assert_int_equal(td_isr(&m.tp.td), VIRTIO_ISR_CONFIG);
	tp_live(&m.tp, INDIRECT, SIZE);
	assert_int_equal(tp_entropy(&m.tp, m.buffer, 16), 16);
	tp_close(&m.tp);
}

static void hostile(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(messes) / sizeof(messes[0]); i++) {
		for (unsigned before = 0; before <= 2 * SIZE; before++)
			make_mess(i, before, before % 2);
	}
}

static void indirect_declined(void **state)
{
	struct tp tp;
	uint64_t table;

	(void)state;
	tp_open(&tp, 0, SIZE, false);
	table = td_alloc(&tp.td, 16, 16);
	tp_desc(&tp, table, td_alloc(&tp.td, 16, 1), 16, 0, WRITE);
	tp_put(&tp, table, 16, 0, TABLE);
	tp_notify(&tp);
	assert_true(tp_broken(&tp));
	tp_close(&tp);
}

/* Rings where no ring can be: at DRIVER_OK, which looks at them, or when notified. */
static void ring_addresses(void **state)
{
	static const uint64_t places[][3] = {
		{ 0, TD_BASE, TD_BASE + 4096 },
		{ UINT64_MAX - 15, TD_BASE, TD_BASE + 4096 },
		{ TD_BASE, UINT64_MAX - 3, TD_BASE + 4096 },
		{ TD_BASE, TD_BASE + 4096, UINT64_MAX - 3 },
		{ TD_BASE + 8, TD_BASE + 4096, TD_BASE + 8192 },
		{ TD_BASE, TD_BASE + 4098, TD_BASE + 8192 },
		{ TD_BASE, TD_BASE + 4096, TD_BASE + 8194 },
		{ TD_BASE, TD_BASE + 4096, TD_BASE + TD_MEMORY },
		{ TD_BASE, TD_BASE + TD_MEMORY, TD_BASE + 4096 },
		{ TD_BASE + TD_MEMORY, TD_BASE, TD_BASE + 4096 },
		{ TD_BASE + TD_MEMORY - 16, TD_BASE, TD_BASE + 4096 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct tp tp;

		td_open(&tp.td, "rng", "ring=packed", NULL);
		assert_true(td_negotiate(&tp.td, TP_PACKED));
		TD_SET(&tp.td, queue_size, SIZE);
		TD_SET(&tp.td, queue_desc_lo, (uint32_t)places[i][0]);
		TD_SET(&tp.td, queue_desc_hi, places[i][0] >> 32);
		TD_SET(&tp.td, queue_driver_lo, (uint32_t)places[i][1]);
		TD_SET(&tp.td, queue_driver_hi, places[i][1] >> 32);
		TD_SET(&tp.td, queue_device_lo, (uint32_t)places[i][2]);
		TD_SET(&tp.td, queue_device_hi, places[i][2] >> 32);
		TD_SET(&tp.td, queue_enable, 1);
		/* A buffer at each place where the ring may be read. */
		for (uint64_t at = TD_BASE; at <= TD_BASE + TD_MEMORY - 16; at += TD_MEMORY - 16) {
			td_store(&tp.td, at, 8, TD_BASE + 64);
			td_store(&tp.td, at + VIRTQ_PACKED_LEN, 4, 1);
			td_store(&tp.td, at + VIRTQ_PACKED_FLAGS, 2,
				 WRITE | NEXT | VIRTQ_PACKED_F_AVAIL);
		}
		/* The second descriptor ends the list, where there is one. */
		td_store(&tp.td, TD_BASE + 16, 8, TD_BASE + 64);
		td_store(&tp.td, TD_BASE + 30, 2, WRITE | VIRTQ_PACKED_F_AVAIL);
		td_driver_ok(&tp.td);
		mock_bar_write(tp.td.mock, tp.td.notify.bar, tp.td.notify.offset, 2, 0);
		assert_true(tp_broken(&tp));
		td_set_status(&tp.td, 0);
		tp_close(&tp);
	}
}

static void count_descriptor(struct td *td, uint64_t address)
{
	if (address >= td->watched && address < td->watched + VIRTQ_PACKED_SIZE)
		td->messages[0]++;
}

/* The device goes to each field of a descriptor once to read it, and once to write it. */
static void read_once(void **state)
{
	struct tp tp;
	uint64_t buffer;

	(void)state;
	tp_open(&tp, 0, SIZE, false);
	buffer = td_alloc(&tp.td, 16, 1);
	tp_put(&tp, buffer, 16, 1, WRITE);
	tp.td.watched = tp_at(&tp, 0);
	tp.td.watch = count_descriptor;
	tp_notify(&tp);
	tp.td.watch = NULL;
	tp_expect(&tp, 1, 16, 1);
	/* Flags and the rest, length with id and flags. */
	assert_int_equal(tp.td.messages[0], 4);
	tp_close(&tp);
}

static uint64_t draw(uint64_t below)
{
	static uint64_t random = UINT64_C(0x2545f4914f6cdd1d);

	random ^= random << 13;
	random ^= random >> 7;
	random ^= random << 17;
	return random % below;
}

/* A descriptor in its place, and mostly in its state; a table now and then has some sense. Whether
 * the list goes on. */
static bool put_random(struct tp *tp, uint64_t memory)
{
	static const uint16_t likely[] = { WRITE, WRITE, WRITE, WRITE | NEXT, WRITE | NEXT, TABLE };
	uint16_t flags = draw(24) ? likely[draw(6)] : (uint16_t)draw(8);
	uint64_t address = memory + draw(512);
	uint32_t length = (uint32_t)draw(64);

	if (flags & TABLE)
		length &= draw(8) ? ~15u : ~0u;
	if (draw(64) == 0)
		address = draw(2) ? UINT64_MAX - draw(64) : TD_BASE + TD_MEMORY - draw(64);
	tp_put(tp, address, length, (uint16_t)draw(65536), flags);
	if (draw(64) == 0)
		td_store(&tp->td, tp_at(tp, (unsigned)draw(64)) + VIRTQ_PACKED_FLAGS, 2,
			 draw(65536));
	if (draw(64) == 0)
		td_store(&tp->td, (draw(2) ? tp->event : tp->asked) + 2 * draw(2), 2, draw(65536));
	return flags & NEXT && draw(16);
}

/* At random: the device stays inside itself (run under sanitizers) and comes back after a reset. */
static void storm(void **state)
{
	static const char *const quirks[] = { "completion-out-of-order", "completion-in-batches",
					      "in-order-batches", "slow-requests" };
	unsigned served = 0;

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		struct tp tp;
		uint64_t memory;

		td_open(&tp.td, "rng", "ring=packed", quirks[i % 4], NULL);
		tp.td.no_map = i % 3 == 0;
		tp_live(&tp, draw(2) ? td_offered(&tp.td) & ~TD_FEATURE(VIRTIO_F_ADMIN_VQ) : 0,
			(uint16_t)(1 + draw(16)));
		memory = td_alloc(&tp.td, 1024, 16);
		for (unsigned j = 0; j < 100 && !tp_broken(&tp); j++) {
			while (put_random(&tp, memory))
				;
			if (draw(8))
				tp_notify(&tp);
			mock_advance(tp.td.mock, draw(8) ? 1000000 : draw(10000));
			served += td_isr(&tp.td) == VIRTIO_ISR_QUEUE;
		}
		tp_live(&tp, 0, 3);
		tp_put(&tp, memory, 16, 1, WRITE);
		tp_notify(&tp);
		mock_advance(tp.td.mock, 1000000);
		tp_expect(&tp, 1, 16, 1);
		tp_close(&tp);
	}
	assert_true(served > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile),        cmocka_unit_test(indirect_declined),
		cmocka_unit_test(ring_addresses), cmocka_unit_test(read_once),
		cmocka_unit_test(storm),
	};

	return cmocka_run_group_tests_name("mock_packed_hostile", tests, NULL, NULL);
}
