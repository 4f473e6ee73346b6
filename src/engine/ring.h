/* engine/ring.h: a ring that is proved to do what the engine wants of it. */
#ifndef COIL_ENGINE_RING_H
#define COIL_ENGINE_RING_H

#include "engine/caps.h"
#include "engine/kernel.h"

/* Sets a ring up, asks what it can do, and sends one operation through it: a kernel that grants a ring may still refuse to use it.
 * What is in `masked` counts as lacking. Returns 0 and *ret_caps, or the kernel's error; -ENOSYS for a ring that lacks
 * one of COIL__CAPS_NEEDED. */
int coil__ring_open(struct io_uring *ring, unsigned entries, uint32_t masked, uint32_t *ret_caps);

/* The capability that the ring needs for an operation; 0: it never has this one. */
uint32_t coil__ring_cap(enum coil__opcode code);

/* liburing 2.3 does not know it yet. */
enum { COIL__RING_FTRUNCATE = 55 };

#endif
