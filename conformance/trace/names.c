/* SPDX-License-Identifier: BSD-3-Clause */
#include "trace/names.h"

#include <assert.h>

const char *const vs_kind_names[VS_EVENT_KIND_COUNT] = {
	[VS_EVENT_READ] = "read",
	[VS_EVENT_WRITE] = "write",
	[VS_EVENT_INTERRUPT] = "interrupt",
	[VS_EVENT_RESET] = "reset",
	[VS_EVENT_NOTE] = "note",
	[VS_EVENT_MAP] = "map",
	[VS_EVENT_UNMAP] = "unmap",
	[VS_EVENT_CHANGE] = "change",
	[VS_EVENT_LIFE] = "life",
	[VS_EVENT_TRIAL] = "trial",
	[VS_EVENT_QUEUE] = "queue",
	[VS_EVENT_DESCRIPTOR] = "descriptor",
	[VS_EVENT_AVAILABLE] = "available",
	[VS_EVENT_AVAIL_INDEX] = "avail-index",
	[VS_EVENT_AVAIL_FLAGS] = "avail-flags",
	[VS_EVENT_USED_EVENT] = "used-event",
	[VS_EVENT_DEVICE_FLAGS] = "device-flags",
	[VS_EVENT_AVAIL_EVENT] = "avail-event",
	[VS_EVENT_USED] = "used",
	[VS_EVENT_CHANGED] = "changed",
};
static_assert(VS_EVENT_CHANGED + 1 == VS_EVENT_KIND_COUNT, "a kind without a name");

const char *const vs_region_names[VS_REGION_NONE + 1] = {
	"bar0", "bar1", "bar2", "bar3", "bar4", "bar5", "config", "none",
};

static const struct vs_bit_names trial = { { "refusal" } };
static const struct vs_bit_names queue = { {
	"desc-memory",
	"driver-memory",
	"device-memory",
	"zeroed",
} };
static const struct vs_bit_names chain = { {
	"loop",
	"outside",
	"table",
	"too-long",
	"nested",
	"incomplete",
	"in-flight",
	"no-room",
	"out-of-turn",
} };
static_assert(VS_CHAIN_OUT_OF_TURN == 1u << 8, "names of what is wrong with a chain");
static const struct vs_bit_names used = { { "unknown", "batch" } };
static const struct vs_bit_names changed = { { "entry", "table", "first", "avail" } };
static const struct vs_bit_names none = { { NULL } };

const struct vs_bit_names *vs_flag_names(enum vs_event_kind kind)
{
	switch (kind) {
	case VS_EVENT_TRIAL:
		return &trial;
	case VS_EVENT_QUEUE:
		return &queue;
	case VS_EVENT_AVAILABLE:
		return &chain;
	case VS_EVENT_USED:
		return &used;
	case VS_EVENT_CHANGED:
		return &changed;
	case VS_EVENT_DESCRIPTOR:
		return NULL;
	default:
		return &none;
	}
}
