/* io/subprocess_public.c: the calls on a running child: waiting, signals, and communicate.
 *
 * communicate is three tasks of a group, one for each pipe, so that no full pipe keeps another one waiting. What was read stays in
 * the stream's own buffer until all has come: a cancelled communicate has lost nothing, and the output needs no memory of its own.
 */
#include <errno.h>
#include <signal.h>

#include "coil/group.h"
#include "io/subprocess.h"

/* ---------------------------------------------------------------- what it is ---- */

static coil_stream *stream_of(coil_process *process, int i)
{
    struct coil__process *p;
    return coil__process_find(process, &p) < 0 ? NULL : p->streams[i];
}

coil_stream *coil_process_stdin(coil_process *process)
{
    return stream_of(process, 0);
}

coil_stream *coil_process_stdout(coil_process *process)
{
    return stream_of(process, 1);
}

coil_stream *coil_process_stderr(coil_process *process)
{
    return stream_of(process, 2);
}

int coil_process_pid(coil_process *process)
{
    struct coil__process *p;
    int err = coil__process_find(process, &p);
    return err < 0 ? err : (int)p->spawn.pid;
}

int coil_process_returncode(coil_process *process, int *ret_returncode)
{
    struct coil__process *p;
    int err = coil__process_find(process, &p);
    if (err < 0 || p->state != COIL__PROCESS_ENDED)
        return err;
    if (ret_returncode)
        *ret_returncode = p->returncode;
    return 1;
}

/* ---------------------------------------------------------------- waiting and signals ---- */

int coil_process_wait(coil_process *process, int *ret_returncode)
{
    struct coil__process *p;
    int err = coil__process_enter(process, &p);
    if (err < 0)
        return err;
    err = coil__process_await(p);
    if (err >= 0 && ret_returncode)
        *ret_returncode = p->returncode;
    return coil__process_leave(p, err);
}

int coil_process_send_signal(coil_process *process, int signo)
{
    struct coil__process *p;
    int err = coil__process_find(process, &p);
    return err < 0 ? err : coil__process_signal(p, signo);
}

int coil_process_terminate(coil_process *process)
{
    return coil_process_send_signal(process, SIGTERM);
}

int coil_process_kill(coil_process *process)
{
    return coil_process_send_signal(process, SIGKILL);
}

/* ---------------------------------------------------------------- communicate ---- */

/* The pipe is no more: the child reads no further, or the user, or an earlier communicate, has closed it. */
static bool pipe_is_over(int err)
{
    return err == -EPIPE || err == -ECONNRESET || err == -ECONNABORTED ||
           err == -COIL_EINVALIDSTATE || err == -COIL_ESTALE;
}

/* Writes the input and ends it. That nobody takes it is no error. */
static COIL_ASYNC(feed, (coil_stream *, to), (const void *, input), (size_t, n), (int *, left))
{
    int err = n > 0 ? coil_stream_send(to, input, n) : 0;
    if (err >= 0)
        err = coil_stream_drain(to);
    if (err == -ECANCELED)
        return err;
    coil_stream_write_eof(to);
    --*left;
    return pipe_is_over(err) ? 0 : err;
}

/* Reads to the end, into the stream's buffer, and closes the pipe. */
static COIL_ASYNC(collect, (coil_stream *, from), (size_t, most), (int *, left))
{
    struct coil__stream *s;
    int err = coil__stream_enter(from, &s);
    if (err >= 0) {
        err = coil__reader_fill(&s->reader, most);
        if (err >= 0)
            coil__stream_shut(s);
        coil__stream_leave(s, 0);
    } else if (err == -COIL_ESTALE) {
        err = 0; /* closed by its user */
    }
    *left -= err >= 0;
    return err;
}

/* All three at once: the first error, and then the others end too. A group takes a cancelled child for a finished one, but half
 * an output is none: it is told as if we had been cancelled. */
static int exchange(struct coil__process *p, const void *input, size_t n)
{
    int err = 0, left = 0;
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; i < 3 && err >= 0; i++) {
            if (!p->streams[i])
                continue;
            left++;
            coil_task *t =
                i == 0 ? coil_group_create_task(g, feed(p->streams[i], input, n, &left))
                       : coil_group_create_task(g, collect(p->streams[i], p->max_output, &left));
            err = t ? 0 : coil_await(NULL);
        }
    }
    return err >= 0 && left > 0 ? -ECANCELED : err;
}

/* Gives out what was collected, where it is. */
static int give(coil_stream *from, const char **ret_bytes, size_t *ret_size)
{
    struct coil__stream *s;
    *ret_bytes = NULL;
    *ret_size = 0;
    if (!from || coil__stream_find(from, false, &s) < 0)
        return 0;
    int err = coil__buffer_reserve(&s->reader.buf, 1);
    if (err < 0)
        return err;
    s->reader.buf.data[s->reader.buf.end] = '\0';
    return coil__reader_give_all(&s->reader, ret_bytes, ret_size);
}

static int communicate(struct coil__process *p, const void *input, size_t n,
                       coil_process_output *ret_output)
{
    coil_process_output got;
    int err = exchange(p, input, n);
    if (err >= 0)
        err = coil__process_await(p);
    if (err >= 0 && ret_output)
        err = give(p->streams[1], &got.out, &got.out_size);
    if (err >= 0 && ret_output)
        err = give(p->streams[2], &got.err, &got.err_size);
    if (err < 0)
        return err;
    if (ret_output)
        *ret_output = got;
    return 0;
}

int coil_process_communicate(coil_process *process, const void *input, size_t n,
                             coil_process_output *ret_output)
{
    struct coil__process *p;
    int err = !input && n > 0 ? -EINVAL : coil__process_enter(process, &p);
    return err < 0 ? err : coil__process_leave(p, communicate(p, input, n, ret_output));
}
