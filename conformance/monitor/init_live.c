/* SPDX-License-Identifier: BSD-3-Clause */
/* Start-up of a device (3.1): what has to be done before DRIVER_OK, and what after it. */
#include "monitor/steps.h"
#include "spec/console.h"
#include "spec/net.h"

/* Queues that may be added to a device that runs: those of ports and of queue pairs beyond the
 * first, and administration queues. */
static bool may_come_later(const struct vs_model *m, int queue)
{
	if (vs_features_has(&m->accepted, VIRTIO_F_ADMIN_VQ) && queue >= m->num_queues)
		return true;
	if (m->type == VIRTIO_ID_NET)
		return queue > (int)VIRTIO_NET_TRANSMITQ1 &&
		       vs_features_has(&m->accepted, VIRTIO_NET_F_MQ);
	return m->type == VIRTIO_ID_CONSOLE && queue > (int)VIRTIO_CONSOLE_TRANSMITQ &&
	       vs_features_has(&m->accepted, VIRTIO_CONSOLE_F_MULTIPORT);
}

static bool any_enabled(const struct vs_model *m)
{
	for (unsigned i = 0; i < m->queue_top; i++)
		if (m->queues[i].enabled)
			return true;
	return false;
}

/* A queue that was given memory, and that nobody enabled, is notified. */
static void judge_notified(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);

	if (!q || q->was_reset || !(q->written & VS_BIT(VS_QUEUE_DESC)) ||
	    (q->written & VS_BIT(VS_QUEUE_ENABLE)) || may_come_later(j->model, seen->queue))
		return;
	vs_keep(j, false, "queues enabled before DRIVER_OK", "queue %d is used and not enabled",
		seen->queue);
}

static void setup_before_driver_ok(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;
	const struct vs_seen_queue *q = vs_model_queue(m, seen->queue);

	if (!vs_is_write(seen) || seen->legacy)
		return;
	if ((vs_new_status(m, seen) & VIRTIO_STATUS_DRIVER_OK) && any_enabled(m))
		vs_arm(j);
	if (!vs_model_live(m))
		return;
	if (seen->place == VS_PLACE_NOTIFY)
		judge_notified(j, seen);
	else if (seen->field == VS_QUEUE_ENABLE && (seen->event->value & 1) && q && !q->enabled &&
		 !q->was_reset && !may_come_later(m, seen->queue))
		vs_keep(j, false, "queues enabled before DRIVER_OK", "queue %d enabled after it",
			seen->queue);
	else if (seen->event->value == VIRTIO_MSI_NO_VECTOR)
		return;
	else if (seen->field == VS_CONFIG_MSIX_VECTOR && !m->config_vector_written)
		vs_keep(j, false, "vectors set before DRIVER_OK",
			"config_msix_vector written after it");
	else if (seen->field == VS_QUEUE_MSIX_VECTOR && q && q->enabled && !q->was_reset &&
		 !(q->written & VS_BIT(VS_QUEUE_MSIX_VECTOR)) && !may_come_later(m, seen->queue))
		vs_keep(j, false, "vectors set before DRIVER_OK",
			"queue_msix_vector of queue %d written after it", seen->queue);
}
VS_MONITOR(init_setup_before_driver_ok, .rule = VS_RULE_DRIVER_INIT_SETUP_BEFORE_DRIVER_OK,
	   .at = VS_AT(COMMON) | VS_AT(NOTIFY), .step = setup_before_driver_ok);

/* Judged in a start-up: a late notification to a device that was just reset starts nothing. */
static void no_early_notification(struct vs_judge *j, const struct vs_seen *seen)
{
	if (vs_is_write(seen) && !seen->legacy && j->model->written)
		vs_keep(j, j->model->driver_ok, "no notification before DRIVER_OK",
			"queue %d notified at status %#x", seen->queue, j->model->written);
}
VS_MONITOR(init_no_early_notification, .rule = VS_RULE_DRIVER_INIT_NO_NOTIFICATION_BEFORE_DRIVER_OK,
	   .at = VS_AT(NOTIFY), .needs = VS_BLIND_NOTIFY, .step = no_early_notification);
