/* loop/callbacks.c: call_soon, call_later, call_at, and their handles. */
#include "loop/callbacks.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"

/* ---------------------------------------------------------------- life of a handle ---- */

static void unref(coil_loop *loop, struct coil__callback_handle *h)
{
    if (--h->refs > 0)
        return;
    if (h->context)
        coil_context_unref(h->context);
    coil__slab_put(&loop->handles, h);
}

/* Runs it unless it was cancelled meanwhile, and lets the loop's reference go. */
static void run(struct coil__callback_handle *h)
{
    coil_loop *loop = coil__here.loop;
    h->scheduled = false;
    if (!h->cancelled) {
        coil_context *before = coil__context_enter(coil_context_ref(h->context));
        int err = h->fn(h->arg);
        if (err < 0)
            coil__callback_failed(loop, err, coil__handle_make(loop, &h->head));
        coil__context_leave(before);
    }
    unref(loop, h);
}

static void run_ready(struct coil__ready *node)
{
    run(COIL__CONTAINER(node, struct coil__callback_handle, ready));
}

static void run_timer(struct coil__timer *timer)
{
    run(COIL__CONTAINER(timer, struct coil__callback_handle, timer));
}

struct coil__callback_handle *coil__callback_new(coil_loop *loop, coil_callback fn, void *arg)
{
    struct coil__callback_handle *h = coil__slab_get(&loop->handles);
    if (!h)
        return NULL;
    coil__slab_warm(&loop->handles);
    h->ready.run = run_ready;
    h->fn = fn;
    h->arg = arg;
    h->context = NULL;
    h->refs = 1;
    h->timed = h->cancelled = h->scheduled = false;
    return h;
}

/* A reader's or a done callback has no handle that a user ever saw; the report gives one for its time, as asyncio does. */
void coil__callback_failed(coil_loop *loop, int err, coil_handle *handle)
{
    struct coil__callback_handle *made = handle ? NULL : coil__callback_new(loop, NULL, NULL);
    if (made)
        handle = coil__handle_make(loop, &made->head);
    coil__loop_report(loop, "Exception in callback", err, coil_error_message(err), NULL, NULL,
                      handle);
    if (made)
        unref(loop, made);
    coil__error_put(NULL);
}

void coil__callback_push(coil_loop *loop, struct coil__callback_handle *h)
{
    h->scheduled = true;
    coil__loop_push(loop, &h->ready);
}

void coil__callbacks_discard(coil_loop *loop)
{
    for (struct coil__mpsc_node *n = coil__mpsc_take(&loop->inbox), *next; n; n = next) {
        next = n->next;
        struct coil__mail *mail = COIL__CONTAINER(n, struct coil__mail, node);
        coil__loop_push(loop, &mail->ready);
    }
    /* mail is on the heap: handles are not, they go with the slab */
    for (struct coil__ready *r = loop->next_head, *next; r; r = next) {
        next = r->next;
        coil__threadsafe_discard(r);
    }
    loop->next_head = NULL;
    loop->next_tail = &loop->next_head;
    for (uint32_t i = 0; i < coil__slab_slots(&loop->handles); i++) {
        struct coil__callback_handle *h = coil__slab_at(&loop->handles, i);
        if (h)
            coil_context_unref(h->context);
    }
}

/* ---------------------------------------------------------------- scheduling ---- */

static bool may_schedule(const coil_loop *loop)
{
    return loop && !loop->closed && coil__loop_is_mine(loop);
}

/* One that runs in `given`, or for NULL in a copy of the current context. */
static struct coil__callback_handle *new_in(coil_loop *loop, coil_context *given, coil_callback fn,
                                            void *arg)
{
    coil_context *context;
    if (coil__context_given(given, &context) < 0)
        return NULL;
    struct coil__callback_handle *h = coil__callback_new(loop, fn, arg);
    if (h)
        h->context = context;
    else
        coil_context_unref(context);
    return h;
}

static coil_handle *call_soon(coil_loop *loop, coil_context *given, coil_callback fn, void *arg)
{
    if (!may_schedule(loop) || !fn)
        return NULL;
    struct coil__callback_handle *h = new_in(loop, given, fn, arg);
    if (!h)
        return NULL;
    coil__loop_take_mail(loop); /* what other threads sent before this goes first */
    coil__callback_push(loop, h);
    return coil__handle_make(loop, &h->head);
}

static coil_handle *call_at_ns(coil_loop *loop, coil_context *given, int64_t when_ns,
                               coil_callback fn, void *arg)
{
    struct coil__callback_handle *h = new_in(loop, given, fn, arg);
    if (!h)
        return NULL;
    h->timed = true;
    h->timer.fire = run_timer;
    h->timer.node.index = 0;
    if (coil__timer_arm(loop, &h->timer, when_ns) < 0) {
        unref(loop, h);
        return NULL;
    }
    h->scheduled = true;
    return coil__handle_make(loop, &h->head);
}

static coil_handle *call_later(coil_loop *loop, coil_context *given, double seconds,
                               coil_callback fn, void *arg)
{
    if (!may_schedule(loop) || !fn || seconds != seconds)
        return NULL;
    int64_t now = coil__loop_now(loop), delay = coil__seconds_to_ns(seconds);
    return call_at_ns(loop, given, delay > COIL__NEVER - now ? COIL__NEVER : now + delay, fn, arg);
}

static coil_handle *call_at(coil_loop *loop, coil_context *given, double when, coil_callback fn,
                            void *arg)
{
    if (!may_schedule(loop) || !fn || when != when)
        return NULL;
    return call_at_ns(loop, given, coil__seconds_to_ns(when), fn, arg);
}

coil_handle *coil_loop_call_soon(coil_loop *loop, coil_callback fn, void *arg)
{
    return call_soon(loop, NULL, fn, arg);
}

coil_handle *coil_loop_call_later(coil_loop *loop, double seconds, coil_callback fn, void *arg)
{
    return call_later(loop, NULL, seconds, fn, arg);
}

coil_handle *coil_loop_call_at(coil_loop *loop, double when, coil_callback fn, void *arg)
{
    return call_at(loop, NULL, when, fn, arg);
}

coil_handle *coil_call_soon_in_context(coil_context *context, coil_callback fn, void *arg)
{
    return call_soon(coil__here.loop, context, fn, arg);
}

coil_handle *coil_call_later_in_context(coil_context *context, double seconds, coil_callback fn,
                                        void *arg)
{
    return call_later(coil__here.loop, context, seconds, fn, arg);
}

coil_handle *coil_call_at_in_context(coil_context *context, double when, coil_callback fn,
                                     void *arg)
{
    return call_at(coil__here.loop, context, when, fn, arg);
}

coil_handle *coil_call_soon(coil_callback fn, void *arg)
{
    return coil_loop_call_soon(coil__here.loop, fn, arg);
}

coil_handle *coil_call_later(double seconds, coil_callback fn, void *arg)
{
    return coil_loop_call_later(coil__here.loop, seconds, fn, arg);
}

coil_handle *coil_call_at(double when, coil_callback fn, void *arg)
{
    return coil_loop_call_at(coil__here.loop, when, fn, arg);
}

/* ---------------------------------------------------------------- handles ---- */

static int find(coil_handle *handle, coil_loop **ret_loop, struct coil__callback_handle **ret)
{
    int err = coil__handle_loop(handle, ret_loop);
    if (err < 0)
        return err;
    *ret = coil__handle_find(&(*ret_loop)->handles, handle);
    return *ret ? 0 : -COIL_ESTALE;
}

int coil_handle_cancel(coil_handle *handle)
{
    struct coil__callback_handle *h;
    coil_loop *loop;
    int err = find(handle, &loop, &h);
    if (err < 0)
        return err;
    h->cancelled = true;
    if (h->scheduled && h->timed && coil__timer_armed(&h->timer)) {
        coil__timer_disarm(loop, &h->timer);
        h->scheduled = false;
        unref(loop, h);
    }
    return 0;
}

int coil_handle_cancelled(coil_handle *handle)
{
    struct coil__callback_handle *h;
    coil_loop *loop;
    int err = find(handle, &loop, &h);
    return err < 0 ? err : h->cancelled;
}

double coil_handle_when(coil_handle *handle)
{
    struct coil__callback_handle *h;
    coil_loop *loop;
    if (find(handle, &loop, &h) < 0 || !h->timed || h->timer.node.when_ns == COIL__NEVER)
        return __builtin_nan("");
    return coil__ns_to_seconds(h->timer.node.when_ns);
}

coil_handle *coil_handle_ref(coil_handle *handle)
{
    struct coil__callback_handle *h;
    coil_loop *loop;
    if (find(handle, &loop, &h) < 0)
        return NULL;
    h->refs++;
    return handle;
}

void coil_handle_unref(coil_handle *handle)
{
    struct coil__callback_handle *h;
    coil_loop *loop;
    if (find(handle, &loop, &h) >= 0 && h->refs > (h->scheduled ? 1u : 0u))
        unref(loop, h);
}

/* ---------------------------------------------------------------- debug mode ---- */

/* By its name where the dynamic linker knows it (-rdynamic), else as `addr2line -e FILE OFFSET` takes it. */
static void describe_function(coil_callback fn, const char *kind, char *buf, size_t size)
{
    Dl_info info;
    void *address = (void *)(uintptr_t)fn;
    if (!dladdr(address, &info))
        snprintf(buf, size, "<%s %p>", kind, address);
    else if (info.dli_sname && info.dli_saddr == address)
        snprintf(buf, size, "<%s %s()>", kind, info.dli_sname);
    else
        snprintf(buf, size, "<%s %s+%#tx>", kind, info.dli_fname,
                 (char *)address - (char *)info.dli_fbase);
}

void coil__callback_describe(const struct coil__ready *node, char *buf, size_t size)
{
    if (node->run == run_ready)
        describe_function(COIL__CONTAINER(node, struct coil__callback_handle, ready)->fn, "Handle",
                          buf, size);
    else if (coil__post_callback(node))
        describe_function(coil__post_callback(node), "Handle of another thread", buf, size);
    else
        snprintf(buf, size, "<Handle>");
}

void coil__timer_describe(const struct coil__timer *timer, char *buf, size_t size)
{
    if (timer->fire == run_timer)
        describe_function(COIL__CONTAINER(timer, struct coil__callback_handle, timer)->fn,
                          "TimerHandle", buf, size);
    else
        snprintf(buf, size, "<TimerHandle>");
}
