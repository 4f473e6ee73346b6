/* loop/public.c: the loop's public calls that need no more than a line or two each, and the exception handler. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "loop/loop.h"

double coil_time(void)
{
    coil_loop *loop = coil__here.loop;
    return coil__ns_to_seconds(loop ? coil__loop_now(loop) : coil__clock_monotonic());
}

coil_loop *coil_loop_running(void)
{
    return coil__here.loop;
}

int coil_loop_is_running(coil_loop *loop)
{
    return loop && loop->running;
}

void coil_loop_stop(coil_loop *loop)
{
    if (!loop || !coil__loop_is_mine(loop))
        return;
    loop->stopping = true;
    loop->rolling = false;
}

int coil_loop_run_forever(coil_loop *loop)
{
    int err = coil__loop_enter(loop);
    if (err < 0)
        return err;
    err = coil__loop_run(loop);
    coil__loop_leave(loop);
    return err;
}

int coil_loop_run_once(coil_loop *loop, double seconds)
{
    if (seconds != seconds)
        return -EINVAL;
    int err = coil__loop_enter(loop);
    if (err < 0)
        return err;
    int64_t wait_ns = seconds <= 0 ? 0 : coil__seconds_to_ns(seconds);
    err = coil__loop_turn(loop, wait_ns == COIL__NEVER ? -1 : wait_ns);
    loop->stopping = false;
    if (loop->hosted)
        atomic_store(&loop->sleeping,
                     1); /* before the host asks for the deadline, which looks at the inbox */
    coil__loop_leave(loop);
    return err;
}

int coil_loop_fd(coil_loop *loop)
{
    int err = coil__loop_usable(loop);
    if (err < 0)
        return err;
    if (!loop->hosted) {
        loop->hosted = true;
        atomic_store(&loop->sleeping, !loop->running);
        coil__loop_look(loop, true);
    }
    return loop->backend->ops->fd(loop->backend);
}

double coil_loop_next_deadline(coil_loop *loop)
{
    if (coil__loop_usable(loop) < 0)
        return COIL_FOREVER;
    if (loop->next_head || loop->stopping || !coil__mpsc_empty(&loop->inbox) ||
        atomic_load(&loop->signal_bits) || loop->backend->ops->unshown(loop->backend))
        return 0;
    if (!coil__timers_any(&loop->timers))
        return COIL_FOREVER;
    int64_t left = coil__loop_timers_ns(loop) - coil__loop_now(loop);
    return left > 0 ? coil__ns_to_seconds(left) : 0;
}

const char *coil_loop_backend(coil_loop *loop)
{
    return loop && !coil_loop_is_closed(loop) ? loop->backend->ops->name : "";
}

/* ---------------------------------------------------------------- errors nobody awaits ---- */

void coil_loop_set_exception_handler(coil_loop *loop, coil_exception_handler fn, void *arg)
{
    if (!loop || !coil__loop_is_mine(loop))
        return;
    loop->on_exception = fn;
    loop->on_exception_arg = arg;
}

void coil_loop_set_log_handler(coil_loop *loop, coil_log_handler fn, void *arg)
{
    if (!loop || !coil__loop_is_mine(loop))
        return;
    loop->on_log = fn;
    loop->on_log_arg = arg;
}

void coil__loop_log(coil_loop *loop, int level, const char *line)
{
    if (loop && loop->on_log)
        loop->on_log(loop, level, line, loop->on_log_arg);
    else
        fprintf(stderr, "coil: %s\n", line);
}

/* Appends to a line of which *used bytes are taken; what does not fit is cut off. */
__attribute__((format(printf, 4, 5))) static void append(char *line, size_t size, size_t *used,
                                                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line + *used, size - *used, format, args);
    va_end(args);
    if (n > 0)
        *used = *used + (size_t)n < size ? *used + (size_t)n : size - 1;
}

void coil_loop_default_exception_handler(coil_loop *loop, const coil_exception_context *context)
{
    char line[1024];
    size_t used = 0;
    append(line, sizeof line, &used, "%s", context->message);
    if (context->error < 0)
        append(line, sizeof line, &used, ": %s: %s", coil_error_name(context->error),
               context->error_message ? context->error_message : "");
    if (context->name)
        append(line, sizeof line, &used, " (%s)", context->name);
    if (loop && loop->debug && context->file)
        append(line, sizeof line, &used, " (created at %s:%d)", context->file, context->line);
    coil__loop_log(loop, COIL_LOG_ERROR, line);
}

void coil_loop_call_exception_handler(coil_loop *loop, const coil_exception_context *context)
{
    /* a handler that causes a report of its own must not be called again from inside itself */
    if (!loop->on_exception || loop->in_exception_handler) {
        coil_loop_default_exception_handler(loop, context);
        return;
    }
    loop->in_exception_handler = true;
    int err = loop->on_exception(loop, context, loop->on_exception_arg);
    loop->in_exception_handler = false;
    if (err < 0) {
        coil_exception_context failed = {.message = "Unhandled error in exception handler",
                                         .error = err,
                                         .error_message = coil_error_message(err)};
        coil_loop_default_exception_handler(loop, &failed);
    }
}

void coil__loop_report(coil_loop *loop, const char *message, int error, const char *error_message,
                       coil_task *task, coil_future *future, coil_handle *handle)
{
    coil_exception_context context = {.message = message,
                                      .error = error,
                                      .error_message = error_message,
                                      .task = task,
                                      .future = future,
                                      .handle = handle};
    coil_loop_call_exception_handler(loop, &context);
}
