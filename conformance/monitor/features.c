/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Feature bits (2.2). A choice is judged when it is settled: what was written before, and written
 * over, was none yet.
 */
#include "monitor/attempt.h"
#include "monitor/steps.h"
#include "spec/feature_table.h"

static const char *name_of(const struct vs_model *m, unsigned bit)
{
	const char *name = vs_feature_name(m->type, bit);

	return name ? name : "no name";
}

static void only_offered(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;

	if (!vs_settles_features(m, seen) || !m->choice_written)
		return;
	for (unsigned bit = 0; bit < VS_FEATURE_BITS; bit++) {
		enum vs_offer offer = vs_offers(m, bit);

		if (vs_features_has(&m->accepted, bit) && offer != VS_OFFER_UNKNOWN)
			vs_keep(j, offer == VS_OFFER_YES, "no feature accepted that is not offered",
				"bit %u (%s) is accepted", bit, name_of(m, bit));
	}
}
VS_MONITOR(features_only_offered, .rule = VS_RULE_DRIVER_FEATURES_ONLY_OFFERED,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .step = only_offered);

static bool need_met(const struct vs_feature *row, const struct vs_features *accepted)
{
	if (row->needs[0] == VS_FEATURE_NO_NEED)
		return true;
	for (unsigned i = 0; i < sizeof(row->needs); i++)
		if (row->needs[i] != VS_FEATURE_NO_NEED && vs_features_has(accepted, row->needs[i]))
			return true;
	return false;
}

static void dependencies_accepted(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;

	if (!vs_settles_features(m, seen))
		return;
	for (size_t i = 0; i < vs_feature_table_size; i++) {
		const struct vs_feature *row = &vs_feature_table[i];

		if (row->type != m->type || row->needs[0] == VS_FEATURE_NO_NEED ||
		    !vs_features_has(&m->accepted, row->bit))
			continue;
		vs_keep(j, need_met(row, &m->accepted), "what a feature needs accepted with it",
			"%s without %s", row->name, name_of(m, row->needs[0]));
	}
}
VS_MONITOR(features_dependencies_accepted, .rule = VS_RULE_DRIVER_FEATURES_DEPENDENCIES_ACCEPTED,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .step = dependencies_accepted);

/* Where no window was read at all, driver.init.features-before-features-ok says so; a reading after
 * the choice is judged here. */
enum { CHOSEN_BLINDLY };

static void offer_read(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;
	uint32_t window = seen->legacy ? 0 : m->driver_select;
	bool chooses = vs_writes(seen, VS_DRIVER_FEATURE) && seen->whole && seen->event->value &&
		       window < VS_FEATURE_WINDOWS;

	if (vs_is_reset(seen)) {
		j->state[CHOSEN_BLINDLY] = 0;
	} else if (chooses && !m->offer_read && !seen->legacy) {
		j->state[CHOSEN_BLINDLY] = 1;
	} else if (chooses) {
		vs_keep(j, m->offer_read >> window & 1, "the offer read before the choice",
			"bits %#" PRIx64 " of window %" PRIu32 " accepted unread",
			seen->event->value, window);
	} else if (vs_reads(seen, VS_DEVICE_FEATURE) && j->state[CHOSEN_BLINDLY]) {
		j->state[CHOSEN_BLINDLY] = 0;
		vs_keep(j, false, "the offer read before the choice", "it is read after it");
	}
}
VS_MONITOR(features_offer_read, .rule = VS_RULE_DRIVER_FEATURES_OFFER_READ,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .hears = VS_HEARS(RESET), .step = offer_read);

static void unknown_not_accepted(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;

	if (!vs_settles_features(m, seen) || !m->choice_written)
		return;
	for (unsigned bit = 0; bit < VS_FEATURE_BITS; bit++)
		if (vs_offers(m, bit) == VS_OFFER_YES && vs_feature_undefined(m->type, bit))
			vs_keep(j, !vs_features_has(&m->accepted, bit),
				"no feature accepted that means nothing here", "bit %u is accepted",
				bit);
}
VS_MONITOR(features_unknown_not_accepted, .rule = VS_RULE_DRIVER_FEATURES_UNKNOWN_NOT_ACCEPTED,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .step = unknown_not_accepted);

static void judge_end(struct vs_judge *j, enum vs_attempt_end end, bool for_want)
{
	if (end != VS_ATTEMPT_NONE && for_want)
		vs_keep(j, end != VS_ATTEMPT_SILENT, "FAILED set where a needed feature is missing",
			"the start-up was abandoned without it");
}

static void gives_up(struct vs_judge *j, const struct vs_seen *seen)
{
	bool for_want;
	enum vs_attempt_end end = vs_attempt_step(j, seen, &for_want);

	judge_end(j, end, for_want);
}

static void gives_up_end(struct vs_judge *j)
{
	bool for_want;
	enum vs_attempt_end end = vs_attempt_over(j, &for_want);

	judge_end(j, end, for_want);
}
VS_MONITOR(features_gives_up, .rule = VS_RULE_DRIVER_FEATURES_GIVES_UP_WITH_FAILED,
	   .at = VS_ATTEMPT_AT, .hears = VS_ATTEMPT_HEARS, .step = gives_up, .end = gives_up_end);

VS_TRIAL_MONITOR(features_falls_back, VS_RULE_DRIVER_FEATURES_FALLS_BACK);
VS_TRIAL_MONITOR(features_unknown_tolerated, VS_RULE_DRIVER_FEATURES_UNKNOWN_TOLERATED);
