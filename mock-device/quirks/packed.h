/* SPDX-License-Identifier: BSD-3-Clause */
/* What quirks of packed rings look at. */
#ifndef MOCK_QUIRK_PACKED_H
#define MOCK_QUIRK_PACKED_H

#include "mock-device/quirks/quirk.h"
#include "spec/packed_ring.h"

#define MOCK_PACKED_STATE (VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED)

/* A descriptor as it stands in memory. */
struct mock_packed_seen {
	uint64_t address;
	uint32_t length;
	uint16_t id, flags;
};

/* Whether the queue is a packed one. */
bool mock_is_packed(const struct mock_queue *queue);
/* Reads the descriptor at an address; of the ring, so many places from where the device stands. */
struct mock_packed_seen mock_packed_read(struct mock_layer *q, uint64_t address);
struct mock_packed_seen mock_packed_ahead(struct mock_layer *q, const struct mock_queue *queue,
					  unsigned places);
/* Whether it is available there, in the round in which the device is. */
bool mock_packed_is_available(struct mock_layer *q, const struct mock_queue *queue,
			      unsigned places);
/* Descriptors of the list that is there, as far as NEXT says; the queue's size at most. */
unsigned mock_packed_list(struct mock_layer *q, const struct mock_queue *queue);

#endif
