/* work/talk.c: the program's side of the conversation with a worker.
 *
 * A worker runs the user's code, and code that writes where it must not may have spoiled anything there. So what it says is looked at
 * before it is believed: sizes have bounds, texts are ended here, an answer carries the mark of its job, and nothing
 * is a pointer. And no wait is for the socket alone: a child that a dead worker left behind may hold it open.
 */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/sys.h"
#include "work/forkserver.h"

/* Sleeps until the socket is ready for `events` (or has ended), 0, or the worker has died, -EPIPE. */
static int wait_ready(const struct coil__worker_link *w, short events)
{
    struct pollfd f[2] = {{.fd = w->fd, .events = events}, {.fd = w->pidfd, .events = POLLIN}};
    for (;;) {
        int n = coil__sys_poll(f, 2, -1);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            return f[0].revents ? 0 : -EPIPE;
    }
}

/* Says what is left of a job after `said` bytes as far as the socket takes it at once: how much has been said then, or -errno. */
static ssize_t say_some(const struct coil__worker_link *w, const coil_remote *remote,
                        const void *in, size_t said)
{
    struct coil__job_head head = {remote, w->mark};
    while (said < sizeof head + remote->in_size) {
        struct coil__pieces p;
        coil__pieces_from(&p, said, &head, sizeof head, in, remote->in_size);
        ssize_t n = coil__sys_sendmsg(w->fd, &p.message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0 && errno != EINTR)
            return -errno;
        said += n < 0 ? 0 : (size_t)n;
    }
    return (ssize_t)said;
}

/* No two jobs have the same, and nobody writes it by accident: whoever believes half an answer waits for the rest for ever. */
static uint64_t new_mark(void)
{
    static atomic_uint_fast64_t jobs;
    uint64_t x = 0;
    const void *random =
        (const void *)(uintptr_t)getauxval(AT_RANDOM); /* of this program's start */
    if (random)
        memcpy(&x, random, sizeof x);
    x += (atomic_fetch_add(&jobs, 1) + 1) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

ssize_t coil__talk_begin(struct coil__worker_link *w, const coil_remote *remote, const void *in)
{
    w->mark = new_mark();
    return say_some(w, remote, in, 0);
}

static int hear(const struct coil__worker_link *w, void *data, size_t size)
{
    char *at = data;
    while (size > 0) {
        ssize_t n = coil__sys_recv(w->fd, at, size, MSG_DONTWAIT);
        if (n == 0)
            return -EPIPE;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -errno;
        int err = n < 0 && errno == EAGAIN ? wait_ready(w, POLLIN) : 0;
        if (err < 0)
            return err;
        at += n < 0 ? 0 : n;
        size -= n < 0 ? 0 : (size_t)n;
    }
    return 0;
}

/* Out of memory only the texts are lost. */
static int hear_error(const struct coil__worker_link *w, const struct coil__reply_head *head,
                      struct coil__error **ret_error)
{
    char message[COIL__WORKER_TEXT], file[COIL__WORKER_TEXT];
    if (head->message_size == 0 && head->file_size == 0)
        return 0;
    int err = hear(w, message, head->message_size);
    if (err >= 0)
        err = hear(w, file, head->file_size);
    if (err < 0)
        return err;
    if (head->message_size > 0)
        message[head->message_size - 1] = '\0';
    if (head->file_size > 0)
        file[head->file_size - 1] = '\0';
    *ret_error = coil__error_new_copy(head->status, head->message_size > 0 ? message : NULL,
                                      head->file_size > 0 ? file : NULL, head->line);
    return 0;
}

static bool is_answer(const struct coil__reply_head *head, uint64_t mark)
{
    bool texts = head->message_size > 0 || head->file_size > 0;
    return head->mark == mark && head->message_size <= COIL__WORKER_TEXT &&
           head->file_size <= COIL__WORKER_TEXT && (head->status < 0 || !texts);
}

int coil__talk(struct coil__worker_link *w, const coil_remote *remote, const void *in, size_t begun,
               void *out, int *ret_status, struct coil__error **ret_error)
{
    struct coil__reply_head reply;
    ssize_t said = (ssize_t)begun, all = (ssize_t)(sizeof(struct coil__job_head) + remote->in_size);
    int err = 0;
    while (err >= 0 && said < all) {
        err = wait_ready(w, POLLOUT);
        if (err >= 0)
            said = say_some(w, remote, in, (size_t)said);
        if (said < 0)
            err = (int)said;
    }
    if (err >= 0)
        err = wait_ready(w, POLLIN);
    if (err >= 0)
        err = hear(w, &reply, sizeof reply);
    if (err >= 0 && !is_answer(&reply, w->mark))
        err = -EPROTO;
    if (err >= 0)
        err = hear_error(w, &reply, ret_error);
    if (err >= 0 && reply.status >= 0)
        err = hear(w, out, remote->out_size);
    if (err >= 0)
        *ret_status = reply.status;
    return err;
}

bool coil__talk_is_over(const struct coil__worker_link *w)
{
    struct pollfd f[2] = {{.fd = w->fd, .events = POLLIN}, {.fd = w->pidfd, .events = POLLIN}};
    return coil__sys_poll(f, 2, 0) > 0;
}
