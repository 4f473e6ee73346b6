/* Where coroutines come from: generators that yield when they would wait, and a queue that lets each of them run in its turn. */
#include <coil.h>
#include <stdio.h>
#include <string.h>

enum { ROCKETS = 3 };

COIL_ASYNC(countdown, (const char *, name), (int, start))
{
    for (int n = start; n > 0; n--) {
        printf("%s %d\n", name, n);
        int err = coil_generator_yield(NULL, NULL); /* whoever else is ready runs now */
        if (err < 0)
            return err;
    }
    return 0;
}

COIL_ASYNC(launch, (const char *, name), (int, start), (int, ret_letters, out))
{
    printf("%s is on the pad\n", name);
    COIL_GENERATOR(inner, countdown(name, start), 0);
    int err = coil_generator_yield_from(inner);
    if (err >= 0)
        *ret_letters = printf("%s lifts off\n", name) - 1;
    return err;
}

/* Runs them in turns until all have ended. */
static int scheduler(coil_generator **ready, int n)
{
    for (int at = 0; n > 0;) {
        int err = coil_generator_next(ready[at], NULL);
        if (err >= 0) {
            at = (at + 1) % n;
        } else if (err == -COIL_ESTOPITERATION) {
            coil_generator_free(ready[at]);
            memmove(&ready[at], &ready[at + 1], (size_t)(--n - at) * sizeof *ready);
            at = at < n ? at : 0;
        } else {
            return err;
        }
    }
    return 0;
}

int main(void)
{
    int letters[ROCKETS];
    coil_generator *ready[ROCKETS] = {
        coil_generator_new(launch("Soyuz", 2, &letters[0]), 0),
        coil_generator_new(launch("Ariane", 3, &letters[1]), 0),
        coil_generator_new(launch("Vega", 1, &letters[2]), 0),
    };
    int err = scheduler(ready, ROCKETS);
    if (err < 0) {
        fprintf(stderr, "%s\n", coil_error_message(err));
        return 1;
    }
    printf("%d letters\n", letters[0] + letters[1] + letters[2]);
    return 0;
}
