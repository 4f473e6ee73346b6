/* What a loop is made with: options, and the environment, which fills in what they leave at zero. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_child.h"

static void refused(const coil_loop_options *o, const char *message)
{
    coil_loop *loop = NULL;
    ck_assert_int_eq(coil_loop_new(o, &loop), -EINVAL);
    ck_assert_str_eq(coil_error_message(-EINVAL), message);
    ck_assert_ptr_null(loop);
}

/* The failure records of the tests stay in a process of their own. */
static int bad_options(void *arg)
{
    (void)arg;
    refused(&(coil_loop_options){.stack_size = 1000},
            "stack_size 1000: expected 65536 to 8388608 bytes");
    refused(&(coil_loop_options){.stack_size = (size_t)1 << 30},
            "stack_size 1073741824: expected 65536 to 8388608 bytes");
    refused(&(coil_loop_options){.stack_guard = 7},
            "stack_guard 7: expected COIL_GUARD_AUTO, _PAGES or _CANARY");
    coil_loop *loop;
    ck_assert_int_eq(coil_loop_new(&(coil_loop_options){.backend = "carrier pigeons"}, &loop),
                     -EINVAL);
    ck_assert_ptr_nonnull(strstr(coil_error_message(-EINVAL), "carrier pigeons"));
    return 0;
}

START_TEST(an_option_out_of_range_is_refused_with_a_sentence)
{
    ck_assert_int_eq(in_child(bad_options, NULL, NULL, 0), 0);
}
END_TEST

static int bad_environment(void *arg)
{
    (void)arg;
    static const struct {
        const char *name, *value, *message;
    } row[] = {
        {"COIL_STACK_SIZE", "much", "COIL_STACK_SIZE=much: expected a number"},
        {"COIL_STACK_SIZE", "-1", "COIL_STACK_SIZE=-1: expected a number"},
        {"COIL_STACK_SIZE", " -1", "COIL_STACK_SIZE= -1: expected a number"},
        {"COIL_STACK_SIZE", "70000k", "COIL_STACK_SIZE=70000k: expected a number"},
        {"COIL_STACK_SIZE", "99999999999999999999",
         "COIL_STACK_SIZE=99999999999999999999: expected a number"},
        {"COIL_STACK_SIZE", "1", "stack_size 1: expected 65536 to 8388608 bytes"},
        {"COIL_URING_ENTRIES", "2x", "COIL_URING_ENTRIES=2x: expected a number"},
        {"COIL_URING_ENTRIES", "4294967298", "COIL_URING_ENTRIES=4294967298: expected a number"},
        {"COIL_STACK_GUARD", "dragons", "COIL_STACK_GUARD=dragons: expected auto, pages or canary"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        setenv(row[i].name, row[i].value, 1);
        refused(NULL, row[i].message);
        unsetenv(row[i].name);
    }
    return 0;
}

START_TEST(a_bad_word_in_the_environment_is_named)
{
    ck_assert_int_eq(in_child(bad_environment, NULL, NULL, 0), 0);
}
END_TEST

COIL_ASYNC(looks_around, (int *, debug), (double *, passed))
{
    *debug = coil_loop_get_debug(coil_loop_running());
    double before = coil_time();
    int err = coil_sleep(1000);
    *passed = coil_time() - before;
    return err;
}

static int good_environment(void *arg)
{
    (void)arg;
    int debug = 0;
    double passed = 0;
    setenv("COIL_STACK_SIZE", "131072", 1);
    setenv("COIL_STACK_GUARD", "canary", 1);
    setenv("COIL_CLOCK", "virtual", 1);
    setenv("COIL_DEBUG", "1", 1);
    ck_assert_int_eq(coil_run(looks_around(&debug, &passed)), 0);
    ck_assert_int_eq(debug, 1);
    ck_assert(passed >= 1000 && passed < 1001);
    setenv("COIL_DEBUG", "0", 1);
    setenv("COIL_STACK_GUARD", "", 1);
    ck_assert_int_eq(coil_run(looks_around(&debug, &passed)), 0);
    ck_assert_int_eq(debug, 0);
    return 0;
}

START_TEST(the_environment_fills_in_what_the_program_left_open)
{
    ck_assert_int_eq(in_child(good_environment, NULL, NULL, 0), 0);
}
END_TEST

static int too_many_loops(void *arg)
{
    (void)arg;
    enum { MOST = 256 };
    static coil_loop *loops[MOST];
    const coil_loop_options o = {.backend = "epoll"};
    for (int i = 0; i < MOST; i++)
        ck_assert_int_eq(coil_loop_new(&o, &loops[i]), 0);
    coil_loop *one_more = NULL;
    int err = coil_loop_new(&o, &one_more);
    ck_assert_int_lt(err, 0);
    ck_assert_str_eq(coil_error_message(err), "no more than 256 loops can exist at the same time");
    ck_assert_ptr_null(one_more);
    ck_assert_int_eq(coil_loop_close(loops[7]), 0);
    ck_assert_int_eq(coil_loop_new(&o, &loops[7]), 0); /* a place that became free */
    for (int i = 0; i < MOST; i++)
        ck_assert_int_eq(coil_loop_close(loops[i]), 0);
    return 0;
}

START_TEST(a_loop_too_many_is_refused_and_a_closed_one_makes_room)
{
    ck_assert_int_eq(in_child(too_many_loops, NULL, NULL, 0), 0);
}
END_TEST

/* ---------------------------------------------------------------- a loop from a factory ---- */

static int makes_loop(void *arg, coil_loop **ret_loop)
{
    ++*(int *)arg;
    return coil_loop_new(NULL, ret_loop);
}

static int makes_closed_loop(void *arg, coil_loop **ret_loop)
{
    (void)arg;
    int err = coil_loop_new(NULL, ret_loop);
    return err < 0 ? err : coil_loop_close(*ret_loop);
}

static int makes_nothing(void *arg, coil_loop **ret_loop)
{
    (void)arg, (void)ret_loop;
    return -EXDEV;
}

COIL_ASYNC(tells_debug)
{
    return coil_loop_get_debug(coil_loop_running());
}

static int factories(void *arg)
{
    (void)arg;
    int made = 0;
    coil_loop_options o = {.factory = makes_loop, .factory_arg = &made, .debug = 1};
    ck_assert_int_eq(coil_run_with(tells_debug(), &o), 1);
    ck_assert_int_eq(made, 1);
    o.factory = makes_closed_loop;
    ck_assert_int_eq(coil_run_with(tells_debug(), &o), -EINVAL);
    ck_assert_str_eq(coil_error_message(-EINVAL), "the loop factory gave no loop that is open");
    o.factory = makes_nothing;
    ck_assert_int_eq(coil_run_with(tells_debug(), &o), -EXDEV);
    return 0;
}

START_TEST(a_factory_makes_the_loop_of_a_run_or_says_why_not)
{
    ck_assert_int_eq(in_child(factories, NULL, NULL, 0), 0);
}
END_TEST

/* ---------------------------------------------------------------- what COIL_MAIN prints ---- */

COIL_ASYNC(ends_badly)
{
    return coil_fail(-EDOM, "no square root of %d", -1);
}

COIL_ASYNC(ends_without_a_word)
{
    return -EDOM;
}

static void check_main(int bare)
{
    int pipe_fds[2];
    char text[256] = "";
    ck_assert_int_eq(pipe(pipe_fds), 0);
    int before = dup(2);
    dup2(pipe_fds[1], 2);
    int status =
        coil__public_main_status(bare ? coil_run(ends_without_a_word()) : coil_run(ends_badly()));
    dup2(before, 2);
    ck_assert_int_eq(status, 1);
    ck_assert_int_gt((int)read(pipe_fds[0], text, sizeof text - 1), 0);
    if (bare) {
        ck_assert_str_eq(text, "EDOM: Numerical argument out of domain\n");
        return;
    }
    ck_assert_ptr_eq(strstr(text, "EDOM: no square root of -1 ("), text);
    ck_assert_ptr_nonnull(strstr(text, "options.c:"));
    ck_assert_int_eq(coil__public_main_status(7), 0);
}

static int check_main_record(void *arg)
{
    (void)arg;
    check_main(0);
    return 0;
}

static int check_main_bare(void *arg)
{
    (void)arg;
    check_main(1);
    return 0;
}

START_TEST(an_error_that_leaves_main_is_printed_with_name_message_and_place)
{
    ck_assert_int_eq(in_child(check_main_record, NULL, NULL, 0), 0);
    ck_assert_int_eq(in_child(check_main_bare, NULL, NULL, 0), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("options");
    tcase_add_test(t, an_option_out_of_range_is_refused_with_a_sentence);
    tcase_add_test(t, a_bad_word_in_the_environment_is_named);
    tcase_add_test(t, the_environment_fills_in_what_the_program_left_open);
    tcase_add_test(t, a_loop_too_many_is_refused_and_a_closed_one_makes_room);
    tcase_add_test(t, a_factory_makes_the_loop_of_a_run_or_says_why_not);
    tcase_add_test(t, an_error_that_leaves_main_is_printed_with_name_message_and_place);
    return test_main("options", t);
}
