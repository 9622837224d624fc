/* SPDX-License-Identifier: BSD-3-Clause */
/* The PCI configuration access window (4.1.4.9.2) and vendor data (4.1.4.8.2). */
#include "monitor/monitor.h"

#define EVERYWHERE (VS_BIT(VS_PLACE_COUNT) - 1)

/* A structure that is not aligned itself leaves the driver no choice. */
static void offset_aligned(struct vs_judge *j, const struct vs_seen *seen)
{
	uint32_t offset = j->model->window_offset, length = j->model->window_length;

	if (seen->window && (length == 1 || length == 2 || length == 4))
		vs_keep(j, offset % length == 0 || (seen->cap && seen->at % length == 0),
			"an offset that is a multiple of the length",
			"offset %#" PRIx32 ", length %" PRIu32, offset, length);
}
VS_MONITOR(pci_window_aligned, .rule = VS_RULE_DRIVER_PCI_WINDOW_OFFSET_ALIGNED, .at = EVERYWHERE,
	   .step = offset_aligned);

/* Whether a structure capability but the window itself holds [offset, offset + length). */
static bool names(const struct vs_cap *cap, const struct vs_model *model)
{
	uint64_t offset = model->window_offset;

	return cap->id == PCI_CAP_ID_VNDR && cap->cfg_type != VIRTIO_PCI_CAP_PCI_CFG &&
	       cap->cfg_type != VIRTIO_PCI_CAP_VENDOR_CFG && cap->bar == model->window_bar &&
	       offset >= cap->offset && offset - cap->offset < cap->length &&
	       cap->length - (offset - cap->offset) >= model->window_length;
}

/* A read while the length is 0 is that of somebody who dumps configuration space. */
static void inside_structure(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *model = j->model;
	bool inside = false;

	if (!seen->window || model->caps_doubtful ||
	    (vs_is_read(seen) && model->window_length == 0))
		return;
	for (unsigned i = 0; i < model->caps.count; i++)
		inside |= names(&model->caps.list[i], model);
	vs_keep(j, inside && model->window_length, "an access inside a structure",
		"%" PRIu32 " bytes at %#" PRIx32 " of BAR %u", model->window_length,
		model->window_offset, model->window_bar);
}
VS_MONITOR(pci_window_inside, .rule = VS_RULE_DRIVER_PCI_WINDOW_INSIDE_STRUCTURE, .at = EVERYWHERE,
	   .step = inside_structure);

enum { VENDOR_READ, VENDOR_ARMED };

/* Whether the driver knows the vendor stays inside it; that it looked who it is does not. */
static void vendor_checked(struct vs_judge *j, const struct vs_seen *seen)
{
	const size_t at = offsetof(struct virtio_pci_vndr_data, vendor_id);
	const struct vs_cap *cap;

	if (seen->place == VS_PLACE_COMMON) {
		vs_for_each_cap(cap, &j->model->caps, VIRTIO_PCI_CAP_VENDOR_CFG)
			if (!j->state[VENDOR_ARMED]) {
				j->state[VENDOR_ARMED] = 1;
				vs_arm(j);
			}
		return;
	}
	if (seen->cap->id != PCI_CAP_ID_VNDR || seen->cap->cfg_type != VIRTIO_PCI_CAP_VENDOR_CFG)
		return;
	if (vs_is_read(seen) && seen->at < at + sizeof(uint16_t) &&
	    seen->at + seen->event->width > at)
		j->state[VENDOR_READ] |= VS_BIT(seen->cap - j->model->caps.list);
	else if (vs_is_write(seen))
		vs_keep(j, j->state[VENDOR_READ] >> (seen->cap - j->model->caps.list) & 1,
			"vendor_id is read first",
			"a write to the vendor data at %#x, whose vendor_id was not read",
			seen->cap->pos);
}
VS_MONITOR(pci_vendor_checked, .rule = VS_RULE_DRIVER_PCI_VENDOR_DATA_VENDOR_CHECKED,
	   .at = VS_AT(COMMON) | VS_AT(CAPABILITY), .needs = VS_BLIND_CAPS, .step = vendor_checked);
