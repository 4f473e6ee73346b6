/* Rings that wake each other by messages: one system call for a sleep and the wake of another, and the other way where that fails. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/faults.h"
#include "coil.h"
#include "engine.h"
#include "engine/caps.h"

static struct coil__backend *open_ring(uint32_t disable_caps)
{
    struct coil__backend_options options = {.disable_caps = disable_caps};
    struct coil__backend *b = NULL;
    ck_assert_int_eq(coil__uring_ops.open(&options, &b), 0);
    return b;
}

/* ---------------------------------------------------------------- two rings ---- */

static _Atomic(struct coil__backend *) sleeper;
static atomic_int wakes, leave;

/* A ring belongs to the thread that opened it. */
static void *sleep_and_wake(void *arg)
{
    struct coil__backend *b = open_ring(0);
    atomic_store(&sleeper, b);
    while (!atomic_load(&leave)) {
        ck_assert_int_ge(b->ops->poll(b, -1), 0);
        atomic_fetch_add(&wakes, 1);
    }
    atomic_store(&sleeper, NULL);
    b->ops->close(b);
    return arg;
}

static pthread_t start_sleeper(void)
{
    pthread_t thread;
    atomic_store(&wakes, 0);
    atomic_store(&leave, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_and_wake, NULL), 0);
    while (!atomic_load(&sleeper))
        usleep(100);
    return thread;
}

static void wait_for_wakes(int n)
{
    while (atomic_load(&wakes) < n)
        usleep(100);
}

START_TEST(a_message_goes_with_the_next_poll_or_flush_and_wakes_the_other)
{
    pthread_t thread = start_sleeper();
    struct coil__backend *b = open_ring(0);
    for (int i = 0; i < 50; i++) {
        ck_assert(b->ops->message(b, atomic_load(&sleeper)));
        ck_assert_uint_eq(b->unsent, 1);
        ck_assert_uint_eq(b->in_flight, 0);
        ck_assert(b->ops->pending(b));
        if (i % 2)
            b->ops->flush(b);
        else
            ck_assert_int_eq(b->ops->poll(b, 0), 0);
        ck_assert_uint_eq(b->unsent, 0);
        wait_for_wakes(i + 1);
    }
    atomic_store(&leave, 1);
    ck_assert(b->ops->message(b, atomic_load(&sleeper)));
    b->ops->close(b); /* sends what waits */
    pthread_join(thread, NULL);
}
END_TEST

START_TEST(it_is_refused_where_it_can_not_go)
{
    struct coil__backend *a = open_ring(0), *b = open_ring(0), *without, *epoll;
    without = open_ring(COIL__CAP_MESSAGES);
    ck_assert_int_eq(coil__backend_open("epoll", NULL, &epoll), 0);
    ck_assert(a->caps & COIL__CAP_MESSAGES);
    ck_assert(!(without->caps & COIL__CAP_MESSAGES));
    ck_assert(!a->ops->message(a, epoll));
    ck_assert(!without->ops->message(without, a));
    int n = 0;
    while (n < 1000 && a->ops->message(a, b)) /* only so many wait at the same time */
        n++;
    ck_assert_int_gt(n, 0);
    ck_assert_int_lt(n, 1000);
    ck_assert_int_eq(a->ops->poll(a, 0), 0);
    ck_assert_uint_eq(a->unsent, 0);
    ck_assert(a->ops->message(a, b));
    ck_assert_int_eq(b->ops->poll(b, 100000000), 0);
    struct coil__backend *all[] = {a, b, without, epoll};
    for (int i = 0; i < 4; i++)
        all[i]->ops->close(all[i]);
}
END_TEST

START_TEST(a_ring_that_closed_first_leaves_its_number_until_the_message_is_gone)
{
    int before = test_open_fds();
    struct coil__backend *a = open_ring(0), *b = open_ring(0);
    int number = b->ops->fd(b);
    ck_assert(a->ops->message(a, b));
    b->ops->close(b);
    int fds[8], taken = 0;
    for (int i = 0; i < 8; i++) {
        fds[i] = dup(0);
        ck_assert_int_ge(fds[i], 0);
        taken += fds[i] == number;
    }
    ck_assert_int_eq(taken, 0);
    ck_assert_int_eq(a->ops->poll(a, 0), 0);
    for (int i = 0; i < 8; i++)
        close(fds[i]);
    ck_assert_int_eq(fcntl(number, F_GETFD), -1); /* now it is free */
    a->ops->close(a);
    ck_assert_int_eq(test_open_fds(), before);
}
END_TEST

/* ---------------------------------------------------------------- two loops ---- */

enum { ROUNDS = 1000 };

static COIL_ASYNC(nothing)
{
    return 0;
}

static COIL_ASYNC(there_and_back)
{
    int err = 0;
    for (int i = 0; coil_thread_index() == 0 && i < ROUNDS && err >= 0; i++)
        err = coil_to_loop(coil_thread_loop(1), nothing());
    return err;
}

struct calls {
    unsigned enters, writes;
};

/* Runs the rounds and counts. Returns false where nothing can be counted. */
static bool count_calls(struct calls *ret, int error)
{
    struct coil__fault_count counts[COIL__FAULTS_CALLS];
    if (coil__faults_start() < 0)
        return false;
    *ret = (struct calls){0, 0};
    coil__faults_plan(error ? "ring:msg_ring" : NULL, 1, error, true);
    ck_assert_int_eq(coil_run_threads(2, there_and_back()), 0);
    unsigned n = coil__faults_counts(counts, COIL__FAULTS_CALLS);
    for (unsigned i = 0; i < n; i++) {
        if (strncmp(counts[i].call, "io_uring_submit", 15) == 0 ||
            strcmp(counts[i].call, "io_uring_get_events") == 0)
            ret->enters += counts[i].n;
        if (strcmp(counts[i].call, "eventfd_write") == 0)
            ret->writes += counts[i].n;
    }
    coil__faults_stop();
    return true;
}

START_TEST(a_wake_costs_no_system_call_of_its_own)
{
    struct calls with, without;
    setenv("COIL_BACKEND", "uring", 1);
    if (!count_calls(&with, 0))
        return;
    setenv("COIL_WITHOUT", "messages", 1);
    ck_assert(count_calls(&without, 0));
    unsetenv("COIL_WITHOUT");
    /* with: one enter sends the wake and sleeps; besides there are those of the beginning and the end */
    ck_assert_uint_le(with.enters, 2 * ROUNDS + 100);
    ck_assert_uint_le(with.writes, 20);
    /* without: who sleeps is woken by a write; so each sleep costs two */
    ck_assert_uint_ge(2 * without.writes + 100, without.enters);
}
END_TEST

START_TEST(where_messages_fail_the_other_way_is_taken)
{
    struct calls failed;
    setenv("COIL_BACKEND", "uring", 1);
    if (count_calls(&failed, EINVAL))
        ck_assert_uint_ge(2 * failed.writes + 100, failed.enters);
}
END_TEST

int main(void)
{
    struct coil__backend *b;
    struct coil__backend_options options = {.entries = 2};
    const char *no_uring = getenv("COIL_TEST_NO_URING");
    if (no_uring &&
        *no_uring) { /* Valgrind grants a ring, and stops all threads while one sleeps in it */
        puts(no_uring);
        return 77;
    }
    if (coil__uring_ops.open(&options, &b) < 0) {
        puts("this machine has no io_uring for us");
        return 77;
    }
    b->ops->close(b);
    TCase *t = tcase_create("threads_messages");
    tcase_add_test(t, a_message_goes_with_the_next_poll_or_flush_and_wakes_the_other);
    tcase_add_test(t, it_is_refused_where_it_can_not_go);
    tcase_add_test(t, a_ring_that_closed_first_leaves_its_number_until_the_message_is_gone);
    tcase_add_test(t, a_wake_costs_no_system_call_of_its_own);
    tcase_add_test(t, where_messages_fail_the_other_way_is_taken);
    return test_main("threads_messages", t);
}
