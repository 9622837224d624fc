/* SPDX-License-Identifier: BSD-3-Clause */
/* Capabilities that lead astray: traps, copies that do nothing, places that move (4.1.4). */
#include <string.h>

#include "mock-device/quirks/quirk.h"
#include "spec/legacy.h"

/* ---- A place in the BAR of the structures where nobody has to go ---- */

#define TRAP_OFFSET (UINT64_C(1) << 19)
#define TRAP_BAR    (UINT64_C(1) << 20) /* size of a BAR that has room for it */

static unsigned structures_bar(const struct mock_layer *q)
{
	return q->mock->interface == MOCK_MODERN ? 0 : 2;
}

static void trap_bars(struct mock_layer *q, struct mock_bars *bars)
{
	mock_op_build_bars(q->below, bars);
	bars->bar[structures_bar(q)].size = TRAP_BAR;
}

static bool in_trap(const struct mock_layer *q, unsigned bar, uint64_t offset)
{
	return bar == structures_bar(q) && offset >= TRAP_OFFSET &&
	       offset < TRAP_OFFSET + MOCK_PAGE;
}

static uint64_t trap_read(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width)
{
	if (!in_trap(q, bar, offset))
		return mock_op_bar_read(q->below, bar, offset, width);
	mock_op_needs_reset(q->mock->top, "the driver went into the trap");
	return 0;
}

static void trap_write(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width,
		       uint64_t value)
{
	if (!in_trap(q, bar, offset)) {
		mock_op_bar_write(q->below, bar, offset, width, value);
		return;
	}
	mock_op_needs_reset(q->mock->top, "the driver went into the trap");
}

#define TRAP_OPS .build_bars = trap_bars, .bar_read = trap_read, .bar_write = trap_write

static void reserved_first(struct mock_layer *q, struct mock_caps *caps)
{
	const struct mock_cap cap = { .id = PCI_CAP_ID_VNDR,
				      .type = (uint8_t)q->value,
				      .bar = (uint8_t)structures_bar(q),
				      .offset = TRAP_OFFSET,
				      .length = MOCK_PAGE };

	mock_op_build_caps(q->below, caps);
	mock_caps_insert(caps, 0, &cap);
}
MOCK_QUIRK(reserved_type_trap, .kind = MOCK_SITUATION,
	   .says = "first comes a structure of this reserved type, and an access to it is an error",
	   .drivers = MOCK_DRIVER_WORKS, .tries = MOCK_RULES(DRIVER_PCI_CAP_RESERVED_TYPE_IGNORED),
	   .values = "0 6 7 10 0x7e 0xff", .needs = "mock:,interface=modern|transitional",
	   .ops = { .build_caps = reserved_first, TRAP_OPS });

/* The structure that the value names; the index of the word is the type less one. */
static struct mock_cap *chosen(struct mock_layer *q, struct mock_caps *caps)
{
	return mock_caps_find(caps, (uint8_t)(q->value + VIRTIO_PCI_CAP_COMMON_CFG));
}

#define STRUCTURES "common notify isr device"

static void dead_copy(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap, copy;

	mock_op_build_caps(q->below, caps);
	cap = chosen(q, caps);
	if (!cap)
		return;
	copy = *cap;
	copy.offset = TRAP_OFFSET;
	copy.length = MOCK_PAGE;
	mock_caps_insert(caps, caps->count, &copy);
}
MOCK_QUIRK(structure_copy_dead, .kind = MOCK_SITUATION,
	   .says = "a second structure of a type stands last, reads 0, and is an error to use",
	   .values = STRUCTURES, .needs = "mock:blk|net|console,interface=modern|transitional",
	   .ops = { .build_caps = dead_copy, TRAP_OPS });

/* ---- Other structures ---- */

/* A BAR of 64 bits gives its second half away. */
static unsigned io_bar(const struct mock_layer *q)
{
	return q->mock->interface == MOCK_MODERN ? 3 : 5;
}

static void with_io(struct mock_layer *q, struct mock_bars *bars)
{
	unsigned bar = io_bar(q);

	mock_op_build_bars(q->below, bars);
	if (bars->bar[bar - 1].kind == MOCK_BAR_MEMORY64)
		bars->bar[bar - 1].kind = MOCK_BAR_MEMORY;
	bars->bar[bar].kind = MOCK_BAR_IO;
}

static void io_first(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap, first;

	mock_op_build_caps(q->below, caps);
	cap = chosen(q, caps);
	if (!cap)
		return;
	first = *cap;
	first.bar = (uint8_t)io_bar(q);
	mock_caps_insert(caps, 0, &first);
}
MOCK_QUIRK(structure_in_io_first, .kind = MOCK_SITUATION,
	   .says = "a structure lies in an I/O BAR, which not every platform can map, and, second "
		   "in the list, in memory as well",
	   .drivers = MOCK_DRIVER_WORKS, .values = STRUCTURES,
	   .needs = "mock:blk|net|console,interface=modern|transitional",
	   .ops = { .build_bars = with_io, .build_caps = io_first });

#define HUGE_LENGTH (UINT64_C(1) << 24)

static void huge(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = chosen(q, caps);
	if (cap)
		cap->length = HUGE_LENGTH;
}
MOCK_QUIRK(structure_huge, .kind = MOCK_SITUATION,
	   .says = "a structure has 16 MiB, most of them nothing", .drivers = MOCK_DRIVER_WORKS,
	   .tries = MOCK_RULES(DRIVER_PCI_CAP_LARGE_LENGTH), .values = STRUCTURES,
	   .needs = "mock:blk|net|console,interface=modern", .ops = { .build_caps = huge });

static void common_length(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_COMMON_CFG);
	if (cap)
		cap->length = (uint64_t)q->value;
}
MOCK_QUIRK(common_cut, .kind = MOCK_SITUATION,
	   .says = "the common configuration has so many bytes, too few for any version",
	   .values = "4 0 55", .needs = "mock:,interface=modern",
	   .ops = { .build_caps = common_length });

static void of_the_first(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	for (unsigned i = VIRTIO_F_IN_ORDER; i < MOCK_FEATURE_COUNT; i++)
		mock_features_remove(features, i);
}
MOCK_QUIRK(common_of_the_first_version, .kind = MOCK_SITUATION,
	   .says = "the common configuration has the fields of 1.0 and no more, nor is any later "
		   "feature offered",
	   .drivers = MOCK_DRIVER_WORKS, .tries = MOCK_RULES(DRIVER_FEATURES_FALLS_BACK),
	   .values = "56", .needs = "mock:,interface=modern",
	   .ops = { .build_caps = common_length, .offered_features = of_the_first });

/* ---- Bytes of the list ---- */

/* Four bytes and no more: what is taken for the rest belongs to the next one. */
static void short_first(struct mock_layer *q, struct mock_caps *caps)
{
	const struct mock_cap cap = { .id = PCI_CAP_ID_VNDR, .type = VIRTIO_PCI_CAP_VENDOR_CFG };

	mock_op_build_caps(q->below, caps);
	mock_caps_insert(caps, 0, &cap);
}

static void short_type(struct mock_layer *q, struct mock_config *config)
{
	unsigned at;

	mock_op_build_config(q->below, config);
	at = config->bytes[PCI_CAPABILITY_LIST];
	config->bytes[at + offsetof(struct virtio_pci_cap, cfg_type)] = (uint8_t)q->value;
}
MOCK_QUIRK(vendor_capability_short, .kind = MOCK_SITUATION,
	   .says = "first comes a vendor-specific capability of four bytes, of a reserved type",
	   .drivers = MOCK_DRIVER_WORKS, .tries = MOCK_RULES(DRIVER_PCI_CAP_RESERVED_TYPE_IGNORED),
	   .values = "0x7f 0", .needs = "mock:,interface=modern|transitional",
	   .ops = { .build_caps = short_first, .build_config = short_type });

/* Moves a capability to the last bytes that there are; where those are taken, not. */
static void to_the_end(struct mock_layer *q, struct mock_config *config)
{
	const struct mock_cap *cap;
	uint8_t *link = &config->bytes[PCI_CAPABILITY_LIST];
	unsigned end;

	mock_op_build_config(q->below, config);
	cap = chosen(q, &q->mock->caps);
	if (!cap)
		return;
	end = PCI_CONFIG_SIZE - cap->size;
	for (unsigned i = end; i < PCI_CONFIG_SIZE; i++)
		if (config->bytes[i])
			return;
	for (unsigned i = 0; i < PCI_CAP_MAX && *link != cap->position; i++)
		link = &config->bytes[*link + PCI_CAP_NEXT];
	*link = (uint8_t)end;
	memcpy(config->bytes + end, config->bytes + cap->position, cap->size);
	memset(config->bytes + cap->position, 0, cap->size);
}
MOCK_QUIRK(capability_at_end, .kind = MOCK_SITUATION,
	   .says = "the capability of a structure ends with the last byte of configuration space",
	   .drivers = MOCK_DRIVER_WORKS, .values = STRUCTURES,
	   .needs = "mock:blk|net|console,interface=modern|transitional",
	   .ops = { .build_config = to_the_end });

#define RESERVED_BAR UINT32_C(6)

/* state[0]: how often the byte has been read. */
static uint32_t another(struct mock_layer *q, unsigned offset, unsigned width)
{
	static const uint8_t members[] = {
		offsetof(struct virtio_pci_cap, bar),
		offsetof(struct virtio_pci_cap, length),
	};
	uint32_t value = mock_op_config_read(q->below, offset, width);
	const struct mock_cap *cap = mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_COMMON_CFG);
	unsigned at = cap ? cap->position + members[q->value] : 0;

	if (!cap || offset > at || at - offset >= width || q->state[0]++ == 0)
		return value;
	/* From the second time on: a BAR that does not exist, or no byte of it. */
	value &= ~(UINT32_C(0xff) << 8 * (at - offset));
	return q->value == 0 ? value | RESERVED_BAR << 8 * (at - offset) : value;
}
MOCK_QUIRK(capability_changes, .kind = MOCK_SITUATION,
	   .says = "the capability of the common configuration reads differently the second time: "
		   "its BAR, or its length",
	   .values = "bar length", .needs = "mock:,interface=modern",
	   .ops = { .config_read = another });

/* ---- Vectors ---- */

enum { REFUSED_ALL, REFUSED_QUEUES, REFUSED_CONFIG };

static uint32_t or_none(const struct mock_layer *q, bool config, bool queue, uint32_t value)
{
	return (config && q->value != REFUSED_QUEUES) || (queue && q->value != REFUSED_CONFIG)
		       ? VIRTIO_MSI_NO_VECTOR
		       : value;
}

static void no_vector(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	value = or_none(q, offset == offsetof(struct virtio_pci_common_cfg, config_msix_vector),
			offset == offsetof(struct virtio_pci_common_cfg, queue_msix_vector), value);
	mock_op_common_write(q->below, offset, width, value);
}

static void no_legacy_vector(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	value = or_none(q, offset == VIRTIO_LEGACY_CONFIG_VECTOR,
			offset == VIRTIO_LEGACY_QUEUE_VECTOR, value);
	mock_op_legacy_write(q->below, offset, width, value);
}
MOCK_QUIRK(vectors_refused, .kind = MOCK_SITUATION,
	   .says = "no event can have a vector, or no queue, or configuration changes cannot",
	   .values = "all queues config",
	   .ops = { .common_write = no_vector, .legacy_write = no_legacy_vector });
