/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hand-made traces for monitors: a plain function in configuration space, and a script of what a
 * driver does to it, judged by the whole jury.
 *
 *	static const struct step early[] = { PLAY(step_queues), NOTIFY(0), END };
 *	static const struct play plays[] = {
 *		{ "a notification too early", early, .breaks = RULE(DRIVER_INIT_…) },
 *	};
 *	…	play_all(plays, ROWS(plays));
 */
#ifndef MONITOR_FIXTURE_H
#define MONITOR_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/common.h"
#include "monitor/jury.h"
#include "spec/byteorder.h"
#include "spec/legacy.h"
#include "spec/pci.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Where the structures are: all in BAR 4, 4 KiB apart; the legacy header is BAR 0. */
#define STAGE_BAR        4u
#define STAGE_COMMON     0x0000u
#define STAGE_ISR        0x1000u
#define STAGE_DEVICE     0x2000u
#define STAGE_NOTIFY     0x3000u
#define STAGE_TABLE      0x4000u
#define STAGE_PBA        0x5000u
#define STAGE_MULTIPLIER 4u
#define STAGE_VECTORS    4u

/* Where the capabilities are in configuration space. */
#define STAGE_CAP_COMMON 0x40u
#define STAGE_CAP_NOTIFY 0x50u
#define STAGE_CAP_ISR    0x64u
#define STAGE_CAP_DEVICE 0x74u
#define STAGE_CAP_WINDOW 0x84u
#define STAGE_CAP_MSIX   0x98u

enum step_kind {
	STEP_END,
	STEP_COMMON, /* access to a field of common configuration, its usual width */
	STEP_LEGACY, /* of the legacy header */
	STEP_ACCESS, /* any access: .event is complete */
	STEP_PLAY,   /* another script */
};

struct step {
	enum step_kind kind;
	int field;
	bool write, high;
	uint64_t value;
	struct vs_event event;
	const struct step *play;
};

#define END                      \
	{                        \
		.kind = STEP_END \
	}
/* Common configuration: write, read; the high half of an address. */
#define W(name, v)                                                                   \
	{                                                                            \
		.kind = STEP_COMMON, .field = VS_##name, .write = true, .value = (v) \
	}
#define R(name, v)                                                    \
	{                                                             \
		.kind = STEP_COMMON, .field = VS_##name, .value = (v) \
	}
#define WH(name, v)                                                                                \
	{                                                                                          \
		.kind = STEP_COMMON, .field = VS_##name, .write = true, .high = true, .value = (v) \
	}
/* The legacy header. */
#define LW(name, v)                                                                  \
	{                                                                            \
		.kind = STEP_LEGACY, .field = VS_##name, .write = true, .value = (v) \
	}
#define LR(name, v)                                                   \
	{                                                             \
		.kind = STEP_LEGACY, .field = VS_##name, .value = (v) \
	}
/* Any event; an access to a BAR or to configuration space. */
#define EVENT(k, ...)                                                              \
	{                                                                          \
		.kind = STEP_ACCESS, .event = {.kind = VS_EVENT_##k, __VA_ARGS__ } \
	}
#define ACCESS(k, reg, at, bytes, v) \
	EVENT(k, .region = (reg), .offset = (at), .width = (bytes), .value = (v))
#define DEVICE_WRITE(at, bytes, v) ACCESS(WRITE, STAGE_BAR, STAGE_DEVICE + (at), bytes, v)
#define DEVICE_READ(at, bytes, v)  ACCESS(READ, STAGE_BAR, STAGE_DEVICE + (at), bytes, v)
/* Queue `q` is notified where its queue_notify_off, read as `q`, says. */
#define NOTIFY(q)                  ACCESS(WRITE, STAGE_BAR, STAGE_NOTIFY + STAGE_MULTIPLIER * (q), 2, q)
#define CONFIG_WRITE(at, bytes, v) ACCESS(WRITE, VS_REGION_CONFIG, at, bytes, v)
#define CONFIG_READ(at, bytes, v)  ACCESS(READ, VS_REGION_CONFIG, at, bytes, v)
#define LIFE(what)                 EVENT(LIFE, .value = VS_LIFE_##what)
#define TRIAL(id)                  EVENT(TRIAL, .value = VS_RULE_##id)
#define PLAY(script)                                \
	{                                           \
		.kind = STEP_PLAY, .play = (script) \
	}

#define STEP_ACK      VIRTIO_STATUS_ACKNOWLEDGE
#define STEP_DRIVER   (STEP_ACK | VIRTIO_STATUS_DRIVER)
#define STEP_FEATURES (STEP_DRIVER | VIRTIO_STATUS_FEATURES_OK)
#define STEP_LIVE     (STEP_FEATURES | VIRTIO_STATUS_DRIVER_OK)

/* A correct start-up in pieces, for a device that offers VERSION_1 alone. */
static const struct step step_reset[] = { W(DEVICE_STATUS, 0), R(DEVICE_STATUS, 0), END };
static const struct step step_driver[] = { PLAY(step_reset), W(DEVICE_STATUS, STEP_ACK),
					   W(DEVICE_STATUS, STEP_DRIVER), END };
static const struct step step_offer[] = {
	W(DEVICE_FEATURE_SELECT, 0),
	R(DEVICE_FEATURE, 0),
	W(DEVICE_FEATURE_SELECT, 1),
	R(DEVICE_FEATURE, 1),
	END,
};
static const struct step step_choice[] = {
	W(DRIVER_FEATURE_SELECT, 0),
	W(DRIVER_FEATURE, 0),
	W(DRIVER_FEATURE_SELECT, 1),
	W(DRIVER_FEATURE, 1),
	END,
};
static const struct step step_held[] = { W(DEVICE_STATUS, STEP_FEATURES),
					 R(DEVICE_STATUS, STEP_FEATURES), END };
static const struct step step_features[] = { PLAY(step_driver), PLAY(step_offer), PLAY(step_choice),
					     PLAY(step_held), END };
/* What queue_select names. */
static const struct step step_queue[] = {
	R(QUEUE_SIZE, 256),
	R(QUEUE_NOTIFY_OFF, 0),
	W(QUEUE_SIZE, 256),
	W(QUEUE_DESC, 0x10000),
	WH(QUEUE_DESC, 0),
	W(QUEUE_DRIVER, 0x20000),
	WH(QUEUE_DRIVER, 0),
	W(QUEUE_DEVICE, 0x30000),
	WH(QUEUE_DEVICE, 0),
	W(QUEUE_ENABLE, 1),
	END,
};
static const struct step step_queues[] = { PLAY(step_features), W(QUEUE_SELECT, 0),
					   PLAY(step_queue), END };
static const struct step step_live[] = { PLAY(step_queues), W(DEVICE_STATUS, STEP_LIVE), END };
/* The same through the legacy header. */
static const struct step step_legacy_driver[] = { LW(DEVICE_STATUS, 0), LR(DEVICE_STATUS, 0),
						  LW(DEVICE_STATUS, STEP_ACK),
						  LW(DEVICE_STATUS, STEP_DRIVER), END };
static const struct step step_legacy_queue[] = {
	PLAY(step_legacy_driver),
	LR(DEVICE_FEATURE, 0),
	LW(DRIVER_FEATURE, 0),
	LW(QUEUE_SELECT, 0),
	LR(QUEUE_SIZE, 256),
	LW(QUEUE_ADDRESS, 0x10),
	END,
};
static const struct step step_legacy_live[] = {
	PLAY(step_legacy_queue), LW(DEVICE_STATUS, STEP_DRIVER | VIRTIO_STATUS_DRIVER_OK), END
};

#define RULE(id) (VS_RULE_##id + 1)

/* A script with what has to become of one rule. */
struct play {
	const char *name;
	const struct step *steps;
	/* RULE(…): armed and kept; broken; not armed. 0: none. */
	int keeps, breaks, idle;
	int also;         /* broken too */
	uint64_t offered; /* feature bits 0 to 63 beside VERSION_1 */
	bool without_version_1;
	bool legacy;     /* has a legacy header, and no structure */
	uint8_t profile; /* 0: the newest */
	uint16_t type;   /* 0: block device */
	unsigned blind;
	uint32_t list_limit;
	void (*dress)(struct vs_subject *subject); /* NULL, or what is else about it */
};

static inline void stage_cap(uint8_t *config, uint8_t at, uint8_t next, uint8_t type,
			     uint32_t offset, uint32_t length)
{
	config[at + PCI_CAP_ID] = PCI_CAP_ID_VNDR;
	config[at + PCI_CAP_NEXT] = next;
	config[at + offsetof(struct virtio_pci_cap, cap_len)] =
		type == VIRTIO_PCI_CAP_NOTIFY_CFG || type == VIRTIO_PCI_CAP_PCI_CFG ? 20 : 16;
	config[at + offsetof(struct virtio_pci_cap, cfg_type)] = type;
	config[at + offsetof(struct virtio_pci_cap, bar)] = STAGE_BAR;
	vs_store_le32(config + at + offsetof(struct virtio_pci_cap, offset), offset);
	vs_store_le32(config + at + offsetof(struct virtio_pci_cap, length), length);
}

static inline void stage_modern(struct vs_subject *subject, uint16_t type)
{
	uint8_t *config = subject->config;

	vs_store_le16(config + PCI_DEVICE_ID, (uint16_t)(VIRTIO_PCI_DEVICE_MODERN + type));
	vs_store_le16(config + PCI_STATUS, PCI_STATUS_CAP_LIST);
	config[PCI_CAPABILITY_LIST] = STAGE_CAP_COMMON;
	stage_cap(config, STAGE_CAP_COMMON, STAGE_CAP_NOTIFY, VIRTIO_PCI_CAP_COMMON_CFG,
		  STAGE_COMMON, sizeof(struct virtio_pci_common_cfg));
	stage_cap(config, STAGE_CAP_NOTIFY, STAGE_CAP_ISR, VIRTIO_PCI_CAP_NOTIFY_CFG, STAGE_NOTIFY,
		  0x100);
	vs_store_le32(config + STAGE_CAP_NOTIFY +
			      offsetof(struct virtio_pci_notify_cap, notify_off_multiplier),
		      STAGE_MULTIPLIER);
	stage_cap(config, STAGE_CAP_ISR, STAGE_CAP_DEVICE, VIRTIO_PCI_CAP_ISR_CFG, STAGE_ISR, 1);
	stage_cap(config, STAGE_CAP_DEVICE, STAGE_CAP_WINDOW, VIRTIO_PCI_CAP_DEVICE_CFG,
		  STAGE_DEVICE, 0x100);
	stage_cap(config, STAGE_CAP_WINDOW, STAGE_CAP_MSIX, VIRTIO_PCI_CAP_PCI_CFG, 0, 0);
	config[STAGE_CAP_MSIX + PCI_CAP_ID] = PCI_CAP_ID_MSIX;
	vs_store_le16(config + STAGE_CAP_MSIX + PCI_MSIX_CONTROL, STAGE_VECTORS - 1);
	vs_store_le32(config + STAGE_CAP_MSIX + PCI_MSIX_TABLE, STAGE_TABLE | STAGE_BAR);
	vs_store_le32(config + STAGE_CAP_MSIX + PCI_MSIX_PBA, STAGE_PBA | STAGE_BAR);
	subject->bars[STAGE_BAR] = (struct vs_bar){ .size = 0x10000, .address = 0xe0000000 };
}

static inline void stage_subject(const struct play *play, struct vs_subject *subject)
{
	uint16_t type = play->type ? play->type : VIRTIO_ID_BLOCK;

	*subject = (struct vs_subject){ .profile = play->profile ? play->profile : VS_PROFILE_1_4,
					.blind = play->blind,
					.list_limit = play->list_limit,
					.offered = { { (uint32_t)play->offered,
						       (uint32_t)(play->offered >> 32) } } };
	if (!play->without_version_1 && !play->legacy)
		vs_features_add(&subject->offered, VIRTIO_F_VERSION_1);
	vs_store_le16(subject->config + PCI_VENDOR_ID, VIRTIO_PCI_VENDOR);
	if (play->legacy) {
		vs_store_le16(subject->config + PCI_DEVICE_ID,
			      type == VIRTIO_ID_NET ? VIRTIO_PCI_DEVICE_FIRST
						    : VIRTIO_PCI_DEVICE_FIRST + 1);
		subject->bars[0] = (struct vs_bar){ .size = 0x100, .address = 0xc000, .io = true };
	} else {
		stage_modern(subject, type);
	}
	if (play->dress)
		play->dress(subject);
}

static inline void stage_event(struct vs_jury *jury, struct vs_event event)
{
	event.time = jury->model.number * 1000;
	vs_jury_hear(jury, &event);
}

static inline void stage_run(struct vs_jury *jury, const struct step *step)
{
	for (; step->kind != STEP_END; step++) {
		const struct vs_common_field_info *f =
			&(step->kind == STEP_LEGACY ? vs_legacy_fields
						    : vs_common_fields)[step->field];
		struct vs_event event = { .kind = step->write ? VS_EVENT_WRITE : VS_EVENT_READ,
					  .offset = f->offset + (step->high ? 4u : 0u),
					  .value = step->value,
					  .width = f->width == 8 ? 4 : f->width };

		if (step->kind == STEP_PLAY) {
			stage_run(jury, step->play);
		} else if (step->kind == STEP_ACCESS) {
			stage_event(jury, step->event);
		} else {
			event.region = step->kind == STEP_COMMON ? STAGE_BAR : 0;
			stage_event(jury, event);
		}
	}
}

static inline bool stage_first_charge(const struct vs_jury *jury, int rule)
{
	for (unsigned i = 0; i < jury->charge_count; i++)
		if (jury->charges[i].rule == rule)
			return jury->charges[i].expected[0] && jury->charges[i].observed[0];
	return false;
}

/* Rules of the same area, "driver.init." or "driver.pci.notify.": a lapse in one of them must not
 * turn another. */
static inline bool same_area(int a, int b)
{
	const char *x = vs_rules[a].id, *y = vs_rules[b].id;
	const char *dot = strrchr(x, '.');

	return strncmp(x, y, (size_t)(dot - x) + 1) == 0;
}

static inline void play_judge(const struct play *play, const struct vs_jury *jury)
{
	int subject = (play->breaks ? play->breaks : play->keeps ? play->keeps : play->idle) - 1;
	int keeps = play->keeps - 1, idle = play->idle - 1;

	for (int r = 0; r < VS_RULE_COUNT; r++) {
		const struct vs_sentence *s = &jury->rules[r];

		if (r == play->breaks - 1 || r == play->also - 1) {
			if (!s->broken || !stage_first_charge(jury, r))
				fail_msg("%s: %s is not broken", play->name, vs_rules[r].id);
		} else if (s->broken && same_area(subject, r)) {
			fail_msg("%s: breaks %s", play->name, vs_rules[r].id);
		}
	}
	if (keeps >= 0 && (!jury->rules[keeps].armed || jury->rules[keeps].broken))
		fail_msg("%s: %s is %s", play->name, vs_rules[keeps].id,
			 jury->rules[keeps].armed ? "broken" : "not armed");
	if (idle >= 0 && jury->rules[idle].armed)
		fail_msg("%s: %s is armed", play->name, vs_rules[idle].id);
}

static inline void play_all(const struct play *plays, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct vs_subject *subject = calloc(1, sizeof(*subject));
		struct vs_jury *jury = calloc(1, sizeof(*jury));

		assert_non_null(subject);
		assert_non_null(jury);
		stage_subject(&plays[i], subject);
		assert_int_equal(vs_jury_init(jury, subject), 0);
		stage_run(jury, plays[i].steps);
		vs_jury_close(jury);
		play_judge(&plays[i], jury);
		vs_jury_free(jury);
		free(jury);
		free(subject);
	}
}

#endif
