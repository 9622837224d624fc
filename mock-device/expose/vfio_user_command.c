/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands of the client: told apart, checked for their least size, executed, answered. */
#include <errno.h>
#include <stddef.h>

#include "mock-device/expose/vfio_user_server.h"

bool expose_healthy(struct expose_server *s)
{
	switch (s->function.health(s->function.context)) {
	case EXPOSE_GONE:
		expose_wire_drop(&s->wire, "the device is gone");
		return false;
	case EXPOSE_HUNG:
		s->hung = true;
		return false;
	default:
		return true;
	}
}

void expose_answer(struct expose_server *s, const struct expose_message *m, const void *payload,
		   size_t size, const void *data, size_t data_size, int fd)
{
	struct vfio_user_header header = {
		.id = m->header.id,
		.command = m->header.command,
		.size = (uint32_t)(sizeof(header) + size + data_size),
		.flags = VFIO_USER_TYPE_REPLY,
	};

	if (s->negotiated && !expose_healthy(s))
		return;
	if (s->panel)
		expose_panel_update(s);
	if (!(m->header.flags & VFIO_USER_NO_REPLY))
		expose_wire_send(&s->wire, &header, payload, size, data, data_size, fd);
}

static void answer_error(struct expose_server *s, const struct expose_message *m, int error)
{
	struct vfio_user_header header = {
		.id = m->header.id,
		.command = m->header.command,
		.size = sizeof(header),
		.flags = VFIO_USER_TYPE_REPLY | VFIO_USER_ERROR,
		.error = (uint32_t)error,
	};

	if (!(m->header.flags & VFIO_USER_NO_REPLY))
		expose_wire_send(&s->wire, &header, NULL, 0, NULL, 0, -1);
}

static int device_info(struct expose_server *s, struct expose_message *m)
{
	const struct vfio_user_device_info *asked = (const void *)m->payload;
	struct vfio_user_device_info info = {
		.argsz = sizeof(info),
		.flags = VFIO_USER_DEVICE_RESETS | VFIO_USER_DEVICE_PCI,
		.regions = VFIO_USER_PCI_REGIONS + (s->panel && s->panel_wanted),
		.irqs = VFIO_USER_PCI_IRQS,
	};

	if (asked->argsz < sizeof(info))
		return EINVAL;
	expose_answer(s, m, &info, sizeof(info), NULL, 0, -1);
	return 0;
}

static int device_reset(struct expose_server *s, struct expose_message *m)
{
	s->function.reset(s->function.context);
	expose_msix_refresh(s);
	expose_answer(s, m, NULL, 0, NULL, 0, -1);
	return 0;
}

/* What we do not offer: clients ask and do without. */
static int unsupported(struct expose_server *s, struct expose_message *m)
{
	(void)s;
	(void)m;
	return EOPNOTSUPP;
}

static const struct {
	int (*execute)(struct expose_server *s, struct expose_message *m);
	size_t least; /* bytes of payload */
	bool takes_fds;
} commands[] = {
	[VFIO_USER_VERSION] = { expose_version, sizeof(struct vfio_user_version), false },
	[VFIO_USER_DMA_MAP] = { expose_dma_map_command, sizeof(struct vfio_user_dma_map), true },
	[VFIO_USER_DMA_UNMAP] = { expose_dma_unmap_command, sizeof(struct vfio_user_dma_unmap),
				  false },
	[VFIO_USER_DEVICE_GET_INFO] = { device_info, sizeof(struct vfio_user_device_info), false },
	[VFIO_USER_DEVICE_GET_REGION_INFO] = { expose_region_info,
					       sizeof(struct vfio_user_region_info), false },
	[VFIO_USER_DEVICE_GET_REGION_IO_FDS] = { unsupported, 0, false },
	[VFIO_USER_DEVICE_GET_IRQ_INFO] = { expose_irq_info, sizeof(struct vfio_user_irq_info),
					    false },
	[VFIO_USER_DEVICE_SET_IRQS] = { expose_irq_set, sizeof(struct vfio_user_irq_set), true },
	[VFIO_USER_REGION_READ] = { expose_region_read, sizeof(struct vfio_user_region_access),
				    false },
	[VFIO_USER_REGION_WRITE] = { expose_region_write, sizeof(struct vfio_user_region_access),
				     false },
	[VFIO_USER_DEVICE_RESET] = { device_reset, 0, false },
	[VFIO_USER_REGION_WRITE_MULTI] = { expose_region_write_multi, sizeof(uint64_t), false },
};

static int execute(struct expose_server *s, struct expose_message *m)
{
	unsigned command = m->header.command;

	if (command >= sizeof(commands) / sizeof(commands[0]) || !commands[command].execute)
		return EOPNOTSUPP;
	if (m->size < commands[command].least || m->bad_fds ||
	    (m->fd_count && !commands[command].takes_fds))
		return EINVAL;
	return commands[command].execute(s, m);
}

void expose_execute(struct expose_server *s, struct expose_message *m)
{
	unsigned type = m->header.flags & VFIO_USER_TYPE_MASK;
	int error = EINVAL;

	if (m->malformed) {
		answer_error(s, m, EMSGSIZE);
		expose_wire_drop(&s->wire, "a message of an impossible size");
		return;
	}
	/* An answer to what nobody asked, or asked too long ago. */
	if (type == VFIO_USER_TYPE_REPLY)
		return;
	if (type == VFIO_USER_TYPE_COMMAND &&
	    s->negotiated == (m->header.command != VFIO_USER_VERSION))
		error = execute(s, m);
	if (error)
		answer_error(s, m, error);
	if (!s->negotiated)
		expose_wire_drop(&s->wire, "no agreement on the version of the protocol");
}
