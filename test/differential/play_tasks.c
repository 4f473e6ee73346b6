/* play_tasks.c: the statements that make tasks, wait for them, cancel them and are told of their end. */
#include "play.h"

/* ---------------------------------------------------------------- making ---- */

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

int make_tasks(const struct line *l, int me, coil_group *group, char *outcome)
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

/* ---------------------------------------------------------------- one task ---- */

int task_statement(const struct line *l, int at, int me, char *outcome)
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

/* ---------------------------------------------------------------- callbacks ---- */

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

int callback_statement(const struct line *l, int me, int at, char *outcome)
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

/* ---------------------------------------------------------------- several tasks ---- */

/* Both of two tasks, or nobody; a task may be in both slots. */
int gather_tasks(const struct line *l, int me, char *outcome)
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

int as_completed(const struct line *l, int me, char *outcome)
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
