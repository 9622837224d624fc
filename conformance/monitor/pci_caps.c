/* SPDX-License-Identifier: BSD-3-Clause */
/* What a driver makes of the capability list (4.1.4, 4.1.5.1.1). */
#include "monitor/monitor.h"

#define AT_STRUCTURES (VS_AT(COMMON) | VS_AT(NOTIFY) | VS_AT(ISR) | VS_AT(DEVICE))

/* Whether a read of a capability covers the field that tells what kind of structure it is. */
static bool reads_type(const struct vs_seen *seen)
{
	size_t at = offsetof(struct virtio_pci_cap, cfg_type);

	return vs_is_read(seen) && seen->place == VS_PLACE_CAPABILITY &&
	       seen->cap->id == PCI_CAP_ID_VNDR && seen->at <= at &&
	       seen->at + seen->event->width > at;
}

enum { SCAN_READ, SCAN_JUDGED };

/* Reading the list as a platform does, to find power management or MSI-X, is no look for virtio
 * structures; reading the type of one is. */
static void list_scanned(struct vs_judge *j, const struct vs_seen *seen)
{
	if (reads_type(seen))
		j->state[SCAN_READ] = 1;
	if (seen->place == VS_PLACE_CAPABILITY || seen->legacy || j->state[SCAN_JUDGED])
		return;
	j->state[SCAN_JUDGED] = 1;
	vs_keep(j, j->state[SCAN_READ], "the list is read first",
		"an access to the structure at %#" PRIx64 " of BAR %u, and no cfg_type read so far",
		seen->cap->offset, seen->cap->bar);
}
VS_MONITOR(pci_cap_list_scanned, .rule = VS_RULE_DRIVER_PCI_CAP_LIST_SCANNED,
	   .at = AT_STRUCTURES | VS_AT(CAPABILITY), .needs = VS_BLIND_CAPS, .step = list_scanned);

static bool is_reserved_type(const struct vs_cap *cap)
{
	return cap->id == PCI_CAP_ID_VNDR && vs_cap_min_len(cap->cfg_type) == 0;
}

static void reserved_type(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_caps *caps = &j->model->caps;

	if (seen->place == VS_PLACE_RESERVED && j->model->caps_doubtful)
		return;
	if (seen->place == VS_PLACE_RESERVED) {
		vs_keep(j, false, "what it points to is not touched",
			"an access to what the capability of type %u at %#x names",
			seen->cap->cfg_type, seen->cap->pos);
		return;
	}
	for (unsigned i = 0; !seen->legacy && !j->state[0] && i < caps->count; i++)
		if (is_reserved_type(&caps->list[i])) {
			j->state[0] = 1;
			vs_arm(j);
		}
}
VS_MONITOR(pci_cap_reserved_type, .rule = VS_RULE_DRIVER_PCI_CAP_RESERVED_TYPE_IGNORED,
	   .at = AT_STRUCTURES | VS_AT(RESERVED), .step = reserved_type);
VS_TRIAL_MONITOR(pci_cap_reserved_type_tried, VS_RULE_DRIVER_PCI_CAP_RESERVED_TYPE_IGNORED);

/* Whether a driver that can use `later` could have used this one for the same access. One in an I/O
 * BAR may be out of its reach. */
static bool as_good(const struct vs_model *model, const struct vs_cap *cap,
		    const struct vs_seen *seen)
{
	uint64_t size = seen->at + seen->event->width;

	if (cap->cfg_type == VIRTIO_PCI_CAP_COMMON_CFG && size < VIRTIO_PCI_COMMON_CFG_MIN)
		size = VIRTIO_PCI_COMMON_CFG_MIN;
	if (cap->bar < PCI_BAR_COUNT && model->subject->bars[cap->bar].io)
		return false;
	return vs_cap_usable(cap, size);
}

static void first_instance(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_cap *cap, *earlier = NULL;
	bool several = false;

	if (seen->legacy || seen->window || j->model->caps_doubtful ||
	    (j->state[0] & VS_BIT(seen->place)))
		return;
	vs_for_each_cap(cap, &j->model->caps, seen->cap->cfg_type) {
		if (cap < seen->cap && !earlier && as_good(j->model, cap, seen))
			earlier = cap;
		several |= cap != seen->cap && vs_cap_usable(cap, 1);
	}
	if (!several)
		return;
	j->state[0] |= VS_BIT(seen->place);
	vs_keep(j, !earlier, "the first structure of its type that can be used",
		"an access to the structure that the capability at %#x names, before it stands one "
		"at %#x",
		seen->cap->pos, earlier ? earlier->pos : 0u);
}
VS_MONITOR(pci_cap_first_instance, .rule = VS_RULE_DRIVER_PCI_CAP_FIRST_INSTANCE,
	   .at = AT_STRUCTURES, .step = first_instance);
VS_MONITOR(draft_first_usable, .rule = VS_RULE_DRIVER_DRAFT_FIRST_USABLE_STRUCTURE,
	   .at = AT_STRUCTURES, .step = first_instance);

/* Bar, offset, length and data of the access window. */
static bool is_window_field(const struct vs_seen *seen)
{
	uint64_t end = seen->at + seen->event->width;

	return seen->cap->cfg_type == VIRTIO_PCI_CAP_PCI_CFG &&
	       ((seen->at <= offsetof(struct virtio_pci_cap, bar) &&
		 end > offsetof(struct virtio_pci_cap, bar)) ||
		end > offsetof(struct virtio_pci_cap, offset));
}

static void not_written(struct vs_judge *j, const struct vs_seen *seen)
{
	if (seen->place != VS_PLACE_CAPABILITY) {
		if (!seen->legacy && !j->state[0])
			vs_arm(j);
		j->state[0] |= !seen->legacy;
		return;
	}
	if (vs_is_write(seen) && seen->cap->id == PCI_CAP_ID_VNDR &&
	    seen->cap->cfg_type != VIRTIO_PCI_CAP_VENDOR_CFG && !is_window_field(seen))
		vs_keep(j, false, "no write to a capability",
			"%u bytes written at %" PRIu64 " of the capability at %#x (type %u)",
			seen->event->width, seen->at, seen->cap->pos, seen->cap->cfg_type);
}
VS_MONITOR(pci_cap_not_written, .rule = VS_RULE_DRIVER_PCI_CAP_NOT_WRITTEN,
	   .at = VS_AT(COMMON) | VS_AT(CAPABILITY), .step = not_written);

VS_TRIAL_MONITOR(pci_cap_larger_len, VS_RULE_DRIVER_PCI_CAP_LARGER_CAP_LEN);
VS_TRIAL_MONITOR(pci_cap_reserved_bar, VS_RULE_DRIVER_PCI_CAP_RESERVED_BAR_IGNORED);
VS_TRIAL_MONITOR(pci_cap_large_length, VS_RULE_DRIVER_PCI_CAP_LARGE_LENGTH);
