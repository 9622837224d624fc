/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/reference/requests.h"

#include <string.h>

#include "driver/native.h"
#include "spec/blk.h"
#include "spec/net.h"

#define RECEIVE_SIZE    2048u
#define STATUS_UNTOLD   0xffu /* stands in a status byte until the device writes it */
#define SEGMENTS_SPARED 6u    /* pieces of data that a buffer has room for */

bool ref_is_receive(const struct virtspec_request *request)
{
	return request->kind == VIRTSPEC_NET_RECEIVE || request->kind == VIRTSPEC_CONSOLE_READ;
}

bool ref_in_pieces(const struct virtspec_request *request)
{
	return request->kind == VIRTSPEC_BLK_READ || request->kind == VIRTSPEC_BLK_WRITE ||
	       request->kind == VIRTSPEC_CONSOLE_WRITE;
}

bool ref_receives(const struct ref_life *life)
{
	return life->fn.type == VIRTIO_ID_NET || life->fn.type == VIRTIO_ID_CONSOLE;
}

bool ref_suits(const struct ref_life *life, const struct virtspec_request *request)
{
	switch (request->kind) {
	case VIRTSPEC_BLK_READ:
	case VIRTSPEC_BLK_WRITE:
		return life->fn.type == VIRTIO_ID_BLOCK && request->size &&
		       request->size % VIRTIO_BLK_SECTOR_SIZE == 0;
	case VIRTSPEC_NET_SEND:
		return life->fn.type == VIRTIO_ID_NET && request->size &&
		       request->size <= RECEIVE_SIZE;
	case VIRTSPEC_NET_RECEIVE:
		return life->fn.type == VIRTIO_ID_NET;
	case VIRTSPEC_CONSOLE_WRITE:
	case VIRTSPEC_CONSOLE_READ:
		return life->fn.type == VIRTIO_ID_CONSOLE && request->size;
	case VIRTSPEC_RNG_READ:
		return life->fn.type == VIRTIO_ID_ENTROPY && request->size;
	default:
		return false;
	}
}

/* Without merged buffers a legacy header ends before num_buffers (5.1.6.1). */
static uint32_t net_header(const struct ref_life *life)
{
	return life->s.view == VS_VIEW_LEGACY ? offsetof(struct virtio_net_hdr, num_buffers)
					      : sizeof(struct virtio_net_hdr);
}

/* Bytes of data that one buffer takes: what the slot has, and what the device allows. */
static uint32_t room(const struct ref_life *life, const struct vs_queue *q)
{
	uint32_t segments = SEGMENTS_SPARED, most = REF_SLOT_DATA;

	if (life->fn.type != VIRTIO_ID_BLOCK || !life->size_max)
		return most;
	if (life->seg_max && life->seg_max < segments)
		segments = life->seg_max;
	if (q->size < segments + 2u)
		segments = q->size > 2 ? q->size - 2u : 1;
	if (most / segments > life->size_max)
		most = segments * life->size_max;
	return most - most % VIRTIO_BLK_SECTOR_SIZE;
}

static void fill_blk(struct ref_life *life, struct ref_slot *slot, const struct ref_job *job)
{
	uint64_t sector = job->request->sector + job->issued / VIRTIO_BLK_SECTOR_SIZE;

	slot->header = sizeof(struct virtio_blk_req);
	slot->tail = 1;
	slot->reading = job->request->kind == VIRTSPEC_BLK_READ;
	vs_native_store(&life->s, slot->at + offsetof(struct virtio_blk_req, type), 4,
			slot->reading ? VIRTIO_BLK_T_IN : VIRTIO_BLK_T_OUT);
	vs_native_store(&life->s, slot->at + offsetof(struct virtio_blk_req, reserved), 4, 0);
	vs_native_store(&life->s, slot->at + offsetof(struct virtio_blk_req, sector), 8, sector);
	slot->at[slot->header + slot->data] = STATUS_UNTOLD;
}

/* Requests of a block device take turns on its queues; the rest has one for each direction. */
static struct vs_queue *queue_for(struct ref_life *life, unsigned number)
{
	unsigned count = life->s.queue_count;

	if (life->fn.type == VIRTIO_ID_BLOCK) {
		while (count > 1 && life->s.queues[count - 1].index >= life->blk_queues)
			count--;
		return &life->s.queues[number % count];
	}
	return &life->s.queues[ref_receives(life) ? 1 : 0];
}

size_t ref_fill(struct ref_life *life, struct ref_slot *slot, struct ref_job *job, unsigned number)
{
	struct virtspec_request *request = job->request;
	struct vs_queue *q = queue_for(life, number);
	size_t left = request->size - job->issued;
	uint32_t most = room(life, q);

	slot->q = q;
	slot->job = job;
	slot->header = slot->tail = 0;
	slot->reading = request->kind == VIRTSPEC_RNG_READ;
	slot->data = left < most ? (uint32_t)left : most;
	slot->to = request->data + job->issued;
	if (life->fn.type == VIRTIO_ID_BLOCK) {
		fill_blk(life, slot, job);
	} else if (life->fn.type == VIRTIO_ID_NET) {
		slot->header = net_header(life);
		memset(slot->at, 0, slot->header);
	}
	if (slot->reading)
		memset(slot->at + slot->header, 0, slot->data);
	else
		memcpy(slot->at + slot->header, slot->to, slot->data);
	return slot->data;
}

void ref_fill_receive(struct ref_life *life, struct ref_slot *slot, struct vs_queue *q)
{
	slot->q = q;
	slot->job = NULL;
	slot->header = life->fn.type == VIRTIO_ID_NET ? net_header(life) : 0;
	slot->data = RECEIVE_SIZE;
	slot->tail = 0;
	slot->reading = true;
	slot->arrived = false;
	memset(slot->at, 0, slot->header + slot->data);
}

/* Whether the device did what it was asked. */
static bool is_good(const struct ref_slot *slot, uint32_t len, bool is_blk)
{
	/* More than there is room for: nothing that it says can be believed. */
	if (len > slot->writable)
		return false;
	/* A block device says in the status byte whether it is done. Its length is not used: too
	 * many devices have it wrong, and a byte that it did not write reads as untold. */
	if (is_blk)
		return slot->at[slot->header + slot->data] == VIRTIO_BLK_S_OK;
	return !slot->reading || len > 0;
}

void ref_finish(struct ref_life *life, struct ref_slot *slot, uint32_t len)
{
	struct ref_job *job = slot->job;
	bool is_blk = life->fn.type == VIRTIO_ID_BLOCK;

	slot->job = NULL;
	job->out--;
	if (!is_good(slot, len, is_blk))
		job->failed = true;
	else if (slot->reading)
		memcpy(slot->to, slot->at + slot->header, is_blk ? slot->data : len);
	if (!job->failed && job->request->kind == VIRTSPEC_RNG_READ)
		job->request->size = len;
	if (job->out || !(job->whole || job->failed))
		return;
	job->over = true;
	job->request->status = job->failed ? -1 : 0;
}

void ref_arrive(struct ref_life *life, struct ref_slot *slot, uint32_t len)
{
	/* What is no frame at all goes back to the device. */
	if (len > slot->writable || len <= slot->header)
		return;
	slot->got = len - slot->header;
	slot->arrived = true;
	slot->age = life->arrivals++;
}

void ref_deliver(struct ref_life *life, struct ref_job *job)
{
	struct virtspec_request *request = job->request;
	struct ref_slot *oldest = NULL;

	if (job->over)
		return;
	for (unsigned i = 0; i < REF_SLOTS; i++) {
		struct ref_slot *slot = &life->slots[i];

		if (slot->arrived && (!oldest || slot->age < oldest->age))
			oldest = slot;
	}
	if (!oldest)
		return;
	if (request->size > oldest->got)
		request->size = oldest->got;
	memcpy(request->data, oldest->at + oldest->header, request->size);
	oldest->arrived = false;
	request->status = 0;
	job->over = true;
}
