/* io/stream.c: the room of a loop's streams, their handles, and how a stream ends.
 *
 * Ending: coil__stream_shut waits for the buffer to go out (coil__stream_flushed comes back here), then the fd is closed by an
 * operation, which first ends what is armed on it; then the waiters are told, and the last one to leave frees the stream.
 */
#include "io/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sys.h"
#include "loop/signals.h"

enum { DEFAULT_LIMIT = 65536 };

const struct coil__wait_kind coil__stream_wait_kind = {"stream", coil__park_cancel, NULL,
                                                       COIL__RESTS_NOT};

/* ---------------------------------------------------------------- the room ---- */

static const char key; /* by which the loop knows the attachment */

static void shut_room(struct coil__attachment *a, coil_loop *loop)
{
    (void)loop;
    coil__farewells_end(COIL__CONTAINER(a, struct coil__streams, attachment));
}

static void stop_room(struct coil__attachment *a, coil_loop *loop)
{
    struct coil__streams *room = COIL__CONTAINER(a, struct coil__streams, attachment);
    (void)loop;
    coil__servers_stop(room);
    for (uint32_t i = 0; i < coil__slab_slots(&room->streams); i++) {
        struct coil__stream *s = coil__slab_at(&room->streams, i);
        if (s)
            coil__stream_abort(s);
    }
}

static void give_flags_back(const struct coil__stream *s)
{
    int flags = s->unblocked ? coil__sys_fcntl(s->fd, F_GETFL, 0) : -1;
    if (flags >= 0)
        coil__sys_fcntl(s->fd, F_SETFL, flags & ~O_NONBLOCK);
}

void coil__stream_discard(struct coil__stream *s)
{
    if (s->fd >= 0) {
        give_flags_back(s);
        coil__sys_close(s->fd);
    }
    if (s->out)
        coil__out_free(s->out);
    if (s->room->borrower == s)
        s->room->borrower = NULL;
    coil__reader_done(&s->reader);
    s->room->n_open--;
    coil__slab_put(&s->room->streams, s);
}

static void close_room(struct coil__attachment *a, coil_loop *loop)
{
    struct coil__streams *room = COIL__CONTAINER(a, struct coil__streams, attachment);
    loop->streams = NULL;
    for (uint32_t i = 0; i < coil__slab_slots(&room->streams); i++) {
        struct coil__stream *s = coil__slab_at(&room->streams, i);
        if (s)
            coil__stream_discard(s);
    }
    coil__servers_done(room);
    coil__slab_done(&room->streams);
    coil__slab_done(&room->closings);
    coil__slab_done(&room->restings);
    coil__slab_done(&room->servers);
    coil__free(room->loan);
    coil__free(room->spare);
    if (room->holds_sigpipe)
        coil__sigpipe_release();
    coil__free(room);
}

struct coil__streams *coil__streams_make(coil_loop *loop)
{
    if (loop->streams)
        return loop->streams;
    struct coil__streams *room = coil__calloc(1, sizeof *room);
    if (!room)
        return NULL;
    room->loop = loop;
    coil__list_init(&room->farewells);
    room->attachment.shutdown = shut_room;
    room->attachment.stop = stop_room;
    room->attachment.close = close_room;
    coil__slab_init(&room->streams, sizeof(struct coil__stream), coil__loop_generation_seed(loop));
    coil__slab_init(&room->closings, sizeof(struct coil__closing),
                    coil__loop_generation_seed(loop));
    coil__slab_init(&room->restings, sizeof(struct coil__resting),
                    coil__loop_generation_seed(loop));
    struct coil__closing *first = coil__slab_get(&room->closings);
    if (!first) {
        coil__slab_done(&room->closings);
        coil__free(room);
        return NULL;
    }
    coil__slab_put(&room->closings, first);
    coil__servers_init(room);
    coil__loop_attach(loop, &room->attachment, &key);
    loop->streams = room;
    return room;
}

struct coil__stream *coil__stream_new(coil_loop *loop, int fd, coil_transport *transport)
{
    struct coil__streams *room = coil__streams_make(loop);
    struct coil__stream *s = room ? coil__slab_get(&room->streams) : NULL;
    if (!s)
        return NULL;
    memset((char *)s + sizeof s->head, 0, sizeof *s - sizeof s->head);
    room->n_open++;
    s->room = room;
    s->fd = fd;
    s->transport = transport;
    s->reader.limit = DEFAULT_LIMIT;
    s->reader.on_stream = true;
    coil__list_init(&s->closers);
    return s;
}

/* ---------------------------------------------------------------- handles ---- */

int coil__stream_enter(coil_stream *handle, struct coil__stream **ret_stream)
{
    struct coil__task *self;
    int err = coil__current_or_error(&self);
    if (err < 0)
        return err;
    err = coil__stream_find(handle, false, ret_stream);
    if (err < 0)
        return err;
    if (++(*ret_stream)->room->streak >= COIL__STREAM_STREAK) { /* others shall get their turn */
        (*ret_stream)->room->streak = 0;
        err = coil__yield();
        if (err >= 0)
            err = coil__stream_find(handle, false, ret_stream);
        if (err < 0)
            return err;
    }
    (*ret_stream)->users++;
    return 0;
}

void coil__stream_free_if_over(struct coil__stream *s)
{
    if (s->given_up && s->state == COIL__STREAM_CLOSED && s->users == 0)
        coil__stream_discard(s);
}

void coil__stream_wake_all(struct coil__list *tasks)
{
    COIL__LIST_FOREACH (node, tasks)
        coil__unpark(coil__queue_task(node));
}

/* ---------------------------------------------------------------- the end ---- */

void coil__stream_over(struct coil__stream *s)
{
    s->state = COIL__STREAM_CLOSED;
    s->fd = -1;
    if (s->reader.status == 0)
        s->reader.status = 1;
    if (s->out)
        coil__out_break(s->out, -ECONNABORTED);
    coil__stream_wake_all(&s->closers);
    if (s->server)
        coil__server_connection_closed(s->server);
    s->server = NULL;
    coil__stream_free_if_over(s);
}

static void close_socket(struct coil__stream *s);

/* Those for whom there was no memory: rare, so that a walk over all streams will do. */
static void close_queued(struct coil__streams *room)
{
    room->n_queued = 0;
    for (uint32_t i = 0; i < coil__slab_slots(&room->streams); i++) {
        struct coil__stream *s = coil__slab_at(&room->streams, i);
        if (s && s->queued_close)
            close_socket(s);
    }
}

static void socket_closed(struct coil__op *op)
{
    struct coil__closing *c = COIL__CONTAINER(op, struct coil__closing, op);
    struct coil__stream *s = c->stream;
    struct coil__streams *room = s->room;
    coil__slab_put(&room->closings, c);
    coil__stream_over(s);
    if (room->n_queued > 0)
        close_queued(room);
}

/* The operation owns the fd from here on. Without memory for it the stream waits until another one's is free. */
static void close_socket(struct coil__stream *s)
{
    struct coil__closing *c = coil__slab_get(&s->room->closings);
    s->queued_close = c == NULL;
    if (!c) {
        s->room->n_queued++;
        return;
    }
    give_flags_back(s);
    c->stream = s;
    c->op = (struct coil__op){.code = COIL__OP_CLOSE, .fd = s->fd, .done = socket_closed};
    s->fd = -1;
    coil__loop_submit(s->room->loop, &c->op);
}

static void begin_close(struct coil__stream *s)
{
    if (s->has_close)
        return;
    s->has_close = true;
    if (s->transport) {
        coil__farewell_begin(s);
        return;
    }
    close_socket(s);
}

void coil__stream_flushed(struct coil__stream *s)
{
    if (s->sends_file)
        return; /* it will come here again when the file is out */
    if (s->state == COIL__STREAM_CLOSING)
        begin_close(s);
    else if (s->eof_written && !s->aborted && coil__stream_shutdown(s) < 0)
        coil__stream_abort(
            s); /* nobody waits for this any more, but the peer would wait for the end */
}

void coil__stream_shut(struct coil__stream *s)
{
    if (s->state != COIL__STREAM_OPEN)
        return;
    s->state = COIL__STREAM_CLOSING;
    if (!coil__out_busy(s))
        begin_close(s);
}

void coil__stream_abort(struct coil__stream *s)
{
    if (s->state == COIL__STREAM_CLOSED || s->aborted)
        return;
    s->aborted = true;
    s->state = COIL__STREAM_CLOSING;
    if (s->out)
        coil__out_break(s->out, -ECONNABORTED);
    if (s->fd >= 0 && !s->piped) {
        const struct linger reset = {1, 0};
        coil__sys_setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    begin_close(s);
}

void coil__stream_give_up(struct coil__stream *s)
{
    s->given_up = true;
    s->users++; /* it may be over at once */
    coil__stream_shut(s);
    coil__stream_leave(s, 0);
}
