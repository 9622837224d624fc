/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver as a plug-in: build it as a shared object, and virtspec examines it in process, on a
 * mock device, in milliseconds and without a virtual machine.
 *
 *	cc -shared -fPIC -I include -o mine.so mine.c
 *	virtspec driver --plugin mine.so
 *
 * This header is all that a plug-in needs; it links against nothing of virtspec's. It is the glue
 * between your driver and the tester: what your platform gives a driver (PCI configuration space,
 * BARs, DMA memory, interrupts, time) comes from struct virtspec_host, and what the tester wants of
 * the driver is a struct virtspec_driver.
 *
 * The tester calls one function at a time, from one thread. Time is virtual: it passes in pause(),
 * and a little in every access. The device works during accesses and pauses, as a real one does
 * between your instructions; interrupts arrive in pause(). A driver that neither returns nor pauses
 * is stopped after a while and counts as hung; one that crashes takes nothing else with it.
 */
#ifndef VIRTSPEC_PLUGIN_H
#define VIRTSPEC_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIRTSPEC_PLUGIN_ABI 1u

struct virtspec_device; /* the tester's; pass it back */

/* What the platform offers. Values are host integers of the little-endian number on the wire. */
struct virtspec_host {
	/* Configuration space: width 1, 2 or 4. Reads of nothing are all ones. */
	uint32_t (*config_read)(struct virtspec_device *device, unsigned offset, unsigned width);
	void (*config_write)(struct virtspec_device *device, unsigned offset, unsigned width,
			     uint32_t value);
	/* BARs 0 to 5, already placed by the platform: size 0 where there is none. */
	uint64_t (*bar_size)(struct virtspec_device *device, unsigned bar);
	bool (*bar_is_io)(struct virtspec_device *device, unsigned bar);
	/* Width 1, 2, 4 or 8. Whether decoding is on is the driver's affair (PCI command register).
	 */
	uint64_t (*bar_read)(struct virtspec_device *device, unsigned bar, uint64_t offset,
			     unsigned width);
	void (*bar_write)(struct virtspec_device *device, unsigned bar, uint64_t offset,
			  unsigned width, uint64_t value);
	/* Zeroed memory that the device can reach, `align` a power of two; *address is where the
	 * device sees it. NULL when there is no more. Freeing ends the device's access. */
	void *(*dma_alloc)(struct virtspec_device *device, size_t size, size_t align,
			   uint64_t *address);
	void (*dma_free)(struct virtspec_device *device, void *memory);
	/* What to write into MSI-X table entry `vector` so that interrupt() is called with it. */
	void (*msix_message)(struct virtspec_device *device, unsigned vector, uint64_t *address,
			     uint32_t *data);
	/* Nanoseconds since the start. */
	uint64_t (*now)(struct virtspec_device *device);
	/* Lets `ns` pass: the device works, interrupts are delivered. Every waiting loop needs it.
	 */
	void (*pause)(struct virtspec_device *device, uint64_t ns);
	/* A line for the report. */
	void (*log)(struct virtspec_device *device, const char *text);
	/* What the user gave as --argument, or "". */
	const char *(*argument)(struct virtspec_device *device);
	/* The platform is big-endian, as far as legacy devices are concerned. */
	bool (*big_endian)(struct virtspec_device *device);
};

/* Requests, for the device classes that the mock has. */
enum virtspec_request_kind {
	VIRTSPEC_BLK_READ,      /* `size` bytes, a multiple of 512, from `sector` into `data` */
	VIRTSPEC_BLK_WRITE,     /* to there */
	VIRTSPEC_NET_SEND,      /* an Ethernet frame of `size` bytes */
	VIRTSPEC_NET_RECEIVE,   /* the next frame into `data`; `size` becomes its length */
	VIRTSPEC_CONSOLE_WRITE, /* `size` bytes to port 0 */
	VIRTSPEC_CONSOLE_READ,  /* up to `size` bytes from it; `size` becomes how many */
	VIRTSPEC_RNG_READ,      /* up to `size` random bytes; `size` becomes how many */
	VIRTSPEC_CONFIG_READ,   /* what the driver makes of the device-specific configuration:
				   blk: capacity in sectors, net: MAC address, console: columns
				   and rows, as 8, 6, 2 and 2 bytes, little-endian */
};

/* `data` is the tester's memory, which the device cannot reach: copy, or map it your way. */
struct virtspec_request {
	enum virtspec_request_kind kind;
	uint64_t sector;
	uint8_t *data;
	size_t size;
	/* Set by the driver: 0 done, below 0 failed. */
	int status;
};

/* What the driver can do. Functions return 0, or below 0 when they failed; `suspend`, `resume` and
 * `reset_queue` may be NULL. */
struct virtspec_driver {
	uint32_t abi; /* VIRTSPEC_PLUGIN_ABI */
	const char *name;
	/* Is this function for this driver? 0 yes, and *state is the driver's own; below 0: it is
	 * left alone. */
	int (*probe)(const struct virtspec_host *host, struct virtspec_device *device,
		     void **state);
	/* Brings the device up, to DRIVER_OK. */
	int (*start)(void *state);
	/* Does `count` requests: makes them available together, as far as there is room, and
	 * returns when each of them is done or has failed. */
	int (*submit)(void *state, struct virtspec_request *requests, unsigned count);
	/* An interrupt: MSI-X vector, or -1 for INTx, which is called while the line is raised. */
	void (*interrupt)(void *state, int vector);
	/* Puts the device to sleep and wakes it up (SUSPEND). */
	int (*suspend)(void *state);
	int (*resume)(void *state);
	/* Takes a virtqueue out of service and puts it back (RING_RESET), with what is in flight.
	 */
	int (*reset_queue)(void *state, unsigned queue);
	/* Stops the device and frees everything. Called after every probe that returned 0, whatever
	 * became of start. */
	void (*remove)(void *state);
};

/* Makes `driver`, a struct virtspec_driver, what the shared object offers. */
#define VIRTSPEC_DRIVER(driver)                                                               \
	__attribute__((visibility("default"))) const struct virtspec_driver *virtspec_plugin( \
		void);                                                                        \
	const struct virtspec_driver *virtspec_plugin(void)                                   \
	{                                                                                     \
		return &(driver);                                                             \
	}                                                                                     \
	_Static_assert(1, "")

/*
 * A plug-in that can misbehave on purpose may offer this as well: number `index` of its lapses as a
 * line of JSON, written into `text`, or NULL behind the last. Theirs is the argument "lapse=NAME".
 */
typedef const char *virtspec_lapses_function(unsigned index, char *text, size_t size);

#endif
