/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/vfio_user_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz/support/oracle.h"
#include "spec/byteorder.h"

#define STEPS 64u /* turns of the server that one message may take */

/* ---- The function: plain bytes ---- */

static uint32_t config_read(void *context, unsigned offset, unsigned width)
{
	const struct peer *p = context;

	return (uint32_t)vs_load_le(p->config + offset, width);
}

static void config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
	struct peer *p = context;

	vs_store_le(p->config + offset, width, value);
}

static void check_place(unsigned bar, uint64_t offset, unsigned width)
{
	if (bar || offset >= PEER_BAR || width > PEER_BAR - offset)
		fuzz_oracle("outside", "an access of %u bytes at %#" PRIx64 " of BAR %u", width,
			    offset, bar);
}

static uint64_t quiet_read(void *context, unsigned bar, uint64_t offset, unsigned width)
{
	const struct peer *p = context;

	check_place(bar, offset, width);
	return vs_load_le(p->bar + offset, width);
}

static void quiet_write(void *context, unsigned bar, uint64_t offset, unsigned width,
			uint64_t value)
{
	struct peer *p = context;

	check_place(bar, offset, width);
	vs_store_le(p->bar + offset, width, value);
}

static uint64_t bar_read(void *context, const struct expose_place *at, unsigned width)
{
	return quiet_read(context, at->bar, at->offset, width);
}

static void bar_write(void *context, const struct expose_place *at, unsigned width, uint64_t value)
{
	struct peer *p = context;
	struct peer_bell *b = &p->bell;

	quiet_write(context, at->bar, at->offset, width, value);
	if (at->offset != PEER_BELL || width != 8 || !b->size)
		return;
	b->result = b->write ? expose_dma_write(p->server, b->address, b->data, b->size)
			     : expose_dma_read(p->server, b->address, b->data, b->size);
}

static void reset(void *context)
{
	(void)context;
}

static struct expose_bar bar_info(void *context, unsigned bar)
{
	(void)context;
	return (struct expose_bar){ bar ? 0 : PEER_BAR, false, false };
}

static enum expose_health health(void *context)
{
	(void)context;
	return EXPOSE_ALIVE;
}

static void dma_mapped(void *context, uint64_t address, uint64_t size, bool readable, bool writable)
{
	struct peer *p = context;

	p->mapped++;
	if (!size || address + (size - 1) < address || !(readable || writable))
		fuzz_oracle("map", "%#" PRIx64 " bytes at %#" PRIx64 " are mapped", size, address);
}

static void dma_unmapped(void *context, uint64_t address, uint64_t size)
{
	(void)address;
	(void)size;
	((struct peer *)context)->unmapped++;
}

static uint64_t panel_number(void *context)
{
	(void)context;
	return 0;
}

static void panel_advance(void *context, uint64_t ns)
{
	(void)context;
	(void)ns;
}

static bool panel_provoke(void *context, unsigned what)
{
	(void)context;
	return what == TESTER_CONFIG_CHANGE;
}

static const struct expose_panel panel = { panel_number, panel_advance, reset, panel_provoke,
					   panel_number };

static void renew(struct peer *p)
{
	memset(p->config, 0, sizeof(p->config));
	memset(p->bar, 0, sizeof(p->bar));
	p->config[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	p->config[PCI_INTERRUPT_PIN] = 1;
	p->config[PCI_CAPABILITY_LIST] = PEER_MSIX_AT;
	p->config[PEER_MSIX_AT + PCI_CAP_ID] = PCI_CAP_ID_MSIX;
	vs_store_le16(p->config + PEER_MSIX_AT + PCI_MSIX_CONTROL, PEER_VECTORS - 1);
	vs_store_le32(p->config + PEER_MSIX_AT + PCI_MSIX_TABLE, PEER_TABLE);
	memcpy(p->config_told, p->config, sizeof(p->config));
	memcpy(p->bar_told, p->bar, sizeof(p->bar));
}

/* ---- The client ---- */

static void *map_file(int fd)
{
	void *at = mmap(NULL, PEER_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd < 0 || at == MAP_FAILED)
		abort();
	return at;
}

static void make_things(struct peer *p)
{
	int ends[2];

	for (int i = THING_SEALED; i <= THING_FILE; i++) {
		p->things[i] = memfd_create("peer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (p->things[i] < 0 || ftruncate(p->things[i], PEER_MEMORY))
			abort();
		p->memory[i] = map_file(p->things[i]);
	}
	if (fcntl(p->things[THING_SEALED], F_ADD_SEALS, F_SEAL_SHRINK))
		abort();
	p->things[THING_EVENT] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->things[THING_EVENT2] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pipe2(ends, O_CLOEXEC))
		abort();
	p->things[THING_PIPE] = ends[0];
	p->pipe_end = ends[1];
}

void peer_make(struct peer *p)
{
	struct expose_server *s = calloc(1, sizeof(*s));
	char error[200];

	if (!s)
		abort();
	make_things(p);
	s->function = (struct expose_function){
		.context = p,
		.config_read = config_read,
		.config_write = config_write,
		.bar_read = bar_read,
		.bar_write = bar_write,
		.reset = reset,
		.bar_info = bar_info,
		.quiet_config_read = config_read,
		.quiet_bar_read = quiet_read,
		.quiet_bar_write = quiet_write,
		.health = health,
		.dma_mapped = dma_mapped,
		.dma_unmapped = dma_unmapped,
		.panel = &panel,
	};
	/* As expose_listen() makes it, but for a listener: the client is brought in person. */
	s->listener = s->panel_fd = -1;
	expose_irqs_init(&s->interrupts);
	if (expose_wire_open(&s->wire) || expose_panel_open(s, error, sizeof(error)))
		abort();
	p->server = s;
	p->fd = -1;
}

/* Which of the descriptors that a session comes to are in use, in one question. */
static uint64_t open_descriptors(void)
{
	struct pollfd fds[64];
	uint64_t open = 0;

	for (int i = 0; i < 64; i++)
		fds[i] = (struct pollfd){ .fd = i };
	if (poll(fds, 64, 0) < 0)
		abort();
	for (int i = 0; i < 64; i++)
		open |= (uint64_t) !(fds[i].revents & POLLNVAL) << i;
	return open;
}

void peer_renew_memory(struct peer *p)
{
	uint64_t count;

	p->open = open_descriptors();
	if (p->file_size != PEER_MEMORY && ftruncate(p->things[THING_FILE], PEER_MEMORY))
		abort();
	p->file_size = PEER_MEMORY;
	for (int i = THING_SEALED; p->dirty && i <= THING_FILE; i++)
		memset(p->memory[i], 0, PEER_MEMORY);
	p->dirty = false;
	/* Without counts that nobody read, which could fill up. */
	for (int i = THING_EVENT; i <= THING_EVENT2; i++)
		(void)!read(p->things[i], &count, sizeof(count));
}

void peer_dial(struct peer *p)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
		abort();
	renew(p);
	p->fd = ends[0];
	p->negotiated = p->panel = p->over = false;
	p->xfer = EXPOSE_XFER_MAX;
	p->map_count = p->due_count = 0;
	p->mapped = p->unmapped = 0;
	expose_wire_attach(&p->server->wire, ends[1]);
}

void peer_hang_up(struct peer *p)
{
	close(p->fd);
	p->fd = -1;
	for (unsigned i = 0; expose_attached(p->server); i++) {
		if (i == STEPS)
			fuzz_oracle("stays", "the client has gone, and the server does not see it");
		expose_step(p->server, 0);
	}
	if (p->server->map_count || p->mapped != p->unmapped)
		fuzz_oracle("maps", "%u maps remain of a client that has gone",
			    p->server->map_count);
	if (open_descriptors() != p->open)
		fuzz_oracle("descriptors", "descriptors are left of a client that has gone");
}

void peer_send(struct peer *p, const struct peer_message *m, size_t from, size_t to)
{
	uint8_t bytes[sizeof(m->header) + sizeof(m->payload)];
	union {
		char bytes[CMSG_SPACE(3 * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { bytes + from, to - from };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	memcpy(bytes, &m->header, sizeof(m->header));
	memcpy(bytes + sizeof(m->header), m->payload, m->size);
	if (m->thing_count && !from) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(m->thing_count * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(m->thing_count * sizeof(int));
		for (unsigned i = 0; i < m->thing_count; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &p->things[m->things[i]],
			       sizeof(int));
	}
	if (to > from && sendmsg(p->fd, &msg, MSG_NOSIGNAL) != (ssize_t)(to - from))
		fuzz_oracle("unread", "the server does not take what is sent to it");
}

/* ---- Answers ---- */

/* The next message of the server's. False: there is none. */
static bool receive(struct peer *p, struct vfio_user_header *header, uint8_t *payload)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { header, sizeof(*header) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t got = recvmsg(p->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	size_t size;
	int fd;

	if (got <= 0)
		return false;
	if (got != sizeof(*header) || header->size < sizeof(*header) ||
	    header->size - sizeof(*header) > PEER_ANSWER)
		fuzz_oracle("answer", "an answer of %u bytes begins with %zd", header->size, got);
	size = header->size - sizeof(*header);
	if (size && recv(p->fd, payload, size, MSG_DONTWAIT) != (ssize_t)size)
		fuzz_oracle("answer", "an answer is shorter than the %u bytes that it has",
			    header->size);
	if (msg.msg_controllen && CMSG_FIRSTHDR(&msg)) {
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
		close(fd);
	}
	return true;
}

static void check(const struct peer_answer *due, const struct vfio_user_header *header,
		  const uint8_t *payload)
{
	size_t size = header->size - sizeof(*header);
	bool error = header->flags & VFIO_USER_ERROR;

	if (header->id != due->header.id || header->command != due->header.command ||
	    (header->flags & ~VFIO_USER_ERROR) != VFIO_USER_TYPE_REPLY)
		fuzz_oracle("answer", "id %#x, command %u, flags %#x, to id %#x, command %u",
			    header->id, header->command, header->flags, due->header.id,
			    due->header.command);
	if (error != due->error || (header->error != 0) != error)
		fuzz_oracle("refusal", "command %u: error %u, and %s was due", header->command,
			    header->error, due->error ? "an error" : "none");
	if (error ? size != 0 : due->open ? size < due->compare : size != due->size)
		fuzz_oracle("answer-size", "command %u: %zu bytes, and %u were due",
			    header->command, size, error ? 0 : due->size);
	if (!error && memcmp(payload, due->payload, due->compare) != 0)
		fuzz_oracle("data", "command %u: the answer does not say what is so",
			    header->command);
}

static void take_answers(struct peer *p)
{
	struct vfio_user_header header;
	uint8_t payload[PEER_ANSWER];
	unsigned at = 0;

	while (receive(p, &header, payload)) {
		/* What the device asks of its own accord was answered before. */
		if ((header.flags & VFIO_USER_TYPE_MASK) == VFIO_USER_TYPE_COMMAND) {
			if (header.command != VFIO_USER_DMA_READ &&
			    header.command != VFIO_USER_DMA_WRITE)
				fuzz_oracle("answer", "the server has command %u", header.command);
			continue;
		}
		while (at < p->due_count && p->due[at].none)
			at++;
		if (at == p->due_count)
			fuzz_oracle("answer", "command %u has an answer that nobody wants",
				    header.command);
		check(&p->due[at++], &header, payload);
	}
	while (at < p->due_count && p->due[at].none)
		at++;
	if (at < p->due_count)
		fuzz_oracle("lost", "command %u has no answer", p->due[at].header.command);
	p->due_count = 0;
}

/* A turn of the server serves one message at most; the last finds that there are no more. */
void peer_collect(struct peer *p)
{
	for (unsigned i = p->due_count + p->replies + 1; i && expose_attached(p->server); i--)
		expose_step(p->server, 0);
	p->replies = 0;
	take_answers(p);
	if (expose_attached(p->server) == p->over)
		fuzz_oracle("served", "%s",
			    p->over ? "the server goes on where it cannot"
				    : "the server has hung up");
}
