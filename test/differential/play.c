/* play.c FILE: runs a program of generate.py on Coil, on the virtual clock, and prints its trace: what play.py prints. */
#include <unistd.h>

#include "play.h"

/* ---------------------------------------------------------------- blocks ---- */

static int block(int at, int end, int me, coil_group *group);

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

COIL_ASYNC(play)
{
    char name[96];
    int err = open_world();
    if (err < 0)
        return err;
    coil_loop_set_exception_handler(coil_loop_running(), say_nothing, NULL);
    coil_handle_unref(coil_call_later(3000 * UNIT, deadlock, NULL));
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
    close_world();
    if (err < 0)
        printf("run: %s\n", coil_error_name(err));
    puts("closed");
    return 0;
}
