/* SPDX-License-Identifier: BSD-3-Clause */
/* The way vfio-user: makes a bus of a connection, and a connection of a path. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/un.h>
#include <unistd.h>

#include "bus/vfio_user_bus.h"
#include "bus/way.h"
#include "spec/byteorder.h"
#include "spec/tester_panel.h"

#define DEFAULT_TIMEOUT_NS UINT64_C(5000000000)

/* Memory starts where a guest's would lie, away from 0, so that a stray address is seen. */
#define DMA_ADDRESS UINT64_C(0x10000000)
#define DMA_SIZE    (UINT64_C(16) << 20)

/* A server that was lost is awaited at least so long. */
#define PATIENCE_NS UINT64_C(3000000000)

static const struct vs_bar_window window = {
	.memory = 0xe0000000,
	.memory_end = 0xf0000000,
	.memory64 = UINT64_C(1) << 36,
	.memory64_end = UINT64_C(1) << 40,
	.io = 0xc000,
	.io_end = 0x10000,
};

/* The panel's page, if there is a panel; a panel that cannot be looked at is none. */
static int open_panel(struct vs_vfio_user_bus *b)
{
	struct vfio_user_region_info info = { .argsz = sizeof(info), .index = b->v.panel };
	struct vs_vfio_user_call call = { .command = VFIO_USER_DEVICE_GET_REGION_INFO,
					  .payload = &info,
					  .size = sizeof(info),
					  .answer = &info,
					  .answer_size = sizeof(info) };
	void *page = MAP_FAILED;
	int result;

	if (b->page)
		munmap((void *)(uintptr_t)b->page, TESTER_PANEL_SIZE);
	b->page = NULL;
	if (!b->v.panel)
		return 0;
	result = vs_vfio_user_call(&b->v, &call);
	if (result < 0)
		return -1;
	/* Sealed, or a server could take it away under our eyes. */
	if (!result && b->v.passed >= 0 && fcntl(b->v.passed, F_GET_SEALS) >= 0 &&
	    fcntl(b->v.passed, F_GET_SEALS) & F_SEAL_SHRINK &&
	    lseek(b->v.passed, 0, SEEK_END) >= (off_t)TESTER_PANEL_SIZE)
		page = mmap(NULL, TESTER_PANEL_SIZE, PROT_READ, MAP_SHARED, b->v.passed, 0);
	if (b->v.passed >= 0)
		close(b->v.passed);
	b->v.passed = -1;
	if (page != MAP_FAILED)
		b->page = page;
	return 0;
}

/* The line's eventfd, where the function has a line. */
static int open_intx(struct vs_vfio_user_bus *b)
{
	if (b->page)
		return 0;
	if (b->intx < 0)
		b->intx = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return vs_vfio_user_set_irq(&b->v, VFIO_USER_IRQ_INTX, 0, VFIO_USER_IRQ_ACTION_TRIGGER,
				    b->intx) < 0
		       ? -1
		       : 0;
}

static void forget_vectors(struct vs_vfio_user_bus *b)
{
	for (unsigned i = 0; i < PCI_MSIX_MAX_VECTORS; i++) {
		if (b->vectors[i] >= 0)
			close(b->vectors[i]);
		b->vectors[i] = -1;
	}
}

/* A descriptor that was told of what is over tells of nothing. */
static void drain(int fd)
{
	uint64_t count;

	if (fd >= 0)
		(void)!read(fd, &count, sizeof(count));
}

static int power_cycle(struct vs_vfio_user_bus *b)
{
	struct vs_vfio_user_call call = { .command = VFIO_USER_DEVICE_RESET };
	struct vs_vfio_user_memory *messages = &b->v.memories[VS_VFIO_USER_MESSAGES];
	int result;

	if (b->page)
		result = vs_vfio_user_panel_put(b, TESTER_PANEL_POWER, 1);
	else
		result = vs_vfio_user_call(&b->v, &call);
	memset(messages->host, 0, messages->size);
	drain(b->intx);
	for (unsigned i = 0; i < PCI_MSIX_MAX_VECTORS; i++)
		drain(b->vectors[i]);
	return result < 0 ? -1 : 0;
}

int vs_vfio_user_bring_up(struct vs_vfio_user_bus *b, uint64_t patience_ns)
{
	forget_vectors(b);
	if (vs_vfio_user_connect(&b->v, b->path, patience_ns) || open_panel(b))
		return -1;
	/* Messages to memory are for a server that follows the vector table. */
	b->v.memories[VS_VFIO_USER_MESSAGES].fd = b->page ? b->messages : -1;
	return vs_vfio_user_map(&b->v) || open_intx(b) || power_cycle(b) ? -1 : 0;
}

/* Any server's BARs get an address, but only ours are known to answer nowhere else. */
static int place_bars(struct vs_vfio_user_bus *b)
{
	int result;

	b->bus.features |= VS_BUS_RAW_BARS;
	result = vs_bus_map_bars(&b->bus, &window);
	if (!b->page)
		b->bus.features &= ~VS_BUS_RAW_BARS;
	return result;
}

int vs_vfio_user_restart(struct vs_bus *bus)
{
	struct vs_vfio_user_bus *b = vs_vfio_user_bus_of(bus);
	uint64_t patience = bus->deadline_ns > PATIENCE_NS ? bus->deadline_ns : PATIENCE_NS;

	if (b->v.lost) {
		if (vs_vfio_user_bring_up(b, patience))
			return -1;
	} else if (power_cycle(b)) {
		return -1;
	}
	return place_bars(b);
}

static void close_memory(struct vs_vfio_user_memory *m, int fd)
{
	if (m->host)
		munmap(m->host, m->size);
	if (fd >= 0)
		close(fd);
}

void vs_vfio_user_close(struct vs_bus *bus)
{
	struct vs_vfio_user_bus *b = vs_vfio_user_bus_of(bus);

	vs_vfio_user_disconnect(&b->v);
	if (b->page)
		munmap((void *)(uintptr_t)b->page, TESTER_PANEL_SIZE);
	if (b->vectors)
		forget_vectors(b);
	if (b->intx >= 0)
		close(b->intx);
	close_memory(&b->v.memories[VS_VFIO_USER_DMA], b->v.memories[VS_VFIO_USER_DMA].fd);
	close_memory(&b->v.memories[VS_VFIO_USER_MESSAGES], b->messages);
	free(b->vectors);
	free(b->v.in);
	free(b->path);
	free(b);
}

/* Memory that the server can map, and trust not to shrink. */
static int make_memory(struct vs_vfio_user_memory *m, uint64_t address, size_t size)
{
	void *host;

	m->address = address;
	m->size = size;
	m->fd = memfd_create("virtspec-dma", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (m->fd < 0 || ftruncate(m->fd, (off_t)size) ||
	    fcntl(m->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return -1;
	host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	if (host == MAP_FAILED)
		return -1;
	m->host = host;
	return 0;
}

static struct vs_vfio_user_bus *make_bus(const char *path, uint64_t timeout_ns)
{
	struct vs_vfio_user_bus *b = calloc(1, sizeof(*b));
	int failed;

	if (!b)
		return NULL;
	b->bus.ops = &vs_vfio_user_ops;
	b->bus.deadline_ns = timeout_ns ? timeout_ns : DEFAULT_TIMEOUT_NS;
	b->v.bus = &b->bus;
	b->v.fd = b->v.passed = b->intx = -1;
	b->v.in = malloc(VS_VFIO_USER_IN_SIZE);
	b->path = strdup(path);
	b->vectors = malloc(PCI_MSIX_MAX_VECTORS * sizeof(*b->vectors));
	for (unsigned i = 0; b->vectors && i < PCI_MSIX_MAX_VECTORS; i++)
		b->vectors[i] = -1;
	failed = make_memory(&b->v.memories[VS_VFIO_USER_DMA], DMA_ADDRESS, DMA_SIZE);
	failed |= make_memory(&b->v.memories[VS_VFIO_USER_MESSAGES], VS_VFIO_USER_MSI_ADDRESS,
			      (size_t)PCI_MSIX_MAX_VECTORS * VS_VFIO_USER_MSI_STRIDE);
	b->messages = b->v.memories[VS_VFIO_USER_MESSAGES].fd;
	if (!failed && b->v.in && b->path && b->vectors)
		return b;
	vs_vfio_user_close(&b->bus);
	return NULL;
}

/* What this server's device lets us do. 0, or -1 not alive. */
static int take_features(struct vs_vfio_user_bus *b)
{
	struct vfio_user_device_info info = { .argsz = sizeof(info) };
	struct vs_vfio_user_call call = { .command = VFIO_USER_DEVICE_GET_INFO,
					  .payload = &info,
					  .size = sizeof(info),
					  .answer = &info,
					  .answer_size = sizeof(info) };
	struct vfio_user_region_info config = { .argsz = sizeof(config),
						.index = VFIO_USER_REGION_CONFIG };
	struct vs_vfio_user_call ask = { .command = VFIO_USER_DEVICE_GET_REGION_INFO,
					 .payload = &config,
					 .size = sizeof(config),
					 .answer = &config,
					 .answer_size = sizeof(config) };
	uint64_t flags;

	if (vs_vfio_user_call(&b->v, &call) < 0 || vs_vfio_user_call(&b->v, &ask) < 0)
		return -1;
	b->bus.features = VS_BUS_INTX | VS_BUS_MSIX;
	if (config.size >= PCIE_CONFIG_SIZE)
		b->bus.features |= VS_BUS_EXTENDED_CONFIG;
	if (info.flags & VFIO_USER_DEVICE_RESETS)
		b->bus.features |= VS_BUS_RESTART;
	if (!b->page)
		return 0;
	flags = vs_load_le64(b->page + TESTER_PANEL_FLAGS);
	b->bus.features |= VS_BUS_RESTART | VS_BUS_FRESH | VS_BUS_MASTERING |
			   (flags & TESTER_PANEL_FLAG_BIG_ENDIAN ? VS_BUS_BIG_ENDIAN : 0) |
			   (flags & TESTER_PANEL_FLAG_LONG ? VS_BUS_LONG : 0);
	return 0;
}

static struct vs_bus *open_vfio_user(const struct vs_target *target,
				     const struct vs_bus_options *options, char *error, size_t size)
{
	size_t longest = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
	struct vs_vfio_user_bus *b;
	const struct vs_vfio_user_memory *dma;

	if (target->key_count || !*target->head || strlen(target->head) > longest) {
		snprintf(error, size,
			 "vfio-user: needs the path of a UNIX socket of at most %zu bytes and "
			 "takes no options",
			 longest);
		return NULL;
	}
	b = make_bus(target->head, options->timeout_ns);
	if (!b) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	dma = &b->v.memories[VS_VFIO_USER_DMA];
	b->bus.dma = (struct vs_dma){ dma->host, dma->address, dma->size };
	snprintf(b->about, sizeof(b->about), "vfio-user server at %s", target->head);
	if (vs_vfio_user_bring_up(b, 0) == 0 && take_features(b) == 0 && place_bars(b) == 0)
		return &b->bus;
	snprintf(error, size, "%s%s", b->bus.reason,
		 b->bus.state == VS_BUS_HUNG ? "; is another client connected?" : "");
	vs_vfio_user_close(&b->bus);
	return NULL;
}

VS_BUS_WAY(vfio_user_way, .name = "vfio-user", .syntax = "vfio-user:PATH",
	   .says = "the device of the vfio-user server that listens on the socket PATH",
	   .open = open_vfio_user);
