/* SPDX-License-Identifier: BSD-3-Clause */
/* A device under fuzz: what is a mistake of the driver and what is one of the device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bus/way.h"
#include "fuzz/world.h"

#define TIMEOUT UINT64_C(10000000000)

/* What is run on which device, and what is found at which step. */
static const struct {
	const char *target, *steps;
	enum vs_fuzz_oracle oracle;
	unsigned at;
} cases[] = {
	{ "mock:blk", "start modern live 0 -\n", VS_FUZZ_FINE, 0 },
	{ "mock:blk", "start modern live 0 -\nserve\nrequest\nrequest\nserve\n", VS_FUZZ_FINE, 0 },
	/* The whole of memory to write to, then the rings themselves: the driver's own doing. */
	{ "mock:rng",
	  "start modern live 0 -\ndescriptor 0 0 buffer0 0x8000 write 0\npublish 0 0 1\nnotify 0\n",
	  VS_FUZZ_FINE, 0 },
	{ "mock:rng",
	  "start modern live 0 -\ndescriptor 0 0 driver0 16 write 0\npublish 0 0 1\nnotify 0\n"
	  "request\nsettle\n",
	  VS_FUZZ_FINE, 0 },
	{ "mock:rng",
	  "start modern live 0 -\ndescriptor 0 0 table0+1 32 indirect 0\npublish 0 0 1\nnotify 0\n",
	  VS_FUZZ_FINE, 0 },
	/* Decoding off: registers that read ones are no device that does not reset. */
	{ "mock:blk", "start modern live 0 -\npoke config 4 2 0\nreset\n", VS_FUZZ_FINE, 0 },
	{ "mock:blk", "start modern live 0 -\npoke config 16 4 0xffffffff\nserve\n", VS_FUZZ_FINE,
	  0 },
	/* Asked to ask for no interrupt, and then for one. */
	{ "mock:blk", "start modern live 0 -\nevents 0 1 40000\nserve\n", VS_FUZZ_FINE, 0 },
	{ "mock:blk", "start modern live 0 msix\nvector 0 65535\nserve\n", VS_FUZZ_FINE, 0 },
	{ "mock:blk", "start modern live 8 -\nqueue-reset 0\nqueue-restart 0\nserve\n",
	  VS_FUZZ_FINE, 0 },
	/* Bytes beside a buffer. */
	{ "mock:blk,quirk=stray-write=behind", "start modern live 0 -\n", VS_FUZZ_STRAY, 1 },
	{ "mock:blk,quirk=stray-write=table", "start modern live 0 -\nserve\n", VS_FUZZ_STRAY, 2 },
	{ "mock:blk,quirk=used-length=beyond",
	  "start modern live 0 -\nchain 0 buffer0 16 buffer1 16 1 direct\nnotify 0\ncollect 0\n",
	  VS_FUZZ_RING, 3 },
	/* The same after a mistake of the driver's: nobody knows what the device owes then. */
	{ "mock:blk,quirk=used-length=beyond",
	  "start modern live 0 -\ndescriptor 0 0 buffer0 16 write 0\n"
	  "chain 0 buffer0 16 buffer1 16 1 direct\nnotify 0\ncollect 0\n",
	  VS_FUZZ_FINE, 0 },
	{ "mock:blk,quirk=isr-write-harms=dies", "start modern live 0 -\npoke isr 0 1 0\n",
	  VS_FUZZ_DIED, 1 },
	{ "mock:blk,quirk=isr-write-harms=hangs", "start modern live 0 -\npoke isr 0 1 0\n",
	  VS_FUZZ_HUNG, 1 },
	{ "mock:blk,quirk=isr-write-harms=stuck", "start modern live 0 -\npoke isr 0 1 0\n",
	  VS_FUZZ_LOST, 2 },
	{ "mock:blk,quirk=isr-write-harms=deaf",
	  "start modern caps 0 -\nstart modern live 0 -\npoke isr 0 1 0\nstart modern caps 0 -\n",
	  VS_FUZZ_LOST, 4 },
	{ "mock:blk,quirk=interrupts-halved", "start modern live 0 no-events\nserve\n",
	  VS_FUZZ_STALLED, 1 },
};

static void run_case(size_t i)
{
	struct vs_fuzz_world *w = calloc(1, sizeof(*w));
	struct vs_fuzz_sequence *sequence = calloc(1, sizeof(*sequence));
	char text[1024], error[512] = "";
	struct vs_bus *bus = vs_bus_open(cases[i].target, NULL, error, sizeof(error));
	FILE *file;

	snprintf(text, sizeof(text), "%s", cases[i].steps);
	file = fmemopen(text, strlen(text), "r");
	assert_non_null(w);
	assert_non_null(sequence);
	assert_non_null(bus);
	assert_non_null(file);
	assert_int_equal(vs_fuzz_read(file, sequence, error, sizeof(error)), 0);
	fclose(file);
	assert_int_equal(vs_fuzz_open(w, bus, false, TIMEOUT, error, sizeof(error)), 0);
	/* Twice: what the first leaves behind is not the second's. */
	for (unsigned times = 0; times < 2; times++) {
		vs_fuzz_run(w, sequence, NULL, false);
		if (w->finding.oracle != cases[i].oracle ||
		    (w->finding.oracle && w->finding.step != cases[i].at))
			fail_msg("%s\n%s%s at step %u: %s", cases[i].target, cases[i].steps,
				 vs_fuzz_oracle_name(w->finding.oracle), w->finding.step,
				 w->finding.says);
		free(w->finding.evidence);
	}
	vs_fuzz_close(w);
	vs_bus_close(bus);
	free(sequence);
	free(w);
}

static void mistakes_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		run_case(i);
}

static void nothing_to_fuzz_gets_a_sentence(void **state)
{
	struct vs_fuzz_world *w = calloc(1, sizeof(*w));
	char error[512] = "";
	struct vs_bus *bus =
		vs_bus_open("mock:blk,quirk=common-absent", NULL, error, sizeof(error));

	(void)state;
	assert_non_null(w);
	assert_non_null(bus);
	assert_int_equal(vs_fuzz_open(w, bus, false, TIMEOUT, error, sizeof(error)), -1);
	assert_true(strlen(error) > 0);
	vs_bus_close(bus);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_told_apart),
		cmocka_unit_test(nothing_to_fuzz_gets_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
