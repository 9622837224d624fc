/* SPDX-License-Identifier: BSD-3-Clause */
/* QEMU's command line. */
#ifndef VS_QEMU_COMMAND_H
#define VS_QEMU_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "bus/machine.h"
#include "bus/qemu_devices.h"

#define VS_QEMU_WORDS_MAX 256u

/* A list of owned words, ended by NULL. */
struct vs_qemu_words {
	char *list[VS_QEMU_WORDS_MAX + 1];
	size_t count;
	bool failed; /* out of memory, or too many */
};

/* What the command line is made of. Descriptors are those that the child inherits. */
struct vs_qemu_command {
	const char *program;
	const struct vs_machine *type;
	const char *machine;                  /* with further options or without */
	const char *device;                   /* name, as -device takes it */
	const char *properties;               /* as the user wrote them, or "" */
	const char *arguments;                /* of the user, separated by blanks, or "" */
	const struct vs_qemu_device *backend; /* NULL: none to be added */
	bool has_address;                     /* the user chose a place for the device */
	int qtest, qmp, ram, bios;
	int resource; /* of the backend, or -1 */
};

#define VS_QEMU_DEFAULT_DEVFN (4u << 3)

/* Fills in *words. Returns 0, or -1 without memory or with too many words. */
int vs_qemu_command_build(const struct vs_qemu_command *command, struct vs_qemu_words *words);
void vs_qemu_words_free(struct vs_qemu_words *words);

#endif
