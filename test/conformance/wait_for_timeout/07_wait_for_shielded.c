/* tutorial: wait_for(shield(task)) times out but leaves the task running */
#include "port.h"

COIL_ASYNC(child, (const char *, ret, out))
{
    MUST(coil_sleep(0.1));
    printf("child finishes\n");
    *ret = "late result";
    return 0;
}

COIL_ASYNC(amain)
{
    const char *result;
    coil_task *t = coil_create_task(child(&result));
    if (coil_wait_for(coil_shield(t), 0.04) == -ETIMEDOUT)
        printf("TimeoutError, cancelled: %d\n", coil_task_cancelled(t));
    MUST(coil_await(t));
    printf("%s\n", result);
    return 0;
}
COIL_MAIN(amain())
