/* SPDX-License-Identifier: BSD-3-Clause */
/* From settings to a stack of layers: classes and quirks by name, values by their quirk's list. */
#include <stdio.h>
#include <string.h>

#include "mock-device/model/base.h"
#include "mock-device/quirks/quirk.h"

extern const struct mock_class *const __start_mock_classes[] __attribute__((weak));
extern const struct mock_class *const __stop_mock_classes[] __attribute__((weak));

const struct mock_class *mock_class_at(unsigned index)
{
	if (index >= (size_t)(__stop_mock_classes - __start_mock_classes))
		return NULL;
	return __start_mock_classes[index];
}

const struct mock_class *mock_class_find(const char *name)
{
	const struct mock_class *class;

	for (unsigned i = 0; (class = mock_class_at(i)); i++) {
		if (strcmp(class->name, name) == 0)
			return class;
	}
	return NULL;
}

static int unknown_class(const char *name, char *error, size_t size)
{
	const struct mock_class *class;
	size_t used = (size_t)snprintf(error, size, "there is no mock device class \"%s\", only",
				       name ? name : "");

	for (unsigned i = 0; (class = mock_class_at(i)) && used < size; i++)
		used += (size_t)snprintf(error + used, size - used, "%s %s", i ? "," : "",
					 class->name);
	return -1;
}

static int check_settings(const struct mock_settings *settings, char *error, size_t size)
{
	const char *wrong = NULL;

	if (settings->packed && settings->interface == MOCK_LEGACY)
		wrong = "the legacy interface has no packed rings";
	else if (settings->packed && settings->draft)
		wrong = "the draft of 2013 has no packed rings";
	else if (settings->big_endian && settings->interface == MOCK_MODERN)
		wrong = "a big-endian guest makes a difference only on the legacy "
			"interface, and this mock device is modern";
	if (wrong) {
		snprintf(error, size, "%s", wrong);
		return -1;
	}
	if (settings->quirk_count > MOCK_QUIRKS_MAX) {
		snprintf(error, size, "a mock device takes at most %u quirks", MOCK_QUIRKS_MAX);
		return -1;
	}
	return 0;
}

static int add_layer(struct mock *mock, const struct mock_settings *settings, unsigned number,
		     char *error, size_t size)
{
	const char *name = settings->quirks[number].name;
	struct mock_layer *layer = &mock->layers[number];
	const struct mock_quirk *quirk = name ? mock_quirk_find(name) : NULL;

	if (!quirk) {
		snprintf(error, size, "there is no quirk \"%s\"", name ? name : "");
		return -1;
	}
	if (!mock_quirk_applies(quirk, settings)) {
		snprintf(error, size, "quirk \"%s\" needs a %s", name, quirk->needs);
		return -1;
	}
	if (mock_quirk_value(quirk, settings->quirks[number].value, layer) < 0) {
		snprintf(error, size, "quirk \"%s\" takes %s%s, not \"%s\"", name,
			 quirk->values ? "one of " : "no value", quirk->values ? quirk->values : "",
			 settings->quirks[number].value);
		return -1;
	}
	layer->ops = &quirk->ops;
	layer->mock = mock;
	layer->below = mock->top;
	mock->top = layer;
	mock->layer_count++;
	return 0;
}

static void describe(struct mock *mock, const struct mock_settings *settings)
{
	size_t size = sizeof(mock->description);
	static const char *const interfaces[] = { [MOCK_MODERN] = "modern",
						  [MOCK_TRANSITIONAL] = "transitional",
						  [MOCK_LEGACY] = "legacy" };
	size_t used = (size_t)snprintf(mock->description, size, "mock %s, %s%s, %s ring%s",
				       mock->class->name, interfaces[settings->interface],
				       settings->big_endian ? " (big-endian guest)" : "",
				       mock->packed ? "packed" : "split",
				       settings->draft ? ", draft of 2013" : "");

	for (unsigned i = 0; i < mock->layer_count && used < size; i++)
		used += (size_t)snprintf(mock->description + used, size - used, "%s %s%s%s",
					 i ? "" : ", quirks", settings->quirks[i].name,
					 mock->layers[i].text[0] ? "=" : "", mock->layers[i].text);
}

int mock_stack_layers(struct mock *mock, const struct mock_settings *settings, char *error,
		      size_t size)
{
	mock->class = settings->class_name ? mock_class_find(settings->class_name) : NULL;
	if (!mock->class)
		return unknown_class(settings->class_name, error, size);
	if (check_settings(settings, error, size) < 0)
		return -1;
	mock->packed = settings->packed;
	mock->interface = settings->interface;
	mock->big_endian = settings->big_endian;
	mock->draft = settings->draft;
	mock->base.ops = &mock_base_ops;
	mock->base.mock = mock;
	mock->top = &mock->base;
	for (unsigned i = 0; i < settings->quirk_count; i++) {
		if (add_layer(mock, settings, i, error, size) < 0)
			return -1;
	}
	describe(mock, settings);
	return 0;
}
