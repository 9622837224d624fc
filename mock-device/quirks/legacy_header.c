/* SPDX-License-Identifier: BSD-3-Clause */
/* Lies of the legacy header, and of what follows it (4.1.4.10). */
#include "mock-device/quirks/quirk.h"
#include "spec/legacy.h"

#define ANY_LEGACY  "mock:blk|rng,interface=transitional|legacy"
#define WITH_CONFIG "mock:blk|net|console,interface=transitional|legacy"

static const unsigned kept[] = { VIRTIO_LEGACY_DRIVER_FEATURES, VIRTIO_LEGACY_QUEUE_ADDRESS,
				 VIRTIO_LEGACY_QUEUE_SELECT };

static uint32_t read_nothing(struct mock_layer *q, unsigned offset, unsigned width)
{
	return offset == kept[q->value] ? 0 : mock_op_legacy_read(q->below, offset, width);
}
MOCK_QUIRK(legacy_register_write_only, .kind = MOCK_VIOLATION,
	   .says = "a register of the legacy header reads 0, whatever was written",
	   .breaks = MOCK_RULES(LEGACY_HEADER_LAYOUT), .values = "features address select",
	   .needs = ANY_LEGACY, .ops = { .legacy_read = read_nothing });

static const unsigned fixed[] = { VIRTIO_LEGACY_DEVICE_FEATURES, VIRTIO_LEGACY_QUEUE_SIZE,
				  VIRTIO_LEGACY_ISR_STATUS };

/* state[0]: what was written stands; state[1]: what. */
static void write_fixed(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	mock_op_legacy_write(q->below, offset, width, value);
	if (offset != fixed[q->value])
		return;
	q->state[0] = 1;
	q->state[1] = value;
}

static uint32_t read_fixed(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t value = mock_op_legacy_read(q->below, offset, width);

	return offset == fixed[q->value] && q->state[0] ? (uint32_t)q->state[1] : value;
}

static void forget(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(legacy_register_writable, .kind = MOCK_VIOLATION,
	   .says = "a register of the legacy header that is the device's takes what is written",
	   .breaks = MOCK_RULES(LEGACY_HEADER_LAYOUT), .values = "features size isr",
	   .needs = ANY_LEGACY,
	   .ops = { .legacy_write = write_fixed, .legacy_read = read_fixed, .reset = forget });

static unsigned exchanged(unsigned offset)
{
	switch (offset) {
	case VIRTIO_LEGACY_QUEUE_SIZE:
		return VIRTIO_LEGACY_QUEUE_SELECT;
	case VIRTIO_LEGACY_QUEUE_SELECT:
		return VIRTIO_LEGACY_QUEUE_SIZE;
	default:
		return offset;
	}
}

static uint32_t read_exchanged(struct mock_layer *q, unsigned offset, unsigned width)
{
	return mock_op_legacy_read(q->below, exchanged(offset), width);
}

static void write_exchanged(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	mock_op_legacy_write(q->below, exchanged(offset), width, value);
}
MOCK_QUIRK(legacy_size_and_select_exchanged, .kind = MOCK_VIOLATION,
	   .says = "queue_size and queue_select lie in each other's place",
	   .breaks = MOCK_RULES(LEGACY_HEADER_LAYOUT), .also = MOCK_RULES(LEGACY_INTERFACE_WORKS),
	   .needs = ANY_LEGACY,
	   .ops = { .legacy_read = read_exchanged, .legacy_write = write_exchanged });

static uint32_t read_no_vector(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (offset == VIRTIO_LEGACY_CONFIG_VECTOR || offset == VIRTIO_LEGACY_QUEUE_VECTOR)
		return 0;
	return mock_op_legacy_read(q->below, offset, width);
}

static void write_no_vector(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset != VIRTIO_LEGACY_CONFIG_VECTOR && offset != VIRTIO_LEGACY_QUEUE_VECTOR)
		mock_op_legacy_write(q->below, offset, width, value);
}
MOCK_QUIRK(legacy_vectors_missing, .kind = MOCK_VIOLATION,
	   .says = "there are no vector registers in the legacy header, MSI-X or not",
	   .breaks = MOCK_RULES(LEGACY_HEADER_LAYOUT),
	   .also = MOCK_RULES(PCI_MSIX_ANY_VECTOR, PCI_MSIX_VECTOR_READBACK,
			      PCI_MSIX_FAILURE_REPORTED),
	   .needs = ANY_LEGACY,
	   .ops = { .legacy_read = read_no_vector, .legacy_write = write_no_vector });

/* Where it is while MSI-X is off, and where it is while MSI-X is on. */
static unsigned stay(struct mock_layer *q)
{
	return (unsigned)q->value;
}
MOCK_QUIRK(legacy_config_stays, .kind = MOCK_VIOLATION,
	   .says = "device configuration stays where it is when MSI-X is turned on and off",
	   .breaks = MOCK_RULES(LEGACY_CONFIG_OFFSET),
	   .also = MOCK_RULES(LEGACY_HEADER_LAYOUT, LEGACY_CONFIG_WRITTEN_EARLY,
			      LEGACY_CONFIG_NATIVE_ENDIAN, PCI_MSIX_ANY_VECTOR,
			      PCI_MSIX_VECTOR_READBACK, PCI_MSIX_FAILURE_REPORTED),
	   .values = "20 24", .needs = "mock:blk|console,interface=transitional|legacy",
	   .ops = { .legacy_config = stay });

/* The command register says what the other BARs do. */
static bool in_the_way(struct mock_layer *q, unsigned bar)
{
	return bar == VIRTIO_LEGACY_BAR &&
	       vs_load_le16(q->mock->config + PCI_COMMAND) & PCI_COMMAND_MEMORY;
}

static uint64_t read_dead(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width)
{
	return in_the_way(q, bar) ? UINT64_MAX : mock_op_bar_read(q->below, bar, offset, width);
}

static void write_dead(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width,
		       uint64_t value)
{
	if (!in_the_way(q, bar))
		mock_op_bar_write(q->below, bar, offset, width, value);
}
MOCK_QUIRK(legacy_registers_dead, .kind = MOCK_VIOLATION,
	   .says = "the legacy registers read all ones while memory decoding is on",
	   .breaks = MOCK_RULES(LEGACY_IO_BAR_ZERO), .also = MOCK_RULES(LEGACY_INTERFACE_WORKS),
	   .needs = "mock:blk|rng,interface=transitional",
	   .ops = { .bar_read = read_dead, .bar_write = write_dead });

static bool on_header(const struct mock_layer *q)
{
	return q->mock->face == MOCK_FACE_LEGACY;
}

static uint64_t first_byte_only(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint64_t value = mock_op_device_config_read(q->below, offset, width);

	return on_header(q) ? value & UINT8_MAX : value;
}
MOCK_QUIRK(legacy_config_bytes_only, .kind = MOCK_VIOLATION,
	   .says = "device configuration behind the legacy header gives one byte an access",
	   .breaks = MOCK_RULES(LEGACY_CONFIG_ANY_WIDTH), .needs = WITH_CONFIG,
	   .ops = { .device_config_read = first_byte_only });

/* As a device does that was written for another guest. */
static uint64_t read_swapped(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint64_t value;

	q->mock->big_endian ^= on_header(q);
	value = mock_op_device_config_read(q->below, offset, width);
	q->mock->big_endian ^= on_header(q);
	return value;
}
MOCK_QUIRK(legacy_config_swapped, .kind = MOCK_VIOLATION,
	   .says = "device configuration behind the legacy header is not in the guest's byte order",
	   .breaks = MOCK_RULES(LEGACY_CONFIG_NATIVE_ENDIAN), .needs = WITH_CONFIG,
	   .ops = { .device_config_read = read_swapped });

/* state[0]: the driver has written its features. */
static void note_features(struct mock_layer *q, uint32_t window, uint32_t value)
{
	mock_op_accept_features(q->below, window, value);
	q->state[0] = 1;
}

static void write_late(struct mock_layer *q, unsigned offset, unsigned width, uint64_t value)
{
	if (q->state[0] || !on_header(q))
		mock_op_device_config_write(q->below, offset, width, value);
}
MOCK_QUIRK(
	legacy_config_early_ignored, .kind = MOCK_VIOLATION,
	.says = "device configuration takes no writes before the driver has written its features",
	.breaks = MOCK_RULES(LEGACY_CONFIG_WRITTEN_EARLY),
	.needs = "mock:blk|net,interface=transitional|legacy",
	.ops = { .accept_features = note_features,
		 .device_config_write = write_late,
		 .reset = forget });
