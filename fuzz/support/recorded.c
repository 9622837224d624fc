/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/recorded.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/support/oracle.h"

#define SENTENCE 400u

static unsigned end_of(const struct recorded *list, unsigned trace)
{
	return trace + 1 < list->traces ? list->first[trace + 1] : list->count;
}

struct recorded_text recorded_write(const struct recorded *list)
{
	struct recorded_text text = { 0 };
	FILE *out = open_memstream(&text.bytes, &text.size);
	char error[SENTENCE];
	struct vs_recorder *recorder = out ? vs_recorder_to(out, "memory", error, SENTENCE) : NULL;

	if (!recorder)
		abort();
	for (unsigned i = 0; i < list->traces; i++) {
		vs_recorder_subject(recorder, &list->subject[i]);
		for (unsigned e = list->first[i]; e < end_of(list, i); e++)
			vs_recorder_event(recorder, &list->event[e]);
	}
	if (vs_recorder_close(recorder, error, SENTENCE))
		fuzz_oracle("recording-write", "%s", error);
	return text;
}

static int take_subject(void *context, const struct vs_subject *subject)
{
	struct recorded *list = context;

	if (list->traces == RECORDED_TRACES) {
		list->full = true;
		return 1;
	}
	list->subject[list->traces] = *subject;
	list->over[list->traces] = false;
	list->first[list->traces++] = list->count;
	return 0;
}

static int take_event(void *context, const struct vs_event *event)
{
	struct recorded *list = context;

	if (!list->traces || list->over[list->traces - 1])
		fuzz_oracle("recording-order", "an event outside any trace");
	if (list->count == RECORDED_EVENTS) {
		list->full = true;
		return 1;
	}
	list->event[list->count++] = *event;
	return 0;
}

static int take_end(void *context)
{
	struct recorded *list = context;

	if (!list->traces || list->over[list->traces - 1])
		fuzz_oracle("recording-order", "an end of no trace");
	list->over[list->traces - 1] = true;
	return 0;
}

/* The promise of the header: what an event names is there, and an access has a width that there is.
 */
static void hold_event(const struct vs_event *e)
{
	bool access = e->kind <= VS_EVENT_WRITE;

	if (e->kind >= VS_EVENT_KIND_COUNT ||
	    (e->kind == VS_EVENT_LIFE && e->value >= VS_LIFE_COUNT) ||
	    (e->kind == VS_EVENT_TRIAL && e->value >= VS_RULE_COUNT))
		fuzz_oracle("recording-names", "kind %u, value %#" PRIx64, e->kind, e->value);
	if (access != (e->region != VS_REGION_NONE) || e->region > VS_REGION_NONE)
		fuzz_oracle("recording-names", "kind %u in region %u", e->kind, e->region);
	if (access && ((e->width != 1 && e->width != 2 && e->width != 4 && e->width != 8) ||
		       (e->width < 8 && e->value >> 8 * e->width)))
		fuzz_oracle("recording-names", "%#" PRIx64 " in %u bytes", e->value, e->width);
}

/* A sentence of one line that begins with the name, with nothing in it that moves a cursor. */
static void hold_sentence(const char *error)
{
	if (strncmp(error, "memory, line ", 13) != 0)
		fuzz_oracle("recording-error", "it says '%s'", error);
	for (; *error; error++)
		if ((unsigned char)*error < ' ')
			fuzz_oracle("recording-error", "with byte %#x", (unsigned char)*error);
}

struct vs_recording *recorded_read(const void *bytes, size_t size, struct recorded *list,
				   char *error, size_t error_size)
{
	struct vs_recording_handler handler = { take_subject, take_event, take_end, list };
	FILE *in = size ? fmemopen((void *)(uintptr_t)bytes, size, "r") : fopen("/dev/null", "r");
	struct vs_recording *recording =
		in ? vs_recording_from(in, "memory", error, error_size) : NULL;
	int answer;

	if (!recording)
		abort();
	list->traces = list->count = 0;
	list->full = false;
	answer = vs_recording_read(recording, &handler, error, error_size);
	for (unsigned i = 0; i < list->count; i++)
		hold_event(&list->event[i]);
	if (answer < 0)
		hold_sentence(error);
	else if (answer != list->full || (!answer && !list->over[list->traces - 1]))
		fuzz_oracle("recording-order", "it ends with %d", answer);
	if (!answer)
		return recording;
	vs_recording_close(recording);
	return NULL;
}

static bool same_note(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (!a || strcmp(a, b) == 0);
}

static bool same_event(const struct vs_event *a, const struct vs_event *b)
{
	return a->time == b->time && a->offset == b->offset && a->value == b->value &&
	       a->length == b->length && a->queue == b->queue && a->index == b->index &&
	       a->flags == b->flags && a->kind == b->kind && a->region == b->region &&
	       a->width == b->width && same_note(a->note, b->note);
}

static const char *other_subject(const struct vs_subject *a, const struct vs_subject *b)
{
	if (memcmp(a->config, b->config, sizeof(a->config)) != 0)
		return "config";
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		if (a->bars[i].size != b->bars[i].size ||
		    a->bars[i].address != b->bars[i].address || a->bars[i].raw != b->bars[i].raw ||
		    a->bars[i].io != b->bars[i].io || a->bars[i].is64 != b->bars[i].is64 ||
		    a->bars[i].prefetch != b->bars[i].prefetch)
			return "bars";
	if (memcmp(&a->offered, &b->offered, sizeof(a->offered)) != 0)
		return "offered";
	if (a->profile != b->profile || a->draft != b->draft || a->big_endian != b->big_endian ||
	    a->list_limit != b->list_limit || a->blind != b->blind)
		return "one of the settings";
	return strcmp(a->scenario, b->scenario) != 0 || strcmp(a->device, b->device) != 0 ? "a text"
											  : NULL;
}

void recorded_same(const struct recorded *a, const struct recorded *b)
{
	if (a->traces != b->traces || a->count != b->count)
		fuzz_oracle("recording-round", "%u traces of %u events came back as %u of %u",
			    a->traces, a->count, b->traces, b->count);
	for (unsigned i = 0; i < a->traces; i++) {
		const char *what = other_subject(&a->subject[i], &b->subject[i]);

		if (what)
			fuzz_oracle("recording-round", "%s of subject %u", what, i);
		if (a->first[i] != b->first[i])
			fuzz_oracle("recording-round", "trace %u begins elsewhere", i);
	}
	for (unsigned i = 0; i < a->count; i++)
		if (!same_event(&a->event[i], &b->event[i]))
			fuzz_oracle("recording-round", "event %u of kind %u", i, a->event[i].kind);
}

bool recorded_judge(const struct recorded *list, unsigned number, struct vs_jury *jury)
{
	unsigned events = end_of(list, number) - list->first[number], broken = 0;

	if (vs_jury_init(jury, &list->subject[number]))
		return false;
	for (unsigned e = 0; e < events; e++)
		vs_jury_hear(jury, &list->event[list->first[number] + e]);
	vs_jury_close(jury);
	for (unsigned i = 0; i < jury->charge_count; i++) {
		const struct vs_charge *charge = &jury->charges[i];

		if (charge->rule >= VS_RULE_COUNT || !jury->rules[charge->rule].broken ||
		    charge->number > events || !*charge->expected || !*charge->observed)
			fuzz_oracle("jury-counts", "charge %u of rule %u, event %" PRIu64, i,
				    charge->rule, charge->number);
	}
	for (unsigned i = 0; i < VS_RULE_COUNT; i++)
		broken += jury->rules[i].broken != 0;
	if (!jury->failed && (broken != 0) != (jury->charge_count != 0))
		fuzz_oracle("jury-counts", "%u rules broken, %u charges", broken,
			    jury->charge_count);
	return true;
}

void recorded_same_verdict(const struct vs_jury *a, const struct vs_jury *b)
{
	for (unsigned i = 0; i < VS_RULE_COUNT; i++)
		if (a->rules[i].armed != b->rules[i].armed ||
		    a->rules[i].broken != b->rules[i].broken)
			fuzz_oracle("recording-verdict", "of %s", vs_rules[i].id);
	if (a->charge_count != b->charge_count)
		fuzz_oracle("recording-verdict", "%u charges and %u", a->charge_count,
			    b->charge_count);
	for (unsigned i = 0; i < a->charge_count; i++)
		if (a->charges[i].number != b->charges[i].number ||
		    strcmp(a->charges[i].observed, b->charges[i].observed) != 0)
			fuzz_oracle("recording-verdict", "in what was seen of %s",
				    vs_rules[a->charges[i].rule].id);
}
