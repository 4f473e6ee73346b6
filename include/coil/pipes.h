/* coil/pipes.h: streams on pipes, terminals and what else a program may find as its stdin and stdout.
 *
 * The connect_read_pipe and connect_write_pipe of asyncio: an fd becomes a stream of one direction, and all of
 * coil/streams.h works on it. A write_eof closes a pipe, as that is how its reader learns of the end.
 *
 * The fds 0, 1 and 2 are the program's: the stream works beside them and leaves them open. Any other fd belongs to the
 * stream, which closes it. Either way nobody who shares the fd (the shell, a parent, a child) sees its O_NONBLOCK change: a
 * pipe or terminal is opened anew for the stream (through /proc), and what can't be is used as it is, waiting for
 * readiness before each call. Only the master of a pseudo-terminal, which can't be opened twice, is made
 * non-blocking until the stream closes.
 *
 * While a loop has a stream to write to a pipe, SIGPIPE is ignored if it was at its default: a broken pipe is -EPIPE.
 */
#ifndef COIL_PIPES_H
#define COIL_PIPES_H

#include "coil/streams.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a stream to read from of a pipe, socket, terminal, character device or file. Returns 0 and *ret_stream; -EBADF when fd
 * is not open for reading, -EINVAL for a directory or a disk, -ENOMEM, -EMFILE: the fd is the caller's still.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_connect_read_pipe(int fd, coil_stream **ret_stream);
/* Makes a stream to write to of the same. Returns 0 and *ret_stream; -EBADF when fd is not open for writing, and as
 * coil_connect_read_pipe. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_connect_write_pipe(int fd, coil_stream **ret_stream);

#ifdef __cplusplus
}
#endif
#endif
