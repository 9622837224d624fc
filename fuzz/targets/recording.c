/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Recordings: the input is the bytes of a file. What is read of it names only what there is;
 * written and read again it is the same, and the monitors come to the same verdict over both.
 *
 * Rooms: vs_monitor
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/support/recorded.h"
#include "fuzz/support/target.h"

const struct fuzz_shape fuzz_shape = { 0 };

static void judge_both(const struct recorded *a, const struct recorded *b)
{
	struct vs_jury *juries = calloc(2, sizeof(*juries));

	for (unsigned i = 0; juries && i < a->traces; i++) {
		if (!recorded_judge(a, i, &juries[0]))
			break;
		if (recorded_judge(b, i, &juries[1])) {
			recorded_same_verdict(&juries[0], &juries[1]);
			vs_jury_free(&juries[1]);
		}
		vs_jury_free(&juries[0]);
	}
	free(juries);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recorded *lists = malloc(2 * sizeof(*lists));
	struct vs_recording *first, *second;
	struct recorded_text text;
	char error[400];

	if (!lists)
		abort();
	first = recorded_read(data, size, &lists[0], error, sizeof(error));
	if (first) {
		text = recorded_write(&lists[0]);
		second = recorded_read(text.bytes, text.size, &lists[1], error, sizeof(error));
		if (!second)
			fuzz_oracle("recording-round", "what was written is refused: %s", error);
		recorded_same(&lists[0], &lists[1]);
		judge_both(&lists[0], &lists[1]);
		vs_recording_close(second);
		vs_recording_close(first);
		free(text.bytes);
	}
	free(lists);
	return 0;
}

/* A life of a driver in short: one event of most kinds. */
static const struct vs_event life[] = {
	{ .kind = VS_EVENT_LIFE, .region = VS_REGION_NONE, .value = VS_LIFE_PROBE },
	{ .kind = VS_EVENT_READ, .region = VS_REGION_CONFIG, .width = 2, .value = 0x1af4 },
	{ .kind = VS_EVENT_WRITE, .time = 1, .offset = 0x14, .width = 1, .value = 1 },
	{ .kind = VS_EVENT_MAP, .region = VS_REGION_NONE, .offset = 0x10000, .value = 0x1000 },
	{ .kind = VS_EVENT_QUEUE, .region = VS_REGION_NONE, .index = 8, .flags = 0xf },
	{ .kind = VS_EVENT_QUEUE, .region = VS_REGION_NONE, .queue = 1023, .index = 256 },
	{ .kind = VS_EVENT_AVAIL_INDEX, .region = VS_REGION_NONE, .queue = 1023, .value = 9 },
	{ .kind = VS_EVENT_DESCRIPTOR, .region = VS_REGION_NONE, .offset = 0x10000, .length = 16 },
	{ .kind = VS_EVENT_AVAILABLE, .region = VS_REGION_NONE, .length = 1 },
	{ .kind = VS_EVENT_AVAIL_INDEX, .region = VS_REGION_NONE, .value = 1 },
	{ .kind = VS_EVENT_USED, .region = VS_REGION_NONE, .length = 16 },
	{ .kind = VS_EVENT_INTERRUPT, .region = VS_REGION_NONE, .offset = VS_INTX, .value = 1 },
	{ .kind = VS_EVENT_CHANGED, .region = VS_REGION_NONE, .note = "flags", .flags = 4 },
	{ .kind = VS_EVENT_TRIAL, .region = VS_REGION_NONE, .flags = VS_TRIAL_REFUSAL },
	{ .kind = VS_EVENT_NOTE, .region = VS_REGION_NONE, .note = "a \"word\"\n" },
	{ .kind = VS_EVENT_RESET, .region = VS_REGION_NONE, .time = UINT64_MAX },
	{ .kind = VS_EVENT_UNMAP, .region = VS_REGION_NONE, .offset = 0x10000, .value = 0x1000 },
};

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	static const char damaged[] = "{\"type\":\"trace\",\"version\":1}\n{\"k\":\"read\"";
	struct recorded *list = calloc(1, sizeof(*list));
	struct recorded_text text;

	if (!list)
		abort();
	memcpy(list->event, life, sizeof(life));
	list->count = sizeof(life) / sizeof(life[0]);
	list->traces = 2;
	list->first[1] = list->count;
	for (unsigned i = 0; i < 2; i++) {
		list->subject[i].profile = i ? VS_PROFILE_DRAFT_2013 : VS_PROFILE_1_3;
		list->subject[i].blind = i ? VS_BLIND_RINGS : 0;
		list->subject[i].bars[1].size = 0x1000;
		vs_features_add(&list->subject[i].offered, 32);
	}
	text = recorded_write(list);
	fuzz_seed(seeds, "life", text.bytes, text.size);
	fuzz_seed(seeds, "damaged", damaged, sizeof(damaged) - 1);
	free(text.bytes);
	free(list);
}
