/* A storm between loops: calls that go to and fro, end at any moment, are cancelled at any moment; connections that go round. */
#include <check.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "coil.h"
#include "harness.h"

enum { LOOPS = 3, TASKS = 8, ROUNDS = 25 };

static int rounds(void)
{
    const char *more = getenv("STORM_ROUNDS");
    return more ? atoi(more) : ROUNDS;
}

/* ---------------------------------------------------------------- calls ---- */

static atomic_int inside, finished;

/* Its stack has the output, and a cookie that tells whether somebody else has written there. */
static COIL_ASYNC(visit, (unsigned, seed), (int, depth), (unsigned, ret, out))
{
    unsigned mine = seed, cookie = seed * 2654435761u, answer = 0;
    int err = 0;
    atomic_fetch_add(&inside, 1);
    switch (rand_r(&seed) % 4) {
    case 0:
        err = coil_yield_now();
        break;
    case 1:
        err = coil_sleep(rand_r(&seed) % 3 * 0.0001);
        break;
    default:
        break;
    }
    if (err >= 0 && depth > 0) {
        int to = (int)(rand_r(&seed) % LOOPS);
        err = coil_wait_for(coil_to_loop(coil_thread_loop(to), visit(cookie, depth - 1, &answer)),
                            rand_r(&seed) % 4 == 0 ? rand_r(&seed) % 5 * 0.0001 : 60);
        if (err >= 0)
            err = answer == cookie + 1 ? 0 : -EBADMSG;
        else if (err == -ETIMEDOUT)
            err = answer == 0 ? 0 : -EBADMSG;
    }
    atomic_fetch_sub(&inside, 1);
    *ret = mine + 1;
    return err;
}

static COIL_ASYNC(wander, (unsigned, seed))
{
    int err = 0;
    for (int i = 0; i < rounds() && err >= 0; i++) {
        unsigned answer = 0, mine = (unsigned)rand_r(&seed);
        int to = (int)(rand_r(&seed) % LOOPS);
        coil_task *t =
            coil_create_task(coil_to_loop(coil_thread_loop(to), visit(mine, 2, &answer)));
        if (rand_r(&seed) % 3 == 0) {
            err = coil_sleep(rand_r(&seed) % 3 * 0.0001);
            coil_task_cancel(t);
            coil_task_cancel(t);
        }
        int status = coil_await(t);
        if (err >= 0 && status != -ECANCELED)
            err = status;
        if (status >= 0 && answer != mine + 1)
            err = -EBADMSG;
    }
    return err;
}

static COIL_ASYNC(storm)
{
    int err;
    COIL_TASK_GROUP(g, err)
    {
        err = 0;
        for (int i = 0; i < TASKS && err >= 0; i++)
            err = coil_group_create_task(g, wander((unsigned)(coil_thread_index() * 100 + i)))
                      ? 0
                      : -ENOMEM;
    }
    atomic_fetch_add(&finished, err >= 0);
    return err;
}

START_TEST(calls_between_loops_come_back_to_their_own_caller)
{
    atomic_store(&inside, 0);
    atomic_store(&finished, 0);
    ck_assert_int_eq(coil_run_threads(LOOPS, storm()), 0);
    ck_assert_int_eq(atomic_load(&finished), LOOPS);
    ck_assert_int_eq(atomic_load(&inside), 0);
}
END_TEST

/* ---------------------------------------------------------------- connections ---- */

/* A line "N\n" is answered in the loop where the connection is; then it goes on to the next one. */
static int serve_one_and_go_on(coil_stream *stream, void *arg)
{
    const char *line;
    size_t size;
    int err = coil_stream_readline(stream, &line, &size);
    if (err < 0 || size == 0)
        return err;
    err = coil_stream_send(stream, line, size);
    if (err < 0)
        return err;
    int next = (coil_thread_index() + 1) % LOOPS;
    return coil_stream_move(stream, coil_thread_loop(next), serve_one_and_go_on, arg);
}

static COIL_ASYNC(talk, (int, port))
{
    coil_stream *stream;
    char text[32];
    int err = coil_open_connection("127.0.0.1", port, &stream);
    if (err < 0)
        return err;
    for (int i = 0; i < rounds() && err >= 0; i++) {
        /* two at once: the second is in the buffer when the connection moves */
        int n = snprintf(text, sizeof text, "%d\n%d\n", 2 * i, 2 * i + 1);
        char answer[32];
        err = coil_stream_send(stream, text, (size_t)n);
        if (err >= 0)
            err = coil_stream_readexactly(stream, answer, (size_t)n);
        if (err >= 0)
            err = memcmp(text, answer, (size_t)n) == 0 ? 0 : -EBADMSG;
    }
    coil_stream_close(stream);
    return err;
}

static atomic_int talking;

static COIL_ASYNC(go_round)
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, serve_one_and_go_on, NULL, NULL, &server);
    if (err < 0)
        return err;
    atomic_fetch_add(&talking, 1);
    COIL_TASK_GROUP(g, err)
    {
        err = 0;
        for (int i = 0; i < TASKS && err >= 0; i++)
            err = coil_group_create_task(g, talk(coil_server_port(server))) ? 0 : -ENOMEM;
    }
    atomic_fetch_sub(&talking, 1);
    while (atomic_load(&talking) > 0 && err >= 0) /* others' connections come by */
        err = coil_sleep(0.0005);
    coil_server_free(server);
    return err;
}

START_TEST(connections_that_go_round_lose_nothing)
{
    ck_assert_int_eq(coil_run_threads(LOOPS, go_round()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("storm between loops");
    tcase_add_test(t, calls_between_loops_come_back_to_their_own_caller);
    tcase_add_test(t, connections_that_go_round_lose_nothing);
    return test_main("storm between loops", t);
}
