/* The engine alone: what completes while room is made in a full ring, when the kernel takes nothing before completions are collected. */
#include "base/faults.h"
#include "engine.h"

enum { MOST = 256 }; /* entries of the larger ring */

static struct {
    struct probe nops[MOST];
    int n;
} filling;

/* Fills the submission ring, and makes the flush of the next operation fail. False: this build can't. */
static bool fill_up(struct coil__backend *b, int variant)
{
    filling.n = variants[variant].entries ? (int)variants[variant].entries : MOST;
    if (coil__faults_start() < 0)
        return false;
    memset(filling.nops, 0, sizeof filling.nops);
    for (int i = 0; i < filling.n; i++) {
        filling.nops[i].op.code = COIL__OP_NOP;
        engine_submit(b, &filling.nops[i]);
    }
    coil__faults_plan("io_uring_submit", 1, EBUSY, false);
    return true;
}

/* Everything is told, and nothing twice. */
static void empty(struct coil__backend *b, int variant)
{
    if (strcmp(variants[variant].name, "uring") == 0)
        ck_assert_uint_eq(coil__faults_hits(), 1);
    coil__faults_stop();
    while (b->in_flight > 0) {
        ck_assert_int_ge(b->ops->poll(b, 100000000), 0);
        ck_assert_uint_le(b->in_flight, MOST + 4); /* what is told twice is counted below zero */
    }
    engine_look(b);
    ck_assert_uint_eq(b->in_flight, 0);
    for (int i = 0; i < filling.n; i++)
        ck_assert_int_eq(filling.nops[i].told, 1);
}

START_TEST(what_completes_while_room_is_made_for_its_cancel_is_told_once)
{
    struct coil__backend *b = engine_open(_i);
    int pair[2];
    char buf[8];
    engine_pair(pair);
    struct probe r = {.op = {.code = COIL__OP_RECV, .fd = pair[0], .buf = buf, .len = 8}};
    engine_submit(b, &r);
    engine_look(b);
    if (fill_up(b, _i)) {
        ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
        engine_cancel(b, &r);
        empty(b, _i);
        ck_assert_int_eq(r.told, 1);
        ck_assert(r.result == 1 || r.result == -ECANCELED);
    } else {
        engine_cancel(b, &r);
        engine_finish(b, &r);
    }
    engine_close_fd(b, pair[0]);
    engine_close_fd(b, pair[1]);
    engine_close(b);
}
END_TEST

START_TEST(what_completes_while_a_close_makes_room_is_told_once_and_before_it)
{
    struct coil__backend *b = engine_open(_i);
    int pair[2];
    char buf[8];
    engine_pair(pair);
    /* the one in the middle completes while the first is being cancelled */
    struct probe p[3] = {{.op = {.code = COIL__OP_POLL, .fd = pair[0], .events = POLLPRI}},
                         {.op = {.code = COIL__OP_RECV, .fd = pair[0], .buf = buf, .len = 8}},
                         {.op = {.code = COIL__OP_POLL, .fd = pair[0], .events = POLLPRI}}};
    struct probe close = {.op = {.code = COIL__OP_CLOSE, .fd = pair[0]}};
    for (int i = 0; i < 3; i++)
        engine_submit(b, &p[i]);
    engine_look(b);
    if (fill_up(b, _i)) {
        ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
        engine_submit(b, &close);
        empty(b, _i);
        for (int i = 0; i < 3; i++)
            ck_assert_int_eq(p[i].told, 1);
        ck_assert_int_eq(p[0].result, -EBADF);
        ck_assert(p[1].result == 1 || p[1].result == -EBADF);
        ck_assert_int_eq(p[2].result, -EBADF);
        ck_assert_int_eq(close.told, 1);
        ck_assert_int_eq(close.result, 0);
    } else {
        engine_submit(b, &close);
        ck_assert_int_eq(engine_finish(b, &close), 0);
    }
    engine_close_fd(b, pair[1]);
    engine_close(b);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("engine_room");
    engine_add(t, what_completes_while_room_is_made_for_its_cancel_is_told_once);
    engine_add(t, what_completes_while_a_close_makes_room_is_told_once_and_before_it);
    return test_main("engine_room", t);
}
