/* shield passes the result or error of the inner */
#include "port.h"

COIL_ASYNC(child, (int, fail), (const char *, ret, out))
{
    MUST(coil_sleep(0.02));
    if (fail)
        return coil_fail(-EINVAL, "boom");
    *ret = "ok";
    return 0;
}

COIL_ASYNC(amain)
{
    const char *result;
    MUST(coil_shield(coil_create_task(child(0, &result))));
    printf("%s\n", result);
    int err = coil_shield(coil_create_task(child(1, &result)));
    if (err == -EINVAL)
        printf("ValueError: %s\n", coil_error_message(err));
    coil_future *f = coil_future_new();
    coil_future_set_result(f, "1");
    coil_future *shield = coil_future_shield_future(f);
    printf("shield of a done future is that future: %d\n", shield == f);
    coil_future_unref(shield);
    coil_future_unref(f);
    return 0;
}
COIL_MAIN(amain())
