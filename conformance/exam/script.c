/* SPDX-License-Identifier: BSD-3-Clause */
#include "exam/script.h"

#include <string.h>

#include "spec/blk.h"
#include "spec/virtio.h"

#define BATCH     6u
#define TRANSFER  1024u /* bytes of a block request */
#define FRAME     96u   /* of an Ethernet frame */
#define SETTLE_NS UINT64_C(2000000)
#define LIVES     2u

static void tell(struct virtspec_device *d, enum vs_life life)
{
	vs_watch_tell(&d->watch, (struct vs_event){ .kind = VS_EVENT_LIFE, .value = life });
}

static void fill(uint8_t *data, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)((size_t)seed * 31 + i * 7 + (i >> 8));
}

/* Has requests done, and tells what became of each. Whether all of them were. */
static bool submit(struct virtspec_device *d, struct virtspec_request *requests, unsigned count)
{
	bool all = true;

	for (unsigned i = 0; i < count; i++)
		requests[i].status = -1;
	d->driver->submit(d->state, requests, count);
	vs_host_deliver(d);
	for (unsigned i = 0; i < count; i++)
		all &= requests[i].status == 0;
	if (!all)
		tell(d, VS_LIFE_UNSERVED);
	return all;
}

static bool judge(struct virtspec_device *d, bool right)
{
	tell(d, right ? VS_LIFE_SERVED : VS_LIFE_WRONG);
	return right;
}

static bool blk(struct virtspec_device *d, unsigned seed)
{
	uint8_t wanted[BATCH][TRANSFER], found[BATCH][TRANSFER];
	struct virtspec_request writes[BATCH], reads[BATCH];
	bool right = true;

	for (unsigned i = 0; i < BATCH; i++) {
		uint64_t sector = 8 + (uint64_t)i * (TRANSFER / VIRTIO_BLK_SECTOR_SIZE);

		fill(wanted[i], TRANSFER, seed + i);
		memset(found[i], 0, TRANSFER);
		writes[i] = (struct virtspec_request){ .kind = VIRTSPEC_BLK_WRITE,
						       .sector = sector,
						       .data = wanted[i],
						       .size = TRANSFER };
		reads[i] = writes[i];
		reads[i].kind = VIRTSPEC_BLK_READ;
		reads[i].data = found[i];
	}
	/* One alone, then several at once. */
	if (!submit(d, writes, 1) || !submit(d, writes, BATCH) || !submit(d, reads, BATCH))
		return false;
	for (unsigned i = 0; i < BATCH; i++)
		right &= memcmp(wanted[i], found[i], TRANSFER) == 0;
	return judge(d, right);
}

/* The other end of the link sends every frame back. */
static bool net(struct virtspec_device *d, unsigned seed)
{
	uint8_t frame[FRAME], back[2048];

	for (unsigned i = 0; i < 3; i++) {
		struct virtspec_request send = { .kind = VIRTSPEC_NET_SEND,
						 .data = frame,
						 .size = sizeof(frame) };
		struct virtspec_request receive = { .kind = VIRTSPEC_NET_RECEIVE,
						    .data = back,
						    .size = sizeof(back) };

		fill(frame, sizeof(frame), seed + i);
		memset(frame, 0xff, 6); /* to everybody */
		memset(back, 0, sizeof(back));
		if (!submit(d, &send, 1) || !submit(d, &receive, 1))
			return false;
		if (receive.size < sizeof(frame) || memcmp(frame, back, sizeof(frame)) != 0)
			return judge(d, false);
	}
	return judge(d, true);
}

/* What is written comes back. */
static bool console(struct virtspec_device *d, unsigned seed)
{
	uint8_t text[32], back[64];

	for (unsigned i = 0; i < 3; i++) {
		struct virtspec_request write = { .kind = VIRTSPEC_CONSOLE_WRITE,
						  .data = text,
						  .size = sizeof(text) };
		struct virtspec_request read = { .kind = VIRTSPEC_CONSOLE_READ,
						 .data = back,
						 .size = sizeof(back) };

		fill(text, sizeof(text), seed + i);
		memset(back, 0, sizeof(back));
		if (!submit(d, &write, 1) || !submit(d, &read, 1))
			return false;
		if (read.size < 1 || read.size > sizeof(text) || memcmp(text, back, read.size) != 0)
			return judge(d, false);
		/* The rest of it may come in pieces; the next round starts afresh. */
		for (size_t got = read.size; got < sizeof(text) && read.size; got += read.size) {
			read.size = sizeof(back);
			if (!submit(d, &read, 1))
				return false;
		}
	}
	return judge(d, true);
}

static bool rng(struct virtspec_device *d, unsigned seed)
{
	uint8_t data[BATCH][64];
	struct virtspec_request reads[BATCH];

	(void)seed;
	for (unsigned i = 0; i < BATCH; i++)
		reads[i] = (struct virtspec_request){ .kind = VIRTSPEC_RNG_READ,
						      .data = data[i],
						      .size = sizeof(data[i]) };
	if (!submit(d, reads, 1) || !submit(d, reads, BATCH))
		return false;
	for (unsigned i = 0; i < BATCH; i++)
		if (!reads[i].size || reads[i].size > sizeof(data[i]))
			return judge(d, false);
	return judge(d, true);
}

static void read_config(struct virtspec_device *d)
{
	uint8_t data[16] = { 0 };
	struct virtspec_request request = { .kind = VIRTSPEC_CONFIG_READ,
					    .data = data,
					    .size = sizeof(data) };

	request.status = -1;
	d->driver->submit(d->state, &request, 1);
}

static bool requests(struct virtspec_device *d, uint16_t type, unsigned seed)
{
	switch (type) {
	case VIRTIO_ID_BLOCK:
		return blk(d, seed);
	case VIRTIO_ID_NET:
		return net(d, seed);
	case VIRTIO_ID_CONSOLE:
		return console(d, seed);
	case VIRTIO_ID_ENTROPY:
		return rng(d, seed);
	default:
		return false;
	}
}

static void pause_a_little(struct virtspec_device *d)
{
	vs_host.pause(d, SETTLE_NS);
}

/* The device changes its configuration while the driver is at work. */
static void change_config(struct virtspec_device *d)
{
	if (vs_bus_provoke(d->bus, VS_PROVOKE_CONFIG_CHANGE))
		return;
	pause_a_little(d);
	read_config(d);
}

static void sleep_and_wake(struct virtspec_device *d)
{
	if (!d->driver->suspend || !d->driver->resume || d->driver->suspend(d->state) < 0)
		return;
	pause_a_little(d);
	d->driver->resume(d->state);
}

/* From DRIVER_OK on: requests between all else that can happen. */
static void work(struct virtspec_device *d, uint16_t type)
{
	read_config(d);
	if (!requests(d, type, 1))
		return;
	change_config(d);
	if (!requests(d, type, 50))
		return;
	if (d->driver->reset_queue) {
		d->driver->reset_queue(d->state, 0);
		if (!requests(d, type, 90))
			return;
	}
	sleep_and_wake(d);
	if (requests(d, type, 120))
		change_config(d); /* and there and back again */
}

static bool live_once(struct virtspec_device *d, uint16_t type)
{
	void *state = NULL;

	tell(d, VS_LIFE_PROBE);
	if (d->driver->probe(&vs_host, d, &state) < 0) {
		tell(d, VS_LIFE_REFUSED);
		return false;
	}
	d->state = state;
	if (d->driver->start(state) < 0) {
		tell(d, VS_LIFE_DOWN);
	} else {
		tell(d, VS_LIFE_UP);
		work(d, type);
	}
	tell(d, VS_LIFE_REMOVE);
	d->driver->remove(state);
	d->state = NULL;
	tell(d, VS_LIFE_REMOVED);
	return true;
}

void vs_script_run(struct virtspec_device *d, uint16_t type)
{
	for (unsigned i = 0; i < LIVES; i++)
		if (!live_once(d, type))
			break;
}
