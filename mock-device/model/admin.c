/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One administration virtqueue, behind the queues of the class (2.12.1, 2.13). It controls the self
 * group and has the two commands that every group has: list the commands, choose among them.
 */
#include "spec/admin.h"
#include "mock-device/model/base.h"

#define LIST_COMMANDS \
	(UINT64_C(1) << VIRTIO_ADMIN_CMD_LIST_QUERY | UINT64_C(1) << VIRTIO_ADMIN_CMD_LIST_USE)
#define LIST_SIZE sizeof(uint64_t)

bool mock_is_admin(const struct mock *mock, unsigned queue)
{
	return queue >= mock->queue_count;
}

void mock_admin_reset(struct mock *mock)
{
	mock->admin_used = LIST_COMMANDS;
}

/* A command as it was read; what the driver left out is zero, what it wrote behind the list that
 * this device has is ignored (2.13). */
struct command {
	uint16_t opcode, group;
	uint64_t list;
};

static struct command read_command(struct mock *mock, struct mock_chain *chain)
{
	uint8_t header[sizeof(struct virtio_admin_cmd)], list[LIST_SIZE];
	struct command command = { 0 };

	mock_chain_read(mock, chain, 0, header, sizeof(header));
	mock_chain_read(mock, chain, sizeof(header), list, sizeof(list));
	command.opcode =
		(uint16_t)mock_get(mock, header, MOCK_FIELD(struct virtio_admin_cmd, opcode));
	command.group =
		(uint16_t)mock_get(mock, header, MOCK_FIELD(struct virtio_admin_cmd, group_type));
	command.list = mock_load(mock, list, sizeof(list));
	return command;
}

/* The qualifier of a refusal, in the order in which 2.12.1.6 wants the fields looked at; OK if the
 * command may run. The member identifier is not used by either command. */
static uint16_t refusal(const struct mock *mock, const struct command *command)
{
	if (command->group != VIRTIO_ADMIN_GROUP_SELF)
		return VIRTIO_ADMIN_STATUS_Q_INVALID_GROUP;
	if (command->opcode >= 64 || !(mock->admin_used >> command->opcode & 1))
		return VIRTIO_ADMIN_STATUS_Q_INVALID_OPCODE;
	if (command->opcode == VIRTIO_ADMIN_CMD_LIST_USE && command->list & ~LIST_COMMANDS)
		return VIRTIO_ADMIN_STATUS_Q_INVALID_FIELD;
	return VIRTIO_ADMIN_STATUS_Q_OK;
}

void mock_admin_execute(struct mock *mock, struct mock_chain *chain)
{
	struct command command = read_command(mock, chain);
	uint16_t qualifier = refusal(mock, &command);
	uint8_t result[sizeof(struct virtio_admin_result)] = { 0 };
	uint8_t list[LIST_SIZE];
	bool ok = qualifier == VIRTIO_ADMIN_STATUS_Q_OK;

	mock_put(mock, result, MOCK_FIELD(struct virtio_admin_result, status),
		 ok ? VIRTIO_ADMIN_STATUS_OK : VIRTIO_ADMIN_STATUS_EINVAL);
	mock_put(mock, result, MOCK_FIELD(struct virtio_admin_result, status_qualifier), qualifier);
	mock_chain_write(mock, chain, 0, result, sizeof(result));
	if (ok && command.opcode == VIRTIO_ADMIN_CMD_LIST_QUERY) {
		mock_store(mock, list, sizeof(list), LIST_COMMANDS);
		mock_chain_write(mock, chain, sizeof(result), list, sizeof(list));
	} else if (ok) {
		mock->admin_used = command.list;
	}
	mock_complete(mock, chain);
}
