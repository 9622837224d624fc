/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Benign requests cut into pieces, and what every ring format asks of the buffers that carry them.
 * Nothing here knows the format: it goes through q->ring.
 */
#ifndef VS_RINGS_H
#define VS_RINGS_H

#include "engine/check.h"

/* A device may limit the elements of a buffer (2.7.4.1); so many have to do. */
#define VS_PIECES_MAX 64u

/* How the readable or the writable part of a request is cut. */
enum vs_cut {
	VS_CUT_WHOLE,
	VS_CUT_HALVES,
	VS_CUT_FIRST,      /* the first byte alone */
	VS_CUT_LAST,       /* the last byte alone */
	VS_CUT_BYTES,      /* byte by byte; what is left when the room ends, in one */
	VS_CUT_LAST_BYTES, /* the same from the end */
	VS_CUT_UNEVEN,
};

/* A request in pieces, no two of which adjoin in memory. */
struct vs_message {
	const struct vs_request_kind *kind;
	struct vs_queue *q;
	struct vs_element pieces[VS_PIECES_MAX];
	unsigned count, readable; /* [0, readable) are for the device to read */
	unsigned round;           /* which filling the writable pieces have */
	uint8_t *answer;          /* the writable bytes in one, once it is back */
	struct vs_used used;
};

/* What the writable byte `i` holds before the device gets it. Differs between rounds 0 to 3. */
uint8_t vs_filling(unsigned round, uint32_t i);

/* Makes one, or blocks. With less room for pieces than asked for, the last is longer. */
void vs_cut_message(struct vs_ctx *t, struct vs_message *m, enum vs_cut out, enum vs_cut in,
		    unsigned round);
/* Offers it, notifies, waits; whether it came back. */
bool vs_exchange_message(struct vs_ctx *t, struct vs_message *m, bool indirect);
/* Waits for one that was offered as `id`; fetches the answer. */
bool vs_await_message(struct vs_ctx *t, struct vs_message *m, int id);
/* Whether the readable pieces are as they were made. */
bool vs_is_message_intact(struct vs_ctx *t, const struct vs_message *m);

/* Answers to a request in one piece, to compare others of round 0 with. Blocks where there is none.
 */
struct vs_answers {
	struct vs_message first, second;
};
void vs_answer_reference(struct vs_ctx *t, struct vs_answers *reference);
/* Whether that answer is the same, as far as answers of this device type are: else *at. */
bool vs_same_answer(const struct vs_answers *reference, const struct vs_message *m, uint32_t *at);

/*
 * The bodies of checks, of a live device. Message framing under the check's first rule; the others
 * under the rules given (VS_RULE_…, of the check's list).
 */
void vs_check_framing(struct vs_ctx *t);
void vs_check_buffers(struct vs_ctx *t, int not_written, int not_read, int used_len);

#endif
