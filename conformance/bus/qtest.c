/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/qtest.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/base64.h"

/* Memory moves in blocks: long enough to be quick, short enough for a line buffer. */
#define BLOCK_SIZE 24576u
#define LINE_SIZE  (VS_BASE64_LENGTH(BLOCK_SIZE) + 64u)

/*
 * Where virtual time has to be stepped, it follows real time in steps no smaller than these,
 * because a step costs twice the plain exchange; and none is larger than those, so that a pause of
 * ours (in a debugger, say) costs no flood of timers there.
 */
#define STEP_MIN_NS 1000000u
#define STEP_MAX_NS 100000000u

int vs_qtest_open(struct vs_qtest *qtest, struct vs_bus *bus, int fd, const char *peer)
{
	*qtest = (struct vs_qtest){ .bus = bus, .peer = peer };
	return vs_line_channel_open(&qtest->channel, fd, LINE_SIZE);
}

void vs_qtest_close(struct vs_qtest *qtest)
{
	vs_line_channel_close(&qtest->channel);
}

/* The start of a peer's text, printable, for a sentence. */
static void quote(const char *text, char *quoted, size_t size)
{
	size_t n = strcspn(text, "\n");

	if (n > size - 1)
		n = size - 1;
	memcpy(quoted, text, n);
	quoted[n] = '\0';
	for (char *c = quoted; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '.';
	}
}

static int fail(struct vs_qtest *qtest, enum vs_line_result result, const char *command)
{
	struct vs_bus *bus = qtest->bus;
	char start[40];

	quote(command, start, sizeof(start));
	if (result == VS_LINE_LATE)
		vs_bus_fail(bus, VS_BUS_HUNG, "%s did not answer '%s' within %.3g s", qtest->peer,
			    start, (double)bus->deadline_ns / 1e9);
	else if (result == VS_LINE_TOO_LONG)
		vs_bus_fail(bus, VS_BUS_DIED, "%s answered '%s' with an endless line", qtest->peer,
			    start);
	else
		vs_bus_fail(bus, VS_BUS_DIED, "%s closed the connection", qtest->peer);
	if (qtest->failed)
		qtest->failed(qtest->context);
	return -1;
}

static int fail_nonsense(struct vs_qtest *qtest, const char *answer, const char *command)
{
	char what[48], start[40];

	quote(answer, what, sizeof(what));
	quote(command, start, sizeof(start));
	vs_bus_fail(qtest->bus, VS_BUS_DIED, "%s answered '%s' with '%s', which is not qtest",
		    qtest->peer, start, what);
	if (qtest->failed)
		qtest->failed(qtest->context);
	return -1;
}

/* Whether the line is about an interrupt; reports it. */
static bool take_irq(struct vs_qtest *qtest, const char *line)
{
	unsigned number = 0;
	bool level = !strncmp(line, "IRQ raise ", 10);
	const char *digit = line + 10;

	if (!level && strncmp(line, "IRQ lower ", 10) != 0)
		return false;
	while (*digit >= '0' && *digit <= '9' && number < 10000)
		number = number * 10 + (unsigned)(*digit++ - '0');
	if (digit == line + 10 || *digit)
		return false;
	if (qtest->irq)
		qtest->irq(qtest->context, number, level);
	return true;
}

/* What follows `word` in the line, if the line begins with that word. */
static const char *after_word(const char *line, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(line, word, length) != 0 || (line[length] && line[length] != ' '))
		return NULL;
	return line[length] ? line + length + 1 : line + length;
}

/* Waits for the answer to a command that has been sent. As vs_qtest_command. */
static int receive(struct vs_qtest *qtest, const char *command, uint64_t deadline,
		   const char **rest)
{
	for (;;) {
		enum vs_line_result result;
		const char *tail;
		char *line;

		result = vs_line_channel_receive(&qtest->channel, &line, deadline);
		if (result)
			return fail(qtest, result, command);
		if (take_irq(qtest, line)) {
			if (vs_monotonic_ns() > deadline)
				return fail(qtest, VS_LINE_LATE, command);
			continue;
		}
		tail = after_word(line, "OK");
		if (tail) {
			if (rest)
				*rest = tail;
			return 0;
		}
		tail = after_word(line, "FAIL");
		if (!tail)
			tail = after_word(line, "ERR");
		if (!tail)
			return fail_nonsense(qtest, line, command);
		if (rest)
			*rest = tail;
		return 1;
	}
}

/* Sends a line of `size` bytes, newline included, and waits for its answer. */
static int exchange(struct vs_qtest *qtest, const char *command, size_t size, const char **rest)
{
	uint64_t deadline = vs_monotonic_ns() + qtest->bus->deadline_ns;
	enum vs_line_result result;

	if (qtest->bus->state != VS_BUS_ALIVE)
		return -1;
	qtest->bus->round_trips++;
	result = vs_line_channel_send(&qtest->channel, command, size, deadline);
	if (result)
		return fail(qtest, result, command);
	return receive(qtest, command, deadline, rest);
}

int vs_qtest_command(struct vs_qtest *qtest, const char **rest, const char *format, ...)
{
	char command[160];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(command, sizeof(command) - 1, format, args);
	va_end(args);
	assert(length > 0 && (size_t)length < sizeof(command) - 1);
	command[length] = '\n';
	command[length + 1] = '\0';
	return exchange(qtest, command, (size_t)length + 1, rest);
}

/* A command that has to work: a refusal is nonsense. */
static int demand(struct vs_qtest *qtest, int result, const char *answer, const char *command)
{
	return result == 1 ? fail_nonsense(qtest, answer, command) : result;
}

int vs_qtest_hello(struct vs_qtest *qtest)
{
	const char *answer = "";
	int result = vs_qtest_command(qtest, &answer, "endianness");

	if (demand(qtest, result, answer, "endianness"))
		return -1;
	qtest->big_endian = strcmp(answer, "big") == 0;
	if (!qtest->big_endian && strcmp(answer, "little") != 0)
		return fail_nonsense(qtest, answer, "endianness");
	/* Only with the qtest accelerator does this command exist; elsewhere time flows. */
	result = vs_qtest_command(qtest, NULL, "clock_step 1");
	qtest->steps_clock = result == 0;
	qtest->stepped = vs_monotonic_ns();
	return result < 0 ? -1 : 0;
}

static int load(struct vs_qtest *qtest, const char *space, char suffix, uint64_t address,
		unsigned width, uint64_t *value)
{
	const char *answer = "";
	char command[48];
	char *end;
	int result;

	snprintf(command, sizeof(command), "%s%c %#" PRIx64, space, suffix, address);
	result = vs_qtest_command(qtest, &answer, "%s", command);
	if (demand(qtest, result, answer, command))
		return -1;
	errno = 0;
	*value = strtoull(answer, &end, 16);
	if (errno || end == answer || *end || *answer == '-' ||
	    (width < 8 && *value >> (8 * width)))
		return fail_nonsense(qtest, answer, command);
	return 0;
}

static int store(struct vs_qtest *qtest, const char *space, char suffix, uint64_t address,
		 uint64_t value)
{
	const char *answer = "";
	char command[64];
	int result;

	snprintf(command, sizeof(command), "%s%c %#" PRIx64 " %#" PRIx64, space, suffix, address,
		 value);
	result = vs_qtest_command(qtest, &answer, "%s", command);
	return demand(qtest, result, answer, command);
}

static char width_suffix(unsigned width)
{
	assert(width == 1 || width == 2 || width == 4 || width == 8);
	return " bw l   q"[width];
}

/* A peer takes words of memory in its own order; ours is little-endian. */
static uint64_t in_order(const struct vs_qtest *qtest, unsigned width, uint64_t value)
{
	return qtest->big_endian ? __builtin_bswap64(value) >> (64 - 8 * width) : value;
}

int vs_qtest_memory_read(struct vs_qtest *qtest, uint64_t address, unsigned width, uint64_t *value)
{
	if (load(qtest, "read", width_suffix(width), address, width, value))
		return -1;
	*value = in_order(qtest, width, *value);
	return 0;
}

int vs_qtest_memory_write(struct vs_qtest *qtest, uint64_t address, unsigned width, uint64_t value)
{
	return store(qtest, "write", width_suffix(width), address, in_order(qtest, width, value));
}

int vs_qtest_port_read(struct vs_qtest *qtest, uint64_t port, unsigned width, uint64_t *value)
{
	/* QEMU aborts on a port outside the space. */
	assert(port <= 0x10000u - width && width <= 4);
	return load(qtest, "in", width_suffix(width), port, width, value);
}

int vs_qtest_port_write(struct vs_qtest *qtest, uint64_t port, unsigned width, uint64_t value)
{
	assert(port <= 0x10000u - width && width <= 4);
	return store(qtest, "out", width_suffix(width), port, value);
}

int vs_qtest_block_read(struct vs_qtest *qtest, uint64_t address, void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		size_t block = size - done < BLOCK_SIZE ? size - done : BLOCK_SIZE;
		const char *answer = "";
		int result = vs_qtest_command(qtest, &answer, "b64read %#" PRIx64 " %#zx",
					      address + done, block);

		if (demand(qtest, result, answer, "b64read"))
			return -1;
		if (vs_base64_decode(answer, (uint8_t *)data + done, block))
			return fail_nonsense(qtest, answer, "b64read");
		done += block;
	}
	return 0;
}

int vs_qtest_block_write(struct vs_qtest *qtest, uint64_t address, const void *data, size_t size)
{
	char *line = malloc(LINE_SIZE);
	int result = line ? 0 : -1;

	if (!line)
		return vs_bus_fail(qtest->bus, VS_BUS_DIED, "out of memory");
	for (size_t done = 0; done < size && !result;) {
		size_t block = size - done < BLOCK_SIZE ? size - done : BLOCK_SIZE;
		int start = snprintf(line, LINE_SIZE, "b64write %#" PRIx64 " %#zx ", address + done,
				     block);
		size_t length = (size_t)start + VS_BASE64_LENGTH(block);
		const char *answer = "";

		vs_base64_encode((const uint8_t *)data + done, block, line + start);
		line[length] = '\n';
		result = exchange(qtest, line, length + 1, &answer);
		result = demand(qtest, result, answer, "b64write");
		done += block;
	}
	free(line);
	return result;
}

int vs_qtest_turn(struct vs_qtest *qtest)
{
	uint64_t now = qtest->steps_clock ? vs_monotonic_ns() : 0;
	uint64_t step = now - qtest->stepped;

	if (!qtest->steps_clock || step < STEP_MIN_NS)
		return vs_qtest_command(qtest, NULL, "endianness") < 0 ? -1 : 0;
	qtest->stepped = now;
	return vs_qtest_command(qtest, NULL, "clock_step %" PRIu64,
				step < STEP_MAX_NS ? step : STEP_MAX_NS) < 0
		       ? -1
		       : 0;
}

int vs_qtest_drain(struct vs_qtest *qtest)
{
	/* A peer that floods us is cut off: what has not come by now, comes at the next call. */
	for (unsigned lines = 0; lines < 1000; lines++) {
		enum vs_line_result result;
		char *line;

		if (qtest->bus->state != VS_BUS_ALIVE)
			return -1;
		result = vs_line_channel_receive(&qtest->channel, &line, 0);
		if (result == VS_LINE_LATE)
			return 0;
		if (result)
			return fail(qtest, result, "");
		if (!take_irq(qtest, line))
			return fail_nonsense(qtest, line, "");
	}
	return 0;
}
