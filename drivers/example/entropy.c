/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A whole driver to copy from: the entropy device, through the modern interface, with one split
 * virtqueue that is looked at and never interrupts. docs/plugins.md tells how to have it examined.
 *
 * It works, and it has a mistake in it that real drivers have had. The report names it.
 */
#include <stdlib.h>
#include <string.h>

#include "virtspec/plugin.h"

/* Bits of the device status; of features 32 to 63; of rings (2.1, 6, 2.7). */
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, FAILED = 128 };
enum { VERSION_1 = 1, ACCESS_PLATFORM = 2, ORDER_PLATFORM = 16, NOTIF_CONFIG_DATA = 128 };
enum { WRITE = 2, NO_INTERRUPT = 1, NO_NOTIFY = 1 };

/* Fields of common configuration (4.1.4.3): offset, and the width in bytes as the last digit. */
enum field {
	DEVICE_FEATURE_SELECT = 0x004,
	DEVICE_FEATURE = 0x044,
	DRIVER_FEATURE_SELECT = 0x084,
	DRIVER_FEATURE = 0x0c4,
	DEVICE_STATUS = 0x141,
	QUEUE_SELECT = 0x162,
	QUEUE_SIZE = 0x182,
	QUEUE_ENABLE = 0x1c2,
	QUEUE_NOTIFY_OFF = 0x1e2,
	QUEUE_DESC = 0x204,
	QUEUE_DRIVER = 0x284,
	QUEUE_DEVICE = 0x304,
	QUEUE_NOTIF_CONFIG_DATA = 0x382,
	UPPER_HALF = 0x040,
};

/* The virtqueue (2.7): its parts are aligned to 16, 2 and 4 bytes, and little-endian, as we are. */
#define SIZE 4
struct queue {
	struct {
		uint64_t address;
		uint32_t length;
		uint16_t flags, next;
	} descriptor[SIZE];
	struct {
		uint16_t flags, index, entry[SIZE], used_event;
	} available;
	struct {
		uint16_t flags, index;
		struct {
			uint32_t id, length;
		} entry[SIZE];
		uint16_t avail_event;
	} used __attribute__((aligned(4)));
	uint8_t buffer[256];
};

struct entropy {
	const struct virtspec_host *host;
	struct virtspec_device *device;
	struct place {
		unsigned bar, offset, length; /* length 0: not found */
	} place[4]; /* by cfg_type: common configuration, notification, ISR status */
	unsigned multiplier, notify_at, notify_data, size;
	bool dead; /* the device has let us down: nothing but a reset from now on */
	struct queue *queue;
	uint64_t address;
};
enum { COMMON = 1, NOTIFY = 2, ISR = 3 };

static unsigned get(struct entropy *e, unsigned field)
{
	return (unsigned)e->host->bar_read(e->device, e->place[COMMON].bar,
					   e->place[COMMON].offset + (field >> 4), field & 15);
}

static void set(struct entropy *e, unsigned field, uint64_t value)
{
	e->host->bar_write(e->device, e->place[COMMON].bar, e->place[COMMON].offset + (field >> 4),
			   field & 15, value);
}

static void set_address(struct entropy *e, unsigned field, const void *part)
{
	uint64_t address = e->address + (uint64_t)((const char *)part - (const char *)e->queue);

	set(e, field, (uint32_t)address);
	set(e, field + UPPER_HALF, address >> 32);
}

/* Notes the first structure of each type that can be reached and is as long as it has to be. */
static void take_capability(struct entropy *e, unsigned cap, uint32_t head)
{
	static const unsigned least[] = { [COMMON] = 56, [NOTIFY] = 2, [ISR] = 1 };
	const struct virtspec_host *host = e->host;
	unsigned type = head >> 24;
	struct place place;

	if ((head & 0xff) != 0x09 || type < COMMON || type > ISR || e->place[type].length)
		return;
	place.bar = host->config_read(e->device, cap + 4, 1);
	place.offset = host->config_read(e->device, cap + 8, 4);
	place.length = host->config_read(e->device, cap + 12, 4);
	if (place.bar > 5 || place.length < least[type] ||
	    (uint64_t)place.offset + place.length > host->bar_size(e->device, place.bar))
		return;
	e->place[type] = place;
	if (type == NOTIFY)
		e->multiplier = host->config_read(e->device, cap + 16, 4);
}

static int probe(const struct virtspec_host *host, struct virtspec_device *device, void **state)
{
	uint32_t id = host->config_read(device, 0x00, 4);
	unsigned cap = host->config_read(device, 0x34, 1) & 0xfc;
	struct entropy *e;

	if (id != 0x10441af4 && id != 0x10051af4)
		return -1;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -1;
	e->host = host;
	e->device = device;
	for (int i = 0; i < 48 && cap >= 0x40; i++) { /* a list without an end is no list */
		uint32_t head = host->config_read(device, cap, 4);

		take_capability(e, cap, head);
		cap = head >> 8 & 0xfc;
	}
	if (!e->place[COMMON].length || !e->place[NOTIFY].length) {
		free(e);
		return -1;
	}
	*state = e;
	return 0;
}

static int reset(struct entropy *e)
{
	set(e, DEVICE_STATUS, 0);
	for (int i = 0; i < 1000; i++) {
		if (get(e, DEVICE_STATUS) == 0)
			return 0;
		e->host->pause(e->device, 1000000);
	}
	return -1;
}

static int give_up(struct entropy *e, unsigned status)
{
	e->dead = true;
	set(e, DEVICE_STATUS, status | FAILED);
	return -1;
}

/* The one virtqueue, from its registers to queue_enable (4.1.5.1.3). */
static int start_queue(struct entropy *e, unsigned features)
{
	uint64_t notify;

	set(e, QUEUE_SELECT, 0);
	e->size = get(e, QUEUE_SIZE);
	if (e->size == 0)
		return -1;
	if (e->size > SIZE)
		set(e, QUEUE_SIZE, e->size = SIZE);
	memset(e->queue, 0, sizeof(*e->queue));
	e->queue->available.flags = NO_INTERRUPT;
	set_address(e, QUEUE_DESC, e->queue->descriptor);
	set_address(e, QUEUE_DRIVER, &e->queue->available);
	set_address(e, QUEUE_DEVICE, &e->queue->used);
	notify = (uint64_t)get(e, QUEUE_NOTIFY_OFF) * e->multiplier;
	if (notify + 2 > e->place[NOTIFY].length)
		return -1;
	e->notify_at = e->place[NOTIFY].offset + (unsigned)notify;
	e->notify_data = features & NOTIF_CONFIG_DATA ? get(e, QUEUE_NOTIF_CONFIG_DATA) : 0;
	set(e, QUEUE_ENABLE, 1);
	return 0;
}

/* The steps of 3.1.1, in their order. */
static int start(void *state)
{
	struct entropy *e = state;
	unsigned features, known = VERSION_1 | ACCESS_PLATFORM | ORDER_PLATFORM;
	unsigned status = ACKNOWLEDGE | DRIVER;

	e->queue = e->host->dma_alloc(e->device, sizeof(*e->queue), 16, &e->address);
	if (!e->queue)
		return -1;
	e->host->config_write(e->device, 0x04, 2, e->host->config_read(e->device, 0x04, 2) | 7);
	if (reset(e))
		return -1;
	set(e, DEVICE_STATUS, ACKNOWLEDGE);
	set(e, DEVICE_STATUS, status);

	if (e->place[COMMON].length >= 58) /* which is where its register ends */
		known |= NOTIF_CONFIG_DATA;
	set(e, DEVICE_FEATURE_SELECT, 1);
	features = get(e, DEVICE_FEATURE) & known;
	if (!(features & VERSION_1))
		return give_up(e, status);
	set(e, DRIVER_FEATURE_SELECT, 0);
	set(e, DRIVER_FEATURE, 0);
	set(e, DRIVER_FEATURE_SELECT, 1);
	set(e, DRIVER_FEATURE, features);
	status |= FEATURES_OK;
	set(e, DEVICE_STATUS, status);

	if (start_queue(e, features))
		return give_up(e, status);
	set(e, DEVICE_STATUS, status | DRIVER_OK);
	return 0;
}

/* One request: 0 and its size, or -1. A buffer that does not come back stays the device's. */
static int fetch(struct entropy *e, struct virtspec_request *request)
{
	struct queue *q = e->queue;
	volatile uint16_t *used_index = &q->used.index, *used_flags = &q->used.flags;
	uint16_t index = q->available.index;
	uint32_t length;

	if (e->dead)
		return -1;
	q->descriptor[0].address = e->address + offsetof(struct queue, buffer);
	q->descriptor[0].length = sizeof(q->buffer);
	q->descriptor[0].flags = WRITE;
	q->available.entry[index % e->size] = 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* the device sees all that before the index … */
	*(volatile uint16_t *)&q->available.index = (uint16_t)(index + 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* … and that before we look at its flags */
	if (!(*used_flags & NO_NOTIFY))
		e->host->bar_write(e->device, e->place[NOTIFY].bar, e->notify_at, 2,
				   e->notify_data);

	for (int i = 0; i < 1000 && *used_index == index; i++)
		e->host->pause(e->device, 1000000);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* the index is there, and so is what it covers */
	e->dead = *used_index != (uint16_t)(index + 1) || q->used.entry[index % e->size].id != 0;
	if (e->dead)
		return -1;
	length = q->used.entry[index % e->size].length;
	if (length == 0)
		return -1;
#ifndef ENTROPY_TRUSTS_LENGTH /* docs/fuzzing-drivers.md shows what comes of it */
	if (length > sizeof(q->buffer))
		return -1;
#endif
	if (request->size > length)
		request->size = length;
	memcpy(request->data, q->buffer, request->size);
	return 0;
}

static int submit(void *state, struct virtspec_request *requests, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		requests[i].status =
			requests[i].kind == VIRTSPEC_RNG_READ ? fetch(state, &requests[i]) : -1;
	return 0;
}

/* We asked for none. If the line is up all the same, reading the ISR status lowers it. */
static void interrupt(void *state, int vector)
{
	struct entropy *e = state;

	if (vector < 0 && e->place[ISR].length)
		e->host->bar_read(e->device, e->place[ISR].bar, e->place[ISR].offset, 1);
}

static void stop(void *state)
{
	struct entropy *e = state;

	if (e->queue) {
		reset(e); /* before the memory goes */
		e->host->dma_free(e->device, e->queue);
	}
	free(e);
}

static const struct virtspec_driver entropy = {
	.abi = VIRTSPEC_PLUGIN_ABI,
	.name = "an example: entropy",
	.probe = probe,
	.start = start,
	.submit = submit,
	.interrupt = interrupt,
	.remove = stop,
};
VIRTSPEC_DRIVER(entropy);
