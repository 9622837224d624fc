/* SPDX-License-Identifier: BSD-3-Clause */
/* Feature bits: what is offered, what the driver may accept, what is in force (2.2, 6). */
#include "mock-device/model/base.h"

/* What the model can do with any class. SUSPEND counts as one of them although it needs no work of
 * the classes. ORDER_PLATFORM, ACCESS_PLATFORM and SR_IOV promise things about a platform that is
 * not there. */
static const uint8_t common_features[] = {
	VIRTIO_F_INDIRECT_DESC,     VIRTIO_F_EVENT_IDX,  VIRTIO_F_VERSION_1, VIRTIO_F_IN_ORDER,
	VIRTIO_F_NOTIF_CONFIG_DATA, VIRTIO_F_RING_RESET, VIRTIO_F_SUSPEND,
};

/* What is left of the bits 0 to 31 once bit 32 is gone (6.4). */
static const uint8_t legacy_features[] = { VIRTIO_F_NOTIFY_ON_EMPTY, VIRTIO_F_ANY_LAYOUT };

/* Through the legacy interface only the first window is reachable; the draft of 2013 ends with the
 * second. */
static unsigned windows(const struct mock *mock)
{
	if (mock_on_legacy(mock))
		return 1;
	return mock->draft ? 2 : MOCK_FEATURE_WINDOWS;
}

/* Bits above 32 mean nothing yet in the draft, and a legacy device knows none above 31. */
static void trim(const struct mock *mock, struct mock_features *features)
{
	unsigned count = VIRTIO_F_VERSION_1;

	if (mock->interface != MOCK_LEGACY)
		count = mock->draft ? VIRTIO_F_VERSION_1 + 1 : MOCK_FEATURE_COUNT;
	for (; count < MOCK_FEATURE_COUNT; count++)
		mock_features_remove(features, count);
}

void mock_base_offered_features(struct mock_layer *layer, struct mock_features *features)
{
	const struct mock_class *class = layer->mock->class;

	for (unsigned i = 0; i < sizeof(common_features); i++)
		mock_features_add(features, common_features[i]);
	for (unsigned i = 0; i < class->feature_count; i++)
		mock_features_add(features, class->features[i]);
	if (layer->mock->packed)
		mock_features_add(features, VIRTIO_F_RING_PACKED);
	for (unsigned i = 0; mock_on_legacy(layer->mock) && i < sizeof(legacy_features); i++)
		mock_features_add(features, legacy_features[i]);
	trim(layer->mock, features);
}

static struct mock_features offered(struct mock *mock)
{
	struct mock_features features = { { 0 } };

	mock_op_offered_features(mock->top, &features);
	for (unsigned i = windows(mock); i < MOCK_FEATURE_WINDOWS; i++)
		features.window[i] = 0;
	return features;
}

bool mock_offers(struct mock *mock, unsigned feature)
{
	struct mock_features features = offered(mock);

	return mock_features_has(&features, feature);
}

/* Whether there is a set of negotiated features already. */
static bool settled(const struct mock *mock)
{
	return mock->stepless || mock->status & VIRTIO_STATUS_FEATURES_OK;
}

bool mock_has(const struct mock *mock, unsigned feature)
{
	return settled(mock) && mock_features_has(&mock->negotiated, feature);
}

bool mock_in_force(struct mock *mock, unsigned feature)
{
	if (settled(mock))
		return mock_features_has(&mock->negotiated, feature);
	return mock_offers(mock, feature);
}

/* After FEATURES_OK, or DRIVER_OK where there is no such step, the choice is final until the next
 * reset (2.2). Windows that no feature reaches keep nothing: all bits there are invalid ones, which
 * a device can ignore (4.1.4.3.1). */
void mock_base_accept_features(struct mock_layer *layer, uint32_t window, uint32_t value)
{
	struct mock *mock = layer->mock;

	if (window >= windows(mock) || mock->status & VIRTIO_STATUS_FEATURES_OK ||
	    (mock_is_stepless(mock) && mock->status & VIRTIO_STATUS_DRIVER_OK))
		return;
	mock->accepted.window[window] = value;
	if (mock_is_stepless(mock))
		mock_follow_features(mock);
}

bool mock_base_features_acceptable(struct mock_layer *layer, const struct mock_features *accepted)
{
	const struct mock_class *class = layer->mock->class;
	struct mock_features features = offered(layer->mock);

	/* The draft can refuse only by not going live: bits that were not offered are ignored. */
	for (unsigned i = 0; !layer->mock->draft && i < MOCK_FEATURE_WINDOWS; i++) {
		if (accepted->window[i] & ~features.window[i])
			return false;
	}
	if (!mock_features_has(accepted, VIRTIO_F_VERSION_1))
		return false;
	for (unsigned i = 0; !layer->mock->draft && i < class->dependency_count; i++) {
		const struct mock_dependency *dependency = &class->dependencies[i];

		if (mock_features_has(accepted, dependency->feature) &&
		    !mock_features_has(accepted, dependency->needs) &&
		    !mock_features_has(accepted, dependency->or_needs))
			return false;
	}
	return true;
}

/* Shows the window of what is offered (device_feature). */
uint32_t mock_offered_window(struct mock *mock, uint32_t window)
{
	return window < windows(mock) ? offered(mock).window[window] : 0;
}

uint32_t mock_offers_window(struct mock *mock, uint32_t window)
{
	return mock_offered_window(mock, window);
}

/* Shows the valid ones of the bits that the driver wrote (driver_feature). */
uint32_t mock_accepted_window(struct mock *mock, uint32_t window)
{
	if (window >= windows(mock))
		return 0;
	return mock->accepted.window[window] & offered(mock).window[window];
}

/* Fixes what was negotiated, at most what is offered whoever granted it. */
void mock_fix_features(struct mock *mock)
{
	struct mock_features features = offered(mock);

	for (unsigned i = 0; i < MOCK_FEATURE_WINDOWS; i++)
		mock->negotiated.window[i] = mock->accepted.window[i] & features.window[i];
}

bool mock_is_stepless(const struct mock *mock)
{
	return mock->draft || mock_on_legacy(mock);
}

/* A driver that FEATURES_OK was granted to is no other one for a visit to the legacy header. */
void mock_follow_features(struct mock *mock)
{
	if (mock->status & VIRTIO_STATUS_FEATURES_OK)
		return;
	mock->legacy = mock_on_legacy(mock);
	mock->stepless = true;
	mock_fix_features(mock);
	mock_queues_refresh(mock);
}
