/* Counting: awaiting, sleeping, waiting and raw I/O allocate nothing once they are warm. And the other way round: every allocation
 * of a program fails in turn, and each time it ends with an error and gives everything back.
 */
#include <check.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

static int fds[2];

COIL_ASYNC(answer, (int, rounds))
{
    char buf[64];
    for (int i = 0; i < rounds; i++) {
        int n = coil_recv(fds[1], buf, sizeof buf);
        if (n > 0)
            n = coil_sendall(fds[1], buf, (size_t)n);
        if (n < 0)
            return n;
    }
    return 0;
}

COIL_ASYNC(quick)
{
    return coil_yield_now();
}

static unsigned long long allocations(void)
{
    unsigned long long n;
    coil_memory_counts(&n, NULL);
    return n;
}

COIL_ASYNC(many_rounds, (int, rounds))
{
    char buf[64] = "ping";
    for (int i = 0; i < rounds; i++) {
        int err = coil_sendall(fds[0], buf, 4);
        if (err >= 0)
            err = coil_recv(fds[0], buf, sizeof buf);
        if (err >= 0)
            err = coil_sleep(i % 8 == 0 ? 0.0001 : 0);
        if (err >= 0)
            err = coil_await(coil_create_task(quick()));
        if (err < 0)
            return err;
    }
    return 0;
}

COIL_ASYNC(counts)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    coil_task *t = coil_create_task(answer(300));
    int err = many_rounds(100); /* pools, tables and heaps grow to what they need */
    unsigned long long before = allocations();
    if (err >= 0)
        err = many_rounds(200);
    ck_assert_int_eq(allocations() - before, 0);
    if (err >= 0)
        err = coil_await(t);
    close(fds[0]);
    close(fds[1]);
    return err;
}
START_TEST(a_warm_program_allocates_nothing_per_await_sleep_read_or_write)
{
    if (test_simulated())
        return; /* it allocates, and a read gives a part of what was sent */
    ck_assert_int_eq(coil_run(counts()), 0);
}
END_TEST

/* ---------------------------------------------------------------- each allocation fails ---- */

static long until_failure; /* allocations that still succeed; < 0: all of them */

static void *failing_realloc(void *ctx, void *block, size_t size)
{
    (void)ctx;
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (until_failure == 0)
        return NULL;
    if (until_failure > 0)
        until_failure--;
    return realloc(block, size);
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

COIL_ASYNC(a_bit_of_everything)
{
    int err = coil_gather(quick(), coil_wait_for(quick(), 1), coil_sleep(0.0001));
    if (err < 0)
        return err;
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; i < 3 && err >= 0; i++)
            err = coil_group_create_task(g, quick()) ? 0 : coil_await(NULL);
    }
    if (err < 0)
        return err;
    if (!coil_call_soon(nothing, NULL) || !coil_call_later(0.0001, nothing, NULL))
        return -ENOMEM;
    coil_task *t = coil_create_task_named(quick(), "named");
    coil_future *f = coil_future_new();
    err = !t || !f ? -ENOMEM : coil_future_set_result(f, NULL);
    if (err >= 0)
        err = coil_future_await(f, NULL);
    coil_future_unref(f);
    int joined = t ? coil_await(t) : 0;
    return err < 0 ? err : joined;
}

START_TEST(whichever_allocation_fails_the_program_ends_with_enomem_and_leaks_nothing)
{
    coil_allocator failing = {failing_realloc, NULL};
    ck_assert_int_eq(coil_set_allocator(&failing), 0);
    int points = 0;
    for (long n = 0;; n++) {
        until_failure = n;
        int err = coil_run(a_bit_of_everything());
        int failed = until_failure == 0;
        until_failure = -1;
        unsigned long long live;
        coil_memory_counts(NULL, &live);
        ck_assert_msg(live == 0, "allocation %ld: %llu blocks left", n, live);
        if (err >= 0 && !failed)
            break;
        ck_assert_msg(err == 0 || err == -ENOMEM, "allocation %ld: %s", n, coil_error_name(err));
        points++;
        ck_assert_int_lt(n, 10000);
    }
    ck_assert_int_ge(points, 20);
    ck_assert_int_eq(coil_set_allocator(NULL), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("allocations");
    tcase_add_test(t, a_warm_program_allocates_nothing_per_await_sleep_read_or_write);
    tcase_add_test(t, whichever_allocation_fails_the_program_ends_with_enomem_and_leaks_nothing);
    return test_main("allocations", t);
}
