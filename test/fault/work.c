/* The work room: thread pools, process pools with their fork server and workers, futures between threads. */
#include "walk.h"

COIL_ASYNC(half, (int, n), (int, ret, out))
{
    *ret = n / 2;
    return n & 1 ? coil_fail(-EDOM, "%d is odd", n) : 0;
}

/* 0 when the call failed as it should; else what it reported. */
static int expect(int status, int expected)
{
    return status == expected ? 0 : status < 0 ? status : -EBADMSG;
}

COIL_REMOTE(square, (int, n), (int, ret))
{
    *ret = *n * *n;
    return *n < 0 ? coil_fail(-ERANGE, "negative") : 0;
}

COIL_ASYNC(in_threads)
{
    coil_pool *pool;
    int err = coil_thread_pool_new(1, &pool);
    if (err < 0)
        return err;
    int a, b = 0;
    err = coil_pool_run(pool, half(4, &a));
    if (err >= 0)
        err = expect(coil_to_thread(half(3, &a)), -EDOM);
    coil_future *f = err < 0 ? NULL : coil_run_in_executor(pool, half(8, &b));
    if (err >= 0)
        err = f ? coil_future_await(f, NULL) : -ENOMEM;
    coil_future_unref(f);
    if (err >= 0 && b != 4)
        err = -EDOM;
    if (err >= 0)
        err = coil_pool_shutdown(pool);
    coil_pool_free(pool);
    return err;
}

/* So long that a thread waits for it in the end. */
COIL_REMOTE(square_slowly, (int, n), (int, ret))
{
    usleep(12000);
    return square(n, ret);
}

COIL_ASYNC(in_processes)
{
    coil_pool *pool;
    int err = coil_process_pool_new(1, &pool);
    if (err < 0)
        return err;
    int n = 3, out = 0;
    err = coil_pool_run(pool, square(&n, &out));
    n = -1;
    if (err >= 0 && out != 9)
        err = -EDOM;
    if (err >= 0)
        err = expect(coil_pool_run(pool, square(&n, &out)), -ERANGE);
    n = 4;
    if (err >= 0)
        err = coil_pool_run(pool, square_slowly(&n, &out));
    if (err >= 0 && out != 16)
        err = -EDOM;
    coil_pool_free(pool);
    return err;
}

/* A job whose result is bytes that the worker made. */
COIL_REMOTE(fill, (int, n), (coil_bytes, ret))
{
    int err = coil_bytes_new((size_t)*n, ret);
    if (err >= 0)
        memset(ret->data, 'x', ret->size);
    return err;
}

COIL_ASYNC(with_bytes)
{
    coil_pool *pool;
    int err = coil_process_pool_new_with(2, COIL_POOL_BREAK_ON_CRASH, &pool);
    if (err < 0)
        return err;
    int n = 300000;
    coil_bytes a = {0}, b = {0};
    err = coil_gather(coil_pool_run(pool, fill(&n, &a)), coil_pool_run(pool, fill(&n, &b)));
    if (err >= 0 && (((char *)a.data)[n - 1] != 'x' || b.size != 300000))
        err = -EBADMSG;
    coil_bytes_free(&a);
    coil_bytes_free(&b);
    coil_pool_free(pool);
    return err;
}

COIL_ASYNC(between_threads)
{
    coil_thread_future *f = coil_thread_future_new();
    if (!f)
        return -ENOMEM;
    int a = 0, err = 0;
    coil_future *m = coil_wrap_future(f);
    coil_thread_future *g = coil_run_coroutine_threadsafe(coil_loop_running(), half(2, &a));
    coil_thread_future_set_result(f, NULL);
    if (m && g) {
        coil_future *h = coil_wrap_future(g);
        err = h ? coil_future_await(h, NULL) : -ENOMEM;
        coil_future_unref(h);
    }
    coil_future_unref(m);
    coil_thread_future_free(f);
    coil_thread_future_free(g);
    return !m || !g ? -ENOMEM : err < 0 ? err : a == 1 ? 0 : -EDOM;
}

static int run_threads(void)
{
    return coil_run(in_threads());
}

static int run_processes(void)
{
    return coil_run(in_processes());
}

static int run_bytes(void)
{
    return coil_run(with_bytes());
}

static int run_futures(void)
{
    return coil_run(between_threads());
}

int main(void)
{
    const struct walk list[] = {
        {"threads", run_threads, 125, 135, {0}, 8},
        {"processes", run_processes, 210, 225, {COIL_EBROKENPOOL, EPIPE}, 8},
        {"bytes", run_bytes, 215, 215, {COIL_EBROKENPOOL, EPIPE}, 8},
        {"futures", run_futures, 112, 112, {0}, 2},
    };
    return walk_main(list, sizeof list / sizeof *list);
}
