/* stop() before run_forever() makes it run exactly one pass */
#include "port.h"

static coil_loop *loop;

static int two(void *arg)
{
    (void)arg;
    printf("two\n");
    return 0;
}

static int one(void *arg)
{
    (void)arg;
    printf("one\n");
    return coil_loop_call_soon(loop, two, NULL) ? 0 : -ENOMEM;
}

int main(void)
{
    if (coil_loop_new(NULL, &loop) < 0)
        return 1;
    coil_loop_call_soon(loop, one, NULL);
    coil_loop_stop(loop);
    coil_loop_run_forever(loop);
    printf("after first run\n");
    coil_loop_stop(loop);
    coil_loop_run_forever(loop);
    printf("after second run\n");
    return coil_loop_close(loop);
}
