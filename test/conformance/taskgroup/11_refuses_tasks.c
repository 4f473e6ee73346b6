/* create_task fails before entry, while the group is aborting, and after it is over */
#include "port.h"

COIL_ASYNC(child)
{
    return 0;
}

static void attempt(const char *label, coil_group *tg)
{
    if (coil_group_create_task(tg, child()))
        printf("%s accepted\n", label);
    else
        printf("%s RuntimeError\n", label);
}

COIL_ASYNC(bad)
{
    return coil_fail(-EDOM, "boom");
}

COIL_ASYNC(late, (coil_group *, tg))
{
    int err = coil_sleep(1);
    attempt("while aborting:", tg);
    return err;
}

COIL_ASYNC(amain)
{
    coil_group tg = {{0}};
    attempt("before entry:", &tg);
    MUST(coil_group_open(&tg));
    attempt("inside:", &tg);
    coil_group_create_task(&tg, late(&tg));
    int err = coil_sleep(0);
    coil_group_create_task(&tg, bad());
    err = coil_group_close(&tg, err);
    printf("group of %d\n", coil_error_causes(err, NULL, 0));
    attempt("after:", &tg);
    return 0;
}
COIL_MAIN(amain())
