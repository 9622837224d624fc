/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For the code around what is fuzzed: memory, oracles, the other side. A line FUZZ_PLAIN behind the
 * includes leaves the functions that follow out of the coverage that steers an engine, which makes
 * them several times as fast; sanitizers look at them all the same.
 */
#ifndef FUZZ_PLAIN_H
#define FUZZ_PLAIN_H

#ifdef __clang__
/* clang-format off */
#define FUZZ_PLAIN \
	_Pragma("clang attribute push(__attribute__((no_sanitize(\"coverage\"))), apply_to = function)")
/* clang-format on */
#define FUZZ_PLAIN_END _Pragma("clang attribute pop")
#else
#define FUZZ_PLAIN
#define FUZZ_PLAIN_END
#endif

#endif
