/* SPDX-License-Identifier: BSD-3-Clause */
/* Bring-up in stages: 3.1.1 with the PCI steps of 4.1.5.1. */
#include <stdlib.h>

#include "driver/interrupt.h"
#include "driver/legacy.h"
#include "driver/queue.h"
#include "driver/request.h"
#include "driver/session.h"
#include "rules/rules.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

/* Transport features that the reference driver implements and accepts where they are offered, in
 * the windows that the interface has. */
static const uint8_t understood[] = {
	VIRTIO_F_VERSION_1,         VIRTIO_F_INDIRECT_DESC,     VIRTIO_F_EVENT_IDX,
	VIRTIO_F_ACCESS_PLATFORM,   VIRTIO_F_IN_ORDER,          VIRTIO_F_ORDER_PLATFORM,
	VIRTIO_F_NOTIFICATION_DATA, VIRTIO_F_NOTIF_CONFIG_DATA, VIRTIO_F_RING_RESET,
	VIRTIO_F_SUSPEND,
};

/* Of the draft of 2013 and of the legacy interface the start-up knows no FEATURES_OK. */
static bool has_features_ok(const struct vs_session *s)
{
	return s->view != VS_VIEW_LEGACY && !s->fn->draft;
}

static int reach_caps(struct vs_session *s)
{
	const struct vs_caps *caps = &s->fn->caps;

	if (s->view == VS_VIEW_LEGACY) {
		if (!vs_legacy_present(s->bus))
			return vs_trouble(s, VS_RULE_LEGACY_IO_BAR_ZERO,
					  "BAR 0 is not an I/O region with room for a header");
		vs_legacy_structures(s);
		return 0;
	}
	if (caps->count == 0)
		return vs_trouble(s, VS_RULE_PCI_LAYOUT_CAPABILITY_LIST,
				  "there is no capability list");
	s->common = vs_caps_first(caps, VIRTIO_PCI_CAP_COMMON_CFG, VIRTIO_PCI_COMMON_CFG_MIN);
	s->notify = vs_caps_first(caps, VIRTIO_PCI_CAP_NOTIFY_CFG, 2);
	s->isr = vs_caps_first(caps, VIRTIO_PCI_CAP_ISR_CFG, 1);
	s->device = vs_caps_first(caps, VIRTIO_PCI_CAP_DEVICE_CFG, 1);
	s->window = vs_caps_first(caps, VIRTIO_PCI_CAP_PCI_CFG, 0);
	return 0;
}

static int reach_common(struct vs_session *s)
{
	uint32_t command = PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	if (!s->common && !vs_caps_any(&s->fn->caps, VIRTIO_PCI_CAP_COMMON_CFG))
		return vs_trouble(s, VS_RULE_PCI_COMMON_PRESENT,
				  "there is no common configuration capability");
	if (!s->common)
		return vs_trouble(s, VS_RULE_PCI_CAP_INSIDE_BAR,
				  "no common configuration capability is usable");
	if (!vs_cap_placed(s, s->common))
		return vs_trouble(s, -1, "BAR %u has no address", s->common->bar);
	vs_config_write(s, PCI_COMMAND, 2, command);
	vs_msix_disable(s);
	if (vs_reset(s))
		return vs_trouble(s, VS_RULE_STATUS_RESET_READS_ZERO,
				  "device_status did not become 0 after 0 was written");
	return 0;
}

/* The bit that a session has to take, or has to leave, because of the view it is in. */
static void choose_by_view(struct vs_session *s)
{
	if (s->view == VS_VIEW_PACKED && vs_features_has(&s->offered, VIRTIO_F_RING_PACKED))
		vs_features_add(&s->accepted, VIRTIO_F_RING_PACKED);
	if (s->view == VS_VIEW_LEGACY && vs_features_has(&s->offered, VIRTIO_F_ANY_LAYOUT))
		vs_features_add(&s->accepted, VIRTIO_F_ANY_LAYOUT);
	/* The draft of 2013 reserves what lies above bit 32. */
	for (unsigned bit = VIRTIO_F_VERSION_1 + 1; s->fn->draft && bit < VS_FEATURE_BITS; bit++)
		vs_features_remove(&s->accepted, bit);
}

/* A feature whose registers the structure has no room for is of no use. */
static bool has_fields_of(const struct vs_session *s, uint8_t feature)
{
	for (int i = 0; i < VS_COMMON_FIELD_COUNT; i++)
		if (vs_common_fields[i].feature == feature && !vs_has_field(s, i))
			return false;
	return true;
}

static void choose_features(struct vs_session *s)
{
	const struct vs_request_kind *kind = vs_request_kind(s->fn->type);
	uint64_t accept = s->setup.accept | (kind ? kind->accept : 0);

	for (uint32_t i = 0; i < VS_FEATURE_WINDOWS; i++) {
		s->offered.window[i] = vs_offered_window(s, i);
		s->accepted.window[i] = 0;
	}
	for (unsigned i = 0; i < sizeof(understood); i++)
		if (vs_features_has(&s->offered, understood[i]) && has_fields_of(s, understood[i]))
			vs_features_add(&s->accepted, understood[i]);
	choose_by_view(s);
	for (unsigned bit = 0; bit < 64; bit++) {
		if ((accept & VS_BIT(bit)) && vs_features_has(&s->offered, bit))
			vs_features_add(&s->accepted, bit);
		if (s->setup.refuse & VS_BIT(bit))
			vs_features_remove(&s->accepted, bit);
	}
}

uint8_t vs_status_at(const struct vs_session *s, enum vs_stage stage)
{
	uint8_t status = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;

	if (stage < VS_STAGE_FEATURES)
		return 0;
	if (has_features_ok(s))
		status |= VIRTIO_STATUS_FEATURES_OK;
	return stage < VS_STAGE_LIVE ? status : status | VIRTIO_STATUS_DRIVER_OK;
}

int vs_accept_features(struct vs_session *s, const struct vs_features *accepted)
{
	for (uint32_t i = 0; i < VS_FEATURE_WINDOWS; i++) {
		/* A window in which nothing is offered needs no write. */
		if (i < 2 || s->offered.window[i] || accepted->window[i])
			vs_accept_window(s, i, accepted->window[i]);
	}
	s->accepted = *accepted;
	if (!has_features_ok(s))
		return 0;
	vs_set_status(s, vs_status_at(s, VS_STAGE_FEATURES));
	return vs_status(s) & VIRTIO_STATUS_FEATURES_OK ? 0 : -1;
}

static int reach_features(struct vs_session *s)
{
	struct vs_features chosen;

	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE);
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	choose_features(s);
	chosen = s->accepted;
	if (vs_accept_features(s, &chosen))
		return vs_trouble(s, VS_RULE_FEATURES_VALID_SUBSET_ACCEPTED,
				  "FEATURES_OK did not hold (device_status %#x)", vs_status(s));
	s->num_queues = s->view == VS_VIEW_LEGACY ? vs_legacy_count_queues(s)
						  : (uint16_t)vs_get(s, VS_NUM_QUEUES);
	return 0;
}

/* Starts one queue into the next slot of s->queues. */
static int start_queue(struct vs_session *s, uint16_t index)
{
	if (vs_queue_start(s, &s->queues[s->queue_count], index, s->setup.queue_size))
		return -1;
	s->queue_count++;
	return 0;
}

static int start_all_queues(struct vs_session *s)
{
	for (uint32_t i = 0; i < s->num_queues; i++)
		if (vs_queue_get(s, (uint16_t)i, VS_QUEUE_SIZE) && start_queue(s, (uint16_t)i))
			return -1;
	return 0;
}

static int reach_queues(struct vs_session *s)
{
	const struct vs_request_kind *kind = vs_request_kind(s->fn->type);
	unsigned slots = s->num_queues ? s->num_queues : 1;

	if (s->setup.msix && vs_msix_enable(s))
		return -1;
	s->queues = vs_session_alloc(s, slots * sizeof(*s->queues));
	if (!s->queues)
		return vs_trouble(s, -1, "no memory left for %u queues", slots);
	if (s->setup.all_queues)
		return start_all_queues(s);
	/* A driver may use only some of the queues (4.1.5.1.3): those that the request needs. */
	for (unsigned i = 0; kind && i < VS_REQUEST_QUEUES; i++) {
		int index = vs_request_queue(s, kind, i);

		if (index >= 0 && index < s->num_queues && start_queue(s, (uint16_t)index))
			return -1;
	}
	if (s->queue_count == 0 && s->num_queues && vs_queue_get(s, 0, VS_QUEUE_SIZE))
		return start_queue(s, 0);
	return 0;
}

static int reach_live(struct vs_session *s)
{
	vs_set_status(s, vs_status_at(s, VS_STAGE_LIVE));
	return 0;
}

int vs_session_advance(struct vs_session *s, enum vs_stage stage)
{
	static int (*const reach[])(struct vs_session *) = {
		[VS_STAGE_CAPS] = reach_caps,         [VS_STAGE_COMMON] = reach_common,
		[VS_STAGE_FEATURES] = reach_features, [VS_STAGE_QUEUES] = reach_queues,
		[VS_STAGE_LIVE] = reach_live,
	};

	while (s->stage < stage) {
		if (reach[s->stage + 1](s))
			return -1;
		s->stage++;
	}
	return 0;
}
