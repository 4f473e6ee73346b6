/* tls/test/refused.c: what must not work, and how clearly it is said. */
#include <sys/socket.h>

#include "fixture.h"

/* ---------------------------------------------------------------- certificates ---- */

struct seen {
    int n, err;
    char message[200];
};

static void note(void *arg, coil_stream *stream, int err)
{
    struct seen *seen = arg;
    (void)stream;
    seen->n++;
    seen->err = err;
    snprintf(seen->message, sizeof seen->message, "%s", coil_error_message(err));
}

struct trial {
    const char *certificate, *ca, *name, *message;
};

static const struct trial trials[] = {
    {"server", "ca.pem", "wrong.example",
     "certificate verify failed: hostname mismatch (host wrong.example)"},
    {"server", "ca.pem", "127.0.0.2",
     "certificate verify failed: IP address mismatch (host 127.0.0.2)"},
    {"other", "ca.pem", "localhost",
     "certificate verify failed: hostname mismatch (host localhost)"},
    {"expired", "ca.pem", "localhost",
     "certificate verify failed: certificate has expired (host localhost)"},
    {"self", "ca.pem", "localhost",
     "certificate verify failed: self-signed certificate (host localhost)"},
    {"server", "stranger.pem", "localhost",
     "certificate verify failed: unable to get local issuer certificate (host localhost)"},
    {"server", NULL, "localhost",
     "certificate verify failed: unable to get local issuer certificate (host localhost)"},
};

static void try_certificate(const struct trial *trial)
{
    char pem[64], key[64];
    struct seen seen = {0};
    snprintf(pem, sizeof pem, "%s.pem", trial->certificate);
    snprintf(key, sizeof key, "%s.key", trial->certificate);
    coil_tls_config config = {
        .cert_chain = in_folder(pem), .key = in_folder(key), .refused = note, .refused_arg = &seen};
    coil_tls_config client = {.ca_file = trial->ca ? in_folder(trial->ca) : NULL};
    coil_tls_context *sc = server_context(&config), *cc = client_context(&client);
    coil_server *server = serve(sc, echo, NULL);
    coil_stream *s;
    int err = connect_as(server, cc, trial->name, &s);
    ck_assert_int_eq(err, -COIL_ETLS_VERIFY);
    ck_assert_str_eq(coil_error_message(err), trial->message);
    end_server(server);
    ck_assert_int_eq(seen.n, 1); /* the alert has come to the server */
    ck_assert_int_eq(seen.err, -COIL_ETLS);
    ck_assert_ptr_nonnull(strstr(seen.message, "alert"));
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
}

static int a_bad_certificate_is_refused_with_the_reason_and_the_host_(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < sizeof trials / sizeof trials[0]; i++)
        try_certificate(&trials[i]);
    return 0;
}
TEST_PROGRAM(a_bad_certificate_is_refused_with_the_reason_and_the_host)

static int verification_can_be_turned_off_and_then_tells_what_it_would_have_said_(void *arg)
{
    coil_tls_config config = {.cert_chain = in_folder("self.pem"), .key = in_folder("self.key")};
    coil_tls_config none = {.verify = COIL_TLS_VERIFY_NONE};
    coil_tls_config no_host = {CLIENT_CONFIG, .no_host_check = 1};
    coil_tls_context *sc = server_context(&config), *cc = client_context(&none);
    coil_server *server = serve(sc, echo, NULL);
    coil_stream *s;
    coil_tls_info info;
    (void)arg;
    ck_assert_int_eq(connect_as(server, cc, "wrong.example", &s), 0);
    say_and_hear(s, "hello");
    ck_assert_int_eq(coil_tls_get_info(s, &info), 0);
    ck_assert_str_eq(info.verify_reason, "self-signed certificate");
    end_stream(s);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);

    sc = server_context(NULL);
    cc = client_context(&no_host);
    server = serve(sc, echo, NULL);
    ck_assert_int_eq(connect_as(server, cc, "wrong.example", &s), 0);
    say_and_hear(s, "hello");
    end_stream(s);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(verification_can_be_turned_off_and_then_tells_what_it_would_have_said)

/* ---------------------------------------------------------------- peers ---- */

static int speak_plain(coil_stream *stream, void *arg)
{
    (void)arg;
    const char *text = "HTTP/1.1 400 Bad Request\r\n\r\n";
    return coil_stream_send(stream, text, strlen(text));
}

static int a_peer_without_tls_is_named_as_such_(void *arg)
{
    struct seen seen = {0};
    coil_tls_config config = {SERVER_CONFIG, .refused = note, .refused_arg = &seen};
    coil_tls_context *sc = server_context(&config), *cc = client_context(NULL);
    coil_server *server;
    coil_stream *s;
    char byte;
    (void)arg;
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, speak_plain, NULL, NULL, &server), 0);
    int err = connect_as(server, cc, "localhost", &s);
    ck_assert_int_eq(err, -COIL_ETLS);
    ck_assert_str_eq(coil_error_message(err), "TLS handshake with localhost: wrong version number "
                                              "(the peer does not seem to speak TLS)");
    end_server(server);

    server = serve(sc, echo, NULL); /* and the other way round: a browser at http:// */
    ck_assert_int_eq(coil_open_connection("127.0.0.1", coil_server_port(server), &s), 0);
    ck_assert_int_eq(coil_stream_send(s, "GET / HTTP/1.1\r\n\r\n", 18), 0);
    while ((err = coil_stream_read(s, &byte, 1)) > 0)
        continue; /* an alert, perhaps */
    ck_assert(err == 0 || err == -ECONNRESET);
    coil_stream_close(s);
    end_server(server);
    ck_assert_int_eq(seen.n, 1);
    ck_assert_str_eq(seen.message,
                     "TLS handshake: http request (the peer does not seem to speak TLS)");
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(a_peer_without_tls_is_named_as_such)

static int a_version_that_is_too_old_is_refused_(void *arg)
{
    coil_tls_config old = {SERVER_CONFIG, .max_version = COIL_TLS_1_2};
    coil_tls_config new = {CLIENT_CONFIG, .min_version = COIL_TLS_1_3};
    coil_tls_context *sc = server_context(&old), *cc = client_context(&new);
    coil_server *server = serve(sc, echo, NULL);
    coil_stream *s;
    (void)arg;
    int err = connect_as(server, cc, "localhost", &s);
    ck_assert_int_eq(err, -COIL_ETLS);
    ck_assert_str_eq(coil_error_message(err),
                     "TLS handshake with localhost: tlsv1 alert protocol version");
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(a_version_that_is_too_old_is_refused)

static int hang_on(coil_stream *stream, void *arg)
{
    char byte;
    (void)arg;
    while (coil_stream_read(stream, &byte, 1) > 0)
        continue;
    return 0;
}

static int a_handshake_has_a_time_limit_on_both_sides_(void *arg)
{
    struct seen seen = {0};
    coil_tls_config config = {SERVER_CONFIG, .refused = note, .refused_arg = &seen,
                              .handshake_timeout = 0.05};
    coil_tls_config client = {CLIENT_CONFIG, .handshake_timeout = 0.05};
    coil_tls_context *sc = server_context(&config), *cc = client_context(&client);
    coil_server *server;
    coil_stream *s;
    char byte;
    (void)arg;
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, hang_on, NULL, NULL, &server), 0);
    int err = connect_as(server, cc, "localhost", &s);
    ck_assert_int_eq(err, -ETIMEDOUT);
    ck_assert_str_eq(coil_error_message(err),
                     "the TLS handshake with localhost took longer than 0.05 seconds");
    end_server(server);

    server = serve(sc, echo, NULL);
    ck_assert_int_eq(coil_open_connection("127.0.0.1", coil_server_port(server), &s), 0);
    ck_assert_int_eq(coil_stream_read(s, &byte, 1), 0);
    end_stream(s);
    end_server(server);
    ck_assert_int_eq(seen.err, -ETIMEDOUT);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(a_handshake_has_a_time_limit_on_both_sides)

/* ---------------------------------------------------------------- cut off ---- */

/* Says something through TLS, hears that it has come, and cuts the wire without the farewell. */
static int cut_off(coil_stream *stream, void *arg)
{
    char byte;
    (void)arg;
    int err = coil_stream_send(stream, "all of it?", 10);
    if (err >= 0)
        err = coil_stream_readexactly(stream, &byte, 1);
    if (err >= 0 && shutdown(coil_stream_fd(stream), SHUT_WR) < 0)
        err = -errno;
    return err < 0 ? err : hang_on(stream, NULL);
}

static int a_connection_that_is_cut_off_is_no_end_(void *arg)
{
    coil_tls_config lax = {CLIENT_CONFIG, .ignore_truncation = 1};
    coil_tls_context *sc = server_context(NULL), *cc = client_context(NULL);
    coil_server *server = serve(sc, cut_off, NULL);
    coil_stream *s;
    char got[20];
    (void)arg;
    ck_assert_int_eq(connect_as(server, cc, "localhost", &s), 0);
    ck_assert_int_eq(coil_stream_readexactly(s, got, 10), 10);
    ck_assert_int_eq(coil_stream_send(s, "!", 1), 0);
    int err = coil_stream_read(s, got, 10);
    ck_assert_int_eq(err, -COIL_ETLS_TRUNCATED);
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), "without TLS's farewell"));
    err = coil_stream_read(s, got, 10); /* and stays so */
    ck_assert_int_eq(err, -COIL_ETLS_TRUNCATED);
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), "without TLS's farewell"));
    end_stream(s);
    coil_tls_context_free(cc);

    cc = client_context(&lax);
    ck_assert_int_eq(connect_as(server, cc, "localhost", &s), 0);
    ck_assert_int_eq(coil_stream_readexactly(s, got, 10), 10);
    ck_assert_int_eq(coil_stream_send(s, "!", 1), 0);
    ck_assert_int_eq(coil_stream_read(s, got, 10), 0);
    end_stream(s);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(a_connection_that_is_cut_off_is_no_end)

static int hang_up_at_once(coil_stream *stream, void *arg)
{
    char some[100];
    (void)arg;
    return coil_stream_read(stream, some, sizeof some); /* part of the hello; then the end */
}

static int a_peer_that_goes_in_the_handshake_is_told_apart_(void *arg)
{
    coil_tls_context *cc = client_context(NULL);
    coil_server *server;
    coil_stream *s;
    (void)arg;
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, hang_up_at_once, NULL, NULL, &server), 0);
    int err = connect_as(server, cc, "localhost", &s);
    ck_assert(err == -COIL_ETLS_TRUNCATED || err == -ECONNRESET);
    end_server(server);
    coil_tls_context_free(cc);
    return 0;
}
TEST_PROGRAM(a_peer_that_goes_in_the_handshake_is_told_apart)

int main(void)
{
    TCase *t = tcase_create("tls refused");
    tcase_add_test(t, a_bad_certificate_is_refused_with_the_reason_and_the_host);
    tcase_add_test(t, verification_can_be_turned_off_and_then_tells_what_it_would_have_said);
    tcase_add_test(t, a_peer_without_tls_is_named_as_such);
    tcase_add_test(t, a_version_that_is_too_old_is_refused);
    tcase_add_test(t, a_handshake_has_a_time_limit_on_both_sides);
    tcase_add_test(t, a_connection_that_is_cut_off_is_no_end);
    tcase_add_test(t, a_peer_that_goes_in_the_handshake_is_told_apart);
    return tls_test_main("tls refused", t);
}
