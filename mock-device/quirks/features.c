/* SPDX-License-Identifier: BSD-3-Clause */
/* Feature bits (2.2): what is offered, what is accepted, and what then works. */
#include "mock-device/quirks/quirk.h"
#include "spec/blk.h"
#include "spec/net.h"

static uint32_t mirrored(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t window = q->mock->driver_feature_select;

	if (offset == offsetof(struct virtio_pci_common_cfg, driver_feature) &&
	    window < MOCK_FEATURE_WINDOWS)
		return q->mock->accepted.window[window];
	return mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(driver_feature_mirrors, .kind = MOCK_VARIATION,
	   .says = "driver_feature shows all that was written, also what was never offered",
	   .ops = { .common_read = mirrored });

static bool anything(struct mock_layer *q, const struct mock_features *accepted)
{
	(void)q;
	(void)accepted;
	return true;
}
MOCK_QUIRK(features_ok_always, .kind = MOCK_VIOLATION,
	   .says = "FEATURES_OK is set whatever the driver accepted, and shown that it did",
	   .breaks = MOCK_RULES(FEATURES_REFUSAL_CLEARS_FEATURES_OK),
	   .ops = { .features_acceptable = anything, .common_read = mirrored });

static bool has_unmet(const struct mock *mock)
{
	return mock_has(mock, VIRTIO_NET_F_MQ) && !mock_has(mock, VIRTIO_NET_F_CTRL_VQ);
}

static bool unless_unmet(struct mock_layer *q, struct mock_queue *queue)
{
	return !has_unmet(q->mock) && mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(unmet_need_accepted, .kind = MOCK_VIOLATION,
	   .says = "MQ is accepted without CTRL_VQ, and then nothing works",
	   .breaks = MOCK_RULES(FEATURES_REFUSAL_CLEARS_FEATURES_OK), .needs = "mock:net",
	   .ops = { .features_acceptable = anything, .may_consume = unless_unmet });

static void without_control(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_remove(features, VIRTIO_NET_F_CTRL_VQ);
}
MOCK_QUIRK(dependency_not_offered, .kind = MOCK_VIOLATION,
	   .says = "MQ and others are offered, CTRL_VQ is not",
	   .breaks = MOCK_RULES(FEATURES_DEPENDENCIES_OFFERED), .needs = "mock:net",
	   .ops = { .offered_features = without_control });

static bool insists(struct mock_layer *q, const struct mock_features *accepted)
{
	return mock_features_has(accepted, (unsigned)q->value) &&
	       mock_op_features_acceptable(q->below, accepted);
}
MOCK_QUIRK(feature_insisted_on, .kind = MOCK_VIOLATION,
	   .says = "without one of its features, which a driver may leave out, all is refused",
	   .breaks = MOCK_RULES(FEATURES_VALID_SUBSET_ACCEPTED), .values = "40 28 9",
	   .needs = "mock:blk", .ops = { .features_acceptable = insists });

static void one_more(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, (unsigned)q->value);
}
MOCK_QUIRK(undefined_feature, .kind = MOCK_VIOLATION,
	   .says = "a feature bit is offered that nobody has defined",
	   .breaks = MOCK_RULES(FEATURES_UNDEFINED_BITS_CLEAR), .values = "44 23 31 127",
	   .needs = "mock:blk", .tries = MOCK_RULES(DRIVER_FEATURES_UNKNOWN_TOLERATED),
	   .ops = { .offered_features = one_more });

enum { DEAD_TOPOLOGY, DEAD_IN_ORDER };

static void with_topology(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	if (q->value == DEAD_TOPOLOGY)
		mock_features_add(features, VIRTIO_BLK_F_TOPOLOGY);
}

static bool is_dead(const struct mock_layer *q)
{
	const struct mock *mock = q->mock;

	if (q->value == DEAD_TOPOLOGY)
		return mock_has(mock, VIRTIO_BLK_F_TOPOLOGY);
	return mock_has(mock, VIRTIO_F_IN_ORDER) && !mock_has(mock, VIRTIO_F_INDIRECT_DESC) &&
	       !mock_has(mock, VIRTIO_F_EVENT_IDX) && !mock_has(mock, VIRTIO_F_RING_RESET);
}

static bool unless_dead(struct mock_layer *q, struct mock_queue *queue)
{
	return !is_dead(q) && mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(feature_not_served, .kind = MOCK_VIOLATION,
	   .says = "a feature is offered and accepted, and then nothing works: one of the device "
		   "type, or IN_ORDER without other features of the transport",
	   .breaks = MOCK_RULES(FEATURES_OFFERED_BITS_SERVED), .values = "topology in-order",
	   .needs = "mock:blk",
	   .ops = { .offered_features = with_topology, .may_consume = unless_dead });

/* state[0], state[1]: windows of what was negotiated when the device last went live. */
static void note_set(struct mock_layer *q)
{
	q->state[0] = q->mock->negotiated.window[0];
	q->state[1] = q->mock->negotiated.window[1];
	mock_op_driver_ok(q->below);
}

/* A second reset helps. */
static void forget_set(struct mock_layer *q)
{
	if (!q->mock->status)
		q->state[0] = q->state[1] = 0;
	mock_op_reset(q->below);
}

static bool but_not_again(struct mock_layer *q, const struct mock_features *accepted)
{
	if (accepted->window[0] == q->state[0] && accepted->window[1] == q->state[1] &&
	    !mock_features_has(accepted, VIRTIO_F_EVENT_IDX))
		return false;
	return mock_op_features_acceptable(q->below, accepted);
}
MOCK_QUIRK(renegotiation_refused, .kind = MOCK_VIOLATION,
	   .says = "a set without EVENT_IDX is not accepted twice in a row",
	   .breaks = MOCK_RULES(FEATURES_RENEGOTIATION),
	   .ops = { .driver_ok = note_set,
		    .reset = forget_set,
		    .features_acceptable = but_not_again });

/* What is written late is in force at once. */
static void accept_late(struct mock_layer *q, uint32_t window, uint32_t value, bool live)
{
	struct mock *mock = q->mock;
	bool is_live = mock->status & VIRTIO_STATUS_DRIVER_OK;

	mock_op_accept_features(q->below, window, value);
	if (!(mock->status & VIRTIO_STATUS_FEATURES_OK) || is_live != live || window > 1)
		return;
	mock->accepted.window[window] = value;
	mock_fix_features(mock);
}

static void accept_settled(struct mock_layer *q, uint32_t window, uint32_t value)
{
	accept_late(q, window, value, false);
}
MOCK_QUIRK(features_ok_not_final, .kind = MOCK_VIOLATION,
	   .says = "features written between FEATURES_OK and DRIVER_OK come into force",
	   .breaks = MOCK_RULES(ROBUST_FEATURES_AFTER_FEATURES_OK),
	   .ops = { .accept_features = accept_settled });

static void accept_live(struct mock_layer *q, uint32_t window, uint32_t value)
{
	accept_late(q, window, value, true);
}
MOCK_QUIRK(live_features_change, .kind = MOCK_VIOLATION,
	   .says = "features written on a live device come into force",
	   .breaks = MOCK_RULES(ROBUST_FEATURES_AFTER_DRIVER_OK),
	   .ops = { .accept_features = accept_live });
