/* work/forkserver.h: the fork server, and what a worker process and its pool say to each other. */
#ifndef COIL_WORK_FORKSERVER_H
#define COIL_WORK_FORKSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "coil/call.h"

struct coil__error;
struct coil__slot;

/* A job: this, then in_size bytes. The pointer is good on both sides: a worker is a copy of this program. */
struct coil__job_head {
    const coil_remote *remote;
    uint64_t mark;
    int64_t spin_ns; /* how long the worker may watch for the next one */
};
/* Its outcome: this, then the texts of its error (sizes with the NUL; 0: none), then after a success out_size bytes. */
struct coil__reply_head {
    uint64_t mark; /* the job's */
    int status;
    int line;
    uint32_t message_size, file_size; /* at most COIL__WORKER_TEXT each */
};
enum { COIL__WORKER_TEXT = 1024 };

/* Two pieces as one message, so that the other side wakes for both: what is left of them after `done` bytes. */
struct coil__pieces {
    struct iovec piece[2];
    struct msghdr message;
};
static inline void coil__pieces_from(struct coil__pieces *p, size_t done, const void *head,
                                     size_t head_size, const void *rest, size_t rest_size)
{
    size_t of_head = done < head_size ? done : head_size, of_rest = done - of_head;
    p->piece[0] = (struct iovec){(char *)((uintptr_t)head + of_head), head_size - of_head};
    p->piece[1] = (struct iovec){(char *)((uintptr_t)rest + of_rest), rest_size - of_rest};
    p->message = (struct msghdr){.msg_iov = p->piece, .msg_iovlen = 2};
}

/* Forks the server when there is none; called before threads exist. 0 or -errno. */
int coil__forkserver_start(void);
/* Ends it: no loop is left. */
void coil__forkserver_stop(void);
/* Which server runs: changes when it was started anew; 0: none. Workers of another one are gone. */
unsigned coil__forkserver_generation(void);
/* True when the server knows this function: it was registered before the fork. */
int coil__forkserver_knows(const coil_remote *remote);

/* Has a worker that is dead, or about to die, reaped. Returns 0 and its wait status, or -errno. Any thread. */
int coil__forkserver_reap(pid_t pid, int *ret_status);

/* How a worker was given its job. */
enum coil__way {
    COIL__BY_SOCKET,
    COIL__IN_SLOT,
    COIL__FROM_SLOT /* the answer will come through the socket */
};

/* A worker process, as its program sees it. */
struct coil__worker_link {
    pid_t pid;
    int fd, bell;            /* its socket, and an eventfd through which it wakes the loop */
    int pidfd;               /* or -1 where the kernel refuses them */
    struct coil__slot *slot; /* work/slot.h; or NULL */
    enum coil__way way;
    uint64_t mark; /* of the job that it was given last, and what has been heard of its outcome: */
    int64_t spin_ns;
    struct coil__reply_head reply;
    size_t heard; /* bytes, of the reply's head and what follows */
    int error;    /* why nothing more will be heard, or 0        */
    char texts[2 * COIL__WORKER_TEXT];
};
/* Has a worker forked, with w->slot, which may be NULL. Returns 0 and fills in pid and fds; or -errno, and w->slot is NULL when somebody may
 * have it. Any thread. */
int coil__forkserver_fork(struct coil__worker_link *w);

/* talk.c: begins to give the worker a job, without blocking. Returns how many bytes of it the worker's socket has taken, or -errno. Any
 * thread, one at a time. */
ssize_t coil__talk_begin(struct coil__worker_link *w, const coil_remote *remote, const void *in);
/* The same through its slot, which has room for the job: it has it all. way: not COIL__BY_SOCKET. */
void coil__talk_put(struct coil__worker_link *w, const coil_remote *remote, const void *in,
                    enum coil__way way);
/* True when the worker, which is dead, had not begun its job. */
bool coil__talk_never_began(const struct coil__worker_link *w);
/* How large a job is. */
static inline size_t coil__talk_size(const coil_remote *remote)
{
    return sizeof(struct coil__job_head) + remote->in_size;
}
/* Hears what there is of the answer, without blocking: 1 when that is all of it, 0, or an error as coil__talk. */
int coil__talk_hear(struct coil__worker_link *w, const coil_remote *remote, void *out);
/* What an answer that was heard says: its status, and after a failure maybe *ret_error. */
int coil__talk_outcome(const struct coil__worker_link *w, struct coil__error **ret_error);
/* Goes on after `begun` bytes and hears the whole answer: 0; -EPIPE when the worker died or its
 * socket ended, -EPROTO when what it said is no answer, another error of the socket. Blocks; any thread, one at a time. */
int coil__talk(struct coil__worker_link *w, const coil_remote *remote, const void *in, size_t begun,
               void *out);
/* True when it is of no use for another job: it died, or has said what nobody asked for. */
bool coil__talk_is_over(const struct coil__worker_link *w);

/* worker.c: a worker's life. */
struct coil__worker_self {
    int fd, bell;
    struct coil__slot *slot; /* or NULL */
    bool looks;              /* nothing else tells it that its program is gone */
};
void coil__worker_main(const struct coil__worker_self *self) __attribute__((noreturn));

#endif
