/* places/sync.h: the rows of locks, events, semaphores, conditions, barriers and queues.
 *
 * Part of contract_places.c, which says what a row is. These objects are plain structs, which belong to the loop
 * that used them first: prepare_sync uses each.
 */

static struct {
    coil_lock lock, held; /* held: is locked */
    coil_event event;
    coil_semaphore semaphore, none_left;
    coil_condition condition; /* its lock is `held` */
    coil_barrier barrier;
    coil_queue queue, empty, full;
    int told; /* what the condition is about */
} s;

static int taken, one = 1;

static int use_queue(coil_queue *q)
{
    int err = coil_queue_put_nowait(q, &one);
    if (err >= 0)
        err = coil_queue_get_nowait(q, &taken);
    return err < 0 ? err : coil_queue_task_done(q);
}

/* Fresh ones for each call. In a task, because only a task can take a lock. */
static void prepare_sync(void)
{
    coil_lock_init(&s.lock);
    coil_lock_init(&s.held);
    must(coil_lock_acquire(&s.held) == 0, "coil_lock_acquire");
    coil_event_init(&s.event);
    coil_condition_init(&s.condition, &s.held);
    must(coil_semaphore_init(&s.semaphore, 1) == 0, "coil_semaphore_init");
    must(coil_semaphore_init(&s.none_left, 0) == 0, "coil_semaphore_init");
    must(coil_barrier_init(&s.barrier, 2) == 0, "coil_barrier_init");
    must(coil_queue_init(&s.queue, sizeof one, 2) == 0, "coil_queue_init");
    must(coil_queue_init(&s.empty, sizeof one, 2) == 0, "coil_queue_init");
    must(coil_queue_init(&s.full, sizeof one, 1) == 0, "coil_queue_init");
    must(coil_queue_put_nowait(&s.full, &one) == 0, "coil_queue_put_nowait");
    s.told = 0;
    must(coil_lock_acquire(&s.lock) == 0 && coil_lock_release(&s.lock) == 0, "using a lock");
    must(coil_event_clear(&s.event) == 0, "using an event");
    must(coil_condition_notify(&s.condition, 1) == 0, "using a condition");
    must(coil_semaphore_acquire(&s.semaphore) == 0 && coil_semaphore_release(&s.semaphore) == 0 &&
             coil_semaphore_release(&s.none_left) == 0 && coil_semaphore_acquire(&s.none_left) == 0,
         "using a semaphore");
    must(coil_barrier_reset(&s.barrier) == 0, "using a barrier");
    must(use_queue(&s.queue) == 0 && use_queue(&s.empty) == 0, "using a queue");
}

static void give_back_sync(void)
{
    coil_queue_done(&s.queue);
    coil_queue_done(&s.empty);
    coil_queue_done(&s.full);
}

/* Has fn called after a moment, while what is tried waits for it; that call's own outcome is the row's. */
static coil_handle *later(int (*fn)(void *))
{
    return coil_handle_ref(coil_call_later(0.002, fn, NULL));
}

static int stop(coil_handle *h, int status)
{
    coil_handle_cancel(h);
    coil_handle_unref(h);
    return status;
}

/* A call that waits until fn has run. */
#define AFTER(fn, call)                  \
    __extension__({                      \
        coil_handle *handle = later(fn); \
        int status = (call);             \
        stop(handle, status);            \
    })

static int release_lock(void *arg)
{
    (void)arg;
    coil_lock_release(&s.held);
    return 0;
}

static int set_event(void *arg)
{
    (void)arg;
    coil_event_set(&s.event);
    return 0;
}

static int release_permit(void *arg)
{
    (void)arg;
    coil_semaphore_release(&s.none_left);
    return 0;
}

static COIL_ASYNC(tell)
{
    int err = coil_condition_acquire(&s.condition);
    if (err < 0)
        return err;
    s.told = 1;
    coil_condition_notify_all(&s.condition);
    return coil_condition_release(&s.condition);
}

static int notify(void *arg)
{
    (void)arg;
    return coil_spawn(tell());
}

static COIL_ASYNC(arrive)
{
    return coil_barrier_wait(&s.barrier);
}

static int arrive_too(void *arg)
{
    (void)arg;
    return coil_spawn(arrive());
}

static int put_item(void *arg)
{
    (void)arg;
    return coil_queue_put_nowait(&s.empty, &one);
}

static int take_item(void *arg)
{
    (void)arg;
    return coil_queue_get_nowait(&s.full, &taken);
}

static int finish_item(void *arg)
{
    (void)arg;
    return coil_queue_task_done(&s.full);
}

static int was_told(void *arg)
{
    (void)arg;
    return s.told;
}

STATUS(coil_lock_init, (coil_lock_init(&s.lock), 0))
STATUS(coil_lock_acquire, AFTER(release_lock, coil_lock_acquire(&s.held)))
STATUS(coil_lock_release, coil_lock_release(&s.held))
STATUS(coil_lock_locked, coil_lock_locked(&s.held))
STATUS(coil_event_init, (coil_event_init(&s.event), 0))
STATUS(coil_event_is_set, coil_event_is_set(&s.event))
STATUS(coil_event_wait, AFTER(set_event, coil_event_wait(&s.event)))
STATUS(coil_semaphore_init, coil_semaphore_init(&s.semaphore, 1))
STATUS(coil_bounded_semaphore_init, coil_bounded_semaphore_init(&s.semaphore, 1))
STATUS(coil_semaphore_acquire, AFTER(release_permit, coil_semaphore_acquire(&s.none_left)))
STATUS(coil_semaphore_release, coil_semaphore_release(&s.semaphore))
STATUS(coil_semaphore_locked, coil_semaphore_locked(&s.semaphore))
STATUS(coil_condition_init, (coil_condition_init(&s.condition, NULL), 0))
STATUS(coil_condition_lock, coil_condition_lock(&s.condition) ? 0 : -EINVAL)
STATUS(coil_condition_acquire, AFTER(release_lock, coil_condition_acquire(&s.condition)))
STATUS(coil_condition_release, coil_condition_release(&s.condition))
STATUS(coil_condition_wait, AFTER(notify, coil_condition_wait(&s.condition)))
STATUS(coil_condition_wait_for,
       AFTER(notify, coil_condition_wait_for(&s.condition, was_told, NULL)))
STATUS(coil_condition_notify, coil_condition_notify(&s.condition, 1))
STATUS(coil_condition_notify_all, coil_condition_notify_all(&s.condition))
STATUS(coil_barrier_init, coil_barrier_init(&s.barrier, 2))
STATUS(coil_barrier_wait, AFTER(arrive_too, coil_barrier_wait(&s.barrier)))
STATUS(coil_barrier_reset, coil_barrier_reset(&s.barrier))
STATUS(coil_barrier_abort, coil_barrier_abort(&s.barrier))
STATUS(coil_barrier_parties, coil_barrier_parties(&s.barrier))
STATUS(coil_barrier_n_waiting, coil_barrier_n_waiting(&s.barrier))
STATUS(coil_barrier_broken, coil_barrier_broken(&s.barrier))
STATUS(coil_queue_put, AFTER(take_item, coil_queue_put(&s.full, &one)))
STATUS(coil_queue_get, AFTER(put_item, coil_queue_get(&s.empty, &taken)))
STATUS(coil_queue_put_nowait, coil_queue_put_nowait(&s.queue, &one))
STATUS(coil_queue_get_nowait, coil_queue_get_nowait(&s.queue, &taken))
STATUS(coil_queue_task_done, coil_queue_task_done(&s.queue))
STATUS(coil_queue_join, AFTER(finish_item, coil_queue_join(&s.full)))
STATUS(coil_queue_empty, coil_queue_empty(&s.queue))
STATUS(coil_queue_full, coil_queue_full(&s.queue))
STATUS(coil_event_set, coil_event_set(&s.event))
STATUS(coil_event_clear, coil_event_clear(&s.event))
NOTHING(coil_queue_size, (void)coil_queue_size(&s.queue))
STATUS(coil_queue_shutdown, coil_queue_shutdown(&s.queue, 0))

static int compare_ints(const void *x, const void *y)
{
    return *(const int *)x - *(const int *)y;
}

static enum outcome call_coil_queue_init(void)
{
    coil_queue q;
    int err = coil_queue_init(&q, sizeof one, 0);
    coil_queue_done(&q);
    return of_status(err);
}

static enum outcome call_coil_queue_init_lifo(void)
{
    coil_queue q;
    int err = coil_queue_init_lifo(&q, sizeof one, 0);
    coil_queue_done(&q);
    return of_status(err);
}

static enum outcome call_coil_queue_init_priority(void)
{
    coil_queue q;
    int err = coil_queue_init_priority(&q, sizeof one, 0, compare_ints);
    coil_queue_done(&q);
    return of_status(err);
}

NOTHING(coil_queue_done, coil_queue_done(&s.queue))

/* ---------------------------------------------------------------- the table ---- */

static const struct row sync_rows[] = {
    BARE(coil_lock_init),
    SUSPENDS_OBJECT(coil_lock_acquire),
    OBJECT(coil_lock_release),
    OBJECT(coil_lock_locked),
    BARE(coil_event_init),
    OBJECT(coil_event_is_set),
    SUSPENDS_OBJECT(coil_event_wait),
    BARE(coil_semaphore_init),
    BARE(coil_bounded_semaphore_init),
    SUSPENDS_OBJECT(coil_semaphore_acquire),
    OBJECT(coil_semaphore_release),
    OBJECT(coil_semaphore_locked),
    BARE(coil_condition_init),
    BARE(coil_condition_lock),
    SUSPENDS_OBJECT(coil_condition_acquire),
    OBJECT(coil_condition_release),
    SUSPENDS_OBJECT(coil_condition_wait),
    SUSPENDS_OBJECT(coil_condition_wait_for),
    OBJECT(coil_condition_notify),
    OBJECT(coil_condition_notify_all),
    BARE(coil_barrier_init),
    SUSPENDS_OBJECT(coil_barrier_wait),
    SUSPENDS_OBJECT(coil_barrier_reset),
    SUSPENDS_OBJECT(coil_barrier_abort),
    BARE(coil_barrier_parties),
    OBJECT(coil_barrier_n_waiting),
    OBJECT(coil_barrier_broken),
    SUSPENDS_OBJECT(coil_queue_put),
    SUSPENDS_OBJECT(coil_queue_get),
    OBJECT(coil_queue_put_nowait),
    OBJECT(coil_queue_get_nowait),
    OBJECT(coil_queue_task_done),
    SUSPENDS_OBJECT(coil_queue_join),
    OBJECT(coil_queue_empty),
    OBJECT(coil_queue_full),
    OBJECT(coil_event_set),
    OBJECT(coil_event_clear),
    OBJECT(coil_queue_size),
    OBJECT(coil_queue_shutdown),
    BARE(coil_queue_init),
    BARE(coil_queue_init_lifo),
    BARE(coil_queue_init_priority),
    OBJECT(coil_queue_done),
    {NULL, NULL, 0, 0},
};
