/* how many turns of the loop each way of waiting takes */
#include "said.h"

static int turns, before;

static int tick(void *arg)
{
    turns++;
    coil_call_soon(tick, arg);
    return 0;
}

#define MEASURE(label, call)                      \
    do {                                          \
        before = turns;                           \
        coil_ignore(call);                        \
        printf("%s %d\n", label, turns - before); \
    } while (0)

COIL_ASYNC(nothing)
{
    return 0;
}

COIL_ASYNC(yields, (int, n))
{
    for (int i = 0; i < n; i++)
        MUST(coil_sleep(0));
    return 0;
}

COIL_ASYNC(fails)
{
    return coil_fail(-EINVAL, "fails");
}

static int set(void *f)
{
    return coil_future_set_result(f, NULL);
}

static int simple(void)
{
    MEASURE("sleep(0)", coil_sleep(0));
    MEASURE("sleep(-1)", coil_sleep(-1));
    MEASURE("direct call", nothing());
    MEASURE("task", coil_await(coil_create_task(nothing())));
    MEASURE("task that yields", coil_await(coil_create_task(yields(2))));
    MEASURE("failing task", coil_await(coil_create_task(fails())));
    coil_future *f = coil_future_new();
    MUST(coil_future_set_result(f, NULL));
    MEASURE("done future", coil_future_await(f, NULL));
    coil_future *g = coil_future_new();
    coil_call_soon(set, g);
    MEASURE("future set by a callback", coil_future_await(g, NULL));
    MEASURE("gather()", coil_gather_n(NULL, 0, NULL));
    MEASURE("gather 1", coil_gather(nothing()));
    MEASURE("gather 2", coil_gather(nothing(), yields(2)));
    coil_future *inner = coil_gather_future(nothing());
    MEASURE("gather of a gather", coil_gather(coil_future_await(inner, NULL), nothing()));
    coil_future *failing = coil_gather_future(fails(), yields(3));
    MEASURE("gather failing", coil_future_await(failing, NULL));
    MEASURE("gather of a done future", coil_gather(coil_future_await(f, NULL)));
    coil_future_unref(f);
    coil_future_unref(g);
    coil_future_unref(inner);
    coil_future_unref(failing);
    return 0;
}

static int wait_two(coil_task *a, coil_task *b, int mode, double timeout)
{
    coil_task *both[] = {a, b};
    int n, err = coil_wait(both, b ? 2 : 1, mode, timeout, &n);
    coil_task_unref(a);
    coil_task_unref(b);
    return err;
}

static int waits_for(void)
{
    coil_task *a = coil_create_task(nothing()), *b = coil_create_task(yields(1));
    MEASURE("wait", wait_two(a, b, COIL_ALL_COMPLETED, COIL_FOREVER));
    a = coil_create_task(nothing());
    b = coil_create_task(yields(3));
    MEASURE("wait first", wait_two(a, b, COIL_FIRST_COMPLETED, COIL_FOREVER));
    a = coil_task_ref(coil_create_task(nothing()));
    MUST(coil_await(a));
    MEASURE("wait of a done one", wait_two(a, NULL, COIL_ALL_COMPLETED, COIL_FOREVER));
    a = coil_create_task(yields(1));
    MEASURE("wait timeout 0", wait_two(a, NULL, COIL_ALL_COMPLETED, 0));
    MEASURE("wait_for coroutine", coil_wait_for(nothing(), 1));
    MEASURE("wait_for yields", coil_wait_for(yields(2), 1));
    a = coil_create_task(nothing());
    MEASURE("wait_for task", coil_wait_for(coil_await(a), 1));
    MEASURE("wait_for 0", coil_wait_for(nothing(), 0));
    a = coil_create_task(yields(1));
    MEASURE("wait_for 0 of a task", coil_wait_for(coil_await(a), 0));
    MEASURE("shield of a task", coil_shield(coil_create_task(nothing())));
    MEASURE("shield of a coroutine", coil_shield(coil_create_task(yields(1))));
    return 0;
}

COIL_ASYNC(group, (int, what))
{
    int err;
    COIL_TASK_GROUP(g, err)
    {
        if (what == 1 || what == 2)
            coil_group_create_task(g, nothing());
        if (what == 2)
            coil_group_create_task(g, yields(2));
        if (what == 3) {
            coil_group_create_task(g, fails());
            coil_group_create_task(g, yields(3));
        }
        if (what == 4)
            coil_group_create_task(g, coil_sleep(5));
    }
    return err;
}

COIL_ASYNC(cancelled, (coil_task *, t), (int, n))
{
    MUST(yields(n));
    coil_task_cancel(t);
    return coil_await(t);
}

COIL_ASYNC(limited)
{
    int err;
    COIL_TIMEOUT(tm, 0, err)
    {
        err = coil_sleep(5);
    }
    return err;
}

COIL_ASYNC(completed, (coil_task *, a), (coil_task *, b))
{
    coil_task *both[] = {a, b}, *t;
    coil_as_completed it;
    MUST(coil_as_completed_open(&it, both, 2, COIL_FOREVER));
    while (coil_as_completed_next(&it, &t) >= 0)
        MUST(coil_await(t));
    coil_as_completed_close(&it);
    return 0;
}

static int scopes(void)
{
    MEASURE("empty group", group(0));
    MEASURE("group 1", group(1));
    MEASURE("group 2", group(2));
    MEASURE("group failing", group(3));
    MEASURE("cancel before the start", cancelled(coil_create_task(yields(1)), 0));
    MEASURE("cancel a sleeper", cancelled(coil_create_task(coil_sleep(5)), 1));
    MEASURE("cancel a gather",
            cancelled(coil_create_task(coil_gather(coil_sleep(5), coil_sleep(5))), 2));
    MEASURE("cancel a group", cancelled(coil_create_task(group(4)), 2));
    coil_task *inner = coil_create_task(coil_sleep(0.05));
    MEASURE("cancel a shield", cancelled(coil_create_task(coil_shield(inner)), 2));
    coil_task_unref(inner);
    MEASURE("timeout(0)", limited());
    coil_task *a = coil_create_task(yields(1)), *b = coil_create_task(nothing());
    MEASURE("as_completed", completed(a, b));
    return 0;
}

static coil_lock lock;
static coil_event event;
static coil_condition cond;
static coil_semaphore sem;
static coil_barrier barrier;
static coil_queue q;
static int one = 1;

static int release(void *arg)
{
    (void)arg;
    return coil_lock_release(&lock);
}

static int set_event(void *arg)
{
    (void)arg;
    return coil_event_set(&event);
}

static int permit(void *arg)
{
    (void)arg;
    return coil_semaphore_release(&sem);
}

static int put(void *arg)
{
    return coil_queue_put_nowait(&q, arg);
}

static int get(void *arg)
{
    (void)arg;
    int item;
    return coil_queue_get_nowait(&q, &item);
}

static int task_done(void *arg)
{
    (void)arg;
    return coil_queue_task_done(&q);
}

COIL_ASYNC(waits)
{
    MUST(coil_condition_acquire(&cond));
    MUST(coil_condition_wait(&cond));
    return coil_condition_release(&cond);
}

COIL_ASYNC(notifies)
{
    MUST(coil_condition_acquire(&cond));
    MUST(coil_condition_notify(&cond, 1));
    return coil_condition_release(&cond);
}

static int locks(void)
{
    coil_lock_init(&lock);
    coil_event_init(&event);
    coil_condition_init(&cond, NULL);
    MUST(coil_semaphore_init(&sem, 0));
    MUST(coil_barrier_init(&barrier, 2));
    MEASURE("free lock", coil_lock_acquire(&lock));
    coil_call_soon(release, NULL);
    MEASURE("lock handed over", coil_lock_acquire(&lock));
    coil_call_soon(set_event, NULL);
    MEASURE("event", coil_event_wait(&event));
    MEASURE("event that is set", coil_event_wait(&event));
    coil_call_soon(permit, NULL);
    MEASURE("semaphore", coil_semaphore_acquire(&sem));
    coil_task *t = coil_create_task(waits());
    MUST(yields(1));
    MEASURE("notify", notifies());
    MEASURE("condition", coil_await(t));
    t = coil_create_task(coil_barrier_wait(&barrier));
    MUST(yields(1));
    MEASURE("last at the barrier", coil_barrier_wait(&barrier));
    MEASURE("first at the barrier", coil_await(t));
    return 0;
}

static int queues(void)
{
    int item;
    MUST(coil_queue_init(&q, sizeof item, 1));
    coil_call_soon(put, &one);
    MEASURE("get", coil_queue_get(&q, &item));
    MEASURE("put", coil_queue_put(&q, &one));
    coil_call_soon(get, NULL);
    MEASURE("put when full", coil_queue_put(&q, &one));
    MUST(task_done(NULL));
    MUST(task_done(NULL));
    coil_call_soon(task_done, NULL);
    MEASURE("join", coil_queue_join(&q));
    coil_task *g = coil_create_task(coil_queue_get(&q, &item));
    MUST(coil_await(g));
    g = coil_create_task(coil_queue_get(&q, &item));
    MUST(yields(1));
    coil_queue_shutdown(&q, 0);
    coil_task_ref(g);
    MEASURE("shutdown", wait_two(g, NULL, COIL_ALL_COMPLETED, COIL_FOREVER));
    coil_task_status(g);
    coil_task_unref(g);
    coil_queue_done(&q);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_call_soon(tick, NULL);
    MUST(simple());
    MUST(waits_for());
    MUST(scopes());
    MUST(locks());
    return queues();
}
COIL_MAIN(amain())
