/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of a packed ring, laid out by hand: the driver's side counts them as its own, and what they
 * say, and when, is up to the check.
 */
#ifndef VS_PACKED_LIST_H
#define VS_PACKED_LIST_H

#include "device/rings.h"

/* What the AVAIL and USED bits of its descriptors say. */
enum vs_list_state {
	VS_LIST_AVAILABLE,
	/* As left over from the round before: by a list that was used, at its first place, and at
	 * the others, which a used descriptor skips (2.8.6). */
	VS_LIST_LEFT_USED,
	VS_LIST_LEFT_SKIPPED,
};

struct vs_list {
	struct vs_queue *q;
	const struct vs_element *elements;
	unsigned count;
	uint16_t id;     /* of the last descriptor */
	uint16_t others; /* what stands there in those before it */
	uint16_t place;  /* of the first */
	bool wrap;
};

/* Takes the next places of the ring for it and an id, and writes nothing. Or blocks. */
void vs_list_begin(struct vs_ctx *t, struct vs_list *list, struct vs_queue *q,
		   const struct vs_element *elements, unsigned count);
/* Writes its descriptors, the first one last. */
void vs_list_write(const struct vs_list *list, enum vs_list_state state);

/* The session's queue that carries requests. */
struct vs_queue *vs_packed_queue(struct vs_ctx *t);

/* Whether the descriptor at a place is used in the round of this wrap counter. */
bool vs_packed_is_used(struct vs_queue *q, unsigned place, bool wrap);

/* A plain request; as one descriptor that refers to a table where `indirect` is set. Its id, or
 * blocks. */
int vs_offer_request(struct vs_ctx *t, struct vs_request *request, bool indirect);
/* Whether the next used buffer comes, notified of once more before it is given up; a device that
 * has given up is not waited for. */
bool vs_packed_comes_back(struct vs_ctx *t, struct vs_queue *q, struct vs_used *used);

/*
 * Sends requests, directly or by a table, until the driver goes on filling at this place of a round
 * with this wrap counter; or blocks. False where requests take more places than can be made up of.
 */
bool vs_packed_go_to(struct vs_ctx *t, struct vs_queue *q, unsigned place, bool wrap);

#endif
