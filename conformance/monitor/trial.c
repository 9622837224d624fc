/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules that show in the outcome: a scenario puts the driver to the test, and it works or not. */
#include "monitor/monitor.h"

enum { TRIED, REFUSAL, WORKED, REFUSED, ENDED };

void vs_trial_step(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;

	if (e->kind == VS_EVENT_TRIAL && e->value == j->monitor->rule) {
		j->state[TRIED] = 1;
		j->state[REFUSAL] = e->flags & VS_TRIAL_REFUSAL;
	} else if (e->kind == VS_EVENT_LIFE) {
		/* What comes after the last request is no matter of this one. */
		if (e->value == VS_LIFE_SERVED)
			j->state[WORKED] = 1;
		else if (e->value == VS_LIFE_REFUSED)
			j->state[REFUSED] = 1;
		else if (e->value == VS_LIFE_DOWN || e->value == VS_LIFE_UNSERVED ||
			 e->value >= VS_LIFE_HUNG || e->value == VS_LIFE_WRONG)
			j->state[ENDED] = e->value;
	}
}

void vs_trial_end(struct vs_judge *j)
{
	if (!j->state[TRIED])
		return;
	if (j->state[REFUSAL])
		vs_keep(j, j->state[REFUSED] && !j->state[WORKED], "the driver leaves it alone",
			"it %s", j->state[WORKED] ? "drives it" : "does not say so");
	else
		vs_keep(j, j->state[WORKED] && !j->state[ENDED], "the driver works",
			"the driver: %s",
			j->state[ENDED]     ? vs_life_name((enum vs_life)j->state[ENDED])
			: j->state[REFUSED] ? "refused"
					    : "no request was served");
}

VS_TRIAL_MONITOR(legal_device_served, VS_RULE_DRIVER_ROBUST_LEGAL_DEVICE_SERVED);

static void ends_orderly(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t life = seen->event->value;

	if (life == VS_LIFE_REMOVED || life == VS_LIFE_REFUSED || life >= VS_LIFE_HUNG)
		vs_keep(j, life < VS_LIFE_HUNG, "the driver comes back", "it %s",
			vs_life_name((enum vs_life)life));
}
VS_MONITOR(ends_orderly, .rule = VS_RULE_DRIVER_ROBUST_ENDS_ORDERLY, .hears = VS_HEARS(LIFE),
	   .needs = VS_BLIND_LIFE, .step = ends_orderly);
