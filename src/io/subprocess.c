/* io/subprocess.c: the room of a loop's children, and how the end of one is seen.
 *
 * A pidfd becomes readable when its process ends; waitid(P_PIDFD) then reaps this one and no other. So there is no SIGCHLD
 * handler, and a pid that the kernel has given away again can't be hit.
 */
#include "io/subprocess.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/memory.h"
#include "base/sys.h"

enum {
    REAPED_BY_OTHERS = 255, /* the returncode that asyncio gives then */
    LAST_WAITS = 10,        /* for one that was killed because the loop closes */
    LAST_WAIT_MS = 500
};

static const struct coil__wait_kind wait_kind = {"process", coil__park_cancel, NULL,
                                                 COIL__RESTS_NOT};

static void watch(struct coil__process *p);

/* ---------------------------------------------------------------- its end ---- */

static void free_if_over(struct coil__process *p)
{
    if (p->given_up && p->state == COIL__PROCESS_ENDED && !p->busy && p->users == 0)
        coil__slab_put(&p->room->slab, p);
}

static void pidfd_closed(struct coil__op *op)
{
    struct coil__process *p = COIL__CONTAINER(op, struct coil__process, op);
    p->busy = false;
    free_if_over(p);
}

static void close_pidfd(struct coil__process *p)
{
    p->op = (struct coil__op){.code = COIL__OP_CLOSE, .fd = p->spawn.pidfd, .done = pidfd_closed};
    p->spawn.pidfd = -1;
    p->busy = true;
    coil__loop_submit(p->room->loop, &p->op);
}

/* Takes the exit status, if there is one yet. False: it still runs. */
static bool reap(struct coil__process *p)
{
    siginfo_t info = {0};
    int n;
    do {
        n = coil__sys_waitid(P_PIDFD, (id_t)p->spawn.pidfd, &info, WEXITED | WNOHANG);
    } while (n < 0 && errno == EINTR);
    if (n == 0 && info.si_pid == 0)
        return false;
    if (n < 0)
        p->returncode = REAPED_BY_OTHERS;
    else
        p->returncode = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
    p->state = COIL__PROCESS_ENDED;
    return true;
}

static void readable(struct coil__op *op)
{
    struct coil__process *p = COIL__CONTAINER(op, struct coil__process, op);
    p->busy = false;
    p->watch_status = op->result < 0 ? op->result : 0;
    if (reap(p))
        close_pidfd(p);
    else if (op->result >= 0 && !p->room->stopping)
        watch(p);
    coil__stream_wake_all(&p->waiters);
}

static void watch(struct coil__process *p)
{
    p->op = (struct coil__op){.code = COIL__OP_POLL,
                              .flags = COIL__OPF_OWNED,
                              .fd = p->spawn.pidfd,
                              .events = POLLIN,
                              .done = readable};
    p->watch_status = 0;
    p->busy = true;
    coil__loop_submit(p->room->loop, &p->op);
}

int coil__process_await(struct coil__process *p)
{
    if (p->state == COIL__PROCESS_RUNNING && !p->busy)
        watch(p); /* the last try failed, for want of memory */
    while (p->state != COIL__PROCESS_ENDED) {
        int err = coil__park(&p->waiters, &wait_kind, NULL);
        if (err < 0)
            return err;
        if (p->watch_status < 0 && p->state != COIL__PROCESS_ENDED)
            return coil_fail(p->watch_status, "process %d can't be watched: %s", (int)p->spawn.pid,
                             coil_error_sentence(p->watch_status));
    }
    return 0;
}

int coil__process_signal(struct coil__process *p, int signo)
{
    if (p->state == COIL__PROCESS_ENDED)
        return coil_fail(-ESRCH, "process %d has ended", (int)p->spawn.pid);
    return coil__spawn_signal(&p->spawn, signo);
}

/* ---------------------------------------------------------------- the room ---- */

static const char key;

static void stop_room(struct coil__attachment *a, coil_loop *loop)
{
    struct coil__processes *room = COIL__CONTAINER(a, struct coil__processes, attachment);
    room->stopping = true;
    for (uint32_t i = 0; i < coil__slab_slots(&room->slab); i++) {
        struct coil__process *p = coil__slab_at(&room->slab, i);
        if (!p || p->state != COIL__PROCESS_RUNNING)
            continue;
        if (!p->detached)
            coil__spawn_signal(&p->spawn, SIGKILL);
        coil__loop_cancel(loop, &p->op);
    }
}

/* Gives back what only the start needs. */
static void end_start(struct coil__process *p)
{
    for (int i = 0; i < 3; i++) {
        if (p->child_ends[i] >= 0)
            coil__sys_close(p->child_ends[i]);
        p->child_ends[i] = -1;
    }
    coil__free(p->environment);
    p->environment = NULL;
}

/* The loop can wait for it no more: it was killed, so it ends now, unless the kernel holds it. */
static void end_at_last(struct coil__process *p)
{
    struct pollfd ended = {.fd = p->spawn.pidfd, .events = POLLIN};
    int tries = p->detached ? 0 : LAST_WAITS;
    if (!p->detached)
        coil__spawn_signal(&p->spawn, SIGKILL);
    while (!reap(p) && tries-- > 0)
        coil__sys_poll(&ended, 1, LAST_WAIT_MS);
}

static void close_room(struct coil__attachment *a, coil_loop *loop)
{
    struct coil__processes *room = COIL__CONTAINER(a, struct coil__processes, attachment);
    (void)loop;
    for (uint32_t i = 0; i < coil__slab_slots(&room->slab); i++) {
        struct coil__process *p = coil__slab_at(&room->slab, i);
        if (!p)
            continue;
        end_start(p);
        if (p->spawn.pidfd >= 0 && p->state != COIL__PROCESS_ENDED)
            end_at_last(p);
        if (p->spawn.pidfd >= 0)
            coil__sys_close(p->spawn.pidfd);
    }
    coil__slab_done(&room->slab);
    coil__free(room);
}

static struct coil__processes *room_of(coil_loop *loop, bool make)
{
    struct coil__attachment *a = coil__loop_attachment(loop, &key);
    if (a)
        return COIL__CONTAINER(a, struct coil__processes, attachment);
    struct coil__processes *room = make ? coil__calloc(1, sizeof *room) : NULL;
    if (!room)
        return NULL;
    room->loop = loop;
    room->attachment.stop = stop_room;
    room->attachment.close = close_room;
    coil__slab_init(&room->slab, sizeof(struct coil__process), coil__loop_generation_seed(loop));
    coil__loop_attach(loop, &room->attachment, &key);
    return room;
}

struct coil__process *coil__process_new(coil_loop *loop)
{
    struct coil__processes *room = room_of(loop, true);
    struct coil__process *p = room ? coil__slab_get(&room->slab) : NULL;
    if (!p)
        return NULL;
    memset((char *)p + sizeof p->head, 0, sizeof *p - sizeof p->head);
    p->room = room;
    p->spawn.pidfd = -1;
    for (int i = 0; i < 3; i++)
        p->child_ends[i] = -1;
    coil__list_init(&p->waiters);
    return p;
}

void coil__process_discard(struct coil__process *p)
{
    end_start(p);
    for (int i = 0; i < 3; i++) {
        struct coil__stream *s;
        if (coil__stream_find(p->streams[i], false, &s) >= 0)
            coil__stream_discard(s);
    }
    coil__slab_put(&p->room->slab, p);
}

void coil__process_started(struct coil__process *p)
{
    end_start(p);
    p->state = COIL__PROCESS_RUNNING;
    watch(p);
}

/* ---------------------------------------------------------------- handles ---- */

int coil__process_find(coil_process *handle, struct coil__process **ret_process)
{
    coil_loop *loop;
    int err = coil__handle_loop(handle, &loop);
    if (err < 0)
        return err;
    struct coil__processes *room = room_of(loop, false);
    struct coil__process *p = room ? coil__handle_find(&room->slab, handle) : NULL;
    if (!p || p->given_up)
        return -COIL_ESTALE;
    *ret_process = p;
    return 0;
}

int coil__process_enter(coil_process *handle, struct coil__process **ret_process)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = coil__process_find(handle, ret_process);
    if (err >= 0)
        (*ret_process)->users++;
    return err;
}

int coil__process_leave(struct coil__process *p, int status)
{
    p->users--;
    free_if_over(p);
    return status;
}

/* Gives up the process and its streams. */
static int give_up(coil_process *process, bool detach)
{
    struct coil__process *p;
    int err = coil__process_find(process, &p);
    if (err < 0)
        return err;
    for (int i = 0; i < 3; i++) {
        struct coil__stream *s;
        if (coil__stream_find(p->streams[i], false, &s) >= 0)
            coil__stream_give_up(s);
    }
    p->given_up = true;
    p->detached = detach;
    if (p->state == COIL__PROCESS_RUNNING) {
        if (!detach)
            coil__spawn_signal(&p->spawn, SIGKILL); /* may not be ours to kill any more */
        if (!p->busy)
            watch(p);
    }
    free_if_over(p);
    return 0;
}

int coil_process_close(coil_process *process)
{
    return process ? give_up(process, false) : 0;
}

int coil_process_detach(coil_process *process)
{
    return process ? give_up(process, true) : 0;
}
