/* coroutine objects: kept in a list and awaited later, in another order, as tasks, with limits; one that was used refuses; a function that awaits nothing; recursion */
#include "said.h"

COIL_ASYNC(value, (int, n), (int, turns))
{
    printf("runs %d\n", n);
    for (int i = 0; i < turns; i++)
        MUST(coil_sleep(0));
    return n;
}

COIL_ASYNC(total, (int, n))
{
    return n == 0 ? 0 : n + total(n - 1);
}

static int pipeline(const coil_call *steps, int n, int *results)
{
    for (int i = 0; i < n; i++) {
        results[i] = coil_perform(steps[i]);
        MUST(results[i]);
    }
    return 0;
}

COIL_ASYNC(amain)
{
    coil_call c[4];
    int r[3], st[2];
    for (int n = 0; n < 4; n++)
        c[n] = COIL_CALL(value(n, 0));
    printf("made\n");
    r[0] = coil_perform(c[2]);
    r[1] = coil_await(coil_create_task(coil_perform(c[0])));
    r[2] = coil_wait_for(coil_perform(c[3]), 1);
    printf("%d %d %d\n", r[0], r[1], r[2]);
    coil_call both[] = {c[1], COIL_CALL(value(4, 2))};
    MUST(coil_gather_n(both, 2, st));
    printf("[%d, %d]\n", st[0], st[1]);
    if (coil_perform(c[1]) == -COIL_ECALLUSED)
        printf("RuntimeError\n");
    if (coil_wait_for(coil_perform(c[2]), 1) == -COIL_ECALLUSED)
        printf("RuntimeError\n");
    printf("%d\n", total(50));
    coil_task *t = coil_create_task(value(6, 0));
    void *seven = NULL;
    coil_call steps[] = {COIL_CALL(value(5, 0)), COIL_CALL(coil_await(t)),
                         COIL_CALL(coil_sleep_result(0, "7", &seven))};
    MUST(pipeline(steps, 3, r));
    printf("[%d, %d, %s]\n", r[0], r[1], (char *)seven);
    return 0;
}
COIL_MAIN(amain())
