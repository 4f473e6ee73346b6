/* io/stream.h: the stream from inside.
 *
 * Layer: stands on loop/ and task/. One struct coil__stream per connection, in a slab that hangs on the loop, small, because
 * ten thousand of them may be parked in a read: buffers and the writing half exist only while they are needed.
 *
 * The life of a stream: OPEN - CLOSING (no more writes; the buffer goes out) - CLOSED (the fd is gone). It is freed
 * when it is CLOSED, its user gave it up and no task is inside one of its calls (`users`).
 */
#ifndef COIL_IO_STREAM_H
#define COIL_IO_STREAM_H

#include <limits.h>

#include "coil/streams.h"
#include "coil/transport.h"
#include "io/buffer.h"
#include "task/task.h"

struct coil__server;

/* What reading needs, with and without a connection. */
struct coil__reader {
    struct coil__buffer buf;
    struct coil__error *error;  /* the record of status, or NULL                           */
    struct coil__task *waiting; /* the task that waits for bytes, or NULL                  */
    uint32_t limit;
    uint32_t partial;  /* of the last -COIL_EINCOMPLETE                            */
    int status;        /* 0: more may come; 1: the end; negative: every read fails so */
    bool partial_here; /* the partial bytes lie before buf.start                   */
    bool on_stream;    /* it is the `reader` of a coil__stream; else it is fed by hand */
};

enum coil__stream_state { COIL__STREAM_OPEN, COIL__STREAM_CLOSING, COIL__STREAM_CLOSED };

struct coil__stream {
    struct coil__slab_head head;
    struct coil__reader reader;
    struct coil__out *out;       /* the writing half; NULL until something had to be buffered  */
    coil_transport *transport;   /* NULL: the socket or pipe `fd`, by the short path         */
    struct coil__server *server; /* whose connection it is, or NULL                          */
    struct coil__streams *room;
    int fd;         /* -1 once it is closed, or when a transport has it                 */
    uint32_t users; /* tasks inside a call                                              */
    union {
        struct {
            uint8_t state;        /* enum coil__stream_state                                     */
            bool given_up : 1;    /* the user closed it: the handle is taken back                */
            bool has_close : 1;   /* the closing operation was begun                             */
            bool direct : 1;      /* a send from the caller's memory is in flight                */
            bool sends_file : 1;  /* a sendfile waits for its turn or goes on: no other writes   */
            bool eof_written : 1; /* write_eof was called                                        */
            /* a pipe, a terminal, a file (pipe.c): read and written, not received and sent */
            bool piped : 1;
            bool
                may_block : 1; /* its description is shared and blocking: the backend does everything */
            bool reads_only : 1; /* one direction: a write is refused                            */
        };
        uint16_t
            unusual; /* 0: none of these, so a read or a send is no more than its system call */
    };
    bool bytes : 1;    /* a stream socket: a recv that leaves room has emptied it            */
    bool likely : 1;   /* the last recv filled its buffer: there is probably more            */
    bool detached : 1; /* the server's handler does not close it                             */
    bool aborted : 1;
    bool queued_close : 1; /* has_close, and waits for memory for its operation                  */
    bool unblocked : 1;    /* O_NONBLOCK is taken away again before it is closed                 */
    bool late : 1;         /* it is told that there is something, and fetches it then            */
    struct coil__list closers; /* tasks in wait_closed                                      */
};
_Static_assert(COIL__STREAM_OPEN == 0 && sizeof(struct coil__stream) == 2 * 64 &&
                   offsetof(struct coil__stream, out) == 64,
               "two cache lines, and ten thousand of these wait in a read");

/* The writing half. While `in_flight`, the kernel owns the bytes of `sending`; what is written meanwhile goes to `pending`. */
struct coil__out {
    struct coil__op op;
    struct coil__stream *stream;
    struct coil__buffer sending, pending;
    struct coil__list drainers; /* tasks that wait for the low-water mark           */
    struct coil__list flushers; /* a task that waits until nothing is buffered     */
    struct coil__error *error;
    uint32_t high, low;
    int status; /* negative: the connection is broken for writing */
    bool in_flight;
    bool paused; /* over the high-water mark and not yet below the low one */
};

/* A socket that is being closed: apart, because most streams wait for something else than their end. */
struct coil__closing {
    struct coil__slab_head head;
    struct coil__op op;
    struct coil__stream *stream;
};

/* The operation of a task whose stack may sleep, while it waits for its socket to be readable: it can't lie on that stack. */
struct coil__resting {
    struct coil__slab_head head;
    struct coil__op op;
};

/* All streams and servers of a loop. */
struct coil__streams {
    struct coil__attachment attachment;
    coil_loop *loop;
    struct coil__slab streams, servers;
    struct coil__slab
        closings; /* has a chunk from the beginning: a first close never lacks memory */
    struct coil__slab restings;
    char *loan;                    /* what all may receive into, or NULL: loan.h */
    char *spare;                   /* another one, or NULL                       */
    struct coil__stream *borrower; /* who has bytes there, or NULL               */
    uint32_t n_open;               /* streams                                 */
    uint32_t n_queued;             /* those that wait for memory to be closed */
    bool holds_sigpipe;            /* a pipe is, or was, written to */
    uint32_t streak;               /* operations in a row that did not suspend */
    struct coil__list farewells;   /* tasks that close transports: farewell.c */
};

/* ---- the room (stream.c) ---- */

/* Each loop's are made at the first use; until then loop->streams is NULL. This makes them: NULL when out of memory. */
struct coil__streams *coil__streams_make(coil_loop *loop);
/* A stream on a connected non-blocking socket or on a transport; it owns them. NULL when out of memory: they are the caller's. */
struct coil__stream *coil__stream_new(coil_loop *loop, int fd, coil_transport *transport);
static inline coil_stream *coil__stream_handle(const struct coil__stream *s)
{
    return coil__handle_make(s->room->loop, &s->head);
}
/* Checks a handle: 0 and *ret_stream, or the error. A stream that was given up is stale, unless `even_closed`. */
static inline int coil__stream_find(coil_stream *handle, bool even_closed,
                                    struct coil__stream **ret_stream)
{
    coil_loop *loop;
    int err = coil__handle_loop(handle, &loop);
    if (err < 0)
        return err;
    struct coil__streams *room = loop->streams;
    struct coil__stream *s = room ? coil__handle_find(&room->streams, handle) : NULL;
    if (!s || (s->given_up && !even_closed))
        return -COIL_ESTALE;
    *ret_stream = s;
    return 0;
}
/* For a task, the stream of a good handle on an open socket where nothing unusual goes on; else NULL, and the calls above tell why. */
static inline struct coil__stream *coil__stream_usual(const coil_stream *handle)
{
    const coil_loop *loop = coil__here.loop;
    if (!coil__here.task || loop->id != (uint8_t)(uintptr_t)handle || !loop->streams)
        return NULL;
    const struct coil__streams *room = loop->streams;
    struct coil__stream *s = coil__handle_find(&room->streams, handle);
    return s && !s->unusual && !s->transport ? s : NULL;
}
enum { COIL__STREAM_STREAK = 128 }; /* so many calls in a row may end without letting others run */
/* The same at the beginning of a call that may suspend: also lets others run once in a while. Each success is paired
 * with coil__stream_leave, which may free the stream. */
int coil__stream_enter(coil_stream *handle, struct coil__stream **ret_stream);
/* The same for a read: one at a time. */
int coil__stream_begin_read(coil_stream *handle, struct coil__stream **ret_stream);
void coil__stream_free_if_over(struct coil__stream *s);
static inline int coil__stream_leave(struct coil__stream *s, int status)
{
    s->users--;
    if (__builtin_expect(s->given_up, 0))
        coil__stream_free_if_over(s);
    return status;
}
/* Frees a stream that nobody has seen yet, and closes its fd if it was given one. */
void coil__stream_discard(struct coil__stream *s);
/* Begins to close: flushes first. Does nothing the second time. */
void coil__stream_shut(struct coil__stream *s);
void coil__stream_abort(struct coil__stream *s);
/* Takes the user's handle back. */
void coil__stream_give_up(struct coil__stream *s);
/* Makes an operation that receives (COIL__OP_RECV) or sends (COIL__OP_SEND), with what the fd is in mind. Only the fields that these
 * read are set: it lies on a stack and is made for each message. */
static inline void coil__stream_op(const struct coil__stream *s, uint8_t code, void *buf, size_t n,
                                   uint8_t flags, struct coil__op *ret_op)
{
    if (s->piped)
        code = code == COIL__OP_RECV ? COIL__OP_READ : COIL__OP_WRITE;
    ret_op->code = code;
    ret_op->state = COIL__OP_IDLE;
    ret_op->flags = s->may_block ? 0 : (uint8_t)(COIL__OPF_OWNED | flags);
    ret_op->priv = 0;
    ret_op->fd = s->fd;
    ret_op->len = n > INT_MAX ? INT_MAX : (uint32_t)n;
    ret_op->buf = buf;
    ret_op->offset = -1;
    ret_op->msg_flags = 0;
}
/* The fd, or the transport, is gone: tells those who wait for it. */
void coil__stream_over(struct coil__stream *s);
/* farewell.c: closes the transport of s, in a task of its own unless s is aborted; coil__stream_over follows. */
void coil__farewell_begin(struct coil__stream *s);
/* In a coroutine, when the loop shuts down: the farewells that go on end without an answer. */
void coil__farewells_end(struct coil__streams *room);
/* The buffer is empty (or lost): goes on with what waits for that. */
void coil__stream_flushed(struct coil__stream *s);
void coil__stream_wake_all(struct coil__list *tasks);
extern const struct coil__wait_kind coil__stream_wait_kind;
/* Fails with a record that belongs to somebody else. */
static inline int coil__stream_raise(int status, struct coil__error *error)
{
    coil__error_put(coil__error_ref(error));
    return status;
}

/* ---- reading (reader.c); `room for more` comes from the stream (stream_recv.c) or from feed_data ---- */

int coil__reader_read(struct coil__reader *r, void *buf, size_t n);
int coil__reader_readany(struct coil__reader *r, const char **ret_data, size_t *ret_size);
int coil__reader_readexactly(struct coil__reader *r, void *buf, size_t n);
int coil__reader_readline(struct coil__reader *r, const char **ret_line, size_t *ret_size);
/* A separator. */
struct coil__piece {
    const char *bytes;
    size_t size;
};
int coil__reader_readuntil(struct coil__reader *r, const struct coil__piece *separators, size_t n,
                           const char **ret_data, size_t *ret_size);
int coil__reader_readuntil_any(struct coil__reader *r, const char *const *separators, size_t n,
                               const char **ret_data, size_t *ret_size);
int coil__reader_read_all(struct coil__reader *r, const char **ret_data, size_t *ret_size);
/* Reads to the end and keeps it all in the buffer. -COIL_ELIMIT beyond `most` bytes (0: beyond 2 GiB), the connection's error. */
int coil__reader_fill(struct coil__reader *r, size_t most);
/* Gives out the whole buffer where it is, until the next read. Returns its size. */
int coil__reader_give_all(struct coil__reader *r, const char **ret_data, size_t *ret_size);
int coil__reader_partial(struct coil__reader *r, const char **ret_data);
void coil__reader_done(struct coil__reader *r);
/* Receives into memory, for a stream's reader: bytes, 0 when status changed, -ECANCELED, -COIL_ECONCURRENT. */
int coil__stream_recv(struct coil__reader *r, void *buf, size_t n);
/* Receives into the loop's block (loan.h), which is lent until the next read: the same, or -EAGAIN: it can't be done in this way now. */
int coil__stream_borrow(struct coil__reader *r, const char **ret_data);

/* ---- writing: the buffer (stream_out.c), the calls (stream_write.c) ---- */

static inline bool coil__out_busy(const struct coil__stream *s)
{
    return s->direct || s->sends_file ||
           (s->out && (s->out->in_flight || coil__buffer_size(&s->out->sending) > 0 ||
                       coil__buffer_size(&s->out->pending) > 0));
}
/* Why nothing can be written now, or 0. */
int coil__stream_unwritable(struct coil__stream *s);
/* Ends the writing direction now: nothing is buffered. A pipe has no other direction: it is closed. Returns 0 or shutdown's error. */
int coil__stream_shutdown(struct coil__stream *s);
/* Makes the writing half. Returns 0 or -ENOMEM. */
int coil__out_ensure(struct coil__stream *s);
/* Sends what waits, if nobody is sending; when nothing waits, the stream goes on to whatever comes after. */
void coil__out_pump(struct coil__out *out);
/* How much was added or went out: pauses the writers at the high-water mark, lets them go on at the low one. */
void coil__out_note_size(struct coil__out *out);
/* Bytes that wait. Of a broken connection nothing waits any more, whatever the kernel still holds. */
uint32_t coil__out_waiting(const struct coil__out *out);
/* Drops what is buffered (not what is in flight) and fails the writers. */
void coil__out_break(struct coil__out *out, int status);
void coil__out_free(struct coil__out *out);

/* ---- servers (server.c) ---- */

void coil__server_connection_closed(struct coil__server *server);
void coil__servers_init(struct coil__streams *room);
void coil__servers_stop(struct coil__streams *room);
void coil__servers_done(struct coil__streams *room);

#endif
