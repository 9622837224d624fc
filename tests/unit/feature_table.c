/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of feature bits and device types: whole in itself, and right where it is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "spec/blk.h"
#include "spec/console.h"
#include "spec/feature_table.h"
#include "spec/net.h"
#include "spec/virtio.h"

#define NEEDS_COUNT (sizeof(vs_feature_table[0].needs) / sizeof(vs_feature_table[0].needs[0]))

#define for_each_row(row)                                     \
	for (const struct vs_feature *row = vs_feature_table; \
	     row < vs_feature_table + vs_feature_table_size; row++)

static bool same_bit(const struct vs_feature *a, const struct vs_feature *b)
{
	return a->type == b->type && a->bit == b->bit;
}

/* Rows of this very type; vs_feature_find would also look among those of any type. */
static bool has_row(uint16_t type, unsigned bit)
{
	for_each_row(row) if (row->type == type && row->bit == bit) return true;
	return false;
}

/* Whether some row of the bit lets nothing but these two satisfy it, 0xff for no second. */
static bool needs(uint16_t type, unsigned bit, uint8_t one, uint8_t other)
{
	const uint8_t wanted[NEEDS_COUNT] = { one, other, VS_FEATURE_NO_NEED, VS_FEATURE_NO_NEED };

	for_each_row(row) if (row->type == type && row->bit == bit &&
			      memcmp(row->needs, wanted, sizeof(wanted)) == 0) return true;
	return false;
}

static unsigned count_rows(uint16_t type, unsigned bit)
{
	unsigned count = 0;

	for_each_row(row) count += row->type == type && row->bit == bit;
	return count;
}

static void names_are_names(void **state)
{
	(void)state;
	for_each_row(row)
	{
		assert_non_null(row->name);
		assert_int_equal(strncmp(row->name, "VIRTIO_", 7), 0);
		assert_non_null(strstr(row->name, "F_"));
		assert_int_equal(strspn(row->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
				 strlen(row->name));
	}
}

static void one_bit_has_one_name(void **state)
{
	(void)state;
	for_each_row(a) for_each_row(b)
		assert_int_equal(same_bit(a, b), strcmp(a->name, b->name) == 0);
}

/* Several rows of one bit are one requirement each: together, and each with something to say. */
static void rows_of_one_bit_stand_together(void **state)
{
	(void)state;
	for_each_row(a)
	{
		for_each_row(b)
		{
			if (a >= b || !same_bit(a, b))
				continue;
			assert_true(same_bit(b - 1, b));
			assert_int_equal(a->legacy, b->legacy);
			assert_int_not_equal(a->needs[0], VS_FEATURE_NO_NEED);
			assert_int_not_equal(b->needs[0], VS_FEATURE_NO_NEED);
			assert_memory_not_equal(a->needs, b->needs, sizeof(a->needs));
		}
	}
}

static void needs_exist(void **state)
{
	(void)state;
	for_each_row(row)
	{
		for (size_t i = 0; i < NEEDS_COUNT; i++) {
			uint8_t need = row->needs[i];

			if (need == VS_FEATURE_NO_NEED)
				continue;
			assert_int_not_equal(need, row->bit);
			assert_true(has_row(row->type, need) || has_row(VS_FEATURE_ANY_TYPE, need));
			/* NO_NEED fills the rest, not the front. */
			if (i > 0)
				assert_int_not_equal(row->needs[i - 1], VS_FEATURE_NO_NEED);
		}
	}
}

/* Who may have which bits (2.2). ADMIN_VQ is the one that breaks the text's own rule. */
static void bits_are_in_range(void **state)
{
	(void)state;
	for_each_row(row)
	{
		bool own = row->bit <= 23 || row->bit == 41 || row->bit == 42 ||
			   (row->bit >= 50 && row->bit <= 127);

		if (row->type == VS_FEATURE_ANY_TYPE)
			assert_true(!own || row->bit == VIRTIO_F_ADMIN_VQ);
		else
			assert_true(own);
	}
}

static void types_of_rows_are_described(void **state)
{
	(void)state;
	for_each_row(row)
	{
		const struct vs_device_type *type = vs_device_type_find(row->type);

		if (row->type == VS_FEATURE_ANY_TYPE)
			continue;
		assert_non_null(type);
		assert_true(type->described);
	}
}

/* The constants that the code uses elsewhere say the same. */
#define assert_agrees(type, bit) assert_string_equal(vs_feature_name(type, bit), #bit)

static void agrees_with_the_constants(void **state)
{
	(void)state;
	assert_agrees(VIRTIO_ID_BLOCK, VIRTIO_BLK_F_BARRIER);
	assert_agrees(VIRTIO_ID_BLOCK, VIRTIO_BLK_F_RO);
	assert_agrees(VIRTIO_ID_BLOCK, VIRTIO_BLK_F_SCSI);
	assert_agrees(VIRTIO_ID_BLOCK, VIRTIO_BLK_F_FLUSH);
	assert_agrees(VIRTIO_ID_BLOCK, VIRTIO_BLK_F_CONFIG_WCE);
	assert_agrees(VIRTIO_ID_BLOCK, VIRTIO_BLK_F_MQ);
	assert_agrees(VIRTIO_ID_BLOCK, VIRTIO_BLK_F_ZONED);
	assert_agrees(VIRTIO_ID_CONSOLE, VIRTIO_CONSOLE_F_MULTIPORT);
	assert_agrees(VIRTIO_ID_CONSOLE, VIRTIO_CONSOLE_F_EMERG_WRITE);
	assert_agrees(VIRTIO_ID_NET, VIRTIO_NET_F_GUEST_UFO);
	assert_agrees(VIRTIO_ID_NET, VIRTIO_NET_F_CTRL_VQ);
	assert_agrees(VIRTIO_ID_NET, VIRTIO_NET_F_MQ);
	assert_agrees(VIRTIO_ID_NET, VIRTIO_NET_F_NOTF_COAL);
	assert_agrees(VIRTIO_ID_NET, VIRTIO_NET_F_HASH_REPORT);
	assert_agrees(VIRTIO_ID_NET, VIRTIO_NET_F_RSS);
	assert_agrees(VIRTIO_ID_NET, VIRTIO_NET_F_SPEED_DUPLEX);
	assert_agrees(VIRTIO_ID_NET, VIRTIO_F_VERSION_1);
	assert_agrees(VIRTIO_ID_GPU, VIRTIO_F_RING_PACKED);
	assert_agrees(VIRTIO_ID_ENTROPY, VIRTIO_F_NOTIF_CONFIG_DATA);
	assert_agrees(VIRTIO_ID_ENTROPY, VIRTIO_F_RING_RESET);
	assert_agrees(VS_FEATURE_ANY_TYPE, VIRTIO_F_NOTIFY_ON_EMPTY);
	assert_agrees(VS_FEATURE_ANY_TYPE, VIRTIO_F_ANY_LAYOUT);
	assert_agrees(VS_FEATURE_ANY_TYPE, VIRTIO_F_UNUSED);
	assert_agrees(VS_FEATURE_ANY_TYPE, VIRTIO_F_SUSPEND);
}

static void known_samples(void **state)
{
	const uint8_t none = VS_FEATURE_NO_NEED;

	(void)state;
	assert_string_equal(vs_feature_name(VIRTIO_ID_BLOCK, 5), "VIRTIO_BLK_F_RO");
	assert_string_equal(vs_feature_name(VS_FEATURE_ANY_TYPE, 32), "VIRTIO_F_VERSION_1");
	assert_string_equal(vs_feature_name(VIRTIO_ID_NET, 70), "VIRTIO_NET_F_IPSEC");
	assert_true(needs(VIRTIO_ID_NET, VIRTIO_NET_F_MQ, VIRTIO_NET_F_CTRL_VQ, none));
	assert_true(needs(VIRTIO_ID_NET, VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_CSUM, none));
	assert_true(needs(VIRTIO_ID_NET, VIRTIO_NET_F_GUEST_ECN, VIRTIO_NET_F_GUEST_TSO4,
			  VIRTIO_NET_F_GUEST_TSO6));
	assert_true(needs(VIRTIO_ID_GPU, 5, 3, none));
	assert_true(needs(VIRTIO_ID_CRYPTO, 5, 0, none));
	/* A need of bit 0 is a need, no need is not one of bit 0. */
	assert_true(needs(VIRTIO_ID_NET, VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_CSUM, none));
	assert_true(needs(VIRTIO_ID_NET, VIRTIO_NET_F_MAC, none, none));
}

static void several_needs_at_once(void **state)
{
	const uint8_t none = VS_FEATURE_NO_NEED;

	(void)state;
	/* HASH_TUNNEL: the control queue, and one of two. */
	assert_int_equal(count_rows(VIRTIO_ID_NET, 51), 2);
	assert_true(needs(VIRTIO_ID_NET, 51, VIRTIO_NET_F_CTRL_VQ, none));
	assert_true(needs(VIRTIO_ID_NET, 51, VIRTIO_NET_F_RSS, VIRTIO_NET_F_HASH_REPORT));
	assert_int_equal(count_rows(VIRTIO_ID_NET, 64), 2); /* RSS_CONTEXT */
	assert_int_equal(count_rows(VIRTIO_ID_NET, 65), 4); /* GUEST_UDP_TUNNEL_GSO */
	assert_int_equal(count_rows(VIRTIO_ID_NET, 67), 3); /* HOST_UDP_TUNNEL_GSO */
	assert_ptr_equal(vs_feature_find(VIRTIO_ID_NET, 65),
			 vs_feature_find(VIRTIO_ID_NET, 66) - 4);
}

static void legacy_bits(void **state)
{
	(void)state;
	assert_true(vs_feature_find(VIRTIO_ID_NET, 6)->legacy);
	assert_true(vs_feature_find(VIRTIO_ID_BLOCK, VIRTIO_BLK_F_BARRIER)->legacy);
	assert_true(vs_feature_find(VIRTIO_ID_BLOCK, VIRTIO_BLK_F_SCSI)->legacy);
	assert_true(vs_feature_find(VIRTIO_ID_BLOCK, VIRTIO_F_NOTIFY_ON_EMPTY)->legacy);
	assert_true(vs_feature_find(VIRTIO_ID_BLOCK, VIRTIO_F_ANY_LAYOUT)->legacy);
	assert_true(vs_feature_find(VIRTIO_ID_BLOCK, VIRTIO_F_UNUSED)->legacy);
	assert_false(vs_feature_find(VIRTIO_ID_BLOCK, VIRTIO_BLK_F_FLUSH)->legacy);
	assert_false(vs_feature_find(VIRTIO_ID_BLOCK, VIRTIO_F_INDIRECT_DESC)->legacy);
}

/* A type's own meaning of a bit comes first, and bit 41 of a network device has two. */
static void own_bits_come_first(void **state)
{
	(void)state;
	assert_string_equal(vs_feature_name(VIRTIO_ID_BLOCK, 41), "VIRTIO_F_ADMIN_VQ");
	assert_string_equal(vs_feature_name(VIRTIO_ID_NET, 41), "VIRTIO_F_ADMIN_VQ"); /* not RSC4 */
	assert_string_equal(vs_feature_name(VIRTIO_ID_NET, 42), "VIRTIO_NET_F_GUEST_RSC6");
	assert_null(vs_feature_find(VIRTIO_ID_BLOCK, 42));
}

static void unknown_bits_are_null(void **state)
{
	static const unsigned nowhere[] = { 25,  26,  31,  44,  49,  71,
					    127, 128, 255, 256, 288, 1u << 31 };

	(void)state;
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		for (unsigned type = 0; type < 64; type++) {
			assert_null(vs_feature_find((uint16_t)type, nowhere[i]));
			assert_null(vs_feature_name((uint16_t)type, nowhere[i]));
		}
	}
	assert_null(vs_feature_find(VIRTIO_ID_NET, 4));
	assert_null(vs_feature_find(VIRTIO_ID_NET, 58));
	assert_null(vs_feature_find(VIRTIO_ID_BLOCK, 3));
	assert_null(vs_feature_find(VIRTIO_ID_ENTROPY, 0));
	assert_null(vs_feature_find(VIRTIO_ID_INPUT, 0));
	assert_null(vs_feature_find(VS_FEATURE_ANY_TYPE, 0));
	assert_null(vs_feature_find(14, 0));
	assert_non_null(vs_feature_find(14, VIRTIO_F_VERSION_1));
}

static void device_types(void **state)
{
	static const uint16_t unassigned[] = { 0, 14, 15, 37, 50, 0xffff };
	unsigned count = 0;
	unsigned described = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(unassigned) / sizeof(unassigned[0]); i++)
		assert_null(vs_device_type_find(unassigned[i]));
	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		const struct vs_device_type *found = vs_device_type_find((uint16_t)type);

		if (!found)
			continue;
		assert_int_equal(found->type, type);
		assert_true(strlen(found->name) > 0);
		count++;
		described += found->described;
	}
	assert_int_equal(count, 46);
	assert_int_equal(described, 16);
}

static void configuration_sizes(void **state)
{
	(void)state;
	assert_int_equal(vs_device_type_find(VIRTIO_ID_NET)->config_size, VIRTIO_NET_MAC_SIZE);
	assert_int_equal(vs_device_type_find(VIRTIO_ID_BLOCK)->config_size,
			 offsetof(struct virtio_blk_config, size_max));
	assert_int_equal(vs_device_type_find(VIRTIO_ID_CONSOLE)->config_size, 0);
	assert_int_equal(vs_device_type_find(VIRTIO_ID_ENTROPY)->config_size, 0);
	assert_int_equal(vs_device_type_find(VIRTIO_ID_SCSI)->config_size, 36);
	assert_int_equal(vs_device_type_find(VIRTIO_ID_FS)->config_size, 40);
	assert_int_equal(vs_device_type_find(VIRTIO_ID_RTC)->config_size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_names),
		cmocka_unit_test(one_bit_has_one_name),
		cmocka_unit_test(rows_of_one_bit_stand_together),
		cmocka_unit_test(needs_exist),
		cmocka_unit_test(bits_are_in_range),
		cmocka_unit_test(types_of_rows_are_described),
		cmocka_unit_test(agrees_with_the_constants),
		cmocka_unit_test(known_samples),
		cmocka_unit_test(several_needs_at_once),
		cmocka_unit_test(legacy_bits),
		cmocka_unit_test(own_bits_come_first),
		cmocka_unit_test(unknown_bits_are_null),
		cmocka_unit_test(device_types),
		cmocka_unit_test(configuration_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
