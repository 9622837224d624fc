/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whose plug-in, and how: from the command line (--plugin FILE, --argument TEXT, --rules WHICH,
 * --ignore GLOBS), which becomes environment variables (VIRTSPEC_PLUGIN and so on), since an engine
 * starts itself again for its workers.
 */
#ifndef FUZZ_PLUGIN_OPTIONS_H
#define FUZZ_PLUGIN_OPTIONS_H

#include "include/virtspec/plugin.h"

/* Takes our options out of the arguments, and adds what plug-ins need of the engine's where the
 * user says nothing of it. Ends the process where something is wrong with them. */
void plugin_take_options(int *argc, char ***argv);

/* The driver that is linked in, or that of --plugin. Ends the process with a sentence without. */
const struct virtspec_driver *plugin_driver(void);

/* "argument", "rules", "ignore": what was given, or NULL. */
const char *plugin_option(const char *name);

#endif
