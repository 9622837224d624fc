/* SPDX-License-Identifier: BSD-3-Clause */
/* Sequences as text: what is written reads back the same, whatever it holds; and what is no
 * sequence gets a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/session.h"
#include "fuzz/sequence.h"
#include "spec/virtio.h"

#define SEQUENCES 3000u

static const uint16_t devices[] = { VIRTIO_ID_NET, VIRTIO_ID_BLOCK, VIRTIO_ID_CONSOLE,
				    VIRTIO_ID_ENTROPY };

static struct vs_fuzz_maker maker(uint64_t seed)
{
	return (struct vs_fuzz_maker){
		.random = { seed },
		.device = devices[seed % 4],
		.views = (1u << VS_VIEW_COUNT) - 1,
		.options = (1u << VS_FUZZ_OPTION_BITS) - 1,
		.sizes = UINT32_MAX,
	};
}

/* To text and back. */
static void go_round(const struct vs_fuzz_sequence *sequence, struct vs_fuzz_sequence *back)
{
	char error[256] = "", *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	vs_fuzz_write(file, sequence);
	fclose(file);
	file = fmemopen(text, size, "r");
	assert_non_null(file);
	assert_int_equal(vs_fuzz_read(file, back, error, sizeof(error)), 0);
	fclose(file);
	free(text);
}

static void same_text(const struct vs_fuzz_sequence *a, const struct vs_fuzz_sequence *b)
{
	char one[VS_FUZZ_LINE], two[VS_FUZZ_LINE];

	assert_int_equal(a->count, b->count);
	for (unsigned i = 0; i < a->count; i++) {
		const struct vs_fuzz_kind *kind = &vs_fuzz_kinds[a->steps[i].kind];

		assert_int_equal(a->steps[i].kind, b->steps[i].kind);
		vs_fuzz_format(&a->steps[i], one, sizeof(one));
		vs_fuzz_format(&b->steps[i], two, sizeof(two));
		assert_string_equal(one, two);
		for (unsigned j = 0; j < vs_fuzz_arg_count(kind); j++)
			assert_int_equal(a->steps[i].args[j].value, b->steps[i].args[j].value);
	}
}

static void what_is_made_reads_back(void **state)
{
	struct vs_fuzz_sequence *all = calloc(3, sizeof(*all));

	(void)state;
	assert_non_null(all);
	for (uint64_t seed = 0; seed < SEQUENCES; seed++) {
		struct vs_fuzz_maker m = maker(seed);

		vs_fuzz_make(&m, &all[0]);
		assert_int_equal(all[0].steps[0].kind, VS_FUZZ_START);
		go_round(&all[0], &all[1]);
		same_text(&all[0], &all[1]);
		vs_fuzz_mutate(&m, &all[0], &all[1]);
		assert_in_range(all[0].count, 1, VS_FUZZ_STEPS);
		assert_int_equal(all[0].steps[0].kind, VS_FUZZ_START);
		go_round(&all[0], &all[2]);
		same_text(&all[0], &all[2]);
	}
	free(all);
}

static void the_same_seed_makes_the_same(void **state)
{
	struct vs_fuzz_sequence *all = calloc(2, sizeof(*all));
	struct vs_fuzz_maker a = maker(7), b = maker(7);

	(void)state;
	assert_non_null(all);
	for (unsigned i = 0; i < 100; i++) {
		vs_fuzz_make(&a, &all[0]);
		vs_fuzz_make(&b, &all[1]);
		same_text(&all[0], &all[1]);
	}
	free(all);
}

/* Every kind of step is made up for the devices that it is for. */
static void every_kind_is_made(void **state)
{
	struct vs_fuzz_sequence *sequence = calloc(1, sizeof(*sequence));
	bool *made = calloc(vs_fuzz_kind_count, sizeof(*made));

	(void)state;
	assert_non_null(sequence);
	assert_non_null(made);
	for (uint64_t seed = 0; seed < SEQUENCES; seed++) {
		struct vs_fuzz_maker m = maker(seed);

		vs_fuzz_make(&m, sequence);
		for (unsigned i = 0; i < sequence->count; i++) {
			unsigned kind = sequence->steps[i].kind;

			assert_true(!vs_fuzz_kinds[kind].device ||
				    vs_fuzz_kinds[kind].device == m.device);
			made[kind] = true;
		}
	}
	for (unsigned i = 0; i < vs_fuzz_kind_count; i++)
		assert_true(made[i]);
	free(made);
	free(sequence);
}

/* Arguments get simpler, never for ever. */
static void arguments_get_simpler(void **state)
{
	static const uint64_t values[] = { 0, 1, 2, 15, 16, 17, 4096, UINT64_MAX };

	(void)state;
	for (unsigned type = VS_FUZZ_VIEW; type < VS_FUZZ_TYPES; type++) {
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			struct vs_fuzz_arg arg = { .value = values[i] }, simpler;
			unsigned turn = 0;

			while (vs_fuzz_simpler_arg((enum vs_fuzz_type)type, arg, turn, &simpler))
				assert_in_range(++turn, 1, 8);
		}
	}
}

static const struct {
	const char *line, *says; /* NULL: a step */
} lines[] = {
	{ "settle", NULL },
	{ "  settle\t# and a remark", NULL },
	{ "write device_status 0x0f", NULL },
	{ "store end-0x10 8 18446744073709551615", NULL },
	{ "descriptor 0 1 bar4+0x3000 4294967295 next,write,indirect,0x8080 65535", NULL },
	{ "start legacy live 8 msix,all-queues", NULL },
	{ "setle", "no step 'setle'" },
	{ "settle 1", "'1' is one argument too many" },
	{ "write device_status", "'write' has 2 arguments, and there are 1" },
	{ "write 20 1", "'20' is no argument 1" },
	{ "write device_status 18446744073709551616", "is no argument 2" },
	{ "write device_status 1x", "is no argument 2" },
	{ "poke isr 0 16 0", "'16' is no argument 3" },
	{ "poke isr 0 0 0", "'0' is no argument 3" },
	{ "store buffer 1 0", "'buffer' is no argument 1" },
	{ "store buffer0- 1 0", "is no argument 1" },
	{ "store buffer0+1+1 1 0", "is no argument 1" },
	{ "store end+-1 1 0", "is no argument 1" },
	{ "descriptor 0 0 0 0 next, 0", "'next,' is no argument 5" },
	{ "descriptor 0 0 0 0 ,next 0", "is no argument 5" },
	{ "start modern alive 0 -", "'alive' is no argument 2" },
	{ "\x1b[31m", "no step '?[31m'" },
};

static void lines_are_steps_or_get_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct vs_fuzz_step step;
		char error[200] = "";
		int result = vs_fuzz_parse(lines[i].line, &step, error, sizeof(error));

		assert_int_equal(result, lines[i].says ? -1 : 1);
		if (lines[i].says && !strstr(error, lines[i].says))
			fail_msg("'%s' gets '%s'", lines[i].line, error);
	}
}

/* Any bytes. */
static void noise_is_harmless(void **state)
{
	struct vs_fuzz_sequence *sequence = calloc(1, sizeof(*sequence));
	struct vs_random random = { 1 };
	char text[2048], error[256];

	(void)state;
	assert_non_null(sequence);
	for (unsigned i = 0; i < 20000; i++) {
		size_t size = 1 + vs_random_below(&random, sizeof(text));
		int at = snprintf(text, sizeof(text), "start modern live 0 -\n");
		FILE *file;

		for (size_t j = vs_random_one_in(&random, 2) ? (size_t)at : 0; j < size; j++)
			text[j] = (char)(vs_random_one_in(&random, 8)
						 ? (uint64_t)'\n'
						 : vs_random_below(&random, 256));
		file = fmemopen(text, size, "r");
		assert_non_null(file);
		if (vs_fuzz_read(file, sequence, error, sizeof(error)))
			assert_true(strlen(error) > 0);
		fclose(file);
	}
	free(sequence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_made_reads_back),
		cmocka_unit_test(the_same_seed_makes_the_same),
		cmocka_unit_test(every_kind_is_made),
		cmocka_unit_test(arguments_get_simpler),
		cmocka_unit_test(lines_are_steps_or_get_a_sentence),
		cmocka_unit_test(noise_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
