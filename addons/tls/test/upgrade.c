/* tls/test/upgrade.c: TLS begun on streams that are open: what was on its way, what must be refused, TLS inside TLS. */
#include <sys/socket.h>

#include "fixture.h"

static coil_tls_context *sc, *cc;

static void make_contexts(void)
{
    sc = server_context(NULL);
    cc = client_context(NULL);
}

static void free_contexts(void)
{
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
}

static int start_as_client(coil_stream *s)
{
    coil_tls_options options = {.context = cc, .server_name = "localhost"};
    return coil_stream_start_tls(s, &options);
}
COIL_CALLABLE(start_as_client, coil_stream *);

static int start_as_server(coil_stream *s)
{
    coil_tls_options options = {.context = sc};
    return coil_stream_start_tls(s, &options);
}
COIL_CALLABLE(start_as_server, coil_stream *);

static int read_one(coil_stream *s)
{
    char byte;
    return coil_stream_read(s, &byte, 1);
}
COIL_CALLABLE(read_one, coil_stream *);

static void plain_pair(coil_stream **a, coil_stream **b)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[0], a), 0);
    ck_assert_int_eq(coil_stream_from_fd(fds[1], b), 0);
}

static void end_pair(coil_stream *a, coil_stream *b)
{
    coil_stream_close(a);
    coil_stream_close(b);
    ck_assert_int_eq(coil_stream_wait_closed(a), 0);
    ck_assert_int_eq(coil_stream_wait_closed(b), 0);
}

static void talk(coil_stream *a, coil_stream *b)
{
    char got[5];
    ck_assert_int_eq(coil_stream_send(a, "there", 5), 0);
    ck_assert_int_eq(coil_stream_readexactly(b, got, 5), 5);
    ck_assert_mem_eq(got, "there", 5);
    ck_assert_int_eq(coil_stream_send(b, "back!", 5), 0);
    ck_assert_int_eq(coil_stream_readexactly(a, got, 5), 5);
    ck_assert_mem_eq(got, "back!", 5);
}

/* ---------------------------------------------------------------- what was on its way ---- */

/* The client's hello comes right behind its last plain line, and is read with it into the server's buffer. */
static int bytes_that_came_early_are_the_peers_tls_(void *arg)
{
    coil_stream *a, *b;
    const char *line;
    size_t n;
    (void)arg;
    make_contexts();
    plain_pair(&a, &b);
    ck_assert_int_eq(coil_stream_write(a, "STARTTLS\n", 9), 0);
    coil_task *client = coil_create_task(start_as_client(a));
    ck_assert_int_eq(coil_sleep(0), 0); /* the hello is out */
    ck_assert_int_eq(coil_stream_readline(b, &line, &n), 9);
    ck_assert_int_eq(start_as_server(b), 0);
    ck_assert_int_eq(coil_await(client), 0);
    talk(a, b);
    end_pair(a, b);
    free_contexts();
    return 0;
}
TEST_PROGRAM(bytes_that_came_early_are_the_peers_tls)

static int read_plain_then_start(coil_stream *s)
{
    enum { MUCH = 3000000 };
    char got[10000];
    for (int left = MUCH; left > 0;) {
        int n = coil_stream_read(s, got, left < 10000 ? (size_t)left : sizeof got);
        if (n <= 0)
            return n < 0 ? n : -EPIPE;
        for (int i = 0; i < n; i++)
            if (got[i] != 'p')
                return -EILSEQ;
        left -= n;
    }
    return start_as_server(s);
}
COIL_CALLABLE(read_plain_then_start, coil_stream *);

static int what_was_written_before_goes_out_plain_(void *arg)
{
    static char much[3000000]; /* more than the kernel takes: it waits in the stream */
    coil_stream *a, *b;
    (void)arg;
    make_contexts();
    plain_pair(&a, &b);
    memset(much, 'p', sizeof much);
    ck_assert_int_eq(coil_stream_write(a, much, sizeof much), 0);
    ck_assert_int_gt((int)coil_stream_get_write_buffer_size(a), 0);
    coil_task *server = coil_create_task(read_plain_then_start(b));
    ck_assert_int_eq(start_as_client(a), 0);
    ck_assert_int_eq(coil_await(server), 0);
    talk(a, b);
    end_pair(a, b);
    free_contexts();
    return 0;
}
TEST_PROGRAM(what_was_written_before_goes_out_plain)

/* What is written into the handshake waits for its end: it would go nowhere, or out plain. */
static int a_write_during_the_handshake_goes_out_encrypted_after_it_(void *arg)
{
    coil_stream *a, *b;
    char got[6];
    (void)arg;
    make_contexts();
    plain_pair(&a, &b);
    coil_task *client = coil_create_task(start_as_client(a));
    ck_assert_int_eq(coil_sleep(0), 0);
    coil_task *writer = coil_create_task(coil_stream_send(a, "early!", 6));
    ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq(start_as_server(b), 0);
    ck_assert_int_eq(coil_await(client), 0);
    ck_assert_int_eq(coil_await(writer), 0);
    ck_assert_int_eq(coil_stream_readexactly(b, got, 6), 6);
    ck_assert_mem_eq(got, "early!", 6);
    talk(a, b);
    end_pair(a, b);
    free_contexts();
    return 0;
}
TEST_PROGRAM(a_write_during_the_handshake_goes_out_encrypted_after_it)

/* ---------------------------------------------------------------- what must be refused ---- */

static int a_refusal_leaves_the_stream_as_it_was_(void *arg)
{
    coil_stream *a, *b;
    (void)arg;
    make_contexts();
    coil_tls_options nameless = {.context = cc};
    plain_pair(&a, &b);
    coil_task *reader = coil_create_task(read_one(a));
    ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq(start_as_client(a), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_stream_send(b, "x", 1), 0);
    ck_assert_int_eq(coil_await(reader), 1);
    int err = coil_stream_start_tls(a, &nameless);
    ck_assert_int_eq(err, -EINVAL);
    ck_assert_str_eq(coil_error_message(err),
                     "a TLS client that checks the host needs its server_name");
    ck_assert_int_eq(coil_stream_start_tls(a, NULL), -EINVAL); /* for the same reason */
    ck_assert_int_eq(coil_tls_get_info(a, &(coil_tls_info){0}), -COIL_ETLS);
    ck_assert_ptr_null(coil_tls_native(a));
    talk(a, b); /* plain */
    ck_assert_int_eq(coil_stream_write_eof(a), 0);
    ck_assert_int_eq(start_as_client(a), -COIL_EINVALIDSTATE);
    coil_stream_close(a);
    ck_assert_int_eq(start_as_client(a), -COIL_ESTALE);
    ck_assert_int_eq(start_as_client(NULL), -EINVAL);
    coil_stream_close(b);
    ck_assert_int_eq(coil_stream_wait_closed(b), 0);
    free_contexts();
    return 0;
}
TEST_PROGRAM(a_refusal_leaves_the_stream_as_it_was)

START_TEST(outside_of_a_coroutine_there_is_no_handshake)
{
    make_contexts();
    ck_assert_int_eq(start_as_client(NULL), -COIL_ENOLOOP);
    free_contexts();
}
END_TEST

/* The task is cancelled in the middle; the connection is gone, and its reads say why. */
static int a_cancelled_handshake_ends_the_connection_(void *arg)
{
    coil_stream *a, *b;
    char byte;
    int n;
    (void)arg;
    make_contexts();
    plain_pair(&a, &b);
    coil_task *client = coil_create_task(start_as_client(a));
    ck_assert_int_eq(coil_sleep(0), 0);
    ck_assert_int_eq(coil_task_cancel(client), 1);
    ck_assert_int_eq(coil_await(client), -ECANCELED);
    int err = read_one(a);
    ck_assert_int_eq(err, -ECONNABORTED);
    ck_assert_str_eq(coil_error_message(err), "the TLS handshake was cancelled");
    while ((n = coil_stream_read(b, &byte, 1)) > 0)
        continue; /* its hello */
    ck_assert_int_eq(n, 0);
    end_pair(a, b);
    free_contexts();
    return 0;
}
TEST_PROGRAM(a_cancelled_handshake_ends_the_connection)

/* Resets after it has seen the first bytes. */
static int reset_at_once(coil_stream *stream, void *arg)
{
    (void)arg;
    int err = read_one(stream);
    coil_stream_abort(stream);
    return err < 0 ? err : 0;
}

static void note_error(void *arg, coil_stream *stream, int err)
{
    (void)stream;
    *(int *)arg = err;
}

static int a_peer_that_resets_in_the_handshake_is_a_clear_error_(void *arg)
{
    int refused = 0;
    coil_tls_config config = {SERVER_CONFIG, .refused = note_error, .refused_arg = &refused};
    coil_server *server;
    coil_stream *s;
    (void)arg;
    sc = server_context(&config);
    cc = client_context(NULL);
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, reset_at_once, NULL, NULL, &server), 0);
    ck_assert_int_eq(connect_as(server, cc, "localhost", &s), -ECONNRESET);
    end_server(server);
    server = serve(sc, echo, NULL);
    ck_assert_int_eq(coil_open_connection("127.0.0.1", coil_server_port(server), &s), 0);
    ck_assert_int_eq(coil_stream_send(s, "\x16\x03\x01", 3), 0); /* the first bytes of a hello */
    ck_assert_int_eq(coil_sleep(0.01), 0);
    ck_assert_int_eq(coil_stream_abort(s), 0);
    end_stream(s);
    end_server(server);
    ck_assert_int_eq(refused, -ECONNRESET);
    free_contexts();
    return 0;
}
TEST_PROGRAM(a_peer_that_resets_in_the_handshake_is_a_clear_error)

/* ---------------------------------------------------------------- on other streams ---- */

static int tls_inside_tls_(void *arg)
{
    coil_stream *a, *b;
    (void)arg;
    make_contexts();
    plain_pair(&a, &b);
    for (int depth = 1; depth <= 3; depth++) {
        ck_assert_int_eq(coil_gather(start_as_client(a), start_as_server(b)), 0);
        talk(a, b);
    }
    coil_stream_close(a);
    ck_assert_int_eq(read_one(b), 0); /* each layer has said its farewell */
    end_stream(b);
    ck_assert_int_eq(coil_stream_wait_closed(a), 0);
    free_contexts();
    return 0;
}
TEST_PROGRAM(tls_inside_tls)

static int a_unix_server_speaks_tls_by_prepare_(void *arg)
{
    coil_server *server;
    coil_stream *s;
    coil_tls_options options;
    (void)arg;
    make_contexts();
    const char *path = in_folder("socket");
    coil_server_options prepared = {.prepare = coil_tls_prepare, .prepare_arg = sc};
    ck_assert_int_eq(coil_start_unix_server(path, echo, NULL, &prepared, &server), 0);
    ck_assert_int_eq(coil_open_unix_connection(path, &s), 0);
    options = (coil_tls_options){.context = cc, .server_name = "localhost"};
    ck_assert_int_eq(coil_stream_start_tls(s, &options), 0);
    say_and_hear(s, "hello");
    end_stream(s);
    end_server(server);
    free_contexts();
    return 0;
}
TEST_PROGRAM(a_unix_server_speaks_tls_by_prepare)

int main(void)
{
    TCase *t = tcase_create("tls upgrade");
    tcase_add_test(t, bytes_that_came_early_are_the_peers_tls);
    tcase_add_test(t, what_was_written_before_goes_out_plain);
    tcase_add_test(t, a_write_during_the_handshake_goes_out_encrypted_after_it);
    tcase_add_test(t, a_refusal_leaves_the_stream_as_it_was);
    tcase_add_test(t, outside_of_a_coroutine_there_is_no_handshake);
    tcase_add_test(t, a_cancelled_handshake_ends_the_connection);
    tcase_add_test(t, a_peer_that_resets_in_the_handshake_is_a_clear_error);
    tcase_add_test(t, tls_inside_tls);
    tcase_add_test(t, a_unix_server_speaks_tls_by_prepare);
    return tls_test_main("tls upgrade", t);
}
