/* A worker process gone mad: it writes what it likes into its socket, over its slot and over the heads of shared blocks, and ends as it
 * likes. Its job may fail; nothing else may: no crash, no hang, no wrong result of the next job, no block given out twice.
 */
#include "fuzz.h"

#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SLOT = 8192, SLOT_HEADS = 128 }; /* work/slot.h */
enum { WORKER_SOCKET = 3, BEFORE = 64, MOST_ORDERS = 1000, KEPT = 10000 };

struct orders {
    coil_bytes lent;
    size_t size;
    uint8_t bytes[MOST_ORDERS];
};
struct spoils {
    coil_bytes bytes;
};

/* ---------------------------------------------------------------- in the worker ---- */

static void write_out(const void *bytes, size_t n)
{
    if (send(WORKER_SOCKET, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return; /* it may have been shut */
}

static coil_bytes own; /* a block that this worker made, or none */

/* Over the head of a block and a little of its bytes. */
static void scribble(const coil_bytes *b, struct fuzz *in)
{
    unsigned at = fuzz_upto(in, BEFORE + 15);
    struct fuzz what = fuzz_take(in, fuzz_upto(in, BEFORE + 16 - at));
    if (b->data)
        memcpy((char *)b->data - BEFORE + at, what.at, what.left);
}

/* A child that outlives the worker and holds its socket. */
static void leave_child(void)
{
    if (fork() == 0) {
        nanosleep(&(struct timespec){0, 30000000}, NULL);
        _exit(0);
    }
}

/* Over the heads of the slot that the output is in, if it is. */
static void scribble_slot(struct fuzz *in, const struct spoils *out)
{
    const uintptr_t at = (sizeof(struct orders) + 15) / 16 * 16 + SLOT_HEADS;
    if ((uintptr_t)out % SLOT != at)
        return;
    unsigned from = fuzz_upto(in, SLOT_HEADS - 1);
    struct fuzz what = fuzz_take(in, fuzz_upto(in, SLOT_HEADS - from));
    memcpy((char *)((uintptr_t)out - at + from), what.at, what.left);
}

static void run_order(struct fuzz *in, const struct orders *o, struct spoils *out)
{
    static const char zeros[256];
    struct fuzz part;
    unsigned order = fuzz_byte(in);
    if (order >= 252) {
        scribble_slot(in, out);
        return;
    }
    switch (order % 12) {
    case 0:
        part = fuzz_take(in, fuzz_byte(in));
        write_out(part.at, part.left);
        break;
    case 1:
        write_out(zeros, fuzz_byte(in));
        break;
    case 2:
        coil_bytes_free(&own);
        coil_ignore(coil_bytes_new(fuzz_upto(in, 60000), &own));
        out->bytes = own;
        break;
    case 3:
        scribble(&own, in);
        break;
    case 4:
        scribble(&o->lent, in);
        break;
    case 5:
        out->bytes.data = (void *)((uintptr_t)out->bytes.data + fuzz_byte(in) - 128);
        break;
    case 6:
        _exit((int)fuzz_byte(in));
    case 7:
        raise(fuzz_byte(in) % 2 ? SIGKILL : SIGTERM);
        break;
    case 8:
        close(WORKER_SOCKET);
        break;
    case 9:
        shutdown(WORKER_SOCKET, (int)fuzz_upto(in, 2));
        break;
    case 10:
        if (fuzz_byte(in) == 0)
            leave_child();
        break;
    default:
        coil_bytes_free(&own);
        break;
    }
}

COIL_REMOTE(go_mad, (struct orders, o), (struct spoils, out))
{
    struct fuzz in = {o->bytes, o->size};
    unsigned result = fuzz_byte(&in);
    own = (coil_bytes){NULL, 0};
    while (in.left > 0)
        run_order(&in, o, out);
    return result < 128 ? 0 : coil_fail(-(int)result, "%u is my failure", result);
}

COIL_REMOTE(add, (struct spoils, in), (int, sum))
{
    *sum = 0;
    for (size_t i = 0; i < in->bytes.size; i++)
        *sum += ((char *)in->bytes.data)[i];
    return 0;
}

/* ---------------------------------------------------------------- in the program ---- */

static coil_pool *pool;

static coil_bytes filled(size_t size, char value)
{
    coil_bytes b;
    FUZZ_MUST(coil_bytes_new(size, &b) == 0);
    memset(b.data, value, b.size);
    return b;
}

/* What the program holds is not given to anybody else, nor are its pages taken away. */
static void check_kept(const coil_bytes *kept)
{
    coil_bytes more[6];
    for (int i = 0; i < 6; i++)
        more[i] = filled((size_t)1000 << i, 2);
    for (size_t i = 0; i < kept->size; i++)
        FUZZ_MUST(((char *)kept->data)[i] == 1);
    for (int i = 0; i < 6; i++)
        coil_bytes_free(&more[i]);
}

/* The next job meets a worker in order; only one that has put an answer aside for it can spoil one more job. */
static int work_on(const coil_bytes *kept)
{
    struct spoils in = {*kept};
    int sum = 0, err = coil_pool_run(pool, add(&in, &sum));
    if (err == -COIL_EBROKENPOOL)
        err = coil_pool_run(pool, add(&in, &sum));
    FUZZ_MUST(err == 0 && sum == KEPT);
    return err;
}

COIL_ASYNC(live_with_it, (struct fuzz *, in))
{
    static struct orders orders;
    struct spoils got = {{NULL, 0}};
    coil_bytes kept = filled(KEPT, 1);
    orders = (struct orders){.lent = filled(fuzz_upto(in, 20000), 3), .size = in->left};
    orders.size = orders.size < MOST_ORDERS ? orders.size : MOST_ORDERS;
    memcpy(orders.bytes, in->at, orders.size);
    int err = work_on(&kept); /* the worker is idle, so it gets the next job in its slot */
    FUZZ_MUST(err == 0);
    err = coil_pool_run(pool, go_mad(&orders, &got));
    FUZZ_MUST(strlen(coil_error_message(err)) < 10000);
    const coil_error *e = coil_error_get(err);
    FUZZ_MUST(!e || !e->file || strlen(e->file) < 10000);
    coil_bytes_free(&got.bytes);
    coil_bytes_free(&orders.lent);
    check_kept(&kept);
    err = work_on(&kept);
    coil_bytes_free(&kept);
    return err;
}

COIL_ASYNC(open_pool)
{
    return coil_process_pool_new(1, &pool);
}

/* One loop and one pool for all inputs: starting the fork server takes much longer than a job. */
void fuzz_input(struct fuzz *in)
{
    static coil_runner *runner;
    if (!runner) {
        FUZZ_MUST(coil_runner_new(NULL, &runner) == 0);
        FUZZ_MUST(coil_runner_run(runner, open_pool()) == 0);
    }
    FUZZ_MUST(coil_runner_run(runner, live_with_it(in)) == 0);
}
