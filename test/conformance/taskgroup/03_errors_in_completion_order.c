/* the group lists errors in order of completion; siblings that fail during their cancellation
 * are added */
#include "port.h"

COIL_ASYNC(bad, (const char *, name), (int, units))
{
    MUST(coil_sleep(units * 0.04));
    return coil_fail(-EDOM, "%s", name);
}

COIL_ASYNC(bad_cleanup, (const char *, name), (int, units))
{
    coil_ignore(coil_sleep(1));
    MUST(coil_sleep(units * 0.04));
    return coil_fail(-EIO, "%s", name);
}

COIL_ASYNC(amain)
{
    int err;
    COIL_TASK_GROUP(tg, err)
    {
        coil_group_create_task(tg, bad_cleanup("c2", 2));
        coil_group_create_task(tg, bad_cleanup("c1", 1));
        coil_group_create_task(tg, bad("first", 1));
        coil_group_create_task(tg, bad("never reached", 9));
    }
    const coil_error *causes[4];
    int n = coil_error_causes(err, causes, 4);
    for (int i = 0; i < n; i++)
        printf("%s: %s\n", causes[i]->code == -EDOM ? "ValueError" : "OSError", causes[i]->message);
    return 0;
}
COIL_MAIN(amain())
