/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fields of the common configuration structure as data (4.1.4.3): where each lies, how wide it
 * is, who may write it, and since when it exists.
 */
#ifndef VS_COMMON_H
#define VS_COMMON_H

#include <stdbool.h>
#include <stdint.h>

enum vs_common_field {
	VS_DEVICE_FEATURE_SELECT,
	VS_DEVICE_FEATURE,
	VS_DRIVER_FEATURE_SELECT,
	VS_DRIVER_FEATURE,
	VS_CONFIG_MSIX_VECTOR,
	VS_NUM_QUEUES,
	VS_DEVICE_STATUS,
	VS_CONFIG_GENERATION,
	VS_QUEUE_SELECT,
	VS_QUEUE_SIZE,
	VS_QUEUE_MSIX_VECTOR,
	VS_QUEUE_ENABLE,
	VS_QUEUE_NOTIFY_OFF,
	VS_QUEUE_DESC,
	VS_QUEUE_DRIVER,
	VS_QUEUE_DEVICE,
	VS_QUEUE_NOTIF_CONFIG_DATA,
	VS_QUEUE_RESET,
	VS_ADMIN_QUEUE_INDEX,
	VS_ADMIN_QUEUE_NUM,
	VS_COMMON_FIELD_COUNT,
	VS_QUEUE_ADDRESS = VS_COMMON_FIELD_COUNT, /* of the legacy header: the number of a page */
	VS_FIELD_COUNT,
};

struct vs_common_field_info {
	const char *name;
	uint8_t offset;  /* bytes from the start of the structure */
	uint8_t width;   /* 1, 2, 4, or 8 for a field of two 32-bit halves; 0: there is none */
	bool read_only;  /* for the driver */
	bool per_queue;  /* shows the virtqueue that queue_select names */
	uint8_t feature; /* the field exists only with this feature bit; 0: always */
};

extern const struct vs_common_field_info vs_common_fields[VS_FIELD_COUNT];
/* The legacy header in the same terms (4.1.4.10); fields that it lacks have width 0. */
extern const struct vs_common_field_info vs_legacy_fields[VS_FIELD_COUNT];

#endif
