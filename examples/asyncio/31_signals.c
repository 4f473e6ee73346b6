/* Signals as callbacks of the loop: a handler that sets an event, and a task that waits for it. */
#include <coil.h>
#include <signal.h>
#include <stdio.h>

static int reload(void *event)
{
    printf("SIGHUP: reload\n");
    coil_event_set(event);
    return 0;
}

COIL_ASYNC(daemon_main)
{
    coil_event reloaded;
    coil_event_init(&reloaded);
    int err = coil_add_signal_handler(SIGHUP, reload, &reloaded);
    if (err < 0)
        return err;
    if (raise(SIGHUP) != 0) {
        err = coil_fail(-EINVAL, "no signal");
        goto out;
    }
    printf("Waiting\n");
    err = coil_event_wait(&reloaded);
    if (err >= 0)
        printf("Going on\n");
out:
    coil_remove_signal_handler(SIGHUP);
    return err;
}

COIL_MAIN(daemon_main())
