/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tester's panel of our vfio-user server: a device-specific region behind the standard ones,
 * announced in the version capabilities as {"virtspec": {"panel": REGION}} to a client that
 * proposed
 * {"virtspec": {}}. Registers are 64 bits,
 * little-endian, and take accesses of 8 bytes at their offsets only. The region can also be mapped
 * (one page) to read what changes: it is up to date whenever a reply has arrived.
 */
#ifndef VS_SPEC_TESTER_PANEL_H
#define VS_SPEC_TESTER_PANEL_H

#define TESTER_PANEL_CAPABILITY "virtspec" /* an object in the version capabilities */
#define TESTER_PANEL_REGION     "panel"    /* its member: the region's index */

#define TESTER_PANEL_SIZE 4096u

#define TESTER_PANEL_CLOCK   0u  /* read: the device's clock, nanoseconds */
#define TESTER_PANEL_ADVANCE 8u  /* write: lets so many nanoseconds pass */
#define TESTER_PANEL_PROVOKE 16u /* write: enum tester_provocation; read: 0 done, 1 no way */
#define TESTER_PANEL_POWER   24u /* write: off and on again */
#define TESTER_PANEL_LINE    32u /* read: level of the INTx line */
#define TESTER_PANEL_FLAGS   40u /* read: TESTER_PANEL_FLAG_… */

#define TESTER_PANEL_FLAG_BIG_ENDIAN UINT64_C(0x1) /* of a big-endian guest */
#define TESTER_PANEL_FLAG_LONG       UINT64_C(0x2) /* checks of very many requests are wanted */

enum tester_provocation {
	TESTER_CONFIG_CHANGE, /* a field of the device-specific configuration changes */
};

#endif
