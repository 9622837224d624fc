/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/qemu_command.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_owned(struct vs_qemu_words *words, char *word)
{
	if (!word || words->count == VS_QEMU_WORDS_MAX) {
		words->failed = true;
		free(word);
		return;
	}
	words->list[words->count++] = word;
	words->list[words->count] = NULL;
}

static void add(struct vs_qemu_words *words, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct vs_qemu_words *words, const char *format, ...)
{
	va_list args;
	char *word;

	va_start(args, format);
	if (vasprintf(&word, format, args) < 0)
		word = NULL;
	va_end(args);
	add_owned(words, word);
}

/* Adds the words of a text that blanks separate; a '@' in one becomes the descriptor, if given. */
static void add_split(struct vs_qemu_words *words, const char *text, int fd)
{
	for (text += strspn(text, " \t\n"); *text; text += strspn(text, " \t\n")) {
		size_t length = strcspn(text, " \t\n");
		const char *at = fd >= 0 ? memchr(text, '@', length) : NULL;

		if (at)
			add(words, "%.*s%d%.*s", (int)(at - text), text, fd,
			    (int)(text + length - at - 1), at + 1);
		else
			add(words, "%.*s", (int)length, text);
		text += length;
	}
}

/*
 * The machine: no default devices, guest memory shared with us, QMP and qtest on descriptors.
 *
 * Debian 12's QEMU lacks the qtest accelerator. It then falls back to TCG by itself, where a
 * processor would run the firmware: so the firmware is an image that halts at once. Under the
 * qtest accelerator no processor runs and the image does no harm. A machine that is stopped (-S)
 * would be no alternative: devices that complete only while it runs would never complete.
 */
static void add_machine(const struct vs_qemu_command *command, struct vs_qemu_words *words)
{
	add_split(words,
		  "-nodefaults -display none -vga none -monitor none -serial none -net none "
		  "-accel qtest -accel tcg",
		  -1);
	add_split(words, "-bios /proc/self/fd/@", command->bios);
	add(words, "-m");
	add(words, "%" PRIu64 "M", VS_QEMU_RAM_SIZE >> 20);
	add(words, "-object");
	add(words,
	    "memory-backend-file,id=vsram,size=%" PRIu64 ",mem-path=/proc/self/fd/%d,share=on",
	    VS_QEMU_RAM_SIZE, command->ram);
	add(words, "-machine");
	add(words, "%s,memory-backend=vsram%s", command->machine, command->type->options);
	add_split(words, "-chardev socket,id=vsqmp,fd=@", command->qmp);
	add_split(words, "-mon chardev=vsqmp,mode=control", -1);
	add_split(words, "-chardev socket,id=vsqtest,fd=@", command->qtest);
	add_split(words, "-object qtest,id=vsqt,chardev=vsqtest,log=/dev/null", -1);
}

int vs_qemu_command_build(const struct vs_qemu_command *command, struct vs_qemu_words *words)
{
	const struct vs_qemu_device *backend = command->backend;
	const char *properties = command->properties;
	const char *extra = backend && backend->property ? backend->property : "";
	char place[32] = "";

	words->count = 0;
	words->failed = false;
	words->list[0] = NULL;
	add(words, "%s", command->program);
	add_machine(command, words);
	add_split(words, command->arguments, -1);
	if (backend && backend->before)
		add_split(words, backend->before, command->resource);
	if (!command->has_address)
		snprintf(place, sizeof(place), ",addr=%#x", VS_QEMU_DEFAULT_DEVFN >> 3);
	add(words, "-device");
	add(words, "%s%s%s%s,id=" VS_QEMU_ID "%s", command->device, *properties ? "," : "",
	    properties, extra, place);
	if (backend && backend->after)
		add_split(words, backend->after, command->resource);
	if (!words->failed)
		return 0;
	vs_qemu_words_free(words);
	return -1;
}

void vs_qemu_words_free(struct vs_qemu_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->list[i]);
	words->count = 0;
	words->list[0] = NULL;
}
