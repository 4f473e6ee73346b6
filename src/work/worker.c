/* work/worker.c: the life of a worker process: read a job, do it, tell the outcome, until the socket ends. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/spin.h"
#include "base/sys.h"
#include "work/arena.h"
#include "work/forkserver.h"

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

/* Receives into both. While it pays (and the last job said for how long) it watches before it sleeps. */
static ssize_t recv_watching(int fd, struct coil__pieces *p, struct coil__spin *spin)
{
    if (!coil__spin_worth(spin))
        return coil__sys_recvmsg(fd, &p->message, 0);
    int64_t begin = coil__clock_monotonic(), now = begin;
    ssize_t n;
    do {
        n = coil__sys_recvmsg(fd, &p->message, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            coil__spin_give_way();
        now = coil__clock_monotonic();
    } while (n < 0 && errno == EAGAIN && now - begin < spin->limit_ns);
    bool caught = n >= 0 || errno != EAGAIN;
    coil__spin_ended(spin, caught, now - begin);
    return caught ? n : coil__sys_recvmsg(fd, &p->message, 0);
}

/* The head of a job, and of its input what came along: how much that is, or the error. */
static ssize_t recv_head(int fd, struct coil__job_head *head, char *rest, struct coil__spin *spin)
{
    size_t got = 0;
    while (got < sizeof *head) {
        struct coil__pieces p;
        coil__pieces_from(&p, got, head, sizeof *head, rest, AT_ONCE);
        ssize_t n = recv_watching(fd, &p, spin);
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

static int send_error(int fd, struct coil__reply_head *head)
{
    const coil_error *e = coil_error_get(head->status);
    if (e) {
        head->line = e->line;
        head->message_size = text_size(e->message);
        head->file_size = text_size(e->file);
    }
    int err = send_both(fd, head, sizeof *head, e ? e->message : NULL, head->message_size);
    if (err >= 0 && e)
        err = send_both(fd, e->file, head->file_size, NULL, 0);
    return err;
}

/* Does one job. Returns 0 or the error of the socket. */
static int do_job(int fd, const struct coil__job_head *job, char *in, size_t has, char *out)
{
    int err = recv_all(fd, in + has, job->remote->in_size - has);
    if (err < 0)
        return err;
    struct coil__reply_head head = {.mark = job->mark};
    head.status = job->remote->enter(in, out);
    fflush(stdout); /* what it printed must not be lost with this process */
    if (head.status < 0) {
        coil__arena_release(getpid());
        err = send_error(fd, &head);
    } else {
        coil__arena_hand_over();
        err = send_both(fd, &head, sizeof head, out, job->remote->out_size);
    }
    coil__error_put(NULL);
    return err;
}

void coil__worker_main(int fd)
{
    coil__arena_enter_worker();
    struct coil__job_head job;
    struct coil__spin spin = {0};
    char begun[AT_ONCE];
    int err = 0;
    ssize_t has;
    while (err >= 0 && (has = recv_head(fd, &job, begun, &spin)) >= 0) {
        char *in = coil__calloc(1, job.remote->in_size + 1);
        char *out = coil__calloc(1, job.remote->out_size + 1);
        if (in)
            memcpy(in, begun,
                   (size_t)has); /* no more than the job: the next one comes after its answer */
        err = in && out ? do_job(fd, &job, in, (size_t)has, out) : -ENOMEM;
        coil__free(in);
        coil__free(out);
        spin.limit_ns = job.spin_ns;
    }
    fflush(stdout);
    _exit(0);
}
