/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a notification says, and where it goes (4.1.4.4, 4.1.5.2). When address and value disagree
 * about the queue, one of them is wrong: the address if only the queue that the value names has
 * new buffers, else the value.
 */
#include "monitor/buffers.h"
#include "spec/notification.h"

/* A notification through the modern interface. */
static bool is_notification(const struct vs_seen *seen)
{
	return vs_is_write(seen) && seen->place == VS_PLACE_NOTIFY && !seen->legacy;
}

static unsigned width_of(const struct vs_model *model)
{
	return vs_model_negotiated(model, VIRTIO_F_NOTIFICATION_DATA) ? 4 : 2;
}

static void width(struct vs_judge *j, const struct vs_seen *seen)
{
	unsigned expected = width_of(j->model);

	if (is_notification(seen))
		vs_keep(j, seen->event->width == expected,
			expected == 4 ? "32 bits, with NOTIFICATION_DATA" : "16 bits", "%u bits",
			8u * seen->event->width);
}
VS_MONITOR(notify_width, .rule = VS_RULE_DRIVER_PCI_NOTIFY_WIDTH, .at = VS_AT(NOTIFY),
	   .needs = VS_BLIND_NOTIFY, .step = width);

/* Whether the driver knows where its notifications go: it read so, or they all go to one place. */
static bool knows_place(const struct vs_model *model, const struct vs_seen_queue *q)
{
	return (q->read & VS_BIT(VS_QUEUE_NOTIFY_OFF)) ||
	       (model->notify && model->notify->notify_off_multiplier == 0);
}

/* Whether the access went to the queue's address by any notification structure. */
static bool is_at(const struct vs_model *model, const struct vs_seen *seen, unsigned queue)
{
	const struct vs_seen_queue *q = vs_model_queue(model, (int)queue);
	const struct vs_cap *cap;

	if (!q || !knows_place(model, q))
		return false;
	vs_for_each_cap(cap, &model->caps, VIRTIO_PCI_CAP_NOTIFY_CFG) {
		uint64_t at = (uint64_t)q->notify_off * cap->notify_off_multiplier;

		if (cap == seen->cap ? at == seen->at
				     : cap->bar == seen->cap->bar && cap->bar < PCI_BAR_COUNT &&
					       cap->offset + at == seen->cap->offset + seen->at)
			return true;
	}
	return false;
}

/* A notification by its value and by its address. */
struct aim {
	uint16_t value; /* the part that names a queue */
	int named;    /* the queue that has the value for a name, at the address if it can be; -1 */
	int placed;   /* a queue with the address, or -1 */
	bool agree;   /* named is at the address */
	bool mislaid; /* they disagree, and only `named` has news */
	bool unknown; /* a queue is in use whose address or name the driver has not read here */
};

/* What a notification of the queue has to say. */
static bool has_name(const struct vs_model *model, unsigned queue, uint16_t value)
{
	const struct vs_seen_queue *q = &model->queues[queue];

	if (!vs_model_negotiated(model, VIRTIO_F_NOTIF_CONFIG_DATA))
		return value == queue;
	return (q->read & VS_BIT(VS_QUEUE_NOTIF_CONFIG_DATA)) && value == q->notify_data;
}

/* Of a queue: whether buffers became available since the last notification. */
enum { NEWS };

static struct aim take_aim(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *model = j->model;
	struct aim aim = { .value = (uint16_t)(seen->event->value & VIRTIO_NOTIFY_ID_MASK),
			   .named = -1,
			   .placed = -1 };
	bool news = false;

	for (unsigned i = 0; i < model->queue_top; i++) {
		const struct vs_seen_queue *q = &model->queues[i];
		bool named = has_name(model, i, aim.value), placed = is_at(model, seen, i);
		uint64_t *state = vs_state_of(j, (int)i);

		if (!q->enabled && !named && !placed)
			continue;
		aim.unknown |= q->enabled && !knows_place(model, q);
		if (placed) {
			aim.placed = (int)i;
			news |= state && state[NEWS];
		}
		if (named && !aim.agree) {
			aim.named = (int)i;
			aim.agree = placed;
		}
	}
	if (aim.named >= 0 && aim.placed >= 0 && !aim.agree) {
		uint64_t *state = vs_state_of(j, aim.named);

		aim.mislaid = state && state[NEWS] && !news;
	}
	return aim;
}

/* Keeps what queues have news. True for a notification that can be judged by its value. */
static bool follow(struct vs_judge *j, const struct vs_seen *seen, struct aim *aim)
{
	uint64_t *state;

	if (vs_is_reset(seen)) {
		vs_clear_queues(j);
		return false;
	}
	if (seen->event->kind == VS_EVENT_AVAILABLE) {
		state = vs_state_of(j, seen->queue);
		if (state)
			state[NEWS] = 1;
		return false;
	}
	if (!is_notification(seen))
		return false;
	*aim = take_aim(j, seen);
	state = vs_state_of(j, aim->agree ? aim->named : aim->placed);
	if (state)
		state[NEWS] = 0;
	if (aim->mislaid)
		*vs_state_of(j, aim->named) = 0;
	return seen->event->width == width_of(j->model);
}

static void value(struct vs_judge *j, const struct vs_seen *seen)
{
	struct aim aim;

	if (follow(j, seen, &aim) && !vs_model_negotiated(j->model, VIRTIO_F_NOTIF_CONFIG_DATA) &&
	    aim.placed >= 0 && !aim.unknown && !aim.mislaid)
		vs_keep(j, aim.agree, "the index of the queue that it goes to",
			"queue %d is told %u", aim.placed, aim.value);
}

static void config_data(struct vs_judge *j, const struct vs_seen *seen)
{
	struct aim aim;

	/* The driver may know from before the last reset what it has not read since. */
	j->state[0] |= vs_reads(seen, VS_QUEUE_NOTIF_CONFIG_DATA);
	if (!follow(j, seen, &aim) || !vs_model_negotiated(j->model, VIRTIO_F_NOTIF_CONFIG_DATA) ||
	    aim.placed < 0 || aim.unknown || aim.mislaid)
		return;
	if (j->state[0] &&
	    !(j->model->queues[aim.placed].read & VS_BIT(VS_QUEUE_NOTIF_CONFIG_DATA)))
		return;
	vs_keep(j, aim.agree, "queue_notif_config_data of the queue that it goes to",
		"queue %d is told %u%s", aim.placed, aim.value,
		j->state[0] ? "" : ", and the field was never read");
}

static void address(struct vs_judge *j, const struct vs_seen *seen)
{
	unsigned field = vs_common_fields[VS_QUEUE_NOTIFY_OFF].offset;
	struct aim aim;

	j->state[0] |= vs_is_read(seen) && seen->place == VS_PLACE_COMMON && seen->at <= field &&
		       seen->at + seen->event->width > field;
	if (!follow(j, seen, &aim))
		return;
	if (aim.unknown) {
		/* From before the last reset the driver may know more than shows here. */
		if (!j->state[0])
			vs_keep(j, false, "an address made from queue_notify_off",
				"the field was never read");
		return;
	}
	/* At the address of a queue, with another's name or with nobody's: the value is wrong. */
	if (aim.placed >= 0 && !aim.agree && !aim.mislaid)
		return;
	vs_keep(j, aim.agree, "the address of the queue that it is meant for",
		"%u at %#" PRIx64 " of the notification structure", aim.value, seen->at);
}

#define AIM_MONITOR(monitor_name, rule_id, its_step)                                         \
	VS_MONITOR(monitor_name, .rule = (rule_id),                                          \
		   .at = VS_AT(NOTIFY) | VS_AT(COMMON) | VS_AT(LEGACY),                      \
		   .hears = VS_HEARS(RESET) | VS_HEARS(AVAILABLE), .needs = VS_BLIND_NOTIFY, \
		   .step = (its_step))

AIM_MONITOR(notify_value, VS_RULE_DRIVER_PCI_NOTIFY_VALUE, value);
AIM_MONITOR(notify_config_data, VS_RULE_DRIVER_PCI_NOTIFY_CONFIG_DATA, config_data);
AIM_MONITOR(notify_address, VS_RULE_DRIVER_PCI_NOTIFY_ADDRESS, address);
