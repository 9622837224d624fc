/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared memory regions and their capabilities (2.10, 4.1.4.7). */
#include "mock-device/quirks/quirk.h"

#define FREE_BAR     5u /* the upper half of BAR 4: no BAR of its own */
#define RESERVED_BAR 6u

static uint8_t *region_bytes(struct mock_layer *q, struct mock_config *config)
{
	const struct mock_cap *cap =
		mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_SHARED_MEMORY_CFG);

	return cap ? config->bytes + cap->position : NULL;
}

/* The words of shared_memory_outside. */
enum outside { LENGTH, OFFSET, OFFSET_HIGH, LENGTH_HIGH, WRAPS, ABSENT, RESERVED };

static void outside(struct mock_layer *q, struct mock_config *config)
{
	uint8_t *bytes;

	mock_op_build_config(q->below, config);
	bytes = region_bytes(q, config);
	if (!bytes)
		return;
	switch ((enum outside)q->value) {
	case LENGTH:
		vs_store_le32(bytes + offsetof(struct virtio_pci_cap, length), MOCK_PAGE + 1);
		break;
	case OFFSET:
		vs_store_le32(bytes + offsetof(struct virtio_pci_cap, offset), 1);
		break;
	case OFFSET_HIGH:
		vs_store_le32(bytes + offsetof(struct virtio_pci_cap64, offset_hi), 1);
		break;
	case LENGTH_HIGH:
		vs_store_le32(bytes + offsetof(struct virtio_pci_cap64, length_hi), 1);
		break;
	case WRAPS:
		vs_store_le32(bytes + offsetof(struct virtio_pci_cap, offset), MOCK_PAGE);
		vs_store_le32(bytes + offsetof(struct virtio_pci_cap, length), -MOCK_PAGE);
		vs_store_le32(bytes + offsetof(struct virtio_pci_cap64, length_hi), UINT32_MAX);
		break;
	case ABSENT:
		bytes[offsetof(struct virtio_pci_cap, bar)] = FREE_BAR;
		break;
	case RESERVED:
		bytes[offsetof(struct virtio_pci_cap, bar)] = RESERVED_BAR;
		break;
	}
}
MOCK_QUIRK(shared_memory_outside, .kind = MOCK_VIOLATION,
	   .says = "the shared memory region does not lie inside its BAR",
	   .breaks = MOCK_RULES(PCI_SHARED_MEMORY_INSIDE_BAR),
	   .values = "length offset offset-high length-high wraps absent-bar reserved-bar",
	   .ops = { .build_config = outside });

static void add_region(struct mock_layer *q, struct mock_caps *caps, uint8_t id)
{
	struct mock_cap cap;
	unsigned at;

	mock_op_build_caps(q->below, caps);
	at = mock_caps_index(caps, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_SHARED_MEMORY_CFG);
	if (at == caps->count)
		return;
	cap = caps->cap[at];
	cap.shmid = id ? id : cap.shmid;
	mock_caps_insert(caps, at, &cap);
}

static void same_id(struct mock_layer *q, struct mock_caps *caps)
{
	add_region(q, caps, 0);
}
MOCK_QUIRK(shared_memory_same_id, .kind = MOCK_VIOLATION,
	   .says = "two shared memory regions have one id",
	   .breaks = MOCK_RULES(PCI_SHARED_MEMORY_ID_UNIQUE), .ops = { .build_caps = same_id });

static void another(struct mock_layer *q, struct mock_caps *caps)
{
	add_region(q, caps, UINT8_MAX);
}
MOCK_QUIRK(shared_memory_two, .kind = MOCK_VARIATION,
	   .says = "there are two shared memory regions, with the higher id first",
	   .ops = { .build_caps = another });

static void huge_bar(struct mock_layer *q, struct mock_bars *bars)
{
	mock_op_build_bars(q->below, bars);
	bars->bar[4].size = UINT64_C(1) << 33;
}

static void high_region(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_SHARED_MEMORY_CFG);
	if (!cap)
		return;
	cap->offset = UINT64_C(1) << 32;
	cap->length = UINT64_C(1) << 32;
}
MOCK_QUIRK(shared_memory_high, .kind = MOCK_VARIATION,
	   .says = "the shared memory region is the upper 4 GiB of a BAR of 8",
	   .ops = { .build_bars = huge_bar, .build_caps = high_region });

/* From the end of the common configuration to the beginning of what follows on the next page. */
static void fill_gap(struct mock_layer *q, struct mock_caps *caps)
{
	const struct mock_cap *common;
	struct mock_cap *cap;

	mock_op_build_caps(q->below, caps);
	cap = mock_caps_find(caps, VIRTIO_PCI_CAP_SHARED_MEMORY_CFG);
	common = mock_caps_find(caps, VIRTIO_PCI_CAP_COMMON_CFG);
	if (!cap || !common)
		return;
	cap->bar = common->bar;
	cap->offset = sizeof(struct virtio_pci_common_cfg);
	cap->length = MOCK_PAGE - cap->offset;
}
MOCK_QUIRK(shared_memory_adjacent, .kind = MOCK_VARIATION,
	   .says = "the shared memory region fills the gap between two structures to the byte",
	   .ops = { .build_caps = fill_gap });

static void no_region(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	mock_caps_remove(caps,
			 mock_caps_index(caps, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_SHARED_MEMORY_CFG));
}
MOCK_QUIRK(shared_memory_none, .kind = MOCK_VARIATION, .says = "there is no shared memory region",
	   .ops = { .build_caps = no_region });

/* The words of shared_memory_overlaps; the first four are in the order of cfg_type. */
enum overlaps { COMMON, NOTIFY, ISR, DEVICE, MSIX, PENDING };

static void overlaps(struct mock_layer *q, struct mock_config *config)
{
	struct mock_caps *caps = &q->mock->caps;
	const struct mock_cap *over;
	uint8_t *bytes;
	uint64_t offset;

	mock_op_build_config(q->below, config);
	bytes = region_bytes(q, config);
	if (!bytes)
		return;
	if (q->value >= MSIX)
		over = &caps->cap[mock_caps_index(caps, PCI_CAP_ID_MSIX, 0)];
	else
		over = mock_caps_find(caps, (uint8_t)(VIRTIO_PCI_CAP_COMMON_CFG + q->value));
	/* Just the last byte of it where it has several. */
	offset = q->value == PENDING ? over->pba_offset : over->offset + over->length - 1;
	bytes[offsetof(struct virtio_pci_cap, bar)] = over->bar;
	vs_store_le32(bytes + offsetof(struct virtio_pci_cap, offset), (uint32_t)offset);
	vs_store_le32(bytes + offsetof(struct virtio_pci_cap, length), 4);
}
MOCK_QUIRK(shared_memory_overlaps, .kind = MOCK_VIOLATION,
	   .says = "the shared memory region has bytes of a structure in it",
	   .breaks = MOCK_RULES(SHARED_MEMORY_NO_CONTROL_STRUCTURES),
	   .values = "common notify isr device msix pending", .needs = "mock:blk",
	   .ops = { .build_config = overlaps });
