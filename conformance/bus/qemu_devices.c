/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/qemu_devices.h"

#include <stdbool.h>
#include <string.h>

/*
 * A disk is a real file in memory and not null-co: what was written can be read back, for some
 * microseconds a request.
 */
#define DISK                  \
	"-add-fd fd=@,set=1 " \
	"-blockdev driver=file,node-name=" VS_QEMU_BACKEND ",filename=/dev/fdset/1"

#define MEMORY                  \
	"-m slots=1,maxmem=1G " \
	"-object memory-backend-ram,id=" VS_QEMU_BACKEND ",size=64M"

static const struct vs_qemu_device devices[] = {
	{
		.name = "virtio-blk-pci",
		.key = "drive",
		.property = ",drive=" VS_QEMU_BACKEND,
		.before = DISK,
		.resource = VS_QEMU_DISK,
		.change = VS_QEMU_RESIZE,
	},
	{
		.name = "virtio-scsi-pci",
		.before = DISK,
		.after = "-device scsi-hd,drive=" VS_QEMU_BACKEND ",bus=" VS_QEMU_ID ".0",
		.resource = VS_QEMU_DISK,
	},
	{
		.name = "virtio-net-pci",
		.key = "netdev",
		.property = ",netdev=" VS_QEMU_BACKEND,
		.before = "-netdev socket,id=" VS_QEMU_BACKEND ",fd=@",
		.resource = VS_QEMU_NETWORK,
		.change = VS_QEMU_LINK,
	},
	{
		.name = "virtio-serial-pci",
		.before = "-chardev null,id=" VS_QEMU_BACKEND,
		.after = "-device virtconsole,chardev=" VS_QEMU_BACKEND ",bus=" VS_QEMU_ID ".0",
	},
	{ .name = "virtio-balloon-pci", .change = VS_QEMU_BALLOON },
	{
		.name = "virtio-9p-pci",
		.key = "fsdev",
		.property = ",fsdev=" VS_QEMU_BACKEND ",mount_tag=virtspec",
		.before = "-fsdev synth,id=" VS_QEMU_BACKEND,
	},
	{
		.name = "virtio-crypto-pci",
		.key = "cryptodev",
		.property = ",cryptodev=" VS_QEMU_BACKEND,
		.before = "-object cryptodev-backend-builtin,id=" VS_QEMU_BACKEND,
	},
	{
		.name = "virtio-mem-pci",
		.key = "memdev",
		.property = ",memdev=" VS_QEMU_BACKEND,
		.before = MEMORY,
		.change = VS_QEMU_PLUG,
	},
	{
		.name = "virtio-pmem-pci",
		.key = "memdev",
		.property = ",memdev=" VS_QEMU_BACKEND,
		.before = MEMORY,
	},
	{
		.name = "virtio-sound-pci",
		.key = "audiodev",
		.property = ",audiodev=" VS_QEMU_BACKEND,
		.before = "-audiodev none,id=" VS_QEMU_BACKEND,
	},
};

const struct vs_qemu_device *vs_qemu_device_find(const char *name)
{
	static const char *const suffixes[] = { "", "-transitional", "-non-transitional" };

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		size_t length = strlen(devices[i].name);

		if (strncmp(name, devices[i].name, length) != 0)
			continue;
		for (size_t j = 0; j < sizeof(suffixes) / sizeof(suffixes[0]); j++) {
			if (!strcmp(name + length, suffixes[j]))
				return &devices[i];
		}
	}
	return NULL;
}

const char *vs_qemu_change_command(enum vs_qemu_change change, unsigned turn, json_t **arguments)
{
	/* Three sizes in turn: 256 changes, a full circle of an 8-bit counter, end at another one
	 * than they began with. */
	static const json_int_t steps[] = { 1, 2, 0 };
	const json_int_t mib = 1 << 20, step = steps[turn % 3];
	bool down = turn % 2 == 0; /* and back again at the next turn */

	switch (change) {
	case VS_QEMU_RESIZE:
		*arguments = json_pack("{s:s, s:I}", "node-name", VS_QEMU_BACKEND, "size",
				       (json_int_t)VS_QEMU_DISK_SIZE + step * mib);
		return "block_resize";
	case VS_QEMU_LINK:
		*arguments = json_pack("{s:s, s:b}", "name", VS_QEMU_ID, "up", !down);
		return "set_link";
	case VS_QEMU_BALLOON:
		*arguments =
			json_pack("{s:I}", "value", (json_int_t)VS_QEMU_RAM_SIZE - 4 * step * mib);
		return "balloon";
	case VS_QEMU_PLUG:
		*arguments = json_pack("{s:s, s:s, s:I}", "path", "/machine/peripheral/" VS_QEMU_ID,
				       "property", "requested-size", "value", 16 * step * mib);
		return "qom-set";
	default:
		return NULL;
	}
}
