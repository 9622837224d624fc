/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes events into account: what the driver knows and has set up so far. */
#include "observe/model_internal.h"

#include <string.h>

#include "spec/byteorder.h"
#include "spec/feature_table.h"
#include "spec/legacy.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

static uint16_t type_of(const struct vs_subject *subject)
{
	uint16_t device = vs_load_le16(subject->config + PCI_DEVICE_ID);

	if (device >= VIRTIO_PCI_DEVICE_MODERN)
		return device <= VIRTIO_PCI_DEVICE_LAST ? device - VIRTIO_PCI_DEVICE_MODERN : 0;
	if (subject->draft)
		return vs_load_le16(subject->config + PCI_SUBSYSTEM_ID);
	return vs_transitional_type(device);
}

static void find_structures(struct vs_model *model)
{
	const struct vs_bar *bar = &model->subject->bars[VIRTIO_LEGACY_BAR];
	const struct vs_caps *caps = &model->caps;

	model->common = vs_caps_first(caps, VIRTIO_PCI_CAP_COMMON_CFG, VIRTIO_PCI_COMMON_CFG_MIN);
	model->notify = vs_caps_first(caps, VIRTIO_PCI_CAP_NOTIFY_CFG, 2);
	model->isr = vs_caps_first(caps, VIRTIO_PCI_CAP_ISR_CFG, 1);
	model->device = vs_caps_first(caps, VIRTIO_PCI_CAP_DEVICE_CFG, 1);
	model->window = vs_caps_first(caps, VIRTIO_PCI_CAP_PCI_CFG, 0);
	model->has_modern = model->common != NULL;
	model->has_legacy = bar->io && bar->size >= VIRTIO_LEGACY_CONFIG(false);
	if (model->has_legacy)
		model->legacy = (struct vs_cap){ .bar = VIRTIO_LEGACY_BAR, .length = bar->size };
	model->msix = vs_caps_find(caps, PCI_CAP_ID_MSIX);
	if (model->msix && model->msix->pos + PCI_MSIX_SIZEOF <= PCI_CONFIG_SIZE) {
		const uint8_t *at = model->subject->config + model->msix->pos + PCI_MSIX_CONTROL;

		/* Firmware may have left it on. */
		model->msix_vectors = (vs_load_le16(at) & PCI_MSIX_CONTROL_SIZE) + 1u;
		model->msix_enabled = vs_load_le16(at) & PCI_MSIX_CONTROL_ENABLE;
	}
}

/* What a reset of the device takes back. */
static void forget(struct vs_model *model)
{
	memset(model->queues, 0, model->queue_top * sizeof(model->queues[0]));
	model->queue_top = 0;
	model->status = model->written = model->status_read = 0;
	model->resetting = model->needs_reset = model->features_ok = model->features_held = false;
	model->refused = model->driver_ok = model->failed = false;
	model->suspending = model->suspended = model->resuming = false;
	model->device_select = model->driver_select = 0;
	model->offered = model->accepted = (struct vs_features){ 0 };
	model->offer_read = model->choice_written = 0;
	model->queue_select = model->num_queues = 0;
	model->config_vector = model->config_vector_read = VIRTIO_MSI_NO_VECTOR;
	model->config_vector_written = false;
}

void vs_model_init(struct vs_model *model, const struct vs_subject *subject)
{
	memset(model, 0, sizeof(*model));
	model->subject = subject;
	vs_caps_parse(subject->config, subject->bars, subject->draft, &model->caps);
	model->type = type_of(subject);
	model->command = vs_load_le16(subject->config + PCI_COMMAND);
	find_structures(model);
	forget(model);
	model->life = VS_LIFE_COUNT;
}

static struct vs_seen_queue *queue_of(struct vs_model *model, int queue)
{
	if (queue < 0 || queue >= (int)VS_SEEN_QUEUES)
		return NULL;
	if (queue >= model->queue_top)
		model->queue_top = (uint16_t)(queue + 1);
	return &model->queues[queue];
}

/* The part of a PCI register that an access covers, shifted to its place; -1: none of it. */
static int64_t part(const struct vs_seen *seen, unsigned at, unsigned size)
{
	const struct vs_event *e = seen->event;

	if (seen->at > at || seen->at + e->width < at + size)
		return -1;
	return (int64_t)(e->value >> (8 * (at - seen->at)) & ((UINT64_C(1) << 8 * size) - 1));
}

static void write_config(struct vs_model *model, const struct vs_seen *seen)
{
	int64_t value;

	if (seen->place == VS_PLACE_HEADER) {
		value = part(seen, PCI_COMMAND, 2);
		if (value >= 0)
			model->command = (uint16_t)value;
		return;
	}
	if (seen->place != VS_PLACE_CAPABILITY)
		return;
	if (seen->cap == model->msix) {
		value = part(seen, PCI_MSIX_CONTROL + 1, 1);
		if (value >= 0)
			model->msix_enabled = value & (PCI_MSIX_CONTROL_ENABLE >> 8);
	} else if (seen->cap == model->window) {
		value = part(seen, offsetof(struct virtio_pci_cap, bar), 1);
		if (value >= 0)
			model->window_bar = (uint8_t)value;
		value = part(seen, offsetof(struct virtio_pci_cap, offset), 4);
		if (value >= 0)
			model->window_offset = (uint32_t)value;
		value = part(seen, offsetof(struct virtio_pci_cap, length), 4);
		if (value >= 0)
			model->window_length = (uint32_t)value;
	}
}

static void write_status(struct vs_model *model, uint8_t value)
{
	uint8_t own = value & ~(model->status & ~model->written); /* not given back as read */

	if (value == 0) {
		forget(model);
		model->was_reset = model->resetting = true;
		return;
	}
	if (model->suspended && (value & VIRTIO_STATUS_DRIVER_OK)) {
		model->resuming = true;
		model->suspending = false;
	} else if (own & VIRTIO_STATUS_SUSPEND & (uint8_t)~model->written) {
		model->suspending = true;
	}
	model->status = value;
	model->written |= own;
	model->features_ok |= (own & VIRTIO_STATUS_FEATURES_OK) != 0;
	model->driver_ok |= (own & VIRTIO_STATUS_DRIVER_OK) != 0;
	model->failed |= (own & VIRTIO_STATUS_FAILED) != 0;
}

static void read_status(struct vs_model *model, uint8_t value)
{
	model->status = model->status_read = value;
	if (value == 0)
		model->resetting = false;
	if (value == UINT8_MAX) /* nobody is there */
		return;
	model->needs_reset |= (value & VIRTIO_STATUS_NEEDS_RESET) != 0;
	if (model->features_ok && !model->features_held && !model->driver_ok) {
		model->features_held = value & VIRTIO_STATUS_FEATURES_OK;
		model->refused = !model->features_held;
	}
	if (model->suspending && (value & VIRTIO_STATUS_SUSPEND) &&
	    !(value & VIRTIO_STATUS_DRIVER_OK))
		model->suspended = true;
	if (model->resuming && (value & VIRTIO_STATUS_DRIVER_OK) &&
	    !(value & VIRTIO_STATUS_SUSPEND)) {
		model->resuming = model->suspended = false;
		model->written &= (uint8_t)~VIRTIO_STATUS_SUSPEND;
	}
}

static void write_common(struct vs_model *model, const struct vs_seen *seen)
{
	uint32_t value = (uint32_t)seen->event->value;
	uint32_t window = seen->legacy ? 0 : model->driver_select;

	switch (seen->field) {
	case VS_DEVICE_FEATURE_SELECT:
		model->device_select = value;
		break;
	case VS_DRIVER_FEATURE_SELECT:
		model->driver_select = value;
		break;
	case VS_DRIVER_FEATURE:
		/* What comes after FEATURES_OK is wrong, and changes nothing. */
		if (window < VS_FEATURE_WINDOWS && !model->features_held) {
			model->accepted.window[window] = value;
			model->choice_written |= (uint8_t)(1u << window);
		}
		break;
	case VS_CONFIG_MSIX_VECTOR:
		model->config_vector = (uint16_t)value;
		model->config_vector_written = true;
		break;
	case VS_DEVICE_STATUS:
		write_status(model, (uint8_t)value);
		break;
	case VS_QUEUE_SELECT:
		model->queue_select = (uint16_t)value;
		break;
	default:
		break;
	}
}

static void read_common(struct vs_model *model, const struct vs_seen *seen)
{
	uint32_t value = (uint32_t)seen->event->value;
	uint32_t window = seen->legacy ? 0 : model->device_select;

	switch (seen->field) {
	case VS_DEVICE_FEATURE:
		if (window < VS_FEATURE_WINDOWS) {
			model->offered.window[window] = value;
			model->offer_read |= (uint8_t)(1u << window);
		}
		break;
	case VS_CONFIG_MSIX_VECTOR:
		model->config_vector_read = (uint16_t)value;
		break;
	case VS_NUM_QUEUES:
		model->num_queues = (uint16_t)value;
		break;
	case VS_DEVICE_STATUS:
		read_status(model, (uint8_t)value);
		break;
	default:
		break;
	}
}

/* Whether a read of a capability shows what it was at the start. All ones are nobody's. */
static bool reads_the_same(const struct vs_model *model, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;
	uint64_t ones = e->width >= 8 ? UINT64_MAX : VS_BIT(8 * e->width) - 1;

	if (seen->cap->id != PCI_CAP_ID_VNDR || seen->cap->cfg_type == VIRTIO_PCI_CAP_PCI_CFG ||
	    seen->cap->cfg_type == VIRTIO_PCI_CAP_VENDOR_CFG || e->value == ones || e->width > 8 ||
	    e->offset + e->width > PCI_CONFIG_SIZE)
		return true;
	return vs_load_le(model->subject->config + e->offset, e->width) == e->value;
}

static void apply_access(struct vs_model *model, const struct vs_seen *seen)
{
	struct vs_seen_queue *q = NULL;

	if (seen->place >= VS_PLACE_COMMON && seen->place <= VS_PLACE_LEGACY) {
		model->used_legacy |= seen->legacy;
		model->used_modern |= !seen->legacy;
	}
	if (seen->place == VS_PLACE_CAPABILITY && vs_is_read(seen)) {
		model->read_caps = true;
		model->caps_doubtful |= !reads_the_same(model, seen);
	}
	if (vs_is_write(seen) && seen->event->region == VS_REGION_CONFIG && !seen->window)
		write_config(model, seen);
	if (seen->field < 0 || (!seen->whole && seen->field != VS_DEVICE_STATUS))
		return;
	if (seen->queue >= 0)
		q = queue_of(model, seen->queue);
	if (vs_is_write(seen)) {
		if (q)
			vs_model_write_queue(q, seen);
		write_common(model, seen);
	} else {
		if (q)
			vs_model_read_queue(q, seen);
		read_common(model, seen);
	}
}

void vs_model_apply(struct vs_model *model, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;

	model->number++;
	model->now = e->time;
	if (e->kind <= VS_EVENT_WRITE) {
		apply_access(model, seen);
	} else if (e->kind == VS_EVENT_RESET) {
		forget(model);
		model->command = 0;
		model->msix_enabled = false;
	} else if (e->kind == VS_EVENT_LIFE) {
		model->life = (uint8_t)e->value;
		model->served |= e->value == VS_LIFE_SERVED;
	} else if (e->kind >= VS_EVENT_QUEUE) {
		struct vs_seen_queue *q = queue_of(model, seen->queue);

		if (q)
			vs_model_apply_ring(q, seen);
	}
}
