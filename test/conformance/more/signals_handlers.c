/* signal handlers: replaced, removed twice, of numbers that are none or can't be caught; two signals in one turn; a handler that fails; one that stops a wait */
#include <signal.h>

#include "said.h"

static void attempt(const char *label, int got)
{
    if (got < 0)
        printf("%s error\n", label);
    else
        printf("%s %d\n", label, got);
}

static int say(void *text)
{
    printf("%s\n", (char *)text);
    return 0;
}

static int fails(void *arg)
{
    (void)arg;
    return coil_fail(-EINVAL, "in handler");
}

static int set(void *event)
{
    coil_event_set(event);
    return 0;
}

static int send_usr1(void *arg)
{
    (void)arg;
    return kill(getpid(), SIGUSR1);
}

static int report(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    printf("handler: %s\n", c->error_message);
    return 0;
}

COIL_ASYNC(amain)
{
    static const int none[] = {0, 1000, SIGKILL, SIGSTOP};
    char label[16];
    struct sigaction now;
    coil_event e;
    coil_loop_set_exception_handler(coil_loop_running(), report, NULL);
    for (int i = 0; i < 4; i++) {
        snprintf(label, sizeof label, "add %d", none[i]);
        attempt(label, coil_add_signal_handler(none[i], say, ""));
    }
    MUST(coil_add_signal_handler(SIGUSR1, say, "first"));
    MUST(coil_add_signal_handler(SIGUSR1, say, "second"));
    MUST(coil_add_signal_handler(SIGUSR2, say, "usr2"));
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR2);
    printf("sent\n");
    MUST(coil_sleep(0.01));
    attempt("remove", coil_remove_signal_handler(SIGUSR2));
    attempt("again", coil_remove_signal_handler(SIGUSR2));
    MUST(coil_add_signal_handler(SIGUSR1, fails, NULL));
    kill(getpid(), SIGUSR1);
    MUST(coil_sleep(0.01));
    coil_event_init(&e);
    MUST(coil_add_signal_handler(SIGUSR1, set, &e));
    coil_call_later(0.01, send_usr1, NULL);
    MUST(coil_wait_for(coil_event_wait(&e), 5));
    printf("1\n");
    attempt("remove", coil_remove_signal_handler(SIGUSR1));
    sigaction(SIGUSR1, NULL, &now);
    printf("default again %d\n", now.sa_handler == SIG_DFL);
    return 0;
}
COIL_MAIN(amain())
