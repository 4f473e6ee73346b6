/* base/slab.h: objects in dense arrays, behind handles that can be checked.
 *
 * Objects of one size lie in chunks that never move and are freed with the slab; the first of a chunk begins a cache line. A handle names a slot and the
 * generation of its tenant; giving an object back changes the generation, so an old handle is
 * recognised for ever (until 2^32 tenants later). The most recently freed slot is used first: it is warm.
 *
 * Objects that are a million are used in an order of their own, and then looking up where a page is costs more than the page. So from 4 MiB on
 * a slab grows by huge pages, where the kernel gives them.
 *
 * Each object begins with a struct coil__slab_head, which the slab keeps.
 */
#ifndef COIL_BASE_SLAB_H
#define COIL_BASE_SLAB_H

#include <stddef.h>
#include <stdint.h>

struct coil__slab_head {
    uint32_t slot;
    uint32_t generation; /* odd while the object lives, even while it is free */
};

struct coil__slab {
    char **chunks;
    uint32_t *free_slots; /* LIFO */
    uint32_t n_free, free_room;
    uint32_t n_chunks, chunk_room;
    uint32_t object_size;
    uint32_t first_generation;
};

enum { COIL__SLAB_CHUNK = 256, COIL__SLAB_MAX_SLOTS = 1 << 24 };

/* generation_seed keeps the handles of different slabs apart. Allocates nothing. */
void coil__slab_init(struct coil__slab *s, size_t object_size, uint32_t generation_seed);
/* Frees the chunks, whatever lives in them. */
void coil__slab_done(struct coil__slab *s);

/* Adds a chunk of free slots, or to a large slab a block of chunks: 0, or -1 when out of memory. */
int coil__slab_grow(struct coil__slab *s);

static inline struct coil__slab_head *coil__slab_slot(const struct coil__slab *s, uint32_t slot)
{
    return (struct coil__slab_head *)(void *)(s->chunks[slot / COIL__SLAB_CHUNK] +
                                              (size_t)(slot % COIL__SLAB_CHUNK) * s->object_size);
}

/* The same as below where a slot is free. */
static inline void *coil__slab_take(struct coil__slab *s)
{
    struct coil__slab_head *h = coil__slab_slot(s, s->free_slots[--s->n_free]);
    h->generation++;
    return h;
}
/* Gives an object (its head is set, the rest is as the last tenant left it; zero the first time); NULL when out of memory. */
static inline void *coil__slab_get(struct coil__slab *s)
{
    return s->n_free == 0 && coil__slab_grow(s) < 0 ? NULL : coil__slab_take(s);
}
static inline void coil__slab_put(struct coil__slab *s, void *object)
{
    struct coil__slab_head *h = (struct coil__slab_head *)object;
    h->generation++;
    s->free_slots[s->n_free++] = h->slot;
}

/* Fetches one that will be given soon, where many are taken one after the other: freed ones lie anywhere. */
static inline void coil__slab_warm(const struct coil__slab *s)
{
    enum { AHEAD = 6 };
    if (s->n_free > AHEAD)
        __builtin_prefetch(coil__slab_slot(s, s->free_slots[s->n_free - AHEAD]), 1);
}

/* The object in a slot if its generation is this one, else NULL. */
static inline void *coil__slab_find(const struct coil__slab *s, uint32_t slot, uint32_t generation)
{
    if (slot >= s->n_chunks * COIL__SLAB_CHUNK)
        return NULL;
    struct coil__slab_head *h = coil__slab_slot(s, slot);
    return h->generation == generation ? h : NULL;
}

/* The object in a slot whoever lives there, or NULL when nobody does: to walk over all of them. */
void *coil__slab_at(const struct coil__slab *s, uint32_t slot);
static inline uint32_t coil__slab_slots(const struct coil__slab *s)
{
    return s->n_chunks * COIL__SLAB_CHUNK;
}
/* How many objects live. */
static inline uint32_t coil__slab_live(const struct coil__slab *s)
{
    return coil__slab_slots(s) - s->n_free;
}

#endif
