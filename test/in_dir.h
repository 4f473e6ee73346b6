/* test/in_dir.h: a program of tests that has a directory of its own, which is empty again in the end. */
#ifndef TEST_IN_DIR_H
#define TEST_IN_DIR_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"

static char dir[] = "/tmp/coil-test-XXXXXX";

/* A path in it; the last four are kept. */
static inline const char *in_dir(const char *name)
{
    static char path[4][128];
    static int turn;
    char *p = path[turn++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", dir, name);
    return p;
}

static inline int test_main_in_dir(const char *name, TCase *tcase)
{
    if (!mkdtemp(dir))
        return 1;
    int failed = test_main(name, tcase);
    if (rmdir(dir) < 0 && failed == 0) {
        perror(dir);
        failed = 1;
    }
    return failed;
}

#endif
