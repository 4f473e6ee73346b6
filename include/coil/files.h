/* coil/files.h: files, without blocking the loop.
 *
 * On io_uring the kernel does the work; on epoll helper threads do, under the same contracts. A file is opened, used by one or
 * several tasks, and closed by coil_file_close, which frees it. read and write move a position that the file keeps
 * itself; pread and pwrite take one. Buffers and paths must stay valid until the call returns.
 */
#ifndef COIL_FILES_H
#define COIL_FILES_H

#include <stddef.h>
#include <sys/stat.h>

#include "coil/call.h"
#include "coil/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coil_file coil_file;

/* Opens a file as open(2): flags O_* (O_CLOEXEC is added), mode for a new one. Returns 0 and the file, yours to close, or open's
 * error with a message that names the path; -EINVAL for NULL.
 * From: coroutine. Suspends: yes. Cancel: a file that was opened is delivered. */
COIL_DECLARE(coil_file_open, (const char *, path), (int, flags), (unsigned, mode),
             (coil_file *, file, out));

/* Reads up to n bytes at the file's position and moves it. Returns how many, 0 at the end, or read's error.
 * From: coroutine. Suspends: yes. Cancel: bytes that were read are delivered. */
COIL_DECLARE(coil_file_read, (coil_file *, file), (void *, buf), (size_t, n));
/* Writes n bytes at the file's position and moves it (O_APPEND: at the end). Returns how many, which is n unless an error
 * came after a part; else write's error. From: coroutine. Suspends: yes. Cancel: what was written is reported. */
COIL_DECLARE(coil_file_write, (coil_file *, file), (const void *, buf), (size_t, n));
/* Reads up to n bytes at an offset. From: coroutine. Suspends: yes. Cancel: bytes that were read are delivered. */
COIL_DECLARE(coil_file_pread, (coil_file *, file), (void *, buf), (size_t, n), (long long, offset));
/* Writes n bytes at an offset. From: coroutine. Suspends: yes. Cancel: what was written is reported. */
COIL_DECLARE(coil_file_pwrite, (coil_file *, file), (const void *, buf), (size_t, n),
             (long long, offset));

/* Moves the position to `offset` from the beginning. Returns 0, -EINVAL for a negative one.
 * From: any thread, while no other call uses the file. Suspends: no. Cancel: not applicable. */
int coil_file_seek(coil_file *file, long long offset);
/* Gives the file's size in bytes. From: coroutine. Suspends: yes. Cancel: what was found is delivered. */
COIL_DECLARE(coil_file_size, (coil_file *, file), (long long, size, out));
/* Brings what was written to the disk. Returns 0 or fsync's error.
 * From: coroutine. Suspends: yes. Cancel: the kernel may go on with it. */
COIL_DECLARE(coil_file_fsync, (coil_file *, file));
/* The same for the bytes and the size, without the times.
 * From: coroutine. Suspends: yes. Cancel: the kernel may go on with it. */
COIL_DECLARE(coil_file_fdatasync, (coil_file *, file));
/* Makes the file exactly so many bytes long; what is added reads as zeros. Returns 0 or ftruncate's error.
 * From: coroutine. Suspends: yes. Cancel: it may have happened. */
COIL_DECLARE(coil_file_truncate, (coil_file *, file), (long long, size));
/* Reserves room on the disk for `size` bytes from `offset` on, and makes the file at least that long. Returns 0 or
 * fallocate's error, -EOPNOTSUPP where the file system has no such thing.
 * From: coroutine. Suspends: yes. Cancel: it may have happened. */
COIL_DECLARE(coil_file_allocate, (coil_file *, file), (long long, offset), (long long, size));
struct statx; /* of sys/stat.h, with _GNU_SOURCE */
/* Gives the file's size, times and all else, into *ret_stat, which must stay valid until the call has ended. Returns 0 or
 * statx's error. From: coroutine. Suspends: yes. Cancel: what was found is delivered. */
COIL_DECLARE(coil_file_stat, (coil_file *, file), (struct statx *, ret_stat));
/* Gives the fd, which stays the file's. From: any thread. Suspends: no. Cancel: not applicable. */
int coil_file_fd(const coil_file *file);
/* Ends what is under way on the file (-EBADF), closes it and frees it. NULL is fine. Returns 0 or close's error (the file is
 * gone all the same). From: coroutine. Suspends: yes. Cancel: is delivered later: the file is closed first. */
COIL_DECLARE(coil_file_close, (coil_file *, file));

#ifdef __cplusplus
}
#endif
#endif
