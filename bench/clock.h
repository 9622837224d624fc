/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stddef.h>

/* On a clock that only goes forward. */
double bench_seconds(void);

/* Sorts the values; the one in the middle. `count` is above 0. */
double bench_median(double *values, size_t count);

#endif
