/* What a task's arguments hold is given back at its end; that this meets an error of its own changes nothing and leaks nothing. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "coil.h"
#include "harness.h"
#include "task/task.h"

static int discarded;

static int run(void *args)
{
    (void)args;
    return 0;
}

static int end_badly(void *args)
{
    (void)args;
    return coil_fail(-EDOM, "the task's own");
}

static void discard(void *args)
{
    (void)args;
    discarded++;
    coil_ignore(coil_fail(-ENOMEM, "no memory to tidy up with"));
}

static const coil_fn good = {"good", run, NULL, NULL, discard, NULL};
static const coil_fn bad = {"bad", end_badly, NULL, NULL, discard, NULL};

/* The status of a task that runs `fn`, and whether its message is its own. */
COIL_ASYNC(end_one, (const coil_fn *, fn), (bool, is_own, out))
{
    coil_call call = {.fn = fn, .size = sizeof(int)};
    struct coil__task *t;
    int err = coil__task_new(coil__here.loop, &call, NULL, false, __FILE__, __LINE__, &t);
    if (err < 0)
        return err;
    int status = coil_await(coil__task_handle(t));
    *is_own = status >= 0 || strcmp(coil_error_message(status), "the task's own") == 0;
    return status == -EDOM ? EDOM : status;
}

START_TEST(an_error_while_tidying_up_is_dropped)
{
    bool is_own = false;
    discarded = 0;
    ck_assert_int_eq(coil_run(end_one(&good, &is_own)), 0);
    ck_assert_int_eq(discarded, 1);
}
END_TEST

START_TEST(and_does_not_replace_the_task_s_own)
{
    bool is_own = false;
    discarded = 0;
    ck_assert_int_eq(coil_run(end_one(&bad, &is_own)), EDOM);
    ck_assert(is_own);
    ck_assert_int_eq(discarded, 1);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("discard");
    tcase_add_test(t, an_error_while_tidying_up_is_dropped);
    tcase_add_test(t, and_does_not_replace_the_task_s_own);
    return test_main("discard", t);
}
