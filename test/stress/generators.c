/* Generators and coroutines by hand that stand in each other and in scopes, shared by tasks and callbacks that ask, send, throw, close, free,
 * wait and are cancelled, at any moment; what is left open ends with the loop. Whatever was entered is left, and nothing comes out but
 * what may. */
#include <sys/socket.h>
#include <unistd.h>

#include "in_thread.h"
#include "stress.h"

enum { SHARED = 8, WORKERS = 5, ROUNDS = 40, DEPTH = 3 };

static int entered, left;
static coil_generator *shared[SHARED];
static int silent[2]; /* a pair of sockets on which nothing comes */

COIL_DECLARE(body, (int, depth));

/* ---------------------------------------------------------------- what comes out ---- */

static int checked(int err, const char *where)
{
    static const int may[] = {EIO,
                              ECANCELED,
                              ETIMEDOUT,
                              COIL_ESTOPITERATION,
                              COIL_EINVALIDSTATE,
                              COIL_ECALLUSED,
                              COIL_EGENERATOREXIT,
                              COIL_ESTALE,
                              COIL_ENOTASK,
                              EINVAL};
    bool good = err >= 0;
    for (size_t i = 0; i < sizeof may / sizeof *may; i++)
        good = good || err == -may[i];
    ck_assert_msg(good, "%s: %s (%s)", where, coil_error_name(err), coil_error_message(err));
    return err;
}

static coil_generator *make(int depth)
{
    return stress_chance(2) ? coil_generator_new(body(depth), sizeof(int))
                            : coil_coroutine_new(body(depth), sizeof(int));
}

/* One thing that can be done to a generator, by whoever. */
static int handle_one(coil_generator *g)
{
    int item = 1;
    switch (stress_below(9)) {
    case 0:
        return checked(coil_generator_throw(g, -EIO, &item), "throw");
    case 1:
        return checked(coil_generator_close(g), "close");
    case 2:
        return checked(coil_generator_send(g, &item, &item), "send");
    case 3:
    case 4:
        return checked(coil_coroutine_wait(g), "wait");
    default:
        return checked(coil_generator_next(g, &item), "next");
    }
}

/* ---------------------------------------------------------------- bodies ---- */

static int in_inner(int depth)
{
    int err = 0;
    coil_generator *inner = make(depth);
    for (int i = (int)stress_below(4); i > 0 && err >= 0; i--) {
        err = handle_one(inner);
        if (err == -COIL_EINVALIDSTATE || err == -EINVAL || err == -COIL_ESTOPITERATION)
            err = 0; /* not what was asked of this body */
    }
    if (err >= 0 && stress_chance(3))
        err = checked(coil_generator_yield_from(inner), "yield from");
    coil_generator_free(inner);
    return err;
}

static int act(int depth);

static int in_limit(int depth)
{
    int err;
    COIL_TIMEOUT(limit, 1e-6 + stress_pause(2000), err)
    err = act(depth);
    return err == -ETIMEDOUT ? 0 : err;
}

static int in_group(int depth)
{
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, coil_sleep(stress_pause(1500)));
        err = act(depth);
    }
    return err;
}

static int read_nothing(void)
{
    char c;
    int err = coil_wait_for(coil_recv(silent[0], &c, 1), 1e-6 + stress_pause(1000));
    return err == -ETIMEDOUT ? 0 : err;
}

static int act(int depth)
{
    int item = depth;
    const void *sent;
    switch (depth > 0 ? stress_below(10) : stress_below(6)) {
    case 0:
        return coil_sleep(stress_pause(1000));
    case 1:
        return read_nothing();
    case 2:
        return coil_yield_now();
    case 6:
    case 7:
        return in_inner(depth - 1);
    case 8:
        return in_limit(depth - 1);
    case 9:
        return in_group(depth - 1);
    default:
        return coil_generator_yield(stress_chance(4) ? NULL : &item, &sent);
    }
}

int body(int depth)
{
    int err = 0;
    entered++;
    for (int i = (int)stress_below(8); i >= 0 && err >= 0; i--) {
        err = checked(act(depth), "act");
        if (err == -EIO && stress_chance(2))
            err = 0; /* some mend what was thrown */
    }
    if (stress_chance(3)) { /* cleanup that awaits */
        int late = coil_sleep(stress_pause(200));
        err = late < 0 ? late : err;
    }
    left++;
    return err;
}

/* ---------------------------------------------------------------- who asks ---- */

static void replace(int i)
{
    coil_generator *old = shared[i];
    shared[i] = make(DEPTH);
    coil_generator_free(old);
}

static int ask_in_callback(void *arg)
{
    coil_generator **g = arg;
    if (stress_chance(3))
        replace((int)(g - shared));
    else
        handle_one(*g);
    return 0;
}

COIL_ASYNC(worker)
{
    int err = 0;
    for (int i = 0; i < ROUNDS; i++) {
        int which = (int)stress_below(SHARED);
        if (stress_chance(12))
            replace(which);
        else if (stress_chance(12))
            coil_call_soon(ask_in_callback, &shared[which]);
        else
            err = handle_one(shared[which]);
        if (err == -ECANCELED && stress_chance(8))
            return err;
        err = stress_dawdle();
    }
    return err;
}

static int quiet(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop, (void)arg;
    checked(context->error, context->message);
    return 0;
}

COIL_ASYNC(crowd)
{
    coil_task *workers[WORKERS];
    coil_loop_set_exception_handler(coil_loop_running(), quiet, NULL);
    for (int i = 0; i < SHARED; i++)
        shared[i] = make(DEPTH);
    for (int i = 0; i < WORKERS; i++)
        workers[i] = coil_create_task(worker());
    for (int i = (int)stress_below(8); i > 0; i--) {
        int err = coil_sleep(stress_pause(3000));
        if (err < 0)
            return err;
        coil_task_cancel(workers[stress_below(WORKERS)]);
    }
    for (int i = 0; i < WORKERS; i++)
        checked(coil_await(workers[i]), "worker");
    return 0;
}

TEST_IN_THREAD(whatever_is_done_to_generators_every_body_ends)
{
    entered = left = 0;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, silent), 0);
    ck_assert_int_eq(coil_run(crowd()), 0);
    close(silent[0]);
    close(silent[1]);
    ck_assert_int_eq(entered, left);
    for (int i = 0; i < SHARED; i++)
        ck_assert_int_eq(coil_generator_state(shared[i]), -COIL_ESTALE);
    return arg;
}

int main(void)
{
    stress_begin();
    TCase *t = tcase_create("generators");
    tcase_add_loop_test(t, whatever_is_done_to_generators_every_body_ends, 0, 4);
    return test_main("generators", t);
}
