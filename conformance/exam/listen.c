/* SPDX-License-Identifier: BSD-3-Clause */
#include "exam/listen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/mock_target.h"
#include "exam/listen_internal.h"
#include "spec/byteorder.h"

#define EVENTS  4096u /* kept to explain a breach */
#define WAIT_MS 50

/* ---- What is heard ---- */

static uint64_t now_of(void *context)
{
	return mock_now(((struct vs_listen *)context)->mock.mock);
}

static int read_memory(void *context, uint64_t address, void *data, size_t size)
{
	struct vs_listen *l = context;

	return expose_dma_read(l->mock.server, address, data, size);
}

static void stores(void *context, uint64_t address, const void *bytes)
{
	struct vs_listen *l = context;

	if (l->open)
		vs_rings_store(l->rings, address, bytes);
}

static void heard(void *context, const struct vs_event *event)
{
	struct vs_listen *l = context;

	if (event->kind < VS_EVENT_QUEUE)
		vs_rings_hear(l->rings, event);
	vs_jury_hear(l->jury, event);
	vs_ending_hear(&l->ending, event);
	if (l->setup.record && vs_recorder_event(l->setup.record, event))
		l->recording_failed = true;
}

void vs_listen_tell(struct vs_listen *l, struct vs_event event)
{
	if (!l->open)
		return;
	event.time = now_of(l);
	vs_trace_add(&l->trace, &event);
}

/* ---- The device of a scenario ---- */

static int open_mock(struct vs_listen *l, const char *target, char *error, size_t size)
{
	struct mock_settings settings;
	struct vs_target parts;
	int result = -1;

	if (vs_target_parse(target, &parts, error, size))
		return -1;
	if (strcmp(parts.way, "mock") != 0) {
		snprintf(error, size, "a driver is shown mock devices, not '%s'", target);
	} else if (!vs_mock_settings(&parts, &settings, error, size)) {
		l->big_endian = settings.big_endian;
		result = expose_mock_open(&l->mock, &settings, error, size);
		l->mock.stores = stores;
		l->mock.observer = l;
	}
	vs_target_free(&parts);
	return result;
}

/* What a platform has written to the function, and will not write again for a new one. */
static void carry_over(struct mock *from, struct mock *to)
{
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		mock_config_write(to, PCI_BAR0 + 4 * i, 4,
				  mock_config_read(from, PCI_BAR0 + 4 * i, 4));
	mock_config_write(to, PCI_INTERRUPT_LINE, 1, mock_config_read(from, PCI_INTERRUPT_LINE, 1));
	mock_config_write(to, PCI_COMMAND, 2, mock_config_read(from, PCI_COMMAND, 2));
}

int vs_listen_become(struct vs_listen *l, const char *target, char *error, size_t size)
{
	struct expose_mock old = l->mock;

	if (open_mock(l, target, error, size)) {
		l->mock = old;
		return -1;
	}
	l->mock.server = old.server;
	if (expose_attached(old.server))
		carry_over(old.mock, l->mock.mock);
	mock_destroy(old.mock);
	/* The new one's line is low, whatever the old one left it at. */
	expose_intx(l->mock.server, false);
	return 0;
}

static void read_subject(struct vs_listen *l, const struct vs_scenario *scenario)
{
	struct vs_subject *s = &l->subject;

	*s = (struct vs_subject){
		.profile = (uint8_t)l->setup.run->profile,
		.draft = l->setup.run->profile == VS_PROFILE_DRAFT_2013,
		.big_endian = l->big_endian,
		/* QEMU, the client that matters, answers for the list and keeps the table. */
		.blind = VS_BLIND_CAPS | VS_BLIND_MSIX | VS_BLIND_ORDER,
	};
	snprintf(s->scenario, sizeof(s->scenario), "%s", scenario->name);
	snprintf(s->device, sizeof(s->device), "%s", scenario->target);
	for (unsigned i = 0; i < PCI_CONFIG_SIZE; i += 4)
		vs_store_le32(s->config + i, mock_config_read(l->mock.mock, i, 4));
	for (unsigned i = 0; i < VS_FEATURE_WINDOWS; i++)
		s->offered.window[i] = mock_offers_window(l->mock.mock, i);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		struct mock_bar_info info = mock_bar_info(l->mock.mock, i);

		s->bars[i] = (struct vs_bar){ .size = info.size,
					      .io = info.io,
					      .is64 = info.is64,
					      .prefetch = info.prefetch };
	}
}

int vs_listen_begin(struct vs_listen *l, const struct vs_scenario *scenario)
{
	struct vs_rings_memory memory = { l, read_memory, now_of };

	l->scenario = *scenario;
	read_subject(l, scenario);
	if (vs_jury_init(l->jury, &l->subject))
		return -1;
	l->trace.count = 0;
	l->rings = vs_rings_open(&l->subject, &memory, &l->trace);
	if (!l->rings) {
		vs_jury_free(l->jury);
		return -1;
	}
	l->ending = (struct vs_ending){ 0 };
	/* Of the device as it is now, which may be another one than that of the last scenario. */
	l->changes = mock_config_changes(l->mock.mock);
	l->open = true;
	if (l->setup.record && vs_recorder_subject(l->setup.record, &l->subject))
		l->recording_failed = true;
	if (scenario->expects == VS_EXPECT_WORKS)
		vs_listen_record(l, VS_EVENT_TRIAL, VS_REGION_NONE, 0, 0,
				 VS_RULE_DRIVER_ROBUST_LEGAL_DEVICE_SERVED);
	for (unsigned i = 0; i < VS_SCENARIO_TRIES && scenario->tries[i] != VS_RULE_COUNT; i++)
		vs_listen_tell(l, (struct vs_event){ .kind = VS_EVENT_TRIAL,
						     .region = VS_REGION_NONE,
						     .value = scenario->tries[i],
						     .flags = scenario->tries_refusal
								      ? VS_TRIAL_REFUSAL
								      : 0 });
	return 0;
}

static void drop(struct vs_listen *l)
{
	l->open = false;
	vs_jury_free(l->jury);
	vs_rings_close(l->rings);
	l->rings = NULL;
}

void vs_listen_end(struct vs_listen *l)
{
	struct vs_scenario_result result = {
		.scenario = &l->scenario,
		.subject = &l->subject,
		.trace = &l->trace,
		.jury = l->jury,
		.output = "",
	};

	if (!l->open)
		return;
	vs_listen_look_before(l);
	l->open = false;
	vs_jury_close(l->jury);
	result.outcome = vs_ending_outcome(&l->ending);
	vs_driver_add(l->setup.run, &result);
	drop(l);
}

int vs_listen_serve(struct vs_listen *l, int most_ms)
{
	int result;

	vs_listen_look_before(l);
	expose_mock_pass(&l->mock);
	vs_listen_look_after(l);
	result = expose_step(l->mock.server, expose_mock_wait(&l->mock, most_ms));
	if (result < 0)
		snprintf(l->setup.run->trouble, sizeof(l->setup.run->trouble),
			 "cannot serve any more: %s", strerror(errno));
	if (l->recording_failed)
		snprintf(l->setup.run->trouble, sizeof(l->setup.run->trouble),
			 "cannot write the trace");
	return l->recording_failed ? -1 : result;
}

struct vs_listen *vs_listen_open(const struct vs_listen_setup *setup, char *error, size_t size)
{
	struct vs_listen *l = calloc(1, sizeof(*l));
	struct expose_function function;

	if (l)
		l->jury = calloc(1, sizeof(*l->jury));
	if (!l || !l->jury || vs_trace_init(&l->trace, EVENTS)) {
		snprintf(error, size, "out of memory");
		vs_listen_close(l);
		return NULL;
	}
	l->setup = *setup;
	l->trace.heard = heard;
	l->trace.context = l;
	if (!open_mock(l, setup->target, error, size)) {
		vs_listen_stand_between(l, &function);
		l->mock.server = expose_listen(setup->path, &function, error, size);
	}
	if (!l->mock.server) {
		vs_listen_close(l);
		return NULL;
	}
	return l;
}

void vs_listen_close(struct vs_listen *l)
{
	struct expose_server *server;

	if (!l)
		return;
	server = l->mock.server;
	/* One that broke off in the middle. */
	if (l->open)
		drop(l);
	expose_close(server);
	l->mock.server = NULL;
	if (l->mock.mock)
		expose_mock_close(&l->mock);
	vs_trace_free(&l->trace);
	free(l->jury);
	free(l);
}

int vs_listen_once(struct vs_listen *l)
{
	struct vs_scenario scenario;
	bool attached = false;

	vs_scenario_of_target(&scenario, l->setup.target);
	if (vs_listen_begin(l, &scenario)) {
		snprintf(l->setup.run->trouble, sizeof(l->setup.run->trouble), "out of memory");
		return -1;
	}
	while (!*l->setup.stop) {
		int result = vs_listen_serve(l, WAIT_MS);

		if (result < 0)
			return -1;
		if (attached && !result)
			break;
		attached = result;
	}
	vs_listen_end(l);
	return 0;
}
