/* SPDX-License-Identifier: BSD-3-Clause */
/* All scenarios for a plug-in: first each face plain, to see what the driver drives; then every
 * quirk on a face that it does. */
#ifndef VS_CAMPAIGN_H
#define VS_CAMPAIGN_H

#include "exam/driver_run.h"
#include "observe/recording.h"

struct vs_campaign {
	struct vs_driver_run *run;
	const char *file;
	const char *argument;     /* for the plug-in, or NULL */
	const char *const *globs; /* scenarios to run, by name; glob_count 0: all */
	unsigned glob_count;
	const char *const *targets; /* instead of scenarios: these devices */
	unsigned target_count;
	uint64_t timeout_ns; /* for one scenario: of a processor, or ten times so long asleep */
	volatile const int *stop;   /* set to non-zero by a signal, or NULL */
	bool all_faces;             /* every face for every class, driven or not */
	struct vs_recorder *record; /* where events go as well, or NULL */
	const char *faces;          /* only faces that match this pattern, or NULL */
};

/*
 * Returns 0 when scenarios were run, or -1 with run->trouble when none could. Ends early, with
 * run->trouble, on a signal.
 */
int vs_campaign_run(struct vs_campaign *campaign);

/* Prints the scenarios for a driver of everything; `every`: each quirk on every face, not only on
 * the first that it applies to. */
void vs_campaign_list(const struct vs_campaign *campaign, enum vs_profile profile, bool jsonl,
		      bool every);

#endif
