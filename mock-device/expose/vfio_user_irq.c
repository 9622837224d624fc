/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts: eventfds of the client, masks, and the line that masks itself when it fires. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "mock-device/expose/vfio_user_server.h"

void expose_irqs_init(struct expose_interrupts *irqs)
{
	*irqs = (struct expose_interrupts){ .unmask_fd = -1, .intx.fd = -1 };
	for (unsigned i = 0; i < PCI_MSIX_MAX_VECTORS; i++)
		irqs->msix[i].fd = -1;
	for (unsigned i = 0; i < sizeof(irqs->other) / sizeof(irqs->other[0]); i++)
		irqs->other[i].fd = -1;
}

static void assign(struct expose_vector *vector, int fd)
{
	if (vector->fd >= 0)
		close(vector->fd);
	*vector = (struct expose_vector){ .fd = fd };
}

static void set_unmask_fd(struct expose_interrupts *irqs, int fd)
{
	if (irqs->unmask_fd >= 0)
		close(irqs->unmask_fd);
	irqs->unmask_fd = fd;
}

void expose_irqs_release(struct expose_server *s)
{
	struct expose_interrupts *irqs = &s->interrupts;
	bool level = irqs->level;

	assign(&irqs->intx, -1);
	for (unsigned i = 0; i < PCI_MSIX_MAX_VECTORS; i++)
		assign(&irqs->msix[i], -1);
	for (unsigned i = 0; i < sizeof(irqs->other) / sizeof(irqs->other[0]); i++)
		assign(&irqs->other[i], -1);
	set_unmask_fd(irqs, -1);
	expose_irqs_init(irqs);
	irqs->level = level; /* the device's, whoever looks */
}

/* Never blocks: a counter that is full has told the client all there is to tell. */
void expose_signal(struct expose_vector *vector)
{
	struct pollfd p = { .fd = vector->fd, .events = POLLOUT };
	uint64_t one = 1;

	if (vector->fd < 0)
		return;
	if (vector->masked) {
		vector->pending = true;
		return;
	}
	vector->pending = false;
	if (poll(&p, 1, 0) == 1 && p.revents & POLLOUT)
		(void)!write(vector->fd, &one, sizeof(one));
}

static void intx_fire(struct expose_server *s)
{
	struct expose_vector *intx = &s->interrupts.intx;

	if (!s->interrupts.level || intx->fd < 0 || intx->masked)
		return;
	expose_signal(intx);
	intx->masked = true;
}

void expose_intx_unmasked(struct expose_server *s)
{
	s->interrupts.intx.masked = false;
	intx_fire(s);
}

void expose_intx(struct expose_server *s, bool level)
{
	s->interrupts.level = level;
	intx_fire(s);
	if (s->function.interrupted)
		s->function.interrupted(s->function.context, EXPOSE_INTX, level);
}

void expose_msi(struct expose_server *s, unsigned vector, uint64_t address, uint32_t data)
{
	uint8_t *word = NULL;

	if (s->function.interrupted)
		s->function.interrupted(s->function.context, vector, true);
	/* Entries that nobody wrote have no address. */
	if (address && address % sizeof(data) == 0)
		word = expose_dma_map(s, address, sizeof(data));
	if (word)
		__atomic_store_n((uint32_t *)(void *)word, data, __ATOMIC_RELEASE);
	else if (vector < PCI_MSIX_MAX_VECTORS)
		expose_signal(&s->interrupts.msix[vector]);
}

static uint32_t irq_count(struct expose_server *s, uint32_t index)
{
	switch (index) {
	case VFIO_USER_IRQ_INTX:
		return s->function.quiet_config_read(s->function.context, PCI_INTERRUPT_PIN, 1) !=
		       0;
	case VFIO_USER_IRQ_MSIX:
		return s->table.count;
	case VFIO_USER_IRQ_ERR:
	case VFIO_USER_IRQ_REQ:
		return 1;
	default:
		return 0;
	}
}

int expose_irq_info(struct expose_server *s, struct expose_message *m)
{
	const struct vfio_user_irq_info *asked = (const void *)m->payload;
	struct vfio_user_irq_info info = { .argsz = sizeof(info), .index = asked->index };

	if (asked->argsz < sizeof(info) || asked->index >= VFIO_USER_PCI_IRQS)
		return EINVAL;
	info.count = irq_count(s, asked->index);
	if (info.count)
		info.flags = VFIO_USER_IRQ_EVENTFD;
	if (info.count && asked->index == VFIO_USER_IRQ_INTX)
		info.flags |= VFIO_USER_IRQ_MASKABLE | VFIO_USER_IRQ_AUTOMASKED;
	if (info.count && asked->index == VFIO_USER_IRQ_MSIX)
		info.flags |= VFIO_USER_IRQ_MASKABLE;
	expose_answer(s, m, &info, sizeof(info), NULL, 0, -1);
	return 0;
}

static struct expose_vector *vector_of(struct expose_server *s, uint32_t index, uint32_t i)
{
	switch (index) {
	case VFIO_USER_IRQ_INTX:
		return &s->interrupts.intx;
	case VFIO_USER_IRQ_MSIX:
		return &s->interrupts.msix[i];
	default:
		return &s->interrupts.other[index - VFIO_USER_IRQ_ERR];
	}
}

/* Descriptors for `count` vectors from `start` on; none at all takes away those there are. */
static int set_eventfds(struct expose_server *s, const struct vfio_user_irq_set *set,
			struct expose_message *m)
{
	struct expose_interrupts *irqs = &s->interrupts;
	uint32_t action = set->flags & VFIO_USER_IRQ_ACTIONS;

	if (m->fd_count && m->fd_count != set->count)
		return EINVAL;
	for (unsigned i = 0; i < m->fd_count; i++) {
		if (!expose_is_eventfd(m->fds[i]))
			return EINVAL;
		/* A full counter, and a client that fills it behind our back. */
		fcntl(m->fds[i], F_SETFL, O_NONBLOCK);
	}
	if (action == VFIO_USER_IRQ_ACTION_UNMASK && set->index == VFIO_USER_IRQ_INTX) {
		set_unmask_fd(irqs, m->fd_count ? m->fds[0] : -1);
		m->fd_count = 0;
		return 0;
	}
	if (action != VFIO_USER_IRQ_ACTION_TRIGGER)
		return EOPNOTSUPP;
	for (uint32_t i = 0; i < set->count; i++) {
		struct expose_vector *v = vector_of(s, set->index, set->start + i);
		bool had = v->fd >= 0;

		assign(v, m->fd_count ? m->fds[i] : -1);
		if (set->index == VFIO_USER_IRQ_MSIX)
			irqs->assigned = irqs->assigned - had + (v->fd >= 0);
	}
	m->fd_count = 0;
	if (set->index == VFIO_USER_IRQ_MSIX)
		expose_msix_refresh(s);
	else if (set->index == VFIO_USER_IRQ_INTX)
		intx_fire(s);
	return 0;
}

static void act_on(struct expose_server *s, uint32_t index, struct expose_vector *v,
		   uint32_t action)
{
	if (action == VFIO_USER_IRQ_ACTION_MASK) {
		v->masked = true;
	} else if (action == VFIO_USER_IRQ_ACTION_TRIGGER) {
		expose_signal(v);
	} else {
		v->masked = false;
		if (index == VFIO_USER_IRQ_INTX)
			intx_fire(s);
		else if (v->pending)
			expose_signal(v);
	}
}

/* All vectors of a kind lose their descriptors. */
static void disable(struct expose_server *s, uint32_t index)
{
	for (uint32_t i = 0; i < irq_count(s, index); i++)
		assign(vector_of(s, index, i), -1);
	if (index == VFIO_USER_IRQ_MSIX)
		s->interrupts.assigned = 0;
	if (index == VFIO_USER_IRQ_INTX)
		set_unmask_fd(&s->interrupts, -1);
}

static bool single_bit(uint32_t bits)
{
	return bits && !(bits & (bits - 1));
}

int expose_irq_set(struct expose_server *s, struct expose_message *m)
{
	struct vfio_user_irq_set set = *(const struct vfio_user_irq_set *)m->payload;
	const uint8_t *wanted = m->payload + sizeof(set);
	uint32_t data = set.flags & VFIO_USER_IRQ_DATA_MASK;
	uint32_t action = set.flags & VFIO_USER_IRQ_ACTIONS;
	int error = 0;

	if (set.argsz < sizeof(set) || set.index >= VFIO_USER_PCI_IRQS || !single_bit(data) ||
	    !single_bit(action) || set.flags & ~(VFIO_USER_IRQ_DATA_MASK | VFIO_USER_IRQ_ACTIONS) ||
	    (m->fd_count && data != VFIO_USER_IRQ_DATA_EVENTFD))
		return EINVAL;
	if (!set.count && !set.start && data == VFIO_USER_IRQ_DATA_NONE &&
	    action == VFIO_USER_IRQ_ACTION_TRIGGER) {
		disable(s, set.index);
		expose_answer(s, m, NULL, 0, NULL, 0, -1);
		return 0;
	}
	if (!set.count || set.start >= irq_count(s, set.index) ||
	    set.count > irq_count(s, set.index) - set.start ||
	    (data == VFIO_USER_IRQ_DATA_BOOL && set.count > m->size - sizeof(set)))
		return EINVAL;
	if (data == VFIO_USER_IRQ_DATA_EVENTFD)
		error = set_eventfds(s, &set, m);
	for (uint32_t i = 0; data != VFIO_USER_IRQ_DATA_EVENTFD && i < set.count; i++) {
		if (data == VFIO_USER_IRQ_DATA_NONE || wanted[i])
			act_on(s, set.index, vector_of(s, set.index, set.start + i), action);
	}
	if (!error)
		expose_answer(s, m, NULL, 0, NULL, 0, -1);
	return error;
}
