/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands and answers on the socket. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/line_channel.h"
#include "bus/vfio_user.h"

#define FDS_MAX 16u

/* An answer that comes after all must not be taken for another's. */
#define fail(v, state, ...) ((v)->lost = true, vs_bus_fail((v)->bus, state, __VA_ARGS__))

static int gone(struct vs_vfio_user *v)
{
	return fail(v, VS_BUS_DIED, "the vfio-user server closed the connection");
}

static int send_all(struct vs_vfio_user *v, struct iovec *iov, unsigned count, const int *fds,
		    unsigned fd_count)
{
	union {
		char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = count };

	if (fd_count) {
		struct cmsghdr *c = &control.align;

		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, fd_count * sizeof(int));
	}
	while (msg.msg_iovlen) {
		ssize_t sent = sendmsg(v->fd, &msg, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return fail(v, VS_BUS_HUNG,
				    "the vfio-user server does not take what is sent to it");
		if (sent < 0)
			return gone(v);
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
		for (; msg.msg_iovlen && (size_t)sent >= msg.msg_iov->iov_len; msg.msg_iovlen--)
			sent -= (ssize_t)(msg.msg_iov++)->iov_len;
		if (msg.msg_iovlen) {
			msg.msg_iov->iov_base = (uint8_t *)msg.msg_iov->iov_base + sent;
			msg.msg_iov->iov_len -= (size_t)sent;
		}
	}
	return 0;
}

static void keep_fd(struct vs_vfio_user *v, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (v->passed >= 0)
				close(v->passed);
			v->passed = fd;
		}
	}
}

/* Takes more bytes: 1, 0 none came (where it waits: for as long as the socket waits), -1 not
 * alive. */
static int receive(struct vs_vfio_user *v, bool wait)
{
	union {
		char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { v->in + v->have, VS_VFIO_USER_IN_SIZE - v->have };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	ssize_t got = recvmsg(v->fd, &msg, (wait ? 0 : MSG_DONTWAIT) | MSG_CMSG_CLOEXEC);

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (got <= 0)
		return gone(v);
	v->have += (size_t)got;
	keep_fd(v, &msg);
	return 1;
}

/* The memory of ours behind a range, or NULL. */
static uint8_t *memory_at(const struct vs_vfio_user *v, uint64_t address, uint64_t size)
{
	for (unsigned i = 0; i < VS_VFIO_USER_MEMORIES; i++) {
		const struct vs_vfio_user_memory *m = &v->memories[i];

		if (m->fd >= 0 && address >= m->address && address - m->address <= m->size &&
		    size <= m->size - (address - m->address))
			return m->host + (address - m->address);
	}
	return NULL;
}

static int answer(struct vs_vfio_user *v, const struct vfio_user_header *asked, uint32_t error,
		  const void *payload, size_t size, const void *data, size_t data_size)
{
	struct vfio_user_header header = {
		.id = asked->id,
		.command = asked->command,
		.size = (uint32_t)(sizeof(header) + size + data_size),
		.flags = VFIO_USER_TYPE_REPLY | (error ? VFIO_USER_ERROR : 0),
		.error = error,
	};
	struct iovec iov[3] = { { &header, sizeof(header) },
				{ (void *)(uintptr_t)payload, size },
				{ (void *)(uintptr_t)data, data_size } };

	if (asked->flags & VFIO_USER_NO_REPLY)
		return 0;
	return send_all(v, iov, 3, NULL, 0);
}

/* The server wants to read or write our memory. */
static int serve(struct vs_vfio_user *v, const struct vfio_user_header *asked,
		 const uint8_t *payload, size_t size)
{
	struct vfio_user_dma_access access;
	bool write = asked->command == VFIO_USER_DMA_WRITE;
	uint8_t *memory;

	if (!write && asked->command != VFIO_USER_DMA_READ)
		return answer(v, asked, EOPNOTSUPP, NULL, 0, NULL, 0);
	if (size < sizeof(access))
		return answer(v, asked, EINVAL, NULL, 0, NULL, 0);
	memcpy(&access, payload, sizeof(access));
	memory = memory_at(v, access.address, access.count);
	if (!memory || access.count > VS_VFIO_USER_XFER ||
	    (write && access.count > size - sizeof(access)))
		return answer(v, asked, EINVAL, NULL, 0, NULL, 0);
	if (write)
		memcpy(memory, payload + sizeof(access), access.count);
	return answer(v, asked, 0, &access, sizeof(access), memory, write ? 0 : access.count);
}

/* The next message that has arrived whole: 1, 0 none has, -1 not alive. */
static int next_message(struct vs_vfio_user *v, struct vfio_user_header *header,
			const uint8_t **payload)
{
	size_t rest = v->have - v->taken;

	if (rest >= sizeof(*header)) {
		memcpy(header, v->in + v->taken, sizeof(*header));
		if (header->size < sizeof(*header) || header->size > VS_VFIO_USER_IN_SIZE)
			return fail(v, VS_BUS_DIED,
				    "the vfio-user server sent a message of %u bytes",
				    header->size);
		if (rest >= header->size) {
			*payload = v->in + v->taken + sizeof(*header);
			v->taken += header->size;
			return 1;
		}
	}
	/* Room for the rest of it. */
	memmove(v->in, v->in + v->taken, rest);
	v->have = rest;
	v->taken = 0;
	return 0;
}

/* Messages that are no answer to what was asked: the server's commands. 1 it was one. */
static int other_message(struct vs_vfio_user *v, const struct vfio_user_header *header,
			 const uint8_t *payload)
{
	if ((header->flags & VFIO_USER_TYPE_MASK) == VFIO_USER_TYPE_COMMAND)
		return serve(v, header, payload, header->size - sizeof(*header)) ? -1 : 1;
	return 0;
}

static int take_answer(struct vs_vfio_user *v, struct vs_vfio_user_call *call,
		       const struct vfio_user_header *header, const uint8_t *payload)
{
	size_t size = header->size - sizeof(*header);

	if (header->command != call->command)
		return fail(v, VS_BUS_DIED, "the vfio-user server answered command %u with %u",
			    (unsigned)call->command, header->command);
	if (header->flags & VFIO_USER_ERROR) {
		call->error = header->error;
		return 1;
	}
	call->answer_got = size < call->answer_size ? size : call->answer_size;
	if (call->answer_got)
		memcpy(call->answer, payload, call->answer_got);
	return 0;
}

static int await(struct vs_vfio_user *v, struct vs_vfio_user_call *call, uint16_t id)
{
	uint64_t until = vs_monotonic_ns() + v->bus->deadline_ns;

	for (;;) {
		struct vfio_user_header header;
		const uint8_t *payload = v->in;
		int result = next_message(v, &header, &payload);

		if (result == 0) {
			result = receive(v, true);
		} else if (result > 0) {
			result = other_message(v, &header, payload);
			if (!result && header.id == id)
				return take_answer(v, call, &header, payload);
		}
		if (result < 0)
			return -1;
		/* Also for a server that sends other things without an end. */
		if (vs_monotonic_ns() >= until)
			return fail(v, VS_BUS_HUNG,
				    "the vfio-user server did not answer within %.3g s",
				    (double)v->bus->deadline_ns / 1e9);
	}
}

int vs_vfio_user_call(struct vs_vfio_user *v, struct vs_vfio_user_call *call)
{
	struct vfio_user_header header = {
		.id = v->next_id++,
		.command = (uint16_t)call->command,
		.size = (uint32_t)(sizeof(header) + call->size + call->data_size),
		.flags = VFIO_USER_TYPE_COMMAND,
	};
	struct iovec iov[3] = { { &header, sizeof(header) },
				{ (void *)(uintptr_t)call->payload, call->size },
				{ (void *)(uintptr_t)call->data, call->data_size } };

	if (v->bus->state != VS_BUS_ALIVE || v->fd < 0 || vs_vfio_user_limit(v))
		return gone(v);
	v->bus->round_trips++;
	if (send_all(v, iov, 3, call->fds, call->fd_count))
		return -1;
	return await(v, call, header.id);
}

static bool wait_for_bytes(const struct vs_vfio_user *v, uint64_t until)
{
	uint64_t now = vs_monotonic_ns();
	uint64_t left = now < until ? until - now : 0;
	struct timespec wait = { (time_t)(left / 1000000000u), (long)(left % 1000000000u) };
	struct pollfd p = { .fd = v->fd, .events = POLLIN };

	return ppoll(&p, 1, &wait, NULL) > 0;
}

int vs_vfio_user_listen(struct vs_vfio_user *v, uint64_t ns)
{
	uint64_t until = vs_monotonic_ns() + ns;
	uint64_t limit = until + v->bus->deadline_ns;

	for (;;) {
		struct vfio_user_header header;
		const uint8_t *payload = v->in;
		int result = next_message(v, &header, &payload);

		if (result == 0) {
			result = wait_for_bytes(v, until) ? receive(v, false) : 0;
			if (result == 0 && vs_monotonic_ns() >= until)
				return 0;
		} else if (result > 0) {
			result = other_message(v, &header, payload);
		}
		if (result < 0)
			return -1;
		if (vs_monotonic_ns() >= limit)
			return fail(v, VS_BUS_HUNG, "the vfio-user server asks without an end");
	}
}
