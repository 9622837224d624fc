/* SPDX-License-Identifier: BSD-3-Clause */
/* A plug-in under a fuzzer: what fuzz/targets/plugin.c calls. */
#ifndef FUZZ_PLUGIN_PLUGIN_H
#define FUZZ_PLUGIN_PLUGIN_H

#include "fuzz/plugin/device.h"
#include "mock-device/quirks/quirk.h"

#define PLUGIN_FACES  28u
#define PLUGIN_QUIRKS 1024u
#define PLUGIN_HEAD   8u /* bytes of an input before the lies */

struct plugin_subject {
	struct virtspec_device device;
	const struct plugin_face *faces[PLUGIN_FACES]; /* that the driver drives */
	unsigned face_count;
	const struct mock_quirk *quirks[PLUGIN_QUIRKS]; /* by name */
	unsigned quirk_count;
	bool broken[VS_RULE_COUNT];  /* rules that it breaks on honest devices */
	bool ignored[VS_RULE_COUNT]; /* nobody asks for them */
};

/*
 * Leads the driver's life on each honest device, to see what it drives and which rules it breaks
 * there; `rules` is "must", "all" or "none" of the rules that are looked at, `ignored` globs of
 * others with commas between, or NULL. Returns how many devices it drives.
 */
unsigned plugin_meet(struct plugin_subject *s, const struct virtspec_driver *driver,
		     const char *argument, const char *rules, const char *ignored);

/* One input: see lies.h. */
void plugin_run(struct plugin_subject *s, const uint8_t *data, size_t size);

/* All ways to be of the mock device; NULL behind the last. */
const struct plugin_face *plugin_face_at(unsigned index);

#endif
