/* SPDX-License-Identifier: BSD-3-Clause */
/* The device-specific configuration and its generation (2.5, 4.1.4.3, 4.1.4.6). */
#include "mock-device/quirks/quirk.h"
#include "spec/config_fields.h"
#include "spec/feature_table.h"

static uint32_t stuck(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (offset == offsetof(struct virtio_pci_common_cfg, config_generation))
		return 0;
	return mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(config_generation_stuck, .kind = MOCK_VIOLATION,
	   .says = "config_generation stays 0 whatever changes",
	   .breaks = MOCK_RULES(PCI_COMMON_GENERATION_CHANGES), .needs = "mock:blk",
	   .ops = { .common_read = stuck });

static void count(struct mock_layer *q)
{
	mock_op_config_changed(q->below);
	q->mock->config_dirty = false;
	q->mock->generation++;
}
MOCK_QUIRK(config_generation_counts, .kind = MOCK_VIOLATION,
	   .says = "config_generation counts changes, so that 256 of them leave it as it was",
	   .breaks = MOCK_RULES(PCI_COMMON_GENERATION_CHANGES), .needs = "mock:blk",
	   .ops = { .config_changed = count });

static void asleep(struct mock_layer *q)
{
	mock_op_config_changed(q->below);
	if (!(q->mock->status & VIRTIO_STATUS_DRIVER_OK))
		q->mock->config_dirty = false;
}
MOCK_QUIRK(config_generation_late, .kind = MOCK_VIOLATION,
	   .says = "changes before DRIVER_OK do not move config_generation",
	   .breaks = MOCK_RULES(PCI_COMMON_GENERATION_CHANGES), .needs = "mock:blk",
	   .ops = { .config_changed = asleep });

static void restless(struct mock_layer *q, uint8_t value)
{
	mock_op_status_write(q->below, value);
	q->mock->generation += 3;
}
MOCK_QUIRK(config_generation_restless, .kind = MOCK_VARIATION,
	   .says = "config_generation moves with every write of the status",
	   .ops = { .status_write = restless });

enum { BLIND_ZEROES, BLIND_ONES };

static uint64_t blind(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (q->mock->status & VIRTIO_STATUS_FEATURES_OK)
		return mock_op_device_config_read(q->below, offset, width);
	return q->value == BLIND_ZEROES ? 0 : UINT64_MAX;
}
MOCK_QUIRK(config_blind_early, .kind = MOCK_VIOLATION,
	   .says = "before FEATURES_OK the device configuration reads as zeroes, or ones",
	   .breaks = MOCK_RULES(CONFIG_READABLE_BEFORE_FEATURES_OK), .values = "zeroes ones",
	   .needs = "mock:blk", .also = MOCK_RULES(LEGACY_CONFIG_WRITTEN_EARLY),
	   .ops = { .device_config_read = blind });

/* Where the byte lies that is to show at `offset`: its place in its field, from the other end. */
static unsigned opposite(const struct mock *mock, unsigned offset)
{
	const struct vs_config_field *field;

	vs_for_each_config_field(field, mock->class->type)
		if (offset >= field->offset && offset < field->offset + (unsigned)field->width)
			return field->offset + field->width - 1 - (offset - field->offset);
	return offset;
}

static uint64_t big_endian(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++) {
		unsigned at = opposite(q->mock, offset + i);

		value |= (mock_op_device_config_read(q->below, at, 1) & UINT8_MAX) << (8 * i);
	}
	return value;
}
MOCK_QUIRK(config_big_endian, .kind = MOCK_VIOLATION,
	   .says = "the fields of the device configuration are big-endian",
	   .breaks = MOCK_RULES(CONFIG_LITTLE_ENDIAN), .needs = "mock:blk",
	   .also = MOCK_RULES(LEGACY_CONFIG_NATIVE_ENDIAN),
	   .ops = { .device_config_read = big_endian });

static uint64_t low_byte(struct mock_layer *q, unsigned offset, unsigned width)
{
	return mock_op_device_config_read(q->below, width == 1 ? offset & ~3u : offset, width);
}
MOCK_QUIRK(config_bytes_alike, .kind = MOCK_VIOLATION,
	   .says = "a byte read of the device configuration gives the first byte of its dword",
	   .breaks = MOCK_RULES(ROBUST_CONFIG_READ_WIDTHS), .needs = "mock:blk",
	   .also = MOCK_RULES(LEGACY_CONFIG_ANY_WIDTH), .ops = { .device_config_read = low_byte });

/* state[0]: 1 + offset of what was written last into the first field; state[1]: width; state[2]:
 * value. */
static void write_first(struct mock_layer *q, unsigned offset, unsigned width, uint64_t value)
{
	if (offset + width > 8) {
		mock_op_device_config_write(q->below, offset, width, value);
		return;
	}
	q->state[0] = offset + 1;
	q->state[1] = width;
	q->state[2] = value;
}

static uint64_t read_first(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (q->state[0] == offset + 1 && q->state[1] == width)
		return q->state[2];
	return mock_op_device_config_read(q->below, offset, width);
}

static void forget_first(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(config_writable, .kind = MOCK_VIOLATION,
	   .says = "the first field of the device configuration takes what is written",
	   .breaks = MOCK_RULES(ROBUST_CONFIG_WRITTEN), .needs = "mock:blk",
	   .ops = { .device_config_write = write_first,
		    .device_config_read = read_first,
		    .reset = forget_first });

/* ---- How long it is ---- */

static void length_is(struct mock_caps *caps, uint64_t length)
{
	struct mock_cap *cap = mock_caps_find(caps, VIRTIO_PCI_CAP_DEVICE_CFG);

	if (cap)
		cap->length = length;
}

static void longer(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	length_is(caps, (uint64_t)q->value);
}
MOCK_QUIRK(config_longer, .kind = MOCK_VARIATION,
	   .says = "the device configuration is longer than any version knows",
	   .tries = MOCK_RULES(DRIVER_CONFIG_LARGER_SIZE_ACCEPTED), .values = "256 4096",
	   .needs = "mock:blk|net|console,interface=modern|transitional",
	   .ops = { .build_caps = longer });

/* The end of the last field that one of the features offered brings along. */
static uint64_t end_of_fields(struct mock_layer *q)
{
	const struct vs_config_field *field;
	struct mock_features offered = { 0 };
	uint64_t end = 0;

	mock_op_offered_features(q->below, &offered);
	vs_for_each_config_field(field, q->mock->class->type)
		if (field->feature == VS_FEATURE_NO_NEED ||
		    mock_features_has(&offered, field->feature) ||
		    (field->or_feature != VS_FEATURE_NO_NEED &&
		     mock_features_has(&offered, field->or_feature)))
			end = field->offset + (uint64_t)field->width * field->count;
	return end;
}

static void exact(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	length_is(caps, end_of_fields(q));
}
MOCK_QUIRK(config_exact, .kind = MOCK_VARIATION,
	   .says = "the device configuration ends behind the last field of the features offered",
	   .tries = MOCK_RULES(DRIVER_CONFIG_SUFFICIENT_SIZE_ACCEPTED),
	   .needs = "mock:blk|net|console,interface=modern|transitional",
	   .ops = { .build_caps = exact });
