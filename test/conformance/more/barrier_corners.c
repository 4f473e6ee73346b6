/* barrier: one party; arrivals while it drains wait for the next phase; abort with nobody there; reset of a broken one; a limit on wait */
#include "said.h"

COIL_ASYNC(party, (const char *, name), (coil_barrier *, b), (int, rounds))
{
    for (int r = 0; r < rounds; r++) {
        int i = coil_barrier_wait(b);
        if (i == -COIL_EBROKENBARRIER)
            printf("%s %d broken %d\n", name, r, coil_barrier_broken(b));
        else
            printf("%s %d index %d\n", name, r, i);
    }
    return 0;
}

COIL_ASYNC(amain)
{
    coil_barrier one, b;
    int n;
    MUST(coil_barrier_init(&one, 1));
    int alone = coil_barrier_wait(&one);
    printf("alone %d %d\n", alone, coil_barrier_n_waiting(&one));
    for (int i = 0; i >= -1; i--)
        printf("%s\n", said(coil_barrier_init(&b, i)));
    MUST(coil_barrier_init(&b, 2));
    coil_task *tasks[] = {coil_create_task(party("a", &b, 2)), coil_create_task(party("b", &b, 1)),
                          coil_create_task(party("c", &b, 1))};
    MUST(coil_wait(tasks, 3, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    for (int i = 0; i < 3; i++)
        MUST(coil_await(tasks[i]));
    printf("waiting %d %d\n", coil_barrier_n_waiting(&b), coil_barrier_parties(&b));
    coil_task *t = coil_create_task(party("d", &b, 1));
    MUST(coil_sleep(0));
    printf("waiting %d\n", coil_barrier_n_waiting(&b));
    MUST(coil_barrier_abort(&b));
    MUST(coil_await(t));
    MUST(party("e", &b, 1));
    MUST(coil_barrier_reset(&b));
    printf("broken %d %d\n", coil_barrier_broken(&b), coil_barrier_n_waiting(&b));
    int err = coil_wait_for(coil_barrier_wait(&b), 0.01);
    printf("%s %d %d\n", said(err), coil_barrier_n_waiting(&b), coil_barrier_broken(&b));
    MUST(coil_gather(party("f", &b, 1), party("g", &b, 1)));
    MUST(coil_barrier_abort(&b));
    printf("broken %d\n", coil_barrier_broken(&b));
    return 0;
}
COIL_MAIN(amain())
