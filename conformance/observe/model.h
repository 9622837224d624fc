/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What follows from the events so far: which structure and field an access went to, what the driver
 * has been told, has accepted and has set up. Monitors read it; it judges nothing.
 *
 * vs_model_see() takes an event apart by the state before it, vs_model_apply() then takes it into
 * the state. So a monitor that is called in between finds in the model what was so far, and in the
 * event what is new.
 */
#ifndef VS_MODEL_H
#define VS_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "driver/caps.h"
#include "driver/common.h"
#include "driver/features.h"
#include "observe/subject.h"
#include "trace/trace.h"

/* What an access went to. */
enum vs_place {
	VS_PLACE_NONE,       /* no access; or a BAR where nothing is */
	VS_PLACE_HEADER,     /* the predefined header of configuration space */
	VS_PLACE_CAPABILITY, /* a capability there: `cap`, `at` from its start */
	VS_PLACE_EXTENDED,   /* behind byte 256 of it */
	VS_PLACE_CONFIG,     /* configuration space outside of all that */
	VS_PLACE_COMMON,     /* common configuration */
	VS_PLACE_NOTIFY, /* the structure of a notification capability, or the legacy register */
	VS_PLACE_ISR,
	VS_PLACE_DEVICE, /* device-specific configuration */
	VS_PLACE_LEGACY, /* the legacy header, except notification, ISR and configuration */
	VS_PLACE_MSIX_TABLE,
	VS_PLACE_MSIX_PBA,
	VS_PLACE_SHARED,   /* a shared memory region */
	VS_PLACE_RESERVED, /* what a capability of a reserved type, or with a reserved BAR, names */
	VS_PLACE_COUNT,
};

/* Masks of places, for vs_monitor.on: VS_AT(COMMON) | VS_AT(LEGACY). */
#define VS_AT(place) (UINT64_C(1) << VS_PLACE_##place)

/* An event with what is known of it. */
struct vs_seen {
	const struct vs_event *event;
	uint64_t number; /* of the event in its trace */
	enum vs_place place;
	const struct vs_cap *cap; /* whose structure, or which capability, it touched; or NULL */
	uint64_t at;              /* bytes from its start */
	int field;  /* enum vs_common_field that the access touches first (COMMON, LEGACY), or -1 */
	bool whole; /* exactly that field, or one half of a field of 64 bits */
	bool high;  /* the upper half of it */
	bool window; /* came through the PCI configuration access capability */
	bool legacy; /* through the legacy interface */
	int queue;   /* the virtqueue it is about: that queue_select names, that a notification goes
			to by its address, or that the event names; -1: none */
};

static inline bool vs_is_read(const struct vs_seen *seen)
{
	return seen->event->kind == VS_EVENT_READ;
}

static inline bool vs_is_write(const struct vs_seen *seen)
{
	return seen->event->kind == VS_EVENT_WRITE;
}

/* Whether it reads, or writes, this field of common configuration or of the legacy header. */
static inline bool vs_reads(const struct vs_seen *seen, enum vs_common_field field)
{
	return vs_is_read(seen) && seen->field == (int)field;
}

static inline bool vs_writes(const struct vs_seen *seen, enum vs_common_field field)
{
	return vs_is_write(seen) && seen->field == (int)field;
}

#define VS_SEEN_QUEUES 1024u /* virtqueues that are followed; those beyond are not */

/* Registers of a virtqueue that the driver has touched since the last reset. */
struct vs_seen_queue {
	uint64_t address[3];          /* descriptor, driver, device area, as written */
	uint32_t written;             /* VS_BIT(enum vs_common_field): since reset or queue reset */
	uint32_t read;                /* the same of reads */
	uint16_t offered_size;        /* queue_size as first read since the reset */
	uint16_t size;                /* as last written or read */
	uint16_t vector, vector_read; /* as written, as read back */
	uint16_t notify_off, notify_data;
	bool enabled;   /* by the driver: queue_enable, or a legacy address */
	bool was_reset; /* by queue_reset, and not enabled since */
	bool resetting; /* queue_reset was written and has not read 0 since */
	/* By ring events. */
	uint16_t entries; /* of the ring, as it was when the queue was enabled; 0: not known */
	uint16_t avail_idx, used_idx; /* split */
	uint16_t avail_flags, used_event;
	uint16_t device_flags, avail_event;
	uint32_t in_flight; /* buffers */
	uint64_t available; /* buffers ever made available since enabled */
};

struct vs_model {
	const struct vs_subject *subject;
	struct vs_caps caps;
	/* The first usable structure of each type, or NULL; more than one may be used. */
	const struct vs_cap *common, *notify, *isr, *device, *window;
	struct vs_cap legacy;      /* BAR 0 as a structure; length 0: no legacy header */
	const struct vs_cap *msix; /* the capability, or NULL */
	uint32_t msix_vectors;
	uint16_t type; /* device type by the identifiers */
	bool has_modern, has_legacy;

	uint64_t number; /* of the next event */
	uint64_t now;

	/* PCI. */
	uint16_t command;
	bool msix_enabled;

	/* Which faces of it the driver has used since power-on. */
	bool used_modern, used_legacy;
	bool read_caps; /* it has read a capability */
	/* A structure capability read otherwise than at the start: which of the two the driver goes
	 * by nobody knows, and so where its structures are. */
	bool caps_doubtful;

	/* The device status. */
	uint8_t status;  /* as the driver last wrote or read it */
	uint8_t written; /* bits that it set since the last reset; not those given back as read */
	uint8_t status_read; /* as last read since the last reset; 0 */
	bool was_reset;      /* 0 was written at least once since power-on */
	bool resetting;      /* 0 was written and 0 has not been read since */
	bool needs_reset;    /* DEVICE_NEEDS_RESET was read since the last reset */
	bool features_ok;    /* FEATURES_OK was written since the reset */
	bool features_held;  /* … and read back as set */
	bool refused;        /* … and read back as clear */
	bool driver_ok;      /* DRIVER_OK was written since the reset */
	bool failed;         /* FAILED was written since the reset */
	bool suspending;     /* SUSPEND was written since; DRIVER_OK not again after it */
	bool suspended;      /* … and the status read SUSPEND without DRIVER_OK */
	bool resuming;       /* DRIVER_OK was written on a suspended device and not read back yet */

	/* Features: what it has read of the offer and written of its choice since the reset. */
	uint32_t device_select, driver_select;
	struct vs_features offered; /* by windows that it has read */
	uint8_t offer_read;         /* windows read, one bit each */
	struct vs_features accepted;
	uint8_t choice_written; /* windows written */

	/* Queues. */
	uint16_t queue_select;
	uint16_t config_vector, config_vector_read; /* as written, as read back */
	bool config_vector_written;
	uint16_t num_queues; /* as read, or 0 */
	struct vs_seen_queue queues[VS_SEEN_QUEUES];
	uint16_t queue_top; /* queues [0, queue_top) have been touched since the reset */

	/* The window of the PCI configuration access capability. */
	uint8_t window_bar;
	uint32_t window_offset, window_length;

	uint8_t life; /* enum vs_life of the last such event; VS_LIFE_COUNT: none yet */
	bool served;  /* VS_LIFE_SERVED has been seen */
};

/* A model of nothing that happened yet. `subject` has to outlive it. */
void vs_model_init(struct vs_model *model, const struct vs_subject *subject);

/* Takes the event apart. Does not change the model. */
void vs_model_see(const struct vs_model *model, const struct vs_event *event, struct vs_seen *seen);
/* Takes it into account. */
void vs_model_apply(struct vs_model *model, const struct vs_seen *seen);

/* Whether the feature is in force: accepted, and offered as far as that was read. */
static inline bool vs_model_negotiated(const struct vs_model *model, unsigned bit)
{
	return vs_features_has(&model->accepted, bit);
}

/* The driver drives the device through the legacy interface, as far as can be told. */
static inline bool vs_model_is_legacy(const struct vs_model *model)
{
	return model->used_legacy && !model->used_modern;
}

/* Whether virtqueues can be in use: DRIVER_OK was set, and no reset since. */
static inline bool vs_model_live(const struct vs_model *model)
{
	return model->driver_ok && !model->failed;
}

/* The queue, or NULL where it is not followed. */
static inline const struct vs_seen_queue *vs_model_queue(const struct vs_model *model, int queue)
{
	return queue >= 0 && queue < (int)VS_SEEN_QUEUES ? &model->queues[queue] : NULL;
}

#endif
