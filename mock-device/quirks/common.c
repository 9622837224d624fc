/* SPDX-License-Identifier: BSD-3-Clause */
/* The common configuration structure, as far as it concerns the whole device (4.1.4.3). */
#include "mock-device/quirks/quirk.h"

#define FIELD(name) offsetof(struct virtio_pci_common_cfg, name)

static void common_length(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_COMMON_CFG);
	if (cap)
		cap->length = (uint64_t)q->value;
}
/* 56 bytes are enough for 1.0, not for what the mock offers. */
MOCK_QUIRK(common_short, .kind = MOCK_VIOLATION,
	   .says = "the common configuration ends before the fields of the features offered",
	   .breaks = MOCK_RULES(PCI_COMMON_LENGTH), .values = "59 56",
	   .ops = { .build_caps = common_length });
MOCK_QUIRK(common_longer, .kind = MOCK_VARIATION,
	   .says = "the common configuration is longer than any version knows",
	   .values = "64 128 4096", .tries = MOCK_RULES(DRIVER_PCI_CAP_LARGE_LENGTH),
	   .ops = { .build_caps = common_length });

/* The field whose number among these the value is. */
static const uint8_t kept_fields[] = {
	FIELD(device_feature_select), FIELD(driver_feature_select), FIELD(queue_select),
	FIELD(queue_desc_lo),         FIELD(queue_driver_lo),       FIELD(queue_device_lo),
	FIELD(queue_enable),          FIELD(device_status),
};

static uint32_t reads_zero(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t value = mock_op_common_read(q->below, offset, width);

	/* Status reads 0 only between the steps, so that a reset still shows. */
	if (offset == FIELD(device_status))
		return q->value == 7 && value == VIRTIO_STATUS_ACKNOWLEDGE ? 0 : value;
	return offset == kept_fields[q->value] ? 0 : value;
}
MOCK_QUIRK(register_write_only, .kind = MOCK_VIOLATION,
	   .says = "a register that the driver may write does not read back",
	   .breaks = MOCK_RULES(PCI_COMMON_READ_WRITE_FIELDS),
	   .also = MOCK_RULES(PCI_LAYOUT_HALVES_INDEPENDENT),
	   .values = "device-feature-select driver-feature-select queue-select queue-desc "
		     "queue-driver queue-device queue-enable device-status",
	   .needs = "mock:blk|net|console", .ops = { .common_read = reads_zero });

static const uint8_t fixed_fields[] = {
	FIELD(device_feature),          FIELD(num_queues),
	FIELD(config_generation),       FIELD(queue_notify_off),
	FIELD(queue_notif_config_data),
};

/* state[0]: something was written; state[1]: what. */
static void takes_write(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset == fixed_fields[q->value]) {
		q->state[0] = 1;
		q->state[1] = value;
	}
	mock_op_common_write(q->below, offset, width, value);
}

static uint32_t shows_write(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (offset == fixed_fields[q->value] && q->state[0])
		return (uint32_t)q->state[1];
	return mock_op_common_read(q->below, offset, width);
}

static void forgets_write(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(register_writable, .kind = MOCK_VIOLATION,
	   .says = "a register that is the device's alone takes what the driver writes",
	   .breaks = MOCK_RULES(PCI_COMMON_READ_ONLY_FIELDS),
	   .values = "device-feature num-queues config-generation queue-notify-off "
		     "queue-notif-config-data",
	   .ops = { .common_write = takes_write,
		    .common_read = shows_write,
		    .reset = forgets_write });

/* device_feature: windows beyond the second show the first again, or garbage. */
static uint32_t offered_beyond(struct mock_layer *q, unsigned offset, unsigned width)
{
	struct mock *mock = q->mock;

	if (offset == FIELD(device_feature) && mock->device_feature_select >= MOCK_FEATURE_WINDOWS)
		return q->value ? 0x80000000
				: mock_offered_window(mock, mock->device_feature_select % 2);
	return mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(device_feature_window_wraps, .kind = MOCK_VIOLATION,
	   .says = "device_feature shows bits where no feature is: those of a low window, or noise",
	   .breaks = MOCK_RULES(PCI_COMMON_DEVICE_FEATURE_WINDOW), .values = "low noise",
	   .ops = { .common_read = offered_beyond });

/* A select beyond what the device knows is not taken, or spoils what comes next. */
static void select_sticks(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset == FIELD(device_feature_select)) {
		if (q->state[0])
			return; /* nothing but a reset helps any more */
		q->state[0] = value > 1;
	}
	mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(device_feature_select_latches, .kind = MOCK_VIOLATION,
	   .says = "after a select above 1 device_feature_select stays where it is until a reset",
	   .breaks = MOCK_RULES(PCI_COMMON_DEVICE_FEATURE_WINDOW),
	   .also = MOCK_RULES(PCI_COMMON_READ_WRITE_FIELDS),
	   .ops = { .common_write = select_sticks, .reset = forgets_write });

/* One register for all windows: writing one forgets the other. */
static void one_window(struct mock_layer *q, uint32_t window, uint32_t value)
{
	for (uint32_t i = 0; i < MOCK_FEATURE_WINDOWS; i++)
		if (i != window && (q->value == 0 || i > window))
			q->mock->accepted.window[i] = 0;
	mock_op_accept_features(q->below, window, value);
}
MOCK_QUIRK(driver_feature_window_shared, .kind = MOCK_VIOLATION,
	   .says = "writing one window of driver_feature forgets the others, or the higher ones",
	   .breaks = MOCK_RULES(PCI_COMMON_DRIVER_FEATURE_WINDOW),
	   /* EVENT_IDX and INDIRECT_DESC are in a lower window than VERSION_1. */
	   .also = MOCK_RULES(SPLIT_FLAGS_IGNORED_WITH_EVENT_IDX, SPLIT_NO_INTERRUPT_OFF_USED_EVENT,
			      SPLIT_ANY_FRAMING, ROBUST_PACKED_INDIRECT_FLAGS_IGNORED,
			      ROBUST_PACKED_INTERRUPT_SENT),
	   .values = "others higher", .ops = { .accept_features = one_window });

static void window_wraps(struct mock_layer *q, uint32_t window, uint32_t value)
{
	mock_op_accept_features(q->below, window % 2, value & (window > 1 ? 0 : UINT32_MAX));
}
MOCK_QUIRK(driver_feature_window_wraps, .kind = MOCK_VIOLATION,
	   .says = "writing a window of driver_feature that holds nothing clears a low one",
	   .breaks = MOCK_RULES(PCI_COMMON_DRIVER_FEATURE_WINDOW),
	   .ops = { .accept_features = window_wraps });

/* Bits that were not offered may read back (4.1.4.3.1). */
static void mirror(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	uint32_t window = q->mock->driver_feature_select;

	if (offset == FIELD(driver_feature) && window < MOCK_FEATURE_WINDOWS)
		q->state[window] = value;
	mock_op_common_write(q->below, offset, width, value);
}

static uint32_t mirrored(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t window = q->mock->driver_feature_select;
	uint32_t value = mock_op_common_read(q->below, offset, width);

	if (offset != FIELD(driver_feature) || window >= MOCK_FEATURE_WINDOWS)
		return value;
	return value | ((uint32_t)q->state[window] & ~mock_offered_window(q->mock, window));
}

static void mirror_reset(struct mock_layer *q)
{
	for (unsigned i = 0; i < MOCK_FEATURE_WINDOWS; i++)
		q->state[i] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(driver_feature_mirrored, .kind = MOCK_VARIATION,
	   .says = "driver_feature shows also the bits that were written without being offered",
	   .ops = { .common_write = mirror, .common_read = mirrored, .reset = mirror_reset });

static void features_beyond_64(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, (unsigned)q->value);
}
MOCK_QUIRK(feature_above_63, .kind = MOCK_VARIATION,
	   .says = "a feature with a number above 63 is offered, as a network device may",
	   .values = "69", .needs = "mock:net",
	   .tries = MOCK_RULES(DRIVER_FEATURES_UNKNOWN_TOLERATED),
	   .ops = { .offered_features = features_beyond_64 });

static uint32_t admin_index(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (offset == FIELD(admin_queue_index))
		return q->mock->queue_count - 1;
	return mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(admin_queue_low, .kind = MOCK_VIOLATION,
	   .says = "the first administration queue is one of the device's own queues",
	   .breaks = MOCK_RULES(PCI_COMMON_ADMIN_QUEUE_INDEX),
	   .also = MOCK_RULES(PCI_COMMON_NUM_QUEUES, PCI_COMMON_ABSENT_QUEUE_SIZE_ZERO),
	   .needs = "mock:blk,quirk=admin-queue", .ops = { .common_read = admin_index });

static uint32_t admin_num(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (offset == FIELD(admin_queue_num))
		return UINT16_MAX;
	return mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(admin_queues_too_many, .kind = MOCK_VIOLATION,
	   .says = "there are more administration queues than indexes behind the first",
	   .breaks = MOCK_RULES(PCI_COMMON_ADMIN_QUEUE_COUNT),
	   .needs = "mock:blk,quirk=admin-queue", .ops = { .common_read = admin_num });

/* The values at power-on differ from those after a reset. */
static void dirty_power_on(struct mock_layer *q)
{
	mock_op_power_on(q->below);
	switch (q->value) {
	case 0:
		q->mock->status = VIRTIO_STATUS_ACKNOWLEDGE;
		break;
	case 1:
		q->mock->config_vector = 0;
		break;
	default:
		q->mock->queues[0].enabled = true;
		break;
	}
}
MOCK_QUIRK(power_on_status, .kind = MOCK_VIOLATION,
	   .says = "device_status is not 0 before anybody wrote it",
	   .breaks = MOCK_RULES(STATUS_RESET_READS_ZERO), .values = "0",
	   .ops = { .power_on = dirty_power_on });
MOCK_QUIRK(power_on_vector, .kind = MOCK_VIOLATION,
	   .says = "config_msix_vector is mapped before anybody wrote it",
	   .breaks = MOCK_RULES(PCI_MSIX_UNMAPPED_AFTER_RESET), .values = "1",
	   .needs = "mock:,interface=modern|transitional", .ops = { .power_on = dirty_power_on });
MOCK_QUIRK(power_on_queue, .kind = MOCK_VIOLATION,
	   .says = "a queue is enabled before anybody enabled it",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_ENABLE_ZERO_AFTER_RESET), .values = "2",
	   .ops = { .power_on = dirty_power_on });
