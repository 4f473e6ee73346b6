/* Servers: connections in parallel, closing in all its ways, running out of fds, misuse. */
#include <check.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

static int echo(coil_stream *s, void *arg)
{
    char buf[256];
    int n;
    (void)arg;
    while ((n = coil_stream_read(s, buf, sizeof buf)) > 0) {
        n = coil_stream_send(s, buf, (size_t)n);
        if (n < 0)
            return n;
    }
    return n;
}

COIL_ASYNC(ask, (int, port), (int, n))
{
    coil_stream *s;
    char text[32], answer[32];
    int size = snprintf(text, sizeof text, "number %d", n);
    int err = coil_open_connection("127.0.0.1", port, &s);
    for (int i = 0; i < 5 && err >= 0; i++) {
        err = coil_stream_send(s, text, (size_t)size);
        if (err >= 0)
            err = coil_stream_readexactly(s, answer, (size_t)size);
        if (err >= 0)
            ck_assert_mem_eq(text, answer, (size_t)size);
    }
    ck_assert_int_eq(coil_stream_close(s), 0);
    return err;
}

COIL_ASYNC(serves_many)
{
    enum { CLIENTS = 60 };
    coil_server *server;
    coil_call calls[CLIENTS];
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &server), 0);
    int port = coil_server_port(server);
    ck_assert_int_gt(port, 0);
    for (int i = 0; i < CLIENTS; i++)
        calls[i] = COIL_CALL(ask(port, i));
    ck_assert_int_eq(coil_gather_n(calls, CLIENTS, NULL), 0);
    ck_assert_int_eq(coil_server_close(server), 0);
    ck_assert_int_eq(coil_server_close(server), 0);
    ck_assert_int_eq(coil_server_is_serving(server), 0);
    ck_assert_int_eq(coil_server_wait_closed(server), 0);
    ck_assert_int_eq(coil_server_wait_closed(server), 0);
    ck_assert_int_eq(coil_server_serve_forever(server), -COIL_EINVALIDSTATE);
    coil_server_free(server);
    ck_assert_int_eq(coil_server_close(server), -COIL_ESTALE);
    coil_server_free(server);
    coil_stream *s;
    ck_assert_int_eq(coil_open_connection("127.0.0.1", port, &s), -ECONNREFUSED);
    return 0;
}

START_TEST(many_clients_are_served_at_once_and_a_closed_server_refuses)
{
    ck_assert_int_eq(coil_run(serves_many()), 0);
}
END_TEST

COIL_ASYNC(ends_clients, (int, how))
{
    coil_server *server;
    coil_stream *s;
    char byte;
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &server), 0);
    ck_assert_int_eq(coil_open_connection("127.0.0.1", coil_server_port(server), &s), 0);
    ck_assert_int_eq(coil_stream_send(s, "x", 1), 0);
    ck_assert_int_eq(coil_stream_readexactly(s, &byte, 1), 1);
    coil_server_close(server);
    coil_task *t = coil_create_task(coil_server_wait_closed(server));
    ck_assert_int_eq(coil_sleep(0.005), 0);
    ck_assert_int_eq(coil_task_done(t), 0); /* the connection is still open */
    int n;
    if (how == 0) {
        ck_assert_int_eq(coil_server_close_clients(server), 0);
        n = coil_stream_read(s, &byte, 1);
        ck_assert_int_eq(n, 0);
    } else if (how == 1) {
        ck_assert_int_eq(coil_server_abort_clients(server), 0);
        n = coil_stream_read(s, &byte, 1);
        ck_assert(n == -ECONNRESET || n == 0);
    }
    ck_assert_int_eq(coil_stream_close(s), 0);
    ck_assert_int_eq(coil_await(t), 0);
    coil_server_free(server);
    return 0;
}

START_TEST(wait_closed_waits_for_connections_that_close_or_are_ended)
{
    for (int how = 0; how < 3; how++)
        ck_assert_int_eq(coil_run(ends_clients(how)), 0);
}
END_TEST

static coil_stream *kept;

static int keep(coil_stream *s, void *arg)
{
    (void)arg;
    kept = s;
    return coil_stream_detach(s);
}

COIL_ASYNC(outlives_handler)
{
    coil_server *server;
    coil_stream *s;
    char byte;
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, keep, NULL, NULL, &server), 0);
    ck_assert_int_eq(coil_open_connection("127.0.0.1", coil_server_port(server), &s), 0);
    for (int i = 0; i < 100 && !kept; i++)
        ck_assert_int_eq(coil_sleep(0.001), 0);
    ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq(coil_stream_send(kept, "k", 1), 0);
    ck_assert_int_eq(coil_stream_read(s, &byte, 1), 1);
    ck_assert_int_eq(coil_stream_close(kept), 0);
    ck_assert_int_eq(coil_stream_read(s, &byte, 1), 0);
    ck_assert_int_eq(coil_stream_close(s), 0);
    coil_server_free(server);
    return 0;
}

START_TEST(a_detached_stream_outlives_its_handler)
{
    ck_assert_int_eq(coil_run(outlives_handler()), 0);
}
END_TEST

static int reports, report_error;
static char report_message[128];

static int note(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop;
    (void)arg;
    reports++;
    report_error = context->error;
    snprintf(report_message, sizeof report_message, "%s", context->message);
    return 0;
}

/* Takes every fd that is left but `spare` of them. */
static int use_up_fds(int *fds, int room, int spare)
{
    int n = 0;
    while (n < room && (fds[n] = dup(0)) >= 0)
        n++;
    for (int i = 0; i < spare && n > 0; i++)
        close(fds[--n]);
    return n;
}

COIL_ASYNC(runs_out_of_fds)
{
    enum { ROOM = 256 };
    int fds[ROOM];
    struct rusage before, after;
    struct rlimit old, small = {0, 0};
    coil_server *server;
    coil_stream *s;
    char byte;
    reports = 0;
    coil_loop_set_exception_handler(coil_loop_running(), note, NULL);
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &server), 0);
    int port = coil_server_port(server);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    small = old;
    small.rlim_cur = 128;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &small), 0);
    int n = use_up_fds(fds, ROOM, 1); /* one for the client, none for the server's end */
    ck_assert_int_eq(coil_open_connection("127.0.0.1", port, &s), 0);
    ck_assert_int_eq(coil_stream_send(s, "x", 1), 0);
    getrusage(RUSAGE_SELF, &before);
    ck_assert_int_eq(coil_wait_for(coil_stream_read(s, &byte, 1), 0.3), -ETIMEDOUT);
    getrusage(RUSAGE_SELF, &after);
    ck_assert_int_eq(reports, 1);
    ck_assert_int_eq(report_error, -EMFILE);
    /* a loop that spun would have used all of the 0.3 s */
    double used = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
                  (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e6 +
                  (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
                  (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1e6;
    ck_assert(used < 0.2);
    while (n > 0)
        close(fds[--n]);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    ck_assert_int_eq(coil_wait_for(coil_stream_read(s, &byte, 1), 10),
                     1); /* it goes on by itself */
    ck_assert_int_eq(reports, 1);
    ck_assert_int_eq(coil_stream_close(s), 0);
    coil_server_free(server);
    return 0;
}

START_TEST(without_fds_accepting_rests_is_reported_once_and_goes_on_by_itself)
{
    ck_assert_int_eq(coil_run(runs_out_of_fds()), 0);
}
END_TEST

COIL_ASYNC(serve, (coil_server *, server))
{
    return coil_server_serve_forever(server);
}

COIL_ASYNC(forever)
{
    coil_server *server;
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, echo, NULL, NULL, &server), 0);
    coil_task *t = coil_create_task(serve(server));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_server_serve_forever(server), -COIL_EINVALIDSTATE);
    coil_server_close(server);
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    coil_server_free(server);
    return 0;
}

START_TEST(serve_forever_ends_with_its_server_and_is_for_one_task)
{
    ck_assert_int_eq(coil_run(forever()), 0);
}
END_TEST

COIL_ASYNC(on_a_path)
{
    char dir[] = "/tmp/coil-server-XXXXXX", path[64], text[80];
    coil_server *server, *second;
    coil_stream *s;
    coil_address address;
    struct stat st;
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/s", dir);
    ck_assert_int_eq(coil_open_unix_connection(path, &s), -ENOENT);
    ck_assert_int_eq(coil_start_unix_server("", echo, NULL, NULL, &server), -EINVAL);
    ck_assert_int_eq(coil_start_unix_server(path, echo, NULL, NULL, &server), 0);
    ck_assert_int_eq(coil_server_port(server), 0);
    ck_assert_int_eq(coil_server_sockname(server, 0, &address), 0);
    coil_address_format(&address, text, sizeof text);
    ck_assert_int_eq(strncmp(text, "unix:/tmp/coil-server-", 22), 0);
    ck_assert_int_eq(coil_open_unix_connection(path, &s), 0);
    ck_assert_int_eq(coil_stream_close(s), 0);
    /* a second server takes the path over; the first leaves it alone then */
    ck_assert_int_eq(coil_start_unix_server(path, echo, NULL, NULL, &second), 0);
    coil_server_free(server);
    ck_assert_int_eq(stat(path, &st), 0);
    coil_server_free(second);
    ck_assert_int_ne(stat(path, &st), 0);
    return rmdir(dir) < 0 ? -errno : 0;
}

START_TEST(a_unix_server_removes_the_path_that_is_still_its_own)
{
    ck_assert_int_eq(coil_run(on_a_path()), 0);
}
END_TEST

COIL_ASYNC(leaves_all_open)
{
    coil_server *server;
    coil_stream *s;
    ck_assert_int_eq(coil_start_server(NULL, 0, echo, NULL, NULL, &server), 0);
    ck_assert_int_eq(coil_open_connection("127.0.0.1", coil_server_port(server), &s), 0);
    return coil_sleep(0.005);
}

START_TEST(what_is_left_open_goes_with_the_loop)
{
    ck_assert_int_eq(coil_run(leaves_all_open()), 0);
    coil_loop *loop; /* the same without a shutdown: its tasks are destroyed where they stand */
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_loop_set_exception_handler(loop, note, NULL);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, leaves_all_open()), 0);
    ck_assert_int_eq(coil_loop_close(loop), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("server");
    tcase_add_test(t, many_clients_are_served_at_once_and_a_closed_server_refuses);
    tcase_add_test(t, wait_closed_waits_for_connections_that_close_or_are_ended);
    tcase_add_test(t, a_detached_stream_outlives_its_handler);
    if (!test_under_valgrind()) /* its accept takes what is beyond the limit, and closes it */
        tcase_add_test(t, without_fds_accepting_rests_is_reported_once_and_goes_on_by_itself);
    tcase_add_test(t, serve_forever_ends_with_its_server_and_is_for_one_task);
    tcase_add_test(t, a_unix_server_removes_the_path_that_is_still_its_own);
    tcase_add_test(t, what_is_left_open_goes_with_the_loop);
    return test_main("server", t);
}
