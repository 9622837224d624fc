/* SPDX-License-Identifier: BSD-3-Clause */
/* What is odd about the buffer that comes next, for quirks that come to harm by it (2.7). */
#ifndef MOCK_RING_FACTS_H
#define MOCK_RING_FACTS_H

#include "mock-device/quirks/quirk.h"

#define MOCK_FACT_HEAD_FAR      0x0001u  /* the head is no place of the table */
#define MOCK_FACT_NEXT_FAR      0x0002u  /* nor is a next, of either table */
#define MOCK_FACT_LOOP          0x0004u  /* more descriptors than either table has */
#define MOCK_FACT_MANY_BYTES    0x0008u  /* more than 4 GiB */
#define MOCK_FACT_OUTSIDE       0x0010u  /* an element does not begin in memory */
#define MOCK_FACT_WRAPS         0x0020u  /* an element wraps past the last address */
#define MOCK_FACT_EMPTY_ELEMENT 0x0040u  /* length 0 */
#define MOCK_FACT_NO_ANSWER     0x0080u  /* nothing is device-writable */
#define MOCK_FACT_TWICE         0x0100u  /* the entry after this one has the same head */
#define MOCK_FACT_TABLE         0x0200u  /* there is an indirect table */
#define MOCK_FACT_NESTED        0x0400u  /* with a further one in it */
#define MOCK_FACT_TABLE_ODD     0x0800u  /* whose length is no multiple of 16 */
#define MOCK_FACT_TABLE_EMPTY   0x1000u  /* is 0 */
#define MOCK_FACT_TABLE_OUTSIDE 0x2000u  /* that is not in memory */
#define MOCK_FACT_TABLE_SKEW    0x4000u  /* at an odd address */
#define MOCK_FACT_SKEW          0x8000u  /* every element is at an odd address */
#define MOCK_FACT_AT_END        0x10000u /* an element ends where memory does */
#define MOCK_FACT_TABLE_LONG    0x40000u /* a table longer than the queue */
#define MOCK_FACT_FULL          0x20000u /* as many elements as the queue has places */

/* Looks at what pop is about to take. 0 where there is nothing, or the index is a jump. */
unsigned mock_ring_facts(struct mock *mock, const struct mock_queue *queue);

#endif
