/* What makes no sense is refused with the error that the header names, and nothing has changed. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

#define REFUSED(call, error) ck_assert_int_eq(call, error)

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

COIL_ASYNC(idle)
{
    return coil_sleep(0);
}

/* ---------------------------------------------------------------- addresses and connections ---- */

static int handler(coil_stream *stream, void *arg)
{
    (void)stream, (void)arg;
    return 0;
}

COIL_ASYNC(addresses)
{
    coil_address a = {.size = 77};
    coil_addresses *all = NULL;
    char text[300], buf[4];
    static const char *const bad[] = {"",     "nowhere",          "127.0.0.1",    "[::1:80",
                                      "]:80", "127.0.0.1:",       "127.0.0.1:+1", "127.0.0.1:65536",
                                      ":80",  "fe80::1:80",       "[]:80",        "a.name:80",
                                      "[:80", "127.0.0.1:80 now", "1.2.3.4.5:80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSED(coil_address_parse(bad[i], &a), -EINVAL);
    memset(text, '1', sizeof text);
    memcpy(text + sizeof text - 4, ":80", 4);
    REFUSED(coil_address_parse(text, &a), -EINVAL);
    memcpy(text, "unix:", 5);
    REFUSED(coil_address_parse(text, &a), -ENAMETOOLONG);
    memcpy(text, "unix:@", 6);
    REFUSED(coil_address_parse(text, &a), -ENAMETOOLONG);
    REFUSED(coil_address_parse(NULL, &a), -EINVAL);
    ck_assert_uint_eq(a.size, 77);
    REFUSED(coil_address_port(NULL), -EINVAL);
    REFUSED(coil_address_host(NULL, buf, sizeof buf), -EINVAL);
    REFUSED(coil_address_format(NULL, buf, sizeof buf), -EINVAL);
    REFUSED(coil_address_host(&a, NULL, 1), -EINVAL);
    REFUSED(coil_getaddrinfo("::1", -1, AF_UNSPEC, &all), -EINVAL);
    REFUSED(coil_getaddrinfo("::1", 65536, AF_UNSPEC, &all), -EINVAL);
    REFUSED(coil_getaddrinfo("::1", 1, AF_UNSPEC, NULL), -EINVAL);
    REFUSED(coil_getaddrinfo("::1", 1, 12345, &all), -COIL_EDNS_FAMILY);
    REFUSED(coil_getnameinfo(NULL, 0, text, sizeof text, NULL, 0), -EINVAL);
    REFUSED(coil_getnameinfo(&(coil_address){.size = 4096}, 0, text, sizeof text, NULL, 0),
            -EINVAL);
    return 0;
}

COIL_ASYNC(connections)
{
    coil_stream *s = NULL;
    coil_server *server = NULL;
    REFUSED(coil_open_connection(NULL, 80, &s), -EINVAL);
    REFUSED(coil_open_connection("127.0.0.1", 0, &s), -EINVAL);
    REFUSED(coil_open_connection("127.0.0.1", 65536, &s), -EINVAL);
    REFUSED(coil_stream_from_fd(0, NULL), -EINVAL);
    REFUSED(coil_stream_from_fd(-1, &s), -EBADF);
    REFUSED(coil_stream_open(NULL, &s), -EINVAL);
    REFUSED(coil_start_server("127.0.0.1", 0, NULL, NULL, NULL, &server), -EINVAL);
    REFUSED(coil_start_server("127.0.0.1", 0, handler, NULL, &(coil_server_options){.backlog = -1},
                              &server),
            -EINVAL);
    REFUSED(coil_start_server("127.0.0.1", 0, handler, NULL,
                              &(coil_server_options){.limit = (size_t)1 << 31}, &server),
            -EINVAL);
    ck_assert_ptr_null(s);
    ck_assert_ptr_null(server);
    return 0;
}

COIL_ASYNC(streams)
{
    int fd[2];
    long long sent = -7;
    coil_stream *s, *below = NULL;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
    ck_assert_int_eq(coil_stream_from_fd(fd[0], &s), 0);
    REFUSED(coil_stream_interpose(s, NULL, &below), -EINVAL);
    REFUSED(coil_stream_set_limit(s, 0), -EINVAL);
    REFUSED(coil_stream_read(s, NULL, 1), -EINVAL);
    REFUSED(coil_stream_write(s, NULL, 1), -EINVAL);
    REFUSED(coil_stream_sockname(s, NULL), -EINVAL);
    REFUSED(coil_sendfile(fd[1], fd[0], -1, 1, &sent), -EINVAL);
    REFUSED(coil_sendfile(fd[1], fd[0], 0, 0, &sent), -EINVAL);
    ck_assert_int_eq(coil_stream_abort(s), 0);
    REFUSED(coil_stream_write(s, "x", 1), -ECONNABORTED);
    ck_assert_int_eq(coil_stream_close(s), 0);
    ck_assert_int_eq(coil_stream_wait_closed(s), 0);
    close(fd[1]);
    ck_assert_int_eq((int)sent, -7);
    return 0;
}

COIL_ASYNC(datagrams)
{
    coil_datagram *d = NULL;
    REFUSED(coil_datagram_open("127.0.0.1:0", NULL, NULL, NULL), -EINVAL);
    REFUSED(
        coil_datagram_open("127.0.0.1:0", NULL, &(coil_datagram_options){.receive_buffer = -1}, &d),
        -EINVAL);
    REFUSED(
        coil_datagram_open("127.0.0.1:0", NULL, &(coil_datagram_options){.send_buffer = -1}, &d),
        -EINVAL);
    ck_assert_ptr_null(d);
    ck_assert_int_eq(coil_datagram_open("127.0.0.1:0", NULL, NULL, &d), 0);
    REFUSED(coil_datagram_sendto(d, NULL, 1, NULL), -EINVAL);
    REFUSED(coil_datagram_sendto(d, "x", 1, NULL), -EDESTADDRREQ);
    coil_address a;
    char huge[70000] = "";
    ck_assert_int_eq(coil_datagram_sockname(d, &a), 0);
    REFUSED(coil_datagram_sendto(d, huge, sizeof huge, &a), -EMSGSIZE);
    return coil_datagram_close(d);
}

/* ---------------------------------------------------------------- fds and files ---- */

COIL_ASYNC(fds)
{
    REFUSED(coil_wait_fd(0, 0), -EINVAL);
    REFUSED(coil_wait_fd(0, POLLNVAL), -EINVAL);
    REFUSED(coil_add_reader(0, NULL, NULL), -EINVAL);
    REFUSED(coil_add_writer(-1, nothing, NULL), -EBADF);
    REFUSED(coil_add_signal_handler(0, nothing, NULL), -EINVAL);
    REFUSED(coil_add_signal_handler(SIGKILL, nothing, NULL), -EINVAL);
    REFUSED(coil_add_signal_handler(SIGUSR1, NULL, NULL), -EINVAL);
    return 0;
}

COIL_ASYNC(files)
{
    char buf[8], path[5000];
    coil_file *f = NULL;
    struct statx st;
    REFUSED(coil_file_open(NULL, O_RDONLY, 0, &f), -EINVAL);
    ck_assert_int_eq(coil_file_open("/dev/null", O_RDWR, 0, &f), 0);
    REFUSED(coil_file_pread(f, NULL, 1, 0), -EINVAL);
    REFUSED(coil_file_pread(f, buf, 1, -1), -EINVAL);
    REFUSED(coil_file_pread(NULL, buf, 1, 0), -EINVAL);
    REFUSED(coil_file_pwrite(f, NULL, 1, 0), -EINVAL);
    REFUSED(coil_file_pwrite(f, buf, 1, -2), -EINVAL);
    REFUSED(coil_file_write(NULL, buf, 1), -EINVAL);
    REFUSED(coil_file_read(NULL, buf, 1), -EINVAL);
    REFUSED(coil_file_seek(f, -1), -EINVAL);
    REFUSED(coil_file_seek(NULL, 0), -EINVAL);
    REFUSED(coil_file_stat(f, NULL), -EINVAL);
    REFUSED(coil_file_stat(NULL, &st), -EINVAL);
    REFUSED(coil_file_size(NULL, NULL), -EINVAL);
    REFUSED(coil_file_fsync(NULL), -EINVAL);
    REFUSED(coil_file_truncate(NULL, 0), -EINVAL);
    REFUSED(coil_file_allocate(NULL, 0, 1), -EINVAL);
    REFUSED(coil_file_fd(NULL), -EINVAL);
    REFUSED(coil_readlink("/proc/self/exe", NULL, 8), -EINVAL);
    REFUSED(coil_readlink("/proc/self/exe", buf, 0), -EINVAL);
    memset(path, 'd', sizeof path);
    path[sizeof path - 1] = '\0';
    REFUSED(coil_makedirs(path, 0777), -ENAMETOOLONG);
    REFUSED(coil_makedirs("/dev/null/below", 0777), -ENOTDIR);
    REFUSED(coil_makedirs(NULL, 0777), -EINVAL);
    return coil_file_close(f);
}

/* ---------------------------------------------------------------- tasks ---- */

static int order(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

COIL_ASYNC(closes_it, (coil_group *, g))
{
    REFUSED(coil_group_close(g, 0), -COIL_EINVALIDSTATE);
    return 0;
}

COIL_ASYNC(tasks)
{
    coil_as_completed it;
    coil_queue q;
    coil_group g = {0};
    coil_timeout limit;
    coil_task *t = NULL, *done = NULL;
    REFUSED(coil_as_completed_open(&it, NULL, 1, 1), -EINVAL);
    REFUSED(coil_as_completed_open(&it, NULL, -1, 1), -EINVAL);
    REFUSED(coil_as_completed_open(&it, &t, 0, (double)NAN), -EINVAL);
    REFUSED(coil_as_completed_next(&it, &done), -COIL_EINVALIDSTATE);
    REFUSED(coil_gather_n(NULL, 1, NULL), -EINVAL);
    REFUSED(coil_gather_n(NULL, -1, NULL), -EINVAL);
    REFUSED(coil_queue_init(&q, 0, 1), -EINVAL);
    REFUSED(coil_queue_init_priority(&q, 4, 1, NULL), -EINVAL);
    ck_assert_int_eq(coil_queue_init_priority(&q, 4, 1, order), 0);
    coil_queue_done(&q);
    REFUSED(coil_group_cancel(&g), -COIL_EINVALIDSTATE);
    REFUSED(coil_group_close(&g, 0), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_group_open(&g), 0);
    t = coil_create_task(closes_it(&g));
    ck_assert_int_eq(coil_await(t), 0);
    ck_assert_int_eq(coil_group_close(&g, 0), 0);
    ck_assert_ptr_null(coil_group_create_task(&g, idle()));
    REFUSED(coil_await(NULL), -COIL_EGROUPCLOSED);
    ck_assert_int_eq(coil_timeout_enter(&limit, 5), 0);
    REFUSED(coil_timeout_reschedule(&limit, (double)NAN), -EINVAL);
    ck_assert_int_eq(coil_timeout_exit(&limit, 0), 0);
    t = coil_create_task(idle());
    REFUSED(coil_task_set_name(t, NULL), -EINVAL);
    REFUSED(coil_task_add_done_callback(t, NULL, NULL), -EINVAL);
    return coil_await(t);
}

COIL_ASYNC(futures)
{
    coil_future *f = coil_future_new();
    coil_thread_future *t = coil_thread_future_new();
    coil_pool *pool;
    REFUSED(coil_future_set_error(f, 0), -EINVAL);
    REFUSED(coil_thread_future_set_error(t, 0), -EINVAL);
    REFUSED(coil_thread_future_wait(t, (double)NAN), -EINVAL);
    REFUSED(coil_thread_future_wait(NULL, 1), -EINVAL);
    REFUSED(coil_thread_future_result(t, NULL), -COIL_EINVALIDSTATE);
    REFUSED(coil_thread_future_result(NULL, NULL), -EINVAL);
    REFUSED(coil_thread_future_add_done_callback(t, NULL, NULL), -EINVAL);
    REFUSED(coil_pool_shutdown(NULL), -EINVAL);
    ck_assert_int_eq(coil_thread_pool_new(1, &pool), 0);
    coil_future *g = coil_run_in_executor(pool, coil_to_thread(idle()));
    REFUSED(coil_future_await(g, NULL), -EINVAL);
    coil_future_unref(g);
    coil_pool_free(pool);
    coil_thread_future_free(t);
    coil_future_unref(f);
    return 0;
}

/* ---------------------------------------------------------------- loops and contexts ---- */

static coil_context_var user = COIL_CONTEXT_VAR("user");

static int visit(const coil_context_var *var, void *value, void *arg)
{
    (void)var, (void)value, (void)arg;
    return 0;
}

COIL_ASYNC(loops)
{
    void *value;
    coil_context_token token;
    coil_loop *loop = coil_loop_running();
    REFUSED(coil_loop_run_forever(NULL), -EINVAL);
    REFUSED(coil_loop_run_until_complete(NULL, idle()), -EINVAL);
    REFUSED(coil_loop_shutdown(NULL), -EINVAL);
    REFUSED(coil_loop_close(NULL), -EINVAL);
    REFUSED(coil_loop_fd(NULL), -EINVAL);
    REFUSED(coil_loop_get_debug(NULL), -EINVAL);
    REFUSED(coil_loop_set_eager(NULL, 1), -EINVAL);
    REFUSED(coil_runner_run(NULL, idle()), -EINVAL);
    REFUSED(coil_call_soon_threadsafe(loop, NULL, NULL), -EINVAL);
    REFUSED(coil_call_soon_threadsafe(NULL, nothing, NULL), -EINVAL);
    REFUSED(coil_context_var_lookup(NULL, &value), -EINVAL);
    REFUSED(coil_context_var_lookup(&user, NULL), -EINVAL);
    REFUSED(coil_context_get(NULL, &user, &value), -EINVAL);
    REFUSED(coil_context_each(NULL, visit, NULL), -EINVAL);
    REFUSED(coil_context_var_set_token(NULL, NULL, &token), -EINVAL);
    REFUSED(coil_context_var_reset(&user, NULL), -EINVAL);
    return 0;
}

START_TEST(what_makes_no_sense_is_refused)
{
    int err = _i == 0   ? coil_run(addresses())
              : _i == 1 ? coil_run(connections())
              : _i == 2 ? coil_run(streams())
              : _i == 3 ? coil_run(datagrams())
              : _i == 4 ? coil_run(fds())
              : _i == 5 ? coil_run(files())
              : _i == 6 ? coil_run(tasks())
              : _i == 7 ? coil_run(futures())
                        : coil_run(loops());
    ck_assert_int_eq(err, 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("refusals");
    tcase_add_loop_test(t, what_makes_no_sense_is_refused, 0, 9);
    return test_main("refusals", t);
}
