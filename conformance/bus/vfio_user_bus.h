/* SPDX-License-Identifier: BSD-3-Clause */
/* A bus behind a vfio-user connection: what its two files share. */
#ifndef VS_BUS_VFIO_USER_BUS_H
#define VS_BUS_VFIO_USER_BUS_H

#include "bus/vfio_user.h"

/* MSI-X messages go to a word a vector. */
#define VS_VFIO_USER_MSI_ADDRESS UINT64_C(0xfee00000)
#define VS_VFIO_USER_MSI_STRIDE  4u

enum { VS_VFIO_USER_DMA, VS_VFIO_USER_MESSAGES }; /* the memories */

struct vs_vfio_user_bus {
	struct vs_bus bus; /* first */
	struct vs_vfio_user v;
	char *path;
	const uint8_t *page; /* the panel, mapped; NULL: there is none */
	int messages;        /* memory for MSI-X messages, which a panel's owner delivers there */
	int intx;            /* eventfd of the line; -1: none */
	int *vectors;        /* eventfds of MSI-X, made when wanted; -1: none yet */
	unsigned relaxed;    /* times in a row */
	char about[200];
};

extern const struct vs_bus_ops vs_vfio_user_ops;

static inline struct vs_vfio_user_bus *vs_vfio_user_bus_of(struct vs_bus *bus)
{
	return (struct vs_vfio_user_bus *)bus;
}

int vs_vfio_user_panel_put(struct vs_vfio_user_bus *b, unsigned offset, uint64_t value);

/* Connects, gives the server our memory, puts the device at power-on or resets it. 0, or -1. */
int vs_vfio_user_bring_up(struct vs_vfio_user_bus *b, uint64_t patience_ns);
int vs_vfio_user_restart(struct vs_bus *bus);
void vs_vfio_user_close(struct vs_bus *bus);

#endif
