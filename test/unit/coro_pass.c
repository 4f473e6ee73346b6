/* coro/ alone: the switch that says what the other side returns, or calls. */
#include <check.h>
#include <string.h>

#include "base/error.h"
#include "coil/errors.h"
#include "coro/coro.h"
#include "harness.h"

struct context {
    struct coil__coro coro, *back;
    struct coil__stack stack;
    int steps, limit;
    double sum;
};

static struct coil__stack_pool *new_pool(void)
{
    struct coil__stack_pool *p = NULL;
    ck_assert_int_eq(coil__stack_pool_new(64 * 1024, COIL__GUARD_AUTO, &p), 0);
    return p;
}

static void begin(struct coil__stack_pool *p, struct context *c, struct coil__coro *back,
                  coil__coro_entry entry)
{
    c->back = back;
    ck_assert_int_eq(coil__stack_get(p, &c->stack), 0);
    coil__coro_prepare(&c->coro, c->stack.top, coil__stack_bottom(p, c->stack), entry, c);
}

static int told_times;

static int ask(struct context *c, struct coil__coro *driver, int value)
{
    c->back = driver;
    return coil__coro_pass(driver, &c->coro, value);
}

static int answer(struct context *c, int value)
{
    return coil__coro_pass(&c->coro, c->back, value);
}

static int told(void *arg)
{
    struct context *c = arg;
    told_times++;
    volatile double locals[64]; /* it has room, and an aligned stack */
    for (int i = 0; i < 64; i++)
        locals[i] = c->sum;
    return (int)locals[63] + c->steps;
}

/* Answers each value with its double, the last but one and its end by a call over there. */
static struct coil__coro *doubles(void *arg)
{
    struct context *c = arg;
    int value = c->steps;
    for (int i = 0; i < c->limit; i++)
        value = answer(c, 2 * value);
    c->steps = value;
    c->sum = 1000;
    c->limit = coil__coro_pass_then(&c->coro, c->back, told, c);
    c->steps = 1;
    return coil__coro_end_then(c->back, told, c);
}

START_TEST(a_switch_says_what_the_other_side_returns_or_calls)
{
    enum { TURNS = 50 };
    struct coil__stack_pool *p = new_pool();
    struct context c = {.limit = TURNS, .steps = 7};
    struct coil__coro main = {0};
    begin(p, &c, &main, doubles);
    volatile double kept = 0.25;
    ck_assert_int_eq(ask(&c, &main, 0), 14); /* nobody is there yet whom the 0 were told */
    for (int i = 1; i < TURNS; i++, kept *= 2)
        ck_assert_int_eq(ask(&c, &main, i), 2 * i);
    ck_assert_int_eq(ask(&c, &main, 33), 1033);
    ck_assert_int_eq(ask(&c, &main, 44), 1001);
    ck_assert_int_eq(c.limit, 44);
    ck_assert_double_eq(kept, 0.25 * (double)(1ll << (TURNS - 1)));
    coil__stack_put(p, c.stack);
    coil__stack_pool_free(p);
}
END_TEST

/* Goes back by plain switches. */
static struct coil__coro *counts(void *arg)
{
    struct context *c = arg;
    for (; c->steps < c->limit; coil__coro_switch(&c->coro, c->back))
        c->steps++;
    return c->back;
}

START_TEST(what_was_told_by_a_call_is_not_told_again)
{
    struct coil__stack_pool *p = new_pool();
    struct context c = {.limit = 0, .steps = 0}, d = {.limit = 2};
    struct coil__coro main = {0};
    begin(p, &c, &main, doubles);
    begin(p, &d, &main, counts);
    ck_assert_int_eq(ask(&c, &main, 0), 1000);
    told_times = 0;
    coil_ignore(coil__coro_pass(&main, &d.coro, 0)); /* comes back by a plain switch */
    ck_assert_int_eq(d.steps, 1);
    ck_assert_int_eq(told_times, 0);
    ck_assert_int_eq(ask(&c, &main, 0), 1001);
    coil__coro_switch(&main, &d.coro);
    coil__coro_switch(&main, &d.coro);
    coil__stack_put(p, d.stack);
    coil__stack_put(p, c.stack);
    coil__stack_pool_free(p);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("coro_pass");
    tcase_add_test(t, a_switch_says_what_the_other_side_returns_or_calls);
    tcase_add_test(t, what_was_told_by_a_call_is_not_told_again);
    return test_main("coro_pass", t);
}
