/* work/calls.c: the wrappers: what makes a call run in a pool, and the future of a job. */
#include <errno.h>
#include <string.h>

#include "coil/threads.h"
#include "work/work.h"

static int run_in_default(coil_pool *pool, coil_call *call)
{
    (void)pool;
    struct coil__executor *x;
    int err = coil__work_default(&x);
    return err < 0 ? err : coil__work_run(x, call);
}

static const struct coil__pool_ops default_ops = {run_in_default};
struct coil_pool coil__default_pool = {&default_ops};

/* ---------------------------------------------------------------- call objects ---- */

coil_call coil__async_coil__public_pool_run(coil_pool *pool, coil_call c)
{
    if (c.flags & (COIL__CALL_TIMEOUT | COIL__CALL_POOL))
        c.flags |= COIL__CALL_BAD;
    c.flags |= COIL__CALL_POOL;
    c.via = pool ? pool : &coil__default_pool;
    return c;
}

coil_call coil__async_coil__public_to_thread(coil_call c)
{
    return coil__async_coil__public_pool_run(NULL, c);
}

int coil__public_pool_run(coil_pool *pool, coil_call c)
{
    return coil_perform(coil__async_coil__public_pool_run(pool, c));
}

int coil__public_to_thread(coil_call c)
{
    return coil_perform(coil__async_coil__public_to_thread(c));
}

/* ---------------------------------------------------------------- futures ---- */

static struct coil__work *backed_by(struct coil__backing *b)
{
    return COIL__CONTAINER(b, struct coil__work, backing);
}

static void future_cancelled(struct coil__backing *b)
{
    struct coil__work *w = backed_by(b);
    atomic_store_explicit(&w->cancelled, true, memory_order_release);
    if (w->future && coil__executor_drop(w->executor, w))
        coil__work_let_go(w);
}

static void future_lands(struct coil__backing *b)
{
    struct coil__work *w = backed_by(b);
    if (w->settled)
        coil__work_land(w);
}

static void future_goes(struct coil__backing *b)
{
    coil__work_unref(backed_by(b));
}

static const struct coil__backing backing = {future_cancelled, future_lands, future_goes};

/* A future that has failed already: the submission's error is told to whoever awaits it. */
static void fail_now(struct coil__future *f, int err)
{
    coil__awaitable_finish(&f->base, err, coil__error_ref(coil__error_current(err)));
}

static int begin(coil_pool *pool, const coil_call *call, struct coil__future *f)
{
    struct coil__executor *x;
    struct coil__work *w;
    int err = coil__call_claim(call);
    if (err < 0)
        return err;
    if (call->flags & (COIL__CALL_TIMEOUT | COIL__CALL_POOL))
        return coil_fail(-EINVAL, "%s: neither a time limit nor a second pool fits inside a pool",
                         call->fn->name);
    if (pool && pool != &coil__default_pool)
        x = COIL__CONTAINER(pool, struct coil__executor, pool);
    else if ((err = coil__work_default(&x)) < 0)
        return err;
    err = coil__work_new(x, call, &w);
    if (err < 0)
        return err;
    if (call->fn->keep) {
        err = call->fn->keep(w->call.args);
        w->kept = err >= 0;
    }
    if (err >= 0)
        err = coil__work_submit(w);
    if (err < 0) {
        coil__work_let_go(w);
        return err;
    }
    w->backing = backing;
    w->refs++;
    w->future = f;
    f->backing = &w->backing;
    coil__awaitable_ref(&f->base);
    return 0;
}

coil_future *coil__public_run_in_executor(coil_pool *pool, coil_call c)
{
    coil_loop *loop = coil__here.loop;
    struct coil__future *f = loop ? coil__future_new(loop) : NULL;
    if (!f)
        return coil__create_failed(loop ? -ENOMEM : -COIL_ENOLOOP);
    int err = begin(pool, &c, f);
    if (err < 0)
        fail_now(f, err);
    return coil__future_handle(loop, f);
}
