/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/recording_names.h"

#include <assert.h>
#include <string.h>

/* In the order of the bits. */
const struct vs_bit_names vs_blind_names = {
	{ "rings", "caps", "notify", "msix", "memory", "life", "order", "internal" },
};
static_assert(VS_BLIND_RINGS == 1u && VS_BLIND_INTERNAL == 1u << 7, "names of blindness");

int vs_name_find(const char *const *names, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count && names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}
