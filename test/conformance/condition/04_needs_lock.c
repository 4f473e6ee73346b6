/* wait() and notify() without the lock are errors */
#include "port.h"

COIL_ASYNC(amain)
{
    coil_condition cond;
    coil_condition_init(&cond, NULL);
    if (coil_condition_wait(&cond) == -COIL_EINVALIDSTATE)
        printf("wait RuntimeError\n");
    if (coil_condition_notify(&cond, 1) == -COIL_EINVALIDSTATE)
        printf("notify RuntimeError\n");
    if (coil_condition_notify_all(&cond) == -COIL_EINVALIDSTATE)
        printf("notify_all RuntimeError\n");
    return 0;
}
COIL_MAIN(amain())
