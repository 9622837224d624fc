/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/plugin/lies.h"

/*
 * A lie that is told for the first time, of this topic and place, is news to an engine, like code
 * that runs for the first time: what it was is worked on, until it is one that the driver falls
 * for. libFuzzer looks at this section; to others it is a byte that is counted.
 */
#define NEWS 2048u
__attribute__((section("__libfuzzer_extra_counters"), used)) static uint8_t news[NEWS];

void plugin_lies_read(struct plugin_lies *lies, struct fuzz_input *in, const uint64_t *event)
{
	lies->count = 0;
	lies->topics = 0;
	lies->told = 0;
	lies->event = event;
	while (lies->count < LIES_MAX && fuzz_left(in) >= LIE_RECORD) {
		struct plugin_lie *lie = &lies->lies[lies->count++];

		lie->topic = (uint8_t)(fuzz_number(in, 1) % LIE_TOPICS);
		lie->how = (uint8_t)fuzz_number(in, 1);
		lie->place = (uint16_t)fuzz_number(in, 2);
		lie->nth = (uint16_t)fuzz_number(in, 2);
		lie->value = (uint32_t)fuzz_number(in, 4);
		lie->seen = 0;
		lies->topics |= UINT32_C(1) << lie->topic;
	}
}

const struct plugin_lie *plugin_lie_due(struct plugin_lies *lies, enum plugin_topic topic,
					unsigned place, unsigned span)
{
	const struct plugin_lie *due = NULL;

	if (!(lies->topics >> topic & 1))
		return NULL;
	for (unsigned i = 0; i < lies->count; i++) {
		struct plugin_lie *lie = &lies->lies[i];
		unsigned nth;

		if (lie->topic != topic ||
		    (lie->place != LIE_ANY && (lie->place < place || lie->place - place >= span)))
			continue;
		nth = lie->seen;
		lie->seen += lie->seen < UINT16_MAX;
		if (nth == lie->nth || (lie->how & LIE_SINCE && nth > lie->nth))
			due = lie;
	}
	return due;
}

static uint64_t mask(unsigned width)
{
	return width >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * width) - 1;
}

uint64_t plugin_bend(const struct plugin_lie *lie, unsigned width, uint64_t value)
{
	uint64_t with = lie->value;

	switch (lie->how % BENDS) {
	case BEND_SET:
		value = with;
		break;
	case BEND_XOR:
		value ^= with;
		break;
	case BEND_ADD:
		value += with;
		break;
	case BEND_AND:
		value &= with;
		break;
	case BEND_ONES:
		value = UINT64_MAX;
		break;
	case BEND_ZERO:
		value = 0;
		break;
	case BEND_OR:
		value |= with;
		break;
	default:
		value = with << 32 | with;
		break;
	}
	return value & mask(width);
}

void plugin_lie_log(struct plugin_lies *lies, enum plugin_topic topic, unsigned place,
		    uint64_t truth, uint64_t said)
{
	news[(topic * 131u + place) % NEWS] = 1;
	if (lies->told < LIES_LOGGED)
		lies->log[lies->told] = (struct plugin_told){ .event = *lies->event,
							      .truth = truth,
							      .said = said,
							      .place = (uint16_t)place,
							      .topic = (uint8_t)topic };
	lies->told++;
}

uint64_t plugin_lie(struct plugin_lies *lies, enum plugin_topic topic, unsigned place,
		    unsigned width, uint64_t value)
{
	const struct plugin_lie *lie = plugin_lie_due(lies, topic, place, width);
	unsigned at = lie && lie->place != LIE_ANY ? lie->place - place : 0;
	uint64_t said;

	if (!lie)
		return value;
	/* From the place on: what stands before it in the same access stays. */
	said = plugin_bend(lie, width - at, value >> 8 * at) << 8 * at | (value & mask(at));
	if (said != value)
		plugin_lie_log(lies, topic, place, value, said);
	return said;
}

const char *plugin_topic_name(enum plugin_topic topic)
{
	static const char *const names[LIE_TOPICS] = {
		[LIE_CONFIG] = "configuration space",
		[LIE_COMMON] = "common configuration",
		[LIE_LEGACY] = "legacy header",
		[LIE_DEVICE] = "device-specific configuration",
		[LIE_ISR] = "ISR status",
		[LIE_USED_ID] = "used id, virtqueue",
		[LIE_USED_LEN] = "used length, virtqueue",
		[LIE_PUBLISH] = "used index, virtqueue",
		[LIE_STALL] = "available buffers overlooked, virtqueue",
		[LIE_INTERRUPT] = "interrupt, virtqueue",
		[LIE_DATA] = "data of a buffer",
		[LIE_POKE] = "DMA memory",
		[LIE_LOAD] = "DMA memory, while the driver runs",
		[LIE_EVENT] = "event",
		[LIE_ALLOC] = "no DMA memory for allocation",
		[LIE_STEP] = "step",
	};

	return names[topic];
}
