/* engine/fdtable.h: what a backend knows about each fd: which operations are armed on it, and who waits to close it.
 *
 * The generation changes when an fd is closed, so that an event that was on its way is recognised as somebody else's.
 */
#ifndef COIL_ENGINE_FDTABLE_H
#define COIL_ENGINE_FDTABLE_H

#include <errno.h>
#include <string.h>

#include "base/list.h"
#include "base/memory.h"
#include "base/sys.h"
#include "engine/backend.h"

/* One cache line: each message looks at it. */
struct coil__fd_entry {
    _Alignas(64) struct coil__list readers; /* ops by link; on io_uring: all ops of the fd       */
    struct coil__list writers; /* on io_uring: those that wait to be told                 */
    struct coil__op *closing;  /* COIL__OP_CLOSE, until nothing is armed any more   */
    uint32_t helpers;          /* operations of this fd in helper threads           */
    uint32_t generation;
    uint32_t
        registered; /* epoll: the events it is registered for; io_uring: whether it is watched */
    bool unread;    /* of one that is: a receive may find something      */
    bool ended;     /* or the end, from now on                           */
};

struct coil__fd_table {
    struct coil__fd_entry **chunks; /* of CHUNK entries; they never move */
    uint32_t n_chunks;
};
enum { COIL__FD_CHUNK = 256 };

/* The entry of an fd, made when needed; NULL when out of memory (or fd < 0). */
static inline struct coil__fd_entry *coil__fd_entry(struct coil__fd_table *t, int fd)
{
    uint32_t chunk = (uint32_t)fd / COIL__FD_CHUNK;
    if (fd < 0)
        return NULL;
    if (chunk >= t->n_chunks) {
        struct coil__fd_entry **chunks = coil__realloc(t->chunks, (chunk + 1) * sizeof *chunks);
        if (!chunks)
            return NULL;
        memset(chunks + t->n_chunks, 0, (chunk + 1 - t->n_chunks) * sizeof *chunks);
        t->chunks = chunks;
        t->n_chunks = chunk + 1;
    }
    if (!t->chunks[chunk]) {
        struct coil__fd_entry *e = coil__calloc_lines(COIL__FD_CHUNK * sizeof *e);
        if (!e)
            return NULL;
        for (int i = 0; i < COIL__FD_CHUNK; i++) {
            coil__list_init(&e[i].readers);
            coil__list_init(&e[i].writers);
        }
        t->chunks[chunk] = e;
    }
    return &t->chunks[chunk][(uint32_t)fd % COIL__FD_CHUNK];
}

/* The entry of an fd if it was made before, else NULL. */
static inline struct coil__fd_entry *coil__fd_known(const struct coil__fd_table *t, int fd)
{
    uint32_t chunk = (uint32_t)fd / COIL__FD_CHUNK;
    return chunk < t->n_chunks && t->chunks[chunk]
               ? &t->chunks[chunk][(uint32_t)fd % COIL__FD_CHUNK]
               : NULL;
}

/* The result of a COIL__OP_CLOSE whose fd nothing is armed on. */
static inline int coil__fd_close(int fd)
{
    return coil__sys_close(fd) < 0 && errno != EINTR ? -errno : 0;
}

static inline void coil__fd_table_done(struct coil__fd_table *t)
{
    for (uint32_t i = 0; i < t->n_chunks; i++)
        coil__free_aligned(t->chunks[i]);
    coil__free(t->chunks);
}

#endif
