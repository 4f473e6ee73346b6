/* base/wheel.c: levels of buckets, bits that say which are not empty, and a cursor.
 *
 * A node is written to when it is put in, when its bucket is opened, and when gaps are closed. An opened tick fires within a
 * millisecond, so its nodes come into the caches when they are needed there.
 */
#include "base/wheel.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"

enum { DIGIT_BITS = 10, BUCKETS = 1 << DIGIT_BITS, WORDS = BUCKETS / 64 };

struct coil__wheel_level {
    uint64_t bits[WORDS]; /* which buckets are not empty     */
    uint32_t words;       /* which words of bits are not 0   */
    struct coil__bucket buckets[BUCKETS];
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

static struct coil__bucket take_bucket(struct coil__wheel_level *l, unsigned digit)
{
    struct coil__bucket b = l->buckets[digit];
    l->buckets[digit] = (struct coil__bucket){0};
    l->bits[digit / 64] &= ~(UINT64_C(1) << digit % 64);
    if (!l->bits[digit / 64])
        l->words &= ~(1u << digit / 64);
    return b;
}

/* ---------------------------------------------------------------- in and out ---- */

static int make_level(struct coil__wheel *w, unsigned level)
{
    w->levels[level] = coil__calloc(1, sizeof *w->levels[level]);
    coil__bucket_pool_init(&w->pool);
    return w->levels[level] ? 0 : -ENOMEM;
}

/* Does not look after the first bucket. */
static int put(struct coil__wheel *w, struct coil__bucket_entry e)
{
    uint64_t tick = coil__wheel_tick(e.when_ns);
    unsigned level = level_of(w, tick), digit = digit_of(tick, level);
    if (!w->levels[level] && make_level(w, level) < 0)
        return -ENOMEM;
    struct coil__wheel_level *l = w->levels[level];
    int err = coil__bucket_append(&w->pool, &l->buckets[digit], e);
    if (err < 0)
        return err;
    l->bits[digit / 64] |= UINT64_C(1) << digit % 64;
    l->words |= 1u << digit / 64;
    return 0;
}

int coil__wheel_put(struct coil__wheel *w, struct coil__heap_node *node)
{
    int err = put(w, (struct coil__bucket_entry){node->when_ns, node});
    if (err < 0)
        return err;
    bool first = w->n++ == 0;
    if (first || node->when_ns < w->opens_ns)
        find_first(w);
    return 0;
}

void coil__wheel_remove(struct coil__wheel *w, struct coil__heap_node *node)
{
    uint64_t tick = coil__wheel_tick(node->when_ns);
    unsigned level = level_of(w, tick), digit = digit_of(tick, level);
    struct coil__bucket *b = &w->levels[level]->buckets[digit];
    coil__bucket_remove(&w->pool, b, node);
    w->n--;
    if (b->n > 0)
        return;
    coil__bucket_free(&w->pool, take_bucket(w->levels[level], digit).first);
    find_first(w);
    if (w->n == 0)
        coil__bucket_pool_trim(&w->pool);
}

/* ---------------------------------------------------------------- opening ---- */

static void to_heap(struct coil__wheel *w, struct coil__heap *h, struct coil__bucket_entry e)
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
static void pour(struct coil__wheel *w, struct coil__heap *h, struct coil__bucket b, int64_t now_ns)
{
    if (!b.in_order || (h->n > 0 && !coil__wheel_later(w, coil__heap_first_ns(h))))
        now_ns = INT64_MIN;
    const struct coil__bucket_chunk *ahead = coil__bucket_next(b.first);
    coil__bucket_fetch(ahead);
    coil__bucket_fetch_nodes(b.first);
    coil__bucket_fetch(coil__bucket_next(ahead));
    coil__bucket_fetch_nodes(ahead);
    for (struct coil__bucket_chunk *c = b.first; c; c = c->next) {
        ahead = coil__bucket_next(ahead);
        coil__bucket_fetch(coil__bucket_next(ahead));
        for (unsigned i = 0; i < coil__bucket_used(&b, c); i++) {
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
    coil__bucket_free(&w->pool, b.first);
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
static void spread(struct coil__wheel *w, struct coil__heap *h, struct coil__bucket b,
                   unsigned level)
{
    coil__bucket_fetch_nodes(b.first);
    for (struct coil__bucket_chunk *c = b.first, *next; c; c = next) {
        next = c->next;
        coil__bucket_fetch_nodes(next);
        coil__bucket_fetch(coil__bucket_next(next));
        for (unsigned i = 0; i < coil__bucket_used(&b, c); i++) {
            struct coil__bucket_entry e = c->entries[i];
            if (!e.node)
                continue;
            if (coil__wheel_later(w, e.when_ns)) {
                if (put(w, e) == 0)
                    continue;
                pour_levels_below(w, h, level);
            }
            to_heap(w, h, e);
        }
        coil__slab_put(&w->pool.chunks, c); /* the next ones are put where it was */
    }
}

void coil__wheel_open(struct coil__wheel *w, struct coil__heap *h, int64_t now_ns)
{
    unsigned level = w->first_level, digit = first_digit(w->levels[level]);
    struct coil__bucket b = take_bucket(w->levels[level], digit);
    w->cursor = begin_of(w, level, digit);
    if (level == 0)
        pour(w, h, b, now_ns);
    else
        spread(w, h, b, level);
    find_first(w);
    if (w->n == 0)
        coil__bucket_pool_trim(&w->pool);
}

void coil__wheel_move(struct coil__wheel *w, int64_t now_ns)
{
    uint64_t tick = coil__wheel_tick(now_ns);
    if (tick > w->cursor || w->n == 0)
        w->cursor = tick;
}

static struct coil__bucket *first_bucket(const struct coil__wheel *w)
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
    struct coil__bucket *b = first_bucket(w);
    return w->first_level == 0 ? coil__bucket_first_ns(b) : b->first_ns;
}

/* ---------------------------------------------------------------- the end, and tests ---- */

void coil__wheel_done(struct coil__wheel *w)
{
    coil__bucket_pool_done(&w->pool);
    for (unsigned level = 0; level < COIL__WHEEL_LEVELS; level++)
        coil__free(w->levels[level]);
    memset(w, 0, sizeof *w);
}

/* Counts entries and chunks of a bucket; false when something is not right there. */
static bool check_bucket(const struct coil__wheel *w, unsigned level, unsigned digit, uint32_t *n,
                         uint32_t *chunks)
{
    const struct coil__wheel_level *l = w->levels[level];
    const struct coil__bucket *b = &l->buckets[digit];
    bool bit = l->bits[digit / 64] >> digit % 64 & 1;
    uint64_t begin = begin_of(w, level, digit), end = begin + (UINT64_C(1) << level * DIGIT_BITS);
    *n += b->n;
    return bit == (b->n > 0) && (b->n == 0 || begin > w->cursor) &&
           coil__bucket_check(b, ns_of(begin), (int64_t)((uint64_t)ns_of(end) - 1), chunks);
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
    return n == w->n && chunks == coil__slab_live(&w->pool.chunks) &&
           again.opens_ns == w->opens_ns && again.first_level == w->first_level;
}
