/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reference driver as a plug-in. Arguments, with commas between them:
 *
 *	profile=draft-2013   a driver by the draft of 2013
 *	kind=modern          without the legacy interface; kind=legacy: of the old days, with
 *nothing else; without it, a transitional driver lapse=NAME[=VALUE]   does something wrong on
 *purpose (lapse.h)
 */
#include <stdlib.h>
#include <string.h>

#include "driver/interrupt.h"
#include "drivers/reference/life.h"

static bool is_argument(const char *text, const char *key, const char **value)
{
	size_t size = strlen(key);

	*value = text + size + 1;
	return strncmp(text, key, size) == 0 && text[size] == '=';
}

static bool is_word(const char *text, const char *word)
{
	return strcspn(text, ",; ") == strlen(word) && strncmp(text, word, strlen(word)) == 0;
}

/* 0, or -1 and a line in the log where an argument means nothing. */
static int take_argument(struct ref_life *life, const char *text)
{
	const char *value;

	if (is_argument(text, "profile", &value)) {
		life->draft = is_word(value, "draft-2013");
		return 0;
	}
	if (is_argument(text, "kind", &value)) {
		life->may_legacy = !is_word(value, "modern");
		life->may_modern = !is_word(value, "legacy");
		return 0;
	}
	return is_argument(text, "lapse", &value) ? lapse_choose(&life->lapse, value) : -1;
}

static int take_arguments(struct ref_life *life, const char *text)
{
	while (*text) {
		if (take_argument(life, text)) {
			ref_log(life, "the reference driver does not know the argument '%s'", text);
			return -1;
		}
		text += strcspn(text, ",; ");
		text += *text != '\0';
	}
	return 0;
}

static void split_hook(void *context, void *at, struct vs_split_descriptor *d)
{
	struct ref_life *life = context;

	life->lapse.lapse->split(&life->lapse, at, d);
}

static void packed_hook(void *context, void *at, struct vs_packed_descriptor *d)
{
	struct ref_life *life = context;

	life->lapse.lapse->packed(&life->lapse, at, d);
}

static void publish_hook(void *context, struct vs_queue *q, uint16_t id)
{
	struct ref_life *life = context;

	life->lapse.q = q;
	life->lapse.lapse->publish(&life->lapse, id);
}

static size_t shift_hook(void *context, const struct vs_queue *q, unsigned area)
{
	const struct ref_life *life = context;

	(void)q;
	return life->lapse.lapse->shift[area];
}

static void set_hooks(struct ref_life *life)
{
	const struct lapse *lapse = life->lapse.lapse;

	life->hooks.context = life;
	if (!lapse)
		return;
	life->hooks.split = lapse->split ? split_hook : NULL;
	life->hooks.packed = lapse->packed ? packed_hook : NULL;
	life->hooks.publish = lapse->publish ? publish_hook : NULL;
	life->hooks.shift = shift_hook;
}

static void destroy(struct ref_life *life)
{
	ref_bus_close(life);
	lapse_moment(&life->lapse, LAPSE_AT_OVER, NULL);
	vs_session_close(&life->s);
	free(life);
}

static int probe(const struct virtspec_host *host, struct virtspec_device *device, void **state)
{
	struct ref_life *life = calloc(1, sizeof(*life));

	if (!life)
		return -1;
	life->host = host;
	life->device = device;
	life->may_modern = life->may_legacy = true;
	life->lapse.life = life;
	if (take_arguments(life, host->argument(device))) {
		free(life);
		return -1;
	}
	set_hooks(life);
	ref_bus_open(life);
	if (ref_probe(life)) {
		free(life);
		return -1;
	}
	*state = life;
	return 0;
}

static int start(void *state)
{
	struct ref_life *life = state;

	life->legacy = !ref_has_modern(life);
	if (ref_bus_take_memory(life)) {
		ref_log(life, "there is no memory that the device can reach");
		return -1;
	}
	return ref_start(life);
}

static int submit(void *state, struct virtspec_request *requests, unsigned count)
{
	return ref_submit(state, requests, count);
}

static void interrupt(void *state, int vector)
{
	ref_interrupt(state, vector);
}

static int suspend(void *state)
{
	return ref_suspend(state);
}

static int resume(void *state)
{
	return ref_resume(state);
}

static int reset_queue(void *state, unsigned queue)
{
	return ref_reset_queue(state, queue);
}

/* The device is reset before its memory goes; one that does not hear of it at least loses the right
 * to reach for memory. */
static void silence(struct ref_life *life)
{
	uint32_t command;

	lapse_moment(&life->lapse, LAPSE_AT_REMOVE, NULL);
	ref_reset(life);
	if (life->gone)
		return;
	if (life->s.msix_enabled)
		vs_msix_disable(&life->s);
	vs_bus_config_read(&life->bus, PCI_COMMAND, 2, &command);
	vs_bus_config_write(&life->bus, PCI_COMMAND, 2, command & ~PCI_COMMAND_MASTER);
	lapse_moment(&life->lapse, LAPSE_AT_REMOVED, NULL);
}

static void driver_remove(void *state)
{
	struct ref_life *life = state;

	if (life->state != REF_IDLE && !life->gone && life->s.common)
		silence(life);
	life->state = REF_IDLE;
	destroy(life);
}

static const struct virtspec_driver reference = {
	.abi = VIRTSPEC_PLUGIN_ABI,
	.name = "virtspec's reference driver",
	.probe = probe,
	.start = start,
	.submit = submit,
	.interrupt = interrupt,
	.suspend = suspend,
	.resume = resume,
	.reset_queue = reset_queue,
	.remove = driver_remove,
};

VIRTSPEC_DRIVER(reference);
