/* tls/test/agreed.c: what the two sides agree on: names, protocols, versions, client certificates, sessions that are resumed. */
#include "fixture.h"

/* The server's side of the last connection. */
static struct {
    char version[16], alpn[16], name[64], subject[64], alt_names[64];
    int reused;
    long verify_result;
} served;

static void copy(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text ? text : "(none)");
}

static int note_and_echo(coil_stream *stream, void *arg)
{
    coil_tls_info info;
    coil_tls_certificate c;
    int err = coil_tls_get_info(stream, &info);
    if (err < 0)
        return err;
    copy(served.version, sizeof served.version, info.version);
    copy(served.alpn, sizeof served.alpn, info.alpn);
    copy(served.name, sizeof served.name, info.server_name);
    served.reused = info.session_reused;
    served.verify_result = info.verify_result;
    err = coil_tls_peer_certificate(stream, &c);
    copy(served.subject, sizeof served.subject, err < 0 ? NULL : c.subject);
    copy(served.alt_names, sizeof served.alt_names, err < 0 ? NULL : c.alt_names);
    if (err >= 0)
        coil_tls_certificate_done(&c);
    return echo(stream, arg);
}

/* One connection: what the client sees in *ret_info (but for its strings), and in the buffers. */
static int visit(coil_server *server, coil_tls_context *cc, const char *name, coil_tls_info *info)
{
    static char version[16], alpn[16];
    coil_stream *s;
    int err = connect_as(server, cc, name, &s);
    if (err < 0)
        return err;
    say_and_hear(s, "hello");
    ck_assert_int_eq(coil_tls_get_info(s, info), 0);
    copy(version, sizeof version, info->version);
    copy(alpn, sizeof alpn, info->alpn);
    info->version = version;
    info->alpn = alpn;
    end_stream(s);
    return 0;
}

/* ---------------------------------------------------------------- ALPN and versions ---- */

static int the_servers_first_protocol_that_the_client_knows_is_taken_(void *arg)
{
    static const char *const theirs[] = {"h2", "http/1.1", NULL};
    static const char *const ours[] = {"spdy/3", "http/1.1", "h2", NULL};
    static const char *const strange[] = {"gopher", NULL};
    coil_tls_config config = {SERVER_CONFIG, .alpn = theirs};
    coil_tls_config one = {CLIENT_CONFIG, .alpn = ours};
    coil_tls_config two = {CLIENT_CONFIG, .alpn = strange};
    coil_tls_context *sc = server_context(&config);
    coil_tls_context *a = client_context(&one), *b = client_context(&two);
    coil_server *server = serve(sc, note_and_echo, NULL);
    coil_tls_info info;
    (void)arg;
    ck_assert_int_eq(visit(server, a, "localhost", &info), 0);
    ck_assert_str_eq(info.alpn, "h2");
    ck_assert_str_eq(served.alpn, "h2");
    ck_assert_int_eq(visit(server, b, "localhost", &info),
                     0); /* nothing in common: nothing agreed */
    ck_assert_str_eq(info.alpn, "(none)");
    ck_assert_str_eq(served.alpn, "(none)");
    end_server(server);
    coil_tls_context_free(b);
    coil_tls_context_free(a);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(the_servers_first_protocol_that_the_client_knows_is_taken)

static int both_sides_see_the_version_and_the_cipher_(void *arg)
{
    coil_tls_config config = {CLIENT_CONFIG, .max_version = COIL_TLS_1_2,
                              .ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305"};
    coil_tls_context *sc = server_context(NULL), *cc = client_context(&config);
    coil_server *server = serve(sc, note_and_echo, NULL);
    coil_tls_info info;
    (void)arg;
    ck_assert_int_eq(visit(server, cc, "localhost", &info), 0);
    ck_assert_str_eq(info.version, "TLSv1.2");
    ck_assert_str_eq(info.cipher, "ECDHE-ECDSA-CHACHA20-POLY1305");
    ck_assert_str_eq(served.version, "TLSv1.2");
    ck_assert_str_eq(served.name, "localhost");
    ck_assert_str_eq(served.subject, "(none)");
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(both_sides_see_the_version_and_the_cipher)

/* ---------------------------------------------------------------- SNI ---- */

static struct {
    coil_tls_context *local, *other;
    char asked[64];
} known;

static coil_tls_context *choose(void *arg, const char *name)
{
    (void)arg;
    copy(known.asked, sizeof known.asked, name);
    if (!name || strcmp(name, "localhost") == 0)
        return known.local;
    return strcmp(name, "other.test") == 0 ? known.other : NULL;
}

static int a_server_chooses_its_certificate_by_name_(void *arg)
{
    static const char *const protocols[] = {"other/1", NULL};
    coil_tls_config front = {.choose = choose};
    coil_tls_config other = {.cert_chain = in_folder("other.pem"),
                             .key = in_folder("other.key"),
                             .max_version = COIL_TLS_1_2,
                             .alpn = protocols};
    coil_tls_config client = {CLIENT_CONFIG, .alpn = protocols};
    coil_tls_context *sc = server_context(&front), *cc = client_context(&client);
    known.local = server_context(NULL);
    known.other = server_context(&other);
    coil_server *server = serve(sc, note_and_echo, NULL);
    coil_tls_info info;
    (void)arg;
    ck_assert_int_eq(visit(server, cc, "localhost", &info), 0);
    ck_assert_str_eq(info.version, "TLSv1.3");
    ck_assert_str_eq(info.alpn, "(none)");
    ck_assert_int_eq(visit(server, cc, "other.test", &info), 0); /* all is the chosen one's */
    ck_assert_str_eq(info.version, "TLSv1.2");
    ck_assert_str_eq(info.alpn, "other/1");
    ck_assert_str_eq(served.name, "other.test");
    ck_assert_int_eq(visit(server, cc, "other.test", &info), 0); /* and its sessions */
    ck_assert_int_eq(info.session_reused, 1);
    ck_assert_int_eq(visit(server, cc, "127.0.0.1", &info), 0); /* an address is not sent */
    ck_assert_str_eq(known.asked, "(none)");
    int err = visit(server, cc, "unknown.test", &info);
    ck_assert_int_eq(err, -COIL_ETLS);
    ck_assert_str_eq(coil_error_message(err),
                     "TLS handshake with unknown.test: tlsv1 unrecognized name");
    end_server(server);
    coil_tls_context_free(known.other);
    coil_tls_context_free(known.local);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(a_server_chooses_its_certificate_by_name)

/* ---------------------------------------------------------------- client certificates ---- */

static char refusal[200];

static void note_refusal(void *arg, coil_stream *stream, int err)
{
    (void)arg, (void)stream;
    snprintf(refusal, sizeof refusal, "%s: %s", coil_error_name(err), coil_error_message(err));
}

static void try_client(int verify, coil_tls_context *cc, const char *subject, int good)
{
    coil_tls_config config = {SERVER_CONFIG, .ca_file = in_folder("ca.pem"), .verify = verify,
                              .refused = note_refusal};
    coil_tls_context *sc = server_context(&config);
    coil_server *server = serve(sc, note_and_echo, NULL);
    coil_stream *s;
    char byte;
    ck_assert_int_eq(connect_as(server, cc, "localhost", &s),
                     0); /* 1.3: the client is done first */
    int err = coil_stream_send(s, "x", 1);
    if (err >= 0)
        err = coil_stream_read(s, &byte, 1);
    if (good) {
        ck_assert_int_eq(err, 1);
        ck_assert_str_eq(served.subject, subject);
    } else {
        ck_assert_int_lt(err, 0); /* the alert, or the reset that overtook it */
    }
    end_stream(s);
    end_server(server);
    coil_tls_context_free(sc);
}

static int a_server_asks_for_certificates_or_needs_them_(void *arg)
{
    coil_tls_config shown = {CLIENT_CONFIG, .cert_chain = in_folder("client.pem"),
                             .key = in_folder("client.key")};
    coil_tls_config wrong = {CLIENT_CONFIG, .cert_chain = in_folder("self.pem"),
                             .key = in_folder("self.key")};
    coil_tls_context *none = client_context(NULL), *with = client_context(&shown);
    coil_tls_context *bad = client_context(&wrong);
    (void)arg;
    try_client(COIL_TLS_VERIFY_DEFAULT, with, "(none)", 1);
    try_client(COIL_TLS_VERIFY_OPTIONAL, none, "(none)", 1);
    try_client(COIL_TLS_VERIFY_OPTIONAL, with, "CN=a client", 1);
    ck_assert_str_eq(served.alt_names, "email:client@example.org");
    ck_assert_int_eq((int)served.verify_result, 0);
    try_client(COIL_TLS_VERIFY_REQUIRED, with, "CN=a client", 1);
    try_client(COIL_TLS_VERIFY_OPTIONAL, bad, NULL, 0);
    ck_assert_str_eq(refusal,
                     "COIL_ETLS_VERIFY: certificate verify failed: self-signed certificate "
                     "(of the client)");
    try_client(COIL_TLS_VERIFY_REQUIRED, none, NULL, 0);
    ck_assert_str_eq(refusal, "COIL_ETLS: TLS handshake: peer did not return a certificate");
    coil_tls_context_free(bad);
    coil_tls_context_free(with);
    coil_tls_context_free(none);
    return 0;
}
TEST_PROGRAM(a_server_asks_for_certificates_or_needs_them)

/* ---------------------------------------------------------------- sessions ---- */

static void visit_twice(const coil_tls_config *server_config, const coil_tls_config *client_config,
                        int reused)
{
    coil_tls_context *sc = server_context(server_config), *cc = client_context(client_config);
    coil_server *server = serve(sc, note_and_echo, NULL);
    coil_tls_info info;
    ck_assert_int_eq(visit(server, cc, "localhost", &info), 0);
    ck_assert_int_eq(info.session_reused, 0);
    ck_assert_int_eq(visit(server, cc, "localhost", &info), 0);
    ck_assert_int_eq(info.session_reused, reused);
    ck_assert_int_eq(served.reused, reused);
    ck_assert_int_eq(info.verify_result, 0);
    ck_assert_int_eq(visit(server, cc, "127.0.0.1", &info),
                     0); /* under another name: verified anew */
    ck_assert_int_eq(info.session_reused, 0);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
}

static int a_second_connection_resumes_the_session_of_the_first_(void *arg)
{
    coil_tls_config plain = {SERVER_CONFIG}, old = {SERVER_CONFIG, .max_version = COIL_TLS_1_2};
    coil_tls_config no_server = {SERVER_CONFIG, .no_resumption = 1};
    coil_tls_config client = {CLIENT_CONFIG}, no_client = {CLIENT_CONFIG, .no_resumption = 1};
    (void)arg;
    visit_twice(&plain, &client, 1);
    visit_twice(&old, &client, 1);
    visit_twice(&no_server, &client, 0);
    visit_twice(&plain, &no_client, 0);
    return 0;
}
TEST_PROGRAM(a_second_connection_resumes_the_session_of_the_first)

int main(void)
{
    TCase *t = tcase_create("tls agreed");
    tcase_add_test(t, the_servers_first_protocol_that_the_client_knows_is_taken);
    tcase_add_test(t, both_sides_see_the_version_and_the_cipher);
    tcase_add_test(t, a_server_chooses_its_certificate_by_name);
    tcase_add_test(t, a_server_asks_for_certificates_or_needs_them);
    tcase_add_test(t, a_second_connection_resumes_the_session_of_the_first);
    return tls_test_main("tls agreed", t);
}
