/* SPDX-License-Identifier: BSD-3-Clause */
#include "exam/pen.h"

#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bus/way.h"
#include "exam/script.h"
#include "observe/model.h"

#define EVENTS      (UINT64_C(1) << 18) /* more than any life takes: one that needs more hangs */
#define OUTPUT_SIZE 2048u

#define LOOK_MS       20
#define ASLEEP_FACTOR 10u

/* Where the program begins and ends in memory: of the linker. */
extern const char __executable_start[], _end[];

/* Exit statuses of the process. */
enum { PEN_DONE, PEN_TROUBLE = 3, PEN_ENDLESS = 4 };

/* What both processes see. */
struct shared {
	struct vs_subject subject;
	uint64_t count; /* of events */
	bool done;      /* the life was led to its end */
	char trouble[256];
	struct vs_event events[EVENTS];
};

struct vs_pen {
	struct shared *shared;
	int output; /* memory file that takes standard error */
	char text[OUTPUT_SIZE];
};

struct vs_pen *vs_pen_open(void)
{
	struct vs_pen *pen = calloc(1, sizeof(*pen));

	if (!pen)
		return NULL;
	pen->output = memfd_create("plug-in", MFD_CLOEXEC);
	pen->shared = mmap(NULL, sizeof(*pen->shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pen->shared == MAP_FAILED || pen->output < 0) {
		vs_pen_close(pen);
		return NULL;
	}
	return pen;
}

void vs_pen_close(struct vs_pen *pen)
{
	if (!pen)
		return;
	if (pen->shared && pen->shared != MAP_FAILED)
		munmap(pen->shared, sizeof(*pen->shared));
	if (pen->output >= 0)
		close(pen->output);
	free(pen);
}

/* ---- In the process of the plug-in ---- */

static void count_event(void *context, const struct vs_event *event)
{
	struct shared *shared = context;

	(void)event;
	shared->count++;
	/* The last place is the parent's. */
	if (shared->count >= EVENTS - 2)
		_exit(PEN_ENDLESS);
}

/* A name without a folder is looked for along the library path; that is never meant. */
static void *open_object(const char *file, char *trouble, size_t size)
{
	char path[4096];
	void *object;

	snprintf(path, sizeof(path), "%s%s", strchr(file, '/') ? "" : "./", file);
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!object)
		snprintf(trouble, size, "cannot load the plug-in: %s", dlerror());
	return object;
}

const char *vs_pen_lapse(const char *file, unsigned index, char *text, size_t size, char *error,
			 size_t error_size)
{
	void *object = open_object(file, error, error_size);
	virtspec_lapses_function *lapses;

	if (!object)
		return NULL;
	*(void **)&lapses = dlsym(object, "virtspec_lapses");
	return lapses ? lapses(index, text, size) : NULL;
}

static const struct virtspec_driver *load(const char *file, char *trouble, size_t size)
{
	void *object = open_object(file, trouble, size);
	const struct virtspec_driver *(*offer)(void);
	const struct virtspec_driver *driver;

	if (!object)
		return NULL;
	*(void **)&offer = dlsym(object, "virtspec_plugin");
	driver = offer ? offer() : NULL;
	if (!driver || driver->abi != VIRTSPEC_PLUGIN_ABI || !driver->probe || !driver->start ||
	    !driver->submit || !driver->remove) {
		snprintf(trouble, size,
			 "'%s' is no plug-in of this version: it needs VIRTSPEC_DRIVER(...) with "
			 "abi %u, probe, start, submit and remove",
			 file, VIRTSPEC_PLUGIN_ABI);
		return NULL;
	}
	return driver;
}

static void tell_trials(struct vs_watch *watch, const struct vs_scenario *scenario)
{
	if (scenario->expects == VS_EXPECT_WORKS)
		vs_watch_tell(watch, (struct vs_event){
					     .kind = VS_EVENT_TRIAL,
					     .value = VS_RULE_DRIVER_ROBUST_LEGAL_DEVICE_SERVED });
	for (unsigned i = 0; i < VS_SCENARIO_TRIES && scenario->tries[i] != VS_RULE_COUNT; i++)
		vs_watch_tell(watch,
			      (struct vs_event){ .kind = VS_EVENT_TRIAL,
						 .value = scenario->tries[i],
						 .flags = scenario->tries_refusal ? VS_TRIAL_REFUSAL
										  : 0 });
}

static int live(struct shared *shared, const char *file, const char *argument,
		const struct vs_scenario *scenario)
{
	struct vs_trace trace = { .events = shared->events, .capacity = EVENTS, .borrowed = true };
	struct virtspec_device device;
	struct vs_model *model = calloc(1, sizeof(*model));
	const struct virtspec_driver *driver = load(file, shared->trouble, sizeof(shared->trouble));
	struct vs_bus *bus;

	if (!driver || !model)
		return PEN_TROUBLE;
	bus = vs_bus_open(scenario->target, NULL, shared->trouble, sizeof(shared->trouble));
	if (!bus)
		return PEN_TROUBLE;
	if (vs_subject_read(&shared->subject, bus) ||
	    vs_host_open(&device, bus, &shared->subject, &trace, argument)) {
		snprintf(shared->trouble, sizeof(shared->trouble), "the device is not there");
		return PEN_TROUBLE;
	}
	vs_model_init(model, &shared->subject);
	device.driver = driver;
	device.watch.heard = count_event;
	device.watch.context = shared;
	tell_trials(&device.watch, scenario);
	vs_script_run(&device, model->type);
	shared->done = true;
	return PEN_DONE;
}

/* ---- In ours ---- */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/*
 * Whether the process has had its time: that of a processor, which a busy machine does not eat up,
 * or for one that sleeps, much more on the clock.
 */
static bool is_late(pid_t child, uint64_t start, uint64_t timeout_ns)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(child, &clock) == 0 && clock_gettime(clock, &used) == 0 &&
	    (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec >= timeout_ns)
		return true;
	return now_ns() - start >= ASLEEP_FACTOR * timeout_ns;
}

/* Waits for the process to end, and kills it when it is late. Whether it was in time. */
static bool wait_for(pid_t child, uint64_t timeout_ns, int *status)
{
	struct pollfd ended = { .fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN };
	uint64_t start = now_ns();
	bool in_time = true;

	/* Without the descriptor the poll is but a pause. */
	while (waitpid(child, status, WNOHANG) == 0) {
		if (poll(&ended, 1, LOOK_MS) == 0 && is_late(child, start, timeout_ns)) {
			in_time = false;
			kill(child, SIGKILL);
		}
	}
	if (ended.fd >= 0)
		close(ended.fd);
	return in_time;
}

static void add(struct vs_pen_run *run, enum vs_life life, const char *note)
{
	const struct vs_event *last = vs_trace_at(&run->trace, run->trace.count - 1);

	vs_trace_add(&run->trace, &(struct vs_event){ .time = last ? last->time : 0,
						      .kind = VS_EVENT_LIFE,
						      .region = VS_REGION_NONE,
						      .value = life,
						      .note = note });
}

static void conclude(struct vs_pen *pen, struct vs_pen_run *run, bool in_time, int status)
{
	if (!in_time)
		add(run, VS_LIFE_HUNG, "no end in sight when its time was over");
	else if (WIFEXITED(status) && WEXITSTATUS(status) == PEN_ENDLESS)
		add(run, VS_LIFE_HUNG, "accesses without an end");
	else if (WIFEXITED(status) && WEXITSTATUS(status) == PEN_TROUBLE)
		run->trouble = pen->shared->trouble;
	else if (WIFSIGNALED(status))
		add(run, VS_LIFE_CRASHED, strsignal(WTERMSIG(status)));
	else if (!pen->shared->done)
		add(run, VS_LIFE_CRASHED, "the process ended itself");
}

static void read_output(struct vs_pen *pen)
{
	off_t end = lseek(pen->output, 0, SEEK_END);
	off_t from = end > (off_t)(OUTPUT_SIZE - 1) ? end - (off_t)(OUTPUT_SIZE - 1) : 0;
	ssize_t got = pread(pen->output, pen->text, OUTPUT_SIZE - 1, from);

	pen->text[got > 0 ? got : 0] = '\0';
}

static void name_subject(struct vs_subject *subject, const struct vs_scenario *scenario,
			 enum vs_profile profile)
{
	subject->profile = (uint8_t)profile;
	subject->draft = profile == VS_PROFILE_DRAFT_2013;
	snprintf(subject->scenario, sizeof(subject->scenario), "%s", scenario->name);
	snprintf(subject->device, sizeof(subject->device), "%s", scenario->target);
}

/* Whether the event is one of those that we tell: notes of both processes lie in the program. */
static bool is_sound(const struct vs_event *e)
{
	uintptr_t note = (uintptr_t)e->note;
	bool access = e->kind <= VS_EVENT_WRITE;

	if (e->kind >= VS_EVENT_KIND_COUNT ||
	    (note && (note < (uintptr_t)__executable_start || note >= (uintptr_t)_end)))
		return false;
	if (access && (e->region >= VS_REGION_NONE || !e->width || e->width > 8 ||
		       (e->width & (e->width - 1))))
		return false;
	return (e->kind != VS_EVENT_LIFE || e->value < VS_LIFE_COUNT) &&
	       (e->kind != VS_EVENT_TRIAL || e->value < VS_RULE_COUNT);
}

/* What the process left behind. One that wrote where it should not may have left anything here. */
static struct vs_trace take_trace(struct shared *shared)
{
	uint64_t count = 0;

	shared->trouble[sizeof(shared->trouble) - 1] = '\0';
	while (count < shared->count && count < EVENTS - 1 && is_sound(&shared->events[count]))
		count++;
	return (struct vs_trace){
		.events = shared->events, .capacity = EVENTS, .count = count, .borrowed = true
	};
}

void vs_pen_run(struct vs_pen *pen, const char *file, const char *argument,
		const struct vs_scenario *scenario, enum vs_profile profile, uint64_t timeout_ns,
		struct vs_pen_run *run)
{
	struct shared *shared = pen->shared;
	uint64_t start = now_ns();
	int status = 0;
	bool in_time;
	pid_t child;

	shared->subject = (struct vs_subject){ 0 };
	name_subject(&shared->subject, scenario, profile);
	shared->count = 0;
	shared->done = false;
	shared->trouble[0] = '\0';
	*run = (struct vs_pen_run){ .subject = &shared->subject, .output = pen->text };
	pen->text[0] = '\0';
	if (ftruncate(pen->output, 0))
		run->trouble = "no memory for the plug-in's output";
	fflush(NULL);
	child = fork();
	if (child < 0) {
		run->trouble = "cannot start a process for the plug-in";
		return;
	}
	if (child == 0) {
		lseek(pen->output, 0, SEEK_SET);
		dup2(pen->output, STDERR_FILENO);
		dup2(pen->output, STDOUT_FILENO);
		status = live(shared, file, argument, scenario);
		fflush(NULL);
		_exit(status);
	}
	in_time = wait_for(child, timeout_ns, &status);
	name_subject(&shared->subject, scenario, profile);
	run->trace = take_trace(shared);
	conclude(pen, run, in_time, status);
	read_output(pen);
	run->microseconds = (now_ns() - start) / 1000u;
}
