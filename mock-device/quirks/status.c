/* SPDX-License-Identifier: BSD-3-Clause */
/* Device status, negotiation and reset (2.1, 2.2, 2.4). */
#include "mock-device/quirks/quirk.h"

#define NS_PER_MS UINT64_C(1000000)

static bool anything(struct mock_layer *q, const struct mock_features *accepted)
{
	(void)q;
	(void)accepted;
	return true;
}
MOCK_QUIRK(features_ok_always, .kind = MOCK_VIOLATION,
	   .says = "FEATURES_OK is set whatever the driver accepted",
	   .breaks = MOCK_RULES(FEATURES_REFUSAL_CLEARS_FEATURES_OK),
	   .ops = { .features_acceptable = anything });

/* state[0]: when the reset will be over; state[1]: what the status shows until then. */
static bool resetting(const struct mock_layer *q)
{
	return q->mock->now < q->state[0];
}

static void slow_reset(struct mock_layer *q)
{
	if (!resetting(q) && q->mock->status) {
		q->state[0] = q->mock->now + (uint64_t)q->value * NS_PER_MS;
		q->state[1] = q->mock->status;
	}
	mock_op_reset(q->below);
}

static uint8_t old_status(struct mock_layer *q)
{
	return resetting(q) ? (uint8_t)q->state[1] : mock_op_status_read(q->below);
}

/* A driver that does not wait for the reset to be over talks to nobody. */
static void deaf(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (!resetting(q))
		mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(slow_reset, .kind = MOCK_VARIATION,
	   .says = "a reset takes so many milliseconds, during which the status is not 0",
	   .values = "10 1 100",
	   .ops = { .reset = slow_reset, .status_read = old_status, .common_write = deaf });
