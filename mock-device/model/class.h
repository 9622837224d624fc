/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device class: what the requests and the configuration structure of one device type mean.
 *
 * A class is one file in mock-device/class/ that ends in
 *
 *	MOCK_CLASS(rng, .type = VIRTIO_ID_ENTROPY, …);
 *
 * and appears by that. The name is the word in TARGET. Every function gets the device; the class's
 * private state hangs in mock->state.
 */
#ifndef MOCK_CLASS_H
#define MOCK_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mock-device/model/features.h"
#include "mock-device/model/mock.h"
#include "mock-device/model/queue.h"

struct mock_class {
	const char *name;
	unsigned type;           /* VIRTIO_ID_… */
	uint32_t class_code;     /* of PCI */
	unsigned queue_count;    /* num_queues: the most there can be */
	size_t state_size;       /* bytes of mock->state, zeroed when the device is made */
	size_t config_size;      /* of the device-specific configuration; 0: there is none */
	const uint8_t *features; /* bit numbers that it offers */
	unsigned feature_count;
	const struct mock_dependency *dependencies;
	unsigned dependency_count;

	/* Entries of a queue at most, given the features in force (mock_in_force); 0: not there. */
	uint16_t (*queue_max)(struct mock *mock, unsigned queue);
	/* Takes what the settings say for this class, once, before the first power-on; -1 with a
	 * sentence in error. NULL: nothing of it is for this class. */
	int (*configure)(struct mock *mock, const struct mock_settings *settings, char *error,
			 size_t size);
	/* As after power-on: what the environment set is back to the start. Storage may stay. */
	void (*power_on)(struct mock *mock);
	/* The driver's part of the state goes. May be NULL. */
	void (*reset)(struct mock *mock);
	/* What waits for this queue goes with it (2.6.1). May be NULL. */
	void (*queue_reset)(struct mock *mock, unsigned queue);
	/* FEATURES_OK has just been set. May be NULL. */
	void (*features_ok)(struct mock *mock);
	/* Makes the configuration structure as it is now, config_size bytes, all zero before. */
	void (*config)(struct mock *mock, uint8_t *image);
	/* The driver writes into it: called for any access. NULL: nothing is writable. */
	void (*config_write)(struct mock *mock, unsigned offset, unsigned width, uint64_t value);
	/* The environment changes something; true if it did. NULL: nothing can change. */
	bool (*change)(struct mock *mock);
	/* Whether it wants buffers of this queue now; NULL: always. */
	bool (*wants)(struct mock *mock, unsigned queue);
	/* Does what the buffer asks for and completes it, now or later (mock_complete). */
	void (*execute)(struct mock *mock, struct mock_chain *chain);
	/* Frees what hangs in mock->state, if anything does. */
	void (*destroy)(struct mock *mock);
};

#define MOCK_CLASS(class_name, ...)                                                     \
	static const struct mock_class mock_class_##class_name = { .name = #class_name, \
								   __VA_ARGS__ };       \
	static const struct mock_class *const mock_class_##class_name##_entry           \
		__attribute__((section("mock_classes"), used, retain)) = &mock_class_##class_name

/* All classes that are linked in, in no order; NULL at the end. */
const struct mock_class *mock_class_at(unsigned index);
const struct mock_class *mock_class_find(const char *name);

/* Whether a feature was negotiated; false before FEATURES_OK (where there is that step). */
bool mock_has(const struct mock *mock, unsigned feature);
bool mock_offers(struct mock *mock, unsigned feature);
/* Whether a feature counts now: offered before FEATURES_OK, negotiated after. */
bool mock_in_force(struct mock *mock, unsigned feature);

/* Whether the driver uses the legacy interface: for what requests look like (5). */
bool mock_legacy_driver(const struct mock *mock);
/* Whether the configuration is being accessed through the legacy interface. */
bool mock_on_legacy(const struct mock *mock);

/* Integers in the byte order of the interface in use: little-endian on the modern one (2.5), the
 * guest's on the legacy one. */
bool mock_swaps(const struct mock *mock);
uint64_t mock_load(const struct mock *mock, const void *p, unsigned width);
void mock_store(const struct mock *mock, void *p, unsigned width, uint64_t value);

/* Offset and width of a member, as two arguments: mock_put(mock, image, MOCK_FIELD(…), value). */
#define MOCK_FIELD(type, member) offsetof(type, member), sizeof(((type *)0)->member)

static inline void mock_put(const struct mock *mock, uint8_t *image, size_t offset, size_t width,
			    uint64_t value)
{
	mock_store(mock, image + offset, (unsigned)width, value);
}

static inline uint64_t mock_get(const struct mock *mock, const uint8_t *image, size_t offset,
				size_t width)
{
	return mock_load(mock, image + offset, (unsigned)width);
}

/* The driver's own command changed a configuration field: the generation moves, but the driver is
 * not notified of what it did itself. */
void mock_config_touched(struct mock *mock);

#endif
