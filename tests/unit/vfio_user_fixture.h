/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A vfio-user server over a function made of plain bytes, and a client that may send it anything.
 * Both are in this thread: what the client sends lies in the socket until the server has its turn.
 */
#ifndef VFIO_USER_FIXTURE_H
#define VFIO_USER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mock-device/expose/vfio_user.h"
#include "spec/byteorder.h"
#include "spec/pci.h"
#include "spec/tester_panel.h"
#include "spec/vfio_user.h"
#include "vfio_user_function.h"

static inline unsigned count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* The server's turns: enough for all that can lie in the socket. */
static inline void turn(struct fixture *f)
{
	for (unsigned i = 0; i < 100; i++)
		assert_true(expose_step(f->server, 0) >= 0);
}

static inline int dial(const struct fixture *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(address.sun_path, f->path, strlen(f->path));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Bytes as they are, with descriptors. */
static inline void put_raw(struct fixture *f, const void *bytes, size_t size, const int *fds,
			   unsigned count)
{
	union {
		char bytes[CMSG_SPACE(64 * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)bytes, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (count) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, count * sizeof(int));
	}
	assert_int_equal(sendmsg(f->client, &msg, MSG_NOSIGNAL), size);
}

static inline void put(struct fixture *f, unsigned command, uint32_t flags, const void *payload,
		       size_t size, const int *fds, unsigned count)
{
	uint8_t bytes[4096];
	struct vfio_user_header header = { 0x1234, (uint16_t)command,
					   (uint32_t)(sizeof(header) + size), flags, 0 };

	assert_true(sizeof(header) + size <= sizeof(bytes));
	memcpy(bytes, &header, sizeof(header));
	if (size)
		memcpy(bytes + sizeof(header), payload, size);
	put_raw(f, bytes, sizeof(header) + size, fds, count);
}

/* The next message that the server sent: its header, and its payload in `payload`. False: none. */
static inline bool get(struct fixture *f, struct vfio_user_header *header, void *payload,
		       size_t size)
{
	uint8_t rest[8192];

	turn(f);
	if (recv(f->client, header, sizeof(*header), MSG_DONTWAIT | MSG_WAITALL) != sizeof(*header))
		return false;
	assert_true(header->size - sizeof(*header) <= sizeof(rest));
	if (header->size > sizeof(*header))
		assert_int_equal(recv(f->client, rest, header->size - sizeof(*header),
				      MSG_DONTWAIT | MSG_WAITALL),
				 header->size - sizeof(*header));
	if (payload)
		memcpy(payload, rest, size);
	return true;
}

/* Whether the server has closed the connection, with nothing left to read. */
static inline bool is_closed(struct fixture *f)
{
	char byte;

	turn(f);
	return recv(f->client, &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

/* Asks with descriptors, and expects the errno value (0: success) for an answer. */
static inline void ask_fds(struct fixture *f, unsigned command, const void *payload, size_t size,
			   const int *fds, unsigned count, uint32_t expected, void *answer,
			   size_t answer_size)
{
	struct vfio_user_header header;

	put(f, command, 0, payload, size, fds, count);
	assert_true(get(f, &header, expected ? NULL : answer, answer_size));
	assert_int_equal(header.id, 0x1234);
	assert_int_equal(header.command, command);
	assert_int_equal(header.flags, VFIO_USER_TYPE_REPLY | (expected ? VFIO_USER_ERROR : 0));
	assert_int_equal(header.error, expected);
	if (expected)
		assert_int_equal(header.size, sizeof(header));
	else
		assert_true(header.size >= sizeof(header) + answer_size);
}

static inline void ask(struct fixture *f, unsigned command, const void *payload, size_t size,
		       uint32_t expected, void *answer, size_t answer_size)
{
	ask_fds(f, command, payload, size, NULL, 0, expected, answer, answer_size);
}

static inline void agree(struct fixture *f)
{
	struct {
		struct vfio_user_version version;
		char text[40];
	} version = { { 0, 0 }, "{\"capabilities\":{\"virtspec\":{}}}" };

	ask(f, VFIO_USER_VERSION, &version, sizeof(version.version) + strlen(version.text) + 1, 0,
	    &version.version, sizeof(version.version));
}

/* The server is well: it answers, and its function is as it was. */
static inline void is_well(struct fixture *f)
{
	struct vfio_user_device_info info = { .argsz = sizeof(info) };

	ask(f, VFIO_USER_DEVICE_GET_INFO, &info, sizeof(info), 0, &info, sizeof(info));
	assert_int_equal(info.irqs, VFIO_USER_PCI_IRQS);
}

static inline void redial(struct fixture *f)
{
	close(f->client);
	turn(f);
	f->client = dial(f);
}

static inline void fill_function(struct fixture *f)
{
	f->config[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	f->config[PCI_INTERRUPT_PIN] = 1;
	f->config[PCI_CAPABILITY_LIST] = MSIX_AT;
	f->config[MSIX_AT + PCI_CAP_ID] = PCI_CAP_ID_MSIX;
	vs_store_le16(f->config + MSIX_AT + PCI_MSIX_CONTROL, MSIX_VECTORS - 1);
	vs_store_le32(f->config + MSIX_AT + PCI_MSIX_TABLE, MSIX_TABLE);
	for (unsigned i = 0; i < MSIX_VECTORS; i++)
		f->bar[MSIX_TABLE + (size_t)i * PCI_MSIX_ENTRY_SIZE + PCI_MSIX_ENTRY_CONTROL] =
			PCI_MSIX_ENTRY_MASKED;
}

static inline int setup(void **state)
{
	static const struct expose_panel panel = { fix_clock, fix_advance, fix_power_cycle,
						   fix_provoke, fix_flags };
	struct fixture *f = calloc(1, sizeof(*f));
	struct expose_function function = {
		.context = f,
		.config_read = fix_config_read,
		.config_write = fix_config_write,
		.bar_read = fix_bar_read,
		.bar_write = fix_bar_write,
		.reset = fix_reset,
		.bar_info = fix_bar_info,
		.quiet_config_read = fix_config_read,
		.quiet_bar_read = fix_quiet_read,
		.quiet_bar_write = fix_quiet_write,
		.health = fix_health,
		.dma_mapped = fix_mapped,
		.dma_unmapped = fix_unmapped,
		.attached = fix_attached,
		.detached = fix_detached,
		.panel = &panel,
	};
	char error[200];

	assert_non_null(f);
	f->descriptors = count_descriptors();
	fill_function(f);
	snprintf(f->path, sizeof(f->path), "/tmp/virtspec-unit-%d.sock", getpid());
	f->server = expose_listen(f->path, &function, error, sizeof(error));
	assert_non_null(f->server);
	f->client = dial(f);
	*state = f;
	return 0;
}

/* Whatever a client did, nothing is left of it. */
static inline int teardown(void **state)
{
	struct fixture *f = *state;

	close(f->client);
	turn(f);
	assert_false(expose_attached(f->server));
	assert_int_equal(f->maps, f->unmaps);
	assert_int_equal(f->attached, f->detached);
	expose_close(f->server);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(count_descriptors(), f->descriptors);
	free(f);
	return 0;
}

#define TEST(name)                                 \
	{                                          \
#name, name, setup, teardown, NULL \
	}

#endif
