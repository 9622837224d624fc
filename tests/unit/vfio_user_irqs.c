/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts of a vfio-user server: eventfds, masks, the line, the vector table, and bad requests.
 */
#include "vfio_user_fixture.h"

#define NONE    VFIO_USER_IRQ_DATA_NONE
#define BOOL    VFIO_USER_IRQ_DATA_BOOL
#define EVENTFD VFIO_USER_IRQ_DATA_EVENTFD
#define MASK    VFIO_USER_IRQ_ACTION_MASK
#define UNMASK  VFIO_USER_IRQ_ACTION_UNMASK
#define TRIGGER VFIO_USER_IRQ_ACTION_TRIGGER
#define SET     sizeof(struct vfio_user_irq_set)
#define INTX    VFIO_USER_IRQ_INTX
#define MSIX    VFIO_USER_IRQ_MSIX

static void set_fds(struct fixture *f, uint32_t index, uint32_t flags, uint32_t start,
		    uint32_t count, const int *fds, unsigned fd_count, uint32_t expected)
{
	struct vfio_user_irq_set set = { SET, flags, index, start, count };

	ask_fds(f, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), fds, fd_count, expected, NULL, 0);
}

static void set(struct fixture *f, uint32_t index, uint32_t flags, uint32_t start, uint32_t count,
		uint32_t expected)
{
	set_fds(f, index, flags, start, count, NULL, 0, expected);
}

static int event(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

static uint64_t taken(int fd)
{
	uint64_t count = 0;

	return read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

static void kinds_are_told(void **state)
{
	static const uint32_t counts[] = { 1, 0, MSIX_VECTORS, 1, 1 };
	struct fixture *f = *state;
	struct vfio_user_irq_info info = { .argsz = sizeof(info) };

	agree(f);
	for (uint32_t i = 0; i < VFIO_USER_PCI_IRQS; i++) {
		info = (struct vfio_user_irq_info){ .argsz = sizeof(info), .index = i };
		ask(f, VFIO_USER_DEVICE_GET_IRQ_INFO, &info, sizeof(info), 0, &info, sizeof(info));
		assert_int_equal(info.count, counts[i]);
		assert_int_equal(!!(info.flags & VFIO_USER_IRQ_EVENTFD), counts[i] != 0);
		assert_int_equal(!!(info.flags & VFIO_USER_IRQ_AUTOMASKED), i == INTX);
	}
	info.index = VFIO_USER_PCI_IRQS;
	ask(f, VFIO_USER_DEVICE_GET_IRQ_INFO, &info, sizeof(info), EINVAL, NULL, 0);
	info = (struct vfio_user_irq_info){ .argsz = 15 };
	ask(f, VFIO_USER_DEVICE_GET_IRQ_INFO, &info, sizeof(info), EINVAL, NULL, 0);
}

static void vectors_have_descriptors(void **state)
{
	struct fixture *f = *state;
	int fds[MSIX_VECTORS];

	for (unsigned i = 0; i < MSIX_VECTORS; i++)
		fds[i] = event();
	agree(f);
	set_fds(f, MSIX, EVENTFD | TRIGGER, 1, 2, fds, 2, 0);
	expose_msi(f->server, 0, 0, 0);
	expose_msi(f->server, 1, 0, 0);
	expose_msi(f->server, 2, 0, 0);
	expose_msi(f->server, 2, 0, 0);
	expose_msi(f->server, PCI_MSIX_MAX_VECTORS, 0, 0);
	assert_int_equal(taken(fds[0]), 1);
	assert_int_equal(taken(fds[1]), 2);
	/* A mask holds one back, and gives it on. */
	set(f, MSIX, NONE | MASK, 1, 1, 0);
	expose_msi(f->server, 1, 0, 0);
	expose_msi(f->server, 1, 0, 0);
	assert_int_equal(taken(fds[0]), 0);
	set(f, MSIX, NONE | UNMASK, 0, MSIX_VECTORS, 0);
	assert_int_equal(taken(fds[0]), 1);
	/* The client's own trigger, of some. */
	ask(f, VFIO_USER_DEVICE_SET_IRQS, &(struct {
		    struct vfio_user_irq_set set;
		    uint8_t wanted[2];
	    }){ { SET + 2, BOOL | TRIGGER, MSIX, 1, 2 }, { 0, 1 } },
	    SET + 2, 0, NULL, 0);
	assert_int_equal(taken(fds[0]), 0);
	assert_int_equal(taken(fds[1]), 1);
	/* No descriptors: those there are go. */
	set(f, MSIX, EVENTFD | TRIGGER, 1, 1, 0);
	set(f, MSIX, NONE | TRIGGER, 0, 0, 0);
	expose_msi(f->server, 1, 0, 0);
	expose_msi(f->server, 2, 0, 0);
	assert_int_equal(taken(fds[0]) + taken(fds[1]), 0);
	for (unsigned i = 0; i < MSIX_VECTORS; i++)
		close(fds[i]);
}

/* A full counter, and a client that made it block. */
static void a_full_counter_blocks_nobody(void **state)
{
	struct fixture *f = *state;
	int fd = eventfd(0, EFD_CLOEXEC);
	uint64_t full = UINT64_MAX - 1;

	agree(f);
	set_fds(f, MSIX, EVENTFD | TRIGGER, 0, 1, &fd, 1, 0);
	assert_int_equal(write(fd, &full, sizeof(full)), sizeof(full));
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
	expose_msi(f->server, 0, 0, 0);
	is_well(f);
	close(fd);
}

static void the_line_masks_itself(void **state)
{
	struct fixture *f = *state;
	int fd = event(), unmask = event();
	uint64_t one = 1;

	agree(f);
	set_fds(f, INTX, EVENTFD | TRIGGER, 0, 1, &fd, 1, 0);
	expose_intx(f->server, true);
	assert_int_equal(taken(fd), 1);
	expose_intx(f->server, true);
	expose_intx(f->server, false);
	expose_intx(f->server, true);
	assert_int_equal(taken(fd), 0);
	set(f, INTX, NONE | UNMASK, 0, 1, 0); /* still up */
	assert_int_equal(taken(fd), 1);
	expose_intx(f->server, false);
	set(f, INTX, NONE | UNMASK, 0, 1, 0);
	assert_int_equal(taken(fd), 0);
	set(f, INTX, NONE | MASK, 0, 1, 0);
	expose_intx(f->server, true);
	assert_int_equal(taken(fd), 0);
	/* Unmasked by a descriptor. */
	set_fds(f, INTX, EVENTFD | UNMASK, 0, 1, &unmask, 1, 0);
	assert_int_equal(write(unmask, &one, sizeof(one)), sizeof(one));
	turn(f);
	assert_int_equal(taken(fd), 1);
	set(f, INTX, EVENTFD | UNMASK, 0, 1, 0);
	/* A descriptor that comes while the line is up. */
	set_fds(f, INTX, EVENTFD | TRIGGER, 0, 1, &fd, 1, 0);
	assert_int_equal(taken(fd), 1);
	close(fd);
	close(unmask);
}

static uint32_t control_of(const struct fixture *f, unsigned vector)
{
	return vs_load_le32(f->bar + MSIX_TABLE + (size_t)vector * PCI_MSIX_ENTRY_SIZE +
			    PCI_MSIX_ENTRY_CONTROL);
}

/* A client that keeps the vector table to itself gets its vectors unmasked. */
static void a_table_that_nobody_writes(void **state)
{
	struct fixture *f = *state;
	int fd = event();

	agree(f);
	set_fds(f, MSIX, EVENTFD | TRIGGER, 2, 1, &fd, 1, 0);
	assert_int_equal(control_of(f, 1), PCI_MSIX_ENTRY_MASKED);
	assert_int_equal(control_of(f, 2), 0);
	/* Reset masks them: again. */
	f->bar[MSIX_TABLE + (size_t)2 * PCI_MSIX_ENTRY_SIZE + PCI_MSIX_ENTRY_CONTROL] =
		PCI_MSIX_ENTRY_MASKED;
	ask(f, VFIO_USER_DEVICE_RESET, NULL, 0, 0, NULL, 0);
	assert_int_equal(control_of(f, 2), 0);
	assert_int_equal(f->accesses, 0);
	close(fd);
}

/* One that writes it is taken at its word: messages go where the table says. */
static void a_table_that_the_client_writes(void **state)
{
	struct fixture *f = *state;
	int memory = memfd_create("unit", MFD_CLOEXEC | MFD_ALLOW_SEALING), fd = event();
	struct vfio_user_dma_map map = { sizeof(map),
					 VFIO_USER_DMA_READABLE | VFIO_USER_DMA_WRITABLE, 0,
					 0xfee00000, 4096 };
	struct {
		struct vfio_user_region_access access;
		uint8_t data[4];
	} write = { { MSIX_TABLE, 0, 4 }, { 0, 0, 0xe0, 0xfe } };
	uint32_t word = 0;

	assert_int_equal(ftruncate(memory, 4096), 0);
	assert_int_equal(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	agree(f);
	ask_fds(f, VFIO_USER_DMA_MAP, &map, sizeof(map), &memory, 1, 0, NULL, 0);
	ask(f, VFIO_USER_REGION_WRITE, &write, sizeof(write), 0, NULL, 0);
	set_fds(f, MSIX, EVENTFD | TRIGGER, 0, 1, &fd, 1, 0);
	assert_int_equal(control_of(f, 0), PCI_MSIX_ENTRY_MASKED);
	expose_msi(f->server, 0, 0xfee00004, 0x1234);
	assert_int_equal(pread(memory, &word, 4, 4), 4);
	assert_int_equal(word, 0x1234);
	assert_int_equal(taken(fd), 0);
	expose_msi(f->server, 0, 0xfee01000, 0x1234);
	expose_msi(f->server, 0, 0xfee00005, 0x1234);
	assert_int_equal(taken(fd), 2);
	close(memory);
	close(fd);
}

static void bad_requests_are_refused(void **state)
{
	static const struct vfio_user_irq_set bad[] = {
		{ SET - 1, NONE | TRIGGER, MSIX, 0, 1 },
		{ SET, NONE | TRIGGER, VFIO_USER_PCI_IRQS, 0, 1 },
		{ SET, NONE | TRIGGER, UINT32_MAX, 0, 1 },
		{ SET, NONE | TRIGGER, MSIX, 0, MSIX_VECTORS + 1 },
		{ SET, NONE | TRIGGER, MSIX, MSIX_VECTORS, 1 },
		{ SET, NONE | TRIGGER, MSIX, 1, MSIX_VECTORS },
		{ SET, NONE | TRIGGER, MSIX, UINT32_MAX, 2 },
		{ SET, NONE | TRIGGER, MSIX, 2, UINT32_MAX },
		{ SET, NONE | TRIGGER, MSIX, 1, 0 },
		{ SET, NONE | MASK, MSIX, 0, 0 },
		{ SET, NONE | TRIGGER, INTX, 0, 2 },
		{ SET, NONE | TRIGGER, VFIO_USER_IRQ_MSI, 0, 1 },
		{ SET, NONE | BOOL | TRIGGER, MSIX, 0, 1 },
		{ SET, NONE | TRIGGER | MASK, MSIX, 0, 1 },
		{ SET, NONE, MSIX, 0, 1 },
		{ SET, TRIGGER, MSIX, 0, 1 },
		{ SET, NONE | TRIGGER | 0x40, MSIX, 0, 1 },
		{ SET, 0x80000000 | NONE | TRIGGER, MSIX, 0, 1 },
		{ SET, BOOL | TRIGGER, MSIX, 0, 1 }, /* without the byte */
		{ SET, EVENTFD | TRIGGER, MSIX, 0, 0 },
	};
	struct fixture *f = *state;
	int fds[20], memory = memfd_create("unit", MFD_CLOEXEC);

	agree(f);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ask(f, VFIO_USER_DEVICE_SET_IRQS, &bad[i], sizeof(bad[i]), EINVAL, NULL, 0);
	for (unsigned i = 0; i < 20; i++)
		fds[i] = memory;
	set_fds(f, MSIX, EVENTFD | TRIGGER, 0, 1, fds, 1, EINVAL); /* no eventfd */
	set_fds(f, MSIX, EVENTFD | TRIGGER, 0, 3, fds, 2, EINVAL);
	set_fds(f, MSIX, NONE | TRIGGER, 0, 1, fds, 1, EINVAL);
	set_fds(f, MSIX, EVENTFD | TRIGGER, 0, 4, fds, 20, EINVAL);
	ask_fds(f, VFIO_USER_DEVICE_RESET, NULL, 0, fds, 1, EINVAL, NULL, 0);
	fds[0] = event();
	set_fds(f, MSIX, EVENTFD | MASK, 0, 1, fds, 1, EOPNOTSUPP);
	set_fds(f, MSIX, EVENTFD | UNMASK, 0, 1, fds, 1, EOPNOTSUPP);
	set_fds(f, INTX, EVENTFD | MASK, 0, 1, fds, 1, EOPNOTSUPP);
	close(fds[0]);
	close(memory);
	is_well(f);
	/* The one that disables all, for a kind that has none. */
	set(f, VFIO_USER_IRQ_MSI, NONE | TRIGGER, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kinds_are_told),
		TEST(vectors_have_descriptors),
		TEST(a_full_counter_blocks_nobody),
		TEST(the_line_masks_itself),
		TEST(a_table_that_nobody_writes),
		TEST(a_table_that_the_client_writes),
		TEST(bad_requests_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
