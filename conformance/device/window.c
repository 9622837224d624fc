/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 4.1.4.9 PCI configuration access capability: a second way to everything that the other
 * capabilities name. What it does is compared with what an access to the BAR itself does.
 */
#include "engine/check.h"

#define LOOK_MAX 24u /* bytes of a structure without known fields that are compared */

static void window_present(struct vs_ctx *t)
{
	vs_expect(t, vs_caps_any(&t->s->fn->caps, VIRTIO_PCI_CAP_PCI_CFG) != NULL,
		  "a PCI configuration access capability", "there is none");
}
VS_DEVICE_CHECK(window_present, .rules = VS_RULES(PCI_WINDOW_PRESENT), .stage = VS_STAGE_CAPS);

static void name_place(struct vs_ctx *t, const struct vs_cap *cap, uint64_t offset, unsigned length)
{
	vs_where(t, "%u bytes at BAR %u + %#" PRIx64, length, cap->bar, cap->offset + offset);
}

/* What stands there may change by itself: only what is the same before and after counts. */
static void expect_same(struct vs_ctx *t, const struct vs_cap *cap, uint32_t offset,
			unsigned length)
{
	uint32_t before, through, after;

	if (!vs_window_reaches(t->s, cap, offset, length))
		return;
	before = (uint32_t)vs_cap_read(t->s, cap, offset, length);
	through = vs_window_read(t->s, cap, offset, length);
	after = through == before ? before : (uint32_t)vs_cap_read(t->s, cap, offset, length);
	if (before != after)
		return;
	name_place(t, cap, offset, length);
	vs_expect(t, through == before, "the value that the place itself shows",
		  "%#" PRIx32 " through the window, %#" PRIx32 " in the BAR", through, before);
}

/* Each field at its natural width, which makes accesses of 1, 2 and 4 bytes. */
static void expect_common_same(struct vs_ctx *t, const struct vs_cap *cap)
{
	for (int i = 0; i < VS_COMMON_FIELD_COUNT; i++) {
		const struct vs_common_field_info *f = &vs_common_fields[i];
		unsigned width = f->width < 8 ? f->width : 4;

		expect_same(t, cap, f->offset, width);
		if (f->width == 8)
			expect_same(t, cap, f->offset + 4u, 4);
	}
}

static void expect_bytes_same(struct vs_ctx *t, const struct vs_cap *cap)
{
	for (unsigned width = 1; width <= 4; width *= 2)
		for (uint32_t offset = 0; offset < LOOK_MAX; offset += width)
			expect_same(t, cap, offset, width);
}

/* Regions in which there is something only after requests that map it there (5.7, 5.11). */
static bool maps_on_demand(const struct vs_ctx *t)
{
	return t->s->fn->type == VIRTIO_ID_GPU || t->s->fn->type == VIRTIO_ID_FS;
}

/* Values that differ in every byte, in registers that have no effect until a queue is enabled. */
static void fill_registers(struct vs_ctx *t)
{
	if (t->s->num_queues == 0 || vs_queue_get(t->s, 0, VS_QUEUE_SIZE) == 0)
		return;
	vs_set(t->s, VS_QUEUE_DESC, UINT64_C(0x0000001223344000));
	vs_set(t->s, VS_QUEUE_DRIVER, UINT64_C(0x0000005667788000));
	vs_set(t->s, VS_QUEUE_DEVICE, UINT64_C(0x0000009aabbcc000));
}

static void window_read(struct vs_ctx *t)
{
	const struct vs_caps *caps = &t->s->fn->caps;

	fill_registers(t);
	for (unsigned i = 0; i < caps->count; i++) {
		const struct vs_cap *cap = &caps->list[i];

		if (cap->id != PCI_CAP_ID_VNDR)
			continue;
		if (cap->cfg_type == VIRTIO_PCI_CAP_COMMON_CFG)
			expect_common_same(t, cap);
		else if (cap->cfg_type == VIRTIO_PCI_CAP_DEVICE_CFG ||
			 (cap->cfg_type == VIRTIO_PCI_CAP_SHARED_MEMORY_CFG && !maps_on_demand(t)))
			expect_bytes_same(t, cap);
	}
	vs_window_close(t->s);
}
VS_DEVICE_CHECK(window_read, .rules = VS_RULES(PCI_WINDOW_READ), .stage = VS_STAGE_FEATURES,
		.needs = VS_NEEDS_WINDOW,
		.breaks = VS_BREAKS(DRIVER_PCI_LAYOUT_NATURAL_WIDTH,
				    DRIVER_CONFIG_GENERATION_CHECKED,
				    DRIVER_CONFIG_OPTIONAL_FIELDS_GUARDED));

/* Raises the queue bit, which is there at the latest when all has settled. */
static void raise_queue_bit(struct vs_ctx *t)
{
	struct vs_request request;

	t->s->queues[0].ring->interrupts(&t->s->queues[0], true);
	vs_make_request(t, &request);
	if (vs_request_return(&request))
		vs_block_by_trouble(t);
	vs_settle(t->s);
}

/* Reading is what clears the ISR status, so a read that does not is no read of the register. */
static void window_isr(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	const struct vs_cap *cap;

	if (!s->isr || !vs_cap_placed(s, s->isr))
		vs_block(t, VS_RULE_PCI_ISR_PRESENT, "no ISR structure is usable");
	raise_queue_bit(t);
	if (!(vs_isr(s) & VIRTIO_ISR_QUEUE))
		vs_block(t, VS_RULE_PCI_ISR_QUEUE_BIT_BEFORE_INTERRUPT,
			 "the ISR status stays 0 when a buffer is used");
	if (vs_isr(s))
		vs_block(t, VS_RULE_PCI_ISR_CLEARED_BY_READ,
			 "reading does not clear the ISR status");
	vs_for_each_cap(cap, &s->fn->caps, VIRTIO_PCI_CAP_ISR_CFG) {
		uint8_t through, after;

		if (!vs_window_reaches(s, cap, 0, 1))
			continue;
		raise_queue_bit(t);
		through = (uint8_t)vs_window_read(s, cap, 0, 1);
		after = vs_isr(s);
		name_place(t, cap, 0, 1);
		vs_expect(t, through & VIRTIO_ISR_QUEUE, "the queue bit of the ISR status", "%#x",
			  through);
		vs_expect(t, after == 0, "an ISR status that reading through the window clears",
			  "%#x after it read %#x", after, through);
	}
	vs_window_close(s);
}
VS_DEVICE_CHECK(window_isr, .rules = VS_RULES(PCI_WINDOW_READ), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_WINDOW | VS_NEEDS_REQUEST);

/*
 * A notification is a write that a device has to act upon. The buffer is offered once the device
 * has come to rest, since many look at their queues by themselves at DRIVER_OK.
 */
static void expect_notification(struct vs_ctx *t, const struct vs_cap *cap)
{
	struct vs_request request;
	struct vs_used used;
	unsigned width;
	uint32_t value;
	bool done;

	vs_start_over(t, VS_STAGE_LIVE, (struct vs_setup){ 0 });
	vs_make_request(t, &request);
	vs_settle(t->s);
	request.q->ring->offer(request.q, request.elements, request.count, false);
	vs_settle(t->s);
	if (request.q->ring->take(request.q, &used))
		vs_skip(t, "the device uses buffers without being notified");
	value = vs_queue_notify_value(request.q, &width);
	t->s->notify = cap;
	vs_window_write(t->s, cap, (uint32_t)(vs_queue_notify_offset(request.q, cap) - cap->offset),
			width, value);
	done = vs_queue_wait(request.q, &used);
	vs_window_close(t->s);
	if (!done) {
		vs_queue_notify(request.q);
		if (!vs_queue_wait(request.q, &used))
			vs_block(t, VS_RULE_PCI_NOTIFY_ADDRESS,
				 "a notification in the BAR itself is not served either");
	}
	vs_where(t, "notification capability at %#x", cap->pos);
	vs_expect(t, done, "a notification through the window to be served",
		  "queue %u: a request notified at BAR %u + %#" PRIx64
		  " stayed unused until the BAR itself was written",
		  request.q->index, cap->bar, vs_queue_notify_offset(request.q, cap));
}

static void window_notify(struct vs_ctx *t)
{
	const struct vs_cap *cap;
	unsigned count = 0;

	vs_for_each_cap(cap, &t->s->fn->caps, VIRTIO_PCI_CAP_NOTIFY_CFG) {
		const struct vs_queue *q = &t->s->queues[0];
		unsigned width;

		vs_queue_notify_value(q, &width);
		if (!vs_window_reaches(t->s, cap, vs_queue_notify_offset(q, cap) - cap->offset,
				       width))
			continue;
		expect_notification(t, cap);
		count++;
	}
	if (count == 0)
		vs_block(t, VS_RULE_PCI_NOTIFY_LENGTH_COVERS_QUEUES,
			 "no notification structure has the place of queue %u",
			 t->s->queues[0].index);
}
VS_DEVICE_CHECK(window_notify, .rules = VS_RULES(PCI_WINDOW_WRITE), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_WINDOW | VS_NEEDS_REQUEST);

/* Whether the field takes both values when it is written in the BAR; if not, others say so. */
static void need_writable(struct vs_ctx *t, enum vs_common_field field, uint64_t one, uint64_t two)
{
	const uint64_t values[] = { two, one };

	for (size_t i = 0; i < 2; i++) {
		vs_set(t->s, field, values[i]);
		if (vs_get(t->s, field) != values[i])
			vs_block(t, VS_RULE_PCI_COMMON_READ_WRITE_FIELDS,
				 "%s does not keep what is written", vs_common_fields[field].name);
	}
}

/* Writes `two` where `one` stands. `beyond` goes into the bytes of pci_cfg_data behind it. */
static void expect_written(struct vs_ctx *t, enum vs_common_field field, uint64_t one, uint64_t two,
			   uint32_t beyond)
{
	const struct vs_common_field_info *f = &vs_common_fields[field];
	struct vs_session *s = t->s;
	uint64_t back;

	need_writable(t, field, one, two);
	for (unsigned half = 0; half < (f->width == 8 ? 2 : 1); half++) {
		unsigned width = f->width < 4 ? f->width : 4;
		uint32_t value = (uint32_t)(half ? two >> 32 : two);

		if (beyond && width < 4)
			value |= beyond << 8 * width;
		vs_window_point(s, s->common->bar,
				(uint32_t)s->common->offset + f->offset + 4 * half, width);
		vs_config_write(s, vs_window_data(s), beyond ? 4 : width, value);
	}
	back = vs_get(s, field);
	vs_where(t, "%s", f->name);
	vs_expect(t, back == two, "what was written through the window",
		  "wrote %#" PRIx64 ", reads %#" PRIx64 ", was %#" PRIx64, two, back, one);
}

static void expect_status_written(struct vs_ctx *t, uint8_t value)
{
	struct vs_session *s = t->s;
	uint8_t back;

	vs_window_write(s, s->common, vs_common_fields[VS_DEVICE_STATUS].offset, 1, value);
	back = vs_status(s);
	vs_where(t, "device_status");
	vs_expect(t, back == value, "what was written through the window", "wrote %#x, reads %#x",
		  value, back);
}

/* The bytes of pci_cfg_data behind `length` are nobody's: here they would reduce queue 0. */
static void expect_rest_ignored(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	uint16_t size = (uint16_t)vs_queue_get(s, 0, VS_QUEUE_SIZE), after;

	if (s->num_queues == 0 || size < 4)
		return;
	expect_written(t, VS_QUEUE_SELECT, 1, 0, size / 2u);
	after = (uint16_t)vs_queue_get(s, 0, VS_QUEUE_SIZE);
	vs_where(t, "queue_size, which follows queue_select");
	vs_expect(t, after == size, "a write of `length` bytes",
		  "%u became %u as 4 bytes were written with a length of 2", size, after);
}

static void window_write(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	if (!vs_window_reaches(s, s->common, 0, VIRTIO_PCI_COMMON_CFG_MIN))
		vs_skip(t, "the window does not reach as far as the common configuration lies");
	need_writable(t, VS_DEVICE_STATUS, VIRTIO_STATUS_ACKNOWLEDGE, VIRTIO_STATUS_ACKNOWLEDGE);
	expect_status_written(t, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
	expect_written(t, VS_DEVICE_FEATURE_SELECT, 0, 1, 0);
	expect_written(t, VS_DRIVER_FEATURE_SELECT, 0, 1, 0);
	expect_written(t, VS_QUEUE_SELECT, 0, 1, 0);
	expect_rest_ignored(t);
	if (s->num_queues && vs_queue_get(s, 0, VS_QUEUE_SIZE)) {
		expect_written(t, VS_QUEUE_DESC, 0, UINT64_C(0x0000001223344000), 0);
		expect_written(t, VS_QUEUE_DEVICE, 0, UINT64_C(0x0000005667788000), 0);
	}
	vs_window_close(s);
}
VS_DEVICE_CHECK(window_write, .rules = VS_RULES(PCI_WINDOW_WRITE), .stage = VS_STAGE_COMMON,
		.needs = VS_NEEDS_WINDOW);
