/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers that no driver can mean, as data: a benign request of the device's type, bent in one
 * place. How the descriptors get into a ring is one function for each ring format.
 */
#ifndef VS_RING_SHAPES_H
#define VS_RING_SHAPES_H

#include "engine/check.h"

#define VS_SHAPE_LIST 4u /* descriptors of one */

#define VS_SHAPE_MUCH 16384u

/* What a descriptor describes, before it is bent. Parts that the request does not have vanish. */
enum vs_shape_part {
	VS_PART_NONE,
	VS_PART_FIRST,  /* the device-readable part, where a writable one follows it */
	VS_PART_LAST,   /* the last part: the writable one, or the only one */
	VS_PART_OUT,    /* the device-readable part */
	VS_PART_IN,     /* the device-writable part */
	VS_PART_SPARE,  /* some bytes of its own, device-readable */
	VS_PART_ANSWER, /* some bytes of its own, device-writable */
	VS_PART_TABLE,  /* an indirect table with the request in it */
	VS_PART_SELF,   /* the indirect table that this descriptor is in */
};

/* Where it says that this is. */
enum vs_shape_place {
	VS_PLACE_OWN,
	VS_PLACE_OUTSIDE, /* far above all memory */
	VS_PLACE_HIGH,    /* as far above as an address can say, without wrapping */
	VS_PLACE_WRAPS,   /* the first byte is the last of the address space */
	VS_PLACE_HALFWAY, /* wraps in its middle */
	VS_PLACE_ODD,     /* where it is, which is an odd address */
};

/* How long. */
enum vs_shape_length {
	VS_LENGTH_OWN,
	VS_LENGTH_ZERO,
	VS_LENGTH_SAME, /* its own; but then the part has to be there */
	VS_LENGTH_MUCH, /* VS_SHAPE_MUCH: more than any request, and soon filled */
	VS_LENGTH_HALF, /* of what 32 bits can count */
	VS_LENGTH_MOST, /* what 32 bits can say */
};

/* What follows. */
enum vs_shape_next {
	VS_NEXT_OWN,
	VS_NEXT_SIZE, /* the first place that its table does not have */
	VS_NEXT_MOST, /* 65535 */
	VS_NEXT_ITSELF,
	VS_NEXT_FIRST, /* the beginning */
};

struct vs_shape_descriptor {
	uint8_t part, place, length, next;
};

struct vs_shape {
	uint16_t rule;    /* VS_RULE_… */
	const char *blow; /* "a head that …" */
	struct vs_shape_descriptor list[VS_SHAPE_LIST];
	uint8_t head; /* enum vs_shape_next: what the available ring names */
	bool often;   /* offered as often as the queue has places, not once */
	bool flood;   /* offered twice */
	/* The list stands in an indirect table, and this is how the ring refers to it. */
	bool indirect;
	bool overlong; /* with more descriptors in it than the queue has places */
	uint8_t table_place, table_length;
	int8_t table_more; /* bytes beyond its length */
};

/*
 * Puts the shape into the queue, publishes it and notifies; *request is what it was made from.
 * False where the device's request has no part that could be bent so.
 */
bool vs_shape_offer(struct vs_ctx *t, const struct vs_shape *shape, struct vs_request *request);

/* Writes descriptor i of the queue anew: the element, last of its chain, bent; to nothing bent, as
 * it was. */
void vs_shape_rewrite(struct vs_queue *q, unsigned i, const struct vs_element *element,
		      const struct vs_shape_descriptor *bent);

#endif
