/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Storms: every kind of access, at random, over devices in every state. Nothing is expected of the
 * device but that it stays inside itself (run under sanitizers) and comes back after a reset.
 */
#include "mock_rings.h"

#include "spec/notification.h"

#define STEPS 60000u
#define RINGS 65536u /* bytes at the start of memory where rings and descriptors get scribbled */

struct storm {
	struct td td;
	uint64_t random;
};

static uint64_t draw(struct storm *s, uint64_t below)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random % below;
}

/* A number that is often near something. */
static uint64_t number(struct storm *s)
{
	static const uint64_t edges[] = { 0,
					  1,
					  2,
					  4,
					  8,
					  0xff,
					  0xffff,
					  0x8000,
					  UINT32_MAX,
					  UINT64_MAX,
					  TD_BASE,
					  TD_BASE + 64,
					  TD_BASE + TD_MEMORY };

	switch (draw(s, 4)) {
	case 0:
		return edges[draw(s, sizeof(edges) / sizeof(edges[0]))] + draw(s, 3) - 1;
	case 1:
		return draw(s, 16);
	case 2:
		return TD_BASE + draw(s, RINGS) / 16 * 16;
	default:
		return s->random;
	}
}

static unsigned width(struct storm *s, unsigned most)
{
	return 1u << draw(s, most);
}

static uint64_t bar_offset(struct storm *s, unsigned bar)
{
	uint64_t size = mock_bar_info(s->td.mock, bar).size;

	if (draw(s, 8) == 0)
		return number(s);
	/* Within the first bytes of a page, where the registers are. */
	return draw(s, size ? size / 4096 + 1 : 1) * 4096 + draw(s, 72) - draw(s, 8);
}

static void access_bar(struct storm *s)
{
	unsigned bar = (unsigned)draw(s, 8);
	uint64_t offset = bar_offset(s, bar);

	if (draw(s, 2))
		mock_bar_read(s->td.mock, bar, offset, width(s, 4));
	else
		mock_bar_write(s->td.mock, bar, offset, width(s, 4), number(s));
}

static void access_config(struct storm *s)
{
	unsigned at = (unsigned)draw(s, draw(s, 4) ? 260 : 5000);

	if (draw(s, 2))
		mock_config_read(s->td.mock, at, width(s, 3));
	else
		mock_config_write(s->td.mock, at, width(s, 3), (uint32_t)number(s));
}

static void access_space(struct storm *s)
{
	if (draw(s, 2))
		mock_space_read(s->td.mock, draw(s, 2), number(s), width(s, 4));
	else
		mock_space_write(s->td.mock, draw(s, 2), number(s), width(s, 4), number(s));
}

/* A queue on the scribbled memory, enabled somehow. */
static void make_queue(struct storm *s)
{
	struct td *td = &s->td;

	TD_SET(td, queue_select, draw(s, 6));
	TD_SET(td, queue_size, draw(s, 2) ? 1u << draw(s, 7) : draw(s, 130));
	TD_SET(td, queue_desc_lo, TD_BASE + draw(s, RINGS / 16) * 16);
	TD_SET(td, queue_driver_lo, TD_BASE + draw(s, RINGS / 16) * 16);
	TD_SET(td, queue_device_lo, TD_BASE + draw(s, RINGS / 16) * 16);
	TD_SET(td, queue_enable, 1);
}

static void bring_up(struct storm *s)
{
	struct td *td = &s->td;

	td_command(td, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	td_set_status(td, 0);
	td_set_status(td, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	td_accept(td, draw(s, 3) ? td_offered(td) : TD_FEATURE(VIRTIO_F_VERSION_1));
	td_set_status(td, VIRTIO_STATUS_FEATURES_OK);
	for (unsigned i = 0; i < 6; i++)
		make_queue(s);
	td_set_status(td, VIRTIO_STATUS_DRIVER_OK);
}

static void scribble(struct storm *s)
{
	uint64_t at = TD_BASE + draw(s, RINGS);

	if (draw(s, 2))
		td_store(&s->td, at / 2 * 2, 2, draw(s, 12));
	else
		td_desc(&s->td, at / 16 * 16, 0, number(s), (uint32_t)draw(s, 600),
			(uint16_t)draw(s, 8), (uint16_t)draw(s, 12));
}

static void notify(struct storm *s)
{
	uint64_t queue = draw(s, 6);
	uint64_t value = draw(s, 2) ? queue : 0x5a00 + queue;

	mock_bar_write(s->td.mock, s->td.notify.bar, s->td.notify.offset + s->td.multiplier * queue,
		       draw(s, 2) ? 2 : 4, value | draw(s, 2) << VIRTIO_NOTIFY_NEXT_OFF_SHIFT);
}

static void step(struct storm *s)
{
	switch (draw(s, 16)) {
	case 0:
	case 1:
	case 2:
		access_bar(s);
		break;
	case 3:
		access_config(s);
		break;
	case 4:
		access_space(s);
		break;
	case 5:
		mock_advance(s->td.mock, draw(s, 1000000));
		break;
	case 6:
		mock_change_config(s->td.mock);
		break;
	case 7:
		if (draw(s, 4) == 0)
			bring_up(s);
		break;
	case 8:
		if (draw(s, 64) == 0)
			mock_power_on(s->td.mock);
		break;
	case 9:
	case 10:
	case 11:
		scribble(s);
		break;
	default:
		notify(s);
	}
}

static void storm_over(const char *class_name, const char *quirk, bool no_map)
{
	struct storm s = { .random = UINT64_C(0x2545f4914f6cdd1d) };
	uint64_t address;
	unsigned live = 0;

	td_open(&s.td, class_name, quirk, NULL);
	s.td.no_map = no_map;
	for (unsigned i = 0; i < STEPS; i++) {
		step(&s);
		live += (td_status(&s.td) & 0x44) == VIRTIO_STATUS_DRIVER_OK;
	}
	/* The storm reached devices that were at work. */
	assert_true(live > STEPS / 100);
	mock_power_on(s.td.mock);
	td_command(&s.td, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	assert_int_equal(td_status(&s.td), 0);
	memset(s.td.memory, 0, TD_MEMORY);
	address = td_alloc(&s.td, 16, 16);
	if (strcmp(class_name, "rng") == 0) {
		struct td_queue *queue = td_live_rng(&s.td, 0, 4);

		assert_int_equal(td_entropy(&s.td, queue, address, 16), 16);
	}
	td_close(&s.td);
}

static void storms(void **state)
{
	static const char *const names[] = { "rng", "blk", "net", "console" };
	static const char *const quirks[] = { NULL, "admin-queue", "structures-spread",
					      "notification-data", "ring=packed" };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned j = 0; j < 5; j++)
			storm_over(names[i], quirks[j], j % 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(storms),
	};

	return cmocka_run_group_tests_name("mock_storm", tests, NULL, NULL);
}
