/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MSI-X as the client arranges it. A client may keep the vector table to itself and pass eventfds
 * instead (QEMU does): the device's own table would leave all vectors masked for ever. So where the
 * client never wrote the table, vectors that have an eventfd are unmasked in it.
 */
#include "mock-device/expose/vfio_user_server.h"

static uint32_t config(struct expose_server *s, unsigned offset, unsigned width)
{
	return s->function.quiet_config_read(s->function.context, offset, width);
}

/* Once for each client: what the capabilities say does not change, and reading is not for free. */
void expose_msix_find(struct expose_server *s)
{
	unsigned at = config(s, PCI_CAPABILITY_LIST, 1) & PCI_CAP_POINTER_MASK;
	uint32_t where;

	s->table = (struct expose_table){ 0 };
	for (unsigned i = 0; i < PCI_CAP_MAX && at >= PCI_HEADER_SIZE; i++) {
		if (config(s, at + PCI_CAP_ID, 1) != PCI_CAP_ID_MSIX) {
			at = config(s, at + PCI_CAP_NEXT, 1) & PCI_CAP_POINTER_MASK;
			continue;
		}
		where = config(s, at + PCI_MSIX_TABLE, 4);
		s->table.bar = where & PCI_MSIX_BIR_MASK;
		s->table.offset = where & ~PCI_MSIX_BIR_MASK;
		s->table.count = (config(s, at + PCI_MSIX_CONTROL, 2) & PCI_MSIX_CONTROL_SIZE) + 1;
		return;
	}
}

void expose_msix_refresh(struct expose_server *s)
{
	const struct expose_function *f = &s->function;

	if (s->interrupts.table_written || !s->interrupts.assigned || s->table.bar >= PCI_BAR_COUNT)
		return;
	for (unsigned i = 0; i < s->table.count; i++) {
		uint64_t control = s->table.offset + (uint64_t)i * PCI_MSIX_ENTRY_SIZE +
				   PCI_MSIX_ENTRY_CONTROL;

		if (s->interrupts.msix[i].fd >= 0 &&
		    f->quiet_bar_read(f->context, s->table.bar, control, 4) & PCI_MSIX_ENTRY_MASKED)
			f->quiet_bar_write(f->context, s->table.bar, control, 4, 0);
	}
}

void expose_msix_touched(struct expose_server *s, unsigned bar, uint64_t offset, size_t size)
{
	uint64_t end = s->table.offset + (uint64_t)s->table.count * PCI_MSIX_ENTRY_SIZE;

	if (bar == s->table.bar && offset < end && offset + size > s->table.offset)
		s->interrupts.table_written = true;
}
