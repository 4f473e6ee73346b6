/* work/arena.h: memory that all processes of a program see at the same address. */
#ifndef COIL_WORK_ARENA_H
#define COIL_WORK_ARENA_H

#include <stddef.h>
#include <sys/types.h>

#include "coil/processes.h"

/* Maps it, once in the life of the process; before the fork server starts, so that workers have it too. 0 or -ENOMEM. */
int coil__arena_map(void);
/* This process is a worker: what it allocates is marked with its pid until it is handed over. */
void coil__arena_enter_worker(void);
/* The worker's job has succeeded: what it allocated belongs to whoever gets the result. */
void coil__arena_hand_over(void);
/* Frees what `owner` allocated and did not hand over. */
void coil__arena_release(pid_t owner);

#endif
