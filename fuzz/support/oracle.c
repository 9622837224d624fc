/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fuzz_oracle(const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "oracle %s: ", name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}
