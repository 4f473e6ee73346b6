/* an error in the body cancels the children and is listed in the group after the children's
 * errors */
#include "port.h"

COIL_ASYNC(child)
{
    int err = coil_sleep(1);
    if (err == -ECANCELED) {
        printf("child cancelled\n");
        return coil_fail(-EIO, "child cleanup");
    }
    return err;
}

COIL_ASYNC(amain)
{
    int err;
    COIL_TASK_GROUP(tg, err)
    {
        coil_group_create_task(tg, child());
        err = coil_sleep(0.02);
        if (err >= 0)
            err = coil_fail(-EDOM, "body");
    }
    const coil_error *causes[4];
    int n = coil_error_causes(err, causes, 4);
    for (int i = 0; i < n; i++)
        printf("%s%s: %s", i ? " | " : "", causes[i]->code == -EDOM ? "ValueError" : "OSError",
               causes[i]->message);
    printf("\n");
    return 0;
}
COIL_MAIN(amain())
