/* SPDX-License-Identifier: BSD-3-Clause */
/* The watch's second look at packed rings (2.8). */
#include "fuzz/support/guest_memory.h"
#include "fuzz/support/ring_watch.h"
#include "spec/packed_ring.h"

bool packed_watch_read(struct ring_watch *watch, unsigned queue, uint64_t address,
		       const uint8_t *data, size_t size)
{
	(void)watch;
	(void)queue;
	(void)address;
	(void)data;
	(void)size;
	return false;
}
bool packed_watch_write(struct ring_watch *watch, unsigned queue, uint64_t address,
			const uint8_t *data, size_t size)
{
	(void)watch;
	(void)queue;
	(void)address;
	(void)data;
	(void)size;
	return false;
}
void packed_watch_step(struct ring_watch *watch)
{
	(void)watch;
}
void packed_watch_idle(struct ring_watch *watch, unsigned queue, struct guest *guest)
{
	(void)watch;
	(void)queue;
	(void)guest;
}
