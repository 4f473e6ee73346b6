/* coil/sendfile.h: a file's bytes into a connection, without carrying them through the program.
 *
 * The kernel copies from the page cache into the socket (in a helper thread, because the disk may be slow); what can't be done so (TLS and
 * other transports, pipes, files without a page cache) is read and written in pieces. The result is the same.
 */
#ifndef COIL_SENDFILE_H
#define COIL_SENDFILE_H

#include "coil/call.h"
#include "coil/files.h"
#include "coil/streams.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sends `count` bytes of the file from `offset` on (count < 0: up to its end), after what was written before; until it is done
 * other writes to the stream fail with -COIL_EINVALIDSTATE. The file's position is moved behind what was sent. Returns 0 and
 * *sent (may be NULL): the bytes, fewer than count when the file ends earlier; the connection's or the file's error; -EINVAL
 * for a negative offset or a count of 0. A close of the stream waits for the file; an abort doesn't.
 * From: coroutine. Suspends: yes. Cancel: a part may have been sent; the stream stays usable. */
COIL_DECLARE(coil_stream_sendfile, (coil_stream *, stream), (coil_file *, file),
             (long long, offset), (long long, count), (long long, sent, out));
/* The same for a raw stream socket, which should be non-blocking. file: an fd; of a pipe, whose offset must be 0, what comes next.
 * Its position is left alone. Returns as coil_stream_sendfile. From: coroutine. Suspends: yes.
 * Cancel: a part may have been sent. */
COIL_DECLARE(coil_sendfile, (int, socket), (int, file), (long long, offset), (long long, count),
             (long long, sent, out));

#ifdef __cplusplus
}
#endif
#endif
