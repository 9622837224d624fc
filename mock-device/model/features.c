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

void mock_base_offered_features(struct mock_layer *layer, struct mock_features *features)
{
	const struct mock_class *class = layer->mock->class;

	for (unsigned i = 0; i < sizeof(common_features); i++)
		mock_features_add(features, common_features[i]);
	for (unsigned i = 0; i < class->feature_count; i++)
		mock_features_add(features, class->features[i]);
	if (layer->mock->packed)
		mock_features_add(features, VIRTIO_F_RING_PACKED);
}

static struct mock_features offered(struct mock *mock)
{
	struct mock_features features = { { 0 } };

	mock_op_offered_features(mock->top, &features);
	return features;
}

bool mock_offers(struct mock *mock, unsigned feature)
{
	struct mock_features features = offered(mock);

	return mock_features_has(&features, feature);
}

bool mock_has(const struct mock *mock, unsigned feature)
{
	return mock->status & VIRTIO_STATUS_FEATURES_OK &&
	       mock_features_has(&mock->negotiated, feature);
}

bool mock_in_force(struct mock *mock, unsigned feature)
{
	if (mock->status & VIRTIO_STATUS_FEATURES_OK)
		return mock_features_has(&mock->negotiated, feature);
	return mock_offers(mock, feature);
}

/* After FEATURES_OK the choice is final until the next reset (2.2). Windows that no feature reaches
 * keep nothing: all bits there are invalid ones, which a device can ignore (4.1.4.3.1). */
void mock_base_accept_features(struct mock_layer *layer, uint32_t window, uint32_t value)
{
	struct mock *mock = layer->mock;

	if (window < MOCK_FEATURE_WINDOWS && !(mock->status & VIRTIO_STATUS_FEATURES_OK))
		mock->accepted.window[window] = value;
}

bool mock_base_features_acceptable(struct mock_layer *layer, const struct mock_features *accepted)
{
	const struct mock_class *class = layer->mock->class;
	struct mock_features features = offered(layer->mock);

	for (unsigned i = 0; i < MOCK_FEATURE_WINDOWS; i++) {
		if (accepted->window[i] & ~features.window[i])
			return false;
	}
	if (!mock_features_has(accepted, VIRTIO_F_VERSION_1))
		return false;
	for (unsigned i = 0; i < class->dependency_count; i++) {
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
	return window < MOCK_FEATURE_WINDOWS ? offered(mock).window[window] : 0;
}

/* Shows the valid ones of the bits that the driver wrote (driver_feature). */
uint32_t mock_accepted_window(struct mock *mock, uint32_t window)
{
	if (window >= MOCK_FEATURE_WINDOWS)
		return 0;
	return mock->accepted.window[window] & offered(mock).window[window];
}

/* FEATURES_OK is granted: fixes what was negotiated, at most what is offered whoever granted it. */
void mock_fix_features(struct mock *mock)
{
	struct mock_features features = offered(mock);

	for (unsigned i = 0; i < MOCK_FEATURE_WINDOWS; i++)
		mock->negotiated.window[i] = mock->accepted.window[i] & features.window[i];
}
