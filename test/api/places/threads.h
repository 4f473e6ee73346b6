/* places/threads.h: the rows of jobs, pools and futures that threads share.
 *
 * Part of contract_places.c, which says what a row is. `a` holds the objects.
 */

static COIL_ASYNC(job)
{
    usleep(1000);
    return 0;
}

static int run_in_own_pool(void)
{
    coil_pool *pool;
    int err = coil_thread_pool_new(1, &pool);
    if (err < 0)
        return err;
    err = coil_pool_run(pool, job());
    coil_pool_free(pool);
    return err;
}

static int shut_own_pool(void)
{
    coil_pool *pool;
    int err = coil_thread_pool_new(1, &pool);
    if (err < 0)
        return err;
    coil_future *f = coil_run_in_executor(pool, job());
    err = coil_pool_shutdown(pool);
    if (f)
        coil_future_unref(f);
    coil_pool_free(pool);
    return err;
}

STATUS(coil_to_thread, coil_to_thread(job()))
STATUS(coil_pool_run, run_in_own_pool())
STATUS(coil_pool_shutdown, shut_own_pool())
STATUS(coil_thread_cancelled, coil_thread_cancelled())
NOTHING(coil_pool_free, coil_pool_free(NULL))

static enum outcome call_coil_thread_pool_new(void)
{
    coil_pool *pool;
    int err = coil_thread_pool_new(1, &pool);
    if (err == 0)
        coil_pool_free(pool);
    return of_status(err);
}

static enum outcome call_coil_run_in_executor(void)
{
    return unref_future(coil_run_in_executor(NULL, job()));
}

/* a loop of its own: the default pool, once shut, takes nothing any more */
static COIL_ASYNC(shut_default)
{
    coil_future *f = coil_run_in_executor(NULL, job());
    int err = coil_loop_shutdown_default_executor();
    if (f)
        coil_future_unref(f);
    return err;
}
STATUS(coil_loop_shutdown_default_executor,
       coil_current_task() ? shut_default() : coil_loop_shutdown_default_executor())

/* ---- futures that threads share ---- */

static enum outcome with_thread_future(int (*use)(coil_thread_future *f))
{
    coil_thread_future *f = coil_thread_future_new();
    must(f != NULL, "coil_thread_future_new");
    int err = use(f);
    coil_thread_future_free(f);
    return of_status(err);
}

static void nothing_for_thread_future(coil_thread_future *f, void *arg)
{
    (void)f, (void)arg;
}

static int settle_it(coil_thread_future *f)
{
    return coil_thread_future_set_result(f, NULL);
}

static int fail_it(coil_thread_future *f)
{
    return coil_thread_future_set_error(f, -EIO);
}

static int wait_for_it(coil_thread_future *f)
{
    return coil_thread_future_wait(f, 0);
}

static int result_of_it(coil_thread_future *f)
{
    return coil_thread_future_result(f, NULL);
}

static int watch_it(coil_thread_future *f)
{
    return coil_thread_future_add_done_callback(f, nothing_for_thread_future, NULL);
}

static int wrap_it(coil_thread_future *f)
{
    coil_future *mirror = coil_wrap_future(f);
    if (!mirror)
        return coil_loop_running() ? -ENOMEM : -COIL_ENOLOOP;
    coil_thread_future_set_result(f, NULL);
    coil_future_unref(mirror);
    return 0;
}

STATUS(coil_thread_future_new, with_thread_future(settle_it))
STATUS(coil_thread_future_set_result, with_thread_future(settle_it))
STATUS(coil_thread_future_set_error, with_thread_future(fail_it))
STATUS(coil_thread_future_wait, with_thread_future(wait_for_it))
STATUS(coil_thread_future_result, with_thread_future(result_of_it))
STATUS(coil_thread_future_cancel, with_thread_future(coil_thread_future_cancel))
STATUS(coil_thread_future_done, with_thread_future(coil_thread_future_done))
STATUS(coil_thread_future_cancelled, with_thread_future(coil_thread_future_cancelled))
STATUS(coil_thread_future_add_done_callback, with_thread_future(watch_it))
NOTHING(coil_thread_future_free, coil_thread_future_free(NULL))

static enum outcome call_coil_wrap_future(void)
{
    return with_thread_future(wrap_it);
}

static enum outcome call_coil_run_coroutine_threadsafe(void)
{
    coil_thread_future *f = coil_run_coroutine_threadsafe(a.loop, moment());
    coil_thread_future_free(f);
    return of_pointer(f);
}

/* ---------------------------------------------------------------- the table ---- */

static const struct row thread_rows[] = {
    SUSPENDS(coil_to_thread),
    SUSPENDS(coil_pool_run),
    SUSPENDS(coil_pool_shutdown),
    BARE(coil_run_in_executor),
    BARE(coil_thread_cancelled),
    BARE(coil_thread_pool_new),
    BARE(coil_pool_free),
    BARE(coil_thread_future_new),
    BARE(coil_thread_future_set_result),
    BARE(coil_thread_future_set_error),
    BARE(coil_thread_future_wait),
    BARE(coil_thread_future_result),
    BARE(coil_thread_future_cancel),
    BARE(coil_thread_future_done),
    BARE(coil_thread_future_cancelled),
    BARE(coil_thread_future_add_done_callback),
    BARE(coil_thread_future_free),
    OBJECT(coil_run_coroutine_threadsafe),
    BARE(coil_wrap_future),
    SUSPENDS(coil_loop_shutdown_default_executor), /* last: loop A's default pool ends */
    {NULL, NULL, 0, 0},
};
