/* Every allocation of the work room fails once: the error comes out, nothing leaks, nothing hangs. */
#include <check.h>
#include <errno.h>

#include "base/memory.h"
#include "coil.h"
#include "harness.h"

COIL_ASYNC(half, (int, n), (int, ret, out))
{
    *ret = n / 2;
    return n & 1 ? coil_fail(-EDOM, "%d is odd", n) : 0;
}

COIL_REMOTE(square, (int, n), (int, ret))
{
    *ret = *n * *n;
    return *n < 0 ? coil_fail(-ERANGE, "negative") : 0;
}

COIL_ASYNC(in_threads)
{
    coil_pool *pool;
    int err = coil_thread_pool_new(1, &pool);
    if (err < 0)
        return err;
    int a, b = 0;
    err = coil_pool_run(pool, half(4, &a));
    if (err >= 0)
        err = coil_to_thread(half(3, &a)) == -EDOM ? 0 : -ENOMEM;
    coil_future *f = err < 0 ? NULL : coil_run_in_executor(pool, half(8, &b));
    if (err >= 0)
        err = f ? coil_future_await(f, NULL) : -ENOMEM;
    coil_future_unref(f);
    if (err >= 0 && b != 4)
        err = -EDOM;
    if (err >= 0)
        err = coil_pool_shutdown(pool);
    coil_pool_free(pool);
    return err;
}

COIL_ASYNC(in_processes)
{
    coil_pool *pool;
    int err = coil_process_pool_new(1, &pool);
    if (err < 0)
        return err;
    int n = 3, out = 0;
    err = coil_pool_run(pool, square(&n, &out));
    n = -1;
    if (err >= 0 && out != 9)
        err = -EDOM;
    if (err >= 0)
        err = coil_pool_run(pool, square(&n, &out)) == -ERANGE ? 0 : -ENOMEM;
    coil_pool_free(pool);
    return err;
}

COIL_ASYNC(between_threads)
{
    coil_thread_future *f = coil_thread_future_new();
    if (!f)
        return -ENOMEM;
    int a = 0, err = 0;
    coil_future *m = coil_wrap_future(f);
    coil_thread_future *g = coil_run_coroutine_threadsafe(coil_loop_running(), half(2, &a));
    coil_thread_future_set_result(f, NULL);
    if (m && g) {
        coil_future *h = coil_wrap_future(g);
        err = h ? coil_future_await(h, NULL) : -ENOMEM;
        coil_future_unref(h);
    }
    coil_future_unref(m);
    coil_thread_future_free(f);
    coil_thread_future_free(g);
    return !m || !g ? -ENOMEM : err < 0 ? err : a == 1 ? 0 : -EDOM;
}

/* Raises the limit until the program succeeds; what it returned on the way must be an error that says why. */
#define WALK(call)                                                                         \
    do {                                                                                   \
        int status = -1, limit = 1;                                                        \
        for (; status < 0 && limit < 500; limit++) {                                       \
            coil__memory_fail_at((unsigned long long)limit, 0);                            \
            status = coil_run(call);                                                       \
            coil__memory_fail_at(0, 0);                                                    \
            ck_assert_msg(status >= 0 || status == -ENOMEM || status == -COIL_EBROKENPOOL, \
                          "allocation %d: %s", limit, coil_error_name(status));            \
        }                                                                                  \
        ck_assert_int_eq(status, 0);                                                       \
        ck_assert_int_gt(limit, 5);                                                        \
    } while (0)

START_TEST(any_allocation_of_threads_may_fail)
{
    WALK(in_threads());
}
END_TEST

START_TEST(any_allocation_of_processes_may_fail)
{
    WALK(in_processes());
}
END_TEST

START_TEST(any_allocation_of_shared_futures_may_fail)
{
    WALK(between_threads());
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("work");
    tcase_add_test(t, any_allocation_of_threads_may_fail);
    tcase_add_test(t, any_allocation_of_processes_may_fail);
    tcase_add_test(t, any_allocation_of_shared_futures_may_fail);
    return test_main("work", t);
}
