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
    struct coil__job_head head = {remote, w->mark, w->spin_ns};
    while (said < coil__talk_size(remote)) {
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
    w->heard = 0;
    w->error = 0;
    return say_some(w, remote, in, 0);
}

/* ---------------------------------------------------------------- the answer ---- */

static size_t size_of_texts(const struct coil__reply_head *head)
{
    return (size_t)head->message_size + head->file_size;
}

static bool is_answer(const struct coil__reply_head *head, uint64_t mark)
{
    bool texts = head->message_size > 0 || head->file_size > 0;
    return head->mark == mark && head->message_size <= COIL__WORKER_TEXT &&
           head->file_size <= COIL__WORKER_TEXT && (head->status < 0 || !texts);
}

/* The head is there. What came behind it went to `out`: a failure's texts belong elsewhere. */
static int look_at_head(struct coil__worker_link *w, const void *out)
{
    size_t more = w->heard - sizeof w->reply;
    if (!is_answer(&w->reply, w->mark))
        return -EPROTO;
    if (w->reply.status >= 0)
        return 0;
    if (more > size_of_texts(&w->reply))
        return -EPROTO;
    memcpy(w->texts, out, more);
    return 0;
}

/* One piece more. Returns 1, or 0 when there is none now, or -errno. */
static int hear_some(struct coil__worker_link *w, void *out, size_t out_size)
{
    struct coil__pieces p;
    bool begun = w->heard >= sizeof w->reply, failed = begun && w->reply.status < 0;
    coil__pieces_from(&p, w->heard, &w->reply, sizeof w->reply, failed ? w->texts : out,
                      failed ? size_of_texts(&w->reply) : out_size);
    ssize_t n;
    do
        n = coil__sys_recvmsg(w->fd, &p.message, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return n == 0 ? -EPIPE : errno == EAGAIN ? 0 : -errno;
    w->heard += (size_t)n;
    int err = !begun && w->heard >= sizeof w->reply ? look_at_head(w, out) : 0;
    return err < 0 ? err : 1;
}

static bool is_whole(const struct coil__worker_link *w, size_t out_size)
{
    return w->heard >= sizeof w->reply &&
           w->heard ==
               sizeof w->reply + (w->reply.status < 0 ? size_of_texts(&w->reply) : out_size);
}

int coil__talk_hear(struct coil__worker_link *w, const coil_remote *remote, void *out)
{
    int n = 1;
    while (w->error == 0 && n > 0 && !is_whole(w, remote->out_size)) {
        n = hear_some(w, out, remote->out_size);
        if (n < 0)
            w->error = n;
    }
    return w->error < 0 ? w->error : n;
}

/* Out of memory only the texts are lost. */
int coil__talk_outcome(const struct coil__worker_link *w, struct coil__error **ret_error)
{
    const struct coil__reply_head *head = &w->reply;
    char message[COIL__WORKER_TEXT + 1] = "", file[COIL__WORKER_TEXT + 1] = "";
    if (size_of_texts(head) == 0)
        return head->status;
    memcpy(message, w->texts, head->message_size);
    memcpy(file, w->texts + head->message_size, head->file_size);
    *ret_error = coil__error_new_copy(head->status, head->message_size > 0 ? message : NULL,
                                      head->file_size > 0 ? file : NULL, head->line);
    return head->status;
}

int coil__talk(struct coil__worker_link *w, const coil_remote *remote, const void *in, size_t begun,
               void *out)
{
    ssize_t said = (ssize_t)begun;
    int err = 0, whole = 0;
    while (err >= 0 && said < (ssize_t)coil__talk_size(remote)) {
        err = wait_ready(w, POLLOUT);
        if (err >= 0)
            said = say_some(w, remote, in, (size_t)said);
        if (said < 0)
            err = (int)said;
    }
    while (err >= 0 && !whole) {
        whole = err = coil__talk_hear(w, remote, out);
        if (err == 0)
            err = wait_ready(w, POLLIN);
    }
    return err < 0 ? err : 0;
}

bool coil__talk_is_over(const struct coil__worker_link *w)
{
    struct pollfd f[2] = {{.fd = w->fd, .events = POLLIN}, {.fd = w->pidfd, .events = POLLIN}};
    return coil__sys_poll(f, 2, 0) > 0;
}
