/* run returns main's value or raises its error; each run has a fresh loop */
#include "port.h"

typedef coil_loop *loop_ref;

COIL_ASYNC(ok)
{
    return 7;
}

COIL_ASYNC(bad)
{
    return coil_fail(-EINVAL, "boom");
}

COIL_ASYNC(loop_id, (loop_ref, ret, out))
{
    *ret = coil_loop_running();
    return 0;
}

int main(void)
{
    coil_loop *first, *second;
    printf("%d\n", coil_run(ok()));
    int err = coil_run(bad());
    if (err == -EINVAL)
        printf("ValueError: %s\n", coil_error_message(err));
    MUST(coil_run(loop_id(&first)));
    MUST(coil_run(loop_id(&second)));
    printf("different loops: %d\n", first != second);
    coil_call nothing = {.fn = NULL};
    if (coil_run(coil_perform(nothing)) == -EINVAL)
        printf("not a coroutine: refused\n");
    return 0;
}
