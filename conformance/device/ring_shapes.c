/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/ring_shapes.h"

#define SPARE_SIZE   16u
#define LONG_MORE    4u /* descriptors beyond the queue size in a table that has too many */
#define FAR_ADDRESS  (UINT64_C(1) << 46) /* where nobody has memory */
#define HIGH_ADDRESS (UINT64_C(1) << 63)

/* Descriptors on their way into a table. `next` counts from the table's start. */
struct list {
	struct vs_split_descriptor d[VS_SHAPE_LIST];
	uint8_t next[VS_SHAPE_LIST]; /* enum vs_shape_next */
	unsigned count;
	uint32_t places; /* of the table that it goes to */
};

static const struct vs_element *element(const struct vs_request *request, bool writable)
{
	for (unsigned i = 0; i < request->count; i++)
		if (request->elements[i].writable == writable)
			return &request->elements[i];
	return NULL;
}

static struct vs_split_descriptor own_memory(struct vs_ctx *t, bool writable)
{
	return (struct vs_split_descriptor){
		.addr = vs_dma_address(t->s, vs_take_memory(t, SPARE_SIZE, 16)),
		.len = SPARE_SIZE,
		.flags = writable ? VIRTQ_DESC_F_WRITE : 0,
	};
}

static struct vs_split_descriptor describe(struct vs_session *s, const struct vs_element *e)
{
	return (struct vs_split_descriptor){
		.addr = vs_dma_address(s, e->at),
		.len = e->size,
		.flags = e->writable ? VIRTQ_DESC_F_WRITE : 0,
	};
}

/* A table with the request as it ought to be. */
static struct vs_split_descriptor plain_table(struct vs_ctx *t, const struct vs_request *request)
{
	uint8_t *table = vs_take_memory(t, (size_t)request->count * VIRTQ_DESC_SIZE, 16);

	for (unsigned i = 0; i < request->count; i++) {
		struct vs_split_descriptor d = describe(t->s, &request->elements[i]);

		if (i + 1 < request->count) {
			d.flags |= VIRTQ_DESC_F_NEXT;
			d.next = (uint16_t)(i + 1);
		}
		vs_split_descriptor_at(t->s, table + (size_t)i * VIRTQ_DESC_SIZE, d);
	}
	return (struct vs_split_descriptor){ .addr = vs_dma_address(t->s, table),
					     .len = request->count * VIRTQ_DESC_SIZE,
					     .flags = VIRTQ_DESC_F_INDIRECT };
}

/* The descriptor of a part before it is bent; false where the request has no such part. */
static bool unbent(struct vs_ctx *t, const struct vs_request *request, enum vs_shape_part part,
		   struct vs_split_descriptor *d)
{
	const struct vs_element *out = element(request, false), *in = element(request, true), *e;

	switch (part) {
	case VS_PART_SPARE:
	case VS_PART_ANSWER:
		*d = own_memory(t, part == VS_PART_ANSWER);
		return true;
	case VS_PART_TABLE:
		*d = plain_table(t, request);
		return true;
	case VS_PART_SELF: /* once it is known where that is */
		*d = (struct vs_split_descriptor){ .flags = VIRTQ_DESC_F_INDIRECT };
		return true;
	case VS_PART_FIRST:
		e = out && in ? out : NULL;
		break;
	case VS_PART_LAST:
		e = in ? in : out;
		break;
	default:
		e = part == VS_PART_OUT ? out : in;
		break;
	}
	if (e)
		*d = describe(t->s, e);
	return e != NULL;
}

static void bend(struct vs_split_descriptor *d, unsigned place, unsigned length)
{
	if (length == VS_LENGTH_ZERO)
		d->len = 0;
	else if (length == VS_LENGTH_MUCH)
		d->len = VS_SHAPE_MUCH;
	else if (length == VS_LENGTH_HALF)
		d->len = UINT32_C(1) << 31;
	else if (length == VS_LENGTH_MOST)
		d->len = UINT32_MAX;
	if (place == VS_PLACE_OUTSIDE)
		d->addr = FAR_ADDRESS;
	else if (place == VS_PLACE_HIGH)
		d->addr = HIGH_ADDRESS;
	else if (place == VS_PLACE_WRAPS)
		d->addr = UINT64_MAX;
	else if (place == VS_PLACE_HALFWAY)
		d->addr = UINT64_MAX - d->len / 2;
}

static uint16_t place_number(unsigned next, unsigned i, uint32_t places)
{
	switch (next) {
	case VS_NEXT_SIZE:
		return (uint16_t)places;
	case VS_NEXT_MOST:
		return UINT16_MAX;
	case VS_NEXT_ITSELF:
		return (uint16_t)i;
	case VS_NEXT_FIRST:
		return 0;
	default:
		return (uint16_t)(i + 1);
	}
}

static bool is_plain(const struct vs_shape_descriptor *d)
{
	return !d->place && !d->length && !d->next;
}

/* False where a part to be bent is not there, or there is nothing at all. */
static bool fill(struct vs_ctx *t, const struct vs_shape *shape, const struct vs_request *request,
		 struct list *list)
{
	for (unsigned i = 0; i < VS_SHAPE_LIST && shape->list[i].part; i++) {
		const struct vs_shape_descriptor *from = &shape->list[i];
		struct vs_split_descriptor *d = &list->d[list->count];

		if (unbent(t, request, from->part, d)) {
			bend(d, from->place, from->length);
			list->next[list->count++] = from->next;
		} else if (!is_plain(from)) {
			return false;
		}
	}
	return list->count > 0;
}

/* Chains the list, once it is known how long it is. */
static void chain(struct list *list)
{
	for (unsigned i = 0; i < list->count; i++) {
		if (i + 1 == list->count && !list->next[i])
			continue;
		list->d[i].flags |= VIRTQ_DESC_F_NEXT;
		list->d[i].next = place_number(list->next[i], i, list->places);
	}
}

/* Writes the list as an indirect table and makes it the descriptor that refers to it. */
static void into_table(struct vs_ctx *t, const struct vs_shape *shape, struct list *list)
{
	size_t size = (size_t)list->count * VIRTQ_DESC_SIZE;
	uint8_t *table = vs_take_memory(t, size + 1, 16);
	struct vs_split_descriptor d = { .flags = VIRTQ_DESC_F_INDIRECT };

	if (shape->table_place == VS_PLACE_ODD)
		table++;
	d.addr = vs_dma_address(t->s, table);
	d.len = (uint32_t)((int64_t)size + shape->table_more);
	list->places = list->count;
	chain(list);
	for (unsigned i = 0; i < list->count; i++) {
		if (!list->d[i].addr && list->d[i].flags & VIRTQ_DESC_F_INDIRECT) {
			list->d[i].addr = d.addr;
			list->d[i].len = d.len;
		}
		vs_split_descriptor_at(t->s, table + (size_t)i * VIRTQ_DESC_SIZE, list->d[i]);
	}
	bend(&d, shape->table_place, shape->table_length);
	list->d[0] = d;
	list->count = 1;
}

/* The same for a table that is filled up, between the first element and the last. */
static void into_long_table(struct vs_ctx *t, struct list *list)
{
	uint32_t count = list->places + LONG_MORE;
	uint8_t *table = vs_take_memory(t, (size_t)count * VIRTQ_DESC_SIZE, 16);
	struct vs_split_descriptor spare = own_memory(t, list->d[0].flags & VIRTQ_DESC_F_WRITE);

	for (uint32_t i = 0; i < count; i++) {
		struct vs_split_descriptor d = spare;

		if (i + 1 == count) {
			d = list->d[list->count - 1];
		} else {
			if (i == 0 && list->count > 1)
				d = list->d[0];
			d.flags |= VIRTQ_DESC_F_NEXT;
			d.next = (uint16_t)(i + 1);
		}
		vs_split_descriptor_at(t->s, table + (size_t)i * VIRTQ_DESC_SIZE, d);
	}
	list->d[0] = (struct vs_split_descriptor){ .addr = vs_dma_address(t->s, table),
						   .len = count * VIRTQ_DESC_SIZE,
						   .flags = VIRTQ_DESC_F_INDIRECT };
	list->count = 1;
}

/* A split ring: the list from place 0 on, its head in the available ring. */
static void publish_split(struct vs_queue *q, const struct vs_shape *shape, const struct list *list)
{
	unsigned times = shape->often ? q->size : shape->flood ? 2 : 1;
	uint16_t head = shape->head ? place_number(shape->head, 0, q->size) : 0;

	for (unsigned i = 0; i < list->count; i++)
		vs_split_descriptor(q, i, list->d[i]);
	while (times-- > 0)
		vs_split_publish(q, head);
}

bool vs_shape_offer(struct vs_ctx *t, const struct vs_shape *shape, struct vs_request *request)
{
	struct list list = { .count = 0 };

	vs_make_request(t, request);
	if (!fill(t, shape, request, &list))
		return false;
	list.places = request->q->size;
	if (shape->overlong)
		into_long_table(t, &list);
	else if (shape->indirect)
		into_table(t, shape, &list);
	else
		chain(&list);
	publish_split(request->q, shape, &list);
	vs_queue_notify(request->q);
	return true;
}

void vs_shape_rewrite(struct vs_queue *q, unsigned i, const struct vs_element *element,
		      const struct vs_shape_descriptor *bent)
{
	struct vs_split_descriptor d = describe(q->s, element);

	bend(&d, bent->place, bent->length);
	if (bent->next) {
		d.flags |= VIRTQ_DESC_F_NEXT;
		d.next = place_number(bent->next, i, q->size);
	}
	vs_split_descriptor(q, i, d);
}
