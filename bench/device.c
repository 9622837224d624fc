/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * virtspec-bench: how long the whole suite takes, beside what it cannot do without.
 *
 *	virtspec-bench [--qemu PROGRAM] [--trace FILE] [TARGET…]
 *
 * For each target: the median of several runs, from opening the bus to the last verdict; the rate
 * of checks; the peak of memory; and, where a process stands behind the bus, the floor, measured in
 * the same runs: starting it, plus the round trips made times the median round trip. Without
 * targets, the rings and the monitors as well (rings.h, monitors.h); with --trace, the monitors
 * alone, over a recording.
 */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/clock.h"
#include "bench/monitors.h"
#include "bench/rings.h"
#include "bus/way.h"
#include "engine/result.h"

#define RUNS        7u
#define ROUND_TRIPS 2000u
#define TIMEOUT_NS  UINT64_C(10000000000)

struct sample {
	double total, start, trip, floor; /* seconds */
	uint64_t round_trips;
	size_t checks;
};

struct arguments {
	struct vs_bus_options bus;
	const char *targets[16], *trace;
	unsigned count;
};

/* The shortest exchange with the peer that the bus knows. */
static double round_trip(struct vs_bus *bus)
{
	static double trips[ROUND_TRIPS];

	for (unsigned i = 0; i < ROUND_TRIPS; i++) {
		double since = bench_seconds();
		uint32_t value;

		vs_bus_config_read(bus, PCI_VENDOR_ID, 2, &value);
		trips[i] = bench_seconds() - since;
	}
	return bench_median(trips, ROUND_TRIPS);
}

static int measure(const struct arguments *a, const char *target, struct sample *sample)
{
	struct vs_run run = { .target = target,
			      .profile = VS_PROFILE_1_4,
			      .timeout_ns = TIMEOUT_NS };
	char error[512] = "";
	double since = bench_seconds();
	uint64_t before;

	run.bus = vs_bus_open(target, &a->bus, error, sizeof(error));
	if (!run.bus) {
		fprintf(stderr, "virtspec-bench: %s\n", error);
		return -1;
	}
	sample->start = bench_seconds() - since;
	before = run.bus->round_trips;
	if (vs_run_device(&run)) {
		fprintf(stderr, "virtspec-bench: %s\n", run.trouble);
		return -1;
	}
	sample->total = bench_seconds() - since;
	sample->round_trips = run.bus->round_trips - before;
	sample->checks = run.outcome_count;
	vs_run_free(&run);
	run.bus->trace = NULL;
	sample->trip = round_trip(run.bus);
	sample->floor = sample->start + (double)sample->round_trips * sample->trip;
	vs_bus_close(run.bus);
	return 0;
}

static double median_of(const struct sample *samples, double (*value)(const struct sample *))
{
	double values[RUNS];

	for (unsigned i = 0; i < RUNS; i++)
		values[i] = value(&samples[i]);
	return bench_median(values, RUNS);
}

static double total_of(const struct sample *sample)
{
	return sample->total;
}

static double ratio_of(const struct sample *sample)
{
	return sample->total / sample->floor;
}

static double start_of(const struct sample *sample)
{
	return sample->start;
}

static double trip_of(const struct sample *sample)
{
	return sample->trip;
}

static int bench(const struct arguments *a, const char *target)
{
	struct sample samples[RUNS];
	struct rusage usage;
	double total;

	for (unsigned i = 0; i < RUNS; i++)
		if (measure(a, target, &samples[i]))
			return -1;
	getrusage(RUSAGE_SELF, &usage);
	total = median_of(samples, total_of);
	printf("%s\n  %zu checks in %.1f ms: %.0f checks/s, peak memory %.1f MiB\n", target,
	       samples[0].checks, total * 1e3, (double)samples[0].checks / total,
	       (double)usage.ru_maxrss / 1024);
	if (samples[0].round_trips)
		printf("  start %.1f ms, %" PRIu64
		       " round trips of %.1f us: %.2f times that floor\n",
		       median_of(samples, start_of) * 1e3, samples[0].round_trips,
		       median_of(samples, trip_of) * 1e6, median_of(samples, ratio_of));
	fflush(stdout);
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'q':
		a->bus.qemu = arg;
		return 0;
	case 't':
		a->trace = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (a->count == sizeof(a->targets) / sizeof(a->targets[0]))
			argp_error(state, "too many targets");
		a->targets[a->count++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "qemu", 'q', "PROGRAM", 0, "The QEMU that qemu: starts", 0 },
	{ "trace", 't', "FILE", 0, "Measure the monitors over the first trace of this file", 0 },
	{ 0 },
};

int main(int argc, char **argv)
{
	const struct argp argp = { .options = options,
				   .parser = parse,
				   .args_doc = "[TARGET...]",
				   .doc = "Measures the whole suite beside its floor." };
	struct arguments a = { 0 };
	int status = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.trace)
		return bench_monitors(a.trace) ? 2 : 0;
	if (a.count == 0) {
		a.targets[a.count++] = "mock:blk";
		a.targets[a.count++] = "qemu:virtio-blk-pci,disable-legacy=on";
		status = bench_rings() != 0;
		status |= bench_monitors(NULL) != 0;
	}
	for (unsigned i = 0; i < a.count; i++)
		status |= bench(&a, a.targets[i]) != 0;
	return status ? 2 : 0;
}
