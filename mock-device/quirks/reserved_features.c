/* SPDX-License-Identifier: BSD-3-Clause */
/* Reserved feature bits (6). */
#include "mock-device/quirks/quirk.h"

static void no_version(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_remove(features, VIRTIO_F_VERSION_1);
}
MOCK_QUIRK(version_one_missing, .kind = MOCK_VIOLATION, .says = "VERSION_1 is not offered",
	   .breaks = MOCK_RULES(RESERVED_VERSION_ONE_OFFERED),
	   .ops = { .offered_features = no_version });

/*
 * state[0]: serial of a buffer that is held back while another one waits behind it; then the two
 * change their names, so that the ring shows the later one first.
 */
static void change_places(struct mock_layer *q, struct mock_chain *chain, uint32_t length)
{
	struct mock *mock = q->mock;
	struct mock_chain *held = mock_chain_find(mock, q->state[0]);
	uint16_t id = chain->id;

	if (held && held->queue == chain->queue) {
		q->state[0] = 0;
		chain->id = held->id;
		held->id = id;
		mock_op_complete(q->below, held, length);
		mock_op_complete(q->below, chain, length);
		return;
	}
	if (mock_has(mock, VIRTIO_F_IN_ORDER) &&
	    chain->queue->ring->available(mock, chain->queue)) {
		q->state[0] = chain->serial;
		return;
	}
	mock_op_complete(q->below, chain, length);
}
MOCK_QUIRK(in_order_ignored, .kind = MOCK_VIOLATION,
	   .says = "with IN_ORDER, of two buffers that wait together the later one is used first",
	   .breaks = MOCK_RULES(RESERVED_IN_ORDER), .ops = { .complete = change_places });

/* An SR-IOV extended capability, version 1, the only one, that says nothing further. */
static void add_sriov(struct mock_config *config)
{
	vs_store_le32(config->bytes + PCI_EXT_CAP_FIRST, PCI_EXT_CAP_ID_SRIOV | 1u << 16);
}

static void sriov_config(struct mock_layer *q, struct mock_config *config)
{
	mock_op_build_config(q->below, config);
	add_sriov(config);
}

static void sriov_feature(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_F_SR_IOV);
}
MOCK_QUIRK(sr_iov_offered_alone, .kind = MOCK_VIOLATION,
	   .says = "SR_IOV is offered without an SR-IOV capability",
	   .breaks = MOCK_RULES(RESERVED_SR_IOV_NEEDS_CAPABILITY),
	   .ops = { .offered_features = sriov_feature });

MOCK_QUIRK(sr_iov_not_offered, .kind = MOCK_VIOLATION,
	   .says = "there is an SR-IOV capability, and SR_IOV is not offered",
	   .breaks = MOCK_RULES(RESERVED_SR_IOV_OFFERED), .ops = { .build_config = sriov_config });

MOCK_QUIRK(sr_iov, .kind = MOCK_VARIATION, .says = "has an SR-IOV capability and offers SR_IOV",
	   .ops = { .build_config = sriov_config, .offered_features = sriov_feature });
