/* Workers gone mad: what one writes over the heads of shared blocks, over its slot, or instead of an answer, costs at most its own job. */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"

enum { WORKER_SOCKET = 3, HEAD = 64, SLOT = 8192 };

struct task_for_it {
    int way;
    coil_bytes lent;
};
struct result {
    coil_bytes bytes;
    int n;
};

static void say(const void *bytes, size_t n)
{
    if (send(WORKER_SOCKET, bytes, n, MSG_NOSIGNAL) < 0)
        _exit(1);
}

/* Leaves a child behind that holds the socket, and dies in the middle of an answer. */
static void die_and_leave_the_socket_open(void)
{
    if (fork() == 0) {
        nanosleep(&(struct timespec){2, 0}, NULL);
        _exit(0);
    }
    say("half", 4);
    _exit(5);
}

COIL_REMOTE(goes_mad, (struct task_for_it, in), (struct result, out))
{
    static const char garbage[4000] = {1, 2, 3, 4};
    char *lent = in->lent.data;
    switch (in->way) {
    case 0: /* an order that is none, in front of what it was lent */
        memset(lent - HEAD, 0x55, HEAD);
        break;
    case 1: /* the same in front of its own */
        coil_ignore(coil_bytes_new(10, &out->bytes));
        memset((char *)out->bytes.data - HEAD, 0xaa, HEAD);
        break;
    case 2: /* a pointer to nowhere */
        out->bytes = (coil_bytes){(void *)(uintptr_t)0x1234567890, 10};
        break;
    case 3: /* a pointer into the middle */
        out->bytes = (coil_bytes){lent + 128, 10};
        break;
    case 4: /* no answer at all, but much */
        memset(lent, 0xff, 40);
        say(lent, 40);
        _exit(0);
    case 5: /* something before the answer */
        say(garbage, sizeof garbage);
        break;
    case 6: /* after the head of a free block was written over, it is not given out */
        coil_ignore(coil_bytes_new(10, &out->bytes));
        lent = out->bytes.data;
        coil_bytes_free(&out->bytes);
        memset(lent - HEAD, 0x11, HEAD);
        break;
    default:
        die_and_leave_the_socket_open();
    }
    out->n = in->way;
    return 0;
}

COIL_REMOTE(counts, (int, in), (int, out))
{
    *out = *in + 1;
    return 0;
}

static void filled(size_t size, coil_bytes *b)
{
    ck_assert_int_eq(coil_bytes_new(size, b), 0);
    memset(b->data, 7, size);
}

COIL_ASYNC(with_a_mad_worker, (int, way), (int, expected))
{
    coil_pool *pool;
    coil_bytes kept, more[3];
    struct result result = {.n = -1};
    struct task_for_it it = {.way = way};
    filled(5000, &it.lent);
    filled(5000, &kept);
    ck_assert_int_eq(coil_process_pool_new(1, &pool), 0);
    ck_assert_int_eq(coil_pool_run(pool, goes_mad(&it, &result)), expected);
    ck_assert_int_eq(result.n, expected == 0 ? way : -1);
    ck_assert_int_lt((int)strlen(coil_error_message(expected)), 200);
    int n = 1;
    ck_assert_int_eq(coil_pool_run(pool, counts(&n, &n)), 0);
    ck_assert_int_eq(n, 2);
    coil_bytes_free(&result.bytes);
    ck_assert_ptr_null(result.bytes.data);
    coil_bytes_free(&it.lent);
    for (int i = 0; i < 3; i++)
        filled((size_t)1000 << 2 * i, &more[i]);
    for (size_t i = 0; i < kept.size; i++)
        ck_assert_int_eq(((char *)kept.data)[i], 7);
    for (int i = 0; i < 3; i++)
        coil_bytes_free(&more[i]);
    coil_bytes_free(&kept);
    coil_pool_free(pool);
    return 0;
}

START_TEST(a_worker_that_writes_over_shared_blocks_spoils_those_blocks_only)
{
    static const int ways[] = {0, 1, 2, 3, 6};
    ck_assert_int_eq(coil_run(with_a_mad_worker(ways[_i], 0)), 0);
}
END_TEST

START_TEST(what_is_no_answer_costs_one_job)
{
    ck_assert_int_eq(coil_run(with_a_mad_worker(_i, -COIL_EBROKENPOOL)), 0);
}
END_TEST

COIL_ASYNC(with_foreign_bytes)
{
    char local[256];
    coil_bytes b = {local + HEAD, 10};
    ck_assert_int_eq(coil_bytes_resize(&b, 20), -EINVAL);
    ck_assert_ptr_eq(b.data, local + HEAD);
    coil_bytes_free(&b);
    ck_assert_ptr_null(b.data);
    ck_assert_int_eq(coil_bytes_resize(&b, 20), 0);
    ck_assert_uint_eq(b.size, 20);
    coil_bytes_free(&b);
    return 0;
}

START_TEST(bytes_that_are_none_are_not_resized)
{
    ck_assert_int_eq(coil_run(with_foreign_bytes()), 0);
}
END_TEST

/* ---------------------------------------------------------------- slots ---- */

struct scribble {
    unsigned from, size;
    unsigned char value;
    int then; /* 0: it goes on; 1: it stays for long; 2: it dies */
};

COIL_REMOTE(scribbles, (struct scribble, in), (int, out))
{
    struct scribble it = *in;
    char *slot = (char *)((uintptr_t)out & ~(uintptr_t)(SLOT - 1));
    memset(slot + it.from, it.value, it.size);
    if (it.then == 1)
        nanosleep(&(struct timespec){0, 30000000}, NULL);
    if (it.then == 2)
        raise(SIGKILL);
    *out = 5;
    return 0;
}

/* Its only worker has nothing to do, so it gets the next job in its slot. */
static coil_pool *idle_pool(void)
{
    coil_pool *pool;
    int n = 1;
    ck_assert_int_eq(coil_process_pool_new(1, &pool), 0);
    ck_assert_int_eq(coil_pool_run(pool, counts(&n, &n)), 0);
    return pool;
}

COIL_ASYNC(survive, (const struct scribble *, it))
{
    coil_pool *pool = idle_pool();
    for (int i = 0; i < 2; i++) {
        int n = i, out = -1;
        ck_assert_int_eq(coil_pool_run(pool, counts(&n, &n)), 0);
        int err = coil_pool_run(pool, scribbles(it, &out));
        if (err < 0)
            ck_assert_int_eq(err, -COIL_EBROKENPOOL);
        ck_assert_int_eq(out, err < 0 ? -1 : 5);
        ck_assert_int_eq(coil_pool_run(pool, counts(&n, &n)), 0);
        ck_assert_int_eq(n, i + 2);
    }
    coil_pool_free(pool);
    return 0;
}

START_TEST(a_worker_that_writes_over_its_slot_spoils_its_own_job_at_most)
{
    static const unsigned char values[] = {0, 1, 0x55, 0xaa, 0xff, 0x09, 0x11};
    static const unsigned ranges[][2] = {{0, 4}, {64, 24}, {88, 24}, {64, 64}, {0, 128}, {0, SLOT}};
    for (size_t v = 0; v < sizeof values; v++) {
        for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
            struct scribble it = {ranges[r][0], ranges[r][1], values[v], _i};
            ck_assert_int_eq(coil_run(survive(&it)), 0);
        }
    }
}
END_TEST

struct place {
    uintptr_t slot;
    int is_there; /* the slot that it was asked about */
};

COIL_REMOTE(looks_around, (struct place, in), (struct place, out))
{
    out->slot = (uintptr_t)out & ~(uintptr_t)(SLOT - 1);
    void *other = (void *)(in->slot ? in->slot : out->slot);
    out->is_there = msync(other, SLOT, MS_ASYNC) == 0;
    return 0;
}

COIL_ASYNC(two_workers)
{
    coil_pool *one = idle_pool(), *two = idle_pool();
    struct place nowhere = {0, 0}, a, b, c;
    ck_assert_int_eq(coil_pool_run(one, looks_around(&nowhere, &a)), 0);
    ck_assert_int_eq(a.is_there, 1);
    ck_assert_int_eq(coil_pool_run(two, looks_around(&a, &b)), 0);
    ck_assert_int_eq(b.is_there, 0);
    ck_assert_uint_ne(a.slot, b.slot);
    ck_assert_int_eq(coil_pool_run(one, looks_around(&b, &c)), 0);
    ck_assert_int_eq(c.is_there, 0);
    coil_pool_free(one);
    coil_pool_free(two);
    return 0;
}

START_TEST(no_worker_has_the_slot_of_another)
{
    ck_assert_int_eq(coil_run(two_workers()), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("processes_mad");
    tcase_add_loop_test(t, a_worker_that_writes_over_shared_blocks_spoils_those_blocks_only, 0, 5);
    tcase_add_loop_test(t, what_is_no_answer_costs_one_job, 4, 6);
    tcase_add_loop_test(t, what_is_no_answer_costs_one_job, 7, 8);
    tcase_add_loop_test(t, a_worker_that_writes_over_its_slot_spoils_its_own_job_at_most, 0, 3);
    tcase_add_test(t, no_worker_has_the_slot_of_another);
    tcase_add_test(t, bytes_that_are_none_are_not_resized);
    return test_main("processes_mad", t);
}
