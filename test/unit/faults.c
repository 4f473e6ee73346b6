/* The table of system calls: what a test plans is what happens, once, in whatever process. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "base/faults.h"
#include "base/sys.h"
#include "harness.h"

static unsigned count_of(const char *call)
{
    struct coil__fault_count counts[COIL__FAULTS_CALLS];
    unsigned n = coil__faults_counts(counts, COIL__FAULTS_CALLS);
    for (unsigned i = 0; i < n; i++)
        if (strcmp(counts[i].call, call) == 0)
            return counts[i].n;
    return 0;
}

START_TEST(the_nth_call_fails_and_no_other)
{
    coil__faults_plan("eventfd", 2, EMFILE, false);
    int a = coil__sys_eventfd(0, EFD_CLOEXEC);
    errno = 0;
    int b = coil__sys_eventfd(0, EFD_CLOEXEC);
    ck_assert_int_eq(errno, EMFILE);
    int c = coil__sys_eventfd(0, EFD_CLOEXEC);
    ck_assert(a >= 0 && b == -1 && c >= 0);
    ck_assert_uint_eq(coil__faults_hits(), 1);
    ck_assert_uint_eq(count_of("eventfd"), 3);
    ck_assert_int_eq(coil__sys_close(a), 0);
    ck_assert_int_eq(coil__sys_close(c), 0);
    ck_assert_uint_eq(count_of("close"), 2);
}
END_TEST

START_TEST(all_after_the_nth_fail_when_the_plan_says_so)
{
    struct stat st;
    coil__faults_plan("fstat", 2, EIO, true);
    ck_assert_int_eq(coil__sys_fstat(1, &st), 0);
    for (int i = 0; i < 3; i++)
        ck_assert(coil__sys_fstat(1, &st) == -1 && errno == EIO);
    ck_assert_uint_eq(coil__faults_hits(), 3);
}
END_TEST

START_TEST(short_io_moves_half)
{
    int pair[2];
    char buf[8];
    ck_assert_int_eq(coil__sys_pipe2(pair, O_CLOEXEC), 0);
    coil__faults_plan("write", 1, COIL__SYS_SHORT, false);
    ck_assert_int_eq(coil__sys_write(pair[1], "12345678", 8), 4);
    ck_assert_int_eq(coil__sys_write(pair[1], "5678", 4), 4);
    coil__faults_plan("read", 1, COIL__SYS_SHORT, true);
    ck_assert_int_eq(coil__sys_read(pair[0], buf, 8), 4);
    ck_assert_int_eq(coil__sys_read(pair[0], buf, 1), 1);
    ck_assert_int_eq(coil__sys_close(pair[0]), 0);
    ck_assert_int_eq(coil__sys_close(pair[1]), 0);
}
END_TEST

START_TEST(a_close_that_fails_has_closed)
{
    int fd = coil__sys_eventfd(0, EFD_CLOEXEC);
    coil__faults_plan("close", 1, EIO, false);
    ck_assert(coil__sys_close(fd) == -1 && errno == EIO);
    ck_assert(coil__sys_fcntl(fd, F_GETFD, 0) == -1 && errno == EBADF);
}
END_TEST

START_TEST(numbers_and_pointers_fail_in_their_own_way)
{
    struct addrinfo *ret;
    coil__faults_plan("getaddrinfo", 1, EAI_MEMORY, false);
    ck_assert_int_eq(coil__sys_getaddrinfo("127.0.0.1", NULL, NULL, &ret), EAI_MEMORY);
    coil__faults_plan("mmap", 1, ENOMEM, false);
    void *p = coil__sys_mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_eq(p, MAP_FAILED);
    ck_assert_int_eq(errno, ENOMEM);
}
END_TEST

START_TEST(calls_of_children_count_and_fail_too)
{
    int status;
    coil__faults_plan("eventfd", 2, ENFILE, false);
    int fd = coil__sys_eventfd(0, EFD_CLOEXEC);
    pid_t pid = coil__sys_fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(coil__sys_eventfd(0, 0) == -1 && errno == ENFILE ? 7 : 1);
    ck_assert_int_eq(coil__sys_waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(WEXITSTATUS(status), 7);
    ck_assert_uint_eq(count_of("eventfd"), 2);
    coil__sys_close(fd);
}
END_TEST

START_TEST(nothing_is_planned_by_no_name)
{
    coil__faults_plan(NULL, 1, EIO, true);
    int fd = coil__sys_eventfd(0, EFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    coil__sys_close(fd);
    ck_assert_uint_eq(coil__faults_hits(), 0);
}
END_TEST

int main(void)
{
    if (coil__faults_start() < 0) {
        puts("built without COIL_FAULTS");
        return 77;
    }
    TCase *t = tcase_create("faults");
    tcase_add_test(t, the_nth_call_fails_and_no_other);
    tcase_add_test(t, all_after_the_nth_fail_when_the_plan_says_so);
    tcase_add_test(t, short_io_moves_half);
    tcase_add_test(t, a_close_that_fails_has_closed);
    tcase_add_test(t, numbers_and_pointers_fail_in_their_own_way);
    tcase_add_test(t, calls_of_children_count_and_fail_too);
    tcase_add_test(t, nothing_is_planned_by_no_name);
    int failed = test_main("faults", t);
    coil__faults_stop();
    return failed;
}
