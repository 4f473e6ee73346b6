/* places/loop.h: the rows of errors, callbacks, loops, signals and runners.
 *
 * Part of contract_places.c, which says what a row is. `a` holds the objects.
 */

/* ---- errors and call objects ---- */

STATUS(coil_fail, coil_fail(-EINVAL, "no such board: %d", 7))
POINTER(coil_error_message, coil_error_message(-EINVAL))
POINTER(coil_error_name, coil_error_name(-EINVAL))
POINTER(coil_error_sentence, coil_error_sentence(-EINVAL))
STATUS(coil_error_get, (coil_ignore(coil_error_get(-EINVAL) != NULL), 0))
STATUS(coil_error_causes, coil_error_causes(-EINVAL, NULL, 0))
NOTHING(coil_ignore, coil_ignore(-EINVAL))
STATUS(coil_set_allocator, coil_set_allocator(NULL))
NOTHING(coil_memory_counts, coil_memory_counts(NULL, NULL))

/* ---- loops and callbacks ---- */

STATUS(coil_time, coil_time() > 0 ? 0 : -COIL_ENOLOOP)
POINTER(coil_call_soon, coil_call_soon(nothing, NULL))
POINTER(coil_call_later, coil_call_later(0, nothing, NULL))
POINTER(coil_call_at, coil_call_at(0, nothing, NULL))
POINTER(coil_loop_call_soon, coil_loop_call_soon(a.loop, nothing, NULL))
POINTER(coil_loop_call_later, coil_loop_call_later(a.loop, 0, nothing, NULL))
POINTER(coil_loop_call_at, coil_loop_call_at(a.loop, 0, nothing, NULL))
STATUS(coil_call_soon_threadsafe, coil_call_soon_threadsafe(a.loop, nothing, NULL))
STATUS(coil_handle_cancel, coil_handle_cancel(a.handle))
STATUS(coil_handle_cancelled, coil_handle_cancelled(a.handle))
STATUS(coil_handle_when, isnan(coil_handle_when(a.handle)) ? -COIL_EWRONGTHREAD : 0)
POINTER(coil_loop_running, (coil_loop_running(), a.loop))
STATUS(coil_loop_is_running, coil_loop_is_running(a.loop))
POINTER(coil_loop_backend, coil_loop_backend(a.loop))
STATUS(coil_loop_run_forever, coil_loop_run_forever(a.loop))
STATUS(coil_loop_run_until_complete, coil_loop_run_until_complete(a.loop, moment()))
STATUS(coil_loop_run_once, coil_loop_run_once(a.loop, 0))
STATUS(coil_loop_shutdown, coil_loop_shutdown(a.loop))
STATUS(coil_loop_is_closed, coil_loop_is_closed(a.loop))
STATUS(coil_loop_close, coil_loop_close(a.loop))
NOTHING(coil_loop_stop, coil_loop_stop(a.idle))
NOTHING(coil_loop_set_exception_handler, coil_loop_set_exception_handler(a.idle, NULL, NULL))
STATUS(coil_loop_get_debug, coil_loop_get_debug(a.loop))
NOTHING(coil_loop_set_debug, coil_loop_set_debug(a.idle, 0))
NOTHING(coil_loop_set_log_handler, coil_loop_set_log_handler(a.idle, NULL, NULL))
STATUS(coil_loop_set_spin, coil_loop_set_spin(a.loop, 0))
STATUS(coil_loop_stacks_asleep, (int)coil_loop_stacks_asleep(a.loop))
STATUS(coil_loop_spin_time, isnan(coil_loop_spin_time(a.loop)) ? -COIL_EWRONGTHREAD : 0)
NOTHING(coil_loop_set_slow_callback_duration, coil_loop_set_slow_callback_duration(a.idle, 0.1))
STATUS(coil_loop_slow_callback_duration,
       isnan(coil_loop_slow_callback_duration(a.loop)) ? -COIL_EWRONGTHREAD : 0)
STATUS(coil_loop_fd, coil_loop_fd(a.loop))
NOTHING(coil_loop_next_deadline, (void)coil_loop_next_deadline(a.idle))
STATUS(coil_add_signal_handler, coil_add_signal_handler(SIGUSR1, nothing, NULL))
STATUS(coil_remove_signal_handler, coil_remove_signal_handler(SIGUSR1))

static enum outcome call_coil_handle_ref(void)
{
    coil_handle *h = coil_handle_ref(a.handle);
    if (h)
        coil_handle_unref(h);
    return of_pointer(h);
}

/* the reference to give back is the loop thread's own affair; elsewhere a handle that is none must do no harm */
NOTHING(coil_handle_unref,
        coil_handle_unref(coil_loop_running() == a.loop ? coil_handle_ref(a.handle) : a.handle))

static enum outcome call_coil_loop_new(void)
{
    coil_loop *loop;
    int err = coil_loop_new(NULL, &loop);
    if (err == 0)
        coil_loop_close(loop);
    return of_status(err);
}

static enum outcome call_coil_loop_call_exception_handler(void)
{
    const coil_exception_context context = {.message = "told from a place"};
    coil_loop_call_exception_handler(a.idle, &context);
    return SILENT;
}

static enum outcome call_coil_loop_default_exception_handler(void)
{
    const coil_exception_context context = {.message = "a line of contract_places"};
    coil_loop_default_exception_handler(a.idle, &context);
    return SILENT;
}

/* only a child may call it: it makes the thread forget its loop */
static enum outcome call_coil_after_fork(void)
{
    pid_t child = fork();
    if (child == 0) {
        coil_after_fork();
        _exit(coil_loop_running() != NULL);
    }
    int status = 1;
    must(child > 0 && waitpid(child, &status, 0) == child, "fork");
    return status == 0 ? FINE : REFUSED;
}

/* ---- runners ---- */

STATUS(coil_run, coil_run(moment()))
STATUS(coil_run_with, coil_run_with(moment(), NULL))
STATUS(coil_runner_run, coil_runner_run(a.runner, moment()))
POINTER(coil_runner_get_loop, coil_runner_get_loop(a.runner))
STATUS(coil_runner_close, coil_runner_close(a.runner))
NOTHING(coil_runner_free, coil_runner_free(NULL))

static enum outcome call_coil_runner_new(void)
{
    coil_runner *runner;
    int err = coil_runner_new(NULL, &runner);
    if (err == 0)
        coil_runner_free(runner);
    return of_status(err);
}

/* ---------------------------------------------------------------- the table ---- */

static const struct row loop_rows[] = {
    BARE(coil_fail),
    BARE(coil_error_message),
    BARE(coil_error_name),
    BARE(coil_error_sentence),
    BARE(coil_error_get),
    BARE(coil_error_causes),
    BARE(coil_ignore),
    BARE(coil_set_allocator),
    BARE(coil_memory_counts),
    BARE(coil_time),
    BARE(coil_call_soon),
    BARE(coil_call_later),
    BARE(coil_call_at),
    OBJECT(coil_loop_call_soon),
    OBJECT(coil_loop_call_later),
    OBJECT(coil_loop_call_at),
    OBJECT(coil_call_soon_threadsafe),
    OBJECT(coil_handle_cancel),
    OBJECT(coil_handle_cancelled),
    OBJECT(coil_handle_when),
    OBJECT(coil_handle_ref),
    OBJECT(coil_handle_unref),
    BARE(coil_loop_new),
    OBJECT(coil_loop_run_forever),
    OBJECT(coil_loop_run_until_complete),
    OBJECT(coil_loop_run_once),
    OBJECT(coil_loop_stop),
    OBJECT(coil_loop_close),
    OBJECT(coil_loop_is_closed),
    OBJECT(coil_loop_shutdown),
    BARE(coil_loop_running),
    OBJECT(coil_loop_is_running),
    OBJECT(coil_loop_backend),
    OBJECT(coil_loop_set_exception_handler),
    OBJECT(coil_loop_call_exception_handler),
    OBJECT(coil_loop_default_exception_handler),
    OBJECT(coil_loop_set_debug),
    OBJECT(coil_loop_set_log_handler),
    OBJECT(coil_loop_set_spin),
    OBJECT(coil_loop_stacks_asleep),
    OBJECT(coil_loop_spin_time),
    OBJECT(coil_loop_set_slow_callback_duration),
    OBJECT(coil_loop_slow_callback_duration),
    OBJECT(coil_loop_get_debug),
    OBJECT(coil_loop_fd),
    OBJECT(coil_loop_next_deadline),
    BARE(coil_after_fork),
    BARE(coil_run),
    BARE(coil_run_with),
    BARE(coil_runner_new),
    OBJECT(coil_runner_run),
    OBJECT(coil_runner_get_loop),
    OBJECT(coil_runner_close),
    BARE(coil_runner_free),
    BARE(coil_add_signal_handler),
    BARE(coil_remove_signal_handler),
    {NULL, NULL, 0, 0},
};
