/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness: drivers in a row that accept different ring formats, as firmware and system do. */
#include "engine/check.h"

static bool serves(struct vs_ctx *t, uint64_t refuse)
{
	struct vs_session *s = t->s;
	struct vs_request request;

	vs_session_renew(s, (struct vs_setup){ .queue_size = 16, .refuse = refuse });
	if (vs_session_advance(s, VS_STAGE_LIVE))
		return false;
	for (unsigned i = 0; i < 2; i++)
		if (vs_request_make(s, &request) || vs_request_return(&request))
			return false;
	return true;
}

static void formats_in_turn(struct vs_ctx *t)
{
	const uint64_t split = VS_BIT(VIRTIO_F_RING_PACKED);
	bool works;

	vs_need_service(t);
	if (!vs_can_serve(t))
		vs_skip(t, "its virtqueue is too small for a benign request");
	for (unsigned i = 0; i < 4; i++) {
		works = serves(t, i % 2 ? 0 : split);
		if (i == 0 && !works)
			vs_block_by_trouble(t);
		vs_where(t, "driver %u, of %s rings", i + 1, i % 2 ? "packed" : "split");
		vs_expect(t, works, "a device that works", "%s", works ? "" : t->s->trouble.text);
	}
}
VS_DEVICE_CHECK(formats_in_turn, .rules = VS_RULES(ROBUST_SECOND_DRIVER), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_REQUEST, .views = VS_ON(PACKED));
