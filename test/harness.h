/* test/harness.h: what every test program ends with: one case, no memory block left, no fd left.
 *
 * CK_FORK=no is the default here, so that a leak in one test is seen by the check at the end and sanitizers see everything.
 */
#ifndef TEST_HARNESS_H
#define TEST_HARNESS_H

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coil/loop.h"
#include "coil/memory.h"

static inline int test_open_fds(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    if (!d)
        return -1;
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

/* Whether the backend is the simulation, which cuts reads short, tells late and has a heap of its own: for what a test can't ask of it. */
static inline int test_simulated(void)
{
    const char *backend = getenv("COIL_BACKEND");
    return backend && strcmp(backend, "sim") == 0;
}

/* Whether Valgrind runs the program, as ./dev has it: it ends a child whose exec fails, where the kernel returns the error. */
static inline int test_under_valgrind(void)
{
    const char *wrapper = getenv("COIL_TEST_WRAPPER");
    return wrapper && strstr(wrapper, "valgrind") != NULL;
}

/* An exception handler for what a test reports on purpose. */
static inline int test_say_nothing(coil_loop *loop, const coil_exception_context *context,
                                   void *arg)
{
    (void)loop, (void)context, (void)arg;
    return 0;
}

static inline int test_main(const char *name, TCase *tcase)
{
    Suite *suite = suite_create(name);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, getenv("CK_FORK") ? CK_FORK_GETENV : CK_NOFORK);
    int fds = test_open_fds();
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    unsigned long long live;
    coil_memory_counts(NULL, &live);
    if (failed == 0 && live != 0) {
        fprintf(stderr, "%s: %llu memory blocks were not given back\n", name, live);
        failed = 1;
    }
    if (failed == 0 && test_open_fds() != fds) {
        fprintf(stderr, "%s: %d fds before, %d after\n", name, fds, test_open_fds());
        failed = 1;
    }
    return failed ? 1 : 0;
}

#endif
