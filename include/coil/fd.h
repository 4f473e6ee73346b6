/* coil/fd.h: file descriptors as they are: readiness callbacks, and socket calls that suspend.
 *
 * For fds that Coil did not make: libraries that bring their own, and loops built on callbacks. Close such an fd
 * with coil_close (or remove its readers and writers before you close it yourself): a wait that is still armed would
 * otherwise meet whoever gets the number next. The fd's O_NONBLOCK flag is left as it is.
 */
#ifndef COIL_FD_H
#define COIL_FD_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "coil/call.h"
#include "coil/dns.h"
#include "coil/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Has fn(arg) called in each turn in which fd is readable (level-triggered), instead of an earlier reader of this fd.
 * A negative return goes to the exception handler; the reader stays. Returns 0, -EINVAL, -EPERM for a regular
 * file, -EBADF, -COIL_ENOLOOP, -ENOMEM. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_add_reader(int fd, coil_callback fn, void *arg);
/* The same for writing. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_add_writer(int fd, coil_callback fn, void *arg);
/* Takes the reader away: returns 1 when there was one, 0 when not, -COIL_ENOLOOP.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_remove_reader(int fd);
/* The same for the writer. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_remove_writer(int fd);

/* Waits until fd is ready for any of `events` (POLLIN | POLLOUT | POLLPRI of poll.h). Returns the ready events,
 * -EPERM for a regular file, -EBADF (also when the fd is closed by coil_close meanwhile), -EINVAL.
 * From: coroutine. Suspends: yes. Cancel: nothing is taken. */
COIL_DECLARE(coil_wait_fd, (int, fd), (int, events));

/* Receives up to n bytes from a socket. Returns how many, 0 at the end, or recv's error.
 * From: coroutine. Suspends: yes, unless data are there. Cancel: bytes that were taken are delivered. */
COIL_DECLARE(coil_recv, (int, fd), (void *, buf), (size_t, n));
/* Sends up to n bytes to a socket, never raising SIGPIPE. Returns how many, or send's error.
 * From: coroutine. Suspends: yes, unless there is room. Cancel: bytes that were sent are reported. */
COIL_DECLARE(coil_send, (int, fd), (const void *, buf), (size_t, n));
/* Sends all n bytes. Returns 0 or send's error; how much was sent before an error is not told.
 * From: coroutine. Suspends: yes, unless there is room. Cancel: a part may have been sent. */
COIL_DECLARE(coil_sendall, (int, fd), (const void *, buf), (size_t, n));
/* Receives one datagram of up to n bytes, the rest of a longer one is lost. ret_from (NULL, or valid until the call has ended): the sender.
 * Returns how many bytes, or recvfrom's error. From: coroutine. Suspends: yes, unless one is there.
 * Cancel: a datagram that was taken is delivered. */
COIL_DECLARE(coil_recvfrom, (int, fd), (void *, buf), (size_t, n), (coil_address *, ret_from));
/* Sends one datagram. to: NULL for a connected socket. Returns n, or sendto's error.
 * From: coroutine. Suspends: yes, unless there is room. Cancel: a datagram that was sent is reported. */
COIL_DECLARE(coil_sendto, (int, fd), (const void *, buf), (size_t, n), (const coil_address *, to));
/* Sends n bytes (at least one) and open files with them, over a Unix socket; the files stay the sender's too. n_fds: at most 253.
 * Returns how many bytes, with which all the files have gone, or sendmsg's error; -EINVAL.
 * From: coroutine. Suspends: yes, unless there is room. Cancel: what was sent is reported. */
COIL_DECLARE(coil_send_fds, (int, socket), (const void *, buf), (size_t, n), (const int *, fds),
             (int, n_fds));
/* Receives up to n bytes and the files that came with them. ret_fds: room for `room` fds (at most 253), valid until the call has ended; they are
 * close-on-exec and the receiver's. Returns how many bytes, 0 at the end, and the number of files; -EMSGSIZE when there were more than
 * `room`: all are closed then; or recvmsg's error. From: coroutine. Suspends: yes, unless something is there.
 * Cancel: what was received is delivered. */
COIL_DECLARE(coil_recv_fds, (int, socket), (void *, buf), (size_t, n), (int *, ret_fds),
             (int, room), (int, n_fds, out));
/* Accepts a connection of a listening socket. Returns its fd (close-on-exec, non-blocking, yours), or accept's error.
 * From: coroutine. Suspends: yes. Cancel: a connection that was taken is delivered. */
COIL_DECLARE(coil_accept, (int, fd));
/* Connects a socket. address: valid until it returns. Returns 0 or connect's error.
 * From: coroutine. Suspends: yes. Cancel: a connection that was made is delivered;
 * else the socket is in an unknown state: close it. */
COIL_DECLARE(coil_connect, (int, fd), (const struct sockaddr *, address), (socklen_t, size));

/* Ends all waits on fd (they return -EBADF), waits for that, and closes it. Returns 0 or close's error; the fd is gone
 * in either case. From: coroutine. Suspends: yes. Cancel: is delivered later: the fd is closed first. */
COIL_DECLARE(coil_close, (int, fd));

#ifdef __cplusplus
}
#endif
#endif
