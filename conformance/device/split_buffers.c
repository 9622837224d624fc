/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.7.4 Message Framing, 2.7.5 on the memory of buffers, 2.7.8 on the used length. */
#include "device/rings.h"

static void any_framing(struct vs_ctx *t)
{
	vs_check_framing(t);
}
/* Byte by byte is needless, and allowed: a device may not mind it. */
VS_DEVICE_CHECK(any_framing, .rules = VS_RULES(SPLIT_ANY_FRAMING), .views = VS_EVERYWHERE,
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_SPLIT_DESCRIPTOR_COUNT_REASONABLE));

static void split_buffers(struct vs_ctx *t)
{
	vs_check_buffers(t, VS_RULE_SPLIT_READABLE_NOT_WRITTEN, VS_RULE_SPLIT_WRITABLE_NOT_READ,
			 VS_RULE_SPLIT_USED_LEN_WRITTEN);
}
VS_DEVICE_CHECK(split_buffers,
		.rules = VS_RULES(SPLIT_READABLE_NOT_WRITTEN, SPLIT_WRITABLE_NOT_READ,
				  SPLIT_USED_LEN_WRITTEN),
		.views = VS_ON_SPLIT, .stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_SPLIT_DESCRIPTOR_COUNT_REASONABLE));
