/* SPDX-License-Identifier: BSD-3-Clause */
/* What each kind of step does. Arguments are in the order of vs_fuzz_kinds. */
#ifndef VS_FUZZ_STEPS_H
#define VS_FUZZ_STEPS_H

#include "fuzz/world.h"

#define VS_FUZZ_STEP(name) \
	void vs_fuzz_step_##name(struct vs_fuzz_world *w, const struct vs_fuzz_step *step)

/* registers.c */
VS_FUZZ_STEP(bring_up);
VS_FUZZ_STEP(reset);
VS_FUZZ_STEP(read);
VS_FUZZ_STEP(write);
VS_FUZZ_STEP(look);
VS_FUZZ_STEP(poke);
VS_FUZZ_STEP(window_read);
VS_FUZZ_STEP(window_write);
VS_FUZZ_STEP(vector);
VS_FUZZ_STEP(change_config);
VS_FUZZ_STEP(settle);

/* serve.c */
VS_FUZZ_STEP(serve);

/* traffic.c */
VS_FUZZ_STEP(request);
VS_FUZZ_STEP(chain);
VS_FUZZ_STEP(notify);
VS_FUZZ_STEP(notify_often);
VS_FUZZ_STEP(collect);
VS_FUZZ_STEP(events);
VS_FUZZ_STEP(queue_reset);
VS_FUZZ_STEP(queue_restart);
VS_FUZZ_STEP(header);

/* hostile.c */
VS_FUZZ_STEP(notify_with);
VS_FUZZ_STEP(descriptor);
VS_FUZZ_STEP(table_entry);
VS_FUZZ_STEP(publish);
VS_FUZZ_STEP(avail_entry);
VS_FUZZ_STEP(avail_index);
VS_FUZZ_STEP(store);

#endif
