/* tls/test/peers.c: the other side is OpenSSL's own program: what we say is TLS to others, too. */
#include <stdarg.h>

#include "fixture.h"

static coil_tls_context *sc, *cc;

static struct {
    int reused, served;
    char alpn[16], subject[64];
} seen;

/* Starts `openssl ...`, its words separated by single spaces; it runs in the certificates' folder. */
static coil_process *start_openssl(const char *format, ...)
{
    char text[512];
    const char *words[40] = {"openssl"};
    va_list args;
    int n = 1;
    coil_process *p;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
        ck_assert_int_lt(n, 39);
        words[n++] = word;
    }
    coil_process_options options = {
        .in = COIL_PIPE, .out = COIL_PIPE, .err = COIL_STDOUT, .cwd = certificates_folder};
    ck_assert_int_eq(coil_create_subprocess_exec(words, &options, &p), 0);
    return p;
}

/* Gives it all that it shall read, and what it printed; it must end well. */
static void finish(coil_process *p, const char *input, char *printed, size_t room)
{
    coil_process_output got;
    int status;
    ck_assert_int_eq(coil_process_communicate(p, input, strlen(input), &got), 0);
    ck_assert_int_eq(coil_process_returncode(p, &status), 1);
    snprintf(printed, room, "%.*s", (int)got.out_size, got.out);
    ck_assert_msg(status == 0, "openssl: status %d: %s", status, printed);
    ck_assert_msg(!strstr(printed, "rror"), "openssl: %s", printed); /* no `unexpected eof' */
    ck_assert_int_eq(coil_process_close(p), 0);
}

/* ---------------------------------------------------------------- openssl s_client ---- */

/* Echoes lines until one says quit. */
static int echo_lines(coil_stream *s, void *arg)
{
    const char *line;
    size_t n;
    coil_tls_info info;
    coil_tls_certificate c;
    int err = coil_tls_get_info(s, &info);
    (void)arg;
    if (err < 0)
        return err;
    seen.served++;
    seen.reused = info.session_reused;
    snprintf(seen.alpn, sizeof seen.alpn, "%s", info.alpn ? info.alpn : "");
    seen.subject[0] = 0;
    if (coil_tls_peer_certificate(s, &c) == 0) {
        snprintf(seen.subject, sizeof seen.subject, "%s", c.subject);
        coil_tls_certificate_done(&c);
    }
    while ((err = coil_stream_readline(s, &line, &n)) > 0 && memcmp(line, "quit", 4) != 0)
        if ((err = coil_stream_send(s, line, n)) < 0)
            return err;
    return err;
}

static void visit(coil_server *server, const char *more, const char *input, char *printed,
                  size_t room)
{
    coil_process *p = start_openssl("s_client -connect 127.0.0.1:%d -CAfile ca.pem "
                                    "-verify_return_error -verify_hostname localhost "
                                    "-servername localhost -alpn echo/1 %s",
                                    coil_server_port(server), more);
    finish(p, input, printed, room);
}

static int s_client_speaks_to_our_server_and_resumes_its_session_(void *arg)
{
    static const char *const protocols[] = {"echo/1", NULL};
    coil_tls_config config = {SERVER_CONFIG, .alpn = protocols, .ca_file = in_folder("ca.pem"),
                              .verify = COIL_TLS_VERIFY_OPTIONAL};
    char printed[20000];
    (void)arg;
    sc = server_context(&config);
    coil_server *server = serve(sc, echo_lines, NULL);
    visit(server, "-quiet -sess_out session.tmp", "hello\nquit\n", printed, sizeof printed);
    ck_assert_ptr_nonnull(strstr(printed, "hello\n"));
    ck_assert_int_eq(seen.reused, 0);
    ck_assert_str_eq(seen.alpn, "echo/1");
    ck_assert_str_eq(seen.subject, "");
    visit(server, "-quiet -sess_in session.tmp", "again\nquit\n", printed, sizeof printed);
    ck_assert_ptr_nonnull(strstr(printed, "again\n"));
    ck_assert_int_eq(seen.reused, 1);
    visit(server, "-quiet -tls1_2 -cert client.pem -key client.key", "old\nquit\n", printed,
          sizeof printed);
    ck_assert_ptr_nonnull(strstr(printed, "old\n"));
    ck_assert_str_eq(seen.subject, "CN=a client");
    ck_assert_int_eq(seen.served, 3);
    end_server(server);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(s_client_speaks_to_our_server_and_resumes_its_session)

/* A line K makes s_client send a KeyUpdate that asks for ours. */
static int keys_change_in_the_middle_(void *arg)
{
    char printed[20000];
    (void)arg;
    sc = server_context(NULL);
    coil_server *server = serve(sc, echo_lines, NULL);
    coil_process *p = start_openssl("s_client -connect 127.0.0.1:%d -CAfile ca.pem -tls1_3",
                                    coil_server_port(server));
    coil_stream *in = coil_process_stdin(p), *out = coil_process_stdout(p);
    const char *text, *const lines[] = {"before\n", "K\n", "after\n"};
    size_t n;
    for (int i = 0; i < 3; i++) { /* K counts when it is read alone */
        ck_assert_int_eq(coil_stream_send(in, lines[i], strlen(lines[i])), 0);
        const char *answer = i == 1 ? "KEYUPDATE\n" : lines[i];
        ck_assert_int_gt(coil_stream_readuntil(out, answer, strlen(answer), &text, &n), 0);
    }
    finish(p, "quit\n", printed, sizeof printed);
    end_server(server);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(keys_change_in_the_middle)

/* As a mail server does; s_client knows the dialogue. */
static int serve_mail(coil_stream *s, void *arg)
{
    coil_tls_options options = {.context = sc};
    const char *line;
    size_t n;
    int err = coil_stream_send(s, "220 hello\r\n", 11);
    (void)arg;
    while (err >= 0 && (err = coil_stream_readline(s, &line, &n)) > 0) {
        if (n >= 4 && memcmp(line, "EHLO", 4) == 0)
            err = coil_stream_send(s, "250-here\r\n250 STARTTLS\r\n", 24);
        else if (n >= 8 && memcmp(line, "STARTTLS", 8) == 0)
            break;
    }
    if (err > 0)
        err = coil_stream_send(s, "220 go on\r\n", 11);
    if (err >= 0)
        err = coil_stream_start_tls(s, &options);
    return err < 0 ? err : echo_lines(s, NULL);
}

static int s_client_upgrades_a_plain_connection_(void *arg)
{
    char printed[20000];
    (void)arg;
    sc = server_context(NULL);
    coil_server *server;
    ck_assert_int_eq(coil_start_server("127.0.0.1", 0, serve_mail, NULL, NULL, &server), 0);
    visit(server, "-quiet -starttls smtp", "hello\nquit\n", printed, sizeof printed);
    ck_assert_ptr_nonnull(strstr(printed, "hello\n"));
    end_server(server);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(s_client_upgrades_a_plain_connection)

/* ---------------------------------------------------------------- openssl s_server ---- */

/* Waits until it says on which port it listens. */
static int port_of(coil_process *p)
{
    const char *line;
    size_t n;
    int port = 0;
    while (port == 0) {
        ck_assert_int_gt(coil_stream_readline(coil_process_stdout(p), &line, &n), 0);
        sscanf(line, "ACCEPT 127.0.0.1:%d", &port);
    }
    return port;
}

static void ask_s_server(const char *more, coil_tls_context *context, const char *version)
{
    char printed[20000], got[6];
    coil_stream *s;
    coil_tls_info info;
    coil_process *p = start_openssl("s_server -accept 127.0.0.1:0 -cert server.pem -key "
                                    "server.key -rev -naccept 1 %s",
                                    more);
    coil_tls_options options = {.context = context, .server_name = "localhost"};
    ck_assert_int_eq(coil_tls_open_connection("127.0.0.1", port_of(p), &options, &s), 0);
    ck_assert_int_eq(coil_stream_send(s, "hello\n", 6), 0);
    ck_assert_int_eq(coil_stream_readexactly(s, got, 6), 6);
    ck_assert_mem_eq(got, "olleh\n", 6);
    ck_assert_int_eq(coil_tls_get_info(s, &info), 0);
    ck_assert_str_eq(info.version, version);
    end_stream(s);
    finish(p, "", printed, sizeof printed);
    ck_assert_ptr_nonnull(strstr(printed, "CONNECTION CLOSED"));
}

static int our_client_speaks_to_s_server_(void *arg)
{
    coil_tls_config shown = {CLIENT_CONFIG, .cert_chain = in_folder("client.pem"),
                             .key = in_folder("client.key")};
    (void)arg;
    cc = client_context(&shown);
    ask_s_server("", cc, "TLSv1.3");
    ask_s_server("-Verify 1 -CAfile ca.pem -verify_return_error", cc, "TLSv1.3");
    ask_s_server("-tls1_2", cc, "TLSv1.2");
    coil_tls_context_free(cc);
    return 0;
}
TEST_PROGRAM(our_client_speaks_to_s_server)

int main(void)
{
    if (system("openssl version >/dev/null 2>&1") != 0) {
        puts("the program openssl is missing");
        return 77;
    }
    TCase *t = tcase_create("tls peers");
    tcase_set_timeout(t, 30);
    tcase_add_test(t, s_client_speaks_to_our_server_and_resumes_its_session);
    tcase_add_test(t, keys_change_in_the_middle);
    tcase_add_test(t, s_client_upgrades_a_plain_connection);
    tcase_add_test(t, our_client_speaks_to_s_server);
    return tls_test_main("tls peers", t);
}
