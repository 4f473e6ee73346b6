/* Debug mode: what is slow, which task it was, what nobody used; and where lines go. */
#include <check.h>
#include <string.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

static char lines[16][512];
static int levels[16], n_lines;

static void note(coil_loop *loop, int level, const char *line, void *arg)
{
    (void)loop;
    ck_assert_ptr_eq(arg, lines);
    ck_assert_int_lt(n_lines, 16);
    levels[n_lines] = level;
    snprintf(lines[n_lines++], sizeof lines[0], "%s", line);
}

/* The line that has `text`, or NULL. */
static const char *line_with(const char *text)
{
    for (int i = 0; i < n_lines; i++)
        if (strstr(lines[i], text))
            return lines[i];
    return NULL;
}

static void begin(void)
{
    n_lines = 0;
    coil_loop_set_log_handler(coil_loop_running(), note, lines);
}

static int block(void *arg)
{
    (void)arg;
    usleep(20000);
    return 0;
}

static COIL_ASYNC(blocks)
{
    usleep(20000);
    return 0;
}

static COIL_ASYNC(slow_steps)
{
    begin();
    coil_loop *loop = coil_loop_running();
    ck_assert_double_eq(coil_loop_slow_callback_duration(loop), 0.1);
    coil_loop_set_slow_callback_duration(loop, 0.01);
    coil_loop_set_slow_callback_duration(loop, __builtin_nan(""));
    ck_assert_double_eq(coil_loop_slow_callback_duration(loop), 0.01);
    coil_task *t = coil_create_task_named(blocks(), "blocker");
    int err = coil_await(t);
    ck_assert_ptr_nonnull(
        line_with("Executing <Task pending name='blocker' coro=<blocks()> created at "));
    ck_assert_ptr_nonnull(line_with("debug.c:"));
    ck_assert_int_eq(levels[0], COIL_LOG_WARNING);
    coil_call_soon(block, NULL);
    coil_call_later(0, block, NULL);
    if (err >= 0)
        err = coil_sleep(0.001);
    if (err >= 0)
        err = coil_yield_now(); /* the timer's own step is told when it has ended */
    ck_assert_ptr_nonnull(line_with("Executing <Handle "));
    ck_assert_ptr_nonnull(line_with("Executing <TimerHandle "));
    coil_loop_set_debug(loop, 0);
    n_lines = 0;
    if (err >= 0)
        err = coil_await(coil_create_task(blocks()));
    if (err >= 0)
        err = coil_sleep(0.001);
    ck_assert_int_eq(n_lines, 0);
    return err;
}

START_TEST(a_step_that_blocks_is_logged_with_what_it_was)
{
    coil_loop_options options = {.debug = 1};
    ck_assert_int_eq(coil_run_with(slow_steps(), &options), 0);
}
END_TEST

/* Switched on in the middle: who runs next comes back to the loop, and order stays what it was. */
static COIL_ASYNC(yields, (int, name), (char *, order))
{
    for (int i = 0; i < 3; i++) {
        char *end = order + strlen(order);
        end[0] = (char)name;
        end[1] = 0;
        int err = coil_yield_now();
        if (err < 0)
            return err;
    }
    return 0;
}

static COIL_ASYNC(same_order)
{
    for (int debug = 0; debug < 2; debug++) {
        char order[16] = "";
        coil_loop_set_debug(coil_loop_running(), debug);
        int err = coil_gather(yields('a', order), yields('b', order), yields('c', order));
        if (err < 0)
            return err;
        ck_assert_str_eq(order, "abcabcabc");
    }
    return 0;
}

START_TEST(debug_mode_keeps_the_order)
{
    ck_assert_int_eq(coil_run(same_order()), 0);
}
END_TEST

static COIL_ASYNC(fails)
{
    return -EIO;
}

static COIL_ASYNC(lost_errors)
{
    begin();
    coil_task *t = coil_create_task_named(fails(), "lost");
    int err = coil_yield_now();
    if (err >= 0)
        err = coil_yield_now();
    coil_task_unref(t);
    ck_assert_int_eq(n_lines, 1);
    ck_assert_int_eq(levels[0], COIL_LOG_ERROR);
    ck_assert_ptr_nonnull(line_with("Task exception was never retrieved: EIO: "));
    int debug = coil_loop_get_debug(coil_loop_running());
    ck_assert_ptr_nonnull(line_with(" (<Task finished name='lost' coro=<fails()>>)"));
    ck_assert_int_eq(line_with("debug.c:") != NULL, debug);
    return err;
}

START_TEST(a_lost_error_says_whose_it_was_and_in_debug_mode_where_it_came_from)
{
    coil_loop_options plain = {.debug = 0}, debug = {.debug = 1};
    ck_assert_int_eq(coil_run_with(lost_errors(), &plain), 0);
    ck_assert_int_eq(coil_run_with(lost_errors(), &debug), 0);
}
END_TEST

static coil_call unused;

static COIL_ASYNC(unused_calls)
{
    begin();
    unused = COIL_CALL(blocks());
    int err = 0;
    for (int i = 0; i < 100 && err >= 0; i++)
        err = coil_perform(COIL_CALL(coil_yield_now()));
    return err;
}

START_TEST(a_stored_call_that_nobody_used_is_logged_when_the_loop_closes)
{
    coil_loop_options options = {.debug = 1};
    ck_assert_int_eq(coil_run_with(unused_calls(), &options), 0);
    ck_assert_int_eq(n_lines, 1);
    ck_assert_ptr_nonnull(line_with("coroutine 'blocks' was never awaited (created at "));
    ck_assert_int_eq(coil_perform(unused), 0); /* it is good all the same */
}
END_TEST

static int breaks(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop, (void)context, (void)arg;
    return -EPIPE;
}

static COIL_ASYNC(handlers)
{
    coil_loop *loop = coil_loop_running();
    coil_exception_context context = {.message = "something"};
    begin();
    coil_loop_set_exception_handler(loop, breaks, NULL);
    coil_loop_call_exception_handler(loop, &context);
    ck_assert_int_eq(n_lines, 1);
    ck_assert_ptr_nonnull(line_with("Unhandled error in exception handler: EPIPE"));
    coil_loop_set_exception_handler(loop, NULL, NULL);
    coil_loop_call_exception_handler(loop, &context);
    ck_assert_str_eq(lines[1], "something");
    return 0;
}

START_TEST(a_handler_that_fails_is_told_to_the_default_one)
{
    ck_assert_int_eq(coil_run(handlers()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("debug");
    tcase_add_test(t, a_step_that_blocks_is_logged_with_what_it_was);
    tcase_add_test(t, debug_mode_keeps_the_order);
    tcase_add_test(t, a_lost_error_says_whose_it_was_and_in_debug_mode_where_it_came_from);
    tcase_add_test(t, a_stored_call_that_nobody_used_is_logged_when_the_loop_closes);
    tcase_add_test(t, a_handler_that_fails_is_told_to_the_default_one);
    return test_main("debug", t);
}
