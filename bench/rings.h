/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_RINGS_H
#define BENCH_RINGS_H

/*
 * Requests per second of the reference driver with the mock device, in one thread, on split and
 * packed rings with 1 and 128 requests in flight, beside a floor. 0, or -1 with a sentence said.
 */
int bench_rings(void);

#endif
