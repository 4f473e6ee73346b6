/* What accept() says decides how a server goes on: what the network says of one connection costs nothing but that one; want of fds
 * makes it rest; what can't get better ends it.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/faults.h"
#include "coil.h"
#include "harness.h"

static int echo(coil_stream *s, void *arg)
{
    const char *line;
    size_t n;
    (void)arg;
    int err = coil_stream_readline(s, &line, &n);
    return err > 0 ? coil_stream_send(s, line, n) : err;
}

static int talk(coil_stream *s)
{
    const char *line;
    size_t n;
    int err = coil_stream_send(s, "hello\n", 6);
    return err < 0 ? err : coil_stream_readline(s, &line, &n);
}

static int told;

static int count(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop, (void)arg;
    told += strncmp(context->message, "accept()", 8) == 0;
    return 0;
}

/* The first accept fails with this error; whether a client is served, and the server still serves. */
COIL_ASYNC(meet, (int, error), (int, got, out), (int, serving, out))
{
    coil_server *server;
    coil_stream *s;
    coil_loop_set_exception_handler(coil_loop_running(), count, NULL);
    int uring = strcmp(coil_loop_backend(coil_loop_running()), "uring") == 0;
    coil__faults_plan(uring ? "ring:accept" : "accept4", 1, error, false);
    int err = coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &server);
    if (err < 0)
        return err;
    *got = coil_open_connection("127.0.0.1", coil_server_port(server), &s);
    if (*got >= 0) { /* else the server ended before it was told of the connection */
        *got = talk(s);
        coil_stream_close(s);
    }
    *serving = coil_server_is_serving(server);
    coil_server_free(server);
    return 0;
}

static void try_error(const char *backend, int error, int *ret_got, int *ret_serving)
{
    coil_loop_options options = {.backend = backend};
    told = 0;
    ck_assert_int_eq(coil_run_with(meet(error, ret_got, ret_serving), &options), 0);
    ck_assert_uint_eq(coil__faults_hits(), 1);
}

static const char *const backends[] = {"epoll", "uring"};

static bool has(const char *backend)
{
    const char *no_uring = getenv("COIL_TEST_NO_URING");
    coil_loop_options options = {.backend = backend};
    coil_loop *loop;
    if ((no_uring && *no_uring && strcmp(backend, "uring") == 0) ||
        coil_loop_new(&options, &loop) < 0)
        return false;
    coil_loop_close(loop);
    return true;
}

START_TEST(one_connection_that_is_lost_is_no_matter)
{
    static const int errors[] = {ECONNABORTED, EPROTO,      ENETDOWN,     EPERM, ENETUNREACH,
                                 EHOSTDOWN,    ENOPROTOOPT, EHOSTUNREACH, ENONET};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        int got = 0, serving = 0;
        try_error(backends[_i], errors[i], &got, &serving);
        ck_assert_int_eq(got, 6);
        ck_assert_int_eq(serving, 1);
        ck_assert_int_eq(told, 0);
    }
}
END_TEST

START_TEST(for_want_of_fds_it_rests_says_so_and_goes_on)
{
    int got = 0, serving = 0;
    try_error(backends[_i], ENFILE, &got, &serving);
    ck_assert_int_eq(got, 6);
    ck_assert_int_eq(serving, 1);
    ck_assert_int_eq(told, 1);
}
END_TEST

START_TEST(what_can_not_get_better_ends_it)
{
    int got = -1, serving = -1;
    try_error(backends[_i], ENOTSOCK, &got, &serving);
    ck_assert_int_le(got, 0);
    ck_assert_int_eq(serving, 0);
    ck_assert_int_eq(told, 1);
}
END_TEST

int main(void)
{
    if (coil__faults_start() < 0) {
        puts("built without COIL_FAULTS");
        return 77;
    }
    TCase *t = tcase_create("accept");
    for (int i = 0; i < 2; i++) {
        if (!has(backends[i]))
            continue;
        tcase_add_loop_test(t, one_connection_that_is_lost_is_no_matter, i, i + 1);
        tcase_add_loop_test(t, for_want_of_fds_it_rests_says_so_and_goes_on, i, i + 1);
        tcase_add_loop_test(t, what_can_not_get_better_ends_it, i, i + 1);
    }
    int failed = test_main("accept", t);
    coil__faults_stop();
    return failed;
}
