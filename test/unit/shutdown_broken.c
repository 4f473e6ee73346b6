/* The kernel fails one poll while a loop is shut down: what was to be joined then is left suspended, and the phases that follow turn the
 * loop again.
 */
#include <check.h>
#include <errno.h>

#include "base/faults.h"
#include "coil.h"
#include "harness.h"

static int ended;

/* Takes a while to end, so the shutdown has to poll. */
COIL_ASYNC(lingers)
{
    int err = coil_sleep(1000);
    coil_ignore(coil_sleep(0.002));
    ended++;
    return err;
}

COIL_ASYNC(leaves_some)
{
    for (int i = 0; i < 3; i++)
        if (coil_spawn(lingers()) < 0)
            return -ENOMEM;
    return coil_yield_now();
}

START_TEST(a_poll_that_fails_during_the_shutdown_is_reported_and_no_more)
{
    coil_loop_options options = {.backend = "epoll"};
    bool done = false;
    for (unsigned nth = 1; !done; nth++) {
        ck_assert_uint_lt(nth, 100);
        coil_loop *loop;
        ended = 0;
        ck_assert_int_eq(coil_loop_new(&options, &loop), 0);
        ck_assert_int_eq(coil_loop_run_until_complete(loop, leaves_some()), 0);
        coil__faults_plan("epoll_pwait2", nth, ENOMEM, false);
        int err = coil_loop_shutdown(loop);
        done = coil__faults_hits() == 0;
        ck_assert_int_eq(err, done ? 0 : -ENOMEM);
        coil__faults_plan(NULL, 0, 0, false);
        ck_assert_int_eq(coil_loop_shutdown(loop), 0); /* and can be done again */
        ck_assert_int_eq(ended, 3);
        coil_loop_close(loop);
    }
}
END_TEST

int main(void)
{
    if (coil__faults_start() < 0) {
        puts("built without COIL_FAULTS");
        return 77;
    }
    TCase *t = tcase_create("shutdown_broken");
    tcase_add_test(t, a_poll_that_fails_during_the_shutdown_is_reported_and_no_more);
    int failed = test_main("shutdown_broken", t);
    coil__faults_stop();
    return failed;
}
