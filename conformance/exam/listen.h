/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The examination of a driver that attaches over vfio-user, as that of a virtual machine's guest:
 * the mock device is exposed, everything that reaches it becomes an event, and the monitors hear it
 * at once.
 */
#ifndef VS_LISTEN_H
#define VS_LISTEN_H

#include <stdio.h>

#include "exam/driver_run.h"
#include "observe/recording.h"

struct vs_listen;

struct vs_listen_setup {
	struct vs_driver_run *run;
	const char *path;           /* of the socket */
	const char *target;         /* the device to begin with: "mock:…" */
	struct vs_recorder *record; /* where events go as well, or NULL */
	volatile const int *stop;   /* set to non-zero by a signal, or NULL */
};

/* NULL with one sentence in error. The setup's pointers have to outlive it. */
struct vs_listen *vs_listen_open(const struct vs_listen_setup *setup, char *error, size_t size);
void vs_listen_close(struct vs_listen *listen);

/* One scenario: until the client has gone, or a signal. Returns 0, or -1 with run->trouble. */
int vs_listen_once(struct vs_listen *listen);

/*
 * Obeys commands on `in`, one a line, and answers on `out`, one JSON object a line:
 *
 *	scenario NAME [TARGET]     the device becomes that of the scenario, as after power-on, and a
 *	                           new trace begins: {"type":"ready","scenario":NAME}
 *	verdict [worked|failed|hung|crashed]
 *	                           the trace ends, with what the driver's side said of it; the
 *	                           run's sinks hear of the scenario: {"type":"scenario-end"}
 *	quit                       and so does the end of the input
 *
 * What is wrong with a command: {"type":"refused","reason":…}. The layout of the function should
 * stay what it is as long as a client is attached that has read it.
 */
int vs_listen_obey(struct vs_listen *listen, int in, FILE *out);

#endif
