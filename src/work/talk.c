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
#include "work/slot.h"

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
    static atomic_uint_fast64_t jobs, seed;
    uint64_t x = atomic_load_explicit(&seed, memory_order_relaxed);
    if (x == 0) {
        const void *random =
            (const void *)(uintptr_t)getauxval(AT_RANDOM); /* of this program's start */
        if (random)
            memcpy(&x, random, sizeof x);
        atomic_store_explicit(&seed, x, memory_order_relaxed);
    }
    x += (atomic_fetch_add(&jobs, 1) + 1) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static void new_job(struct coil__worker_link *w, enum coil__way way)
{
    w->way = way;
    w->mark = new_mark();
    w->heard = 0;
    w->error = 0;
}

ssize_t coil__talk_begin(struct coil__worker_link *w, const coil_remote *remote, const void *in)
{
    new_job(w, COIL__BY_SOCKET);
    ssize_t said = say_some(w, remote, in, 0);
    if (said >= 0)
        coil__slot_call(w->slot, COIL__SLOT_GIVEN | COIL__SLOT_SOCKET);
    return said;
}

void coil__talk_put(struct coil__worker_link *w, const coil_remote *remote, const void *in,
                    enum coil__way way)
{
    new_job(w, way);
    struct coil__job_head head = {remote, w->mark, w->spin_ns};
    coil__slot_give(w->slot, &head, in, way == COIL__FROM_SLOT ? COIL__SLOT_TALK : 0);
}

bool coil__talk_never_began(const struct coil__worker_link *w)
{
    return w->way != COIL__BY_SOCKET && atomic_load(&w->slot->begun) == ~w->mark;
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

/* What is in the slot may change under our hands: it is copied, then looked at. */
static int read_slot(struct coil__worker_link *w, const coil_remote *remote, void *out)
{
    if (!coil__slot_is_over(w->slot))
        return 0;
    memcpy(&w->reply, &w->slot->reply, sizeof w->reply);
    if (!is_answer(&w->reply, w->mark))
        return -EPROTO;
    if (w->reply.status < 0)
        memcpy(w->texts, w->slot->room, size_of_texts(&w->reply));
    else
        memcpy(out, w->slot->room + coil__slot_out(remote), remote->out_size);
    return 1;
}

int coil__talk_hear(struct coil__worker_link *w, const coil_remote *remote, void *out)
{
    int n = 1;
    if (w->way == COIL__IN_SLOT && w->error == 0) {
        n = read_slot(w, remote, out);
        w->error = n < 0 ? n : 0;
        return n;
    }
    while (w->error == 0 && n > 0 && !is_whole(w, remote->out_size)) {
        n = hear_some(w, out, remote->out_size);
        if (n < 0)
            w->error = n;
    }
    return w->error < 0 ? w->error : n;
}

/* Out of memory only the texts are lost. */
static void take_texts(const struct coil__worker_link *w, struct coil__error **ret_error)
{
    const struct coil__reply_head *head = &w->reply;
    char message[COIL__WORKER_TEXT + 1] = "", file[COIL__WORKER_TEXT + 1] = "";
    memcpy(message, w->texts, head->message_size);
    memcpy(file, w->texts + head->message_size, head->file_size);
    *ret_error = coil__error_new_copy(head->status, head->message_size > 0 ? message : NULL,
                                      head->file_size > 0 ? file : NULL, head->line);
}

int coil__talk_outcome(const struct coil__worker_link *w, struct coil__error **ret_error)
{
    if (size_of_texts(&w->reply) > 0)
        take_texts(w, ret_error);
    return w->reply.status;
}

/* Has the answer of a job in the slot sent through the socket, where a thread can wait for it. False: it is there already. What
 * an earlier job said there, uninvited, is not this one's. */
static bool divert(struct coil__worker_link *w)
{
    char rest[1024];
    for (int i = 0; i < 64 && coil__sys_recv(w->fd, rest, sizeof rest, MSG_DONTWAIT) > 0; i++)
        continue;
    if (!coil__slot_ask(w->slot, COIL__SLOT_TALK))
        return false;
    w->way = COIL__FROM_SLOT;
    return true;
}

int coil__talk(struct coil__worker_link *w, const coil_remote *remote, const void *in, size_t begun,
               void *out)
{
    ssize_t said = (ssize_t)begun;
    int err = 0, whole = 0;
    if (w->way == COIL__IN_SLOT && !divert(w)) {
        whole = coil__talk_hear(w, remote, out);
        return whole > 0 ? 0 : whole < 0 ? whole : -EPROTO;
    }
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
