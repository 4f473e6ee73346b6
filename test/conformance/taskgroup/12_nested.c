/* an inner group's error reaches the outer body as a nested group; outer children are
 * cancelled */
#include "port.h"

COIL_ASYNC(bad)
{
    MUST(coil_sleep(0.02));
    return coil_fail(-EDOM, "inner boom");
}

COIL_ASYNC(sibling)
{
    int err = coil_sleep(1);
    if (err == -ECANCELED)
        printf("outer child cancelled\n");
    return err;
}

COIL_ASYNC(amain)
{
    int err;
    COIL_TASK_GROUP(outer, err)
    {
        coil_group_create_task(outer, sibling());
        COIL_TASK_GROUP(inner, err)
        {
            coil_group_create_task(inner, bad());
        }
        if (err < 0)
            break;
        printf("not reached\n");
    }
    const coil_error *of[2];
    int n = coil_error_causes(err, of, 2);
    printf("outer of %d | inner of %d | %s\n", n, of[0]->n_causes, of[0]->causes[0]->message);
    return 0;
}
COIL_MAIN(amain())
