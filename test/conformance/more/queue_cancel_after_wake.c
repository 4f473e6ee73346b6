/* queue: a getter cancelled after a put woke it leaves the item to the next getter; a putter cancelled after a get woke it lets the next one in */
#include "said.h"

COIL_ASYNC(getter, (const char *, name), (coil_queue *, q))
{
    const char *item;
    int err = coil_queue_get(q, &item);
    if (err < 0)
        printf("%s cancelled %zu\n", name, coil_queue_size(q));
    else
        printf("%s got %s\n", name, item);
    return err;
}

COIL_ASYNC(putter, (const char *, name), (coil_queue *, q))
{
    int err = coil_queue_put(q, &name);
    printf("%s %s %zu\n", name, err < 0 ? "cancelled" : "put", coil_queue_size(q));
    return err;
}

static int put(coil_queue *q, const char *item)
{
    return coil_queue_put_nowait(q, &item);
}

static const char *get(coil_queue *q)
{
    const char *item;
    return coil_queue_get_nowait(q, &item) < 0 ? "?" : item;
}

static int wait_both(coil_task *a, coil_task *b)
{
    coil_task *both[] = {a, b};
    int n;
    MUST(coil_wait(both, b ? 2 : 1, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    coil_task_unref(a);
    coil_task_unref(b);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_queue q;
    MUST(coil_queue_init(&q, sizeof(char *), 1));
    coil_task *a = coil_create_task(getter("a", &q)), *b = coil_create_task(getter("b", &q));
    MUST(coil_sleep(0));
    MUST(put(&q, "item"));
    coil_task_cancel(a);
    MUST(wait_both(a, b));
    MUST(put(&q, "full"));
    printf("full %d %d\n", coil_queue_full(&q), coil_queue_empty(&q));
    coil_task *c = coil_create_task(putter("c", &q)), *d = coil_create_task(putter("d", &q));
    MUST(coil_sleep(0));
    printf("%s\n", get(&q));
    coil_task_cancel(c);
    MUST(wait_both(c, d));
    const char *item = get(&q);
    printf("%s %zu\n", item, coil_queue_size(&q));
    coil_task *e = coil_create_task(getter("e", &q));
    MUST(coil_sleep(0));
    MUST(put(&q, "late"));
    coil_task_cancel(e);
    MUST(wait_both(e, NULL));
    size_t left = coil_queue_size(&q);
    printf("left %zu %s\n", left, get(&q));
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())
