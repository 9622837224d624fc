/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver/legacy.h"

#include "spec/legacy.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

/* More virtqueues than any device of a legacy type has. */
#define QUEUES_MAX 1024u

bool vs_legacy_present(const struct vs_bus *bus)
{
	const struct vs_bar *bar = &bus->bars[VIRTIO_LEGACY_BAR];

	return bar->io && bar->size >= VIRTIO_LEGACY_CONFIG(false);
}

void vs_legacy_structures(struct vs_session *s)
{
	const struct vs_bar *bar = &s->bus->bars[VIRTIO_LEGACY_BAR];

	s->legacy[0] = (struct vs_cap){ .cfg_type = VIRTIO_PCI_CAP_COMMON_CFG,
					.bar = VIRTIO_LEGACY_BAR,
					.length = bar->size };
	s->legacy[1] = (struct vs_cap){ .cfg_type = VIRTIO_PCI_CAP_NOTIFY_CFG,
					.bar = VIRTIO_LEGACY_BAR,
					.offset = VIRTIO_LEGACY_QUEUE_NOTIFY,
					.length = 2 };
	s->legacy[2] = (struct vs_cap){ .cfg_type = VIRTIO_PCI_CAP_ISR_CFG,
					.bar = VIRTIO_LEGACY_BAR,
					.offset = VIRTIO_LEGACY_ISR_STATUS,
					.length = 1 };
	s->legacy[3] =
		(struct vs_cap){ .cfg_type = VIRTIO_PCI_CAP_DEVICE_CFG, .bar = VIRTIO_LEGACY_BAR };
	s->common = &s->legacy[0];
	s->notify = &s->legacy[1];
	s->isr = &s->legacy[2];
	s->window = NULL;
	vs_legacy_place_config(s, s->msix_enabled);
}

void vs_legacy_place_config(struct vs_session *s, bool msix_enabled)
{
	uint64_t size = s->bus->bars[VIRTIO_LEGACY_BAR].size;
	unsigned offset = VIRTIO_LEGACY_CONFIG(msix_enabled);

	s->legacy[3].offset = offset;
	s->legacy[3].length = size > offset ? size - offset : 0;
	s->device = s->legacy[3].length ? &s->legacy[3] : NULL;
}

uint16_t vs_legacy_count_queues(struct vs_session *s)
{
	uint16_t count = 0;

	while (count < QUEUES_MAX && vs_queue_get(s, count, VS_QUEUE_SIZE))
		count++;
	return count;
}

static size_t whole_pages(size_t bytes)
{
	return (bytes + VIRTIO_LEGACY_QUEUE_ALIGN - 1) & ~(size_t)(VIRTIO_LEGACY_QUEUE_ALIGN - 1);
}

size_t vs_legacy_used_offset(uint16_t queue_size)
{
	return whole_pages((size_t)VIRTQ_DESC_SIZE * queue_size +
			   VIRTQ_AVAIL_SIZE((size_t)queue_size));
}

size_t vs_legacy_queue_bytes(uint16_t queue_size)
{
	return vs_legacy_used_offset(queue_size) + whole_pages(VIRTQ_USED_SIZE((size_t)queue_size));
}
