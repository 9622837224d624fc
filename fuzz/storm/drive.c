/* SPDX-License-Identifier: BSD-3-Clause */
/* A driver of sorts: it finds the modern structures, sets up a queue and fills it with buffers. */
#include <string.h>
#include <unistd.h>

#include "fuzz/storm/storm.h"
#include "spec/byteorder.h"
#include "spec/pci.h"
#include "spec/split_ring.h"
#include "spec/tester_panel.h"
#include "spec/vfio_user.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

#define QUEUE_SIZE 8u

/* Where things lie in the memory of the rings. */
#define DESC  0x0000u
#define AVAIL 0x1000u
#define USED  0x2000u
#define DATA  0x4000u

#define FIELD(name) offsetof(struct virtio_pci_common_cfg, name)

struct place {
	unsigned bar;
	uint32_t offset;
};

static bool get(struct storm_client *c, unsigned region, uint64_t offset, unsigned width,
		uint64_t *value)
{
	struct vfio_user_region_access m = { offset, region, width };

	*value = 0;
	if (!storm_ask(c, VFIO_USER_REGION_READ, &m, sizeof(m), NULL, 0))
		return false;
	if (c->answer_size >= sizeof(m) + width && c->answer_size != SIZE_MAX)
		*value = vs_load_le(c->answer + sizeof(m), width);
	return true;
}

static bool set(struct storm_client *c, unsigned region, uint64_t offset, unsigned width,
		uint64_t value)
{
	struct {
		struct vfio_user_region_access access;
		uint8_t data[8];
	} m = { { offset, region, width }, { 0 } };

	/* A driver's mistakes: now and then a register is left out, or gets another value. */
	if (c->wild && storm_chance(c, 24))
		return true;
	vs_store_le(m.data, width, c->wild && storm_chance(c, 24) ? storm_number(c) : value);
	return storm_ask(c, VFIO_USER_REGION_WRITE, &m, sizeof(m.access) + width, NULL, 0);
}

static bool find(struct storm_client *c, unsigned type, struct place *place)
{
	uint64_t at, id, next, cfg_type, bar, offset;

	if (!get(c, VFIO_USER_REGION_CONFIG, PCI_CAPABILITY_LIST, 1, &at))
		return false;
	for (unsigned i = 0; i < PCI_CAP_MAX && at >= PCI_HEADER_SIZE; i++, at = next) {
		if (!get(c, VFIO_USER_REGION_CONFIG, at, 1, &id) ||
		    !get(c, VFIO_USER_REGION_CONFIG, at + 1, 1, &next) ||
		    !get(c, VFIO_USER_REGION_CONFIG, at + 3, 1, &cfg_type))
			return false;
		if (id != PCI_CAP_ID_VNDR || cfg_type != type)
			continue;
		if (!get(c, VFIO_USER_REGION_CONFIG, at + offsetof(struct virtio_pci_cap, bar), 1,
			 &bar) ||
		    !get(c, VFIO_USER_REGION_CONFIG, at + offsetof(struct virtio_pci_cap, offset),
			 4, &offset))
			return false;
		*place = (struct place){ (unsigned)bar, (uint32_t)offset };
		return bar < PCI_BAR_COUNT;
	}
	return false;
}

/* Descriptors, a chain or two, some of them nonsense. */
static void fill(struct storm_client *c, struct storm_memory *m)
{
	uint64_t request = VIRTQ_DESC_SIZE;
	uint16_t index;

	(void)request;
	for (unsigned i = 0; i < QUEUE_SIZE; i++) {
		uint8_t *d = m->bytes + DESC + (size_t)i * VIRTQ_DESC_SIZE;
		bool odd = c->wild && storm_chance(c, 6);
		const struct storm_memory *to = &c->memories[storm_below(c, STORM_MEMORIES)];
		uint64_t address = to->address + DATA + (uint64_t)i * 0x1000u;
		unsigned flags = i % 3 == 0   ? VIRTQ_DESC_F_NEXT
				 : i % 3 == 1 ? VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE
					      : VIRTQ_DESC_F_WRITE;

		vs_store_le64(d, odd && storm_chance(c, 3) ? storm_number(c) : address);
		vs_store_le32(d + 8, odd && storm_chance(c, 3) ? (uint32_t)storm_number(c)
				     : i % 3 == 0              ? 16
				     : i % 3 == 1              ? 512
							       : 1);
		vs_store_le16(d + 12, odd && storm_chance(c, 3) ? (uint16_t)storm_below(c, 8)
								: (uint16_t)flags);
		vs_store_le16(d + VIRTQ_DESC_NEXT,
			      odd ? (uint16_t)storm_number(c) : (uint16_t)(i + 1));
		vs_store_le16(m->bytes + AVAIL + VIRTQ_AVAIL_RING(i),
			      odd ? (uint16_t)storm_number(c) : (uint16_t)(i / 3 * 3));
	}
	index = (uint16_t)(vs_load_le16(m->bytes + AVAIL + VIRTQ_AVAIL_IDX) + storm_below(c, 4));
	vs_store_le16(m->bytes + AVAIL + VIRTQ_AVAIL_IDX,
		      c->wild && storm_chance(c, 12) ? (uint16_t)storm_number(c) : index);
}

static bool start(struct storm_client *c, struct place common)
{
	unsigned bar = common.bar;
	uint64_t base = common.offset, low, high;

	if (!set(c, VFIO_USER_REGION_CONFIG, PCI_COMMAND, 2, 7) ||
	    !set(c, bar, base + FIELD(device_status), 1, 0) ||
	    !set(c, bar, base + FIELD(device_status), 1, 3) ||
	    !set(c, bar, base + FIELD(device_feature_select), 4, 0) ||
	    !get(c, bar, base + FIELD(device_feature), 4, &low) ||
	    !set(c, bar, base + FIELD(device_feature_select), 4, 1) ||
	    !get(c, bar, base + FIELD(device_feature), 4, &high))
		return false;
	/* Some of what is offered; VERSION_1 always. */
	low &= storm_chance(c, 2) ? 0 : storm_random(c);
	high &= storm_chance(c, 2) ? 1 : storm_random(c) | 1;
	return set(c, bar, base + FIELD(driver_feature_select), 4, 0) &&
	       set(c, bar, base + FIELD(driver_feature), 4, low) &&
	       set(c, bar, base + FIELD(driver_feature_select), 4, 1) &&
	       set(c, bar, base + FIELD(driver_feature), 4, high) &&
	       set(c, bar, base + FIELD(device_status), 1, 11);
}

static bool make_queue(struct storm_client *c, struct place common, uint64_t queue,
		       uint64_t address)
{
	unsigned bar = common.bar;
	uint64_t base = common.offset;

	return set(c, bar, base + FIELD(queue_select), 2, queue) &&
	       set(c, bar, base + FIELD(queue_size), 2, QUEUE_SIZE) &&
	       set(c, bar, base + FIELD(queue_msix_vector), 2, storm_below(c, 4)) &&
	       set(c, bar, base + FIELD(queue_desc_lo), 4, address + DESC) &&
	       set(c, bar, base + FIELD(queue_driver_lo), 4, address + AVAIL) &&
	       set(c, bar, base + FIELD(queue_device_lo), 4, address + USED) &&
	       set(c, bar, base + FIELD(queue_enable), 2, 1);
}

static bool notify(struct storm_client *c, struct place at, uint64_t queue)
{
	return set(c, at.bar, at.offset + 4 * queue, 2, queue);
}

void storm_drive(struct storm_client *c)
{
	/* The rings are in sealed memory, or where the client has to be asked. */
	struct storm_memory *m = &c->memories[storm_chance(c, 2) ? 0 : 2];
	struct vfio_user_dma_map map = { sizeof(map), 3, 0, m->address, m->size };
	const struct storm_memory *cut = &c->memories[1];
	struct vfio_user_dma_map other = { sizeof(other), 3, 0, cut->address, cut->size };
	struct place common, bell;
	uint64_t queue = storm_below(c, 2);
	uint64_t wait = storm_below(c, 200000000);

	if (!storm_ask(c, VFIO_USER_DMA_MAP, &map, sizeof(map), &m->fd, m == &c->memories[0]) ||
	    ftruncate(cut->fd, (off_t)cut->size) ||
	    !storm_ask(c, VFIO_USER_DMA_MAP, &other, sizeof(other), &cut->fd, 1) ||
	    !find(c, VIRTIO_PCI_CAP_COMMON_CFG, &common) ||
	    !find(c, VIRTIO_PCI_CAP_NOTIFY_CFG, &bell))
		return;
	memset(m->bytes, 0, DATA);
	if (!start(c, common) || !make_queue(c, common, queue, m->address) ||
	    !set(c, common.bar, common.offset + FIELD(device_status), 1, 15))
		return;
	for (uint64_t n = 1 + storm_below(c, 5); n; n--) {
		fill(c, m);
		/* Buffers in memory that is cut off under the device. */
		if (ftruncate(cut->fd, storm_chance(c, 4) ? 0 : (off_t)cut->size))
			return;
		if (!notify(c, bell, queue) ||
		    !set(c, VFIO_USER_PCI_REGIONS, TESTER_PANEL_ADVANCE, 8, wait))
			return;
	}
}
