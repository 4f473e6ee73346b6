/* pattern: one end marker per consumer ends a pipeline without cancellation */
#include "port.h"

enum { END = -1 };

COIL_ASYNC(stage, (const char *, name), (coil_queue *, src), (coil_queue *, dst))
{
    int x, end = END;
    for (;;) {
        MUST(coil_queue_get(src, &x));
        if (x == END)
            break;
        MUST(coil_sleep(0));
        x *= dst ? 10 : 1;
        if (dst)
            MUST(coil_queue_put(dst, &x));
        else
            printf("%s %d\n", name, x);
    }
    if (dst)
        MUST(coil_queue_put(dst, &end));
    printf("%s ends\n", name);
    return 0;
}

COIL_ASYNC(amain)
{
    static const int items[] = {1, 2, 3, END};
    coil_queue a, b;
    MUST(coil_queue_init(&a, sizeof(int), 1));
    MUST(coil_queue_init(&b, sizeof(int), 1));
    coil_task *mid = coil_create_task(stage("mid", &a, &b));
    coil_task *last = coil_create_task(stage("last", &b, NULL));
    for (int i = 0; i < 4; i++)
        MUST(coil_queue_put(&a, &items[i]));
    MUST(coil_gather(coil_await(mid), coil_await(last)));
    coil_queue_done(&a);
    coil_queue_done(&b);
    return 0;
}
COIL_MAIN(amain())
