/* random programs of async generators that tasks share, some of which are cancelled */
#include "random.h"

enum { MADE = 3, WORKERS = 3 };

static struct {
    uint64_t seed;
    int ids;
    coil_generator *made[MADE];
} world;

COIL_DECLARE(body, (int, depth));

static int pass_on(int me, int depth)
{
    int v, err;
    COIL_GENERATOR(inner, body(depth), sizeof v);
    COIL_ASYNC_FOR(err, coil_generator_next(inner, &v))
    {
        tell("b%d inner %d", me, v);
        err = coil_generator_yield(&v, NULL);
        if (err < 0)
            break;
    }
    int closed = coil_generator_close(inner);
    return closed < 0 ? closed : err;
}

static int act(int me, int step, struct random *r, int depth)
{
    int item = me * 10 + step, what = below(r, 7);
    const void *got;
    if (what <= 2) {
        MUST(coil_generator_yield(&item, &got));
        if (got)
            tell("b%d got %d", me, *(const int *)got);
        else
            tell("b%d got None", me);
    } else if (what <= 4) {
        MUST(coil_sleep(0));
        tell("b%d slept", me);
    } else if (what == 5 && below(r, 5) == 0) {
        return -ENOENT;
    } else if (what == 6 && depth > 0) {
        return pass_on(me, depth - 1);
    }
    return 0;
}

int body(int depth)
{
    int me = ++world.ids, err = 0;
    struct random r = random_of(world.seed * 1000 + (uint64_t)me);
    tell("b%d begins", me);
    for (int step = 0, n = below(&r, 7); step < n && err >= 0; step++) {
        err = act(me, step, &r, depth);
        if (err == -EDOM) {
            tell("b%d caught", me);
            err = below(&r, 2) ? err : 0;
        }
    }
    tell("b%d cleans", me);
    MUST(coil_sleep(0));
    tell("b%d ends", me);
    return err;
}

/* What a request gave. Returns 0 or -ECANCELED. */
static int told(int w, int err, const int *item)
{
    if (err == -ECANCELED)
        return err;
    if (err > 0 && item)
        tell("w%d -> %d", w, *item);
    else if (err >= 0)
        tell("w%d -> None", w);
    else if (err == -COIL_ESTOPITERATION)
        tell("w%d -> Stop", w);
    else
        tell("w%d -> %s", w, error_of(err));
    return 0;
}

static int do_to(int w, struct random *r, int what, int k, coil_generator *g)
{
    int item = 0, sent = k + 1, err;
    if (what <= 4) {
        err = coil_generator_next(g, &item);
    } else if (what <= 6) {
        err = coil_generator_send(g, &sent, &item);
    } else if (what == 7 && below(r, 2) == 0) {
        if (coil_generator_state(g) == COIL_GENERATOR_CLOSED)
            return 0;
        err = coil_generator_throw(g, -EDOM, &item);
    } else if (what == 8 && below(r, 3) == 0) {
        return told(w, coil_generator_close(g), NULL);
    } else {
        return coil_sleep(0);
    }
    return told(w, err, &item);
}

COIL_ASYNC(worker, (int, w))
{
    struct random r = random_of(world.seed * 77 + (uint64_t)w);
    int err = 0;
    for (int k = 0; k < 10 && err >= 0; k++) {
        int i = below(&r, MADE), what = below(&r, 10);
        tell("w%d %d to %d", w, what, i);
        err = do_to(w, &r, what, k, world.made[i]);
    }
    tell(err < 0 ? "w%d cancelled" : "w%d done", w);
    return err;
}

COIL_ASYNC(play_one)
{
    coil_task *workers[WORKERS], *waited[WORKERS];
    struct random r = random_of(world.seed);
    trace_begin();
    for (int i = 0; i < MADE; i++)
        world.made[i] = coil_generator_new(body(1), sizeof(int));
    for (int w = 0; w < WORKERS; w++)
        waited[w] = workers[w] = coil_create_task(worker(w));
    for (int n = below(&r, 6); n > 0; n--) {
        for (int m = below(&r, 8); m > 0; m--)
            MUST(coil_sleep(0));
        int i = below(&r, 3);
        tell("cancel %d", i);
        coil_task_cancel(workers[i]);
    }
    MUST(coil_wait(waited, WORKERS, COIL_ALL_COMPLETED, COIL_FOREVER, NULL));
    for (int w = 0; w < WORKERS; w++)
        coil_ignore(coil_await(workers[w]));
    for (int i = 0; i < MADE; i++) {
        tell("close %d", i);
        told(9, coil_generator_close(world.made[i]), NULL);
    }
    played(world.seed);
    return 0;
}

static int play(uint64_t seed)
{
    world.seed = seed;
    world.ids = 0;
    return coil_run(play_one());
}

int main(int argc, char **argv)
{
    return play_seeds(argc, argv, play);
}
