/* SPDX-License-Identifier: BSD-3-Clause */
/* Drivers of either interface, one after another, for checks of the legacy one. */
#ifndef VS_LEGACY_DRIVE_H
#define VS_LEGACY_DRIVE_H

#include "engine/check.h"

/*
 * A new driver by the interface of this view: from reset to a request that is served, where the
 * device type has one. 0, or -1 with t->s->trouble. The session stays in the view.
 */
int vs_drive(struct vs_ctx *t, enum vs_view view, struct vs_setup setup);

/* The part of it from where the session is. */
int vs_drive_on(struct vs_ctx *t);

#endif
