/* Locks, semaphores, conditions, events and barriers among tasks that lose patience and are cancelled: nobody is let in who should wait,
 * nobody waits for what is free, and what was granted to somebody who had gone is given to the next. */
#include <string.h>

#include "stress.h"

enum { TASKS = 8, TURNS = 40, PERMITS = 3, ROOM = 4 };

static coil_task *tasks[TASKS];
static int began, finished;

/* Everybody here goes on after a cancellation or a time limit: how often that was. */
static bool annoyed(int err)
{
    if (err == -ECANCELED)
        coil_task_uncancel(coil_current_task());
    return err == -ECANCELED || err == -ETIMEDOUT;
}

static void linger(void)
{
    ck_assert(stress_dawdle() >= 0 || annoyed(-ECANCELED));
}

/* Cancels for a while; afterwards nothing but the others' releases and notifications helps those who wait. */
COIL_ASYNC(annoy)
{
    for (int left = (int)stress_below(200); left > 0; left--) {
        int err = coil_sleep(stress_pause(1200));
        if (err < 0)
            return err;
        coil_task_cancel(tasks[stress_below(TASKS)]);
    }
    return 0;
}

/* Runs eight workers, and somebody who cancels them. */
COIL_ASYNC(all, (coil_thunk, worker), (int, cancelling))
{
    static int ids[TASKS];
    began = finished = 0;
    for (int i = 0; i < TASKS; i++) {
        ids[i] = i;
        tasks[i] = coil_create_task(coil_apply(worker, &ids[i]));
    }
    if (cancelling) {
        int err = annoy();
        if (err < 0)
            return err;
    }
    for (int i = 0; i < TASKS; i++)
        stress_join(tasks[i]);
    for (int i = 0; i < TASKS; i++)
        coil_task_unref(tasks[i]);
    ck_assert_int_eq(finished, TASKS);
    return 0;
}

/* ---------------------------------------------------------------- lock ---- */

static coil_lock lock;
static int inside;

static int take_lock(void)
{
    return stress_chance(3) ? coil_wait_for(coil_lock_acquire(&lock), stress_pause(500))
                            : coil_lock_acquire(&lock);
}

static int use_lock(void *arg)
{
    (void)arg;
    for (int turns = 0; turns < TURNS;) {
        int err = take_lock();
        if (err < 0) {
            ck_assert(annoyed(err));
            continue;
        }
        ck_assert_int_eq(++inside, 1);
        linger();
        ck_assert_int_eq(--inside, 0);
        ck_assert_int_eq(coil_lock_release(&lock), 0);
        linger();
        turns++;
    }
    finished++;
    return 0;
}

START_TEST(one_at_a_time_holds_a_lock_and_everybody_gets_it)
{
    coil_lock_init(&lock);
    ck_assert_int_eq(coil_run(all(use_lock, 1)), 0);
    ck_assert_int_eq(coil_lock_locked(&lock), 0);
}
END_TEST

/* ---------------------------------------------------------------- semaphore ---- */

static coil_semaphore semaphore;

static int use_semaphore(void *arg)
{
    (void)arg;
    for (int turns = 0; turns < TURNS;) {
        int err = stress_chance(3)
                      ? coil_wait_for(coil_semaphore_acquire(&semaphore), stress_pause(500))
                      : coil_semaphore_acquire(&semaphore);
        if (err < 0) {
            ck_assert(annoyed(err));
            continue;
        }
        ck_assert_int_le(++inside, PERMITS);
        linger();
        inside--;
        ck_assert_int_eq(coil_semaphore_release(&semaphore), 0);
        turns++;
    }
    finished++;
    return 0;
}

COIL_ASYNC(take_all_permits)
{
    int err = 0;
    for (int i = 0; i < PERMITS && err >= 0; i++) {
        ck_assert_int_eq(coil_semaphore_locked(&semaphore), 0);
        err = coil_semaphore_acquire(&semaphore);
    }
    ck_assert_int_eq(coil_semaphore_locked(&semaphore), 1);
    return err;
}

START_TEST(no_permit_of_a_semaphore_is_lost_or_made)
{
    ck_assert_int_eq(coil_bounded_semaphore_init(&semaphore, PERMITS), 0);
    ck_assert_int_eq(coil_run(all(use_semaphore, 1)), 0);
    ck_assert_int_eq(coil_run(take_all_permits()), 0);
}
END_TEST

/* ---------------------------------------------------------------- condition ---- */

static coil_condition not_full, not_empty; /* on one lock */
static int stored, puts_done, gets_done;

/* Half of them put, half of them take, and there is room for four. */
static int use_condition(void *arg)
{
    bool puts = *(int *)arg % 2;
    coil_condition *mine = puts ? &not_full : &not_empty, *theirs = puts ? &not_empty : &not_full;
    for (int turns = 0; turns < TURNS;) {
        int err = coil_condition_acquire(mine);
        if (err < 0) {
            ck_assert(annoyed(err));
            continue;
        }
        bool gives_up = false;
        while (!gives_up && (puts ? stored == ROOM : stored == 0)) {
            err = stress_chance(3) ? coil_wait_for(coil_condition_wait(mine), stress_pause(500))
                                   : coil_condition_wait(mine);
            ck_assert(err >= 0 || annoyed(err)); /* and the lock is held, however it ended */
            ck_assert_int_eq(++inside, 1);
            linger();
            ck_assert_int_eq(--inside, 0);
            gives_up = err < 0 && stress_chance(2); /* the next in line must hear of it */
        }
        if (gives_up) {
            ck_assert_int_eq(coil_condition_release(mine), 0);
            linger();
            continue;
        }
        stored += puts ? 1 : -1;
        *(puts ? &puts_done : &gets_done) += 1;
        int notified =
            stress_chance(8) ? coil_condition_notify_all(theirs) : coil_condition_notify(theirs, 1);
        ck_assert_int_eq(notified, 0);
        ck_assert_int_eq(coil_condition_release(mine), 0);
        turns++;
    }
    finished++;
    return 0;
}

START_TEST(a_condition_loses_no_notification)
{
    coil_lock_init(&lock);
    coil_condition_init(&not_full, &lock);
    coil_condition_init(&not_empty, &lock);
    stored = puts_done = gets_done = 0;
    ck_assert_int_eq(coil_run(all(use_condition, 1)), 0);
    ck_assert_int_eq(stored, 0);
    ck_assert_int_eq(puts_done, TURNS * TASKS / 2);
    ck_assert_int_eq(gets_done, TURNS * TASKS / 2);
}
END_TEST

/* ---------------------------------------------------------------- tokens ---- */

static coil_condition returned;
static int tokens;

static void return_token(void)
{
    while (coil_condition_acquire(&returned) < 0) /* cancelled, but it has to be given back */
        continue;
    tokens++;
    ck_assert_int_eq(coil_condition_notify(&returned, 1), 0);
    if (began == TASKS && stress_chance(2)) /* maybe it is he who was just notified */
        coil_task_cancel(tasks[stress_below(TASKS)]);
    ck_assert_int_eq(coil_condition_release(&returned), 0);
}

/* Whoever is cancelled while he waits leaves for good, and does not ask again: the next one must hear of the token. */
static int use_token(void *arg)
{
    (void)arg;
    int err = 0;
    began++;
    for (int turns = 0; turns < 5 && err >= 0; turns++) {
        err = coil_condition_acquire(&returned);
        if (err < 0)
            break;
        while (err >= 0 && tokens == 0)
            err = coil_condition_wait(&returned);
        tokens -= err >= 0;
        ck_assert_int_eq(coil_condition_release(&returned), 0);
        if (err < 0)
            break;
        linger();
        return_token();
    }
    finished++;
    return 0;
}

START_TEST(who_leaves_a_condition_hands_its_notification_on)
{
    for (int i = 0; i < 10; i++) {
        coil_condition_init(&returned, NULL);
        tokens = 1 + i % 2;
        ck_assert_int_eq(coil_run(all(use_token, 0)), 0);
        ck_assert_int_eq(tokens, 1 + i % 2);
    }
}
END_TEST

/* ---------------------------------------------------------------- event ---- */

static coil_event event;
static int times_set, waits_begun;

/* The first one sets, all others wait. */
static int use_event(void *arg)
{
    if (*(int *)arg == 0) {
        while (finished < TASKS - 1) {
            coil_event_set(&event);
            times_set++;
            if (stress_chance(2))
                coil_event_clear(&event);
            linger();
        }
    } else {
        for (int turns = 0; turns < TURNS;) {
            int before = times_set;
            bool set = coil_event_is_set(&event);
            waits_begun++;
            int err = stress_chance(3) ? coil_wait_for(coil_event_wait(&event), stress_pause(500))
                                       : coil_event_wait(&event);
            ck_assert(err >= 0 || annoyed(err));
            if (err >= 0) {
                ck_assert(set || times_set > before);
                turns++;
            }
            linger();
        }
    }
    finished++;
    return 0;
}

START_TEST(who_waits_for_an_event_goes_on_when_it_was_set)
{
    coil_event_init(&event);
    times_set = waits_begun = 0;
    ck_assert_int_eq(coil_run(all(use_event, 1)), 0);
    ck_assert_int_ge(waits_begun, TURNS * (TASKS - 1));
}
END_TEST

/* ---------------------------------------------------------------- barrier ---- */

static coil_barrier barrier;
static int arrived[TASKS];

static int use_barrier(void *arg)
{
    int id = *(int *)arg;
    for (int turns = 1; turns <= TURNS; turns++) {
        linger();
        arrived[id] = turns;
        int place = coil_barrier_wait(&barrier);
        ck_assert_int_ge(place, 0);
        ck_assert_int_lt(place, TASKS);
        for (int i = 0; i < TASKS; i++)
            ck_assert_int_ge(arrived[i], turns);
    }
    finished++;
    return 0;
}

START_TEST(nobody_passes_a_barrier_before_all_have_come)
{
    ck_assert_int_eq(coil_barrier_init(&barrier, TASKS), 0);
    memset(arrived, 0, sizeof arrived);
    ck_assert_int_eq(coil_run(all(use_barrier, 0)), 0);
    ck_assert_int_eq(coil_barrier_n_waiting(&barrier), 0);
}
END_TEST

int main(void)
{
    stress_begin();
    TCase *t = tcase_create("sync");
    tcase_add_test(t, one_at_a_time_holds_a_lock_and_everybody_gets_it);
    tcase_add_test(t, no_permit_of_a_semaphore_is_lost_or_made);
    tcase_add_test(t, a_condition_loses_no_notification);
    tcase_add_test(t, who_leaves_a_condition_hands_its_notification_on);
    tcase_add_test(t, who_waits_for_an_event_goes_on_when_it_was_set);
    tcase_add_test(t, nobody_passes_a_barrier_before_all_have_come);
    return test_main("sync", t);
}
