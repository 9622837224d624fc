/* SPDX-License-Identifier: BSD-3-Clause */
/* The way qemu from the inside: one QEMU of ours, its connections, and what it was started with. */
#ifndef VS_QEMU_H
#define VS_QEMU_H

#include "bus/affinity.h"
#include "bus/qemu_command.h"
#include "bus/qemu_process.h"
#include "bus/qmp.h"
#include "bus/qtest_bus.h"

struct vs_qemu {
	struct vs_qtest_bus qb; /* first */
	struct vs_qemu_process process;
	struct vs_qmp qmp;
	struct vs_affinity affinity;
	struct vs_qemu_command command;
	char path[4096];
	char *machine, *device, *properties, *arguments; /* what command points at */
	unsigned devfn;
	int resource_peer;                /* our end of a network, or -1 */
	unsigned changes;                 /* made so far */
	size_t chatter;                   /* where in process.text the newest start began */
	char given[VS_QEMU_TEXT_MAX + 1]; /* last evidence */
	char about[96];
};

/*
 * Starts QEMU up to a device whose BARs are placed. Returns 0, or -1 with a sentence in error;
 * then no process is left.
 */
int vs_qemu_start(struct vs_qemu *q, char *error, size_t size);

/* Ends the process and closes the connections; harmless where there are none. */
void vs_qemu_stop(struct vs_qemu *q);

/* The bus has failed: makes its sentence say how the process ended, and ends it if it has not. */
void vs_qemu_explain(struct vs_qemu *q);

#endif
