/* SPDX-License-Identifier: BSD-3-Clause */
/* 3.4 Device Suspend. */
#include "device/suspend.h"
#include "spec/blk.h"

#define UP (VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK)

/* The bit must not stick before the device runs, and later steps have to work as ever. */
static void expect_ignored(struct vs_ctx *t, uint8_t status)
{
	uint8_t read;

	vs_set_status(t->s, status | VIRTIO_STATUS_SUSPEND);
	read = vs_status(t->s);
	vs_where(t, "device_status %#x", status);
	vs_expect(t, !(read & VIRTIO_STATUS_SUSPEND), "a SUSPEND bit that stays 0",
		  "%#x when %#x was written", read, status | VIRTIO_STATUS_SUSPEND);
}

static void suspend_before_driver_ok(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_request request;
	uint8_t status;

	vs_serve_interrupting(t); /* that it comes up without this */
	vs_start_over(t, VS_STAGE_COMMON, (struct vs_setup){ 0 });
	expect_ignored(t, 0);
	vs_start_over(t, VS_STAGE_COMMON, (struct vs_setup){ 0 });
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE);
	expect_ignored(t, VIRTIO_STATUS_ACKNOWLEDGE);
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	expect_ignored(t, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
	expect_ignored(t, UP);
	vs_proceed(t, VS_STAGE_QUEUES);
	expect_ignored(t, UP);
	vs_proceed(t, VS_STAGE_LIVE);
	status = vs_status(s);
	vs_where(t, "DRIVER_OK after that");
	vs_require(t, vs_is_running(status), "a start-up that goes on", "device_status %#x",
		   status);
	vs_make_request(t, &request);
	vs_expect(t, vs_request_return(&request) == 0, "a start-up that goes on", "%s",
		  s->trouble.text);
}
VS_DEVICE_CHECK(suspend_before_driver_ok, .rules = VS_RULES(SUSPEND_IGNORED_BEFORE_DRIVER_OK),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_SUSPEND_ONLY_WHEN_LIVE));

static void suspend_takes_place(struct vs_ctx *t)
{
	uint8_t status = vs_change_to(t, VIRTIO_STATUS_SUSPEND, vs_is_suspended);

	vs_where(t, "SUSPEND set on a live device");
	vs_expect(t, vs_is_suspended(status) || vs_gave_up(status),
		  "SUSPEND without DRIVER_OK, or DEVICE_NEEDS_RESET", "device_status %#x", status);
}
VS_DEVICE_CHECK(suspend_takes_place, .rules = VS_RULES(SUSPEND_SUSPENDS_OR_NEEDS_RESET),
		.stage = VS_STAGE_LIVE);

/* Fields of the device-specific structure that a driver may write, and the features that it takes.
 */
struct writable {
	uint16_t type;
	uint8_t offset, width;
	uint64_t features;
	const char *name;
};

static const struct writable writables[] = {
	{ VIRTIO_ID_BLOCK, offsetof(struct virtio_blk_config, writeback), 1,
	  VS_BIT(VIRTIO_BLK_F_CONFIG_WCE) | VS_BIT(VIRTIO_BLK_F_FLUSH), "writeback" },
	{ VIRTIO_ID_BALLOON, 4, 4, 0, "actual" },
	{ VIRTIO_ID_INPUT, 0, 1, 0, "select" },
	{ VIRTIO_ID_IOMMU, 36, 1, VS_BIT(6), "bypass" },
};

static const struct writable *find_writable(struct vs_ctx *t)
{
	for (size_t i = 0; i < sizeof(writables) / sizeof(writables[0]); i++)
		if (writables[i].type == t->s->fn->type)
			return &writables[i];
	vs_skip(t, "no field of this device type's configuration is known to be writable");
}

static uint64_t read_field(struct vs_ctx *t, const struct writable *field)
{
	return vs_cap_read(t->s, t->s->device, field->offset, field->width);
}

static void suspend_config_writes(struct vs_ctx *t)
{
	const struct writable *field = find_writable(t);
	uint64_t before, after;

	vs_start_over(t, VS_STAGE_LIVE, (struct vs_setup){ .accept = field->features });
	for (unsigned bit = 0; bit < 64; bit++)
		if (field->features & VS_BIT(bit) && !vs_negotiated(t, bit))
			vs_skip(t, "%s cannot be written without feature %u", field->name, bit);
	before = read_field(t, field);
	vs_suspend(t);
	vs_cap_write(t->s, t->s->device, field->offset, field->width, before ^ 1);
	after = read_field(t, field);
	vs_where(t, "%s", field->name);
	vs_expect(t, after == before, "a field that takes no write while suspended",
		  "%#" PRIx64 " became %#" PRIx64, before, after);
	vs_resume(t);
	after = read_field(t, field);
	vs_expect(t, after == before, "a field that took no write while suspended",
		  "%#" PRIx64 " before, %#" PRIx64 " after the resumption", before, after);
}
VS_DEVICE_CHECK(suspend_config_writes, .rules = VS_RULES(SUSPEND_CONFIG_WRITES_IGNORED),
		.stage = VS_STAGE_CAPS, .needs = VS_NEEDS_DEVICE,
		.breaks = VS_BREAKS(DRIVER_SUSPEND_CONFIG_UNWRITTEN));

/* A buffer made available to a suspended device that has been idle. */
struct offered {
	struct vs_request request;
	uint64_t digest;
};

static void offer_suspended(struct vs_ctx *t, struct offered *o)
{
	struct vs_request *request = &o->request;
	struct vs_queue *q;

	vs_live_listening(t, (struct vs_setup){ 0 });
	vs_serve_interrupting(t);
	vs_make_request(t, request);
	q = request->q;
	if (request->in)
		vs_mark(t, request->in, request->kind->in_size);
	vs_settle(t->s);
	vs_suspend(t);
	vs_take_interrupts(t);
	q->ring->interrupts(q, true);
	request->id = q->ring->offer(q, request->elements, request->count, false);
	if (request->id < 0)
		vs_block(t, -1, "queue %u has no room for a second request", q->index);
	o->digest = vs_queue_digest(t, q);
	vs_queue_notify(q);
	vs_settle(t->s);
	vs_where(t, "queue %u, a buffer and a notification while suspended", q->index);
}

static void suspend_queues_untouched(struct vs_ctx *t)
{
	struct offered o;

	offer_suspended(t, &o);
	vs_expect(t, vs_queue_digest(t, o.request.q) == o.digest, "rings that nobody writes",
		  "the device wrote into them");
	vs_expect(t, !o.request.in || vs_is_marked(t, o.request.in, o.request.kind->in_size),
		  "a buffer that nobody writes", "the device wrote into it");
}
VS_DEVICE_CHECK(suspend_queues_untouched, .rules = VS_RULES(SUSPEND_QUEUES_UNTOUCHED),
		.stage = VS_STAGE_CAPS, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_SUSPEND_NO_NEW_BUFFERS,
				    DRIVER_SUSPEND_NO_NOTIFICATIONS));

static void suspend_no_notifications(struct vs_ctx *t)
{
	struct offered o;

	offer_suspended(t, &o);
	vs_expect(t, !(vs_take_interrupts(t) & VS_INTERRUPT_QUEUE), "no interrupt for a virtqueue",
		  "one arrived");
}
VS_DEVICE_CHECK(suspend_no_notifications, .rules = VS_RULES(SUSPEND_NO_NOTIFICATIONS),
		.stage = VS_STAGE_CAPS, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_SUSPEND_NO_NEW_BUFFERS,
				    DRIVER_SUSPEND_NO_NOTIFICATIONS));

#define IMAGE_MAX 64u /* bytes of the configuration that are compared */

static unsigned read_image(struct vs_ctx *t, uint8_t *image)
{
	const struct vs_cap *device = t->s->device;
	unsigned size = device->length < IMAGE_MAX ? (unsigned)device->length : IMAGE_MAX;

	for (unsigned i = 0; i < size; i++)
		image[i] = (uint8_t)vs_cap_read(t->s, device, i, 1);
	return size;
}

static void expect_image(struct vs_ctx *t, const uint8_t *before, const char *when)
{
	uint8_t now[IMAGE_MAX] = { 0 };
	unsigned size = read_image(t, now);

	for (unsigned i = 0; i < size; i++) {
		if (now[i] == before[i])
			continue;
		vs_expect(t, false, "the same configuration all through the suspension",
			  "byte %u was %#x, is %#x %s", i, before[i], now[i], when);
		return;
	}
	vs_expect(t, true, "the same configuration", "it is");
}

static void suspend_config_unchanged(struct vs_ctx *t)
{
	uint8_t before[IMAGE_MAX] = { 0 };

	read_image(t, before);
	vs_suspend(t);
	expect_image(t, before, "while suspended");
	vs_change_config(t);
	vs_settle(t->s);
	expect_image(t, before, "after a change behind the suspended device");
}
VS_DEVICE_CHECK(suspend_config_unchanged, .rules = VS_RULES(SUSPEND_CONFIG_UNCHANGED),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_DEVICE,
		.breaks = VS_BREAKS(DRIVER_PCI_LAYOUT_NATURAL_WIDTH,
				    DRIVER_CONFIG_GENERATION_CHECKED,
				    DRIVER_CONFIG_OPTIONAL_FIELDS_GUARDED));

static void suspend_config_notification(struct vs_ctx *t)
{
	vs_live_listening(t, (struct vs_setup){ 0 });
	vs_suspend(t);
	vs_take_interrupts(t);
	vs_change_config(t);
	vs_settle(t->s);
	vs_where(t, "a configuration change while suspended");
	vs_expect_for(t, SUSPEND_CONFIG_NOTIFICATION_WITHHELD,
		      !(vs_take_interrupts(t) & VS_INTERRUPT_CONFIG),
		      "no interrupt before the device runs again", "one arrived");
	vs_resume(t);
	vs_expect_for(t, SUSPEND_CONFIG_NOTIFICATION_ON_RESUME,
		      vs_wait_interrupt(t, VS_INTERRUPT_CONFIG),
		      "an interrupt once the device runs again", "none came");
}
VS_DEVICE_CHECK(suspend_config_notification,
		.rules = VS_RULES(SUSPEND_CONFIG_NOTIFICATION_WITHHELD,
				  SUSPEND_CONFIG_NOTIFICATION_ON_RESUME),
		.stage = VS_STAGE_CAPS);
