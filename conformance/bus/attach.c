/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way qtest: a QEMU that somebody else started and that listens for qtest on a UNIX socket
 * (-qtest unix:PATH,server=on,wait=off). Its memory is not ours to map: DMA memory is a copy here,
 * moved by commands. The function's registers and the chipset's that were changed are put back on
 * close; interrupt lines stay intercepted, which cannot be undone in a running QEMU.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bus/qtest_bus.h"
#include "bus/way.h"

#define DEFAULT_TIMEOUT_NS UINT64_C(5000000000)

/* The arena is a multiple of this and lies at one. */
#define ARENA_ALIGN    0x10000u
#define ARENA_SMALLEST 0x20000u
#define ARENA_LARGEST  0x40000000u

/* Registers of the function that placing it changes. */
struct saved {
	uint32_t command;
	uint32_t bars[PCI_BAR_COUNT];
	bool valid;
};

struct attached {
	struct vs_qtest_bus qb; /* first */
	struct saved saved;
	uint8_t *arena;
	uint64_t address, size; /* of the arena, messages included */
	unsigned number, devfn;
	char about[160];
};

static struct attached *attached_of(struct vs_bus *bus)
{
	return (struct attached *)bus;
}

static int attached_pull(struct vs_bus *bus, size_t offset, size_t size)
{
	return vs_qtest_block_read(&vs_qtest_bus_of(bus)->qtest, bus->dma.address + offset,
				   bus->dma.host + offset, size);
}

static int attached_push(struct vs_bus *bus, size_t offset, size_t size)
{
	return vs_qtest_block_write(&vs_qtest_bus_of(bus)->qtest, bus->dma.address + offset,
				    bus->dma.host + offset, size);
}

static int save(struct vs_pci_host *host, struct saved *saved)
{
	if (vs_pci_host_read(host, PCI_COMMAND, 2, &saved->command))
		return -1;
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		if (vs_pci_host_read(host, PCI_BAR0 + 4 * i, 4, &saved->bars[i]))
			return -1;
	}
	saved->valid = true;
	return 0;
}

/* With decoding off in between, as for sizing. On a dead bus nothing happens. */
static void restore(struct vs_pci_host *host, struct saved *saved)
{
	if (!saved->valid || vs_pci_host_write(host, PCI_COMMAND, 2, 0))
		return;
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		vs_pci_host_write(host, PCI_BAR0 + 4 * i, 4, saved->bars[i]);
	vs_pci_host_write(host, PCI_COMMAND, 2, saved->command);
	saved->valid = false;
}

static const char *attached_describe(struct vs_bus *bus)
{
	return attached_of(bus)->about;
}

static void attached_close(struct vs_bus *bus)
{
	struct attached *a = attached_of(bus);

	restore(&a->qb.host, &a->saved);
	vs_pci_host_close(&a->qb.host);
	vs_qtest_close(&a->qb.qtest);
	free(a->arena);
	free(a);
}

static const struct vs_bus_ops attached_ops = {
	.name = "qtest",
	.config_read = vs_qtest_bus_config_read,
	.config_write = vs_qtest_bus_config_write,
	.bar_read = vs_qtest_bus_bar_read,
	.bar_write = vs_qtest_bus_bar_write,
	.pull = attached_pull,
	.push = attached_push,
	.intx = vs_qtest_bus_intx,
	.msix_route = vs_qtest_bus_msix_route,
	.msix_take = vs_qtest_bus_msix_take,
	.now = vs_qtest_bus_now,
	.relax = vs_qtest_bus_relax,
	.settle = vs_qtest_bus_settle,
	.describe = attached_describe,
	.close = attached_close,
};

/* addr=BB:DD.F, hexadecimal. */
static int take_function(struct attached *a, const struct vs_target *target, char *error,
			 size_t size)
{
	unsigned number, device, function;
	const char *value = NULL;
	int length = 0;

	vs_target_find(target, "addr", &value);
	if (!value || sscanf(value, "%2x:%2x.%1x%n", &number, &device, &function, &length) != 3 ||
	    value[length] || number > 255 || device > 31 || function > 7) {
		snprintf(error, size,
			 "qtest: needs the function's place as addr=BUS:DEVICE.FUNCTION, "
			 "hexadecimal, for example addr=00:04.0");
		return -1;
	}
	a->number = number;
	a->devfn = VS_PCI_DEVFN(device, function);
	return 0;
}

/* A number of bytes; false where the text is none. */
static bool take_number(const struct vs_target *target, const char *key, uint64_t *number)
{
	const char *value;
	char *end;

	if (!vs_target_find(target, key, &value))
		return true;
	if (!value || *value < '0' || *value > '9')
		return false;
	errno = 0;
	*number = strtoull(value, &end, 0);
	return !errno && !*end;
}

static int take_target(struct attached *a, const struct vs_target *target, char *error, size_t size)
{
	static const char *const known[] = { "addr", "memory", "size" };

	for (unsigned i = 0; i < target->key_count; i++) {
		const char *key = target->keys[i].key;

		if (strcmp(key, known[0]) != 0 && strcmp(key, known[1]) != 0 &&
		    strcmp(key, known[2]) != 0) {
			snprintf(error, size, "qtest: has no option %s; it has addr, memory, size",
				 key);
			return -1;
		}
	}
	if (take_function(a, target, error, size))
		return -1;
	a->address = VS_QTEST_ARENA_ADDRESS;
	a->size = VS_QTEST_ARENA_SIZE;
	if (!take_number(target, "memory", &a->address) || !take_number(target, "size", &a->size) ||
	    a->address % ARENA_ALIGN || a->size % ARENA_ALIGN || a->size < ARENA_SMALLEST ||
	    a->size > ARENA_LARGEST || a->address > UINT64_MAX - a->size) {
		snprintf(error, size,
			 "memory=ADDRESS and size=BYTES have to be multiples of %#x, the size from "
			 "%#x to %#x",
			 ARENA_ALIGN, ARENA_SMALLEST, ARENA_LARGEST);
		return -1;
	}
	return 0;
}

static int connect_to(const char *path, char *error, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (!*path || strlen(path) >= sizeof(address.sun_path)) {
		snprintf(error, size, "qtest: needs the path of a UNIX socket of at most %zu bytes",
			 sizeof(address.sun_path) - 1);
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	snprintf(error, size,
		 "cannot connect to %s: %s; start QEMU with -qtest unix:%s,server=on,wait=off",
		 path, strerror(errno), path);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Whether guest memory really is behind a 64-bit word; leaves it as it was. 1: no. */
static int probe_word(struct vs_qtest *qtest, uint64_t address, uint64_t pattern)
{
	uint64_t before, after;

	if (vs_qtest_memory_read(qtest, address, 8, &before) ||
	    vs_qtest_memory_write(qtest, address, 8, pattern) ||
	    vs_qtest_memory_read(qtest, address, 8, &after) ||
	    vs_qtest_memory_write(qtest, address, 8, before))
		return -1;
	return after != pattern;
}

/* Makes the copy of the arena, and zeroes both. 0, 1 with a sentence, -1 not alive. */
static int open_arena(struct attached *a, char *error, size_t size)
{
	struct vs_qtest *qtest = &a->qb.qtest;
	struct vs_bus *bus = &a->qb.bus;
	uint64_t end = a->address + a->size;
	int first, last;

	first = probe_word(qtest, a->address, UINT64_C(0x5a17c0dea5e83f21));
	last = first ? first : probe_word(qtest, end - 8, ~UINT64_C(0x5a17));
	if (last < 0)
		return -1;
	if (last) {
		snprintf(
			error, size,
			"guest memory [%#llx, %#llx) is not all RAM; give QEMU more memory (-m) or "
			"choose another place with memory=ADDRESS,size=BYTES",
			(unsigned long long)a->address, (unsigned long long)end);
		return 1;
	}
	a->arena = calloc(1, a->size);
	if (!a->arena) {
		snprintf(error, size, "out of memory");
		return 1;
	}
	bus->dma.host = a->arena;
	bus->dma.address = a->address;
	bus->dma.size = a->size - VS_QTEST_MESSAGE_SIZE;
	a->qb.messages = a->address + bus->dma.size;
	/* The copy and the original begin alike. */
	first = vs_qtest_command(qtest, NULL, "memset %#llx %#llx 0",
				 (unsigned long long)a->address, (unsigned long long)a->size);
	if (first > 0)
		snprintf(error, size, "this QEMU refuses to clear its memory");
	return first;
}

static int bring_up(struct attached *a, char *error, size_t size)
{
	int result = vs_qtest_bus_find(&a->qb, a->number, a->devfn, error, size);

	if (result)
		return result;
	result = open_arena(a, error, size);
	if (result)
		return result;
	return save(&a->qb.host, &a->saved) || vs_qtest_bus_prepare(&a->qb) ? -1 : 0;
}

static struct vs_bus *attached_open(const struct vs_target *target,
				    const struct vs_bus_options *options, char *error, size_t size)
{
	struct attached *a = calloc(1, sizeof(*a));
	struct vs_bus *bus;
	int fd, result;

	if (!a) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	bus = &a->qb.bus;
	bus->ops = &attached_ops;
	bus->deadline_ns = options->timeout_ns ? options->timeout_ns : DEFAULT_TIMEOUT_NS;
	fd = take_target(a, target, error, size) ? -1 : connect_to(target->head, error, size);
	if (fd < 0) {
		free(a);
		return NULL;
	}
	if (vs_qtest_open(&a->qb.qtest, bus, fd, "QEMU")) {
		snprintf(error, size, "out of memory");
		close(fd);
		free(a);
		return NULL;
	}
	result = bring_up(a, error, size);
	if (!result) {
		snprintf(a->about, sizeof(a->about), "QEMU at %s, %s", target->head,
			 a->qb.host.machine->name);
		return bus;
	}
	if (result < 0)
		snprintf(error, size, "%s: %s%s", target->head, bus->reason,
			 bus->state == VS_BUS_HUNG ? "; is another client connected?" : "");
	attached_close(bus);
	return NULL;
}

VS_BUS_WAY(way_qtest, .name = "qtest",
	   .syntax = "qtest:PATH,addr=BB:DD.F[,memory=ADDRESS,size=BYTES]",
	   .says = "a QEMU already running that listens for qtest on the socket PATH",
	   .open = attached_open);
