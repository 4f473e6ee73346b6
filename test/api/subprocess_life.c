/* The life of a child: who sees its end, who ends it, and what is left of it: nothing. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "subprocess.h"

/* ---------------------------------------------------------------- who sees its end ---- */

COIL_ASYNC(waits, (coil_process *, p), (int, ret_code, out))
{
    return coil_process_wait(p, ret_code);
}

COIL_ASYNC(many_wait)
{
    coil_task *tasks[5];
    int codes[5];
    coil_process *p = shell("read x; exit 9", &(coil_process_options){.in = COIL_PIPE});
    for (int i = 0; i < 5; i++)
        tasks[i] = coil_create_task(waits(p, &codes[i]));
    ck_assert_int_eq(coil_yield_now(), 0);
    coil_task_cancel(tasks[2]);
    ck_assert_int_eq(coil_await(tasks[2]), -ECANCELED);
    ck_assert_int_eq(coil_process_returncode(p, NULL), 0);
    ck_assert_int_eq(coil_stream_send(coil_process_stdin(p), "x\n", 2), 0);
    for (int i = 0; i < 5; i++) {
        if (i == 2)
            continue;
        ck_assert_int_eq(coil_await(tasks[i]), 0);
        ck_assert_int_eq(codes[i], 9);
    }
    return coil_process_close(p);
}

START_TEST(any_number_may_wait_and_be_cancelled)
{
    run_to_end(coil_run(many_wait()));
}
END_TEST

COIL_ASYNC(ends_unseen)
{
    int code = -1;
    coil_process *p = shell("exit 3", NULL);
    int pid = coil_process_pid(p);
    ck_assert_int_gt(pid, 0);
    while (coil_process_returncode(p, &code) == 0)
        ck_assert_int_eq(coil_sleep(0.001), 0);
    ck_assert_int_eq(code, 3);
    ck_assert_int_eq(kill(pid, 0), -1); /* reaped, although nobody waited */
    code = -1;
    ck_assert_int_eq(coil_process_wait(p, &code), 0);
    ck_assert_int_eq(coil_process_wait(p, NULL), 0);
    ck_assert_int_eq(code, 3);
    ck_assert_int_eq(coil_process_kill(p), -ESRCH);
    ck_assert_int_eq(coil_process_send_signal(p, 0), -ESRCH);
    return coil_process_close(p);
}

START_TEST(an_end_is_seen_without_a_waiter_and_kept_for_later_ones)
{
    run_to_end(coil_run(ends_unseen()));
}
END_TEST

COIL_ASYNC(reaped_elsewhere)
{
    int code = 0;
    coil_process *p = shell("exit 3", NULL);
    ck_assert_int_eq(coil_process_wait(p, &code), 0);
    ck_assert_int_eq(code, 255);
    return coil_process_close(p);
}

START_TEST(a_status_that_nobody_kept_is_255)
{
    signal(SIGCHLD, SIG_IGN); /* the kernel reaps */
    run_to_end(coil_run(reaped_elsewhere()));
    signal(SIGCHLD, SIG_DFL);
}
END_TEST

/* ---------------------------------------------------------------- who ends it ---- */

COIL_ASYNC(stubborn)
{
    int code;
    const char *line;
    size_t size;
    coil_process *p = shell("trap '' TERM; echo ready; while :; do sleep 0.01; done",
                            &(coil_process_options){.out = COIL_PIPE});
    ck_assert_int_eq(coil_stream_readline(coil_process_stdout(p), &line, &size), 6);
    ck_assert_int_eq(coil_process_terminate(p), 0);
    ck_assert_int_eq(coil_wait_for(coil_process_wait(p, &code), 0.03), -ETIMEDOUT);
    ck_assert_int_eq(coil_process_send_signal(p, 1000), -EINVAL);
    ck_assert_int_eq(coil_process_kill(p), 0);
    ck_assert_int_eq(coil_process_wait(p, &code), 0);
    ck_assert_int_eq(code, -SIGKILL);
    return coil_process_close(p);
}

START_TEST(who_ignores_sigterm_is_killed)
{
    run_to_end(coil_run(stubborn()));
}
END_TEST

COIL_ASYNC(stopped)
{
    int code;
    coil_process *p = shell("exec sleep 5", NULL);
    ck_assert_int_eq(coil_process_send_signal(p, SIGSTOP), 0);
    ck_assert_int_eq(coil_wait_for(coil_process_wait(p, &code), 0.02), -ETIMEDOUT);
    ck_assert_int_eq(coil_process_terminate(p), 0);
    ck_assert_int_eq(coil_process_send_signal(p, SIGCONT), 0);
    ck_assert_int_eq(coil_process_wait(p, &code), 0);
    ck_assert_int_eq(code, -SIGTERM);
    return coil_process_close(p);
}

START_TEST(a_stopped_child_has_not_ended)
{
    run_to_end(coil_run(stopped()));
}
END_TEST

static int pids[3];

COIL_ASYNC(closed_while_it_runs)
{
    int code;
    const coil_process_options pipes = {.in = COIL_PIPE, .out = COIL_PIPE, .err = COIL_PIPE};
    coil_process *p = shell("exec sleep 5", &pipes);
    coil_task *t = coil_create_task(waits(p, &code));
    coil_stream *in = coil_process_stdin(p);
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_process_close(p), 0);
    ck_assert_int_eq(coil_process_close(p), -COIL_ESTALE);
    ck_assert_int_eq(coil_process_kill(p), -COIL_ESTALE);
    ck_assert_int_eq(coil_process_wait(p, &code), -COIL_ESTALE);
    ck_assert_int_eq(coil_stream_write(in, "x", 1), -COIL_ESTALE);
    ck_assert_ptr_null(coil_process_stdin(p));
    ck_assert_int_eq(coil_await(t), 0); /* who waited is told */
    ck_assert_int_eq(code, -SIGKILL);
    return 0;
}

START_TEST(close_kills_and_takes_the_handle_back)
{
    run_to_end(coil_run(closed_while_it_runs()));
}
END_TEST

COIL_ASYNC(left_running)
{
    const coil_process_options pipes = {.in = COIL_PIPE, .out = COIL_PIPE};
    pids[0] = coil_process_pid(shell("exec sleep 5", NULL));
    pids[1] = coil_process_pid(shell("exec sleep 5", &pipes));
    coil_process *closed = shell("exec sleep 5", &pipes);
    pids[2] = coil_process_pid(closed);
    return coil_process_close(closed);
}

START_TEST(what_lives_when_the_loop_closes_is_killed_and_reaped)
{
    run_to_end(coil_run(left_running()));
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(kill(pids[i], 0), -1);
}
END_TEST

COIL_ASYNC(waits_for_ever)
{
    coil_process *p = shell("exec sleep 5", &(coil_process_options){.out = COIL_PIPE});
    coil_task *waiter = coil_create_task(coil_process_wait(p, NULL));
    coil_task *reader = coil_create_task(coil_process_communicate(p, NULL, 0, NULL));
    int err = coil_yield_now();
    return waiter && reader ? err : -ENOMEM;
}

START_TEST(tasks_that_wait_for_a_child_end_with_the_loop)
{
    run_to_end(coil_run(waits_for_ever()));
}
END_TEST

COIL_ASYNC(detached)
{
    const coil_process_options options = {.out = COIL_PIPE};
    const char *line;
    size_t size;
    coil_process *p = shell("echo up; exec sleep 5 >/dev/null", &options);
    pids[0] = coil_process_pid(p);
    ck_assert_int_eq(coil_stream_readline(coil_process_stdout(p), &line, &size), 3);
    ck_assert_int_eq(coil_process_detach(p), 0);
    ck_assert_int_eq(coil_process_detach(p), -COIL_ESTALE);
    p = shell("exit 0", NULL); /* one that ends in time is reaped */
    pids[1] = coil_process_pid(p);
    ck_assert_int_eq(coil_process_detach(p), 0);
    while (kill(pids[1], 0) == 0)
        ck_assert_int_eq(coil_sleep(0.001), 0);
    return 0;
}

START_TEST(a_detached_child_lives_on)
{
    ck_assert_int_eq(coil_run(detached()), 0);
    ck_assert_int_eq(waitpid(pids[0], NULL, WNOHANG), 0);
    kill(pids[0], SIGKILL);
    ck_assert_int_eq(waitpid(pids[0], NULL, 0), pids[0]);
    no_child();
}
END_TEST

/* ---------------------------------------------------------------- starting ---- */

COIL_ASYNC(starts, (coil_process *, ret, out))
{
    const char *const argv[] = {"sleep", "5", NULL};
    const coil_process_options pipes = {.in = COIL_PIPE, .out = COIL_PIPE, .err = COIL_PIPE};
    return coil_create_subprocess_exec(argv, &pipes, ret);
}

COIL_ASYNC(cancelled_starts)
{
    for (int turns = 0; turns < 4; turns++) {
        coil_process *p = NULL;
        coil_task *t = coil_create_task(starts(&p));
        for (int i = 0; i < turns; i++)
            ck_assert_int_eq(coil_yield_now(), 0);
        coil_task_cancel(t);
        int err = coil_await(t); /* it was started or it was not */
        ck_assert(err == 0 || err == -ECANCELED);
        ck_assert_int_eq(err == 0, p != NULL);
        ck_assert_int_eq(coil_process_close(p), 0);
    }
    return 0;
}

START_TEST(a_cancelled_start_leaves_nothing)
{
    run_to_end(coil_run(cancelled_starts()));
}
END_TEST

static int expects_destroyed(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop, (void)context;
    ++*(int *)arg;
    return 0;
}

COIL_ASYNC(abandons_start)
{
    coil_process *p;
    coil_task *t = coil_create_task(starts(&p));
    int err = coil_yield_now();
    return t ? err : -ENOMEM;
}

START_TEST(a_start_that_the_loop_leaves_behind_is_undone)
{
    run_to_end(coil_run(abandons_start()));
    int destroyed =
        0; /* without a shutdown the task is destroyed in the middle, unless the helper's thread was faster */
    for (int tries = 0; tries < 50 && destroyed == 0; tries++) {
        coil_loop *loop;
        ck_assert_int_eq(coil_loop_new(NULL, &loop), 0);
        coil_loop_set_exception_handler(loop, expects_destroyed, &destroyed);
        ck_assert_int_eq(coil_loop_run_until_complete(loop, abandons_start()), 0);
        ck_assert_int_eq(coil_loop_close(loop), 0);
        no_child();
        if (test_simulated()) /* it waits for the helper's thread */
            return;
    }
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

COIL_ASYNC(runs_one, (int, wish), (int, ret_code, out))
{
    char command[32];
    snprintf(command, sizeof command, "echo %d; exit %d", wish, wish);
    coil_process_output got;
    coil_process *p;
    int err = coil_create_subprocess_shell(command, &(coil_process_options){.out = COIL_PIPE}, &p);
    if (err < 0)
        return err;
    err = coil_process_communicate(p, NULL, 0, &got);
    if (err >= 0)
        err = coil_process_wait(p, ret_code);
    if (err >= 0 && atoi(got.out) != wish)
        err = -EBADMSG;
    coil_process_close(p);
    return err;
}

COIL_ASYNC(crowd)
{
    enum { MANY = 60 };
    coil_task *tasks[MANY];
    int codes[MANY];
    for (int i = 0; i < MANY; i++)
        tasks[i] = coil_create_task(runs_one(i, &codes[i]));
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(coil_await(tasks[i]), 0);
        ck_assert_int_eq(codes[i], i);
    }
    return 0;
}

static void *run_crowd(void *arg)
{
    *(int *)arg = coil_run(crowd());
    return NULL;
}

START_TEST(loops_of_two_threads_start_a_crowd)
{
    pthread_t threads[2];
    int status[2];
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_crowd, &status[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(status[i], 0);
    }
    no_child();
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("subprocess_life");
    tcase_add_test(t, any_number_may_wait_and_be_cancelled);
    tcase_add_test(t, an_end_is_seen_without_a_waiter_and_kept_for_later_ones);
    tcase_add_test(t, a_status_that_nobody_kept_is_255);
    tcase_add_test(t, who_ignores_sigterm_is_killed);
    tcase_add_test(t, a_stopped_child_has_not_ended);
    tcase_add_test(t, close_kills_and_takes_the_handle_back);
    tcase_add_test(t, what_lives_when_the_loop_closes_is_killed_and_reaped);
    tcase_add_test(t, tasks_that_wait_for_a_child_end_with_the_loop);
    tcase_add_test(t, a_detached_child_lives_on);
    tcase_add_test(t, a_cancelled_start_leaves_nothing);
    tcase_add_test(t, a_start_that_the_loop_leaves_behind_is_undone);
    tcase_add_test(t, loops_of_two_threads_start_a_crowd);
    return test_main("subprocess_life", t);
}
