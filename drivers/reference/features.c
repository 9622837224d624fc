/* SPDX-License-Identifier: BSD-3-Clause */
/* What the driver accepts of what is offered (2.2, 6). */
#include "drivers/reference/life.h"
#include "spec/blk.h"
#include "spec/console.h"
#include "spec/net.h"
#include "spec/virtio.h"

/* Of the transport. */
static const uint8_t transport[] = {
	VIRTIO_F_VERSION_1,  VIRTIO_F_ANY_LAYOUT,        VIRTIO_F_INDIRECT_DESC,
	VIRTIO_F_EVENT_IDX,  VIRTIO_F_ACCESS_PLATFORM,   VIRTIO_F_RING_PACKED,
	VIRTIO_F_IN_ORDER,   VIRTIO_F_ORDER_PLATFORM,    VIRTIO_F_SR_IOV,
	VIRTIO_F_RING_RESET, VIRTIO_F_NOTIFICATION_DATA, VIRTIO_F_NOTIF_CONFIG_DATA,
	VIRTIO_F_SUSPEND,    VIRTIO_F_ADMIN_VQ,
};

/* Of the device types. */
static const struct {
	uint16_t type;
	uint8_t bit;
} of_type[] = {
	{ VIRTIO_ID_BLOCK, VIRTIO_BLK_F_SIZE_MAX },   { VIRTIO_ID_BLOCK, VIRTIO_BLK_F_SEG_MAX },
	{ VIRTIO_ID_BLOCK, VIRTIO_BLK_F_RO },         { VIRTIO_ID_BLOCK, VIRTIO_BLK_F_MQ },
	{ VIRTIO_ID_NET, VIRTIO_NET_F_CTRL_VQ },      { VIRTIO_ID_NET, VIRTIO_NET_F_CTRL_RX },
	{ VIRTIO_ID_NET, VIRTIO_NET_F_MAC },          { VIRTIO_ID_NET, VIRTIO_NET_F_STATUS },
	{ VIRTIO_ID_CONSOLE, VIRTIO_CONSOLE_F_SIZE },
};

void ref_read_offer(struct ref_life *life)
{
	struct vs_session *s = &life->s;

	for (uint32_t i = 0; i < VS_FEATURE_WINDOWS; i++)
		s->offered.window[i] = vs_offered_window(s, i);
}

/* A feature whose registers the structure has no room for is of no use. */
static bool has_fields_of(const struct vs_session *s, uint8_t feature)
{
	for (int i = 0; i < VS_COMMON_FIELD_COUNT; i++)
		if (vs_common_fields[i].feature == feature && !vs_has_field(s, i))
			return false;
	return true;
}

static bool usable(const struct ref_life *life, uint8_t bit)
{
	const struct vs_session *s = &life->s;
	bool legacy = s->view == VS_VIEW_LEGACY;

	if (!vs_features_has(&s->offered, bit))
		return false;
	if (bit >= VIRTIO_F_VERSION_1 && legacy)
		return false;
	/* Of the legacy interface alone; modern devices take any layout without it. */
	if (bit == VIRTIO_F_ANY_LAYOUT && !legacy)
		return life->draft;
	/* The draft of 2013 reserves what lies above bit 32. */
	if (life->draft && bit > VIRTIO_F_VERSION_1)
		return false;
	if (bit == VIRTIO_F_SR_IOV)
		return life->sriov;
	return legacy || has_fields_of(s, bit);
}

void ref_choose(struct ref_life *life, struct vs_features *chosen)
{
	const struct lapse *lapse = life->lapse.lapse;

	*chosen = (struct vs_features){ 0 };
	for (unsigned i = 0; i < sizeof(transport); i++)
		if (usable(life, transport[i]))
			vs_features_add(chosen, transport[i]);
	for (unsigned i = 0; i < sizeof(of_type) / sizeof(of_type[0]); i++)
		if (of_type[i].type == life->fn.type &&
		    vs_features_has(&life->s.offered, of_type[i].bit))
			vs_features_add(chosen, of_type[i].bit);
	/* What rests on the control queue is nothing without it (5.1.3.1). */
	if (life->fn.type == VIRTIO_ID_NET && !vs_features_has(chosen, VIRTIO_NET_F_CTRL_VQ))
		vs_features_remove(chosen, VIRTIO_NET_F_CTRL_RX);
	if (!lapse)
		return;
	for (unsigned bit = 0; bit < 64; bit++) {
		if (lapse->accept & VS_BIT(bit))
			vs_features_add(chosen, bit);
		if (lapse->decline & VS_BIT(bit))
			vs_features_remove(chosen, bit);
	}
	if (lapse->features)
		lapse->features(&life->lapse, chosen);
}

bool ref_accepted(const struct ref_life *life, unsigned bit)
{
	return vs_features_has(&life->s.accepted, bit);
}
