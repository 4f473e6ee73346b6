/* Producers and consumers on queues of all kinds, who lose patience and are cancelled: each item that was put is taken once, none twice,
 * none is lost; join ends when the work on all is done, and not before. */
#include <string.h>

#include "stress.h"

enum { PRODUCERS = 4, CONSUMERS = 5, ITEMS = 60, FEW_ITEMS = 3, MOST = PRODUCERS * ITEMS };

struct shop {
    coil_queue q;
    bool put[MOST], taken[MOST];
    int n_put, n_taken, n_done;
    coil_task *tasks[PRODUCERS + CONSUMERS];
    int items; /* of each producer */
    int made[PRODUCERS];
    int last[PRODUCERS];     /* in a FIFO each producer's items come out in order */
    int consumers;           /* who have not left */
    bool fifo, open, joined; /* open: all have begun, and not all is put */
    bool
        proud; /* everybody waits for as long as it takes, and leaves for good when he is cancelled: whoever is
                   next in line must hear of it, for nobody asks again */
};

static int smaller(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int put_one(struct shop *shop, int item)
{
    switch (shop->proud ? 2 : stress_below(4)) {
    case 0:
        return coil_queue_put_nowait(&shop->q, &item);
    case 1:
        return coil_wait_for(coil_queue_put(&shop->q, &item), stress_pause(600));
    default:
        return coil_queue_put(&shop->q, &item);
    }
}

/* Whoever has just been granted something is a good one to cancel. */
static void push_aside(struct shop *shop, unsigned first, unsigned n)
{
    if (shop->proud && shop->open && stress_chance(3))
        coil_task_cancel(shop->tasks[first + stress_below(n)]);
}

COIL_ASYNC(produce, (struct shop *, shop), (int, id))
{
    while (shop->made[id] < shop->items) {
        int item = id * ITEMS + shop->made[id];
        int err = put_one(shop, item);
        if (err >= 0) {
            shop->put[item] = true;
            shop->n_put++;
            shop->made[id]++;
            push_aside(shop, PRODUCERS, CONSUMERS);
        }
        if (err == -COIL_EQUEUEFULL || err == -ETIMEDOUT)
            err = 0;
        if (err >= 0)
            err = stress_dawdle();
        if (err == -ECANCELED && !shop->proud)
            err = coil_task_uncancel(coil_current_task()); /* the work is not over */
        if (err < 0)
            return err;
    }
    return 0;
}

static int take_one(struct shop *shop, int *item)
{
    switch (shop->proud ? 2 : stress_below(4)) {
    case 0:
        return coil_queue_get_nowait(&shop->q, item);
    case 1:
        return coil_wait_for(coil_queue_get(&shop->q, item), stress_pause(600));
    default:
        return coil_queue_get(&shop->q, item);
    }
}

static void enter_in_the_book(struct shop *shop, int item)
{
    ck_assert_int_ge(item, 0);
    ck_assert_int_lt(item, MOST);
    ck_assert_msg(!shop->taken[item], "item %d was given out twice", item);
    shop->taken[item] = true;
    shop->n_taken++;
    if (shop->fifo) {
        ck_assert_int_gt(item, shop->last[item / ITEMS]);
        shop->last[item / ITEMS] = item;
    }
}

COIL_ASYNC(consume, (struct shop *, shop))
{
    for (;;) {
        int item = -1;
        int err = take_one(shop, &item);
        if (err == -COIL_EQUEUESHUTDOWN)
            return 0;
        if (err >= 0) {
            enter_in_the_book(shop, item);
            push_aside(shop, 0, PRODUCERS);
            while ((err = stress_dawdle()) == -ECANCELED)
                coil_task_uncancel(coil_current_task());
            ck_assert(!shop->joined);
            shop->n_done++;
            ck_assert_int_eq(coil_queue_task_done(&shop->q), 0);
        } else if (err == -ECANCELED && shop->proud && shop->consumers > 1) {
            shop->consumers--;
            return err;
        } else if (err == -ECANCELED) {
            coil_task_uncancel(coil_current_task());
        } else if (err == -COIL_EQUEUEEMPTY && coil_yield_now() == -ECANCELED) {
            coil_task_uncancel(coil_current_task());
        }
        ck_assert_int_eq(item >= 0, err >= 0); /* a get that fails has taken nothing */
    }
}

/* Cancels for a while. */
COIL_ASYNC(annoy, (struct shop *, shop))
{
    for (int left = (int)stress_below(100); left > 0; left--) {
        int err = coil_sleep(stress_pause(1500));
        if (err < 0)
            return err;
        coil_task_cancel(shop->tasks[stress_below(PRODUCERS + CONSUMERS)]);
    }
    return 0;
}

COIL_ASYNC(trade, (struct shop *, shop))
{
    int n = 0;
    for (int i = 0; i < PRODUCERS; i++)
        shop->tasks[n++] = coil_create_task(produce(shop, i));
    for (int i = 0; i < CONSUMERS; i++)
        shop->tasks[n++] = coil_create_task(consume(shop));
    int err = coil_yield_now();
    shop->open = true;
    if (err >= 0 && !shop->proud)
        err = annoy(shop);
    if (err < 0)
        return err;
    for (int i = 0; i < PRODUCERS; i++)
        stress_join(shop->tasks[i]);
    for (int i = 0; i < PRODUCERS && err >= 0; i++) /* what those have left undone who left */
        err = produce(shop, i);
    shop->open = false;
    if (err >= 0)
        err = coil_queue_join(&shop->q);
    if (err < 0)
        return err;
    shop->joined = true;
    ck_assert_int_eq(shop->n_done, PRODUCERS * shop->items);
    coil_queue_shutdown(&shop->q, 0);
    for (int i = PRODUCERS; i < n; i++)
        stress_join(shop->tasks[i]);
    for (int i = 0; i < n; i++)
        coil_task_unref(shop->tasks[i]);
    return 0;
}

static void run_shop(int kind, bool proud)
{
    static struct shop shop;
    size_t size = stress_below(3) * 2;
    memset(&shop, 0, sizeof shop);
    shop.fifo = kind == 0;
    shop.proud = proud;
    shop.items = proud ? FEW_ITEMS : ITEMS;
    shop.consumers = CONSUMERS;
    for (int i = 0; i < PRODUCERS; i++)
        shop.last[i] = -1;
    ck_assert_int_eq(kind == 0   ? coil_queue_init(&shop.q, sizeof(int), size)
                     : kind == 1 ? coil_queue_init_lifo(&shop.q, sizeof(int), size)
                                 : coil_queue_init_priority(&shop.q, sizeof(int), size, smaller),
                     0);
    ck_assert_int_eq(coil_run(trade(&shop)), 0);
    ck_assert_int_eq(shop.n_put, PRODUCERS * shop.items);
    ck_assert_int_eq(shop.n_taken, shop.n_put);
    ck_assert_mem_eq(shop.put, shop.taken, sizeof shop.put);
    coil_queue_done(&shop.q);
}

START_TEST(each_item_that_was_put_is_taken_once)
{
    run_shop(_i, false);
}
END_TEST

START_TEST(who_leaves_lets_the_next_in_line_have_what_he_was_granted)
{
    for (int i = 0; i < 10; i++)
        run_shop(_i, true);
}
END_TEST

int main(void)
{
    stress_begin();
    TCase *t = tcase_create("queues");
    tcase_add_loop_test(t, each_item_that_was_put_is_taken_once, 0, 3);
    tcase_add_loop_test(t, who_leaves_lets_the_next_in_line_have_what_he_was_granted, 0, 3);
    return test_main("queues", t);
}
