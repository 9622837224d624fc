/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/qemu_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus/line_channel.h"

#define EXEC_FAILED 127

/* A killed process that is not gone after this long sits in the kernel: leave it there. */
#define KILL_WAIT_MS 10000

void vs_qemu_process_init(struct vs_qemu_process *process)
{
	process->pid = 0;
	process->pidfd = process->err = -1;
	process->ended = false;
	process->status = 0;
	process->length = 0;
	process->text[0] = '\0';
}

/* In the child: only async-signal-safe calls. */
static _Noreturn void become(const char *path, char *const *argv, const int *fds, size_t fd_count,
			     int null, int err, pid_t parent)
{
	sigset_t none;

	/* Its end is ours; and a Ctrl-C at the terminal is for us, not for it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXEC_FAILED);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(err, 2) < 0)
		_exit(EXEC_FAILED);
	for (size_t i = 0; i < fd_count; i++) {
		if (fcntl(fds[i], F_SETFD, 0) < 0)
			_exit(EXEC_FAILED);
	}
	execv(path, argv);
	_exit(EXEC_FAILED);
}

int vs_qemu_process_start(struct vs_qemu_process *process, const char *path, char *const *argv,
			  const int *fds, size_t fd_count, char *error, size_t size)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t parent = getpid();
	int pipe_fds[2] = { -1, -1 };
	int cause;

	if (null < 0 || pipe2(pipe_fds, O_CLOEXEC)) {
		cause = errno;
		goto fail;
	}
	process->pid = fork();
	if (process->pid == 0)
		become(path, argv, fds, fd_count, null, pipe_fds[1], parent);
	cause = errno;
	if (process->pid < 0)
		goto fail;
	process->ended = false;
	process->err = pipe_fds[0];
	process->pidfd = pidfd_open(process->pid, 0);
	fcntl(process->err, F_SETFL, O_NONBLOCK);
	close(pipe_fds[1]);
	close(null);
	return 0;
fail:
	process->pid = 0;
	if (pipe_fds[0] >= 0) {
		close(pipe_fds[0]);
		close(pipe_fds[1]);
	}
	if (null >= 0)
		close(null);
	snprintf(error, size, "cannot start %s: %s", path, strerror(cause));
	return -1;
}

/* Makes room by dropping the older half, up to a whole line. */
static void make_room(struct vs_qemu_process *process)
{
	char *from = process->text + process->length - VS_QEMU_TEXT_MAX / 2;
	char *newline = memchr(from, '\n', VS_QEMU_TEXT_MAX / 2);

	if (newline && newline[1])
		from = newline + 1;
	process->length -= (size_t)(from - process->text);
	memmove(process->text, from, process->length + 1);
}

void vs_qemu_process_drain(struct vs_qemu_process *process)
{
	/* Bounded: a process that writes without end is left for the next call. */
	for (unsigned i = 0; i < 64 && process->err >= 0; i++) {
		ssize_t got;

		if (process->length >= VS_QEMU_TEXT_MAX - 256)
			make_room(process);
		got = read(process->err, process->text + process->length,
			   VS_QEMU_TEXT_MAX - process->length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0) {
			close(process->err);
			process->err = -1;
			return;
		}
		for (ssize_t j = 0; j < got; j++) {
			if (!process->text[process->length + (size_t)j])
				process->text[process->length + (size_t)j] = '?';
		}
		process->length += (size_t)got;
		process->text[process->length] = '\0';
	}
}

bool vs_qemu_process_wait(struct vs_qemu_process *process, int ms)
{
	struct pollfd fd = { .fd = process->pidfd, .events = POLLIN };
	uint64_t deadline = vs_monotonic_ns() + (uint64_t)ms * 1000000u;
	pid_t got = 0;

	if (!process->pid)
		return true;
	for (;;) {
		uint64_t now = vs_monotonic_ns();

		got = waitpid(process->pid, &process->status, WNOHANG);
		if (got || now >= deadline)
			break;
		/* Without a pidfd (no descriptors left) look every millisecond. */
		poll(&fd, 1, fd.fd < 0 ? 1 : (int)((deadline - now) / 1000000u) + 1);
	}
	if (!got)
		return false;
	if (got < 0)
		process->status = -1; /* somebody else reaped it */
	process->pid = 0;
	process->ended = true;
	if (process->pidfd >= 0)
		close(process->pidfd);
	process->pidfd = -1;
	return true;
}

void vs_qemu_process_end(struct vs_qemu_process *process)
{
	if (process->pid) {
		kill(process->pid, SIGKILL);
		vs_qemu_process_wait(process, KILL_WAIT_MS);
	}
	vs_qemu_process_drain(process);
	if (process->err >= 0)
		close(process->err);
	process->err = -1;
	if (process->pidfd >= 0)
		close(process->pidfd);
	process->pidfd = -1;
	process->pid = 0;
}

void vs_qemu_process_fate(const struct vs_qemu_process *process, char *text, size_t size)
{
	int status = process->status;

	if (!process->ended)
		snprintf(text, size, "closed its connection");
	else if (status == -1)
		snprintf(text, size, "ended");
	else if (WIFSIGNALED(status))
		snprintf(text, size, "was killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(text, size, "ended with status %d", WEXITSTATUS(status));
}

/* Lines without a cause in them: warnings, what our own options bring about, a sanitizer's last. */
static bool is_remark(const char *line, size_t length)
{
	static const char *const remarks[] = { "warning: ", "falling back to ",
					       "invalid accelerator qtest", "ABORTING" };

	for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
		if (memmem(line, length, remarks[i], strlen(remarks[i])))
			return true;
	}
	return length == 0;
}

void vs_qemu_process_complaint(const struct vs_qemu_process *process, size_t start, char *text,
			       size_t size)
{
	const char *line = process->text + (start < process->length ? start : process->length);
	bool of_qemu = false;

	*text = '\0';
	while (*line) {
		size_t length = strcspn(line, "\n");
		const char *name = memmem(line, length, ": ", 2);
		/* QEMU begins its complaints with its name; hints on what to do follow without. */
		bool named = !strncmp(line, "qemu", 4) && name;

		if (!is_remark(line, length) && (named || !of_qemu)) {
			const char *from = named ? name + 2 : line;

			snprintf(text, size, "%.*s", (int)(line + length - from), from);
			of_qemu = named;
		}
		line += length + (line[length] == '\n');
	}
}

int vs_qemu_find_program(const char *program, char *path, size_t path_size, char *error,
			 size_t size)
{
	const char *dirs = getenv("PATH");

	if (strchr(program, '/')) {
		snprintf(path, path_size, "%s", program);
		if (!access(path, X_OK))
			return 0;
		snprintf(error, size, "cannot run %s: %s", program, strerror(errno));
		return -1;
	}
	for (const char *dir = dirs ? dirs : "/usr/bin:/bin"; *program; dir++) {
		size_t length = strcspn(dir, ":");

		snprintf(path, path_size, "%.*s/%s", (int)length, dir, program);
		if (length && !access(path, X_OK))
			return 0;
		dir += length;
		if (!*dir)
			break;
	}
	snprintf(error, size,
		 "no program %s in PATH: install QEMU (on Debian the package qemu-system-x86) or "
		 "name it with --qemu",
		 program);
	return -1;
}
