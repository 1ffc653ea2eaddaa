/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests: where a removal can be cut off. Between any two of these places nothing is done that
 * lasts, or one thing that the kernel does as a whole. */
#ifndef INTERDICT_REMOVE_FAULT_H
#define INTERDICT_REMOVE_FAULT_H

/* NULL but in tests. */
extern void (*remove_fault)(const char *place);

static inline void remove_place(const char *place)
{
	if (remove_fault)
		remove_fault(place);
}

#endif
