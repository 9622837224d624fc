/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver/guard.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "driver/queue.h"

#define SHOWN 8u /* bytes of a breach */

void vs_guard_add(struct vs_session *s, struct vs_grant grant)
{
	if (!s->bus->shadow)
		return;
	if (s->grant_count == s->grant_room) {
		unsigned room = s->grant_room ? 2 * s->grant_room : 16;
		struct vs_grant *grants = vs_session_alloc(s, room * sizeof(*grants));

		if (!grants)
			return; /* one that is not watched */
		if (s->grant_count)
			memcpy(grants, s->grants, s->grant_count * sizeof(*grants));
		s->grants = grants;
		s->grant_room = room;
	}
	s->grants[s->grant_count++] = grant;
}

static const char *area_name(unsigned area)
{
	static const char *const names[VS_AREA_COUNT] = { "descriptor area", "driver area",
							  "device area" };

	return names[area];
}

static void name_grant(const struct vs_session *s, const struct vs_grant *grant, char *text,
		       size_t size)
{
	const uint8_t *at = s->bus->dma.host + grant->at;

	for (unsigned i = 0; i < s->queue_count; i++) {
		for (unsigned area = 0; area < VS_AREA_COUNT; area++) {
			if (s->queues[i].area[area] == at) {
				snprintf(text, size, "%s of queue %u", area_name(area),
					 s->queues[i].index);
				return;
			}
		}
	}
	snprintf(text, size, "buffer of %zu bytes", grant->size);
}

static void place(const struct vs_grant *grant, size_t at, char *text, size_t size)
{
	size_t behind = grant->at + grant->size;

	if (at < grant->at)
		snprintf(text, size, "%zu before it", grant->at - at);
	else if (at >= behind)
		snprintf(text, size, "%zu behind its end", at - behind);
	else
		snprintf(text, size, "byte %zu of it", at - grant->at);
}

static void describe(struct vs_session *s, const struct vs_grant *grant, size_t at, size_t end)
{
	const volatile uint8_t *host = s->bus->dma.host;
	struct vs_breach *breach = &s->breach;
	char where[48], bytes[3 * SHOWN + 1] = "";
	unsigned count = 0;

	breach->found = true;
	name_grant(s, grant, breach->where, sizeof(breach->where));
	place(grant, at, where, sizeof(where));
	for (size_t i = at; i < end; i++)
		count += host[i] != s->bus->shadow[i];
	for (unsigned i = 0; i < SHOWN && at + i < end; i++)
		snprintf(bytes + (size_t)3 * i, 4, " %02x", host[at + i]);
	snprintf(breach->text, sizeof(breach->text),
		 "%u byte(s) changed, from address %#" PRIx64 " (%s) on:%s", count,
		 s->bus->dma.address + at, where, bytes);
}

/* Whether [at, end) is as the driver left it; else what happened, as seen from the grant. */
static bool look(struct vs_session *s, const struct vs_grant *grant, size_t at, size_t end)
{
	const uint8_t *host = s->bus->dma.host, *shadow = s->bus->shadow;

	if (memcmp(host + at, shadow + at, end - at) == 0)
		return true;
	while (at < end && host[at] == shadow[at])
		at++;
	if (at < end)
		describe(s, grant, at, end);
	return false;
}

/* A zone between two is looked at from the end of the first, halfway. */
static bool look_around(struct vs_session *s, unsigned i)
{
	const struct vs_grant *grant = &s->grants[i], *next = grant + 1;
	bool shared = i > 0 && grant[-1].at + grant[-1].size == grant->from;
	size_t end = grant->at + grant->size, limit = end + VS_GUARD_SIZE;

	if (i + 1 < s->grant_count && next->from == end)
		limit = end + (next->at - end) / 2;
	return look(s, grant, shared ? grant->at - (grant->at - grant->from + 1) / 2 : grant->from,
		    grant->at) &&
	       look(s, grant, end, limit);
}

/* Areas that the device only reads: those of the driver, the descriptors of a split ring. */
static bool look_at_areas(struct vs_session *s, const struct vs_grant *grant)
{
	for (unsigned i = 0; i < s->queue_count; i++) {
		const struct vs_queue *q = &s->queues[i];

		for (unsigned area = 0; area < VS_AREA_DEVICE; area++) {
			size_t at = (size_t)(q->area[area] - s->bus->dma.host);

			/* On the legacy interface one grant has all three. */
			if (at < grant->at || at >= grant->at + grant->size ||
			    (area == VS_AREA_DESC && q->ring != &vs_split_ring))
				continue;
			if (!look(s, grant, at, at + q->ring->area_size(q, area)))
				return false;
		}
	}
	return true;
}

void vs_guard_look(struct vs_session *s)
{
	const struct vs_grant *first = s->grants, *last;

	if (!s->bus->shadow || s->breach.found || !s->grant_count)
		return;
	last = &s->grants[s->grant_count - 1];
	if (vs_bus_pull(s->bus, s->bus->dma.host + first->from,
			last->at + last->size + VS_GUARD_SIZE - first->from) &&
	    s->bus->ops->pull)
		return;
	for (unsigned i = 0; i < s->grant_count; i++)
		if (!look_around(s, i) || !look_at_areas(s, &s->grants[i]))
			return;
}
