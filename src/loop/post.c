/* loop/post.c: callbacks that are sent to a loop, from any thread. */
#include <errno.h>

#include "base/memory.h"
#include "loop/callbacks.h"

static void run_posted(struct coil__ready *node)
{
    struct coil__post *p = COIL__CONTAINER(node, struct coil__post, mail.ready);
    coil_loop *loop = p->loop;
    coil_callback fn = p->fn;
    void *arg = p->arg;
    coil_context *before = coil__context_enter(p->context);
    if (p->allocated)
        coil__free(p);
    int err = fn(arg);
    if (err < 0)
        coil__callback_failed(loop, err, NULL);
    coil__context_leave(before);
}

coil_callback coil__post_callback(const struct coil__ready *node)
{
    return node->run == run_posted ? COIL__CONTAINER(node, struct coil__post, mail.ready)->fn
                                   : NULL;
}

void coil__threadsafe_discard(struct coil__ready *node)
{
    if (node->run != run_posted)
        return;
    struct coil__post *p = COIL__CONTAINER(node, struct coil__post, mail.ready);
    void (*dropped)(void *arg) = p->dropped;
    void *arg = p->arg;
    coil_context_unref(p->context);
    if (p->allocated)
        coil__free(p);
    if (dropped)
        dropped(arg);
}

int coil__loop_post_in(struct coil__post *place, coil_loop *loop, coil_callback fn, void *arg,
                       void (*dropped)(void *arg))
{
    *place = (struct coil__post){{{NULL}, {NULL, run_posted}}, loop, fn, arg, dropped, NULL, false};
    return coil__loop_mail_checked(loop, &place->mail);
}

/* Takes over the reference to the context, also on failure. */
static int post(coil_loop *loop, coil_callback fn, void *arg, void (*dropped)(void *arg),
                coil_context *context)
{
    struct coil__post *p = coil__malloc(sizeof *p);
    int err = p ? 0 : -ENOMEM;
    if (err < 0)
        goto unref;
    *p = (struct coil__post){{{NULL}, {NULL, run_posted}}, loop, fn, arg, dropped, context, true};
    if (loop == coil__here.loop) { /* its own: in one FIFO with everything else */
        coil__loop_take_mail(loop);
        coil__loop_push(loop, &p->mail.ready);
        return 0;
    }
    err = coil__loop_mail_checked(loop, &p->mail);
    if (err >= 0)
        return 0;
    coil__free(p);
unref:
    coil_context_unref(context);
    return err;
}

static int post_in(coil_loop *loop, coil_context *given, coil_callback fn, void *arg,
                   void (*dropped)(void *arg))
{
    if (!loop || !fn)
        return -EINVAL;
    coil_context *context;
    int err = coil__context_given(given, &context);
    return err < 0 ? err : post(loop, fn, arg, dropped, context);
}

int coil__loop_post(coil_loop *loop, coil_callback fn, void *arg, void (*dropped)(void *arg))
{
    return post_in(loop, NULL, fn, arg, dropped);
}

int coil_call_soon_threadsafe_in_context(coil_loop *loop, coil_context *given, coil_callback fn,
                                         void *arg)
{
    return post_in(loop, given, fn, arg, NULL);
}

int coil_call_soon_threadsafe(coil_loop *loop, coil_callback fn, void *arg)
{
    return post_in(loop, NULL, fn, arg, NULL);
}
