/* coil/fs.h: names in the file system, without blocking the loop: os and os.path.
 *
 * On io_uring the kernel does what it can do there (rename, unlink, mkdir, link, symlink, stat), helper threads the rest. Every error
 * has a message that names the call and the path. Paths and buffers must stay valid until the call has ended. Each call returns -EINVAL
 * for a NULL path and -ENOMEM besides what its contract says.
 */
#ifndef COIL_FS_H
#define COIL_FS_H

#include <stddef.h>
#include <sys/stat.h>

#include "coil/call.h"
#include "coil/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- making and removing names ---- */

/* Renames a file, replacing `to`. Returns 0 or rename's error.
 * From: coroutine. Suspends: yes. Cancel: it may have happened. */
COIL_DECLARE(coil_rename, (const char *, from), (const char *, to));
/* Removes a file. From: coroutine. Suspends: yes. Cancel: it may have happened. */
COIL_DECLARE(coil_unlink, (const char *, path));
/* Makes a directory. From: coroutine. Suspends: yes. Cancel: it may have happened. */
COIL_DECLARE(coil_mkdir, (const char *, path), (unsigned, mode));
/* Makes a directory and those above it that are missing; one that is there already is fine. Returns 0 or mkdir's error.
 * From: coroutine. Suspends: yes. Cancel: it may have happened, also in part. */
COIL_DECLARE(coil_makedirs, (const char *, path), (unsigned, mode));
/* Removes an empty directory. From: coroutine. Suspends: yes. Cancel: it may have happened. */
COIL_DECLARE(coil_rmdir, (const char *, path));
/* Gives a file another name. Returns 0 or link's error. From: coroutine. Suspends: yes. Cancel: it may have happened. */
COIL_DECLARE(coil_link, (const char *, from), (const char *, to));
/* Makes a symbolic link at `path` that says `target`. Returns 0 or symlink's error.
 * From: coroutine. Suspends: yes. Cancel: it may have happened. */
COIL_DECLARE(coil_symlink, (const char *, target), (const char *, path));
/* Gives what a symbolic link says, terminated. buf: room for n bytes. Returns the length, -ENAMETOOLONG when it does not fit, or
 * readlink's error. From: coroutine. Suspends: yes. Cancel: what was read is delivered. */
COIL_DECLARE(coil_readlink, (const char *, path), (char *, buf), (size_t, n));

/* ---------------------------------------------------------------- what a name stands for ---- */

struct statx; /* of sys/stat.h, with _GNU_SOURCE */
/* Gives a file's size and times, following links, into *ret_stat, which must stay valid until the call has ended.
 * From: coroutine. Suspends: yes. Cancel: what was found is delivered. */
COIL_DECLARE(coil_stat, (const char *, path), (struct statx *, ret_stat));
/* The same of a symbolic link itself. From: coroutine. Suspends: yes. Cancel: what was found is delivered. */
COIL_DECLARE(coil_lstat, (const char *, path), (struct statx *, ret_stat));
/* Tells whether the file may be used so (F_OK, R_OK, W_OK, X_OK of unistd.h): 0, -EACCES, -ENOENT or access's error.
 * From: coroutine. Suspends: yes. Cancel: what was found is delivered. */
COIL_DECLARE(coil_access, (const char *, path), (int, mode));
/* Sets the permission bits. Returns 0 or chmod's error. From: coroutine. Suspends: yes. Cancel: it may have happened. */
COIL_DECLARE(coil_chmod, (const char *, path), (unsigned, mode));
/* Makes a file exactly so many bytes long. Returns 0 or truncate's error.
 * From: coroutine. Suspends: yes. Cancel: it may have happened. */
COIL_DECLARE(coil_truncate, (const char *, path), (long long, size));

/* ---------------------------------------------------------------- directories ---- */

typedef struct coil_dir coil_dir;

/* One name of a directory. */
typedef struct coil_dir_entry {
    const char *name;         /* valid until the next call on the directory                  */
    unsigned long long inode; /* its number in the file system                               */
    int type;                 /* DT_REG, DT_DIR, DT_LNK ... of dirent.h; DT_UNKNOWN (0) where
                                 the file system does not say: ask coil_lstat                */
} coil_dir_entry;

/* Opens a directory to read its names. Returns 0 and *ret_dir, yours to close, or open's error.
 * From: coroutine. Suspends: yes. Cancel: a directory that was opened is delivered. */
COIL_DECLARE(coil_dir_open, (const char *, path), (coil_dir *, ret_dir, out));
/* Gives the next name, without "." and "..", in the file system's own order. Returns 1 and the entry, 0 at the end, or an
 * error; -COIL_ECONCURRENT when another task reads.
 * From: coroutine. Suspends: yes, when the next names have to be fetched. Cancel: no name is lost. */
COIL_DECLARE(coil_dir_next, (coil_dir *, dir), (coil_dir_entry, entry, out));
/* Closes a directory and frees it. NULL is fine. Returns 0 or close's error (it is gone all the same); -COIL_ECONCURRENT when
 * another task reads: it is still open then.
 * From: coroutine. Suspends: yes. Cancel: is delivered later: the directory is closed first. */
COIL_DECLARE(coil_dir_close, (coil_dir *, dir));

#ifdef __cplusplus
}
#endif
#endif
