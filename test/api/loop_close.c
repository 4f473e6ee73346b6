/* A loop that closes takes with it whatever nobody ended: readers that wait, and one whose turn had come. */
#include <check.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"

static int calls;

static int called(void *arg)
{
    (void)arg;
    calls++;
    return 0;
}

static int stop(void *arg)
{
    coil_loop_stop(arg);
    return 0;
}

/* Adds a reader and a writer to fd, from inside the loop. */
static int watch(void *arg)
{
    int err = coil_add_reader(*(int *)arg, called, NULL);
    return err < 0 ? err : coil_add_writer(*(int *)arg, called, NULL);
}

START_TEST(readers_and_writers_that_nobody_removed_go_with_the_loop)
{
    int fds[2];
    coil_loop *loop;
    for (int turns = 0; turns < 4; turns++) {
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
        ck_assert_ptr_nonnull(coil_loop_call_soon(loop, watch, &fds[0]));
        if (turns == 3) {
            ck_assert_ptr_nonnull(coil_loop_call_later(loop, 0.01, stop, loop));
            ck_assert_int_eq(coil_loop_run_forever(loop), 0);
        }
        for (int i = 0; i < turns; i++)
            ck_assert_int_ge(coil_loop_run_once(loop, 0), 0);
        ck_assert_int_eq(coil_loop_close(loop), 0);
        close(fds[0]);
        close(fds[1]);
    }
    ck_assert_int_gt(calls, 0);
}
END_TEST

static COIL_ASYNC(nothing)
{
    return 0;
}

static int post(void *loop)
{
    return coil_call_soon_threadsafe(loop, called, NULL);
}

START_TEST(a_callback_that_was_sent_in_the_last_turn_goes_with_the_loop)
{
    coil_loop *loop;
    calls = 0;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, nothing()), 0);
    ck_assert_ptr_nonnull(coil_loop_call_soon(loop, post, loop));
    ck_assert_int_ge(coil_loop_run_once(loop, 0), 0);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(calls, 0);
}
END_TEST

START_TEST(a_closed_loop_answers_every_call_and_a_second_close_does_nothing)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    ck_assert_int_eq(coil_loop_is_closed(loop), 0);
    coil_handle *handle = coil_loop_call_soon(loop, called, NULL);
    coil_future *future = coil_loop_create_future(loop);
    ck_assert(handle && future);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(coil_loop_is_closed(loop), 1);
    ck_assert_int_eq(coil_loop_close(loop), 0);
    ck_assert_int_eq(coil_loop_is_running(loop), 0);
    ck_assert_int_eq(coil_loop_run_forever(loop), -COIL_ELOOPCLOSED);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, nothing()), -COIL_ELOOPCLOSED);
    ck_assert_int_eq(coil_loop_run_once(loop, 0), -COIL_ELOOPCLOSED);
    ck_assert_int_eq(coil_loop_shutdown(loop), -COIL_ELOOPCLOSED);
    ck_assert_int_eq(coil_loop_fd(loop), -COIL_ELOOPCLOSED);
    ck_assert_int_eq(coil_call_soon_threadsafe(loop, called, NULL), -COIL_ELOOPCLOSED);
    ck_assert_ptr_null(coil_run_coroutine_threadsafe(loop, nothing()));
    ck_assert_ptr_null(coil_loop_call_soon(loop, called, NULL));
    ck_assert_ptr_null(coil_loop_call_later(loop, 0, called, NULL));
    ck_assert_ptr_null(coil_loop_create_future(loop));
    ck_assert_str_eq(coil_loop_backend(loop), "");
    ck_assert_double_gt(coil_loop_next_deadline(loop), 1e300);
    ck_assert_int_lt(coil_handle_cancel(handle), 0);
    ck_assert_int_lt(coil_future_cancel(future), 0);
    coil_loop_stop(loop);
    coil_loop_set_debug(loop, 1);
    coil_loop_set_exception_handler(loop, NULL, NULL);
}
END_TEST

START_TEST(a_closed_loop_stays_closed_while_two_hundred_others_come_and_go)
{
    coil_loop *closed, *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &closed), 0);
    ck_assert_int_eq(coil_loop_close(closed), 0);
    for (int i = 0; i < 200; i++) {
        ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
        ck_assert_ptr_ne(loop, closed);
        ck_assert_int_eq(coil_loop_close(loop), 0);
    }
    ck_assert_int_eq(coil_loop_is_closed(closed), 1);
    ck_assert_int_eq(coil_call_soon_threadsafe(closed, called, NULL), -COIL_ELOOPCLOSED);
}
END_TEST

static COIL_ASYNC(fails)
{
    return coil_fail(-EIO, "a child");
}

static COIL_ASYNC(stubborn_child)
{
    int err = 0;
    while (err <= 0)
        err = coil_sleep(60);
    return err;
}

static COIL_ASYNC(open_group)
{
    int err;
    coil_loop_set_exception_handler(coil_loop_running(), test_say_nothing, NULL);
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, fails());
        coil_group_create_task(g, stubborn_child());
        coil_ignore(coil_sleep(60)); /* the child's failure ends it */
        coil_call_soon(stop, coil_loop_running());
        coil_group_create_task(g, nothing()); /* refused: it is shutting down */
        err = coil_sleep(60);
    }
    return err;
}

TEST_IN_THREAD(a_group_that_is_open_when_the_loop_closes_goes_with_it)
{
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    ck_assert_int_eq(coil_loop_run_until_complete(loop, open_group()), -COIL_EINVALIDSTATE);
    coil_loop_close(loop);
    return arg;
}

int main(void)
{
    TCase *t = tcase_create("loop_close");
    tcase_add_test(t, readers_and_writers_that_nobody_removed_go_with_the_loop);
    tcase_add_test(t, a_callback_that_was_sent_in_the_last_turn_goes_with_the_loop);
    tcase_add_test(t, a_closed_loop_answers_every_call_and_a_second_close_does_nothing);
    tcase_add_test(t, a_closed_loop_stays_closed_while_two_hundred_others_come_and_go);
    tcase_add_test(t, a_group_that_is_open_when_the_loop_closes_goes_with_it);
    return test_main("loop_close", t);
}
