/* SPDX-License-Identifier: BSD-3-Clause */
/* What led to a finding, for people: on standard error, before the report of who found it. */
#include <stdarg.h>
#include <stdio.h>

#include "fuzz/plugin/device.h"

#define SHOWN 16u

/* Sanitizers call functions without an argument when they have found something. */
static const struct virtspec_device *subject;

void plugin_story_of(const struct virtspec_device *d)
{
	subject = d;
}

void plugin_story(const struct virtspec_device *d, uint64_t number)
{
	uint64_t count = number < d->trace.count ? number + 1 : d->trace.count;
	uint64_t from = count > SHOWN ? count - SHOWN : 0;
	char text[200];

	fprintf(stderr, "\ndevice  %s\n", d->subject.device);
	for (unsigned i = 0; i < d->lies.told && i < LIES_LOGGED; i++) {
		const struct plugin_told *told = &d->lies.log[i];

		fprintf(stderr, "lie     before event %llu: %s, %#x: %#llx instead of %#llx\n",
			(unsigned long long)told->event, plugin_topic_name(told->topic),
			told->place, (unsigned long long)told->said,
			(unsigned long long)told->truth);
	}
	if (d->lies.told > LIES_LOGGED)
		fprintf(stderr, "lie     and %u more\n", d->lies.told - LIES_LOGGED);
	if (!d->lies.told)
		fprintf(stderr, "lie     none\n");
	for (uint64_t i = from; i < count; i++) {
		const struct vs_event *event = vs_trace_at(&d->trace, i);

		if (!event)
			continue;
		vs_event_format(event, text, sizeof(text));
		fprintf(stderr, "event   %llu  %s\n", (unsigned long long)i, text);
	}
	fputc('\n', stderr);
	fflush(stderr);
}

/* AddressSanitizer calls this by name before it reports. */
void __asan_on_error(void);
void __asan_on_error(void)
{
	if (subject)
		plugin_story(subject, UINT64_MAX);
	subject = NULL;
}

void plugin_oracle(const struct virtspec_device *d, const char *name, const char *format, ...)
{
	char text[400];
	va_list args;

	plugin_story(d, UINT64_MAX);
	subject = NULL;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fuzz_oracle(name, "%s", text);
}

/* Executions take and give back much memory of their own, which need not stay poisoned for long. */
const char *__asan_default_options(void);
__attribute__((weak)) const char *__asan_default_options(void)
{
	return "quarantine_size_mb=8";
}
