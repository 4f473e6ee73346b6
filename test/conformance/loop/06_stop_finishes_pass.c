/* stop() lets the current pass finish; callbacks queued by that pass stay for the next run */
#include "port.h"

static coil_loop *loop;

static int say(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

static int stop(void *arg)
{
    (void)arg;
    coil_loop_stop(loop);
    return 0;
}

static int stopper(void *arg)
{
    (void)arg;
    printf("stopper\n");
    coil_loop_stop(loop);
    coil_loop_call_soon(loop, say, "queued by stopper");
    return 0;
}

int main(void)
{
    MUST(coil_loop_new(NULL, &loop));
    coil_loop_call_soon(loop, stopper, NULL);
    coil_loop_call_soon(loop, say, "same pass");
    MUST(coil_loop_run_forever(loop));
    printf("run_forever returned, running: %d\n", coil_loop_is_running(loop));
    coil_loop_call_soon(loop, stop, NULL);
    MUST(coil_loop_run_forever(loop));
    printf("second run returned\n");
    MUST(coil_loop_close(loop));
    printf("closed %d\n", coil_loop_is_closed(loop));
    return 0;
}
