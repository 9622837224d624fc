/* SPDX-License-Identifier: BSD-3-Clause */
/* What the server's files share; vfio_user.h is what others see. */
#ifndef EXPOSE_VFIO_USER_SERVER_H
#define EXPOSE_VFIO_USER_SERVER_H

#include "mock-device/expose/vfio_user.h"
#include "spec/pci.h"
#include "spec/tester_panel.h"
#include "spec/vfio_user.h"

/* What a client may make us hold. */
#define EXPOSE_XFER_MAX    0x100000u /* bytes moved by one message */
#define EXPOSE_PAYLOAD_MAX (EXPOSE_XFER_MAX + 64u)
#define EXPOSE_VERSION_MAX 4096u /* bytes of the JSON text */
#define EXPOSE_FDS_MAX     16u   /* descriptors of one message */
#define EXPOSE_MAPS_MAX    4096u
#define EXPOSE_LATER_MAX   64u       /* commands that came while we waited for a reply */
#define EXPOSE_LATER_BYTES 0x400000u /* and all their bytes */

/* How long a client may take to answer us, or to read what we send. */
#define EXPOSE_PATIENCE_MS 2000
/* And how long it may leave answers unread that fill its socket. */
#define EXPOSE_UNREAD_MS   10000

#define EXPOSE_PANEL_REGION VFIO_USER_PCI_REGIONS

struct expose_message {
	struct vfio_user_header header;
	uint8_t *payload;
	uint32_t size; /* of the payload */
	int fds[EXPOSE_FDS_MAX];
	unsigned fd_count;
	bool bad_fds;   /* others came, too many or of no use, and were closed */
	bool malformed; /* of an impossible size: the stream makes no sense behind it */
};

/* A stream of messages: reads one at a time, never beyond its end, so that descriptors belong to
 * the message that they came with. */
struct expose_wire {
	int fd; /* -1: nobody there */
	struct expose_message in;
	size_t in_have; /* bytes of header and payload that are there */
	uint8_t *in_buffer, *taken_buffer;
	uint8_t *out;
	size_t out_size, out_sent;
	uint64_t out_since; /* when it was to be sent, ms */
	bool vanished;      /* the peer went, or the stream makes no sense */
	const char *complaint;
};

struct expose_map {
	uint64_t address, size;
	uint64_t offset; /* in the file */
	int fd;          /* -1: memory is reached by messages */
	uint8_t *memory; /* sealed memory, mapped; else NULL */
	size_t slack;    /* bytes mapped before `memory`, for the sake of page alignment */
	size_t length;   /* bytes mapped in all */
	bool readable, writable;
};

struct expose_vector {
	int fd; /* -1: none */
	bool masked, pending;
};

struct expose_interrupts {
	struct expose_vector intx, msix[PCI_MSIX_MAX_VECTORS], other[2];
	int unmask_fd; /* of INTx: readable when the client wants it unmasked; -1: none */
	bool level;
	bool table_written; /* the client writes the MSI-X table itself */
	unsigned assigned;  /* MSI-X vectors that have a descriptor */
};

/* What the device's first MSI-X capability says. */
struct expose_table {
	unsigned bar, count; /* count 0: there is none */
	uint64_t offset;
};

struct expose_server {
	struct expose_function function;
	char *path;
	int listener;
	struct expose_wire wire;
	struct expose_message later[EXPOSE_LATER_MAX];
	unsigned later_count, later_first;
	size_t later_bytes;
	uint16_t next_id;
	bool negotiated, hung;
	bool panel_wanted;    /* the client knows of the panel */
	uint64_t client_xfer; /* most bytes that the client takes in one message */
	uint64_t clients;
	const char *complaint;

	struct expose_map *maps; /* by address */
	unsigned map_count, map_room;
	struct expose_interrupts interrupts;
	struct expose_table table;    /* as found when the client came */
	uint32_t bars[PCI_BAR_COUNT]; /* as the client wrote them */

	int panel_fd; /* memory behind the panel's page; -1: no panel */
	uint8_t *panel;
};

/* The stream (vfio_user_wire.c). Reading: 1 a message is in wire->in, 0 not yet, -1 vanished. It is
 * good until the next read, or, once taken, until the next is taken. Descriptors of a taken message
 * are the taker's: expose_message_close closes those that are left. */
int expose_wire_open(struct expose_wire *wire);
void expose_wire_close(struct expose_wire *wire);
void expose_wire_attach(struct expose_wire *wire, int fd);
void expose_wire_detach(struct expose_wire *wire);
int expose_wire_read(struct expose_wire *wire);
struct expose_message expose_wire_take(struct expose_wire *wire);
/* What has arrived, unread: for the sake of the stream's end behind it. */
void expose_wire_discard(struct expose_wire *wire);
bool expose_is_eventfd(int fd);
void expose_message_close(struct expose_message *message);
/* Takes a message to send, with at most one descriptor (or -1): what cannot be sent now waits until
 * expose_wire_flush. The one before has to be gone. Returns 0, -1 vanished. */
int expose_wire_send(struct expose_wire *wire, const struct vfio_user_header *header,
		     const void *payload, size_t size, const void *data, size_t data_size, int fd);
/* 1 all is sent, 0 not yet, -1 vanished. */
int expose_wire_flush(struct expose_wire *wire);
/* Waits for the descriptor up to a point in time; 1 ready, 0 out of time or -1 vanished. */
int expose_wire_wait(struct expose_wire *wire, short events, uint64_t until_ms);
uint64_t expose_clock_ms(void);
void expose_wire_drop(struct expose_wire *wire, const char *complaint);

/* Commands (vfio_user_command.c): executes one and answers. */
void expose_execute(struct expose_server *server, struct expose_message *message);
/* An answer of its own size, or an error; nothing where the client wants none. */
void expose_answer(struct expose_server *server, const struct expose_message *message,
		   const void *payload, size_t size, const void *data, size_t data_size, int fd);
/* The device went or hangs: false, and the client knows or waits. */
bool expose_healthy(struct expose_server *server);

/* The commands' work. 0 done and answered, else an errno value for the answer. */
int expose_version(struct expose_server *server, struct expose_message *message);
int expose_region_info(struct expose_server *server, struct expose_message *message);
int expose_region_read(struct expose_server *server, struct expose_message *message);
int expose_region_write(struct expose_server *server, struct expose_message *message);
int expose_region_write_multi(struct expose_server *server, struct expose_message *message);
int expose_dma_map_command(struct expose_server *server, struct expose_message *message);
int expose_dma_unmap_command(struct expose_server *server, struct expose_message *message);
int expose_irq_info(struct expose_server *server, struct expose_message *message);
int expose_irq_set(struct expose_server *server, struct expose_message *message);

/* DMA by message, for the range of one map (vfio_user_dma_message.c). */
int expose_dma_message(struct expose_server *server, enum vfio_user_command command,
		       uint64_t address, void *data, size_t size);
void expose_unmap_all(struct expose_server *server);

/* Interrupts (vfio_user_irq.c, vfio_user_msix.c). */
void expose_irqs_init(struct expose_interrupts *irqs);
void expose_irqs_release(struct expose_server *server);
void expose_signal(struct expose_vector *vector);
void expose_intx_unmasked(struct expose_server *server);
void expose_msix_find(struct expose_server *server);
/* Vectors that have a descriptor are unmasked in a table that the client never wrote. */
void expose_msix_refresh(struct expose_server *server);
void expose_msix_touched(struct expose_server *server, unsigned bar, uint64_t offset, size_t size);

/* The panel (vfio_user_panel.c). */
int expose_panel_open(struct expose_server *server, char *error, size_t size);
void expose_panel_close(struct expose_server *server);
void expose_panel_update(struct expose_server *server);
int expose_panel_read(struct expose_server *server, uint64_t offset, size_t size, uint8_t *data);
int expose_panel_write(struct expose_server *server, uint64_t offset, size_t size,
		       const uint8_t *data);

#endif
