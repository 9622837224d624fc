/* SPDX-License-Identifier: BSD-3-Clause */
#include "monitor/jury.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct vs_monitor *const __start_vs_monitors[] __attribute__((weak));
extern const struct vs_monitor *const __stop_vs_monitors[] __attribute__((weak));

size_t vs_monitor_count(void)
{
	return (size_t)(__stop_vs_monitors - __start_vs_monitors);
}

const struct vs_monitor *vs_monitor_at(size_t index)
{
	return __start_vs_monitors[index];
}

static bool binds(const struct vs_monitor *monitor, const struct vs_subject *subject)
{
	const struct vs_rule *rule = &vs_rules[monitor->rule];

	return rule->since <= subject->profile && subject->profile <= rule->until &&
	       !(monitor->needs & subject->blind);
}

int vs_jury_init(struct vs_jury *jury, const struct vs_subject *subject)
{
	size_t count = vs_monitor_count();

	memset(jury->rules, 0, sizeof(jury->rules));
	jury->charges = NULL;
	jury->charge_count = jury->charge_room = jury->judge_count = 0;
	jury->failed = false;
	vs_model_init(&jury->model, subject);
	jury->judges = calloc(count + 1, sizeof(*jury->judges));
	if (!jury->judges)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (binds(vs_monitor_at(i), subject))
			jury->judges[jury->judge_count++] = (struct vs_judge){
				.monitor = vs_monitor_at(i), .model = &jury->model, .jury = jury
			};
	return 0;
}

/* The monitor wants every event, this kind of event, or accesses to this place. */
static bool wants(const struct vs_monitor *monitor, const struct vs_seen *seen)
{
	if (!monitor->at && !monitor->hears)
		return true;
	if (seen->event->kind <= VS_EVENT_WRITE && (monitor->at >> seen->place & 1))
		return true;
	return monitor->hears >> seen->event->kind & 1;
}

void vs_jury_hear(struct vs_jury *jury, const struct vs_event *event)
{
	struct vs_seen seen;

	vs_model_see(&jury->model, event, &seen);
	for (unsigned i = 0; i < jury->judge_count; i++) {
		struct vs_judge *j = &jury->judges[i];

		if (!wants(j->monitor, &seen))
			continue;
		j->seen = &seen;
		j->monitor->step(j, &seen);
	}
	vs_model_apply(&jury->model, &seen);
}

void vs_jury_close(struct vs_jury *jury)
{
	for (unsigned i = 0; i < jury->judge_count; i++) {
		struct vs_judge *j = &jury->judges[i];

		j->seen = NULL;
		if (j->monitor->end)
			j->monitor->end(j);
		jury->rules[j->monitor->rule].armed += j->armed;
		jury->rules[j->monitor->rule].broken += j->broken;
	}
}

void vs_jury_free(struct vs_jury *jury)
{
	for (unsigned i = 0; i < jury->judge_count; i++)
		free(jury->judges[i].per_queue);
	free(jury->judges);
	free(jury->charges);
	jury->judges = NULL;
	jury->charges = NULL;
	jury->judge_count = jury->charge_count = 0;
}

/* Room for one more charge of this monitor, or NULL: enough of them, or no memory. */
static struct vs_charge *new_charge(struct vs_judge *j)
{
	struct vs_jury *jury = j->jury;

	if (j->broken > VS_CHARGES_MAX)
		return NULL;
	if (jury->charge_count == jury->charge_room) {
		unsigned room = jury->charge_room ? 2 * jury->charge_room : 16;
		struct vs_charge *grown = realloc(jury->charges, room * sizeof(*grown));

		if (!grown) {
			jury->failed = true;
			return NULL;
		}
		jury->charges = grown;
		jury->charge_room = room;
	}
	return &jury->charges[jury->charge_count++];
}

void vs_arm(struct vs_judge *j)
{
	j->armed++;
}

bool vs_keep(struct vs_judge *j, bool kept, const char *expected, const char *format, ...)
{
	struct vs_charge *charge;
	va_list args;

	vs_arm(j);
	if (kept)
		return true;
	j->broken++;
	charge = new_charge(j);
	if (!charge)
		return false;
	charge->rule = j->monitor->rule;
	charge->monitor = j->monitor;
	charge->number = j->seen || !j->model->number ? j->model->number : j->model->number - 1;
	snprintf(charge->expected, sizeof(charge->expected), "%s", expected);
	va_start(args, format);
	vsnprintf(charge->observed, sizeof(charge->observed), format, args);
	va_end(args);
	return false;
}

#define STATES ((size_t)VS_SEEN_QUEUES * VS_STATE_PER_QUEUE)

uint64_t *vs_state_of(struct vs_judge *j, int queue)
{
	if (queue < 0 || queue >= (int)VS_SEEN_QUEUES)
		return NULL;
	if (!j->per_queue) {
		j->per_queue = calloc(STATES, sizeof(*j->per_queue));
		j->jury->failed |= !j->per_queue;
	}
	return j->per_queue ? j->per_queue + (size_t)queue * VS_STATE_PER_QUEUE : NULL;
}

void vs_clear_queues(struct vs_judge *j)
{
	if (j->per_queue)
		memset(j->per_queue, 0, STATES * sizeof(*j->per_queue));
}

bool vs_is_reset(const struct vs_seen *seen)
{
	return seen->event->kind == VS_EVENT_RESET ||
	       (vs_writes(seen, VS_DEVICE_STATUS) && (uint8_t)seen->event->value == 0);
}
