/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reference driver: what it knows of the function, and its bring-up in stages (3.1, 4.1.5.1).
 *
 * A session belongs to one bus and takes one device from reset to as far as asked. It trusts
 * nothing that it reads: sizes and offsets are checked against what the function claims, waits end
 * at a deadline, and every value is read once.
 */
#ifndef VS_SESSION_H
#define VS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/bus.h"
#include "driver/caps.h"
#include "driver/common.h"
#include "driver/features.h"
#include "driver/guard.h"

struct vs_queue;
struct vs_block;
struct vs_split_descriptor;
struct vs_packed_descriptor;

/*
 * Where a driver that misbehaves on purpose gets its hands on what goes into memory. Each may be
 * NULL; so may the whole.
 */
struct vs_hooks {
	void *context;
	/* A descriptor is about to be written at `at`. */
	void (*split)(void *context, void *at, struct vs_split_descriptor *d);
	void (*packed)(void *context, void *at, struct vs_packed_descriptor *d);
	/* All of a buffer is written but for what makes it available. */
	void (*publish)(void *context, struct vs_queue *q, uint16_t id);
	/* Bytes by which a part of a queue is moved off its alignment. */
	size_t (*shift)(void *context, const struct vs_queue *q, unsigned area);
};

/* How far bring-up has come. Each stage includes those before it. */
enum vs_stage {
	VS_STAGE_FUNCTION, /* configuration space answers; nothing else is taken for granted */
	VS_STAGE_CAPS,     /* the capability list was read */
	VS_STAGE_COMMON,   /* common configuration is reachable and the device was reset */
	VS_STAGE_FEATURES, /* ACKNOWLEDGE, DRIVER, features accepted, FEATURES_OK holds */
	VS_STAGE_QUEUES,   /* virtqueues configured and enabled */
	VS_STAGE_LIVE,     /* DRIVER_OK */
};

/*
 * The ways to see a device: by which interface, and with which ring format. A device may have all
 * of them; a session uses one.
 */
enum vs_view {
	VS_VIEW_MODERN, /* the interface of 1.0 and later, split rings */
	VS_VIEW_PACKED, /* the same with packed rings */
	VS_VIEW_LEGACY, /* the legacy interface (4.1.4.10), split rings in the guest's byte order */
	VS_VIEW_COUNT,
};

/* "modern", "packed", "legacy" */
const char *vs_view_name(enum vs_view view);

/* What configuration space says, read once when the bus was opened or restarted. */
struct vs_function {
	uint8_t config[PCI_CONFIG_SIZE];
	struct vs_caps caps;
	uint16_t vendor, device, subsystem_vendor, subsystem;
	uint8_t revision;
	uint16_t type;     /* virtio device type by the device identifier; 0: none */
	bool transitional; /* has a transitional identifier and the signs of the legacy interface */
	bool sriov;        /* presents an SR-IOV capability */
	bool draft;        /* was read by the draft of 2013 */
	/* The MSI-X capability, taken apart; vectors is 0 where there is none that is usable. */
	uint8_t msix_pos;
	uint8_t msix_bar;
	uint32_t msix_table;
	uint32_t msix_vectors;
	/* Where the pending bits are said to be, inside their BAR or not. */
	uint8_t msix_pba_bar;
	uint32_t msix_pba;
};

/* How a session is to be brought up; all zero is the usual way. */
struct vs_setup {
	uint64_t refuse;     /* feature bits 0 to 63 not to accept though offered (VS_BIT) */
	uint64_t accept;     /* further bits to accept if offered, beside those the driver knows */
	uint16_t queue_size; /* at most this many entries; 0: as many as the arena likes */
	bool all_queues;     /* enable every virtqueue, not only those the benign request needs */
	bool msix;           /* enable MSI-X: vector 0 for configuration, the last for virtqueues */
};

/* Why bring-up did not reach a stage. */
struct vs_trouble {
	int rule;       /* the rule under which the cause is judged (enum vs_rule_id), or -1 */
	char text[224]; /* one sentence */
};

struct vs_session {
	struct vs_bus *bus;
	const struct vs_function *fn;
	enum vs_view view;
	struct vs_setup setup;
	enum vs_stage stage;
	struct vs_trouble trouble;

	/* The structures in use: the first usable of each type, or NULL. */
	const struct vs_cap *common, *notify, *isr, *device, *window;
	/* On the legacy interface, its parts in the form of structures; notify, ISR and device
	 * configuration point into it. */
	struct vs_cap legacy[4];

	bool other_order; /* legacy rings are in the order that is not the guest's: a trial */

	struct vs_features offered, accepted;
	uint16_t num_queues;
	bool msix_enabled;
	uint16_t config_vector, queue_vector; /* as mapped; VIRTIO_MSI_NO_VECTOR without MSI-X */

	struct vs_queue *queues; /* enabled virtqueues, queue_count of them */
	unsigned queue_count;

	size_t dma_used;         /* bytes of bus->dma handed out */
	struct vs_block *blocks; /* the session's own memory, out of the device's reach */

	struct vs_grant *grants; /* what was handed out, by address */
	unsigned grant_count, grant_room;
	struct vs_breach breach; /* of the zones around it, or of those of an earlier session */

	const struct vs_hooks *hooks; /* or NULL; owned by the caller */

	uint64_t patience_ns; /* how long to wait for something that has to happen */
	uint64_t deadline;    /* on the bus's clock: when everything ends */
	/*
	 * Called when the bus is lost or the deadline is over; it need not return. Accessors that
	 * fail return all ones after it.
	 */
	void (*lost)(void *context);
	void *lost_context;
};

/*
 * Reads configuration space and takes it apart, as the draft of 2013 has it or as later versions
 * do. Returns 0, or -1 when the bus is lost.
 */
int vs_function_read(struct vs_bus *bus, struct vs_function *fn, bool draft);

/*
 * The same without a bus: takes fn->config apart, as far as it has been filled in. fn->draft is
 * set, and whether a legacy header answers was found out otherwise.
 */
void vs_function_parse(struct vs_function *fn, const struct vs_bar *bars, bool legacy_answers);

/* A session at VS_STAGE_FUNCTION, in the modern view. `fn` and `bus` have to outlive it. */
void vs_session_open(struct vs_session *s, struct vs_bus *bus, const struct vs_function *fn);
/* Starts over with another setup: back at VS_STAGE_FUNCTION; view, deadline, hooks and breach stay.
 */
void vs_session_renew(struct vs_session *s, struct vs_setup setup);
/* Frees what the session holds; does not touch the device. */
void vs_session_close(struct vs_session *s);

/*
 * Brings the session up to `stage`. Returns 0, or -1 with s->trouble filled in and s->stage the
 * stage reached. Going from VS_STAGE_FUNCTION through COMMON resets the device.
 */
int vs_session_advance(struct vs_session *s, enum vs_stage stage);

/* Records why something did not work; returns -1. `rule` as in struct vs_trouble. */
int vs_trouble(struct vs_session *s, int rule, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Accessors. Widths 1, 2, 4 (and 8 in BARs); values are host integers. */
uint32_t vs_config_read(struct vs_session *s, unsigned offset, unsigned width);
void vs_config_write(struct vs_session *s, unsigned offset, unsigned width, uint32_t value);
uint64_t vs_bar_read(struct vs_session *s, unsigned bar, uint64_t offset, unsigned width);
void vs_bar_write(struct vs_session *s, unsigned bar, uint64_t offset, unsigned width,
		  uint64_t value);
/* Inside a structure; `offset` counts from its start and is not checked against its length. */
uint64_t vs_cap_read(struct vs_session *s, const struct vs_cap *cap, uint64_t offset,
		     unsigned width);
void vs_cap_write(struct vs_session *s, const struct vs_cap *cap, uint64_t offset, unsigned width,
		  uint64_t value);

/* Whether what the structure lies in can be reached: a BAR with an address, or, in the draft of
 * 2013, configuration space. The structure has to be a usable one. */
bool vs_cap_placed(const struct vs_session *s, const struct vs_cap *cap);
/* Bytes from the start of a usable structure to the end of its BAR. In configuration space what
 * follows it belongs to others, so there they end with the structure. */
uint64_t vs_cap_room(const struct vs_session *s, const struct vs_cap *cap);

/*
 * A field of common configuration, or its fellow in the legacy header, at its natural width; 64-bit
 * ones as two halves (4.1.3.1). A field that the interface does not have reads 0 and takes nothing.
 */
uint64_t vs_get(struct vs_session *s, enum vs_common_field field);
void vs_set(struct vs_session *s, enum vs_common_field field, uint64_t value);
/* The same for a per-queue field, after writing queue_select. */
uint64_t vs_queue_get(struct vs_session *s, uint16_t queue, enum vs_common_field field);
void vs_queue_set(struct vs_session *s, uint16_t queue, enum vs_common_field field, uint64_t value);
/* Whether the interface has the field, and is long enough to hold it. */
bool vs_has_field(const struct vs_session *s, enum vs_common_field field);

/* The device status of a driver that has come as far as `stage`. */
uint8_t vs_status_at(const struct vs_session *s, enum vs_stage stage);

uint8_t vs_status(struct vs_session *s);
void vs_set_status(struct vs_session *s, uint8_t status);
/* Reads, and so clears, the ISR status; s->isr must not be NULL. */
uint8_t vs_isr(struct vs_session *s);

/* Reads one window of device_feature; window is the select value written. */
uint32_t vs_offered_window(struct vs_session *s, uint32_t window);
/* Writes, reads one window of driver_feature. */
void vs_accept_window(struct vs_session *s, uint32_t window, uint32_t bits);
uint32_t vs_accepted_window(struct vs_session *s, uint32_t window);

/* A field of the device-specific configuration, in the byte order of the interface. */
uint64_t vs_device_read(struct vs_session *s, uint64_t offset, unsigned width);

/*
 * Writes every window of driver_feature and FEATURES_OK, from a status of ACKNOWLEDGE | DRIVER.
 * Returns 0 when FEATURES_OK holds, else -1. Where there is no such step (legacy, the draft of
 * 2013) that is always 0. Sets s->accepted.
 */
int vs_accept_features(struct vs_session *s, const struct vs_features *accepted);

/* Writes 0 to device_status and waits for it to read 0. Returns 0, or -1 when it does not. */
int vs_reset(struct vs_session *s);

/* Time: and a pause between two looks, a fixed one, or one that grows with what was waited since a
 * point in time and ends with patience. */
uint64_t vs_now(struct vs_session *s);
void vs_relax(struct vs_session *s);
void vs_relax_longer(struct vs_session *s, uint64_t since);
void vs_settle(struct vs_session *s);

/*
 * Looks at a condition again and again while the device works, until it holds or patience is over.
 * The value tells which. A bus that is lost may have stopped its clock.
 */
#define vs_wait_until(s, condition)                                                         \
	__extension__({                                                                     \
		uint64_t vs_wait_since = vs_now(s);                                         \
		bool vs_wait_holds;                                                         \
		while (!(vs_wait_holds = (condition)) && (s)->bus->state == VS_BUS_ALIVE && \
		       vs_now(s) - vs_wait_since < (s)->patience_ns)                        \
			vs_relax_longer(s, vs_wait_since);                                  \
		vs_wait_holds;                                                              \
	})

/*
 * Takes `size` zeroed bytes of DMA memory, aligned to `align` (a power of two). NULL when it is
 * used up. Freed with the session. The address on the bus is vs_dma_address(s, pointer). Between
 * two of them lie VS_GUARD_SIZE bytes or more that belong to nobody (guard.h).
 */
void *vs_dma_alloc(struct vs_session *s, size_t size, size_t align);
uint64_t vs_dma_address(const struct vs_session *s, const void *at);

/* Zeroed memory of the session's own, which no device can reach; freed with the session. */
void *vs_session_alloc(struct vs_session *s, size_t size);

#endif
