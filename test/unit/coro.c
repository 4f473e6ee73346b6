/* coro/ alone: contexts that switch, guards that report. Stacks on loan: stacks.c. */
#include <check.h>
#include <errno.h>
#include <fenv.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "coil/errors.h"
#include "coro/coro.h"
#include "harness.h"
#include "in_child.h"

enum { STACK = 64 * 1024 };

static struct coil__stack_pool *new_pool(enum coil__stack_guard guard)
{
    struct coil__stack_pool *p = NULL;
    ck_assert_int_eq(coil__stack_pool_new(STACK, guard, &p), 0);
    return p;
}

/* ---------------------------------------------------------------- the switch ---- */

struct context {
    struct coil__coro coro, *back;
    struct coil__stack stack;
    int steps, limit;
    double sum;
};

static void begin(struct coil__stack_pool *p, struct context *c, struct coil__coro *back,
                  coil__coro_entry entry)
{
    memset(&c->coro, 0, sizeof c->coro);
    c->back = back;
    ck_assert_int_eq(coil__stack_get(p, &c->stack), 0);
    coil__coro_prepare(&c->coro, c->stack.top, coil__stack_bottom(p, c->stack), entry, c);
}

/* Locals of every kind must survive the switches. */
static struct coil__coro *count(void *arg)
{
    struct context *c = arg;
    volatile int on_stack = 1000;
    double half = 0.5;
    for (int i = 0; i < c->limit; i++) {
        c->steps++;
        on_stack++;
        half *= 2;
        coil__coro_switch(&c->coro, c->back);
    }
    c->sum = half + on_stack;
    return c->back;
}

START_TEST(contexts_take_turns_and_keep_their_locals)
{
    enum { MANY = 200, TURNS = 20 };
    struct coil__stack_pool *p = new_pool(COIL__GUARD_AUTO);
    static struct context c[MANY];
    struct coil__coro main = {0};
    for (int i = 0; i < MANY; i++) {
        c[i] = (struct context){.limit = TURNS};
        begin(p, &c[i], &main, count);
    }
    ck_assert_uint_eq(coil__stacks_lent(p), MANY);
    for (int turn = 0; turn <= TURNS; turn++)
        for (int i = 0; i < MANY; i++)
            coil__coro_switch(&main, &c[i].coro);
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(c[i].steps, TURNS);
        ck_assert_double_eq(c[i].sum, 524288 + 1000 + TURNS);
        coil__stack_put(p, c[i].stack);
    }
    ck_assert_uint_eq(coil__stacks_lent(p), 0);
    coil__stack_pool_free(p);
}
END_TEST

static struct coil__coro *descend(void *arg)
{
    struct context *c = arg;
    if (c->limit > 0) { /* each makes the next one and waits for it */
        struct context *next = c + 1;
        coil__coro_switch(&c->coro, &next->coro);
        c->steps = next->steps + 1;
    }
    return c->back;
}

START_TEST(a_context_may_switch_to_any_other)
{
    enum { DEPTH = 100 };
    struct coil__stack_pool *p = new_pool(COIL__GUARD_AUTO);
    static struct context c[DEPTH];
    struct coil__coro main = {0};
    for (int i = 0; i < DEPTH; i++) {
        c[i] = (struct context){.limit = DEPTH - 1 - i};
        begin(p, &c[i], i ? &c[i - 1].coro : &main, descend);
    }
    coil__coro_switch(&main, &c[0].coro);
    ck_assert_int_eq(c[0].steps, DEPTH - 1);
    for (int i = 0; i < DEPTH; i++)
        coil__stack_put(p, c[i].stack);
    coil__stack_pool_free(p);
}
END_TEST

static struct coil__coro *round_up(void *arg)
{
    struct context *c = arg;
    fesetround(FE_UPWARD);
    coil__coro_switch(&c->coro, c->back);
    c->steps = fegetround();
    fesetround(FE_TONEAREST);
    return c->back;
}

START_TEST(the_rounding_mode_belongs_to_the_context)
{
    struct coil__stack_pool *p = new_pool(COIL__GUARD_AUTO);
    struct context c = {0};
    struct coil__coro main = {0};
    begin(p, &c, &main, round_up);
    ck_assert_int_eq(fegetround(), FE_TONEAREST);
    coil__coro_switch(&main, &c.coro);
    ck_assert_int_eq(fegetround(), FE_TONEAREST);
    coil__coro_switch(&main, &c.coro);
    ck_assert_int_eq(c.steps, FE_UPWARD);
    coil__stack_put(p, c.stack);
    coil__stack_pool_free(p);
}
END_TEST

/* ---------------------------------------------------------------- stacks ---- */

#ifndef COIL__FIBER_HOOKS /* the sanitizers need address space and have handlers of their own */
START_TEST(without_address_space_a_stack_is_refused_and_the_pool_lives_on)
{
    struct coil__stack_pool *p = new_pool(COIL__GUARD_AUTO);
    struct rlimit before, small;
    struct coil__stack s;
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &before), 0);
    small = before;
    small.rlim_cur = 1 << 20;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &small), 0);
    int refused = coil__stack_get(p, &s);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
    ck_assert_int_eq(refused, -ENOMEM);
    ck_assert_int_eq(coil__stack_get(p, &s), 0);
    coil__stack_put(p, s);
    coil__stack_pool_free(p);
}
END_TEST
#endif

/* ---------------------------------------------------------------- overflow ---- */

static int who(void *arg, uint32_t index, char *buf, size_t size, const char **file, uint32_t *line)
{
    (void)arg;
    (void)index;
    strncpy(buf, "the deep one", size - 1);
    *file = "somewhere.c";
    *line = 12;
    return 1;
}

__attribute__((noinline)) static int dig(volatile char *above, int n)
{
    volatile char here[512];
    here[0] = above[0];
    int below = n > 1 ? dig(here, n - 1) : 0;
    return below + here[0];
}

static struct coil__coro *overflow(void *arg)
{
    struct context *c = arg;
    volatile char seed[1] = {1};
    c->steps = dig(seed, c->limit);
    return c->back;
}

struct hole {
    enum coil__stack_guard guard;
    int depth;
};

static int dig_a_hole(void *arg)
{
    const struct hole *hole = arg;
    struct coil__stack_pool *p = new_pool(hole->guard);
    struct context c = {.limit = hole->depth};
    struct coil__coro main = {0};
    if (coil__overflow_watch(p, who, NULL) < 0)
        return 3;
    begin(p, &c, &main, overflow);
    coil__coro_switch(&main, &c.coro);
    coil__stack_put(p, c.stack); /* a canary is looked at here */
    coil__overflow_unwatch(p);
    coil__stack_pool_free(p);
    return 0;
}

static int dig_in_child(int guard, int depth, char *text, size_t size)
{
    struct hole hole = {(enum coil__stack_guard)guard, depth};
    return in_child(dig_a_hole, &hole, text, size);
}

START_TEST(digging_within_the_stack_is_fine)
{
    char text[4096];
    for (int guard = COIL__GUARD_AUTO; guard <= COIL__GUARD_CANARY; guard++) {
        int status = dig_in_child(guard, 20, text, sizeof text);
        ck_assert_msg(status == 0, "guard %d: %s", guard, text);
        ck_assert_str_eq(text, "");
    }
}
END_TEST

#ifndef COIL__FIBER_HOOKS
START_TEST(an_overflow_is_reported_by_name_and_ends_the_program)
{
    char text[4096];
    for (int guard = COIL__GUARD_AUTO; guard <= COIL__GUARD_PAGES; guard++) {
        int status = dig_in_child(guard, 100000, text, sizeof text);
        ck_assert_msg(status == BY_SIGNAL + SIGSEGV, "guard %d", guard);
        ck_assert_str_eq(text, "coil: stack overflow in task the deep one, created at "
                               "somewhere.c:12: its stack has 64 KiB (see stack_size)\n");
    }
}
END_TEST
#endif

struct lent {
    struct coil__stack_pool *pool;
    struct coil__stack stack;
};

static int give_back_watched(void *arg)
{
    const struct lent *lent = arg;
    if (coil__overflow_watch(lent->pool, who, NULL) < 0)
        return 3;
    coil__stack_put(lent->pool, lent->stack);
    return 0;
}

START_TEST(a_broken_canary_is_found_when_the_stack_comes_back)
{
    char text[4096];
    struct lent lent = {.pool = new_pool(COIL__GUARD_CANARY)};
    ck_assert_int_eq(coil__stack_get(lent.pool, &lent.stack), 0);
    char *base = coil__stack_base(lent.pool, lent.stack.index);
    base[3] ^= 1;
    ck_assert_int_gt(in_child(give_back_watched, &lent, text, sizeof text), BY_SIGNAL);
    ck_assert_ptr_nonnull(strstr(text, "stack overflow in task the deep one"));
    base[3] ^= 1;
    coil__stack_put(lent.pool, lent.stack);
    coil__stack_pool_free(lent.pool);
}
END_TEST

static atomic_int faults;

static void earlier_handler(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    (void)info;
    atomic_fetch_add(&faults, 1);
    _exit(9);
}

static int fault_elsewhere(void *arg)
{
    (void)arg;
    struct sigaction action = {.sa_sigaction = earlier_handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    struct coil__stack_pool *p = new_pool(COIL__GUARD_AUTO);
    if (coil__overflow_watch(p, who, NULL) < 0)
        return 3;
    raise(SIGSEGV);
    return 0;
}

START_TEST(faults_elsewhere_go_to_the_handler_that_was_there_before)
{
    ck_assert_int_eq(in_child(fault_elsewhere, NULL, NULL, 0), 9);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("coro");
    tcase_add_test(t, contexts_take_turns_and_keep_their_locals);
    tcase_add_test(t, a_context_may_switch_to_any_other);
    tcase_add_test(t, the_rounding_mode_belongs_to_the_context);
    tcase_add_test(t, digging_within_the_stack_is_fine);
#ifndef COIL__FIBER_HOOKS
    tcase_add_test(t, without_address_space_a_stack_is_refused_and_the_pool_lives_on);
    tcase_add_test(t, an_overflow_is_reported_by_name_and_ends_the_program);
#endif
    tcase_add_test(t, a_broken_canary_is_found_when_the_stack_comes_back);
    tcase_add_test(t, faults_elsewhere_go_to_the_handler_that_was_there_before);
    return test_main("coro", t);
}
