/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happened between a driver and a device, in order: every configuration and BAR access, DMA
 * mapping, interrupt, reset, and what the rings showed, as one event each. A trace keeps the newest
 * events in a ring and counts all of them, so that a finding can name its range and show the
 * accesses that led to it.
 */
#ifndef VS_TRACE_H
#define VS_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vs_event_kind {
	/* What a tester's bus records too. */
	VS_EVENT_READ,      /* the driver read `value` */
	VS_EVENT_WRITE,     /* the driver wrote `value` */
	VS_EVENT_INTERRUPT, /* the driver saw vector `offset` (VS_INTX: the line) with level `value`
			     */
	VS_EVENT_RESET,     /* function reset or restart of the device */
	VS_EVENT_NOTE,      /* a remark of the suite: `note` */

	/* The surroundings of a driver under examination. */
	VS_EVENT_MAP,    /* memory [offset, offset + value) can be reached by DMA from now on */
	VS_EVENT_UNMAP,  /* and no more */
	VS_EVENT_CHANGE, /* the device-specific configuration changed by itself */
	VS_EVENT_LIFE,   /* `value`: what became of the driver as a whole (enum vs_life) */
	VS_EVENT_TRIAL,  /* the scenario puts rule `value` (enum vs_rule_id) to the test: it holds
			    when the driver works, or, with `flags` VS_TRIAL_REFUSAL, when it leaves
			    the device alone */

	/* Rings, as the device sees them. All have `queue`. */
	VS_EVENT_QUEUE, /* the queue was enabled: `index` entries, `flags` VS_QUEUE_…, `value`
			   the flags found in its used ring (packed: 0) */
	VS_EVENT_DESCRIPTOR,  /* the next element of the buffer that VS_EVENT_AVAILABLE ends */
	VS_EVENT_AVAILABLE,   /* a buffer was made available */
	VS_EVENT_AVAIL_INDEX, /* split: the available index moved from `offset` to `value` */
	VS_EVENT_AVAIL_FLAGS, /* the available ring's flags (packed: the flags of the driver event
				 suppression structure) became `value` */
	VS_EVENT_USED_EVENT,  /* used_event (packed: the offset and wrap counter of the driver event
				 suppression structure) became `value` */
	VS_EVENT_DEVICE_FLAGS, /* the same two of the device: flags of the used ring, … */
	VS_EVENT_AVAIL_EVENT,  /* … avail_event */
	VS_EVENT_USED,    /* the device used buffer `index` (split: head, packed: id), reporting
			     `length` bytes; `value` as in VS_EVENT_AVAILABLE; `flags`
			     VS_USED_… */
	VS_EVENT_CHANGED, /* the driver changed what it had made available: `note` says what,
			     `index` the buffer, `value` the place, `flags` VS_CHANGED_… */
	VS_EVENT_KIND_COUNT,
};

/* Where an access went: 0 to 5 are BARs. */
enum vs_region {
	VS_REGION_BAR0,
	VS_REGION_CONFIG = 6,
	VS_REGION_NONE = 7,
};

#define VS_INTX 0xffffffffu /* `offset` of an interrupt event that is INTx */

/* What became of the driver, as it says itself or as its surroundings found. */
enum vs_life {
	VS_LIFE_PROBE,    /* it was shown the function */
	VS_LIFE_REFUSED,  /* it left the function alone */
	VS_LIFE_UP,       /* it says that it drives the device */
	VS_LIFE_DOWN,     /* it gave up starting the device */
	VS_LIFE_SERVED,   /* a request was done, and its outcome is right */
	VS_LIFE_UNSERVED, /* a request was not done, and the driver said so */
	VS_LIFE_WRONG,   /* the driver took a request for done that was not, or its data is wrong */
	VS_LIFE_REMOVE,  /* it was told to go */
	VS_LIFE_REMOVED, /* it says that it is gone */
	VS_LIFE_HUNG,    /* it did not come back */
	VS_LIFE_CRASHED, /* it, or the machine that it runs in, died: `note` */
	VS_LIFE_COUNT,
};

#define VS_TRIAL_REFUSAL 0x1u

/* `flags` of VS_EVENT_QUEUE. */
#define VS_QUEUE_DESC_MEMORY   0x1u /* the whole area lies in memory that the device can reach */
#define VS_QUEUE_DRIVER_MEMORY 0x2u
#define VS_QUEUE_DEVICE_MEMORY 0x4u
#define VS_QUEUE_ZEROED        0x8u /* all of them hold zeroes */

/*
 * VS_EVENT_DESCRIPTOR: `index` is its number in the buffer (0 the first), `offset` its address,
 * `length` its length, `flags` as written; `value` has the place in its table, the field next
 * (split) and the field id (packed); `width` VS_DESCRIPTOR_… bits.
 */
#define VS_DESCRIPTOR_VALUE(place, next, id) \
	((uint64_t)(place) | (uint64_t)(next) << 16 | (uint64_t)(id) << 32)
#define VS_DESCRIPTOR_PLACE(value) ((uint16_t)(value))
#define VS_DESCRIPTOR_NEXT(value)  ((uint16_t)((value) >> 16))
#define VS_DESCRIPTOR_ID(value)    ((uint16_t)((value) >> 32))
#define VS_DESCRIPTOR_IN_TABLE     0x1u /* lies in an indirect table */
#define VS_DESCRIPTOR_NO_MEMORY    0x2u /* what it points to is not memory of the guest */

/*
 * VS_EVENT_AVAILABLE: `index` names the buffer (split: the head, packed: the id), `length` is the
 * number of elements (descriptors that point to a table not counted), `value` the place: split, the
 * available index that announced it; packed, slot | wrap counter << 15. `flags`:
 */
#define VS_CHAIN_LOOP        0x01u  /* comes back to a descriptor that it has passed; walk ended */
#define VS_CHAIN_OUTSIDE     0x02u  /* head or next is not in the table; walk ended */
#define VS_CHAIN_TABLE       0x04u  /* an indirect table of impossible length, or not in memory */
#define VS_CHAIN_TOO_LONG    0x08u  /* more elements than the queue has places; walk ended */
#define VS_CHAIN_NESTED      0x10u  /* an indirect table names another one */
#define VS_CHAIN_INCOMPLETE  0x20u  /* packed: the list goes on where nothing is available yet */
#define VS_CHAIN_IN_FLIGHT   0x40u  /* uses descriptors (packed: an id) of a buffer in flight */
#define VS_CHAIN_NO_ROOM     0x80u  /* packed: INCOMPLETE, and the ring has no room for the rest */
#define VS_CHAIN_OUT_OF_TURN 0x100u /* packed: a later buffer was available before this one */
#define VS_CHAIN_UNSEEN      0x200u /* used before it was looked at: its elements are not known */

/* `flags` of VS_EVENT_USED. */
#define VS_USED_UNKNOWN 0x1u /* no such buffer was in flight: the device lies */
#define VS_USED_BATCH   0x2u /* used along with the one named after it (IN_ORDER) */

/* `flags` of VS_EVENT_CHANGED. */
#define VS_CHANGED_ENTRY 0x1u /* the entry of the available ring, not a descriptor */
#define VS_CHANGED_TABLE 0x2u /* in an indirect table */
#define VS_CHANGED_FIRST 0x4u /* at the first look after it became available */
#define VS_CHANGED_AVAIL 0x8u /* packed: the place was made available anew */

struct vs_event {
	uint64_t time; /* nanoseconds on the bus's clock */
	uint64_t offset;
	uint64_t value;
	const char *note; /* static text, or NULL */
	uint32_t length;
	uint16_t queue;
	uint16_t index;
	uint16_t flags;
	uint8_t kind;   /* enum vs_event_kind */
	uint8_t region; /* enum vs_region */
	uint8_t width;  /* bytes */
};

struct vs_trace {
	struct vs_event *events; /* ring of `capacity`, a power of two; NULL records nothing */
	size_t capacity;
	uint64_t count; /* events seen since vs_trace_init; the ring holds the newest */
	bool borrowed;  /* the ring belongs to somebody else */
	/* Called with every event after it was added, or NULL. */
	void (*heard)(void *context, const struct vs_event *event);
	void *context;
};

/* Allocates a ring of `capacity` events (a power of two). Returns 0, or -1 without memory. */
int vs_trace_init(struct vs_trace *trace, size_t capacity);
void vs_trace_free(struct vs_trace *trace);

/* Appends an event; the oldest goes when the ring is full. Does nothing on NULL. */
void vs_trace_add(struct vs_trace *trace, const struct vs_event *event);

/*
 * The event with number `index` (0 is the first since vs_trace_init), or NULL when it has not
 * happened or has left the ring. Owned by the trace, valid until the next vs_trace_add.
 */
const struct vs_event *vs_trace_at(const struct vs_trace *trace, uint64_t index);

/* Writes one line about the event, without a newline, into text (always terminated). */
void vs_event_format(const struct vs_event *event, char *text, size_t size);

/* "probe", "refused", … of enum vs_life. */
const char *vs_life_name(enum vs_life life);

#endif
