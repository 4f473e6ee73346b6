/* test/unit/engine.h: one suite over backend.h for io_uring, a ring of two entries, epoll, and the simulation over it.
 *
 * A probe is an operation that counts how often it was told. Each test is a loop test whose _i is the variant.
 */
#ifndef TEST_UNIT_ENGINE_H
#define TEST_UNIT_ENGINE_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "engine/backend.h"
#include "harness.h"

static const struct variant {
    const char *name;
    unsigned entries;
} variants[] = {{"epoll", 0}, {"uring", 0}, {"uring", 2}, {"sim", 0}};
enum { VARIANTS = 4 };

struct probe {
    struct coil__op op;
    int told, result;
    void (*then)(struct probe *p); /* called from done(); may be NULL */
    struct coil__backend *b;
};

static inline void probe_done(struct coil__op *op)
{
    struct probe *p = COIL__CONTAINER(op, struct probe, op);
    p->told++;
    p->result = op->result;
    if (p->then)
        p->then(p);
}

static inline struct coil__backend *engine_open(int variant)
{
    struct coil__backend_options options = {.entries = variants[variant].entries};
    struct coil__backend *b = NULL;
    int err = coil__backend_open(variants[variant].name, &options, &b);
    ck_assert_msg(err == 0, "%s: %d", variants[variant].name, err);
    return b;
}

static inline void engine_close(struct coil__backend *b)
{
    ck_assert_uint_eq(b->in_flight, 0);
    b->ops->close(b);
}

/* Accepts an operation; promise (a): it is not told in here. */
static inline void engine_submit(struct coil__backend *b, struct probe *p)
{
    p->op.done = probe_done;
    p->b = b;
    int told = p->told;
    uint32_t before = b->in_flight;
    b->ops->submit(b, &p->op);
    ck_assert_int_eq(p->told, told);
    ck_assert_uint_eq(b->in_flight, before + 1);
}

static inline void engine_cancel(struct coil__backend *b, struct probe *p)
{
    int told = p->told;
    b->ops->cancel(b, &p->op);
    ck_assert_int_eq(p->told, told);
}

/* Polls until p was told. Bounded by the test's alarm, not by time. */
static inline int engine_finish(struct coil__backend *b, struct probe *p)
{
    for (int rounds = 0; p->told == 0 && rounds < 10000; rounds++)
        ck_assert_int_ge(b->ops->poll(b, 100000000), 0);
    ck_assert_int_eq(p->told, 1);
    p->told = 0;
    return p->result;
}

/* Looks for completions without waiting for any, often enough for what is ready to be seen. */
static inline void engine_look(struct coil__backend *b)
{
    for (int i = 0; i < 20; i++)
        ck_assert_int_ge(b->ops->poll(b, i < 10 ? 0 : 1000000), 0);
}

static inline int engine_run(struct coil__backend *b, struct coil__op op)
{
    struct probe p = {.op = op};
    engine_submit(b, &p);
    return engine_finish(b, &p);
}

/* A read or write that has done `got` of `want` bytes goes on until it has done them, or fails: the simulation does a part at times. */
static inline int engine_rest(struct coil__backend *b, struct coil__op op, int got, int want)
{
    for (int n = got; n > 0 && got < want; got += n) {
        op.buf = (char *)op.buf + n;
        op.len -= (uint32_t)n;
        n = engine_run(b, op);
        if (n <= 0)
            return n;
    }
    return got;
}

static inline void engine_pair(int *pair)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
}

static inline int engine_close_fd(struct coil__backend *b, int fd)
{
    return engine_run(b, (struct coil__op){.code = COIL__OP_CLOSE, .fd = fd});
}

/* Adds a test for each variant that this machine has, and whatever it is run under (Valgrind knows no io_uring). */
static inline void engine_add(TCase *t, const TTest *test)
{
    const char *no_uring = getenv("COIL_TEST_NO_URING");
    for (int i = 0; i < VARIANTS; i++) {
        if (no_uring && *no_uring && strcmp(variants[i].name, "uring") == 0)
            continue;
        struct coil__backend_options options = {.entries = variants[i].entries};
        struct coil__backend *b;
        if (coil__backend_open(variants[i].name, &options, &b) < 0) {
            printf("%s is not to be had here\n", variants[i].name);
            continue;
        }
        b->ops->close(b);
        _tcase_add_test(t, test, 0, 0, i, i + 1);
    }
}

#endif
