/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of what only the draft of 2013 asks. */
#include "monitor_fixture.h"
#include "spec/split_ring.h"

#define RESERVED RULE(DRIVER_DRAFT_RESERVED_BITS_UNTOUCHED)
#define REFUSED  RULE(DRIVER_DRAFT_LEGACY_DEVICE_REFUSED)
#define FRAMING  RULE(DRIVER_DRAFT_CONSERVATIVE_FRAMING)
#define ORDER    RULE(DRIVER_DRAFT_INIT_ORDER)
#define OTHERS   RULE(DRIVER_DRAFT_REVISION_OTHERS_REFUSED)
#define BOTH     RULE(DRIVER_DRAFT_TRANSITIONAL_REVISIONS_MATCHED)
#define ONE      RULE(DRIVER_DRAFT_NON_TRANSITIONAL_REVISION_MATCHED)
#define FIRST    RULE(DRIVER_DRAFT_FIRST_USABLE_STRUCTURE)
#define ASSUMED  RULE(DRIVER_DRAFT_LEGACY_REGISTERS_ASSUMED)
#define SETUP    RULE(DRIVER_DRAFT_QUEUE_SETUP)

#define OLD_LIVE (STEP_DRIVER | VIRTIO_STATUS_DRIVER_OK)

static void draft(struct vs_subject *subject)
{
	bool net = vs_load_le16(subject->config + PCI_DEVICE_ID) == VIRTIO_PCI_DEVICE_FIRST;

	/* On an old identifier the subsystem tells the type. */
	vs_store_le16(subject->config + PCI_SUBSYSTEM_ID, net ? VIRTIO_ID_NET : VIRTIO_ID_BLOCK);
	subject->profile = VS_PROFILE_DRAFT_2013;
	subject->draft = true;
	subject->config[PCI_REVISION_ID] = 1;
}

static void revision_2(struct vs_subject *subject)
{
	draft(subject);
	subject->config[PCI_REVISION_ID] = 2;
}

static void two_of_a_type(struct vs_subject *subject)
{
	draft(subject);
	stage_cap(subject->config, 0xb0, STAGE_CAP_COMMON, VIRTIO_PCI_CAP_COMMON_CFG, 0x6000, 64);
	subject->config[PCI_CAPABILITY_LIST] = 0xb0;
}

/* A start-up without FEATURES_OK. */
static const struct step choose[] = { PLAY(step_driver), PLAY(step_offer),
				      W(DRIVER_FEATURE_SELECT, 1), W(DRIVER_FEATURE, 1), END };
static const struct step live[] = { PLAY(choose),
				    W(QUEUE_SELECT, 0),
				    PLAY(step_queue),
				    EVENT(QUEUE, .queue = 0, .index = 256,
					  .flags = VS_QUEUE_ZEROED),
				    W(DEVICE_STATUS, OLD_LIVE),
				    END };
static const struct step kicked[] = { PLAY(live), NOTIFY(0), END };
static const struct step bit_33[] = { PLAY(step_driver), W(DRIVER_FEATURE_SELECT, 1),
				      W(DRIVER_FEATURE, 3), END };
static const struct step low_only[] = { PLAY(step_driver), W(DRIVER_FEATURE_SELECT, 0),
					W(DRIVER_FEATURE, 3), END };
#define NOT_OFFERED W(DEVICE_FEATURE_SELECT, 1), R(DEVICE_FEATURE, 0)
static const struct step given_up[] = { PLAY(step_driver), NOT_OFFERED, W(DEVICE_STATUS, 0), END };
static const struct step goes_on[] = { PLAY(step_driver), NOT_OFFERED, W(DEVICE_STATUS, OLD_LIVE),
				       END };
static const struct step early[] = { PLAY(choose), NOTIFY(0), END };
static const struct step no_driver[] = { PLAY(step_reset), W(DEVICE_STATUS, 1), W(DEVICE_STATUS, 5),
					 END };
static const struct step idle[] = { R(NUM_QUEUES, 1), END };
static const struct step alone[] = { LIFE(PROBE), LIFE(REFUSED), END };
static const struct step tried[] = { TRIAL(DRIVER_DRAFT_TRANSITIONAL_REVISIONS_MATCHED),
				     TRIAL(DRIVER_DRAFT_NON_TRANSITIONAL_REVISION_MATCHED),
				     LIFE(SERVED), END };
static const struct step tried_down[] = { TRIAL(DRIVER_DRAFT_TRANSITIONAL_REVISIONS_MATCHED),
					  LIFE(DOWN), END };
static const struct step first[] = { ACCESS(READ, STAGE_BAR, 0x6000, 4, 0), END };
static const struct step other_bar[] = { ACCESS(READ, 1, 0, 4, 0), PLAY(step_legacy_live), END };
static const struct step after_list[] = { CONFIG_READ(STAGE_CAP_MSIX, 2, 0),
					  ACCESS(READ, 1, 0, 4, 0), END };
static const struct step size_unread[] = { PLAY(choose), W(QUEUE_DESC, 0x1000), W(QUEUE_ENABLE, 1),
					   END };
static const struct step not_zeroed[] = { PLAY(choose), PLAY(step_queue),
					  EVENT(QUEUE, .queue = 0, .index = 256), END };

#define ELEMENT(n, bytes, bits) \
	EVENT(DESCRIPTOR, .queue = 0, .index = (n), .length = (bytes), .flags = (bits))
#define BUFFER(count) EVENT(AVAILABLE, .queue = 0, .length = (count))
#define NEXT          VIRTQ_DESC_F_NEXT
#define WRITE         VIRTQ_DESC_F_WRITE
static const struct step framed[] = { PLAY(step_legacy_live),
				      ELEMENT(0, 16, NEXT),
				      ELEMENT(1, 512, NEXT | WRITE),
				      ELEMENT(2, 1, WRITE),
				      BUFFER(3),
				      END };
static const struct step joined[] = { PLAY(step_legacy_live), ELEMENT(0, 16, NEXT),
				      ELEMENT(1, 513, WRITE), BUFFER(2), END };
static const struct step packet[] = { PLAY(step_legacy_live), ELEMENT(0, 10, NEXT | WRITE),
				      ELEMENT(1, 1514, WRITE), BUFFER(2), END };
static const struct step one_piece[] = { PLAY(step_legacy_live), ELEMENT(0, 1524, WRITE), BUFFER(1),
					 END };
static const struct step any_layout[] = { PLAY(step_legacy_driver),
					  LR(DEVICE_FEATURE, VS_BIT(VIRTIO_F_ANY_LAYOUT)),
					  LW(DRIVER_FEATURE, VS_BIT(VIRTIO_F_ANY_LAYOUT)),
					  LR(QUEUE_SIZE, 256),
					  LW(QUEUE_ADDRESS, 1),
					  ELEMENT(0, 529, 0),
					  BUFFER(1),
					  END };

#define DRAFT .dress = draft
#define NET   .type = VIRTIO_ID_NET

static const struct play plays[] = {
	{ "bit 32 alone", live, .keeps = RESERVED, DRAFT },
	{ "bit 33", bit_33, .breaks = RESERVED, DRAFT },
	{ "low bits", low_only, .idle = RESERVED, DRAFT },
	{ "not in 1.4", bit_33, .idle = RESERVED },
	{ "bit 32 missing", goes_on, .breaks = REFUSED, DRAFT },
	{ "bit 32 missing, given up", given_up, .keeps = REFUSED, DRAFT },
	{ "bit 32 there", live, .idle = REFUSED, DRAFT },
	{ "the order", kicked, .keeps = ORDER, DRAFT },
	{ "a notification too early", early, .breaks = ORDER, DRAFT },
	{ "no DRIVER", no_driver, .breaks = ORDER, DRAFT },
	{ "no start-up", idle, .idle = ORDER, DRAFT },
	{ "the old order", step_legacy_live, .keeps = ORDER, .legacy = true, DRAFT },
	{ "revision 2 driven", choose, .breaks = OTHERS, .dress = revision_2 },
	{ "revision 2 left alone", alone, .keeps = OTHERS, .dress = revision_2 },
	{ "revision 1", choose, .idle = OTHERS, DRAFT },
	{ "revisions taken", tried, .keeps = BOTH, DRAFT },
	{ "revision 1 taken", tried, .keeps = ONE, DRAFT },
	{ "a revision not taken", tried_down, .breaks = BOTH, DRAFT },
	{ "the second of two", idle, .breaks = FIRST, .dress = two_of_a_type },
	{ "the first of two", first, .keeps = FIRST, .dress = two_of_a_type },
	{ "one of a type", idle, .idle = FIRST, DRAFT },
	{ "a legacy driver", step_legacy_live, .keeps = ASSUMED, .legacy = true, DRAFT },
	{ "at another BAR", other_bar, .breaks = ASSUMED, .legacy = true, DRAFT },
	{ "a driver that looks", after_list, .idle = ASSUMED, DRAFT },
	{ "a queue of zeroes", live, .keeps = SETUP, DRAFT },
	{ "a queue of something else", not_zeroed, .breaks = SETUP, DRAFT },
	{ "a size not read", size_unread, .breaks = SETUP, DRAFT },
	{ "no queue", choose, .idle = SETUP, DRAFT },

	{ "header and status apart", framed, .keeps = FRAMING, .legacy = true, DRAFT },
	{ "data and status joined", joined, .breaks = FRAMING, .legacy = true, DRAFT },
	{ "a packet's header apart", packet, .keeps = FRAMING, .legacy = true, DRAFT, NET },
	{ "a packet in one piece", one_piece, .breaks = FRAMING, .legacy = true, DRAFT, NET },
	{ "any layout", any_layout, .idle = FRAMING, .legacy = true, DRAFT },
};

static void draft_monitors(void **state)
{
	(void)state;
	play_all(plays, ROWS(plays));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(draft_monitors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
