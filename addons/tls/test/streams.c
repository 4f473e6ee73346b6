/* tls/test/streams.c: a TLS stream does what a plain one does. */
#include "fixture.h"

/* ---------------------------------------------------------------- there and back ---- */

static int an_echo_goes_through_and_both_sides_know_what_was_agreed_(void *arg)
{
    coil_tls_context *sc = server_context(NULL), *cc = client_context(NULL);
    coil_server *server = serve(sc, echo, NULL);
    coil_stream *s;
    coil_tls_info info;
    coil_tls_certificate c;
    (void)arg;
    ck_assert_int_eq(connect_as(server, cc, "localhost", &s), 0);
    say_and_hear(s, "hello\n");
    ck_assert_int_eq(coil_tls_get_info(s, &info), 0);
    ck_assert_str_eq(info.version, "TLSv1.3");
    ck_assert_ptr_nonnull(strstr(info.cipher, "TLS_"));
    ck_assert_ptr_null(info.alpn);
    ck_assert_str_eq(info.server_name, "localhost");
    ck_assert_int_eq(info.verify_result, 0);
    ck_assert_str_eq(info.verify_reason, "ok");
    ck_assert_int_eq(info.session_reused, 0);
    ck_assert_ptr_nonnull(coil_tls_native(s));
    ck_assert_int_eq(coil_tls_peer_certificate(s, &c), 0);
    ck_assert_str_eq(c.subject, "CN=localhost");
    ck_assert_str_eq(c.issuer, "CN=Coil test root");
    ck_assert_str_eq(c.alt_names, "DNS:localhost, IP Address:127.0.0.1");
    ck_assert_int_eq(c.not_after - c.not_before, 3 * 86400);
    ck_assert_int_gt((int)strlen(c.serial), 0);
    coil_tls_certificate_done(&c);
    ck_assert_int_ge(coil_stream_fd(s), 0);
    end_stream(s);
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0); /* by its address */
    say_and_hear(s, "again\n");
    end_stream(s);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(an_echo_goes_through_and_both_sides_know_what_was_agreed)

static int lines_limits_and_the_end_are_those_of_plain_streams_(void *arg)
{
    coil_tls_context *sc = server_context(NULL), *cc = client_context(NULL);
    coil_server *server = serve(sc, echo, NULL);
    coil_stream *s;
    const char *line;
    size_t n;
    struct iovec pieces[] = {{"one\n", 4}, {"two\nth", 6}, {"ree", 3}};
    (void)arg;
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    ck_assert_int_eq(coil_stream_writelines(s, pieces, 3), 0);
    ck_assert_int_eq(coil_stream_readline(s, &line, &n), 4);
    ck_assert_mem_eq(line, "one\n", 4);
    ck_assert_int_eq(coil_stream_readuntil(s, "o\n", 2, &line, &n), 4);
    ck_assert_mem_eq(line, "two\n", 4);
    ck_assert_int_eq(coil_stream_can_write_eof(s), 1);
    ck_assert_int_eq(coil_stream_write_eof(s),
                     0); /* the server reads the end, and has sent the rest */
    ck_assert_int_eq(coil_stream_readline(s, &line, &n), 5);
    ck_assert_mem_eq(line, "three", 5);
    ck_assert_int_eq(coil_stream_at_eof(s), 1);
    ck_assert_int_eq(coil_stream_write(s, "x", 1), -COIL_EINVALIDSTATE);
    end_stream(s);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(lines_limits_and_the_end_are_those_of_plain_streams)

/* ---------------------------------------------------------------- under load ---- */

enum { LOAD = 4 * 1024 * 1024 };

static unsigned char pattern(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 13);
}

static int pump_out(coil_stream *s)
{
    static __thread unsigned char chunk[50021];
    for (size_t done = 0; done < LOAD;) {
        size_t n = LOAD - done < sizeof chunk ? LOAD - done : sizeof chunk;
        for (size_t i = 0; i < n; i++)
            chunk[i] = pattern(done + i);
        int err = coil_stream_send(s, chunk, n);
        if (err < 0)
            return err;
        done += n;
    }
    return 0;
}
COIL_CALLABLE(pump_out, coil_stream *);

static int pump_in(coil_stream *s)
{
    unsigned char got[30011];
    size_t done = 0;
    while (done < LOAD) {
        int n = coil_stream_read(s, got, sizeof got);
        if (n <= 0)
            return n < 0 ? n : -EPIPE;
        for (int i = 0; i < n; i++)
            if (got[i] != pattern(done + (size_t)i))
                return -EILSEQ;
        done += (size_t)n;
    }
    return 0;
}
COIL_CALLABLE(pump_in, coil_stream *);

static int pump_both(coil_stream *s, void *arg)
{
    (void)arg;
    return coil_gather(pump_out(s), pump_in(s));
}

static int one_task_reads_while_another_writes(const coil_tls_config *server_config)
{
    coil_tls_context *sc = server_context(server_config), *cc = client_context(NULL);
    coil_server *server = serve(sc, pump_both, NULL);
    coil_stream *s;
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    ck_assert_int_eq(pump_both(s, NULL), 0);
    end_stream(s);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}

static int megabytes_go_both_ways_at_once_(void *arg)
{
    (void)arg;
    return one_task_reads_while_another_writes(NULL);
}
TEST_PROGRAM(megabytes_go_both_ways_at_once)

static int megabytes_go_both_ways_at_once_with_tls_1_2_(void *arg)
{
    coil_tls_config config = {SERVER_CONFIG, .max_version = COIL_TLS_1_2};
    (void)arg;
    return one_task_reads_while_another_writes(&config);
}
TEST_PROGRAM(megabytes_go_both_ways_at_once_with_tls_1_2)

static int write_much(coil_stream *s, void *arg)
{
    int *sent = arg;
    static char chunk[65536];
    for (int i = 0; i < 400; i++) {
        int err = coil_stream_send(s, chunk, sizeof chunk);
        if (err < 0)
            return err == -ECANCELED ? err : 0;
        ++*sent;
    }
    return 0;
}

/* Nothing on the way grows without bound: 26 MB are more than the kernel's buffers and Coil's. */
static int who_reads_slowly_slows_the_writer_down_(void *arg)
{
    int sent = 0;
    coil_tls_context *sc = server_context(NULL), *cc = client_context(NULL);
    coil_server *server = serve(sc, write_much, &sent);
    coil_stream *s;
    (void)arg;
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    for (int before = -1; before != sent;) {
        before = sent;
        ck_assert_int_eq(coil_sleep(0.05), 0);
    }
    ck_assert_int_gt(sent, 0);
    ck_assert_int_lt(sent, 400);
    ck_assert_int_eq(coil_stream_abort(s), 0);
    end_stream(s);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(who_reads_slowly_slows_the_writer_down)

int main(void)
{
    TCase *t = tcase_create("tls streams");
    tcase_add_test(t, an_echo_goes_through_and_both_sides_know_what_was_agreed);
    tcase_add_test(t, lines_limits_and_the_end_are_those_of_plain_streams);
    tcase_add_test(t, megabytes_go_both_ways_at_once);
    tcase_add_test(t, megabytes_go_both_ways_at_once_with_tls_1_2);
    tcase_add_test(t, who_reads_slowly_slows_the_writer_down);
    return tls_test_main("tls streams", t);
}
