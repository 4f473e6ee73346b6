/* tls/test/fixture.h: contexts, an echo server, and a thread for each program, as a failed call's record ends with its thread. */
#ifndef TLS_TEST_FIXTURE_H
#define TLS_TEST_FIXTURE_H

#include <check.h>
#include <pthread.h>

#include "certificates.h"
#include "coil_tls.h"
#include "harness.h"

/* A config with more fields than its certificate and whom it trusts is written on the spot. */
#define SERVER_CONFIG .cert_chain = in_folder("server.pem"), .key = in_folder("server.key")
#define CLIENT_CONFIG .ca_file = in_folder("ca.pem")

static inline coil_tls_context *server_context(const coil_tls_config *config)
{
    coil_tls_config plain = {SERVER_CONFIG};
    coil_tls_context *c;
    ck_assert_int_eq(coil_tls_server_context_new(config ? config : &plain, &c), 0);
    return c;
}

static inline coil_tls_context *client_context(const coil_tls_config *config)
{
    coil_tls_config plain = {CLIENT_CONFIG};
    coil_tls_context *c;
    ck_assert_int_eq(coil_tls_client_context_new(config ? config : &plain, &c), 0);
    return c;
}

/* Sends back what comes until the end. */
static inline int echo(coil_stream *stream, void *arg)
{
    char buf[8192];
    int n;
    (void)arg;
    while ((n = coil_stream_read(stream, buf, sizeof buf)) > 0) {
        int err = coil_stream_send(stream, buf, (size_t)n);
        if (err < 0)
            return err;
    }
    return n;
}

static inline coil_server *serve(coil_tls_context *context, coil_client_handler handler, void *arg)
{
    coil_server *server;
    ck_assert_int_eq(coil_tls_start_server("127.0.0.1", 0, handler, arg, context, NULL, &server),
                     0);
    return server;
}

static inline void end_server(coil_server *server)
{
    ck_assert_int_eq(coil_server_close(server), 0);
    ck_assert_int_eq(coil_server_wait_closed(server), 0);
    coil_server_free(server);
}

static inline void end_stream(coil_stream *stream)
{
    ck_assert_int_eq(coil_stream_close(stream), 0);
    ck_assert_int_eq(coil_stream_wait_closed(stream), 0);
}

static inline int connect_as(coil_server *server, coil_tls_context *context, const char *name,
                             coil_stream **ret_stream)
{
    coil_tls_options options = {.context = context, .server_name = name};
    return coil_tls_open_connection("127.0.0.1", coil_server_port(server), &options, ret_stream);
}

static inline void say_and_hear(coil_stream *stream, const char *text)
{
    char got[64];
    int n = (int)strlen(text);
    ck_assert_int_eq(coil_stream_send(stream, text, (size_t)n), 0);
    ck_assert_int_eq(coil_stream_readexactly(stream, got, (size_t)n), n);
    ck_assert_mem_eq(got, text, n);
}

struct program {
    coil_thunk fn;
    int err;
};

static inline void *run_program(void *arg)
{
    struct program *p = arg;
    p->err = coil_run(coil_apply(p->fn, NULL));
    return NULL;
}

/* Runs fn(NULL) as the main task of a loop of its own. */
static inline int runs(coil_thunk fn)
{
    struct program p = {fn, -1};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, run_program, &p), 0);
    pthread_join(thread, NULL);
    return p.err;
}

#define TEST_PROGRAM(name)                  \
    START_TEST(name)                        \
    {                                       \
        ck_assert_int_eq(runs(name##_), 0); \
    }                                       \
    END_TEST

static inline int tls_test_main(const char *name, TCase *tcase)
{
    tcase_add_unchecked_fixture(tcase, make_certificates, remove_certificates);
    return test_main(name, tcase);
}

#endif
