/* work/worker.c: the life of a worker process: read a job, do it, tell the outcome, until the socket ends. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sys.h"
#include "work/arena.h"
#include "work/forkserver.h"

int coil__send_all(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t n = coil__sys_send(fd, at, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

int coil__recv_all(int fd, void *data, size_t size)
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

/* Does one job. in_and_out: room for both. Returns 0 or the error of the socket. */
static int do_job(int fd, const coil_remote *remote, char *in, char *out)
{
    int err = coil__recv_all(fd, in, remote->in_size);
    if (err < 0)
        return err;
    struct coil__reply_head head = {.status = remote->enter(in, out)};
    fflush(stdout); /* what it printed must not be lost with this process */
    const char *message = "";
    if (head.status < 0) {
        coil__arena_release(getpid());
        const coil_error *e = coil_error_get(head.status);
        if (e) {
            message = e->message;
            head.file = e->file;
            head.line = e->line;
            head.message_size = (uint32_t)strlen(message) + 1;
        }
    } else {
        coil__arena_hand_over();
    }
    err = coil__send_all(fd, &head, sizeof head);
    if (err >= 0)
        err = coil__send_all(fd, message, head.message_size);
    if (err >= 0 && head.status >= 0)
        err = coil__send_all(fd, out, remote->out_size);
    coil__error_put(NULL);
    return err;
}

void coil__worker_main(int fd)
{
    coil__arena_enter_worker();
    struct coil__job_head job;
    int err = 0;
    while (err >= 0 && coil__recv_all(fd, &job, sizeof job) >= 0) {
        char *in = coil__calloc(1, job.remote->in_size + 1);
        char *out = coil__calloc(1, job.remote->out_size + 1);
        err = in && out ? do_job(fd, job.remote, in, out) : -ENOMEM;
        coil__free(in);
        coil__free(out);
    }
    fflush(stdout);
    _exit(0);
}
