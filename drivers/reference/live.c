/* SPDX-License-Identifier: BSD-3-Clause */
/* What happens to a device at work: interrupts, trouble, sleep, the reset of a queue. */
#include "drivers/reference/life.h"
#include "spec/virtio_pci.h"

#define RESTARTS_MAX 4u /* of a device that needs a reset again and again */

bool ref_is_well(struct ref_life *life)
{
	uint8_t status = vs_status(&life->s);

	if (status == UINT8_MAX && ref_is_gone(life)) {
		life->state = REF_FAILED;
		ref_recall(life, NULL);
		return false;
	}
	if (status & VIRTIO_STATUS_NEEDS_RESET && !life->needs_reset) {
		ref_log(life, "the device needs a reset");
		life->needs_reset = true;
	}
	return !life->needs_reset;
}

int ref_recover(struct ref_life *life)
{
	lapse_moment(&life->lapse, LAPSE_AT_NEEDS_RESET, NULL);
	if (++life->restarts > RESTARTS_MAX) {
		ref_give_up(life, "the device needs a reset again and again");
		return -1;
	}
	ref_recall(life, NULL);
	return ref_start(life);
}

static void look_at_config(struct ref_life *life)
{
	if (life->state == REF_ASLEEP) {
		life->config_changed = true;
		return;
	}
	life->config_changed = false;
	if (ref_is_well(life))
		ref_config_limits(life);
}

static void serve_line(struct ref_life *life)
{
	uint8_t isr;

	if (life->s.msix_enabled || !life->s.common)
		return;
	/* Without ISR status nobody can tell; look at both. */
	isr = life->s.isr ? vs_isr(&life->s) : VIRTIO_ISR_QUEUE | VIRTIO_ISR_CONFIG;
	if (life->state != REF_LIVE && life->state != REF_ASLEEP)
		return;
	if (isr & VIRTIO_ISR_QUEUE && life->state == REF_LIVE)
		ref_collect(life);
	if (isr & VIRTIO_ISR_CONFIG && life->state != REF_FAILED)
		look_at_config(life);
}

static void serve_vector(struct ref_life *life, unsigned vector)
{
	if (life->state != REF_LIVE && life->state != REF_ASLEEP)
		return;
	if ((vector != 0 || life->vectors == REF_VECTOR_ONE) && life->state == REF_LIVE)
		ref_collect(life);
	if (vector == 0 && life->state != REF_FAILED)
		look_at_config(life);
}

void ref_interrupt(struct ref_life *life, int vector)
{
	enum lapse_moment before = life->lapse.moment;
	struct vs_queue *q = life->lapse.q;

	if (life->gone || life->state == REF_IDLE)
		return;
	lapse_moment(&life->lapse, LAPSE_AT_INTERRUPT, q);
	if (vector < 0)
		serve_line(life);
	else
		serve_vector(life, (unsigned)vector);
	life->lapse.moment = before;
	life->lapse.q = q;
}

/* Waits until the bits in `mask` of the status are `want`. 0; -1 and needs_reset, or given up. */
static int wait_status(struct ref_life *life, uint8_t mask, uint8_t want)
{
	struct ref_wait wait = ref_wait_start(life);

	do {
		uint8_t status = vs_status(&life->s);

		if (status == UINT8_MAX && ref_is_gone(life)) {
			life->state = REF_FAILED;
			return -1;
		}
		if (status & VIRTIO_STATUS_NEEDS_RESET) {
			life->needs_reset = true;
			return -1;
		}
		if ((status & mask) == want)
			return 0;
	} while (ref_wait_on(life, &wait));
	ref_give_up(life, "the device does not get to where it was told to");
	return -1;
}

#define SLEEPING (VIRTIO_STATUS_SUSPEND | VIRTIO_STATUS_DRIVER_OK)

int ref_suspend(struct ref_life *life)
{
	struct vs_session *s = &life->s;

	if (life->state != REF_LIVE || !ref_accepted(life, VIRTIO_F_SUSPEND))
		return -1;
	if (!ref_is_well(life))
		return life->state == REF_LIVE ? ref_recover(life), -1 : -1;
	ref_collect(life);
	if (life->state != REF_LIVE)
		return -1;
	lapse_moment(&life->lapse, LAPSE_AT_SUSPENDING, NULL);
	life->state = REF_ASLEEP;
	vs_set_status(s, vs_status_at(s, VS_STAGE_LIVE) | VIRTIO_STATUS_SUSPEND);
	if (wait_status(life, SLEEPING, VIRTIO_STATUS_SUSPEND)) {
		if (life->state == REF_ASLEEP)
			ref_recover(life);
		return -1;
	}
	lapse_moment(&life->lapse, LAPSE_AT_SUSPENDED, NULL);
	return 0;
}

int ref_resume(struct ref_life *life)
{
	struct vs_session *s = &life->s;

	if (life->state != REF_ASLEEP)
		return -1;
	lapse_moment(&life->lapse, LAPSE_AT_RESUMING, NULL);
	vs_set_status(s, vs_status_at(s, VS_STAGE_LIVE) | VIRTIO_STATUS_SUSPEND);
	if (wait_status(life, SLEEPING, VIRTIO_STATUS_DRIVER_OK))
		return life->state == REF_ASLEEP ? ref_recover(life) : -1;
	life->state = REF_LIVE;
	lapse_moment(&life->lapse, LAPSE_AT_RESUMED, NULL);
	if (life->config_changed)
		look_at_config(life);
	ref_collect(life);
	ref_stock(life);
	return life->state == REF_LIVE ? 0 : -1;
}

static int wait_queue_reset(struct ref_life *life, const struct vs_queue *q)
{
	struct ref_wait wait = ref_wait_start(life);

	do {
		if (vs_queue_get(&life->s, q->index, VS_QUEUE_RESET) == 0)
			return 0;
		if (ref_is_gone(life)) {
			life->state = REF_FAILED;
			return -1;
		}
	} while (ref_wait_on(life, &wait));
	ref_give_up(life, "the device does not finish the reset of a queue");
	return -1;
}

int ref_reset_queue(struct ref_life *life, unsigned index)
{
	struct vs_queue *q = vs_queue_of(&life->s, (uint16_t)index);

	if (life->state != REF_LIVE || !q || index > UINT16_MAX ||
	    !ref_accepted(life, VIRTIO_F_RING_RESET))
		return -1;
	ref_collect(life);
	if (life->state != REF_LIVE)
		return -1;
	lapse_moment(&life->lapse, LAPSE_AT_QUEUE_RESET, q);
	vs_queue_set(&life->s, q->index, VS_QUEUE_RESET, 1);
	if (wait_queue_reset(life, q))
		return -1;
	ref_recall(life, q);
	lapse_moment(&life->lapse, LAPSE_AT_QUEUE_DOWN, q);
	life->s.queue_vector = q->vector;
	if (vs_queue_restart(q)) {
		ref_give_up(life, life->s.trouble.text);
		return -1;
	}
	ref_stock(life);
	return 0;
}
