/* work/forkserver.h: the fork server, and what a worker process and its pool say to each other. */
#ifndef COIL_WORK_FORKSERVER_H
#define COIL_WORK_FORKSERVER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "coil/call.h"

/* A job: this, then in_size bytes. Pointers are good on both sides: a worker is a copy of this program. */
struct coil__job_head {
    const coil_remote *remote;
};
/* Its outcome: this, then message_size bytes, then after a success out_size bytes. */
struct coil__reply_head {
    int status;
    int line;
    const char *file;
    uint32_t message_size;
};

/* Forks the server when there is none; called before threads exist. 0 or -errno. */
int coil__forkserver_start(void);
/* Ends it: no loop is left. */
void coil__forkserver_stop(void);
/* Which server runs: changes when it was started anew; 0: none. Workers of another one are gone. */
unsigned coil__forkserver_generation(void);
/* True when the server knows this function: it was registered before the fork. */
int coil__forkserver_knows(const coil_remote *remote);

/* Has a worker forked. Returns its pid, its socket and its pidfd, or -errno. Any thread. */
pid_t coil__forkserver_fork(int *ret_fd, int *ret_pidfd);
/* Has a worker that is dead, or about to die, reaped. Returns 0 and its wait status, or -errno. Any thread. */
int coil__forkserver_reap(pid_t pid, int *ret_status);

/* All the bytes, or -errno; -EPIPE at the end of the stream. */
int coil__send_all(int fd, const void *data, size_t size);
int coil__recv_all(int fd, void *data, size_t size);

/* worker.c: a worker's life. */
void coil__worker_main(int fd) __attribute__((noreturn));

#endif
