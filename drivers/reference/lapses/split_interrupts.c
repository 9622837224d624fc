/* SPDX-License-Identifier: BSD-3-Clause */
/* Lapses about interrupts of virtqueues. */
#include "drivers/reference/lapses/ring.h"

static bool any_used(const struct lapse_run *l)
{
	const struct vs_session *s = &l->life->s;

	for (unsigned i = 0; i < s->queue_count; i++)
		if (s->queues[i].enabled && s->queues[i].ring->pending(&s->queues[i]))
			return true;
	return false;
}

/* As a driver does that takes the next used element without a look at the index. */
static void take_fright(struct lapse_run *l, enum lapse_moment moment)
{
	if (moment == LAPSE_AT_INTERRUPT && l->life->state == REF_LIVE && !any_used(l))
		ref_give_up(l->life, "an interrupt came without a used buffer");
}
LAPSE(split_spurious_frightens, "an interrupt without a used buffer makes the driver give up",
      .at = take_fright, .breaks = LAPSE_RULES(SPLIT_SPURIOUS_INTERRUPT_HARMLESS),
      .needs = "mock:blk,ring=split,quirk=interrupts-spurious=queues");
