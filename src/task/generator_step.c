/* task/generator_step.c: one step of a generator: the way in (next, send, throw, close) and the way out (yield).
 *
 * The item that is yielded lies on the body's stack and is copied from there to its user, so a step allocates nothing and
 * copies once. coil__here.generator is set on the way in and put back on the way out, before the switch.
 */
#include <errno.h>
#include <string.h>

#include "task/generator.h"
#include "task/hand.h"

/* ---------------------------------------------------------------- the switch ---- */

/* Goes to the body, whose yield returns `thrown`. Returns what the yield, or the end, says. */
static inline int go_in(struct coil__generator *g, int thrown)
{
    g->back = &g->driver;
    g->outer = coil__here.generator;
    g->state = COIL_GENERATOR_RUNNING;
    coil__here.generator = g;
    return coil__coro_pass(&g->driver, &g->coro, thrown);
}

/* The yield that the body is at, if it is at one, has brought this. */
static inline void give(struct coil__generator *g, const void *sent)
{
    if (g->ret_sent)
        *g->ret_sent = sent;
    g->ret_sent = NULL;
}

int coil__generator_step(struct coil__generator *g, const void *sent, int thrown)
{
    if (thrown < 0)
        g->ret_sent = NULL;
    give(g, sent);
    g->asked = false;
    if (__builtin_expect(g->hand != NULL, 0))
        coil__hand_step(g->hand, thrown);
    else
        go_in(g, thrown);
    return g->state == COIL_GENERATOR_CLOSED;
}

/* Most items are a word: a pointer, a number. */
static inline void copy_out(struct coil__generator *g, const void *item)
{
    if (g->item_size == sizeof(uint64_t))
        memcpy(g->ret_item, item, sizeof(uint64_t));
    else
        memcpy(g->ret_item, item, g->item_size);
}

/* What a user goes on with who asked for a step of a generator that was freed meanwhile: it has yielded. */
static int dispose_of_yielded(void *generator)
{
    struct coil__generator *g = generator;
    int got = g->item != NULL;
    coil__generator_dispose(g);
    return got;
}

int coil_generator_yield(const void *item, const void **ret_sent)
{
    struct coil__generator *g = coil__here.generator;
    if (!g)
        return coil_fail(-COIL_EINVALIDSTATE, "coil_generator_yield outside of a generator");
    if (__builtin_expect(g->hand != NULL, 0) && g->hand->thrown < 0)
        return coil__take_cancel(
            &g->hand->task); /* still owed: an operation's own result went first */
    g->item = item;
    g->ret_sent = ret_sent;
    g->state = COIL_GENERATOR_SUSPENDED;
    coil__here.generator = g->outer;
    if (__builtin_expect(g->asked, 1)) {
        if (item && g->ret_item)
            copy_out(g, item);
        if (__builtin_expect(g->doomed, 0))
            return coil__coro_pass_then(&g->coro, g->back, dispose_of_yielded, g);
    }
    return coil__coro_pass(&g->coro, g->back, item != NULL);
}

/* ---------------------------------------------------------------- the way in ---- */

/* The same for what happens once, or to a few. */
static __attribute__((noinline)) int enter_slowly(struct coil__generator *g, int thrown)
{
    bool by_hand = g->hand != NULL;
    if (g->state == COIL_GENERATOR_RUNNING)
        return coil_fail(-COIL_EINVALIDSTATE, "%s already executing",
                         by_hand ? "coroutine" : "generator");
    if (g->state == COIL_GENERATOR_CLOSED)
        return by_hand ? coil_fail(-COIL_ECALLUSED, "cannot reuse already awaited coroutine")
                       : -COIL_ESTOPITERATION;
    if (by_hand ? coil__here.loop != NULL : coil__here.task != NULL) {
        int err = coil__generator_adopt(g);
        if (err < 0)
            return err;
    }
    if (g->state == COIL_GENERATOR_CREATED)
        return coil__generator_start(g);
    return by_hand ? coil__hand_enter(g->hand, thrown) : 0;
}

int coil__generator_enter(struct coil__generator *g, int thrown)
{
    bool plain = g->state == COIL_GENERATOR_SUSPENDED && !g->hand &&
                 (!coil__here.task || g->tasks == coil__here.loop->tasks);
    return __builtin_expect(plain, 1) ? 0 : enter_slowly(g, thrown);
}

/* The body has ended: its stack goes and its outputs land. */
static int ended(struct coil__generator *g)
{
    int status = g->status;
    if (status >= 0 && g->call.fn->land && !g->doomed)
        g->call.fn->land(g->call.args);
    coil__generator_end(g, status);
    return status;
}

int coil__generator_ended(void *generator)
{
    struct coil__generator *g = generator;
    if (!g->asked)
        return 0;
    int status = ended(g);
    if (g->doomed)
        coil__generator_dispose(g);
    return status < 0 ? status : -COIL_ESTOPITERATION;
}

/* One step; *ret_item is what the body yields, on its stack. Returns as coil_generator_next. */
static int step(struct coil__generator *g, const void *sent, int thrown, const void **ret_item)
{
    if (!coil__generator_step(g, sent, thrown)) {
        *ret_item = g->item;
        return g->item != NULL;
    }
    int status = ended(g);
    return status < 0 ? status : -COIL_ESTOPITERATION;
}

/* The same for a user, of a coroutine by hand: the item is copied out. */
static __attribute__((noinline)) int ask_by_hand(struct coil__generator *g, const void *sent,
                                                 void *ret_item)
{
    const void *item = NULL;
    int err = step(g, sent, 0, &item);
    if (err > 0 && ret_item)
        memcpy(ret_item, item, g->item_size);
    if (g->doomed)
        coil__generator_dispose(g);
    return err;
}

/* The same for a user: the yield copies the item, and nothing is left to do here when it has. */
static inline int ask(struct coil__generator *g, const void *sent, void *ret_item)
{
    if (__builtin_expect(g->hand != NULL, 0))
        return ask_by_hand(g, sent, ret_item);
    give(g, sent);
    g->asked = true;
    g->ret_item = ret_item;
    return go_in(g, 0);
}

int coil_generator_next(coil_generator *handle, void *ret_item)
{
    struct coil__generator *g;
    int err = coil__generator_find(handle, &g);
    if (err >= 0)
        err = coil__generator_enter(g, 0);
    return err < 0 ? err : ask(g, NULL, ret_item);
}

int coil_generator_send(coil_generator *handle, const void *value, void *ret_item)
{
    struct coil__generator *g;
    int err = coil__generator_find(handle, &g);
    if (err >= 0 && value && g->state == COIL_GENERATOR_CREATED)
        err = coil_fail(-EINVAL, "can't send a value to a just-started generator");
    if (err >= 0)
        err = coil__generator_enter(g, 0);
    return err < 0 ? err : ask(g, value, ret_item);
}

/* Into one that has not started or has ended nothing is thrown: the error is the outcome. */
static int throw_into(struct coil__generator *g, int thrown, const void **ret_item)
{
    if (g->state == COIL_GENERATOR_CREATED) {
        coil__generator_end(g, thrown);
        return thrown;
    }
    if (g->state == COIL_GENERATOR_CLOSED && !g->hand)
        return thrown;
    int err = coil__generator_enter(g, thrown);
    return err < 0 ? err : step(g, NULL, thrown, ret_item);
}

int coil_generator_throw(coil_generator *handle, int thrown, void *ret_item)
{
    struct coil__generator *g;
    const void *item = NULL;
    int err = coil__generator_find(handle, &g);
    if (err < 0)
        return err;
    if (thrown >= 0)
        return coil_fail(-EINVAL, "coil_generator_throw: %d is not an error", thrown);
    bool mine = g->state != COIL_GENERATOR_RUNNING;
    err = throw_into(g, thrown, &item);
    if (err > 0 && ret_item)
        memcpy(ret_item, item, g->item_size);
    if (mine && g->doomed)
        coil__generator_dispose(g);
    return err;
}

/* ---------------------------------------------------------------- the close ---- */

static int shut(struct coil__generator *g, bool land)
{
    if (g->state == COIL_GENERATOR_CREATED)
        coil__generator_end(g, -COIL_EGENERATOREXIT);
    if (g->state == COIL_GENERATOR_CLOSED)
        return 0;
    int err = coil__generator_enter(g, -COIL_EGENERATOREXIT);
    if (err < 0)
        return err;
    g->closing = true;
    g->missed = 0;
    bool has_ended = coil__generator_step(g, NULL, -COIL_EGENERATOREXIT);
    g->closing = false;
    if (!has_ended)
        return coil_fail(-COIL_EINVALIDSTATE, "%s ignored GeneratorExit",
                         g->hand ? "coroutine" : "generator");
    int status = g->status;
    if (g->missed < 0 && status == -COIL_EGENERATOREXIT)
        coil__hand_owe_again(g->missed);
    if (land)
        status = ended(g);
    else
        coil__generator_end(g, status);
    return status == -COIL_EGENERATOREXIT ? 0 : status;
}

int coil__generator_shut(struct coil__generator *g)
{
    return shut(g, false);
}

int coil_generator_close(coil_generator *handle)
{
    struct coil__generator *g;
    int err = coil__generator_find(handle, &g);
    if (err < 0)
        return err;
    bool mine = g->state != COIL_GENERATOR_RUNNING;
    err = shut(g, true);
    if (mine && g->doomed)
        coil__generator_dispose(g);
    return err;
}

/* ---------------------------------------------------------------- delegation ---- */

/* What the outer yield brought is passed to the inner one. */
static int pass_on(struct coil__generator *g, int brought, const void *sent, const void **ret_item)
{
    if (brought == -COIL_EGENERATOREXIT) {
        int err = shut(g, true);
        return err < 0 ? err : brought;
    }
    if (brought < 0)
        return throw_into(g, brought, ret_item);
    int err = coil__generator_enter(g, 0);
    return err < 0 ? err : step(g, sent, 0, ret_item);
}

/* Between two requests `inner` may be freed by others, at once or, while its body awaits, by the mark `doomed`. */
static int delegate(coil_generator *inner, struct coil__generator *g)
{
    const void *item = NULL, *sent = NULL;
    int err = step(g, NULL, 0, &item);
    while (err >= 0) {
        bool doomed = g->doomed;
        int brought = coil_generator_yield(err > 0 ? item : NULL, &sent);
        if (doomed) {
            coil__generator_dispose(g);
            return brought < 0 ? brought : -COIL_ESTALE;
        }
        err = coil__generator_find(inner, &g);
        if (err < 0)
            return brought < 0 ? brought : err;
        err = pass_on(g, brought, brought < 0 ? NULL : sent, &item);
    }
    if (err == -COIL_ESTOPITERATION && g->status >= 0)
        err = g->status;
    if (g->doomed)
        coil__generator_dispose(g);
    return err;
}

int coil_generator_yield_from(coil_generator *inner)
{
    struct coil__generator *outer = coil__here.generator, *g;
    int err = coil__generator_find(inner, &g);
    if (err < 0)
        return err;
    if (!outer)
        return coil_fail(-COIL_EINVALIDSTATE, "coil_generator_yield_from outside of a generator");
    if (outer->item_size != g->item_size)
        return coil_fail(-EINVAL, "yield from: items of %zu bytes in a generator of %zu",
                         g->item_size, outer->item_size);
    err = coil__generator_enter(g, 0);
    if (err == -COIL_ESTOPITERATION)
        return 0; /* exhausted before: its value went with its end */
    return err < 0 ? err : delegate(inner, g);
}

/* ---------------------------------------------------------------- asking ---- */

int coil_generator_status(const coil_generator *handle)
{
    struct coil__generator *g;
    int err = coil__generator_find(handle, &g);
    if (err < 0)
        return err;
    return g->state == COIL_GENERATOR_CLOSED
               ? g->status
               : coil_fail(-COIL_EINVALIDSTATE, "the generator has not ended");
}

int coil_generator_state(const coil_generator *handle)
{
    struct coil__generator *g;
    int err = coil__generator_find(handle, &g);
    return err < 0 ? err : g->state;
}
