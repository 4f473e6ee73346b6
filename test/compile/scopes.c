// What scopes, groups and futures refuse. Without a case the file compiles.
#include <coil.h>

static COIL_ASYNC(work)
{
    return coil_sleep(0);
}

COIL_ASYNC(use)
{
    int err = 0;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, work());
#ifdef CASE_group_wants_a_call
        // expect: coil__async_err
        coil_group_create_task(g, err);
#endif
    }
    COIL_TIMEOUT(tm, 0.5, err)
    {
        err = work();
#ifdef CASE_limit_of_a_group
        // expect: (incompatible|makes) .*(pointer|integer)
        coil_timeout_reschedule(err, 1.0);
#endif
    }
#ifdef CASE_err_is_an_int
    // expect: incompatible.*pointer
    const char *wrong = NULL;
    COIL_TIMEOUT(other, 0.5, wrong) {}
#endif
#ifdef CASE_task_is_no_future
    // expect: incompatible.*pointer
    coil_ignore(coil_future_await(coil_current_task(), NULL));
#endif
#ifdef CASE_await_a_call
    // expect: (incompatible|makes) .*(pointer|integer)
    coil_ignore(coil_await(work()));
#endif
#ifdef CASE_unused_group_close
    // expect: warn_unused_result
    coil_group by_hand;
    coil_group_open(&by_hand);
    coil_group_close(&by_hand, 0);
#endif
    return err;
}
