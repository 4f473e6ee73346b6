/* base/bucket.h: the deadlines of one stretch of time, in the order in which they came: a chain of chunks.
 *
 * A bucket that is zero is empty. All its chunks but the last are full. A node that is in a bucket knows its place there: its index is
 * COIL__BUCKET_NODE, the slot of its chunk and its place in that. So one that is taken back leaves a gap at once, wherever the chain begins; a
 * bucket of which more than half is gaps closes them. Only append can fail.
 *
 * The chunks of many buckets come from one pool. They are written to when something is put in and when gaps are closed; whoever reads a chain
 * fetches what comes a chunk ahead.
 */
#ifndef COIL_BASE_BUCKET_H
#define COIL_BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/slab.h"

enum { COIL__BUCKET_CHUNK = 15 };

/* In a node's index: it is in a bucket. */
#define COIL__BUCKET_NODE UINT32_C(0x80000000)

struct coil__bucket_entry {
    int64_t when_ns;
    struct coil__heap_node *node; /* NULL: a gap */
};

struct coil__bucket_chunk {
    struct coil__slab_head head;
    struct coil__bucket_chunk *next;
    struct coil__bucket_entry entries[COIL__BUCKET_CHUNK];
};
_Static_assert(sizeof(struct coil__bucket_chunk) == 256, "a chunk is four cache lines");

struct coil__bucket_pool {
    struct coil__slab chunks;
    uint32_t most; /* at once, since it was trimmed */
};

struct coil__bucket {
    struct coil__bucket_chunk *first,
        *last;        /* all but the last are full                           */
    int64_t first_ns; /* the first deadline that it ever had                 */
    uint32_t in_last; /* entries and gaps in the last chunk                  */
    uint32_t n, gaps; /* entries, and gaps                                   */
    bool known;       /* first_ns is in there still                          */
    bool in_order;    /* the deadlines come one after the other, as limits of one length do */
};

/* A pool that is zero has to be made ready before the first append; the second time nothing happens. */
void coil__bucket_pool_init(struct coil__bucket_pool *p);
/* Nothing is out. What an earlier burst took is given back when this time most of it was not needed. */
void coil__bucket_pool_trim(struct coil__bucket_pool *p);
void coil__bucket_pool_done(struct coil__bucket_pool *p);

/* Returns 0 or -ENOMEM. */
int coil__bucket_append(struct coil__bucket_pool *p, struct coil__bucket *b,
                        struct coil__bucket_entry e);
/* Makes a node of the bucket idle. When it was the last one, what is left is gaps: take the bucket away and free its chunks. */
void coil__bucket_remove(struct coil__bucket_pool *p, struct coil__bucket *b,
                         struct coil__heap_node *node);
/* The first deadline of a bucket that is not empty. Searches the chain when that is not known. */
int64_t coil__bucket_first_ns(struct coil__bucket *b);
/* Gives the chunks back from this one on. */
void coil__bucket_free(struct coil__bucket_pool *p, struct coil__bucket_chunk *c);

/* ---- going along a chain ---- */

/* How many entries and gaps a chunk has. */
static inline unsigned coil__bucket_used(const struct coil__bucket *b,
                                         const struct coil__bucket_chunk *c)
{
    return c == b->last ? b->in_last : COIL__BUCKET_CHUNK;
}

static inline const struct coil__bucket_chunk *coil__bucket_next(const struct coil__bucket_chunk *c)
{
    return c ? c->next : NULL;
}

static inline void coil__bucket_fetch(const struct coil__bucket_chunk *c)
{
    for (unsigned line = 0; c && line < sizeof *c / 64; line++)
        __builtin_prefetch((const char *)c + (size_t)line * 64);
}

static inline void coil__bucket_fetch_nodes(const struct coil__bucket_chunk *c)
{
    for (unsigned i = 0; c && i < COIL__BUCKET_CHUNK; i++)
        __builtin_prefetch(c->entries[i].node, 1);
}

/* For tests: whether every invariant holds, and no deadline is outside of this stretch of time. Counts its chunks. */
bool coil__bucket_check(const struct coil__bucket *b, int64_t begin_ns, int64_t last_ns,
                        uint32_t *chunks);

#endif
