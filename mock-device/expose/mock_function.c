/* SPDX-License-Identifier: BSD-3-Clause */
#include "mock-device/expose/mock_function.h"

#include <time.h>

#include "spec/tester_panel.h"

/* Layers look at the clock now and then, even where no timer runs. */
#define TICK_NS UINT64_C(20000000)

static uint64_t real_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void *host_map(void *context, uint64_t address, size_t size)
{
	const struct expose_mock *m = context;

	return m->server ? expose_dma_map(m->server, address, size) : NULL;
}

static int host_read(void *context, uint64_t address, void *data, size_t size)
{
	const struct expose_mock *m = context;

	return m->server ? expose_dma_read(m->server, address, data, size) : -1;
}

static int host_write(void *context, uint64_t address, const void *data, size_t size)
{
	const struct expose_mock *m = context;

	return m->server ? expose_dma_write(m->server, address, data, size) : -1;
}

static void host_msi(void *context, unsigned vector, uint64_t address, uint32_t data)
{
	const struct expose_mock *m = context;

	if (m->server)
		expose_msi(m->server, vector, address, data);
}

static void host_intx(void *context, bool level)
{
	const struct expose_mock *m = context;

	if (m->server)
		expose_intx(m->server, level);
}

static void host_stores(void *context, uint64_t address, const void *bytes)
{
	const struct expose_mock *m = context;

	if (m->stores)
		m->stores(m->observer, address, bytes);
}

int expose_mock_open(struct expose_mock *m, const struct mock_settings *settings, char *error,
		     size_t size)
{
	struct mock_host host = { m,        host_map,  host_read,  host_write,
				  host_msi, host_intx, host_stores };

	*m = (struct expose_mock){
		.big_endian = settings->big_endian,
		.long_runs = settings->long_runs,
		.passed = real_ns(),
	};
	m->mock = mock_create(settings, &host, error, size);
	return m->mock ? 0 : -1;
}

void expose_mock_close(struct expose_mock *m)
{
	mock_destroy(m->mock);
	m->mock = NULL;
}

static uint32_t config_read(void *context, unsigned offset, unsigned width)
{
	const struct expose_mock *m = context;

	return mock_config_read(m->mock, offset, width);
}

static void config_write(void *context, unsigned offset, unsigned width, uint32_t value)
{
	const struct expose_mock *m = context;

	mock_config_write(m->mock, offset, width, value);
}

/* A client that places no BARs reaches them all the same. */
static uint64_t bar_read(void *context, const struct expose_place *at, unsigned width)
{
	const struct expose_mock *m = context;

	return at->placed ? mock_space_read(m->mock, at->io, at->address, width)
			  : mock_bar_read(m->mock, at->bar, at->offset, width);
}

static void bar_write(void *context, const struct expose_place *at, unsigned width, uint64_t value)
{
	const struct expose_mock *m = context;

	if (at->placed)
		mock_space_write(m->mock, at->io, at->address, width, value);
	else
		mock_bar_write(m->mock, at->bar, at->offset, width, value);
}

/* DEVICE_RESET: nothing of what the client did before remains. */
static void reset(void *context)
{
	const struct expose_mock *m = context;

	mock_power_on(m->mock);
}

static struct expose_bar bar_info(void *context, unsigned bar)
{
	const struct expose_mock *m = context;
	struct mock_bar_info info = mock_bar_info(m->mock, bar);

	return (struct expose_bar){ info.size, info.io, info.is64 };
}

static uint64_t quiet_bar_read(void *context, unsigned bar, uint64_t offset, unsigned width)
{
	const struct expose_mock *m = context;

	return mock_bar_read(m->mock, bar, offset, width);
}

static void quiet_bar_write(void *context, unsigned bar, uint64_t offset, unsigned width,
			    uint64_t value)
{
	const struct expose_mock *m = context;

	mock_bar_write(m->mock, bar, offset, width, value);
}

static enum expose_health health(void *context)
{
	const struct expose_mock *m = context;

	switch (mock_health(m->mock)) {
	case MOCK_DEAD:
		return EXPOSE_GONE;
	case MOCK_HUNG:
		return EXPOSE_HUNG;
	default:
		return EXPOSE_ALIVE;
	}
}

static void attached(void *context)
{
	const struct expose_mock *m = context;

	if (mock_health(m->mock) != MOCK_ALIVE)
		mock_power_on(m->mock);
}

static void detached(void *context)
{
	struct expose_mock *m = context;

	if (m->virtual_time)
		m->passed = real_ns();
	m->virtual_time = false;
}

static uint64_t panel_clock(void *context)
{
	const struct expose_mock *m = context;

	return mock_now(m->mock);
}

static void panel_advance(void *context, uint64_t ns)
{
	struct expose_mock *m = context;

	m->virtual_time = true;
	mock_advance(m->mock, ns);
}

static void panel_power_cycle(void *context)
{
	struct expose_mock *m = context;

	m->virtual_time = true;
	mock_power_on(m->mock);
}

static bool panel_provoke(void *context, unsigned what)
{
	const struct expose_mock *m = context;

	return what == TESTER_CONFIG_CHANGE && mock_change_config(m->mock);
}

static uint64_t panel_flags(void *context)
{
	const struct expose_mock *m = context;

	return (m->big_endian ? TESTER_PANEL_FLAG_BIG_ENDIAN : 0) |
	       (m->long_runs ? TESTER_PANEL_FLAG_LONG : 0);
}

void expose_mock_function(struct expose_mock *m, struct expose_function *function)
{
	static const struct expose_panel panel = {
		.clock = panel_clock,
		.advance = panel_advance,
		.power_cycle = panel_power_cycle,
		.provoke = panel_provoke,
		.flags = panel_flags,
	};

	*function = (struct expose_function){
		.context = m,
		.config_read = config_read,
		.config_write = config_write,
		.bar_read = bar_read,
		.bar_write = bar_write,
		.reset = reset,
		.bar_info = bar_info,
		.quiet_config_read = config_read,
		.quiet_bar_read = quiet_bar_read,
		.quiet_bar_write = quiet_bar_write,
		.health = health,
		.attached = attached,
		.detached = detached,
		.panel = &panel,
	};
}

void expose_mock_pass(struct expose_mock *m)
{
	uint64_t now = real_ns();

	if (m->virtual_time)
		return;
	mock_advance(m->mock, now - m->passed);
	m->passed = now;
}

int expose_mock_wait(const struct expose_mock *m, int most)
{
	uint64_t due = m->virtual_time ? UINT64_MAX : mock_due(m->mock);
	int ms;

	if (!m->virtual_time && due > TICK_NS && m->server && expose_attached(m->server))
		due = TICK_NS;
	if (due / 1000000u >= INT32_MAX)
		return most;
	ms = (int)((due + 999999u) / 1000000u);
	return most >= 0 && ms > most ? most : ms;
}
