/* Where a container or a seccomp filter refuses io_uring, Coil runs on epoll without a word; asked for by name, io_uring's error is
 * told. The filter is a real one, in a child process, for each errno that such places use.
 */
#include <check.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_child.h"

/* From here on io_uring_setup fails with `error` in this process. What is masked would be told before the filter is asked. */
static int refuse_io_uring(int error)
{
    unsetenv("COIL_WITHOUT");
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

COIL_ASYNC(runs_on, (const char *, backend))
{
    int err = coil_sleep(0.001);
    return err < 0 ? err : strcmp(coil_loop_backend(coil_loop_running()), backend) == 0;
}

static int falls_back(void *error)
{
    if (refuse_io_uring(*(int *)error) < 0)
        return 77;
    unsetenv("COIL_BACKEND");
    return coil_run(runs_on("epoll")) == 1 ? 0 : 1;
}

static int tells(void *error)
{
    if (refuse_io_uring(*(int *)error) < 0)
        return 77;
    coil_loop_options options = {.backend = "uring"};
    return coil_run_with(runs_on("uring"), &options) == -*(int *)error ? 0 : 1;
}

START_TEST(a_refused_io_uring_is_replaced_by_epoll)
{
    int errors[] = {EPERM, ENOSYS, EACCES, EINVAL};
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(in_child(falls_back, &errors[i], NULL, 0), 0);
}
END_TEST

START_TEST(a_refused_io_uring_that_was_asked_for_by_name_is_an_error)
{
    ck_assert_int_eq(in_child(tells, &(int){EPERM}, NULL, 0), 0);
    ck_assert_int_eq(in_child(tells, &(int){ENOSYS}, NULL, 0), 0);
}
END_TEST

static int names_it(void *error)
{
    if (refuse_io_uring(*(int *)error) < 0)
        return 77;
    coil_loop_options options = {.backend = "kqueue"};
    int err = coil_run_with(runs_on("kqueue"), &options);
    return err == -EINVAL && strstr(coil_error_message(err), "kqueue") ? 0 : 1;
}

START_TEST(an_unknown_backend_is_named_in_the_error)
{
    ck_assert_int_eq(in_child(names_it, &(int){EPERM}, NULL, 0), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("fallback");
    tcase_add_test(t, a_refused_io_uring_is_replaced_by_epoll);
    tcase_add_test(t, a_refused_io_uring_that_was_asked_for_by_name_is_an_error);
    tcase_add_test(t, an_unknown_backend_is_named_in_the_error);
    return test_main("fallback", t);
}
