/* contract_places.c: calls every public function from each place, and says what happened.
 *
 * It prints lines `NAME PLACE RESULT`, which tools/check/contracts.py compares with what the headers
 * say of From, Suspends and Cancel; that script explains the words. The rows stand in places/, a file for each
 * part of Coil: a new public function needs a row there.
 *
 * Everything is steered by one task, `conductor`, of loop A. For each row and place it makes fresh objects of
 * loop A, has the row called there, and gives the objects back. While another thread calls, loop A is
 * blocked, so that nothing here is a race.
 */
#include <coil.h>
#include <coil/transport.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum outcome { FINE, REFUSED, SILENT };

struct row {
    const char *name;
    enum outcome (*call)(void);
    int object;   /* 1: works on an object that belongs to loop A */
    int suspends; /* 1: is also cancelled                         */
};

/* ---------------------------------------------------------------- the objects of a call ---- */

/* Valid from prepare() to give_back(); of loop A, except where a row says otherwise. */
static struct {
    coil_loop *loop;         /* A itself, running                                    */
    coil_runner *runner;     /* that runs it                                         */
    coil_loop *idle;         /* another loop of this thread, not running             */
    coil_task *task;         /* ends after a moment                                  */
    coil_future *future;     /* is settled after a moment                            */
    coil_handle *handle;     /* of the callback that settles it                      */
    coil_group group;        /* open, of the conductor                               */
    coil_as_completed ended; /* opened for the task                              */
    coil_file *file;         /* open                                                 */
    coil_timeout limit;      /* entered by the conductor                             */
} a;

static COIL_ASYNC(moment)
{
    return coil_sleep(0.002);
}

static int settle(void *arg)
{
    coil_future_set_result(arg, NULL);
    return 0;
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static int nothing_for_task(coil_task *t, void *arg)
{
    (void)t, (void)arg;
    return 0;
}

static int nothing_for_future(coil_future *f, void *arg)
{
    (void)f, (void)arg;
    return 0;
}

static void must(int good, const char *what)
{
    if (!good) {
        printf("contract_places: %s failed\n", what);
        exit(1);
    }
}

static int quiet(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop, (void)context, (void)arg;
    return 0;
}

static void prepare_sync(void);
static void give_back_sync(void);
static void prepare_streams(void);
static void give_back_streams(void);
static void prepare_datagrams(void);
static void give_back_datagrams(void);
static void prepare_watch(void);
static void give_back_watch(void);
static void prepare_loops(void);
static void give_back_loops(void);
static void prepare_child(void);
static void give_back_child(void);

static void prepare(void)
{
    prepare_sync();
    prepare_streams();
    prepare_datagrams();
    prepare_watch();
    prepare_loops();
    prepare_child();
    a.loop = coil_loop_running();
    must(coil_loop_new(NULL, &a.idle) == 0, "coil_loop_new");
    coil_loop_set_exception_handler(a.idle, quiet, NULL);
    must(coil_file_open("/dev/null", O_RDWR, 0, &a.file) == 0, "coil_file_open");
    /* nothing suspends between these and the call: they end after a moment, not before it */
    a.task = coil_task_ref(coil_create_task(moment()));
    a.future = coil_future_new();
    a.handle = coil_handle_ref(coil_call_later(0.002, settle, a.future));
    must(a.task && a.future && a.handle, "making a task, a future and a handle");
    must(coil_group_open(&a.group) == 0, "coil_group_open");
    must(coil_as_completed_open(&a.ended, &a.task, 1, COIL_FOREVER) == 0, "as_completed");
    must(coil_timeout_enter(&a.limit, COIL_FOREVER) == 0, "coil_timeout_enter");
}

static void give_back(void)
{
    give_back_sync();
    give_back_streams();
    give_back_datagrams();
    give_back_watch();
    give_back_loops();
    give_back_child();
    coil_as_completed_close(&a.ended);
    coil_ignore(coil_timeout_exit(&a.limit, 0));
    coil_ignore(coil_file_close(a.file));
    coil_ignore(coil_group_close(&a.group, 0));
    coil_handle_cancel(a.handle);
    coil_handle_unref(a.handle);
    coil_future_cancel(a.future);
    coil_future_unref(a.future);
    coil_ignore(coil_await(a.task)); /* takes the creator's handle */
    coil_task_unref(a.task);
    coil_loop_close(a.idle);
}

/* ---------------------------------------------------------------- what a row is made of ---- */

static int is_place_error(int status)
{
    return status == -COIL_ENOLOOP || status == -COIL_ENOTASK || status == -COIL_EWRONGTHREAD;
}

static int last_status; /* of the row that was called last; of_status sets it */

static enum outcome of_status(int status)
{
    last_status = status;
    return is_place_error(status) ? REFUSED : FINE;
}

static enum outcome of_pointer(const void *p)
{
    return p ? FINE : REFUSED;
}

/* A row gives a status, a pointer (NULL is its error), or nothing that could tell. */
#define STATUS(name, ...)                 \
    static enum outcome call_##name(void) \
    {                                     \
        return of_status(__VA_ARGS__);    \
    }
#define POINTER(name, ...)                \
    static enum outcome call_##name(void) \
    {                                     \
        return of_pointer(__VA_ARGS__);   \
    }
#define NOTHING(name, ...)                \
    static enum outcome call_##name(void) \
    {                                     \
        __VA_ARGS__;                      \
        return SILENT;                    \
    }
/* The table's entry: bare, on an object of loop A, or one that suspends (with and without such an object). */
#define BARE(name)               \
    {                            \
#name, call_##name, 0, 0 \
    }
#define OBJECT(name)             \
    {                            \
#name, call_##name, 1, 0 \
    }
#define SUSPENDS(name)           \
    {                            \
#name, call_##name, 0, 1 \
    }
#define SUSPENDS_OBJECT(name)    \
    {                            \
#name, call_##name, 1, 1 \
    }

#include "places/loop.h"
#include "places/task.h"
#include "places/context.h"
#include "places/generators.h"
#include "places/io.h"
#include "places/sync.h"
#include "places/streams.h"
#include "places/pipes.h"
#include "places/subprocess.h"
#include "places/threads.h"
#include "places/datagrams.h"
#include "places/fs.h"
#include "places/watch.h"
#include "places/loops.h"

static const struct row *const tables[] = {
    loop_rows, task_rows,     context_rows, io_rows, sync_rows,  stream_rows,    thread_rows,
    pipe_rows, datagram_rows, child_rows,   fs_rows, watch_rows, generator_rows, loops_rows};

/* ---------------------------------------------------------------- the places ---- */

static const char *word(enum outcome outcome)
{
    static const char *const words[] = {"fine", "refused", "silent"};
    return words[outcome];
}

static void say(const struct row *row, const char *place, const char *result)
{
    printf("%s %s %s\n", row->name, place, result);
}

/* Tells whether the loop went on while a call ran: what is queued before the call runs only if it suspended. */
static int mark(void *arg)
{
    *(int *)arg = 1;
    return 0;
}

typedef const struct row *row_ref;

static COIL_ASYNC(in_coroutine, (row_ref, row))
{
    static int went_on;
    went_on = 0;
    coil_handle *h = coil_handle_ref(coil_call_soon(mark, &went_on));
    enum outcome outcome = row->call();
    say(row, "coroutine", outcome == REFUSED || !went_on ? word(outcome) : "suspended");
    coil_handle_cancel(h);
    coil_handle_unref(h);
    return 0;
}

static int in_callback(void *arg)
{
    row_ref row = arg;
    say(row, "callback", word(row->call()));
    return 0;
}

static void *in_bare_thread(void *arg)
{
    row_ref row = arg;
    enum outcome outcome = row->call();
    say(row, "none", word(outcome));
    if (!row->object)
        say(row, "other", word(outcome)); /* there is no object to be on the wrong side of */
    return NULL;
}

static COIL_ASYNC(call_in_other_loop, (row_ref, row))
{
    say(row, "other", word(row->call()));
    return 0;
}

static void *in_thread_with_loop(void *arg)
{
    row_ref row = arg;
    must(coil_run(call_in_other_loop(row)) == 0, "the loop of another thread");
    return NULL;
}

static void in_thread(void *(*body)(void *), row_ref row)
{
    pthread_t thread;
    must(pthread_create(&thread, NULL, body, (void *)(size_t)row) == 0, "pthread_create");
    pthread_join(thread, NULL);
}

static COIL_ASYNC(to_be_cancelled, (row_ref, row))
{
    last_status = 0;
    (void)row->call();
    return coil_yield_now(); /* a cancellation that the call did not deliver comes out here */
}

static int cancel_row(row_ref row)
{
    coil_task *t = coil_task_ref(coil_create_task(to_be_cancelled(row)));
    int err = coil_yield_now(); /* it runs up to where it suspends */
    if (err < 0)
        return err;
    coil_task_cancel(t);
    err = coil_await(t);
    say(row, "cancel",
        last_status == -ECANCELED ? "cancelled"
        : err == -ECANCELED       ? "kept"
                                  : "lost");
    coil_task_unref(t);
    return 0;
}

static COIL_ASYNC(try_row, (row_ref, row))
{
    child.wanted = is_child_row(row);
    w.wanted = is_watch_row(row);
    prepare();
    int err = coil_await(coil_create_task(in_coroutine(row)));
    give_back();
    if (err < 0)
        return err;

    prepare();
    coil_call_soon(in_callback, (void *)(size_t)row);
    err = coil_yield_now();
    give_back();
    if (err < 0)
        return err;

    prepare();
    in_thread(in_bare_thread, row);
    give_back();
    if (row->object) {
        prepare();
        in_thread(in_thread_with_loop, row);
        give_back();
    }
    if (row->suspends) {
        prepare();
        err = cancel_row(row);
        give_back();
    }
    return err;
}

static COIL_ASYNC(conductor)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        for (const struct row *row = tables[i]; row->name; row++) {
            int err = coil_await(coil_create_task(try_row(row)));
            if (err < 0)
                return coil_fail(err, "%s: %s", row->name, coil_error_name(err));
        }
    }
    return 0;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* rows fork, and a crash should show the row */
    name_files();
    must(coil_runner_new(NULL, &a.runner) == 0, "coil_runner_new");
    int err = coil_runner_run(a.runner, conductor());
    if (err < 0)
        printf("contract_places: %s\n", coil_error_message(err));
    coil_runner_free(a.runner);
    remove_files();
    return err < 0;
}
