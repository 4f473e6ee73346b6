/* work/team.c: coil_run_threads: n threads, each with a loop; their calls are the tasks of one group.
 *
 * The calling thread is the first of the team. Its main task opens a task group with a task for each thread: its own call, and one
 * coil_to_loop for each of the others; so what happens when one of them fails is what a group does. The loops of the others are run by a main
 * task that only waits to be told to stop. The order of a life:
 *
 *   1. every thread makes its loop and waits at the gate; if one can't, all leave
 *   2. the gate opens; the group runs
 *   3. the group has closed: all are told to stop; each loop shuts down, side by side, because what is left over in one may still
 *      wait for another; then the threads are joined
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sys.h"
#include "coil/group.h"
#include "loop/callbacks.h"
#include "task/task.h"
#include "work/errand.h"

enum { MOST = 255, CLOSED = 0, OPEN = 1, GIVEN_UP = -1 };

struct member {
    struct team *team;
    pthread_t thread; /* of all but the first */
    int index;
    coil_runner *runner;
    coil_loop *loop;
    int status; /* of making its loop */
    struct coil__error *error;
    struct coil__post stop; /* tells it to stop */
    struct coil__task *main;
    bool stopped;
};

struct team {
    pthread_mutex_t lock;
    pthread_cond_t change;
    int ready; /* members that have a loop, or an error */
    int gate;  /* CLOSED, OPEN, GIVEN_UP                */
    int n;
    const coil_call *calls;
    const coil_loop_options *options;
    const char *file;
    int line;
    int *statuses;             /* or NULL */
    bool begun;                /* the calls are used */
    struct coil__task *leader; /* while the group is open; the first thread's only */
    struct member *members;
};

static __thread struct member *here;

/* ---------------------------------------------------------------- the other threads ---- */

static const struct coil__wait_kind member_kind = {"coil_run_threads", coil__park_cancel, NULL,
                                                   COIL__RESTS_NOT};

/* The main task of a loop that serves the team: only the team ends it. */
static int attend(void *arg)
{
    struct member *m = arg;
    m->main = coil__current();
    while (!m->stopped)
        coil_ignore(coil__park(NULL, &member_kind, NULL));
    m->main = NULL;
    return 0;
}

static int stop(void *arg)
{
    struct member *m = arg;
    m->stopped = true;
    if (m->main)
        coil__unpark(m->main);
    return 0;
}

static int warm_up(void *arg)
{
    (void)arg;
    return 0;
}

/* One that has run a task: it has the memory and the stack for its main task, so that what is lacking is known before the gate. */
static void make_loop(struct member *m)
{
    m->status = coil_runner_new(m->team->options, &m->runner);
    if (m->status >= 0)
        m->status = coil__runner_open(m->runner, &m->loop);
    if (m->status >= 0 && m->index > 0)
        m->status = coil__public_runner_run(m->runner, coil__async_coil_apply(warm_up, NULL),
                                            __FILE__, __LINE__);
    if (m->status < 0)
        m->error = coil__error_ref(coil__error_current(m->status));
}

static int wait_at_gate(struct team *team)
{
    pthread_mutex_lock(&team->lock);
    team->ready++;
    pthread_cond_broadcast(&team->change);
    while (team->gate == CLOSED)
        pthread_cond_wait(&team->change, &team->lock);
    int gate = team->gate;
    pthread_mutex_unlock(&team->lock);
    return gate;
}

static void *run_member(void *arg)
{
    struct member *m = arg;
    here = m;
    make_loop(m);
    if (wait_at_gate(m->team) == OPEN) /* a loop that breaks fails the call that runs in it */
        coil_ignore(coil__public_runner_run(m->runner, coil__async_coil_apply(attend, m), __FILE__,
                                            __LINE__));
    coil_runner_free(m->runner);
    coil__error_put(NULL);
    here = NULL;
    return NULL;
}

static int start_member(struct member *m)
{
    char name[16];
    int err = coil__sys_pthread_create(&m->thread, NULL, run_member, m);
    if (err)
        return -err;
    snprintf(name, sizeof name, "coil-loop-%d", m->index);
    pthread_setname_np(m->thread, name);
    return 0;
}

/* ---------------------------------------------------------------- the group ---- */

static int create_tasks(struct team *team, coil_group *g, coil_task **tasks)
{
    team->begun = true;
    for (int i = 0; i < team->n; i++) {
        coil_call call = team->calls[i];
        coil__errand_route(&call, team->members[i].loop);
        coil_task *t = coil__public_group_create_task(g, &call, team->file, team->line);
        if (!t) {
            for (int j = i + 1; j < team->n; j++)
                coil__call_drop(&team->calls[j]);
            return coil_await(NULL);
        }
        tasks[i] = coil_task_ref(t);
    }
    return 0;
}

/* The main task of the first loop. */
static int lead(void *arg)
{
    struct team *team = arg;
    coil_group g;
    coil_task **tasks = coil__calloc((size_t)team->n, sizeof *tasks);
    int err = tasks ? coil_group_open(&g) : -ENOMEM;
    team->leader = coil__current();
    if (err >= 0)
        err = coil_group_close(&g, create_tasks(team, &g, tasks));
    team->leader = NULL;
    for (int i = 0; tasks && i < team->n; i++) {
        if (tasks[i] && team->statuses)
            team->statuses[i] = coil_task_status(tasks[i]);
        coil_task_unref(tasks[i]);
    }
    coil__free(tasks);
    return err;
}

/* ---------------------------------------------------------------- the team ---- */

/* Starts the others and waits until each has a loop or an error. Returns 0, or the first error; *ret_started threads run. */
static int gather_team(struct team *team, int *ret_started)
{
    int err = 0, started = 1;
    for (; started < team->n && err >= 0; started += err >= 0)
        err = start_member(&team->members[started]);
    pthread_mutex_lock(&team->lock);
    while (team->ready < started - 1)
        pthread_cond_wait(&team->change, &team->lock);
    for (int i = 1; i < started && err >= 0; i++) {
        struct member *m = &team->members[i];
        err = m->status;
        if (err < 0)
            coil__error_put(coil__error_ref(m->error));
    }
    team->gate = err < 0 ? GIVEN_UP : OPEN;
    pthread_cond_broadcast(&team->change);
    pthread_mutex_unlock(&team->lock);
    *ret_started = started;
    return err;
}

static int run_team(struct team *team)
{
    struct member *first = &team->members[0];
    struct member *before = here;
    int started = 1;
    here = first;
    make_loop(first);
    int err = first->status;
    if (err >= 0)
        err = gather_team(team, &started);
    if (err >= 0)
        err = coil__public_runner_run(first->runner, coil__async_coil_apply(lead, team), team->file,
                                      team->line);
    struct coil__error *kept = coil__error_ref(coil__error_current(err));
    for (int i = 1; i < started; i++)
        if (team->members[i].loop)
            coil__loop_post_in(&team->members[i].stop, team->members[i].loop, stop,
                               &team->members[i], NULL);
    coil_runner_free(first->runner);
    for (int i = 1; i < started; i++)
        pthread_join(team->members[i].thread, NULL);
    for (int i = 0; i < started; i++)
        coil__error_unref(team->members[i].error);
    here = before;
    coil__error_put(kept);
    return err;
}

/* They count as used, although nothing ran. */
static void drop_calls(const struct team *team)
{
    for (int i = 0; i < team->n; i++)
        coil__call_drop(&team->calls[i]);
}

static int run_calls(struct team *team)
{
    if (coil__here.loop)
        return coil_fail(-COIL_ELOOPRUNNING, "a loop can't be run inside a running loop");
    team->members = coil__calloc((size_t)team->n, sizeof *team->members);
    if (!team->members) {
        drop_calls(team);
        return -ENOMEM;
    }
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->change, NULL);
    for (int i = 0; i < team->n; i++) {
        team->members[i].team = team;
        team->members[i].index = i;
    }
    int err = run_team(team);
    if (!team->begun)
        drop_calls(team);
    pthread_cond_destroy(&team->change);
    pthread_mutex_destroy(&team->lock);
    coil__free(team->members);
    return err;
}

/* ---------------------------------------------------------------- public ---- */

static int cpus(void)
{
    cpu_set_t set;
    if (coil__sys_sched_getaffinity(0, sizeof set, &set) < 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n < 1 ? 1 : n > MOST ? MOST : n;
}

static int check(int n)
{
    return n >= 1 && n <= MOST
               ? 0
               : coil_fail(-EINVAL, "coil_run_threads: %d threads: expected 1 to %d", n, MOST);
}

int coil__public_run_threads(int n, coil_call call, const coil_loop_options *options,
                             const char *file, int line)
{
    n = n == 0 ? cpus() : n;
    int err = coil__call_claim(&call);
    if (err >= 0)
        err = check(n);
    if (err < 0)
        return err;
    coil_call *calls = coil__calloc((size_t)n, sizeof *calls);
    if (!calls)
        return -ENOMEM;
    call.ticket = 0; /* it was used here; the copies are not counted */
    for (int i = 0; i < n; i++)
        calls[i] = call;
    struct team team = {.n = n, .calls = calls, .options = options, .file = file, .line = line};
    err = run_calls(&team);
    coil__free(calls);
    return err;
}

int coil_run_threads_n(const coil_call *calls, int n, const coil_loop_options *options,
                       int *ret_statuses)
{
    int err = calls ? check(n) : -EINVAL;
    if (err < 0)
        return err;
    struct team team = {.n = n,
                        .calls = calls,
                        .options = options,
                        .file = __FILE__,
                        .line = __LINE__,
                        .statuses = ret_statuses};
    return run_calls(&team);
}

/* In the first loop. */
static int cancel_leader(void *arg)
{
    struct team *team = arg;
    if (team->leader)
        coil__task_cancel(team->leader, NULL);
    return 0;
}

int coil_cancel_threads(void)
{
    if (!here)
        return coil_fail(-COIL_EINVALIDSTATE, "this is no thread of a coil_run_threads");
    int err = coil__loop_post(here->team->members[0].loop, cancel_leader, here->team, NULL);
    return err == -COIL_ELOOPCLOSED ? -COIL_EINVALIDSTATE : err;
}

int coil_thread_index(void)
{
    return here ? here->index : -1;
}

int coil_thread_count(void)
{
    return here ? here->team->n : 0;
}

coil_loop *coil_thread_loop(int index)
{
    return here && index >= 0 && index < here->team->n ? here->team->members[index].loop : NULL;
}
