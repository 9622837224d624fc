/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that take time, for layers that do something in the meantime. */
#ifndef MOCK_SLOW_H
#define MOCK_SLOW_H

#include "mock-device/quirks/quirk.h"

#define MOCK_NS_PER_US UINT64_C(1000)
#define MOCK_SLOW_NS   (50 * MOCK_NS_PER_US)
#define MOCK_SLOW_SLOT 7u /* of the layer's state[]: not for anything else */

/* For the operation execute: what it has to do is done `ns` later, oldest first. */
void mock_execute_later(struct mock_layer *q, uint64_t ns);

/* The operation execute, MOCK_SLOW_NS late. */
void mock_execute_slowly(struct mock_layer *q, struct mock_chain *chain);

#endif
