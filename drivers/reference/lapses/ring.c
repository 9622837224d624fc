/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/reference/lapses/ring.h"

unsigned lapse_last_first(struct lapse_run *l, struct vs_element *elements, unsigned count,
			  bool *indirect)
{
	struct vs_element last = elements[count - 1];

	(void)l;
	(void)indirect;
	for (unsigned i = count; i-- > 1;)
		elements[i] = elements[i - 1];
	elements[0] = last;
	return count;
}

/* Cuts the largest element in two. False when all of them are of one byte. */
static bool cut_one(struct vs_element *elements, unsigned count)
{
	unsigned largest = 0;
	uint32_t half;

	for (unsigned i = 1; i < count; i++)
		if (elements[i].size > elements[largest].size)
			largest = i;
	half = elements[largest].size / 2;
	if (half == 0)
		return false;
	for (unsigned i = count; i > largest; i--)
		elements[i] = elements[i - 1];
	elements[largest].size -= half;
	elements[largest + 1].at = (uint8_t *)elements[largest].at + elements[largest].size;
	elements[largest + 1].size = half;
	return true;
}

unsigned lapse_cut(struct vs_element *elements, unsigned count, unsigned wanted)
{
	while (count < wanted && count < LAPSE_ELEMENTS && cut_one(elements, count))
		count++;
	return count;
}

unsigned lapse_always_indirect(struct lapse_run *l, struct vs_element *elements, unsigned count,
			       bool *indirect)
{
	(void)l;
	(void)elements;
	*indirect = true;
	return count;
}
