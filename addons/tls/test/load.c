/* tls/test/load.c: many connections at once, narrow sockets, reads and writes of every size. */
#include <fcntl.h>
#include <sys/socket.h>

#include "fixture.h"

/* ---------------------------------------------------------------- many ---- */

enum { MANY = 150 };

static int visit(coil_server *server, coil_tls_context *cc, coil_barrier *all)
{
    coil_stream *s;
    char got[8];
    int err = connect_as(server, cc, "localhost", &s);
    if (err < 0)
        return err;
    err = coil_barrier_wait(all); /* all are open at the same time */
    for (int i = 0; i < 3 && err >= 0; i++) {
        err = coil_stream_send(s, "question", 8);
        if (err >= 0)
            err = coil_stream_readexactly(s, got, 8);
        if (err >= 0 && memcmp(got, "question", 8) != 0)
            err = -EILSEQ;
    }
    coil_stream_close(s);
    int closed = coil_stream_wait_closed(s);
    return err < 0 ? err : closed;
}
COIL_CALLABLE(visit, coil_server *, coil_tls_context *, coil_barrier *);

static int many_connections_are_open_at_once_(void *arg)
{
    coil_tls_context *sc = server_context(NULL), *cc = client_context(NULL);
    coil_server *server = serve(sc, echo, NULL);
    coil_barrier all;
    int err = 0;
    (void)arg;
    ck_assert_int_eq(coil_barrier_init(&all, MANY), 0);
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; i < MANY; i++)
            ck_assert_ptr_nonnull(coil_group_create_task(g, visit(server, cc, &all)));
    }
    ck_assert_int_eq(err, 0);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(many_connections_are_open_at_once)

/* Those that fail among them fail alone. */
static int knock(coil_server *server, coil_tls_context *cc, int kind)
{
    coil_stream *s;
    if (kind == 0)
        return connect_as(server, cc, "localhost", &s) < 0 ? -EIO : coil_stream_close(s);
    if (kind == 1)
        return connect_as(server, cc, "wrong.example", &s) == -COIL_ETLS_VERIFY ? 0 : -EIO;
    if (coil_open_connection("127.0.0.1", coil_server_port(server), &s) < 0)
        return -EIO;
    coil_ignore(coil_stream_send(s, "GET / HTTP/1.0\r\n\r\n", kind == 2 ? 18 : 3));
    coil_stream_abort(s);
    return coil_stream_close(s);
}
COIL_CALLABLE(knock, coil_server *, coil_tls_context *, int);

static void nobody_cares(void *arg, coil_stream *stream, int err)
{
    (void)stream;
    *(int *)arg += err < 0;
}

static int good_and_bad_clients_come_together_(void *arg)
{
    int refused = 0, err = 0;
    coil_tls_config config = {SERVER_CONFIG, .refused = nobody_cares, .refused_arg = &refused};
    coil_tls_context *sc = server_context(&config), *cc = client_context(NULL);
    coil_server *server = serve(sc, echo, NULL);
    (void)arg;
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; i < 80; i++)
            ck_assert_ptr_nonnull(coil_group_create_task(g, knock(server, cc, i % 4)));
    }
    ck_assert_int_eq(err, 0);
    end_server(server);
    ck_assert_int_ge(refused, 20); /* those with the wrong name; others may have gone before */
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(good_and_bad_clients_come_together)

/* ---------------------------------------------------------------- narrow ---- */

enum { BYTES = 600000 };

static unsigned char pattern(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 11);
}

/* Two ends of a socket that holds the least that the kernel allows; TCP would wait for its timers. */
static void narrow_pair(coil_stream *ends[2])
{
    int fds[2], size = 1;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
        ck_assert_int_eq(coil_stream_from_fd(fds[i], &ends[i]), 0);
    }
}

/* 1, 2, 4 ... bytes at a time, and odd sizes between. */
static size_t next_size(size_t *seed, size_t most)
{
    *seed = *seed * 1103515245 + 12345;
    size_t bits = *seed >> 16 & 15;
    size_t n = 1 + (*seed >> 20) % ((size_t)1 << bits);
    return n < most ? n : most;
}

static int pump_out(coil_stream *s, int direct)
{
    static __thread unsigned char chunk[40000];
    size_t seed = 1, n;
    for (size_t done = 0; done < BYTES; done += n) {
        n = next_size(&seed, BYTES - done);
        for (size_t i = 0; i < n; i++)
            chunk[i] = pattern(done + i);
        int err = direct ? coil_stream_send(s, chunk, n) : coil_stream_write(s, chunk, n);
        if (err >= 0 && !direct)
            err = coil_stream_drain(s);
        if (err < 0)
            return err;
    }
    return 0;
}
COIL_CALLABLE(pump_out, coil_stream *, int);

static int pump_in(coil_stream *s)
{
    unsigned char got[40000];
    size_t seed = 2;
    for (size_t done = 0; done < BYTES;) {
        int n = coil_stream_read(s, got, next_size(&seed, BYTES - done));
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

static int talk(coil_stream *s, coil_tls_context *context, int direct)
{
    coil_tls_options options = {.context = context, .server_name = "localhost"};
    int err = coil_stream_start_tls(s, &options);
    if (err >= 0)
        err = coil_gather(pump_out(s, direct), pump_in(s));
    coil_stream_close(s);
    int closed = coil_stream_wait_closed(s);
    return err < 0 ? err : closed;
}
COIL_CALLABLE(talk, coil_stream *, coil_tls_context *, int);

static int every_byte_passes_a_narrow_socket_(void *arg)
{
    coil_tls_context *sc = server_context(NULL), *cc = client_context(NULL);
    coil_stream *ends[2];
    (void)arg;
    narrow_pair(ends);
    ck_assert_int_eq(coil_gather(talk(ends[0], sc, 0), talk(ends[1], cc, 1)), 0);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(every_byte_passes_a_narrow_socket)

/* ---------------------------------------------------------------- files ---- */

static int send_itself(coil_stream *s, void *arg)
{
    coil_file *f;
    (void)arg;
    int err = coil_file_open(in_folder("much.tmp"), O_RDONLY, 0, &f);
    if (err < 0)
        return err;
    err = coil_stream_sendfile(s, f, 100, -1, NULL);
    int closed = coil_file_close(f);
    return err < 0 ? err : closed;
}

/* The kernel can't send it for us: it is read and encrypted. */
static int a_file_is_sent_encrypted_(void *arg)
{
    static unsigned char much[BYTES];
    coil_tls_context *sc = server_context(NULL), *cc = client_context(NULL);
    coil_server *server = serve(sc, send_itself, NULL);
    coil_stream *s;
    FILE *f = fopen(in_folder("much.tmp"), "w");
    (void)arg;
    for (size_t i = 0; i < sizeof much; i++)
        much[i] = pattern(i);
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(much, 1, sizeof much, f), sizeof much);
    fclose(f);
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    memset(much, 0, sizeof much);
    ck_assert_int_eq(coil_stream_readexactly(s, much, BYTES - 100), BYTES - 100);
    for (size_t i = 0; i < BYTES - 100; i++)
        if (much[i] != pattern(i + 100))
            ck_abort_msg("byte %zu differs", i);
    ck_assert_int_eq(coil_stream_read(s, much, 1), 0);
    end_stream(s);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(a_file_is_sent_encrypted)

int main(void)
{
    TCase *t = tcase_create("tls load");
    tcase_set_timeout(t, 40);
    tcase_add_test(t, many_connections_are_open_at_once);
    tcase_add_test(t, good_and_bad_clients_come_together);
    tcase_add_test(t, every_byte_passes_a_narrow_socket);
    tcase_add_test(t, a_file_is_sent_encrypted);
    return tls_test_main("tls load", t);
}
