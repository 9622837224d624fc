/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts and the vectors of MSI-X (4.1.4.5, 4.1.5.1.2, 4.1.5.4). */
#include "monitor/monitor.h"

#define AT_REGISTERS (VS_AT(COMMON) | VS_AT(LEGACY))

VS_TRIAL_MONITOR(pci_interrupt_shared, VS_RULE_DRIVER_PCI_INTERRUPT_SHARED_HANDLED);
VS_TRIAL_MONITOR(pci_msix_any_size, VS_RULE_DRIVER_PCI_MSIX_ANY_TABLE_SIZE);

/* The vector is that of a queue and not of configuration changes as well. */
static bool is_queue_vector(const struct vs_model *model, uint64_t vector)
{
	if (model->config_vector_written && model->config_vector == vector)
		return false;
	for (unsigned i = 0; i < model->queue_top; i++)
		if ((model->queues[i].written & VS_BIT(VS_QUEUE_MSIX_VECTOR)) &&
		    model->queues[i].vector == vector)
			return true;
	return false;
}

/* The state says that a queue has interrupted and nothing else was the cause for a look since. */
static void isr_untouched(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;

	if (e->kind == VS_EVENT_INTERRUPT) {
		j->state[0] = j->model->msix_enabled && e->offset != VS_INTX &&
			      is_queue_vector(j->model, e->offset);
		if (j->state[0])
			vs_arm(j);
	} else if (vs_writes(seen, VS_DEVICE_STATUS) || e->kind == VS_EVENT_RESET ||
		   !j->model->msix_enabled) {
		j->state[0] = 0;
	} else if (seen->place == VS_PLACE_ISR && vs_is_read(seen) && j->state[0]) {
		j->state[0] = 0;
		vs_keep(j, false, "the ISR status is left alone",
			"the ISR status read after the MSI-X interrupt of a queue");
	}
}
VS_MONITOR(pci_isr_untouched, .rule = VS_RULE_DRIVER_PCI_ISR_UNTOUCHED_WITH_MSIX,
	   .at = AT_REGISTERS | VS_AT(ISR), .hears = VS_HEARS(INTERRUPT) | VS_HEARS(RESET),
	   .step = isr_untouched);

static bool is_vector(const struct vs_seen *seen)
{
	return seen->whole &&
	       (seen->field == VS_CONFIG_MSIX_VECTOR || seen->field == VS_QUEUE_MSIX_VECTOR);
}

static void vector_inside(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t vector = seen->event->value;

	if (!is_vector(seen) || !vs_is_write(seen) || vector == VIRTIO_MSI_NO_VECTOR ||
	    !j->model->msix_vectors)
		return;
	vs_keep(j, vector < j->model->msix_vectors, "a vector of the table",
		"vector %" PRIu64 " written to %s, the table has %" PRIu32, vector,
		vs_common_fields[seen->field].name, j->model->msix_vectors);
}
VS_MONITOR(pci_msix_vector_inside, .rule = VS_RULE_DRIVER_PCI_MSIX_VECTOR_INSIDE_TABLE,
	   .at = AT_REGISTERS, .step = vector_inside);

/* Of a mapping: what the driver knows of it. */
enum { UNMAPPED, WRITTEN, REFUSED, VERIFIED };

/* Where the mapping of a vector register is noted, or NULL. */
static uint64_t *mapping_of(struct vs_judge *j, const struct vs_seen *seen)
{
	return seen->field == VS_CONFIG_MSIX_VECTOR ? &j->state[0] : vs_state_of(j, seen->queue);
}

static void judge_config(struct vs_judge *j)
{
	if (j->state[0] != WRITTEN || !j->model->msix_enabled)
		return;
	j->state[0] = UNMAPPED;
	vs_keep(j, false, "the vector is read back", "config_msix_vector was not read back");
}

static void judge_queue(struct vs_judge *j, unsigned queue)
{
	uint64_t *mapping = vs_state_of(j, (int)queue);

	if (!mapping || *mapping != WRITTEN || !j->model->msix_enabled)
		return;
	*mapping = UNMAPPED;
	vs_keep(j, false, "the vector is read back",
		"queue_msix_vector of queue %u was not read back", queue);
}

static void judge_mappings(struct vs_judge *j)
{
	judge_config(j);
	for (unsigned i = 0; i < j->model->queue_top; i++)
		if (j->model->queues[i].enabled)
			judge_queue(j, i);
}

/* The driver counted on a vector that it was refused: it waits for what cannot come. */
static void judge_wait(struct vs_judge *j)
{
	const struct vs_model *model = j->model;

	for (unsigned i = 0; vs_model_live(model) && i < model->queue_top; i++) {
		const uint64_t *mapping = vs_state_of(j, (int)i);

		if (model->queues[i].enabled && model->msix_enabled && mapping &&
		    *mapping == REFUSED)
			vs_keep(j, false, "no reliance on a vector that was refused",
				"a request was not done; queue_msix_vector of queue %u read "
				"NO_VECTOR",
				i);
	}
}

static void mapping_verified(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;
	uint64_t *mapping = is_vector(seen) ? mapping_of(j, seen) : NULL;

	if (e->kind == VS_EVENT_LIFE) {
		if (e->value == VS_LIFE_UNSERVED || e->value == VS_LIFE_HUNG)
			judge_wait(j);
	} else if (vs_is_reset(seen)) {
		j->state[0] = UNMAPPED;
		vs_clear_queues(j);
	} else if (mapping && vs_is_write(seen)) {
		*mapping = e->value == VIRTIO_MSI_NO_VECTOR ? UNMAPPED : WRITTEN;
	} else if (mapping && *mapping != UNMAPPED) {
		if (*mapping == WRITTEN)
			vs_arm(j);
		*mapping = e->value == VIRTIO_MSI_NO_VECTOR ? REFUSED : VERIFIED;
	} else if (vs_writes(seen, VS_DEVICE_STATUS) && (e->value & VIRTIO_STATUS_DRIVER_OK)) {
		judge_mappings(j);
	} else if (vs_writes(seen, VS_QUEUE_ENABLE) && j->model->driver_ok) {
		if (seen->queue >= 0)
			judge_queue(j, (unsigned)seen->queue);
	}
}
VS_MONITOR(pci_msix_mapping_verified, .rule = VS_RULE_DRIVER_PCI_MSIX_MAPPING_VERIFIED,
	   .at = AT_REGISTERS, .hears = VS_HEARS(RESET) | VS_HEARS(LIFE), .step = mapping_verified);
