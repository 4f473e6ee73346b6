/* coil/streams.h: connections to read from and to write to, and readers that are fed by hand.
 *
 * A coil_stream is one connection, both directions. Its handle is opaque and checked: a stale one gives
 * -COIL_ESTALE. The life of a stream: coil_open_connection (or a server's handler gets one), reads and writes, and
 * coil_stream_close, which takes the handle back: what is buffered is still sent in the background, and only
 * coil_stream_wait_closed and coil_stream_is_closing go on to understand the handle.
 *
 * Reading is for one task at a time (-COIL_ECONCURRENT for the second). Writing is for any number: what is
 * written goes out in order of the calls. coil_stream_send is the normal way to write.
 *
 * Pointers given by readany, readline, readuntil and read_all lie in a buffer of Coil's, valid until the next read from the same stream or its end.
 * Any call returns -EINVAL for NULL, -COIL_ESTALE, -COIL_EWRONGTHREAD, and outside of a loop or a coroutine
 * -COIL_ENOLOOP or -COIL_ENOTASK.
 */
#ifndef COIL_STREAMS_H
#define COIL_STREAMS_H

#include <stddef.h>
#include <sys/uio.h>

#include "coil/call.h"
#include "coil/dns.h"
#include "coil/errors.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coil_stream coil_stream;
typedef struct coil_stream_reader coil_stream_reader;

/* ---------------------------------------------------------------- opening ---- */

/* Connects to host and port over TCP, trying all addresses of the host in order. A numeric host needs no look-up.
 * Returns 0 and *ret_stream; the error of the first address (its message names host and port); the errors of coil_getaddrinfo.
 * From: coroutine. Suspends: yes. Cancel: a connection that was made is delivered, else nothing is left open. */
COIL_DECLARE(coil_open_connection, (const char *, host), (int, port),
             (coil_stream *, ret_stream, out));
/* Connects to a Unix socket. Returns 0 and *ret_stream, or connect's error; -ENAMETOOLONG beyond 107 bytes.
 * From: coroutine. Suspends: yes. Cancel: a connection that was made is delivered, else nothing is left open. */
COIL_DECLARE(coil_open_unix_connection, (const char *, path), (coil_stream *, ret_stream, out));
/* Makes a stream of a connected stream socket, which then belongs to it. Returns 0 and *ret_stream, -EBADF, -ENOMEM.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_from_fd(int fd, coil_stream **ret_stream);

/* ---------------------------------------------------------------- reading ---- */

/* Reads up to n bytes, as soon as there are some. Returns how many, 0 at the end (and for n == 0), or the connection's error.
 * A buffer larger than most messages spares a system call: one that was filled to the last byte is asked for more.
 * From: coroutine. Suspends: yes, unless bytes are there. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_read, (coil_stream *, stream), (void *, buf), (size_t, n));
/* Reads what there is, as soon as there is something, without a buffer of the caller's: the bytes lie in one that all connections of the
 * loop share while they wait, so many connections with large messages cost no memory each. They may be given to coil_stream_send as
 * they are. Returns how many, 0 at the end, or the connection's error.
 * From: coroutine. Suspends: yes, unless bytes are there. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_readany, (coil_stream *, stream), (const char *, ret_data, out),
             (size_t, ret_size, out));
/* Reads exactly n bytes. Returns n, or -COIL_EINCOMPLETE at the end: coil_stream_partial() bytes are in buf.
 * From: coroutine. Suspends: yes, unless they are there. Cancel: no byte is lost: the next read gets them. */
COIL_DECLARE(coil_stream_readexactly, (coil_stream *, stream), (void *, buf), (size_t, n));
/* Reads a line with its '\n'. Returns its size, which is 0 at the end; the last line may lack the '\n'.
 * -COIL_ELIMIT when it is longer than the limit: it is then thrown away.
 * From: coroutine. Suspends: yes, unless it is there. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_readline, (coil_stream *, stream), (const char *, ret_line, out),
             (size_t, ret_size, out));
/* Reads up to and with a separator of `size` bytes. Returns the number of bytes. -COIL_EINCOMPLETE at the end (see
 * coil_stream_partial), -COIL_ELIMIT beyond the limit: the bytes stay; -EINVAL for an empty separator.
 * From: coroutine. Suspends: yes, unless it is there. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_readuntil, (coil_stream *, stream), (const void *, separator),
             (size_t, size), (const char *, ret_data, out), (size_t, ret_size, out));
/* The same with n separators, NUL-terminated: the earliest end wins.
 * From: coroutine. Suspends: yes, unless it is there. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_readuntil_any, (coil_stream *, stream), (const char *const *, separators),
             (size_t, n), (const char *, ret_data, out), (size_t, ret_size, out));
/* Reads all until the end. Returns the number of bytes. From: coroutine. Suspends: yes. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_read_all, (coil_stream *, stream), (const char *, ret_data, out),
             (size_t, ret_size, out));

/* Tells how many bytes the last -COIL_EINCOMPLETE came with. ret_data (may be NULL): where they are after a
 * readuntil; NULL after a readexactly, whose buffer has them.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_partial(coil_stream *stream, const char **ret_data);
/* Tells whether the end was reached and nothing is left to read: 1 or 0.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_at_eof(coil_stream *stream);
/* Sets the limit of readline and readuntil in bytes, 64 KiB at first. Returns 0, -EINVAL for 0 or beyond 1 GiB.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_set_limit(coil_stream *stream, size_t limit);

/* ---------------------------------------------------------------- writing ---- */

/* Writes n bytes and drains: returns when they are sent or at most the high-water mark waits in the buffer.
 * Returns 0 or the connection's error. From: coroutine. Suspends: yes, unless there is room.
 * Cancel: the bytes are buffered and go out all the same. */
COIL_DECLARE(coil_stream_send, (coil_stream *, stream), (const void *, buf), (size_t, n));
/* Writes n bytes without waiting; what the kernel does not take at once is copied. Returns 0, -ENOMEM, the
 * connection's error, -COIL_EINVALIDSTATE after write_eof.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_write(coil_stream *stream, const void *buf, size_t n);
/* Writes n pieces as one. Returns as coil_stream_write. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_writelines(coil_stream *stream, const struct iovec *pieces, int n);
/* Waits until the buffer is below its low-water mark, when it went over its high one. Returns 0 or the
 * connection's error. From: coroutine. Suspends: yes, when it has to wait. Cancel: the buffer goes out all the same. */
COIL_DECLARE(coil_stream_drain, (coil_stream *, stream));
/* Ends the writing direction after what is buffered: the peer reads the end, and can still answer. The second time does nothing.
 * Returns 0 or shutdown's error. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_write_eof(coil_stream *stream);
/* Tells whether write_eof works here: 1 or 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_can_write_eof(coil_stream *stream);
/* Sets the water marks in bytes, 64 KiB and 16 KiB at first. low < 0: a quarter of high. Returns 0, -EINVAL.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_set_write_buffer_limits(coil_stream *stream, long high, long low);
/* Tells how many bytes wait in the buffer. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_get_write_buffer_size(coil_stream *stream);

/* ---------------------------------------------------------------- closing ---- */

/* Closes: takes the handle back, sends what is buffered in the background, then closes the connection. A read that waits
 * gets the end. Returns 0, -COIL_ESTALE the second time. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_close(coil_stream *stream);
/* Waits until a closed stream is gone, with all it had buffered; at once when it is. Returns 0, or the error that kept the
 * buffer from going out. From: coroutine. Suspends: yes. Cancel: the closing goes on. */
COIL_DECLARE(coil_stream_wait_closed, (coil_stream *, stream));
/* Tells whether the stream is closing or closed: 1 or 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_is_closing(coil_stream *stream);
/* Ends the connection at once: drops the buffer, and a TCP peer sees a reset. Reads then give the end, writes an error; the handle
 * is the caller's until coil_stream_close. Returns 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_abort(coil_stream *stream);
/* Takes a server's stream away from its handler: the stream is not closed when the handler returns. Returns 0.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_detach(coil_stream *stream);

/* ---------------------------------------------------------------- who is there ---- */

/* Gives the address of this end. Returns 0 or getsockname's error. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_sockname(coil_stream *stream, coil_address *ret_address);
/* Gives the address of the other end. Returns 0 or getpeername's error. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_peername(coil_stream *stream, coil_address *ret_address);
/* Gives the fd, which stays the stream's; -EBADF when there is none. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_fd(coil_stream *stream);

/* ---------------------------------------------------------------- a reader fed by hand ---- */

/* Makes a reader: the reading half of a stream without a connection, for protocols and tests. limit: bytes, 0: 64 KiB. A
 * plain pointer: it must outlive the tasks that read from it. It belongs to the loop that used it first, as a lock does (coil/sync.h).
 * Returns 0 and *ret_reader, -ENOMEM. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_stream_reader_new(size_t limit, coil_stream_reader **ret_reader);
/* Frees a reader that nobody reads from; NULL is fine. From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_stream_reader_free(coil_stream_reader *reader);
/* Appends bytes (copied) and wakes who waits for them. Returns 0, -ENOMEM, -COIL_EINVALIDSTATE after feed_eof.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_reader_feed_data(coil_stream_reader *reader, const void *bytes, size_t n);
/* Says that no more bytes will come. Returns 0. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_reader_feed_eof(coil_stream_reader *reader);
/* Makes this read and every later one fail with err; the message of coil_fail(err, ...) goes along. Returns 0, -EINVAL
 * when err is not negative. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_reader_set_error(coil_stream_reader *reader, int err);
/* As coil_stream_at_eof. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_reader_at_eof(coil_stream_reader *reader);
/* As coil_stream_partial. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_stream_reader_partial(coil_stream_reader *reader, const char **ret_data);

/* As coil_stream_read. From: coroutine. Suspends: yes, unless bytes are there. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_reader_read, (coil_stream_reader *, reader), (void *, buf), (size_t, n));
/* As coil_stream_readany. From: coroutine. Suspends: yes, unless bytes are there. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_reader_readany, (coil_stream_reader *, reader),
             (const char *, ret_data, out), (size_t, ret_size, out));
/* As coil_stream_readexactly. From: coroutine. Suspends: yes, unless they are there. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_reader_readexactly, (coil_stream_reader *, reader), (void *, buf),
             (size_t, n));
/* As coil_stream_readline. From: coroutine. Suspends: yes, unless it is there. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_reader_readline, (coil_stream_reader *, reader),
             (const char *, ret_line, out), (size_t, ret_size, out));
/* As coil_stream_readuntil. From: coroutine. Suspends: yes, unless it is there. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_reader_readuntil, (coil_stream_reader *, reader),
             (const void *, separator), (size_t, size), (const char *, ret_data, out),
             (size_t, ret_size, out));
/* As coil_stream_readuntil_any. From: coroutine. Suspends: yes, unless it is there. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_reader_readuntil_any, (coil_stream_reader *, reader),
             (const char *const *, separators), (size_t, n), (const char *, ret_data, out),
             (size_t, ret_size, out));
/* As coil_stream_read_all. From: coroutine. Suspends: yes. Cancel: no byte is lost. */
COIL_DECLARE(coil_stream_reader_read_all, (coil_stream_reader *, reader),
             (const char *, ret_data, out), (size_t, ret_size, out));

#ifdef __cplusplus
}
#endif
#endif
