/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/affinity.h"

void vs_affinity_pin(struct vs_affinity *affinity)
{
	int cpu = sched_getcpu();

	affinity->active = false;
	if (cpu < 0 || cpu >= CPU_SETSIZE ||
	    sched_getaffinity(0, sizeof(affinity->before), &affinity->before))
		return;
	CPU_ZERO(&affinity->pinned);
	CPU_SET((unsigned)cpu, &affinity->pinned);
	affinity->active = !sched_setaffinity(0, sizeof(affinity->pinned), &affinity->pinned);
}

void vs_affinity_restore(struct vs_affinity *affinity)
{
	cpu_set_t now;

	if (affinity->active && !sched_getaffinity(0, sizeof(now), &now) &&
	    CPU_EQUAL(&now, &affinity->pinned))
		sched_setaffinity(0, sizeof(affinity->before), &affinity->before);
	affinity->active = false;
}
