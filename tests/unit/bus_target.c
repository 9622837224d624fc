/* SPDX-License-Identifier: BSD-3-Clause */
/* Target strings, and finding the way that they name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/way.h"

#define KEYS 4

static const struct {
	const char *text, *way, *head, *tail;
	struct {
		const char *key, *value;
	} keys[KEYS];
} good[] = {
	{ "mock:blk", "mock", "blk", "", { { NULL, NULL } } },
	{ "mock:", "mock", "", "", { { NULL, NULL } } },
	{ "qemu:virtio-blk-pci,disable-legacy=on",
	  "qemu",
	  "virtio-blk-pci",
	  "disable-legacy=on",
	  { { "disable-legacy", "on" } } },
	{ "mock:blk,ring=packed,quirk=a=3,quirk=b,endian=",
	  "mock",
	  "blk",
	  "ring=packed,quirk=a=3,quirk=b,endian=",
	  { { "ring", "packed" }, { "quirk", "a=3" }, { "quirk", "b" }, { "endian", "" } } },
	{ "qtest:/run/a b.sock,addr=00:04.0,x",
	  "qtest",
	  "/run/a b.sock",
	  "addr=00:04.0,x",
	  { { "addr", "00:04.0" }, { "x", NULL } } },
	{ "vfio:0000:01:00.0", "vfio", "0000:01:00.0", "", { { NULL, NULL } } },
	{ "mock:a,,b,k=c,,d,,", "mock", "a,b", "k=c,,d,,", { { "k", "c,d," } } },
	{ "mock:a,,,b", "mock", "a,", "b", { { "b", NULL } } },
	{ "mock:,k", "mock", "", "k", { { "k", NULL } } },
	{ "mock:a,k=v=w=", "mock", "a", "k=v=w=", { { "k", "v=w=" } } },
};

static void assert_text(const char *got, const char *expected)
{
	if (expected) {
		assert_non_null(got);
		assert_string_equal(got, expected);
	} else {
		assert_null(got);
	}
}

static void takes_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct vs_target target;
		char error[200] = "";
		unsigned count = 0;

		while (count < KEYS && good[i].keys[count].key)
			count++;
		assert_int_equal(vs_target_parse(good[i].text, &target, error, sizeof(error)), 0);
		assert_text(target.way, good[i].way);
		assert_text(target.head, good[i].head);
		assert_text(target.tail, good[i].tail);
		assert_int_equal(target.key_count, count);
		for (unsigned j = 0; j < count; j++) {
			assert_text(target.keys[j].key, good[i].keys[j].key);
			assert_text(target.keys[j].value, good[i].keys[j].value);
		}
		vs_target_free(&target);
	}
}

static void refuses_malformed(void **state)
{
	static const char *const bad[] = {
		"",
		"blk",
		":blk",
		"mock:blk,",
		"mock:blk,=1",
		"mock:a, ,",
		"mock:a,b,,=c,",
		"mock:a,k=v,",
		"virtio-blk-pci,drive=x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct vs_target target;
		char error[200] = "";

		assert_int_equal(vs_target_parse(bad[i], &target, error, sizeof(error)), -1);
		assert_true(strlen(error) > 20);
		assert_null(target.text);
	}
}

static void many_keys(void **state)
{
	struct vs_target target;
	char text[400] = "mock:blk";
	char error[600] = "";

	(void)state;
	for (size_t i = 0; i < VS_TARGET_KEYS_MAX; i++)
		memcpy(text + 8 + 2 * i, ",k", 3);
	assert_int_equal(vs_target_parse(text, &target, error, sizeof(error)), 0);
	assert_int_equal(target.key_count, VS_TARGET_KEYS_MAX);
	vs_target_free(&target);
	memcpy(text + strlen(text), ",k", 3);
	assert_int_equal(vs_target_parse(text, &target, error, sizeof(error)), -1);
	assert_non_null(strstr(error, "more than 32"));
}

/* However little room there is for the sentence, it is terminated and inside it. */
static void short_error(void **state)
{
	struct vs_target target;
	char error[8];

	(void)state;
	memset(error, 'x', sizeof(error));
	assert_int_equal(vs_target_parse("nonsense", &target, error, 4), -1);
	assert_int_equal(error[3], '\0');
	assert_int_equal(error[4], 'x');
}

static void finds_the_last_value(void **state)
{
	struct vs_target target;
	const char *value = "untouched";
	char error[200];

	(void)state;
	assert_int_equal(vs_target_parse("w:h,a=1,b,a=2", &target, error, sizeof(error)), 0);
	assert_false(vs_target_find(&target, "c", &value));
	assert_string_equal(value, "untouched");
	assert_true(vs_target_find(&target, "a", &value));
	assert_string_equal(value, "2");
	assert_true(vs_target_find(&target, "b", &value));
	assert_null(value);
	assert_true(vs_target_find(&target, "b", NULL));
	vs_target_free(&target);
}

/* Every file of the folder that registers a way is in the program. */
static void registry(void **state)
{
	static const char *const names[] = { "mock", "qemu", "qtest" };
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < vs_bus_way_count(); i++) {
		const struct vs_bus_way *way = vs_bus_way_at(i);

		assert_non_null(way->open);
		assert_true(strlen(way->says) > 10);
		assert_int_equal(strncmp(way->syntax, way->name, strlen(way->name)), 0);
		assert_int_equal(way->syntax[strlen(way->name)], ':');
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			found += !strcmp(way->name, names[j]);
	}
	assert_int_equal(found, sizeof(names) / sizeof(names[0]));
}

static void unknown_way(void **state)
{
	char error[300] = "";

	(void)state;
	assert_null(vs_bus_open("pigeon:post", NULL, error, sizeof(error)));
	assert_non_null(strstr(error, "'pigeon'"));
	for (size_t i = 0; i < vs_bus_way_count(); i++)
		assert_non_null(strstr(error, vs_bus_way_at(i)->name));
}

/* What cannot be opened is refused with a sentence that names the thing, and leaks nothing. */
static void refusals(void **state)
{
	static const struct {
		const char *target, *qemu, *says;
	} cases[] = {
		{ "nonsense", NULL, "how to reach" },
		{ "qemu:", NULL, "names no device" },
		{ "qemu:virtio-rng-pci,id=x", NULL, "property id" },
		{ "qemu:virtio-rng-pci,bus=x", NULL, "property bus" },
		{ "qemu:virtio-rng-pci,addr=20", NULL, "addr=20" },
		{ "qemu:virtio-rng-pci,addr=0", NULL, "addr=0" },
		{ "qemu:virtio-rng-pci,addr=4.8", NULL, "addr=4.8" },
		{ "qemu:virtio-rng-pci,addr", NULL, "addr=" },
		{ "qemu:virtio-rng-pci", "no-such-program", "no program no-such-program" },
		{ "qemu:virtio-rng-pci", "/nowhere/qemu", "/nowhere/qemu" },
		{ "qemu:virtio-rng-pci", "/bin/false", "ended with status 1" },
		{ "qtest:,addr=00:04.0", NULL, "path of a UNIX socket" },
		{ "qtest:/nowhere/socket,addr=00:04.0", NULL, "cannot connect" },
		{ "qtest:/nowhere/socket", NULL, "addr=BUS:DEVICE.FUNCTION" },
		{ "qtest:/nowhere/socket,addr=4", NULL, "addr=BUS:DEVICE.FUNCTION" },
		{ "qtest:/nowhere/socket,addr=00:20.0", NULL, "addr=BUS:DEVICE.FUNCTION" },
		{ "qtest:/nowhere/socket,addr=00:04.0x", NULL, "addr=BUS:DEVICE.FUNCTION" },
		{ "qtest:/nowhere/socket,addr=00:04.0,color=red", NULL, "no option color" },
		{ "qtest:/s,addr=00:04.0,memory=4097", NULL, "multiples" },
		{ "qtest:/s,addr=00:04.0,size=0", NULL, "multiples" },
		{ "qtest:/s,addr=00:04.0,size=-65536", NULL, "multiples" },
		{ "qtest:/s,addr=00:04.0,memory=0xffffffffffff0000", NULL, "multiples" },
		{ "qtest:/s,addr=00:04.0,memory", NULL, "multiples" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vs_bus_options options = { .qemu = cases[i].qemu ? cases[i].qemu : "true" };
		char error[300] = "";

		assert_null(vs_bus_open(cases[i].target, &options, error, sizeof(error)));
		if (!strstr(error, cases[i].says))
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].target, error, cases[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_apart),
		cmocka_unit_test(refuses_malformed),
		cmocka_unit_test(many_keys),
		cmocka_unit_test(short_error),
		cmocka_unit_test(finds_the_last_value),
		cmocka_unit_test(registry),
		cmocka_unit_test(unknown_way),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
