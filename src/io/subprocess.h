/* io/subprocess.h: a child process from inside.
 *
 * One struct coil__process per child, in a slab that hangs on the loop. Its life: STARTING (a helper thread clones it) - RUNNING - ENDED
 * (reaped; the returncode is known). Its operation waits on the pidfd, then closes it: it is in flight for most of that life and
 * needs no waiter, so an end is seen when it comes. It is freed when it is ENDED, the operation is done, the user gave it
 * up and no task is inside one of its calls.
 */
#ifndef COIL_IO_SUBPROCESS_H
#define COIL_IO_SUBPROCESS_H

#include "coil/subprocess.h"
#include "io/spawn.h"
#include "io/stream.h"

enum coil__process_state { COIL__PROCESS_STARTING, COIL__PROCESS_RUNNING, COIL__PROCESS_ENDED };

struct coil__process {
    struct coil__slab_head head;
    struct coil__processes *room;
    struct coil__op op;        /* while `busy`: the wait for its end, or the close of the pidfd */
    struct coil__list waiters; /* tasks in wait                                                 */
    struct coil__spawn spawn;  /* pid and pidfd stay valid; pidfd is -1 once it is closed       */
    int child_ends[3];         /* STARTING: fds that only the child needs; else -1              */
    const char **environment;  /* STARTING: a copy of ours, or NULL                             */
    coil_stream *streams[3];   /* NULL: no pipe. The user may have closed them                  */
    size_t max_output;
    int returncode;   /* ENDED                                              */
    int watch_status; /* why the end can't be seen, until the next wait tries again */
    uint32_t users;   /* tasks inside a call                                */
    uint8_t state;    /* enum coil__process_state                           */
    bool busy, given_up, detached;
};

/* All processes of a loop. */
struct coil__processes {
    struct coil__attachment attachment;
    coil_loop *loop;
    struct coil__slab slab;
    bool stopping;
};

/* ---- the room (subprocess.c) ---- */

/* A process that is STARTING, with no fd at all. NULL when out of memory. */
struct coil__process *coil__process_new(coil_loop *loop);
/* Takes back one that has not started: its fds are closed. */
void coil__process_discard(struct coil__process *p);
/* It runs: its end is waited for from here on. */
void coil__process_started(struct coil__process *p);
/* Checks a handle: 0 and *ret_process, or the error. */
int coil__process_find(coil_process *handle, struct coil__process **ret_process);
/* The same at the beginning of a call that suspends; paired with coil__process_leave, which may free it. */
int coil__process_enter(coil_process *handle, struct coil__process **ret_process);
int coil__process_leave(struct coil__process *p, int status);
/* Waits for its end. Returns 0, -ECANCELED, or why it can't be seen. */
int coil__process_await(struct coil__process *p);
/* Sends a signal to one that is RUNNING. Returns 0 or -errno. */
int coil__process_signal(struct coil__process *p, int signo);
static inline coil_process *coil__process_handle(const struct coil__process *p)
{
    return coil__handle_make(p->room->loop, &p->head);
}

#endif
