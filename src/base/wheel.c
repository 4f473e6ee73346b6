/* base/wheel.c: chains of chunks, bits that say which are not empty, and a cursor.
 *
 * A node is written to when it is put in, when its bucket is opened, and when gaps are closed; what is then touched in vain is fetched
 * a chunk ahead. An opened tick fires within a millisecond, so its nodes come into the caches when they are needed there.
 */
#include "base/wheel.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"

enum { DIGIT_BITS = 10, BUCKETS = 1 << DIGIT_BITS, WORDS = BUCKETS / 64 };
enum { IN_CHUNK = 15, PLACE_BITS = 4 };

struct entry {
    int64_t when_ns;
    struct coil__heap_node *node; /* NULL: a gap */
};

struct chunk {
    struct coil__slab_head head;
    struct chunk *next;
    struct entry entries[IN_CHUNK];
};
_Static_assert(sizeof(struct chunk) == 256, "a chunk is four cache lines");
_Static_assert(COIL__SLAB_MAX_SLOTS <= COIL__WHEEL_NODE >> PLACE_BITS, "an index holds a place");

struct bucket {
    struct chunk *first, *last; /* all but the last are full                                 */
    int64_t first_ns;           /* the first deadline that it ever had                       */
    uint32_t in_last;           /* entries and gaps in the last chunk                        */
    uint32_t n, gaps;
    bool known;    /* first_ns is in there still                                */
    bool in_order; /* the deadlines come one after the other, as limits of one length do */
};

struct coil__wheel_level {
    uint64_t bits[WORDS]; /* which buckets are not empty     */
    uint32_t words;       /* which words of bits are not 0   */
    struct bucket buckets[BUCKETS];
};

/* ---------------------------------------------------------------- where ---- */

static unsigned level_of(const struct coil__wheel *w, uint64_t tick)
{
    return (63 - (unsigned)__builtin_clzll(tick ^ w->cursor)) / DIGIT_BITS;
}

static unsigned digit_of(uint64_t tick, unsigned level)
{
    return (unsigned)(tick >> (level * DIGIT_BITS)) % BUCKETS;
}

/* The first tick of a bucket. */
static uint64_t begin_of(const struct coil__wheel *w, unsigned level, unsigned digit)
{
    unsigned above = (level + 1) * DIGIT_BITS;
    return (w->cursor >> above << above) | (uint64_t)digit << (level * DIGIT_BITS);
}

static int64_t ns_of(uint64_t tick)
{
    return (int64_t)(tick << COIL__WHEEL_TICK_BITS ^ UINT64_C(1) << 63);
}

static unsigned first_digit(const struct coil__wheel_level *l)
{
    unsigned word = (unsigned)__builtin_ctz(l->words);
    return word * 64 + (unsigned)__builtin_ctzll(l->bits[word]);
}

static void find_first(struct coil__wheel *w)
{
    for (unsigned level = 0; level < COIL__WHEEL_LEVELS; level++) {
        const struct coil__wheel_level *l = w->levels[level];
        if (l && l->words) {
            w->first_level = level;
            w->opens_ns = ns_of(begin_of(w, level, first_digit(l)));
            return;
        }
    }
}

/* ---------------------------------------------------------------- buckets ---- */

static unsigned used(const struct bucket *b, const struct chunk *c)
{
    return c == b->last ? b->in_last : IN_CHUNK;
}

static void set_entry(struct chunk *c, unsigned i, struct entry e)
{
    c->entries[i] = e;
    e.node->index = COIL__WHEEL_NODE | c->head.slot << PLACE_BITS | i;
}

static void note_deadline(struct bucket *b, int64_t when_ns)
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

static struct chunk *new_chunk(struct coil__wheel *w)
{
    struct chunk *c = coil__slab_get(&w->chunks);
    if (c && coil__slab_live(&w->chunks) > w->most_chunks)
        w->most_chunks = coil__slab_live(&w->chunks);
    if (c)
        c->next = NULL;
    return c;
}

static int append(struct coil__wheel *w, struct bucket *b, struct entry e)
{
    bool full = !b->last || b->in_last == IN_CHUNK;
    struct chunk *c = full ? new_chunk(w) : b->last;
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

static void free_chain(struct coil__wheel *w, struct chunk *c)
{
    for (struct chunk *next; c; c = next) {
        next = c->next;
        coil__slab_put(&w->chunks, c);
    }
}

/* Closes the gaps of a bucket that has entries. */
static void close_gaps(struct coil__wheel *w, struct bucket *b)
{
    struct chunk *to = b->first;
    unsigned in_to = 0;
    for (struct chunk *c = b->first; c; c = c->next)
        for (unsigned i = 0; i < used(b, c); i++) {
            if (!c->entries[i].node)
                continue;
            if (in_to == IN_CHUNK) {
                to = to->next;
                in_to = 0;
            }
            set_entry(to, in_to++, c->entries[i]);
        }
    free_chain(w, to->next);
    to->next = NULL;
    b->last = to;
    b->in_last = in_to;
    b->gaps = 0;
}

static struct bucket take_bucket(struct coil__wheel_level *l, unsigned digit)
{
    struct bucket b = l->buckets[digit];
    l->buckets[digit] = (struct bucket){0};
    l->bits[digit / 64] &= ~(UINT64_C(1) << digit % 64);
    if (!l->bits[digit / 64])
        l->words &= ~(1u << digit / 64);
    return b;
}

/* The wheel is empty. What an earlier burst took is given back when this time most of it was not needed. */
static void emptied(struct coil__wheel *w)
{
    uint32_t needed = w->most_chunks;
    w->most_chunks = 0;
    if (coil__slab_slots(&w->chunks) <= COIL__SLAB_CHUNK + 4 * needed)
        return;
    coil__slab_done(&w->chunks);
    coil__slab_init(&w->chunks, sizeof(struct chunk), 0);
}

/* ---------------------------------------------------------------- in and out ---- */

static int make_level(struct coil__wheel *w, unsigned level)
{
    w->levels[level] = coil__calloc(1, sizeof *w->levels[level]);
    if (!w->chunks.object_size)
        coil__slab_init(&w->chunks, sizeof(struct chunk), 0);
    return w->levels[level] ? 0 : -ENOMEM;
}

/* Does not look after the first bucket. */
static int put(struct coil__wheel *w, struct entry e)
{
    uint64_t tick = coil__wheel_tick(e.when_ns);
    unsigned level = level_of(w, tick), digit = digit_of(tick, level);
    if (!w->levels[level] && make_level(w, level) < 0)
        return -ENOMEM;
    struct coil__wheel_level *l = w->levels[level];
    int err = append(w, &l->buckets[digit], e);
    if (err < 0)
        return err;
    l->bits[digit / 64] |= UINT64_C(1) << digit % 64;
    l->words |= 1u << digit / 64;
    return 0;
}

int coil__wheel_put(struct coil__wheel *w, struct coil__heap_node *node)
{
    int err = put(w, (struct entry){node->when_ns, node});
    if (err < 0)
        return err;
    bool first = w->n++ == 0;
    if (first || node->when_ns < w->opens_ns)
        find_first(w);
    return 0;
}

void coil__wheel_remove(struct coil__wheel *w, struct coil__heap_node *node)
{
    uint32_t place = node->index & ~COIL__WHEEL_NODE;
    struct chunk *c = (void *)coil__slab_slot(&w->chunks, place >> PLACE_BITS);
    c->entries[place % (1 << PLACE_BITS)].node = NULL;
    node->index = 0;
    w->n--;
    uint64_t tick = coil__wheel_tick(node->when_ns);
    unsigned level = level_of(w, tick), digit = digit_of(tick, level);
    struct bucket *b = &w->levels[level]->buckets[digit];
    b->gaps++;
    if (node->when_ns == b->first_ns)
        b->known = false;
    if (--b->n == 0) {
        free_chain(w, take_bucket(w->levels[level], digit).first);
        find_first(w);
        if (w->n == 0)
            emptied(w);
    } else if (b->gaps > b->n + IN_CHUNK) {
        close_gaps(w, b);
    }
}

/* ---------------------------------------------------------------- opening ---- */

static void fetch_chunk(const struct chunk *c)
{
    for (unsigned line = 0; c && line < sizeof *c / 64; line++)
        __builtin_prefetch((const char *)c + (size_t)line * 64);
}

static void fetch_nodes(const struct chunk *c)
{
    for (unsigned i = 0; c && i < IN_CHUNK; i++)
        __builtin_prefetch(c->entries[i].node, 1);
}

static const struct chunk *next_of(const struct chunk *c)
{
    return c ? c->next : NULL;
}

static void to_heap(struct coil__wheel *w, struct coil__heap *h, struct entry e)
{
    w->n--;
    coil__heap_push_at(h, e.node, e.when_ns); /* has room */
}

static void to_due(struct coil__wheel *w, struct coil__heap *h, struct coil__heap_node *node)
{
    w->n--;
    coil__heap_push_due(h, node);
}

/* To the heap; but when they are in order, and none that is there comes before them, those that are due already are just told. */
static void pour(struct coil__wheel *w, struct coil__heap *h, struct bucket b, int64_t now_ns)
{
    if (!b.in_order || (h->n > 0 && !coil__wheel_later(w, coil__heap_first_ns(h))))
        now_ns = INT64_MIN;
    const struct chunk *ahead = next_of(b.first);
    fetch_chunk(ahead);
    fetch_nodes(b.first);
    fetch_chunk(next_of(ahead));
    fetch_nodes(ahead);
    for (struct chunk *c = b.first; c; c = c->next) {
        ahead = next_of(ahead);
        fetch_chunk(next_of(ahead));
        for (unsigned i = 0; i < used(&b, c); i++) {
            if (ahead)
                __builtin_prefetch(ahead->entries[i].node, 1);
            if (!c->entries[i].node)
                continue;
            if (c->entries[i].when_ns <= now_ns)
                to_due(w, h, c->entries[i].node);
            else
                to_heap(w, h, c->entries[i]);
        }
    }
    free_chain(w, b.first);
}

/* There is no memory to go on with spreading a bucket: what was spread goes to the heap, because it came before the rest. */
static void pour_levels_below(struct coil__wheel *w, struct coil__heap *h, unsigned level)
{
    while (level-- > 0) {
        struct coil__wheel_level *l = w->levels[level];
        while (l && l->words)
            pour(w, h, take_bucket(l, first_digit(l)), INT64_MIN);
    }
}

/* All levels below are empty: the cursor comes from before this bucket. */
static void spread(struct coil__wheel *w, struct coil__heap *h, struct bucket b, unsigned level)
{
    fetch_nodes(b.first);
    for (struct chunk *c = b.first, *next; c; c = next) {
        next = c->next;
        fetch_nodes(next);
        fetch_chunk(next_of(next));
        for (unsigned i = 0; i < used(&b, c); i++) {
            struct entry e = c->entries[i];
            if (!e.node)
                continue;
            if (coil__wheel_later(w, e.when_ns)) {
                if (put(w, e) == 0)
                    continue;
                pour_levels_below(w, h, level);
            }
            to_heap(w, h, e);
        }
        coil__slab_put(&w->chunks, c); /* the next ones are put where it was */
    }
}

void coil__wheel_open(struct coil__wheel *w, struct coil__heap *h, int64_t now_ns)
{
    unsigned level = w->first_level, digit = first_digit(w->levels[level]);
    struct bucket b = take_bucket(w->levels[level], digit);
    w->cursor = begin_of(w, level, digit);
    if (level == 0)
        pour(w, h, b, now_ns);
    else
        spread(w, h, b, level);
    find_first(w);
    if (w->n == 0)
        emptied(w);
}

void coil__wheel_move(struct coil__wheel *w, int64_t now_ns)
{
    uint64_t tick = coil__wheel_tick(now_ns);
    if (tick > w->cursor || w->n == 0)
        w->cursor = tick;
}

static struct bucket *first_bucket(const struct coil__wheel *w)
{
    struct coil__wheel_level *l = w->levels[w->first_level];
    return &l->buckets[first_digit(l)];
}

bool coil__wheel_knows_first(const struct coil__wheel *w)
{
    return w->first_level == 0 || first_bucket(w)->known;
}

int64_t coil__wheel_wake_ns(const struct coil__wheel *w)
{
    struct bucket *b = first_bucket(w);
    if (coil__wheel_knows_first(w) && !b->known) {
        b->first_ns = INT64_MAX;
        b->known = true;
        for (const struct chunk *c = b->first; c; c = c->next)
            for (unsigned i = 0; i < used(b, c); i++)
                if (c->entries[i].node && c->entries[i].when_ns < b->first_ns)
                    b->first_ns = c->entries[i].when_ns;
    }
    return b->first_ns;
}

/* ---------------------------------------------------------------- the end, and tests ---- */

void coil__wheel_done(struct coil__wheel *w)
{
    coil__slab_done(&w->chunks);
    for (unsigned level = 0; level < COIL__WHEEL_LEVELS; level++)
        coil__free(w->levels[level]);
    memset(w, 0, sizeof *w);
}

/* Counts entries and chunks of a bucket; 0 when something is not right there. */
static int check_bucket(const struct coil__wheel *w, unsigned level, unsigned digit, uint32_t *n,
                        uint32_t *chunks)
{
    const struct coil__wheel_level *l = w->levels[level];
    const struct bucket *b = &l->buckets[digit];
    uint32_t here = 0, gaps = 0;
    int64_t last_ns = INT64_MIN;
    bool known = false;
    for (const struct chunk *c = b->first; c; c = c->next, ++*chunks)
        for (unsigned i = 0; i < used(b, c); i++) {
            const struct entry *e = &c->entries[i];
            if (!e->node && ++gaps)
                continue;
            uint64_t tick = coil__wheel_tick(e->when_ns);
            if (e->node->when_ns != e->when_ns || tick <= w->cursor || level_of(w, tick) != level ||
                digit_of(tick, level) != digit ||
                e->node->index != (COIL__WHEEL_NODE | c->head.slot << PLACE_BITS | i) ||
                e->when_ns < b->first_ns || (b->in_order && e->when_ns < last_ns))
                return 0;
            last_ns = e->when_ns;
            known |= e->when_ns == b->first_ns;
            here++;
        }
    *n += here;
    int bit = (int)(l->bits[digit / 64] >> digit % 64 & 1);
    return (known || !b->known) && here == b->n && gaps == b->gaps && gaps <= here + IN_CHUNK &&
           bit == (here > 0);
}

int coil__wheel_check(const struct coil__wheel *w)
{
    uint32_t n = 0, chunks = 0;
    for (unsigned level = 0; level < COIL__WHEEL_LEVELS; level++) {
        const struct coil__wheel_level *l = w->levels[level];
        for (unsigned digit = 0; l && digit < BUCKETS; digit++)
            if (!check_bucket(w, level, digit, &n, &chunks))
                return 0;
        for (unsigned word = 0; l && word < WORDS; word++)
            if ((l->words >> word & 1) != (l->bits[word] != 0))
                return 0;
    }
    struct coil__wheel again = *w;
    if (n > 0)
        find_first(&again);
    return n == w->n && chunks == coil__slab_live(&w->chunks) && again.opens_ns == w->opens_ns &&
           again.first_level == w->first_level;
}
