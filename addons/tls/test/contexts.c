/* tls/test/contexts.c: configs that can't be used, and what is said about them; contexts that several threads share. */
#include <errno.h>

#include "fixture.h"

struct bad {
    coil_tls_config config;
    int server, err;
    const char *message; /* what it must contain */
};

static void try_bad(const struct bad *bad)
{
    coil_tls_context *c = NULL;
    int err = bad->server ? coil_tls_server_context_new(&bad->config, &c)
                          : coil_tls_client_context_new(&bad->config, &c);
    const char *message = coil_error_message(err);
    ck_assert_msg(err == bad->err, "%s: %s instead of %s", message, coil_error_name(err),
                  coil_error_name(bad->err));
    ck_assert_msg(strstr(message, bad->message) != NULL, "\"%s\" lacks \"%s\"", message,
                  bad->message);
    ck_assert_ptr_null(c);
}

static void write_text(const char *name, const char *text)
{
    FILE *f = fopen(in_folder(name), "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static int bad_configs_(void *arg)
{
    static const char *const empty_name[] = {"h2", "", NULL};
    (void)arg;
    write_text("garbage.tmp", "this is no certificate\n");
    const char *server = in_folder("server.pem"), *key = in_folder("server.key");
    const char *garbage = in_folder("garbage.tmp"), *none = in_folder("none.pem");
    const char *other = in_folder("other.key");
    const struct bad list[] = {
        {{.key = key}, 0, -EINVAL, "a key without a certificate"},
        {{.key = key}, 1, -EINVAL, "a TLS server needs a certificate"},
        {{.cert_chain = none}, 1, -ENOENT, "none.pem: No such file or directory"},
        {{.cert_chain = server, .key = none}, 1, -ENOENT, "key /tmp/"},
        {{.cert_chain = garbage}, 1, -COIL_ETLS, "no start line"},
        {{.cert_chain = server}, 1, -COIL_ETLS, "key /tmp/"}, /* that file has no key */
        {{.cert_chain = server, .key = other}, 1, -COIL_ETLS, "key values mismatch"},
        {{.ca_file = none}, 0, -ENOENT, "CA file"},
        {{.ca_file = garbage}, 0, -COIL_ETLS, "CA file"},
        {{.ca_path = none}, 0, -ENOENT, "CA path"},
        {{.min_version = 0x0301}, 0, -EINVAL, "TLS versions: from 0x301"},
        {{.min_version = COIL_TLS_1_3, .max_version = COIL_TLS_1_2}, 0, -EINVAL, "TLS versions"},
        {{.ciphers = "rot13"}, 0, -EINVAL, "no such ciphers: rot13"},
        {{.ciphersuites = "rot13"}, 0, -EINVAL, "no such cipher suites: rot13"},
        {{.verify = 17}, 0, -EINVAL, "no such verification: 17"},
        {{.handshake_timeout = -1}, 0, -EINVAL, "TLS time limits"},
        {{.alpn = empty_name}, 0, -EINVAL, "an ALPN name has 1 to 255 bytes"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        try_bad(&list[i]);
    coil_tls_context *c;
    ck_assert_int_eq(coil_tls_server_context_new(NULL, &c), -EINVAL);
    ck_assert_int_eq(coil_tls_client_context_new(NULL, NULL), -EINVAL);
    coil_tls_context_free(NULL);
    return 0;
}
TEST_PROGRAM(bad_configs)

static int the_other_sides_context_is_refused_(void *arg)
{
    coil_tls_context *sc = server_context(NULL), *cc = client_context(NULL);
    coil_tls_options options = {.context = sc};
    coil_stream *s;
    coil_server *server;
    (void)arg;
    ck_assert_int_eq(coil_tls_open_connection("127.0.0.1", 1, &options, &s), -EINVAL);
    ck_assert_int_eq(coil_tls_start_server("127.0.0.1", 0, echo, NULL, cc, NULL, &server), -EINVAL);
    ck_assert_int_eq(coil_tls_start_server("127.0.0.1", 0, echo, NULL, NULL, NULL, &server),
                     -EINVAL);
    coil_server_options prepared = {.prepare = coil_tls_prepare, .prepare_arg = sc};
    ck_assert_int_eq(coil_tls_start_server("127.0.0.1", 0, echo, NULL, sc, &prepared, &server),
                     -EINVAL);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(the_other_sides_context_is_refused)

/* An encrypted key is opened by its password, and nobody asks on the terminal. */
static int a_password_opens_an_encrypted_key_(void *arg)
{
    (void)arg;
    struct made m = make_certificate("locked", "locked", "DNS:locked", -1, 2, NULL);
    FILE *f = fopen(in_folder("locked.key"), "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(PEM_write_PrivateKey(f, m.key, EVP_aes_128_cbc(),
                                          (const unsigned char *)"open", 4, NULL, NULL),
                     1);
    fclose(f);
    forget(m);
    coil_tls_config config = {.cert_chain = in_folder("locked.pem"),
                              .key = in_folder("locked.key"),
                              .key_password = "open"};
    coil_tls_context_free(server_context(&config));
    const struct bad list[] = {
        {{.cert_chain = config.cert_chain, .key = config.key, .key_password = "shut"},
         1,
         -COIL_ETLS,
         "locked.key"},
        {{.cert_chain = config.cert_chain, .key = config.key}, 1, -COIL_ETLS, "locked.key"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        try_bad(&list[i]);
    return 0;
}
TEST_PROGRAM(a_password_opens_an_encrypted_key)

/* ---------------------------------------------------------------- whom to trust ---- */

static void visit(coil_server *server, const coil_tls_options *options)
{
    coil_stream *s;
    coil_tls_info info;
    ck_assert_int_eq(coil_tls_open_connection("localhost", coil_server_port(server), options, &s),
                     0);
    say_and_hear(s, "hello");
    ck_assert_int_eq(coil_tls_get_info(s, &info), 0);
    ck_assert_str_eq(info.verify_reason, "ok");
    ck_assert_str_eq(info.server_name, "localhost");
    end_stream(s);
}

/* OpenSSL looks for the system's certificates where SSL_CERT_FILE says. */
static int the_systems_certificates_are_trusted_by_default_(void *arg)
{
    coil_tls_context *sc = server_context(NULL);
    coil_server *server = serve(sc, echo, NULL);
    coil_stream *s;
    (void)arg;
    int err = coil_tls_open_connection("localhost", coil_server_port(server), NULL, &s);
    ck_assert_int_eq(err, -COIL_ETLS_VERIFY);
    ck_assert_int_eq(setenv("SSL_CERT_FILE", in_folder("ca.pem"), 1), 0);
    visit(server, NULL);
    end_server(server);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(the_systems_certificates_are_trusted_by_default)

/* As `openssl rehash` names them: by a hash of the subject. */
static int a_folder_of_hashed_certificates_is_trusted_(void *arg)
{
    char name[16];
    FILE *f = fopen(in_folder("ca.pem"), "r");
    (void)arg;
    ck_assert_ptr_nonnull(f);
    X509 *ca = PEM_read_X509(f, NULL, NULL, NULL);
    fclose(f);
    ck_assert_ptr_nonnull(ca);
    snprintf(name, sizeof name, "%08lx.0", X509_subject_name_hash(ca));
    X509_free(ca);
    ck_assert_int_eq(symlink("ca.pem", in_folder(name)), 0);
    coil_tls_config config = {.ca_path = certificates_folder};
    coil_tls_options options = {.context = client_context(&config)};
    coil_tls_context *sc = server_context(NULL);
    coil_server *server = serve(sc, echo, NULL);
    visit(server, &options);
    end_server(server);
    coil_tls_context_free(options.context);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(a_folder_of_hashed_certificates_is_trusted)

/* ---------------------------------------------------------------- threads ---- */

enum { THREADS = 4, VISITS = 10 };

static coil_tls_context *shared_server, *shared_client;

/* A loop with a server and clients of its own; contexts, and the sessions in them, are everybody's. */
static int visit_and_serve(void *arg)
{
    coil_server *server = serve(shared_server, echo, NULL);
    int *reused = arg;
    for (int i = 0; i < VISITS; i++) {
        coil_stream *s;
        coil_tls_info info;
        ck_assert_int_eq(connect_as(server, shared_client, "localhost", &s), 0);
        say_and_hear(s, "hello");
        ck_assert_int_eq(coil_tls_get_info(s, &info), 0);
        *reused += info.session_reused;
        end_stream(s);
    }
    end_server(server);
    return 0;
}

static void *run_loop(void *reused)
{
    ck_assert_int_eq(coil_run(coil_apply(visit_and_serve, reused)), 0);
    return NULL;
}

START_TEST(contexts_are_shared_by_the_loops_of_several_threads)
{
    pthread_t threads[THREADS];
    int reused[THREADS] = {0};
    shared_server = server_context(NULL);
    shared_client = client_context(NULL);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_loop, &reused[i]), 0);
    coil_tls_context *mine = shared_client; /* each connection keeps its own alive */
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(reused[i], VISITS - 1); /* by port: no thread takes another's */
    }
    coil_tls_context_free(mine);
    coil_tls_context_free(shared_server);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("tls contexts");
    tcase_set_timeout(t, 30);
    tcase_add_test(t, bad_configs);
    tcase_add_test(t, the_other_sides_context_is_refused);
    tcase_add_test(t, a_password_opens_an_encrypted_key);
    tcase_add_test(t, the_systems_certificates_are_trusted_by_default);
    tcase_add_test(t, a_folder_of_hashed_certificates_is_trusted);
    tcase_add_test(t, contexts_are_shared_by_the_loops_of_several_threads);
    return tls_test_main("tls contexts", t);
}
