/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mock devices with live queues in a guest's memory, ready at once: a device of each class is made
 * when it is first wanted, brought up through its registers for each set of choices, and from then
 * on put back to how it was then. What that misses would leak from one input to the next: see
 * ring_machine_audit.
 */
#ifndef FUZZ_RING_MACHINE_H
#define FUZZ_RING_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/support/guest_memory.h"
#include "fuzz/support/ring_watch.h"

struct mock;

#define MACHINE_CLASSES       4u
#define MACHINE_SIZES         5u     /* of queues: 1 << 0 to 1 << 4 */
#define MACHINE_STRIDE        0x500u /* between the rings of two queues, from GUEST_BASE on */
#define MACHINE_CONFIG_VECTOR 0u     /* queue i has vector i + 1 */

/* What a driver may or may not have chosen: one bit each. */
#define MACHINE_EVENT_IDX 1u
#define MACHINE_INDIRECT  2u
#define MACHINE_IN_ORDER  4u
#define MACHINE_MESSAGES  8u /* MSI-X */
#define MACHINE_CHOICES   16u

struct ring_machine_state;

struct ring_machine {
	struct guest guest;
	struct ring_watch watch;
	struct mock *mock; /* of the class that was wanted last */
	bool packed;
	struct ring_machine_state *now;
	unsigned queues; /* that are set up, WATCH_QUEUES at the most */
	uint16_t size;   /* of each */
};

/* One of each ring format, made at the first call and kept. */
struct ring_machine *ring_machine(bool packed);

/* A live device of this class; the memory is clear, the watch knows the queues. */
void ring_machine_start(struct ring_machine *machine, unsigned class_number, unsigned choices,
			unsigned size_log2);

/* After ring_machine_start: as if so many buffers had been used since the queues were set up. Of
 * packed rings, where it makes no difference after two rounds, nothing changes. */
void ring_machine_late(struct ring_machine *machine, uint16_t index);
/* Before the next start: what this input did will not be seen by the next one. */
void ring_machine_end(struct ring_machine *machine);

/* What a driver does. Each is followed by a look at what has to have happened. */
void ring_machine_notify(struct ring_machine *machine, unsigned queue);
void ring_machine_reset(struct ring_machine *machine);
/* By queue_reset, and set up again as it was. */
void ring_machine_queue_reset(struct ring_machine *machine, unsigned queue);
/* Initialization from a reset on, like the first time. */
void ring_machine_bring_up(struct ring_machine *machine);
void ring_machine_read_isr(struct ring_machine *machine);

/* After ring_machine_start: whether everything is as it was when it was first brought up. Ends the
 * process through the oracle "leak". */
void ring_machine_audit(struct ring_machine *machine);

/* The class of the device that was started last. */
unsigned ring_machine_class(const struct ring_machine *machine);
enum { MACHINE_BLK, MACHINE_NET, MACHINE_CONSOLE, MACHINE_RNG };

#endif
