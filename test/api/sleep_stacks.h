/* test/api/sleep_stacks.h: what the tests of stacks that sleep share: waiting until they do, and whether they can here. */
#ifndef TEST_SLEEP_STACKS_H
#define TEST_SLEEP_STACKS_H

#include <check.h>
#include <coil.h>
#include <errno.h>
#include <stdio.h>

static const coil_loop_options at_once = {.sleep_stacks = COIL_AT_ONCE};

/* Lets the loop poll until so many sleep besides the caller, who does so, too, meanwhile. */
COIL_ASYNC(until_asleep, (long, n))
{
    for (int i = 0; i < 2000 && coil_loop_stacks_asleep(coil_loop_running()) < n; i++) {
        int err = coil_sleep(0.0005);
        if (err < 0)
            return err;
    }
    ck_assert_int_ge(coil_loop_stacks_asleep(coil_loop_running()), n);
    return 0;
}

COIL_ASYNC(waits_for, (coil_future *, go))
{
    return coil_future_await(go, NULL);
}

/* Whether a task that waits is ever seen asleep. */
COIL_ASYNC(anybody, (int *, seen))
{
    coil_future *go = coil_future_new();
    coil_task *t = coil_create_task(waits_for(go));
    int err = 0;
    for (int i = 0; i < 20 && !*seen && err >= 0; i++) {
        err = coil_sleep(0.001);
        *seen = coil_loop_stacks_asleep(coil_loop_running()) > 0;
    }
    coil_future_set_result(go, NULL);
    err = err < 0 ? err : coil_await(t);
    coil_future_unref(go);
    return err;
}

static inline int stacks_can_sleep(void)
{
    int seen = 0, err = coil_run_with(anybody(&seen), &at_once);
    if (err >= 0 && !seen)
        printf("here stacks don't sleep: a sanitizer, ucontext, or Linux before 6.13\n");
    return err < 0 || seen;
}

#endif
