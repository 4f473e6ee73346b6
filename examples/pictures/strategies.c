/* strategies.c: the same steps for each picture, in five arrangements.
 *
 * A picture is a task that downloads, and then has its edges computed: so one is computed while
 * others arrive. Where the loop itself computes (sequential, async) that would hold up every
 * download, so all of them are downloaded first. A picture that fails writes down why and ends
 * well: the others are not its siblings in misfortune. Only a cancellation ends the group.
 */
#include "strategies.h"

#include "download.h"
#include "measure.h"
#include "process.h"
#include "progress.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct strategy strategies[STRATEGIES] = {
    {"sequential", IN_LOOP, IN_LOOP, 1},
    {"threads", IN_THREADS, IN_THREADS, 0},
    {"async", IN_LOOP, IN_LOOP, 0},
    {"async+threads", IN_LOOP, IN_THREADS, 0},
    {"async+processes", IN_LOOP, IN_PROCESSES, 0},
};

const struct strategy *strategy_find(const char *name)
{
    for (int i = 0; i < STRATEGIES; i++)
        if (strcmp(strategies[i].name, name) == 0)
            return &strategies[i];
    return NULL;
}

/* What a strategy needs while it runs. */
struct stage {
    const struct strategy *strategy;
    struct run *run;
    coil_http_client *client;
    coil_semaphore downloads;   /* in the loop: how many at a time   */
    coil_pool *download_pool;   /* IN_THREADS: as many threads       */
    coil_pool *processing_pool; /* IN_THREADS, IN_PROCESSES          */
    double worst_turn;
};

/* ---------------------------------------------------------------- a picture ---- */

/* Gives 0 unless the error is a cancellation; anything else is this picture's own. */
static int settle(struct stage *s, int i, int err)
{
    struct outcome *o = &s->run->outcomes[i];
    track_end(s->run, i);
    if (err >= 0 || err == -ECANCELED)
        return err < 0 ? err : 0;
    o->err = err;
    snprintf(o->reason, sizeof o->reason, "%s", coil_error_message(err));
    progress_failed(s->run->progress, s->run->list->pictures[i].name, o->reason);
    return 0;
}

static int fetch(struct stage *s, int i)
{
    int err;
    track_to(s->run, i, REPORT_QUEUED);
    if (s->strategy->download == IN_THREADS) {
        err = coil_pool_run(s->download_pool, download_in_thread(s->run, i));
    } else {
        err = coil_semaphore_acquire(&s->downloads);
        if (err == 0) {
            err = download(s->run, s->client, i);
            coil_semaphore_release(&s->downloads);
        }
    }
    if (err < 0)
        return settle(s, i, err);
    progress_downloaded(s->run->progress, s->run->list->pictures[i].name,
                        (unsigned long long)s->run->outcomes[i].bytes);
    return 0;
}

static int find(struct stage *s, int i)
{
    const struct outcome *o = &s->run->outcomes[i];
    if (!o->downloaded)
        return 0;
    const enum process_where where =
        s->strategy->processing == IN_LOOP ? PROCESS_IN_LOOP : PROCESS_IN_POOL;
    int err = process(s->run, i, where, s->processing_pool);
    if (err < 0)
        return settle(s, i, err);
    progress_done(s->run->progress, s->run->list->pictures[i].name, o->stats.width,
                  o->stats.height);
    return settle(s, i, 0);
}

COIL_ASYNC(one_picture, (struct stage *, s), (int, i))
{
    int err = fetch(s, i);
    return err < 0 || s->strategy->processing == IN_LOOP ? err : find(s, i);
}

static int all_pictures(struct stage *s)
{
    const int n = s->run->list->n;
    int err = 0;
    if (s->strategy->one_by_one) {
        for (int i = 0; i < n && err == 0; i++)
            err = fetch(s, i);
    } else {
        COIL_TASK_GROUP(g, err)
        {
            for (int i = 0; i < n && err == 0; i++)
                if (!coil_group_create_task(g, one_picture(s, i)))
                    err = coil_await(NULL);
        }
    }
    for (int i = 0; i < n && err >= 0 && s->strategy->processing == IN_LOOP; i++) {
        err = find(s, i);
        if (err >= 0)
            err = coil_yield_now(); /* a Ctrl-C or a timer may be waiting */
    }
    return err < 0 ? err : 0;
}

/* ---------------------------------------------------------------- the stage ---- */

/* Wants to wake every 10 ms. By how much it comes late is how long a turn of the loop took. */
COIL_ASYNC(ticker, (struct stage *, s))
{
    for (;;) {
        const double before = measure_now();
        int err = coil_sleep(0.01);
        const double late = measure_now() - before - 0.01;
        if (late > s->worst_turn)
            s->worst_turn = late;
        if (err < 0)
            return err;
        progress_tick(s->run->progress);
    }
}

static int stage_init(struct stage *s)
{
    const struct options *o = s->run->options;
    int err = coil_semaphore_init(&s->downloads, s->strategy->one_by_one ? 1 : o->concurrency);
    if (err == 0)
        err = coil_http_client_new(&s->client);
    if (err == 0 && s->strategy->download == IN_THREADS)
        err = coil_thread_pool_new(o->concurrency, &s->download_pool);
    if (err == 0 && s->strategy->processing == IN_THREADS)
        err = coil_thread_pool_new(o->workers, &s->processing_pool);
    if (err == 0 && s->strategy->processing == IN_PROCESSES)
        err = coil_process_pool_new(o->workers, &s->processing_pool);
    return err;
}

static void stage_done(struct stage *s)
{
    coil_pool_free(s->processing_pool);
    coil_pool_free(s->download_pool);
    coil_http_client_free(s->client);
}

static void fill_in(const struct stage *s, double total, uint64_t memory,
                    struct report_strategy *ret)
{
    struct run *run = s->run;
    *ret = (struct report_strategy){
        .name = s->strategy->name,
        .download = measure_busy(run, REPORT_CONNECT, REPORT_BACKOFF),
        .processing = measure_busy(run, REPORT_COMPUTE, REPORT_COMPUTE),
        .total = total,
        .peak_memory = memory,
        .peak_downloads = measure_peak(run, REPORT_CONNECT, REPORT_DOWNLOAD),
        .peak_workers = measure_peak(run, REPORT_COMPUTE, REPORT_COMPUTE),
        .worst_turn = s->worst_turn,
        .n_workers = run->n_lanes,
        .spans = run->spans,
        .n_spans = run->n_spans};
    for (int i = 0; i < run->list->n; i++) {
        ret->n_done += run->outcomes[i].done;
        ret->n_failed += run->outcomes[i].err < 0;
    }
}

int strategy_run(const struct strategy *strategy, struct run *run, struct report_strategy *ret)
{
    struct stage s = {.strategy = strategy, .run = run};
    struct memory_watch memory;
    malloc_trim(0); /* what an earlier strategy used is not this one's */
    int err = stage_init(&s);
    if (err < 0)
        goto no_stage;
    err = memory_watch_begin(&memory);
    if (err < 0) {
        err = coil_fail(err, "no thread to watch memory from");
        goto no_watch;
    }
    coil_task *tick = coil_create_task(ticker(&s));
    run->start = measure_now();
    err = tick ? all_pictures(&s) : coil_await(NULL);
    const double total = measure_now() - run->start;
    if (tick) {
        coil_task_cancel(tick);
        coil_ignore(coil_await(tick));
    }
    fill_in(&s, total, memory_watch_end(&memory), ret);
    goto no_stage;
no_watch:
    (void)memory_watch_end(&memory);
no_stage:
    stage_done(&s);
    return err;
}

/* ---------------------------------------------------------------- a run ---- */

int run_init(struct run *run, const struct options *options, struct list *list)
{
    memset(run, 0, sizeof *run);
    run->options = options;
    run->list = list;
    run->outcomes = calloc((size_t)list->n, sizeof *run->outcomes);
    run->tracks = calloc((size_t)list->n, sizeof *run->tracks);
    pthread_mutex_init(&run->lock, NULL);
    if (!run->outcomes || !run->tracks) {
        run_done(run);
        return -ENOMEM;
    }
    for (int i = 0; i < list->n; i++)
        run->tracks[i].kind = REPORT_KINDS;
    return 0;
}

void run_done(struct run *run)
{
    for (int i = 0; run->outcomes && i < run->list->n; i++) {
        bytes_done(&run->outcomes[i].before);
        bytes_done(&run->outcomes[i].after);
    }
    free(run->outcomes);
    free(run->tracks);
    free(run->spans);
    pthread_mutex_destroy(&run->lock);
    memset(run, 0, sizeof *run);
}
