/* base/heap.h against a model: a plain array that is searched. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "deadlines.h"
#include "harness.h"

enum { NODES = 500, STEPS = 20000 };

static struct item items[NODES];

static const struct coil__heap_node *heap_min(const struct coil__heap *h)
{
    return h->n ? h->nodes[h->entries[0].id] : NULL;
}

static struct item *model_min(void)
{
    return first_of(items, NODES);
}

static void push(struct coil__heap *h, struct item *it, int64_t when_ns)
{
    static uint64_t pushes;
    it->when_ns = it->node.when_ns = when_ns;
    ck_assert_int_eq(coil__heap_push(h, &it->node), 0);
    it->order = pushes++;
    it->in = true;
}

static void take(struct coil__heap *h, struct item *it)
{
    coil__heap_remove(h, &it->node);
    it->in = false;
}

/* spread: how many different deadlines; a small one makes many equal. */
static void compare(uint64_t seed, uint32_t spread)
{
    struct coil__heap h = {0};
    state = seed;
    memset(items, 0, sizeof items);
    for (int step = 0; step < STEPS; step++) {
        struct item *it = &items[roll(NODES)];
        if (!it->in)
            push(&h, it, (int64_t)roll(spread) - spread / 2);
        else if (roll(2))
            take(&h, it);
        struct item *min = model_min();
        ck_assert_ptr_eq(heap_min(&h), min ? &min->node : NULL);
        if (min && roll(3) == 0)
            take(&h, min);
        if (step % 500 == 0)
            ck_assert(coil__heap_check(&h));
    }
    for (struct item *min; (min = model_min());) {
        ck_assert_ptr_eq(heap_min(&h), &min->node);
        take(&h, min);
    }
    ck_assert_ptr_null(heap_min(&h));
    coil__heap_done(&h);
}

START_TEST(a_heap_gives_what_a_sorted_list_would_give)
{
    compare(1, 1000000);
    compare(2, 1000000);
}
END_TEST

START_TEST(equal_deadlines_leave_in_the_order_in_which_they_came)
{
    compare(3, 4);
    compare(4, 1);
}
END_TEST

START_TEST(removing_what_is_in_no_heap_does_nothing)
{
    struct coil__heap h = {0};
    struct coil__heap_node node = {0}, other = {0};
    coil__heap_remove(&h, &node);
    node.when_ns = 5;
    ck_assert_int_eq(coil__heap_push(&h, &node), 0);
    coil__heap_remove(&h, &other);
    ck_assert_ptr_eq(heap_min(&h), &node);
    coil__heap_remove(&h, &node);
    coil__heap_remove(&h, &node);
    ck_assert_ptr_null(heap_min(&h));
    coil__heap_done(&h);
}
END_TEST

/* What is due leaves in order, while others come, and some of those that are due are taken back. */
START_TEST(what_is_due_leaves_in_order_and_can_be_taken_back_until_then)
{
    struct coil__heap h = {0};
    state = 5;
    memset(items, 0, sizeof items);
    for (int round = 0, now = 0; round < 200; round++, now += 50) {
        for (int i = 0; i < NODES; i++)
            if (!items[i].in && roll(2))
                push(&h, &items[i], now + (int64_t)roll(200));
        coil__heap_take_due(&h, now);
        ck_assert(coil__heap_first_ns(&h) > now);
        ck_assert(coil__heap_check(&h));
        struct coil__heap_node *node;
        for (struct item *min; (min = model_min()) && min->when_ns <= now;) {
            if (roll(4) == 0) {
                take(&h, min);
                ck_assert_uint_eq(min->node.index, 0);
                continue;
            }
            node = coil__heap_next_due(&h);
            ck_assert_ptr_eq(node, &min->node);
            ck_assert_uint_eq(node->index, 0);
            min->in = false;
            if (roll(2)) /* its callback arms it anew, for a later time */
                push(&h, min, now + 1 + (int64_t)roll(30));
            ck_assert(coil__heap_check(&h));
        }
        ck_assert_ptr_null(coil__heap_next_due(&h));
        ck_assert(!coil__heap_has_due(&h));
    }
    coil__heap_done(&h);
}
END_TEST

START_TEST(what_becomes_due_in_portions_leaves_in_one_order)
{
    struct coil__heap h = {0};
    state = 6;
    memset(items, 0, sizeof items);
    for (int round = 0, now = 0; round < 100; round++, now += 40) {
        for (int i = 0; i < NODES; i++)
            if (!items[i].in)
                push(&h, &items[i], now + (int64_t)roll(100));
        for (int part = 0; part <= 40; part += 10) /* nothing is told between them */
            coil__heap_take_due(&h, now + part);
        for (struct item *min; (min = model_min()) && min->when_ns <= now + 40;) {
            ck_assert_ptr_eq(coil__heap_next_due(&h), &min->node);
            min->in = false;
        }
        ck_assert_ptr_null(coil__heap_next_due(&h));
        ck_assert(coil__heap_check(&h));
    }
    coil__heap_done(&h);
}
END_TEST

START_TEST(the_order_survives_the_end_of_the_sequence_numbers)
{
    struct coil__heap h = {0};
    memset(items, 0, sizeof items);
    h.next_seq = UINT32_MAX - NODES / 2;
    for (int i = 0; i < NODES; i++)
        push(&h, &items[i], i % 7);
    ck_assert(coil__heap_check(&h));
    for (struct item *min; (min = model_min());) {
        ck_assert_ptr_eq(heap_min(&h), &min->node);
        take(&h, min);
    }
    coil__heap_done(&h);
}
END_TEST

START_TEST(with_room_reserved_pushes_allocate_nothing)
{
    struct coil__heap h = {0};
    unsigned long long before, after;
    memset(items, 0, sizeof items);
    ck_assert_int_eq(coil__heap_reserve(&h, NODES), 0);
    coil_memory_counts(&before, NULL);
    for (int i = 0; i < NODES; i++)
        push(&h, &items[i], -i);
    coil_memory_counts(&after, NULL);
    ck_assert_uint_eq(before, after);
    ck_assert_ptr_eq(heap_min(&h), &items[NODES - 1].node);
    ck_assert(coil__heap_check(&h));
    coil__heap_done(&h);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("heap");
    tcase_add_test(t, a_heap_gives_what_a_sorted_list_would_give);
    tcase_add_test(t, equal_deadlines_leave_in_the_order_in_which_they_came);
    tcase_add_test(t, removing_what_is_in_no_heap_does_nothing);
    tcase_add_test(t, what_is_due_leaves_in_order_and_can_be_taken_back_until_then);
    tcase_add_test(t, what_becomes_due_in_portions_leaves_in_one_order);
    tcase_add_test(t, the_order_survives_the_end_of_the_sequence_numbers);
    tcase_add_test(t, with_room_reserved_pushes_allocate_nothing);
    return test_main("heap", t);
}
