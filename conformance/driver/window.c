/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver/window.h"

#include "spec/virtio_pci.h"

unsigned vs_window_data(const struct vs_session *s)
{
	return s->window->pos + (unsigned)offsetof(struct virtio_pci_cfg_cap, pci_cfg_data);
}

void vs_window_point(struct vs_session *s, uint8_t bar, uint32_t offset, uint32_t length)
{
	unsigned pos = s->window->pos;

	vs_config_write(s, pos + offsetof(struct virtio_pci_cap, bar), 1, bar);
	vs_config_write(s, pos + offsetof(struct virtio_pci_cap, offset), 4, offset);
	vs_config_write(s, pos + offsetof(struct virtio_pci_cap, length), 4, length);
}

void vs_window_close(struct vs_session *s)
{
	vs_window_point(s, 0, 0, 0);
}

uint32_t vs_window_read(struct vs_session *s, const struct vs_cap *cap, uint32_t offset,
			unsigned length)
{
	vs_window_point(s, cap->bar, (uint32_t)cap->offset + offset, length);
	return vs_config_read(s, vs_window_data(s), length);
}

void vs_window_write(struct vs_session *s, const struct vs_cap *cap, uint32_t offset,
		     unsigned length, uint32_t value)
{
	vs_window_point(s, cap->bar, (uint32_t)cap->offset + offset, length);
	vs_config_write(s, vs_window_data(s), length, value);
}

bool vs_window_reaches(const struct vs_session *s, const struct vs_cap *cap, uint64_t offset,
		       unsigned length)
{
	/* Structures lie inside their BAR and the lengths that are asked for are small. */
	return vs_cap_usable(cap, offset + length) && cap->bar < PCI_BAR_COUNT &&
	       vs_cap_placed(s, cap) && cap->offset + offset + length <= UINT32_MAX;
}
