/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Target strings: what a user writes for TARGET, taken apart, made settings of a mock device, a
 * mock device, and a command line of QEMU; beside a second reading that goes character by
 * character.
 *
 * An input is one byte that says how long error messages may be, then text: TARGET up to a line
 * feed, and QEMU's further arguments behind it.
 *
 * Rooms: mock_class mock_quirks
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/mock_target.h"
#include "bus/qemu_command.h"
#include "bus/way.h"
#include "fuzz/support/target.h"
#include "mock-device/model/mock.h"

#define TEXT_MAX 4096u

const struct fuzz_shape fuzz_shape = { 0 };

/* Error messages, in memory that ends where they have to. */
struct said {
	char *text;
	size_t size;
};

static void hold_said(const struct said *said, const char *who)
{
	if (said->size && (!memchr(said->text, '\0', said->size) || !*said->text) && said->size > 1)
		fuzz_oracle("target-error", "%s failed without a terminated sentence", who);
}

/* One field of a target, read the second way: `at` goes behind it and its comma, or becomes NULL.
 */
static void second_field(const char **at, char *field)
{
	const char *from = *at;

	for (;;) {
		if (*from == '\0') {
			*at = NULL;
			break;
		}
		if (from[0] == ',' && from[1] != ',') {
			*at = from + 1;
			break;
		}
		if (*from == ',')
			from++;
		*field++ = *from++;
	}
	*field = '\0';
}

static void hold_text(const char *found, const char *right, const char *what)
{
	if ((found == NULL) != (right == NULL) || (found && strcmp(found, right) != 0))
		fuzz_oracle("target-parse", "%s is '%s'; it is '%s'", what, found ? found : "none",
			    right ? right : "none");
}

/* Whether the text is a target, and that its parts are those. */
static bool second_reading(const char *text, const struct vs_target *target)
{
	const char *at = strchr(text, ':');
	char field[TEXT_MAX + 1];
	unsigned count = 0;
	size_t way = at ? (size_t)(at - text) : 0;

	if (!way)
		return false;
	if (target && (strlen(target->way) != way || strncmp(target->way, text, way) != 0))
		fuzz_oracle("target-parse", "the way is '%s'", target->way);
	at++;
	second_field(&at, field);
	if (target) {
		hold_text(target->head, field, "the head");
		hold_text(target->tail, at ? at : "", "the tail");
	}
	for (; at; count++) {
		char *equals;

		second_field(&at, field);
		equals = strchr(field, '=');
		if (field[0] == '\0' || equals == field || count == VS_TARGET_KEYS_MAX)
			return false;
		if (equals)
			*equals = '\0';
		if (target && count >= target->key_count)
			fuzz_oracle("target-parse", "only %u options", target->key_count);
		if (target) {
			hold_text(target->keys[count].key, field, "a key");
			hold_text(target->keys[count].value, equals ? equals + 1 : NULL, "a value");
		}
	}
	if (target && count != target->key_count)
		fuzz_oracle("target-parse", "%u options; there are %u", target->key_count, count);
	return true;
}

static void *no_map(void *context, uint64_t address, size_t size)
{
	(void)context;
	(void)address;
	(void)size;
	return NULL;
}

static int no_read(void *context, uint64_t address, void *data, size_t size)
{
	(void)context;
	(void)address;
	(void)data;
	(void)size;
	return -1;
}

static int no_write(void *context, uint64_t address, const void *data, size_t size)
{
	(void)context;
	(void)address;
	(void)data;
	(void)size;
	return -1;
}

static void no_message(void *context, unsigned vector, uint64_t address, uint32_t data)
{
	(void)context;
	(void)vector;
	(void)address;
	(void)data;
}

static void no_line(void *context, bool level)
{
	(void)context;
	(void)level;
}

/* A mock device of these settings, if there is such a one. */
static void become(const struct mock_settings *settings, struct said *said)
{
	static const struct mock_host host = { .dma_map = no_map,
					       .dma_read = no_read,
					       .dma_write = no_write,
					       .msi = no_message,
					       .intx = no_line };
	struct mock *mock = mock_create(settings, &host, said->text, said->size);

	if (!mock) {
		hold_said(said, "mock_create");
		return;
	}
	mock_power_on(mock);
	mock_destroy(mock);
}

/* The words of the user's arguments are all that the command line has more with them. */
static void hold_words(const struct vs_qemu_words *words, const struct vs_qemu_words *without,
		       char *arguments)
{
	size_t first = 0, more = words->count - without->count;
	char *rest = NULL, *word = strtok_r(arguments, " \t\n", &rest);

	/* The words before -device are as many with them as without. */
	while (first < without->count && strcmp(words->list[first], without->list[first]) == 0)
		first++;
	for (size_t i = 0; i < more; i++, word = strtok_r(NULL, " \t\n", &rest))
		if (!word)
			fuzz_oracle("target-words", "%zu words more than arguments", more - i);
	if (word)
		fuzz_oracle("target-words", "'%s' is left out", word);
	for (size_t i = first; i < without->count; i++)
		if (strcmp(words->list[i + more], without->list[i]) != 0)
			fuzz_oracle("target-words", "'%s' where '%s' was", words->list[i + more],
				    without->list[i]);
}

static void command_line(const struct vs_target *target, char *arguments)
{
	struct vs_qemu_command command = { .program = "qemu",
					   .type = vs_machine_find(target->way),
					   .machine = target->way,
					   .device = target->head,
					   .properties = target->tail,
					   .arguments = arguments,
					   .backend = vs_qemu_device_find(target->head),
					   .has_address = vs_target_find(target, "addr", NULL),
					   .resource = target->key_count % 2 ? 9 : -1 };
	struct vs_qemu_words words, without;

	if (vs_qemu_command_build(&command, &words))
		return;
	command.arguments = "";
	if (vs_qemu_command_build(&command, &without))
		fuzz_oracle("target-words", "no command line without arguments");
	hold_words(&words, &without, arguments);
	vs_qemu_words_free(&words);
	vs_qemu_words_free(&without);
}

static void examine(const char *text, char *arguments, struct said *said)
{
	struct mock_settings settings;
	struct vs_target target;

	if (vs_target_parse(text, &target, said->text, said->size)) {
		hold_said(said, "vs_target_parse");
		if (second_reading(text, NULL))
			fuzz_oracle("target-parse", "'%s' is refused: %s", text,
				    said->size ? said->text : "");
		return;
	}
	if (!second_reading(text, &target))
		fuzz_oracle("target-parse", "'%s' is taken", text);
	command_line(&target, arguments);
	if (vs_mock_settings(&target, &settings, said->text, said->size))
		hold_said(said, "vs_mock_settings");
	else if (!settings.disk) /* which would read any file */
		become(&settings, said);
	vs_target_free(&target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t sizes[] = { 400, 0, 1, 2, 16, 80, 200, 1000 };
	struct fuzz_input in = fuzz_input(data, size);
	struct said said = { .size = sizes[fuzz_below(&in, 8)] };
	size_t left = fuzz_left(&in), length = left < TEXT_MAX ? left : TEXT_MAX;
	char *text = malloc(length + 1), *end;

	said.text = malloc(said.size ? said.size : 1);
	if (!text || !said.text)
		abort();
	fuzz_bytes(&in, text, length);
	text[length] = '\0';
	end = strchr(text, '\n');
	if (end)
		*end = '\0';
	examine(text, end ? end + 1 : text + length, &said);
	free(said.text);
	free(text);
	return 0;
}

/* As many words as a command line has nearly no room for. */
static void many_words(struct fuzz_seeds *seeds)
{
	static const char target[] = "\0qemu:virtio-rng-pci\n";
	char seed[sizeof(target) + 400];

	memcpy(seed, target, sizeof(target));
	for (size_t i = sizeof(target) - 1; i + 1 < sizeof(seed); i += 2)
		seed[i] = 'a', seed[i + 1] = ' ';
	fuzz_seed(seeds, "words", seed, sizeof(seed) - 1);
}

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	static const char *const texts[][2] = {
		{ "mock", "mock:blk" },
		{ "mock-all", "mock:net,interface=transitional,ring=split,endian=big,long=yes,"
			      "quirk=feature-offered-late,quirk=notify-multiplier=6" },
		{ "draft", "mock:console,profile=draft-2013,quirk=isr-not-cleared" },
		{ "disk", "mock:blk,disk=a,,b=c" },
		{ "packed", "mock:rng,interface=modern,ring=packed" },
		{ "qemu", "qemu:virtio-blk-pci,packed=on,addr=0x5\n-m 64  -smp 2" },
		{ "none", "nowhere" },
		{ "nameless", "mock:blk,=1" },
	};

	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char seed[300] = "";

		memcpy(seed + 1, texts[i][1], strlen(texts[i][1]));
		fuzz_seed(seeds, texts[i][0], seed, 1 + strlen(texts[i][1]));
	}
	many_words(seeds);
}
