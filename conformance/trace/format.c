/* SPDX-License-Identifier: BSD-3-Clause */
/* Events for people: one line each. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules/rules.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"
#include "trace/names.h"

/* Text that grows to the end of its buffer, and no further. */
struct line {
	char *text;
	size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
	size_t room = line->size - line->length;
	va_list args;
	int length;

	if (!room)
		return;
	va_start(args, format);
	length = vsnprintf(line->text + line->length, room, format, args);
	va_end(args);
	if (length > 0)
		line->length += (size_t)length < room ? (size_t)length : room - 1;
}

/* Names of the bits that are set, behind a comma each; those without one together as a number. */
static void add_bits(struct line *line, const char *const *names, unsigned bits)
{
	unsigned bit = 0;

	for (; bit < VS_NAMED_BITS && names[bit]; bit++)
		if (bits >> bit & 1)
			add(line, ", %s", names[bit]);
	if (bits >> bit)
		add(line, ", %#x", bits >> bit << bit);
}

static void add_access(struct line *line, const struct vs_event *e)
{
	const char *region = e->region <= VS_REGION_NONE ? vs_region_names[e->region] : "nowhere";

	add(line, "%s%u %s+%#" PRIx64 " %s %#" PRIx64, e->kind == VS_EVENT_READ ? "read" : "write",
	    e->width * 8u, region, e->offset, e->kind == VS_EVENT_READ ? "=" : "<-", e->value);
}

static void add_descriptor(struct line *line, const struct vs_event *e)
{
	static const char *const in[] = { "in an indirect table",
					  "not in memory", [VS_NAMED_BITS] = NULL };
	static const char *const flags[VS_NAMED_BITS + 1] = { "NEXT", "WRITE", "INDIRECT" };
	/* AVAIL and USED of a packed ring say nothing here: it is available. */
	unsigned marks = VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED;

	add(line, "queue %u: element %u, place %u: %" PRIu32 " bytes at %#" PRIx64, e->queue,
	    e->index, VS_DESCRIPTOR_PLACE(e->value), e->length, e->offset);
	add_bits(line, flags, e->flags & ~marks);
	if (e->flags & VIRTQ_DESC_F_NEXT)
		add(line, ", next %u", VS_DESCRIPTOR_NEXT(e->value));
	add_bits(line, in, e->width);
}

static void add_flags(struct line *line, const struct vs_event *e)
{
	add_bits(line, vs_flag_names((enum vs_event_kind)e->kind)->name, e->flags);
}

static void add_ring(struct line *line, const struct vs_event *e)
{
	switch (e->kind) {
	case VS_EVENT_QUEUE:
		add(line, "queue %u enabled: %u entries", e->queue, e->index);
		add_flags(line, e);
		break;
	case VS_EVENT_DESCRIPTOR:
		add_descriptor(line, e);
		break;
	case VS_EVENT_AVAILABLE:
		add(line, "queue %u: buffer %u available at %#" PRIx64 ": %" PRIu32 " elements",
		    e->queue, e->index, e->value, e->length);
		add_flags(line, e);
		break;
	case VS_EVENT_AVAIL_INDEX:
		add(line, "queue %u: available index %" PRIu64 " -> %" PRIu64, e->queue, e->offset,
		    e->value);
		break;
	case VS_EVENT_USED:
		add(line, "queue %u: buffer %u used: %" PRIu32 " bytes", e->queue, e->index,
		    e->length);
		add_flags(line, e);
		break;
	case VS_EVENT_CHANGED:
		add(line, "queue %u: available buffer %u changed at %#" PRIx64, e->queue, e->index,
		    e->value);
		add_flags(line, e);
		break;
	default:
		add(line, "queue %u: %s = %#" PRIx64, e->queue, vs_kind_names[e->kind], e->value);
		break;
	}
}

static void add_surroundings(struct line *line, const struct vs_event *e)
{
	switch (e->kind) {
	case VS_EVENT_INTERRUPT:
		if (e->offset == VS_INTX)
			add(line, "INTx %s", e->value ? "asserted" : "deasserted");
		else
			add(line, "MSI-X vector %" PRIu64, e->offset);
		break;
	case VS_EVENT_MAP:
	case VS_EVENT_UNMAP:
		add(line, "memory %#" PRIx64 " to %#" PRIx64 " %s", e->offset, e->offset + e->value,
		    e->kind == VS_EVENT_MAP ? "can be reached" : "cannot be reached any more");
		break;
	case VS_EVENT_CHANGE:
		add(line, "configuration changed by itself");
		break;
	case VS_EVENT_LIFE:
		add(line, "driver: %s",
		    e->value < VS_LIFE_COUNT ? vs_life_name((enum vs_life)e->value) : "?");
		break;
	case VS_EVENT_TRIAL:
		add(line, "on trial: %s", e->value < VS_RULE_COUNT ? vs_rules[e->value].id : "?");
		add_flags(line, e);
		break;
	default:
		break;
	}
}

void vs_event_format(const struct vs_event *e, char *text, size_t size)
{
	struct line line = { .text = text, .size = size };

	if (!size)
		return;
	*text = '\0';
	if (e->kind == VS_EVENT_RESET)
		add(&line, "reset: %s", e->note ? e->note : "");
	else if (e->kind == VS_EVENT_NOTE || e->kind >= VS_EVENT_KIND_COUNT)
		add(&line, "# %s", e->note ? e->note : "");
	else if (e->kind <= VS_EVENT_WRITE)
		add_access(&line, e);
	else if (e->kind >= VS_EVENT_QUEUE)
		add_ring(&line, e);
	else
		add_surroundings(&line, e);
	if (e->note && e->kind != VS_EVENT_RESET && e->kind != VS_EVENT_NOTE &&
	    e->kind < VS_EVENT_KIND_COUNT)
		add(&line, "  %s", e->note);
}
