/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers of packed rings: their memory, lists, tables and sizes (2.8.5 to 2.8.7, 2.8.17). */
#include "mock-device/quirks/harm.h"
#include "mock-device/quirks/packed.h"

static void reverse(struct mock_segment *segments, unsigned count)
{
	for (unsigned i = 0; i < count / 2; i++) {
		struct mock_segment other = segments[i];

		segments[i] = segments[count - 1 - i];
		segments[count - 1 - i] = other;
	}
}

static struct mock_chain *pop_reversed(struct mock_layer *q, struct mock_queue *queue)
{
	struct mock_chain *chain = mock_op_pop(q->below, queue);

	if (chain && mock_is_packed(queue) && !chain->indirect) {
		reverse(chain->segments, chain->readable_count);
		reverse(chain->segments + chain->readable_count,
			chain->count - chain->readable_count);
	}
	return chain;
}
MOCK_QUIRK(packed_list_reversed, .kind = MOCK_VIOLATION,
	   .says = "the readable and the writable elements of a packed list are taken from their "
		   "end",
	   .breaks = MOCK_RULES(PACKED_CHAIN_ORDER), .needs = "mock:blk,ring=packed",
	   .ops = { .pop = pop_reversed });

static struct mock_chain *pop_first_id(struct mock_layer *q, struct mock_queue *queue)
{
	struct mock_packed_seen first = { 0 };
	struct mock_chain *chain;

	if (mock_is_packed(queue) && queue->size)
		first = mock_packed_ahead(q, queue, 0);
	chain = mock_op_pop(q->below, queue);
	if (chain && mock_is_packed(queue))
		chain->id = first.id;
	return chain;
}
MOCK_QUIRK(packed_id_of_first, .kind = MOCK_VIOLATION,
	   .says = "the buffer id of a packed list is taken from its first descriptor",
	   .breaks = MOCK_RULES(ROBUST_PACKED_ID_IN_LAST), .needs = "mock:blk,ring=packed",
	   .ops = { .pop = pop_first_id });

static void publish_plain(struct mock_layer *q, struct mock_queue *queue)
{
	queue->held_flags &= (uint16_t)~VIRTQ_PACKED_F_WRITE;
	mock_op_publish_used(q->below, queue);
}
MOCK_QUIRK(packed_used_write_clear, .kind = MOCK_VIOLATION,
	   .says = "a used descriptor never has WRITE, whatever was written",
	   .breaks = MOCK_RULES(ROBUST_PACKED_USED_WRITE_FLAG), .needs = "mock:blk,ring=packed",
	   .ops = { .publish_used = publish_plain });

/* ---- The end of the ring ---- */

/* The counter is turned where the new place is below the old one, and here it is the same. */
static struct mock_chain *pop_all_round(struct mock_layer *q, struct mock_queue *queue)
{
	struct mock_chain *chain = mock_op_pop(q->below, queue);

	if (chain && mock_is_packed(queue) && chain->direct == queue->size)
		queue->avail_turn.wrap = !queue->avail_turn.wrap;
	return chain;
}

static void push_all_round(struct mock_layer *q, struct mock_queue *queue, struct mock_used used)
{
	mock_op_push_used(q->below, queue, used);
	if (mock_is_packed(queue) && used.descriptors == queue->size)
		queue->used_turn.wrap = !queue->used_turn.wrap;
}
MOCK_QUIRK(packed_wrap_not_flipped, .kind = MOCK_VIOLATION,
	   .says = "a list as long as the packed ring leaves the wrap counter as it was",
	   .breaks = MOCK_RULES(ROBUST_PACKED_CHAIN_OVER_END),
	   .also = MOCK_RULES(ROBUST_CHAIN_OF_QUEUE_SIZE), .needs = "mock:blk,ring=packed",
	   .ops = { .pop = pop_all_round, .push_used = push_all_round });

static struct mock_chain *pop_to_end(struct mock_layer *q, struct mock_queue *queue)
{
	if (mock_is_packed(queue) && queue->size && mock_packed_is_available(q, queue, 0) &&
	    queue->avail_turn.slot + mock_packed_list(q, queue) > queue->size) {
		mock_op_needs_reset(q->mock->top, "a descriptor behind the end of the ring");
		return NULL;
	}
	return mock_op_pop(q->below, queue);
}
MOCK_QUIRK(packed_chain_not_wrapped, .kind = MOCK_VIOLATION,
	   .says = "a list that begins before the end of a packed ring is looked for behind it",
	   .breaks = MOCK_RULES(ROBUST_PACKED_CHAIN_OVER_END),
	   .also = MOCK_RULES(SPLIT_ANY_FRAMING, ROBUST_PACKED_ODD_QUEUE_SIZE),
	   .needs = "mock:blk,ring=packed", .ops = { .pop = pop_to_end });

static struct mock_chain *pop_endless(struct mock_layer *q, struct mock_queue *queue)
{
	if (mock_is_packed(queue) && queue->size && mock_packed_is_available(q, queue, 0) &&
	    mock_packed_list(q, queue) == queue->size &&
	    mock_packed_ahead(q, queue, queue->size - 1u).flags & VIRTQ_PACKED_F_NEXT)
		mock_harm(q);
	return mock_op_pop(q->below, queue);
}
MOCK_QUIRK(packed_endless_harms, .kind = MOCK_VIOLATION,
	   .says = "a packed ring in which every descriptor has NEXT does harm",
	   .breaks = MOCK_RULES(ROBUST_PACKED_ENDLESS_CHAIN),
	   .also = MOCK_RULES(STATUS_NEEDS_RESET_ON_ERROR, STATUS_NEEDS_RESET_NOTIFIES),
	   .values = "dies hangs stuck", .needs = "mock:blk,ring=packed",
	   .ops = { .pop = pop_endless, MOCK_HARM_OPS });

static void enable_even(struct mock_layer *q, struct mock_queue *queue)
{
	bool packed = mock_has(q->mock, VIRTIO_F_RING_PACKED);

	if (!packed || (queue->size & (queue->size - 1)) == 0)
		mock_op_queue_enable(q->below, queue);
}
MOCK_QUIRK(packed_size_power_of_two, .kind = MOCK_VIOLATION,
	   .says = "a packed queue is not enabled with a size that is no power of two",
	   .breaks = MOCK_RULES(ROBUST_PACKED_ODD_QUEUE_SIZE), .needs = "mock:blk,ring=packed",
	   .ops = { .queue_enable = enable_even });

/* ---- Tables ---- */

/* Whether an entry of the table has NEXT and an id that does not name the entry behind it. */
static bool leads_astray(struct mock_layer *q, const struct mock_packed_seen *table)
{
	for (uint32_t i = 0; (i + 1) * VIRTQ_PACKED_SIZE <= table->length; i++) {
		struct mock_packed_seen entry =
			mock_packed_read(q, table->address + (uint64_t)i * VIRTQ_PACKED_SIZE);

		if (entry.flags & VIRTQ_PACKED_F_NEXT && entry.id != i + 1)
			return true;
	}
	return false;
}

static struct mock_chain *pop_following(struct mock_layer *q, struct mock_queue *queue)
{
	if (mock_is_packed(queue) && queue->size && mock_packed_is_available(q, queue, 0)) {
		struct mock_packed_seen table = mock_packed_ahead(q, queue, 0);

		if (table.flags & VIRTQ_PACKED_F_INDIRECT && leads_astray(q, &table)) {
			mock_op_needs_reset(q->mock->top, "a table that leads out of itself");
			return NULL;
		}
	}
	return mock_op_pop(q->below, queue);
}
MOCK_QUIRK(packed_indirect_next_followed, .kind = MOCK_VIOLATION,
	   .says = "NEXT in a packed indirect table is followed to where the id says",
	   .breaks = MOCK_RULES(ROBUST_PACKED_INDIRECT_FLAGS_IGNORED),
	   .needs = "mock:blk,ring=packed", .ops = { .pop = pop_following });

static struct mock_chain *pop_writable(struct mock_layer *q, struct mock_queue *queue)
{
	struct mock_chain *chain = mock_op_pop(q->below, queue);

	if (chain && mock_is_packed(queue) && chain->table_flags & VIRTQ_PACKED_F_WRITE) {
		chain->writable += chain->readable;
		chain->readable = 0;
		chain->readable_count = 0;
	}
	return chain;
}
MOCK_QUIRK(packed_indirect_write_heeded, .kind = MOCK_VIOLATION,
	   .says = "WRITE beside INDIRECT makes all of a packed table device-writable",
	   .breaks = MOCK_RULES(ROBUST_PACKED_INDIRECT_FLAGS_IGNORED),
	   .needs = "mock:blk,ring=packed", .ops = { .pop = pop_writable });
