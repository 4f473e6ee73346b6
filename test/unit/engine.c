/* The engine alone: what each operation does, on every backend, through backend.h. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include <pthread.h>

#include "base/error.h"
#include "engine.h"

START_TEST(a_nop_is_told_once_and_only_by_poll)
{
    struct coil__backend *b = engine_open(_i);
    struct probe p = {.op.code = COIL__OP_NOP};
    engine_submit(b, &p);
    ck_assert(b->ops->pending(b));
    ck_assert_int_eq(engine_finish(b, &p), 0);
    ck_assert_int_eq(p.op.state, COIL__OP_IDLE);
    engine_look(b);
    ck_assert_int_eq(p.told, 0);
    engine_close(b);
}
END_TEST

START_TEST(an_empty_backend_has_nothing_to_tell)
{
    struct coil__backend *b = engine_open(_i);
    ck_assert_int_eq(b->ops->poll(b, 0), 0);
    ck_assert_int_eq(b->ops->poll(b, 1000), 0);
    ck_assert_int_ge(b->ops->fd(b), 0);
    engine_close(b);
}
END_TEST

START_TEST(more_operations_than_the_ring_has_room_for_all_complete)
{
    enum { MANY = 3000 };
    struct coil__backend *b = engine_open(_i);
    struct probe *p = calloc(MANY, sizeof *p);
    for (int i = 0; i < MANY; i++) {
        p[i].op.code = COIL__OP_NOP;
        engine_submit(b, &p[i]);
    }
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(engine_finish(b, &p[i]), 0);
    free(p);
    engine_close(b);
}
END_TEST

/* ---------------------------------------------------------------- sockets ---- */

START_TEST(bytes_go_through_a_socket_in_either_order_of_the_calls)
{
    struct coil__backend *b = engine_open(_i);
    int pair[2];
    char buf[16] = "";
    engine_pair(pair);
    for (int flags = 0; flags <= COIL__OPF_OWNED; flags++) {
        struct probe r = {.op = {.code = COIL__OP_RECV, .fd = pair[0], .buf = buf, .len = 16}};
        struct coil__op send = {
            .code = COIL__OP_SEND, .fd = pair[1], .buf = (void *)"hello", .len = 5};
        r.op.flags = send.flags = (uint8_t)flags;
        engine_submit(b, &r); /* first the reader */
        engine_look(b);
        ck_assert_int_eq(r.told, 0);
        ck_assert_int_eq(engine_rest(b, send, engine_run(b, send), 5), 5);
        ck_assert_int_eq(engine_rest(b, r.op, engine_finish(b, &r), 5), 5);
        ck_assert_int_eq(engine_rest(b, send, engine_run(b, send), 5), 5); /* first the bytes */
        ck_assert_int_eq(engine_rest(b, r.op, engine_run(b, r.op), 5), 5);
        ck_assert_mem_eq(buf, "hello", 5);
    }
    ck_assert_int_eq(engine_close_fd(b, pair[1]), 0);
    ck_assert_int_eq(
        engine_run(b,
                   (struct coil__op){.code = COIL__OP_RECV, .fd = pair[0], .buf = buf, .len = 16}),
        0);
    ck_assert_int_eq(
        engine_run(b,
                   (struct coil__op){.code = COIL__OP_SEND, .fd = pair[0], .buf = buf, .len = 1}),
        -EPIPE); /* and no signal */
    ck_assert_int_eq(engine_close_fd(b, pair[0]), 0);
    engine_close(b);
}
END_TEST

START_TEST(messages_carry_what_recvmsg_and_sendmsg_carry)
{
    struct coil__backend *b = engine_open(_i);
    int pair[2];
    char in[8] = "", head[2] = "ab", tail[3] = "cde";
    engine_pair(pair);
    struct iovec out[2] = {{head, 2}, {tail, 3}}, into = {in, sizeof in};
    struct msghdr to = {.msg_iov = out, .msg_iovlen = 2},
                  from = {.msg_iov = &into, .msg_iovlen = 1};
    struct probe r = {.op = {.code = COIL__OP_RECVMSG, .fd = pair[0], .msg = &from}};
    engine_submit(b, &r);
    ck_assert_int_eq(
        engine_run(b, (struct coil__op){.code = COIL__OP_SENDMSG, .fd = pair[1], .msg = &to}), 5);
    ck_assert_int_eq(engine_finish(b, &r), 5);
    ck_assert_str_eq(in, "abcde");
    engine_close_fd(b, pair[0]);
    engine_close_fd(b, pair[1]);
    engine_close(b);
}
END_TEST

static int listen_here(struct sockaddr_in *at)
{
    socklen_t size = sizeof *at;
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)at, size), 0);
    ck_assert_int_eq(listen(fd, 8), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)at, &size), 0);
    return fd;
}

START_TEST(a_connection_is_made_and_accepted)
{
    struct coil__backend *b = engine_open(_i);
    struct sockaddr_in at;
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    int listener = listen_here(&at);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct probe a = {.op = {.code = COIL__OP_ACCEPT, .fd = listener}};
    a.op.addr = (struct sockaddr *)&peer;
    a.op.addrlen = &size;
    struct probe c = {.op = {.code = COIL__OP_CONNECT, .fd = client, .flags = COIL__OPF_OWNED}};
    c.op.const_addr = (struct sockaddr *)&at;
    c.op.addr_size = sizeof at;
    engine_submit(b, &a);
    engine_submit(b, &c);
    ck_assert_int_eq(engine_finish(b, &c), 0);
    int server = engine_finish(b, &a);
    ck_assert_int_ge(server, 0);
    ck_assert_int_eq(peer.ss_family, AF_INET);
    ck_assert(fcntl(server, F_GETFD) & FD_CLOEXEC);
    ck_assert(fcntl(server, F_GETFL) & O_NONBLOCK);
    ck_assert_int_eq(engine_close_fd(b, server), 0);
    ck_assert_int_eq(engine_close_fd(b, client), 0);
    ck_assert_int_eq(engine_close_fd(b, listener), 0);

    client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    c.op.fd = client; /* nobody listens there any more */
    engine_submit(b, &c);
    ck_assert_int_eq(engine_finish(b, &c), -ECONNREFUSED);
    engine_close_fd(b, client);
    engine_close(b);
}
END_TEST

START_TEST(readiness_is_told_for_what_can_be_polled_and_refused_for_files)
{
    struct coil__backend *b = engine_open(_i);
    int pair[2];
    engine_pair(pair);
    struct coil__op in = {.code = COIL__OP_POLL, .fd = pair[0], .events = POLLIN};
    struct coil__op out = {.code = COIL__OP_POLL, .fd = pair[0], .events = POLLOUT};
    ck_assert_int_eq(engine_run(b, out), POLLOUT);
    struct probe p = {.op = in};
    engine_submit(b, &p);
    engine_look(b);
    ck_assert_int_eq(p.told, 0);
    ck_assert_int_eq(write(pair[1], "x", 1), 1);
    ck_assert_int_eq(engine_finish(b, &p), POLLIN);
    close(pair[1]);
    ck_assert(engine_run(b, in) & POLLIN);
    engine_close_fd(b, pair[0]);
    in.fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(engine_run(b, in), -EPERM);
    engine_close_fd(b, in.fd);
    in.fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_eq(engine_run(b, in), -EPERM);
    engine_close_fd(b, in.fd);
    ck_assert_int_eq(engine_run(b, in), -EBADF);
    engine_close(b);
}
END_TEST

/* ---------------------------------------------------------------- pipes, files ---- */

START_TEST(pipes_wait_also_when_they_are_blocking_ones)
{
    struct coil__backend *b = engine_open(_i);
    for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
        int pair[2];
        char buf[8];
        ck_assert_int_eq(pipe2(pair, O_CLOEXEC | flags), 0);
        struct probe r = {
            .op = {.code = COIL__OP_READ, .fd = pair[0], .buf = buf, .len = 8, .offset = -1}};
        engine_submit(b, &r);
        engine_look(b);
        ck_assert_int_eq(r.told, 0);
        struct coil__op w = {
            .code = COIL__OP_WRITE, .fd = pair[1], .buf = (void *)"abc", .len = 3, .offset = -1};
        ck_assert_int_eq(engine_rest(b, w, engine_run(b, w), 3), 3);
        ck_assert_int_eq(engine_rest(b, r.op, engine_finish(b, &r), 3), 3);
        ck_assert_mem_eq(buf, "abc", 3);
        engine_close_fd(b, pair[1]);
        ck_assert_int_eq(engine_run(b, r.op), 0);
        engine_close_fd(b, pair[0]);
    }
    engine_close(b);
}
END_TEST

START_TEST(files_are_opened_written_read_renamed_and_removed)
{
    struct coil__backend *b = engine_open(_i);
    char dir[] = "/tmp/coil-engine-XXXXXX", buf[16] = "";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct coil__op open_it = {.code = COIL__OP_OPENAT,
                               .fd = at,
                               .path = "a",
                               .open_flags = O_RDWR | O_CREAT,
                               .mode = 0600};
    int fd = engine_run(b, open_it);
    ck_assert_int_ge(fd, 0);
    ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    struct iovec out[2] = {{(void *)"01234", 5}, {(void *)"56789", 5}},
                 in[2] = {{buf, 3}, {buf + 3, 4}};
    struct {
        struct coil__op op;
        int expected;
    } steps[] = {
        {{.code = COIL__OP_WRITEV, .fd = fd, .iov = out, .len = 2, .offset = 0}, 10},
        {{.code = COIL__OP_WRITE, .fd = fd, .buf = (void *)"AB", .len = 2, .offset = 4}, 2},
        {{.code = COIL__OP_READV, .fd = fd, .iov = in, .len = 2, .offset = 2}, 7},
        {{.code = COIL__OP_FSYNC, .fd = fd}, 0},
        {{.code = COIL__OP_FSYNC, .fd = fd, .msg_flags = 1}, 0},
        {{.code = COIL__OP_READ, .fd = fd, .buf = buf + 8, .len = 8, .offset = 8}, 2},
        {{.code = COIL__OP_READ, .fd = fd, .buf = buf + 8, .len = 8, .offset = 10}, 0},
        {{.code = COIL__OP_MKDIRAT, .fd = at, .path = "d", .mode = 0700}, 0},
        {{.code = COIL__OP_MKDIRAT, .fd = at, .path = "d", .mode = 0700}, -EEXIST},
        {{.code = COIL__OP_RENAMEAT, .fd = at, .path = "a", .fd2 = at, .path2 = "d/b"}, 0},
        {{.code = COIL__OP_UNLINKAT, .fd = at, .path = "a"}, -ENOENT},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int n = engine_run(b, steps[i].op);
        for (int tries = 0; n > 0 && n < steps[i].expected && tries < 100; tries++)
            n = engine_run(b, steps[i].op); /* the simulation does a part at times: again */
        ck_assert_msg(n == steps[i].expected, "step %zu", i);
    }
    ck_assert_mem_eq(buf, "23AB678", 7);
    struct statx st;
    struct coil__op stat_it = {
        .code = COIL__OP_STATX, .fd = at, .path = "d/b", .mode = STATX_SIZE, .statx_buf = &st};
    ck_assert_int_eq(engine_run(b, stat_it), 0);
    ck_assert_uint_eq(st.stx_size, 10);
    struct coil__op remove = {.code = COIL__OP_UNLINKAT, .fd = at, .path = "d/b"};
    ck_assert_int_eq(engine_run(b, remove), 0);
    remove.path = "d";
    remove.open_flags = AT_REMOVEDIR;
    ck_assert_int_eq(engine_run(b, remove), 0);
    ck_assert_int_eq(engine_close_fd(b, fd), 0);
    ck_assert_int_eq(engine_close_fd(b, at), 0);
    rmdir(dir);
    engine_close(b);
}
END_TEST

/* ---------------------------------------------------------------- helper threads, wake-ups ---- */

static int answer(void *arg)
{
    *(pthread_t *)arg = pthread_self();
    return 42;
}

START_TEST(a_call_runs_in_another_thread)
{
    struct coil__backend *b = engine_open(_i);
    pthread_t who = pthread_self();
    struct coil__op call = {.code = COIL__OP_CALL, .fn = answer, .arg = &who};
    ck_assert_int_eq(engine_run(b, call), 42);
    ck_assert(!pthread_equal(who, pthread_self()));
    engine_close(b);
}
END_TEST

static void *waker(void *b)
{
    usleep(1000);
    ((struct coil__backend *)b)->ops->wake(b);
    return NULL;
}

START_TEST(a_wake_ends_a_sleep_from_any_thread_and_is_kept_for_the_next_one)
{
    struct coil__backend *b = engine_open(_i);
    pthread_t thread;
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(pthread_create(&thread, NULL, waker, b), 0);
        ck_assert_int_ge(b->ops->poll(b, -1), 0); /* a wake that is lost would hang here */
        pthread_join(thread, NULL);
        b->ops->wake(b);
        b->ops->wake(b);
        ck_assert_int_ge(b->ops->poll(b, -1), 0);
    }
    engine_close(b);
}
END_TEST

static void submit_another(struct probe *p)
{
    struct probe *next = p->op.owner;
    if (next)
        engine_submit(p->b, next);
}

START_TEST(what_is_told_may_submit_the_next)
{
    struct coil__backend *b = engine_open(_i);
    struct probe p[50] = {0};
    for (int i = 0; i < 50; i++) {
        p[i].op.code = COIL__OP_NOP;
        p[i].op.owner = i < 49 ? &p[i + 1] : NULL;
        p[i].then = submit_another;
    }
    engine_submit(b, &p[0]);
    for (int i = 0; i < 50; i++)
        ck_assert_int_eq(engine_finish(b, &p[i]), 0);
    engine_close(b);
}
END_TEST

START_TEST(an_unknown_backend_is_refused)
{
    struct coil__backend *b = NULL;
    ck_assert_int_eq(coil__backend_open("kqueue", NULL, &b), -EINVAL);
    ck_assert_ptr_null(b);
    coil__error_put(NULL);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("engine");
    engine_add(t, a_nop_is_told_once_and_only_by_poll);
    engine_add(t, an_empty_backend_has_nothing_to_tell);
    engine_add(t, more_operations_than_the_ring_has_room_for_all_complete);
    engine_add(t, bytes_go_through_a_socket_in_either_order_of_the_calls);
    engine_add(t, messages_carry_what_recvmsg_and_sendmsg_carry);
    engine_add(t, a_connection_is_made_and_accepted);
    engine_add(t, readiness_is_told_for_what_can_be_polled_and_refused_for_files);
    engine_add(t, pipes_wait_also_when_they_are_blocking_ones);
    engine_add(t, files_are_opened_written_read_renamed_and_removed);
    engine_add(t, a_call_runs_in_another_thread);
    engine_add(t, a_wake_ends_a_sleep_from_any_thread_and_is_kept_for_the_next_one);
    engine_add(t, what_is_told_may_submit_the_next);
    tcase_add_test(t, an_unknown_backend_is_refused);
    return test_main("engine", t);
}
