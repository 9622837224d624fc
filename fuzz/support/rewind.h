/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A mock device put back to a moment in its life, faster than by power-on: the parts of its state
 * that a driver can change are copied back.
 */
#ifndef FUZZ_REWIND_H
#define FUZZ_REWIND_H

#include <stddef.h>
#include <stdint.h>

struct mock;

#define REWIND_PIECES 16u

struct rewind_piece {
	void *at;
	void *copy;
	size_t size;
};

struct rewind {
	struct rewind_piece pieces[REWIND_PIECES];
	unsigned count;
	unsigned looked_at; /* behind the pieces put back: two more, only to compare with */
};

/* As made: also what survives a power-on. */
void rewind_wipe(struct mock *mock);
/* Remembers the device as it is now, which must not hold any buffers, and other bytes of the
 * caller's. What it takes is never given back. */
void rewind_take(struct rewind *rewind, struct mock *mock, void *more, size_t size);
/* Puts all that back. */
void rewind_back(const struct rewind *rewind, struct mock *mock);
/* Ends the process through the oracle "leak" when something of the device is not as it was. */
void rewind_audit(const struct rewind *rewind);

#endif
