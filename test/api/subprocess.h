/* test/api/subprocess.h: what the tests of children share: shell commands, and that no child is left. */
#ifndef TEST_SUBPROCESS_H
#define TEST_SUBPROCESS_H

#include <check.h>
#include <errno.h>
#include <sys/wait.h>

#include "coil.h"

static inline coil_process *shell(const char *command, const coil_process_options *options)
{
    coil_process *p;
    int err = coil_create_subprocess_shell(command, options, &p);
    ck_assert_msg(err == 0, "%s: %s", command, err < 0 ? coil_error_message(err) : "");
    return p;
}

/* Not even as a zombie. */
static inline void no_child(void)
{
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}

static inline void run_to_end(int status)
{
    ck_assert_msg(status == 0, "%s", status < 0 ? coil_error_message(status) : "");
    no_child();
}

#endif
