/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the model share; model.h is what others see. */
#ifndef VS_MODEL_INTERNAL_H
#define VS_MODEL_INTERNAL_H

#include "observe/model.h"

/* A whole register of the queue, or a half of one, was written; read; an event of its rings. */
void vs_model_write_queue(struct vs_seen_queue *q, const struct vs_seen *seen);
void vs_model_read_queue(struct vs_seen_queue *q, const struct vs_seen *seen);
void vs_model_apply_ring(struct vs_seen_queue *q, const struct vs_seen *seen);

#endif
