/* SPDX-License-Identifier: BSD-3-Clause */
/* What the registers and the rings of a virtqueue show of it. */
#include "observe/model_internal.h"
#include "spec/legacy.h"

/* A whole field, or a half of it, into what is known of the 64 bits. */
static void put_half(uint64_t *address, const struct vs_seen *seen)
{
	uint64_t value = seen->event->value;

	if (seen->event->width == 8)
		*address = value;
	else if (seen->high)
		*address = (*address & UINT32_MAX) | value << 32;
	else
		*address = (*address & ~(uint64_t)UINT32_MAX) | (value & UINT32_MAX);
}

void vs_model_write_queue(struct vs_seen_queue *q, const struct vs_seen *seen)
{
	uint64_t value = seen->event->value;

	q->written |= (uint32_t)VS_BIT(seen->field);
	switch (seen->field) {
	case VS_QUEUE_SIZE:
		if (!seen->legacy) /* where it is the device's alone */
			q->size = (uint16_t)value;
		break;
	case VS_QUEUE_MSIX_VECTOR:
		q->vector = (uint16_t)value;
		break;
	case VS_QUEUE_ENABLE:
		q->enabled = value & 1;
		q->was_reset = q->was_reset && !q->enabled;
		break;
	case VS_QUEUE_DESC:
	case VS_QUEUE_DRIVER:
	case VS_QUEUE_DEVICE:
		put_half(&q->address[seen->field - VS_QUEUE_DESC], seen);
		break;
	case VS_QUEUE_RESET:
		if (value & 1) {
			q->resetting = q->was_reset = true;
			q->enabled = false;
			q->written = 0;
			/* Where notifications go, and what they say, does not change with it. */
			q->read &= (uint32_t)(VS_BIT(VS_QUEUE_NOTIFY_OFF) |
					      VS_BIT(VS_QUEUE_NOTIF_CONFIG_DATA));
			q->in_flight = 0;
		}
		break;
	case VS_QUEUE_ADDRESS: /* the number of a page */
		q->address[0] = value << VIRTIO_LEGACY_PAGE_SHIFT;
		q->enabled = value != 0;
		break;
	default:
		break;
	}
}

void vs_model_read_queue(struct vs_seen_queue *q, const struct vs_seen *seen)
{
	uint16_t value = (uint16_t)seen->event->value;

	switch (seen->field) {
	case VS_QUEUE_SIZE:
		if (!(q->read & VS_BIT(VS_QUEUE_SIZE)) && !(q->written & VS_BIT(VS_QUEUE_SIZE)))
			q->offered_size = value;
		q->size = value;
		break;
	case VS_QUEUE_MSIX_VECTOR:
		q->vector_read = value;
		break;
	case VS_QUEUE_NOTIFY_OFF:
		q->notify_off = value;
		break;
	case VS_QUEUE_NOTIF_CONFIG_DATA:
		q->notify_data = value;
		break;
	case VS_QUEUE_RESET:
		q->resetting = q->resetting && value != 0;
		break;
	default:
		break;
	}
	q->read |= (uint32_t)VS_BIT(seen->field);
}

void vs_model_apply_ring(struct vs_seen_queue *q, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;

	switch (e->kind) {
	case VS_EVENT_QUEUE:
		q->avail_idx = q->used_idx = q->avail_flags = q->used_event = 0;
		q->avail_event = 0;
		q->entries = e->index;
		q->device_flags = (uint16_t)e->value;
		q->in_flight = 0;
		q->available = 0;
		break;
	case VS_EVENT_AVAILABLE:
		/* A list that is not all there is told of again when it is. */
		if (e->flags & VS_CHAIN_INCOMPLETE)
			break;
		q->in_flight++;
		q->available++;
		break;
	case VS_EVENT_AVAIL_INDEX:
		q->avail_idx = (uint16_t)e->value;
		break;
	case VS_EVENT_AVAIL_FLAGS:
		q->avail_flags = (uint16_t)e->value;
		break;
	case VS_EVENT_USED_EVENT:
		q->used_event = (uint16_t)e->value;
		break;
	case VS_EVENT_DEVICE_FLAGS:
		q->device_flags = (uint16_t)e->value;
		break;
	case VS_EVENT_AVAIL_EVENT:
		q->avail_event = (uint16_t)e->value;
		break;
	case VS_EVENT_USED:
		q->used_idx++;
		if (!(e->flags & VS_USED_UNKNOWN) && q->in_flight)
			q->in_flight--;
		break;
	default:
		break;
	}
}
