/* coil/subprocess.h: other programs: started, talked to over pipes, waited for.
 *
 *     coil_process *p;
 *     coil_process_output got;
 *     const char *const argv[] = {"sort", "-r", NULL};
 *     int err = coil_create_subprocess_exec(argv, &(coil_process_options){.in = COIL_PIPE, .out = COIL_PIPE}, &p);
 *     if (err >= 0) {
 *         err = coil_process_communicate(p, "a\nb\n", 4, &got);
 *         if (err >= 0)
 *             printf("%.*s", (int)got.out_size, got.out);
 *         coil_process_close(p);
 *     }
 *
 * The life of a process: create, wait (or communicate), coil_process_close, which takes the handle back and kills what still
 * runs, as dropping asyncio's Process does. What lives when its loop closes is killed too, and no zombie is left. Its end is seen
 * through a pidfd: no SIGCHLD handler, no wait for other people's children.
 *
 * A child gets no fd of ours but 0, 1, 2 and those of pass_fds; handled signals, SIGPIPE and SIGXFSZ at their default; no signal
 * blocked. Its ends of the pipes block. A pipe to read from holds 256 KiB; a child that writes more waits until somebody reads.
 *
 * Any call returns -EINVAL for NULL, -COIL_ESTALE for a process that was closed, -COIL_EWRONGTHREAD, and outside of a loop
 * or a coroutine -COIL_ENOLOOP or -COIL_ENOTASK.
 */
#ifndef COIL_SUBPROCESS_H
#define COIL_SUBPROCESS_H

#include <stddef.h>

#include "coil/streams.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coil_process coil_process;

/* What in, out and err of the options can be; and any fd above 0, which stays the caller's. */
enum {
    COIL_INHERIT = 0,   /* ours                                       */
    COIL_PIPE = -1,     /* a pipe, whose other end is a stream        */
    COIL_STDOUT = -2,   /* for err: where its stdout goes             */
    COIL_DEVNULL = -3,  /* /dev/null                                  */
    COIL_NEW_GROUP = -1 /* for process_group */
};

/* Zeroed fields are the defaults; all must stay valid until create returns. */
typedef struct coil_process_options {
    int in, out, err;
    const char *const *env; /* "NAME=value" strings, NULL at the end; NULL: our environment     */
    const char *cwd;        /* its directory; NULL: ours                                        */
    const char *program;    /* what to run; NULL: argv[0]                                       */
    const int *pass_fds;    /* fds that it gets under the same numbers                          */
    int n_pass_fds;
    int keep_fds;          /* also all our other fds that are not CLOEXEC (close_fds=False)     */
    int keep_signals;      /* SIGPIPE, SIGXFSZ and the signal mask as we have them              */
    int start_new_session; /* setsid                                                            */
    int process_group;     /* 0: ours; COIL_NEW_GROUP; or the one to join                       */
    const unsigned *umask; /* NULL: ours                                                        */
    size_t limit;          /* of its streams, see coil_stream_set_limit; 0: 64 KiB              */
    size_t max_output;     /* bytes that communicate takes from each pipe; 0: up to 2 GiB       */
} coil_process_options;

/* What communicate collected: NUL-terminated, valid until the process, or that stream, is closed. NULL: was no pipe. */
typedef struct coil_process_output {
    const char *out, *err;
    size_t out_size, err_size;
} coil_process_output;

/* Starts a program with its arguments (argv[0] first, NULL at the end). Without a slash its name is looked for in the PATH
 * of its environment. It is started from a helper thread: the loop goes on even when the disk is slow.
 * options: NULL for the defaults. Returns 0 and *ret_process; the error of exec or chdir, whose message names the file (-ENOENT,
 * -EACCES, -ENOEXEC ...); -EINVAL for options that make no sense; -EBADF, -EMFILE, -EAGAIN, -ENOMEM.
 * From: coroutine. Suspends: yes. Cancel: a process that was started is delivered, else nothing is left. */
COIL_DECLARE(coil_create_subprocess_exec, (const char *const *, argv),
             (const coil_process_options *, options), (coil_process *, ret_process, out));
/* Starts a command of /bin/sh. Returns as coil_create_subprocess_exec; what the shell can't find is its exit status 127.
 * From: coroutine. Suspends: yes. Cancel: a process that was started is delivered, else nothing is left. */
COIL_DECLARE(coil_create_subprocess_shell, (const char *, command),
             (const coil_process_options *, options), (coil_process *, ret_process, out));

/* Waits until the process has ended, whoever else may hold its pipes. Any number may wait. *ret_returncode (may be NULL): its exit
 * status; -n when signal n killed it; 255 when somebody else has reaped it. Returns 0, or -ENOMEM when it can't be watched.
 * A child that fills a pipe which nobody reads never ends: communicate reads.
 * From: coroutine. Suspends: yes, unless it has ended. Cancel: the process goes on. */
COIL_DECLARE(coil_process_wait, (coil_process *, process), (int, ret_returncode, out));
/* Writes n bytes to its stdin and closes that, reads stdout and stderr to their ends and closes those, all at once, and waits.
 * A child that doesn't read its input is no error. Returns 0 and *ret_output (may be NULL); a pipe's error; -COIL_ELIMIT when
 * there is more than max_output (it still runs).
 * From: coroutine. Suspends: yes. Cancel: the process goes on; no output is lost: a second call (without input) gets all of it. */
COIL_DECLARE(coil_process_communicate, (coil_process *, process), (const void *, input),
             (size_t, n), (coil_process_output, ret_output, out));

/* The stream to its stdin; NULL when that is no pipe or the process is stale. It may be closed early, by coil_stream_close or
 * coil_stream_write_eof. From: loop thread. Suspends: no. Cancel: not applicable. */
coil_stream *coil_process_stdin(coil_process *process);
/* The stream from its stdout, as above. From: loop thread. Suspends: no. Cancel: not applicable. */
coil_stream *coil_process_stdout(coil_process *process);
/* The stream from its stderr, as above. From: loop thread. Suspends: no. Cancel: not applicable. */
coil_stream *coil_process_stderr(coil_process *process);

/* Gives its process id. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_process_pid(coil_process *process);
/* Tells whether the loop has seen its end: 1 and *ret_returncode (may be NULL), as coil_process_wait gives it, or 0.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_process_returncode(coil_process *process, int *ret_returncode);

/* Sends it a signal. Returns 0, -ESRCH once it has ended, -EINVAL, -EPERM. Never hits another process with the same id.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_process_send_signal(coil_process *process, int signo);
/* Sends SIGTERM. Returns as coil_process_send_signal. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_process_terminate(coil_process *process);
/* Sends SIGKILL. Returns as coil_process_send_signal. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_process_kill(coil_process *process);

/* Takes the handle back and closes the streams; kills the process if it still runs, and reaps it in the background. NULL is
 * fine. Returns 0, -COIL_ESTALE the second time. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_process_close(coil_process *process);
/* The same without the kill: it goes on, even when the loop closes. Returns as coil_process_close.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_process_detach(coil_process *process);

#ifdef __cplusplus
}
#endif
#endif
