/* tutorial: consumer coroutine: prime with next, send values in, throw errors in, close runs finally */
#include "port.h"

COIL_ASYNC(consumer)
{
    int total = 0, err = 0;
    printf("ready\n");
    while (err >= 0) {
        const void *x;
        err = coil_generator_yield(&total, &x);
        if (err >= 0) {
            total += *(const int *)x;
            printf("received %d\n", *(const int *)x);
        } else if (err == -EDOM) {
            printf("thrown in ValueError: %s\n", coil_error_message(err));
            err = 0;
        }
    }
    printf("closing with %d\n", total);
    return err;
}

int main(void)
{
    int total, five = 5, seven = 7, one = 1;
    COIL_GENERATOR(c, consumer(), sizeof total);
    if (coil_generator_send(c, &five, &total) == -EINVAL)
        printf("not primed: TypeError\n");
    MUST(coil_generator_next(c, &total));
    printf("primed %d\n", total);
    MUST(coil_generator_send(c, &five, &total));
    printf("total %d\n", total);
    MUST(coil_generator_throw(c, coil_fail(-EDOM, "bad"), &total));
    printf("total %d\n", total);
    MUST(coil_generator_send(c, &seven, &total));
    printf("total %d\n", total);
    MUST(coil_generator_close(c));
    if (coil_generator_send(c, &one, &total) == -COIL_ESTOPITERATION)
        printf("StopIteration after close\n");
    MUST(coil_generator_close(c));
    printf("second close is fine\n");
    return 0;
}
