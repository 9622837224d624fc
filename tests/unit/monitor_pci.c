/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of what is PCI's: capabilities, common configuration, widths, vectors, the window. */
#include "monitor_fixture.h"

#define SCANNED  RULE(DRIVER_PCI_CAP_LIST_SCANNED)
#define TYPE     RULE(DRIVER_PCI_CAP_RESERVED_TYPE_IGNORED)
#define FIRST    RULE(DRIVER_PCI_CAP_FIRST_INSTANCE)
#define WRITTEN  RULE(DRIVER_PCI_CAP_NOT_WRITTEN)
#define LENGTH   RULE(DRIVER_PCI_CAP_LARGE_LENGTH)
#define READONLY RULE(DRIVER_PCI_COMMON_READ_ONLY_UNTOUCHED)
#define NOTIF    RULE(DRIVER_PCI_COMMON_NOTIF_CONFIG_DATA_UNTOUCHED)
#define VALID    RULE(DRIVER_PCI_COMMON_QUEUE_SIZE_VALID)
#define REDUCED  RULE(DRIVER_PCI_COMMON_QUEUE_SIZE_REDUCED_ONLY)
#define ABSENT   RULE(DRIVER_PCI_COMMON_ABSENT_QUEUE_UNTOUCHED)
#define BEFORE   RULE(DRIVER_PCI_COMMON_CONFIGURED_BEFORE_ENABLE)
#define ZERO     RULE(DRIVER_PCI_COMMON_QUEUE_ENABLE_NEVER_ZERO)
#define ADMIN    RULE(DRIVER_PCI_COMMON_ADMIN_QUEUE_RANGE)
#define WIDTH    RULE(DRIVER_PCI_LAYOUT_NATURAL_WIDTH)
#define ISR      RULE(DRIVER_PCI_ISR_UNTOUCHED_WITH_MSIX)
#define INSIDE   RULE(DRIVER_PCI_MSIX_VECTOR_INSIDE_TABLE)
#define VERIFIED RULE(DRIVER_PCI_MSIX_MAPPING_VERIFIED)
#define VENDOR   RULE(DRIVER_PCI_VENDOR_DATA_VENDOR_CHECKED)
#define ALIGNED  RULE(DRIVER_PCI_WINDOW_OFFSET_ALIGNED)
#define STRUCT   RULE(DRIVER_PCI_WINDOW_INSIDE_STRUCTURE)

#define CAP_TYPE(cap)           CONFIG_READ((cap) + offsetof(struct virtio_pci_cap, cfg_type), 1, 1)
#define COMMON(k, at, bytes, v) ACCESS(k, STAGE_BAR, STAGE_COMMON + (at), bytes, v)

/* Another capability, in front of the list. */
#define STAGE_CAP_MORE  0xb0u
#define STAGE_MORE      0x6000u
#define STAGE_MORE_SIZE 0x100u

static void one_more(struct vs_subject *subject, uint8_t type)
{
	stage_cap(subject->config, STAGE_CAP_MORE, STAGE_CAP_COMMON, type, STAGE_MORE,
		  STAGE_MORE_SIZE);
	subject->config[PCI_CAPABILITY_LIST] = STAGE_CAP_MORE;
}

static void reserved(struct vs_subject *subject)
{
	one_more(subject, 0x77);
}

/* A capability of a reserved type lies over the MSI-X table. */
static void over_table(struct vs_subject *subject)
{
	one_more(subject, 0x77);
	vs_store_le32(subject->config + STAGE_CAP_MORE + offsetof(struct virtio_pci_cap, offset),
		      STAGE_TABLE);
}

static void two_common(struct vs_subject *subject)
{
	one_more(subject, VIRTIO_PCI_CAP_COMMON_CFG);
}

static void first_io(struct vs_subject *subject)
{
	one_more(subject, VIRTIO_PCI_CAP_COMMON_CFG);
	subject->config[STAGE_CAP_MORE + offsetof(struct virtio_pci_cap, bar)] = 2;
	subject->bars[2] = (struct vs_bar){ .size = 0x10000, .io = true };
}

static void short_first(struct vs_subject *subject)
{
	one_more(subject, VIRTIO_PCI_CAP_COMMON_CFG);
	vs_store_le32(subject->config + STAGE_CAP_MORE + offsetof(struct virtio_pci_cap, length),
		      8);
}

static void vendor(struct vs_subject *subject)
{
	one_more(subject, VIRTIO_PCI_CAP_VENDOR_CFG);
}

/* Capabilities. */
static const struct step looks[] = { CAP_TYPE(STAGE_CAP_COMMON), PLAY(step_live), END };
static const struct step looks_late[] = { W(DEVICE_STATUS, 0), PLAY(looks), END };
static const struct step looks_at_msix[] = { CONFIG_READ(STAGE_CAP_MSIX, 4, 0), PLAY(step_live),
					     END };
static const struct step follows_reserved[] = { PLAY(step_live),
						ACCESS(READ, STAGE_BAR, STAGE_MORE, 4, 0), END };
static const struct step fills_table[] = { ACCESS(WRITE, STAGE_BAR, STAGE_TABLE, 4, 0),
					   PLAY(step_live), END };
static const struct step uses_both[] = { ACCESS(READ, STAGE_BAR, STAGE_MORE, 4, 0), END };
static const struct step writes_length[] = {
	PLAY(step_live),
	CONFIG_WRITE(STAGE_CAP_ISR + offsetof(struct virtio_pci_cap, length), 4, 1), END
};
static const struct step writes_next[] = { PLAY(step_live),
					   CONFIG_WRITE(STAGE_CAP_WINDOW + PCI_CAP_NEXT, 1, 0),
					   END };
static const struct step tried[] = { TRIAL(DRIVER_PCI_CAP_LARGE_LENGTH), PLAY(step_live),
				     LIFE(SERVED), END };
static const struct step tried_down[] = { TRIAL(DRIVER_PCI_CAP_LARGE_LENGTH), PLAY(step_live),
					  LIFE(DOWN), END };

/* Common configuration. */
static const struct step num_queues[] = { PLAY(step_live), W(NUM_QUEUES, 1), END };
static const struct step generation_wide[] = { PLAY(step_live), COMMON(WRITE, 20, 2, 0), END };
static const struct step notif[] = { PLAY(step_live), W(QUEUE_NOTIF_CONFIG_DATA, 1), END };
static const struct step size_odd[] = { PLAY(step_features), R(QUEUE_SIZE, 256), W(QUEUE_SIZE, 100),
					END };
static const struct step accept_packed[] = { PLAY(step_driver), W(DRIVER_FEATURE_SELECT, 1),
					     W(DRIVER_FEATURE, 5), END };
static const struct step packed_odd[] = { PLAY(accept_packed), R(QUEUE_SIZE, 256),
					  W(QUEUE_SIZE, 100), END };
static const struct step packed_zero[] = { PLAY(accept_packed), R(QUEUE_SIZE, 256),
					   W(QUEUE_SIZE, 0), END };
static const struct step size_more[] = { PLAY(step_features), R(QUEUE_SIZE, 256),
					 W(QUEUE_SIZE, 512), END };
static const struct step size_unread[] = { PLAY(step_features), W(QUEUE_SIZE, 512), END };
static const struct step size_wavers[] = { PLAY(step_features), R(QUEUE_SIZE, 256),
					   R(QUEUE_SIZE, 64), W(QUEUE_SIZE, 256), END };
static const struct step absent[] = { PLAY(step_features), R(QUEUE_SIZE, 0), END };
static const struct step absent_next[] = { PLAY(step_features), R(QUEUE_SIZE, 0),
					   W(QUEUE_SELECT, 1), PLAY(step_queue), END };
static const struct step absent_setup[] = { PLAY(absent), W(QUEUE_DESC, 0x1000), END };
static const struct step enable_first[] = { PLAY(step_features), W(QUEUE_ENABLE, 1), END };
static const struct step resized[] = { PLAY(step_queues), W(QUEUE_SIZE, 128), END };
static const struct step late_vector[] = { PLAY(step_queues), W(QUEUE_MSIX_VECTOR, 1),
					   R(QUEUE_MSIX_VECTOR, 1), END };
static const struct step vector_gone[] = { PLAY(step_live),
					   W(QUEUE_MSIX_VECTOR, VIRTIO_MSI_NO_VECTOR), END };
static const struct step again[] = { PLAY(step_queues), W(QUEUE_RESET, 1), R(QUEUE_RESET, 0),
				     PLAY(step_queue), END };
static const struct step enable_zero[] = { PLAY(step_live), W(QUEUE_ENABLE, 0), END };

static const struct step accept_admin[] = { PLAY(step_driver), W(DRIVER_FEATURE_SELECT, 1),
					    W(DRIVER_FEATURE, 0x201), R(NUM_QUEUES, 1), END };
static const struct step admin_known[] = { PLAY(accept_admin), R(ADMIN_QUEUE_INDEX, 4),
					   R(ADMIN_QUEUE_NUM, 1), END };
static const struct step admin_inside[] = { PLAY(admin_known), W(QUEUE_SELECT, 4), PLAY(step_queue),
					    END };
static const struct step admin_outside[] = { PLAY(admin_known), W(QUEUE_SELECT, 1),
					     PLAY(step_queue), END };
static const struct step admin_unread[] = { PLAY(accept_admin), W(QUEUE_SELECT, 1),
					    PLAY(step_queue), END };
static const struct step admin_none[] = { PLAY(admin_known), W(QUEUE_SELECT, 0), PLAY(step_queue),
					  END };

/* Widths. */
static const struct step status_wide[] = { COMMON(WRITE, 20, 4, 0), END };
static const struct step address_wide[] = { PLAY(step_features), COMMON(WRITE, 32, 8, 0), END };
static const struct step select_narrow[] = { COMMON(WRITE, 0, 2, 0), END };
static const struct step beyond[] = { COMMON(READ, 64, 8, 0), END };
static const struct step capacity[] = { DEVICE_READ(0, 4, 1), DEVICE_READ(4, 4, 0), END };
static const struct step capacity_wide[] = { DEVICE_READ(0, 8, 1), END };
static const struct step mac_wide[] = { DEVICE_READ(0, 4, 1), END };
static const struct step isr_wide[] = { ACCESS(READ, STAGE_BAR, STAGE_ISR, 4, 0), END };

/* Vectors. */
#define MSIX_ON  CONFIG_WRITE(STAGE_CAP_MSIX + PCI_MSIX_CONTROL, 2, PCI_MSIX_CONTROL_ENABLE)
#define READ_ISR ACCESS(READ, STAGE_BAR, STAGE_ISR, 1, 1)
static const struct step vectors[] = { MSIX_ON,
				       PLAY(step_features),
				       W(CONFIG_MSIX_VECTOR, 0),
				       R(CONFIG_MSIX_VECTOR, 0),
				       W(QUEUE_MSIX_VECTOR, 1),
				       R(QUEUE_MSIX_VECTOR, 1),
				       PLAY(step_queue),
				       W(DEVICE_STATUS, STEP_LIVE),
				       END };
static const struct step isr_config[] = { PLAY(vectors), EVENT(INTERRUPT, .offset = 0), READ_ISR,
					  END };
static const struct step isr_queue[] = { PLAY(vectors), EVENT(INTERRUPT, .offset = 1), READ_ISR,
					 END };
static const struct step isr_alone[] = { PLAY(vectors), EVENT(INTERRUPT, .offset = 1), END };
static const struct step isr_intx[] = { PLAY(step_live), EVENT(INTERRUPT, .offset = VS_INTX),
					READ_ISR, END };
static const struct step outside[] = { MSIX_ON, PLAY(step_features), W(QUEUE_MSIX_VECTOR, 4), END };
static const struct step unread[] = {
	MSIX_ON,          PLAY(step_features),         W(QUEUE_MSIX_VECTOR, 1),
	PLAY(step_queue), W(DEVICE_STATUS, STEP_LIVE), END
};
static const struct step unread_config[] = { MSIX_ON, PLAY(step_queues), W(CONFIG_MSIX_VECTOR, 0),
					     W(DEVICE_STATUS, STEP_LIVE), END };
static const struct step withdrawn[] = { MSIX_ON,
					 PLAY(step_features),
					 W(QUEUE_MSIX_VECTOR, 1),
					 W(QUEUE_MSIX_VECTOR, VIRTIO_MSI_NO_VECTOR),
					 PLAY(step_queue),
					 W(DEVICE_STATUS, STEP_LIVE),
					 END };
static const struct step refused[] = { MSIX_ON,
				       PLAY(step_features),
				       W(QUEUE_MSIX_VECTOR, 1),
				       R(QUEUE_MSIX_VECTOR, VIRTIO_MSI_NO_VECTOR),
				       PLAY(step_queue),
				       W(DEVICE_STATUS, STEP_LIVE),
				       END };
static const struct step counts_on_it[] = { PLAY(refused), LIFE(HUNG), END };
static const struct step does_not[] = { PLAY(refused), LIFE(SERVED), END };

/* Window and vendor data. */
#define WINDOW(bar_number, at, bytes)                                                            \
	CONFIG_WRITE(STAGE_CAP_WINDOW + offsetof(struct virtio_pci_cap, bar), 1, bar_number),    \
		CONFIG_WRITE(STAGE_CAP_WINDOW + offsetof(struct virtio_pci_cap, offset), 4, at), \
		CONFIG_WRITE(STAGE_CAP_WINDOW + offsetof(struct virtio_pci_cap, length), 4, bytes)
#define WINDOW_DATA (STAGE_CAP_WINDOW + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data))
static const struct step window[] = { WINDOW(STAGE_BAR, STAGE_COMMON, 4),
				      CONFIG_READ(WINDOW_DATA, 4, 0), END };
static const struct step window_odd[] = { WINDOW(STAGE_BAR, STAGE_COMMON + 2, 4),
					  CONFIG_READ(WINDOW_DATA, 4, 0), END };
static const struct step window_outside[] = { WINDOW(STAGE_BAR, 0x8000, 4),
					      CONFIG_READ(WINDOW_DATA, 4, 0), END };
static const struct step window_bar[] = { WINDOW(0, STAGE_COMMON, 4),
					  CONFIG_WRITE(WINDOW_DATA, 4, 0), END };
static const struct step window_dump[] = { CONFIG_READ(WINDOW_DATA, 4, 0), END };
static const struct step vendor_unread[] = {
	PLAY(step_live), CONFIG_WRITE(STAGE_CAP_MORE + sizeof(struct virtio_pci_vndr_data), 2, 1),
	END
};
static const struct step vendor_read[] = {
	CONFIG_READ(STAGE_CAP_MORE + offsetof(struct virtio_pci_vndr_data, vendor_id), 2, 1),
	PLAY(vendor_unread), END
};

#define PACKED_OFFER .offered = VS_BIT(VIRTIO_F_RING_PACKED)

/* Nobody looked at the list, and that is no matter here. */
#define UNSCANNED .blind = VS_BLIND_CAPS

static const struct play plays[] = {
	{ "the list is read", looks, .keeps = SCANNED },
	{ "it is read too late", looks_late, .breaks = SCANNED },
	{ "MSI-X alone is looked for", looks_at_msix, .breaks = SCANNED },
	{ "the legacy interface", step_legacy_live, .idle = SCANNED, .legacy = true },
	{ "reads cannot be seen", step_live, .idle = SCANNED, .blind = VS_BLIND_CAPS },
	{ "a reserved type", looks, .keeps = TYPE, .dress = reserved },
	{ "no reserved type", looks, .idle = TYPE },
	{ "a reserved type is followed", follows_reserved, .breaks = TYPE, .also = SCANNED,
	  .dress = reserved },
	{ "a reserved type over the table", fills_table, .keeps = TYPE, .also = SCANNED,
	  .dress = over_table },
	{ "one of a type", looks, .idle = FIRST },
	{ "the second of two", looks, .breaks = FIRST, .dress = two_common },
	{ "the first of two", uses_both, .keeps = FIRST, UNSCANNED, .dress = two_common },
	{ "the first is out of reach", looks, .keeps = FIRST, .dress = first_io },
	{ "the first is too short", looks, .keeps = FIRST, .dress = short_first },
	{ "no capability written", looks, .keeps = WRITTEN },
	{ "a length written", writes_length, .breaks = WRITTEN, UNSCANNED },
	{ "the window's pointer written", writes_next, .breaks = WRITTEN, UNSCANNED },
	{ "the window used", window, .keeps = ALIGNED, UNSCANNED },
	{ "a large length", tried, .keeps = LENGTH, UNSCANNED },
	{ "a large length refused", tried_down, .breaks = LENGTH, UNSCANNED },
	{ "no trial", looks, .idle = LENGTH },

	{ "nothing read-only written", looks, .keeps = READONLY },
	{ "num_queues written", num_queues, .breaks = READONLY, UNSCANNED },
	{ "status and generation in one", generation_wide, .breaks = WIDTH, UNSCANNED },
	{ "queue_notif_config_data written", notif, .breaks = NOTIF, UNSCANNED },
	{ "a power of two", looks, .keeps = VALID },
	{ "no power of two", size_odd, .breaks = VALID, UNSCANNED },
	{ "an odd size, packed", packed_odd, .keeps = VALID, UNSCANNED, PACKED_OFFER },
	{ "no size, packed", packed_zero, .breaks = VALID, UNSCANNED, PACKED_OFFER },
	{ "the size as offered", looks, .keeps = REDUCED },
	{ "more than offered", size_more, .breaks = REDUCED, UNSCANNED },
	{ "no size read", size_unread, .idle = REDUCED, UNSCANNED },
	{ "a size that wavers", size_wavers, .keeps = REDUCED, UNSCANNED },
	{ "no queue absent", looks, .idle = ABSENT },
	{ "an absent queue", absent_next, .keeps = ABSENT, UNSCANNED },
	{ "an absent queue set up", absent_setup, .breaks = ABSENT, UNSCANNED },
	{ "a queue set up", looks, .keeps = BEFORE },
	{ "enabled without addresses", enable_first, .breaks = BEFORE, UNSCANNED },
	{ "resized when enabled", resized, .breaks = BEFORE, UNSCANNED },
	{ "a vector when enabled", late_vector, .breaks = BEFORE, UNSCANNED },
	{ "a vector taken away", vector_gone, .keeps = BEFORE, UNSCANNED },
	{ "set up after a queue reset", again, .keeps = BEFORE, UNSCANNED },
	{ "no queue enabled", absent, .idle = BEFORE, UNSCANNED },
	{ "enabled with 1", looks, .keeps = ZERO },
	{ "enabled with 0", enable_zero, .breaks = ZERO, UNSCANNED },
	{ "an administration queue", admin_inside, .keeps = ADMIN, UNSCANNED },
	{ "one outside the range", admin_outside, .breaks = ADMIN, UNSCANNED },
	{ "one without a look", admin_unread, .breaks = ADMIN, UNSCANNED },
	{ "no administration queue", admin_none, .idle = ADMIN, UNSCANNED },

	{ "natural widths", looks, .keeps = WIDTH },
	{ "four bytes at once", status_wide, .breaks = WIDTH, UNSCANNED },
	{ "eight bytes at once", address_wide, .breaks = WIDTH, UNSCANNED },
	{ "half a selector", select_narrow, .breaks = WIDTH, UNSCANNED },
	{ "behind the structure", beyond, .idle = WIDTH },
	{ "a capacity in halves", capacity, .keeps = WIDTH, UNSCANNED },
	{ "a capacity at once", capacity_wide, .breaks = WIDTH, UNSCANNED },
	{ "a MAC address by four", mac_wide, .breaks = WIDTH, UNSCANNED, .type = VIRTIO_ID_NET },
	{ "the ISR status by four", isr_wide, .breaks = WIDTH, UNSCANNED },

	{ "the ISR status left alone", isr_alone, .keeps = ISR, UNSCANNED },
	{ "read for the configuration", isr_config, .idle = ISR, UNSCANNED },
	{ "read for a queue", isr_queue, .breaks = ISR, UNSCANNED },
	{ "read with INTx", isr_intx, .idle = ISR, UNSCANNED },
	{ "vectors of the table", vectors, .keeps = INSIDE, UNSCANNED },
	{ "a vector outside", outside, .breaks = INSIDE, UNSCANNED },
	{ "no vectors", looks, .idle = INSIDE },
	{ "vectors read back", vectors, .keeps = VERIFIED, UNSCANNED },
	{ "a vector not read back", unread, .breaks = VERIFIED, UNSCANNED },
	{ "the other not read back", unread_config, .breaks = VERIFIED, UNSCANNED },
	{ "a vector withdrawn", withdrawn, .idle = VERIFIED, UNSCANNED },
	{ "a vector refused and counted on", counts_on_it, .breaks = VERIFIED, UNSCANNED },
	{ "a vector refused", does_not, .keeps = VERIFIED, UNSCANNED },

	{ "the window aligned", window, .keeps = STRUCT, UNSCANNED },
	{ "the window not aligned", window_odd, .breaks = ALIGNED, UNSCANNED },
	{ "the window outside", window_outside, .breaks = STRUCT },
	{ "the window to another BAR", window_bar, .breaks = STRUCT },
	{ "a dump of configuration space", window_dump, .idle = STRUCT },
	{ "vendor data left alone", looks, .keeps = VENDOR, .dress = vendor },
	{ "no vendor data", looks, .idle = VENDOR },
	{ "vendor data written", vendor_unread, .breaks = VENDOR, .also = SCANNED,
	  .dress = vendor },
	{ "vendor data known", vendor_read, .keeps = VENDOR, .also = SCANNED, .dress = vendor },
};

static void pci_monitors(void **state)
{
	(void)state;
	play_all(plays, ROWS(plays));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(pci_monitors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
