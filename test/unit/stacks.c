/* Stacks on loan: which one is lent, where its top lies, and which pages idle ones and those that are needed soon have. */
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "coro/advise.h"
#include "coro/coro.h"
#include "harness.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum { STACK = 64 * 1024 };

static struct coil__stack_pool *new_pool(enum coil__stack_guard guard)
{
    struct coil__stack_pool *p = NULL;
    ck_assert_int_eq(coil__stack_pool_new(STACK, guard, &p), 0);
    return p;
}

START_TEST(the_stack_that_came_back_last_is_lent_first)
{
    struct coil__stack_pool *p = new_pool(COIL__GUARD_AUTO);
    struct coil__stack a, b, c;
    ck_assert_int_eq(coil__stack_get(p, &a), 0);
    ck_assert_int_eq(coil__stack_get(p, &b), 0);
    ck_assert_uint_ne(a.index, b.index);
    coil__stack_put(p, b);
    coil__stack_put(p, a);
    ck_assert_int_eq(coil__stack_get(p, &c), 0);
    ck_assert_uint_eq(c.index, a.index);
    ck_assert_ptr_eq(c.top, a.top);
    coil__stack_put(p, c);
    coil__stack_pool_free(p);
}
END_TEST

START_TEST(tops_lie_in_different_cache_sets)
{
    struct coil__stack_pool *p = new_pool(COIL__GUARD_AUTO);
    struct coil__stack s[COIL__STACK_COLOURS];
    uint64_t seen = 0;
    for (int i = 0; i < COIL__STACK_COLOURS; i++) {
        ck_assert_int_eq(coil__stack_get(p, &s[i]), 0);
        ck_assert_uint_eq((uintptr_t)s[i].top % 16, 0);
        seen |= 1ull << ((uintptr_t)s[i].top / 64 % 64);
        size_t room = (size_t)(s[i].top - coil__stack_bottom(p, s[i]));
        ck_assert_uint_ge(room, STACK - 20 * 1024);
        ck_assert_uint_le(room, STACK);
    }
    ck_assert_int_eq(__builtin_popcountll(seen), COIL__STACK_COLOURS);
    for (int i = 0; i < COIL__STACK_COLOURS; i++)
        coil__stack_put(p, s[i]);
    coil__stack_pool_free(p);
}
END_TEST

static bool resident(const char *address)
{
    unsigned char there = 0;
    uintptr_t page = (uintptr_t)address & ~(uintptr_t)4095;
    ck_assert_int_eq(mincore((void *)page, 4096, &there), 0);
    return there & 1;
}

/* Lends n stacks, writes to each, and takes all back. Returns how many of them keep their page. */
static int use_and_put(struct coil__stack_pool *p, int n)
{
    static struct coil__stack s[COIL__STACKS_WARM_LITTLE + 4 * COIL__STACKS_BATCH];
    int warm = 0;
    for (int i = 0; i < n; i++) {
        ck_assert_int_eq(coil__stack_get(p, &s[i]), 0);
        s[i].top[-1] = 'x';
    }
    for (int i = 0; i < n; i++)
        coil__stack_put(p, s[i]);
    for (int i = 0; i < n; i++)
        warm += resident(s[i].top - 1);
    return warm;
}

START_TEST(stacks_that_are_needed_again_and_again_keep_their_pages_up_to_a_bound)
{
    enum {
        MANY = 4000,
        BOUND = COIL__STACKS_WARM_LITTLE,
        TOO_MANY = BOUND + 4 * COIL__STACKS_BATCH
    };
    struct coil__stack_pool *p = new_pool(COIL__GUARD_AUTO);
    ck_assert_uint_ge(p->warm_most, BOUND);
    ck_assert_uint_le(p->warm_most, COIL__STACKS_WARM_MOST);
    p->warm_most = BOUND; /* as on a small machine */
    ck_assert_int_lt(use_and_put(p, MANY), MANY);
    ck_assert_int_eq(use_and_put(p, MANY), MANY);
    ck_assert_int_eq(use_and_put(p, MANY), MANY);
    for (int i = 0; i < 3; i++)
        ck_assert_int_le(use_and_put(p, TOO_MANY), BOUND + COIL__STACKS_BATCH);
    coil__stack_pool_free(p);
}
END_TEST

START_TEST(idle_stacks_give_their_pages_back_in_batches)
{
    enum { MANY = COIL__STACKS_WARM + 2 * COIL__STACKS_BATCH };
    struct coil__stack_pool *p = new_pool(COIL__GUARD_AUTO);
    static struct coil__stack s[MANY];
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(coil__stack_get(p, &s[i]), 0);
        s[i].top[-1] = 'x';
    }
    int before = 0, after = 0;
    for (int i = 0; i < MANY; i++)
        before += resident(s[i].top - 1);
    for (int i = 0; i < MANY; i++)
        coil__stack_put(p, s[i]);
    for (int i = 0; i < MANY; i++)
        after += resident(s[i].top - 1);
    ck_assert_int_eq(before, MANY);
    ck_assert_int_le(after, COIL__STACKS_WARM + COIL__STACKS_BATCH);
    ck_assert_int_ge(after, COIL__STACKS_WARM);
    for (int i = 0; i < MANY; i++) { /* and can be lent again, cold or warm */
        ck_assert_int_eq(coil__stack_get(p, &s[i]), 0);
        s[i].top[-1] = 'y';
    }
    for (int i = 0; i < MANY; i++)
        coil__stack_put(p, s[i]);
    coil__stack_pool_free(p);
}
END_TEST

START_TEST(sizes_are_rounded_up_to_powers_of_two_and_bounded)
{
    struct coil__stack_pool *p;
    ck_assert_int_eq(coil__stack_pool_new(STACK - 1, COIL__GUARD_AUTO, &p), -EINVAL);
    ck_assert_int_eq(coil__stack_pool_new((8 << 20) + 1, COIL__GUARD_AUTO, &p), -EINVAL);
    ck_assert_int_eq(coil__stack_pool_new(STACK + 1, COIL__GUARD_AUTO, &p), 0);
    ck_assert_uint_eq(coil__stack_pool_size(p), 2 * STACK);
    coil__stack_pool_free(p);
    coil__stack_pool_free(NULL);
}
END_TEST

/* Whether pages can be had before they are touched. */
static bool can_populate(void)
{
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct iovec range = {page, 4096};
    bool can = coil__advise(&range, 1, MADV_POPULATE_WRITE) == 1;
    munmap(page, 4096);
    return can;
}

START_TEST(among_many_the_next_ones_have_their_first_page_before_they_are_lent)
{
    enum { FEW = 4096, MANY = COIL__STACKS_POPULATES + 1 };
    struct coil__stack_pool *p = new_pool(COIL__GUARD_AUTO);
    static struct coil__stack s[MANY];
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(coil__stack_get(p, &s[i]), 0);
        if (i == FEW) /* not yet: a small program has no memory that it does not need */
            ck_assert(!resident(coil__stack_top(p, FEW + 1) - 1));
    }
    bool guarded = p->guard == COIL__GUARD_AUTO; /* by the batch */
    for (uint32_t i = MANY - 1; guarded && can_populate() && i < p->guarded; i++)
        ck_assert(resident(coil__stack_top(p, i) - 1));
    ck_assert(!resident(coil__stack_top(p, MANY - 2) - 1)); /* nobody has touched that one */
    for (int i = 0; i < MANY; i++)
        coil__stack_put(p, s[i]);
    coil__stack_pool_free(p);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("stacks");
    tcase_add_test(t, the_stack_that_came_back_last_is_lent_first);
    tcase_add_test(t, tops_lie_in_different_cache_sets);
    tcase_add_test(t, idle_stacks_give_their_pages_back_in_batches);
    tcase_add_test(t, stacks_that_are_needed_again_and_again_keep_their_pages_up_to_a_bound);
    tcase_add_test(t, sizes_are_rounded_up_to_powers_of_two_and_bounded);
    tcase_add_test(t, among_many_the_next_ones_have_their_first_page_before_they_are_lent);
    return test_main("stacks", t);
}
