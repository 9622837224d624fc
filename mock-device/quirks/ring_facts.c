/* SPDX-License-Identifier: BSD-3-Clause */
#include "mock-device/quirks/ring_facts.h"
#include "spec/split_ring.h"

#define WALK_MAX 1024u /* descriptors looked at in one table */

struct table {
	uint64_t address;
	uint32_t places;
	bool indirect;
};

struct walk {
	struct mock *mock;
	unsigned places; /* of the queue */
	unsigned facts;
	unsigned elements, skewed;
	uint64_t bytes;
	bool answer;
};

struct descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

static bool is_memory(const struct mock *mock, uint64_t address, uint64_t size)
{
	return address <= UINT64_MAX - size &&
	       mock->host.dma_map(mock->host.context, address, (size_t)size);
}

static bool load(struct mock *mock, uint64_t address, void *data, size_t size)
{
	return is_memory(mock, address, size) &&
	       mock->host.dma_read(mock->host.context, address, data, size) == 0;
}

static bool load16(struct mock *mock, uint64_t address, uint16_t *value)
{
	uint8_t bytes[sizeof(*value)];

	if (!load(mock, address, bytes, sizeof(bytes)))
		return false;
	*value = vs_load_le16(bytes);
	return true;
}

static bool load_descriptor(struct mock *mock, uint64_t address, struct descriptor *d)
{
	uint8_t bytes[VIRTQ_DESC_SIZE];

	if (!load(mock, address, bytes, sizeof(bytes)))
		return false;
	d->address = vs_load_le64(bytes + VIRTQ_DESC_ADDR);
	d->length = vs_load_le32(bytes + VIRTQ_DESC_LEN);
	d->flags = vs_load_le16(bytes + VIRTQ_DESC_FLAGS);
	d->next = vs_load_le16(bytes + VIRTQ_DESC_NEXT);
	return true;
}

static void add_element(struct walk *w, const struct descriptor *d)
{
	bool wraps = d->length && d->address > UINT64_MAX - d->length + 1;

	w->elements++;
	w->skewed += d->address & 1;
	w->bytes += d->length;
	w->answer = w->answer || d->flags & VIRTQ_DESC_F_WRITE;
	if (wraps)
		w->facts |= MOCK_FACT_WRAPS;
	else if (!is_memory(w->mock, d->address, 1))
		w->facts |= MOCK_FACT_OUTSIDE;
	else if (is_memory(w->mock, d->address, d->length) &&
		 !is_memory(w->mock, d->address, (uint64_t)d->length + 1))
		w->facts |= MOCK_FACT_AT_END;
	if (!d->length)
		w->facts |= MOCK_FACT_EMPTY_ELEMENT;
	if (w->bytes > UINT64_C(1) << 32)
		w->facts |= MOCK_FACT_MANY_BYTES;
}

static bool add_table(struct walk *w, const struct descriptor *d, struct table *table)
{
	w->facts |= MOCK_FACT_TABLE;
	if (d->length == 0)
		w->facts |= MOCK_FACT_TABLE_EMPTY;
	else if (d->length % VIRTQ_DESC_SIZE)
		w->facts |= MOCK_FACT_TABLE_ODD;
	if (d->length / VIRTQ_DESC_SIZE > w->places)
		w->facts |= MOCK_FACT_TABLE_LONG;
	if (!is_memory(w->mock, d->address, 1))
		w->facts |= MOCK_FACT_TABLE_OUTSIDE;
	if (d->address & 1)
		w->facts |= MOCK_FACT_TABLE_SKEW;
	*table = (struct table){ d->address, d->length / VIRTQ_DESC_SIZE, true };
	/* What is wrong with its entries is nobody's question then. */
	return table->places > 0 && d->length % VIRTQ_DESC_SIZE == 0;
}

/* One table from `index` on; true where it goes on in *table. */
static bool walk(struct walk *w, struct table *table, uint16_t index)
{
	for (unsigned i = 0; i < WALK_MAX; i++) {
		struct descriptor d;

		if (index >= table->places) {
			w->facts |= i || table->indirect ? MOCK_FACT_NEXT_FAR : MOCK_FACT_HEAD_FAR;
			return false;
		}
		if (i == table->places) {
			w->facts |= MOCK_FACT_LOOP;
			w->facts &= ~MOCK_FACT_EMPTY_ELEMENT;
			return false;
		}
		if (!load_descriptor(w->mock, table->address + (uint64_t)VIRTQ_DESC_SIZE * index,
				     &d))
			return false;
		if (d.flags & VIRTQ_DESC_F_INDIRECT && table->indirect) {
			w->facts |= MOCK_FACT_NESTED;
			return false;
		}
		if (d.flags & VIRTQ_DESC_F_INDIRECT)
			return add_table(w, &d, table);
		add_element(w, &d);
		if (!(d.flags & VIRTQ_DESC_F_NEXT))
			return false;
		index = d.next;
	}
	return false;
}

static uint64_t entry(const struct mock_queue *queue, unsigned ahead)
{
	unsigned slot = (uint16_t)(queue->next_avail + ahead) % (unsigned)queue->size;

	return queue->driver_area + VIRTQ_AVAIL_RING(slot);
}

unsigned mock_ring_facts(struct mock *mock, const struct mock_queue *queue)
{
	struct walk w = { .mock = mock, .places = queue->size };
	struct table table = { queue->descriptor_area, queue->size, false };
	uint16_t avail, ahead, head, after;

	if (queue->ring != &mock_split_ring || !queue->size ||
	    !load16(mock, queue->driver_area + VIRTQ_AVAIL_IDX, &avail))
		return 0;
	ahead = (uint16_t)(avail - queue->next_avail);
	if (!ahead || ahead > queue->size || !load16(mock, entry(queue, 0), &head))
		return 0;
	if (ahead > 1 && load16(mock, entry(queue, 1), &after) && after == head)
		w.facts |= MOCK_FACT_TWICE;
	if (walk(&w, &table, head))
		walk(&w, &table, 0);
	if (w.elements && !w.answer)
		w.facts |= MOCK_FACT_NO_ANSWER;
	if (w.elements && w.elements == w.skewed)
		w.facts |= MOCK_FACT_SKEW;
	if (w.elements == queue->size)
		w.facts |= MOCK_FACT_FULL;
	return w.facts;
}
