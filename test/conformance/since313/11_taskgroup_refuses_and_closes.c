/* 3.13 a coroutine refused by a finished group is closed, no forgotten-await warning */
#include "port.h"

static int warnings;

static int count(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop;
    (void)context;
    (void)arg;
    warnings++;
    return 0;
}

COIL_ASYNC(child)
{
    return 0;
}

COIL_ASYNC(amain)
{
    coil_group tg;
    coil_loop_set_exception_handler(coil_loop_running(), count, NULL);
    MUST(coil_group_open(&tg));
    MUST(coil_group_close(&tg, 0));
    coil_call call = COIL_CALL(child());
    if (!coil_group_create_task(&tg, coil_perform(call)) && coil_await(NULL) == -COIL_EGROUPCLOSED)
        printf("RuntimeError\n");
    if (coil_perform(call) != -COIL_ECALLUSED)
        warnings++;
    printf("warnings %d\n", warnings);
    return 0;
}
COIL_MAIN(amain())
