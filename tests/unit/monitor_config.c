/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of the device-specific configuration. */
#include "monitor_fixture.h"
#include "spec/blk.h"
#include "spec/net.h"

#define PATTERN RULE(DRIVER_CONFIG_GENERATION_CHECKED)
#define TORN    RULE(DRIVER_CONFIG_TORN_READ_REPEATED)
#define GUARDED RULE(DRIVER_CONFIG_OPTIONAL_FIELDS_GUARDED)
#define LARGER  RULE(DRIVER_CONFIG_LARGER_SIZE_ACCEPTED)

#define LOW    DEVICE_READ(0, 4, 1)
#define HIGH   DEVICE_READ(4, 4, 0)
#define CHANGE EVENT(CHANGE, .value = 0)
#define GO_ON  W(DEVICE_STATUS, STEP_LIVE)

static const struct step good[] = { R(CONFIG_GENERATION, 1), LOW,   HIGH,
				    R(CONFIG_GENERATION, 1), GO_ON, END };
static const struct step retried[] = { R(CONFIG_GENERATION, 1), LOW,   HIGH,
				       R(CONFIG_GENERATION, 2), LOW,   HIGH,
				       R(CONFIG_GENERATION, 2), GO_ON, END };
static const struct step bracket[] = {
	R(CONFIG_GENERATION, 1), LOW,   HIGH, DEVICE_READ(20, 4, 512),
	R(CONFIG_GENERATION, 1), GO_ON, END
};
static const struct step high_first[] = { R(CONFIG_GENERATION, 1), HIGH,  LOW,
					  R(CONFIG_GENERATION, 1), GO_ON, END };
static const struct step no_before[] = { LOW, HIGH, R(CONFIG_GENERATION, 1), GO_ON, END };
static const struct step no_after[] = { R(CONFIG_GENERATION, 1), LOW, HIGH, GO_ON, END };
static const struct step no_after_at_end[] = { PLAY(step_live), R(CONFIG_GENERATION, 1), LOW, HIGH,
					       END };
static const struct step no_retry[] = { R(CONFIG_GENERATION, 1), LOW,   HIGH,
					R(CONFIG_GENERATION, 2), GO_ON, END };
static const struct step short_field[] = { DEVICE_READ(20, 4, 512), GO_ON, END };
static const struct step half[] = { LOW, GO_ON, END };
static const struct step mac[] = { DEVICE_READ(0, 1, 2),
				   DEVICE_READ(1, 1, 2),
				   DEVICE_READ(2, 1, 2),
				   DEVICE_READ(3, 1, 2),
				   DEVICE_READ(4, 1, 2),
				   DEVICE_READ(5, 1, 2),
				   GO_ON,
				   END };

static const struct step torn[] = { R(CONFIG_GENERATION, 1), LOW,   CHANGE, HIGH,
				    R(CONFIG_GENERATION, 2), GO_ON, END };
static const struct step torn_retried[] = {
	R(CONFIG_GENERATION, 1), LOW,   CHANGE, HIGH, R(CONFIG_GENERATION, 2), LOW, HIGH,
	R(CONFIG_GENERATION, 2), GO_ON, END
};
static const struct step torn_hidden[] = { R(CONFIG_GENERATION, 1), LOW,   CHANGE, HIGH,
					   R(CONFIG_GENERATION, 1), GO_ON, END };
static const struct step torn_unlooked[] = { LOW, CHANGE, HIGH, GO_ON, END };
static const struct step torn_twice_read[] = { LOW, CHANGE, HIGH, LOW, HIGH, GO_ON, END };
static const struct step changed_before[] = {
	R(CONFIG_GENERATION, 1), CHANGE, LOW, HIGH, R(CONFIG_GENERATION, 2), LOW, HIGH,
	R(CONFIG_GENERATION, 2), GO_ON,  END
};
static const struct step torn_last[] = { PLAY(step_live), LOW, CHANGE, HIGH, LIFE(CRASHED), END };

static const struct step writeback[] = { PLAY(step_live), DEVICE_WRITE(32, 1, 1), END };
static const struct step pairs[] = { PLAY(step_live), DEVICE_READ(8, 2, 1), END };
static const struct step unknown[] = { DEVICE_READ(32, 1, 1), END };
static const struct step larger[] = { TRIAL(DRIVER_CONFIG_LARGER_SIZE_ACCEPTED), LIFE(SERVED),
				      END };
static const struct step larger_down[] = { TRIAL(DRIVER_CONFIG_LARGER_SIZE_ACCEPTED), LIFE(DOWN),
					   END };

static void offer_unknown(struct vs_subject *subject)
{
	subject->offered = (struct vs_features){ 0 };
}

static const struct play plays[] = {
	{ "before and after", good, .keeps = PATTERN },
	{ "again on a difference", retried, .keeps = PATTERN },
	{ "several fields between", bracket, .keeps = PATTERN, .offered = VS_BIT(6) },
	{ "the high half first", high_first, .keeps = PATTERN },
	{ "nothing before", no_before, .breaks = PATTERN },
	{ "nothing after", no_after, .breaks = PATTERN },
	{ "nothing after, at the end", no_after_at_end, .breaks = PATTERN },
	{ "a difference ignored", no_retry, .breaks = PATTERN },
	{ "a field of one access", short_field, .idle = PATTERN, .offered = VS_BIT(6) },
	{ "half a field", half, .idle = PATTERN },
	{ "a MAC address byte by byte", mac, .breaks = PATTERN, .type = VIRTIO_ID_NET },

	{ "a torn value", torn, .breaks = TORN },
	{ "a torn value read again", torn_retried, .keeps = TORN },
	{ "the device hides it", torn_hidden, .idle = TORN },
	{ "no look at the counter", torn_unlooked, .breaks = TORN, .also = PATTERN },
	{ "read again without a look", torn_twice_read, .keeps = TORN, .also = PATTERN },
	{ "a change before the value", changed_before, .idle = TORN },
	{ "no change", good, .idle = TORN },
	{ "changes cannot be seen", torn, .idle = TORN, .blind = VS_BLIND_INTERNAL },
	{ "the machine died", torn_last, .idle = TORN, .also = PATTERN },

	{ "a field of an offered feature", writeback, .keeps = GUARDED,
	  .offered = VS_BIT(VIRTIO_BLK_F_CONFIG_WCE) },
	{ "a field of another feature", writeback, .breaks = GUARDED },
	{ "a field of two features", pairs, .keeps = GUARDED, .type = VIRTIO_ID_NET,
	  .offered = VS_BIT(VIRTIO_NET_F_RSS) },
	{ "a field that is always there", good, .idle = GUARDED },
	{ "the offer is not known", unknown, .idle = GUARDED, .dress = offer_unknown },

	{ "a larger structure", larger, .keeps = LARGER },
	{ "a larger structure refused", larger_down, .breaks = LARGER },
};

static void config_monitors(void **state)
{
	(void)state;
	play_all(plays, ROWS(plays));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(config_monitors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
