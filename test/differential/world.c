/* world.c: the program that is played, the things that its statements share, and the lines of the trace. */
#include <math.h>
#include <stdlib.h>

#include "play.h"

/* ---------------------------------------------------------------- the program ---- */

struct line lines[MAX_LINES];
int n_lines, starts[16];

bool load(const char *path)
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

int end_of(int at)
{
    for (int depth = 1; depth > 0;) {
        at++;
        depth += lines[at].opens - is(&lines[at], "}");
    }
    return at;
}

/* ---------------------------------------------------------------- its world ---- */

coil_lock locks[2];
coil_semaphore semaphores[2];
coil_event events[2];
coil_condition conditions[2];
coil_queue queues[2];
coil_barrier barriers[2];
coil_future *futures[2];
struct slot slots[SLOTS];
int created;
bool ending;
bool owed[FULL + 8];
static double began;

int open_world(void)
{
    int err = 0;
    began = coil_time();
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
    return err;
}

void close_world(void)
{
    for (int i = 0; i < SLOTS; i++)
        slots[i].task = NULL; /* the loop has gone, and the handles with it */
    for (int i = 0; i < 2; i++)
        coil_queue_done(&queues[i]);
}

/* ---------------------------------------------------------------- the trace, and tasks by slot ---- */

const char *name_of(int err, char buf[96])
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

void tell(int me, int at, const char *outcome)
{
    owed[me] = owed[me] && !strstr(outcome, "cancelled(") && !strstr(outcome, "timeout");
    printf("%ld t%d %d %s: %s\n", lround((coil_time() - began) / UNIT), me, at + 1, lines[at].text,
           outcome);
}

bool room_for(int n)
{
    return !ending && created + n <= FULL;
}

coil_task *later(int me, int slot)
{
    return slots[slot].task && slots[slot].index > me ? slots[slot].task : NULL;
}

int keep(int slot, coil_task *task)
{
    if (!task)
        return coil_await(NULL);
    if (slots[slot].task)
        coil_task_unref(slots[slot].task);
    slots[slot].task = coil_task_ref(task);
    slots[slot].index = created;
    return 0;
}
