/* SPDX-License-Identifier: BSD-3-Clause */
/* The capability list and where its structures lie (4.1.4). */
#include <string.h>

#include "mock-device/quirks/quirk.h"

#define SPREAD_MEMORY 1u
#define SPREAD_IO     3u
#define UNKNOWN_ID    0x7fu /* no capability of PCI has it */
#define RESERVED_TYPE 0x7eu /* nor any structure of virtio */

/* BAR 0 becomes one of 32 bits, so that BAR 1 is free; BAR 3 is for I/O. */
static void spread_bars(struct mock_layer *q, struct mock_bars *bars)
{
	mock_op_build_bars(q->below, bars);
	bars->bar[0].kind = MOCK_BAR_MEMORY;
	bars->bar[SPREAD_MEMORY].kind = MOCK_BAR_MEMORY;
	bars->bar[SPREAD_IO].kind = MOCK_BAR_IO;
}

static void spread_caps(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap, io;
	unsigned at;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_ISR_CFG);
	if (cap)
		cap->bar = SPREAD_MEMORY;
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_DEVICE_CFG);
	if (cap)
		cap->bar = SPREAD_MEMORY;
	at = mock_caps_index(caps, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_NOTIFY_CFG);
	if (at == caps->count)
		return;
	/* The faster way comes first. */
	io = caps->cap[at];
	io.bar = SPREAD_IO;
	mock_caps_insert(caps, at, &io);
}
MOCK_QUIRK(
	structures_spread, .kind = MOCK_VARIATION,
	.says = "the structures lie in several BARs, with a second place to notify in an I/O BAR",
	.ops = { .build_bars = spread_bars, .build_caps = spread_caps });

static void reversed(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	for (unsigned i = 0; i < caps->count / 2; i++) {
		struct mock_cap cap = caps->cap[i];

		caps->cap[i] = caps->cap[caps->count - 1 - i];
		caps->cap[caps->count - 1 - i] = cap;
	}
}
MOCK_QUIRK(caps_reversed, .kind = MOCK_VARIATION,
	   .says = "the capabilities are linked in the opposite order",
	   .ops = { .build_caps = reversed });

static void unknown(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap foreign = { .id = UNKNOWN_ID, .extra_size = 6 };
	struct mock_cap reserved = { .id = PCI_CAP_ID_VNDR, .type = RESERVED_TYPE };

	memset(foreign.extra, UINT8_MAX, foreign.extra_size);
	mock_op_build_caps(q->below, caps);
	mock_caps_insert(caps, 0, &reserved);
	mock_caps_insert(caps, 0, &foreign);
}
MOCK_QUIRK(
	unknown_capabilities, .kind = MOCK_VARIATION,
	.says = "first come a capability that PCI does not know and a structure of a reserved type",
	.ops = { .build_caps = unknown });
