/* done callbacks run in order of registration, via call_soon (never inside the finishing call) */
#include "port.h"

COIL_ASYNC(child)
{
    printf("child returns\n");
    return 5;
}

static int tell(coil_task *t, void *label)
{
    printf("%s %d\n", (const char *)label, coil_task_status(t));
    return 0;
}

COIL_ASYNC(amain)
{
    coil_task *t = coil_task_ref(coil_create_task(child()));
    MUST(coil_task_add_done_callback(t, tell, "cb1"));
    MUST(coil_task_add_done_callback(t, tell, "cb2"));
    MUST(coil_await(t));
    printf("main resumed after both callbacks\n");
    MUST(coil_task_add_done_callback(t, tell, "late cb"));
    printf("late cb not yet run\n");
    MUST(coil_sleep(0));
    printf("end\n");
    coil_task_unref(t);
    return 0;
}
COIL_MAIN(amain())
