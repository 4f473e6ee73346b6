/* an error in an inner gather travels through the outer one; the outer's other children go on */
#include "port.h"

COIL_ASYNC(child, (const char *, name), (int, units), (int, fail), (const char *, ret, out))
{
    MUST(coil_sleep(units * 0.04));
    printf("%s %s\n", name, fail ? "fails" : "ok");
    *ret = name;
    return fail ? coil_fail(-EDOM, "%s", name) : 0;
}

COIL_ASYNC(amain)
{
    const char *unused, *name;
    coil_future *inner = coil_gather_future(child("i1", 1, 0, &unused), child("i2", 2, 1, &unused));
    coil_task *other = coil_create_task(child("o", 3, 0, &name));
    coil_future *outer = coil_gather_future(coil_future_await(inner, NULL), coil_await(other));
    int err = coil_future_await(outer, NULL);
    if (err == -EDOM)
        printf("outer ValueError: %s\n", coil_error_message(err));
    MUST(coil_await(other));
    printf("other: %s\n", name);
    coil_future_unref(inner);
    coil_future_unref(outer);
    return 0;
}
COIL_MAIN(amain())
