/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way qemu: starts a QEMU with the device in it and reaches the device through qtest. Guest
 * memory is a memfd that both sides map, so that rings and messages are plain shared memory.
 *
 * Everything is inherited descriptors: no files, no ports, no names that two runs could share.
 */
#include "bus/qemu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/way.h"

#define DEFAULT_MACHINE    "q35"
#define DEFAULT_TIMEOUT_NS UINT64_C(5000000000)

static struct vs_qemu *qemu_of(struct vs_bus *bus)
{
	return (struct vs_qemu *)bus;
}

static int fail_qmp(struct vs_qemu *q, enum vs_line_result result, const char *command)
{
	struct vs_bus *bus = &q->qb.bus;

	if (result == VS_LINE_LATE)
		vs_bus_fail(bus, VS_BUS_HUNG, "QEMU did not answer '%s' within %.3g s", command,
			    (double)bus->deadline_ns / 1e9);
	else
		vs_bus_fail(bus, VS_BUS_DIED, "QEMU closed the connection at '%s'", command);
	vs_qemu_explain(q);
	return -1;
}

/* Gives memory and disk their contents at power-on: zeroes. */
static int blank(int fd, uint64_t size)
{
	return ftruncate(fd, 0) || ftruncate(fd, (off_t)size) ? -1 : 0;
}

static int qemu_restart(struct vs_bus *bus)
{
	struct vs_qemu *q = qemu_of(bus);
	char error[300];

	vs_qemu_stop(q);
	q->changes = 0;
	if (blank(q->command.ram, VS_QEMU_RAM_SIZE) ||
	    (q->command.backend && q->command.backend->resource == VS_QEMU_DISK &&
	     blank(q->command.resource, VS_QEMU_DISK_SIZE)))
		return vs_bus_fail(bus, VS_BUS_DIED, "cannot clear QEMU's memory: %s",
				   strerror(errno));
	if (!vs_qemu_start(q, error, sizeof(error)))
		return 0;
	bus->state = VS_BUS_ALIVE;
	return vs_bus_fail(bus, VS_BUS_DIED, "QEMU did not restart: %s", error);
}

static int qemu_provoke(struct vs_bus *bus, enum vs_provocation what)
{
	struct vs_qemu *q = qemu_of(bus);
	const struct vs_qemu_device *backend = q->command.backend;
	enum vs_line_result result;
	const char *command;
	json_t *arguments;
	char refusal[64];
	bool done;

	if (what != VS_PROVOKE_CONFIG_CHANGE || !backend)
		return 1;
	command = vs_qemu_change_command(backend->change, q->changes, &arguments);
	if (!command)
		return 1;
	bus->round_trips++;
	result = vs_qmp_execute(&q->qmp, command, arguments, vs_monotonic_ns() + bus->deadline_ns,
				&done, refusal, sizeof(refusal));
	if (result)
		return fail_qmp(q, result, command);
	if (!done)
		return 1;
	q->changes++;
	return 0;
}

static const char *qemu_evidence(struct vs_bus *bus)
{
	struct vs_qemu *q = qemu_of(bus);

	vs_qemu_process_drain(&q->process);
	memcpy(q->given, q->process.text, q->process.length + 1);
	q->process.length = 0;
	q->process.text[0] = '\0';
	q->chatter = 0;
	return q->given;
}

static const char *qemu_describe(struct vs_bus *bus)
{
	return qemu_of(bus)->about;
}

static void qemu_close(struct vs_bus *bus)
{
	struct vs_qemu *q = qemu_of(bus);

	vs_qemu_stop(q);
	vs_affinity_restore(&q->affinity);
	if (bus->dma.host)
		munmap(bus->dma.host, VS_QTEST_ARENA_SIZE);
	for (unsigned i = 0; i < 4; i++) {
		int fd = (const int[]){ q->command.ram, q->command.bios, q->command.resource,
					q->resource_peer }[i];

		if (fd >= 0)
			close(fd);
	}
	free(q->machine);
	free(q->device);
	free(q->properties);
	free(q->arguments);
	free(q);
}

static const struct vs_bus_ops qemu_ops = {
	.name = "qemu",
	.config_read = vs_qtest_bus_config_read,
	.config_write = vs_qtest_bus_config_write,
	.bar_read = vs_qtest_bus_bar_read,
	.bar_write = vs_qtest_bus_bar_write,
	.intx = vs_qtest_bus_intx,
	.msix_route = vs_qtest_bus_msix_route,
	.msix_take = vs_qtest_bus_msix_take,
	.now = vs_qtest_bus_now,
	.relax = vs_qtest_bus_relax,
	.settle = vs_qtest_bus_settle,
	.provoke = qemu_provoke,
	.restart = qemu_restart,
	.evidence = qemu_evidence,
	.describe = qemu_describe,
	.close = qemu_close,
};

/* A file in memory. Returns the descriptor, or -1. */
static int memory_file(const char *name, uint64_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, (off_t)size)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int make_firmware(const struct vs_firmware *firmware)
{
	int fd = memory_file("firmware", firmware->size);

	if (fd >= 0 && pwrite(fd, firmware->code, firmware->code_size, firmware->reset) !=
			       (ssize_t)firmware->code_size) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Makes what the backend works on. Returns 0, or -1 with errno. */
static int make_resource(struct vs_qemu *q)
{
	const struct vs_qemu_device *backend = q->command.backend;
	int pair[2];

	if (!backend || backend->resource == VS_QEMU_NOTHING)
		return 0;
	if (backend->resource == VS_QEMU_DISK) {
		q->command.resource = memory_file("disk", VS_QEMU_DISK_SIZE);
		return q->command.resource < 0 ? -1 : 0;
	}
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		return -1;
	q->command.resource = pair[0];
	q->resource_peer = pair[1];
	/* Nobody reads here: frames are refused at once, which to QEMU is "sent". A queue that is
	 * not drained would fill, and transmission would stop. */
	return shutdown(pair[1], SHUT_RD);
}

static int make_memory(struct vs_qemu *q)
{
	struct vs_bus *bus = &q->qb.bus;
	void *host;

	q->command.ram = memory_file("ram", VS_QEMU_RAM_SIZE);
	q->command.bios = make_firmware(&q->command.type->firmware);
	if (q->command.ram < 0 || q->command.bios < 0)
		return -1;
	host = mmap(NULL, VS_QTEST_ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, q->command.ram,
		    VS_QTEST_ARENA_ADDRESS);
	if (host == MAP_FAILED)
		return -1;
	bus->dma.host = host;
	bus->dma.address = VS_QTEST_ARENA_ADDRESS;
	bus->dma.size = VS_QTEST_ARENA_SIZE - VS_QTEST_MESSAGE_SIZE;
	q->qb.messages = bus->dma.address + bus->dma.size;
	q->qb.words = (uint32_t *)(void *)(bus->dma.host + bus->dma.size);
	return 0;
}

/*
 * Where the user wants the device: addr=DEVICE[.FUNCTION], hexadecimal as in QEMU. The machine
 * has no bus but the root bus, and the suite has to know the device's name. Returns 0, or -1 with a
 * sentence.
 */
static int take_placement(struct vs_qemu *q, const struct vs_target *target, char *error,
			  size_t size)
{
	static const char *const ours[] = { "id", "bus" };
	unsigned long device, function = 0;
	const char *value;
	char *end;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (vs_target_find(target, ours[i], NULL)) {
			snprintf(error, size, "qemu: sets the property %s itself; leave it out",
				 ours[i]);
			return -1;
		}
	}
	q->devfn = VS_QEMU_DEFAULT_DEVFN;
	q->command.has_address = vs_target_find(target, "addr", &value);
	if (!q->command.has_address)
		return 0;
	value = value ? value : "";
	device = strtoul(value, &end, 16);
	if (*end == '.')
		function = strtoul(end + 1, &end, 16);
	if (!*value || *end || device < 1 || device > 31 || function > 7) {
		snprintf(error, size,
			 "addr=%s is not a place on the root bus; write addr=DEVICE or "
			 "addr=DEVICE.FUNCTION, hexadecimal, with devices 1 to 1f",
			 value);
		return -1;
	}
	q->devfn = VS_PCI_DEVFN((unsigned)device, (unsigned)function);
	return 0;
}

/* Copies what the command line is made of. Returns 0, or -1 with a sentence. */
static int take_command(struct vs_qemu *q, const struct vs_target *target,
			const struct vs_bus_options *options, char *error, size_t size)
{
	const char *machine = options->machine ? options->machine : DEFAULT_MACHINE;
	const struct vs_machine *type = vs_machine_find(machine);
	const char *program = options->qemu ? options->qemu : type->program;
	const struct vs_qemu_device *backend = vs_qemu_device_find(target->head);

	if (!*target->head) {
		snprintf(error, size,
			 "qemu: names no device; write for example "
			 "qemu:virtio-blk-pci");
		return -1;
	}
	if (take_placement(q, target, error, size) ||
	    vs_qemu_find_program(program, q->path, sizeof(q->path), error, size))
		return -1;
	if (backend && backend->key && vs_target_find(target, backend->key, NULL))
		backend = NULL;
	q->machine = strdup(machine);
	q->device = strdup(target->head);
	q->properties = strdup(target->tail);
	q->arguments = strdup(options->qemu_args ? options->qemu_args : "");
	if (!q->machine || !q->device || !q->properties || !q->arguments) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	q->command.program = q->path;
	q->command.type = type;
	q->command.machine = q->machine;
	q->command.device = q->device;
	q->command.properties = q->properties;
	q->command.arguments = q->arguments;
	q->command.backend = backend;
	return 0;
}

static struct vs_bus *qemu_open(const struct vs_target *target,
				const struct vs_bus_options *options, char *error, size_t size)
{
	struct vs_qemu *q = calloc(1, sizeof(*q));
	struct vs_bus *bus;

	if (!q) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	bus = &q->qb.bus;
	bus->ops = &qemu_ops;
	bus->features = VS_BUS_RESTART | VS_BUS_FRESH | VS_BUS_LONG;
	bus->deadline_ns = options->timeout_ns ? options->timeout_ns : DEFAULT_TIMEOUT_NS;
	q->qb.qtest.channel.fd = q->qmp.channel.fd = -1;
	q->command.ram = q->command.bios = q->command.resource = q->resource_peer = -1;
	vs_qemu_process_init(&q->process);
	if (take_command(q, target, options, error, size))
		goto fail;
	if (make_memory(q) || make_resource(q)) {
		snprintf(error, size, "cannot make memory for QEMU: %s", strerror(errno));
		goto fail;
	}
	vs_affinity_pin(&q->affinity);
	if (vs_qemu_start(q, error, size))
		goto fail;
	return bus;
fail:
	qemu_close(bus);
	return NULL;
}

VS_BUS_WAY(way_qemu, .name = "qemu", .syntax = "qemu:DEVICE[,PROP=VALUE]…",
	   .says = "start a QEMU with this device (--qemu PROGRAM, --machine NAME)",
	   .open = qemu_open);
