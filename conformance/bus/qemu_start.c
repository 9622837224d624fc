/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting and ending the QEMU of the way qemu. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/qemu.h"

#define START_TIMEOUT_NS 30000000000u
/* A process whose connection closed is about to end; this long for its exit status. */
#define LAST_WORDS_MS    2000

static void serve_stderr(void *context)
{
	struct vs_qemu *q = context;

	vs_qemu_process_drain(&q->process);
	q->qb.qtest.channel.side_fd = q->process.err;
	q->qmp.channel.side_fd = q->process.err;
}

void vs_qemu_explain(struct vs_qemu *q)
{
	struct vs_bus *bus = &q->qb.bus;
	char fate[80], complaint[200];
	bool ended;

	if (bus->state == VS_BUS_HUNG) {
		vs_qemu_process_end(&q->process);
		return;
	}
	ended = vs_qemu_process_wait(&q->process, LAST_WORDS_MS);
	vs_qemu_process_end(&q->process);
	if (!ended)
		return;
	vs_qemu_process_fate(&q->process, fate, sizeof(fate));
	vs_qemu_process_complaint(&q->process, q->chatter, complaint, sizeof(complaint));
	snprintf(bus->reason, sizeof(bus->reason), "QEMU %s%s%s", fate, *complaint ? ": " : "",
		 complaint);
}

static void connection_failed(void *context)
{
	vs_qemu_explain(context);
}

void vs_qemu_stop(struct vs_qemu *q)
{
	vs_qemu_process_end(&q->process);
	vs_qtest_close(&q->qb.qtest);
	vs_qmp_close(&q->qmp);
}

/* Starts the process with fresh connections. Returns 0, or -1 with a sentence. */
static int spawn(struct vs_qemu *q, char *error, size_t size)
{
	int qtest[2] = { -1, -1 }, qmp[2] = { -1, -1 };
	struct vs_qemu_words words;
	int result = -1;
	int fds[5];

	snprintf(error, size, "cannot start QEMU: out of memory or descriptors");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, qtest) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, qmp))
		goto out;
	q->command.qtest = fds[0] = qtest[1];
	q->command.qmp = fds[1] = qmp[1];
	fds[2] = q->command.ram;
	fds[3] = q->command.bios;
	fds[4] = q->command.resource;
	if (vs_qtest_open(&q->qb.qtest, &q->qb.bus, qtest[0], "QEMU"))
		goto out;
	qtest[0] = -1;
	if (vs_qmp_open(&q->qmp, qmp[0]))
		goto out;
	qmp[0] = -1;
	if (vs_qemu_command_build(&q->command, &words))
		goto out;
	q->chatter = q->process.length;
	result = vs_qemu_process_start(&q->process, q->path, words.list, fds,
				       q->command.resource >= 0 ? 5 : 4, error, size);
	vs_qemu_words_free(&words);
	q->qb.qtest.failed = connection_failed;
	q->qb.qtest.channel.side = q->qmp.channel.side = serve_stderr;
	q->qb.qtest.channel.context = q->qmp.channel.context = q;
	q->qb.qtest.channel.side_fd = q->qmp.channel.side_fd = q->process.err;
out:
	for (unsigned i = 0; i < 2; i++) {
		if (qtest[i] >= 0)
			close(qtest[i]);
		if (qmp[i] >= 0)
			close(qmp[i]);
	}
	return result;
}

/* What a process that ended while it started says, as a sentence. */
static void describe_refusal(struct vs_qemu *q, char *error, size_t size)
{
	char fate[80], complaint[400];

	vs_qemu_process_fate(&q->process, fate, sizeof(fate));
	vs_qemu_process_complaint(&q->process, q->chatter, complaint, sizeof(complaint));
	if (strstr(complaint, "is not a valid device model name"))
		snprintf(error, size, "%s has no device %s; another version of QEMU may have it",
			 q->path, q->device);
	else if (strstr(complaint, "unsupported machine type"))
		snprintf(error, size, "%s has no machine type %s; use q35, pc or g3beige", q->path,
			 q->machine);
	else if (*complaint)
		snprintf(error, size, "QEMU refused to start: %s", complaint);
	else
		snprintf(error, size, "%s %s before it answered", q->path, fate);
}

int vs_qemu_start(struct vs_qemu *q, char *error, size_t size)
{
	struct vs_bus *bus = &q->qb.bus;
	enum vs_line_result greeted;
	int result;

	if (spawn(q, error, size)) {
		vs_qemu_stop(q);
		return -1;
	}
	greeted = vs_qmp_greet(&q->qmp, vs_monotonic_ns() + START_TIMEOUT_NS);
	if (greeted) {
		bool late = greeted == VS_LINE_LATE ||
			    !vs_qemu_process_wait(&q->process, LAST_WORDS_MS);

		vs_qemu_stop(q);
		if (late)
			snprintf(error, size, "%s was started and did not answer as QEMU does",
				 q->path);
		else
			describe_refusal(q, error, size);
		return -1;
	}
	result = vs_qtest_bus_find(&q->qb, 0, q->devfn, error, size);
	if (!result)
		result = vs_qtest_bus_prepare(&q->qb);
	if (result) {
		if (result < 0)
			snprintf(error, size, "%s", bus->reason);
		vs_qemu_stop(q);
		return -1;
	}
	vs_qemu_process_drain(&q->process);
	q->process.length = q->chatter < q->process.length ? q->chatter : q->process.length;
	q->process.text[q->process.length] = '\0';
	snprintf(q->about, sizeof(q->about), "QEMU %s, %s, %s accelerator", q->qmp.version,
		 q->machine, q->qb.qtest.steps_clock ? "qtest" : "tcg");
	return 0;
}
