/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Watch over DMA memory that nobody gave to the device: a zone before and behind all that a session
 * hands out, and the rings that only the driver writes.
 *
 * What ought to stand there is what the driver wrote last: vs_bus_push keeps that in bus->shadow.
 * Without a shadow nothing is watched.
 */
#ifndef VS_GUARD_H
#define VS_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of each zone. What stands in them is no address of anything, and no size that fits. */
#define VS_GUARD_SIZE 64u
#define VS_GUARD_BYTE 0xa5

struct vs_session;

/* Memory that was handed out, by offset: [at, at + size). [from, at) before it is a zone. */
struct vs_grant {
	size_t from, at, size;
};

/* The first write found where none may be. */
struct vs_breach {
	bool found;
	char where[80];
	char text[200];
};

/* Notes memory that was handed out. Zones have been filled, the one behind it as well. */
void vs_guard_add(struct vs_session *s, struct vs_grant grant);

/* Looks at everything that is watched; what it finds goes to s->breach. */
void vs_guard_look(struct vs_session *s);

#endif
