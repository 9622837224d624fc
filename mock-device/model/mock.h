/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The mock device, seen from its surroundings: a whole virtio-PCI function in memory. It is a
 * correct device; what makes it lie or differ is a stack of layers over it (see layer.h).
 *
 * The device runs on a virtual clock and only inside calls into it: nothing happens between them.
 */
#ifndef MOCK_H
#define MOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mock;

/*
 * What the device reaches of the outside world. Called only from inside calls into the device.
 * Addresses are bus addresses; [address, address + size) never wraps when these are called.
 */
struct mock_host {
	void *context;
	/* Host memory behind the whole range, valid until the call into the device returns, or NULL
	 * where there is none (or none to point at: dma_read and dma_write may still work). */
	void *(*dma_map)(void *context, uint64_t address, size_t size);
	/* Copy from and to memory; -1 when any byte of the range is not memory. */
	int (*dma_read)(void *context, uint64_t address, void *data, size_t size);
	int (*dma_write)(void *context, uint64_t address, const void *data, size_t size);
	/* The device sends the message of MSI-X table entry `vector`. */
	void (*msi)(void *context, unsigned vector, uint64_t address, uint32_t data);
	/* The INTx line changed. */
	void (*intx)(void *context, bool level);
	/* The device is about to store 16 bits at an even address, as indexes and flags of rings
	 * are: what a driver that runs meanwhile may act upon from then on. NULL: nobody cares. */
	void (*stores)(void *context, uint64_t address, const void *bytes);
};

enum mock_interface {
	MOCK_MODERN,
	MOCK_TRANSITIONAL,
	MOCK_LEGACY,
};

#define MOCK_QUIRKS_MAX 16u

struct mock_settings {
	const char *class_name; /* "blk", "net", "console", "rng" */
	enum mock_interface interface;
	bool packed;      /* offer the packed ring format */
	bool big_endian;  /* byte order of the guest, for the legacy interface */
	bool long_runs;   /* for the tester: checks of very many requests are wanted */
	bool draft;       /* of the draft of 2013: its identifiers, structures and start-up */
	const char *disk; /* blk: a file whose bytes are on the disk at every power-on, or NULL */
	struct {
		const char *name;
		const char *value; /* or NULL: the quirk's first value */
	} quirks[MOCK_QUIRKS_MAX]; /* applied in order, the last on top */
	unsigned quirk_count;
};

/*
 * A device at power-on. Returns NULL with one sentence in error (size bytes, terminated) when the
 * settings name an unknown class or quirk, a value the quirk does not take, or a combination that
 * does not exist. The strings of the settings need not outlive the call.
 */
struct mock *mock_create(const struct mock_settings *settings, const struct mock_host *host,
			 char *error, size_t size);
void mock_destroy(struct mock *mock);

/* Back to power-on, as after removing and restoring power; the layers stay. */
void mock_power_on(struct mock *mock);

/*
 * Configuration space, 4096 bytes: any offset, width 1, 2 or 4. Bytes beyond the end read all ones.
 */
uint32_t mock_config_read(struct mock *mock, unsigned offset, unsigned width);
void mock_config_write(struct mock *mock, unsigned offset, unsigned width, uint32_t value);

/* What a BAR register claims: size 0 where there is none. */
struct mock_bar_info {
	uint64_t size;
	bool io, is64, prefetch;
};
struct mock_bar_info mock_bar_info(const struct mock *mock, unsigned bar);

/*
 * Access inside a BAR, whatever the registers say about decoding. Any offset, width 1, 2, 4 or 8.
 * Bytes outside the BAR read all ones and swallow writes.
 */
uint64_t mock_bar_read(struct mock *mock, unsigned bar, uint64_t offset, unsigned width);
void mock_bar_write(struct mock *mock, unsigned bar, uint64_t offset, unsigned width,
		    uint64_t value);

/*
 * Access at a bus address, as a root complex does it: decoded by the BAR registers and the command
 * register. Where nothing answers, reads are all ones and writes go nowhere.
 */
uint64_t mock_space_read(struct mock *mock, bool io, uint64_t address, unsigned width);
void mock_space_write(struct mock *mock, bool io, uint64_t address, unsigned width, uint64_t value);

/*
 * Whether the device goes on at all. A layer may end that, as a process that crashes or hangs
 * would; power-on brings it back. A device that is not alive reads as all ones and does nothing.
 */
enum mock_health {
	MOCK_ALIVE,
	MOCK_DEAD, /* gone */
	MOCK_HUNG, /* there, and never answering again */
};
enum mock_health mock_health(const struct mock *mock);

/* Lets `ns` nanoseconds pass on the device's clock, and what is due happen. */
void mock_advance(struct mock *mock, uint64_t ns);
uint64_t mock_now(const struct mock *mock);
/* Nanoseconds until something is due that nobody has to ask for; UINT64_MAX: nothing is. */
uint64_t mock_due(const struct mock *mock);

/* The environment changes a field of the device-specific configuration (a disk grows, a link goes
 * down). False where the class has nothing that can change. */
bool mock_change_config(struct mock *mock);

/* One window of the features that the device offers, whoever asks. */
uint32_t mock_offers_window(struct mock *mock, uint32_t window);

/* How often the device-specific configuration has changed by itself, since the device was made. */
uint64_t mock_config_changes(const struct mock *mock);

/* One line about the device: class, interface, layers. Owned by the device. */
const char *mock_describe(struct mock *mock);

#endif
