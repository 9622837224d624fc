/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/plugin/options.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = { "plugin", "argument", "rules", "ignore" };

/* Inputs are small and an execution takes long: an engine that begins with inputs of a few bytes
 * would tell no lie for a long time. */
static const char *const defaults[] = { "-len_control=0", "-max_len=488", "-timeout=20" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of a user who links a driver of his own. */
const struct virtspec_driver *virtspec_plugin(void) __attribute__((weak));

static void variable(const char *name, char text[64])
{
	snprintf(text, 64, "VIRTSPEC_%s", name);
	for (char *c = text; *c; c++)
		*c = (char)toupper((unsigned char)*c);
}

const char *plugin_option(const char *name)
{
	const char *value;
	char text[64];

	variable(name, text);
	value = getenv(text);
	return value && *value ? value : NULL;
}

__attribute__((noreturn)) static void refuse(const char *what, const char *why)
{
	fprintf(stderr,
		"%s: %s\nusage: [--plugin FILE.so] [--argument TEXT] [--rules must|all|none] "
		"[--ignore RULE,...] [options of libFuzzer] [CORPUS]\n",
		what, why);
	exit(2);
}

/* --NAME VALUE or --NAME=VALUE: how many arguments it is. */
static int take(char **arguments, int left)
{
	const char *name = arguments[0] + 2, *value = NULL;
	char text[64];

	for (size_t i = 0; i < COUNT(names); i++) {
		size_t length = strlen(names[i]);
		int taken = 1;

		if (strncmp(name, names[i], length) != 0)
			continue;
		if (name[length] == '=')
			value = name + length + 1;
		else if (!name[length] && left > 1)
			value = arguments[taken++];
		if (!value)
			continue;
		variable(names[i], text);
		setenv(text, value, 1);
		return taken;
	}
	refuse(arguments[0], "there is no such option, or it lacks its value");
}

static bool given(char **argv, int argc, const char *option)
{
	size_t length = (size_t)(strchr(option, '=') - option) + 1;

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], option, length) == 0)
			return true;
	return false;
}

/* The new list lives as long as the process. */
void plugin_take_options(int *argc, char ***argv)
{
	static char *kept[256];
	int count = 0;

	for (int i = 0; i < *argc && count < (int)(COUNT(kept) - COUNT(defaults)) - 1;) {
		if (i && strncmp((*argv)[i], "--", 2) == 0)
			i += take(*argv + i, *argc - i);
		else
			kept[count++] = (*argv)[i++];
	}
	for (size_t i = 0; i < COUNT(defaults); i++)
		if (!given(kept, count, defaults[i]))
			kept[count++] = (char *)(uintptr_t)defaults[i];
	kept[count] = NULL;
	*argc = count;
	*argv = kept;
}

const struct virtspec_driver *plugin_driver(void)
{
	const char *file = plugin_option("plugin");
	const struct virtspec_driver *(*offer)(void) = virtspec_plugin;
	const struct virtspec_driver *driver;
	char path[4096];
	void *object;

	if (file) {
		/* A name without a folder would be looked for along the library path. */
		snprintf(path, sizeof(path), "%s%s", strchr(file, '/') ? "" : "./", file);
		object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		if (!object)
			refuse("cannot load the plug-in", dlerror());
		*(void **)&offer = dlsym(object, "virtspec_plugin");
	}
	if (!offer)
		refuse(file ? file : "nothing is linked in, and there is no --plugin",
		       "no plug-in");
	driver = offer();
	if (!driver || driver->abi != VIRTSPEC_PLUGIN_ABI || !driver->probe || !driver->start ||
	    !driver->submit || !driver->remove)
		refuse(file ? file : "the driver that is linked in",
		       "a plug-in has VIRTSPEC_DRIVER(...) with this ABI, probe, start, submit and "
		       "remove");
	return driver;
}
