/* SPDX-License-Identifier: BSD-3-Clause */
/* The capability list and where its structures lie (4.1.4). */
#include <string.h>

#include "mock-device/quirks/quirk.h"

#define UNKNOWN_ID    0x7fu /* no capability of PCI has it */
#define RESERVED_TYPE 0x7eu /* nor any structure of virtio */

/* A BAR of 64 bits becomes one of 32, so that the next one is free. */
static unsigned freed(struct mock_bars *bars, unsigned bar)
{
	if (bars->bar[bar].kind == MOCK_BAR_MEMORY64)
		bars->bar[bar].kind = MOCK_BAR_MEMORY;
	return bar + 1;
}

/* The BARs behind that of the structures, and two further on: MSI-X, or shared memory. */
static unsigned spread_memory(const struct mock_layer *q)
{
	return q->mock->interface == MOCK_MODERN ? 1 : 3;
}

static unsigned spread_io(const struct mock_layer *q)
{
	return spread_memory(q) + 2;
}

static void spread_bars(struct mock_layer *q, struct mock_bars *bars)
{
	mock_op_build_bars(q->below, bars);
	bars->bar[freed(bars, spread_memory(q) - 1)].kind = MOCK_BAR_MEMORY;
	bars->bar[freed(bars, spread_io(q) - 1)].kind = MOCK_BAR_IO;
}

static void spread_caps(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap, io;
	unsigned at;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_ISR_CFG);
	if (cap)
		cap->bar = (uint8_t)spread_memory(q);
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_DEVICE_CFG);
	if (cap)
		cap->bar = (uint8_t)spread_memory(q);
	at = mock_caps_index(caps, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_NOTIFY_CFG);
	if (at == caps->count)
		return;
	/* The faster way comes first. */
	io = caps->cap[at];
	io.bar = (uint8_t)spread_io(q);
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

/* What the reserved type names are bytes beside the ISR status, where nothing answers. */
static void unknown_place(struct mock_layer *q, struct mock_config *config)
{
	const struct mock_cap *isr = mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_ISR_CFG);
	const struct mock_cap *cap = mock_caps_find(&q->mock->caps, RESERVED_TYPE);

	mock_op_build_config(q->below, config);
	if (!isr || !cap || isr->bar >= PCI_BAR_COUNT)
		return;
	config->bytes[cap->position + offsetof(struct virtio_pci_cap, bar)] = isr->bar;
	vs_store_le32(config->bytes + cap->position + offsetof(struct virtio_pci_cap, offset),
		      (uint32_t)isr->offset + MOCK_PAGE / 2);
	vs_store_le32(config->bytes + cap->position + offsetof(struct virtio_pci_cap, length),
		      MOCK_PAGE / 4);
}
MOCK_QUIRK(
	unknown_capabilities, .kind = MOCK_VARIATION,
	.says = "first come a capability that PCI does not know and a structure of a reserved type",
	.tries = MOCK_RULES(DRIVER_PCI_CAP_RESERVED_TYPE_IGNORED),
	.ops = { .build_caps = unknown, .build_config = unknown_place });

/* Some structure of this type, changed by the value; the index of the word is the type less one. */
static struct mock_cap *chosen(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	return mock_caps_find(caps, (uint8_t)(q->value + VIRTIO_PCI_CAP_COMMON_CFG));
}

/* configuration space says another place than the one where the registers are. */
static void say_place(struct mock_layer *q, struct mock_config *config, uint8_t bar,
		      uint32_t offset, uint32_t length)
{
	struct mock_cap *cap =
		mock_caps_find(&q->mock->caps, (uint8_t)(q->value + VIRTIO_PCI_CAP_COMMON_CFG));
	uint8_t *p = config->bytes + (cap ? cap->position : 0);

	if (!cap)
		return;
	p[offsetof(struct virtio_pci_cap, bar)] = bar;
	vs_store_le32(p + offsetof(struct virtio_pci_cap, offset), offset);
	vs_store_le32(p + offsetof(struct virtio_pci_cap, length), length);
}

static void bar_reserved(struct mock_layer *q, struct mock_config *config)
{
	mock_op_build_config(q->below, config);
	say_place(q, config, 6, 0, MOCK_PAGE);
}
MOCK_QUIRK(structure_bar_reserved, .kind = MOCK_VIOLATION,
	   .says = "the only structure of a type names a BAR above 5",
	   .breaks = MOCK_RULES(PCI_CAP_INSIDE_BAR), .values = "common notify isr device",
	   .needs = "mock:blk", .ops = { .build_config = bar_reserved });

static void bar_absent(struct mock_layer *q, struct mock_config *config)
{
	mock_op_build_config(q->below, config);
	say_place(q, config, 3, 0, MOCK_PAGE);
}
MOCK_QUIRK(structure_bar_absent, .kind = MOCK_VIOLATION,
	   .says = "the only structure of a type names a BAR that is not there",
	   .breaks = MOCK_RULES(PCI_CAP_INSIDE_BAR), .values = "common notify isr device",
	   .needs = "mock:blk", .ops = { .build_config = bar_absent });

static void past_bar(struct mock_layer *q, struct mock_config *config)
{
	mock_op_build_config(q->below, config);
	say_place(q, config, 0, 0x10000000, MOCK_PAGE);
}
MOCK_QUIRK(structure_past_bar, .kind = MOCK_VIOLATION,
	   .says = "the only structure of a type lies past the end of its BAR",
	   .breaks = MOCK_RULES(PCI_CAP_INSIDE_BAR), .values = "common notify isr device",
	   .needs = "mock:blk", .ops = { .build_config = past_bar });

/* A second one of a type, unusable, in front of the good one: legal, and easy to stumble over. */
static void decoy(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap = chosen(q, caps);
	struct mock_cap first;

	if (!cap)
		return;
	first = *cap;
	first.bar = 7;
	first.offset = 0;
	first.length = MOCK_PAGE;
	mock_caps_insert(caps, 0, &first);
}
MOCK_QUIRK(structure_decoy, .kind = MOCK_VARIATION,
	   .says = "before the structure of a type stands one with a reserved BAR",
	   .tries = MOCK_RULES(DRIVER_PCI_CAP_RESERVED_BAR_IGNORED),
	   .values = "common notify isr device", .needs = "mock:blk",

	   .ops = { .build_caps = decoy });

static void twice(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap = chosen(q, caps);
	struct mock_cap second;

	if (!cap)
		return;
	second = *cap;
	mock_caps_insert(caps, caps->count, &second);
}
MOCK_QUIRK(structure_twice, .kind = MOCK_VARIATION,
	   .says = "a structure is there a second time, at another place",
	   .values = "common notify isr device", .needs = "mock:blk",
	   .ops = { .build_caps = twice });

static void removed(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	mock_caps_remove(caps, mock_caps_index(caps, PCI_CAP_ID_VNDR,
					       (uint8_t)(q->value + VIRTIO_PCI_CAP_COMMON_CFG)));
}
MOCK_QUIRK(common_absent, .kind = MOCK_VIOLATION, .says = "no common configuration capability",
	   .breaks = MOCK_RULES(PCI_COMMON_PRESENT), .values = "common",
	   .needs = "mock:,interface=modern", .ops = { .build_caps = removed });

static void notify_removed(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	mock_caps_remove(caps, mock_caps_index(caps, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_NOTIFY_CFG));
}
MOCK_QUIRK(notify_absent, .kind = MOCK_VIOLATION, .says = "no notification capability",
	   .breaks = MOCK_RULES(PCI_NOTIFY_PRESENT), .ops = { .build_caps = notify_removed });

static void device_removed(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	mock_caps_remove(caps, mock_caps_index(caps, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_DEVICE_CFG));
}
MOCK_QUIRK(device_config_absent, .kind = MOCK_VIOLATION,
	   .says = "a device type that has a configuration structure presents none",
	   .breaks = MOCK_RULES(PCI_DEVICE_CONFIG_PRESENT), .needs = "mock:blk",
	   .ops = { .build_caps = device_removed });

/* cap_len leaves out what its type needs; nothing else moves. */
static void short_len(struct mock_layer *q, struct mock_config *config)
{
	static const uint8_t types[] = { VIRTIO_PCI_CAP_NOTIFY_CFG, VIRTIO_PCI_CAP_PCI_CFG,
					 VIRTIO_PCI_CAP_SHARED_MEMORY_CFG };
	const struct mock_cap *cap;

	mock_op_build_config(q->below, config);
	cap = mock_caps_find(&q->mock->caps, types[q->value]);
	if (cap)
		config->bytes[cap->position + offsetof(struct virtio_pci_cap, cap_len)] =
			sizeof(struct virtio_pci_cap);
}
MOCK_QUIRK(cap_len_short, .kind = MOCK_VIOLATION,
	   .says = "cap_len counts only the part that all structures have",
	   .breaks = MOCK_RULES(PCI_CAP_LENGTH_COVERS_EXTRA),
	   .also = MOCK_RULES(PCI_CAP_INSIDE_BAR), .values = "notify window shared",
	   .ops = { .build_config = short_len });

/* cap_len covers the beginning of the next capability. */
static void long_len(struct mock_layer *q, struct mock_config *config)
{
	const struct mock_cap *cap;

	mock_op_build_config(q->below, config);
	cap = mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_ISR_CFG);
	if (cap)
		config->bytes[cap->position + offsetof(struct virtio_pci_cap, cap_len)] =
			(uint8_t)(cap->size + 2);
}
MOCK_QUIRK(cap_len_long, .kind = MOCK_VIOLATION,
	   .says = "cap_len reaches into the capability behind it",
	   .breaks = MOCK_RULES(PCI_CAP_LENGTH_COVERS_EXTRA, PCI_LAYOUT_CAPABILITY_LIST),
	   .needs = "mock:,interface=modern|transitional", .ops = { .build_config = long_len });

static void padded(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	for (unsigned i = 0; i < caps->count; i++)
		if (caps->cap[i].id == PCI_CAP_ID_VNDR &&
		    caps->cap[i].type <= VIRTIO_PCI_CAP_DEVICE_CFG)
			caps->cap[i].extra_size = 4;
}
MOCK_QUIRK(capabilities_padded, .kind = MOCK_VARIATION,
	   .says = "structure capabilities have bytes behind what their type needs",
	   .tries = MOCK_RULES(DRIVER_PCI_CAP_LARGER_CAP_LEN), .ops = { .build_caps = padded });

static void writable(struct mock_layer *q, struct mock_config *config)
{
	const struct mock_cap *cap;

	mock_op_build_config(q->below, config);
	cap = mock_caps_find(&q->mock->caps, (uint8_t)(q->value + VIRTIO_PCI_CAP_COMMON_CFG));
	if (cap)
		config->writable[cap->position + offsetof(struct virtio_pci_cap, offset)] = 0xf0;
}
MOCK_QUIRK(capability_writable, .kind = MOCK_VIOLATION,
	   .says = "the offset of a structure takes what a driver writes",
	   .breaks = MOCK_RULES(PCI_CAP_READ_ONLY), .values = "common notify isr device",
	   .needs = "mock:blk", .ops = { .build_config = writable });

/* Structures moved by some bytes: their registers move with them. */
static void moved(struct mock_layer *q, struct mock_caps *caps, uint8_t type, uint64_t by)
{
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, type);
	if (cap)
		cap->offset = 0x8000 + by;
}

static void common_moved(struct mock_layer *q, struct mock_caps *caps)
{
	moved(q, caps, VIRTIO_PCI_CAP_COMMON_CFG, (uint64_t)q->value);
}
MOCK_QUIRK(common_misaligned, .kind = MOCK_VIOLATION,
	   .says = "the common configuration is not at a multiple of 4",
	   .breaks = MOCK_RULES(PCI_COMMON_OFFSET_ALIGNED), .values = "2 1 3",
	   .ops = { .build_caps = common_moved });
MOCK_QUIRK(common_offset, .kind = MOCK_VARIATION,
	   .says = "the common configuration is at a multiple of 4 that is none of 8",
	   .values = "4 12", .ops = { .build_caps = common_moved });

static void device_moved(struct mock_layer *q, struct mock_caps *caps)
{
	moved(q, caps, VIRTIO_PCI_CAP_DEVICE_CFG, (uint64_t)q->value);
}
MOCK_QUIRK(device_config_misaligned, .kind = MOCK_VIOLATION,
	   .says = "the device-specific structure is not at a multiple of 4",
	   .breaks = MOCK_RULES(PCI_DEVICE_CONFIG_OFFSET_ALIGNED), .values = "2 1 3",
	   .needs = "mock:blk", .ops = { .build_caps = device_moved });

static void isr_moved(struct mock_layer *q, struct mock_caps *caps)
{
	moved(q, caps, VIRTIO_PCI_CAP_ISR_CFG, (uint64_t)q->value);
}
MOCK_QUIRK(isr_offset, .kind = MOCK_VARIATION,
	   .says = "the ISR status, which has no alignment, is at an odd place", .values = "1 3",
	   .ops = { .build_caps = isr_moved });
