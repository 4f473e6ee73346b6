/* test/api/manners.c: how a guest behaves in somebody else's process (rule 8 of the charter). What touches the whole process runs
 * in a child.
 */
#include "coil.h"
#include "harness.h"
#include "in_child.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---------------------------------------------------------------- fds ---- */

COIL_ASYNC(crunch, (int, ret, out))
{
    *ret = 1;
    return 0;
}

static int hold(coil_stream *stream, void *arg)
{
    char byte;
    (void)arg;
    int err = coil_stream_read(stream, &byte, 1);
    coil_stream_close(stream);
    return err;
}

/* A bit for each fd below 64 that is open. */
static unsigned long long open_fds(void)
{
    unsigned long long set = 0;
    for (int fd = 0; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            set |= 1ull << fd;
    return set;
}

/* Opens everything that holds an fd, and counts what was not `there` before and what of it an exec would inherit. */
COIL_ASYNC(count_inheritable, (unsigned long long, there), (int, seen, out),
           (int, inheritable, out))
{
    int ignored, err = coil_to_thread(crunch(&ignored));
    coil_server *server = NULL;
    coil_stream *client = NULL;
    coil_file *file = NULL;
    *seen = *inheritable = 0;
    if (err >= 0)
        err = coil_start_server("127.0.0.1", 0, hold, NULL, NULL, &server);
    if (err >= 0)
        err = coil_open_connection("127.0.0.1", coil_server_port(server), &client);
    if (err >= 0)
        err = coil_sleep(0.01); /* the server's side of the connection is accepted meanwhile */
    if (err >= 0)
        err = coil_file_open("/dev/null", O_RDONLY, 0, &file);
    for (unsigned long long new = open_fds() & ~there; new; new &= new - 1) {
        ++*seen;
        *inheritable += !(fcntl(__builtin_ctzll(new), F_GETFD) & FD_CLOEXEC);
    }
    if (file)
        coil_ignore(coil_file_close(file));
    if (client)
        coil_stream_close(client);
    if (server)
        coil_server_free(server);
    return err;
}

START_TEST(no_fd_of_ours_survives_an_exec)
{
    int seen, inheritable;
    ck_assert_int_eq(coil_run(count_inheritable(open_fds(), &seen, &inheritable)), 0);
    ck_assert_int_ge(seen, 5); /* the poller, its wake-up, a listener, both ends of a connection */
    ck_assert_int_eq(inheritable, 0);
}
END_TEST

COIL_ASYNC(use_foreign_fds, (int, a), (int, b))
{
    char byte;
    int err = coil_send(a, "x", 1);
    if (err >= 0)
        err = coil_recv(b, &byte, 1);
    if (err >= 0)
        err = coil_wait_fd(b, POLLOUT);
    return err < 0 ? err : 0;
}

START_TEST(an_fd_that_is_not_ours_keeps_its_blocking_mode)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    int before = fcntl(fds[0], F_GETFL);
    ck_assert_int_eq(coil_run(use_foreign_fds(fds[0], fds[1])), 0);
    ck_assert_int_eq(fcntl(fds[0], F_GETFL), before);
    ck_assert_int_eq(fcntl(fds[1], F_GETFL), before);
    close(fds[0]);
    close(fds[1]);
}
END_TEST

/* ---------------------------------------------------------------- signals ---- */

COIL_ASYNC(nothing)
{
    return 0;
}

static void mine(int signo)
{
    (void)signo;
}

static void (*action_of(int signo))(int)
{
    struct sigaction now;
    sigaction(signo, NULL, &now);
    return now.sa_handler;
}

COIL_ASYNC(look_at_actions, (int, sigpipe_ignored, out), (int, sigint_taken, out))
{
    *sigpipe_ignored = action_of(SIGPIPE) == SIG_IGN;
    *sigint_taken = action_of(SIGINT) != SIG_DFL && action_of(SIGINT) != mine;
    return 0;
}

START_TEST(a_run_takes_sigint_and_sigpipe_only_from_their_defaults_and_gives_them_back)
{
    int pipe_ignored, int_taken;
    void (*the_runners)(int) = signal(SIGINT, SIG_DFL); /* Check has a handler of its own */
    ck_assert_ptr_eq(action_of(SIGPIPE), SIG_DFL);
    ck_assert_int_eq(coil_run(look_at_actions(&pipe_ignored, &int_taken)), 0);
    ck_assert(pipe_ignored && int_taken);
    ck_assert_ptr_eq(action_of(SIGINT), SIG_DFL);
    ck_assert_ptr_eq(action_of(SIGPIPE), SIG_DFL);
    signal(SIGINT, mine);
    signal(SIGPIPE, mine);
    ck_assert_int_eq(coil_run(look_at_actions(&pipe_ignored, &int_taken)), 0);
    ck_assert(!pipe_ignored && !int_taken);
    ck_assert_ptr_eq(action_of(SIGINT), mine);
    ck_assert_ptr_eq(action_of(SIGPIPE), mine);
    signal(SIGINT, the_runners);
    signal(SIGPIPE, SIG_DFL);
}
END_TEST

static void *run_in_thread(void *ret_taken)
{
    int pipe_ignored;
    int err = coil_run(look_at_actions(&pipe_ignored, ret_taken));
    return (void *)(intptr_t)err;
}

START_TEST(a_run_in_another_thread_leaves_sigint_alone)
{
    pthread_t thread;
    int taken = -1;
    void *status;
    void (*the_runners)(int) = signal(SIGINT, SIG_DFL);
    ck_assert_int_eq(pthread_create(&thread, NULL, run_in_thread, &taken), 0);
    ck_assert_int_eq(pthread_join(thread, &status), 0);
    ck_assert_ptr_eq(status, NULL);
    ck_assert_int_eq(taken, 0);
    signal(SIGINT, the_runners);
}
END_TEST

static void leave_with_7(int signo)
{
    (void)signo;
    _exit(7);
}

COIL_ASYNC(write_to_address_16)
{
    volatile int *nowhere = (volatile int *)strtoul("16", NULL, 10);
    *nowhere = 1;
    return 0;
}

static int faults_with_a_handler(void *arg)
{
    (void)arg;
    struct sigaction action = {.sa_handler = leave_with_7};
    sigaction(SIGSEGV, &action, NULL);
    return coil_run(write_to_address_16()) < 0;
}

static int faults_without_a_handler(void *arg)
{
    (void)arg;
    struct sigaction action = {.sa_handler = SIG_DFL}; /* also of a sanitizer's own handler */
    sigaction(SIGSEGV, &action, NULL);
    return coil_run(write_to_address_16()) < 0;
}

START_TEST(a_fault_that_is_no_overflow_goes_to_the_handler_that_was_there_before)
{
    ck_assert_int_eq(in_child(faults_with_a_handler, NULL, NULL, 0), 7);
    ck_assert_int_eq(in_child(faults_without_a_handler, NULL, NULL, 0), BY_SIGNAL + SIGSEGV);
}
END_TEST

/* ---------------------------------------------------------------- output, exit, memory ---- */

COIL_ASYNC(fails_in_many_ways)
{
    coil_ignore(coil_await(NULL));
    coil_ignore(coil_sleep(0.0 / 0.0));
    coil_stream *stream;
    coil_ignore(coil_open_connection("127.0.0.1", 1, &stream));
    return coil_fail(-ENOENT, "and ends with an error");
}

static int fails_with_the_outputs_watched(void *arg)
{
    (void)arg;
    int out[2];
    char byte;
    if (pipe(out) < 0)
        return 1;
    dup2(out[1], STDOUT_FILENO);
    dup2(out[1], STDERR_FILENO);
    close(out[1]);
    int err = coil_run(fails_in_many_ways());
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    ssize_t n = read(out[0], &byte, 1);
    return err == -ENOENT && n == 0 ? 0 : 2;
}

START_TEST(errors_that_are_returned_print_nothing_and_end_no_program)
{
    ck_assert_int_eq(in_child(fails_with_the_outputs_watched, NULL, NULL, 0), 0);
}
END_TEST

struct account {
    unsigned long long calls;
    long long live;
};

static void *counted(void *ctx, void *block, size_t size)
{
    struct account *account = ctx;
    __atomic_add_fetch(&account->calls, 1, __ATOMIC_RELAXED);
    if (size == 0) {
        __atomic_sub_fetch(&account->live, 1, __ATOMIC_RELAXED);
        free(block);
        return NULL;
    }
    if (!block)
        __atomic_add_fetch(&account->live, 1, __ATOMIC_RELAXED);
    return realloc(block, size);
}

START_TEST(all_memory_comes_from_the_allocator_that_was_set)
{
    struct account account = {0};
    const coil_allocator allocator = {counted, &account};
    unsigned long long before, after;
    ck_assert_int_eq(coil_set_allocator(&allocator), 0);
    coil_memory_counts(&before, NULL);
    int seen, inheritable;
    ck_assert_int_eq(coil_run(count_inheritable(open_fds(), &seen, &inheritable)), 0);
    coil_memory_counts(&after, NULL);
    ck_assert_int_gt(account.calls, 0);
    ck_assert_uint_gt(after, before);
    ck_assert_int_eq(account.live, 0);
    ck_assert_int_eq(coil_set_allocator(NULL), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("manners");
    tcase_add_test(t, no_fd_of_ours_survives_an_exec);
    tcase_add_test(t, an_fd_that_is_not_ours_keeps_its_blocking_mode);
    tcase_add_test(t, a_run_takes_sigint_and_sigpipe_only_from_their_defaults_and_gives_them_back);
    tcase_add_test(t, a_run_in_another_thread_leaves_sigint_alone);
    tcase_add_test(t, a_fault_that_is_no_overflow_goes_to_the_handler_that_was_there_before);
    tcase_add_test(t, errors_that_are_returned_print_nothing_and_end_no_program);
    tcase_add_test(t, all_memory_comes_from_the_allocator_that_was_set);
    return test_main("manners", t);
}
