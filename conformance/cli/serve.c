/* SPDX-License-Identifier: BSD-3-Clause */
/* virtspec serve TARGET --listen PATH */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bus/mock_target.h"
#include "cli/cli.h"
#include "mock-device/expose/mock_function.h"

/* The longest wait: a signal that comes just before one is seen after it. */
#define WAIT_MS 200

enum { KEY_LISTEN = 256, KEY_ONCE, KEY_PLAIN };

struct arguments {
	const char *target;
	const char *path;
	bool once, plain;
};

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
	signalled = number;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_LISTEN:
		a->path = arg;
		return 0;
	case KEY_ONCE:
		a->once = true;
		return 0;
	case KEY_PLAIN:
		a->plain = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->target)
			vs_refuse("one target at a time; '%s' is a second one", arg);
		a->target = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->target || !a->path)
			vs_refuse("serve needs a target and --listen PATH; for example: virtspec "
				  "serve mock:blk --listen /tmp/blk.sock");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "listen", KEY_LISTEN, "PATH", 0, "The UNIX socket on which clients are awaited", 0 },
	{ "once", KEY_ONCE, NULL, 0, "End when the first client has gone", 0 },
	{ "plain", KEY_PLAIN, NULL, 0,
	  "Be a server like any other: offer no panel by which a tester drives the clock", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "TARGET",
	.doc = "Exposes a mock device over vfio-user, to one client after the other, until a "
	       "signal.\vTARGET is " VS_MOCK_SYNTAX
	       ". For QEMU 10.1 or later: -device '{\"driver\":\"vfio-user-pci\",\"socket\":"
	       "{\"type\":\"unix\",\"path\":\"PATH\"}}', with guest memory of "
	       "-object memory-backend-memfd,share=on.",
};

/* Returns 0, or -1 with a sentence in error. */
static int make_mock(const struct arguments *a, struct expose_mock *m, char *error, size_t size)
{
	struct mock_settings settings;
	struct vs_target target;
	int result = -1;

	if (vs_target_parse(a->target, &target, error, size))
		return -1;
	if (strcmp(target.way, "mock") != 0)
		snprintf(error, size, "only mock devices are served, not '%s'", a->target);
	else if (!vs_mock_settings(&target, &settings, error, size))
		result = expose_mock_open(m, &settings, error, size);
	vs_target_free(&target);
	return result;
}

static int serve(const struct arguments *a, struct expose_mock *m)
{
	bool attached = false;

	fprintf(stderr, "virtspec: %s listens on %s\n", mock_describe(m->mock), a->path);
	while (!signalled) {
		int result;

		expose_mock_pass(m);
		result = expose_step(m->server, expose_mock_wait(m, WAIT_MS));
		if (result < 0)
			return vs_complain("cannot serve any more: %s", strerror(errno));
		if (attached && !result && expose_complaint(m->server))
			vs_complain("the client was dropped: %s", expose_complaint(m->server));
		if (a->once && !result && expose_clients(m->server))
			break;
		attached = result;
	}
	return 0;
}

int vs_command_serve(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct expose_function function;
	struct arguments a = { 0 };
	struct expose_mock m;
	char error[512] = "";
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (make_mock(&a, &m, error, sizeof(error)))
		return vs_complain("%s", error);
	expose_mock_function(&m, &function);
	if (a.plain)
		function.panel = NULL;
	m.server = expose_listen(a.path, &function, error, sizeof(error));
	status = m.server ? serve(&a, &m) : vs_complain("%s", error);
	expose_close(m.server);
	m.server = NULL;
	expose_mock_close(&m);
	return status;
}
