/* SPDX-License-Identifier: BSD-3-Clause */
/* Structures that should not be there, and the end of one that should. */
#include "mock-device/quirks/quirk.h"

/* Whether an access begins inside the device configuration and ends behind it. */
static bool straddles(struct mock *mock, unsigned bar, uint64_t offset, unsigned width)
{
	const struct mock_cap *cap = mock_caps_find(&mock->caps, VIRTIO_PCI_CAP_DEVICE_CFG);
	uint64_t end;

	if (!cap || cap->bar != bar || offset < cap->offset)
		return false;
	end = cap->offset + cap->length;
	return offset < end && offset + width > end;
}

enum { DIES_OF_READ, DIES_OF_WRITE };

static uint64_t read_across(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width)
{
	if (q->value == DIES_OF_READ && straddles(q->mock, bar, offset, width))
		mock_end(q->mock, MOCK_DEAD);
	return mock_op_bar_read(q->below, bar, offset, width);
}

static void write_across(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width,
			 uint64_t value)
{
	if (q->value == DIES_OF_WRITE && straddles(q->mock, bar, offset, width))
		mock_end(q->mock, MOCK_DEAD);
	mock_op_bar_write(q->below, bar, offset, width, value);
}
MOCK_QUIRK(config_end_fatal, .kind = MOCK_VIOLATION,
	   .says = "the device dies of an access across the end of the device configuration",
	   .breaks = MOCK_RULES(ROBUST_CONFIG_ACCESS_PAST_END), .values = "read write",
	   .needs = "mock:blk", .ops = { .bar_read = read_across, .bar_write = write_across });

static void add_empty(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap empty = { .id = PCI_CAP_ID_VNDR, .type = VIRTIO_PCI_CAP_SHARED_MEMORY_CFG };

	mock_op_build_caps(q->below, caps);
	mock_caps_insert(caps, caps->count, &empty);
}
MOCK_QUIRK(empty_structure, .kind = MOCK_VIOLATION,
	   .says = "a capability names a shared memory region of length 0",
	   .breaks = MOCK_RULES(ROBUST_NO_EMPTY_STRUCTURE), .ops = { .build_caps = add_empty });

#define BASELESS_LENGTH 64u

static void add_config(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap config = { .id = PCI_CAP_ID_VNDR,
				   .type = VIRTIO_PCI_CAP_DEVICE_CFG,
				   .offset = MOCK_AUTO,
				   .length = BASELESS_LENGTH };

	mock_op_build_caps(q->below, caps);
	mock_caps_insert(caps, caps->count, &config);
}
MOCK_QUIRK(baseless_config, .kind = MOCK_VARIATION,
	   .says = "an entropy device has a structure for a device configuration, of nothing",
	   .needs = "mock:rng", .ops = { .build_caps = add_config });

/* As a device does that keeps a table of its fields, and finds none for the middle. */
static void nothing_there(struct mock_layer *q, unsigned offset, unsigned width, uint64_t value)
{
	(void)value;
	if (width == 1 && offset == BASELESS_LENGTH / 2)
		mock_end(q->mock, MOCK_DEAD);
}
MOCK_QUIRK(baseless_config_fatal, .kind = MOCK_VIOLATION,
	   .says = "an entropy device dies of a write into the configuration that it presents",
	   .breaks = MOCK_RULES(ROBUST_BASELESS_CONFIG_HARMLESS), .needs = "mock:rng",
	   .ops = { .build_caps = add_config, .device_config_write = nothing_there });
