/* queue: shutdown while putters wait and while join waits; what is left can be had; task_done once too often; LIFO and priority with waiters */
#include "said.h"

COIL_ASYNC(putter, (const char *, name), (coil_queue *, q))
{
    int err = coil_queue_put(q, &name);
    printf("%s %s\n", name, err < 0 ? said(err) : "put");
    return 0;
}

COIL_ASYNC(joiner, (coil_queue *, q))
{
    MUST(coil_queue_join(q));
    printf("joined\n");
    return 0;
}

COIL_ASYNC(taker, (int, n), (coil_queue *, q))
{
    int item;
    MUST(coil_queue_get(q, &item));
    printf("taker %d %d\n", n, item);
    return 0;
}

struct pair {
    int number;
    const char *text;
};

static int compare(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    return p->number != q->number ? p->number - q->number : strcmp(p->text, q->text);
}

static int finish(coil_task **tasks, int n)
{
    int ndone;
    MUST(coil_wait(tasks, n, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    for (int i = 0; i < n; i++)
        coil_task_unref(tasks[i]);
    return 0;
}

static int shutting(void)
{
    coil_queue q;
    const char *item = "first";
    MUST(coil_queue_init(&q, sizeof item, 1));
    MUST(coil_queue_put(&q, &item));
    coil_task *tasks[] = {coil_create_task(putter("p", &q)), coil_create_task(putter("q", &q)),
                          coil_create_task(joiner(&q))};
    MUST(coil_sleep(0));
    coil_queue_shutdown(&q, 0);
    MUST(coil_sleep(0));
    MUST(coil_sleep(0));
    MUST(coil_queue_get_nowait(&q, &item));
    printf("left %s\n", item);
    if (coil_queue_get_nowait(&q, &item) == -COIL_EQUEUESHUTDOWN)
        printf("empty and shut down\n");
    if (coil_queue_put_nowait(&q, &item) == -COIL_EQUEUESHUTDOWN)
        printf("no more\n");
    MUST(coil_sleep(0));
    printf("[%d, %d, %d]\n", coil_task_done(tasks[0]), coil_task_done(tasks[1]),
           coil_task_done(tasks[2]));
    MUST(coil_queue_task_done(&q));
    MUST(finish(tasks, 3));
    printf("%s\n", said(coil_queue_task_done(&q)));
    coil_queue_shutdown(&q, 0);
    coil_queue_shutdown(&q, 1);
    coil_queue_done(&q);
    return 0;
}

COIL_ASYNC(amain)
{
    MUST(shutting());
    coil_queue lifo, prio;
    int rest;
    MUST(coil_queue_init_lifo(&lifo, sizeof(int), 0));
    coil_task *takers[] = {coil_create_task(taker(0, &lifo)), coil_create_task(taker(1, &lifo))};
    MUST(coil_sleep(0));
    for (int n = 1; n <= 3; n++)
        MUST(coil_queue_put_nowait(&lifo, &n));
    MUST(finish(takers, 2));
    MUST(coil_queue_get_nowait(&lifo, &rest));
    printf("rest %d\n", rest);
    coil_queue_done(&lifo);
    struct pair items[] = {{2, "b"}, {1, "x"}, {1, "a"}}, item;
    MUST(coil_queue_init_priority(&prio, sizeof item, 3, compare));
    for (int i = 0; i < 3; i++)
        MUST(coil_queue_put_nowait(&prio, &items[i]));
    printf("%d", coil_queue_full(&prio));
    for (int i = 0; i < 3; i++) {
        MUST(coil_queue_get_nowait(&prio, &item));
        printf(" %s", item.text);
    }
    printf("\n%s\n", said(coil_queue_get_nowait(&prio, &item)));
    coil_queue_done(&prio);
    return 0;
}
COIL_MAIN(amain())
