/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver/queue.h"

#include <string.h>

#include "driver/legacy.h"
#include "driver/native.h"
#include "rules/rules.h"
#include "spec/legacy.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

/* Entries that are plenty for a test; a check that wants the largest queue says so. */
#define COMFORTABLE_SIZE 256u

void vs_ring_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

uint16_t vs_ring_load16(struct vs_session *s, const void *at)
{
	uint8_t bytes[2];
	uint16_t value;

	if (vs_bus_pull(s->bus, at, sizeof(value)))
		return 0;
	value = __atomic_load_n((const uint16_t *)at, __ATOMIC_ACQUIRE);
	memcpy(bytes, &value, sizeof(bytes));
	return (uint16_t)vs_native_load(s, bytes, sizeof(bytes));
}

void vs_ring_store16(struct vs_session *s, void *at, uint16_t value)
{
	uint8_t bytes[2];
	uint16_t wire;

	vs_native_store(s, bytes, sizeof(bytes), value);
	memcpy(&wire, bytes, sizeof(wire));
	__atomic_store_n((uint16_t *)at, wire, __ATOMIC_RELEASE);
	vs_bus_push(s->bus, at, sizeof(wire));
}

/* In one piece, each part where the queue size says (2.7.2). */
static int place_legacy_areas(struct vs_session *s, struct vs_queue *q)
{
	uint8_t *at = vs_dma_alloc(s, vs_legacy_queue_bytes(q->size), VIRTIO_LEGACY_QUEUE_ALIGN);

	if (!at)
		return vs_trouble(s, -1, "no DMA memory left for queue %u of %u entries", q->index,
				  q->size);
	q->area[VS_AREA_DESC] = at;
	q->area[VS_AREA_DRIVER] = at + (size_t)VIRTQ_DESC_SIZE * q->size;
	q->area[VS_AREA_DEVICE] = at + vs_legacy_used_offset(q->size);
	return 0;
}

static int place_areas(struct vs_session *s, struct vs_queue *q)
{
	if (s->view == VS_VIEW_LEGACY && place_legacy_areas(s, q))
		return -1;
	for (unsigned i = 0; s->view != VS_VIEW_LEGACY && i < VS_AREA_COUNT; i++) {
		size_t shift =
			s->hooks && s->hooks->shift ? s->hooks->shift(s->hooks->context, q, i) : 0;
		uint8_t *at =
			vs_dma_alloc(s, q->ring->area_size(q, i) + shift, q->ring->area_align(i));

		if (!at)
			return vs_trouble(s, -1, "no DMA memory left for queue %u of %u entries",
					  q->index, q->size);
		q->area[i] = at + shift;
	}
	q->free_list = vs_session_alloc(s, (size_t)VS_QUEUE_LISTS * q->size * sizeof(uint16_t));
	if (!q->free_list)
		return vs_trouble(s, -1, "no memory left for queue %u", q->index);
	q->chain_len = q->free_list + q->size;
	q->chain_next = q->chain_len + q->size;
	q->flight = q->chain_next + q->size;
	return 0;
}

static uint16_t map_vector(struct vs_session *s)
{
	if (!s->msix_enabled)
		return VIRTIO_MSI_NO_VECTOR;
	vs_set(s, VS_QUEUE_MSIX_VECTOR, s->queue_vector);
	return (uint16_t)vs_get(s, VS_QUEUE_MSIX_VECTOR);
}

/* Rings cleared, their addresses and the vector of the selected queue written. */
static int write_registers(struct vs_session *s, struct vs_queue *q)
{
	vs_queue_clear(q);
	/* The legacy interface has none of these: there the address enables the queue. */
	vs_set(s, VS_QUEUE_DESC, vs_dma_address(s, q->area[VS_AREA_DESC]));
	vs_set(s, VS_QUEUE_DRIVER, vs_dma_address(s, q->area[VS_AREA_DRIVER]));
	vs_set(s, VS_QUEUE_DEVICE, vs_dma_address(s, q->area[VS_AREA_DEVICE]));
	q->vector = map_vector(s);
	if (q->vector != s->queue_vector)
		return vs_trouble(s, VS_RULE_PCI_MSIX_MAPPING_SUCCEEDS,
				  "queue %u: vector %u was written, queue_msix_vector reads %#x",
				  q->index, s->queue_vector, q->vector);
	return 0;
}

int vs_queue_configure(struct vs_session *s, struct vs_queue *q, uint16_t index, uint16_t limit)
{
	uint16_t wanted = limit ? limit : COMFORTABLE_SIZE;

	bool packed = vs_features_has(&s->accepted, VIRTIO_F_RING_PACKED);

	*q = (struct vs_queue){ .s = s,
				.ring = packed ? &vs_packed_ring : &vs_split_ring,
				.index = index };
	vs_set(s, VS_QUEUE_SELECT, index);
	if (!s->notify)
		return vs_trouble(s,
				  vs_caps_any(&s->fn->caps, VIRTIO_PCI_CAP_NOTIFY_CFG)
					  ? VS_RULE_PCI_CAP_INSIDE_BAR
					  : VS_RULE_PCI_NOTIFY_PRESENT,
				  "no notification capability is usable");
	q->max_size = (uint16_t)vs_get(s, VS_QUEUE_SIZE);
	if (q->max_size == 0)
		return vs_trouble(s, -1, "queue %u is not available (queue_size reads 0)", index);
	if (q->max_size > VIRTIO_QUEUE_MAX_SIZE || (!packed && (q->max_size & (q->max_size - 1))))
		return vs_trouble(s, VS_RULE_PCI_COMMON_QUEUE_SIZE_POWER_OF_TWO,
				  "queue %u has an impossible queue_size of %u", index,
				  q->max_size);
	if (vs_get(s, VS_QUEUE_ENABLE) || vs_get(s, VS_QUEUE_ADDRESS))
		return vs_trouble(s, VS_RULE_PCI_COMMON_QUEUE_ENABLE_ZERO_AFTER_RESET,
				  "queue %u is enabled before it was set up", index);
	q->size = q->max_size;
	if (q->size > wanted && s->view != VS_VIEW_LEGACY) {
		q->size = wanted;
		vs_set(s, VS_QUEUE_SIZE, q->size);
	}
	if (place_areas(s, q))
		return -1;
	if (write_registers(s, q))
		return -1;
	q->notify_off = (uint16_t)vs_get(s, VS_QUEUE_NOTIFY_OFF);
	q->notify_data = index;
	if (vs_features_has(&s->accepted, VIRTIO_F_NOTIF_CONFIG_DATA) &&
	    vs_has_field(s, VS_QUEUE_NOTIF_CONFIG_DATA))
		q->notify_data = (uint16_t)vs_get(s, VS_QUEUE_NOTIF_CONFIG_DATA);
	return 0;
}

void vs_queue_enable(struct vs_queue *q)
{
	uint64_t address = vs_dma_address(q->s, q->area[VS_AREA_DESC]);

	vs_set(q->s, VS_QUEUE_SELECT, q->index);
	vs_set(q->s, VS_QUEUE_ENABLE, 1);
	vs_set(q->s, VS_QUEUE_ADDRESS, address >> VIRTIO_LEGACY_PAGE_SHIFT);
	q->enabled = true;
}

int vs_queue_start(struct vs_session *s, struct vs_queue *q, uint16_t index, uint16_t limit)
{
	if (vs_queue_configure(s, q, index, limit))
		return -1;
	vs_queue_enable(q);
	return 0;
}

int vs_queue_restart(struct vs_queue *q)
{
	vs_queue_set(q->s, q->index, VS_QUEUE_SIZE, q->size);
	if (write_registers(q->s, q))
		return -1;
	vs_queue_enable(q);
	return 0;
}

int vs_queue_give_tables(struct vs_queue *q, unsigned elements)
{
	_Static_assert(VIRTQ_DESC_SIZE == VIRTQ_PACKED_SIZE, "one table serves both formats");
	q->tables =
		vs_dma_alloc(q->s, (size_t)q->size * elements * VIRTQ_DESC_SIZE, VIRTQ_DESC_ALIGN);
	q->table_elements = q->tables ? elements : 0;
	return q->tables ? 0 : -1;
}

void *vs_queue_table(struct vs_queue *q, uint16_t id, unsigned count)
{
	if (count <= q->table_elements)
		return q->tables + (size_t)id * q->table_elements * VIRTQ_DESC_SIZE;
	return vs_dma_alloc(q->s, (size_t)count * VIRTQ_DESC_SIZE, VIRTQ_DESC_ALIGN);
}

void vs_queue_clear(struct vs_queue *q)
{
	for (unsigned i = 0; i < VS_AREA_COUNT; i++) {
		size_t size = q->ring->area_size(q, i);

		memset(q->area[i], 0, size);
		vs_bus_push(q->s->bus, q->area[i], size);
	}
	q->ring->init(q);
}

struct vs_queue *vs_queue_of(struct vs_session *s, uint16_t index)
{
	for (unsigned i = 0; i < s->queue_count; i++)
		if (s->queues[i].index == index)
			return &s->queues[i];
	return NULL;
}

uint64_t vs_queue_notify_offset(const struct vs_queue *q, const struct vs_cap *cap)
{
	return cap->offset + (uint64_t)q->notify_off * cap->notify_off_multiplier;
}

uint32_t vs_queue_notify_value(const struct vs_queue *q, unsigned *width)
{
	if (!vs_features_has(&q->s->accepted, VIRTIO_F_NOTIFICATION_DATA)) {
		*width = 2;
		return q->notify_data;
	}
	*width = 4;
	return q->notify_data | (uint32_t)q->ring->position(q) << 16;
}

void vs_queue_notify(struct vs_queue *q)
{
	const struct vs_cap *cap = q->s->notify;
	unsigned width;
	uint32_t value = vs_queue_notify_value(q, &width);

	vs_cap_write(q->s, cap, vs_queue_notify_offset(q, cap) - cap->offset, width, value);
}

int vs_queue_send(struct vs_queue *q, const struct vs_element *elements, unsigned count)
{
	int id = q->ring->offer(q, elements, count, false);

	if (id >= 0 && q->ring->wants_notification(q))
		vs_queue_notify(q);
	return id;
}

bool vs_queue_wait(struct vs_queue *q, struct vs_used *used)
{
	struct vs_session *s = q->s;

	return vs_wait_until(s, q->ring->take(q, used));
}
