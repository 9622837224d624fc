/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start-up (3.1.1 with the PCI steps of 4.1.5.1; on the legacy interface 3.1.2): step by step as
 * the text has it, and what to fall back on where the device does not go along.
 */
#include "driver/interrupt.h"
#include "driver/legacy.h"
#include "driver/window.h"
#include "drivers/reference/life.h"
#include "spec/virtio_pci.h"

/* Bits of the status that a device sets. */
#define DEVICES (VIRTIO_STATUS_NEEDS_RESET | VIRTIO_STATUS_SUSPEND)

#define ATTEMPTS_MAX 8u /* ways to start: vectors in four ways, on two interfaces */

bool ref_is_gone(struct ref_life *life)
{
	uint32_t vendor;

	if (!life->gone) {
		vs_bus_config_read(&life->bus, PCI_VENDOR_ID, 2, &vendor);
		life->gone = vendor == UINT16_MAX;
		if (life->gone)
			ref_log(life, "the device is not there any more");
	}
	return life->gone;
}

int ref_reset(struct ref_life *life)
{
	struct ref_wait wait = ref_wait_start(life);
	uint8_t status;

	life->resetting = true;
	life->status = 0;
	vs_set_status(&life->s, 0);
	do {
		status = vs_status(&life->s);
		if (status == 0) {
			life->resetting = false;
			return 0;
		}
		if (status == UINT8_MAX && ref_is_gone(life))
			return -1;
	} while (ref_wait_on(life, &wait));
	ref_log(life, "the device does not finish its reset");
	return -1;
}

void ref_give_up(struct ref_life *life, const char *why)
{
	ref_log(life, "given up: %s", why);
	life->state = REF_FAILED;
	lapse_moment(&life->lapse, LAPSE_AT_GIVE_UP, NULL);
	/* In the middle of a reset there is no attempt that could have failed. Of what the device
	 * shows only bits go back that it was told, or that are its own: no others come to life by
	 * this. */
	if (!life->gone && !life->resetting && life->s.common) {
		uint8_t status = vs_status(&life->s), ours = life->status | DEVICES;

		if (status != UINT8_MAX || !ref_is_gone(life))
			vs_set_status(&life->s, (status & ours) | VIRTIO_STATUS_FAILED);
	}
	ref_recall(life, NULL);
}

/* One more bit of the device status. */
static void add_status(struct ref_life *life, uint8_t bit)
{
	life->status |= bit;
	vs_set_status(&life->s, life->status);
}

/* A look through the window of configuration space, as firmware takes that has mapped no BAR: it
 * has to show what the structure shows. */
static void try_window(struct ref_life *life)
{
	struct vs_session *s = &life->s;
	unsigned at = vs_common_fields[VS_NUM_QUEUES].offset;

	if (!s->window || s->view == VS_VIEW_LEGACY ||
	    s->window->pos + sizeof(struct virtio_pci_cfg_cap) > PCI_CONFIG_SIZE ||
	    (s->common->offset + at) % 2 || !vs_window_reaches(s, s->common, at, 2))
		return;
	if (vs_window_read(s, s->common, at, 2) != vs_get(s, VS_NUM_QUEUES))
		ref_log(life, "the window of configuration space shows something else");
}

static enum ref_result settle_features(struct ref_life *life)
{
	struct vs_session *s = &life->s;
	struct vs_features chosen;
	bool legacy = s->view == VS_VIEW_LEGACY;

	ref_read_offer(life);
	ref_choose(life, &chosen);
	lapse_moment(&life->lapse, LAPSE_AT_CHOICE, NULL);
	if (!legacy && !vs_features_has(&s->offered, VIRTIO_F_VERSION_1))
		return REF_NO_MODERN;
	if (vs_features_has(&chosen, VIRTIO_F_RING_PACKED))
		s->view = VS_VIEW_PACKED;
	for (uint32_t i = 0; i < VS_FEATURE_WINDOWS; i++)
		if (i < 2 || s->offered.window[i] || chosen.window[i])
			vs_accept_window(s, i, chosen.window[i]);
	s->accepted = chosen;
	lapse_moment(&life->lapse, LAPSE_AT_CHOSEN, NULL);
	if (!legacy && !life->draft) {
		add_status(life, VIRTIO_STATUS_FEATURES_OK);
		lapse_moment(&life->lapse, LAPSE_AT_FEATURES_OK, NULL);
		if ((vs_status(s) & (VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_NEEDS_RESET)) !=
		    VIRTIO_STATUS_FEATURES_OK) {
			ref_log(life, "the device does not take the features");
			return REF_HOPELESS;
		}
	}
	lapse_moment(&life->lapse, LAPSE_AT_SETTLED, NULL);
	return REF_OK;
}

static void prepare_function(struct ref_life *life)
{
	uint32_t command;

	vs_bus_config_read(&life->bus, PCI_COMMAND, 2, &command);
	vs_bus_config_write(&life->bus, PCI_COMMAND, 2,
			    command | PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	if (life->fn.msix_vectors)
		vs_msix_disable(&life->s);
}

/* With permission to do so, virtual functions may be switched on: none yet, as NumVFs is 0. */
static void open_functions(struct ref_life *life)
{
	uint32_t control;

	if (!ref_accepted(life, VIRTIO_F_SR_IOV))
		return;
	vs_bus_config_read(&life->bus, life->sriov_pos + PCI_SRIOV_CTRL, 2, &control);
	vs_bus_config_write(&life->bus, life->sriov_pos + PCI_SRIOV_CTRL, 2,
			    control | PCI_SRIOV_CTRL_VFE);
}

/* One attempt, with the interface and the vectors that are set. */
static enum ref_result attempt(struct ref_life *life)
{
	struct vs_session *s = &life->s;
	enum ref_result result;

	life->state = REF_STARTING;
	life->needs_reset = false;
	s->view = life->legacy ? VS_VIEW_LEGACY : VS_VIEW_MODERN;
	vs_session_renew(s, (struct vs_setup){ 0 });
	if (vs_session_advance(s, VS_STAGE_CAPS))
		return REF_HOPELESS;
	prepare_function(life);
	lapse_moment(&life->lapse, LAPSE_AT_START, NULL);
	lapse_moment(&life->lapse, LAPSE_AT_RESET, NULL);
	if (ref_reset(life))
		return REF_HOPELESS;
	lapse_moment(&life->lapse, LAPSE_AT_CLEAN, NULL);
	add_status(life, VIRTIO_STATUS_ACKNOWLEDGE);
	add_status(life, VIRTIO_STATUS_DRIVER);
	lapse_moment(&life->lapse, LAPSE_AT_DRIVER, NULL);
	result = settle_features(life);
	if (result != REF_OK)
		return result;
	if (!life->draft)
		try_window(life);
	ref_config_limits(life);
	result = ref_enable_vectors(life);
	if (result == REF_OK)
		result = ref_start_queues(life);
	if (result != REF_OK)
		return result;
	lapse_moment(&life->lapse, LAPSE_AT_READY, NULL);
	add_status(life, VIRTIO_STATUS_DRIVER_OK);
	s->stage = VS_STAGE_LIVE;
	open_functions(life);
	life->state = REF_LIVE;
	lapse_moment(&life->lapse, LAPSE_AT_LIVE, NULL);
	return REF_OK;
}

/* Another way to start, after this result. Whether there is one. */
static bool fall_back(struct ref_life *life, enum ref_result result)
{
	if (life->gone)
		return false;
	if (result == REF_NO_VECTOR && life->vectors < REF_LINE) {
		life->vectors++;
		return true;
	}
	if (result == REF_NO_MODERN && ref_has_legacy(life)) {
		life->legacy = true;
		return true;
	}
	return false;
}

static const char *reason(enum ref_result result)
{
	switch (result) {
	case REF_NO_VECTOR:
		return "the device takes no vector";
	case REF_NO_MODERN:
		return "the device does not offer VERSION_1";
	default:
		return "the device cannot be started";
	}
}

int ref_start(struct ref_life *life)
{
	for (unsigned i = 0; i < ATTEMPTS_MAX; i++) {
		enum ref_result result = attempt(life);

		if (result == REF_OK) {
			ref_stock(life);
			return 0;
		}
		ref_give_up(life, life->s.trouble.text[0] ? life->s.trouble.text : reason(result));
		if (!fall_back(life, result))
			return -1;
	}
	return -1;
}
