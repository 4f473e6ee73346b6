/* io/spawn.h: one child process, from a plan to a pid: no loop, no task. */
#ifndef COIL_IO_SPAWN_H
#define COIL_IO_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the child's fds 0, 1 and 2 are, if not an fd of ours. */
enum { COIL__SPAWN_INHERIT = -1, COIL__SPAWN_AS_OUT = -2 };

/* Where a start has failed. */
enum coil__spawn_step {
    COIL__SPAWN_PROCESS, /* before there was a child               */
    COIL__SPAWN_FDS,
    COIL__SPAWN_CWD,
    COIL__SPAWN_GROUP,
    COIL__SPAWN_EXEC
};

/* The plan: strings and arrays are the caller's. The signal mask is the kernel's, a bit for each signal. */
struct coil__spawn {
    const char *const *argv, *const *env;
    const char *program;
    const char *path; /* where to look for the program; NULL: it is a path itself */
    const char *cwd;  /* NULL: ours                                               */
    int fds[3];
    const int *pass_fds;
    int n_pass_fds;
    bool keep_fds, keep_signals, new_session, sets_umask;
    unsigned umask;
    int group; /* 0: ours; -1: its own; else the one to join */
    uint64_t mask;

    /* valid after a success */
    pid_t pid;
    int pidfd; /* -1 after a failure */
    /* valid after a failure */
    enum coil__spawn_step step;
};

/* Starts the child; for any thread. arg: a struct coil__spawn. Returns 0 when its program runs, or -errno. */
int coil__spawn_run(void *arg);
/* Sends a signal to a child that was not reaped. Returns 0 or -errno. */
int coil__spawn_signal(const struct coil__spawn *s, int signo);

#endif
