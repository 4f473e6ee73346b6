/* play.c FILE: runs a program of generate.py on Coil, on the virtual clock, and prints its trace: what play.py prints. */
#include <coil.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNIT (1.0 / 64)
enum { FULL = 150, MAX_LINES = 1000, SLOTS = 6, KEPT = 2 * FULL };

/* ---------------------------------------------------------------- the program ---- */

struct line {
    char kind[16], text[80];
    int n, arg[4];
    bool opens;
};
static struct line lines[MAX_LINES];
static int n_lines, starts[16];

static bool load(const char *path)
{
    char text[256];
    FILE *f = fopen(path, "r");
    while (f && n_lines < MAX_LINES && fgets(text, sizeof text, f)) {
        struct line *l = &lines[n_lines++];
        char *words[8] = {""}, *rest = NULL;
        int n = 0;
        for (char *w = strtok_r(text, " \n", &rest); w && n < 8; w = strtok_r(NULL, " \n", &rest))
            words[n++] = w;
        snprintf(l->kind, sizeof l->kind, "%s", words[0]);
        size_t at = 0;
        for (int i = 0; i < n; i++)
            at += (size_t)snprintf(l->text + at, sizeof l->text - at, i ? " %s" : "%s", words[i]);
        l->opens = strcmp(words[n - 1], "{") == 0;
        for (int i = 1; i < n - l->opens && i < 5; i++)
            l->arg[l->n++] = atoi(words[i]);
        if (strcmp(l->kind, "procedure") == 0)
            starts[l->arg[0]] = n_lines;
    }
    if (f)
        fclose(f);
    return n_lines > 0;
}

static bool is(const struct line *l, const char *kind)
{
    return strcmp(l->kind, kind) == 0;
}

static int end_of(int at)
{
    for (int depth = 1; depth > 0;) {
        at++;
        depth += lines[at].opens - is(&lines[at], "}");
    }
    return at;
}

/* ---------------------------------------------------------------- its world ---- */

static coil_lock locks[2];
static coil_semaphore semaphores[2];
static coil_event events[2];
static coil_condition conditions[2];
static coil_queue queues[2];
static coil_barrier barriers[2];
static coil_future *futures[2];
static struct {
    coil_task *task; /* a reference */
    int index;
} slots[SLOTS];
static int created;
static bool ending;
static bool owed[FULL + 8]; /* by index: it has cancelled itself and was not told yet */
static double began;

static const char *name_of(int err, char buf[96])
{
    const coil_error *e = coil_error_get(err);
    const char *name = err == -ETIMEDOUT             ? "timeout"
                       : err == -COIL_EQUEUEFULL     ? "full"
                       : err == -COIL_EQUEUEEMPTY    ? "empty"
                       : err == -COIL_EQUEUESHUTDOWN ? "shutdown"
                       : err == -COIL_EBROKENBARRIER ? "broken"
                       : err == -EINVAL              ? "value"
                       : err == -COIL_EINVALIDSTATE  ? "runtime"
                       : err >= 0                    ? "ok"
                                                     : NULL;
    if (err == -ECANCELED)
        snprintf(buf, 96, "cancelled(%s)",
                 e && strncmp(e->message, "by ", 3) == 0 ? e->message : "");
    else if (err <= -5001 && err >= -5003)
        snprintf(buf, 96, "raised %d", -err - 5000);
    else if (name)
        return name;
    else
        snprintf(buf, 96, "%s: %s", coil_error_name(err), coil_error_message(err));
    return buf;
}

static void tell(int me, int at, const char *outcome)
{
    owed[me] = owed[me] && !strstr(outcome, "cancelled(") && !strstr(outcome, "timeout");
    printf("%ld t%d %d %s: %s\n", lround((coil_time() - began) / UNIT), me, at + 1, lines[at].text,
           outcome);
}

static bool room_for(int n)
{
    return !ending && created + n <= FULL;
}

static coil_task *later(int me, int slot)
{
    return slots[slot].task && slots[slot].index > me ? slots[slot].task : NULL;
}

static int keep(int slot, coil_task *task)
{
    if (!task)
        return coil_await(NULL);
    if (slots[slot].task)
        coil_task_unref(slots[slot].task);
    slots[slot].task = coil_task_ref(task);
    slots[slot].index = created;
    return 0;
}

/* ---------------------------------------------------------------- statements ---- */

COIL_DECLARE(procedure, (int, number), (int, me));
static int block(int at, int end, int me, coil_group *group);

static int hold_lock(coil_lock *lock, int k)
{
    int err = coil_lock_acquire(lock);
    if (err < 0)
        return err;
    err = coil_sleep(k * UNIT);
    coil_ignore(coil_lock_release(lock));
    return err;
}

static int hold_semaphore(coil_semaphore *s, int k)
{
    int err = coil_semaphore_acquire(s);
    if (err < 0)
        return err;
    err = coil_sleep(k * UNIT);
    coil_ignore(coil_semaphore_release(s));
    return err;
}

static int with_condition(coil_condition *c, int notify)
{
    int err = coil_condition_acquire(c);
    if (err < 0)
        return err;
    err = notify ? coil_condition_notify(c, notify) : coil_condition_wait(c);
    coil_ignore(coil_condition_release(c));
    return err;
}

static int wait_for_slots(const struct line *l, int me, char *outcome)
{
    coil_task *tasks[2];
    int n = 0, done;
    for (int i = 2; i < 4; i++) {
        coil_task *t = later(me, l->arg[i]);
        if (t && (n == 0 || tasks[0] != t))
            tasks[n++] = t;
    }
    if (n == 0) {
        strcpy(outcome, "nobody");
        return 0;
    }
    int err = coil_wait(tasks, n, COIL_FIRST_COMPLETED + l->arg[0], l->arg[1] * UNIT, &done);
    if (err >= 0)
        sprintf(outcome, "%d of %d", done, n);
    return err;
}

static int gather(const struct line *l, int me, char *outcome, bool as_future)
{
    coil_call calls[4];
    int statuses[4];
    for (int i = 0; i < l->n; i++)
        calls[i] = COIL_CALL(procedure(l->arg[i], ++created));
    if (as_future) {
        coil_future *f = coil_gather_future_n(calls, l->n);
        if (!f)
            return coil_future_await(f, NULL);
        int err = coil_future_await(f, NULL);
        coil_future_unref(f);
        return err;
    }
    int asked = coil_task_cancelling(coil_current_task());
    int err = coil_gather_n(calls, l->n, statuses);
    if (err == -ECANCELED && (owed[me] || coil_task_cancelling(coil_current_task()) > asked))
        return err; /* not only a member was cancelled: the gather itself was */
    char name[96];
    for (int i = 0; i < l->n; i++)
        sprintf(outcome + strlen(outcome), i ? " %s" : "%s",
                statuses[i] == -ECANCELED ? "cancelled()" : name_of(statuses[i], name));
    return 0;
}

static int group_of(const struct line *l)
{
    coil_group g;
    int err = coil_group_open(&g);
    if (err < 0)
        return err;
    for (int i = 0; i < l->n && err >= 0; i++)
        if (!coil_group_create_task(&g, procedure(l->arg[i], ++created)))
            err = coil_await(NULL);
    return coil_group_close(&g, err);
}

static int make_tasks(const struct line *l, int me, coil_group *group, char *outcome)
{
    if (!room_for(l->n)) {
        strcpy(outcome, "no room");
        return 0;
    }
    if (is(l, "spawn")) {
        /* the creator's handle is left to whoever awaits the task first */
        return keep(l->arg[0], coil_create_task(procedure(l->arg[1], ++created)));
    }
    if (is(l, "go"))
        return keep(l->arg[0], coil_group_create_task(group, procedure(l->arg[1], ++created)));
    if (is(l, "call")) {
        created++;
        return procedure(l->arg[0], me);
    }
    if (is(l, "wait_for")) {
        created++;
        return coil_wait_for(procedure(l->arg[1], me), l->arg[0] * UNIT);
    }
    return is(l, "group_of") ? group_of(l) : gather(l, me, outcome, is(l, "gather_future"));
}

static int queue_statement(const struct line *l, int at, char *outcome)
{
    coil_queue *q = &queues[l->arg[0]];
    int item = at, err = 0;
    if (is(l, "put"))
        return coil_queue_put(q, &item);
    if (is(l, "put_nowait"))
        return coil_queue_put_nowait(q, &item);
    if (is(l, "task_done"))
        return coil_queue_task_done(q);
    if (is(l, "join"))
        return coil_queue_join(q);
    if (is(l, "shutdown")) {
        coil_queue_shutdown(q, l->arg[1]);
        return 0;
    }
    err = is(l, "get") ? coil_queue_get(q, &item) : coil_queue_get_nowait(q, &item);
    if (err >= 0)
        sprintf(outcome, "got %d", item);
    return err;
}

static int task_statement(const struct line *l, int at, int me, char *outcome)
{
    if (is(l, "cancelling")) {
        sprintf(outcome, "%d", coil_task_cancelling(coil_current_task()));
        return 0;
    }
    if (is(l, "uncancel")) {
        sprintf(outcome, "%d", coil_task_uncancel(coil_current_task()));
        return 0;
    }
    if (is(l, "wait"))
        return wait_for_slots(l, me, outcome);
    if (is(l, "wait_for_task")) {
        coil_task *t = later(me, l->arg[1]);
        if (t) {
            coil_task_ref(t);
            int err = coil_wait_for(coil_await(t), l->arg[0] * UNIT);
            coil_task_unref(t);
            return err;
        }
        strcpy(outcome, "nobody");
        return 0;
    }
    coil_task *t = is(l, "cancel") ? slots[l->arg[0]].task : later(me, l->arg[0]);
    if (!t) {
        strcpy(outcome, "nobody");
        return 0;
    }
    if (is(l, "cancel")) {
        char message[16];
        snprintf(message, sizeof message, "by %d", at + 1);
        int before = coil_task_cancelling(coil_current_task());
        strcpy(outcome, coil_task_cancel_msg(t, message) > 0 ? "asked" : "over");
        owed[me] |= coil_task_cancelling(coil_current_task()) > before;
        return 0;
    }
    coil_task_ref(t);
    int err = is(l, "await") ? coil_await(t) : coil_shield(t);
    coil_task_unref(t);
    return err;
}

struct note { /* for a callback; lives as long as the program */
    int me, at;
};

static struct note *note(int me, int at)
{
    static struct note notes[100000];
    static size_t n;
    if (n == sizeof notes / sizeof notes[0])
        return NULL;
    notes[n] = (struct note){me, at};
    return &notes[n++];
}

static const char *outcome_of(coil_task *t, char name[96])
{
    int status = coil_task_status(t);
    return !coil_task_done(t)     ? "running"
           : status == -ECANCELED ? "cancelled"
                                  : name_of(status, name);
}

static int tell_called(void *arg)
{
    const struct note *n = arg;
    tell(n->me, n->at, "called");
    return 0;
}

static int tell_end(coil_task *t, void *arg)
{
    const struct note *n = arg;
    char name[96], outcome[128];
    snprintf(outcome, sizeof outcome, "end of one: %s", outcome_of(t, name));
    tell(n->me, n->at, outcome);
    return 0;
}

static int callback_statement(const struct line *l, int me, int at, char *outcome)
{
    struct note *n = note(me, at);
    if (!n)
        return coil_fail(-ENOMEM, "too many callbacks");
    if (is(l, "soon"))
        return coil_call_soon(tell_called, n) ? 0 : -ENOMEM;
    if (is(l, "later"))
        return coil_call_later(l->arg[0] * UNIT, tell_called, n) ? 0 : -ENOMEM;
    coil_task *t = slots[l->arg[0]].task;
    if (!t)
        strcpy(outcome, "nobody");
    else if (is(l, "callback"))
        return coil_task_add_done_callback(t, tell_end, n);
    else {
        char name[96];
        strcpy(outcome, outcome_of(t, name));
    }
    return 0;
}

static int future_statement(const struct line *l, int at, char *outcome)
{
    coil_future *f = futures[l->arg[0]];
    char message[16];
    void *value = NULL;
    if (is(l, "future_new")) {
        coil_future_unref(f);
        futures[l->arg[0]] = coil_future_new();
        return futures[l->arg[0]] ? 0 : -ENOMEM;
    }
    if (is(l, "future_cancel")) {
        snprintf(message, sizeof message, "by %d", at + 1);
        strcpy(outcome, coil_future_cancel_msg(f, message) > 0 ? "asked" : "over");
        return 0;
    }
    if (is(l, "future_await") || is(l, "future_shield")) {
        coil_future_ref(f);
        int err =
            is(l, "future_await") ? coil_future_await(f, &value) : coil_future_shield(f, &value);
        coil_future_unref(f);
        if (err >= 0)
            sprintf(outcome, "value %ld", (long)(intptr_t)value);
        return err;
    }
    if (coil_future_done(f)) {
        strcpy(outcome, "done already");
        return 0;
    }
    if (is(l, "future_set"))
        return coil_future_set_result(f, (void *)(intptr_t)at);
    coil_ignore(coil_fail(-5000 - l->arg[1], "raised %d", l->arg[1]));
    return coil_future_set_error(f, -5000 - l->arg[1]);
}

/* Both of two tasks, or nobody; a task may be in both slots. */
static int gather_tasks(const struct line *l, int me, char *outcome)
{
    coil_task *tasks[2] = {later(me, l->arg[0]), later(me, l->arg[1])};
    if (!tasks[0] || !tasks[1]) {
        strcpy(outcome, "nobody");
        return 0;
    }
    coil_call calls[2];
    int statuses[2] = {0, 0}, err;
    for (int i = 0; i < 2; i++)
        calls[i] = COIL_CALL(coil_await(coil_task_ref(tasks[i])));
    if (is(l, "gather_held")) {
        coil_future *f = coil_gather_future_n(calls, 2);
        err = coil_future_await(f, NULL);
        if (f)
            coil_future_unref(f);
    } else {
        int asked = coil_task_cancelling(coil_current_task());
        err = coil_gather_n(calls, 2, statuses);
        if (err != -ECANCELED || !(owed[me] || coil_task_cancelling(coil_current_task()) > asked)) {
            char names[2][96];
            for (int i = 0; i < 2; i++)
                sprintf(outcome + strlen(outcome), i ? " %s" : "%s",
                        statuses[i] == -ECANCELED ? "cancelled()" : name_of(statuses[i], names[i]));
            err = 0;
        }
    }
    for (int i = 0; i < 2; i++)
        coil_task_unref(tasks[i]);
    return err;
}

static int as_completed(const struct line *l, int me, char *outcome)
{
    coil_task *tasks[2], *t;
    int n = 0;
    for (int i = 1; i < 3; i++) {
        t = later(me, l->arg[i]);
        if (t && (n == 0 || tasks[0] != t))
            tasks[n++] = t;
    }
    if (n == 0) {
        strcpy(outcome, "nobody");
        return 0;
    }
    coil_as_completed it;
    int err = coil_as_completed_open(&it, tasks, n, l->arg[0] * UNIT);
    if (err < 0)
        return err;
    strcpy(outcome, "ended");
    char name[96];
    while ((err = coil_as_completed_next(&it, &t)) >= 0)
        sprintf(outcome + strlen(outcome), " %s", outcome_of(t, name));
    coil_as_completed_close(&it);
    return err == -COIL_ESTOPITERATION ? 0 : err;
}

static int barrier_statement(const struct line *l, char *outcome)
{
    coil_barrier *b = &barriers[l->arg[0]];
    if (is(l, "reset"))
        return coil_barrier_reset(b);
    if (is(l, "abort"))
        return coil_barrier_abort(b);
    int err = coil_barrier_wait(b);
    if (err >= 0)
        sprintf(outcome, "came as %d", err);
    return err;
}

static int statement(int at, int me, coil_group *group, char *outcome)
{
    const struct line *l = &lines[at];
    int i = l->arg[0];
    if (is(l, "sleep"))
        return coil_sleep(i * UNIT);
    if (is(l, "lock"))
        return hold_lock(&locks[i], l->arg[1]);
    if (is(l, "semaphore"))
        return hold_semaphore(&semaphores[i], l->arg[1]);
    if (is(l, "event_wait"))
        return coil_event_wait(&events[i]);
    if (is(l, "event_set")) {
        coil_event_set(&events[i]);
        return 0;
    }
    if (is(l, "event_clear")) {
        coil_event_clear(&events[i]);
        return 0;
    }
    if (is(l, "condition_wait") || is(l, "notify"))
        return with_condition(&conditions[i], is(l, "notify") ? l->arg[1] : 0);
    if (is(l, "put") || is(l, "get") || is(l, "put_nowait") || is(l, "get_nowait") ||
        is(l, "task_done") || is(l, "join") || is(l, "shutdown"))
        return queue_statement(l, at, outcome);
    if (is(l, "barrier") || is(l, "reset") || is(l, "abort"))
        return barrier_statement(l, outcome);
    if (strncmp(l->text, "future_", 7) == 0)
        return future_statement(l, at, outcome);
    if (is(l, "soon") || is(l, "later") || is(l, "callback") || is(l, "outcome"))
        return callback_statement(l, me, at, outcome);
    if (is(l, "gather_tasks") || is(l, "gather_held"))
        return gather_tasks(l, me, outcome);
    if (is(l, "as_completed"))
        return as_completed(l, me, outcome);
    if (is(l, "wait_for_task") || is(l, "uncancel") || is(l, "cancel") || is(l, "cancelling") ||
        is(l, "await") || is(l, "shield") || is(l, "wait"))
        return task_statement(l, at, me, outcome);
    if (is(l, "raise"))
        return coil_fail(-5000 - i, "raised %d", i);
    return make_tasks(l, me, group, outcome);
}

/* ---------------------------------------------------------------- blocks ---- */

static int nested(int at, int close, int me, char *outcome)
{
    const struct line *l = &lines[at];
    char name[96];
    int err;
    if (is(l, "timeout")) {
        COIL_TIMEOUT(limit, l->arg[0] * UNIT, err)
        {
            err = block(at + 1, close, me, NULL);
        }
        return err;
    }
    if (is(l, "group")) {
        COIL_TASK_GROUP(g, err)
        {
            err = block(at + 1, close, me, g);
        }
        return err;
    }
    err = block(at + 1, close, me, NULL);
    if (is(l, "catch") && err < 0 && err != -ECANCELED) {
        sprintf(outcome, "caught %s", name_of(err, name));
        return 0;
    }
    if (is(l, "swallow") && err == -ECANCELED && !ending) {
        coil_task *self = coil_current_task();
        if (coil_task_cancelling(self) > 0)
            coil_task_uncancel(self);
        sprintf(outcome, "swallowed %s", name_of(err, name));
        return 0;
    }
    if (is(l, "finally")) {
        int after = coil_sleep(UNIT);
        return after < 0 ? after : err;
    }
    return err;
}

static int block(int at, int end, int me, coil_group *group)
{
    while (at < end) {
        char outcome[512] = "", name[96];
        int close = lines[at].opens ? end_of(at) : at;
        int err =
            lines[at].opens ? nested(at, close, me, outcome) : statement(at, me, group, outcome);
        if (err < 0) {
            tell(me, at, name_of(err, name));
            return err;
        }
        tell(me, at, outcome[0] ? outcome : "ok");
        at = close + 1;
    }
    return 0;
}

int procedure(int number, int me)
{
    int end = starts[number];
    while (end < n_lines && !is(&lines[end], "procedure"))
        end++;
    return block(starts[number], end, me, NULL);
}

/* ---------------------------------------------------------------- the run ---- */

/* Tasks that wait for each other are still there: the only timer left is this one. */
static int deadlock(void *arg)
{
    (void)arg;
    puts("deadlock");
    _exit(0);
}

static int say_nothing(coil_loop *loop, const coil_exception_context *context, void *arg)
{
    (void)loop;
    (void)context;
    (void)arg;
    return 0;
}

static void give_back(void)
{
    for (int i = 0; i < SLOTS; i++)
        slots[i].task = NULL; /* the loop has gone, and the handles with it */
    for (int i = 0; i < 2; i++)
        coil_queue_done(&queues[i]);
}

COIL_ASYNC(play)
{
    char name[96];
    int err = 0;
    began = coil_time();
    coil_loop_set_exception_handler(coil_loop_running(), say_nothing, NULL);
    coil_handle_unref(coil_call_later(3000 * UNIT, deadlock, NULL));
    for (int i = 0; i < 2 && err >= 0; i++) {
        coil_lock_init(&locks[i]);
        coil_event_init(&events[i]);
        futures[i] = coil_future_new();
        coil_condition_init(&conditions[i], NULL);
        err = coil_semaphore_init(&semaphores[i], 1 + i);
        if (err >= 0)
            err = coil_queue_init(&queues[i], sizeof(int), (size_t)(1 + i));
        if (err >= 0)
            err = coil_barrier_init(&barriers[i], 2 + i);
    }
    if (err < 0)
        return err;
    COIL_TIMEOUT(limit, 2000 * UNIT, err)
    {
        err = procedure(0, 0);
    }
    ending = true;
    printf("main: %s\n", name_of(err, name));
    return 0;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    coil_loop_options options = {.virtual_clock = 1, .stack_size = 512 * 1024};
    if (argc != 2 || !load(argv[1])) {
        fprintf(stderr, "play: a program of generate.py\n");
        return 2;
    }
    int err = coil_run_with(play(), &options);
    give_back();
    if (err < 0)
        printf("run: %s\n", coil_error_name(err));
    puts("closed");
    return 0;
}
