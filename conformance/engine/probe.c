/* SPDX-License-Identifier: BSD-3-Clause */
/* What the device is, told without judging it. */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "engine/runner.h"
#include "spec/feature_table.h"

static unsigned structures(const struct vs_function *fn)
{
	static const struct {
		uint8_t cfg_type;
		uint8_t has;
	} by_type[] = {
		{ VIRTIO_PCI_CAP_DEVICE_CFG, VS_HAS_DEVICE_CONFIG },
		{ VIRTIO_PCI_CAP_SHARED_MEMORY_CFG, VS_HAS_SHARED_MEMORY },
		{ VIRTIO_PCI_CAP_VENDOR_CFG, VS_HAS_VENDOR_DATA },
		{ VIRTIO_PCI_CAP_PCI_CFG, VS_HAS_PCI_WINDOW },
	};
	const struct vs_device_type *type = vs_device_type_find(fn->type);
	unsigned has = 0;

	for (size_t i = 0; i < sizeof(by_type) / sizeof(by_type[0]); i++)
		if (vs_caps_any(&fn->caps, by_type[i].cfg_type))
			has |= by_type[i].has;
	if (vs_caps_find(&fn->caps, PCI_CAP_ID_MSIX))
		has |= VS_HAS_MSIX;
	if (type && type->has_config)
		has |= VS_HAS_CONFIG_TYPE;
	return has;
}

int vs_probe_function(struct vs_run *run)
{
	bool draft = run->profile == VS_PROFILE_DRAFT_2013;

	if (vs_function_read(run->bus, &run->fn, draft)) {
		snprintf(run->trouble, sizeof(run->trouble), "%s", run->bus->reason);
		return -1;
	}
	run->modern = vs_caps_any(&run->fn.caps, VIRTIO_PCI_CAP_COMMON_CFG) ||
		      run->fn.device >= VIRTIO_PCI_DEVICE_MODERN || !run->fn.transitional;
	run->legacy = run->fn.transitional;
	/* Until the device has told otherwise, it has virtqueues. */
	for (unsigned view = 0; view < VS_VIEW_COUNT; view++)
		run->probes[view].has = (uint8_t)(structures(&run->fn) | VS_HAS_QUEUES);
	return 0;
}

static void lose(void *context)
{
	longjmp(*(jmp_buf *)context, 1);
}

/* One request on the way from where the session is. */
static void probe_request(struct vs_probe *probe, struct vs_session *s)
{
	struct vs_request request;

	probe->comes_up = false;
	probe->comes_up = vs_session_advance(s, VS_STAGE_LIVE) == 0;
	if (!vs_request_kind(s->fn->type))
		return;
	probe->answer = VS_ANSWER_MISSING;
	if (!probe->comes_up || vs_request_make(s, &request))
		return;
	if (request.count > request.q->size)
		probe->answer = VS_ANSWER_NONE;
	else if (vs_request_return(&request) == 0)
		probe->answer = VS_ANSWER_SERVED;
}

/* A bring-up as far as it goes, and a request; and the same again after a reset: what fails later
 * can so be told from what never worked. */
static void probe_session(struct vs_run *run, struct vs_probe *probe, struct vs_session *s)
{
	vs_session_advance(s, VS_STAGE_FEATURES);
	if (s->stage < VS_STAGE_COMMON)
		return;
	/* Known even where FEATURES_OK was refused. */
	probe->live = true;
	probe->offered = s->offered;
	probe->num_queues = s->num_queues ? s->num_queues : (uint16_t)vs_get(s, VS_NUM_QUEUES);
	if (probe->num_queues == 0)
		probe->has &= (uint8_t)~VS_HAS_QUEUES;
	probe_request(probe, s);
	if (probe->comes_up && probe->answer != VS_ANSWER_MISSING) {
		vs_session_renew(s, (struct vs_setup){ 0 });
		probe_request(probe, s);
	}
	run->resets = vs_reset(s) == 0;
}

static void probe_view(struct vs_run *run, enum vs_view view)
{
	struct vs_session s;
	jmp_buf resume;

	vs_session_open(&s, run->bus, &run->fn);
	s.view = view;
	s.lost = lose;
	s.lost_context = &resume;
	s.deadline = vs_bus_now(run->bus) + run->timeout_ns;
	if (setjmp(resume) == 0) {
		probe_session(run, &run->probes[view], &s);
	} else if (run->bus->features & VS_BUS_RESTART) {
		/* It died of being looked at: the checks will say so. */
		if (vs_bus_restart(run->bus) == 0)
			vs_function_read(run->bus, &run->fn, run->fn.draft);
	}
	vs_session_close(&s);
}

void vs_probe_device(struct vs_run *run)
{
	for (unsigned view = 0; view < VS_VIEW_COUNT; view++)
		if (vs_view_available(run, view))
			probe_view(run, view);
}
