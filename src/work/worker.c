/* work/worker.c: the life of a worker process: take a job, do it, tell the outcome, until there will be no more.
 *
 * A job comes in the slot, and is done there, or through the socket, on memory of its own. A worker without a slot waits at its socket.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/spin.h"
#include "base/sys.h"
#include "work/arena.h"
#include "work/slot.h"

static int send_both(int fd, const void *head, size_t head_size, const void *rest, size_t rest_size)
{
    size_t sent = 0;
    while (sent < head_size + rest_size) {
        struct coil__pieces p;
        coil__pieces_from(&p, sent, head, head_size, rest, rest_size);
        ssize_t n = coil__sys_sendmsg(fd, &p.message, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        sent += (size_t)n;
    }
    return 0;
}

enum { AT_ONCE = 1024 }; /* bytes of a job's input that come with its head */

/* The head of a job, and of its input what came along: how much that is, or the error. */
static ssize_t recv_head(int fd, struct coil__job_head *head, char *rest)
{
    size_t got = 0;
    while (got < sizeof *head) {
        struct coil__pieces p;
        coil__pieces_from(&p, got, head, sizeof *head, rest, AT_ONCE);
        ssize_t n = coil__sys_recvmsg(fd, &p.message, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EPIPE;
        got += (size_t)n;
    }
    return (ssize_t)(got - sizeof *head);
}

static int recv_all(int fd, void *data, size_t size)
{
    char *at = data;
    while (size > 0) {
        ssize_t n = coil__sys_recv(fd, at, size, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EPIPE;
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

static uint32_t text_size(const char *text)
{
    size_t n = text ? strlen(text) + 1 : 0;
    return n < COIL__WORKER_TEXT ? (uint32_t)n : COIL__WORKER_TEXT;
}

/* What goes with a failure: its texts. */
static const coil_error *describe(struct coil__reply_head *head)
{
    const coil_error *e = coil_error_get(head->status);
    if (!e)
        return NULL;
    head->line = e->line;
    head->message_size = text_size(e->message);
    head->file_size = text_size(e->file);
    return e;
}

static int send_answer(int fd, const struct coil__reply_head *head, const coil_error *e,
                       const void *out, size_t out_size)
{
    if (head->status >= 0)
        return send_both(fd, head, sizeof *head, out, out_size);
    int err = send_both(fd, head, sizeof *head, e ? e->message : NULL, head->message_size);
    if (err >= 0 && e)
        err = send_both(fd, e->file, head->file_size, NULL, 0);
    return err;
}

/* Runs the function. *ret_error: its texts, until the next error of this process. */
static struct coil__reply_head run(const struct coil__job_head *job, const void *in, void *out,
                                   const coil_error **ret_error)
{
    struct coil__reply_head head = {.mark = job->mark};
    head.status = job->remote->enter(in, out);
    fflush(stdout); /* what it printed must not be lost with this process */
    if (head.status < 0)
        coil__arena_release(getpid());
    else
        coil__arena_hand_over();
    *ret_error = head.status < 0 ? describe(&head) : NULL;
    return head;
}

/* ---------------------------------------------------------------- through the socket ---- */

/* Does one job whose head and first `has` bytes have come. Returns 0 or the error of the socket. */
static int do_job(const struct coil__worker_self *self, const struct coil__job_head *job, char *in,
                  size_t has, char *out)
{
    const coil_error *e;
    int err = recv_all(self->fd, in + has, job->remote->in_size - has);
    if (err < 0)
        return err;
    struct coil__reply_head head = run(job, in, out, &e);
    if (self->slot)
        coil__slot_clear(self->slot); /* whoever has the answer may give the next job */
    err = send_answer(self->fd, &head, e, out, job->remote->out_size);
    coil__error_put(NULL);
    return err;
}

static int through_socket(const struct coil__worker_self *self, struct coil__spin *spin)
{
    struct coil__job_head job;
    char begun[AT_ONCE];
    ssize_t has = recv_head(self->fd, &job, begun);
    if (has < 0)
        return (int)has;
    char *in = coil__calloc(1, job.remote->in_size + 1);
    char *out = coil__calloc(1, job.remote->out_size + 1);
    if (in)
        memcpy(in, begun,
               (size_t)has); /* no more than the job: the next one comes after its answer */
    int err = in && out ? do_job(self, &job, in, (size_t)has, out) : -ENOMEM;
    coil__free(in);
    coil__free(out);
    spin->limit_ns = job.spin_ns;
    return err;
}

/* ---------------------------------------------------------------- in the slot ---- */

static int in_slot(const struct coil__worker_self *self, struct coil__spin *spin)
{
    struct coil__slot *s = self->slot;
    struct coil__job_head job = s->job; /* the function may write over it */
    const coil_error *e;
    char *out = s->room + coil__slot_out(job.remote);
    atomic_store_explicit(&s->begun, job.mark, memory_order_relaxed);
    memset(out, 0, job.remote->out_size);
    struct coil__reply_head head = run(&job, s->room, out, &e);
    if (head.message_size > 0)
        memcpy(s->room, e->message, head.message_size);
    if (head.file_size > 0)
        memcpy(s->room + head.message_size, e->file, head.file_size);
    s->reply = head;
    int err = 0;
    if (!coil__slot_tell(s, self->bell))
        err = send_answer(self->fd, &head, e, out, job.remote->out_size);
    coil__error_put(NULL);
    spin->limit_ns = job.spin_ns;
    return err;
}

void coil__worker_main(const struct coil__worker_self *self)
{
    coil__arena_enter_worker();
    struct coil__spin spin = {0};
    for (int err = 0; err >= 0;) {
        unsigned word = COIL__SLOT_SOCKET;
        if (self->slot)
            word = coil__slot_wait(self->slot, &spin, self->looks ? self->fd : -1);
        err = word & COIL__SLOT_END      ? -EPIPE
              : word & COIL__SLOT_SOCKET ? through_socket(self, &spin)
                                         : in_slot(self, &spin);
    }
    fflush(stdout);
    _exit(0);
}
