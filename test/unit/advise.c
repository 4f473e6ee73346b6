/* coro/advise.h: many ranges at once, and what happens where the kernel takes them one by one, or not at all. */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/faults.h"
#include "base/sys.h"
#include "coro/advise.h"
#include "harness.h"
#include "in_child.h"

enum { PAGE = 4096, RANGES = 40 };

/* Every second page of a mapping full of ones. */
static char *new_ranges(struct iovec ranges[RANGES])
{
    char *m =
        mmap(NULL, 2 * RANGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(m, MAP_FAILED);
    memset(m, 1, 2 * RANGES * PAGE);
    for (size_t i = 0; i < RANGES; i++)
        ranges[i] = (struct iovec){m + 2 * i * PAGE, PAGE};
    return m;
}

/* Which of the pages below n, of those that were advised, are empty now; the others are as they were. */
static void check_ranges(const char *m, int n)
{
    for (int i = 0; i < RANGES; i++) {
        ck_assert_int_eq(m[2 * i * PAGE], i < n ? 0 : 1);
        ck_assert_int_eq(m[(2 * i + 1) * PAGE], 1);
    }
}

START_TEST(every_range_gets_the_advice_and_nothing_between_them)
{
    struct iovec ranges[RANGES];
    char *m = new_ranges(ranges);
    ck_assert_int_eq(coil__advise(ranges, RANGES, MADV_DONTNEED), RANGES);
    check_ranges(m, RANGES);
    munmap(m, 2 * RANGES * PAGE);
}
END_TEST

START_TEST(a_range_that_is_not_mapped_ends_the_list_and_those_before_it_have_the_advice)
{
    struct iovec ranges[RANGES];
    char *m = new_ranges(ranges);
    ck_assert_int_eq(munmap(ranges[7].iov_base, PAGE), 0);
    errno = 0;
    ck_assert_int_eq(coil__advise(ranges, RANGES, MADV_DONTNEED), 7);
    ck_assert_int_eq(errno, ENOMEM);
    for (int i = 0; i < RANGES; i++) {
        if (i != 7)
            ck_assert_int_eq(m[2 * i * PAGE], i < 7 ? 0 : 1);
    }
    munmap(m, 2 * RANGES * PAGE);
}
END_TEST

#ifdef COIL_FAULTS
struct refusal {
    const char *call;
    int error;
    int advised; /* ranges, all the same */
};

static int advise_refused(void *arg)
{
    const struct refusal *r = arg;
    struct iovec ranges[RANGES];
    char *m = new_ranges(ranges);
    if (coil__faults_start() < 0)
        return 2;
    coil__faults_plan(r->call, 1, r->error, true);
    int done = coil__advise(ranges, RANGES, MADV_DONTNEED);
    unsigned hits = coil__faults_hits();
    coil__faults_stop();
    int zero = 0;
    for (int i = 0; i < RANGES; i++)
        zero += m[2 * i * PAGE] == 0;
    return done == r->advised && zero == r->advised && hits > 0 ? 0 : 1;
}

/* In a child: a refusal is remembered by the process. */
static void with_failing(const char *call, int error, int advised)
{
    struct refusal r = {call, error, advised};
    ck_assert_int_eq(in_child(advise_refused, &r, NULL, 0), 0);
}

START_TEST(a_kernel_that_refuses_the_call_is_asked_for_each_range)
{
    with_failing("pidfd_open", EMFILE, RANGES);
    int self = coil__sys_pidfd_open(getpid(), 0);
    if (self < 0)
        return; /* Valgrind has none: it does not get as far as the call */
    close(self);
    with_failing("process_madvise", EPERM, RANGES);
    with_failing("process_madvise", ENOSYS, RANGES);
}
END_TEST
#endif

int main(void)
{
    TCase *t = tcase_create("advise");
    tcase_add_test(t, every_range_gets_the_advice_and_nothing_between_them);
    tcase_add_test(t, a_range_that_is_not_mapped_ends_the_list_and_those_before_it_have_the_advice);
#ifdef COIL_FAULTS
    tcase_add_test(t, a_kernel_that_refuses_the_call_is_asked_for_each_range);
#endif
    return test_main("advise", t);
}
