/* SPDX-License-Identifier: BSD-3-Clause */
/* What a lapse does to the accesses and moments of the driver. Without a lapse: nothing. */
#include "drivers/reference/lapse.h"

#include <stdlib.h>
#include <string.h>

#include "drivers/reference/life.h"

static bool inside(const struct vs_cap *cap, const struct lapse_access *a)
{
	if (!cap || cap->bar != a->region || a->offset < cap->offset)
		return false;
	return a->offset - cap->offset < cap->length;
}

/* Which field of common configuration, or of the legacy header, an access starts in. */
static void find_field(const struct vs_session *s, struct lapse_access *a)
{
	const struct vs_common_field_info *fields =
		s->view == VS_VIEW_LEGACY ? vs_legacy_fields : vs_common_fields;

	for (int i = 0; i < VS_FIELD_COUNT; i++) {
		if (!fields[i].width || a->at < fields[i].offset ||
		    a->at >= (uint64_t)fields[i].offset + fields[i].width)
			continue;
		a->field = i;
		a->high = fields[i].width == 8 && a->at >= fields[i].offset + 4u;
	}
}

static void find_place(const struct ref_life *life, struct lapse_access *a)
{
	const struct vs_session *s = &life->s;
	/* On the legacy interface the header has the other three inside it: they come first. */
	const struct {
		const struct vs_cap *cap;
		enum lapse_place place;
	} places[] = {
		{ s->notify, LAPSE_NOTIFY },
		{ s->isr, LAPSE_ISR },
		{ s->device, LAPSE_DEVICE },
		{ s->common, LAPSE_COMMON },
	};

	a->field = -1;
	a->at = a->offset;
	if (a->region == LAPSE_CONFIG_SPACE) {
		a->place = LAPSE_CONFIG;
		return;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!inside(places[i].cap, a))
			continue;
		a->place = places[i].place;
		a->at = a->offset - places[i].cap->offset;
		if (a->place == LAPSE_COMMON)
			find_field(s, a);
		return;
	}
	if (life->fn.msix_vectors && a->region == life->fn.msix_bar &&
	    a->offset >= life->fn.msix_table) {
		a->place = LAPSE_MSIX;
		a->at = a->offset - life->fn.msix_table;
	}
}

static uint64_t *remembered(struct lapse_run *l, const struct lapse_access *a, bool **written)
{
	int column = a->field >= 0 ? a->field : VS_FIELD_COUNT;

	*written = &l->written[a->place][column];
	return &l->last[a->place][column];
}

/* A write is remembered, and what is read of a field that was never written. */
static void remember(struct lapse_run *l, const struct lapse_access *a)
{
	bool *written;
	uint64_t *last = remembered(l, a, &written);

	if (a->write)
		*written = true;
	if (a->write || !*written)
		*last = a->value;
}

void lapse_ordinary_access(struct lapse_run *l, struct lapse_access *a)
{
	ref_bus_access(l->life, a);
}

static bool names(const struct lapse_row *row, const struct lapse_run *l,
		  const struct lapse_access *a)
{
	if (!(a->write ? row->writes : row->reads) || row->place != a->place)
		return false;
	if (row->field != LAPSE_ANY && row->field != a->field)
		return false;
	if (row->with && row->with != l->value + 1)
		return false;
	return !row->in || (row->in >> l->moment & 1);
}

static void hold(struct lapse_run *l, const struct lapse_access *a, uint8_t until)
{
	if (l->held_count == LAPSE_HELD)
		return;
	l->held[l->held_count] = *a;
	l->held[l->held_count++].at = until;
}

static void let_go(struct lapse_run *l, enum lapse_moment moment)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < l->held_count; i++) {
		if (l->held[i].at == moment)
			ref_bus_access(l->life, &l->held[i]);
		else
			l->held[kept++] = l->held[i];
	}
	l->held_count = kept;
}

static void in_pieces(struct lapse_run *l, struct lapse_access *a, unsigned width)
{
	uint64_t whole = 0;

	for (unsigned at = 0; at < a->width; at += width) {
		struct lapse_access piece = *a;

		piece.offset += at;
		piece.width = width;
		piece.value = a->value >> 8 * at;
		ref_bus_access(l->life, &piece);
		whole |= piece.value << 8 * at;
	}
	a->value = a->write ? a->value : whole;
}

/* The answer to a read that is not done, or not heeded. */
static uint64_t imagine(struct lapse_run *l, const struct lapse_row *row,
			const struct lapse_access *a)
{
	bool *written;
	uint64_t last = *remembered(l, a, &written);

	return row->has_value ? row->value : last;
}

static void follow(struct lapse_run *l, const struct lapse_row *row, struct lapse_access *a)
{
	struct lapse_access plain = *a;

	switch ((enum lapse_how)row->how) {
	case LAPSE_SKIP:
		if (!a->write)
			a->value = imagine(l, row, a);
		return;
	case LAPSE_DEAF:
		ref_bus_access(l->life, a);
		if (!a->write)
			a->value = imagine(l, row, a);
		return;
	case LAPSE_PIECES:
		in_pieces(l, a, row->width);
		return;
	case LAPSE_LATE:
		hold(l, a, row->until);
		return;
	case LAPSE_TWICE:
		ref_bus_access(l->life, &plain);
		break;
	case LAPSE_WIDE:
		plain.width = row->width;
		break;
	case LAPSE_BITS:
		plain.value = (a->value & ~row->clear) | row->value;
		break;
	case LAPSE_MOVE:
		plain.offset += row->value;
		break;
	case LAPSE_BEFORE:
		lapse_write(l, (enum vs_common_field)row->other, row->value);
		break;
	default:
		break;
	}
	if (row->how == LAPSE_BITS && !a->write) {
		ref_bus_access(l->life, a);
		a->value = (a->value & ~row->clear) | row->value;
		return;
	}
	if (row->how == LAPSE_TWICE)
		plain = *a;
	ref_bus_access(l->life, &plain);
	if (row->how == LAPSE_AFTER)
		lapse_write(l, (enum vs_common_field)row->other, row->value);
	if (!a->write)
		a->value = plain.value;
}

static const struct lapse_row *row_for(struct lapse_run *l, const struct lapse_access *a)
{
	const struct lapse_row *found = NULL;

	for (unsigned i = 0; i < LAPSE_ROWS && l->lapse->rows[i].how != LAPSE_NONE; i++) {
		const struct lapse_row *row = &l->lapse->rows[i];

		if (!names(row, l, a))
			continue;
		l->counts[i]++;
		if (!found && (!row->nth || row->nth == l->counts[i]))
			found = row;
	}
	return found;
}

void lapse_access(struct lapse_run *l, struct lapse_access *a)
{
	const struct lapse_row *row;

	if (!l->lapse || l->busy) {
		ref_bus_access(l->life, a);
		return;
	}
	find_place(l->life, a);
	row = row_for(l, a);
	l->busy = true;
	if (a->write)
		remember(l, a);
	if (row)
		follow(l, row, a);
	else if (l->lapse->access)
		l->lapse->access(l, a);
	else
		ref_bus_access(l->life, a);
	if (!a->write)
		remember(l, a);
	l->busy = false;
}

uint64_t lapse_read(struct lapse_run *l, enum vs_common_field field)
{
	struct vs_session *s = &l->life->s;
	bool busy = l->busy;
	uint64_t value;

	l->busy = true;
	value = s->common ? vs_get(s, field) : 0;
	l->busy = busy;
	return value;
}

void lapse_write(struct lapse_run *l, enum vs_common_field field, uint64_t value)
{
	struct vs_session *s = &l->life->s;
	bool busy = l->busy;

	l->busy = true;
	if (s->common)
		vs_set(s, field, value);
	l->busy = busy;
}

static void act(struct lapse_run *l, const struct lapse_act *act)
{
	struct vs_session *s = &l->life->s;
	struct vs_queue *q = l->q ? l->q : s->queues;

	if (act->with && act->with != l->value + 1)
		return;
	if (act->notifies && q && s->notify)
		vs_queue_notify(q);
	else if (act->reads)
		lapse_read(l, (enum vs_common_field)act->field);
	else if (!act->notifies)
		lapse_write(l, (enum vs_common_field)act->field, act->value);
}

void lapse_moment(struct lapse_run *l, enum lapse_moment moment, struct vs_queue *q)
{
	bool busy = l->busy;

	l->moment = moment;
	if (!l->lapse)
		return;
	l->q = q;
	l->busy = true;
	let_go(l, moment);
	for (unsigned i = 0; i < LAPSE_ACTS && l->lapse->acts[i].acts; i++)
		if (l->lapse->acts[i].when == moment)
			act(l, &l->lapse->acts[i]);
	if (l->lapse->at)
		l->lapse->at(l, moment);
	l->busy = busy;
}

uint64_t lapse_number(const struct lapse_run *l)
{
	return strtoull(l->text, NULL, 0);
}

int lapse_ordinary_offer(struct lapse_run *l, const struct vs_element *elements, unsigned count,
			 bool indirect)
{
	return l->q->ring->offer(l->q, elements, count, indirect);
}

void lapse_ordinary_interrupts(struct lapse_run *l, bool wanted)
{
	l->q->ring->interrupts(l->q, wanted);
}
