/* SPDX-License-Identifier: BSD-3-Clause */
/* Lapses of feature bits (2.2, 6). */
#include "drivers/reference/life.h"
#include "spec/blk.h"
#include "spec/net.h"
#include "spec/pci.h"

LAPSE_ACCEPT(accepts_unoffered, VIRTIO_BLK_F_LIFETIME, "a feature is accepted that is not offered",
	     .breaks = LAPSE_RULES(FEATURES_ONLY_OFFERED),
	     .needs = "mock:blk,interface=modern|transitional|legacy");

LAPSE(dependency_declined, "CTRL_MAC_ADDR is accepted without CTRL_VQ",
      .accept = VS_BIT(VIRTIO_NET_F_CTRL_MAC_ADDR), .decline = VS_BIT(VIRTIO_NET_F_CTRL_VQ),
      .breaks = LAPSE_RULES(FEATURES_DEPENDENCIES_ACCEPTED), .needs = "mock:net");

/* The upper half is what it always is, is it not? */
#define KNOWN (1u << (VIRTIO_F_VERSION_1 - 32) | 1u << (VIRTIO_F_NOTIF_CONFIG_DATA - 32))
LAPSE(upper_half_unread, "features above 31 are accepted without a look at that half of the offer",
      .rows = { { LAPSE_SKIP, LAPSE_READS(VS_DEVICE_FEATURE), .nth = 2, .has_value = true,
		  .value = KNOWN } },
      .breaks = LAPSE_RULES(FEATURES_OFFER_READ), .also = LAPSE_RULES(RESERVED_ACCEPTS_RING_PACKED),
      .needs = "mock:blk|net|rng|console");

LAPSE_ACCEPT(accepts_unknown, 31, "a feature is accepted that no specification knows",
	     .breaks = LAPSE_RULES(FEATURES_UNKNOWN_NOT_ACCEPTED),
	     .needs = "mock:blk,quirk=undefined-feature=31");

LAPSE_SKIP_WRITE(goes_in_silence, VS_DEVICE_STATUS, LAPSE_IN(GIVE_UP),
		 "a device without VERSION_1 is left without FAILED",
		 .breaks = LAPSE_RULES(FEATURES_GIVES_UP_WITH_FAILED),
		 .needs = "mock:blk,quirk=version-one-missing");

/* It takes the device for one that it cannot drive. */
static void refuse(struct lapse_run *l)
{
	vs_features_remove(&l->life->s.offered, VIRTIO_F_VERSION_1);
}

static void insist(struct lapse_run *l, enum lapse_moment moment)
{
	if (moment == LAPSE_AT_CHOICE && !vs_features_has(&l->life->s.offered, VIRTIO_F_EVENT_IDX))
		refuse(l);
}
LAPSE(insists_on_event_idx, "the driver gives up where EVENT_IDX is not offered", .at = insist,
      .breaks = LAPSE_RULES(FEATURES_FALLS_BACK),
      .needs = "mock:blk,quirk=feature-missing=event-idx");

static void shy(struct lapse_run *l, enum lapse_moment moment)
{
	if (moment == LAPSE_AT_CHOICE && l->life->s.offered.window[2])
		refuse(l);
}
LAPSE(shies_at_features, "the driver gives up where a feature above 63 is offered", .at = shy,
      .breaks = LAPSE_RULES(FEATURES_UNKNOWN_TOLERATED),
      .needs = "mock:net,quirk=feature-above-63=69");

LAPSE_DECLINE(declines_version_1, VIRTIO_F_VERSION_1, "VERSION_1 is not accepted",
	      .breaks = LAPSE_RULES(RESERVED_ACCEPTS_VERSION_ONE),
	      .needs = "mock:blk|net|rng|console");

LAPSE_DECLINE(declines_access_platform, VIRTIO_F_ACCESS_PLATFORM, "ACCESS_PLATFORM is not accepted",
	      .breaks = LAPSE_RULES(RESERVED_ACCEPTS_ACCESS_PLATFORM),
	      .needs = "mock:blk,quirk=platform=access");

LAPSE_DECLINE(declines_ring_packed, VIRTIO_F_RING_PACKED, "RING_PACKED is not accepted",
	      .breaks = LAPSE_RULES(RESERVED_ACCEPTS_RING_PACKED),
	      .needs = "mock:blk|net|rng|console,ring=packed");

LAPSE_DECLINE(declines_order_platform, VIRTIO_F_ORDER_PLATFORM, "ORDER_PLATFORM is not accepted",
	      .breaks = LAPSE_RULES(RESERVED_ACCEPTS_ORDER_PLATFORM),
	      .needs = "mock:blk,quirk=platform=order");

LAPSE_DECLINE(declines_notif_config_data, VIRTIO_F_NOTIF_CONFIG_DATA,
	      "NOTIF_CONFIG_DATA is not accepted",
	      .breaks = LAPSE_RULES(RESERVED_ACCEPTS_NOTIF_CONFIG_DATA),
	      .needs = "mock:blk|net|rng|console");

LAPSE_ACCEPT(accepts_sr_iov, VIRTIO_F_SR_IOV, "SR_IOV is accepted without its capability",
	     .breaks = LAPSE_RULES(RESERVED_SR_IOV_NEEDS_CAPABILITY),
	     .needs = "mock:blk,quirk=sr-iov-offered-alone");

static void enable_functions(struct lapse_run *l, enum lapse_moment moment)
{
	struct ref_life *life = l->life;

	if (moment == LAPSE_AT_START && life->sriov)
		vs_config_write(&life->s, life->sriov_pos + PCI_SRIOV_CTRL, 2, PCI_SRIOV_CTRL_VFE);
}
LAPSE(functions_enabled_early, "virtual functions are enabled before SR_IOV was negotiated",
      .at = enable_functions, .breaks = LAPSE_RULES(RESERVED_SR_IOV_NEGOTIATED_FIRST),
      .needs = "mock:blk,quirk=sr-iov");

/* The descriptor of the first element of the first buffers points nowhere. */
static void point_nowhere(struct vs_split_descriptor *d, struct lapse_run *l)
{
	if (!l->state[0]++)
		d->addr = UINT64_C(1) << 62;
}

static void split_nowhere(struct lapse_run *l, void *at, struct vs_split_descriptor *d)
{
	(void)at;
	point_nowhere(d, l);
}
LAPSE(address_not_mapped, "an address behind the IOMMU is none that the device can reach",
      .split = split_nowhere, .breaks = LAPSE_RULES(RESERVED_IOMMU_SETTLED),
      .needs = "mock:rng,quirk=platform=access");
LAPSE(address_not_physical, "a buffer lies where there is no memory", .split = split_nowhere,
      .breaks = LAPSE_RULES(RESERVED_PHYSICAL_ADDRESSES), .needs = "mock:rng");
