/* Coroutines that are driven by hand: without a loop, in callbacks, in tasks. */
#include <check.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"

static COIL_ASYNC(add, (int, a), (int, b), (int, ret, out))
{
    int err = coil_yield_now();
    if (err >= 0)
        err = coil_sleep(0);
    *ret = a + b;
    return err;
}

TEST_IN_THREAD(a_coroutine_is_stepped_without_a_loop_and_gives_its_result)
{
    int sum = 0;
    COIL_COROUTINE(c, add(1, 2, &sum));
    ck_assert_int_eq(coil_generator_state(c), COIL_GENERATOR_CREATED);
    ck_assert_int_eq(coil_generator_send(c, &sum, NULL), -EINVAL);
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), 0);
    ck_assert_int_eq(coil_coroutine_waiting(c), 0);
    ck_assert_ptr_null(coil_coroutine_future(c));
    ck_assert_int_eq(coil_generator_send(c, &sum, NULL), 0); /* nobody looks at it */
    ck_assert_int_eq(sum, 0);
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), -COIL_ESTOPITERATION);
    ck_assert_int_eq(sum, 3);
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), -COIL_ECALLUSED);
    ck_assert_str_eq(coil_error_message(-COIL_ECALLUSED), "cannot reuse already awaited coroutine");
    ck_assert_int_eq(coil_generator_throw(c, -EIO, NULL), -COIL_ECALLUSED);
    ck_assert_int_eq(coil_generator_close(c), 0);
    return arg;
}

static COIL_ASYNC(needs_a_loop)
{
    int err = coil_sleep(1);
    ck_assert_int_eq(err, -COIL_ENOLOOP);
    ck_assert_ptr_null(coil_current_task());
    ck_assert_ptr_null(coil_create_task(coil_sleep(1)));
    return 7;
}

TEST_IN_THREAD(what_needs_a_loop_says_so)
{
    COIL_COROUTINE(c, needs_a_loop());
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), -COIL_ESTOPITERATION);
    ck_assert_int_eq(coil_generator_status(c), 7);
    return arg;
}

/* ---------------------------------------------------------------- a switch of one's own ---- */

static int request(int what, int *ret_answer)
{
    const void *sent;
    int err = coil_generator_yield(&what, &sent);
    if (err >= 0)
        *ret_answer = sent ? *(const int *)sent : 0;
    return err;
}

static COIL_ASYNC(inner_request, (int, what), (int, ret, out))
{
    int err = coil_yield_now();
    return err < 0 ? err : request(what, ret);
}

static COIL_ASYNC(asks_twice, (int, ret_sum, out))
{
    int a, b, err = inner_request(1, &a);
    if (err >= 0)
        err = inner_request(2, &b);
    if (err >= 0)
        *ret_sum = a + b;
    return err;
}

TEST_IN_THREAD(values_come_out_of_the_innermost_await_and_go_into_it)
{
    int sum = 0, what = 0, ten = 10, twenty = 20;
    coil_generator *c = coil_coroutine_new(asks_twice(&sum), sizeof what);
    ck_assert_int_eq(coil_generator_send(c, NULL, &what), 0);
    ck_assert_int_eq(coil_generator_send(c, NULL, &what), 1);
    ck_assert_int_eq(what, 1);
    ck_assert_int_eq(coil_generator_send(c, &ten, &what), 0);
    ck_assert_int_eq(coil_generator_send(c, NULL, &what), 1);
    ck_assert_int_eq(what, 2);
    ck_assert_int_eq(coil_generator_send(c, &twenty, &what), -COIL_ESTOPITERATION);
    ck_assert_int_eq(sum, 30);
    coil_generator_free(c);
    return arg;
}

static int caught;

static COIL_ASYNC(catches)
{
    caught = coil_yield_now();
    if (caught == -EIO)
        ck_assert_str_eq(coil_error_message(-EIO), "thrown");
    int err = coil_yield_now();
    return err == -COIL_EGENERATOREXIT ? coil_fail(-EPERM, "in cleanup") : err;
}

TEST_IN_THREAD(errors_are_thrown_into_a_bare_yield)
{
    COIL_COROUTINE(c, catches());
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), 0);
    ck_assert_int_eq(coil_generator_throw(c, coil_fail(-EIO, "thrown"), NULL), 0);
    ck_assert_int_eq(caught, -EIO);
    ck_assert_int_eq(coil_generator_close(c), -EPERM);
    COIL_COROUTINE(unstarted, catches());
    ck_assert_int_eq(coil_generator_throw(unstarted, -EIO, NULL), -EIO);
    ck_assert_int_eq(coil_generator_send(unstarted, NULL, NULL), -COIL_ECALLUSED);
    return arg;
}

/* ---------------------------------------------------------------- futures ---- */

static COIL_ASYNC(follow, (coil_future *, f), (void *, ret, out))
{
    return coil_future_await(f, ret);
}

TEST_IN_THREAD(a_future_is_awaited_while_no_loop_runs)
{
    coil_loop *loop;
    void *value = NULL;
    ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
    coil_future *f = coil_loop_create_future(loop);
    coil_generator *c = coil_coroutine_new(follow(f, &value), 0);
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), 0);
    ck_assert_ptr_null(coil_loop_running());
    ck_assert_int_eq(coil_coroutine_waiting(c), 1);
    ck_assert_ptr_eq(coil_coroutine_future(c), f);
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), -COIL_EINVALIDSTATE);
    ck_assert_int_eq(coil_future_set_result(f, &value), 0);
    ck_assert_int_eq(coil_coroutine_waiting(c), 0);
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), -COIL_ESTOPITERATION);
    ck_assert_ptr_eq(value, &value);
    ck_assert_ptr_null(coil_loop_running());
    coil_generator_free(c);
    coil_generator *left = coil_coroutine_new(follow(coil_loop_create_future(loop), NULL), 0);
    ck_assert_int_eq(coil_generator_send(left, NULL, NULL), 0);
    coil_future_unref(f);
    coil_loop_close(loop); /* what is left there goes */
    ck_assert_int_eq(coil_generator_state(left), COIL_GENERATOR_CLOSED);
    coil_generator_free(left);
    return arg;
}

static COIL_ASYNC(throws_at_a_future)
{
    coil_future *f = coil_future_new();
    COIL_COROUTINE(c, follow(f, NULL));
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), 0);
    ck_assert_int_eq(coil_generator_throw(c, -EIO, NULL), -EIO);
    ck_assert_int_eq(coil_future_done(f), 0); /* a throw is no cancellation */
    COIL_COROUTINE(d, follow(f, NULL));
    coil_task *t = coil_create_task(coil_coroutine_await(d));
    int err = coil_yield_now();
    ck_assert_int_eq(coil_coroutine_await(d), -COIL_EINVALIDSTATE);
    ck_assert_str_eq(coil_error_message(-COIL_EINVALIDSTATE), "coroutine is being awaited already");
    ck_assert_int_eq(coil_generator_next(d, NULL), -COIL_EINVALIDSTATE);
    coil_task_cancel(t); /* and this is one */
    ck_assert_int_eq(coil_await(t), -ECANCELED);
    ck_assert_int_eq(coil_future_cancelled(f), 1);
    ck_assert_int_eq(coil_coroutine_await(d), -COIL_ECALLUSED);
    coil_future_unref(f);
    return err;
}

START_TEST(a_throw_leaves_the_future_and_a_cancellation_takes_it_along)
{
    ck_assert_int_eq(coil_run(throws_at_a_future()), 0);
}
END_TEST

/* ---------------------------------------------------------------- driven in a task ---- */

static COIL_ASYNC(all_kinds, (int, fd), (int, ret, out))
{
    char c = 0;
    int err = coil_sleep(0.001);
    if (err >= 0)
        err = coil_wait_for(coil_yield_now(), 1);
    if (err >= 0)
        err = coil_await(coil_create_task(coil_sleep(0.001)));
    if (err >= 0)
        err = coil_recv(fd, &c, 1);
    *ret = c;
    return err;
}

static COIL_ASYNC(drive)
{
    int fds[2], got = 0, turns = 0;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    ck_assert_int_eq(write(fds[1], "x", 1), 1);
    COIL_COROUTINE(c, all_kinds(fds[0], &got));
    int err = coil_generator_send(c, NULL, NULL);
    for (; err >= 0; turns++) {
        err = coil_coroutine_wait(c);
        if (err >= 0)
            err = coil_generator_send(c, NULL, NULL);
    }
    ck_assert_int_eq(err, -COIL_ESTOPITERATION);
    ck_assert_int_eq(got, 'x');
    ck_assert_int_ge(turns, 3);
    close(fds[1]);
    err = coil_close(fds[0]);
    return err;
}

START_TEST(everything_can_be_awaited_by_hand_in_a_task)
{
    ck_assert_int_eq(coil_run(drive()), 0);
}
END_TEST

static COIL_ASYNC(reads, (int, fd))
{
    char c;
    int err = coil_recv(fd, &c, 1);
    caught = err;
    return err;
}

static COIL_ASYNC(break_off_an_operation)
{
    int fds[2], err;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    COIL_COROUTINE(c, reads(fds[0]));
    ck_assert_int_eq(coil_generator_send(c, NULL, NULL), 0);
    ck_assert_int_eq(coil_coroutine_waiting(c), 1);
    ck_assert_int_eq(coil_generator_throw(c, -EIO, NULL), -EIO);
    ck_assert_int_eq(caught, -EIO);
    COIL_COROUTINE(d, reads(fds[0]));
    ck_assert_int_eq(coil_generator_send(d, NULL, NULL), 0);
    ck_assert_int_eq(coil_generator_close(d), 0);
    ck_assert_int_eq(caught, -COIL_EGENERATOREXIT);
    COIL_COROUTINE(e, reads(fds[0]));
    err = coil_wait_for(coil_coroutine_await(e), 0.001);
    ck_assert_int_eq(err, -ETIMEDOUT);
    ck_assert_int_eq(caught, -ECANCELED);
    close(fds[1]);
    return coil_close(fds[0]);
}

START_TEST(a_throw_waits_until_the_kernel_has_let_go)
{
    ck_assert_int_eq(coil_run(break_off_an_operation()), 0);
}
END_TEST

static coil_generator *left_behind[4];
static int pair[2];

static int drop_in_a_callback(void *arg)
{
    coil_generator_free(arg);
    return 0;
}

static COIL_ASYNC(leaves)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    left_behind[0] = coil_coroutine_new(reads(pair[0]), 0);
    left_behind[1] = coil_coroutine_new(coil_sleep(5), 0);
    left_behind[2] = coil_coroutine_new(coil_await(coil_create_task(coil_sleep(5))), 0);
    left_behind[3] = coil_coroutine_new(reads(pair[0]), 0);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(coil_generator_send(left_behind[i], NULL, NULL), 0);
    coil_call_soon(drop_in_a_callback, left_behind[3]); /* where one can't wait for the kernel */
    caught = 0;
    return coil_yield_now();
}

START_TEST(coroutines_that_are_left_behind_end_with_their_loop)
{
    ck_assert_int_eq(coil_run(leaves()), 0);
    ck_assert_int_eq(caught, -COIL_EGENERATOREXIT);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(coil_generator_state(left_behind[i]), -COIL_ESTALE);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

/* ---------------------------------------------------------------- who is current ---- */

static coil_context_var colour = COIL_CONTEXT_VAR("colour");

static COIL_ASYNC(looks_around, (coil_task *, driver))
{
    ck_assert_ptr_eq(coil_current_task(), driver);
    ck_assert_str_eq(coil_context_var_get_or(&colour, "none"), "red");
    int err = coil_sleep(0.001);
    ck_assert_ptr_eq(coil_current_task(), driver);
    if (err >= 0)
        err = coil_context_var_set(&colour, "blue");
    return err;
}

static COIL_ASYNC(shares)
{
    int err = coil_context_var_set(&colour, "red");
    COIL_COROUTINE(c, looks_around(coil_current_task()));
    if (err >= 0)
        err = coil_coroutine_await(c);
    ck_assert_str_eq(coil_context_var_get_or(&colour, "none"), "blue");
    return err;
}

START_TEST(a_coroutine_by_hand_runs_as_its_driver)
{
    ck_assert_int_eq(coil_run(shares()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("coroutines");
    tcase_add_test(t, a_coroutine_is_stepped_without_a_loop_and_gives_its_result);
    tcase_add_test(t, what_needs_a_loop_says_so);
    tcase_add_test(t, values_come_out_of_the_innermost_await_and_go_into_it);
    tcase_add_test(t, errors_are_thrown_into_a_bare_yield);
    tcase_add_test(t, a_future_is_awaited_while_no_loop_runs);
    tcase_add_test(t, a_throw_leaves_the_future_and_a_cancellation_takes_it_along);
    tcase_add_test(t, everything_can_be_awaited_by_hand_in_a_task);
    tcase_add_test(t, a_throw_waits_until_the_kernel_has_let_go);
    tcase_add_test(t, coroutines_that_are_left_behind_end_with_their_loop);
    tcase_add_test(t, a_coroutine_by_hand_runs_as_its_driver);
    return test_main("coroutines", t);
}
