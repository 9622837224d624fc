/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/mock_target.h"

#include <stdio.h>
#include <string.h>

/* One KEY=VALUE of the target. Returns 0, or -1 with a sentence in error. */
static int take_key(struct mock_settings *settings, const char *key, const char *value, char *error,
		    size_t size)
{
	static const char *const interfaces[] = { [MOCK_MODERN] = "modern",
						  [MOCK_TRANSITIONAL] = "transitional",
						  [MOCK_LEGACY] = "legacy" };

	if (strcmp(key, "quirk") == 0 && value) {
		char *equals = strchr(value, '=');

		if (settings->quirk_count == MOCK_QUIRKS_MAX) {
			snprintf(error, size, "a mock takes at most %u quirks", MOCK_QUIRKS_MAX);
			return -1;
		}
		/* The target owns the text and is done with it when the mock exists. */
		if (equals)
			*equals = '\0';
		settings->quirks[settings->quirk_count].name = value;
		settings->quirks[settings->quirk_count++].value = equals ? equals + 1 : NULL;
		return 0;
	}
	if (strcmp(key, "ring") == 0 && value &&
	    (strcmp(value, "split") == 0 || strcmp(value, "packed") == 0)) {
		settings->packed = strcmp(value, "packed") == 0;
		return 0;
	}
	if (strcmp(key, "endian") == 0 && value &&
	    (strcmp(value, "little") == 0 || strcmp(value, "big") == 0)) {
		settings->big_endian = strcmp(value, "big") == 0;
		return 0;
	}
	if (strcmp(key, "long") == 0 && value && strcmp(value, "yes") == 0) {
		settings->long_runs = true;
		return 0;
	}
	if (strcmp(key, "disk") == 0 && value) {
		settings->disk = value;
		return 0;
	}
	if (strcmp(key, "profile") == 0 && value && strcmp(value, "draft-2013") == 0) {
		settings->draft = true;
		return 0;
	}
	for (unsigned i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++) {
		if (strcmp(key, "interface") == 0 && value && strcmp(value, interfaces[i]) == 0) {
			settings->interface = i;
			return 0;
		}
	}
	snprintf(error, size,
		 "mock: does not take '%s%s%s'; it takes interface=modern|transitional|legacy, "
		 "ring=split|packed, endian=little|big, profile=draft-2013, long=yes, "
		 "disk=FILE, quirk=NAME[=VALUE]",
		 key, value ? "=" : "", value ? value : "");
	return -1;
}

int vs_mock_settings(const struct vs_target *target, struct mock_settings *settings, char *error,
		     size_t size)
{
	*settings = (struct mock_settings){ .class_name = target->head };
	for (unsigned i = 0; i < target->key_count; i++) {
		if (take_key(settings, target->keys[i].key, target->keys[i].value, error, size))
			return -1;
	}
	return 0;
}
