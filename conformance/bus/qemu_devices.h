/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What devices need beside themselves on QEMU's command line, and what in their surroundings can
 * be changed from outside. A device that is not in the table starts alone.
 */
#ifndef VS_QEMU_DEVICES_H
#define VS_QEMU_DEVICES_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Names that we give to things on the command line. */
#define VS_QEMU_ID      "dut" /* the device under test */
#define VS_QEMU_BACKEND "vs0" /* what stands behind it */

#define VS_QEMU_RAM_SIZE  UINT64_C(0x4000000)
#define VS_QEMU_DISK_SIZE UINT64_C(0x4000000)

/* A descriptor that a backend works on; its number replaces '@' in the arguments. */
enum vs_qemu_resource {
	VS_QEMU_NOTHING,
	VS_QEMU_DISK,    /* a file in memory, VS_QEMU_DISK_SIZE bytes */
	VS_QEMU_NETWORK, /* a datagram socket that takes every frame and brings none */
};

/* What can be changed, by QMP, so that the device-specific configuration changes. */
enum vs_qemu_change {
	VS_QEMU_FIXED,
	VS_QEMU_RESIZE,  /* the disk becomes larger, then smaller again */
	VS_QEMU_LINK,    /* the link goes down, then up */
	VS_QEMU_BALLOON, /* the guest is asked to give memory, then offered it back */
	VS_QEMU_PLUG,    /* the guest is offered memory, then asked to give it back */
};

struct vs_qemu_device {
	const char *name;
	const char *key; /* its backend's property: where the user gives it, nothing is added */
	const char *property; /* added to the device, with its comma, or "" */
	const char *before;   /* arguments before -device, separated by blanks, or "" */
	const char *after;
	enum vs_qemu_resource resource;
	enum vs_qemu_change change;
};

/*
 * The row of a device, NULL for none. The names of one device's interfaces ("-transitional",
 * "-non-transitional") share a row.
 */
const struct vs_qemu_device *vs_qemu_device_find(const char *name);

/*
 * The QMP command that makes a change for the `turn`th time, counted from 0. Returns its name and
 * the arguments, owned by the caller, or NULL for VS_QEMU_FIXED.
 */
const char *vs_qemu_change_command(enum vs_qemu_change change, unsigned turn, json_t **arguments);

#endif
