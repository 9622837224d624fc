/* SPDX-License-Identifier: BSD-3-Clause */
/* The start of a vfio-user connection, and what its commands say. */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bus/line_channel.h"
#include "bus/vfio_user.h"
#include "spec/byteorder.h"
#include "spec/tester_panel.h"

#define TEXT_MAX 4096u

#define RETRY_MS 10

int vs_vfio_user_limit(struct vs_vfio_user *v)
{
	uint64_t ns = v->bus->deadline_ns;
	/* None at all would be no limit. */
	struct timeval limit = { (time_t)(ns / 1000000000u), (long)(ns / 1000u % 1000000u) | 1 };

	if (ns == v->limit_ns)
		return 0;
	v->limit_ns = ns;
	/* For sending, it is also the limit of waiting for a place in the server's queue. */
	return setsockopt(v->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ||
	       setsockopt(v->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

static int connect_once(struct vs_vfio_user *v, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, path, strnlen(path, sizeof(address.sun_path) - 1));
	v->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (v->fd < 0)
		return -1;
	v->limit_ns = 0;
	if (!vs_vfio_user_limit(v) && !connect(v->fd, (struct sockaddr *)&address, sizeof(address)))
		return 0;
	close(v->fd);
	v->fd = -1;
	return -1;
}

static char *our_capabilities(void)
{
	json_t *root = json_pack("{s:{s:i, s:i, s:i, s:{}}}", "capabilities", "max_msg_fds", 1,
				 "max_data_xfer_size", (int)VS_VFIO_USER_XFER, "pgsizes",
				 (int)VFIO_USER_PAGE_SIZE, TESTER_PANEL_CAPABILITY);
	char *text = json_dumps(root, JSON_COMPACT);

	json_decref(root);
	return text;
}

/* What the server says it can. A server that says nothing has the defaults. */
static int take_capabilities(struct vs_vfio_user *v, const char *text, size_t size)
{
	json_t *root, *capabilities, *xfer, *panel;
	json_int_t bytes;

	v->xfer = VS_VFIO_USER_XFER;
	v->panel = 0;
	if (!size)
		return 0;
	root = json_loadb(text, strnlen(text, size), 0, NULL);
	if (!root)
		return vs_bus_fail(v->bus, VS_BUS_DIED,
				   "the vfio-user server's capabilities are no JSON text");
	capabilities = json_object_get(root, "capabilities");
	xfer = json_object_get(capabilities, "max_data_xfer_size");
	panel = json_object_get(json_object_get(capabilities, TESTER_PANEL_CAPABILITY),
				TESTER_PANEL_REGION);
	bytes = json_integer_value(xfer);
	if (bytes > 0 && (uint64_t)bytes < v->xfer)
		v->xfer = (uint64_t)bytes;
	if (json_integer_value(panel) >= VFIO_USER_PCI_REGIONS &&
	    json_integer_value(panel) < UINT16_MAX)
		v->panel = (unsigned)json_integer_value(panel);
	json_decref(root);
	return 0;
}

static int agree(struct vs_vfio_user *v)
{
	struct vfio_user_version ours = { VFIO_USER_MAJOR, VFIO_USER_MINOR }, theirs;
	char *text = our_capabilities();
	uint8_t answer[sizeof(theirs) + TEXT_MAX];
	struct vs_vfio_user_call call = {
		.command = VFIO_USER_VERSION,
		.payload = &ours,
		.size = sizeof(ours),
		.data = text,
		.data_size = text ? strlen(text) + 1 : 0,
		.answer = answer,
		.answer_size = sizeof(answer),
	};
	int result = vs_vfio_user_call(v, &call);

	free(text);
	if (result < 0)
		return -1;
	if (result || call.answer_got < sizeof(theirs))
		return vs_bus_fail(v->bus, VS_BUS_DIED,
				   "the vfio-user server refuses version %u.%u of the protocol",
				   ours.major, ours.minor);
	memcpy(&theirs, answer, sizeof(theirs));
	if (theirs.major != ours.major)
		return vs_bus_fail(v->bus, VS_BUS_DIED,
				   "the vfio-user server speaks version %u.%u of the protocol, not "
				   "%u.%u",
				   theirs.major, theirs.minor, ours.major, ours.minor);
	return take_capabilities(v, (const char *)answer + sizeof(theirs),
				 call.answer_got - sizeof(theirs));
}

int vs_vfio_user_connect(struct vs_vfio_user *v, const char *path, uint64_t patience_ns)
{
	uint64_t until = vs_monotonic_ns() + patience_ns;

	vs_vfio_user_disconnect(v);
	while (connect_once(v, path)) {
		int error = errno;

		if ((error != ENOENT && error != ECONNREFUSED && error != EINTR) ||
		    vs_monotonic_ns() >= until)
			return vs_bus_fail(v->bus, VS_BUS_DIED, "cannot connect to %s: %s", path,
					   strerror(error));
		poll(NULL, 0, RETRY_MS);
	}
	v->lost = false;
	if (agree(v) == 0)
		return 0;
	v->lost = true;
	return -1;
}

void vs_vfio_user_disconnect(struct vs_vfio_user *v)
{
	if (v->fd >= 0)
		close(v->fd);
	if (v->passed >= 0)
		close(v->passed);
	v->fd = v->passed = -1;
	v->have = v->taken = 0;
	v->lost = true;
}

int vs_vfio_user_map(struct vs_vfio_user *v)
{
	for (unsigned i = 0; i < VS_VFIO_USER_MEMORIES; i++) {
		const struct vs_vfio_user_memory *m = &v->memories[i];
		struct vfio_user_dma_map map = {
			.argsz = sizeof(map),
			.flags = VFIO_USER_DMA_READABLE | VFIO_USER_DMA_WRITABLE,
			.address = m->address,
			.size = m->size,
		};
		struct vs_vfio_user_call call = { .command = VFIO_USER_DMA_MAP,
						  .payload = &map,
						  .size = sizeof(map),
						  .fds = &m->fd,
						  .fd_count = 1 };
		int result = m->fd < 0 ? 0 : vs_vfio_user_call(v, &call);

		if (result > 0)
			return vs_bus_fail(v->bus, VS_BUS_DIED,
					   "the vfio-user server refuses memory at %#llx: %s",
					   (unsigned long long)m->address,
					   strerror((int)call.error));
		if (result < 0)
			return -1;
	}
	return 0;
}

int vs_vfio_user_region_read(struct vs_vfio_user *v, unsigned region, uint64_t offset,
			     unsigned width, uint64_t *value)
{
	struct vfio_user_region_access access = { offset, region, width };
	struct {
		struct vfio_user_region_access access;
		uint8_t data[sizeof(*value)];
	} answer = { 0 };
	struct vs_vfio_user_call call = { .command = VFIO_USER_REGION_READ,
					  .payload = &access,
					  .size = sizeof(access),
					  .answer = &answer,
					  .answer_size = sizeof(access) + width };
	int result = vs_vfio_user_call(v, &call);

	/* Nothing answers there: all ones. */
	*value = UINT64_MAX;
	if (result)
		return result < 0 ? -1 : 0;
	if (call.answer_got < sizeof(access) + width)
		return vs_bus_fail(v->bus, VS_BUS_DIED,
				   "the vfio-user server answered a read of %u bytes with less",
				   width);
	*value = vs_load_le(answer.data, width);
	return 0;
}

int vs_vfio_user_region_write(struct vs_vfio_user *v, unsigned region, uint64_t offset,
			      unsigned width, uint64_t value)
{
	struct vfio_user_region_access access = { offset, region, width };
	uint8_t data[sizeof(value)];
	struct vs_vfio_user_call call = { .command = VFIO_USER_REGION_WRITE,
					  .payload = &access,
					  .size = sizeof(access),
					  .data = data,
					  .data_size = width };

	vs_store_le(data, width, value);
	return vs_vfio_user_call(v, &call) < 0 ? -1 : 0;
}

int vs_vfio_user_set_irq(struct vs_vfio_user *v, unsigned index, unsigned vector, uint32_t action,
			 int fd)
{
	struct vfio_user_irq_set set = {
		.argsz = sizeof(set),
		.flags = action | (fd >= 0 ? VFIO_USER_IRQ_DATA_EVENTFD : VFIO_USER_IRQ_DATA_NONE),
		.index = index,
		.start = vector,
		.count = 1,
	};
	struct vs_vfio_user_call call = { .command = VFIO_USER_DEVICE_SET_IRQS,
					  .payload = &set,
					  .size = sizeof(set),
					  .fds = &fd,
					  .fd_count = fd >= 0 };

	return vs_vfio_user_call(v, &call);
}
