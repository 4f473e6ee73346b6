/* async for awaits each next; the end-of-iteration signal is not an error to the caller */
#include "port.h"

struct ticker {
    int i, n;
};

static int ticker_next(struct ticker *t, int *ret_value)
{
    if (t->i == t->n)
        return -COIL_ESTOPITERATION;
    t->i++;
    MUST(coil_sleep(0));
    *ret_value = t->i;
    return 0;
}

COIL_ASYNC(loop_over, (const char *, name), (int, n))
{
    struct ticker t = {0, n};
    int err, v;
    COIL_ASYNC_FOR(err, ticker_next(&t, &v))
    printf("%s %d\n", name, v);
    MUST(err);
    printf("%s exhausted\n", name);
    return 0;
}

COIL_ASYNC(amain)
{
    MUST(coil_gather(loop_over("a", 2), loop_over("b", 3)));
    struct ticker t = {0, 3};
    int err, v, n = 0, squares[3];
    COIL_ASYNC_FOR(err, ticker_next(&t, &v))
    squares[n++] = v * v;
    MUST(err);
    printf("[%d, %d, %d]\n", squares[0], squares[1], squares[2]);
    return 0;
}
COIL_MAIN(amain())
