/* Reads of every kind, in every order, over bytes that come in pieces of every size: each gives what the model says.
 *
 * Twice: from a reader that is fed by hand, and from a stream on a transport that gives what the input tells it to. Cancellations and
 * errors arrive in between.
 */
#include "fuzz.h"
#include "streams_model.h"

enum { MOST_DATA = 40000, MOST_READS = 200 };

struct run {
    struct fuzz *in;
    struct model m;
    char *data;
    size_t arrived, size; /* of data */
    bool over;            /* nothing more will arrive: the end, or an error */
    coil_stream *stream;  /* one of these two */
    coil_stream_reader *reader;
    coil_task *task;
};

struct pieces {
    coil_transport base;
    struct run *run;
};

/* ---------------------------------------------------------------- what arrives ---- */

/* Letters, few of them, so that separators are met: first the input's own bytes, then whatever. */
static void make_data(struct run *r)
{
    static const char letters[] = "ab\nc\r\0d;";
    struct fuzz own = fuzz_take(r->in, fuzz_byte(r->in));
    unsigned kinds = 1 + fuzz_upto(r->in, 7), seed = fuzz_byte(r->in);
    r->size = fuzz_upto(r->in, MOST_DATA);
    for (size_t i = 0; i < r->size; i++) {
        seed = seed * 1103515245u + 12345u;
        r->data[i] = letters[(own.left ? fuzz_byte(&own) : seed >> 16) % kinds];
    }
}

/* The next event: bytes (at most `room`), the end, a cancellation or an error. */
static int next_event(struct run *r, size_t room)
{
    unsigned what = fuzz_byte(r->in);
    size_t left = r->size - r->arrived;
    if (left == 0 || r->over) {
        r->over = true;
        return what == 255 ? MODEL_ERROR : MODEL_EOF;
    }
    if (what >= 250)
        return what == 250 ? MODEL_ERROR : MODEL_CANCEL;
    size_t n = 1 + (what < 200 ? what : fuzz_upto(r->in, 9000));
    n = n < left ? n : left;
    n = n < room ? n : room;
    return (int)n;
}

static int pieces_recv(coil_transport *t, void *buf, size_t n)
{
    struct run *r = ((struct pieces *)t)->run;
    int event = next_event(r, n);
    FUZZ_MUST(r->m.status == 0); /* nothing is asked of a connection that has ended */
    model_event(&r->m, event);
    if (event == MODEL_CANCEL) {
        FUZZ_MUST(coil_task_cancel(r->task) >= 0);
        FUZZ_MUST(coil_yield_now() == -ECANCELED);
        coil_task_uncancel(r->task);
        return -ECANCELED;
    }
    if (fuzz_byte(r->in) % 2)
        FUZZ_MUST(coil_yield_now() == 0);
    if (event == MODEL_ERROR)
        return MODEL_RESET;
    memcpy(buf, r->data + r->arrived, (size_t)event);
    r->arrived += (size_t)event;
    return event;
}

static int pieces_close(coil_transport *t, int aborted)
{
    (void)aborted;
    free(t);
    return 0;
}

static const coil_transport_ops pieces_ops = {.recv = pieces_recv, .close = pieces_close};

/* Feeds the reader by hand, once for each time that it could wait. */
COIL_ASYNC(feed, (struct run *, r))
{
    while (!r->over) {
        int event = next_event(r, MOST_DATA);
        model_event(&r->m, event);
        if (event > 0) {
            FUZZ_MUST(
                coil_stream_reader_feed_data(r->reader, r->data + r->arrived, (size_t)event) == 0);
            r->arrived += (size_t)event;
        } else if (event == MODEL_CANCEL) {
            FUZZ_MUST(coil_task_cancel(r->task) >= 0);
        } else {
            r->over = true;
            FUZZ_MUST((event == MODEL_EOF
                           ? coil_stream_reader_feed_eof(r->reader)
                           : coil_stream_reader_set_error(r->reader, MODEL_RESET)) == 0);
        }
        int err = coil_yield_now();
        if (err < 0)
            return err;
    }
    return 0;
}

/* ---------------------------------------------------------------- what is read ---- */

#define READ(r, what, ...)                                      \
    ((r)->stream ? coil_stream_##what((r)->stream, __VA_ARGS__) \
                 : coil_stream_reader_##what((r)->reader, __VA_ARGS__))

static void same(struct run *r, size_t begin, const char *data, size_t n)
{
    FUZZ_MUST(begin + n <= r->arrived);
    FUZZ_MUST(n == 0 || memcmp(r->data + begin, data, n) == 0);
}

/* What an incomplete read has left: *data may be NULL when the caller's buffer has it. */
static void check_partial(struct run *r, size_t begin, const char *buf)
{
    const char *data = NULL;
    int n = r->stream ? coil_stream_partial(r->stream, &data)
                      : coil_stream_reader_partial(r->reader, &data);
    FUZZ_MUST(n == (int)r->m.partial);
    FUZZ_MUST((data == NULL) == (buf != NULL) || n == 0);
    same(r, begin, buf ? buf : data, (size_t)n);
}

static void read_bytes(struct run *r, bool exactly)
{
    size_t n = fuzz_byte(r->in), begin = r->m.begin;
    n = n < 200 ? n : fuzz_upto(r->in, 10000);
    char *room = malloc(n ? n : 1);
    FUZZ_MUST(room);
    int got = exactly ? READ(r, readexactly, room, n) : READ(r, read, room, n);
    int expected = exactly ? model_readexactly(&r->m, n) : model_read(&r->m, n);
    FUZZ_MUST(got == expected);
    if (got > 0)
        same(r, begin, room, (size_t)got);
    if (got == -COIL_EINCOMPLETE)
        check_partial(r, begin, room);
    free(room);
}

static void read_pieces(struct run *r, unsigned what)
{
    static const char *const some[] = {"\n", "ab", "b", "aba", "\r\n", "dd;", ";", "c", "bacab"};
    struct separators s = {{"\n"}, 1};
    const char *data = "?";
    size_t n = 1, begin = r->m.begin;
    int got, expected;
    if (what == 0) {
        got = READ(r, readline, &data, &n);
        expected = model_readuntil(&r->m, &s, true);
    } else if (what == 1) {
        s.text[0] = some[fuzz_upto(r->in, 8)];
        got = READ(r, readuntil, s.text[0], strlen(s.text[0]), &data, &n);
        expected = model_readuntil(&r->m, &s, false);
    } else if (what == 2) {
        s.n = 1 + (int)fuzz_upto(r->in, 3);
        for (int i = 0; i < s.n; i++)
            s.text[i] = some[fuzz_upto(r->in, 8)];
        got = READ(r, readuntil_any, s.text, (size_t)s.n, &data, &n);
        expected = model_readuntil(&r->m, &s, false);
    } else if (what == 3) {
        got = READ(r, readany, &data, &n);
        expected = model_read(&r->m, SIZE_MAX);
    } else {
        got = READ(r, read_all, &data, &n);
        expected = model_read_all(&r->m);
    }
    FUZZ_MUST(got == expected);
    if (got >= 0) {
        FUZZ_MUST(n == (size_t)got);
        same(r, begin, data, n);
    } else {
        FUZZ_MUST(n == 1 && strcmp(data, "?") == 0); /* outputs are untouched on failure */
    }
    if (got == -COIL_EINCOMPLETE)
        check_partial(r, begin, NULL);
}

static void read_some(struct run *r)
{
    int reads = 0;
    while (r->in->left > 0 && reads++ < MOST_READS) {
        unsigned what = fuzz_upto(r->in, 7);
        if (what < 2)
            read_bytes(r, what == 1);
        else
            read_pieces(r, what - 2);
        if (what == 7 && r->stream) {
            r->m.limit = 1 + fuzz_byte(r->in);
            FUZZ_MUST(coil_stream_set_limit(r->stream, r->m.limit) == 0);
        }
        int at_eof =
            r->stream ? coil_stream_at_eof(r->stream) : coil_stream_reader_at_eof(r->reader);
        FUZZ_MUST(at_eof == (r->m.status == 1 && model_size(&r->m) == 0));
        FUZZ_MUST(r->m.next_event == r->m.n_events);
        r->m.next_event = r->m.n_events = 0;
    }
}

COIL_ASYNC(read_by_hand, (struct run *, r))
{
    r->task = coil_current_task();
    FUZZ_MUST(coil_stream_reader_new(r->m.limit, &r->reader) == 0);
    coil_task *feeder = coil_create_task(feed(r));
    read_some(r);
    coil_task_cancel(feeder);
    coil_ignore(coil_await(feeder));
    coil_stream_reader_free(r->reader);
    return 0;
}

COIL_ASYNC(read_transport, (struct run *, r))
{
    r->task = coil_current_task();
    struct pieces *t = malloc(sizeof *t);
    FUZZ_MUST(t);
    *t = (struct pieces){{&pieces_ops}, r};
    FUZZ_MUST(coil_stream_open(&t->base, &r->stream) == 0);
    FUZZ_MUST(coil_stream_set_limit(r->stream, r->m.limit) == 0);
    read_some(r);
    FUZZ_MUST(coil_stream_close(r->stream) == 0);
    return coil_stream_wait_closed(r->stream);
}

void fuzz_input(struct fuzz *in)
{
    static char data[MOST_DATA];
    static int events[MODEL_EVENTS];
    struct run r = {.in = in, .data = data, .m = {.data = data, .event = events}};
    bool by_hand = fuzz_byte(in) % 2;
    r.m.limit = 1 + fuzz_byte(in);
    make_data(&r);
    FUZZ_MUST((by_hand ? coil_run(read_by_hand(&r)) : coil_run(read_transport(&r))) == 0);
}
