/* What crosses threads in base/: the queue of many producers, and crews of helper threads. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/crew.h"
#include "base/mpsc.h"
#include "harness.h"

/* ---------------------------------------------------------------- the queue ---- */

enum { PRODUCERS = 4, EACH = 20000 };

struct letter {
    struct coil__mpsc_node node;
    int producer, number;
};

static struct coil__mpsc queue;
static struct letter letters[PRODUCERS][EACH];
static atomic_int wakes;

static void *produce(void *arg)
{
    struct letter *mine = arg;
    for (int i = 0; i < EACH; i++)
        if (coil__mpsc_push(&queue, &mine[i].node))
            atomic_fetch_add(&wakes, 1);
    return NULL;
}

START_TEST(each_letter_arrives_once_and_in_order_of_its_producer)
{
    pthread_t threads[PRODUCERS];
    int next[PRODUCERS] = {0}, got = 0, batches = 0;
    coil__mpsc_init(&queue);
    ck_assert(coil__mpsc_empty(&queue));
    ck_assert_ptr_null(coil__mpsc_take(&queue));
    for (int p = 0; p < PRODUCERS; p++) {
        for (int i = 0; i < EACH; i++)
            letters[p][i] = (struct letter){{NULL}, p, i};
        ck_assert_int_eq(pthread_create(&threads[p], NULL, produce, letters[p]), 0);
    }
    while (got < PRODUCERS * EACH) {
        struct coil__mpsc_node *node = coil__mpsc_take(&queue);
        batches += node != NULL;
        for (; node; node = node->next, got++) {
            struct letter *l = (struct letter *)(void *)node;
            ck_assert_int_eq(l->number, next[l->producer]);
            next[l->producer]++;
        }
    }
    for (int p = 0; p < PRODUCERS; p++)
        pthread_join(threads[p], NULL);
    ck_assert(coil__mpsc_empty(&queue));
    ck_assert_int_eq(atomic_load(&wakes), batches); /* one wake for each time it was empty */
}
END_TEST

/* ---------------------------------------------------------------- crews ---- */

struct work {
    struct coil__job job;
    int number;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int ran, entered, last_number, out_of_order;

static void run_work(struct coil__job *job)
{
    struct work *w = COIL__CONTAINER(job, struct work, job);
    atomic_fetch_add(&entered, 1);
    pthread_mutex_lock(&gate);
    if (w->number < atomic_load(&last_number))
        atomic_fetch_add(&out_of_order, 1);
    atomic_store(&last_number, w->number);
    pthread_mutex_unlock(&gate);
    atomic_fetch_add(&ran, 1);
}

static void prepare(struct work *w, int n)
{
    atomic_store(&ran, 0);
    atomic_store(&entered, 0);
    atomic_store(&last_number, -1);
    atomic_store(&out_of_order, 0);
    for (int i = 0; i < n; i++)
        w[i] = (struct work){.job.run = run_work, .number = i};
}

START_TEST(one_thread_runs_jobs_in_order_and_free_waits_for_all)
{
    struct coil__crew *crew;
    struct work w[100];
    prepare(w, 100);
    ck_assert_int_eq(coil__crew_new("test", 1, &crew), 0);
    ck_assert_int_eq(coil__crew_threads(crew), 0);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(coil__crew_submit(crew, &w[i].job), 0);
    ck_assert_int_eq(coil__crew_threads(crew), 1);
    coil__crew_free(crew);
    ck_assert_int_eq(atomic_load(&ran), 100);
    ck_assert_int_eq(atomic_load(&out_of_order), 0);
}
END_TEST

START_TEST(threads_start_on_demand_up_to_the_bound)
{
    struct coil__crew *crew;
    struct work w[10];
    prepare(w, 10);
    ck_assert_int_eq(coil__crew_new("test", 3, &crew), 0);
    pthread_mutex_lock(&gate); /* all who come in stand still */
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(coil__crew_submit(crew, &w[i].job), 0);
    while (atomic_load(&entered) < 3)
        usleep(1000);
    ck_assert_int_eq(coil__crew_threads(crew), 3);
    ck_assert_int_eq(coil__crew_queued(crew), 7);
    pthread_mutex_unlock(&gate);
    coil__crew_free(crew);
    ck_assert_int_eq(atomic_load(&ran), 10);
}
END_TEST

START_TEST(a_queued_job_can_be_taken_back_a_running_one_not)
{
    struct coil__crew *crew;
    struct work w[3];
    prepare(w, 3);
    ck_assert_int_eq(coil__crew_new("test", 1, &crew), 0);
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(coil__crew_submit(crew, &w[i].job), 0);
    while (atomic_load(&entered) < 1)
        usleep(1000);
    ck_assert(!coil__crew_cancel(crew, &w[0].job));
    ck_assert(coil__crew_cancel(crew, &w[2].job));
    ck_assert(!coil__crew_cancel(crew, &w[2].job));
    pthread_mutex_unlock(&gate);
    coil__crew_free(crew);
    ck_assert_int_eq(atomic_load(&ran), 2);
}
END_TEST

START_TEST(an_abandoned_crew_drops_its_queue_and_ends_by_itself)
{
    struct coil__crew *crew;
    static struct work w[3]; /* outlives the crew's thread */
    prepare(w, 3);
    ck_assert_int_eq(coil__crew_new("test", 1, &crew), 0);
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(coil__crew_submit(crew, &w[i].job), 0);
    while (atomic_load(&entered) < 1)
        usleep(1000);
    coil__crew_abandon(crew); /* returns at once */
    pthread_mutex_unlock(&gate);
    unsigned long long live = 1;
    while (live > 0) { /* the last thread frees the crew; the test's alarm bounds this */
        usleep(1000);
        coil_memory_counts(NULL, &live);
    }
    ck_assert_int_eq(atomic_load(&ran), 1);
    coil__crew_abandon(NULL);
    coil__crew_free(NULL);
}
END_TEST

static struct coil__crew *two_at_most;

/* Its last words make somebody submit the next job; it stays until that has happened. */
static void run_and_tell(struct coil__job *job)
{
    (void)job;
    coil__crew_leaving();
    atomic_fetch_add(&entered, 1);
    while (atomic_load(&ran) < atomic_load(&entered))
        sched_yield();
}

START_TEST(a_job_after_a_job_finds_the_thread_that_told_of_its_end)
{
    struct coil__job jobs[50];
    prepare(NULL, 0);
    ck_assert_int_eq(coil__crew_new("test", 2, &two_at_most), 0);
    for (int i = 0; i < 50; i++) {
        jobs[i] = (struct coil__job){.run = run_and_tell};
        ck_assert_int_eq(coil__crew_submit(two_at_most, &jobs[i]), 0);
        atomic_store(&ran, i); /* it was the last word of the one before */
        while (atomic_load(&entered) <= i)
            sched_yield();
    }
    ck_assert_int_eq(coil__crew_threads(two_at_most), 1);
    atomic_store(&ran, 50);
    coil__crew_free(two_at_most);
    ck_assert_int_eq(atomic_load(&entered), 50);
}
END_TEST

static void note_signals(struct coil__job *job)
{
    (void)job;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    atomic_store(&ran, sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM) ? 1 : -1);
}

START_TEST(helpers_leave_signals_to_the_threads_that_want_them)
{
    struct coil__crew *crew;
    struct coil__job job = {.run = note_signals};
    sigset_t mask;
    ck_assert_int_eq(coil__crew_new("a name longer than fifteen bytes", 1, &crew), 0);
    ck_assert_int_eq(coil__crew_submit(crew, &job), 0);
    coil__crew_free(crew);
    ck_assert_int_eq(atomic_load(&ran), 1);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    ck_assert(!sigismember(&mask, SIGINT)); /* ours is as it was */
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("mpsc_crew");
    tcase_add_test(t, each_letter_arrives_once_and_in_order_of_its_producer);
    tcase_add_test(t, one_thread_runs_jobs_in_order_and_free_waits_for_all);
    tcase_add_test(t, threads_start_on_demand_up_to_the_bound);
    tcase_add_test(t, a_queued_job_can_be_taken_back_a_running_one_not);
    tcase_add_test(t, an_abandoned_crew_drops_its_queue_and_ends_by_itself);
    tcase_add_test(t, a_job_after_a_job_finds_the_thread_that_told_of_its_end);
    tcase_add_test(t, helpers_leave_signals_to_the_threads_that_want_them);
    return test_main("mpsc_crew", t);
}
