/* The engine alone, in a storm: random operations, cancels and closes from a seed; each accepted operation is told exactly once, and
 * every byte that was sent is received once, in order.
 *
 * COIL_STORM=seed runs one seed alone.
 */
#include "engine.h"

enum { LANES = 6, SLOTS = 24, STEPS = 4000, SEEDS = 8 };

/* One direction of a socket pair. Byte number n of a lane is n mod 251. */
struct lane {
    int in, out; /* fds */
    unsigned sent, received;
    bool closing;          /* one end is gone: the other may say so */
    bool reading, writing; /* such an operation is out: one at a time, so that order is defined */
};

struct slot {
    struct probe probe;
    struct lane *lane;
    char buf[64];
    bool busy;
};

struct storm {
    struct coil__backend *b;
    uint64_t state;
    struct lane lanes[LANES];
    struct slot slots[SLOTS];
    unsigned accepted, told, cancels, closes;
};

static struct storm *storm;

static unsigned roll(unsigned n)
{
    storm->state ^= storm->state << 13;
    storm->state ^= storm->state >> 7;
    storm->state ^= storm->state << 17;
    return (unsigned)(storm->state >> 33) % n;
}

static void take_bytes(struct lane *l, const char *buf, int n)
{
    for (int i = 0; i < n; i++, l->received++)
        ck_assert_int_eq((unsigned char)buf[i], l->received % 251);
}

static void slot_told(struct probe *p)
{
    struct slot *s = COIL__CONTAINER(p, struct slot, probe);
    struct lane *l = s->lane;
    ck_assert(s->busy);
    ck_assert_int_eq(p->told, 1); /* exactly once */
    p->told = 0;
    s->busy = false;
    storm->told++;
    switch (p->op.code) {
    case COIL__OP_RECV:
    case COIL__OP_READ:
        l->reading = false;
        ck_assert(p->result != 0 || l->closing);
        if (p->result > 0)
            take_bytes(l, s->buf, p->result);
        break;
    case COIL__OP_SEND:
    case COIL__OP_WRITE:
        l->writing = false;
        if (p->result > 0)
            l->sent += (unsigned)p->result;
        break;
    default:
        break;
    }
    ck_assert_msg(p->result >= 0 || p->result == -ECANCELED || p->result == -EBADF, "%d",
                  p->result);
}

static int slow_answer(void *arg)
{
    (void)arg;
    usleep(50);
    return 1;
}

static void open_lane(struct lane *l)
{
    int pair[2];
    engine_pair(pair);
    *l = (struct lane){.in = pair[0], .out = pair[1]};
}

static void begin_read(struct slot *s, struct lane *l)
{
    l->reading = true;
    s->probe.op.fd = l->in;
    s->probe.op.buf = s->buf;
    s->probe.op.len = 1 + roll(sizeof s->buf);
    s->probe.op.code = roll(3) ? COIL__OP_RECV : COIL__OP_READ;
    if (s->probe.op.code == COIL__OP_READ)
        s->probe.op.offset = -1;
}

static void begin_write(struct slot *s, struct lane *l)
{
    unsigned n = 1 + roll(sizeof s->buf);
    for (unsigned i = 0; i < n; i++)
        s->buf[i] = (char)((l->sent + i) % 251);
    l->writing = true;
    s->probe.op.fd = l->out;
    s->probe.op.buf = s->buf;
    s->probe.op.len = n;
    s->probe.op.code = roll(3) ? COIL__OP_SEND : COIL__OP_WRITE;
    if (s->probe.op.code == COIL__OP_WRITE)
        s->probe.op.offset = -1;
}

/* Puts a random operation into a free slot. */
static void begin(struct slot *s)
{
    struct lane *l = &storm->lanes[roll(LANES)];
    memset(&s->probe, 0, sizeof s->probe);
    s->probe.then = slot_told;
    s->lane = l;
    unsigned what = roll(10);
    if (what < 4 && !l->reading) {
        begin_read(s, l);
    } else if (what < 8 && !l->writing) {
        begin_write(s, l);
    } else if (what == 8) {
        s->probe.op.code = COIL__OP_POLL;
        s->probe.op.fd = roll(2) ? l->in : l->out;
        s->probe.op.events = POLLIN;
    } else if (roll(4) == 0) {
        s->probe.op.code = COIL__OP_CALL;
        s->probe.op.fn = slow_answer;
    } else {
        s->probe.op.code = COIL__OP_NOP;
    }
    if (s->probe.op.code != COIL__OP_NOP && s->probe.op.code != COIL__OP_CALL)
        s->probe.op.flags = COIL__OPF_OWNED;
    s->busy = true;
    storm->accepted++;
    engine_submit(storm->b, &s->probe);
}

static void poll_once(int64_t timeout_ns)
{
    ck_assert_int_ge(storm->b->ops->poll(storm->b, timeout_ns), 0);
}

/* What is still in the socket belongs to the count. */
static void drain(struct lane *l)
{
    char buf[4096];
    ssize_t n;
    while ((n = recv(l->in, buf, sizeof buf, MSG_DONTWAIT)) > 0)
        take_bytes(l, buf, (int)n);
}

static void cancel_all_of(const struct lane *l)
{
    for (int i = 0; i < SLOTS; i++)
        if (storm->slots[i].busy && (!l || storm->slots[i].lane == l))
            engine_cancel(storm->b, &storm->slots[i].probe);
}

static bool any_of(const struct lane *l)
{
    for (int i = 0; i < SLOTS; i++)
        if (storm->slots[i].busy && (!l || storm->slots[i].lane == l))
            return true;
    return false;
}

/* Closes both ends of a lane under whatever is armed, and opens the lane anew, likely with the same numbers. */
static void close_lane(struct lane *l)
{
    if (roll(2)) { /* calmly: then every byte must have arrived */
        cancel_all_of(l);
        while (any_of(l))
            poll_once(1000000);
        drain(l);
        ck_assert_uint_eq(l->sent, l->received);
    }
    l->closing = true;
    engine_close_fd(storm->b, l->out);
    engine_close_fd(storm->b, l->in);
    while (any_of(l)) /* calls and NOPs of this lane have no fd */
        poll_once(1000000);
    storm->closes++;
    open_lane(l);
}

static void blow(int variant, uint64_t seed)
{
    static struct storm s;
    memset(&s, 0, sizeof s);
    s.state = seed * 0x9E3779B97F4A7C15u + 1;
    storm = &s;
    s.b = engine_open(variant);
    for (int i = 0; i < LANES; i++)
        open_lane(&s.lanes[i]);
    for (int step = 0; step < STEPS; step++) {
        struct slot *slot = &s.slots[roll(SLOTS)];
        unsigned what = roll(100);
        if (what < 60 && !slot->busy) {
            begin(slot);
        } else if (what < 75 && slot->busy) {
            s.cancels++;
            engine_cancel(s.b, &slot->probe);
        } else if (what == 99) {
            close_lane(&s.lanes[roll(LANES)]);
        } else {
            poll_once(roll(8) ? 0 : 20000);
        }
    }
    cancel_all_of(NULL);
    while (any_of(NULL))
        poll_once(1000000);
    ck_assert_uint_eq(s.accepted, s.told);
    for (int i = 0; i < LANES; i++) {
        drain(&s.lanes[i]);
        ck_assert_uint_eq(s.lanes[i].sent, s.lanes[i].received);
        engine_close_fd(s.b, s.lanes[i].in);
        engine_close_fd(s.b, s.lanes[i].out);
    }
    ck_assert_uint_gt(s.accepted, STEPS / 8);
    ck_assert_uint_gt(s.cancels, 20);
    ck_assert_uint_gt(s.closes, 3);
    engine_close(s.b);
}

START_TEST(in_a_storm_each_operation_is_told_once_and_no_byte_is_lost)
{
    const char *one = getenv("COIL_STORM");
    for (uint64_t seed = 1; seed <= SEEDS && !one; seed++)
        blow(_i, seed);
    if (one)
        blow(_i, strtoull(one, NULL, 10));
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("engine_storm");
    engine_add(t, in_a_storm_each_operation_is_told_once_and_no_byte_is_lost);
    return test_main("engine_storm", t);
}
