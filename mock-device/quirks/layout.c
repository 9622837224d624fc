/* SPDX-License-Identifier: BSD-3-Clause */
/* The PCI function around the device (4.1.1, 4.1.3). */
#include "mock-device/quirks/quirk.h"
#include "spec/byteorder.h"

static void header_type(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->header_type = (uint8_t)q->value;
}
MOCK_QUIRK(header_type, .kind = MOCK_VIOLATION,
	   .says = "the header is a bridge's, or of no kind that there is",
	   .breaks = MOCK_RULES(PCI_LAYOUT_HEADER), .values = "1 2 0x7f",
	   .ops = { .build_identity = header_type });
MOCK_QUIRK(multifunction, .kind = MOCK_VARIATION, .says = "one function of several",
	   .values = "0x80", .ops = { .build_identity = header_type });

static void interrupt_pin(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->interrupt_pin = (uint8_t)q->value;
}
MOCK_QUIRK(interrupt_pin_impossible, .kind = MOCK_VIOLATION,
	   .says = "an interrupt pin beyond INTD#", .breaks = MOCK_RULES(PCI_LAYOUT_HEADER),
	   .values = "5 255", .ops = { .build_identity = interrupt_pin });
MOCK_QUIRK(interrupt_pin, .kind = MOCK_VARIATION, .says = "another interrupt pin, or none",
	   .values = "4 0", .ops = { .build_identity = interrupt_pin });

static void class_code(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->class_code = (uint32_t)q->value << 16;
}
MOCK_QUIRK(class_code_unassigned, .kind = MOCK_VIOLATION,
	   .says = "a base class that PCI keeps free", .breaks = MOCK_RULES(PCI_LAYOUT_HEADER),
	   .values = "0x20 0xfe", .ops = { .build_identity = class_code });
MOCK_QUIRK(class_code, .kind = MOCK_VARIATION, .says = "another base class",
	   .values = "0xff 0 0x12 0x40", .ops = { .build_identity = class_code });

/* Takes the first capability of this kind out of the bytes, whatever else may be wrong with them.
 */
static uint8_t first_capability(const struct mock_config *config)
{
	return config->bytes[PCI_CAPABILITY_LIST];
}

static void no_list_bit(struct mock_layer *q, struct mock_config *config)
{
	mock_op_build_config(q->below, config);
	config->bytes[PCI_STATUS] &= (uint8_t)~PCI_STATUS_CAP_LIST;
}
MOCK_QUIRK(capability_bit_clear, .kind = MOCK_VIOLATION,
	   .says = "the status register denies that there is a capability list",
	   .breaks = MOCK_RULES(PCI_LAYOUT_CAPABILITY_LIST),
	   .ops = { .build_config = no_list_bit });

/* Follows the list to its last member. */
static uint8_t last_capability(const struct mock_config *config)
{
	uint8_t pos = first_capability(config);

	for (unsigned i = 0; i < PCI_CAP_MAX && config->bytes[pos + PCI_CAP_NEXT]; i++)
		pos = config->bytes[pos + PCI_CAP_NEXT];
	return pos;
}

static void cycle(struct mock_layer *q, struct mock_config *config)
{
	uint8_t last;

	mock_op_build_config(q->below, config);
	last = last_capability(config);
	config->bytes[last + PCI_CAP_NEXT] = q->value ? last : first_capability(config);
}
MOCK_QUIRK(capability_cycle, .kind = MOCK_VIOLATION,
	   .says = "the last capability points to the first, or to itself",
	   .breaks = MOCK_RULES(PCI_LAYOUT_CAPABILITY_LIST), .values = "first itself",
	   .ops = { .build_config = cycle });

static void last_points_to(struct mock_layer *q, struct mock_config *config)
{
	mock_op_build_config(q->below, config);
	config->bytes[last_capability(config) + PCI_CAP_NEXT] = (uint8_t)q->value;
}
MOCK_QUIRK(capability_in_header, .kind = MOCK_VIOLATION,
	   .says = "the last capability points into the header",
	   .breaks = MOCK_RULES(PCI_LAYOUT_CAPABILITY_LIST), .values = "0x04 0x3c",
	   .ops = { .build_config = last_points_to });

static void unaligned(struct mock_layer *q, struct mock_config *config)
{
	mock_op_build_config(q->below, config);
	config->bytes[PCI_CAPABILITY_LIST] |= (uint8_t)q->value;
}
MOCK_QUIRK(capability_unaligned, .kind = MOCK_VIOLATION,
	   .says = "the pointer to the first capability has its reserved bits set",
	   .breaks = MOCK_RULES(PCI_LAYOUT_CAPABILITY_LIST), .values = "1 2 3",
	   .ops = { .build_config = unaligned });

/* The last capability moves to the end of configuration space and hangs over it. */
static void past_end(struct mock_layer *q, struct mock_config *config)
{
	const uint8_t pos = PCI_CONFIG_SIZE - 4;

	mock_op_build_config(q->below, config);
	config->bytes[last_capability(config) + PCI_CAP_NEXT] = pos;
	config->bytes[pos + PCI_CAP_ID] = PCI_CAP_ID_VNDR;
	config->bytes[pos + PCI_CAP_NEXT] = 0;
	config->bytes[pos + offsetof(struct virtio_pci_cap, cap_len)] =
		sizeof(struct virtio_pci_cap);
	config->bytes[pos + offsetof(struct virtio_pci_cap, cfg_type)] = 0x7e;
}
MOCK_QUIRK(capability_past_end, .kind = MOCK_VIOLATION,
	   .says = "a capability begins four bytes before the end and is longer",
	   .breaks = MOCK_RULES(PCI_LAYOUT_CAPABILITY_LIST), .ops = { .build_config = past_end });

/* The length of the common configuration, 64, reads as a capability of no kind without a next. */
static void overlap(struct mock_layer *q, struct mock_config *config)
{
	const struct mock_cap *common = mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_COMMON_CFG);

	mock_op_build_config(q->below, config);
	if (common)
		config->bytes[last_capability(config) + PCI_CAP_NEXT] =
			(uint8_t)(common->position + offsetof(struct virtio_pci_cap, length));
}
MOCK_QUIRK(capability_overlap, .kind = MOCK_VIOLATION, .says = "a capability lies inside another",
	   .breaks = MOCK_RULES(PCI_LAYOUT_CAPABILITY_LIST, PCI_CAP_LENGTH_COVERS_EXTRA),
	   .needs = "mock:,interface=modern|transitional", .ops = { .build_config = overlap });

/* What a BAR register keeps of a write decides the size that is found. */
static void odd_size(struct mock_layer *q, struct mock_config *config)
{
	mock_op_build_config(q->below, config);
	/* The low address bits stick but one above them does not: not a power of two. */
	config->writable[PCI_BAR0 + 2 * 4 + 1] |= 0xf0;
	config->writable[PCI_BAR0 + 2 * 4 + 2] &= 0xfe;
}
MOCK_QUIRK(bar_size_odd, .kind = MOCK_VIOLATION, .says = "the address bits of a BAR have a hole",
	   .breaks = MOCK_RULES(PCI_LAYOUT_BARS), .ops = { .build_config = odd_size });

static void last_is_64(struct mock_layer *q, struct mock_config *config)
{
	const unsigned at = PCI_BAR0 + 5 * 4;

	mock_op_build_config(q->below, config);
	config->bytes[at] = PCI_BAR_MEM_TYPE_64;
	for (unsigned i = 1; i < 4; i++)
		config->writable[at + i] = i == 1 ? 0xf0 : 0xff;
}
MOCK_QUIRK(bar_five_of_64_bits, .kind = MOCK_VIOLATION,
	   .says = "the last BAR wants the upper half that it has no room for",
	   .breaks = MOCK_RULES(PCI_LAYOUT_BARS), .needs = "mock:,interface=modern|transitional",
	   .ops = { .build_config = last_is_64 });

static void bars_32(struct mock_layer *q, struct mock_bars *bars)
{
	mock_op_build_bars(q->below, bars);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		if (bars->bar[i].kind == MOCK_BAR_MEMORY64)
			bars->bar[i].kind = MOCK_BAR_MEMORY;
}
MOCK_QUIRK(bars_of_32_bits, .kind = MOCK_VARIATION, .says = "no BAR is of 64 bits",
	   .ops = { .build_bars = bars_32 });

static void large_bar(struct mock_layer *q, struct mock_bars *bars)
{
	mock_op_build_bars(q->below, bars);
	bars->bar[0].size = (uint64_t)q->value << 20;
}
MOCK_QUIRK(bar_large, .kind = MOCK_VARIATION,
	   .says = "the BAR of the structures has so many MiB, most of them empty",
	   .values = "64 1 4096", .needs = "mock:,interface=modern",
	   .ops = { .build_bars = large_bar });

/* 4.1.3.2: 64-bit fields are two of 32 bits. */
static bool high_half(unsigned offset)
{
	return offset == offsetof(struct virtio_pci_common_cfg, queue_desc_hi) ||
	       offset == offsetof(struct virtio_pci_common_cfg, queue_driver_hi) ||
	       offset == offsetof(struct virtio_pci_common_cfg, queue_device_hi);
}

/* Writing the low half clears the high one, as a device with one 64-bit register does. */
static void low_clears_high(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	mock_op_common_write(q->below, offset, width, value);
	if (high_half(offset + 4))
		mock_op_common_write(q->below, offset + 4, width, 0);
}
MOCK_QUIRK(low_half_clears_high, .kind = MOCK_VIOLATION,
	   .says = "writing the low half of a ring address clears the high half",
	   .breaks = MOCK_RULES(PCI_LAYOUT_HALVES_INDEPENDENT),
	   .ops = { .common_write = low_clears_high });

static void high_ignored(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (!high_half(offset))
		mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(high_half_ignored, .kind = MOCK_VIOLATION,
	   .says = "ring addresses have only their low half",
	   .breaks = MOCK_RULES(PCI_LAYOUT_HALVES_INDEPENDENT),
	   .ops = { .common_write = high_ignored });
