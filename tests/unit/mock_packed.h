/* SPDX-License-Identifier: BSD-3-Clause */
/* The packed rings of the tests' driver. They share struct td_queue: avail is the driver's event
 * structure, used the device's. */
#ifndef TESTS_MOCK_PACKED_H
#define TESTS_MOCK_PACKED_H

#include "mock_rings.h"

#include "spec/packed_ring.h"

#define TP_STATE  (VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED)
#define TP_PACKED (TD_FEATURE(VIRTIO_F_RING_PACKED) | TD_FEATURE(VIRTIO_F_VERSION_1))

struct tp {
	struct td td;
	struct td_queue *queue;
	uint64_t event, asked; /* the driver's and the device's event structure */
	unsigned avail, used;  /* descriptors made available and seen used, free-running */
};

static inline unsigned tp_slot(const struct tp *tp, unsigned position)
{
	return position % tp->queue->size;
}

static inline bool tp_wrap(const struct tp *tp, unsigned position)
{
	return position / tp->queue->size % 2 == 0;
}

/* An event structure's words for that position. */
static inline uint16_t tp_event(const struct tp *tp, unsigned position)
{
	return (uint16_t)(tp_slot(tp, position) | (tp_wrap(tp, position) ? VIRTQ_EVENT_WRAP : 0));
}

/* The queue that was enabled last is ours from now on. */
static inline void tp_use(struct tp *tp, struct td_queue *queue)
{
	tp->queue = queue;
	tp->event = queue->avail;
	tp->asked = queue->used;
	tp->avail = tp->used = 0;
}

/* A device that has been opened goes live with one queue of this size (0: the largest). */
static inline void tp_live(struct tp *tp, uint64_t features, uint16_t size)
{
	assert_true(td_negotiate(&tp->td, features | TP_PACKED));
	tp_use(tp, td_queue(&tp->td, 0, size, features & TD_FEATURE(VIRTIO_F_NOTIF_CONFIG_DATA)));
	td_driver_ok(&tp->td);
}

static inline void tp_open(struct tp *tp, uint64_t features, uint16_t size, bool no_map)
{
	td_open(&tp->td, "rng", "ring=packed", NULL);
	tp->td.no_map = no_map;
	tp_live(tp, features, size);
}

static inline void tp_desc(struct tp *tp, uint64_t at, uint64_t address, uint32_t length,
			   uint16_t id, uint16_t flags)
{
	td_store(&tp->td, at + VIRTQ_PACKED_ADDR, 8, address);
	td_store(&tp->td, at + VIRTQ_PACKED_LEN, 4, length);
	td_store(&tp->td, at + VIRTQ_PACKED_ID, 2, id);
	td_store(&tp->td, at + VIRTQ_PACKED_FLAGS, 2, flags);
}

static inline uint64_t tp_at(const struct tp *tp, unsigned position)
{
	return tp->queue->desc + (uint64_t)VIRTQ_PACKED_SIZE * tp_slot(tp, position);
}

/* The bits that make the descriptor at a position available, or used. */
static inline uint16_t tp_available(const struct tp *tp, unsigned position)
{
	return tp_wrap(tp, position) ? VIRTQ_PACKED_F_AVAIL : VIRTQ_PACKED_F_USED;
}

static inline uint16_t tp_used(const struct tp *tp, unsigned position)
{
	return tp_wrap(tp, position) ? TP_STATE : 0;
}

/* The next descriptor becomes available with these flags. */
static inline void tp_put(struct tp *tp, uint64_t address, uint32_t length, uint16_t id,
			  uint16_t flags)
{
	tp_desc(tp, tp_at(tp, tp->avail), address, length, id, flags | tp_available(tp, tp->avail));
	tp->avail++;
}

/* A list of descriptors; only the last has the buffer's id. */
static inline void tp_chain(struct tp *tp, const struct td_segment *segments, unsigned count,
			    uint16_t id)
{
	for (unsigned i = 0; i < count; i++)
		tp_put(tp, segments[i].address, segments[i].length,
		       i + 1 == count ? id : (uint16_t)(0xdead + i),
		       (segments[i].writable ? VIRTQ_PACKED_F_WRITE : 0) |
			       (i + 1 < count ? VIRTQ_PACKED_F_NEXT : 0));
}

static inline void tp_notify(struct tp *tp)
{
	td_notify(&tp->td, tp->queue);
}

static inline bool tp_is_used(struct tp *tp)
{
	uint64_t flags = td_load(&tp->td, tp_at(tp, tp->used) + VIRTQ_PACKED_FLAGS, 2);

	return (flags & TP_STATE) == tp_used(tp, tp->used);
}

/* The next used descriptor has to be this one, and stands for so many. */
static inline void tp_expect(struct tp *tp, uint16_t id, uint32_t length, unsigned descriptors)
{
	uint64_t at = tp_at(tp, tp->used);

	assert_true(tp->avail != tp->used);
	assert_true(tp_is_used(tp));
	assert_int_equal(td_load(&tp->td, at + VIRTQ_PACKED_ID, 2), id);
	assert_int_equal(td_load(&tp->td, at + VIRTQ_PACKED_LEN, 4), length);
	assert_int_equal(td_load(&tp->td, at + VIRTQ_PACKED_FLAGS, 2),
			 tp_used(tp, tp->used) | (length ? VIRTQ_PACKED_F_WRITE : 0));
	tp->used += descriptors;
}

static inline void tp_expect_none(struct tp *tp)
{
	assert_false(tp->avail != tp->used && tp_is_used(tp));
}

/* A rng request of one writable buffer, all the way; the bytes written. */
static inline uint32_t tp_entropy(struct tp *tp, uint64_t buffer, uint32_t length)
{
	uint16_t id = (uint16_t)(tp->avail * 7);
	uint64_t at = tp_at(tp, tp->used);

	tp_put(tp, buffer, length, id, VIRTQ_PACKED_F_WRITE);
	tp_notify(tp);
	assert_true(tp_is_used(tp));
	assert_int_equal(td_load(&tp->td, at + VIRTQ_PACKED_ID, 2), id);
	tp->used++;
	return (uint32_t)td_load(&tp->td, at + VIRTQ_PACKED_LEN, 4);
}

static inline bool tp_broken(struct tp *tp)
{
	return td_status(&tp->td) & VIRTIO_STATUS_NEEDS_RESET;
}

static inline void tp_close(struct tp *tp)
{
	td_close(&tp->td);
}

#endif
