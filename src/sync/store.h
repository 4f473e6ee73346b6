/* sync/store.h: where a queue keeps its items: a ring, a stack, or a heap. */
#ifndef COIL_SYNC_STORE_H
#define COIL_SYNC_STORE_H

#include "coil/queue.h"

enum { COIL__STORE_FIFO, COIL__STORE_LIFO, COIL__STORE_PRIORITY };

/* Keeps a copy of *item. Returns 0 or -ENOMEM. */
int coil__store_put(coil_queue *q, const void *item);
/* Takes the next item out; there must be one. */
void coil__store_get(coil_queue *q, void *ret_item);

#endif
