/* SPDX-License-Identifier: BSD-3-Clause */
/* How a driver treats common configuration (4.1.4.3.2). */
#include "monitor/monitor.h"

#define READ_ONLY                                                                           \
	(VS_BIT(VS_DEVICE_FEATURE) | VS_BIT(VS_NUM_QUEUES) | VS_BIT(VS_CONFIG_GENERATION) | \
	 VS_BIT(VS_QUEUE_NOTIFY_OFF))
#define ADDRESSES (VS_BIT(VS_QUEUE_DESC) | VS_BIT(VS_QUEUE_DRIVER) | VS_BIT(VS_QUEUE_DEVICE))

/* A write of this field and nothing else, of whatever width. One that goes beyond it is a matter of
 * widths. */
static bool written_alone(const struct vs_seen *seen, uint64_t fields)
{
	const struct vs_common_field_info *f;

	if (!vs_is_write(seen) || seen->field < 0 || !(fields >> seen->field & 1))
		return false;
	f = &vs_common_fields[seen->field];
	return seen->at + seen->event->width <= (uint64_t)f->offset + f->width;
}

static void untouched(struct vs_judge *j, const struct vs_seen *seen, uint64_t fields)
{
	if (written_alone(seen, fields))
		vs_keep(j, false, "it is not written", "%#" PRIx64 " written to %s",
			seen->event->value, vs_common_fields[seen->field].name);
	else if (vs_is_write(seen) && !j->state[0])
		vs_arm(j);
	j->state[0] |= vs_is_write(seen);
}

static void read_only(struct vs_judge *j, const struct vs_seen *seen)
{
	untouched(j, seen, READ_ONLY);
}
VS_MONITOR(pci_common_read_only, .rule = VS_RULE_DRIVER_PCI_COMMON_READ_ONLY_UNTOUCHED,
	   .at = VS_AT(COMMON), .step = read_only);

static void notif_config_data(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_common_field_info *f = &vs_common_fields[VS_QUEUE_NOTIF_CONFIG_DATA];

	if (seen->cap->length >= (uint64_t)f->offset + f->width)
		untouched(j, seen, VS_BIT(VS_QUEUE_NOTIF_CONFIG_DATA));
}
VS_MONITOR(pci_common_notif_config_data,
	   .rule = VS_RULE_DRIVER_PCI_COMMON_NOTIF_CONFIG_DATA_UNTOUCHED, .at = VS_AT(COMMON),
	   .step = notif_config_data);

static void queue_size_valid(struct vs_judge *j, const struct vs_seen *seen)
{
	bool packed = vs_model_negotiated(j->model, VIRTIO_F_RING_PACKED);
	uint16_t size = (uint16_t)seen->event->value;

	if (!vs_writes(seen, VS_QUEUE_SIZE) || !seen->whole)
		return;
	vs_keep(j, size && (packed || (size & (size - 1)) == 0),
		packed ? "a size that is not 0" : "a power of two",
		"%u written to queue_size of queue %d", size, seen->queue);
}
VS_MONITOR(pci_common_queue_size_valid, .rule = VS_RULE_DRIVER_PCI_COMMON_QUEUE_SIZE_VALID,
	   .at = VS_AT(COMMON), .step = queue_size_valid);

/* Per queue: the largest size that was read, and whether the last one was 0. */
enum { SIZE_MOST, SIZE_ABSENT };

/* Takes a read of queue_size into account. Returns the state of the queue, or NULL. */
static uint64_t *note_size(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t *state, size = seen->event->value;

	if (vs_is_reset(seen))
		vs_clear_queues(j);
	state = seen->queue >= 0 ? vs_state_of(j, seen->queue) : NULL;
	if (!state || !vs_reads(seen, VS_QUEUE_SIZE) || !seen->whole)
		return state;
	if (size > state[SIZE_MOST])
		state[SIZE_MOST] = size;
	state[SIZE_ABSENT] = size == 0;
	return state;
}

/* A device that names different sizes is taken by the largest. */
static void queue_size_reduced(struct vs_judge *j, const struct vs_seen *seen)
{
	const uint64_t *state = note_size(j, seen);

	if (state && state[SIZE_MOST] && vs_writes(seen, VS_QUEUE_SIZE) && seen->whole)
		vs_keep(j, seen->event->value <= state[SIZE_MOST], "at most the size offered",
			"%" PRIu64 " written to queue_size of queue %d, which read %" PRIu64,
			seen->event->value, seen->queue, state[SIZE_MOST]);
}
VS_MONITOR(pci_common_queue_size_reduced, .rule = VS_RULE_DRIVER_PCI_COMMON_QUEUE_SIZE_REDUCED_ONLY,
	   .at = VS_AT(COMMON), .hears = VS_HEARS(RESET), .step = queue_size_reduced);

static void absent_queue(struct vs_judge *j, const struct vs_seen *seen)
{
	const uint64_t *state = note_size(j, seen);
	uint64_t fields = ADDRESSES | VS_BIT(VS_QUEUE_SIZE) | VS_BIT(VS_QUEUE_ENABLE);

	if (!state || !state[SIZE_ABSENT])
		return;
	if (vs_is_write(seen) && (fields >> seen->field & 1))
		vs_keep(j, false, "it is left alone",
			"%s of queue %d written, though its queue_size reads 0",
			vs_common_fields[seen->field].name, seen->queue);
	else if (vs_reads(seen, VS_QUEUE_SIZE))
		vs_arm(j);
}
VS_MONITOR(pci_common_absent_queue, .rule = VS_RULE_DRIVER_PCI_COMMON_ABSENT_QUEUE_UNTOUCHED,
	   .at = VS_AT(COMMON), .hears = VS_HEARS(RESET), .step = absent_queue);

/* Taking a vector away from a queue that is enabled disables its interrupts, which is no matter of
 * setting it up; what is mapped after DRIVER_OK is judged by driver.init.setup-before-driver-ok. */
static void configured(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);
	uint64_t value = seen->event->value;
	bool final = true;

	if (!q || !vs_is_write(seen) || !seen->whole)
		return;
	if (seen->field == VS_QUEUE_ENABLE && value == 1) {
		/* What has to be written again is for driver.queue-reset.reconfigured. */
		if (!q->was_reset)
			vs_keep(j, (q->written & ADDRESSES) == ADDRESSES,
				"the queue is set up before",
				"queue %d is enabled, and its addresses were not all written",
				seen->queue);
		return;
	}
	if (!q->enabled)
		return;
	if (seen->field == VS_QUEUE_SIZE || (ADDRESSES >> seen->field & 1))
		final = false;
	else if (seen->field == VS_QUEUE_MSIX_VECTOR)
		final = value == VIRTIO_MSI_NO_VECTOR || j->model->driver_ok ||
			(q->written & VS_BIT(VS_QUEUE_MSIX_VECTOR));
	if (!final)
		vs_keep(j, false, "it is final when the queue is enabled",
			"%#" PRIx64 " written to %s of queue %d, which is enabled", value,
			vs_common_fields[seen->field].name, seen->queue);
}
VS_MONITOR(pci_common_configured, .rule = VS_RULE_DRIVER_PCI_COMMON_CONFIGURED_BEFORE_ENABLE,
	   .at = VS_AT(COMMON), .step = configured);

static void enable_never_zero(struct vs_judge *j, const struct vs_seen *seen)
{
	if (vs_writes(seen, VS_QUEUE_ENABLE) && seen->whole)
		vs_keep(j, seen->event->value != 0, "never 0",
			"0 written to queue_enable of queue %d", seen->queue);
}
VS_MONITOR(pci_common_enable_never_zero, .rule = VS_RULE_DRIVER_PCI_COMMON_QUEUE_ENABLE_NEVER_ZERO,
	   .at = VS_AT(COMMON), .step = enable_never_zero);

enum { ADMIN_FIRST, ADMIN_NUM, ADMIN_READ };

/* A queue behind the ordinary ones can only be an administration virtqueue. What the driver read
 * of their range stays known to it over a reset. */
static void admin_range(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t first = j->state[ADMIN_FIRST], end = first + j->state[ADMIN_NUM];
	bool inside, known = j->state[ADMIN_READ] == 3;

	if (vs_reads(seen, VS_ADMIN_QUEUE_INDEX) && seen->whole) {
		j->state[ADMIN_FIRST] = seen->event->value;
		j->state[ADMIN_READ] |= 1;
	} else if (vs_reads(seen, VS_ADMIN_QUEUE_NUM) && seen->whole) {
		j->state[ADMIN_NUM] = seen->event->value;
		j->state[ADMIN_READ] |= 2;
	}
	if (!vs_writes(seen, VS_QUEUE_ENABLE) || seen->event->value != 1 || seen->queue < 0 ||
	    !vs_model_negotiated(j->model, VIRTIO_F_ADMIN_VQ))
		return;
	inside = known && (uint64_t)seen->queue >= first && (uint64_t)seen->queue < end;
	if (inside || (j->model->num_queues && seen->queue >= j->model->num_queues))
		vs_keep(j, inside, "an index in the range of administration virtqueues",
			"queue %d of %u is enabled, the range %s [%" PRIu64 ", %" PRIu64 ")",
			seen->queue, j->model->num_queues, known ? "is" : "was not read:", first,
			end);
}
VS_MONITOR(pci_common_admin_range, .rule = VS_RULE_DRIVER_PCI_COMMON_ADMIN_QUEUE_RANGE,
	   .at = VS_AT(COMMON), .step = admin_range);
