/* wait with timeout 0 still lets a turn pass; with tasks that are done it returns after one turn; FIRST_EXCEPTION sees errors that are there */
#include "said.h"

COIL_ASYNC(turns, (int, n), (int, error))
{
    for (int i = 0; i < n; i++)
        MUST(coil_sleep(0));
    return error ? coil_fail(-EINVAL, "x") : 0;
}

COIL_ASYNC(ticker)
{
    for (int i = 0; i < 4; i++) {
        printf("tick %d\n", i);
        MUST(coil_sleep(0));
    }
    return 0;
}

static void names(coil_task *const *tasks, int n)
{
    printf("[");
    for (int i = 0; i < n; i++)
        printf("%s'%s'", i ? ", " : "", coil_task_name(tasks[i]));
    printf("]");
}

static void both(coil_task *const *tasks, int n, int ndone)
{
    names(tasks, ndone);
    printf(" ");
    names(tasks + ndone, n - ndone);
}

COIL_ASYNC(amain)
{
    coil_task *tasks[] = {coil_create_task_named(turns(0, 0), "t0"),
                          coil_create_task_named(turns(3, 0), "t3")};
    int n;
    MUST(coil_wait(tasks, 2, COIL_ALL_COMPLETED, 0, &n));
    both(tasks, 2, n);
    printf("\n");
    MUST(coil_wait(tasks, 2, COIL_ALL_COMPLETED, -1, &n));
    both(tasks, 2, n);
    printf("\n");
    MUST(coil_wait(tasks, 2, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    coil_task *tick = coil_create_task(ticker());
    MUST(coil_wait(tasks, 2, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    both(tasks, 2, n);
    printf("\n");
    MUST(coil_await(tick));
    MUST(coil_await(tasks[0]));
    MUST(coil_await(tasks[1]));
    coil_task *bad = coil_create_task_named(turns(0, 1), "bad");
    coil_task *sleeper = coil_create_task_named(coil_sleep(5), "long");
    MUST(coil_sleep(0));
    MUST(coil_sleep(0));
    coil_task *two[] = {sleeper, bad};
    MUST(coil_wait(two, 2, COIL_FIRST_EXCEPTION, COIL_FOREVER, &n));
    both(two, 2, n);
    coil_ignore(coil_await(bad));
    printf(" ValueError('x')\n");
    coil_task *one[] = {sleeper};
    coil_task *w = coil_create_task(coil_wait(one, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    MUST(coil_sleep(0));
    coil_task_cancel(w);
    if (coil_await(w) == -ECANCELED)
        printf("wait cancelled %d\n", coil_task_done(sleeper));
    coil_task_cancel(sleeper);
    coil_task_unref(sleeper);
    return 0;
}
COIL_MAIN(amain())
