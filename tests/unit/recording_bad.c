/* SPDX-License-Identifier: BSD-3-Clause */
/* Traces in files: bad ones get a sentence that names the line, and so does a full disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "observe/recording.h"

#define ERROR_SIZE 400

static char path[] = "/tmp/virtspec-recording-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static int read_all(const struct vs_recording_handler *handler, char *error)
{
	struct vs_recording *recording = vs_recording_open(path, error, ERROR_SIZE);
	int answer;

	assert_non_null(recording);
	answer = vs_recording_read(recording, handler, error, ERROR_SIZE);
	vs_recording_close(recording);
	return answer;
}

#define ZEROES_16 "0000000000000000"
#define ZEROES_64 ZEROES_16 ZEROES_16 ZEROES_16 ZEROES_16
#define CONFIG    ZEROES_64 ZEROES_64 ZEROES_64 ZEROES_64 ZEROES_64 ZEROES_64 ZEROES_64 ZEROES_64
#define BARS      "\"bars\":[null,null,null,null,null,null]"
#define HEAD_OF(version, rest) \
	"{\"type\":\"trace\",\"version\":" version ",\"subject\":{" rest "}}\n"
#define HEAD       HEAD_OF("1", "\"config\":\"" CONFIG "\"," BARS ",\"profile\":\"1.4\"")
#define WITH(more) HEAD_OF("1", "\"config\":\"" CONFIG "\"," BARS ",\"profile\":\"1.4\"," more)

/* A file, and what its sentence has to hold; NULL: it is good. */
static const struct {
	const char *text, *says;
} files[] = {
	{ HEAD, NULL },
	{ HEAD "{\"k\":\"note\",\"v\":\"0xffffffffffffffff\"}\n" HEAD, NULL },
	{ HEAD "{\"k\":\"note\"}", NULL },
	{ "", "line 1: it holds nothing" },
	{ "\n", "line 1: it is empty" },
	{ "hello\n", "line 1: it is not JSON" },
	{ "{\"k\":\"read\"}\n", "line 1: it comes before any head" },
	{ "[]\n", "line 1: it is JSON, and not an object" },
	{ HEAD "{\"k\":\"read\",\"r\":\"bar0\",\"w\"", "line 2: it breaks off" },
	{ HEAD_OF("2", ""), "line 1: it is version 2 of the format" },
	{ HEAD_OF("\"1\"", ""), "without a \"version\"" },
	{ HEAD_OF("1", "\"config\":\"00\"," BARS ",\"profile\":\"1.4\""), "\"config\" is not" },
	{ HEAD_OF("1", "\"config\":\"" CONFIG "\",\"bars\":[],\"profile\":\"1.4\""), "\"bars\"" },
	{ HEAD_OF("1", "\"config\":\"" CONFIG "\"," BARS ",\"profile\":\"2.0\""), "\"2.0\"" },
	{ WITH("\"offered\":[128]"), "no feature bit" },
	{ WITH("\"offered\":5"), "not a list of feature bits" },
	{ WITH("\"blind\":[\"deaf\"]"), "\"blind\" has an unknown member, \"deaf\"" },
	{ WITH("\"draft\":1"), "\"draft\" is neither true nor false" },
	{ WITH("\"scenario\":[]"), "\"scenario\" is not text" },
	{ WITH("\"list_limit\":4294967296"), "\"list_limit\" is 0x100000000, more than" },
	{ WITH("\"colour\":1"), "\"colour\" is a key that means nothing here" },
	{ "{\"type\":\"trace\",\"version\":1}\n", "without a \"subject\"" },
	{ "{\"type\":\"run\",\"version\":1}\n", "\"type\" is not \"trace\"" },
	{ HEAD "{\"k\":\"sing\"}\n", "line 2: \"k\" is \"sing\"" },
	{ HEAD "{\"k\":\"a\\nb\"}\n", "line 2: \"k\" is \"a?b\"" },
	{ HEAD "{\"k\":7}\n", "line 2: \"k\" is missing, or is not text" },
	{ HEAD "{}\n", "line 2: \"k\" is missing" },
	{ HEAD "{\"k\":\"note\",\"t\":1,\"t\":2}\n", "duplicate" },
	{ HEAD "{\"k\":\"note\",\"t\":-1}\n", "\"t\" is below 0" },
	{ HEAD "{\"k\":\"note\",\"t\":1.5}\n", "neither an integer" },
	{ HEAD "{\"k\":\"note\",\"t\":\"0x\"}\n", "is no number" },
	{ HEAD "{\"k\":\"note\",\"t\":\"0x11111111111111111\"}\n", "is no number" },
	{ HEAD "{\"k\":\"note\",\"t\":9223372036854775808}\n", "not JSON" },
	{ HEAD "{\"k\":\"used\",\"q\":65536}\n", "\"q\" is 0x10000, more than 0xffff" },
	{ HEAD "{\"k\":\"used\",\"f\":[\"loop\"]}\n", "unknown member, \"loop\"" },
	{ HEAD "{\"k\":\"used\",\"f\":[16]}\n", "unknown member" },
	{ HEAD "{\"k\":\"used\",\"f\":1}\n", "\"f\" is not a list" },
	{ HEAD "{\"k\":\"descriptor\",\"f\":65536}\n", "more than 0xffff" },
	{ HEAD "{\"k\":\"used\",\"r\":\"bar0\"}\n", "in what is no access" },
	{ HEAD "{\"k\":\"used\",\"z\":0}\n", "\"z\" is a key that means nothing here" },
	{ HEAD "{\"k\":\"read\",\"w\":4}\n", "\"r\" is missing" },
	{ HEAD "{\"k\":\"read\",\"r\":\"bar6\",\"w\":4}\n", "\"r\" is \"bar6\"" },
	{ HEAD "{\"k\":\"read\",\"r\":\"none\",\"w\":4}\n", "\"r\" is \"none\"" },
	{ HEAD "{\"k\":\"read\",\"r\":\"bar0\",\"w\":3}\n", "an access of 3 bytes" },
	{ HEAD "{\"k\":\"read\",\"r\":\"bar0\"}\n", "an access of 0 bytes" },
	{ HEAD "{\"k\":\"write\",\"r\":\"bar0\",\"w\":1,\"v\":256}\n", "0x100 in an access of 1" },
	{ HEAD "{\"k\":\"life\",\"v\":\"dull\"}\n", "\"v\" is \"dull\"" },
	{ HEAD "{\"k\":\"life\",\"v\":3}\n", "\"v\" is missing, or is not text" },
	{ HEAD "{\"k\":\"trial\",\"v\":\"no.such.rule\"}\n", "a rule that this program" },
	{ HEAD "{\"k\":\"note\",\"n\":1}\n", "\"n\" is not text" },
};

static void write_text(const char *text, size_t length)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, length, out), length);
	assert_int_equal(fclose(out), 0);
}

static void test_bad_files(void **state)
{
	struct vs_recording_handler nobody = { 0 };
	char error[ERROR_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		int answer;

		write_text(files[i].text, strlen(files[i].text));
		answer = read_all(&nobody, error);
		if (answer != (files[i].says ? -1 : 0) ||
		    (files[i].says && !strstr(error, files[i].says)))
			fail_msg("%s\ngave %d: %s", files[i].text, answer, error);
	}
	assert_null(vs_recording_open("/no/such/file", error, sizeof(error)));
	assert_non_null(strstr(error, "/no/such/file cannot be read"));
	assert_null(vs_recorder_open("/no/such/file", error, sizeof(error)));
	assert_non_null(strstr(error, "/no/such/file cannot be written"));
}

static void test_bounds(void **state)
{
	struct vs_recording_handler nobody = { 0 };
	char error[ERROR_SIZE];
	FILE *out = fopen(path, "w");

	(void)state;
	for (int i = 0; i < 70000; i++)
		fputc(' ', out);
	fputc('\n', out);
	fclose(out);
	assert_int_equal(read_all(&nobody, error), -1);
	assert_non_null(strstr(error, "line 1: it is longer than"));

	out = fopen(path, "w");
	fputs(HEAD, out);
	for (int i = 0; i < 1025; i++)
		fprintf(out, "{\"k\":\"note\",\"n\":\"%d\"}\n", i);
	fclose(out);
	assert_int_equal(read_all(&nobody, error), -1);
	assert_non_null(strstr(error, "line 1026: there are more than 1024 different notes"));

	out = fopen(path, "w");
	fprintf(out, HEAD "{\"k\":\"note\",\"n\":\"%0512d\"}\n", 0);
	fclose(out);
	assert_int_equal(read_all(&nobody, error), -1);
	assert_non_null(strstr(error, "line 2: the note is longer than 511 bytes"));
}

static void test_full_disk(void **state)
{
	struct vs_subject subject = { 0 };
	char error[ERROR_SIZE];
	struct vs_recorder *recorder = vs_recorder_open("/dev/full", error, sizeof(error));

	(void)state;
	assert_non_null(recorder);
	assert_int_equal(vs_recorder_subject(recorder, &subject), -1);
	assert_int_equal(vs_recorder_close(recorder, error, sizeof(error)), -1);
	assert_non_null(strstr(error, "/dev/full is not complete: "));
	assert_int_equal(vs_recorder_close(NULL, error, sizeof(error)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
