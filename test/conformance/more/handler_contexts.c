/* what the exception handler is told for callbacks, timers, readers, signals and done callbacks; NULL restores the default; a handler that reports again */
#include <signal.h>

#include "said.h"

static int handler(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    printf("%s | ", c->message);
    if (c->error)
        printf("%s('%s') |", said(c->error), c->error_message);
    else
        printf("None |");
    if (c->error)
        printf(" exception");
    if (c->future)
        printf(" future");
    if (c->handle)
        printf(" handle");
    if (c->task)
        printf(" task");
    printf("\n");
    return 0;
}

static int failing(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    printf("failing handler called %s\n", c->message);
    return coil_fail(-EINVAL, "handler");
}

static int boom(void *text)
{
    return coil_fail(-EINVAL, "%s", (const char *)text);
}

static int reader(void *fd)
{
    coil_remove_reader(*(int *)fd);
    return boom("reader");
}

static int done(coil_future *f, void *arg)
{
    (void)f;
    return boom(arg);
}

COIL_ASYNC(amain)
{
    coil_loop *loop = coil_loop_running();
    coil_loop_set_exception_handler(loop, handler, NULL);
    coil_call_soon(boom, "soon");
    coil_call_later(0, boom, "later");
    MUST(coil_sleep(0.01));
    int fds[2];
    MUST(pipe(fds));
    MUST(coil_add_reader(fds[0], reader, &fds[0]));
    if (write(fds[1], "x", 1) != 1)
        return -EIO;
    MUST(coil_sleep(0.01));
    MUST(coil_add_signal_handler(SIGUSR1, boom, "signal"));
    kill(getpid(), SIGUSR1);
    MUST(coil_sleep(0.01));
    coil_future *f = coil_future_new();
    MUST(coil_future_add_done_callback(f, done, "done"));
    MUST(coil_future_set_result(f, NULL));
    MUST(coil_sleep(0.01));
    coil_exception_context own = {.message = "my own", .future = f};
    coil_loop_call_exception_handler(loop, &own);
    coil_loop_set_exception_handler(loop, failing, NULL);
    coil_exception_context first = {.message = "first"};
    coil_loop_call_exception_handler(loop, &first);
    coil_call_soon(boom, "after");
    MUST(coil_sleep(0));
    MUST(coil_sleep(0));
    coil_loop_set_exception_handler(loop, NULL, NULL);
    printf("default 1\n");
    close(fds[0]);
    close(fds[1]);
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())
