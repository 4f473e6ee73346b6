/* tutorial: generators and a queue make a round-robin scheduler */
#include "port.h"

struct text {
    char s[32];
};

COIL_ASYNC(task, (const char *, name), (int, n), (struct text, ret, out))
{
    for (int i = 0; i < n; i++) {
        printf("%s %d\n", name, i);
        MUST(coil_generator_yield(NULL, NULL));
    }
    snprintf(ret->s, sizeof ret->s, "%s finished", name);
    return 0;
}

int main(void)
{
    enum { TASKS = 3 };
    struct text value[TASKS];
    COIL_GENERATOR(a, task("a", 2, &value[0]), 0);
    COIL_GENERATOR(b, task("b", 3, &value[1]), 0);
    COIL_GENERATOR(c, task("c", 1, &value[2]), 0);
    struct ready {
        coil_generator *g;
        struct text *value;
    } ready[TASKS] = {{a, &value[0]}, {b, &value[1]}, {c, &value[2]}};
    for (int first = 0, n = TASKS; n > 0;) {
        struct ready t = ready[first];
        first = (first + 1) % TASKS;
        n--;
        int err = coil_generator_next(t.g, NULL);
        if (err >= 0)
            ready[(first + n++) % TASKS] = t;
        else if (err == -COIL_ESTOPITERATION)
            printf("%s\n", t.value->s);
    }
    return 0;
}
