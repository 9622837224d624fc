/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices without legacy interface under an old identifier and revision: legacy drivers take them
 * for theirs, and should fail gracefully (4.1.4.11). The identifiers themselves are against advice.
 */
#include "mock-device/quirks/quirk.h"
#include "spec/legacy.h"
#include "spec/pci_function.h"

#define OLD_IDENTIFIERS \
	PCI_DISCOVERY_NON_TRANSITIONAL_DEVICE_ID, PCI_DISCOVERY_NON_TRANSITIONAL_REVISION
#define BAR_SIZE 32u
#define BAR_FREE 1u /* of a modern device: where the structures go from BAR 0 */

static void old_identity(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->device = 0x1001;
	identity->revision = 0;
}
MOCK_QUIRK(graceful_failure_bar_missing, .kind = MOCK_VIOLATION,
	   .says = "legacy drivers find no I/O BAR 0 on what they take for their device",
	   .breaks = MOCK_RULES(LEGACY_GRACEFUL_FAILURE_BAR, OLD_IDENTIFIERS),
	   .needs = "mock:blk,interface=modern", .ops = { .build_identity = old_identity });

static void add_io_bar(struct mock_layer *q, struct mock_bars *bars)
{
	mock_op_build_bars(q->below, bars);
	bars->bar[VIRTIO_LEGACY_BAR] = (struct mock_bar){ .kind = MOCK_BAR_IO, .size = BAR_SIZE };
	bars->bar[BAR_FREE].kind = MOCK_BAR_MEMORY;
}

static void move_structures(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	for (unsigned i = 0; i < caps->count; i++)
		if (caps->cap[i].id == PCI_CAP_ID_VNDR && caps->cap[i].bar == VIRTIO_LEGACY_BAR)
			caps->cap[i].bar = BAR_FREE;
}

/* How much of the answer is missing. */
enum { ALL, BAR_ZERO_ONLY, WRITES_TAKEN, NOTHING };

/* state[0]: the driver has failed, gracefully, until power-on. */
static uint64_t read_failed(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width)
{
	if (q->state[0] && (q->value != BAR_ZERO_ONLY || bar == VIRTIO_LEGACY_BAR))
		return q->value == WRITES_TAKEN && bar == BAR_FREE && q->state[1] ? q->state[1] : 0;
	return mock_op_bar_read(q->below, bar, offset, width);
}

static void write_failed(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width,
			 uint64_t value)
{
	if (q->state[0])
		q->state[1] |= value;
	else
		mock_op_bar_write(q->below, bar, offset, width, value);
	if (bar == VIRTIO_LEGACY_BAR && offset == VIRTIO_LEGACY_DEVICE_STATUS && width == 1 &&
	    value == 0 && q->value != NOTHING)
		q->state[0] = 1;
}
#define FAILS_GRACEFULLY                                                                           \
	{                                                                                          \
		.build_identity = old_identity, .build_bars = add_io_bar,                          \
		.build_caps = move_structures, .bar_read = read_failed, .bar_write = write_failed, \
	}
MOCK_QUIRK(graceful_failure, .kind = MOCK_VIOLATION,
	   .says = "a device without legacy interface has an old identifier and revision, and lets "
		   "legacy drivers fail gracefully",
	   .breaks = MOCK_RULES(OLD_IDENTIFIERS), .values = "all",
	   .needs = "mock:blk,interface=modern", .ops = FAILS_GRACEFULLY);

/* The first value of the quirk is number 1 of the enumeration. */
static void number_values(struct mock_layer *q, struct mock_identity *identity)
{
	q->value++;
	old_identity(q, identity);
}
MOCK_QUIRK(
	graceful_failure_incomplete, .kind = MOCK_VIOLATION,
	.says = "what a legacy driver is to fail at goes on in other BARs, takes writes, or goes "
		"on altogether",
	.breaks = MOCK_RULES(LEGACY_GRACEFUL_FAILURE_ANSWER, OLD_IDENTIFIERS),
	.values = "other-bars writes-taken nothing", .needs = "mock:blk,interface=modern",
	.ops = { .build_identity = number_values,
		 .build_bars = add_io_bar,
		 .build_caps = move_structures,
		 .bar_read = read_failed,
		 .bar_write = write_failed });
