/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/ring_watch.h"
#include "fuzz/support/plain.h"

#include <string.h>

#include "spec/blk.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"
#include "spec/virtio_pci.h"

FUZZ_PLAIN

#define CHAIN_BYTES_MAX (UINT64_C(1) << 32)

void ring_watch_start(struct ring_watch *watch)
{
	watch->live = watch->trouble = watch->muddled = watch->line = false;
	watch->config_expected = watch->payload = false;
	watch->isr = 0;
	watch->out = 0;
	watch->walk.active = false;
	/* Where the rings lie is still of use to who writes into them. */
	for (unsigned i = 0; i < WATCH_QUEUES; i++)
		watch->queue[i].enabled = watch->queue[i].pending = watch->queue[i].too_far = false;
	for (unsigned i = 0; i < WATCH_CHAINS; i++)
		watch->order[i] = i;
}

/* The chain at this place of the order is out no more. */
void watch_let_go(struct ring_watch *watch, unsigned place)
{
	unsigned number = watch->order[place];

	watch->out--;
	for (; place < watch->out; place++)
		watch->order[place] = watch->order[place + 1];
	watch->order[place] = number;
}

void ring_watch_forget(struct ring_watch *watch, unsigned queue)
{
	for (unsigned i = watch->out; i--;) {
		if (watch->chain[watch->order[i]].queue == queue)
			watch_let_go(watch, i);
	}
	watch->queue[queue].enabled = false;
	watch->queue[queue].pending = watch->queue[queue].too_far = false;
}

void ring_watch_enable(struct ring_watch *watch, unsigned queue)
{
	struct watch_queue *q = &watch->queue[queue];

	*q = (struct watch_queue){ .enabled = true,
				   .greedy = q->greedy,
				   .vector = q->vector,
				   .size = q->size,
				   .descriptors = q->descriptors,
				   .driver = q->driver,
				   .device = q->device };
}

/* ---- Lists ---- */

void watch_trouble(struct ring_watch *watch)
{
	watch->walk.active = false;
	watch->trouble = true;
	watch->config_expected = true;
	watch->isr |= VIRTIO_ISR_CONFIG;
}

void watch_walk_start(struct ring_watch *watch, unsigned queue, uint64_t address, uint16_t id)
{
	struct watch_walk *walk = &watch->walk;

	walk->chain = &watch->chain[watch->order[watch->out]];
	memset(walk->chain, 0, offsetof(struct watch_chain, element));
	walk->chain->queue = queue;
	walk->chain->id = id;
	walk->active = true;
	walk->table = false;
	walk->queue = queue;
	walk->address = walk->before = address;
	walk->fetched = 0;
}

bool watch_walk_element(struct ring_watch *watch, uint64_t address, uint32_t length, uint16_t flags)
{
	struct watch_chain *chain = watch->walk.chain;
	bool writable = flags & VIRTQ_DESC_F_WRITE;

	if (chain->count == watch->queue[chain->queue].size || address > UINT64_MAX - length ||
	    (!writable && chain->count && chain->element[chain->count - 1].writable) ||
	    chain->readable + chain->writable + length > CHAIN_BYTES_MAX)
		return false;
	chain->element[chain->count++] = (struct watch_element){ address, length, writable };
	*(writable ? &chain->writable : &chain->readable) += length;
	return true;
}

bool watch_walk_table(struct ring_watch *watch, uint64_t address, uint32_t length, uint16_t flags)
{
	struct watch_walk *walk = &watch->walk;

	if (!watch->indirect || flags & VIRTQ_DESC_F_NEXT || !length || length % VIRTQ_DESC_SIZE ||
	    address > UINT64_MAX - length)
		return false;
	walk->table = true;
	walk->base = walk->address = address;
	walk->entries = length / VIRTQ_DESC_SIZE;
	walk->at = 0;
	walk->fetched = 0;
	return true;
}

static bool touches(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a_size && b_size && a <= b + (b_size - 1) && b <= a + (a_size - 1);
}

static bool over_a_ring(const struct ring_watch *watch, const struct watch_element *element)
{
	for (unsigned i = 0; i < WATCH_QUEUES; i++) {
		const struct watch_queue *q = &watch->queue[i];
		uint64_t driver = watch->packed ? VIRTQ_EVENT_SIZE : VIRTQ_AVAIL_SIZE(q->size);
		uint64_t device = watch->packed ? VIRTQ_EVENT_SIZE : VIRTQ_USED_SIZE(q->size);

		if (q->enabled && (touches(element->address, element->length, q->descriptors,
					   (uint64_t)VIRTQ_DESC_SIZE * q->size) ||
				   touches(element->address, element->length, q->driver, driver) ||
				   touches(element->address, element->length, q->device, device)))
			return true;
	}
	return false;
}

void watch_walk_end(struct ring_watch *watch)
{
	struct watch_chain *chain = watch->walk.chain;

	for (unsigned i = 0; i < chain->count && !watch->muddled; i++)
		watch->muddled = over_a_ring(watch, &chain->element[i]);
	watch->walk.active = false;
	watch->out++;
}

/* Part of the descriptor that comes next, or a mistake. */
static void walk_on(struct ring_watch *watch, uint64_t address, const uint8_t *data, size_t size)
{
	struct watch_walk *walk = &watch->walk;
	unsigned bits;
	uint64_t at;

	if (!watch_inside(address, size, walk->address, VIRTQ_DESC_SIZE))
		fuzz_oracle(watch_inside(address, size, walk->before, VIRTQ_DESC_SIZE)
				    ? "double-fetch"
				    : "walk",
			    "%zu bytes at 0x%llx instead of the descriptor at 0x%llx", size,
			    (unsigned long long)address, (unsigned long long)walk->address);
	at = address - walk->address;
	bits = ((1u << size) - 1) << at;
	if (walk->fetched & bits)
		fuzz_oracle("double-fetch", "byte %llu of the descriptor at 0x%llx once more",
			    (unsigned long long)at, (unsigned long long)walk->address);
	if (!data) {
		watch_trouble(watch);
		return;
	}
	walk->fetched |= (uint16_t)bits;
	memcpy(walk->bytes + at, data, size);
	if (watch->packed && !packed_watch_part(watch)) {
		watch_trouble(watch);
		return;
	}
	if (walk->fetched != UINT16_MAX)
		return;
	walk->before = walk->address;
	if (watch->packed)
		packed_watch_step(watch);
	else
		split_watch_step(watch);
}

/* ---- Data ---- */

/* Bytes of a buffer. More than one place for them: which one was meant cannot be told. */
static bool data_access(struct ring_watch *watch, uint64_t address, size_t size, bool write)
{
	struct watch_chain *found = NULL;
	uint64_t place = 0;
	bool twice = false;

	for (unsigned i = watch->out; i--;) {
		struct watch_chain *chain = &watch->chain[watch->order[i]];
		uint64_t offset = 0;

		for (unsigned j = 0; j < chain->count; j++) {
			const struct watch_element *element = &chain->element[j];

			if (element->writable != write)
				continue;
			if (watch_inside(address, size, element->address, element->length)) {
				if (found)
					found->vague = chain->vague = twice = true;
				found = chain;
				place = offset + (address - element->address);
			}
			offset += element->length;
		}
	}
	if (!found)
		return false;
	watch->payload |= !write && (twice || found->read + size > sizeof(struct virtio_blk_req));
	if (twice)
		return true;
	found->touched = true;
	if (write && place <= found->prefix && place + size > found->prefix)
		found->prefix = place + size;
	if (!write)
		found->read += size;
	if (found->read > found->readable && !found->vague && !watch->muddled)
		fuzz_oracle("double-fetch", "%llu bytes read of %llu",
			    (unsigned long long)found->read, (unsigned long long)found->readable);
	return true;
}

void ring_watch_read(struct ring_watch *watch, uint64_t address, const uint8_t *data, size_t size)
{
	if (!watch->live || (watch->trouble && !watch->muddled))
		fuzz_oracle("not-live", "%zu bytes read at 0x%llx", size,
			    (unsigned long long)address);
	if (watch->muddled) {
		if (!data)
			watch->trouble = true;
		return;
	}
	if (watch->walk.active) {
		walk_on(watch, address, data, size);
		return;
	}
	for (unsigned i = 0; i < WATCH_QUEUES; i++) {
		if (watch->queue[i].enabled &&
		    (watch->packed ? packed_watch_read(watch, i, address, data, size)
				   : split_watch_read(watch, i, address, data, size)))
			goto out;
	}
	if (!data_access(watch, address, size, false))
		fuzz_oracle(watch_inside(address, size, watch->walk.before, VIRTQ_DESC_SIZE)
				    ? "double-fetch"
				    : "stray-read",
			    "%zu bytes at 0x%llx", size, (unsigned long long)address);
out:
	if (!data)
		watch_trouble(watch);
}

void ring_watch_write(struct ring_watch *watch, uint64_t address, const uint8_t *data, size_t size)
{
	if (!watch->live || (watch->trouble && !watch->muddled))
		fuzz_oracle("not-live", "%zu bytes written at 0x%llx", size,
			    (unsigned long long)address);
	if (watch->muddled) {
		if (!data)
			watch->trouble = true;
		return;
	}
	if (watch->walk.active)
		fuzz_oracle("walk", "%zu bytes written at 0x%llx instead of reading a descriptor",
			    size, (unsigned long long)address);
	for (unsigned i = 0; i < WATCH_QUEUES; i++) {
		if (watch->queue[i].enabled &&
		    (watch->packed ? packed_watch_write(watch, i, address, data, size)
				   : split_watch_write(watch, i, address, data, size)))
			goto out;
	}
	if (!data_access(watch, address, size, true))
		fuzz_oracle("stray-write", "%zu bytes at 0x%llx", size,
			    (unsigned long long)address);
out:
	if (!data)
		watch_trouble(watch);
}

FUZZ_PLAIN_END
