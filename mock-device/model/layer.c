/* SPDX-License-Identifier: BSD-3-Clause */
/* Dispatch: from the layer that is asked down to the first one that has the operation. */
#include "mock-device/model/base.h"

#define MOCK_OP(result, name, parameters, arguments) \
	result mock_op_##name parameters             \
	{                                            \
		while (!layer->ops->name)            \
			layer = layer->below;        \
		return layer->ops->name arguments;   \
	}
#define MOCK_OP_VOID(name, parameters, arguments) \
	void mock_op_##name parameters            \
	{                                         \
		while (!layer->ops->name)         \
			layer = layer->below;     \
		layer->ops->name arguments;       \
	}
#include "mock-device/model/ops.inc"
#undef MOCK_OP
#undef MOCK_OP_VOID

const struct mock_ops mock_base_ops = {
#define MOCK_OP(result, name, parameters, arguments) .name = mock_base_##name,
#define MOCK_OP_VOID(name, parameters, arguments)    .name = mock_base_##name,
#include "mock-device/model/ops.inc"
#undef MOCK_OP
#undef MOCK_OP_VOID
};
