/* SPDX-License-Identifier: BSD-3-Clause */
/* The console device (5.3), port 0 only: what comes in on transmitq goes out on receiveq. */
#include <string.h>

#include "mock-device/model/device.h"
#include "spec/console.h"
#include "spec/pci_function.h"

#define QUEUE_SIZE 64u
/* What was typed and has no receive buffer yet. More than that is lost, as on a serial line. */
#define ECHO_SIZE  4096u
#define LOG_SIZE   64u

struct console {
	uint8_t echo[ECHO_SIZE];
	unsigned echo_count;
	uint8_t log[LOG_SIZE]; /* last characters of emergency writes, newest last */
	bool wide;
};

static const uint8_t features[] = { VIRTIO_CONSOLE_F_SIZE, VIRTIO_CONSOLE_F_EMERG_WRITE };

static void power_on(struct mock *mock)
{
	memset(mock->state, 0, sizeof(struct console));
}

static void reset(struct mock *mock)
{
	struct console *console = mock->state;

	console->echo_count = 0;
}

static void queue_reset(struct mock *mock, unsigned queue)
{
	if (queue == VIRTIO_CONSOLE_RECEIVEQ)
		reset(mock);
}

static uint16_t queue_max(struct mock *mock, unsigned queue)
{
	(void)mock;
	(void)queue;
	return QUEUE_SIZE;
}

static void config(struct mock *mock, uint8_t *image)
{
	const struct console *console = mock->state;

	mock_put(mock, image, MOCK_FIELD(struct virtio_console_config, cols),
		 console->wide ? 132 : 80);
	mock_put(mock, image, MOCK_FIELD(struct virtio_console_config, rows),
		 console->wide ? 43 : 25);
}

/* An emergency write works at any time, negotiated or not, and its lower byte counts (5.3.5.1). */
static void config_write(struct mock *mock, unsigned offset, unsigned width, uint64_t value)
{
	struct console *console = mock->state;
	const unsigned size = sizeof(((struct virtio_console_config *)0)->emerg_wr);
	unsigned field = offsetof(struct virtio_console_config, emerg_wr);

	if (mock_swaps(mock))
		field += size - 1;
	if (offset > field || field - offset >= width)
		return;
	memmove(console->log, console->log + 1, LOG_SIZE - 1);
	console->log[LOG_SIZE - 1] = (uint8_t)(value >> 8 * (field - offset));
}

static bool change(struct mock *mock)
{
	struct console *console = mock->state;

	console->wide = !console->wide;
	return true;
}

static bool wants(struct mock *mock, unsigned queue)
{
	const struct console *console = mock->state;

	return queue != VIRTIO_CONSOLE_RECEIVEQ || console->echo_count;
}

/* Fills a receive buffer as far as there is something to put in; how many bytes. */
static size_t receive(struct mock *mock, struct mock_chain *chain)
{
	struct console *console = mock->state;
	size_t done = mock_chain_write(mock, chain, 0, console->echo, console->echo_count);

	console->echo_count -= (unsigned)done;
	memmove(console->echo, console->echo + done, console->echo_count);
	mock_complete(mock, chain);
	return done;
}

static void transmit(struct mock *mock, struct mock_chain *chain)
{
	struct console *console = mock->state;
	struct mock_queue *receiveq = &mock->queues[VIRTIO_CONSOLE_RECEIVEQ];
	uint64_t at = 0;

	while (at < chain->readable && !chain->broken) {
		unsigned room = ECHO_SIZE - console->echo_count;
		struct mock_chain *buffer;

		if (room > chain->readable - at)
			room = (unsigned)(chain->readable - at);
		mock_chain_read(mock, chain, at, console->echo + console->echo_count, room);
		console->echo_count += room;
		at += room;
		buffer = mock_take(mock, receiveq);
		if (!buffer || receive(mock, buffer) == 0)
			break;
	}
	mock_complete(mock, chain);
	mock_kick(mock, VIRTIO_CONSOLE_RECEIVEQ);
}

static void execute(struct mock *mock, struct mock_chain *chain)
{
	if (chain->queue->index == VIRTIO_CONSOLE_RECEIVEQ)
		receive(mock, chain);
	else
		transmit(mock, chain);
}

MOCK_CLASS(console, .type = VIRTIO_ID_CONSOLE, .class_code = PCI_CLASS_CODE_COMMUNICATION,
	   .queue_count = 2, .state_size = sizeof(struct console),
	   .config_size = sizeof(struct virtio_console_config), .features = features,
	   .feature_count = sizeof(features), .queue_max = queue_max, .power_on = power_on,
	   .reset = reset, .queue_reset = queue_reset, .config = config,
	   .config_write = config_write, .change = change, .wants = wants, .execute = execute);
