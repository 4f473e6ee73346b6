/* asend/athrow work like send/throw, with awaits in between */
#include "port.h"

COIL_ASYNC(averager)
{
    int total = 0, n = 0, avg = 0;
    for (;;) {
        const void *x;
        int err = coil_generator_yield(n ? &avg : NULL, &x);
        if (err == -EDOM) {
            printf("reset by ValueError: %s\n", coil_error_message(err));
            total = n = 0;
            continue;
        }
        MUST(err);
        MUST(coil_sleep(0));
        total += *(const int *)x;
        avg = total / ++n;
    }
}

COIL_ASYNC(amain)
{
    const int ten = 10, twenty = 20, seven = 7;
    int a, b;
    COIL_GENERATOR(g, averager(), sizeof(int));
    MUST(coil_generator_send(g, NULL, NULL));
    MUST(coil_generator_send(g, &ten, &a));
    MUST(coil_generator_send(g, &twenty, &b));
    printf("%d %d\n", a, b);
    if (coil_generator_throw(g, coil_fail(-EDOM, "again"), &a) == 0)
        printf("None\n");
    MUST(coil_generator_send(g, &seven, &a));
    printf("%d\n", a);
    int err = coil_generator_throw(g, coil_fail(-EIO, "fatal"), &a);
    if (err == -EIO)
        printf("OSError: %s\n", coil_error_message(err));
    return 0;
}
COIL_MAIN(amain())
