/* a task that awaits itself gets RuntimeError instead of hanging */
#include "port.h"

COIL_ASYNC(amain)
{
    if (coil_await(coil_current_task()) == -COIL_ESELFAWAIT)
        printf("RuntimeError\n");
    printf("still alive\n");
    return 0;
}
COIL_MAIN(amain())
