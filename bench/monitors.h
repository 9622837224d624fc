/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_MONITORS_H
#define BENCH_MONITORS_H

/*
 * Events per second that the jury takes, beside a floor in the same run: reading them and copying
 * them elsewhere. `path` is a recording (docs/trace.md), of which the first trace is taken; NULL:
 * events as those of a driver that does many requests. 0, or -1 with a sentence said.
 */
int bench_monitors(const char *path);

#endif
