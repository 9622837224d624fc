/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A client of the vfio-user server in one process with it, and what it knows of what it asked for:
 * a second, simple account of a session, by which every answer is foretold.
 */
#ifndef FUZZ_VFIO_USER_PEER_H
#define FUZZ_VFIO_USER_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mock-device/expose/vfio_user_server.h"

#define PEER_BAR     0x2000u /* bytes of BAR 0 */
#define PEER_MSIX_AT 0x40u
#define PEER_VECTORS 4u
#define PEER_TABLE   0x1000u
#define PEER_BELL    0x800u /* a write of 8 bytes here has the device reach for memory */
#define PEER_DMA_MAX 64u
#define PEER_MEMORY  0x4000u /* bytes of each of the client's memory files */
#define PEER_MAPS    32u
#define PEER_PAYLOAD 512u
#define PEER_ANSWER  (PEER_BAR + 0x100u) /* bytes of any answer at most */
#define PEER_AHEAD   8u                  /* messages that may be on their way at once */

/* Descriptors that the client has to pass, in this order. */
enum peer_thing {
	THING_SEALED, /* memory that cannot shrink */
	THING_FILE,   /* memory that can */
	THING_EVENT,
	THING_EVENT2,
	THING_PIPE, /* of no use to anybody */
	THINGS,
};

struct peer_message {
	struct vfio_user_header header;
	uint8_t payload[PEER_PAYLOAD];
	unsigned size; /* of the payload; header.size says it too, or not */
	enum peer_thing things[3];
	unsigned thing_count;
};

/* What an answer will be. */
struct peer_answer {
	struct vfio_user_header header;
	uint8_t payload[PEER_PAYLOAD];
	unsigned size;    /* of the payload, where there is no error */
	unsigned compare; /* bytes of it that are known */
	bool open;        /* its size is the server's business */
	bool none;        /* there is no answer */
	bool error;       /* one without a payload */
	bool last;        /* and the server hangs up behind it */
};

struct peer_map {
	uint64_t address, size, offset;
	bool readable, writable;
	int thing; /* -1: the client has to be asked */
};

/* What the device does with memory when its bell is rung. */
struct peer_bell {
	uint64_t address;
	uint8_t data[PEER_DMA_MAX];
	unsigned size;
	bool write;
	int result;
};

struct peer {
	struct expose_server *server;
	int fd; /* the client's end; -1: none */
	int things[THINGS], pipe_end;
	uint8_t *memory[2]; /* of THING_SEALED and THING_FILE, as they are */
	uint64_t file_size; /* of THING_FILE, now */
	bool dirty;         /* memory has been written to */
	uint64_t open;      /* descriptors when nothing is going on, of the first 64 */

	/* The function, and what it should hold by the client's account. */
	uint8_t config[PCIE_CONFIG_SIZE], bar[PEER_BAR];
	uint8_t config_told[PCIE_CONFIG_SIZE], bar_told[PEER_BAR];
	struct peer_bell bell;
	unsigned mapped, unmapped;

	/* The session by the client's account. */
	bool negotiated, panel;
	uint64_t xfer;
	struct peer_map maps[PEER_MAPS];
	unsigned map_count;
	struct peer_answer due[PEER_AHEAD];
	unsigned due_count;
	unsigned replies; /* on their way, of the client's */
	bool over;        /* the server has hung up, as foretold */
};

/* Once for a process. Ends it where the machine gives no memory. */
void peer_make(struct peer *p);

/* The client's memory and events as at first. */
void peer_renew_memory(struct peer *p);

/* A client comes: nothing is agreed, the function is as new. */
void peer_dial(struct peer *p);
/* It goes, and nothing of it remains. */
void peer_hang_up(struct peer *p);

/* Foretells the answer to a message of the size that it says, and takes its effect into account. */
void peer_foretell(struct peer *p, const struct peer_message *m, struct peer_answer *answer);

/* Sends bytes [from, to) of a message (its header is the first of them), with its descriptors where
 * `from` is 0. */
void peer_send(struct peer *p, const struct peer_message *m, size_t from, size_t to);
/* Has the server work on what has been sent, and looks at each answer that is due. */
void peer_collect(struct peer *p);
/* The account and the server agree. */
void peer_compare(const struct peer *p);

/* The map that holds the address, or NULL. */
const struct peer_map *peer_map_of(const struct peer *p, uint64_t address);

#endif
