/* SPDX-License-Identifier: BSD-3-Clause */
/* The looker at rings beside a driver that goes on while the mock device works. */
#include "mock_packed.h"

#include "driver/common.h"
#include "observe/rings.h"

#define BUFFER (TD_BASE + TD_MEMORY - 64)
#define MORE   4u /* buffers that come while the device works */

struct rc {
	struct tp tp;
	struct vs_subject subject;
	struct vs_trace trace;
	struct vs_rings *rings;
	unsigned added;
	unsigned available, used, unknown, unseen, notes;
};

static int read_memory(void *context, uint64_t address, void *data, size_t size)
{
	struct rc *c = context;

	return td_dma_read(&c->tp.td, address, data, size);
}

static uint64_t now(void *context)
{
	(void)context;
	return 0;
}

static void heard(void *context, const struct vs_event *event)
{
	struct rc *c = context;

	c->available += event->kind == VS_EVENT_AVAILABLE;
	c->unseen += event->kind == VS_EVENT_AVAILABLE && event->flags & VS_CHAIN_UNSEEN;
	c->used += event->kind == VS_EVENT_USED;
	c->unknown += event->kind == VS_EVENT_USED && event->flags & VS_USED_UNKNOWN;
	c->notes += event->kind == VS_EVENT_NOTE;
}

static void stores(struct td *td, uint64_t address, const void *bytes)
{
	struct rc *c = (struct rc *)td;

	vs_rings_store(c->rings, address, bytes);
}

static void tell(struct rc *c, enum vs_common_field field, unsigned half, uint64_t value)
{
	const struct vs_common_field_info *info = &vs_common_fields[field];

	vs_rings_hear(c->rings, &(struct vs_event){ .kind = VS_EVENT_WRITE,
						    .region = (uint8_t)c->tp.td.common.bar,
						    .offset = c->tp.td.common.offset +
							      info->offset + UINT64_C(4) * half,
						    .width = info->width < 4 ? info->width : 4,
						    .value = value });
}

static void offer(struct rc *c, bool packed)
{
	struct td_queue *queue = c->tp.queue;
	uint16_t head = (uint16_t)(queue->avail_idx % queue->size);

	if (packed) {
		tp_put(&c->tp, BUFFER, 8, (uint16_t)c->tp.avail, VIRTQ_PACKED_F_WRITE);
		return;
	}
	td_desc(&c->tp.td, queue->desc, head, BUFFER, 8, VIRTQ_DESC_F_WRITE, 0);
	td_offer(&c->tp.td, queue, head);
}

/* While the device writes into a buffer the driver adds another one. */
static void add_more(struct td *td, uint64_t address)
{
	struct rc *c = (struct rc *)td;

	if (address == BUFFER && c->added < MORE) {
		c->added++;
		offer(c, td->watched);
	}
}

static void open_rings(struct rc *c, bool packed)
{
	const struct vs_rings_memory memory = { c, read_memory, now };
	struct td_queue *queue = c->tp.queue;

	for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++)
		c->subject.config[i] = (uint8_t)td_config(&c->tp.td, i, 1);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		c->subject.bars[i].size = mock_bar_info(c->tp.td.mock, i).size;
	c->subject.blind = VS_BLIND_ORDER;
	assert_int_equal(vs_trace_init(&c->trace, 16), 0);
	c->trace.heard = heard;
	c->trace.context = c;
	c->rings = vs_rings_open(&c->subject, &memory, &c->trace);
	assert_non_null(c->rings);
	tell(c, VS_DRIVER_FEATURE_SELECT, 0, 1);
	tell(c, VS_DRIVER_FEATURE, 0, 1 | (packed ? 1u << (VIRTIO_F_RING_PACKED - 32) : 0));
	tell(c, VS_QUEUE_SELECT, 0, 0);
	tell(c, VS_QUEUE_SIZE, 0, queue->size);
	tell(c, VS_QUEUE_DESC, 0, queue->desc);
	tell(c, VS_QUEUE_DRIVER, 0, queue->avail);
	tell(c, VS_QUEUE_DEVICE, 0, queue->used);
	tell(c, VS_QUEUE_ENABLE, 0, 1);
}

static void run(struct rc *c, bool packed, bool watched)
{
	memset(c, 0, sizeof(*c));
	if (packed) {
		tp_open(&c->tp, 0, 8, false);
	} else {
		td_open(&c->tp.td, "rng", NULL);
		c->tp.queue = td_live_rng(&c->tp.td, 0, 8);
	}
	open_rings(c, packed);
	c->tp.td.stores = watched ? stores : NULL;
	c->tp.td.watched = packed;
	c->tp.td.watch = add_more;
	offer(c, packed);
	vs_rings_before(c->rings);
	td_notify(&c->tp.td, c->tp.queue);
	vs_rings_after(c->rings);
	assert_int_equal(c->added, MORE);
	vs_rings_close(c->rings);
	vs_trace_free(&c->trace);
	td_close(&c->tp.td);
}

/* Where the device tells of what it is about to store, nothing is missed. */
static void sees_what_the_device_sees(void **state)
{
	struct rc c;

	(void)state;
	for (unsigned packed = 0; packed < 2; packed++) {
		run(&c, packed, true);
		assert_int_equal(c.available, 1 + MORE);
		assert_int_equal(c.used, 1 + MORE);
		assert_int_equal(c.unknown + c.unseen + c.notes, 0);
	}
}

/* Otherwise it knows what it has missed: buffers of a split ring, all of a packed one. */
static void knows_what_it_missed(void **state)
{
	struct rc c;

	(void)state;
	run(&c, false, false);
	assert_int_equal(c.used, 1 + MORE);
	assert_int_equal(c.unseen, MORE);
	assert_int_equal(c.unknown + c.notes, 0);
	run(&c, true, false);
	assert_int_equal(c.available, 1);
	assert_int_equal(c.notes, 1);
	assert_int_equal(c.unknown, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sees_what_the_device_sees),
		cmocka_unit_test(knows_what_it_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
