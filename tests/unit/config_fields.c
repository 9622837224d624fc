/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of configuration fields holds together, and agrees with what else we know of types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spec/blk.h"
#include "spec/config_fields.h"
#include "spec/console.h"
#include "spec/feature_table.h"
#include "spec/net.h"
#include "spec/virtio.h"

static unsigned end_of(const struct vs_config_field *field)
{
	return field->offset + (unsigned)field->width * field->count;
}

/* By type, in the order of the structure, without overlap, each at its natural alignment. */
static void test_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < vs_config_field_count; i++) {
		const struct vs_config_field *field = &vs_config_fields[i], *next = field + 1;

		assert_true(field->width == 1 || field->width == 2 || field->width == 4 ||
			    field->width == 8);
		assert_int_equal(field->offset % field->width, 0);
		assert_true(field->count == 1 || field->width == 1);
		if (i + 1 < vs_config_field_count && next->type == field->type)
			assert_true(end_of(field) <= next->offset);
	}
}

/* What exists without any feature reaches to where the list of device types says it does. */
static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < vs_config_field_count; i++) {
		const struct vs_device_type *type = vs_device_type_find(vs_config_fields[i].type);
		const struct vs_config_field *field;
		unsigned end = 0;

		assert_non_null(type);
		assert_true(type->described && type->has_config);
		vs_for_each_config_field(field, type->type)
			if (field->feature == VS_FEATURE_NO_NEED)
				end = end_of(field);
		assert_int_equal(end, type->config_size);
	}
}

static void test_features(void **state)
{
	(void)state;
	for (size_t i = 0; i < vs_config_field_count; i++) {
		const struct vs_config_field *field = &vs_config_fields[i];

		if (field->feature != VS_FEATURE_NO_NEED)
			assert_non_null(vs_feature_find(field->type, field->feature));
		if (field->or_feature != VS_FEATURE_NO_NEED)
			assert_non_null(vs_feature_find(field->type, field->or_feature));
		assert_true(field->most == 0 || field->least <= field->most);
	}
}

static const struct vs_config_field *last_of(uint16_t type)
{
	const struct vs_config_field *field, *last = NULL;

	vs_for_each_config_field(field, type)
		last = field;
	return last;
}

static void test_structures(void **state)
{
	(void)state;
	assert_int_equal(last_of(VIRTIO_ID_BLOCK)->offset,
			 offsetof(struct virtio_blk_config, zoned.model));
	assert_int_equal(end_of(last_of(VIRTIO_ID_CONSOLE)), sizeof(struct virtio_console_config));
	assert_int_equal(end_of(last_of(VIRTIO_ID_NET)), sizeof(struct virtio_net_config));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_features),
		cmocka_unit_test(test_structures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
