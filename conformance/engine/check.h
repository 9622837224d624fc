/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a check of the device sees: the one header that files in device/ include.
 *
 * A check is a function and a record. The engine brings the device up to the stage that the record
 * names, calls the function, and gives its findings to the rules that it names. In the function:
 *
 *	vs_expect(t, condition, "what is expected", "what was %s", …)    judge, and go on
 *	vs_require(t, condition, "…", "…", …)                            judge, and end when it
 *fails vs_skip(t, "why this device has nothing to judge")               NOT_APPLICABLE vs_block(t,
 *RULE, "why what this builds on does not work")       BLOCKED
 *
 * All but vs_expect may not return. A check that judges nothing is VACUOUS. What a check builds on
 * without judging it goes through vs_proceed, vs_serve and their like, which block.
 *
 * A check owns nothing that has to be freed: memory comes from the session.
 */
#ifndef VS_CHECK_H
#define VS_CHECK_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

#include "driver/flight.h"
#include "driver/interrupt.h"
#include "driver/legacy.h"
#include "driver/native.h"
#include "driver/packed.h"
#include "driver/queue.h"
#include "driver/request.h"
#include "driver/session.h"
#include "driver/split.h"
#include "driver/window.h"
#include "rules/rules.h"
#include "spec/byteorder.h"
#include "spec/packed_ring.h"
#include "spec/pci.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

struct vs_ctx;

/* What else a check needs; without it the verdict is NOT_APPLICABLE with a reason. */
#define VS_NEEDS_REQUEST 0x01u  /* a benign request for this device type */
#define VS_NEEDS_MSIX    0x02u  /* MSI-X on the device, messages observable */
#define VS_NEEDS_INTX    0x04u  /* an interrupt pin, the line observable */
#define VS_NEEDS_FRESH   0x08u  /* a device at power-on: such checks run first */
#define VS_NEEDS_BARS    0x10u  /* BAR registers and decoding that reach the device */
#define VS_NEEDS_QUEUE   0x20u  /* at least one virtqueue */
#define VS_NEEDS_ISR     0x80u  /* a usable ISR structure, else BLOCKED */
#define VS_NEEDS_DEVICE  0x100u /* a usable device-specific structure */
#define VS_NEEDS_WINDOW  0x200u /* a PCI configuration access capability */

/* A set of views (enum vs_view): VS_ON(MODERN) | VS_ON(PACKED). */
#define VS_ON(view)   (1u << VS_VIEW_##view)
#define VS_ON_RINGS   (VS_ON(MODERN) | VS_ON(PACKED)) /* every ring format */
#define VS_ON_SPLIT   (VS_ON(MODERN) | VS_ON(LEGACY)) /* split rings */
#define VS_EVERYWHERE (VS_ON_RINGS | VS_ON(LEGACY))

struct vs_check {
	const char *name;
	const char *file;
	int line;
	const uint16_t *rules; /* enum vs_rule_id, up to VS_RULE_COUNT; the first is the main one */
	const uint16_t *breaks; /* driver rules that it breaks on purpose, the same way, or NULL */
	enum vs_stage stage;    /* brought up to this before it is called */
	struct vs_setup setup;
	unsigned needs; /* VS_NEEDS_… */
	/*
	 * Views in which it runs, each time anew; those that the device does not have fall away. 0:
	 * what its first rule suggests, which is the legacy interface for a rule about that, packed
	 * rings for a rule about those, and otherwise the modern interface, with both ring formats
	 * if the check needs a request.
	 */
	unsigned views;
	void (*run)(struct vs_ctx *t);
};

struct vs_run;
struct vs_probe;

struct vs_ctx {
	struct vs_session *s;
	const struct vs_run *run;     /* the engine's */
	const struct vs_probe *probe; /* what the device is in the view of this session */
	struct vs_outcome *outcome;
	bool applies[4]; /* by position in check->rules: whether the rule applies here */
	void *resume;    /* the engine's: where a check that ends early goes on */
	bool recovered;  /* the engine's: the device works after what the check did to it */
};

/* Rule lists: VS_RULES(PCI_NOTIFY_MULTIPLIER, …), up to four; VS_BREAKS the same for driver rules,
 * of which a check announces as many as it breaks: up to eight. */
#define VS_RULES(...) \
	VS_PICK_LIST_(__VA_ARGS__, VS_LIST4_, VS_LIST3_, VS_LIST2_, VS_LIST1_, 0)(__VA_ARGS__)
#define VS_BREAKS(...)                                                                           \
	((const uint16_t[]){ VS_PICK_BREAKS_(__VA_ARGS__, VS_BREAKS8_, VS_BREAKS7_, VS_BREAKS6_, \
					     VS_BREAKS5_, VS_BREAKS4_, VS_BREAKS3_, VS_BREAKS2_, \
					     VS_BREAKS1_, 0)(__VA_ARGS__) VS_RULE_COUNT })
#define VS_PICK_BREAKS_(a, b, c, d, e, f, g, h, list, ...) list
#define VS_BREAKS1_(a)                                     VS_RULE_##a,
#define VS_BREAKS2_(a, ...)                                VS_RULE_##a, VS_BREAKS1_(__VA_ARGS__)
#define VS_BREAKS3_(a, ...)                                VS_RULE_##a, VS_BREAKS2_(__VA_ARGS__)
#define VS_BREAKS4_(a, ...)                                VS_RULE_##a, VS_BREAKS3_(__VA_ARGS__)
#define VS_BREAKS5_(a, ...)                                VS_RULE_##a, VS_BREAKS4_(__VA_ARGS__)
#define VS_BREAKS6_(a, ...)                                VS_RULE_##a, VS_BREAKS5_(__VA_ARGS__)
#define VS_BREAKS7_(a, ...)                                VS_RULE_##a, VS_BREAKS6_(__VA_ARGS__)
#define VS_BREAKS8_(a, ...)                                VS_RULE_##a, VS_BREAKS7_(__VA_ARGS__)
#define VS_PICK_LIST_(a, b, c, d, list, ...)               list
#define VS_LIST1_(a)                       \
	(const uint16_t[])                 \
	{                                  \
		VS_RULE_##a, VS_RULE_COUNT \
	}
#define VS_LIST2_(a, b)                                 \
	(const uint16_t[])                              \
	{                                               \
		VS_RULE_##a, VS_RULE_##b, VS_RULE_COUNT \
	}
#define VS_LIST3_(a, b, c)                                           \
	(const uint16_t[])                                           \
	{                                                            \
		VS_RULE_##a, VS_RULE_##b, VS_RULE_##c, VS_RULE_COUNT \
	}
#define VS_LIST4_(a, b, c, d)                                                     \
	(const uint16_t[])                                                        \
	{                                                                         \
		VS_RULE_##a, VS_RULE_##b, VS_RULE_##c, VS_RULE_##d, VS_RULE_COUNT \
	}

/* Registers the function `function` as a check with that name. */
#define VS_DEVICE_CHECK(function, ...)                                       \
	static const struct vs_check function##_check = { .name = #function, \
							  .file = __FILE__,  \
							  .line = __LINE__,  \
							  .run = (function), \
							  __VA_ARGS__ };     \
	static const struct vs_check *const function##_registered            \
		__attribute__((section("vs_device_checks"), used, retain)) = &function##_check

/* The registered checks, in no particular order. */
size_t vs_check_count(void);
const struct vs_check *vs_check_at(size_t index);

/* Judging. `rule` is VS_RULE_… of the check's list, or -1 for its first. True when it holds. */
bool vs_judge(struct vs_ctx *t, int rule, bool holds, const char *expected, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void vs_judge_or_end(struct vs_ctx *t, int rule, bool holds, const char *expected,
		     const char *format, ...) __attribute__((format(printf, 5, 6)));
#define vs_expect(t, condition, expected, ...) vs_judge(t, -1, condition, expected, __VA_ARGS__)
#define vs_expect_for(t, rule, condition, expected, ...) \
	vs_judge(t, VS_RULE_##rule, condition, expected, __VA_ARGS__)
#define vs_require(t, condition, expected, ...) \
	vs_judge_or_end(t, -1, condition, expected, __VA_ARGS__)

/* Says where the following findings are: "queue 3", "notification capability at 0x84". */
void vs_where(struct vs_ctx *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ends the check. `rule` is the rule whose breach is in the way (VS_RULE_…), or -1. */
void vs_skip(struct vs_ctx *t, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));
void vs_block(struct vs_ctx *t, int rule, const char *format, ...)
	__attribute__((format(printf, 3, 4), noreturn));
/* Blocks with what the session says its trouble is. */
void vs_block_by_trouble(struct vs_ctx *t) __attribute__((noreturn));

/* Brings the session further, or blocks. */
void vs_proceed(struct vs_ctx *t, enum vs_stage stage);
/* Starts over: a new session on the device, reset and brought up to `stage`, or blocks. */
void vs_start_over(struct vs_ctx *t, enum vs_stage stage, struct vs_setup setup);

/* Blocks where the function presents no structure of this type, or none that can be used. `present`
 * is the rule that asks for it (VS_RULE_…), or -1. */
void vs_need_structure(struct vs_ctx *t, uint8_t cfg_type, int present);
void vs_need_usable_structure(struct vs_ctx *t, uint8_t cfg_type, int present);

/* Takes memory for DMA, or blocks. */
void *vs_take_memory(struct vs_ctx *t, size_t size, size_t align);

/* A benign request made ready; sent; sent and waited for: or blocks. */
void vs_make_request(struct vs_ctx *t, struct vs_request *request);
void vs_send_request(struct vs_ctx *t, struct vs_request *request);
void vs_finish_request(struct vs_ctx *t, struct vs_request *request, struct vs_used *used);
/* The whole of it on a live device. */
void vs_serve(struct vs_ctx *t);

/* Makes the environment change the device's configuration, or skips where it has no way. */
void vs_change_config(struct vs_ctx *t);
/* The same where the rest of the check goes on without: false where there is no way. */
bool vs_try_change_config(struct vs_ctx *t);

/* Whether there is a benign request for this device, with room for it in its virtqueue. */
bool vs_can_serve(const struct vs_ctx *t);
/* Serves a benign request and asks for an interrupt when it is used. */
void vs_serve_interrupting(struct vs_ctx *t);

/* Whether this function's interrupts of either kind can be seen. */
bool vs_sees_msix(const struct vs_ctx *t);
bool vs_sees_intx(const struct vs_ctx *t);
/*
 * Which interrupts came since the last look, in the way that the session is set up for: messages of
 * its vectors, or the line, which reading the ISR status then lowers. What cannot be told apart is
 * both: a vector for all, a line without a bit in the ISR status.
 */
#define VS_INTERRUPT_QUEUE  0x01u
#define VS_INTERRUPT_CONFIG 0x02u
unsigned vs_take_interrupts(struct vs_ctx *t);
/* Waits for one of this kind. False when patience is over. */
bool vs_wait_interrupt(struct vs_ctx *t, unsigned kind);
/* Starts over and goes live in such a way that they tell the two kinds apart; or skips. */
void vs_live_listening(struct vs_ctx *t, struct vs_setup setup);

/*
 * Turns MSI-X on behind the session's back, so that it leaves the vector registers to the check.
 * All entries of the table that a check looks at can send; vs_message tells one that did since the
 * last look, or -1. Of a large table only some entries are looked at: the ends, and where an
 * address bit changes.
 */
void vs_msix_by_hand(struct vs_ctx *t);
int vs_message(struct vs_ctx *t);
bool vs_msix_sampled(const struct vs_ctx *t, uint32_t vector);

/* Fills memory with a pattern, and tells later whether anybody wrote into it. */
void vs_mark(struct vs_ctx *t, void *at, size_t size);
bool vs_is_marked(struct vs_ctx *t, const void *at, size_t size);

/* Blocks where a plain driver got no answer to a benign request before any check. */
void vs_need_service(struct vs_ctx *t);

/* After a blow: as vs_start_over, but under the check's first rule that has to work, or it ends. */
void vs_require_restart(struct vs_ctx *t, enum vs_stage stage, struct vs_setup setup,
			const char *blow);

/* A number for what stands in all areas of a queue: another one when anybody wrote into them. */
uint64_t vs_queue_digest(struct vs_ctx *t, const struct vs_queue *q);

/*
 * After a blow: judges, under the check's first rule, that the device still resets, comes up again
 * with a plain driver and serves a benign request (where its type has one).
 */
void vs_expect_recovery(struct vs_ctx *t, const char *blow);

/* Whether a feature is offered, and whether it was accepted in this session. */
static inline bool vs_offers(const struct vs_ctx *t, unsigned bit)
{
	return vs_features_has(&t->s->offered, bit);
}

static inline bool vs_negotiated(const struct vs_ctx *t, unsigned bit)
{
	return vs_features_has(&t->s->accepted, bit);
}

static inline bool vs_is_pow2(uint64_t value)
{
	return value && (value & (value - 1)) == 0;
}

#endif
