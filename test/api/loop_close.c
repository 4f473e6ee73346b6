/* A loop that closes takes with it whatever nobody ended: readers that wait, and one whose turn had come. */
#include <check.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

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

int main(void)
{
    TCase *t = tcase_create("loop_close");
    tcase_add_test(t, readers_and_writers_that_nobody_removed_go_with_the_loop);
    return test_main("loop_close", t);
}
