/* task/coroutine.c: coroutines that are driven by hand, for the user: what one awaits, waiting for it, awaiting all of it. */
#include "coil/coroutine.h"

#include <errno.h>

#include "task/generator.h"
#include "task/hand.h"

static int find(coil_generator *c, struct coil__hand **ret)
{
    struct coil__generator *g;
    int err = coil__generator_find(c, &g);
    if (err < 0)
        return err;
    *ret = g->hand;
    return g->hand ? 0 : coil_fail(-EINVAL, "the generator is not driven by hand");
}

int coil_coroutine_waiting(coil_generator *c)
{
    struct coil__hand *h;
    int err = find(c, &h);
    return err < 0 ? err : coil__hand_pending(h);
}

coil_future *coil_coroutine_future(coil_generator *c)
{
    struct coil__hand *h;
    if (find(c, &h) < 0 || !h->awaits || h->task.kind != &coil__await_kind)
        return NULL;
    struct coil__awaitable *a = h->task.subject;
    return a->kind == COIL__KIND_FUTURE ? coil__awaitable_handle(h->loop, a) : NULL;
}

int coil_coroutine_wait(coil_generator *c)
{
    struct coil__hand *h;
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = find(c, &h);
    while (err >= 0 && h->awaits && h->loop && !h->told) {
        if (h->loop != coil__here.loop)
            return coil_fail(-COIL_EINVALIDSTATE, "the coroutine awaits something of another loop");
        err = coil__park(&h->waiters, &coil__done_kind, NULL);
        if (err >= 0)
            err = find(c, &h);
    }
    return err;
}

/* What it awaits is awaited by the current task in its place, cancellations included. */
static int drive(coil_generator *c)
{
    int thrown = 0;
    while (true) {
        struct coil__hand *h;
        int err = find(c, &h);
        if (err < 0)
            return err;
        if (thrown == -ECANCELED && coil__hand_pending(h)) {
            coil__task_cancel(&h->task, coil__error_ref(coil__error_current(thrown)));
            thrown = coil_coroutine_wait(c);
            continue;
        }
        err =
            thrown < 0 ? coil_generator_throw(c, thrown, NULL) : coil_generator_send(c, NULL, NULL);
        if (err == -COIL_ESTOPITERATION)
            return coil_generator_status(c);
        if (err < 0)
            return err;
        if (err > 0)
            thrown = coil_fail(-COIL_EINVALIDSTATE, "a task got a bad yield");
        else
            thrown = h->awaits ? coil_coroutine_wait(c) : coil__yield();
    }
}

int coil_coroutine_await(coil_generator *c)
{
    struct coil__hand *h;
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err >= 0)
        err = find(c, &h);
    if (err < 0)
        return err;
    if (h->g->state == COIL_GENERATOR_RUNNING || h->g->state == COIL_GENERATOR_SUSPENDED)
        return coil_fail(-COIL_EINVALIDSTATE, "coroutine is being awaited already");
    return drive(c);
}
