/* put wakes a getter but does not reserve the item: a get_nowait in between takes it, the
 * getter waits again */
#include "port.h"

COIL_ASYNC(getter, (coil_queue *, q))
{
    const char *item;
    MUST(coil_queue_get(q, &item));
    printf("getter got %s\n", item);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_queue q;
    const char *one = "one", *two = "two", *item;
    MUST(coil_queue_init(&q, sizeof item, 0));
    coil_task *t = coil_create_task(getter(&q));
    MUST(coil_sleep(0));
    MUST(coil_queue_put_nowait(&q, &one));
    MUST(coil_queue_get_nowait(&q, &item));
    printf("main took %s\n", item);
    MUST(coil_sleep(0.02));
    printf("getter done: %d\n", coil_task_done(t));
    MUST(coil_queue_put_nowait(&q, &two));
    MUST(coil_await(t));
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())
