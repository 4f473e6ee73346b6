/* coil/watch.h: files and directories that change: inotify, one event at a time.
 *
 * A watch holds any number of paths; the events of all of them come out of one coil_watch_next, in the kernel's order. When they come
 * faster than they are read, the kernel drops some and says so by an event IN_Q_OVERFLOW: what was watched has to be looked
 * at anew then. A directory tells about the names in it, not about what lies deeper.
 *
 * The handle is opaque and checked. Unless a contract says otherwise a call returns -EINVAL for NULL, -COIL_ESTALE for a
 * watch that was closed, -COIL_EWRONGTHREAD, -COIL_ENOLOOP, -COIL_ENOTASK.
 */
#ifndef COIL_WATCH_H
#define COIL_WATCH_H

#include <sys/inotify.h>

#include "coil/call.h"
#include "coil/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coil_watch coil_watch;

typedef struct coil_watch_event {
    int path;         /* what coil_watch_add gave; -1 with IN_Q_OVERFLOW                     */
    unsigned events;  /* one of IN_*, with IN_ISDIR when it is about a directory             */
    unsigned cookie;  /* the same in both halves of a rename; else 0                         */
    const char *name; /* in the watched directory; NULL when it is about the path itself.
                         Valid until the next coil_watch_next or the close                  */
} coil_watch_event;

/* Opens a watch without any path. Returns 0 and *ret_watch, yours to close; -EMFILE (see fs.inotify.max_user_instances), -ENOMEM.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_watch_open(coil_watch **ret_watch);
/* Watches a path for events: IN_* of sys/inotify.h, joined by |, with IN_ONLYDIR, IN_ONESHOT ... For a path that is watched already they
 * replace the earlier ones, unless IN_MASK_ADD. Returns its number, 1 or more; an error with a message that names the
 * path: -ENOENT, -EACCES, -ENOSPC (see fs.inotify.max_user_watches).
 * From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_watch_add(coil_watch *watch, const char *path, unsigned events);
/* Watches a path no longer; an event IN_IGNORED is its last, as when a path goes away by itself. path: its number. Returns 0,
 * -EINVAL when it is none. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_watch_remove(coil_watch *watch, int path);
/* Gives the next event. Returns 0 and the event; -COIL_ECONCURRENT when another task waits for it; -EBADF when the watch is closed
 * meanwhile. From: coroutine. Suspends: yes, unless one is there. Cancel: no event is lost. */
COIL_DECLARE(coil_watch_next, (coil_watch *, watch), (coil_watch_event, event, out));
/* Closes: takes the handle back; a coil_watch_next that waits gets -EBADF. Returns 0 or close's error (it is closed all the same).
 * The kernel takes its time for it, some 20 ms, while the loop goes on.
 * From: coroutine. Suspends: yes. Cancel: is delivered later: the watch is closed first. */
COIL_DECLARE(coil_watch_close, (coil_watch *, watch));

#ifdef __cplusplus
}
#endif
#endif
