/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The qtest protocol against a scripted peer. The protocol answers one line a command, so the
 * answers can lie in the socket before the commands are sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/base64.h"
#include "bus/qtest.h"

#define SHORT_NS 20000000u

struct fixture {
	struct vs_bus bus;
	struct vs_qtest qtest;
	int peer;
	unsigned irqs, line, failures;
	bool level;
};

static uint64_t now(struct vs_bus *bus)
{
	(void)bus;
	return vs_monotonic_ns();
}

static const struct vs_bus_ops ops = { .name = "scripted", .now = now };

static void on_irq(void *context, unsigned line, bool level)
{
	struct fixture *f = context;

	f->irqs++;
	f->line = line;
	f->level = level;
}

static void on_failure(void *context)
{
	struct fixture *f = context;

	assert_int_not_equal(f->bus.state, VS_BUS_ALIVE);
	f->failures++;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int pair[2];

	assert_non_null(f);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	f->bus.ops = &ops;
	f->bus.deadline_ns = SHORT_NS;
	assert_int_equal(vs_qtest_open(&f->qtest, &f->bus, pair[0], "the peer"), 0);
	f->qtest.irq = on_irq;
	f->qtest.failed = on_failure;
	f->qtest.context = f;
	f->peer = pair[1];
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	vs_qtest_close(&f->qtest);
	if (f->peer >= 0)
		close(f->peer);
	free(f);
	return 0;
}

static void says(struct fixture *f, const char *text)
{
	size_t length = strlen(text);

	assert_int_equal(write(f->peer, text, length), length);
}

/* The peer has received exactly this. */
static void heard(struct fixture *f, const char *text)
{
	char got[256];
	ssize_t n = recv(f->peer, got, sizeof(got) - 1, MSG_DONTWAIT);

	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got, text);
}

static void hangs_up(struct fixture *f)
{
	close(f->peer);
	f->peer = -1;
}

static void assert_failed(struct fixture *f, enum vs_bus_state state, const char *reason)
{
	assert_int_equal(f->bus.state, state);
	assert_int_equal(f->failures, 1);
	if (!strstr(f->bus.reason, reason))
		fail_msg("\"%s\" lacks \"%s\"", f->bus.reason, reason);
}

static void accesses(void **state)
{
	struct fixture *f = *state;
	uint64_t value;

	says(f, "OK 0x0000000000001234\n");
	assert_int_equal(vs_qtest_memory_read(&f->qtest, 0xe0000001u, 2, &value), 0);
	assert_int_equal(value, 0x1234);
	heard(f, "readw 0xe0000001\n");
	says(f, "OK 0xffffffffffffffff\r\n");
	assert_int_equal(vs_qtest_memory_read(&f->qtest, 16, 8, &value), 0);
	assert_int_equal(value, UINT64_MAX);
	heard(f, "readq 0x10\n");
	says(f, "OK 0x00ff\n");
	assert_int_equal(vs_qtest_port_read(&f->qtest, 0xffff, 1, &value), 0);
	assert_int_equal(value, 0xff);
	heard(f, "inb 0xffff\n");
	says(f, "OK\nOK\n");
	assert_int_equal(vs_qtest_memory_write(&f->qtest, 0, 4, 0xffffffffu), 0);
	heard(f, "writel 0 0xffffffff\n");
	assert_int_equal(vs_qtest_port_write(&f->qtest, 0xcf8, 4, 0), 0);
	heard(f, "outl 0xcf8 0\n");
	assert_int_equal(f->bus.round_trips, 5);
	assert_int_equal(f->bus.state, VS_BUS_ALIVE);
}

static void interrupts_in_between(void **state)
{
	struct fixture *f = *state;
	uint64_t value;

	says(f, "IRQ raise 20\nOK 0x01\nIRQ lower 20\n");
	assert_int_equal(vs_qtest_memory_read(&f->qtest, 0, 1, &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(f->irqs, 1);
	assert_true(f->line == 20 && f->level);
	assert_int_equal(vs_qtest_drain(&f->qtest), 0);
	assert_int_equal(f->irqs, 2);
	assert_false(f->level);
	/* A line that has half arrived stays until the rest comes. */
	says(f, "IRQ ra");
	assert_int_equal(vs_qtest_drain(&f->qtest), 0);
	says(f, "ise 5\nOK 0x0\n");
	assert_int_equal(vs_qtest_memory_read(&f->qtest, 0, 1, &value), 0);
	assert_int_equal(f->irqs, 3);
	assert_true(f->line == 5 && f->level);
}

static void refusal(void **state)
{
	struct fixture *f = *state;
	const char *rest;

	says(f, "FAIL Unknown command 'x'\nERR bad\nFAIL\n");
	assert_int_equal(vs_qtest_command(&f->qtest, &rest, "x"), 1);
	assert_string_equal(rest, "Unknown command 'x'");
	assert_int_equal(vs_qtest_command(&f->qtest, &rest, "x"), 1);
	assert_int_equal(f->bus.state, VS_BUS_ALIVE);
	/* Where the answer is needed, a refusal is a failure. */
	assert_int_equal(vs_qtest_memory_write(&f->qtest, 0, 1, 0), -1);
	assert_failed(f, VS_BUS_DIED, "not qtest");
}

static void hello(void **state)
{
	struct fixture *f = *state;

	says(f, "OK little\nFAIL Unknown command 'clock_step'\n");
	assert_int_equal(vs_qtest_hello(&f->qtest), 0);
	assert_false(f->qtest.steps_clock);
	heard(f, "endianness\nclock_step 1\n");
	says(f, "OK little\nOK 1\n");
	assert_int_equal(vs_qtest_hello(&f->qtest), 0);
	assert_true(f->qtest.steps_clock);
	heard(f, "endianness\nclock_step 1\n");
	says(f, "OK 2000000\n");
	usleep(2000);
	assert_int_equal(vs_qtest_turn(&f->qtest), 0);
	says(f, "OK middle\n");
	assert_int_equal(vs_qtest_hello(&f->qtest), -1);
	assert_failed(f, VS_BUS_DIED, "not qtest");
}

/* Words of a big-endian peer come and go in the order of the bus. */
static void big_endian_peer(void **state)
{
	struct fixture *f = *state;
	uint64_t value;

	says(f, "OK big\nFAIL\nOK 0x1234\nOK\n");
	assert_int_equal(vs_qtest_hello(&f->qtest), 0);
	assert_int_equal(vs_qtest_memory_read(&f->qtest, 1, 2, &value), 0);
	assert_int_equal(value, 0x3412);
	assert_int_equal(vs_qtest_memory_write(&f->qtest, 1, 4, 0x12345678), 0);
	heard(f, "endianness\nclock_step 1\nreadw 0x1\nwritel 0x1 0x78563412\n");
}

static void nonsense(void **state)
{
	static const char *const answers[] = {
		"hello\n",        "\n",           "OK\n",           "OK twelve\n",
		"OK 0x\n",        "OK -1\n",      "OK 0x100\n",     "OK 0x1 0x2\n",
		"OKAY 0x1\n",     "IRQ\n",        "IRQ raise\n",    "IRQ raise x\n",
		"IRQ raise 1x\n", "IRQ sing 1\n", "\x01\xff\x80\n", "OK 0x1ffffffffffffffffff\n",
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct fixture *f = *state;
		uint64_t value = 0;

		says(f, answers[i]);
		assert_int_equal(vs_qtest_memory_read(&f->qtest, 0, 1, &value), -1);
		assert_failed(f, VS_BUS_DIED, "not qtest");
		for (const char *c = f->bus.reason; *c; c++)
			assert_true(*c >= ' ' && *c <= '~');
		/* It stays dead, and sends nothing more. */
		heard(f, "readb 0\n");
		assert_int_equal(vs_qtest_turn(&f->qtest), -1);
		assert_int_equal(recv(f->peer, &value, 1, MSG_DONTWAIT), -1);
		teardown(state);
		setup(state);
	}
}

static void connection_closed(void **state)
{
	static const char *const before[] = { "", "OK 0x0", "IRQ raise 3\n", "IRQ rai" };

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		struct fixture *f = *state;
		uint64_t value;

		says(f, before[i]);
		hangs_up(f);
		assert_int_equal(vs_qtest_memory_read(&f->qtest, 0, 1, &value), -1);
		assert_failed(f, VS_BUS_DIED, "closed the connection");
		teardown(state);
		setup(state);
	}
}

static void connection_closed_unasked(void **state)
{
	struct fixture *f = *state;

	hangs_up(f);
	assert_int_equal(vs_qtest_drain(&f->qtest), -1);
	assert_failed(f, VS_BUS_DIED, "closed the connection");
}

static void silence(void **state)
{
	static const char *const before[] = { "", "OK 0x", "IRQ raise 3\n" };

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		struct fixture *f = *state;
		uint64_t start = vs_monotonic_ns();
		uint64_t value, spent;

		says(f, before[i]);
		assert_int_equal(vs_qtest_memory_read(&f->qtest, 0, 1, &value), -1);
		spent = vs_monotonic_ns() - start;
		assert_failed(f, VS_BUS_HUNG, "within 0.02 s");
		assert_true(spent >= SHORT_NS && spent < 100 * (uint64_t)SHORT_NS);
		teardown(state);
		setup(state);
	}
}

/* Repeats the text up to `total` bytes, in large pieces: small ones fill a socket by number. */
static void fill(struct fixture *f, const char *text, size_t total)
{
	size_t length = strlen(text);
	char *all = malloc(total);

	assert_non_null(all);
	for (size_t i = 0; i < total; i++)
		all[i] = text[i % length];
	assert_int_equal(send(f->peer, all, total, MSG_DONTWAIT), total);
	free(all);
}

static void endless_line(void **state)
{
	struct fixture *f = *state;

	fill(f, "OK AAAA", 100000);
	assert_int_equal(vs_qtest_turn(&f->qtest), -1);
	assert_failed(f, VS_BUS_DIED, "endless line");
}

/* Interrupts without end are no answer: the deadline holds, and a look at them is bounded. */
static void flood_of_interrupts(void **state)
{
	struct fixture *f = *state;

	fill(f, "IRQ raise 7\n", 24000);
	assert_int_equal(vs_qtest_drain(&f->qtest), 0);
	assert_int_equal(f->irqs, 1000);
	assert_int_equal(vs_qtest_turn(&f->qtest), -1);
	assert_failed(f, VS_BUS_HUNG, "did not answer");
}

/* A peer that does not read: sending has a deadline too. */
static void deaf_peer(void **state)
{
	struct fixture *f = *state;
	size_t size = 4u << 20;
	uint8_t *data = calloc(1, size);
	char answers[4096] = "";

	for (size_t i = 0; i < 200; i++)
		memcpy(answers + 3 * i, "OK\n", 4);
	says(f, answers);
	assert_int_equal(vs_qtest_block_write(&f->qtest, 0, data, size), -1);
	assert_failed(f, VS_BUS_HUNG, "b64write");
	free(data);
}

static void blocks(void **state)
{
	struct fixture *f = *state;
	uint8_t data[4] = { 0 };

	says(f, "OK\nOK 3q2+7w==\n");
	assert_int_equal(vs_qtest_block_write(&f->qtest, 0x1000, "\x01\x02\x03\x04", 4), 0);
	heard(f, "b64write 0x1000 0x4 AQIDBA==\n");
	assert_int_equal(vs_qtest_block_read(&f->qtest, 0x1000, data, 4), 0);
	heard(f, "b64read 0x1000 0x4\n");
	assert_memory_equal(data, "\xde\xad\xbe\xef", 4);
	/* Too short an answer leaves nothing half believed. */
	says(f, "OK 3q2+\n");
	assert_int_equal(vs_qtest_block_read(&f->qtest, 0x1000, data, 4), -1);
	assert_failed(f, VS_BUS_DIED, "not qtest");
}

static void base64(void **state)
{
	static const struct {
		const char *text;
		size_t size;
	} bad[] = {
		{ "", 1 },     { "QQ=", 1 },  { "QR==", 1 },  { "Q===", 1 },
		{ "QQ==", 2 }, { "QQ==", 3 }, { "QUI=A", 2 }, { "QUJ=", 2 },
		{ "QU I", 3 }, { "QUJ-", 3 }, { "=QUI", 3 },  { "QUJD", 2 },
	};
	uint8_t data[64], back[64];
	char text[VS_BASE64_LENGTH(64) + 1];

	(void)state;
	for (size_t size = 0; size <= sizeof(data); size++) {
		for (size_t i = 0; i < size; i++)
			data[i] = (uint8_t)(i * 37 + size * 11 + 250);
		vs_base64_encode(data, size, text);
		assert_int_equal(strlen(text), VS_BASE64_LENGTH(size));
		assert_int_equal(vs_base64_decode(text, back, size), 0);
		assert_memory_equal(data, back, size);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(vs_base64_decode(bad[i].text, back, bad[i].size), -1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(accesses),
		TEST(interrupts_in_between),
		TEST(refusal),
		TEST(hello),
		TEST(big_endian_peer),
		TEST(nonsense),
		TEST(connection_closed),
		TEST(connection_closed_unasked),
		TEST(silence),
		TEST(endless_line),
		TEST(flood_of_interrupts),
		TEST(deaf_peer),
		TEST(blocks),
		cmocka_unit_test(base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
