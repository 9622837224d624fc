/* SPDX-License-Identifier: BSD-3-Clause */
/* What requests of each kind look like in memory, and what their answers mean. */
#ifndef REF_REQUESTS_H
#define REF_REQUESTS_H

#include "drivers/reference/life.h"

/* Whether the device type has such requests, in rings. */
bool ref_suits(const struct ref_life *life, const struct virtspec_request *request);
/* Whether receive buffers wait for it. */
bool ref_is_receive(const struct virtspec_request *request);
/* Whether it may be sent in several buffers. */
bool ref_in_pieces(const struct virtspec_request *request);
/* Whether the type's first virtqueue is for receiving. */
bool ref_receives(const struct ref_life *life);

/* Lays the next piece of the job out in the slot; returns its bytes of data. `number` is that of
 * the job among those at hand. */
size_t ref_fill(struct ref_life *life, struct ref_slot *slot, struct ref_job *job, unsigned number);
void ref_fill_receive(struct ref_life *life, struct ref_slot *slot, struct vs_queue *q);

/* The device is done with it, and says it wrote `len` bytes. */
void ref_finish(struct ref_life *life, struct ref_slot *slot, uint32_t len);
void ref_arrive(struct ref_life *life, struct ref_slot *slot, uint32_t len);

/* Gives the job what has arrived, if anything has. */
void ref_deliver(struct ref_life *life, struct ref_job *job);

#endif
