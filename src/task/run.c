/* task/run.c: running a call to its end, in a loop that is there, or by a runner that has one made.
 *
 * The order is asyncio's: when the main task has ended the turn is finished and one more is run (its done callback stops the
 * loop).
 */
#include "coil/run.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sys.h"
#include "loop/signals.h"
#include "task/tasks.h"

/* ---------------------------------------------------------------- until complete ---- */

struct stopper {
    struct coil__watcher watcher;
    struct coil__ready ready;
    coil_loop *loop;
    bool queued;
};

static void run_stopper(struct coil__ready *node)
{
    struct stopper *s = COIL__CONTAINER(node, struct stopper, ready);
    s->queued = false;
    coil_loop_stop(s->loop);
}

static void queue_stopper(struct coil__watcher *w, struct coil__awaitable *a)
{
    struct stopper *s = COIL__CONTAINER(w, struct stopper, watcher);
    (void)a;
    s->queued = true;
    coil__loop_push(s->loop, &s->ready);
}

/* Runs the loop until t is done or somebody stops it. The loop has been entered. */
static int turn_until_done(coil_loop *loop, struct coil__task *t)
{
    struct stopper s = {.watcher.wake = queue_stopper, .ready.run = run_stopper, .loop = loop};
    coil__watch(&t->base, &s.watcher);
    int err = coil__loop_run(loop);
    while (err >= 0 && s.queued) /* stopped by somebody else in the very turn of the end */
        err = coil__loop_run(loop);
    coil__list_remove(&s.watcher.link);
    if (err < 0 && s.queued) /* the loop broke in the turn of the end */
        coil__loop_take_back(loop, &s.ready);
    if (err < 0 && !coil__awaitable_done(&t->base))
        return err;
    return coil__awaitable_done(&t->base)
               ? 0
               : coil_fail(-COIL_EINVALIDSTATE, "the loop was stopped before the call had ended");
}

int coil__run_task(coil_loop *loop, struct coil__task *t)
{
    int err = turn_until_done(loop, t);
    int status = err < 0 ? err : coil__awaitable_take(&t->base);
    t->base.owned = false;
    coil__awaitable_unref(loop, &t->base);
    return status;
}

int coil__public_run_until_complete(coil_loop *loop, coil_call call, const char *file, int line)
{
    int err = coil__loop_enter(loop);
    if (err < 0)
        return err;
    struct coil__task *t;
    err = coil__task_new(loop, &call, NULL, false, file, line, &t);
    if (err >= 0)
        err = coil__run_task(loop, t);
    coil__loop_leave(loop);
    return err;
}

/* ---------------------------------------------------------------- the runner ---- */

struct coil_runner {
    coil_loop_options options;
    coil_loop *loop;
    bool closed;
    int interrupts;
    struct coil__task *main;
    coil_context *context; /* of all its runs: a copy of the one at the first */
};

int coil_runner_new(const coil_loop_options *options, coil_runner **ret_runner)
{
    coil_runner *r = coil__calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    if (options)
        r->options = *options;
    *ret_runner = r;
    return 0;
}

static int make_loop(coil_runner *r)
{
    if (!r->options.factory)
        return coil_loop_new(&r->options, &r->loop);
    coil_loop *loop = NULL;
    int err = r->options.factory(r->options.factory_arg, &loop);
    if (err < 0)
        return err;
    if (coil_loop_is_closed(loop))
        return coil_fail(-EINVAL, "the loop factory gave no loop that is open");
    if (r->options.debug)
        coil_loop_set_debug(loop, 1);
    r->loop = loop;
    return 0;
}

static int ensure_loop(coil_runner *r)
{
    if (r->closed)
        return coil_fail(-COIL_ELOOPCLOSED, "the runner is closed");
    if (!r->context)
        r->context = coil_context_copy();
    if (!r->context)
        return -ENOMEM;
    return r->loop ? 0 : make_loop(r);
}

int coil__runner_open(coil_runner *r, coil_loop **ret_loop)
{
    int err = ensure_loop(r);
    if (err >= 0)
        *ret_loop = r->loop;
    return err;
}

coil_loop *coil_runner_get_loop(coil_runner *r)
{
    return r && ensure_loop(r) >= 0 && coil__loop_is_mine(r->loop) ? r->loop : NULL;
}

static int on_sigint(void *arg)
{
    coil_runner *r = arg;
    if (r->interrupts++ == 0 && !coil__awaitable_done(&r->main->base))
        coil__task_cancel(r->main, NULL);
    return 0;
}

/* SIGINT is ours only in the main thread and only when nobody else wants it. */
static bool take_sigint(coil_runner *r)
{
    struct sigaction now;
    if (gettid() != getpid() || coil__sys_sigaction(SIGINT, NULL, &now) < 0 ||
        now.sa_handler != SIG_DFL)
        return false;
    return coil__signal_catch(r->loop, SIGINT, on_sigint, r, true) >= 0;
}

static int run_main(coil_runner *r, coil_context *context, const coil_call *call, const char *file,
                    int line)
{
    int err = coil__loop_enter(r->loop);
    if (err < 0)
        return err;
    r->interrupts = 0;
    err = coil__task_new_in(r->loop, context ? context : r->context, call, NULL, false, file, line,
                            &r->main);
    if (err < 0)
        goto leave;
    bool sigint = take_sigint(r);
    coil__sigpipe_hold();
    coil__awaitable_ref(&r->main->base);
    err = coil__run_task(r->loop, r->main);
    if (err == -ECANCELED && r->interrupts > 0) {
        if (r->main->cancelling > 0)
            r->main->cancelling--;
        if (r->main->cancelling == 0)
            err = coil_fail(-EINTR, "interrupted");
    }
    coil__awaitable_unref(r->loop, &r->main->base);
    coil__sigpipe_release();
    if (sigint)
        coil__signal_release(r->loop, SIGINT, on_sigint, r);
leave:
    coil__loop_leave(r->loop);
    return err;
}

int coil__public_runner_run(coil_runner *r, coil_call call, const char *file, int line)
{
    return coil__public_runner_run_in(r, NULL, call, file, line);
}

int coil__public_runner_run_in(coil_runner *r, coil_context *context, coil_call call,
                               const char *file, int line)
{
    if (!r)
        return -EINVAL;
    if (r->loop && !coil__loop_is_mine(r->loop))
        return coil_fail(-COIL_EWRONGTHREAD, "the runner's loop belongs to another thread");
    if (coil__here.loop)
        return coil_fail(-COIL_ELOOPRUNNING, "a loop can't be run inside a running loop");
    int err = ensure_loop(r);
    return err < 0 ? err : run_main(r, context, &call, file, line);
}

int coil_runner_close(coil_runner *r)
{
    if (!r || r->closed)
        return 0;
    if (r->loop) {
        if (!coil__loop_is_mine(r->loop))
            return -COIL_EWRONGTHREAD;
        if (r->loop->running)
            return -COIL_ELOOPRUNNING;
        struct coil__error *kept = coil__error_ref(*coil__error_slot());
        coil_loop_shutdown(r->loop);
        coil_loop_close(r->loop);
        coil__error_put(kept); /* main's error, not the shutdown's, is what the caller asks about */
    }
    r->loop = NULL;
    coil_context_unref(r->context);
    r->context = NULL;
    r->closed = true;
    return 0;
}

void coil_runner_free(coil_runner *r)
{
    if (!r)
        return;
    coil_runner_close(r);
    coil__free(r);
}

int coil__public_run(coil_call call, const coil_loop_options *options, const char *file, int line)
{
    coil_runner runner = {0};
    if (options)
        runner.options = *options;
    int status = coil__public_runner_run(&runner, call, file, line);
    coil_runner_close(&runner);
    return status;
}

int coil__public_main_status(int status)
{
    if (status >= 0)
        return 0;
    const coil_error *e = coil_error_get(status);
    fprintf(stderr, "%s: %s", coil_error_name(status), coil_error_message(status));
    if (e && e->file)
        fprintf(stderr, " (%s:%d)", e->file, e->line);
    fputc('\n', stderr);
    return 1;
}
