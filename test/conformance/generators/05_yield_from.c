/* tutorial: yield from passes values, sends and errors to the inner generator and returns its return value */
#include "port.h"

struct list {
    int n;
    const char *items[4];
};

COIL_ASYNC(inner, (struct list, ret, out))
{
    struct list got = {0};
    for (;;) {
        const void *x;
        int err = coil_generator_yield(&got.n, &x);
        if (err == -EDOM) {
            printf("inner ValueError: %s\n", coil_error_message(err));
            continue;
        }
        MUST(err);
        if (!x)
            break;
        got.items[got.n++] = x;
    }
    *ret = got;
    return 0;
}

COIL_ASYNC(outer, (int, ret, out))
{
    struct list first, second;
    COIL_GENERATOR(a, inner(&first), sizeof(int));
    MUST(coil_generator_yield_from(a));
    printf("outer: inner returned");
    for (int i = 0; i < first.n; i++)
        printf(" %s", first.items[i]);
    printf("\n");
    COIL_GENERATOR(b, inner(&second), sizeof(int));
    MUST(coil_generator_yield_from(b));
    *ret = first.n + second.n;
    return 0;
}

int main(void)
{
    int value, v, w;
    COIL_GENERATOR(g, outer(&value), sizeof v);
    MUST(coil_generator_next(g, &v));
    printf("primed %d\n", v);
    MUST(coil_generator_send(g, "a", &v));
    MUST(coil_generator_send(g, "b", &w));
    printf("%d %d\n", v, w);
    MUST(coil_generator_throw(g, coil_fail(-EDOM, "x"), &v));
    printf("after throw %d\n", v);
    MUST(coil_generator_send(g, NULL, &v));
    printf("second inner %d\n", v);
    MUST(coil_generator_send(g, "c", &v));
    printf("%d\n", v);
    if (coil_generator_send(g, NULL, &v) == -COIL_ESTOPITERATION)
        printf("outer returned %d\n", value);
    return 0;
}
