/* a cancelled putter stores nothing and lets the next putter in */
#include "port.h"

COIL_ASYNC(putter, (char, n), (coil_queue *, q))
{
    int err = coil_queue_put(q, &n);
    printf(err == -ECANCELED ? "%c cancelled\n" : "%c stored\n", n);
    return err;
}

static const char *name(char item)
{
    return item == 'f' ? "first" : item == 'A' ? "A" : "B";
}

COIL_ASYNC(amain)
{
    coil_queue q;
    char item;
    int ndone;
    MUST(coil_queue_init(&q, 1, 1));
    MUST(coil_queue_put_nowait(&q, "f"));
    coil_task *ts[2] = {coil_create_task(putter('A', &q)), coil_create_task(putter('B', &q))};
    MUST(coil_sleep(0));
    MUST(coil_queue_get_nowait(&q, &item));
    printf("take %s\n", name(item));
    coil_task_cancel(ts[0]);
    MUST(coil_wait(ts, 2, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    MUST(coil_queue_get_nowait(&q, &item));
    printf("take %s left %zu\n", name(item), coil_queue_size(&q));
    coil_task_unref(ts[0]);
    coil_task_unref(ts[1]);
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())
