/* base/bucket.c: appending to a chain, gaps, and the pool that its chunks come from. */
#include "base/bucket.h"

#include <errno.h>

enum { PLACE_BITS = 4 };
_Static_assert(COIL__BUCKET_CHUNK <= 1 << PLACE_BITS &&
                   COIL__SLAB_MAX_SLOTS <= COIL__BUCKET_NODE >> PLACE_BITS,
               "an index holds a place");

/* ---------------------------------------------------------------- the pool ---- */

void coil__bucket_pool_init(struct coil__bucket_pool *p)
{
    if (!p->chunks.object_size)
        coil__slab_init(&p->chunks, sizeof(struct coil__bucket_chunk), 0);
}

void coil__bucket_pool_done(struct coil__bucket_pool *p)
{
    coil__slab_done(&p->chunks);
}

void coil__bucket_pool_trim(struct coil__bucket_pool *p)
{
    uint32_t needed = p->most;
    p->most = 0;
    if (coil__slab_slots(&p->chunks) <= COIL__SLAB_CHUNK + 4 * needed)
        return;
    coil__slab_done(&p->chunks);
    coil__slab_init(&p->chunks, sizeof(struct coil__bucket_chunk), 0);
}

static struct coil__bucket_chunk *new_chunk(struct coil__bucket_pool *p)
{
    struct coil__bucket_chunk *c = coil__slab_get(&p->chunks);
    if (c && coil__slab_live(&p->chunks) > p->most)
        p->most = coil__slab_live(&p->chunks);
    if (c)
        c->next = NULL;
    return c;
}

void coil__bucket_free(struct coil__bucket_pool *p, struct coil__bucket_chunk *c)
{
    for (struct coil__bucket_chunk *next; c; c = next) {
        next = c->next;
        coil__slab_put(&p->chunks, c);
    }
}

/* ---------------------------------------------------------------- in ---- */

static uint32_t index_of(const struct coil__bucket_chunk *c, unsigned place)
{
    return COIL__BUCKET_NODE | c->head.slot << PLACE_BITS | place;
}

static void set_entry(struct coil__bucket_chunk *c, unsigned place, struct coil__bucket_entry e)
{
    c->entries[place] = e;
    e.node->index = index_of(c, place);
}

static void note_deadline(struct coil__bucket *b, int64_t when_ns)
{
    if (!b->last) {
        b->first_ns = when_ns;
        b->known = b->in_order = true;
        return;
    }
    if (when_ns < b->last->entries[b->in_last - 1].when_ns)
        b->in_order = false;
    if (when_ns <= b->first_ns) {
        b->first_ns = when_ns;
        b->known = true;
    }
}

int coil__bucket_append(struct coil__bucket_pool *p, struct coil__bucket *b,
                        struct coil__bucket_entry e)
{
    bool full = !b->last || b->in_last == COIL__BUCKET_CHUNK;
    struct coil__bucket_chunk *c = full ? new_chunk(p) : b->last;
    if (!c)
        return -ENOMEM;
    note_deadline(b, e.when_ns);
    if (full) {
        *(b->last ? &b->last->next : &b->first) = c;
        b->last = c;
        b->in_last = 0;
    }
    set_entry(c, b->in_last++, e);
    b->n++;
    return 0;
}

/* ---------------------------------------------------------------- taken back ---- */

/* Closes the gaps of a bucket that has entries. */
static void close_gaps(struct coil__bucket_pool *p, struct coil__bucket *b)
{
    struct coil__bucket_chunk *to = b->first;
    unsigned in_to = 0;
    for (struct coil__bucket_chunk *c = b->first; c; c = c->next)
        for (unsigned i = 0; i < coil__bucket_used(b, c); i++) {
            if (!c->entries[i].node)
                continue;
            if (in_to == COIL__BUCKET_CHUNK) {
                to = to->next;
                in_to = 0;
            }
            set_entry(to, in_to++, c->entries[i]);
        }
    coil__bucket_free(p, to->next);
    to->next = NULL;
    b->last = to;
    b->in_last = in_to;
    b->gaps = 0;
}

void coil__bucket_remove(struct coil__bucket_pool *p, struct coil__bucket *b,
                         struct coil__heap_node *node)
{
    uint32_t place = node->index & ~COIL__BUCKET_NODE;
    struct coil__bucket_chunk *c = (void *)coil__slab_slot(&p->chunks, place >> PLACE_BITS);
    c->entries[place % (1 << PLACE_BITS)].node = NULL;
    node->index = 0;
    b->gaps++;
    b->n--;
    if (node->when_ns == b->first_ns)
        b->known = false;
    if (b->n > 0 && b->gaps > b->n + COIL__BUCKET_CHUNK)
        close_gaps(p, b);
}

/* ---------------------------------------------------------------- looking ---- */

int64_t coil__bucket_first_ns(struct coil__bucket *b)
{
    if (b->known)
        return b->first_ns;
    b->first_ns = INT64_MAX;
    b->known = true;
    for (const struct coil__bucket_chunk *c = b->first; c; c = c->next)
        for (unsigned i = 0; i < coil__bucket_used(b, c); i++)
            if (c->entries[i].node && c->entries[i].when_ns < b->first_ns)
                b->first_ns = c->entries[i].when_ns;
    return b->first_ns;
}

bool coil__bucket_check(const struct coil__bucket *b, int64_t begin_ns, int64_t last_ns,
                        uint32_t *chunks)
{
    uint32_t n = 0, gaps = 0;
    int64_t before_ns = INT64_MIN;
    bool known = false;
    for (const struct coil__bucket_chunk *c = b->first; c; c = c->next, ++*chunks)
        for (unsigned i = 0; i < coil__bucket_used(b, c); i++) {
            const struct coil__bucket_entry *e = &c->entries[i];
            if (!e->node && ++gaps)
                continue;
            if (e->node->when_ns != e->when_ns || e->node->index != index_of(c, i) ||
                e->when_ns < begin_ns || e->when_ns > last_ns || e->when_ns < b->first_ns ||
                (b->in_order && e->when_ns < before_ns))
                return false;
            before_ns = e->when_ns;
            known |= e->when_ns == b->first_ns;
            n++;
        }
    return (known || !b->known) && n == b->n && gaps == b->gaps && gaps <= n + COIL__BUCKET_CHUNK;
}
