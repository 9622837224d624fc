/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtqueues and their vectors (4.1.5.1.2, 4.1.5.1.3). */
#include "driver/interrupt.h"
#include "driver/legacy.h"
#include "drivers/reference/life.h"
#include "spec/net.h"
#include "spec/virtio_pci.h"

#define QUEUES_USED  3u   /* that carry requests, at most */
#define TABLE_LENGTH 8u   /* entries of an indirect table */
#define QUEUE_LIMIT  64u  /* entries of a virtqueue that are plenty */
#define TABLES_MOST  256u /* entries of a virtqueue whose buffers may have tables */

/* Interrupt vectors that a way of using them takes. */
static uint32_t vectors_needed(const struct ref_life *life)
{
	switch (life->vectors) {
	case REF_VECTOR_EACH:
		return 1 + QUEUES_USED;
	case REF_VECTOR_SHARED:
		return 2;
	case REF_VECTOR_ONE:
		return 1;
	default:
		return 0;
	}
}

static uint16_t vector_of(const struct ref_life *life, unsigned slot)
{
	switch (life->vectors) {
	case REF_VECTOR_EACH:
		return (uint16_t)(1 + slot % QUEUES_USED);
	case REF_VECTOR_SHARED:
		return 1;
	case REF_VECTOR_ONE:
		return 0;
	default:
		return VIRTIO_MSI_NO_VECTOR;
	}
}

/* Entries are masked by MSI-X as a whole until all of them are written. */
enum ref_result ref_enable_vectors(struct ref_life *life)
{
	struct vs_session *s = &life->s;
	uint32_t needed;

	while (life->vectors < REF_LINE && life->fn.msix_vectors < vectors_needed(life))
		life->vectors++;
	needed = vectors_needed(life);
	if (!needed)
		return REF_OK;
	vs_msix_set_control(s, PCI_MSIX_CONTROL_ENABLE | PCI_MSIX_CONTROL_MASK);
	for (uint32_t i = 0; i < needed; i++)
		if (vs_msix_program(s, i, false))
			return REF_HOPELESS;
	vs_msix_set_control(s, PCI_MSIX_CONTROL_ENABLE);
	s->msix_enabled = true;
	vs_set(s, VS_CONFIG_MSIX_VECTOR, 0);
	s->config_vector = (uint16_t)vs_get(s, VS_CONFIG_MSIX_VECTOR);
	return s->config_vector == 0 ? REF_OK : REF_NO_VECTOR;
}

/* Whether the place that notifies of the queue lies in the structure that it is said to be in. */
static bool can_be_notified(const struct vs_queue *q)
{
	const struct vs_cap *cap = q->s->notify;
	unsigned width;

	if (q->s->view == VS_VIEW_LEGACY || !cap)
		return true;
	vs_queue_notify_value(q, &width);
	return vs_queue_notify_offset(q, cap) - cap->offset + width <= cap->length;
}

enum ref_result ref_start_queue(struct ref_life *life, struct vs_queue *q, uint16_t index)
{
	struct vs_session *s = &life->s;
	unsigned slot = (unsigned)(q - s->queues);

	lapse_moment(&life->lapse, LAPSE_AT_QUEUE, NULL);
	s->queue_vector = vector_of(life, slot);
	if (vs_queue_configure(s, q, index, QUEUE_LIMIT))
		return s->msix_enabled && q->vector != s->queue_vector && q->free_list
			       ? REF_NO_VECTOR
			       : REF_HOPELESS;
	if (!can_be_notified(q)) {
		ref_log(life, "virtqueue %u is notified outside of the structure for it", index);
		return REF_HOPELESS;
	}
	/* A block request has a part that the device reads and one that it writes. */
	if (life->fn.type == VIRTIO_ID_BLOCK && q->size < 2) {
		ref_log(life, "virtqueue %u has no room for a request", index);
		return REF_HOPELESS;
	}
	if (ref_accepted(life, VIRTIO_F_INDIRECT_DESC) && q->size <= TABLES_MOST &&
	    vs_queue_give_tables(q, TABLE_LENGTH))
		return REF_HOPELESS;
	lapse_moment(&life->lapse, LAPSE_AT_CONFIGURED, q);
	vs_queue_enable(q);
	lapse_moment(&life->lapse, LAPSE_AT_ENABLED, q);
	return REF_OK;
}

/* How many virtqueues the driver would like, from index 0 on. */
static unsigned queues_wanted(const struct ref_life *life)
{
	switch (life->fn.type) {
	case VIRTIO_ID_BLOCK:
		return life->blk_queues < QUEUES_USED ? life->blk_queues : QUEUES_USED;
	case VIRTIO_ID_NET:
		/* The control queue stands behind the one pair, and stays idle. */
		return ref_accepted(life, VIRTIO_NET_F_CTRL_VQ) ? 3 : 2;
	case VIRTIO_ID_CONSOLE:
		return 2;
	default:
		return 1;
	}
}

/* The driver does without a queue that is not there, but for the first, and for the second of two
 * that only make sense together. */
static bool is_dispensable(const struct ref_life *life, unsigned index)
{
	return life->fn.type == VIRTIO_ID_BLOCK ? index > 0 : index > 1;
}

static enum ref_result start_one(struct ref_life *life, unsigned index)
{
	struct vs_session *s = &life->s;
	enum ref_result result;

	if (vs_queue_get(s, (uint16_t)index, VS_QUEUE_SIZE) == 0)
		return is_dispensable(life, index) ? REF_OK : REF_HOPELESS;
	result = ref_start_queue(life, &s->queues[s->queue_count], (uint16_t)index);
	if (result == REF_OK)
		s->queue_count++;
	return result;
}

/* The first administration virtqueue: it stays idle, but it is there. */
static enum ref_result start_admin(struct ref_life *life)
{
	uint64_t index = vs_get(&life->s, VS_ADMIN_QUEUE_INDEX);
	uint64_t count = vs_get(&life->s, VS_ADMIN_QUEUE_NUM);

	if (count == 0 || count == UINT16_MAX || index < life->s.num_queues)
		return REF_OK;
	if (vs_queue_get(&life->s, (uint16_t)index, VS_QUEUE_SIZE) == 0)
		return REF_OK;
	return start_one(life, (unsigned)index);
}

enum ref_result ref_start_queues(struct ref_life *life)
{
	struct vs_session *s = &life->s;
	unsigned wanted = queues_wanted(life);
	enum ref_result result = REF_OK;

	s->num_queues =
		s->view == VS_VIEW_LEGACY ? (uint16_t)wanted : (uint16_t)vs_get(s, VS_NUM_QUEUES);
	if (s->num_queues < wanted && !is_dispensable(life, s->num_queues))
		return REF_HOPELESS;
	wanted = wanted < s->num_queues ? wanted : s->num_queues;
	s->queues = vs_session_alloc(s, (size_t)(QUEUES_USED + 1) * sizeof(*s->queues));
	if (!s->queues || !wanted)
		return REF_HOPELESS;
	for (unsigned i = 0; i < wanted && result == REF_OK; i++)
		result = start_one(life, i);
	if (result == REF_OK && ref_accepted(life, VIRTIO_F_ADMIN_VQ))
		result = start_admin(life);
	if (result != REF_OK)
		return result;
	s->stage = VS_STAGE_QUEUES;
	return ref_make_slots(life) ? REF_HOPELESS : REF_OK;
}
