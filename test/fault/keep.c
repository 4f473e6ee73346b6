/* Programs that take every cancellation back and go on: whatever is cancelled, and whenever, nothing that was taken from a stream,
 * a queue, a lock or a pool may be lost, and nothing may come twice.
 */
#include "walk.h"

enum { LIMIT = 10, ITEMS = 12, BYTES = 300 };

/* True when the running task was asked to end just now, which it declines. */
static bool declines(int err)
{
    coil_task *self = coil_current_task();
    if (err != -ECANCELED || coil_task_cancelling(self) == 0)
        return false;
    while (coil_task_cancelling(self) > 0)
        coil_task_uncancel(self);
    return true;
}

/* A call that takes nothing when it is cancelled is made again. */
#define AGAIN(err, call) \
    do {                 \
        (err) = (call);  \
    } while (declines(err))

/* ---------------------------------------------------------------- streams ---- */

/* A cancelled send goes on in the background: what was given to it is sent. */
COIL_ASYNC(speak, (coil_stream *, s))
{
    int err = 0;
    for (int i = 0; i < BYTES && err >= 0; i += 10) {
        char piece[10];
        for (int j = 0; j < 10; j++)
            piece[j] = (char)('a' + (i + j) % 26);
        err = coil_stream_send(s, piece, sizeof piece);
        if (declines(err))
            err = 0;
        if (err >= 0 && i % 30 == 0)
            AGAIN(err, coil_sleep(0.0001));
    }
    return err < 0 ? err : coil_stream_write_eof(s);
}

COIL_ASYNC(listen_to, (coil_stream *, s))
{
    char got[7];
    int at = 0, n;
    for (;;) {
        AGAIN(n, coil_stream_read(s, got, sizeof got));
        if (n <= 0)
            break;
        for (int i = 0; i < n; i++, at++)
            if (got[i] != (char)('a' + at % 26))
                return -EBADMSG;
    }
    return n < 0 ? n : at == BYTES ? 0 : -COIL_EINCOMPLETE;
}

COIL_ASYNC(talk)
{
    int pair[2], err;
    coil_stream *a, *b;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    err = coil_stream_from_fd(pair[0], &a);
    if (err >= 0)
        err = coil_stream_from_fd(pair[1], &b);
    if (err < 0)
        return err;
    coil_task *speaker = coil_create_task(speak(a));
    err = listen_to(b);
    int said;
    AGAIN(said, coil_shield(speaker));
    coil_stream_close(a);
    coil_stream_close(b);
    /* what struck while the last bytes came is delivered with the next suspension, or would be with the end */
    int last;
    AGAIN(last, coil_yield_now());
    return err < 0 ? err : said < 0 ? said : last;
}

/* ---------------------------------------------------------------- queues ---- */

struct line {
    coil_queue from, to;
};

COIL_ASYNC(produce, (struct line *, line))
{
    int err = 0;
    for (int i = 1; i <= ITEMS && err >= 0; i++)
        AGAIN(err, coil_queue_put(&line->from, &i));
    return err;
}

/* Gets and puts: an item that was got is put, whatever happens in between. */
COIL_ASYNC(carry, (struct line *, line))
{
    int item, err = 0;
    while (err >= 0) {
        AGAIN(err, coil_queue_get(&line->from, &item));
        if (err == -COIL_EQUEUESHUTDOWN)
            return 0;
        if (err >= 0)
            AGAIN(err, coil_queue_put(&line->to, &item));
        if (err >= 0)
            err = coil_queue_task_done(&line->from);
    }
    return err;
}

COIL_ASYNC(consume, (struct line *, line), (int, sum, out))
{
    int item, err = 0, total = 0;
    for (int i = 0; i < ITEMS && err >= 0; i++) {
        AGAIN(err, coil_queue_get(&line->to, &item));
        total += item;
    }
    *sum = total;
    return err;
}

COIL_ASYNC(pipeline)
{
    struct line line;
    int err = coil_queue_init(&line.from, sizeof(int), 2), sum = 0, status;
    if (err >= 0)
        err = coil_queue_init(&line.to, sizeof(int), 1);
    coil_task *tasks[] = {coil_create_task(produce(&line)), coil_create_task(carry(&line)),
                          coil_create_task(carry(&line))};
    if (err >= 0)
        err = consume(&line, &sum);
    coil_queue_shutdown(&line.from, 0);
    for (int i = 0; i < 3; i++) {
        AGAIN(status, coil_shield(tasks[i]));
        err = err < 0 ? err : status;
    }
    coil_queue_done(&line.from);
    coil_queue_done(&line.to);
    return err < 0 ? err : sum == ITEMS * (ITEMS + 1) / 2 ? 0 : -EBADMSG;
}

/* ---------------------------------------------------------------- locks ---- */

struct room {
    coil_lock lock;
    coil_semaphore seats;
    coil_condition changed;
    int inside, seated, visits, worst;
};

COIL_ASYNC(visit, (struct room *, r))
{
    int err = 0;
    for (int i = 0; i < 3 && err >= 0; i++) {
        AGAIN(err, coil_semaphore_acquire(&r->seats));
        if (err < 0)
            return err;
        r->worst = ++r->seated > 2 ? 1 : r->worst;
        AGAIN(err, coil_lock_acquire(&r->lock));
        if (err >= 0) {
            r->worst = ++r->inside > 1 ? 1 : r->worst;
            AGAIN(err, coil_sleep(0));
            r->visits++;
            r->inside--;
            coil_ignore(coil_condition_notify_all(&r->changed));
            coil_ignore(coil_lock_release(&r->lock));
        }
        r->seated--;
        coil_ignore(coil_semaphore_release(&r->seats));
    }
    return err;
}

static int all_came(void *arg)
{
    return ((struct room *)arg)->visits == 9;
}

COIL_ASYNC(count_visits, (struct room *, r))
{
    int err;
    AGAIN(err, coil_lock_acquire(&r->lock));
    if (err < 0)
        return err;
    AGAIN(err,
          coil_condition_wait_for(&r->changed, all_came, r)); /* the lock is held in any case */
    int released = coil_lock_release(&r->lock);
    return err < 0 ? err : released;
}

COIL_ASYNC(visits)
{
    struct room r = {.visits = 0};
    coil_lock_init(&r.lock);
    coil_condition_init(&r.changed, &r.lock);
    int err = coil_semaphore_init(&r.seats, 2), status;
    coil_task *tasks[] = {coil_create_task(visit(&r)), coil_create_task(visit(&r)),
                          coil_create_task(visit(&r)), coil_create_task(count_visits(&r))};
    for (int i = 0; i < 4; i++) {
        AGAIN(status, coil_shield(tasks[i]));
        err = err < 0 ? err : status;
    }
    bool free_again = !coil_lock_locked(&r.lock) && coil_semaphore_release(&r.seats) >= 0;
    return err < 0 ? err : r.visits == 9 && !r.worst && free_again ? 0 : -EBADMSG;
}

/* ---------------------------------------------------------------- threads ---- */

static atomic_int jobs_begun, jobs_ended;

COIL_ASYNC(job)
{
    atomic_fetch_add(&jobs_begun, 1);
    usleep(200);
    atomic_fetch_add(&jobs_ended, 1);
    return 0;
}

/* Each job runs to its end or never begins: no to_thread returns while its job runs. */
COIL_ASYNC(work_in_threads)
{
    int err = 0;
    for (int i = 0; i < 4 && err >= 0; i++) {
        err = coil_to_thread(job());
        if (atomic_load(&jobs_begun) != atomic_load(&jobs_ended))
            return -EBADMSG;
        if (declines(err))
            err = 0;
    }
    return err;
}

/* ---------------------------------------------------------------- generators ---- */

COIL_ASYNC(items)
{
    int err = 0;
    for (int i = 1; i <= ITEMS && err >= 0; i++) {
        AGAIN(err, coil_sleep(0.0001));
        if (err >= 0)
            err = coil_generator_yield(&i, NULL);
    }
    return err;
}

/* By hand: here it is not the task that is cancelled. */
COIL_ASYNC(two_turns, (int, ret, out))
{
    int err;
    do
        err = coil_yield_now();
    while (err == -ECANCELED);
    while (err >= 0 && (err = coil_sleep(0.0001)) == -ECANCELED)
        err = 0;
    *ret = 1;
    return err;
}

/* What a body declines its generator survives, and whoever waits for a coroutine by hand may be told to stop waiting. */
COIL_ASYNC(ask_for_items)
{
    int item, total = 0, ended = 0, err;
    COIL_GENERATOR(g, items(), sizeof item);
    COIL_ASYNC_FOR(err, coil_generator_next(g, &item))
    total += item;
    COIL_COROUTINE(c, two_turns(&ended));
    while (err >= 0 && (err = coil_generator_send(c, NULL, NULL)) >= 0)
        AGAIN(err, coil_coroutine_wait(c));
    if (err != -COIL_ESTOPITERATION)
        return err;
    return total == ITEMS * (ITEMS + 1) / 2 && ended ? 0 : -EBADMSG;
}

/* ---------------------------------------------------------------- the walks ---- */

static int run_talk(void)
{
    return coil_run(coil_wait_for(talk(), LIMIT));
}
static int run_pipeline(void)
{
    return coil_run(coil_wait_for(pipeline(), LIMIT));
}
static int run_visits(void)
{
    return coil_run(coil_wait_for(visits(), LIMIT));
}
static int run_threads(void)
{
    return coil_run(coil_wait_for(work_in_threads(), LIMIT));
}
static int run_generators(void)
{
    return coil_run(coil_wait_for(ask_for_items(), LIMIT));
}

int main(void)
{
    const struct walk list[] = {
        {"talk", run_talk, 0, 0, {0}, 40},
        {"pipeline", run_pipeline, 0, 0, {0}, 60},
        {"visits", run_visits, 0, 0, {0}, 60},
        {"threads", run_threads, 0, 0, {0}, 8},
        {"generators", run_generators, 0, 0, {0}, 42},
    };
    return walk_cancel_main(list, sizeof list / sizeof *list);
}
