/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/ring_ledger.h"

#include <string.h>

#include "fuzz/support/oracle.h"

void ring_ledger_init(struct ring_ledger *l, unsigned size, bool in_order)
{
	l->size = size;
	l->in_order = in_order;
	l->out = l->descriptors_out = l->batch = 0;
	memset(l->descriptors, 0, size * sizeof(l->descriptors[0]));
}

void ring_ledger_offer(struct ring_ledger *l, int id, unsigned descriptors)
{
	if (id < 0 || (unsigned)id >= l->size || l->descriptors[id])
		fuzz_oracle("id", "a buffer leaves as %d, which is %s", id,
			    id >= 0 && (unsigned)id < l->size ? "out already" : "none");
	l->table[id].at = l->table[id].size = 0;
	l->order[l->out++] = (uint16_t)id;
	l->descriptors[id] = (uint16_t)descriptors;
	l->descriptors_out += descriptors;
}

void ring_ledger_table(struct ring_ledger *l, unsigned id, uint64_t at, uint64_t size)
{
	for (unsigned i = 0; i < l->out; i++) {
		uint64_t other = l->table[l->order[i]].at, end = other + l->table[l->order[i]].size;

		if (at < end && other < at + size)
			fuzz_oracle("table-taken", "of %u by %u", l->order[i], id);
	}
	l->table[id].at = at;
	l->table[id].size = size;
}

/* Where the id stands among those that are out, or l->out. */
static unsigned find(const struct ring_ledger *l, uint32_t id)
{
	unsigned i = 0;

	while (i < l->out && l->order[i] != id)
		i++;
	return i;
}

unsigned ring_ledger_arrive(struct ring_ledger *l, uint32_t id, uint32_t len, unsigned most)
{
	unsigned i = find(l, id), sum = 0;

	l->batch_end = (struct vs_used){ .id = id, .len = len };
	l->batch = 1;
	if (l->in_order && i < l->out && i < most)
		l->batch = i + 1;
	if (l->batch == 1)
		return i < l->out ? l->descriptors[id] : 0;
	for (unsigned j = 0; j < l->batch; j++)
		sum += l->descriptors[l->order[j]];
	return sum;
}

struct vs_used ring_ledger_land(struct ring_ledger *l, unsigned *descriptors)
{
	struct vs_used used = l->batch_end;
	unsigned i;

	if (--l->batch)
		used = (struct vs_used){ .id = l->order[0], .unnamed = true };
	i = find(l, used.id);
	*descriptors = 0;
	if (i == l->out)
		return used;
	*descriptors = l->descriptors[used.id];
	l->descriptors[used.id] = 0;
	l->descriptors_out -= *descriptors;
	l->out--;
	memmove(l->order + i, l->order + i + 1, (l->out - i) * sizeof(l->order[0]));
	return used;
}

void ring_ledger_compare(struct vs_used wanted, struct vs_used got)
{
	if (wanted.id != got.id || wanted.len != got.len || wanted.unnamed != got.unnamed)
		fuzz_oracle("used", "id %u, %u bytes%s where it is id %u, %u bytes%s", got.id,
			    got.len, got.unnamed ? ", unnamed" : "", wanted.id, wanted.len,
			    wanted.unnamed ? ", unnamed" : "");
}

void ring_ledger_check(const struct ring_ledger *l, const struct vs_queue *q, unsigned out)
{
	if (q->free_count + out != l->size)
		fuzz_oracle("free-count", "%u free and %u out of %u", q->free_count, out, l->size);
	if (q->batch != l->batch)
		fuzz_oracle("batch", "%u to come, not %u", q->batch, l->batch);
	if (l->in_order && q->flight_count != l->out)
		fuzz_oracle("flight-count", "%u in flight, not %u", q->flight_count, l->out);
}

void ring_ledger_check_free(const struct ring_ledger *l, const struct vs_queue *q,
			    const uint16_t *owner)
{
	bool seen[RING_SIZE_MAX] = { false };

	for (unsigned i = 0; i < q->free_count; i++) {
		uint16_t id = q->free_list[(q->free_first + i) % q->size];

		if (id >= l->size || seen[id] || owner[id])
			fuzz_oracle("free-list", "%u is free %s", id,
				    id >= l->size ? "and does not exist"
				    : seen[id]    ? "twice"
						  : "while it is out");
		seen[id] = true;
	}
}
