/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of a mock device, for the files of the model and for layers. Nothing here is reached
 * from outside: see mock.h for that.
 */
#ifndef MOCK_DEVICE_H
#define MOCK_DEVICE_H

#include "mock-device/model/class.h"
#include "mock-device/model/features.h"
#include "mock-device/model/function.h"
#include "mock-device/model/mock.h"
#include "mock-device/model/queue.h"
#include "spec/virtio.h"

struct mock_ops;

#define MOCK_VALUE_SIZE 32u /* of a quirk's value as text, with its end */

/* One floor of the stack; layer.h says how to use it. */
struct mock_layer {
	const struct mock_ops *ops;
	struct mock_layer *below; /* NULL only at the bottom */
	struct mock *mock;
	long value;                 /* of the quirk: the number, or the index of the word */
	char text[MOCK_VALUE_SIZE]; /* the same as it was written */
	uint64_t state[8];
};

/* The MSI-X table and pending bits; no capability, no vectors. */
struct mock_msix {
	unsigned count;
	unsigned position; /* of the capability in configuration space; 0: none */
	uint8_t *table;    /* count entries of PCI_MSIX_ENTRY_SIZE, as the driver sees them */
	bool *pending;
};

struct mock_timer;

struct mock {
	struct mock_host host;
	const struct mock_class *class;
	bool packed; /* RING_PACKED is offered; which ring it will be, the driver says */
	enum mock_interface interface;
	bool big_endian, draft; /* as in the settings */
	void *state;            /* the class's own */
	struct mock_layer *top;
	struct mock_layer base;
	struct mock_layer layers[MOCK_QUIRKS_MAX];
	unsigned layer_count;

	/* The PCI function: what it is, then what has become of it. */
	struct mock_identity identity;
	struct mock_bars bars;
	struct mock_caps caps;
	struct mock_config shape;
	uint8_t config[PCIE_CONFIG_SIZE];
	struct mock_region regions[MOCK_REGIONS_MAX];
	unsigned region_count;
	struct mock_msix msix;
	bool line; /* level of INTx */

	/* Common configuration. */
	uint8_t status;
	uint8_t isr;
	uint8_t generation;
	uint64_t config_changes; /* ever */
	bool config_dirty;       /* the generation moves when the driver reads the configuration */
	uint32_t device_feature_select, driver_feature_select;
	struct mock_features accepted;   /* as the driver wrote them */
	struct mock_features negotiated; /* accepted and offered */
	bool stepless;       /* negotiated counts without FEATURES_OK: see mock_follow_features */
	bool legacy;         /* … and it is a legacy driver that negotiates */
	enum mock_face face; /* of the access under way */
	uint16_t config_vector;
	uint16_t queue_select;

	struct mock_queue *queues;
	unsigned queue_count; /* num_queues */
	unsigned queue_total; /* and the administration queue behind them */
	uint64_t admin_used;  /* commands that the driver said it uses (2.12.1) */

	bool suspending;        /* SUSPEND was set, buffers are still out */
	bool notify_later;      /* the driver is to hear of a configuration change once it may */
	unsigned changes_later; /* changes of the environment during suspension */
	const char *trouble;    /* why DEVICE_NEEDS_RESET is set */

	uint64_t serial; /* of the last chain */
	uint64_t now;    /* nanoseconds */
	struct mock_timer *timers;
	char description[256];
	enum mock_health health;
};

/* For layers: from now on the device is dead, or hangs. Nothing of it works any more, whatever the
 * call that this happens in was about to do. */
void mock_end(struct mock *mock, enum mock_health health);
bool mock_alive(const struct mock *mock);

/* Time (timer.c): calls act(mock, argument) when `ns` have passed. Power-on forgets it, a device
 * reset does not. */
void mock_after(struct mock *mock, uint64_t ns, void (*act)(struct mock *mock, void *argument),
		void *argument);
void mock_forget_timers(struct mock *mock);

/* Building (build.c, layout.c, stack.c): -1 with a sentence in error. */
int mock_stack_layers(struct mock *mock, const struct mock_settings *settings, char *error,
		      size_t size);
int mock_build(struct mock *mock, char *error, size_t size);
int mock_layout(struct mock *mock, char *error, size_t size);
void mock_unbuild(struct mock *mock);

/* Registers behind the BARs. */
extern const struct mock_registers mock_common_registers, mock_notify_registers, mock_isr_registers,
	mock_device_config_registers, mock_shared_registers, mock_msix_registers,
	mock_pba_registers, mock_legacy_registers;

/* Interrupts (interrupt.c, msix.c). */
bool mock_msix_enabled(const struct mock *mock);
bool mock_may_master(const struct mock *mock);
void mock_update_line(struct mock *mock);
void mock_send_pending(struct mock *mock);
void mock_msix_power_on(struct mock *mock);
void mock_msix_forget_pending(struct mock *mock);

/* Features (features.c): one window of device_feature and driver_feature; FEATURES_OK is granted.
 */
uint32_t mock_offered_window(struct mock *mock, uint32_t window);
uint32_t mock_accepted_window(struct mock *mock, uint32_t window);
void mock_fix_features(struct mock *mock);
/* Features without FEATURES_OK, on the legacy interface and in the draft of 2013: what is accepted
 * counts at once, until DRIVER_OK. */
bool mock_is_stepless(const struct mock *mock);
void mock_follow_features(struct mock *mock);

/* The legacy interface (legacy.c): bytes of BAR 0 that it takes, 0 where there is none. */
uint64_t mock_legacy_length(const struct mock *mock);

/* Status (status.c). */
bool mock_live(const struct mock *mock); /* DRIVER_OK, not suspended, not broken */
bool mock_needs_reset(const struct mock *mock);
void mock_virtio_reset(struct mock *mock);
/* Suspension is complete when no buffer is out any more. */
void mock_suspended_yet(struct mock *mock);

/* Queues (queue.c, chain.c). */
struct mock_queue *mock_selected_queue(struct mock *mock); /* NULL: there is none */
void mock_queue_default(struct mock *mock, struct mock_queue *queue);
void mock_queues_refresh(struct mock *mock); /* features changed: which queues there are now */
void mock_queue_clear(struct mock *mock, struct mock_queue *queue); /* as never set up */
void mock_kick_all(struct mock *mock);
void mock_run(struct mock *mock); /* looks at the queues that were kicked */
void mock_chains_drop(struct mock_queue *queue);
/* For layers that use buffers their own way: the buffer is gone, nobody hears of it. */
void mock_chain_drop(struct mock_queue *queue, struct mock_chain *chain);
/* The used elements that were pushed become visible, with an interrupt where one is wanted. */
void mock_show_used(struct mock *mock, struct mock_queue *queue);
/* Whether buffers of the queue have to be used in the order in which they were taken. */
bool mock_is_in_order(const struct mock *mock, const struct mock_queue *queue);

/* The administration queue (admin.c). */
bool mock_is_admin(const struct mock *mock, unsigned queue);
void mock_admin_execute(struct mock *mock, struct mock_chain *chain);
void mock_admin_reset(struct mock *mock);

#endif
