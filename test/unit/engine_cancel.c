/* The engine alone: operations that are cancelled, and fds that are closed and used again. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "base/faults.h"
#include "engine.h"

/* ---------------------------------------------------------------- cancel ---- */

START_TEST(an_armed_operation_ends_once_when_it_is_cancelled)
{
    struct coil__backend *b = engine_open(_i);
    int pair[2];
    char buf[8];
    engine_pair(pair);
    const struct coil__op ops[] = {
        {.code = COIL__OP_RECV, .fd = pair[0], .buf = buf, .len = 8},
        {.code = COIL__OP_RECV, .fd = pair[0], .buf = buf, .len = 8, .flags = COIL__OPF_OWNED},
        {.code = COIL__OP_POLL, .fd = pair[0], .events = POLLIN},
        {.code = COIL__OP_READ, .fd = pair[0], .buf = buf, .len = 8, .offset = -1},
    };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        for (int look = 0; look < 2;
             look++) { /* cancelled before the kernel knows of it, and after */
            struct probe p = {.op = ops[i]};
            engine_submit(b, &p);
            if (look)
                engine_look(b);
            engine_cancel(b, &p);
            engine_cancel(b, &p);
            ck_assert_int_eq(engine_finish(b, &p), -ECANCELED);
            engine_cancel(b, &p); /* an idle one */
            engine_look(b);
            ck_assert_int_eq(p.told, 0);
        }
    }
    engine_close_fd(b, pair[0]);
    engine_close_fd(b, pair[1]);
    engine_close(b);
}
END_TEST

START_TEST(an_operation_that_was_never_submitted_is_not_cancelled)
{
    struct coil__backend *b = engine_open(_i);
    struct probe p = {.op.code = COIL__OP_NOP};
    p.op.done = probe_done;
    engine_cancel(b, &p);
    engine_look(b);
    ck_assert_int_eq(p.told, 0);
    engine_submit(b, &p);
    ck_assert_int_eq(engine_finish(b, &p), 0);
    engine_close(b);
}
END_TEST

START_TEST(bytes_that_race_with_a_cancel_are_in_the_buffer_or_still_in_the_socket)
{
    struct coil__backend *b = engine_open(_i);
    int pair[2], taken = 0, left = 0;
    engine_pair(pair);
    for (int i = 0; i < 200; i++) {
        char buf[8];
        struct probe p = {.op = {.code = COIL__OP_RECV, .fd = pair[0], .buf = buf, .len = 8}};
        p.op.flags = i & 1 ? COIL__OPF_OWNED : 0;
        engine_submit(b, &p);
        ck_assert_int_ge(b->ops->poll(b, 0), 0);
        if (i & 2)
            engine_cancel(b, &p);
        ck_assert_int_eq(send(pair[1], "abcd", 4, 0), 4);
        if (i & 4)
            ck_assert_int_ge(b->ops->poll(b, 0), 0);
        if (p.told == 0)
            engine_cancel(b, &p);
        int n = engine_finish(b, &p);
        if (n == -ECANCELED) {
            left++;
            ck_assert_int_eq(recv(pair[0], buf, 8, MSG_DONTWAIT), 4);
        } else {
            taken++;
            ck_assert_int_gt(n, 0); /* the target's own result wins */
            ck_assert_int_eq(engine_rest(b, p.op, n, 4), 4);
        }
        ck_assert_mem_eq(buf, "abcd", 4);
        ck_assert_int_eq(recv(pair[0], buf, 8, MSG_DONTWAIT), -1);
    }
    ck_assert_int_eq(taken + left, 200);
    engine_close_fd(b, pair[0]);
    engine_close_fd(b, pair[1]);
    engine_close(b);
}
END_TEST

static void cancel_the_other(struct probe *p)
{
    struct probe *other = p->op.owner;
    p->b->ops->cancel(p->b, &other->op);
}

START_TEST(what_is_told_may_cancel_another)
{
    struct coil__backend *b = engine_open(_i);
    int pair[2];
    char buf[8];
    engine_pair(pair);
    struct probe r = {.op = {.code = COIL__OP_RECV, .fd = pair[0], .buf = buf, .len = 8}};
    struct probe p = {.op = {.code = COIL__OP_NOP, .owner = &r}, .then = cancel_the_other};
    engine_submit(b, &r);
    engine_submit(b, &p);
    ck_assert_int_eq(engine_finish(b, &p), 0);
    ck_assert_int_eq(engine_finish(b, &r), -ECANCELED);
    engine_close_fd(b, pair[0]);
    engine_close_fd(b, pair[1]);
    engine_close(b);
}
END_TEST

/* ---------------------------------------------------------------- calls in threads ---- */

struct gate {
    pthread_mutex_t lock;
    atomic_int entered;
};

static int pass(void *arg)
{
    struct gate *g = arg;
    atomic_fetch_add(&g->entered, 1);
    pthread_mutex_lock(&g->lock);
    pthread_mutex_unlock(&g->lock);
    return 7;
}

START_TEST(a_queued_call_is_taken_back_and_a_running_one_is_waited_for)
{
    enum { CALLS = 12 };
    struct coil__backend *b = engine_open(_i);
    struct gate g = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct probe p[CALLS];
    memset(p, 0, sizeof p);
    pthread_mutex_lock(&g.lock);
    for (int i = 0; i < CALLS; i++) {
        p[i].op.code = COIL__OP_CALL;
        p[i].op.fn = pass;
        p[i].op.arg = &g;
        engine_submit(b, &p[i]);
    }
    while (atomic_load(&g.entered) == 0)
        usleep(1000);
    for (int i = CALLS - 1; i >= 0; i--)
        engine_cancel(b, &p[i]);
    pthread_mutex_unlock(&g.lock);
    int ran = 0, cancelled = 0;
    for (int i = 0; i < CALLS; i++) {
        int n = engine_finish(b, &p[i]);
        ran += n == 7;
        cancelled += n == -ECANCELED;
    }
    ck_assert_int_eq(ran + cancelled, CALLS);
    ck_assert_int_eq(ran, atomic_load(&g.entered));
    ck_assert_int_gt(cancelled, 0);
    engine_close(b);
}
END_TEST

/* ---------------------------------------------------------------- close ---- */

START_TEST(a_close_ends_what_is_armed_and_completes_last)
{
    struct coil__backend *b = engine_open(_i);
    for (int flags = 0; flags <= COIL__OPF_OWNED; flags++) {
        int pair[2];
        char buf[3][8];
        struct probe r[3], c = {0}, late = {0};
        memset(r, 0, sizeof r);
        engine_pair(pair);
        for (int i = 0; i < 3; i++) {
            r[i].op =
                (struct coil__op){.code = COIL__OP_RECV, .fd = pair[0], .buf = buf[i], .len = 8};
            r[i].op.flags = (uint8_t)flags;
            engine_submit(b, &r[i]);
        }
        if (flags)
            engine_look(b);
        c.op = (struct coil__op){.code = COIL__OP_CLOSE, .fd = pair[0]};
        engine_submit(b, &c);
        late.op = r[0].op; /* after the close has begun the fd is nobody's */
        late.op.state = 0;
        engine_submit(b, &late);
        while (c.told == 0)
            ck_assert_int_ge(b->ops->poll(b, 100000000), 0);
        for (int i = 0; i < 3; i++) {
            ck_assert_int_eq(r[i].told, 1);
            ck_assert_int_eq(r[i].result, -EBADF);
        }
        ck_assert_int_eq(c.result, 0);
        ck_assert_int_eq(engine_finish(b, &late), -EBADF);
        ck_assert(fcntl(pair[0], F_GETFD) < 0 && errno == EBADF);
        engine_close_fd(b, pair[1]);
    }
    engine_close(b);
}
END_TEST

START_TEST(of_two_closes_the_second_is_refused)
{
    struct coil__backend *b = engine_open(_i);
    int pair[2];
    char buf[8];
    engine_pair(pair);
    struct probe r = {.op = {.code = COIL__OP_RECV, .fd = pair[0], .buf = buf, .len = 8}};
    struct probe one = {.op = {.code = COIL__OP_CLOSE, .fd = pair[0]}}, two = one;
    engine_submit(b, &r);
    engine_submit(b, &one);
    engine_submit(b, &two);
    ck_assert_int_eq(engine_finish(b, &one), 0);
    ck_assert_int_eq(engine_finish(b, &two), -EBADF);
    ck_assert_int_eq(engine_finish(b, &r), -EBADF);
    ck_assert_int_eq(engine_close_fd(b, -1), -EBADF);
    engine_close_fd(b, pair[1]);
    engine_close(b);
}
END_TEST

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* Helper threads that all wait at a gate show who makes the call: until it opens the fd can't be closed by them. */
static void close_behind_a_gate(struct coil__backend *b, bool armed)
{
    enum { HELPERS = 4 };
    struct gate g = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct probe call[HELPERS], r, c;
    int pair[2];
    char buf[8];
    memset(call, 0, sizeof call);
    engine_pair(pair);
    pthread_mutex_lock(&g.lock);
    for (int i = 0; i < HELPERS; i++) {
        call[i].op = (struct coil__op){.code = COIL__OP_CALL, .fn = pass, .arg = &g};
        engine_submit(b, &call[i]);
    }
    r = (struct probe){.op = {.code = COIL__OP_RECV, .fd = pair[0], .buf = buf, .len = 8}};
    if (armed)
        engine_submit(b, &r);
    c = (struct probe){.op = {.code = COIL__OP_CLOSE, .flags = COIL__OPF_LONG, .fd = pair[0]}};
    engine_submit(b, &c);
    if (armed)
        ck_assert_int_eq(engine_finish(b, &r), -EBADF);
    engine_cancel(b, &c);
    engine_look(b);
    engine_cancel(b, &c);
    ck_assert_int_eq(c.told, 0);
    ck_assert(is_open(pair[0]));
    pthread_mutex_unlock(&g.lock);
    ck_assert_int_eq(engine_finish(b, &c), 0);
    ck_assert(!is_open(pair[0]));
    for (int i = 0; i < HELPERS; i++)
        ck_assert_int_eq(engine_finish(b, &call[i]), 7);
    engine_close_fd(b, pair[1]);
}

START_TEST(a_long_close_is_made_by_a_helper_and_is_not_taken_back)
{
    struct coil__backend *b = engine_open(_i);
    if (strcmp(b->ops->name, "sim") != 0) { /* which makes it itself */
        close_behind_a_gate(b, false);
        close_behind_a_gate(b, true);
    }
    engine_close(b);
}
END_TEST

START_TEST(a_long_close_for_which_there_is_no_helper_is_made_all_the_same)
{
    struct coil__backend *b = engine_open(_i);
    int fd = dup(0);
    if (coil__faults_start() == 0) {
        coil__faults_plan("pthread_create", 1, EAGAIN, true);
        struct coil__op op = {.code = COIL__OP_CLOSE, .flags = COIL__OPF_LONG, .fd = fd};
        int result = engine_run(b, op);
        unsigned hits = coil__faults_hits();
        coil__faults_stop();
        ck_assert_int_eq(result, 0);
        ck_assert(hits > 0 || strcmp(b->ops->name, "sim") == 0);
        ck_assert(!is_open(fd));
    } else {
        close(fd);
    }
    engine_close(b);
}
END_TEST

START_TEST(bytes_for_the_next_owner_of_a_number_are_not_eaten)
{
    struct coil__backend *b = engine_open(_i);
    int wanted = -1;
    for (int i = 0; i < 30; i++) {
        int pair[2], next[2];
        char old[8] = "", buf[8] = "";
        engine_pair(pair);
        struct probe r = {.op = {.code = COIL__OP_RECV, .fd = pair[0], .buf = old, .len = 8}};
        r.op.flags = i & 1 ? COIL__OPF_OWNED : 0;
        engine_submit(b, &r);
        ck_assert_int_ge(b->ops->poll(b, 0), 0);
        ck_assert_int_eq(engine_close_fd(b, pair[0]), 0);
        ck_assert_int_eq(engine_finish(b, &r), -EBADF);
        close(pair[1]);
        engine_pair(next);
        ck_assert_int_eq(next[0], pair[0]); /* the same number, another socket */
        ck_assert(wanted < 0 || next[0] == wanted);
        wanted = next[0];
        struct probe q = {.op = {.code = COIL__OP_RECV, .fd = next[0], .buf = buf, .len = 8}};
        q.op.flags = i & 2 ? COIL__OPF_OWNED : 0;
        engine_submit(b, &q);
        ck_assert_int_eq(send(next[1], "new", 3, 0), 3);
        ck_assert_int_eq(engine_rest(b, q.op, engine_finish(b, &q), 3), 3);
        ck_assert_str_eq(buf, "new");
        ck_assert_str_eq(old, "");
        engine_close_fd(b, next[0]);
        close(next[1]);
    }
    engine_close(b);
}
END_TEST

START_TEST(an_fd_that_was_closed_behind_our_back_does_not_disturb_its_successor)
{
    struct coil__backend *b = engine_open(_i);
    for (int i = 0; i < 20; i++) {
        int pair[2];
        char buf[8] = "";
        engine_pair(pair);
        struct probe r = {.op = {.code = COIL__OP_RECV, .fd = pair[0], .buf = buf, .len = 8}};
        engine_submit(b, &r);
        ck_assert_int_eq(send(pair[1], "one", 3, 0), 3);
        ck_assert_int_eq(engine_rest(b, r.op, engine_finish(b, &r), 3), 3);
        close(pair[0]); /* not OWNED, and idle: that is allowed */
        close(pair[1]);
    }
    engine_close(b);
}
END_TEST

START_TEST(a_file_that_is_being_read_is_closed_after_the_read)
{
    enum { SIZE = 1 << 20 };
    struct coil__backend *b = engine_open(_i);
    char name[] = "/tmp/coil-engine-XXXXXX", *buf = malloc(SIZE);
    int fd = mkostemp(name, O_CLOEXEC);
    unlink(name);
    ck_assert_int_eq(ftruncate(fd, SIZE), 0);
    struct probe r = {
        .op = {.code = COIL__OP_READ, .fd = fd, .buf = buf, .len = SIZE, .offset = 0}};
    struct probe c = {.op = {.code = COIL__OP_CLOSE, .fd = fd}};
    engine_submit(b, &r);
    engine_submit(b, &c);
    ck_assert_int_eq(engine_finish(b, &c), 0);
    ck_assert_int_eq(r.told, 1);
    int n = engine_finish(b, &r);
    bool partial = n > 0 && n < SIZE && strcmp(b->ops->name, "sim") == 0;
    ck_assert_msg(n == SIZE || n == -EBADF || partial, "%d", n);
    free(buf);
    engine_close(b);
}
END_TEST

/* ---------------------------------------------------------------- no more fds ---- */

START_TEST(without_fds_operations_fail_and_the_backend_lives_on)
{
    struct coil__backend *b = engine_open(_i);
    struct rlimit before, none;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct coil__op open_it = {
        .code = COIL__OP_OPENAT, .fd = AT_FDCWD, .path = "/", .open_flags = O_RDONLY};
    int fd = engine_run(b, open_it);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(engine_close_fd(b, fd), 0);
    none = before;
    none.rlim_cur = 0;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    int result = engine_run(b, open_it);
    struct coil__backend *second = NULL;
    struct coil__backend_options options = {.entries = variants[_i].entries};
    int opened = coil__backend_open(variants[_i].name, &options, &second);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(result, -EMFILE);
    ck_assert_int_eq(opened, -EMFILE);
    ck_assert_ptr_null(second);
    fd = engine_run(b, open_it);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(engine_close_fd(b, fd), 0);
    engine_close(b);
}
END_TEST

/* Its table of fds has no place for this one, and can't get one. */
START_TEST(an_fd_is_closed_also_without_memory)
{
    struct coil__backend *b = engine_open(_i);
    int fd = dup(0);
    if (coil__faults_start() == 0) {
        coil__faults_plan("malloc", 1, ENOMEM, true);
        int result = engine_close_fd(b, fd);
        coil__faults_stop();
        ck_assert_int_eq(result, 0);
        ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
    } else {
        close(fd);
    }
    engine_close(b);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("engine_cancel");
    engine_add(t, an_armed_operation_ends_once_when_it_is_cancelled);
    engine_add(t, an_operation_that_was_never_submitted_is_not_cancelled);
    engine_add(t, bytes_that_race_with_a_cancel_are_in_the_buffer_or_still_in_the_socket);
    engine_add(t, what_is_told_may_cancel_another);
    engine_add(t, a_queued_call_is_taken_back_and_a_running_one_is_waited_for);
    engine_add(t, a_close_ends_what_is_armed_and_completes_last);
    engine_add(t, of_two_closes_the_second_is_refused);
    engine_add(t, a_long_close_is_made_by_a_helper_and_is_not_taken_back);
    engine_add(t, a_long_close_for_which_there_is_no_helper_is_made_all_the_same);
    engine_add(t, bytes_for_the_next_owner_of_a_number_are_not_eaten);
    engine_add(t, an_fd_that_was_closed_behind_our_back_does_not_disturb_its_successor);
    engine_add(t, a_file_that_is_being_read_is_closed_after_the_read);
    engine_add(t, an_fd_is_closed_also_without_memory);
    engine_add(t, without_fds_operations_fail_and_the_backend_lives_on);
    return test_main("engine_cancel", t);
}
