/* return_exceptions=False: first error propagates at once, the other children keep running */
#include "port.h"

COIL_ASYNC(child, (const char *, name), (int, units), (int, fail), (const char *, ret, out))
{
    MUST(coil_sleep(units * 0.04));
    printf("%s %s\n", name, fail ? "fails" : "finishes");
    *ret = name;
    return fail ? coil_fail(-EDOM, "%s", name) : 0;
}

COIL_ASYNC(amain)
{
    const char *name, *unused;
    coil_task *a = coil_create_task(child("a", 3, 0, &name));
    coil_future *g =
        coil_gather_future(coil_await(a), child("b", 1, 1, &unused), child("c", 2, 1, &unused));
    int err = coil_future_await(g, NULL);
    if (err == -EDOM)
        printf("gather raised ValueError: %s\n", coil_error_message(err));
    printf("a cancelled: %d done: %d\n", coil_task_cancelled(a), coil_task_done(a));
    MUST(coil_await(a));
    printf("a later: %s\n", name);
    coil_future_unref(g);
    return 0;
}
COIL_MAIN(amain())
