/* SPDX-License-Identifier: BSD-3-Clause */
/* The life that a plug-in leads in every scenario: twice from probe to remove. */
#ifndef VS_SCRIPT_H
#define VS_SCRIPT_H

#include "exam/host.h"

/* Leads it, and tells the trace what became of it. The device type is that of the subject. */
void vs_script_run(struct virtspec_device *device, uint16_t type);

#endif
