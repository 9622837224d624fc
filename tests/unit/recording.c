/* SPDX-License-Identifier: BSD-3-Clause */
/* Traces in files: what is written comes back, whatever it is; what is damaged harms nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "monitor/jury.h"
#include "observe/recording.h"

#define ERROR_SIZE 400

/* What a file is held against, and how far it has been. */
struct expected {
	const struct vs_subject *subjects;
	const struct vs_event *events; /* `per_trace` for each subject */
	unsigned traces, per_trace;
	unsigned trace, event, ended;
	int stop_at; /* event at which to stop, or -1 */
};

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

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint64_t draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* A number of any size, the ends of its range among them. */
static uint64_t number(uint64_t max)
{
	uint64_t ends[] = { 0, 1, max, max - 1, max / 2, (UINT64_C(1) << 53) + 1 };
	uint64_t which = draw() % 10;
	uint64_t value = which < 6 ? ends[which] : draw() >> draw() % 64;

	return max == UINT64_MAX ? value : value % (max + 1);
}

static struct vs_event some_event(void)
{
	static const uint8_t widths[] = { 1, 2, 4, 8 };
	static const char *const notes[] = { NULL, "", "a \"note\"\n", "wörds", "plain" };
	struct vs_event e = {
		.time = number(UINT64_MAX),
		.offset = number(UINT64_MAX),
		.value = number(UINT64_MAX),
		.note = notes[draw() % 5],
		.length = (uint32_t)number(UINT32_MAX),
		.queue = (uint16_t)number(UINT16_MAX),
		.index = (uint16_t)number(UINT16_MAX),
		.flags = (uint16_t)number(UINT16_MAX),
		.kind = (uint8_t)(draw() % VS_EVENT_KIND_COUNT),
		.region = VS_REGION_NONE,
		.width = (uint8_t)number(UINT8_MAX),
	};

	if (e.kind <= VS_EVENT_WRITE) {
		e.region = (uint8_t)(draw() % VS_REGION_NONE);
		e.width = widths[draw() % 4];
		if (e.width < 8)
			e.value &= (UINT64_C(1) << 8 * e.width) - 1;
	} else if (e.kind == VS_EVENT_LIFE) {
		e.value %= VS_LIFE_COUNT;
	} else if (e.kind == VS_EVENT_TRIAL) {
		e.value %= VS_RULE_COUNT;
	}
	return e;
}

static struct vs_subject some_subject(void)
{
	struct vs_subject s = {
		.profile = (uint8_t)(draw() % VS_PROFILE_COUNT),
		.draft = draw() & 1,
		.big_endian = draw() & 1,
		.list_limit = (uint32_t)number(UINT32_MAX),
		.blind = draw() & 0xff,
		.scenario = "slow \\ reset",
		.device = "mock:blk",
	};

	for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++)
		s.config[i] = (uint8_t)draw();
	for (unsigned i = 0; i < PCI_BAR_COUNT; i += 2)
		s.bars[i] = (struct vs_bar){ .size = number(UINT64_MAX),
					     .address = number(UINT64_MAX),
					     .raw = (uint32_t)draw(),
					     .io = draw() & 1,
					     .is64 = draw() & 1,
					     .prefetch = draw() & 1 };
	for (unsigned i = 0; i < VS_FEATURE_WINDOWS; i++)
		s.offered.window[i] = (uint32_t)draw();
	return s;
}

static int hear_subject(void *context, const struct vs_subject *s)
{
	struct expected *x = context;
	const struct vs_subject *want = &x->subjects[x->trace];

	assert_true(x->trace < x->traces);
	assert_memory_equal(s->config, want->config, PCI_CONFIG_SIZE);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		assert_int_equal(s->bars[i].size, want->bars[i].size);
		assert_int_equal(s->bars[i].address, want->bars[i].address);
		assert_int_equal(s->bars[i].raw, want->bars[i].raw);
		assert_int_equal(s->bars[i].io, want->bars[i].io);
		assert_int_equal(s->bars[i].is64, want->bars[i].is64);
		assert_int_equal(s->bars[i].prefetch, want->bars[i].prefetch);
	}
	assert_true(vs_features_equal(&s->offered, &want->offered));
	assert_int_equal(s->profile, want->profile);
	assert_int_equal(s->draft, want->draft);
	assert_int_equal(s->big_endian, want->big_endian);
	assert_int_equal(s->list_limit, want->list_limit);
	assert_int_equal(s->blind, want->blind);
	assert_string_equal(s->scenario, want->scenario);
	assert_string_equal(s->device, want->device);
	x->event = 0;
	return 0;
}

static int hear_event(void *context, const struct vs_event *e)
{
	struct expected *x = context;
	const struct vs_event *want = &x->events[x->trace * x->per_trace + x->event];

	assert_true(x->event < x->per_trace);
	assert_int_equal(e->kind, want->kind);
	assert_int_equal(e->time, want->time);
	assert_int_equal(e->offset, want->offset);
	assert_int_equal(e->value, want->value);
	assert_int_equal(e->length, want->length);
	assert_int_equal(e->queue, want->queue);
	assert_int_equal(e->index, want->index);
	assert_int_equal(e->flags, want->flags);
	assert_int_equal(e->region, want->region);
	assert_int_equal(e->width, want->width);
	assert_int_equal(!e->note, !want->note);
	if (e->note)
		assert_string_equal(e->note, want->note);
	return (int)x->event++ == x->stop_at ? 7 : 0;
}

static int hear_end(void *context)
{
	struct expected *x = context;

	assert_int_equal(x->event, x->per_trace);
	x->trace++;
	x->ended++;
	return 0;
}

static void write_all(const struct expected *x)
{
	char error[ERROR_SIZE];
	struct vs_recorder *recorder = vs_recorder_open(path, error, sizeof(error));

	assert_non_null(recorder);
	for (unsigned i = 0; i < x->traces; i++) {
		assert_int_equal(vs_recorder_subject(recorder, &x->subjects[i]), 0);
		for (unsigned j = 0; j < x->per_trace; j++)
			assert_int_equal(vs_recorder_event(recorder,
							   &x->events[i * x->per_trace + j]),
					 0);
	}
	assert_int_equal(vs_recorder_close(recorder, error, sizeof(error)), 0);
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

#define TRACES    4u
#define PER_TRACE 2500u

static void test_round_trip(void **state)
{
	static struct vs_subject subjects[TRACES];
	static struct vs_event events[TRACES * PER_TRACE];
	struct expected x = { .subjects = subjects,
			      .events = events,
			      .traces = TRACES,
			      .per_trace = PER_TRACE,
			      .stop_at = -1 };
	struct vs_recording_handler handler = { hear_subject, hear_event, hear_end, &x };
	unsigned kinds = 0;
	char error[ERROR_SIZE];

	(void)state;
	for (unsigned i = 0; i < TRACES; i++)
		subjects[i] = some_subject();
	memset(subjects[1].bars, 0, sizeof(subjects[1].bars));
	subjects[2].scenario[0] = '\0';
	for (unsigned i = 0; i < TRACES * PER_TRACE; i++) {
		events[i] = some_event();
		kinds |= 1u << events[i].kind;
	}
	events[0] = (struct vs_event){ .kind = VS_EVENT_INTERRUPT,
				       .region = VS_REGION_NONE,
				       .offset = VS_INTX };
	assert_int_equal(kinds, (1u << VS_EVENT_KIND_COUNT) - 1);
	write_all(&x);
	assert_int_equal(read_all(&handler, error), 0);
	assert_string_equal(error, "");
	assert_int_equal(x.ended, TRACES);

	x.trace = x.ended = 0;
	x.stop_at = 5;
	assert_int_equal(read_all(&handler, error), 7);
	assert_int_equal(x.ended, 0);
}

static void write_text(const char *text, size_t length)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, length, out), length);
	assert_int_equal(fclose(out), 0);
}

/* Mutated files: a jury and the formatter take whatever still parses. */
static int judge_subject(void *context, const struct vs_subject *subject)
{
	return vs_jury_init(context, subject) ? 1 : 0;
}

static int judge_event(void *context, const struct vs_event *event)
{
	char text[80];

	vs_event_format(event, text, sizeof(text));
	assert_true(strlen(text) > 0);
	vs_jury_hear(context, event);
	return 0;
}

static int judge_end(void *context)
{
	vs_jury_close(context);
	vs_jury_free(context);
	return 0;
}

#define FUZZ_EVENTS 60u
#define FUZZ_ROUNDS 1500u

static void mutate(char *text, size_t length)
{
	static const char likely[] = "0123456789\"{}[]:,x\n";
	uint8_t *bytes = (uint8_t *)text;
	unsigned changes = 1 + (unsigned)(draw() % 3);

	for (unsigned i = 0; i < changes; i++)
		bytes[draw() % length] = draw() % 4 ? (uint8_t)likely[draw() % (sizeof(likely) - 1)]
						    : (uint8_t)draw();
}

static void test_mutated_files(void **state)
{
	static struct vs_event events[FUZZ_EVENTS];
	static struct vs_jury jury;
	struct vs_subject subject = some_subject();
	struct expected x = {
		.subjects = &subject, .events = events, .traces = 1, .per_trace = FUZZ_EVENTS
	};
	struct vs_recording_handler handler = { judge_subject, judge_event, judge_end, &jury };
	static char good[65536], text[65536];
	char error[ERROR_SIZE];
	unsigned bad = 0;
	size_t length;
	FILE *in;

	(void)state;
	for (unsigned i = 0; i < FUZZ_EVENTS; i++)
		events[i] = some_event();
	write_all(&x);
	in = fopen(path, "r");
	length = fread(good, 1, sizeof(good), in);
	fclose(in);
	assert_in_range(length, 1000, sizeof(good) - 1);
	for (unsigned i = 0; i < FUZZ_ROUNDS; i++) {
		memcpy(text, good, length);
		mutate(text, length);
		write_text(text, draw() % 8 ? length : draw() % length + 1);
		memset(&jury, 0, sizeof(jury));
		if (read_all(&handler, error) < 0) {
			bad++;
			assert_non_null(strstr(error, ", line "));
			vs_jury_free(&jury); /* no end after an error */
		}
	}
	assert_in_range(bad, 1, FUZZ_ROUNDS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_mutated_files),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
