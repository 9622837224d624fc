/* SPDX-License-Identifier: BSD-3-Clause */
/* The QEMU Machine Protocol, as much as it takes to learn the version and to give commands. */
#ifndef VS_QMP_H
#define VS_QMP_H

#include <jansson.h>

#include "bus/line_channel.h"

struct vs_qmp {
	struct vs_line_channel channel;
	char version[24]; /* "7.2.22", after the greeting */
};

/* Takes over fd, a connected stream socket. Returns 0, or -1 without memory. */
int vs_qmp_open(struct vs_qmp *qmp, int fd);
void vs_qmp_close(struct vs_qmp *qmp);

/*
 * Waits for the greeting and leaves negotiation mode. Times are those of vs_monotonic_ns. Anything
 * that is not QMP counts as VS_LINE_CLOSED.
 */
enum vs_line_result vs_qmp_greet(struct vs_qmp *qmp, uint64_t deadline);

/*
 * Gives a command; takes over `arguments` (NULL: none). *done says whether QEMU did it; where it
 * refused, the reason is in text. Events that come meanwhile are dropped.
 */
enum vs_line_result vs_qmp_execute(struct vs_qmp *qmp, const char *command, json_t *arguments,
				   uint64_t deadline, bool *done, char *text, size_t size);

#endif
