/* io/farewell.c: how a stream on a transport ends.
 *
 * A transport may have to suspend for its farewell (TLS waits for the peer's): it gets a task of its own. The tasks of a room are listed, so
 * that a loop that shuts down lets each say what it has to say, and then waits for no answer.
 */
#include <string.h>

#include "io/stream.h"
#include "task/tasks.h"

struct farewell {
    struct coil__list link; /* of the room's */
    struct coil__stream *stream;
    struct coil__task *task;
    bool begun;
};

static int say_farewell(void *args)
{
    struct farewell *f = args;
    struct coil__stream *s = f->stream;
    coil_transport *t = s->transport;
    s->transport = NULL;
    f->begun = true;
    int err = t->ops->close(t, s->aborted);
    coil__stream_over(s);
    return err;
}

static void close_at_once(struct coil__stream *s)
{
    coil_transport *t = s->transport;
    s->transport = NULL;
    s->aborted = true;
    t->ops->close(t, 1);
    coil__stream_over(s);
}

/* Cancelled before it ran, or destroyed with its loop. */
static void discard(void *args)
{
    struct farewell *f = args;
    coil__list_remove(&f->link);
    if (!f->begun)
        close_at_once(f->stream);
}

static const coil_fn farewell_fn = {
    "coil_transport close", say_farewell, NULL, NULL, discard, NULL};

void coil__farewell_begin(struct coil__stream *s)
{
    struct coil__task *t;
    coil_call call = {.fn = &farewell_fn, .size = sizeof(struct farewell)};
    memcpy(call.args, &(struct farewell){.stream = s}, sizeof(struct farewell));
    if (s->aborted ||
        coil__task_new(s->room->loop, &call, NULL, false, __FILE__, __LINE__, &t) < 0) {
        close_at_once(s); /* aborted, or no memory for a farewell */
        return;
    }
    struct farewell *f = (struct farewell *)(void *)t->call->args;
    f->task = t;
    coil__list_append(&s->room->farewells, &f->link);
    t->base.owned = false;
    coil__awaitable_unref(s->room->loop, &t->base);
}

void coil__farewells_end(struct coil__streams *room)
{
    if (!coil__list_empty(&room->farewells))
        coil_ignore(coil__yield()); /* those that have just begun say theirs */
    while (!coil__list_empty(&room->farewells)) {
        struct coil__task *t = COIL__CONTAINER(room->farewells.next, struct farewell, link)->task;
        coil__awaitable_ref(&t->base);
        while (!coil__awaitable_done(&t->base))
            coil_ignore(coil__cancel_and_wait(&t->base));
        coil__awaitable_unref(room->loop, &t->base);
    }
}
