/* SPDX-License-Identifier: BSD-3-Clause */
/* The tester's panel: registers by message, and a page that shows them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mock-device/expose/vfio_user_server.h"
#include "spec/byteorder.h"

int expose_panel_open(struct expose_server *s, char *error, size_t size)
{
	void *page;

	if (!s->function.panel)
		return 0;
	s->panel_fd = memfd_create("virtspec-panel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	/* The client only looks: it can neither cut the page off nor write to it. */
	if (s->panel_fd >= 0 && !ftruncate(s->panel_fd, TESTER_PANEL_SIZE)) {
		page = mmap(NULL, TESTER_PANEL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			    s->panel_fd, 0);
		if (page != MAP_FAILED) {
			s->panel = page;
			fcntl(s->panel_fd, F_ADD_SEALS,
			      F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL);
			return 0;
		}
	}
	snprintf(error, size, "out of memory");
	return -1;
}

void expose_panel_close(struct expose_server *s)
{
	if (s->panel)
		munmap(s->panel, TESTER_PANEL_SIZE);
	if (s->panel_fd >= 0)
		close(s->panel_fd);
}

void expose_panel_update(struct expose_server *s)
{
	const struct expose_panel *panel = s->function.panel;
	void *context = s->function.context;

	vs_store_le64(s->panel + TESTER_PANEL_CLOCK, panel->clock(context));
	vs_store_le64(s->panel + TESTER_PANEL_LINE, s->interrupts.level);
	vs_store_le64(s->panel + TESTER_PANEL_FLAGS, panel->flags(context));
}

int expose_panel_read(struct expose_server *s, uint64_t offset, size_t size, uint8_t *data)
{
	if (size != sizeof(uint64_t) || offset % sizeof(uint64_t))
		return EINVAL;
	expose_panel_update(s);
	memcpy(data, s->panel + offset, size);
	return 0;
}

int expose_panel_write(struct expose_server *s, uint64_t offset, size_t size, const uint8_t *data)
{
	const struct expose_panel *panel = s->function.panel;
	void *context = s->function.context;
	uint64_t value;

	if (size != sizeof(value))
		return EINVAL;
	value = vs_load_le64(data);
	switch (offset) {
	case TESTER_PANEL_ADVANCE:
		panel->advance(context, value);
		return 0;
	case TESTER_PANEL_PROVOKE:
		vs_store_le64(s->panel + TESTER_PANEL_PROVOKE,
			      value > UINT32_MAX || !panel->provoke(context, (unsigned)value));
		return 0;
	case TESTER_PANEL_POWER:
		panel->power_cycle(context);
		return 0;
	default:
		return EINVAL;
	}
}
