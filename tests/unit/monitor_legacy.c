/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of the legacy interface. */
#include "monitor_fixture.h"
#include "spec/split_ring.h"

#define DETECTED RULE(DRIVER_LEGACY_DEVICE_DETECTED)
#define ONE      RULE(DRIVER_LEGACY_ONE_INTERFACE)
#define TWICE    RULE(DRIVER_LEGACY_CONFIG_READ_TWICE)
#define ORDER    RULE(DRIVER_LEGACY_INIT_ORDER)
#define LAYOUT   RULE(DRIVER_LEGACY_ACCEPTS_ANY_LAYOUT)
#define UNUSED   RULE(DRIVER_LEGACY_UNUSED_BIT_DECLINED)
#define MEMORY   RULE(DRIVER_LEGACY_QUEUE_MEMORY)
#define PLACES   RULE(DRIVER_LEGACY_QUEUE_LAYOUT)
#define ENDIAN   RULE(DRIVER_LEGACY_RING_NATIVE_ENDIAN)
#define ADDRESS  RULE(DRIVER_LEGACY_QUEUE_ADDRESS)
#define HEADER   RULE(DRIVER_LEGACY_HEADER_USED)
#define OFFSET   RULE(DRIVER_LEGACY_CONFIG_OFFSET)
#define FALLS    RULE(DRIVER_LEGACY_FALLS_BACK)
#define REFUSES  RULE(DRIVER_LEGACY_REFUSES_LEGACY_DEVICE)

#define OLD_LIVE            (STEP_DRIVER | VIRTIO_STATUS_DRIVER_OK)
#define IO(k, at, bytes, v) ACCESS(k, VIRTIO_LEGACY_BAR, at, bytes, v)

/* The function of the stage with a legacy header, too. */
static void transitional(struct vs_subject *subject)
{
	subject->bars[0] = (struct vs_bar){ .size = 0x100, .address = 0xc000, .io = true };
}

/* MSI-X is all that a legacy function has in its list. */
#define OLD_MSIX 0x40u
static void old_msix(struct vs_subject *subject)
{
	vs_store_le16(subject->config + PCI_STATUS, PCI_STATUS_CAP_LIST);
	subject->config[PCI_CAPABILITY_LIST] = OLD_MSIX;
	subject->config[OLD_MSIX] = PCI_CAP_ID_MSIX;
	vs_store_le16(subject->config + OLD_MSIX + PCI_MSIX_CONTROL, STAGE_VECTORS - 1);
	subject->bars[1] = (struct vs_bar){ .size = 0x1000 };
	vs_store_le32(subject->config + OLD_MSIX + PCI_MSIX_TABLE, 1);
	vs_store_le32(subject->config + OLD_MSIX + PCI_MSIX_PBA, 0x801);
}
#define MSIX_ON   CONFIG_WRITE(OLD_MSIX + PCI_MSIX_CONTROL, 2, PCI_MSIX_CONTROL_ENABLE)
#define READ_LIST CONFIG_READ(OLD_MSIX, 2, PCI_CAP_ID_MSIX)

/* An offer without bit 32. */
#define NOT_OFFERED W(DEVICE_FEATURE_SELECT, 1), R(DEVICE_FEATURE, 0)
static const struct step modern_without[] = { PLAY(step_driver), NOT_OFFERED, PLAY(step_held),
					      W(DEVICE_STATUS, STEP_LIVE), END };
static const struct step gave_up[] = { PLAY(step_driver), NOT_OFFERED, W(DEVICE_STATUS, 0x83),
				       END };
static const struct step strays[] = { PLAY(step_legacy_live), R(NUM_QUEUES, 1), END };
static const struct step taken_over[] = { PLAY(step_legacy_live), PLAY(step_live), END };

static const struct step features_ok[] = { PLAY(step_legacy_driver),
					   LW(DEVICE_STATUS, STEP_FEATURES), END };
static const struct step at_once[] = { LW(DEVICE_STATUS, 0), LW(DEVICE_STATUS, OLD_LIVE), END };
static const struct step late_features[] = { PLAY(step_legacy_live), LW(DRIVER_FEATURE, 0), END };
static const struct step late_queue[] = { PLAY(step_legacy_live), LW(QUEUE_ADDRESS, 0x20), END };
static const struct step queue_off[] = { PLAY(step_legacy_live), LW(QUEUE_ADDRESS, 0), END };

#define BIT27 VS_BIT(VIRTIO_F_ANY_LAYOUT)
#define BIT30 VS_BIT(VIRTIO_F_UNUSED)
#define ACCEPTS(bits)                                                           \
	READ_LIST, PLAY(step_legacy_driver), LR(DEVICE_FEATURE, BIT27 | BIT30), \
		LW(DRIVER_FEATURE, bits), LW(DEVICE_STATUS, OLD_LIVE)
static const struct step any_layout[] = { ACCEPTS(BIT27), END };
static const struct step no_layout[] = { ACCEPTS(0), END };
static const struct step unused[] = { ACCEPTS(BIT27 | BIT30), END };
static const struct step legacy_driver[] = { PLAY(step_legacy_live), END };

#define ALL         (VS_QUEUE_DESC_MEMORY | VS_QUEUE_DRIVER_MEMORY | VS_QUEUE_DEVICE_MEMORY)
#define QUEUE(bits) EVENT(QUEUE, .queue = 0, .index = 256, .flags = (bits))
static const struct step in_memory[] = { PLAY(step_legacy_queue), QUEUE(ALL), END };
static const struct step too_short[] = { PLAY(step_legacy_queue), QUEUE(VS_QUEUE_DESC_MEMORY),
					 END };
static const struct step nowhere[] = { PLAY(step_legacy_queue), QUEUE(0), END };
static const struct step size_unread[] = { PLAY(step_legacy_driver), LW(QUEUE_ADDRESS, 0x10), END };
static const struct step size_written[] = { PLAY(step_legacy_driver), LR(QUEUE_SIZE, 256),
					    LW(QUEUE_SIZE, 128), END };
#define KICK                 IO(WRITE, VIRTIO_LEGACY_QUEUE_NOTIFY, 2, 0)
#define NEXT_INDEX(from, to) EVENT(AVAIL_INDEX, .queue = 0, .offset = (from), .value = (to))
static const struct step served[] = { PLAY(step_legacy_live),
				      QUEUE(ALL),
				      EVENT(DESCRIPTOR, .queue = 0, .length = 16),
				      EVENT(AVAILABLE, .queue = 0, .length = 1),
				      NEXT_INDEX(0, 1),
				      KICK,
				      LIFE(SERVED),
				      END };
static const struct step misplaced[] = { PLAY(step_legacy_live), QUEUE(ALL), KICK, LIFE(HUNG),
					 END };
static const struct step not_kicked[] = { PLAY(step_legacy_live), QUEUE(ALL), LIFE(HUNG), END };
static const struct step index_swapped[] = { PLAY(step_legacy_live), QUEUE(ALL),
					     NEXT_INDEX(0, 0x0300), END };
static const struct step index_wild[] = { PLAY(step_legacy_live), QUEUE(ALL), NEXT_INDEX(0, 0x3333),
					  END };
static const struct step flags_swapped[] = { PLAY(step_legacy_live), QUEUE(ALL),
					     EVENT(DESCRIPTOR, .queue = 0, .flags = 0x0200), END };

static const struct step wide_status[] = { IO(READ, VIRTIO_LEGACY_DEVICE_STATUS, 2, 0), END };
static const struct step wide_kick[] = { PLAY(step_legacy_live),
					 IO(WRITE, VIRTIO_LEGACY_QUEUE_NOTIFY, 4, 0), END };
#define CONFIG(at, bytes, v) IO(READ, VIRTIO_LEGACY_CONFIG(false) + (at), bytes, v)
#define CAPACITY             CONFIG(0, 4, 9), CONFIG(4, 4, 0)
static const struct step once[] = { CAPACITY, PLAY(step_legacy_live), END };
static const struct step twice[] = { CAPACITY, CAPACITY, PLAY(step_legacy_live), END };
static const struct step thrice[] = { CONFIG(0, 4, 8), CONFIG(4, 4, 0), CAPACITY, CAPACITY, END };
static const struct step disagree[] = { CONFIG(0, 4, 8), CONFIG(4, 4, 0), CAPACITY, END };
static const struct step halves[] = { CONFIG(0, 4, 9), CONFIG(0, 4, 9), CONFIG(4, 4, 0),
				      CONFIG(4, 4, 0), END };
static const struct step shifted[] = { CONFIG(4, 4, 0), CONFIG(8, 4, 0), PLAY(step_legacy_live),
				       END };
static const struct step not_shifted[] = { MSIX_ON, IO(READ, 20, 4, 0), IO(READ, 24, 4, 0), END };
static const struct step with_msix[] = { MSIX_ON, IO(READ, 24, 4, 0), IO(READ, 28, 4, 0), END };

static const struct step fell_back[] = { LIFE(PROBE), PLAY(step_legacy_live), LIFE(SERVED), END };
static const struct step tried_in_vain[] = { TRIAL(DRIVER_LEGACY_FALLS_BACK), LIFE(PROBE),
					     PLAY(step_legacy_live), LIFE(DOWN), END };
static const struct step left_alone[] = { LIFE(PROBE), LIFE(REFUSED), END };
static const struct step crashed[] = { LIFE(PROBE), LIFE(CRASHED), END };
static const struct step pokes[] = { LIFE(PROBE), ACCESS(READ, 1, 0x900, 4, 0), LIFE(REFUSED),
				     END };

#define OLD   .legacy = true
#define BOTH  .dress = transitional
#define MSIX  .legacy = true, .dress = old_msix
#define BLIND .legacy = true, .blind = VS_BLIND_LIFE

static const struct play plays[] = {
	{ "a legacy device", step_legacy_live, .keeps = DETECTED, OLD },
	{ "not seen to be one", modern_without, .breaks = DETECTED, .without_version_1 = true,
	  BOTH },
	{ "no legacy interface", modern_without, .idle = DETECTED, .without_version_1 = true },
	{ "given up", gave_up, .idle = DETECTED, .without_version_1 = true, BOTH },
	{ "one interface", step_legacy_live, .keeps = ONE, BOTH },
	{ "the modern one too", strays, .breaks = ONE, BOTH },
	{ "taken over by another", taken_over, .keeps = ONE, BOTH },
	{ "the modern one alone", step_live, .idle = ONE, BOTH },

	{ "the order", step_legacy_live, .keeps = ORDER, OLD },
	{ "FEATURES_OK", features_ok, .breaks = ORDER, OLD },
	{ "all bits at once", at_once, .breaks = ORDER, OLD },
	{ "features after DRIVER_OK", late_features, .breaks = ORDER, OLD },
	{ "a queue after DRIVER_OK", late_queue, .breaks = ORDER, OLD },
	{ "a queue taken away", queue_off, .keeps = ORDER, OLD },
	{ "the modern order", step_live, .idle = ORDER, BOTH },

	{ "ANY_LAYOUT", any_layout, .keeps = LAYOUT, .offered = BIT27, MSIX },
	{ "ANY_LAYOUT declined", no_layout, .breaks = LAYOUT, .offered = BIT27, MSIX },
	{ "by a legacy driver", legacy_driver, .idle = LAYOUT, .offered = BIT27, MSIX },
	{ "bit 30 declined", any_layout, .keeps = UNUSED, .offered = BIT27 | BIT30, MSIX },
	{ "bit 30 accepted", unused, .breaks = UNUSED, .offered = BIT27 | BIT30, MSIX },
	{ "no bit 30", legacy_driver, .idle = UNUSED, OLD },

	{ "a queue in memory", in_memory, .keeps = MEMORY, OLD },
	{ "a queue too short", too_short, .breaks = MEMORY, OLD },
	{ "a size not read", size_unread, .breaks = MEMORY, OLD },
	{ "no queue", step_legacy_driver, .idle = MEMORY, OLD },
	{ "a page of memory", in_memory, .keeps = ADDRESS, OLD },
	{ "no page of memory", nowhere, .breaks = ADDRESS, OLD },
	{ "what is memory is not known", nowhere, .keeps = ADDRESS, .blind = VS_BLIND_MEMORY, OLD },
	{ "a size written", size_written, .breaks = ADDRESS, OLD },
	{ "no address", step_legacy_driver, .idle = ADDRESS, OLD },
	{ "a queue that works", served, .keeps = PLACES, OLD },
	{ "a queue somewhere else", misplaced, .breaks = PLACES, OLD },
	{ "a queue not used", not_kicked, .idle = PLACES, OLD },
	{ "the guest's order", served, .keeps = ENDIAN, OLD },
	{ "an index the other way", index_swapped, .breaks = ENDIAN, OLD },
	{ "a wild index", index_wild, .keeps = ENDIAN, OLD },
	{ "flags the other way", flags_swapped, .breaks = ENDIAN, OLD },
	{ "no ring", step_legacy_live, .idle = ENDIAN, OLD },

	{ "registers", served, .keeps = HEADER, OLD },
	{ "two registers at once", wide_status, .breaks = HEADER, OLD },
	{ "a wide notification", wide_kick, .breaks = HEADER, OLD },
	{ "no register", step_live, .idle = HEADER, BOTH },
	{ "a capacity read once", once, .breaks = TWICE, OLD },
	{ "a capacity read twice", twice, .keeps = TWICE, OLD },
	{ "and once more", thrice, .keeps = TWICE, OLD },
	{ "no two readings agree", disagree, .breaks = TWICE, OLD },
	{ "halves read twice", halves, .breaks = TWICE, OLD },
	{ "no capacity read", step_legacy_live, .idle = TWICE, OLD },
	{ "configuration at 20", twice, .keeps = OFFSET, OLD },
	{ "configuration at 24 too early", shifted, .breaks = OFFSET, OLD },
	{ "configuration at 20 too late", not_shifted, .breaks = OFFSET, MSIX },
	{ "configuration at 24", with_msix, .keeps = OFFSET, MSIX, .also = TWICE },
	{ "no configuration", step_legacy_live, .idle = OFFSET, OLD },

	{ "a driver that falls back", fell_back, .keeps = FALLS, OLD },
	{ "in vain", tried_in_vain, .breaks = FALLS, OLD },
	{ "one that does not", left_alone, .idle = FALLS, OLD },
	{ "its life is not known", fell_back, .idle = FALLS, BLIND },
	{ "left alone", left_alone, .keeps = REFUSES, OLD },
	{ "a crash", crashed, .breaks = REFUSES, OLD },
	{ "a BAR touched", pokes, .breaks = REFUSES, OLD },
	{ "driven", fell_back, .idle = REFUSES, OLD },
	{ "a modern device", left_alone, .idle = REFUSES },
};

static void legacy_monitors(void **state)
{
	(void)state;
	play_all(plays, ROWS(plays));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(legacy_monitors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
