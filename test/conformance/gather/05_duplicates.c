/* the same awaitable given twice runs once and fills both slots */
#include "port.h"

static int runs;

COIL_ASYNC(child, (const char *, ret, out))
{
    runs++;
    printf("child runs\n");
    *ret = "r";
    return 0;
}

COIL_ASYNC(fill, (coil_task *, t), (const char **, value), (const char *, ret, out))
{
    MUST(coil_await(t));
    *ret = *value;
    return 0;
}

/* In C an awaitable has one output; the second slot is filled by awaiting the same task again. */
COIL_ASYNC(both)
{
    const char *value, *a, *b;
    coil_task *t = coil_create_task(child(&value));
    coil_task_ref(t);
    MUST(coil_gather(coil_await(t), coil_await(t)));
    MUST(coil_gather(fill(t, &value, &a), fill(t, &value, &b)));
    printf("%s %s\n", a, b);
    coil_task_unref(t);
    return 0;
}

COIL_ASYNC(amain)
{
    MUST(both());
    return both();
}
COIL_MAIN(amain())
