/* tls/test/closing.c: how a TLS stream ends: farewells, closes with a read in progress, aborts, the end of its loop. */
#include <stdatomic.h>
#include <sys/socket.h>

#include "fixture.h"

static coil_tls_context *sc, *cc;

static void make_contexts(const coil_tls_config *server_config)
{
    sc = server_context(server_config);
    cc = client_context(NULL);
}

static void free_contexts(void)
{
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
}

static int read_one(coil_stream *s)
{
    char byte;
    return coil_stream_read(s, &byte, 1);
}
COIL_CALLABLE(read_one, coil_stream *);

/* ---------------------------------------------------------------- farewells ---- */

static int read_to_the_end(coil_stream *stream, void *arg)
{
    const char *data;
    size_t n;
    *(int *)arg = coil_stream_read_all(stream, &data, &n);
    return 0;
}

static int what_is_buffered_goes_out_before_the_farewell_(void *arg)
{
    static char much[300000];
    int got = 0;
    (void)arg;
    make_contexts(NULL);
    coil_server *server = serve(sc, read_to_the_end, &got);
    coil_stream *s;
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    ck_assert_int_eq(coil_stream_write(s, much, sizeof much), 0);
    end_stream(s);
    end_server(server);
    ck_assert_int_eq(got, (int)sizeof much); /* and an end, not -COIL_ETLS_TRUNCATED */
    free_contexts();
    return 0;
}
TEST_PROGRAM(what_is_buffered_goes_out_before_the_farewell)

static int keep_silent(coil_stream *stream, void *arg)
{
    (void)stream;
    return coil_event_wait(arg);
}

/* The peer does not answer the farewell: it does not read at all. The limit is a moment. */
static int a_peer_that_never_answers_is_not_waited_for_without_end_(void *arg)
{
    coil_event go;
    coil_tls_config config = {CLIENT_CONFIG, .shutdown_timeout = 0.05};
    (void)arg;
    coil_event_init(&go);
    sc = server_context(NULL);
    cc = client_context(&config);
    coil_server *server = serve(sc, keep_silent, &go);
    coil_stream *s;
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    end_stream(s);
    coil_event_set(&go);
    end_server(server);
    free_contexts();
    return 0;
}
TEST_PROGRAM(a_peer_that_never_answers_is_not_waited_for_without_end)

static int closing_gives_a_suspended_read_the_end_(void *arg)
{
    (void)arg;
    make_contexts(NULL);
    coil_server *server = serve(sc, echo, NULL);
    coil_stream *s;
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    coil_task *reader = coil_create_task(read_one(s));
    ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq(coil_stream_read(s, &(char){0}, 1), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_stream_close(s), 0);
    ck_assert_int_eq(coil_await(reader), 0);
    ck_assert_int_eq(coil_stream_wait_closed(s), 0);
    ck_assert_int_eq(coil_stream_read(s, &(char){0}, 1), -COIL_ESTALE);
    end_server(server);
    free_contexts();
    return 0;
}
TEST_PROGRAM(closing_gives_a_suspended_read_the_end)

static int aborting_ends_reads_and_writes_at_once_(void *arg)
{
    static char much[20000000]; /* more than the kernel takes */
    coil_event go;
    (void)arg;
    coil_event_init(&go);
    make_contexts(NULL);
    coil_server *server = serve(sc, keep_silent, &go);
    coil_stream *s;
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    coil_task *reader = coil_create_task(read_one(s));
    coil_task *writer = coil_create_task(coil_stream_send(s, much, sizeof much));
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq(coil_stream_abort(s), 0);
    ck_assert_int_eq(coil_await(reader), 0);
    ck_assert_int_eq(coil_await(writer), -ECONNABORTED);
    ck_assert_int_eq(coil_stream_write(s, "x", 1), -ECONNABORTED);
    end_stream(s);
    coil_event_set(&go);
    end_server(server);
    free_contexts();
    return 0;
}
TEST_PROGRAM(aborting_ends_reads_and_writes_at_once)

static int a_server_closes_its_connections_with_a_farewell_(void *arg)
{
    (void)arg;
    make_contexts(NULL);
    coil_server *server = serve(sc, echo, NULL);
    coil_stream *s;
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    say_and_hear(s, "hello");
    ck_assert_int_eq(coil_server_close(server), 0);
    ck_assert_int_eq(coil_server_close_clients(server), 0);
    ck_assert_int_eq(read_one(s), 0); /* the end, not -COIL_ETLS_TRUNCATED */
    end_stream(s);
    ck_assert_int_eq(coil_server_wait_closed(server), 0);
    coil_server_free(server);
    free_contexts();
    return 0;
}
TEST_PROGRAM(a_server_closes_its_connections_with_a_farewell)

/* ---------------------------------------------------------------- the end of the loop ---- */

static int complaints;

static int complain(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop, (void)context, (void)arg;
    complaints++;
    return 0;
}

static int open_and_leave_(void *arg)
{
    coil_stream *s;
    coil_server *server = serve(sc, echo, NULL);
    (void)arg;
    coil_loop_set_exception_handler(coil_loop_running(), complain, NULL);
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    return coil_stream_send(s, "x", 1);
}

START_TEST(what_a_program_leaves_open_is_closed_with_its_loop)
{
    make_contexts(NULL);
    ck_assert_int_eq(runs(open_and_leave_), 0);
    ck_assert_int_eq(complaints, 0); /* no task was destroyed in the middle of a farewell */
    free_contexts();
}
END_TEST

static atomic_int port_of_the_other;

static int tell_main(coil_stream *stream, void *arg)
{
    char byte;
    int err = coil_stream_read(stream, &byte, 1);
    if (err > 0)
        err = coil_stream_send(stream, "bye", 3);
    coil_event_set(arg);
    return err < 0 ? err : coil_sleep(1000);
}

/* Ends as soon as somebody has spoken, with the connection open and its handler asleep. */
static int serve_one_(void *arg)
{
    coil_event go;
    (void)arg;
    coil_event_init(&go);
    coil_server *server = serve(sc, tell_main, &go);
    atomic_store(&port_of_the_other, coil_server_port(server));
    return coil_event_wait(&go);
}

static void *run_the_other(void *arg)
{
    (void)arg;
    ck_assert_int_eq(coil_run(coil_apply(serve_one_, NULL)), 0);
    return NULL;
}

/* The peer lives in another thread, and does not answer the farewell before it has read it. */
static int a_loop_that_ends_says_farewell_and_waits_for_no_answer_(void *arg)
{
    pthread_t other;
    coil_stream *s;
    char got[3];
    (void)arg;
    make_contexts(NULL);
    ck_assert_int_eq(pthread_create(&other, NULL, run_the_other, NULL), 0);
    while (atomic_load(&port_of_the_other) == 0)
        ck_assert_int_eq(coil_sleep(0.001), 0);
    coil_tls_options options = {.context = cc, .server_name = "localhost"};
    ck_assert_int_eq(
        coil_tls_open_connection("127.0.0.1", atomic_load(&port_of_the_other), &options, &s), 0);
    ck_assert_int_eq(coil_stream_send(s, "x", 1), 0);
    ck_assert_int_eq(coil_stream_readexactly(s, got, 3), 3);
    ck_assert_mem_eq(got, "bye", 3);
    pthread_join(other, NULL);        /* nobody here reads its farewell meanwhile */
    ck_assert_int_eq(read_one(s), 0); /* the end: neither cut off nor reset */
    end_stream(s);
    free_contexts();
    return 0;
}
TEST_PROGRAM(a_loop_that_ends_says_farewell_and_waits_for_no_answer)

int main(void)
{
    TCase *t = tcase_create("tls closing");
    tcase_add_test(t, what_is_buffered_goes_out_before_the_farewell);
    tcase_add_test(t, a_peer_that_never_answers_is_not_waited_for_without_end);
    tcase_add_test(t, closing_gives_a_suspended_read_the_end);
    tcase_add_test(t, aborting_ends_reads_and_writes_at_once);
    tcase_add_test(t, a_server_closes_its_connections_with_a_farewell);
    tcase_add_test(t, what_a_program_leaves_open_is_closed_with_its_loop);
    const char *backend = getenv("COIL_BACKEND");
    if (!backend || strcmp(backend, "sim") != 0) /* there a farewell may not fit into the kernel */
        tcase_add_test(t, a_loop_that_ends_says_farewell_and_waits_for_no_answer);
    return tls_test_main("tls closing", t);
}
