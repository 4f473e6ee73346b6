/* The simulation: one seed, one run. A program of talkers over Unix sockets, pipes and a file writes down what happens, with the virtual
 * time; two runs of a seed must write the same, and other seeds other things. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

enum { TALKERS = 4, WORDS = 12, LONG = 5000, TRACE = 64 * 1024 };

struct trace {
    char text[TRACE];
    size_t size;
    int short_reads, late, out_of_order, timeouts;
};
static struct trace *trace;
static double begin;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t room = TRACE - trace->size;
    int n = snprintf(trace->text + trace->size, room, "%.6f ", coil_time() - begin);
    trace->size += n > 0 && (size_t)n < room ? (size_t)n : 0;
    room = TRACE - trace->size;
    n = vsnprintf(trace->text + trace->size, room, format, args);
    trace->size += n > 0 && (size_t)n < room ? (size_t)n : 0;
    va_end(args);
}

static char sent[LONG];

/* Says words, now and then a long one, with pauses. */
COIL_ASYNC(talk, (int, id), (coil_stream *, to))
{
    int err = 0;
    for (int i = 0; i < WORDS && err >= 0; i++) {
        size_t n = i % 5 == 4 ? LONG : (size_t)(20 + 7 * id);
        err = coil_stream_send(to, sent, n);
        note("%d said %zu\n", id, n);
        if (err >= 0)
            err = coil_sleep(0.0005 * (id + i % 3));
    }
    return err < 0 ? err : coil_stream_write_eof(to);
}

/* Hears with a time limit; a read that is cancelled loses nothing. */
COIL_ASYNC(listen_to, (int, id), (coil_stream *, from), (long, ret_heard, out))
{
    char buf[700];
    for (;;) {
        double asked = coil_time();
        int n = coil_wait_for(coil_stream_read(from, buf, sizeof buf), 0.0008);
        if (n == 0)
            return 0;
        note("%d heard %d\n", id, n);
        if (n < 0 && n != -ETIMEDOUT)
            return n;
        trace->timeouts += n < 0;
        trace->late += n > 0 && coil_time() > asked;
        trace->short_reads += n > 0 && n < 20;
        *ret_heard += n > 0 ? n : 0;
    }
}

/* A file's operations are a helper thread's. */
COIL_ASYNC(keep_a_log, (const char *, path))
{
    coil_file *f;
    char buf[64];
    int err = coil_file_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600, &f);
    for (int i = 0; i < 10 && err >= 0; i++) {
        err = coil_file_write(f, sent, sizeof buf);
        note("wrote %d\n", err);
        if (err >= 0)
            err = coil_file_pread(f, buf, sizeof buf, 0);
        note("read %d\n", err);
    }
    return err < 0 ? err : coil_file_close(f);
}

static int last_turn;

/* All of these are ready at once: the kernel may tell of them in any order. */
COIL_ASYNC(take_a_turn, (int, turn), (int, fd))
{
    char c;
    int n = coil_recv(fd, &c, 1);
    note("turn %d\n", turn);
    trace->out_of_order += turn < last_turn;
    last_turn = turn;
    return n == 1 ? coil_close(fd) : -EIO;
}

COIL_ASYNC(turns)
{
    int err = 0;
    last_turn = 0;
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; i < 8; i++) {
            int pair[2];
            ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
            ck_assert_int_eq(write(pair[1], "x", 1), 1);
            close(pair[1]);
            coil_group_create_task(g, take_a_turn(i, pair[0]));
        }
    }
    return err;
}

COIL_ASYNC(everything, (const char *, path))
{
    coil_stream *ends[TALKERS][2];
    coil_task *talkers[TALKERS], *listeners[TALKERS];
    long heard[TALKERS];
    begin = coil_time();
    coil_task *log = coil_create_task(keep_a_log(path));
    for (int i = 0; i < TALKERS; i++) {
        int pair[2];
        if (i % 2) {
            ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
            ck_assert_int_eq(coil_stream_from_fd(pair[0], &ends[i][0]), 0);
            ck_assert_int_eq(coil_stream_from_fd(pair[1], &ends[i][1]), 0);
        } else {
            ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
            ck_assert_int_eq(coil_connect_read_pipe(pair[0], &ends[i][0]), 0);
            ck_assert_int_eq(coil_connect_write_pipe(pair[1], &ends[i][1]), 0);
        }
        listeners[i] = coil_create_task(listen_to(i, ends[i][0], &heard[i]));
        talkers[i] = coil_create_task(talk(i, ends[i][1]));
    }
    for (int i = 0; i < TALKERS; i++) {
        ck_assert_int_eq(coil_await(talkers[i]), 0);
        ck_assert_int_eq(coil_await(listeners[i]), 0);
        ck_assert_int_eq(heard[i], 2 * LONG + (WORDS - 2) * (20 + 7 * i));
        for (int end = 0; end < 2; end++) {
            ck_assert_int_eq(coil_stream_close(ends[i][end]), 0);
            ck_assert_int_eq(coil_stream_wait_closed(ends[i][end]), 0);
        }
    }
    int err = coil_await(log);
    return err < 0 ? err : turns();
}

static void run(unsigned long long seed, struct trace *ret_trace)
{
    char path[] = "/tmp/coil-simulation-XXXXXX";
    close(mkstemp(path));
    coil_loop_options options = {.backend = "sim", .seed = seed, .virtual_clock = 1};
    trace = ret_trace;
    memset(trace, 0, sizeof *trace);
    ck_assert_int_eq(coil_run_with(everything(path), &options), 0);
    unlink(path);
}

/* Tells where they part: whole traces are more than Check's messages hold. */
static void assert_same(unsigned long long seed, const struct trace *a, const struct trace *b)
{
    enum { BEFORE = 200, SHOWN = 300 };
    size_t at = 0;
    while (a->text[at] && a->text[at] == b->text[at])
        at++;
    size_t from = at > BEFORE ? at - BEFORE : 0;
    ck_assert_msg(a->text[at] == b->text[at], "seed %llu, at %zu:\n%.*s\n---- again:\n%.*s", seed,
                  at, SHOWN, a->text + from, SHOWN, b->text + from);
}

enum { SEEDS = 30 };

START_TEST(a_seed_gives_the_same_run_again_and_another_seed_another)
{
    static struct trace first, again, other;
    int different = 0, short_reads = 0, late = 0, out_of_order = 0, timeouts = 0;
    for (unsigned long long seed = 1; seed <= SEEDS; seed++) {
        run(seed, &first);
        run(seed, &again);
        assert_same(seed, &first, &again);
        ck_assert_uint_gt(first.size, 1000);
        different += strcmp(first.text, other.text) != 0;
        short_reads += first.short_reads > 0;
        late += first.late > 0;
        out_of_order += first.out_of_order > 0;
        timeouts += first.timeouts > 0;
        other = first;
    }
    ck_assert_int_eq(different, SEEDS);
    ck_assert_int_eq(short_reads, SEEDS);
    ck_assert_int_eq(late, SEEDS);
    ck_assert_int_gt(out_of_order, SEEDS / 2);
    ck_assert_int_eq(timeouts, SEEDS);
}
END_TEST

static COIL_ASYNC(names_its_backend)
{
    ck_assert_str_eq(coil_loop_backend(coil_loop_running()), "sim");
    return 0;
}

static void *asks_in_vain(void *arg) /* a thread, whose last error goes with it */
{
    setenv("COIL_SEED", "seven", 1);
    ck_assert_int_eq(coil_run(names_its_backend()), -EINVAL);
    ck_assert_str_eq(coil_error_message(-EINVAL), "COIL_SEED=seven: expected a number");
    setenv("COIL_SEED", "7", 1);
    setenv("COIL_BACKEND", "simulation", 1);
    ck_assert_int_eq(coil_run(names_its_backend()), -EINVAL);
    ck_assert_str_eq(coil_error_message(-EINVAL),
                     "backend \"simulation\": expected uring, epoll or sim");
    return arg;
}

START_TEST(the_environment_chooses_it_and_what_it_can_not_read_is_refused)
{
    pthread_t thread;
    setenv("COIL_BACKEND", "sim", 1);
    setenv("COIL_SEED", "18446744073709551615", 1);
    ck_assert_int_eq(coil_run(names_its_backend()), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, asks_in_vain, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    unsetenv("COIL_BACKEND");
    unsetenv("COIL_SEED");
}
END_TEST

int main(void)
{
    for (int i = 0; i < LONG; i++)
        sent[i] = (char)('a' + i % 26);
    TCase *t = tcase_create("simulation");
    tcase_add_test(t, a_seed_gives_the_same_run_again_and_another_seed_another);
    tcase_add_test(t, the_environment_chooses_it_and_what_it_can_not_read_is_refused);
    return test_main("simulation", t);
}
