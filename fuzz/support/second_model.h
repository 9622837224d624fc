/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers of a virtio device once more, short and obvious: the common configuration field by
 * field (4.1.4.3) and the MSI-X table, as a driver that writes and reads them finds them. What only
 * happens in rings is not modelled; the device's own reasons to set DEVICE_NEEDS_RESET are taken
 * from it where there can be one.
 */
#ifndef FUZZ_SECOND_MODEL_H
#define FUZZ_SECOND_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define SECOND_WINDOWS 4u
#define SECOND_QUEUES  8u
#define SECOND_VECTORS 8u

enum second_class { SECOND_BLK, SECOND_NET, SECOND_CONSOLE, SECOND_RNG };

struct second_queue {
	uint16_t size, vector;
	bool enabled;
	uint64_t area[3]; /* descriptors, driver's, device's */
};

struct second_model {
	/* What the device is; set by second_model_start. */
	enum second_class class_number;
	uint32_t offered[SECOND_WINDOWS];
	unsigned queue_count, vectors;

	uint8_t status;
	uint32_t device_feature_select, driver_feature_select;
	uint32_t accepted[SECOND_WINDOWS];
	uint16_t config_vector, queue_select;
	struct second_queue queue[SECOND_QUEUES];
	uint8_t table[SECOND_VECTORS][16];
};

/* At power-on: everything as after a reset, the MSI-X table masked. */
void second_model_start(struct second_model *model);
void second_model_reset(struct second_model *model);

/* A byte of the common configuration, and an access of any width at any offset to it. */
uint8_t second_model_byte(const struct second_model *model, unsigned offset);
void second_model_write(struct second_model *model, unsigned offset, unsigned width,
			uint64_t value);
/* The same for the MSI-X table. */
uint8_t second_model_table_byte(const struct second_model *model, unsigned offset);
void second_model_table_write(struct second_model *model, unsigned offset, unsigned width,
			      uint64_t value);

/* Entries of a queue at most with what is in force now; 0: there is no such queue. */
uint16_t second_model_queue_max(const struct second_model *model, unsigned queue);

#endif
