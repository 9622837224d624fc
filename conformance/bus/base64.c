/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void vs_base64_encode(const uint8_t *data, size_t size, char *text)
{
	for (size_t i = 0; i < size; i += 3, text += 4) {
		size_t have = size - i < 3 ? size - i : 3;
		uint32_t group = (uint32_t)data[i] << 16;

		if (have > 1)
			group |= (uint32_t)data[i + 1] << 8;
		if (have > 2)
			group |= data[i + 2];
		text[0] = digits[group >> 18];
		text[1] = digits[group >> 12 & 63];
		text[2] = digits[group >> 6 & 63];
		text[3] = digits[group & 63];
		if (have < 3)
			text[3] = '=';
		if (have < 2)
			text[2] = '=';
	}
	*text = '\0';
}

/* The value of a digit, or -1. Not strchr: blocks of memory come in tens of kilobytes. */
static int digit_value(char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	if (digit == '+')
		return 62;
	return digit == '/' ? 63 : -1;
}

int vs_base64_decode(const char *text, uint8_t *data, size_t size)
{
	if (strlen(text) != VS_BASE64_LENGTH(size))
		return -1;
	for (size_t i = 0; i < size; i += 3, text += 4) {
		size_t have = size - i < 3 ? size - i : 3;
		uint32_t group = 0;

		for (size_t j = 0; j < 4; j++) {
			int value = j <= have ? digit_value(text[j]) : text[j] == '=' ? 0 : -1;

			if (value < 0)
				return -1;
			group = group << 6 | (uint32_t)value;
		}
		if (have < 3 && group & (have == 1 ? 0xffffu : 0xffu))
			return -1;
		for (size_t j = 0; j < have; j++)
			data[i + j] = (uint8_t)(group >> (16 - 8 * j));
	}
	return 0;
}
