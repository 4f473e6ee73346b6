/* TLS over a wire that somebody else holds: it cuts, flips, repeats and drops what goes by, or is itself one of the two ends.
 *
 * What arrives is always the beginning of what was sent, and an end without an error only ever comes after all of it. The clock
 * is virtual: who waits for bytes that were dropped reaches a time limit at once.
 */
#include "fuzz.h"

#include "certificates.h"
#include "coil_tls.h"

enum { MOST_SENT = 20000, ROOM = 1 << 17 };

struct wire;
struct end {
    coil_transport base;
    struct wire *wire;
    struct end *peer;
    coil_event readable;
    size_t begin, size;
    bool over; /* no more will come */
    uint8_t data[ROOM];
};
struct wire {
    struct end end[2];
    struct fuzz *in;
    int open;
    bool cut; /* nothing gets through any more */
};

static coil_tls_context *client_context, *server_context;

/* ---------------------------------------------------------------- the wire ---- */

static void put(struct end *to, const uint8_t *bytes, size_t n)
{
    n = n < ROOM - to->size ? n : ROOM - to->size;
    memcpy(to->data + to->size, bytes, n);
    to->size += n;
    coil_event_set(&to->readable);
}

static void end_of(struct end *to)
{
    to->over = true;
    coil_event_set(&to->readable);
}

/* What becomes of the bytes on their way. */
static int wire_send(coil_transport *t, const void *buf, size_t n)
{
    struct end *self = (struct end *)t;
    struct fuzz *in = self->wire->in;
    uint8_t bytes[4096];
    unsigned what = fuzz_byte(in);
    n = what % 2 ? 1 + fuzz_byte(in) % n : n;
    n = n < sizeof bytes ? n : sizeof bytes;
    memcpy(bytes, buf, n);
    if (what >= 250)
        self->wire->cut = true;
    else if (what >= 200)
        bytes[fuzz_upto(in, 65535) % n] ^= (uint8_t)(1 + fuzz_byte(in));
    else if (what >= 190)
        put(self->peer, bytes, n);
    if (self->wire->cut)
        end_of(self->peer);
    else if (what < 180 || what >= 200)
        put(self->peer, bytes, n);
    return (int)n;
}

static int wire_recv(coil_transport *t, void *buf, size_t n)
{
    struct end *self = (struct end *)t;
    while (self->begin == self->size && !self->over) {
        coil_event_clear(&self->readable);
        int err = coil_event_wait(&self->readable);
        if (err < 0)
            return err;
    }
    size_t most = fuzz_byte(self->wire->in), left = self->size - self->begin;
    n = n < left ? n : left;
    n = most > 0 && most < n ? most : n;
    memcpy(buf, self->data + self->begin, n);
    self->begin += n;
    return (int)n;
}

static int wire_shutdown(coil_transport *t)
{
    end_of(((struct end *)t)->peer);
    return 0;
}

static int wire_close(coil_transport *t, int aborted)
{
    struct end *self = (struct end *)t;
    (void)aborted;
    end_of(self);
    end_of(self->peer);
    if (--self->wire->open == 0)
        free(self->wire);
    return 0;
}

static const coil_transport_ops wire_ops = {
    .recv = wire_recv, .send = wire_send, .shutdown = wire_shutdown, .close = wire_close};

static void wire_new(struct fuzz *in, coil_stream *streams[2])
{
    struct wire *w = calloc(1, sizeof *w);
    FUZZ_MUST(w);
    w->in = in;
    w->open = 2;
    for (int i = 0; i < 2; i++) {
        w->end[i].base.ops = &wire_ops;
        w->end[i].wire = w;
        w->end[i].peer = &w->end[1 - i];
        coil_event_init(&w->end[i].readable);
        FUZZ_MUST(coil_stream_open(&w->end[i].base, &streams[i]) == 0);
    }
}

/* ---------------------------------------------------------------- the two ends ---- */

static uint8_t byte_at(size_t i, bool of_client)
{
    return (uint8_t)(i * 7 + (i >> 8) + of_client);
}

/* Writes its bytes and reads the peer's: so many (a server, which then closes), or until the end. */
static int converse(coil_stream *s, bool is_client, size_t sends, size_t hears)
{
    uint8_t bytes[MOST_SENT], got[1000];
    size_t total = 0;
    for (size_t i = 0; i < sends; i++)
        bytes[i] = byte_at(i, is_client);
    int n = coil_stream_send(s, bytes, sends);
    while (n >= 0 && (is_client || total < hears)) {
        n = coil_wait_for(coil_stream_read(s, got, sizeof got), 100);
        for (int i = 0; i < n; i++)
            FUZZ_MUST(got[i] == byte_at(total + (size_t)i, !is_client));
        total += n > 0 ? (size_t)n : 0;
        if (n == 0)
            break;
    }
    FUZZ_MUST(total <= hears);
    FUZZ_MUST(n != 0 || !is_client || total == hears); /* a clean end: all of it */
    return n;
}

COIL_ASYNC(be_one_end, (coil_stream *, s), (bool, is_client), (size_t, sends), (size_t, hears))
{
    coil_tls_options options = {.context = is_client ? client_context : server_context,
                                .server_name = is_client ? "localhost" : NULL};
    int err = coil_stream_start_tls(s, &options);
    if (err >= 0)
        err = converse(s, is_client, sends, hears);
    FUZZ_MUST(err != -ECANCELED && strlen(coil_error_message(err)) < 10000);
    coil_ignore(coil_stream_close(s));
    coil_ignore(coil_stream_wait_closed(s));
    return 0;
}

/* The other end is no TLS at all. */
COIL_ASYNC(be_mad, (coil_stream *, s), (struct fuzz *, in))
{
    struct fuzz bytes = *in;
    int err = coil_stream_send(s, bytes.at, bytes.left);
    coil_ignore(coil_stream_close(s));
    return err < 0 ? err : coil_stream_wait_closed(s);
}

COIL_ASYNC(on_the_wire, (struct fuzz *, in))
{
    coil_stream *s[2];
    unsigned how = fuzz_upto(in, 7);
    size_t of_client = fuzz_upto(in, MOST_SENT), of_server = fuzz_upto(in, MOST_SENT);
    struct fuzz none = {NULL, 0};
    wire_new(how < 2 ? &none : in, s);
    coil_task *client = how == 0 ? coil_create_task(be_mad(s[0], in))
                                 : coil_create_task(be_one_end(s[0], true, of_client, of_server));
    coil_task *server = how == 1 ? coil_create_task(be_mad(s[1], in))
                                 : coil_create_task(be_one_end(s[1], false, of_server, of_client));
    coil_ignore(coil_await(client));
    coil_ignore(coil_await(server));
    return 0;
}

COIL_ASYNC(begin)
{
    make_certificates();
    coil_tls_config server = {.cert_chain = in_folder("server.pem"),
                              .key = in_folder("server.key")};
    coil_tls_config client = {.ca_file = in_folder("ca.pem")};
    int err = coil_tls_server_context_new(&server, &server_context);
    if (err >= 0)
        err = coil_tls_client_context_new(&client, &client_context);
    remove_certificates();
    return err;
}

void fuzz_input(struct fuzz *in)
{
    static coil_runner *runner;
    const coil_loop_options options = {.virtual_clock = 1};
    if (!runner) {
        FUZZ_MUST(coil_runner_new(&options, &runner) == 0);
        FUZZ_MUST(coil_runner_run(runner, begin()) == 0);
    }
    FUZZ_MUST(coil_runner_run(runner, on_the_wire(in)) == 0);
}
