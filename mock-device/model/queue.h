/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtqueues of the device, the buffers taken from them, and what a ring format has to provide.
 */
#ifndef MOCK_QUEUE_H
#define MOCK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mock;
struct mock_queue;

/* What a queue is like before a driver touches it. */
struct mock_queue_info {
	uint16_t max_size;    /* entries; 0: there is no such queue */
	uint16_t notify_off;  /* queue_notify_off */
	uint16_t config_data; /* queue_notif_config_data */
};

/* One element of a buffer. */
struct mock_segment {
	uint64_t address;
	uint32_t length;
};

/*
 * A buffer that the device has taken and not yet used. Its descriptors have been read once and
 * checked: at most as many elements as the queue has entries, none of which wraps, 2^32 bytes or
 * less in all, readable ones first. Whether the addresses are memory shows at the first access.
 */
struct mock_chain {
	uint64_t serial; /* never the same twice: see mock_chain_find */
	struct mock_queue *queue;
	uint16_t id; /* what names the buffer to the driver: split ring, index of the head */
	struct mock_segment *segments;
	unsigned readable_count, count; /* [0, readable_count) are device-readable */
	uint64_t readable, writable;    /* bytes */
	unsigned direct;                /* descriptors in the ring's own table */
	unsigned indirect;              /* descriptors in an indirect table; 0: there is none */
	uint16_t table_flags;           /* of the descriptor that refers to that table */
	uint64_t prefix;                /* [0, prefix) of the writable part has been written */
	bool broken;                    /* an access failed: the buffer will not be used */
	bool done;                      /* completed, but buffers before it are not */
	uint32_t length;                /* what to report, when done */
	struct mock_chain *next;        /* taken after it from the same queue */
};

/* One used element. */
struct mock_used {
	uint32_t id;
	uint32_t length;
	unsigned descriptors; /* entries of the ring that the buffer took, and the skipped ones */
	unsigned skipped;     /* buffers before it that it stands for too (IN_ORDER) */
};

/* A place of a packed ring in one of its rounds. */
struct mock_turn {
	uint16_t slot;
	bool wrap; /* counter: true in the first round */
};

struct mock_queue {
	unsigned index;
	uint16_t max_size, size;
	uint16_t vector;
	bool enabled;
	uint64_t descriptor_area, driver_area, device_area; /* bus addresses (2.6) */
	bool kicked;                                        /* look at it soon */
	bool paused; /* disabled by the driver, to go on where it was (draft of 2013) */
	const struct mock_ring *ring;

	/* Split ring: free-running indexes. */
	uint16_t next_avail; /* the next entry of the available ring to take */
	uint16_t next_used;  /* where the next used element goes */
	uint16_t published;  /* used idx as the driver sees it */
	uint16_t previous;   /* used idx before the last publication */

	/* Packed ring: the same as turns. */
	struct mock_turn avail_turn;     /* the next descriptor to take */
	struct mock_turn used_turn;      /* where the next used descriptor goes */
	struct mock_turn published_turn; /* the next one that the driver will see used */
	struct mock_turn previous_turn;  /* that one before the last publication */
	uint16_t held_flags;             /* of the used descriptor there, to be written last */

	struct mock_chain *taken, *taken_last; /* buffers taken and not used, oldest first */
	unsigned taken_count;
};

/* A ring format (2.7, 2.8). Functions that touch guest memory return -1 when that fails. */
struct mock_ring {
	const char *name;
	/* The queue has just been enabled: everything as at the start. */
	void (*start)(struct mock_queue *queue);
	/* Takes the next buffer into `chain`: 1, 0 when none is available, or -1 with *why set. */
	int (*pop)(struct mock *mock, struct mock_queue *queue, struct mock_chain *chain,
		   const char **why);
	/* Gives the buffer that was taken last back, as if it had never been taken. */
	void (*unpop)(struct mock_queue *queue, const struct mock_chain *chain);
	int (*push)(struct mock *mock, struct mock_queue *queue, const struct mock_used *used);
	int (*publish)(struct mock *mock, struct mock_queue *queue);
	int (*want_interrupt)(struct mock *mock, struct mock_queue *queue, bool *wanted);
	int (*ask_notifications)(struct mock *mock, struct mock_queue *queue, bool on);
	/* Whether the driver has made more available than was taken; no effects. */
	bool (*available)(struct mock *mock, struct mock_queue *queue);
};

extern const struct mock_ring mock_split_ring, mock_packed_ring;

/*
 * For classes: bytes [offset, offset + size) of the device-readable or device-writable part of a
 * buffer, however it is cut into elements. Return how many of them exist.
 */
size_t mock_chain_read(struct mock *mock, struct mock_chain *chain, uint64_t offset, void *data,
		       size_t size);
size_t mock_chain_write(struct mock *mock, struct mock_chain *chain, uint64_t offset,
			const void *data, size_t size);

/* Completes a buffer with the number of bytes written without a hole from the first writable one.
 * The chain is gone afterwards. */
void mock_complete(struct mock *mock, struct mock_chain *chain);

/* Gives a buffer back that was taken last from its queue: it stays available. */
void mock_unpop(struct mock *mock, struct mock_chain *chain);

/* Takes a buffer, or NULL: for classes that start work of their own (a packet has arrived). */
struct mock_chain *mock_take(struct mock *mock, struct mock_queue *queue);

/* The buffer with this serial if it is still taken, else NULL: what a layer that holds buffers back
 * keeps instead of a pointer, because a reset drops them. */
struct mock_chain *mock_chain_find(struct mock *mock, uint64_t serial);

/* Appends an element while a chain is built; -1 without memory. */
int mock_chain_add(struct mock_chain *chain, uint64_t address, uint32_t length, bool writable);

/* Asks for the queue to be looked at before the current call into the device ends. */
void mock_kick(struct mock *mock, unsigned index);

#endif
