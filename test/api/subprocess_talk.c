/* Talking to a child: streams on its pipes, communicate, and pipes that end early, late or never. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
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

static const coil_process_options all_pipes = {.in = COIL_PIPE, .out = COIL_PIPE, .err = COIL_PIPE};

/* ---------------------------------------------------------------- line by line ---- */

COIL_ASYNC(talks)
{
    coil_process *p = shell("while read x; do echo got $x; done; echo end >&2; exit 4", &all_pipes);
    coil_stream *in = coil_process_stdin(p), *out = coil_process_stdout(p);
    const char *line;
    size_t size;
    int code;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(coil_stream_send(in, "word\n", 5), 0);
        ck_assert_int_eq(coil_stream_readline(out, &line, &size), 9);
        ck_assert_mem_eq(line, "got word\n", 9);
    }
    ck_assert_int_eq(coil_stream_close(in), 0);
    ck_assert_int_eq(coil_stream_readline(out, &line, &size), 0);
    ck_assert_int_eq(coil_stream_read_all(coil_process_stderr(p), &line, &size), 4);
    ck_assert_mem_eq(line, "end\n", 4);
    ck_assert_int_eq(coil_process_wait(p, &code), 0);
    ck_assert_int_eq(code, 4);
    return coil_process_close(p);
}

START_TEST(a_dialogue_goes_line_by_line)
{
    run_to_end(coil_run(talks()));
}
END_TEST

COIL_ASYNC(limited)
{
    const coil_process_options options = {.out = COIL_PIPE, .limit = 10};
    coil_process *p = shell("echo a line that is longer than that; echo short", &options);
    const char *line;
    size_t size;
    ck_assert_int_eq(coil_stream_readline(coil_process_stdout(p), &line, &size), -COIL_ELIMIT);
    int got; /* what comes of the long line after the error is a line, and may be too long again */
    do {
        got = coil_stream_readline(coil_process_stdout(p), &line, &size);
    } while (got == -COIL_ELIMIT || (got > 0 && strncmp(line, "short\n", 6) != 0));
    ck_assert_int_eq(got, 6);
    return coil_process_close(p);
}

START_TEST(the_limit_is_that_of_readline)
{
    run_to_end(coil_run(limited()));
}
END_TEST

/* ---------------------------------------------------------------- communicate ---- */

enum { MUCH = 4000000 };

COIL_ASYNC(floods)
{
    char *input = malloc(MUCH);
    coil_process_output got;
    for (int i = 0; i < MUCH; i++)
        input[i] = (char)(i % 251);
    coil_process *p = shell("tee /proc/self/fd/2", &all_pipes);
    ck_assert_int_eq(coil_process_communicate(p, input, MUCH, &got), 0);
    ck_assert_uint_eq(got.out_size, MUCH);
    ck_assert_uint_eq(got.err_size, MUCH);
    ck_assert_mem_eq(got.out, input, MUCH);
    ck_assert_mem_eq(got.err, input, MUCH);
    ck_assert_int_eq(got.out[MUCH], 0);
    ck_assert_int_eq(coil_process_returncode(p, NULL), 1);
    free(input);
    return coil_process_close(p);
}

START_TEST(communicate_moves_megabytes_through_three_pipes)
{
    run_to_end(coil_run(floods()));
}
END_TEST

COIL_ASYNC(some_pipes)
{
    coil_process_output got;
    coil_process *p = shell("echo lost >&2", &(coil_process_options){.err = COIL_DEVNULL});
    ck_assert_int_eq(coil_process_communicate(p, NULL, 0, &got), 0);
    ck_assert(!got.out && !got.err && got.out_size == 0);
    coil_process_close(p);
    p = shell("exit 0", &(coil_process_options){.out = COIL_PIPE});
    ck_assert_int_eq(coil_process_communicate(p, NULL, 0, NULL), 0);
    ck_assert_int_eq(coil_process_communicate(p, NULL, 0, &got), 0);
    ck_assert_str_eq(got.out, "");
    ck_assert_ptr_null(got.err);
    coil_process_close(p);
    p = shell("cat", &all_pipes); /* closes stdin also when there is no input */
    ck_assert_int_eq(coil_process_communicate(p, NULL, 0, &got), 0);
    ck_assert_int_eq(coil_process_communicate(p, NULL, 1, &got), -EINVAL);
    ck_assert_uint_eq(got.out_size, 0);
    return coil_process_close(p);
}

START_TEST(communicate_takes_what_pipes_there_are)
{
    run_to_end(coil_run(some_pipes()));
}
END_TEST

COIL_ASYNC(deaf_children)
{
    static char input[1000000];
    static const char *const deaf[] = {"exec <&-; echo early", "head -c 10 >/dev/null; echo early",
                                       "exec <&-; sleep 0.02; echo early", "echo early"};
    coil_process_output got;
    for (size_t i = 0; i < sizeof deaf / sizeof *deaf; i++) {
        coil_process *p = shell(deaf[i], &all_pipes);
        ck_assert_int_eq(coil_process_communicate(p, input, sizeof input, &got), 0);
        ck_assert_str_eq(got.out, "early\n");
        coil_process_close(p);
    }
    return 0;
}

START_TEST(a_child_that_does_not_read_is_no_error_of_communicate)
{
    run_to_end(coil_run(deaf_children()));
}
END_TEST

COIL_ASYNC(writes_to_the_dead)
{
    coil_process *p = shell("exit 0", &all_pipes);
    ck_assert_int_eq(coil_process_wait(p, NULL), 0);
    int err = coil_stream_send(coil_process_stdin(p), "x", 1);
    while (err == 0) /* it is in the buffer, and nobody has seen the error yet */
        err = coil_yield_now() < 0 ? -EINTR : coil_stream_send(coil_process_stdin(p), "x", 1);
    ck_assert_int_eq(err, -EPIPE);
    ck_assert_int_eq(coil_stream_drain(coil_process_stdin(p)), -EPIPE);
    ck_assert_int_eq(coil_process_communicate(p, "x", 1, NULL), 0);
    return coil_process_close(p);
}

START_TEST(a_write_to_a_dead_child_is_epipe)
{
    run_to_end(coil_run(writes_to_the_dead()));
}
END_TEST

COIL_ASYNC(interrupted)
{
    coil_process_output got = {0};
    coil_process *p = shell("cat; sleep 0.1; echo late; echo also >&2", &all_pipes);
    ck_assert_int_eq(coil_wait_for(coil_process_communicate(p, "first ", 6, &got), 0.03),
                     -ETIMEDOUT);
    ck_assert_ptr_null(got.out);
    ck_assert_int_eq(coil_process_returncode(p, NULL), 0);
    ck_assert_int_eq(coil_process_communicate(p, NULL, 0, &got), 0);
    ck_assert_str_eq(got.out, "first late\n");
    ck_assert_str_eq(got.err, "also\n");
    return coil_process_close(p);
}

START_TEST(a_cancelled_communicate_has_lost_nothing)
{
    run_to_end(coil_run(interrupted()));
}
END_TEST

COIL_ASYNC(too_much)
{
    const coil_process_options options = {.out = COIL_PIPE, .err = COIL_PIPE, .max_output = 1000};
    coil_process_output got = {0};
    coil_process *p = shell("while :; do echo yes; done", &options);
    ck_assert_int_eq(coil_process_communicate(p, NULL, 0, &got), -COIL_ELIMIT);
    ck_assert_ptr_null(got.out);
    ck_assert_int_eq(coil_process_returncode(p, NULL), 0);
    coil_process_close(p);
    p = shell("head -c 1000 /dev/zero", &options);
    ck_assert_int_eq(coil_process_communicate(p, NULL, 0, &got), 0);
    ck_assert_uint_eq(got.out_size, 1000);
    return coil_process_close(p);
}

START_TEST(output_beyond_max_output_is_refused)
{
    run_to_end(coil_run(too_much()));
}
END_TEST

COIL_ASYNC(two_readers)
{
    char c;
    coil_process *p = shell("exec sleep 5", &(coil_process_options){.out = COIL_PIPE});
    coil_task *t = coil_create_task(coil_stream_read(coil_process_stdout(p), &c, 1));
    ck_assert_int_eq(coil_yield_now(), 0);
    ck_assert_int_eq(coil_process_communicate(p, NULL, 0, NULL), -COIL_ECONCURRENT);
    ck_assert_int_eq(coil_process_close(p), 0);
    return coil_await(t); /* the end */
}

START_TEST(communicate_is_refused_while_somebody_reads)
{
    run_to_end(coil_run(two_readers()));
}
END_TEST

/* ---------------------------------------------------------------- early, late, never ---- */

COIL_ASYNC(closes_early)
{
    const char *bytes;
    size_t size;
    coil_process *p = shell("exec >&- 2>&-; sleep 0.05; exit 7", &all_pipes);
    int code;
    ck_assert_int_eq(coil_stream_read_all(coil_process_stdout(p), &bytes, &size), 0);
    ck_assert_int_eq(coil_process_returncode(p, NULL), 0);
    ck_assert_int_eq(coil_process_communicate(p, NULL, 0, NULL), 0);
    ck_assert_int_eq(coil_process_returncode(p, &code), 1);
    ck_assert_int_eq(code, 7);
    return coil_process_close(p);
}

START_TEST(a_child_may_close_its_pipes_and_go_on)
{
    run_to_end(coil_run(closes_early()));
}
END_TEST

COIL_ASYNC(user_closes)
{
    coil_process_output got;
    coil_process *p = shell("cat; echo err >&2; echo to nobody", &all_pipes);
    ck_assert_int_eq(coil_stream_close(coil_process_stdin(p)), 0);
    ck_assert_int_eq(coil_stream_close(coil_process_stdout(p)), 0);
    ck_assert_int_eq(coil_process_communicate(p, "unread", 6, &got), 0);
    ck_assert_ptr_null(got.out);
    ck_assert_str_eq(got.err, "err\n");
    return coil_process_close(p);
}

START_TEST(streams_that_their_user_closed_are_left_out)
{
    run_to_end(coil_run(user_closes()));
}
END_TEST

COIL_ASYNC(grandchild)
{
    coil_process_output got;
    const char *line;
    size_t size;
    int code;
    coil_process *p =
        shell("sleep 10 & echo $!; exit 3", &(coil_process_options){.out = COIL_PIPE});
    ck_assert_int_eq(coil_process_wait(p, &code), 0); /* does not wait for the pipe */
    ck_assert_int_eq(code, 3);
    ck_assert_int_gt(coil_stream_readline(coil_process_stdout(p), &line, &size), 0);
    pid_t sleeper = atoi(line);
    /* communicate does */
    ck_assert_int_eq(coil_wait_for(coil_process_communicate(p, NULL, 0, &got), 0.02), -ETIMEDOUT);
    kill(sleeper, SIGKILL);
    ck_assert_int_eq(coil_process_communicate(p, NULL, 0, &got), 0);
    ck_assert_str_eq(got.out, "");
    return coil_process_close(p);
}

START_TEST(a_grandchild_holds_the_pipe_but_not_the_wait)
{
    run_to_end(coil_run(grandchild()));
}
END_TEST

COIL_ASYNC(unread)
{
    const char *bytes;
    size_t size;
    /* more than a usual pipe holds: asyncio reads ahead */
    coil_process *p = shell("head -c 190000 /dev/zero", &(coil_process_options){.out = COIL_PIPE});
    ck_assert_int_eq(coil_process_wait(p, NULL), 0);
    ck_assert_int_eq(coil_stream_read_all(coil_process_stdout(p), &bytes, &size), 190000);
    return coil_process_close(p);
}

START_TEST(a_child_may_end_before_its_output_is_read)
{
    run_to_end(coil_run(unread()));
}
END_TEST

/* ---------------------------------------------------------------- memory ---- */

COIL_ASYNC(steady)
{
    coil_process *p = shell("cat", &all_pipes);
    unsigned long long before = 0, after;
    char buf[64] = {0};
    for (int i = 0; i < 300; i++) {
        if (i == 10)
            coil_memory_counts(&before, NULL);
        ck_assert_int_eq(coil_stream_send(coil_process_stdin(p), buf, sizeof buf), 0);
        ck_assert_int_eq(coil_stream_readexactly(coil_process_stdout(p), buf, sizeof buf),
                         (int)sizeof buf);
    }
    coil_memory_counts(&after, NULL);
    ck_assert_uint_eq(before, after);
    return coil_process_close(p);
}

START_TEST(a_word_to_and_fro_allocates_nothing)
{
    if (test_simulated())
        return; /* it allocates for its own */
    run_to_end(coil_run(steady()));
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("subprocess_talk");
    tcase_add_test(t, a_dialogue_goes_line_by_line);
    tcase_add_test(t, the_limit_is_that_of_readline);
    tcase_add_test(t, communicate_moves_megabytes_through_three_pipes);
    tcase_add_test(t, communicate_takes_what_pipes_there_are);
    tcase_add_test(t, a_child_that_does_not_read_is_no_error_of_communicate);
    tcase_add_test(t, a_write_to_a_dead_child_is_epipe);
    tcase_add_test(t, a_cancelled_communicate_has_lost_nothing);
    tcase_add_test(t, output_beyond_max_output_is_refused);
    tcase_add_test(t, communicate_is_refused_while_somebody_reads);
    tcase_add_test(t, a_child_may_close_its_pipes_and_go_on);
    tcase_add_test(t, streams_that_their_user_closed_are_left_out);
    tcase_add_test(t, a_grandchild_holds_the_pipe_but_not_the_wait);
    tcase_add_test(t, a_child_may_end_before_its_output_is_read);
    tcase_add_test(t, a_word_to_and_fro_allocates_nothing);
    return test_main("subprocess_talk", t);
}
