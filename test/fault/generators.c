/* Programs of generators and of coroutines that are driven by hand: made, asked, closed, left behind. */
#include <sys/socket.h>

#include "walk.h"

/* ---------------------------------------------------------------- without a loop ---- */

static int cleanups; /* bodies that were begun and have not come to their end */

COIL_ASYNC(numbers, (int, n), (int, ret_sum, out))
{
    int sum = 0, err = 0;
    cleanups++;
    for (int i = 1; i <= n && err >= 0; i++) {
        err = coil_generator_yield(&i, NULL);
        sum += i;
    }
    *ret_sum = sum;
    cleanups--;
    return err;
}

COIL_ASYNC(both, (int, ret, out))
{
    int a = 0, b = 0;
    COIL_GENERATOR(first, numbers(2, &a), sizeof(int));
    int err = coil_generator_yield_from(first);
    COIL_GENERATOR(second, numbers(3, &b), sizeof(int));
    if (err >= 0)
        err = coil_generator_yield_from(second);
    *ret = a + b;
    return err;
}

static int without_loop(void)
{
    int v, sum = 0, total = 0, err;
    COIL_GENERATOR(g, both(&sum), sizeof v);
    COIL_ASYNC_FOR(err, coil_generator_next(g, &v))
    total += v;
    if (err >= 0 && (total != 9 || sum != 9))
        err = -EBADMSG;
    COIL_GENERATOR(left, numbers(9, &sum), sizeof v);
    if (err >= 0)
        err = coil_generator_next(left, &v);
    if (err >= 0)
        err = coil_generator_throw(left, -EDOM, NULL);
    return err == -EDOM || err >= 0 ? (cleanups == 0 ? 0 : -EBADMSG) : err;
}

COIL_ASYNC(add, (int, a), (int, b), (int, ret, out))
{
    int err = coil_yield_now();
    *ret = a + b;
    return err;
}

static int stepped(void)
{
    int sum = 0, err, steps = 0;
    COIL_COROUTINE(c, add(1, 2, &sum));
    for (err = 0; err >= 0; steps++)
        err = coil_generator_send(c, NULL, NULL);
    if (err != -COIL_ESTOPITERATION)
        return err;
    return sum == 3 && steps == 2 ? 0 : -EBADMSG;
}

/* ---------------------------------------------------------------- bodies that await ---- */

COIL_ASYNC(ticks, (int, n))
{
    int err = 0;
    cleanups++;
    for (int i = 1; i <= n && err >= 0; i++) {
        err = coil_sleep(0.0001);
        if (err >= 0)
            err = coil_generator_yield(&i, NULL);
    }
    int late = coil_sleep(0); /* cleanup that awaits */
    cleanups--;
    return err < 0 ? err : late;
}

COIL_ASYNC(doubled, (coil_generator *, inner))
{
    int v, err;
    cleanups++;
    COIL_ASYNC_FOR(err, coil_generator_next(inner, &v))
    {
        v *= 2;
        err = coil_generator_yield(&v, NULL);
        if (err < 0)
            break;
    }
    cleanups--;
    return err;
}

static int add_up(int *ret)
{
    int v, total = 0, err;
    COIL_GENERATOR(inner, ticks(4), sizeof v);
    COIL_GENERATOR(outer, doubled(inner), sizeof v);
    COIL_ASYNC_FOR(err, coil_generator_next(outer, &v))
    total += v;
    *ret = total;
    return err;
}

COIL_ASYNC(pipeline)
{
    int total = 0, err = add_up(&total);
    if (cleanups != 0)
        return coil_fail(-EBADMSG, "%d bodies have not ended", cleanups);
    return err < 0 ? err : total == 20 ? 0 : coil_fail(-EBADMSG, "the sum is %d", total);
}

/* Two left open: one at a yield when its maker ends, one in the middle of an inner one. */
COIL_ASYNC(delegates)
{
    COIL_GENERATOR(inner, ticks(9), sizeof(int));
    return coil_generator_yield_from(inner);
}

COIL_ASYNC(leave_open)
{
    int v;
    coil_generator *g = coil_generator_new(ticks(9), sizeof v);
    int err = coil_generator_next(g, &v);
    coil_generator *h = coil_generator_new(delegates(), sizeof v);
    if (err >= 0)
        err = coil_generator_next(h, &v);
    coil_generator_free(h); /* NULL when it could not be made */
    if (err >= 0)
        err = coil_await(coil_create_task(coil_generator_next(g, &v)));
    return err < 0 ? err : 0;
}

/* ---------------------------------------------------------------- the world ---- */

COIL_ASYNC(letters, (int, fd))
{
    char c;
    int err;
    while ((err = coil_recv(fd, &c, 1)) > 0)
        if ((err = coil_generator_yield(&c, NULL)) < 0)
            break;
    return err;
}

COIL_ASYNC(read_letters)
{
    int pair[2], err, n = 0;
    char c;
    if (coil__sys_socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    coil_task *writer = coil_create_task(coil_send(pair[1], "abcd", 4));
    int sent = coil_await(writer);
    {
        COIL_GENERATOR(g, letters(pair[0]), 1);
        COIL_ASYNC_FOR(err, sent < 0 ? sent : coil_generator_next(g, &c))
        if (++n == sent)
            break;
        COIL_COROUTINE(h, letters(pair[0])); /* in flight when it is freed */
        if (err >= 0)
            err = coil_generator_send(h, NULL, NULL);
    }
    coil_ignore(coil_close(pair[0]));
    coil_ignore(coil_close(pair[1]));
    return err < 0 ? err : 0;
}

/* ---------------------------------------------------------------- by hand ---- */

COIL_ASYNC(many_waits, (coil_future *, f))
{
    int err = coil_sleep(0.0001);
    if (err >= 0)
        err = coil_future_await(f, NULL);
    if (err >= 0)
        err = coil_await(coil_create_task(coil_sleep(0)));
    if (err >= 0)
        err = coil_wait_for(coil_yield_now(), 1);
    return err < 0 ? err : 5;
}

COIL_ASYNC(hand)
{
    coil_future *f = coil_future_new();
    if (!f)
        return -ENOMEM;
    coil_future_set_result(f, NULL);
    int err;
    {
        COIL_COROUTINE(c, many_waits(f));
        do {
            err = coil_generator_send(c, NULL, NULL);
            if (err >= 0)
                err = coil_coroutine_wait(c);
        } while (err >= 0);
        if (err == -COIL_ESTOPITERATION)
            err = coil_generator_status(c) == 5 ? 0 : -EBADMSG;
    }
    COIL_COROUTINE(d, many_waits(f));
    if (err >= 0)
        err = coil_coroutine_await(d);
    COIL_COROUTINE(e, many_waits(f));
    if (err >= 0)
        err = coil_generator_send(e, NULL, NULL);
    if (err >= 0)
        err = coil_generator_throw(e, -EDOM, NULL);
    coil_future_unref(f);
    return err == -EDOM ? 0 : err;
}

#define PROGRAM(name, call)     \
    static int run_##name(void) \
    {                           \
        cleanups = 0;           \
        return coil_run(call);  \
    }
PROGRAM(pipeline, pipeline())
PROGRAM(leave_open, leave_open())
PROGRAM(letters, read_letters())
PROGRAM(hand, hand())

int main(void)
{
    const struct walk list[] = {
        {"without loop", without_loop, 17, 17, {0}, 0},
        {"stepped", stepped, 16, 16, {0}, 0},
        {"pipeline", run_pipeline, 42, 54, {0}, 12},
        {"leave open", run_leave_open, 45, 54, {0}, 15},
        {"letters", run_letters, 75, 75, {0}, 24},
        {"hand", run_hand, 47, 54, {0}, 22},
    };
    return walk_main(list, sizeof list / sizeof *list);
}
