/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/mutate.h"

#include <stdbool.h>
#include <string.h>

#define RECORD_MAX 256u /* bytes of a record that are handled as one */

struct work {
	const struct fuzz_shape *shape;
	uint8_t *data;
	size_t size, most;
	uint32_t random;
	fuzz_bytes_mutator *bytes;
};

static uint32_t next_random(uint32_t *state)
{
	uint32_t x = *state ? *state : 0x9e3779b9u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}

static size_t below(struct work *w, size_t limit)
{
	return limit ? next_random(&w->random) % limit : 0;
}

/* Records that are there as a whole. */
static size_t records(const struct work *w)
{
	return w->size > w->shape->head ? (w->size - w->shape->head) / w->shape->record : 0;
}

static uint8_t *record_at(const struct work *w, size_t number)
{
	return w->data + w->shape->head + number * w->shape->record;
}

/* Whole records only; a head that is not there reads as zeroes, so it can as well be. */
static bool straighten(struct work *w)
{
	size_t head = w->shape->head;

	if (w->size >= head) {
		w->size = head + records(w) * w->shape->record;
		return true;
	}
	if (w->most < head)
		return false;
	memset(w->data + w->size, 0, head - w->size);
	w->size = head;
	return true;
}

static bool make_room(struct work *w, size_t at, size_t count)
{
	size_t record = w->shape->record, have = records(w);

	if (count > (w->most - w->shape->head) / record - have)
		return false;
	memmove(record_at(w, at + count), record_at(w, at), (have - at) * record);
	w->size += count * record;
	return true;
}

static void put_field(const struct fuzz_field *field, uint8_t *record, uint64_t value)
{
	for (unsigned i = 0; i < field->width; i++)
		record[field->at + i] = (uint8_t)(value >> 8 * i);
}

static void change_field(struct work *w, const struct fuzz_field *field, uint8_t *record)
{
	size_t choice = below(w, field->like_count + 3);
	uint64_t value = 0;

	if (choice < field->like_count) {
		put_field(field, record, field->likes[choice]);
		return;
	}
	for (unsigned i = field->width; i--;)
		value = value << 8 | record[field->at + i];
	if (choice == field->like_count)
		value += below(w, 2) ? 1 : UINT64_MAX;
	else if (choice == field->like_count + 1)
		value ^= UINT64_C(1) << below(w, (size_t)8 * field->width);
	else
		value = (uint64_t)next_random(&w->random) << 32 | next_random(&w->random);
	put_field(field, record, value);
}

static void insert_record(struct work *w)
{
	size_t at = below(w, records(w) + 1);

	if (!make_room(w, at, 1))
		return;
	memset(record_at(w, at), 0, w->shape->record);
	for (unsigned i = 0; i < w->shape->field_count; i++)
		change_field(w, &w->shape->fields[i], record_at(w, at));
}

static void remove_records(struct work *w)
{
	size_t have = records(w), at = below(w, have), count = 1 + below(w, 4);

	if (count > have - at)
		count = have - at;
	memmove(record_at(w, at), record_at(w, at + count), (have - at - count) * w->shape->record);
	w->size -= count * w->shape->record;
}

/* A stretch of records once more, somewhere. */
static void repeat_records(struct work *w)
{
	size_t have = records(w), from = below(w, have), count = 1 + below(w, 4);
	size_t to = below(w, have + 1);
	uint8_t copy[4 * RECORD_MAX];

	if (count > have - from)
		count = have - from;
	memcpy(copy, record_at(w, from), count * w->shape->record);
	if (make_room(w, to, count))
		memcpy(record_at(w, to), copy, count * w->shape->record);
}

static void exchange_records(struct work *w)
{
	uint8_t *a = record_at(w, below(w, records(w))), *b = record_at(w, below(w, records(w)));
	uint8_t copy[RECORD_MAX];

	memcpy(copy, a, w->shape->record);
	memmove(a, b, w->shape->record);
	memcpy(b, copy, w->shape->record);
}

static void change_bytes(struct work *w)
{
	uint8_t *record = record_at(w, below(w, records(w)));
	size_t size = w->bytes(record, w->shape->record, w->shape->record);

	if (size < w->shape->record)
		memset(record + size, 0, w->shape->record - size);
}

static void change_record(struct work *w)
{
	const struct fuzz_shape *shape = w->shape;

	if (!shape->field_count)
		change_bytes(w);
	else
		change_field(w, &shape->fields[below(w, shape->field_count)],
			     record_at(w, below(w, records(w))));
}

static void change_head(struct work *w)
{
	const struct fuzz_shape *shape = w->shape;

	if (shape->head_field_count)
		change_field(w, &shape->head_fields[below(w, shape->head_field_count)], w->data);
	else if (shape->head)
		w->bytes(w->data, shape->head, shape->head);
}

static void change_once(struct work *w)
{
	static void (*const changes[])(struct work *) = {
		insert_record,  insert_record,    remove_records, repeat_records,
		repeat_records, exchange_records, change_bytes,   change_record,
		change_record,  change_record,    change_record,  change_head,
	};
	void (*change)(struct work *) = changes[below(w, sizeof(changes) / sizeof(changes[0]))];

	if (records(w) || change == change_head)
		change(w);
	else
		insert_record(w);
}

size_t fuzz_mutate(const struct fuzz_shape *shape, uint8_t *data, size_t size, size_t most,
		   uint32_t seed, fuzz_bytes_mutator *bytes)
{
	struct work w = { shape, data, size, most, seed * 2654435761u + 1, bytes };
	size_t choice = below(&w, 16);

	if (shape->record && shape->record <= RECORD_MAX && choice >= 2 && straighten(&w))
		for (size_t i = 1 + below(&w, 3); i--;)
			change_once(&w);
	else
		w.size = bytes(data, size, most);
	if (shape->mend && choice % 4 == 3)
		shape->mend(data, w.size, next_random(&w.random));
	return w.size;
}

size_t fuzz_cross(const struct fuzz_shape *shape, const uint8_t *a, size_t a_size, const uint8_t *b,
		  size_t b_size, uint8_t *out, size_t most, uint32_t seed)
{
	size_t unit = shape->record ? shape->record : 1, head = shape->head;
	size_t a_count = a_size > head ? (a_size - head) / unit : 0;
	size_t b_count = b_size > head ? (b_size - head) / unit : 0;
	struct work w = { .random = seed * 2654435761u + 1 };
	size_t size = 0, i = 0, j = 0;

	if (a_size < head || b_size < head || most < head)
		return 0; /* the fuzzer goes on without */
	if (head)
		memcpy(out, below(&w, 2) ? a : b, head);
	size = head;
	/* A stretch of the one, a stretch of the other, … */
	for (bool first = below(&w, 2); i < a_count || j < b_count; first = !first) {
		size_t have = first ? a_count : b_count, *at = first ? &i : &j;
		size_t count = 1 + below(&w, have + 1), left = have - *at;

		if (count > left)
			count = left;
		if (count > (most - size) / unit)
			break;
		if (count)
			memcpy(out + size, (first ? a : b) + head + *at * unit, count * unit);
		size += count * unit;
		*at += count;
		/* Sometimes what stands at this place in the other one is left out. */
		if (below(&w, 2))
			*(first ? &j : &i) += below(&w, count + 1);
		if (i > a_count)
			i = a_count;
		if (j > b_count)
			j = b_count;
	}
	return size;
}
