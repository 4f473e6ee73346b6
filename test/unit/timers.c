/* base/timers.h against a model: a plain list that is searched for the first. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/faults.h"
#include "base/memory.h"
#include "base/timers.h"
#include "deadlines.h"
#include "harness.h"

enum { NODES = 1500 };

static const int64_t TICK = INT64_C(1) << COIL__WHEEL_TICK_BITS;
static const int64_t SECOND = 1000000000;

static struct item items[NODES];
static struct coil__timers timers;
static struct coil__clock at = {1, 0};
static uint64_t pushes;

static void begin(uint64_t seed, int64_t now_ns)
{
    memset(items, 0, sizeof items);
    memset(&timers, 0, sizeof timers);
    state = seed;
    pushes = 0;
    at.virtual_ns = now_ns;
}

static int push(struct item *it, int64_t when_ns)
{
    it->when_ns = it->node.when_ns = when_ns;
    int err = coil__timers_push(&timers, &it->node, &at);
    it->in = err == 0;
    it->order = pushes++;
    ck_assert_int_eq(it->node.index != 0, it->in);
    return err;
}

static void take(struct item *it)
{
    coil__timers_remove(&timers, &it->node);
    ck_assert_uint_eq(it->node.index, 0);
    it->in = false;
}

static struct item *model_first(void)
{
    return first_of(items, NODES);
}

static int by_model(const void *a, const void *b)
{
    return comes_before(*(struct item *const *)a, *(struct item *const *)b) ? -1 : 1;
}

/* What the clock says is due leaves in order; some are taken back while they are due, some come again. */
static void tell_due(int64_t again_ns)
{
    static struct item *due[NODES];
    int n = 0;
    int64_t now = at.virtual_ns;
    for (int i = 0; i < NODES; i++)
        if (items[i].in && items[i].when_ns <= now)
            due[n++] = &items[i];
    qsort(due, (size_t)n, sizeof *due, by_model);
    coil__timers_take_due(&timers, now);
    ck_assert_int_eq(coil__timers_has_due(&timers), n > 0);
    ck_assert(coil__timers_check(&timers));
    for (int i = 0; i < n; i++) {
        if (roll(8) == 0) {
            take(due[i]);
            continue;
        }
        ck_assert_ptr_eq(coil__timers_next_due(&timers), &due[i]->node);
        ck_assert_uint_eq(due[i]->node.index, 0);
        due[i]->in = false;
        if (roll(2))
            ck_assert_int_eq(push(due[i], now + 1 + again_ns / 1000 * (int64_t)roll(1000)), 0);
    }
    ck_assert_ptr_null(coil__timers_next_due(&timers));
}

/* All that is due now leaves in order, and does not come again. */
static void tell_all_due(void)
{
    coil__timers_take_due(&timers, at.virtual_ns);
    while (coil__timers_has_due(&timers)) {
        struct item *first = model_first();
        ck_assert_ptr_eq(coil__timers_next_due(&timers), &first->node);
        ck_assert_int_le(first->when_ns, at.virtual_ns);
        first->in = false;
    }
}

static void check_first(bool exactly)
{
    const struct item *first = model_first();
    int64_t first_ns = first ? first->when_ns : INT64_MAX;
    ck_assert_int_eq(coil__timers_any(&timers), first != NULL);
    ck_assert_int_le(coil__timers_wake_ns(&timers), first_ns);
    if (first_ns <
        at.virtual_ns + SECOND / 2) /* near ones have been seen by take_due: they are known */
        ck_assert_int_eq(coil__timers_wake_ns(&timers) <= at.virtual_ns, first_ns <= at.virtual_ns);
    if (exactly)
        ck_assert_int_eq(coil__timers_first_ns(&timers), first_ns);
}

/* Pushes, taking back and time, at random. `unit`: deadlines are its multiples, up to `spread` of it away. */
static void compare(uint64_t seed, int64_t from_ns, int64_t unit, uint32_t spread, bool exactly)
{
    const int rounds =
        test_under_valgrind() ? 3 : 80; /* there each takes a hundred times as long */
    begin(seed, from_ns);
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < NODES; i++) {
            int64_t away = ((int64_t)roll(spread) - (int64_t)(spread / 50)) * unit;
            if (!items[i].in && roll(3))
                ck_assert_int_eq(push(&items[i], at.virtual_ns / unit * unit + away), 0);
            else if (items[i].in && roll(20) == 0)
                take(&items[i]);
        }
        ck_assert(coil__timers_check(&timers));
        check_first(exactly && roll(2));
        ck_assert(coil__timers_check(&timers));
        if (roll(4) == 0 && coil__timers_any(&timers)) /* to a deadline, as a virtual clock does */
            at.virtual_ns = coil__timers_first_ns(&timers) > at.virtual_ns
                                ? coil__timers_first_ns(&timers)
                                : at.virtual_ns;
        else
            at.virtual_ns += (int64_t)roll(1000) * (unit * spread / 4000 + 1);
        tell_due(unit * spread);
    }
    while (coil__timers_any(&timers)) {
        at.virtual_ns = model_first()->when_ns;
        ck_assert_int_eq(coil__timers_first_ns(&timers), at.virtual_ns);
        for (int i = 0; i < NODES; i++)
            if (items[i].in && roll(3) == 0)
                take(&items[i]);
        tell_due(unit);
        if (roll(10) == 0)
            for (int i = 0; i < NODES; i++)
                if (items[i].in)
                    take(&items[i]);
    }
    ck_assert(coil__timers_check(&timers));
    ck_assert_uint_eq(coil__slab_live(&timers.wheel.pool.chunks), 0);
    coil__timers_done(&timers);
}

START_TEST(timers_within_a_second_leave_as_a_sorted_list_would)
{
    compare(1, 0, 1, 1000000000, false);
    compare(2, INT64_C(123456789012345), 1, 1000000000, true);
}
END_TEST

START_TEST(timers_within_minutes_days_and_years_do_too)
{
    compare(3, INT64_C(123456789012345), 1000, 600000000, false);
    compare(4, INT64_C(123456789012345), 1000000, 1000000000, true);
    compare(5, INT64_C(123456789012345), 1000000, 2000000000, false);
    compare(6, 0, 100000000, 1000000000, true);
}
END_TEST

START_TEST(equal_deadlines_leave_in_the_order_in_which_they_came)
{
    compare(7, 5, 1000000, 100, false);
    compare(8, INT64_C(99999999999999), 1000000, 5000, true);
    compare(9, 5, TICK, 3000, true);
    compare(10, 5, TICK * 1024, 300, true);
    compare(11, 5, TICK * 1024 * 1024, 3, false);
}
END_TEST

START_TEST(a_clock_may_begin_before_zero)
{
    compare(12, -50 * SECOND, 1000, 10000000, true);
    compare(13, INT64_MIN / 4, 1000000, 1000000000, true);
}
END_TEST

START_TEST(the_first_and_the_last_deadline_there_can_be_have_their_places)
{
    begin(14, 0);
    for (int i = 0; i < NODES; i++)
        ck_assert_int_eq(push(&items[i], i % 3 == 0   ? INT64_MAX
                                         : i % 3 == 1 ? INT64_MIN
                                                      : (int64_t)i * SECOND),
                         0);
    ck_assert(timers.wheel.n > 0);
    ck_assert_int_eq(coil__timers_first_ns(&timers), INT64_MIN);
    while (at.virtual_ns < NODES * SECOND) {
        tell_due(0);
        ck_assert_int_ge(coil__timers_wake_ns(&timers), at.virtual_ns);
        at.virtual_ns += 100 * SECOND;
    }
    at.virtual_ns = NODES * SECOND;
    for (int i = 0; i < 20; i++) /* those that came again */
        tell_due(0), at.virtual_ns += SECOND;
    ck_assert_int_eq(coil__timers_first_ns(&timers), INT64_MAX);
    at.virtual_ns = INT64_MAX;
    struct item *first;
    coil__timers_take_due(&timers, INT64_MAX);
    while ((first = model_first())) {
        ck_assert_ptr_eq(coil__timers_next_due(&timers), &first->node);
        first->in = false;
    }
    ck_assert(!coil__timers_any(&timers));
    coil__timers_done(&timers);
}
END_TEST

START_TEST(a_few_take_no_calendar)
{
    begin(15, 0);
    unsigned long long before, after;
    ck_assert_int_eq(coil__heap_reserve(&timers.heap, COIL__TIMERS_FEW), 0);
    coil_memory_counts(&before, NULL);
    for (int i = 0; i < COIL__TIMERS_FEW; i++)
        ck_assert_int_eq(push(&items[i], (int64_t)i * SECOND), 0);
    coil_memory_counts(&after, NULL);
    ck_assert_uint_eq(before, after);
    ck_assert_uint_eq(timers.wheel.n, 0);
    coil__timers_done(&timers);
}
END_TEST

START_TEST(time_limits_that_are_taken_back_leave_no_garbage)
{
    begin(16, 0);
    for (int i = 0; i < NODES; i++) /* 30 s away, on three levels by and by */
        ck_assert_int_eq(push(&items[i], 30 * SECOND + (int64_t)i * TICK / 8), 0);
    uint32_t chunks = 0;
    for (int step = 0; step < 300000; step++) { /* the oldest is taken back, or a young one */
        struct item *it = &items[step % 3 ? NODES - 1 - (int)roll(50) : step / 3 % NODES];
        at.virtual_ns += 1000;
        take(it);
        ck_assert_int_eq(push(it, at.virtual_ns + 30 * SECOND), 0);
        if (step % 1000 == 0) {
            coil__timers_take_due(&timers, at.virtual_ns);
            ck_assert_ptr_null(coil__timers_next_due(&timers));
            ck_assert(coil__timers_check(&timers)); /* the gaps are bounded */
        }
        if (step == 100000)
            chunks = coil__slab_slots(&timers.wheel.pool.chunks);
    }
    ck_assert_uint_eq(coil__slab_slots(&timers.wheel.pool.chunks), chunks);
    for (int i = 0; i < NODES; i++)
        take(&items[i]);
    ck_assert(!coil__timers_any(&timers));
    ck_assert_uint_eq(coil__slab_live(&timers.wheel.pool.chunks), 0);
    coil__timers_done(&timers);
}
END_TEST

START_TEST(what_a_burst_took_is_given_back_when_the_next_one_is_smaller)
{
    begin(20, 0);
    for (int round = 0; round < 3; round++) {
        int n = round < 2 ? NODES : COIL__TIMERS_FEW + 50;
        for (int i = 0; i < n; i++)
            ck_assert_int_eq(push(&items[i], at.virtual_ns + (int64_t)(1 + roll(1000)) * TICK), 0);
        if (round % 2) /* taken back, or told */
            for (int i = 0; i < n; i++)
                take(&items[i]);
        at.virtual_ns +=
            1024 * TICK; /* each time begins a window of the second level: a tick is a bucket */
        tell_all_due();
        ck_assert(!coil__timers_any(&timers));
        if (round < 2)
            ck_assert_uint_ge(coil__slab_slots(&timers.wheel.pool.chunks), 2 * COIL__SLAB_CHUNK);
    }
    ck_assert_uint_le(coil__slab_slots(&timers.wheel.pool.chunks), COIL__SLAB_CHUNK);
    coil__timers_done(&timers);
}
END_TEST

START_TEST(what_jumped_ahead_of_the_clock_does_not_keep_the_calendar_from_the_next)
{
    begin(17, 0);
    for (int i = 0; i < NODES; i++)
        ck_assert_int_eq(push(&items[i], 1000 * SECOND + i), 0);
    for (int i = 0; i <= COIL__TIMERS_FEW;
         i++) /* those in the heap, and the first of a bucket of 18 minutes */
        take(&items[i]);
    ck_assert(!coil__wheel_knows_first(&timers.wheel));
    ck_assert_int_le(coil__timers_wake_ns(&timers), 1000 * SECOND + COIL__TIMERS_FEW + 1);
    uint64_t cursor = timers.wheel.cursor;
    ck_assert_int_eq(coil__timers_first_ns(&timers), 1000 * SECOND + COIL__TIMERS_FEW + 1);
    ck_assert_uint_gt(timers.wheel.cursor, cursor);
    ck_assert(coil__timers_check(&timers));
    for (int i = COIL__TIMERS_FEW + 1; i < NODES; i++)
        take(&items[i]);
    for (int i = 0; i < NODES; i++)
        ck_assert_int_eq(push(&items[i], (int64_t)(1 + roll(900)) * SECOND), 0);
    ck_assert_uint_eq(timers.wheel.n, NODES - COIL__TIMERS_FEW);
    for (; coil__timers_any(&timers); at.virtual_ns += SECOND)
        tell_due(1);
    coil__timers_done(&timers);
}
END_TEST

/* A bucket that can't be spread for lack of memory goes to the heap, whose room was made before. */
START_TEST(without_memory_only_a_push_fails)
{
    const int64_t window = 19 * 1024 * TICK; /* one bucket of the second level */
    if (coil__faults_start() == -ENOSYS)
        return;
    for (unsigned nth = 0; nth < 12; nth++) {
        begin(18, 0);
        for (int i = 0; i < NODES; i++)
            ck_assert_int_eq(
                push(&items[i],
                     window + (int64_t)(roll(2) ? roll(1024) : 1023 - roll(8)) * TICK + roll(2)),
                0);
        coil__faults_plan("malloc", nth, ENOMEM, true);
        for (at.virtual_ns = window - TICK; coil__timers_any(&timers); at.virtual_ns += TICK / 3) {
            struct item *again = &items[roll(NODES)];
            if (!again->in && at.virtual_ns < window + 900 * TICK)
                push(again, at.virtual_ns / TICK * TICK + (int64_t)roll(100) * TICK);
            tell_all_due();
            ck_assert_int_eq(coil__timers_first_ns(&timers),
                             model_first() ? model_first()->when_ns : INT64_MAX);
        }
        ck_assert_ptr_null(model_first());
        coil__faults_plan(NULL, 0, 0, false);
        coil__timers_done(&timers);
    }
    for (unsigned nth = 1; nth < 30; nth++) { /* what can't be put in is as it was */
        begin(19, 0);
        coil__faults_plan("malloc", nth, ENOMEM, true);
        int failed = 0;
        for (int i = 0; i < NODES; i++)
            failed += push(&items[i], (int64_t)roll(1000) * TICK) == -ENOMEM;
        ck_assert_int_eq(failed > 0, coil__faults_hits() > 0);
        ck_assert(coil__timers_check(&timers));
        at.virtual_ns = 1000 * TICK;
        tell_all_due();
        ck_assert_ptr_null(model_first());
        coil__faults_plan(NULL, 0, 0, false);
        coil__timers_done(&timers);
    }
    coil__faults_stop();
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("timers");
    tcase_add_test(t, timers_within_a_second_leave_as_a_sorted_list_would);
    tcase_add_test(t, timers_within_minutes_days_and_years_do_too);
    tcase_add_test(t, equal_deadlines_leave_in_the_order_in_which_they_came);
    tcase_add_test(t, a_clock_may_begin_before_zero);
    tcase_add_test(t, the_first_and_the_last_deadline_there_can_be_have_their_places);
    tcase_add_test(t, a_few_take_no_calendar);
    tcase_add_test(t, time_limits_that_are_taken_back_leave_no_garbage);
    tcase_add_test(t, what_a_burst_took_is_given_back_when_the_next_one_is_smaller);
    tcase_add_test(t, what_jumped_ahead_of_the_clock_does_not_keep_the_calendar_from_the_next);
    tcase_add_test(t, without_memory_only_a_push_fails);
    return test_main("timers", t);
}
