/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reference driver as a whole driver: one life of it, from probe to remove, on what
 * struct virtspec_host gives. The parts (capabilities, rings, accessors) are those of
 * conformance/driver; here is what a driver makes of them.
 */
#ifndef REF_LIFE_H
#define REF_LIFE_H

#include "bus/bus.h"
#include "driver/queue.h"
#include "driver/session.h"
#include "drivers/reference/lapse.h"
#include "include/virtspec/plugin.h"
#include "spec/virtio.h"

/* How long the driver waits for what has to happen, in virtual time. */
#define REF_PATIENCE_NS UINT64_C(500000000)

enum ref_state {
	REF_IDLE, /* nothing was done to the device, or it was reset */
	REF_STARTING,
	REF_LIVE,
	REF_ASLEEP,
	REF_FAILED, /* given up: nothing but a reset from now on */
};

/* How interrupts reach the driver, the best first. */
enum ref_vectors {
	REF_VECTOR_EACH,   /* vector 0 for configuration, one for each virtqueue */
	REF_VECTOR_SHARED, /* vector 0 for configuration, 1 for all virtqueues */
	REF_VECTOR_ONE,    /* vector 0 for everything */
	REF_LINE,          /* INTx, or by looking alone where there is not even that */
};

/* Why an attempt to start ended. */
enum ref_result {
	REF_OK,
	REF_NO_VECTOR, /* the device took a vector back: try with fewer */
	REF_NO_MODERN, /* it does not offer VERSION_1: try the legacy interface */
	REF_HOPELESS,
};

/* A buffer of the driver's that requests pass through: header, data, status in one piece. */
struct ref_slot {
	struct vs_queue *q;
	int id; /* while with the device, else -1 */
	uint8_t *at;
	uint32_t header, data, tail; /* bytes of each part */
	bool reading;                /* the device writes the data */
	uint32_t writable;           /* bytes that the device may write */
	struct ref_job *job;         /* or NULL: a receive buffer */
	uint8_t *to;                 /* where the data goes, in the request */
	uint32_t got;                /* bytes received; a frame nobody has asked for yet */
	bool arrived;
	uint64_t age; /* order of arrival */
};
#define REF_SLOT_DATA  4096u
#define REF_SLOT_EXTRA 64u /* header and status */
#define REF_SLOTS      32u
#define REF_RECEIVING  8u /* receive buffers that stay with the device */

/* A request on its way. */
struct ref_job {
	struct virtspec_request *request;
	size_t issued; /* bytes that have left */
	unsigned out;  /* slots with the device */
	bool whole;    /* all of it has left */
	bool failed, over;
};

struct ref_life {
	const struct virtspec_host *host;
	struct virtspec_device *device;
	struct vs_bus bus;
	struct vs_function fn;
	struct vs_session s;
	struct vs_hooks hooks;
	struct lapse_run lapse;

	bool may_modern, may_legacy; /* which kind of driver it is */
	bool draft;
	bool sriov; /* there is an SR-IOV capability */
	unsigned sriov_pos;

	enum ref_state state;
	bool gone;      /* the device reads as all ones */
	bool resetting; /* 0 was written to the status, and not read back yet */
	uint8_t status; /* bits of it that were written since */
	enum ref_vectors vectors;
	bool legacy; /* the interface in use */
	unsigned restarts;
	bool needs_reset, config_changed;

	uint16_t blk_queues;
	uint32_t seg_max, size_max; /* of a block device; 0: no limit */
	uint64_t capacity;

	struct ref_slot slots[REF_SLOTS];
	unsigned turn; /* counts buffers, for what alternates */
	uint64_t arrivals;
};

/* bus.c: the bus over the host, and memory that the device can reach: 0, or -1 without. */
void ref_bus_open(struct ref_life *life);
int ref_bus_take_memory(struct ref_life *life);
void ref_bus_close(struct ref_life *life);
/* What the lapse machinery wraps. */
void ref_bus_access(struct ref_life *life, struct lapse_access *a);
void ref_pause(struct ref_life *life, uint64_t ns);
uint64_t ref_now(struct ref_life *life);
void ref_log(struct ref_life *life, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * A wait for something that has to happen. ref_wait_on lets some time pass, more each time; false
 * when patience is over: in virtual time, or in looks where time has stopped.
 */
struct ref_wait {
	uint64_t since, look;
	unsigned looks;
};
struct ref_wait ref_wait_start(struct ref_life *life);
bool ref_wait_on(struct ref_life *life, struct ref_wait *wait);

/* probe.c: reads configuration space. 0 when the function is one for this driver. */
int ref_probe(struct ref_life *life);
bool ref_has_modern(const struct ref_life *life);
bool ref_has_legacy(const struct ref_life *life);

/* features.c: reads the offer, chooses; sets s->offered and *chosen. */
void ref_read_offer(struct ref_life *life);
void ref_choose(struct ref_life *life, struct vs_features *chosen);
bool ref_accepted(const struct ref_life *life, unsigned bit);

/* start.c: to DRIVER_OK, falling back where it can. 0, or -1 and FAILED is set. */
int ref_start(struct ref_life *life);
/* Sets FAILED and touches nothing any more. */
void ref_give_up(struct ref_life *life, const char *why);
/* Writes 0 to the status and waits. 0, or -1. */
int ref_reset(struct ref_life *life);
/* Whether the device is still there. */
bool ref_is_gone(struct ref_life *life);

/* queues.c */
enum ref_result ref_start_queues(struct ref_life *life);
enum ref_result ref_enable_vectors(struct ref_life *life);
/* One queue into q, to the end. */
enum ref_result ref_start_queue(struct ref_life *life, struct vs_queue *q, uint16_t index);

/* io.c */
int ref_submit(struct ref_life *life, struct virtspec_request *requests, unsigned count);
/* Takes what the device has used. */
void ref_collect(struct ref_life *life);
int ref_make_slots(struct ref_life *life);
/* Offers receive buffers, as many as there is room for. */
void ref_stock(struct ref_life *life);
/* The slots of a queue, or of all (NULL), are the driver's again: its requests have to be sent
 * anew. */
void ref_recall(struct ref_life *life, const struct vs_queue *q);
void ref_notify(struct ref_life *life, struct vs_queue *q);

/* slots.c */
struct ref_slot *ref_slot_free(struct ref_life *life);
/* One that is with the device, in this queue; or NULL. For lapses. */
const struct ref_slot *ref_slot_out(const struct ref_life *life, const struct vs_queue *q);
/* Offers the slot: 0, 1 when the ring has no room now, -1 never. */
int ref_slot_send(struct ref_life *life, struct ref_slot *slot);

/* config.c: a consistent reading of `size` bytes in elements of `width`. 0, or -1. */
int ref_config_read(struct ref_life *life, unsigned offset, unsigned width, unsigned count,
		    uint64_t *values);
int ref_config_request(struct ref_life *life, struct virtspec_request *request);
void ref_config_limits(struct ref_life *life);

/* live.c */
void ref_interrupt(struct ref_life *life, int vector);
int ref_suspend(struct ref_life *life);
int ref_resume(struct ref_life *life);
int ref_reset_queue(struct ref_life *life, unsigned index);
/* Looks at the status: whether all is well; notes DEVICE_NEEDS_RESET and removal. */
bool ref_is_well(struct ref_life *life);
/* Starts the device again after DEVICE_NEEDS_RESET. 0, or -1. */
int ref_recover(struct ref_life *life);

#endif
