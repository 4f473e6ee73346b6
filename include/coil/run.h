/* coil/run.h: the entry points: COIL_MAIN, coil_run, and the runner behind them.
 *
 * coil_run makes a loop, runs the call as the main task, cancels and awaits what is left over, waits for
 * the default thread pool, and closes the loop. SIGINT: in the main thread, and only when it is at its
 * default action, the first SIGINT cancels the main task and coil_run returns -EINTR; the second has the
 * default action. SIGPIPE is ignored while a loop runs, when it was at its default.
 */
#ifndef COIL_RUN_H
#define COIL_RUN_H

#include "coil/loop.h"
#include "coil/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Runs a call as the main task of a new loop, and returns its status: `err = coil_run(hello());`. Its outputs land.
 * -COIL_ELOOPRUNNING inside a running loop; -EINTR after a SIGINT that cancelled it.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define coil_run(call) coil__public_run(COIL__C(call), NULL, __FILE__, __LINE__)

/* The same with options (may be NULL).
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define coil_run_with(call, options) coil__public_run(COIL__C(call), (options), __FILE__, __LINE__)
COIL__NODISCARD int coil__public_run(coil_call call, const coil_loop_options *options,
                                     const char *file, int line);

/* Defines main(): runs the call; on an error prints its name, message and place to stderr and exits with
 * status 1. The call may use `argc` and `argv`.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define COIL_MAIN(call)                                  \
    int main(int argc, char **argv)                      \
    {                                                    \
        (void)argc;                                      \
        (void)argv;                                      \
        return coil__public_main_status(coil_run(call)); \
    }
int coil__public_main_status(int status);

/* A runner: one loop for several runs. */
typedef struct coil_runner coil_runner;

/* Makes a runner; its loop is made by the first run. options may be NULL and are copied.
 * Returns 0 and *ret_runner, or -ENOMEM. From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD int coil_runner_new(const coil_loop_options *options, coil_runner **ret_runner);

/* Runs a call in the runner's loop, as coil_run does, and leaves the loop and its tasks for the next run.
 * Errors as coil_run; -COIL_ELOOPCLOSED after coil_runner_close.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
#define coil_runner_run(runner, call) \
    coil__public_runner_run((runner), COIL__C(call), __FILE__, __LINE__)
COIL__NODISCARD int coil__public_runner_run(coil_runner *runner, coil_call call, const char *file,
                                            int line);

/* Gives the runner's loop, made when needed; NULL when that failed or the runner is closed.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
coil_loop *coil_runner_get_loop(coil_runner *runner);

/* Cancels and awaits what is left, closes the loop. Idempotent. Returns 0, -COIL_ELOOPRUNNING.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_runner_close(coil_runner *runner);

/* Closes the runner when need be and frees it. NULL is fine.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_runner_free(coil_runner *runner);

#ifdef __cplusplus
}
#endif
#endif
