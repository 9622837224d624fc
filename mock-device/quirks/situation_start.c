/* SPDX-License-Identifier: BSD-3-Clause */
/* What a driver can run into on its way to DRIVER_OK (3.1.1). */
#include "mock-device/quirks/quirk.h"
#include "spec/legacy.h"

#define FIELD(name) offsetof(struct virtio_pci_common_cfg, name)

enum { REFUSED_ALWAYS, REFUSED_FIRST };

/* state[0]: how often it has been asked. */
static bool refused(struct mock_layer *q, const struct mock_features *accepted)
{
	if (q->value == REFUSED_ALWAYS || q->state[0]++ == 0)
		return false;
	return mock_op_features_acceptable(q->below, accepted);
}
MOCK_QUIRK(features_refused, .kind = MOCK_SITUATION,
	   .says = "FEATURES_OK does not stick, whatever was accepted: ever, or the first time",
	   .values = "always first", .needs = "mock:,interface=modern|transitional",
	   .ops = { .features_acceptable = refused });

static void without_version_one(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_remove(features, VIRTIO_F_VERSION_1);
}
MOCK_QUIRK(version_one_withheld, .kind = MOCK_SITUATION,
	   .says = "a transitional device does not offer VERSION_1: only its legacy interface can "
		   "be used",
	   .tries = MOCK_RULES(DRIVER_LEGACY_DEVICE_DETECTED),
	   .needs = "mock:,interface=transitional,ring=split",
	   .ops = { .offered_features = without_version_one });

/* The reset itself is done; nobody ever learns of it. */
static void endless_reset(struct mock_layer *q)
{
	q->state[0] = q->mock->status | VIRTIO_STATUS_ACKNOWLEDGE;
	mock_op_reset(q->below);
}

static uint8_t never_zero(struct mock_layer *q)
{
	return (uint8_t)(mock_op_status_read(q->below) | q->state[0]);
}
MOCK_QUIRK(reset_endless, .kind = MOCK_SITUATION,
	   .says = "after the first reset the status never reads 0 again",
	   .ops = { .reset = endless_reset, .status_read = never_zero });

enum { BEFORE_LIVE, BEFORE_BROKEN, BEFORE_FAILED };

/* As firmware leaves it: a driver is live, and a queue lies in memory that is somebody's. */
static void used_before(struct mock_layer *q)
{
	static const uint8_t status[] = {
		[BEFORE_LIVE] = VIRTIO_STATUS_DRIVER_OK,
		[BEFORE_BROKEN] = VIRTIO_STATUS_DRIVER_OK | VIRTIO_STATUS_NEEDS_RESET,
		[BEFORE_FAILED] = VIRTIO_STATUS_FAILED,
	};
	struct mock *mock = q->mock;
	struct mock_queue *queue = &mock->queues[0];

	mock_op_power_on(q->below);
	mock->status = status[q->value] | VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER |
		       VIRTIO_STATUS_FEATURES_OK;
	mock_features_add(&mock->accepted, VIRTIO_F_VERSION_1);
	mock_fix_features(mock);
	mock->device_feature_select = mock->driver_feature_select = 1;
	mock->queue_select = 1;
	mock->config_vector = 0;
	queue->size = queue->max_size < 4 ? queue->max_size : 4;
	queue->vector = 0;
	queue->descriptor_area = queue->driver_area = queue->device_area = 0x1000;
	mock_op_queue_enable(mock->top, queue);
	q->state[0] = 1;
}

/* Its ring is nobody's memory by now, so it has to stay where it is until a reset. */
static bool rests(struct mock_layer *q, struct mock_queue *queue)
{
	return !q->state[0] && mock_op_may_consume(q->below, queue);
}

static void used_no_more(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(driven_before, .kind = MOCK_SITUATION,
	   .says = "at power-on a driver was there already: live, with an error, or failed",
	   .drivers = MOCK_DRIVER_WORKS, .values = "live broken failed",
	   .needs = "mock:,interface=modern",
	   .ops = { .power_on = used_before, .may_consume = rests, .reset = used_no_more });

/* Nothing has happened, and interrupts come before the driver can take any. */
static void interrupt_now(struct mock *mock)
{
	for (unsigned i = 0; i < mock->queue_count; i++)
		if (mock->queues[i].enabled)
			mock_op_raise_queue_interrupt(mock->top, &mock->queues[i]);
	mock_op_raise_config_interrupt(mock->top);
}

static void enable_and_interrupt(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_enable(q->below, queue);
	if (!(q->mock->status & VIRTIO_STATUS_DRIVER_OK))
		interrupt_now(q->mock);
}

static void status_and_interrupt(struct mock_layer *q, uint8_t value)
{
	uint8_t before = q->mock->status;

	mock_op_status_write(q->below, value);
	if (value && q->mock->status != before && !(q->mock->status & VIRTIO_STATUS_DRIVER_OK))
		interrupt_now(q->mock);
}
MOCK_QUIRK(interrupts_early, .kind = MOCK_SITUATION,
	   .says = "every step of the start-up is interrupted about, for queues and configuration",
	   .ops = { .queue_enable = enable_and_interrupt, .status_write = status_and_interrupt });

static void locked(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset > FIELD(queue_select) && !q->mock->draft &&
	    !(q->mock->status & VIRTIO_STATUS_FEATURES_OK))
		return;
	mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(queues_after_features, .kind = MOCK_SITUATION,
	   .says = "the registers of queues take nothing before FEATURES_OK",
	   .drivers = MOCK_DRIVER_WORKS, .needs = "mock:,interface=modern",
	   .ops = { .common_write = locked });

static void frozen(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	bool vector = offset == FIELD(config_msix_vector) || offset == FIELD(queue_msix_vector);

	if (!vector || !(q->mock->status & VIRTIO_STATUS_DRIVER_OK))
		mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(vectors_frozen, .kind = MOCK_SITUATION,
	   .says = "vector registers take nothing after DRIVER_OK",
	   .needs = "mock:,interface=modern", .ops = { .common_write = frozen });

/* The queue is in use, so whoever asks again is told that there is none. */
static uint32_t hidden(struct mock_layer *q, unsigned offset, unsigned width)
{
	const struct mock *mock = q->mock;

	if (offset == VIRTIO_LEGACY_QUEUE_SIZE && mock->queue_select < mock->queue_count &&
	    mock->queues[mock->queue_select].enabled)
		return 0;
	return mock_op_legacy_read(q->below, offset, width);
}
MOCK_QUIRK(legacy_queue_in_use, .kind = MOCK_SITUATION,
	   .says = "the legacy queue_size reads 0 for a queue that has an address",
	   .needs = "mock:,interface=legacy|transitional", .ops = { .legacy_read = hidden });

static void with_unused(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_F_UNUSED);
}
MOCK_QUIRK(legacy_unused_bit, .kind = MOCK_SITUATION,
	   .says = "a device that has the legacy interface only offers bit 30, which nobody is to "
		   "accept",
	   .drivers = MOCK_DRIVER_WORKS, .needs = "mock:,interface=legacy",
	   .ops = { .offered_features = with_unused });

/* ---- Surprise removal ---- */

enum { GONE_START, GONE_FEATURES, GONE_QUEUES, GONE_LIVE, GONE_REQUEST };

/* state[0]: gone. The slot stays, and reads as all ones. */
static void go_if(struct mock_layer *q, long when)
{
	if (q->value == when)
		q->state[0] = 1;
}

static uint32_t gone_config_read(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (!q->state[0])
		return mock_op_config_read(q->below, offset, width);
	return UINT32_MAX;
}

static void gone_config_write(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (!q->state[0])
		mock_op_config_write(q->below, offset, width, value);
}

static uint64_t gone_bar_read(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width)
{
	if (!q->state[0])
		return mock_op_bar_read(q->below, bar, offset, width);
	return UINT64_MAX;
}

static void gone_bar_write(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width,
			   uint64_t value)
{
	if (!q->state[0])
		mock_op_bar_write(q->below, bar, offset, width, value);
}

static void gone_status(struct mock_layer *q, uint8_t value)
{
	mock_op_status_write(q->below, value);
	if (value & VIRTIO_STATUS_ACKNOWLEDGE)
		go_if(q, GONE_START);
	if (value & VIRTIO_STATUS_FEATURES_OK)
		go_if(q, GONE_FEATURES);
	if (value & VIRTIO_STATUS_DRIVER_OK)
		go_if(q, GONE_LIVE);
}

static void gone_queue(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_enable(q->below, queue);
	go_if(q, GONE_QUEUES);
}

static void gone_execute(struct mock_layer *q, struct mock_chain *chain)
{
	go_if(q, GONE_REQUEST);
	if (!q->state[0])
		mock_op_execute(q->below, chain);
}

static bool gone_consume(struct mock_layer *q, struct mock_queue *queue)
{
	return !q->state[0] && mock_op_may_consume(q->below, queue);
}

static void gone_message(struct mock_layer *q, unsigned vector)
{
	if (!q->state[0])
		mock_op_send_message(q->below, vector);
}
MOCK_QUIRK(surprise_removal, .kind = MOCK_SITUATION,
	   .says = "the device is pulled out: all reads are ones from then on, at the first step, "
		   "at FEATURES_OK, with the first queue, at DRIVER_OK or in the first request",
	   .values = "start features queues live request",
	   .ops = { .config_read = gone_config_read,
		    .config_write = gone_config_write,
		    .bar_read = gone_bar_read,
		    .bar_write = gone_bar_write,
		    .status_write = gone_status,
		    .queue_enable = gone_queue,
		    .execute = gone_execute,
		    .may_consume = gone_consume,
		    .send_message = gone_message });
