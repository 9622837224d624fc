/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Benign requests: for each device type one request that any device of the type has to complete,
 * so that checks of the data path have something to wait for (5).
 */
#ifndef VS_REQUEST_H
#define VS_REQUEST_H

#include "driver/queue.h"

#define VS_REQUEST_QUEUES  2u  /* virtqueues a request may need */
#define VS_REQUEST_OUT_MAX 96u /* device-readable bytes of one */

/* Names of virtqueues that depend on the device's configuration. */
#define VS_QUEUE_NONE (-1)
#define VS_QUEUE_LAST (-2) /* the last of num_queues */

/* How a request of one device type is made. */
struct vs_request_kind {
	uint16_t type;
	const char *what;                  /* "reads the first sector" */
	uint64_t accept;                   /* bits 0 to 63 of its type to accept if offered */
	int16_t queues[VS_REQUEST_QUEUES]; /* the first carries the request; others run beside it */
	uint8_t out_size;                  /* device-readable bytes, may be 0 */
	/* Where the parts end that stand in elements of their own on a legacy interface without
	 * ANY_LAYOUT (2.7.4.3); 0: there is one part. */
	uint8_t out_cut;
	uint16_t in_cut;
	uint8_t out[VS_REQUEST_OUT_MAX];
	uint32_t in_size;  /* device-writable bytes, may be 0 */
	uint32_t used_min; /* what the used length has to be at the least */
	/* Bytes [from, end) of the answer are the same each time; end 0: all of them. */
	struct {
		uint32_t from, end;
	} steady;
};

/* A request in DMA memory. */
struct vs_request {
	const struct vs_request_kind *kind;
	struct vs_queue *q;
	uint8_t *out, *in;
	struct vs_element elements[4];
	uint32_t out_size; /* device-readable bytes of this one */
	unsigned count;
	int id; /* while in flight */
};

/* The kind for a device type, or NULL where there is none. */
const struct vs_request_kind *vs_request_kind(uint16_t type);

/* The index of its i-th virtqueue on this device, or -1. */
int vs_request_queue(const struct vs_session *s, const struct vs_request_kind *kind, unsigned i);

/* Lays a request out for a session with enabled queues. Returns 0, or -1 with trouble. */
int vs_request_make(struct vs_session *s, struct vs_request *request);
/* Offers it and notifies; waits for it; both. Return 0, or -1 with trouble. */
int vs_request_send(struct vs_request *request);
int vs_request_wait(struct vs_request *request, struct vs_used *used);
int vs_request_do(struct vs_request *request);
/* Sends it and waits until it comes back, whatever length the device reports. 0, or -1. */
int vs_request_return(struct vs_request *request);

#endif
