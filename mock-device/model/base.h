/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bottom of the stack: mock_base_NAME is what a correct device does for operation NAME. Nobody
 * calls these by name except through mock_base_ops, or a layer would be passed over.
 */
#ifndef MOCK_BASE_H
#define MOCK_BASE_H

#include "mock-device/model/layer.h"

#define MOCK_OP(result, name, parameters, arguments) result mock_base_##name parameters;
#define MOCK_OP_VOID(name, parameters, arguments)    void mock_base_##name parameters;
#include "mock-device/model/ops.inc"
#undef MOCK_OP
#undef MOCK_OP_VOID

extern const struct mock_ops mock_base_ops;

#endif
