/* test/in_child.h: what runs in a child, because it ends its program, or leaves something behind in it. */
#ifndef TEST_IN_CHILD_H
#define TEST_IN_CHILD_H

#include <check.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BY_SIGNAL = 256 }; /* in_child: BY_SIGNAL + SIGSEGV */

/* Runs fn(arg) in a child, which exits with what it returns. text gets what that wrote to stderr, of at most size - 1 bytes; NULL: it goes
 * where ours goes. Returns the child's exit status, or BY_SIGNAL and the signal that ended it. */
static inline int in_child(int (*fn)(void *arg), void *arg, char *text, size_t size)
{
    int ends[2], status = 0;
    if (text)
        ck_assert_int_eq(pipe(ends), 0);
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        if (text)
            dup2(ends[1], STDERR_FILENO);
        alarm(60);
        _exit(fn(arg));
    }
    if (text) {
        size_t have = 0;
        ssize_t n;
        close(ends[1]);
        while ((n = read(ends[0], text + have, size - 1 - have)) > 0)
            have += (size_t)n;
        text[have] = 0;
        close(ends[0]);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

#endif
