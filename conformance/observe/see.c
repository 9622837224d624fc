/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes an event apart: which structure, field and virtqueue it is about. */
#include "observe/model.h"
#include "spec/byteorder.h"
#include "spec/legacy.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

/* The field that `at` lies in, and whether the access is exactly it or one half of it. */
static void see_field(const struct vs_common_field_info *fields, struct vs_seen *seen)
{
	unsigned width = seen->event->width;

	for (int i = 0; i < VS_FIELD_COUNT; i++) {
		const struct vs_common_field_info *f = &fields[i];
		uint64_t into = seen->at - f->offset;

		if (!f->width || seen->at < f->offset || into >= f->width)
			continue;
		seen->field = i;
		seen->high = f->width == 8 && into >= 4;
		seen->whole = f->width == 8
				      ? (width == 4 && into % 4 == 0) || (width == 8 && into == 0)
				      : width == f->width && into == 0;
		return;
	}
}

static void see_common(const struct vs_model *model, struct vs_seen *seen)
{
	see_field(vs_common_fields, seen);
	if (seen->field >= 0 && vs_common_fields[seen->field].per_queue)
		seen->queue = model->queue_select;
}

/* Whose address this is: that of a queue which the driver knows the place of. Where several share
 * one, the value decides. */
static int notified_queue(const struct vs_model *model, const struct vs_seen *seen)
{
	uint16_t named = (uint16_t)seen->event->value;
	int found = -1;

	for (unsigned i = 0; i < model->queue_top; i++) {
		const struct vs_seen_queue *q = &model->queues[i];
		uint64_t at = (uint64_t)q->notify_off * seen->cap->notify_off_multiplier;

		if (!(q->read & VS_BIT(VS_QUEUE_NOTIFY_OFF)) || at != seen->at)
			continue;
		if (found < 0 || i == named || q->notify_data == named)
			found = (int)i;
		if (i == named)
			break;
	}
	return found;
}

static enum vs_place place_of_type(uint8_t cfg_type)
{
	switch (cfg_type) {
	case VIRTIO_PCI_CAP_COMMON_CFG:
		return VS_PLACE_COMMON;
	case VIRTIO_PCI_CAP_NOTIFY_CFG:
		return VS_PLACE_NOTIFY;
	case VIRTIO_PCI_CAP_ISR_CFG:
		return VS_PLACE_ISR;
	case VIRTIO_PCI_CAP_DEVICE_CFG:
		return VS_PLACE_DEVICE;
	case VIRTIO_PCI_CAP_SHARED_MEMORY_CFG:
		return VS_PLACE_SHARED;
	case VIRTIO_PCI_CAP_PCI_CFG:
	case VIRTIO_PCI_CAP_VENDOR_CFG:
		return VS_PLACE_NONE;
	default:
		return VS_PLACE_RESERVED;
	}
}

static void see_structure(const struct vs_model *model, struct vs_seen *seen,
			  const struct vs_cap *cap, enum vs_place place, uint64_t at)
{
	seen->place = place;
	seen->cap = cap;
	seen->at = at;
	if (place == VS_PLACE_COMMON)
		see_common(model, seen);
	else if (place == VS_PLACE_NOTIFY && vs_is_write(seen))
		seen->queue = notified_queue(model, seen);
}

/* The first structure in this BAR that the offset lies in, of a known type or of a reserved one. */
static bool see_structures(const struct vs_model *model, struct vs_seen *seen, unsigned bar,
			   uint64_t offset, bool reserved)
{
	for (unsigned i = 0; i < model->caps.count; i++) {
		const struct vs_cap *cap = &model->caps.list[i];
		enum vs_place place;

		if (cap->id != PCI_CAP_ID_VNDR || cap->bar != bar || offset < cap->offset ||
		    offset - cap->offset >= cap->length)
			continue;
		place = place_of_type(cap->cfg_type);
		if (place == VS_PLACE_NONE || reserved != (place == VS_PLACE_RESERVED))
			continue;
		see_structure(model, seen, cap, place, offset - cap->offset);
		return true;
	}
	return false;
}

static void see_msix(const struct vs_model *model, struct vs_seen *seen, unsigned bar,
		     uint64_t offset)
{
	const uint8_t *at;
	uint32_t table, pba;
	uint64_t pba_size = (model->msix_vectors + 63u) / 64u * UINT64_C(8);

	if (!model->msix || !model->msix_vectors)
		return;
	at = model->subject->config + model->msix->pos;
	table = vs_load_le32(at + PCI_MSIX_TABLE);
	pba = vs_load_le32(at + PCI_MSIX_PBA);
	if ((table & PCI_MSIX_BIR_MASK) == bar && offset >= (table & ~PCI_MSIX_BIR_MASK) &&
	    offset - (table & ~PCI_MSIX_BIR_MASK) <
		    (uint64_t)model->msix_vectors * PCI_MSIX_ENTRY_SIZE) {
		seen->place = VS_PLACE_MSIX_TABLE;
		seen->at = offset - (table & ~PCI_MSIX_BIR_MASK);
	} else if ((pba & PCI_MSIX_BIR_MASK) == bar && offset >= (pba & ~PCI_MSIX_BIR_MASK) &&
		   offset - (pba & ~PCI_MSIX_BIR_MASK) < pba_size) {
		seen->place = VS_PLACE_MSIX_PBA;
		seen->at = offset - (pba & ~PCI_MSIX_BIR_MASK);
	}
}

static void see_legacy(const struct vs_model *model, struct vs_seen *seen, uint64_t offset)
{
	unsigned config = VIRTIO_LEGACY_CONFIG(model->msix_enabled);

	seen->legacy = true;
	seen->cap = &model->legacy;
	seen->at = offset;
	if (offset >= config) {
		seen->place = VS_PLACE_DEVICE;
		seen->at = offset - config;
	} else if (offset == VIRTIO_LEGACY_ISR_STATUS) {
		seen->place = VS_PLACE_ISR;
		seen->at = 0;
	} else if (offset >= VIRTIO_LEGACY_QUEUE_NOTIFY && offset < VIRTIO_LEGACY_DEVICE_STATUS) {
		seen->place = VS_PLACE_NOTIFY;
		seen->at = offset - VIRTIO_LEGACY_QUEUE_NOTIFY;
		if (vs_is_write(seen))
			seen->queue = (uint16_t)seen->event->value;
	} else {
		seen->place = VS_PLACE_LEGACY;
		see_field(vs_legacy_fields, seen);
		if (seen->field >= 0 && vs_legacy_fields[seen->field].per_queue)
			seen->queue = model->queue_select;
	}
}

/* What a capability of a reserved type names comes last: it may lie over anything that a driver has
 * other reasons to touch. */
static void see_bar(const struct vs_model *model, struct vs_seen *seen, unsigned bar,
		    uint64_t offset)
{
	if (see_structures(model, seen, bar, offset, false))
		return;
	see_msix(model, seen, bar, offset);
	if (seen->place == VS_PLACE_NONE && bar == VIRTIO_LEGACY_BAR && model->has_legacy)
		see_legacy(model, seen, offset);
	if (seen->place == VS_PLACE_NONE)
		see_structures(model, seen, bar, offset, true);
}

/* A structure of the draft of 2013 that lies in configuration space. */
static bool see_draft_structure(const struct vs_model *model, struct vs_seen *seen)
{
	uint64_t offset = seen->event->offset;

	for (unsigned i = 0; model->subject->draft && i < model->caps.count; i++) {
		const struct vs_cap *cap = &model->caps.list[i];
		uint64_t start = cap->pos + cap->offset;

		if (cap->id == PCI_CAP_ID_VNDR && cap->bar == VIRTIO_PCI_CAP_BAR_IN_CONFIG &&
		    offset >= start && offset - start < cap->length) {
			see_structure(model, seen, cap, place_of_type(cap->cfg_type),
				      offset - start);
			return true;
		}
	}
	return false;
}

static void see_config(const struct vs_model *model, struct vs_seen *seen)
{
	uint64_t offset = seen->event->offset;

	seen->at = offset;
	seen->place = offset < PCI_HEADER_SIZE   ? VS_PLACE_HEADER
		      : offset < PCI_CONFIG_SIZE ? VS_PLACE_CONFIG
						 : VS_PLACE_EXTENDED;
	if (seen->place != VS_PLACE_CONFIG || see_draft_structure(model, seen))
		return;
	for (unsigned i = 0; i < model->caps.count; i++) {
		const struct vs_cap *cap = &model->caps.list[i];

		if (offset < cap->pos || offset - cap->pos >= vs_cap_size(cap))
			continue;
		seen->place = VS_PLACE_CAPABILITY;
		seen->cap = cap;
		seen->at = offset - cap->pos;
		break;
	}
	if (seen->cap && seen->cap == model->window &&
	    seen->at >= offsetof(struct virtio_pci_cfg_cap, pci_cfg_data)) {
		uint64_t into = seen->at - offsetof(struct virtio_pci_cfg_cap, pci_cfg_data);

		seen->window = true;
		seen->place = VS_PLACE_NONE;
		seen->cap = NULL;
		see_bar(model, seen, model->window_bar, model->window_offset + into);
	}
}

void vs_model_see(const struct vs_model *model, const struct vs_event *event, struct vs_seen *seen)
{
	*seen = (struct vs_seen){
		.event = event,
		.number = model->number,
		.field = -1,
		.queue = event->kind >= VS_EVENT_QUEUE ? event->queue : -1,
	};
	if (event->kind != VS_EVENT_READ && event->kind != VS_EVENT_WRITE)
		return;
	if (event->region == VS_REGION_CONFIG)
		see_config(model, seen);
	else if (event->region < PCI_BAR_COUNT)
		see_bar(model, seen, event->region, event->offset);
}
