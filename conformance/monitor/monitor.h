/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A monitor: the judge of one driver rule. It folds over the events of a trace and reads nothing
 * else, so that a recording gets the same verdicts as the live run. The one header that files in
 * monitor/ include.
 *
 *	static void status_clears(struct vs_judge *j, const struct vs_seen *seen)
 *	{
 *		uint8_t kept = j->model->written & (uint8_t)~seen->event->value;
 *
 *		if (vs_writes(seen, VS_DEVICE_STATUS) && seen->event->value)
 *			vs_keep(j, kept == 0, "bits that were set stay set",
 *				"status %#x after %#x", …);
 *	}
 *	VS_MONITOR(status_clears_no_bit, .rule = VS_RULE_DRIVER_STATUS_CLEARS_NO_BIT,
 *		   .at = VS_AT(COMMON) | VS_AT(LEGACY), .step = status_clears);
 *
 * `j->model` is what was so before this event. vs_arm says that the rule's situation arose; vs_keep
 * arms and judges. A rule that no monitor was armed for is NOT_EXERCISED. What is left open when
 *the trace ends, a monitor judges in .end.
 *
 * A monitor judges what the driver did, never what the device made of it: the device may lie.
 */
#ifndef VS_MONITOR_H
#define VS_MONITOR_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

#include "observe/model.h"
#include "rules/rules.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

struct vs_monitor;
struct vs_jury;

#define VS_JUDGE_STATE 16u

/* One monitor at work on one trace. */
struct vs_judge {
	const struct vs_monitor *monitor;
	const struct vs_model *model;
	struct vs_jury *jury;
	const struct vs_seen *seen;     /* the event under judgement; NULL in .end */
	uint64_t state[VS_JUDGE_STATE]; /* its own, zero at the start */
	uint64_t *per_queue;            /* see vs_state_of */
	uint64_t armed, broken;         /* how often */
};

struct vs_monitor {
	const char *name;
	const char *file;
	int line;
	uint16_t rule; /* VS_RULE_… */
	/* Events it wants: accesses to these places (VS_AT), and these kinds of other events
	 * (VS_HEARS). Both 0: every event. */
	uint64_t at, hears;
	unsigned needs; /* VS_BLIND_…: silent on a trace without these */
	void (*step)(struct vs_judge *j, const struct vs_seen *seen);
	void (*end)(struct vs_judge *j);
};

#define VS_HEARS(kind) (UINT64_C(1) << VS_EVENT_##kind)
#define VS_HEARS_RINGS                                                                          \
	(VS_HEARS(QUEUE) | VS_HEARS(DESCRIPTOR) | VS_HEARS(AVAILABLE) | VS_HEARS(AVAIL_INDEX) | \
	 VS_HEARS(AVAIL_FLAGS) | VS_HEARS(USED_EVENT) | VS_HEARS(DEVICE_FLAGS) |                \
	 VS_HEARS(AVAIL_EVENT) | VS_HEARS(USED) | VS_HEARS(CHANGED))

/* Registers a monitor. */
#define VS_MONITOR(monitor_name, ...)                                                  \
	static const struct vs_monitor monitor_name##_monitor = {                      \
		.name = #monitor_name, .file = __FILE__, .line = __LINE__, __VA_ARGS__ \
	};                                                                             \
	static const struct vs_monitor *const monitor_name##_registered                \
		__attribute__((section("vs_monitors"), used, retain)) = &monitor_name##_monitor

/* The situation of the rule arose. */
void vs_arm(struct vs_judge *j);
/* The same, and whether the rule was kept. `expected` is a short noun phrase, the rest what was
 * seen. Returns `kept`. */
bool vs_keep(struct vs_judge *j, bool kept, const char *expected, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Four numbers of the monitor's own for each virtqueue, zero at the start; NULL for a queue that is
 * not followed. They stay over resets: a monitor clears what a reset ends. */
#define VS_STATE_PER_QUEUE 4u
uint64_t *vs_state_of(struct vs_judge *j, int queue);
/* Clears those of all virtqueues. */
void vs_clear_queues(struct vs_judge *j);

/*
 * The monitor of a rule that shows in the outcome alone: armed by VS_EVENT_TRIAL, judged when the
 * trace is over by what became of the driver.
 */
#define VS_TRIAL_MONITOR(monitor_name, rule_id)                                       \
	VS_MONITOR(monitor_name, .rule = (rule_id), .at = 0,                          \
		   .hears = VS_HEARS(TRIAL) | VS_HEARS(LIFE), .needs = VS_BLIND_LIFE, \
		   .step = vs_trial_step, .end = vs_trial_end)
void vs_trial_step(struct vs_judge *j, const struct vs_seen *seen);
void vs_trial_end(struct vs_judge *j);

/* Whether the event is a reset of the device: 0 written to the status, a function reset. */
bool vs_is_reset(const struct vs_seen *seen);

/* The registered monitors, in no particular order. */
size_t vs_monitor_count(void);
const struct vs_monitor *vs_monitor_at(size_t index);

#endif
