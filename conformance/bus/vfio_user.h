/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client's end of a vfio-user connection: one command at a time, each with the bus's deadline.
 * Whatever the server asks of us meanwhile (to read or write DMA memory that it did not map) is
 * answered. A server that goes, stays silent or talks nonsense fails the bus with a sentence.
 */
#ifndef VS_BUS_VFIO_USER_H
#define VS_BUS_VFIO_USER_H

#include "bus/bus.h"
#include "spec/vfio_user.h"

/* The most that the server may send at once; DMA by message comes in pieces of it. */
#define VS_VFIO_USER_XFER    0x10000u
#define VS_VFIO_USER_IN_SIZE (VS_VFIO_USER_XFER + 0x1000u)

/* Memory of ours that the server may reach. */
struct vs_vfio_user_memory {
	int fd; /* -1: none */
	uint8_t *host;
	uint64_t address;
	size_t size;
};

#define VS_VFIO_USER_MEMORIES 2u

struct vs_vfio_user {
	struct vs_bus *bus; /* whose state tells of trouble, and whose deadline counts */
	struct vs_vfio_user_memory memories[VS_VFIO_USER_MEMORIES];
	int fd;            /* of the socket; -1: not connected */
	int passed;        /* a descriptor that came with an answer; -1: none */
	uint64_t limit_ns; /* how long the socket waits now */
	uint64_t xfer;     /* most bytes that the server takes in one message */
	unsigned panel;    /* region of the tester's panel, 0: there is none */
	uint16_t next_id;
	bool lost;   /* the connection is good for nothing any more */
	uint8_t *in; /* [0, have) arrived, [0, taken) of it were looked at */
	size_t have, taken;
};

/* One command and its answer. */
struct vs_vfio_user_call {
	enum vfio_user_command command;
	const void *payload;
	size_t size;
	const void *data; /* goes behind the payload */
	size_t data_size;
	const int *fds;
	unsigned fd_count;
	void *answer; /* takes up to answer_size bytes, answer_got are there then */
	size_t answer_size, answer_got;
	uint32_t error; /* errno value of a refusal */
};

/* Returns 0, 1 refused with call->error, -1 the bus is not alive. */
int vs_vfio_user_call(struct vs_vfio_user *v, struct vs_vfio_user_call *call);

/* The socket waits as long as the bus's deadline is now. */
int vs_vfio_user_limit(struct vs_vfio_user *v);

/* Answers what the server asks within `ns`, or at least what has arrived. 0, -1 not alive. */
int vs_vfio_user_listen(struct vs_vfio_user *v, uint64_t ns);

/*
 * Connects and agrees on the version, patient for `patience_ns` with a server that is not there
 * yet. 0, or -1: the bus's reason says why.
 */
int vs_vfio_user_connect(struct vs_vfio_user *v, const char *path, uint64_t patience_ns);
void vs_vfio_user_disconnect(struct vs_vfio_user *v);

/* Maps the memories. */
int vs_vfio_user_map(struct vs_vfio_user *v);

int vs_vfio_user_region_read(struct vs_vfio_user *v, unsigned region, uint64_t offset,
			     unsigned width, uint64_t *value);
int vs_vfio_user_region_write(struct vs_vfio_user *v, unsigned region, uint64_t offset,
			      unsigned width, uint64_t value);

/* SET_IRQS with one eventfd (fd not -1), or without data. As vs_vfio_user_call. */
int vs_vfio_user_set_irq(struct vs_vfio_user *v, unsigned index, unsigned vector, uint32_t action,
			 int fd);

#endif
