/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stream of messages. It never blocks but in expose_wire_wait, and never reads beyond the end
 * of a message: the kernel ends a read where descriptors were passed, not where a message ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mock-device/expose/vfio_user_server.h"

/* The most that the kernel passes at once (SCM_MAX_FD), so that it never has to cut. */
#define KERNEL_FDS_MAX 253u

#define DISCARDS 256u /* reads of what nobody wants, in one turn */

#define OUT_MAX (sizeof(struct vfio_user_header) + EXPOSE_PAYLOAD_MAX)

uint64_t expose_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

int expose_wire_open(struct expose_wire *wire)
{
	wire->fd = -1;
	/* Pages of them are taken as messages need them. */
	wire->in_buffer = malloc(EXPOSE_PAYLOAD_MAX);
	wire->taken_buffer = malloc(EXPOSE_PAYLOAD_MAX);
	wire->out = malloc(OUT_MAX);
	return wire->in_buffer && wire->taken_buffer && wire->out ? 0 : -1;
}

void expose_wire_close(struct expose_wire *wire)
{
	expose_wire_detach(wire);
	free(wire->in_buffer);
	free(wire->taken_buffer);
	free(wire->out);
}

void expose_message_close(struct expose_message *message)
{
	for (unsigned i = 0; i < message->fd_count; i++) {
		if (message->fds[i] >= 0)
			close(message->fds[i]);
	}
	message->fd_count = 0;
}

void expose_wire_attach(struct expose_wire *wire, int fd)
{
	wire->fd = fd;
	wire->in = (struct expose_message){ 0 };
	wire->in_have = 0;
	wire->out_size = wire->out_sent = 0;
	wire->vanished = false;
	wire->complaint = NULL;
}

void expose_wire_detach(struct expose_wire *wire)
{
	if (wire->fd < 0)
		return;
	expose_message_close(&wire->in);
	close(wire->fd);
	wire->fd = -1;
}

void expose_wire_drop(struct expose_wire *wire, const char *complaint)
{
	if (!wire->vanished)
		wire->complaint = complaint;
	wire->vanished = true;
}

bool expose_is_eventfd(int fd)
{
	char link[32], target[32];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	return strstr(target, "[eventfd]") != NULL;
}

/* Nothing else is held, not even for a moment: a client that passes us its own end of the socket
 * would never be seen to go. */
static bool is_welcome(int fd)
{
	return fcntl(fd, F_GET_SEALS) >= 0 || expose_is_eventfd(fd);
}

static void take_fds(struct expose_message *message, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (message->fd_count < EXPOSE_FDS_MAX && is_welcome(fd)) {
				message->fds[message->fd_count++] = fd;
			} else {
				message->bad_fds = true;
				close(fd);
			}
		}
	}
	if (msg->msg_flags & MSG_CTRUNC)
		message->bad_fds = true;
}

/* Up to `size` bytes: how many, 0 for not yet, -1 vanished. */
static ssize_t take_bytes(struct expose_wire *wire, void *at, size_t size)
{
	union {
		char bytes[CMSG_SPACE(KERNEL_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { at, size };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	ssize_t got = recvmsg(wire->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (got > 0) {
		take_fds(&wire->in, &msg);
		return got;
	}
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return 0;
	expose_wire_drop(wire, NULL);
	return -1;
}

void expose_wire_discard(struct expose_wire *wire)
{
	uint8_t bytes[4096];

	/* A client that sends faster than this is read on in the next turn. */
	for (unsigned i = 0; i < DISCARDS && take_bytes(wire, bytes, sizeof(bytes)) > 0; i++)
		expose_message_close(&wire->in);
}

static void begin_message(struct expose_wire *wire)
{
	expose_message_close(&wire->in);
	wire->in = (struct expose_message){ 0 };
	wire->in_have = 0;
}

/* The header is there: how long is it all? */
static int size_message(struct expose_wire *wire)
{
	uint32_t size = wire->in.header.size;

	if (size < sizeof(wire->in.header) || size - sizeof(wire->in.header) > EXPOSE_PAYLOAD_MAX)
		return -1;
	wire->in.size = size - (uint32_t)sizeof(wire->in.header);
	wire->in.payload = wire->in_buffer;
	return 0;
}

int expose_wire_read(struct expose_wire *wire)
{
	const size_t head = sizeof(wire->in.header);

	/* The one before was given away. */
	if (wire->in_have >= head && wire->in_have == head + wire->in.size)
		begin_message(wire);
	while (!wire->vanished) {
		uint8_t *at = wire->in_have < head ? (uint8_t *)&wire->in.header + wire->in_have
						   : wire->in_buffer + (wire->in_have - head);
		size_t end = wire->in_have < head ? head : head + wire->in.size;
		ssize_t got;

		if (wire->in_have == end)
			return 1;
		got = take_bytes(wire, at, end - wire->in_have);
		if (got <= 0)
			return (int)got;
		wire->in_have += (size_t)got;
		if (wire->in_have == head && size_message(wire))
			wire->in.malformed = true;
	}
	return -1;
}

struct expose_message expose_wire_take(struct expose_wire *wire)
{
	struct expose_message taken = wire->in;
	uint8_t *buffer = wire->in_buffer;

	wire->in_buffer = wire->taken_buffer;
	wire->taken_buffer = buffer;
	wire->in = (struct expose_message){ 0 };
	wire->in_have = 0;
	return taken;
}

int expose_wire_flush(struct expose_wire *wire)
{
	while (wire->out_sent < wire->out_size) {
		ssize_t sent = send(wire->fd, wire->out + wire->out_sent,
				    wire->out_size - wire->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
			return 0;
		if (sent < 0) {
			expose_wire_drop(wire, NULL);
			wire->out_size = wire->out_sent = 0;
			return -1;
		}
		wire->out_sent += (size_t)sent;
	}
	wire->out_size = wire->out_sent = 0;
	return 1;
}

/* The first bytes, and the descriptor with them. */
static void send_with_fd(struct expose_wire *wire, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { wire->out, wire->out_size };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	ssize_t sent;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	sent = sendmsg(wire->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* A client whose socket is full gets the answer without its descriptor: it did not read
	 * thousands of answers. */
	if (sent > 0)
		wire->out_sent = (size_t)sent;
}

int expose_wire_send(struct expose_wire *wire, const struct vfio_user_header *header,
		     const void *payload, size_t size, const void *data, size_t data_size, int fd)
{
	if (wire->out_size || wire->vanished || sizeof(*header) + size + data_size > OUT_MAX)
		return -1;
	memcpy(wire->out, header, sizeof(*header));
	if (size)
		memcpy(wire->out + sizeof(*header), payload, size);
	if (data_size)
		memcpy(wire->out + sizeof(*header) + size, data, data_size);
	wire->out_size = sizeof(*header) + size + data_size;
	wire->out_since = expose_clock_ms();
	wire->out_sent = 0;
	if (fd >= 0)
		send_with_fd(wire, fd);
	return expose_wire_flush(wire) < 0 ? -1 : 0;
}

int expose_wire_wait(struct expose_wire *wire, short events, uint64_t until_ms)
{
	while (!wire->vanished) {
		struct pollfd p = { .fd = wire->fd, .events = events };
		uint64_t now = expose_clock_ms();
		int ready = poll(&p, 1, now < until_ms ? (int)(until_ms - now) : 0);

		if (ready > 0)
			return 1;
		if (ready < 0 && errno != EINTR)
			return -1;
		if (now >= until_ms)
			return 0;
	}
	return -1;
}
