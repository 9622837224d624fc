/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/legacy_drive.h"

int vs_drive_on(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_request request;

	if (vs_session_advance(s, VS_STAGE_LIVE))
		return -1;
	/* A device that shows no queue at all is no device that has no room in one. */
	if (!vs_request_kind(s->fn->type) || (s->queue_count && !vs_can_serve(t)))
		return 0;
	if (vs_request_make(s, &request))
		return -1;
	/* Without ANY_LAYOUT it takes more descriptors. */
	return request.count > request.q->size ? 0 : vs_request_return(&request);
}

int vs_drive(struct vs_ctx *t, enum vs_view view, struct vs_setup setup)
{
	vs_session_renew(t->s, setup);
	t->s->view = view;
	return vs_drive_on(t);
}
