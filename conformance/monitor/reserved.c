/* SPDX-License-Identifier: BSD-3-Clause */
/* Reserved feature bits (6). */
#include "monitor/steps.h"

static const struct {
	uint16_t rule;
	uint8_t bit;
	const char *name;
} expected[] = {
	{ VS_RULE_DRIVER_RESERVED_ACCEPTS_VERSION_ONE, VIRTIO_F_VERSION_1, "VERSION_1" },
	{ VS_RULE_DRIVER_RESERVED_ACCEPTS_ACCESS_PLATFORM, VIRTIO_F_ACCESS_PLATFORM,
	  "ACCESS_PLATFORM" },
	{ VS_RULE_DRIVER_RESERVED_ACCEPTS_RING_PACKED, VIRTIO_F_RING_PACKED, "RING_PACKED" },
	{ VS_RULE_DRIVER_RESERVED_ACCEPTS_ORDER_PLATFORM, VIRTIO_F_ORDER_PLATFORM,
	  "ORDER_PLATFORM" },
	{ VS_RULE_DRIVER_RESERVED_ACCEPTS_NOTIF_CONFIG_DATA, VIRTIO_F_NOTIF_CONFIG_DATA,
	  "NOTIF_CONFIG_DATA" },
};

/* A device that offers a feature whose registers its structure has no room for expects nothing. */
static bool has_room(const struct vs_model *m, unsigned bit)
{
	for (int i = 0; i < VS_COMMON_FIELD_COUNT; i++)
		if (vs_common_fields[i].feature == bit &&
		    (!m->common || m->common->length < (uint64_t)vs_common_fields[i].offset +
							       vs_common_fields[i].width))
			return false;
	return true;
}

/* A driver that made no choice at all is charged with that (driver.init); from one that declines
 * VERSION_1 nothing else is to be expected. */
static void accepts(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;
	unsigned i = 0;

	while (expected[i].rule != j->monitor->rule)
		i++;
	if (seen->legacy || !m->choice_written || !vs_settles_features(m, seen) ||
	    vs_offers(m, expected[i].bit) != VS_OFFER_YES || !has_room(m, expected[i].bit))
		return;
	if (expected[i].bit != VIRTIO_F_VERSION_1 &&
	    !vs_features_has(&m->accepted, VIRTIO_F_VERSION_1))
		return;
	vs_keep(j, vs_features_has(&m->accepted, expected[i].bit), "accepted where it is offered",
		"%s is left clear", expected[i].name);
}
VS_MONITOR(reserved_accepts_version_one, .rule = VS_RULE_DRIVER_RESERVED_ACCEPTS_VERSION_ONE,
	   .at = VS_AT(COMMON), .step = accepts);
VS_MONITOR(reserved_accepts_access_platform,
	   .rule = VS_RULE_DRIVER_RESERVED_ACCEPTS_ACCESS_PLATFORM, .at = VS_AT(COMMON),
	   .step = accepts);
VS_MONITOR(reserved_accepts_ring_packed, .rule = VS_RULE_DRIVER_RESERVED_ACCEPTS_RING_PACKED,
	   .at = VS_AT(COMMON), .step = accepts);
VS_MONITOR(reserved_accepts_order_platform, .rule = VS_RULE_DRIVER_RESERVED_ACCEPTS_ORDER_PLATFORM,
	   .at = VS_AT(COMMON), .step = accepts);
VS_MONITOR(reserved_accepts_notif_config_data,
	   .rule = VS_RULE_DRIVER_RESERVED_ACCEPTS_NOTIF_CONFIG_DATA, .at = VS_AT(COMMON),
	   .step = accepts);

/* The areas of a split virtqueue are for driver.split.area-size. */
static void reachable(struct vs_judge *j, const struct vs_seen *seen)
{
	const unsigned areas =
		VS_QUEUE_DESC_MEMORY | VS_QUEUE_DRIVER_MEMORY | VS_QUEUE_DEVICE_MEMORY;
	const struct vs_event *e = seen->event;

	if (e->kind == VS_EVENT_DESCRIPTOR)
		vs_keep(j, !e->length || !(e->width & VS_DESCRIPTOR_NO_MEMORY),
			"addresses of memory", "%" PRIu32 " bytes at %#" PRIx64 " in queue %u",
			e->length, e->offset, e->queue);
	else if (vs_model_negotiated(j->model, VIRTIO_F_RING_PACKED))
		vs_keep(j, (e->flags & areas) == areas, "addresses of memory",
			"an area of queue %u lies elsewhere", e->queue);
}

static void iommu_settled(struct vs_judge *j, const struct vs_seen *seen)
{
	if (vs_model_negotiated(j->model, VIRTIO_F_ACCESS_PLATFORM))
		reachable(j, seen);
}
VS_MONITOR(reserved_iommu_settled, .rule = VS_RULE_DRIVER_RESERVED_IOMMU_SETTLED,
	   .hears = VS_HEARS(DESCRIPTOR) | VS_HEARS(QUEUE),
	   .needs = VS_BLIND_RINGS | VS_BLIND_MEMORY, .step = iommu_settled);

static void physical_addresses(struct vs_judge *j, const struct vs_seen *seen)
{
	if (vs_offers(j->model, VIRTIO_F_ACCESS_PLATFORM) == VS_OFFER_NO &&
	    !vs_model_is_legacy(j->model))
		reachable(j, seen);
}
VS_MONITOR(reserved_physical_addresses, .rule = VS_RULE_DRIVER_RESERVED_PHYSICAL_ADDRESSES,
	   .hears = VS_HEARS(DESCRIPTOR) | VS_HEARS(QUEUE),
	   .needs = VS_BLIND_RINGS | VS_BLIND_MEMORY, .step = physical_addresses);

/* What is known of extended configuration space: what the driver itself found on its walk. */
enum { WALK_NEXT, WALK_SRIOV, WALK_OVER, SRIOV_NEGOTIATED };

static void walk(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;
	uint64_t *w = j->state, at = w[WALK_NEXT] ? w[WALK_NEXT] : PCI_EXT_CAP_FIRST;
	uint32_t header = (uint32_t)e->value;

	if (seen->place != VS_PLACE_EXTENDED || !vs_is_read(seen) || w[WALK_OVER] ||
	    e->offset != at || e->width != sizeof(header))
		return;
	if (header == 0 || header == UINT32_MAX) {
		w[WALK_OVER] = 1;
		return;
	}
	if (PCI_EXT_CAP_ID(header) == PCI_EXT_CAP_ID_SRIOV)
		w[WALK_SRIOV] = at;
	w[WALK_OVER] = PCI_EXT_CAP_NEXT(header) <= at;
	w[WALK_NEXT] = PCI_EXT_CAP_NEXT(header);
}

static void sr_iov_needs_capability(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;

	walk(j, seen);
	if (vs_settles_features(m, seen) && !seen->legacy && j->state[WALK_OVER] &&
	    !j->state[WALK_SRIOV] && vs_offers(m, VIRTIO_F_SR_IOV) == VS_OFFER_YES)
		vs_keep(j, !vs_features_has(&m->accepted, VIRTIO_F_SR_IOV),
			"SR_IOV left alone without its capability", "it is accepted");
}
VS_MONITOR(reserved_sr_iov_needs_capability,
	   .rule = VS_RULE_DRIVER_RESERVED_SR_IOV_NEEDS_CAPABILITY,
	   .at = VS_AT(COMMON) | VS_AT(EXTENDED), .step = sr_iov_needs_capability);

/* Permission once given outlives resets. */
static void sr_iov_negotiated_first(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;
	uint64_t *w = j->state, control = w[WALK_SRIOV] + PCI_SRIOV_CTRL;

	walk(j, seen);
	if (j->model->features_ok && vs_reads(seen, VS_DEVICE_STATUS) &&
	    (e->value & VIRTIO_STATUS_FEATURES_OK) &&
	    vs_features_has(&j->model->accepted, VIRTIO_F_SR_IOV))
		w[SRIOV_NEGOTIATED] = 1;
	if (w[WALK_SRIOV] && seen->place == VS_PLACE_EXTENDED && vs_is_write(seen) &&
	    e->offset == control && (e->value & PCI_SRIOV_CTRL_VFE))
		vs_keep(j, w[SRIOV_NEGOTIATED], "SR_IOV negotiated first",
			"virtual functions are enabled without");
}
VS_MONITOR(reserved_sr_iov_negotiated_first,
	   .rule = VS_RULE_DRIVER_RESERVED_SR_IOV_NEGOTIATED_FIRST,
	   .at = VS_AT(COMMON) | VS_AT(EXTENDED), .step = sr_iov_negotiated_first);
