/* SPDX-License-Identifier: BSD-3-Clause */
/* The server's life: its socket, its client, and whose turn it is. */
#include "mock-device/expose/vfio_user.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "mock-device/expose/vfio_user_server.h"

/* A socket left behind by a server that is no more is in the way; a living one's is not ours. */
static void remove_stale(const struct sockaddr_un *address)
{
	struct stat status;
	int fd;

	if (lstat(address->sun_path, &status) || !S_ISSOCK(status.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) &&
	    errno == ECONNREFUSED)
		unlink(address->sun_path);
	close(fd);
}

static int listen_at(const char *path, char *error, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (!*path || strlen(path) >= sizeof(address.sun_path)) {
		snprintf(error, size, "the path of a UNIX socket has 1 to %zu bytes",
			 sizeof(address.sun_path) - 1);
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	remove_stale(&address);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)) && !listen(fd, 8))
		return fd;
	snprintf(error, size, "cannot listen on %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

struct expose_server *expose_listen(const char *path, const struct expose_function *function,
				    char *error, size_t size)
{
	struct expose_server *s = calloc(1, sizeof(*s));

	if (!s) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	s->function = *function;
	s->listener = s->panel_fd = -1;
	s->path = strdup(path);
	expose_irqs_init(&s->interrupts);
	if (expose_wire_open(&s->wire) || !s->path)
		snprintf(error, size, "out of memory");
	else if (!expose_panel_open(s, error, size))
		s->listener = listen_at(path, error, size);
	if (s->listener >= 0)
		return s;
	expose_close(s);
	return NULL;
}

static void forget_later(struct expose_server *s)
{
	for (; s->later_first < s->later_count; s->later_first++) {
		expose_message_close(&s->later[s->later_first]);
		free(s->later[s->later_first].payload);
	}
	s->later_first = s->later_count = 0;
	s->later_bytes = 0;
}

static void detach(struct expose_server *s)
{
	s->complaint = s->wire.complaint;
	forget_later(s);
	expose_irqs_release(s);
	expose_unmap_all(s);
	expose_wire_detach(&s->wire);
	if (s->negotiated && s->function.detached)
		s->function.detached(s->function.context);
	s->negotiated = s->hung = false;
	memset(s->bars, 0, sizeof(s->bars));
}

void expose_close(struct expose_server *s)
{
	if (!s)
		return;
	if (s->wire.fd >= 0)
		detach(s);
	if (s->listener >= 0) {
		unlink(s->path);
		close(s->listener);
	}
	expose_panel_close(s);
	expose_wire_close(&s->wire);
	free(s->maps);
	free(s->path);
	free(s);
}

/* 0 whether or not somebody came; -1 when nobody can come any more. */
static int wait_for_client(struct expose_server *s, int timeout_ms)
{
	struct pollfd p = { .fd = s->listener, .events = POLLIN };
	int ready = poll(&p, 1, timeout_ms);
	int fd;

	if (ready <= 0)
		return ready == 0 || errno == EINTR ? 0 : -1;
	fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) /* it went again, or there are no descriptors left for now */
		return errno == EBADF || errno == EINVAL ? -1 : 0;
	expose_wire_attach(&s->wire, fd);
	return 0;
}

/* A device that hangs answers nobody: all that can come is the client's end. */
static void wait_for_end(struct expose_server *s, int timeout_ms)
{
	struct pollfd p = { .fd = s->wire.fd, .events = POLLIN };

	/* Its end may lie behind messages, which may hold it up. */
	if (poll(&p, 1, timeout_ms) > 0)
		expose_wire_discard(&s->wire);
}

static void wait_for_message(struct expose_server *s, int timeout_ms)
{
	struct pollfd p[2] = {
		{ .fd = s->wire.fd, .events = s->wire.out_size ? POLLOUT : POLLIN },
		{ .fd = s->interrupts.unmask_fd, .events = POLLIN },
	};
	uint64_t count;

	if (s->wire.out_size && expose_clock_ms() - s->wire.out_since > EXPOSE_UNREAD_MS) {
		expose_wire_drop(&s->wire, "it does not read what is sent to it");
		return;
	}
	if (s->later_first < s->later_count)
		timeout_ms = 0;
	if (poll(p, 2, timeout_ms) <= 0 || !(p[1].revents & POLLIN))
		return;
	if (read(p[1].fd, &count, sizeof(count)) == sizeof(count))
		expose_intx_unmasked(s);
}

/* The next command, if it is all there. Those that had to wait come first. */
static void next_command(struct expose_server *s)
{
	struct expose_message m;

	if (s->later_first < s->later_count) {
		m = s->later[s->later_first++];
		if (s->later_first == s->later_count)
			s->later_first = s->later_count = 0;
		s->later_bytes -= m.size;
		expose_execute(s, &m);
		expose_message_close(&m);
		free(m.payload);
		return;
	}
	if (expose_wire_read(&s->wire) != 1)
		return;
	/* What the device does now may read more from the stream: this one is out of it. */
	m = expose_wire_take(&s->wire);
	expose_execute(s, &m);
	expose_message_close(&m);
}

int expose_step(struct expose_server *s, int timeout_ms)
{
	if (s->wire.fd < 0)
		return wait_for_client(s, timeout_ms) ? -1 : expose_attached(s);
	/* Time may have killed the device since the last step. */
	if (s->negotiated)
		expose_healthy(s);
	if (s->hung)
		wait_for_end(s, timeout_ms);
	else if (!s->wire.vanished)
		wait_for_message(s, timeout_ms);
	if (!s->hung && !s->wire.vanished && expose_wire_flush(&s->wire) == 1)
		next_command(s);
	if (s->wire.vanished)
		detach(s);
	return expose_attached(s);
}

bool expose_attached(const struct expose_server *s)
{
	return s->wire.fd >= 0;
}

uint64_t expose_clients(const struct expose_server *s)
{
	return s->clients;
}

const char *expose_complaint(const struct expose_server *s)
{
	return s->complaint;
}
