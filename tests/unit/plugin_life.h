/* SPDX-License-Identifier: BSD-3-Clause */
/* What a tester has a driver do: requests whose outcome is known, by class. */
#ifndef PLUGIN_LIFE_H
#define PLUGIN_LIFE_H

#include "plugin_host.h"

#define LIFE_BATCH 5u
#define LIFE_BYTES 1536u

static inline bool life_submit(struct virtspec_device *d, struct virtspec_request *r, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		r[i].status = -1;
	d->driver->submit(d->state, r, n);
	host_deliver(d);
	for (unsigned i = 0; i < n; i++)
		if (r[i].status)
			return false;
	return true;
}

static inline void life_fill(uint8_t *data, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(seed * 13 + i * 5 + (i >> 8));
}

static inline bool life_blk(struct virtspec_device *d, unsigned seed)
{
	static uint8_t out[LIFE_BATCH][LIFE_BYTES], in[LIFE_BATCH][LIFE_BYTES];
	struct virtspec_request w[LIFE_BATCH], r[LIFE_BATCH];

	for (unsigned i = 0; i < LIFE_BATCH; i++) {
		life_fill(out[i], LIFE_BYTES, seed + i);
		memset(in[i], 0, LIFE_BYTES);
		w[i] = (struct virtspec_request){ .kind = VIRTSPEC_BLK_WRITE,
						  .sector = 3 + 3 * (uint64_t)i,
						  .data = out[i],
						  .size = LIFE_BYTES };
		r[i] = w[i];
		r[i].kind = VIRTSPEC_BLK_READ;
		r[i].data = in[i];
	}
	return life_submit(d, w, LIFE_BATCH) && life_submit(d, r, LIFE_BATCH) &&
	       memcmp(out, in, sizeof(out)) == 0;
}

/* Sends, and receives what it sent. */
static inline bool life_echo(struct virtspec_device *d, enum virtspec_request_kind send,
			     enum virtspec_request_kind receive, size_t size, unsigned seed)
{
	uint8_t out[128], in[4096] = { 0 };
	struct virtspec_request s = { .kind = send, .data = out, .size = size };
	struct virtspec_request r = { .kind = receive, .data = in, .size = sizeof(in) };

	life_fill(out, size, seed);
	memset(out, 0xff, 6);
	return life_submit(d, &s, 1) && life_submit(d, &r, 1) && r.size == size &&
	       memcmp(out, in, size) == 0;
}

static inline bool life_rng(struct virtspec_device *d)
{
	static uint8_t in[LIFE_BATCH][64];
	struct virtspec_request r[LIFE_BATCH];

	for (unsigned i = 0; i < LIFE_BATCH; i++)
		r[i] = (struct virtspec_request){ .kind = VIRTSPEC_RNG_READ,
						  .data = in[i],
						  .size = sizeof(in[i]) };
	return life_submit(d, r, LIFE_BATCH) && r[0].size && r[0].size <= sizeof(in[0]);
}

static inline bool life_serve(struct virtspec_device *d, const char *class_name, unsigned seed)
{
	bool right = true;

	for (unsigned i = 0; i < 3 && right; i++) {
		if (strcmp(class_name, "blk") == 0)
			right = life_blk(d, seed + i);
		else if (strcmp(class_name, "net") == 0)
			right = life_echo(d, VIRTSPEC_NET_SEND, VIRTSPEC_NET_RECEIVE, 96, seed + i);
		else if (strcmp(class_name, "console") == 0)
			right = life_echo(d, VIRTSPEC_CONSOLE_WRITE, VIRTSPEC_CONSOLE_READ, 24,
					  seed + i);
		else
			right = life_rng(d);
	}
	return right;
}

/* What came of a life. */
struct life_outcome {
	bool refused, up, served;
};

/* Probe to remove, with everything between that a driver can be asked for. */
static inline struct life_outcome life_live(struct virtspec_device *d, const char *class_name)
{
	struct life_outcome o = { false, false, false };
	const struct virtspec_driver *driver = d->driver;
	uint8_t data[8];
	struct virtspec_request config = { .kind = VIRTSPEC_CONFIG_READ,
					   .data = data,
					   .size = sizeof(data) };
	void *state = NULL;

	if (!driver)
		return o;
	if (driver->probe(&plugin_host, d, &state) < 0) {
		o.refused = true;
		return o;
	}
	d->state = state;
	o.up = driver->start(state) == 0;
	if (o.up) {
		driver->submit(state, &config, 1);
		o.served = life_serve(d, class_name, 1);
		mock_change_config(d->mock);
		host_pause(d, 1000000);
		if (o.served && driver->reset_queue) {
			driver->reset_queue(state, 0);
			o.served = life_serve(d, class_name, 60);
		}
		if (o.served && driver->suspend && driver->suspend(state) == 0) {
			host_pause(d, 1000000);
			o.served = driver->resume(state) == 0;
		}
		o.served = o.served && life_serve(d, class_name, 90);
	}
	driver->remove(state);
	d->state = NULL;
	return o;
}

#endif
