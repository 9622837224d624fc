/* SPDX-License-Identifier: BSD-3-Clause */
/* A record of an input for the vfio-user server, and the message that it stands for. */
#ifndef FUZZ_VFIO_USER_RECORD_H
#define FUZZ_VFIO_USER_RECORD_H

#include "fuzz/support/input.h"
#include "fuzz/support/vfio_user_peer.h"

#define PEER_RECORD 32u /* bytes: what, how, things, more, a, b, c, d, e */

/* What a record is. */
enum {
	DO_VERSION,
	DO_MAP,
	DO_UNMAP,
	DO_INFO,
	DO_REGION_INFO,
	DO_IRQ_INFO,
	DO_IRQ_SET,
	DO_READ,
	DO_WRITE,
	DO_WRITE_MULTI,
	DO_RESET,
	DO_OTHER,  /* command c */
	DO_BELL,   /* c bytes at a, d whether they are written, e what is wrong with answers */
	DO_SHRINK, /* the client's file has a bytes */
	DO_HANG_UP,
	DO_LINE,   /* the device's INTx line */
	DO_MSI,    /* vector c, address a, data d */
	DO_BROKEN, /* a message that says that it has c bytes, and the end of the stream */
	DOINGS,
};

/* How a message is sent. */
enum { HOW_SILENT = 1, HOW_REPLY = 2, HOW_AHEAD = 4, HOW_PIECES = 8, HOW_TYPE = 16 };

struct peer_record {
	uint8_t what, how, things;
	int8_t more;
	uint64_t a, b;
	uint32_t c, d, e;
};

struct peer_record peer_record_read(struct fuzz_input *in);

/* The message of one that is a command. */
void peer_record_message(const struct peer_record *r, struct peer_message *message);

#endif
