/* Async generators: pipelines, conversations, and a cleanup that awaits however they end: by close, by time-out, by the end of the loop. */
#include <coil.h>
#include <stdio.h>
#include <stdlib.h>

COIL_ASYNC(connect_to, (const char *, name))
{
    int err = coil_sleep(0.1);
    if (err >= 0)
        printf("%s: connected\n", name);
    return err;
}

/* Ends `async with`: takes what the block left in err, and gives it back. */
static int disconnect(const char *name, int err)
{
    int late = coil_sleep(0.1);
    printf("%s: disconnected\n", name);
    return err < 0 ? err : late;
}

/* A sensor: a value per second. */
COIL_ASYNC(temperatures, (const char *, name), (int, first), (int, last))
{
    int err = connect_to(name);
    if (err < 0)
        return err;
    for (int degrees = first; degrees < last && err >= 0; degrees++) {
        err = coil_sleep(1);
        if (err >= 0)
            err = coil_generator_yield(&degrees, NULL);
    }
    return disconnect(name, err);
}

/* A filter between a generator and whoever asks it. */
COIL_ASYNC(even, (coil_generator *, numbers))
{
    int err, n;
    COIL_ASYNC_FOR(err, coil_generator_next(numbers, &n))
    {
        if (n % 2 == 0)
            err = coil_generator_yield(&n, NULL);
        if (err < 0)
            break;
    }
    return err;
}

/* Takes what is sent to it, answers with what to do. */
COIL_ASYNC(thermostat)
{
    int wanted = 20, err = 0;
    char answer[40] = "";
    while (err >= 0) {
        const void *degrees;
        err = coil_generator_yield(answer, &degrees);
        if (err == -EDOM) {
            wanted = atoi(coil_error_message(err));
            snprintf(answer, sizeof answer, "now %d is wanted", wanted);
            err = 0;
            continue;
        }
        if (err >= 0)
            err = coil_sleep(0.5); /* the valve is slow */
        if (err >= 0)
            snprintf(answer, sizeof answer, *(const int *)degrees < wanted ? "heat" : "rest");
    }
    return err;
}

COIL_ASYNC(converse)
{
    int degrees;
    char answer[40];
    COIL_GENERATOR(valve, thermostat(), sizeof answer);
    COIL_GENERATOR(sensor, temperatures("kitchen", 17, 99), sizeof degrees);
    int err = coil_generator_next(valve, NULL);
    if (err < 0)
        return err;
    COIL_ASYNC_FOR(err, coil_generator_next(sensor, &degrees))
    {
        err = coil_generator_send(valve, &degrees, answer);
        if (err >= 0)
            printf("%d %s\n", degrees, answer);
        if (err >= 0 && degrees == 19) {
            err = coil_generator_throw(valve, coil_fail(-EDOM, "21"), answer);
            if (err >= 0)
                printf("%s\n", answer);
        }
        if (err < 0 || degrees == 21)
            break;
    }
    return err;
}

COIL_ASYNC(filter)
{
    int err, n;
    const char *comma = "";
    COIL_GENERATOR(hall, temperatures("hall", 10, 15), sizeof n);
    COIL_GENERATOR(numbers, even(hall), sizeof n);
    int found[8], size = 0;
    COIL_ASYNC_FOR(err, coil_generator_next(numbers, &n))
    found[size++] = n;
    printf("[");
    for (int i = 0; i < size; i++, comma = ", ")
        printf("%s%d", comma, found[i]);
    printf("]\n");
    return err;
}

COIL_ASYNC(limit)
{
    int err, degrees;
    COIL_GENERATOR(cellar, temperatures("cellar", 5, 99), sizeof degrees);
    COIL_TIMEOUT(tm, 2.5, err)
    {
        COIL_ASYNC_FOR(err, coil_generator_next(cellar, &degrees))
        printf("%d\n", degrees);
    }
    if (err != -ETIMEDOUT)
        return err;
    printf("the cellar took too long\n");
    COIL_ASYNC_FOR(err, coil_generator_next(cellar, &degrees))
    printf("never\n");
    return err;
}

COIL_ASYNC(amain)
{
    int degrees, err = converse();
    if (err >= 0)
        err = filter();
    if (err >= 0)
        err = limit();
    if (err < 0)
        return err;
    coil_generator *attic = coil_generator_new(temperatures("attic", 25, 99), sizeof degrees);
    err = coil_generator_next(attic, &degrees); /* left open: the end of the loop closes it */
    if (err >= 0)
        printf("%d\n", degrees);
    return err;
}

COIL_MAIN(amain())
