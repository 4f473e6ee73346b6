/* PriorityQueue hands out the smallest item first */
#include "port.h"

struct item {
    int priority;
    const char *name;
};

static int compare(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return x->priority != y->priority ? x->priority - y->priority : strcmp(x->name, y->name);
}

COIL_ASYNC(amain)
{
    static const struct item items[] = {{3, "low"}, {1, "high"}, {2, "mid"}, {1, "alpha"}};
    coil_queue q;
    MUST(coil_queue_init_priority(&q, sizeof *items, 0, compare));
    for (int i = 0; i < 4; i++)
        MUST(coil_queue_put_nowait(&q, &items[i]));
    while (!coil_queue_empty(&q)) {
        struct item item;
        MUST(coil_queue_get(&q, &item));
        printf("%d %s\n", item.priority, item.name);
    }
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())
