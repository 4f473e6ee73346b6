/* conformance/by_hand_random.h: the program that more/generators_random and more/coroutines_random play, which differ in what a body is
 * made of: MAKE a generator of a call, DELEGATE to another body, yield NOTHING. */
#ifndef CONFORMANCE_BY_HAND_RANDOM_H
#define CONFORMANCE_BY_HAND_RANDOM_H

#include "random.h"

enum { MADE = 4, STEPS = 50 };

struct world {
    uint64_t seed;
    int ids;
};
typedef struct world *world_ref;

COIL_DECLARE(body, (world_ref, world), (int, depth), (int, ret, out));

static int act(world_ref world, int me, int step, struct random *r, int depth, bool *ret_done)
{
    int item = me * 10 + step, v = 0, err, what = below(r, 7);
    const void *got;
    if (what <= 2) {
        MUST(coil_generator_yield(&item, &got));
        if (got)
            tell("b%d got %d", me, *(const int *)got);
        else
            tell("b%d got None", me);
    } else if (what == 3 && depth > 0) {
        DELEGATE(err, body(world, depth - 1, &v));
        MUST(err);
        tell("b%d inner %d", me, v);
    } else if (what == 4 && below(r, 3) == 0) {
        return -ENOENT;
    } else if (what == 5) {
        *ret_done = below(r, 2) == 0;
    } else if (what == 6) {
        MUST(NOTHING);
        tell("b%d goes on", me);
    }
    return 0;
}

int body(world_ref world, int depth, int *ret)
{
    int me = ++world->ids, err = 0;
    bool done = false;
    struct random r = random_of(world->seed * 1000 + (uint64_t)me);
    tell("b%d begins", me);
    for (int step = 0, n = below(&r, 6); step < n && err >= 0 && !done; step++) {
        err = act(world, me, step, &r, depth, &done);
        if (err == -EDOM) {
            tell("b%d caught", me);
            err = below(&r, 2) ? err : 0;
        }
    }
    tell("b%d ends", me);
    *ret = me;
    return err;
}

struct one {
    coil_generator *g;
    int value; /* lands at its end */
};

/* What a request gave. */
static void told(struct one *one, bool had_ended, int err, int item)
{
    if (err > 0)
        tell("-> %d", item);
    else if (err == 0)
        tell("-> None");
    else if (err != -COIL_ESTOPITERATION)
        tell("-> %s", error_of(err));
    else if (had_ended)
        tell("-> Stop None");
    else
        tell("-> Stop %d", one->value);
}

static void told_close(struct one *one, int err)
{
    if (err < 0)
        tell("-> %s", error_of(err));
    else if (one->value)
        tell("-> %d", one->value);
    else
        tell("-> None");
}

static void do_to(struct world *world, struct random *r, int what, int k, struct one *one)
{
    enum { NO_REQUEST = 2 };
    int item = 0, sent = k + 1, err = NO_REQUEST;
    bool ended = coil_generator_state(one->g) == COIL_GENERATOR_CLOSED;
    if (what <= 4)
        err = coil_generator_send(one->g, NULL, &item);
    else if (what <= 6)
        err = coil_generator_send(one->g, &sent, &item);
    else if (what == 7)
        err = coil_generator_throw(one->g, -EDOM, &item);
    else if (what == 8 && below(r, 3) == 0)
        err = coil_generator_throw(one->g, -ENOENT, &item);
    else if (what == 11 && below(r, 4) == 0)
        err = coil_generator_throw(one->g, -COIL_EGENERATOREXIT, &item);
    if (err != NO_REQUEST)
        told(one, ended, err, item);
    if (what == 9 && below(r, 2) == 0) {
        one->value = 0;
        told_close(one, coil_generator_close(one->g));
    }
    if (what == 10) {
        coil_generator_free(one->g);
        one->g = MAKE(body(world, 2, &one->value));
    }
}

static int play(uint64_t seed)
{
    static const char *const states[] = {"CREATED", "RUNNING", "SUSPENDED", "CLOSED"};
    struct world world = {.seed = seed};
    struct one made[MADE];
    struct random r = random_of(seed);
    trace_begin();
    for (int i = 0; i < MADE; i++)
        made[i].g = MAKE(body(&world, 2, &made[i].value));
    for (int k = 0; k < STEPS; k++) {
        int i = below(&r, MADE), what = below(&r, 12);
        tell("%d to %d, %s", what, i, states[coil_generator_state(made[i].g)]);
        do_to(&world, &r, what, k, &made[i]);
    }
    for (int i = 0; i < MADE; i++) {
        tell("free %d", i);
        coil_generator_free(made[i].g);
    }
    played(seed);
    return 0;
}

int main(int argc, char **argv)
{
    return play_seeds(argc, argv, play);
}

#endif
