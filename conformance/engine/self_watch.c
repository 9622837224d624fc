/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/self_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/jury.h"
#include "observe/watch.h"

struct vs_self_watch {
	struct vs_watch watch;
	struct vs_subject subject;
	struct vs_jury jury;
	struct vs_bus *bus;
};

static int read_memory(void *context, uint64_t address, void *data, size_t size)
{
	const struct vs_dma *dma = &((struct vs_self_watch *)context)->bus->dma;

	if (address < dma->address || address - dma->address > dma->size ||
	    size > dma->size - (address - dma->address))
		return -1;
	memcpy(data, dma->host + (address - dma->address), size);
	return 0;
}

static uint64_t now(void *context)
{
	return vs_bus_now(((struct vs_self_watch *)context)->bus);
}

static void heard(void *context, const struct vs_event *event)
{
	vs_jury_hear(&((struct vs_self_watch *)context)->jury, event);
}

int vs_self_watch_open(struct vs_run *run)
{
	struct vs_self_watch *self = calloc(1, sizeof(*self));
	struct vs_rings_memory memory = { self, read_memory, now };

	if (!self) {
		snprintf(run->trouble, sizeof(run->trouble), "out of memory");
		return -1;
	}
	run->self_watch = self;
	self->bus = run->bus;
	/* A tester reads the list once, when it opens a device, and not in each life again. */
	self->subject = (struct vs_subject){ .profile = (uint8_t)run->profile,
					     .draft = run->profile == VS_PROFILE_DRAFT_2013,
					     .blind = VS_BLIND_CAPS | VS_BLIND_LIFE };
	if (vs_subject_read(&self->subject, run->bus) ||
	    vs_watch_open(&self->watch, run->bus, &self->subject, &run->trace, &memory) ||
	    vs_jury_init(&self->jury, &self->subject)) {
		snprintf(run->trouble, sizeof(run->trouble), "cannot watch the suite itself");
		return -1;
	}
	self->watch.heard = heard;
	self->watch.context = self;
	return 0;
}

void vs_self_watch_close(struct vs_run *run)
{
	struct vs_self_watch *self = run->self_watch;

	if (!self)
		return;
	if (self->watch.rings)
		vs_watch_close(&self->watch);
	vs_jury_free(&self->jury);
	free(self);
	run->self_watch = NULL;
}

static bool announced(const struct vs_check *check, uint16_t rule)
{
	/* Which ring format a session takes is the matter of its view. */
	if (rule == VS_RULE_DRIVER_RESERVED_ACCEPTS_RING_PACKED)
		return true;
	/* Where the suite stops, nothing has failed. */
	if (!check && rule == VS_RULE_DRIVER_INIT_FAILED_ON_ERROR)
		return true;
	for (const uint16_t *r = check ? check->breaks : NULL; r && *r != VS_RULE_COUNT; r++)
		if (*r == rule)
			return true;
	return false;
}

static const struct vs_charge *last_charge(const struct vs_jury *jury, uint16_t rule)
{
	for (unsigned i = jury->charge_count; i > 0; i--)
		if (jury->charges[i - 1].rule == rule)
			return &jury->charges[i - 1];
	return NULL;
}

static void add_fault(struct vs_run *run, const struct vs_check *check, enum vs_view view,
		      uint16_t rule)
{
	const struct vs_charge *charge = last_charge(&run->self_watch->jury, rule);
	struct vs_fault *grown =
		realloc(run->faults, (run->fault_count + 1) * sizeof(*run->faults));

	if (!grown) {
		run->self_watch->jury.failed = true;
		return;
	}
	run->faults = grown;
	grown[run->fault_count] = (struct vs_fault){ .check = check, .view = view, .rule = rule };
	if (charge)
		snprintf(grown[run->fault_count].observed, sizeof(grown->observed), "%s",
			 charge->observed);
	run->fault_count++;
}

void vs_self_watch_end(struct vs_run *run)
{
	struct vs_self_watch *self = run->self_watch;

	if (!self)
		return;
	vs_jury_close(&self->jury);
	vs_self_watch_look(run, NULL, vs_main_view(run));
	if (self->jury.failed)
		snprintf(run->trouble, sizeof(run->trouble), "out of memory");
}

void vs_self_watch_look(struct vs_run *run, const struct vs_check *check, enum vs_view view)
{
	struct vs_self_watch *self = run->self_watch;

	if (!self)
		return;
	for (unsigned i = 0; i < self->jury.judge_count; i++) {
		struct vs_judge *j = &self->jury.judges[i];

		if (j->broken && !announced(check, j->monitor->rule))
			add_fault(run, check, view, j->monitor->rule);
		/* A monitor says little once it has said enough: it begins anew. */
		j->broken = 0;
	}
	self->jury.charge_count = 0;
}
