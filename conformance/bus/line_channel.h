/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines of text over a stream socket, for the protocols of QEMU: every wait has a deadline, a line
 * has a greatest length, and nothing that the peer does can block or grow.
 */
#ifndef VS_LINE_CHANNEL_H
#define VS_LINE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vs_line_result {
	VS_LINE_OK,
	VS_LINE_CLOSED,   /* the peer closed the connection; an unfinished line is lost */
	VS_LINE_LATE,     /* the deadline passed */
	VS_LINE_TOO_LONG, /* the peer sent a line that no sane peer sends */
};

struct vs_line_channel {
	int fd; /* owned; -1: none */
	/* Beside fd, while waiting: when side_fd (not owned, -1: none) is readable, side() runs. */
	int side_fd;
	void (*side)(void *context);
	void *context;
	char *text; /* [start, end) has been received and not been taken */
	size_t capacity, start, end;
};

/*
 * Takes over fd, a connected stream socket. `capacity` bounds the length of a line. Returns 0, or
 * -1 without memory (then fd is still the caller's).
 */
int vs_line_channel_open(struct vs_line_channel *channel, int fd, size_t capacity);
void vs_line_channel_close(struct vs_line_channel *channel);

/* Sends size bytes. `deadline` is a time on the clock of vs_monotonic_ns. */
enum vs_line_result vs_line_channel_send(struct vs_line_channel *channel, const char *data,
					 size_t size, uint64_t deadline);

/*
 * The next line, terminated and without its newline (and carriage return), valid until the next
 * call. A deadline of 0 takes only what has already arrived.
 */
enum vs_line_result vs_line_channel_receive(struct vs_line_channel *channel, char **line,
					    uint64_t deadline);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t vs_monotonic_ns(void);

#endif
