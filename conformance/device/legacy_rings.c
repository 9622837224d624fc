/* SPDX-License-Identifier: BSD-3-Clause */
/* Rings of legacy drivers (2.7.2, 2.7.3), and their interrupts when a ring runs empty (6.4). */
#include "device/legacy_drive.h"
#include "spec/legacy.h"

/* Where the rings lie in the piece of memory of a queue. */
struct layout {
	size_t avail, used, bytes;
};

/* One request may come back by chance: 1 is 256 in the other byte order, and 0 is 0. */
#define REQUESTS 3u

/* Whether a driver with these rings is served: nothing that one trial leaves is left for the next.
 */
static bool serves(struct vs_ctx *t, const struct layout *layout, bool other_order)
{
	struct vs_session *s = t->s;
	int index = vs_request_queue(s, vs_request_kind(s->fn->type), 0);
	struct vs_queue *q;
	uint8_t *memory;

	vs_session_renew(s, (struct vs_setup){ 0 });
	s->other_order = other_order;
	vs_proceed(t, VS_STAGE_FEATURES);
	s->queues = vs_session_alloc(s, sizeof(*s->queues));
	if (!s->queues || index < 0 || vs_queue_configure(s, s->queues, (uint16_t)index, 0))
		vs_block_by_trouble(t);
	q = s->queues;
	s->queue_count = 1;
	if (layout) {
		memory = vs_take_memory(t, layout->bytes, VIRTIO_LEGACY_QUEUE_ALIGN);
		q->area[VS_AREA_DESC] = memory;
		q->area[VS_AREA_DRIVER] = memory + layout->avail;
		q->area[VS_AREA_DEVICE] = memory + layout->used;
		vs_queue_clear(q);
	}
	vs_queue_enable(q);
	s->stage = VS_STAGE_QUEUES;
	for (unsigned i = 0; i < REQUESTS; i++)
		if (vs_drive_on(t))
			return false;
	return true;
}

static size_t up(size_t bytes, size_t align)
{
	return (bytes + align - 1) & ~(align - 1);
}

/* How one could misread the formula, and the descriptor table of another size. */
static struct layout misread(unsigned how, uint16_t size)
{
	const size_t align = VIRTIO_LEGACY_QUEUE_ALIGN;
	size_t table = (size_t)VIRTQ_DESC_SIZE * size, ring = VIRTQ_AVAIL_SIZE((size_t)size);
	struct layout layout = { .avail = table };

	switch (how) {
	case 0:
		layout.used = up(table + ring, VIRTQ_USED_ALIGN);
		break;
	case 1: /* with the alignment itself for a mask */
		layout.used = up((table + ring + align) & ~align, VIRTQ_USED_ALIGN);
		break;
	default:
		layout.avail = up(table, align);
		layout.used = up(layout.avail + ring, align);
		break;
	}
	layout.bytes = up(layout.used + VIRTQ_USED_SIZE((size_t)size), align) + align;
	return layout;
}

static const char *const misreadings[] = {
	"the used ring right behind the available ring",
	"the used ring where the formula of the text has it, taken by the letter",
	"each part on a page of its own",
};

static void legacy_queue_layout(struct vs_ctx *t)
{
	bool served = serves(t, NULL, false);
	const char *where = NULL;
	uint16_t size;

	size = t->s->queue_count ? t->s->queues[0].size : 0;
	for (unsigned i = 0; !served && !where && i < 3; i++) {
		struct layout layout = misread(i, size);

		if (serves(t, &layout, false))
			where = misreadings[i];
	}
	if (!served && !where)
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
			 "no request is served, wherever the rings lie");
	vs_where(t, "a queue of %u entries", size);
	vs_expect(t, served, "the used ring found at the next multiple of 4096",
		  "a request is served only with %s", where);
}
VS_DEVICE_CHECK(legacy_queue_layout, .rules = VS_RULES(LEGACY_QUEUE_LAYOUT),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_REQUEST, .views = VS_ON(LEGACY),
		.breaks = VS_BREAKS(DRIVER_LEGACY_QUEUE_LAYOUT));

static void legacy_ring_order(struct vs_ctx *t)
{
	bool big = t->s->bus->features & VS_BUS_BIG_ENDIAN;
	bool served = serves(t, NULL, false);

	if (!served && !serves(t, NULL, true))
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
			 "no request is served, in whichever byte order");
	vs_expect(t, served, "rings in the byte order of the guest",
		  "a request is served with %s-endian rings, and the guest is %s-endian",
		  big ? "little" : "big", big ? "big" : "little");
}
VS_DEVICE_CHECK(legacy_ring_order, .rules = VS_RULES(LEGACY_RING_NATIVE_ENDIAN),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_REQUEST, .views = VS_ON(LEGACY),
		.breaks = VS_BREAKS(DRIVER_LEGACY_RING_NATIVE_ENDIAN));

static void expect_told(struct vs_ctx *t, uint64_t refuse, const char *how)
{
	const struct vs_setup setup = { .accept = VS_BIT(VIRTIO_F_NOTIFY_ON_EMPTY),
					.refuse = refuse };
	struct vs_request request;
	struct vs_used used;

	vs_live_listening(t, setup);
	/* What comes right after DRIVER_OK is none of it. */
	vs_settle(t->s);
	vs_take_interrupts(t);
	vs_make_request(t, &request);
	request.q->ring->interrupts(request.q, false);
	vs_send_request(t, &request);
	vs_finish_request(t, &request, &used);
	vs_where(t, "queue %u, interrupts suppressed by %s", request.q->index, how);
	vs_expect(t, vs_wait_interrupt(t, VS_INTERRUPT_QUEUE),
		  "an interrupt when no buffer is left", "none came");
}

static void notify_on_empty(struct vs_ctx *t)
{
	bool event = vs_negotiated(t, VIRTIO_F_EVENT_IDX);

	expect_told(t, VS_BIT(VIRTIO_F_EVENT_IDX), "the flag");
	if (event)
		expect_told(t, 0, "used_event");
}
VS_DEVICE_CHECK(notify_on_empty, .rules = VS_RULES(LEGACY_NOTIFY_ON_EMPTY),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_REQUEST, .views = VS_ON(LEGACY));
