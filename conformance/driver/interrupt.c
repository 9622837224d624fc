/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver/interrupt.h"

#include "driver/legacy.h"
#include "rules/rules.h"
#include "spec/virtio_pci.h"

/* Vectors that a session programs: enough to tell configuration from queues. */
#define VECTORS_USED 4u

uint16_t vs_msix_control(struct vs_session *s)
{
	return (uint16_t)vs_config_read(s, s->fn->msix_pos + PCI_MSIX_CONTROL, 2);
}

void vs_msix_set_control(struct vs_session *s, uint16_t control)
{
	vs_config_write(s, s->fn->msix_pos + PCI_MSIX_CONTROL, 2, control);
	if (s->view == VS_VIEW_LEGACY)
		vs_legacy_place_config(s, control & PCI_MSIX_CONTROL_ENABLE);
}

void vs_msix_mask(struct vs_session *s, uint32_t vector, bool masked)
{
	uint64_t entry = s->fn->msix_table + (uint64_t)vector * PCI_MSIX_ENTRY_SIZE;

	vs_bar_write(s, s->fn->msix_bar, entry + PCI_MSIX_ENTRY_CONTROL, 4,
		     masked ? PCI_MSIX_ENTRY_MASKED : 0);
}

/* By dwords: what PCI allows beside whole quadwords (PCI 3.0, 6.8.2). */
bool vs_msix_pending(struct vs_session *s, uint32_t vector)
{
	uint64_t at = s->fn->msix_pba + vector / 32 * 4;

	return vs_bar_read(s, s->fn->msix_pba_bar, at, 4) >> vector % 32 & 1;
}

int vs_msix_program(struct vs_session *s, uint32_t vector, bool masked)
{
	uint64_t entry = s->fn->msix_table + (uint64_t)vector * PCI_MSIX_ENTRY_SIZE;
	unsigned bar = s->fn->msix_bar;
	uint64_t address;
	uint32_t data;

	if (vs_bus_msix_route(s->bus, vector, &address, &data))
		return vs_trouble(s, -1, "the bus cannot route MSI-X vector %u", vector);
	vs_bar_write(s, bar, entry + PCI_MSIX_ENTRY_ADDR_LO, 4, address & UINT32_MAX);
	vs_bar_write(s, bar, entry + PCI_MSIX_ENTRY_ADDR_HI, 4, address >> 32);
	vs_bar_write(s, bar, entry + PCI_MSIX_ENTRY_DATA, 4, data);
	vs_msix_mask(s, vector, masked);
	return 0;
}

int vs_msix_enable(struct vs_session *s)
{
	uint32_t vectors = s->fn->msix_vectors < VECTORS_USED ? s->fn->msix_vectors : VECTORS_USED;

	if (vectors == 0)
		return vs_trouble(s, -1, "the function has no usable MSI-X capability");
	for (uint32_t i = 0; i < vectors; i++) {
		if (vs_msix_program(s, i, false))
			return -1;
		vs_msix_arrived(s, (uint16_t)i);
	}
	vs_msix_set_control(s, PCI_MSIX_CONTROL_ENABLE);
	s->msix_enabled = true;
	vs_set(s, VS_CONFIG_MSIX_VECTOR, 0);
	s->config_vector = (uint16_t)vs_get(s, VS_CONFIG_MSIX_VECTOR);
	if (s->config_vector != 0)
		return vs_trouble(s, VS_RULE_PCI_MSIX_MAPPING_SUCCEEDS,
				  "vector 0 was written, config_msix_vector reads %#x",
				  s->config_vector);
	s->queue_vector = (uint16_t)(vectors - 1);
	return 0;
}

void vs_msix_disable(struct vs_session *s)
{
	if (s->fn->msix_pos && (vs_msix_control(s) & PCI_MSIX_CONTROL_ENABLE))
		vs_msix_set_control(s, 0);
	s->msix_enabled = false;
}

bool vs_msix_arrived(struct vs_session *s, uint16_t vector)
{
	bool arrived = false;

	if (vs_bus_msix_take(s->bus, vector, &arrived) && s->lost)
		s->lost(s->lost_context);
	return arrived;
}

bool vs_msix_wait(struct vs_session *s, uint16_t vector)
{
	return vs_wait_until(s, vs_msix_arrived(s, vector));
}

bool vs_intx(struct vs_session *s)
{
	bool level = false;

	if (vs_bus_intx(s->bus, &level) && s->lost)
		s->lost(s->lost_context);
	return level;
}
