/* base/wheel.h: a calendar of far deadlines: a wheel of wheels whose buckets are poured into a heap when their time comes.
 *
 * Time is cut into ticks of 2^20 ns. The cursor is a tick; the wheel holds what comes later. A tick has 44 bits, five digits of ten (the
 * first has four), and an entry stands on the level of the first digit in which its tick and the cursor differ, in that digit's
 * bucket. So all on a lower level is earlier than all on a higher one, the first bucket is found by a few bits, and where an entry is
 * follows from its deadline: until the cursor comes to its bucket it stays where it was put. Then the bucket is opened: a tick is poured
 * into the heap, a longer time is spread over the lower levels.
 *
 * A bucket (base/bucket.h) keeps the order in which its entries came, and equal deadlines are in one bucket. So they go to
 * the heap in their order; and before any that comes later, because that one finds the cursor at its tick and goes to the heap itself.
 *
 * Only put can fail.
 */
#ifndef COIL_BASE_WHEEL_H
#define COIL_BASE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bucket.h"
#include "base/heap.h"

enum { COIL__WHEEL_TICK_BITS = 20, COIL__WHEEL_LEVELS = 5 };

struct coil__wheel_level;

struct coil__wheel {
    uint32_t n;           /* entries                                                          */
    uint32_t first_level; /* where the first bucket is                                        */
    int64_t opens_ns;     /* when the first bucket begins; when the wheel is empty it is void */
    uint64_t cursor;      /* a tick                                                           */
    struct coil__bucket_pool pool;
    struct coil__wheel_level *levels[COIL__WHEEL_LEVELS]; /* NULL: nothing was there yet   */
};

/* Ticks are counted from the earliest deadline that there can be. */
static inline uint64_t coil__wheel_tick(int64_t when_ns)
{
    return ((uint64_t)when_ns ^ (UINT64_C(1) << 63)) >> COIL__WHEEL_TICK_BITS;
}
/* Whether a deadline belongs into the wheel: one that does not is the heap's. */
static inline bool coil__wheel_later(const struct coil__wheel *w, int64_t when_ns)
{
    return coil__wheel_tick(when_ns) > w->cursor;
}

/* Puts in a node whose deadline is later than the cursor. Returns 0 or -ENOMEM. */
int coil__wheel_put(struct coil__wheel *w, struct coil__heap_node *node);
/* Makes a node of the wheel idle. */
void coil__wheel_remove(struct coil__wheel *w, struct coil__heap_node *node);
/* Opens the first bucket of a wheel that is not empty. The heap has room for all that is in the wheel. What is due by now_ns may be made
 * due at once (coil__heap_push_due); when nothing may be, it is INT64_MIN. */
void coil__wheel_open(struct coil__wheel *w, struct coil__heap *h, int64_t now_ns);
/* Moves the cursor up to a time before which no bucket begins. Back only when the wheel is empty. */
void coil__wheel_move(struct coil__wheel *w, int64_t now_ns);
/* The first deadline of a wheel that is not empty; or, when it would take a long search, a time at or before it. */
int64_t coil__wheel_wake_ns(const struct coil__wheel *w);
/* Whether that is the first deadline. It always is when the first bucket is a tick. */
bool coil__wheel_knows_first(const struct coil__wheel *w);
void coil__wheel_done(struct coil__wheel *w);

/* For tests: 1 when every invariant holds. */
int coil__wheel_check(const struct coil__wheel *w);

#endif
