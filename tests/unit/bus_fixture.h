/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bus opened for one test, of whatever way, and what has to be true after it was closed. The
 * target "attached" stands for a QEMU that the test starts and reaches by the way qtest; "served"
 * for a mock in another process, behind our vfio-user server ("plain": without its panel);
 * "g3beige/" before a target stands for that machine. VIRTSPEC_QEMU and VIRTSPEC_MACHINE choose the
 * program and the machine type of the others, VIRTSPEC_QEMU_PPC the program of g3beige: without it
 * there is none.
 */
#ifndef BUS_FIXTURE_H
#define BUS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus/qemu.h"
#include "bus/way.h"
#include "mock-device/expose/mock_function.h"

#define ATTACHED "attached"
#define SERVED   "served"
#define PLAIN    "plain"
#define G3BEIGE  "g3beige/"

struct fixture {
	const char *target, *program, *machine;
	struct vs_bus *bus;          /* NULL: not opened */
	bool no_qemu;                /* there is none to try it on */
	char error[300];             /* of opening */
	struct vs_qemu_process peer; /* of an attached bus */
	pid_t server;                /* of a served one */
	char dir[32], path[48], address[96];
	unsigned descriptors;
	cpu_set_t affinity;
};

static inline const char *chosen(const char *variable, const char *otherwise)
{
	const char *name = getenv(variable);

	return name && *name ? name : otherwise;
}

/* What a subject's text stands for. */
static inline void choose(struct fixture *f, const char *subject)
{
	size_t prefix = strlen(G3BEIGE);

	f->target = subject;
	if (!strncmp(subject, G3BEIGE, prefix)) {
		f->target += prefix;
		f->machine = "g3beige";
		f->program = chosen("VIRTSPEC_QEMU_PPC", NULL);
		return;
	}
	f->machine = chosen("VIRTSPEC_MACHINE", "q35");
	f->program = chosen("VIRTSPEC_QEMU", "qemu-system-x86_64");
}

static inline bool is_attached(const struct fixture *f)
{
	return !strcmp(f->target, ATTACHED);
}

static inline bool is_qemu(const struct fixture *f)
{
	return !strncmp(f->target, "qemu:", 5);
}

static inline unsigned count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* A QEMU as a user would start it; -S because its firmware is nobody's subject here. */
static inline void start_peer(struct fixture *f)
{
	char path[256], error[300], line[600];
	char *argv[32] = { line };
	unsigned count = 0;

	snprintf(f->dir, sizeof(f->dir), "/tmp/virtspec-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/qtest", f->dir);
	snprintf(f->address, sizeof(f->address), "qtest:%s,addr=00:04.0", f->path);
	assert_int_equal(vs_qemu_find_program(f->program, path, sizeof(path), error, sizeof(error)),
			 0);
	snprintf(line, sizeof(line),
		 "%s -M %s -accel qtest -accel tcg -S -nodefaults -display none -qtest-log none "
		 "-qtest unix:%s,server=on,wait=off -device virtio-rng-pci,addr=4",
		 path, f->machine, f->path);
	for (char *word = strtok(line, " "); word && count < 31; word = strtok(NULL, " "))
		argv[count++] = word;
	vs_qemu_process_init(&f->peer);
	assert_int_equal(vs_qemu_process_start(&f->peer, path, argv, NULL, 0, error, sizeof(error)),
			 0);
}

static inline bool is_served(const struct fixture *f)
{
	return !strcmp(f->target, SERVED) || !strcmp(f->target, PLAIN);
}

/* The server's process: it ends with ours at the latest. */
static inline void serve(const char *path, bool plain)
{
	struct mock_settings settings = { .class_name = "blk" };
	struct expose_function function;
	struct expose_mock m;
	char error[300];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (expose_mock_open(&m, &settings, error, sizeof(error)))
		_exit(1);
	expose_mock_function(&m, &function);
	if (plain)
		function.panel = NULL;
	m.server = expose_listen(path, &function, error, sizeof(error));
	while (m.server && expose_step(m.server, expose_mock_wait(&m, 1000)) >= 0)
		expose_mock_pass(&m);
	_exit(1);
}

static inline void start_server(struct fixture *f)
{
	snprintf(f->dir, sizeof(f->dir), "/tmp/virtspec-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/vfio-user", f->dir);
	snprintf(f->address, sizeof(f->address), "vfio-user:%s", f->path);
	f->server = fork();
	assert_true(f->server >= 0);
	if (f->server == 0)
		serve(f->path, !strcmp(f->target, PLAIN));
}

static inline void open_bus(struct fixture *f)
{
	struct vs_bus_options options = { .qemu = f->program, .machine = f->machine };
	const char *target = is_attached(f) || is_served(f) ? f->address : f->target;

	/* The socket of a process that was started appears some time after that. */
	for (unsigned i = 0; i < 2000; i++) {
		f->bus = vs_bus_open(target, &options, f->error, sizeof(f->error));
		if (f->bus || !(is_attached(f) || is_served(f)) ||
		    !strstr(f->error, "cannot connect"))
			break;
		usleep(5000);
	}
}

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[256], error[300];

	assert_non_null(f);
	choose(f, *state);
	*state = f;
	f->descriptors = count_descriptors();
	sched_getaffinity(0, sizeof(f->affinity), &f->affinity);
	if ((is_qemu(f) || is_attached(f)) &&
	    (!f->program ||
	     vs_qemu_find_program(f->program, path, sizeof(path), error, sizeof(error)))) {
		f->no_qemu = true;
		return 0;
	}
	if (is_attached(f))
		start_peer(f);
	if (is_served(f))
		start_server(f);
	open_bus(f);
	return 0;
}

/* A closed bus leaves nothing behind: no process, no descriptor, no pinned processor. */
static inline int teardown(void **state)
{
	struct fixture *f = *state;
	cpu_set_t affinity;

	vs_bus_close(f->bus);
	if (f->server > 0) {
		kill(f->server, SIGKILL);
		waitpid(f->server, NULL, 0);
	}
	if (*f->dir) {
		if (is_attached(f))
			vs_qemu_process_end(&f->peer);
		unlink(f->path);
		rmdir(f->dir);
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(count_descriptors(), f->descriptors);
	sched_getaffinity(0, sizeof(affinity), &affinity);
	assert_true(CPU_EQUAL(&affinity, &f->affinity));
	free(f);
	return 0;
}

static inline struct vs_bus *bus_of(void **state)
{
	struct fixture *f = *state;

	if (f->no_qemu) {
		print_message("there is no QEMU for it: %s\n",
			      f->program ? f->program : "VIRTSPEC_QEMU_PPC is not set");
		skip();
	}
	if (!f->bus)
		fail_msg("%s: %s", f->target, f->error);
	return f->bus;
}

static inline uint32_t config(struct vs_bus *bus, unsigned offset, unsigned width)
{
	uint32_t value;

	assert_int_equal(vs_bus_config_read(bus, offset, width, &value), 0);
	return value;
}

static inline void set_config(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value)
{
	assert_int_equal(vs_bus_config_write(bus, offset, width, value), 0);
}

/* The QEMU behind the bus, or 0. */
static inline pid_t process_of(const struct fixture *f)
{
	if (is_attached(f))
		return f->peer.pid;
	return is_qemu(f) ? ((struct vs_qemu *)f->bus)->process.pid : 0;
}

static const char *const subjects[] = {
	"mock:blk",
	SERVED,
	PLAIN,
	"qemu:virtio-rng-pci",
	"qemu:virtio-blk-pci",
	ATTACHED,
	G3BEIGE "qemu:virtio-blk-pci-transitional",
	G3BEIGE ATTACHED,
};

#define SUBJECTS_MAX 16u
#define PROMISES_MAX 16u

/* One test a promise and subject, "qemu:virtio-rng-pci widths_agree". The program's arguments are
 * subjects to try instead of the table's. */
static inline int run_on_subjects(const char *group, const struct CMUnitTest *promises,
				  size_t promise_count, int argc, char **argv)
{
	static struct CMUnitTest tests[SUBJECTS_MAX * PROMISES_MAX];
	static char names[SUBJECTS_MAX * PROMISES_MAX][120];
	size_t given = argc > 1 ? (size_t)argc - 1 : sizeof(subjects) / sizeof(subjects[0]);
	size_t count = 0;

	for (size_t i = 0; i < given && i < SUBJECTS_MAX; i++) {
		const char *subject = argc > 1 ? argv[i + 1] : subjects[i];

		for (size_t j = 0; j < promise_count && j < PROMISES_MAX; j++, count++) {
			snprintf(names[count], sizeof(names[count]), "%s %s", subject,
				 promises[j].name);
			tests[count] =
				(struct CMUnitTest){ names[count], promises[j].test_func, setup,
						     teardown, (void *)(uintptr_t)subject };
		}
	}
	return _cmocka_run_group_tests(group, tests, count, NULL, NULL);
}

#endif
