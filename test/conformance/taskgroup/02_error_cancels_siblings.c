/* the first child error cancels the siblings, waits for their cleanup and raises a group of
 * errors */
#include "port.h"

COIL_ASYNC(bad)
{
    MUST(coil_sleep(0.04));
    printf("bad raises\n");
    return coil_fail(-EDOM, "boom");
}

COIL_ASYNC(good)
{
    int err = coil_sleep(1);
    if (err == -ECANCELED) {
        printf("good cancelled\n");
        MUST(coil_sleep(0.04));
        printf("good clean\n");
    }
    return err;
}

COIL_ASYNC(amain)
{
    int err;
    coil_task *g = NULL;
    COIL_TASK_GROUP(tg, err)
    {
        g = coil_task_ref(coil_group_create_task(tg, good()));
        coil_group_create_task(tg, bad());
    }
    const coil_error *causes[4];
    int n = coil_error_causes(err, causes, 4);
    printf("group of %d", n);
    for (int i = 0; i < n; i++)
        printf(" %s: %s", causes[i]->code == -EDOM ? "ValueError" : "?", causes[i]->message);
    printf("\ngood cancelled: %d\n", coil_task_cancelled(g));
    coil_task_unref(g);
    return 0;
}
COIL_MAIN(amain())
