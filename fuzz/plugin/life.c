/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a driver: brought up, given work of all kinds, told to go. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/plugin/device.h"
#include "spec/blk.h"
#include "spec/virtio.h"

#define BATCH_MAX   8u
#define SETTLE_NS   UINT64_C(2000000)
#define FAILURES    2u /* steps that may fail before the driver is told to go */
#define BLK_SECTORS 4u /* of a request, at most */
#define DATA_MAX    2048u

enum step {
	STEP_CONFIG, /* what the driver makes of the device-specific configuration */
	STEP_ONE,
	STEP_BATCH,
	STEP_CHANGE, /* the device changes its configuration */
	STEP_RESET_QUEUE,
	STEP_SLEEP,
	STEP_PAUSE,
	STEPS,
};

/* A step as the input would have it: how many requests, and how large. */
#define PLAN(step, count, size) ((uint32_t)(size) << 16 | (uint32_t)(count) << 8 | (uint32_t)(step))

/* Where the input says nothing else. */
static const uint32_t usual[] = {
	PLAN(STEP_CONFIG, 0, 0), PLAN(STEP_ONE, 1, 63),        PLAN(STEP_BATCH, 4, 999),
	PLAN(STEP_CHANGE, 0, 0), PLAN(STEP_CONFIG, 0, 0),      PLAN(STEP_ONE, 1, 255),
	PLAN(STEP_PAUSE, 0, 0),  PLAN(STEP_BATCH, 8, 300),     PLAN(STEP_SLEEP, 0, 0),
	PLAN(STEP_ONE, 1, 7),    PLAN(STEP_RESET_QUEUE, 0, 0), PLAN(STEP_BATCH, 3, 100),
	PLAN(STEP_CHANGE, 0, 0),
};

/* Work to be done, in memory of the heap and no byte more, so that a sanitizer sees who goes on. */
struct work {
	struct virtspec_device *device;
	struct virtspec_request requests[BATCH_MAX];
	uint8_t *wanted[BATCH_MAX]; /* what was written, NULL: nothing to compare */
	size_t room[BATCH_MAX];
	unsigned count;
};

void plugin_tell(struct virtspec_device *d, enum vs_life life)
{
	vs_watch_tell(&d->watch, (struct vs_event){ .kind = VS_EVENT_LIFE, .value = life });
}

static void add(struct work *w, enum virtspec_request_kind kind, uint64_t sector, size_t size,
		unsigned seed)
{
	uint8_t *data = malloc(size);

	if (!data || w->count == BATCH_MAX) {
		free(data);
		return;
	}
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)((size_t)seed * 31 + i * 7 + (i >> 8));
	w->room[w->count] = size;
	w->requests[w->count++] = (struct virtspec_request){
		.kind = kind, .sector = sector, .data = data, .size = size, .status = -1
	};
}

static void drop(struct work *w)
{
	for (unsigned i = 0; i < w->count; i++) {
		free(w->requests[i].data);
		free(w->wanted[i]);
		w->wanted[i] = NULL;
	}
	w->count = 0;
}

/* Has it done, and looks at what the driver says. Whether all of it was. */
static bool submit(struct work *w)
{
	struct virtspec_device *d = w->device;
	bool all = true;

	d->driver->submit(d->state, w->requests, w->count);
	plugin_host_deliver(d);
	for (unsigned i = 0; i < w->count; i++) {
		const struct virtspec_request *r = &w->requests[i];

		all &= r->status == 0;
		if (r->status == 0 && r->size > w->room[i])
			plugin_oracle(d, "request-size",
				      "a request for %zu bytes is said to have got %zu", w->room[i],
				      r->size);
	}
	if (!all)
		plugin_tell(d, VS_LIFE_UNSERVED);
	return all;
}

static bool served(struct work *w, bool right, const char *what)
{
	plugin_tell(w->device, right ? VS_LIFE_SERVED : VS_LIFE_WRONG);
	if (!right && plugin_is_honest(w->device))
		plugin_oracle(w->device, "wrong-data", "%s, and the device did not lie", what);
	return right;
}

static bool blk(struct work *w, unsigned count, size_t size, unsigned seed)
{
	size_t sectors = 1 + size % BLK_SECTORS, bytes = sectors * VIRTIO_BLK_SECTOR_SIZE;
	uint8_t *wanted[BATCH_MAX] = { 0 };
	bool all, right = true;

	for (unsigned i = 0; i < count; i++)
		add(w, VIRTSPEC_BLK_WRITE, 8 + i * sectors, bytes, seed + i);
	all = submit(w);
	for (unsigned i = 0; i < w->count; i++) {
		wanted[i] = w->requests[i].data;
		w->requests[i].data = NULL;
	}
	drop(w);
	for (unsigned i = 0; all && i < count; i++)
		add(w, VIRTSPEC_BLK_READ, 8 + i * sectors, bytes, seed + 100 + i);
	all = all && submit(w);
	for (unsigned i = 0; i < count; i++) {
		right &= !all || !wanted[i] || i >= w->count ||
			 memcmp(wanted[i], w->requests[i].data, bytes) == 0;
		free(wanted[i]);
	}
	return all && served(w, right, "what was written is not what was read");
}

/* The other end sends back what it gets. */
static bool echo(struct work *w, enum virtspec_request_kind there, enum virtspec_request_kind back,
		 size_t size, unsigned seed)
{
	bool net = there == VIRTSPEC_NET_SEND, all, right;
	uint8_t *sent;

	size = net ? 60 + size % 1000 : 1 + size % 64;
	add(w, there, 0, size, seed);
	if (!w->count)
		return false;
	sent = w->requests[0].data;
	if (net)
		memset(sent, 0xff, 6); /* to everybody */
	all = submit(w);
	w->requests[0].data = NULL;
	drop(w);
	if (all)
		add(w, back, 0, net ? DATA_MAX : size, seed + 100);
	all = all && w->count && submit(w);
	right = all && w->requests[0].size <= DATA_MAX &&
		(net ? w->requests[0].size >= size : w->requests[0].size > 0);
	if (right)
		right = memcmp(sent, w->requests[0].data,
			       w->requests[0].size < size ? w->requests[0].size : size) == 0;
	free(sent);
	return all && served(w, right, "what was sent is not what came back");
}

/* Bytes of a length that nobody else has are those that the device gave. */
static bool rng(struct work *w, unsigned count, size_t size, unsigned seed)
{
	const struct virtspec_device *d = w->device;
	bool all, right = true;

	for (unsigned i = 0; i < count; i++)
		add(w, VIRTSPEC_RNG_READ, 0, 1 + size % 1000, seed + i);
	all = submit(w);
	for (unsigned i = 0; all && i < w->count; i++) {
		const struct virtspec_request *r = &w->requests[i];

		if (r->size >= 8 && d->supplied + r->size <= PLUGIN_SUPPLY)
			right &= memmem(d->supply, d->supplied, r->data, r->size) != NULL;
	}
	return all && served(w, right, "bytes that the device did not give are said to be its own");
}

static bool requests(struct virtspec_device *d, unsigned count, size_t size, unsigned seed)
{
	struct work w = { .device = d };
	bool well = false;

	switch (d->jury.model.type) {
	case VIRTIO_ID_BLOCK:
		well = blk(&w, count, size, seed);
		break;
	case VIRTIO_ID_NET:
		well = echo(&w, VIRTSPEC_NET_SEND, VIRTSPEC_NET_RECEIVE, size, seed);
		break;
	case VIRTIO_ID_CONSOLE:
		well = echo(&w, VIRTSPEC_CONSOLE_WRITE, VIRTSPEC_CONSOLE_READ, size, seed);
		break;
	case VIRTIO_ID_ENTROPY:
		well = rng(&w, count, size, seed);
		break;
	default:
		break;
	}
	drop(&w);
	return well;
}

static bool read_config(struct virtspec_device *d)
{
	struct work w = { .device = d };

	add(&w, VIRTSPEC_CONFIG_READ, 0, 16, 0);
	d->driver->submit(d->state, w.requests, w.count);
	drop(&w);
	return true;
}

static bool sleep_and_wake(struct virtspec_device *d)
{
	if (!d->driver->suspend || !d->driver->resume || d->driver->suspend(d->state) < 0)
		return true;
	plugin_host.pause(d, SETTLE_NS);
	return d->driver->resume(d->state) >= 0;
}

/* Whether the driver can go on. `plan`: see PLAN(). */
static bool take_step(struct virtspec_device *d, enum step step, uint32_t plan)
{
	unsigned seed = d->moments & 0xff;

	switch (step) {
	case STEP_CONFIG:
		return read_config(d);
	case STEP_ONE:
		return requests(d, 1, plan >> 16, seed);
	case STEP_BATCH:
		return requests(d, 1 + ((plan >> 8) + BATCH_MAX - 1) % BATCH_MAX, plan >> 16, seed);
	case STEP_CHANGE:
		mock_change_config(d->mock);
		plugin_host.pause(d, SETTLE_NS);
		return true;
	case STEP_RESET_QUEUE:
		if (d->driver->reset_queue)
			d->driver->reset_queue(d->state, (plan >> 8) % 3);
		return true;
	case STEP_SLEEP:
		return sleep_and_wake(d);
	default:
		plugin_host.pause(d, SETTLE_NS);
		return true;
	}
}

static void work(struct virtspec_device *d)
{
	unsigned failures = 0;

	for (unsigned i = 0; i < sizeof(usual) / sizeof(usual[0]) && failures < FAILURES; i++) {
		const struct plugin_lie *other = plugin_lie_due(&d->lies, LIE_STEP, i, 1);
		uint32_t plan = other ? other->value : usual[i];

		failures += !take_step(d, (enum step)((plan & 0xff) % STEPS), plan);
	}
}

bool plugin_live(struct virtspec_device *d, unsigned lives)
{
	for (unsigned i = 0; i < lives; i++) {
		void *state = NULL;

		plugin_tell(d, VS_LIFE_PROBE);
		if (d->driver->probe(&plugin_host, d, &state) < 0) {
			plugin_tell(d, VS_LIFE_REFUSED);
			break;
		}
		d->state = state;
		if (d->driver->start(state) < 0) {
			plugin_tell(d, VS_LIFE_DOWN);
		} else {
			plugin_tell(d, VS_LIFE_UP);
			work(d);
		}
		plugin_tell(d, VS_LIFE_REMOVE);
		d->driver->remove(state);
		d->state = NULL;
		plugin_tell(d, VS_LIFE_REMOVED);
	}
	return d->jury.model.served;
}
