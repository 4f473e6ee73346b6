/* coro/sleep.c: stacks go to sleep in batches, and wake one by one: when they are to go on, or because somebody touched them.
 *
 * Each stack has a word, which says who may do what with it:
 *
 *   AWAKE         the stack is as any other
 *   BUSY          one thread is putting it to sleep or waking it: everybody else who faults waits
 *   LENT          awake, and the kernel has an address on it (the rest of the word: its tenant, 0: not known yet)
 *   a block       asleep; its words are in the block
 *   TOUCHED       awake, woken by a fault; the block (the rest of the word) is given back later, by the pool's own thread
 *
 * Whoever changes a block into BUSY, by compare and exchange, wakes the stack. The words lie in a mapping that never moves, and the map
 * (stack_map.h) finds a stack without a lock, because a fault handler has none.
 *
 * Another thread that writes to a stack just while it goes to sleep or wakes may find its write undone or a zero read: between the copy
 * and the guard, and between the guard's end and the copying back, there is a gap of a microsecond or so. Hence the contract of
 * coil_loop_options.sleep_stacks; the pool's own thread can't be in the gap.
 */
#include "coro/sleep.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/spin.h"
#include "base/sys.h"
#include "coro/advise.h"
#include "coro/memcheck.h"
#include "coro/sleep_store.h"
#include "coro/stack_map.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MADV_GUARD_REMOVE
#define MADV_GUARD_REMOVE 103
#endif

enum { AWAKE = 0, BUSY = 1, LENT = 2, TOUCHED = 4, TAG = 7, TENANT_SHIFT = 3 };
enum { MAX_STACKS = COIL__STACKS_PER_SLAB << 16 };

struct coil__sleep {
    struct coil__stack_pool *pool;
    _Atomic(uint64_t) *words; /* by index of the stack                */
    struct coil__stack_map map;
    size_t page;
    bool checks;
    pthread_t owner;
    uint32_t n_blocks;         /* stacks that sleep or are TOUCHED    */
    _Atomic(uint32_t) touched; /* those that are TOUCHED              */
    _Atomic(uint64_t) touches; /* wakings by a fault                  */
    _Atomic(uint64_t) wakings; /* all                                 */
    uint32_t n_batch;
    uint32_t batch[COIL__SLEEP_BATCH];
    struct coil__sleep_block *blocks[COIL__SLEEP_BATCH];
    struct coil__sleep_store store;
};

/* A fault handler reads these, so they may not be allocated when they are first used. */
#define OF_THREAD static __thread __attribute__((tls_model("initial-exec")))

OF_THREAD bool
    works; /* this thread is the one that makes stacks BUSY: it must not wait for itself */

static struct coil__sleep_block *block_of(uint64_t word)
{
    return (struct coil__sleep_block *)(uintptr_t)(word & ~(uint64_t)TAG);
}

static bool is_asleep(uint64_t word)
{
    return word != AWAKE && (word & TAG) == 0;
}

static uint64_t load(const struct coil__sleep *s, uint32_t index)
{
    return atomic_load_explicit(&s->words[index], memory_order_acquire);
}

static void store(struct coil__sleep *s, uint32_t index, uint64_t word)
{
    atomic_store_explicit(&s->words[index], word, memory_order_release);
}

/* ---------------------------------------------------------------- making ---- */

static size_t words_size(void)
{
    return (size_t)MAX_STACKS * sizeof(uint64_t);
}

static bool can_be(void)
{
#if defined(COIL__FIBER_HOOKS) || defined(COIL__SWITCH_UCONTEXT)
    return false;
#else
    return !coil__memcheck_runs();
#endif
}

int coil__sleep_new(struct coil__stack_pool *pool, bool checks, struct coil__sleep **ret_sleep)
{
    if (!can_be() || pool->guard != COIL__GUARD_AUTO)
        return -ENOTSUP;
    struct coil__sleep *s = coil__calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->pool = pool;
    s->page = (size_t)sysconf(_SC_PAGESIZE);
    s->checks = checks;
    s->owner = pthread_self();
    s->words = coil__stack_reserve(words_size());
    if (!s->words)
        goto free_sleep;
    if (coil__stack_map_init(&s->map, pool) < 0)
        goto free_words;
    __atomic_store_n(&pool->sleep, s, __ATOMIC_RELEASE);
    *ret_sleep = s;
    return 0;

free_words:
    coil__sys_munmap((void *)s->words, words_size());
free_sleep:
    coil__free(s);
    return -ENOMEM;
}

void coil__sleep_free(struct coil__sleep *s)
{
    if (!s)
        return;
    s->pool->sleep = NULL;
    coil__sleep_store_done(&s->store);
    coil__stack_map_done(&s->map);
    coil__sys_munmap((void *)s->words, words_size());
    coil__free(s);
}

/* ---------------------------------------------------------------- going to sleep ---- */

/* The pages that n words below the top lie on. */
static struct iovec live_pages(const struct coil__sleep *s, uint32_t index, uint32_t n)
{
    const struct coil__stack_pool *p = s->pool;
    char *end = coil__stack_base(p, index) + coil__stack_pool_size(p);
    uintptr_t from = (uintptr_t)coil__stack_top(p, index) - n * sizeof(coil__stack_word);
    size_t size = (size_t)(end - (char *)(from & ~(uintptr_t)(s->page - 1)));
    return (struct iovec){end - size, size};
}

/* The pages below those: deeper calls have used them, nothing lives there. */
static struct iovec dead_pages(const struct coil__sleep *s, uint32_t index, uint32_t n)
{
    char *bottom = coil__stack_base(s->pool, index) + s->pool->below;
    return (struct iovec){bottom, (size_t)((char *)live_pages(s, index, n).iov_base - bottom)};
}

/* Whether it is awake, and nobody but its tenant has given the kernel an address on it. */
static bool may_sleep(struct coil__sleep *s, uint32_t index, uint64_t tenant)
{
    uint64_t word = load(s, index);
    if ((word & TAG) != LENT)
        return word == AWAKE;
    uint64_t lent_by = word >> TENANT_SHIFT;
    if (lent_by == 0)
        store(s, index, tenant << TENANT_SHIFT | LENT);
    return lent_by != 0 && lent_by != tenant;
}

bool coil__sleep_add(struct coil__sleep *s, struct coil__stack stack, const void *sp,
                     uint64_t tenant)
{
    uintptr_t from = (uintptr_t)sp & ~(uintptr_t)7, top = (uintptr_t)stack.top;
    uintptr_t bottom = (uintptr_t)coil__stack_bottom(s->pool, stack);
    if (s->n_batch == COIL__SLEEP_BATCH || from < bottom || from >= top ||
        top - from > COIL__SLEEP_WORDS * sizeof(coil__stack_word) ||
        !may_sleep(s, stack.index, tenant))
        return false;
    struct coil__sleep_block *block = coil__sleep_pack(&s->store, (const coil__stack_word *)from,
                                                       (uint32_t)((top - from) / sizeof(uint64_t)));
    if (!block)
        return false;
    coil__stack_map_learn(&s->map);
    store(s, stack.index, BUSY);
    s->batch[s->n_batch] = stack.index;
    s->blocks[s->n_batch++] = block;
    return true;
}

static void put_back(const struct coil__sleep *s, uint32_t index,
                     const struct coil__sleep_block *block)
{
    char *top = coil__stack_top(s->pool, index);
    struct iovec live = live_pages(s, index, block->n);
    bool before = works;
    works = true;
    int tries = 0; /* it fails for a moment at most; if it can't be done, the writing faults */
    while (coil__sys_madvise(live.iov_base, live.iov_len, MADV_GUARD_REMOVE) < 0 && ++tries < 1000)
        continue;
    coil__sleep_unpack(block, (coil__stack_word *)(void *)top - block->n);
    works = before;
}

uint64_t coil__sleep_commit(struct coil__sleep *s)
{
    struct iovec ranges[COIL__SLEEP_BATCH];
    int n = (int)s->n_batch, done = 0;
    uint64_t sleeping = 0;
    for (int i = 0; i < n; i++)
        ranges[i] = live_pages(s, s->batch[i], s->blocks[i]->n);
    bool watched = coil__overflow_is_ours();
    works = true;
    if (n > 0 && watched)
        done = coil__advise(ranges, n, MADV_GUARD_INSTALL);
    for (int i = 0; i < done; i++)
        ranges[i] = dead_pages(s, s->batch[i], s->blocks[i]->n);
    coil__advise(ranges, done, MADV_DONTNEED); /* if it can't be, they stay */
    for (int i = 0; i < n; i++) {
        if (i < done) {
            store(s, s->batch[i], (uint64_t)(uintptr_t)s->blocks[i]);
            sleeping |= 1ull << i;
            s->n_blocks++;
            continue;
        }
        if (i == done && watched) /* it may have been half done */
            put_back(s, s->batch[i], s->blocks[i]);
        coil__sleep_put(&s->store, s->blocks[i]);
        store(s, s->batch[i], AWAKE);
    }
    works = false;
    s->n_batch = 0;
    return sleeping;
}

/* ---------------------------------------------------------------- waking ---- */

/* Makes this thread the one that wakes it: its block, or NULL when it is awake by now. */
static struct coil__sleep_block *claim(struct coil__sleep *s, uint32_t index)
{
    for (;;) {
        uint64_t word = load(s, index);
        if (word == BUSY)
            coil__spin_pause();
        else if (!is_asleep(word))
            return NULL;
        else if (atomic_compare_exchange_weak(&s->words[index], &word, BUSY))
            return block_of(word);
    }
}

void coil__sleep_wake(struct coil__sleep *s, uint32_t index)
{
    struct coil__sleep_block *block = claim(s, index);
    uint64_t word = load(s, index);
    if (block) {
        put_back(s, index, block);
        atomic_fetch_add(&s->wakings, 1);
    } else if ((word & TAG) == TOUCHED) {
        block = block_of(word);
        atomic_fetch_sub(&s->touched, 1);
    } else {
        return;
    }
    s->n_blocks--;
    coil__sleep_put(&s->store, block);
    store(s, index, AWAKE);
}

bool coil__sleep_has(const struct coil__sleep *s, uint32_t index)
{
    return is_asleep(load(s, index));
}

void coil__sleep_lend(struct coil__sleep *s, const void *address, uint32_t own)
{
    uint32_t index;
    coil__stack_map_learn(&s->map);
    if (!coil__stack_map_find(&s->map, address, &index) || index == own)
        return;
    coil__sleep_wake(s, index);
    store(s, index, LENT);
}

uint32_t coil__sleep_count(const struct coil__sleep *s)
{
    return s->n_blocks - atomic_load(&s->touched);
}

uint64_t coil__sleep_touches(const struct coil__sleep *s)
{
    return atomic_load(&s->touches);
}

/* Nothing sleeps at this address any more, or nothing ever did. In the first case somebody woke the stack after this thread had faulted: the
 * instruction is tried again. That it faults once more, and nothing was woken in between, tells the second. */
static bool was_asleep(const struct coil__sleep *s, const void *address)
{
    OF_THREAD const void *last;
    OF_THREAD uint64_t wakings_then;
    uint64_t wakings = atomic_load(&s->wakings);
    bool again = last == address && wakings_then == wakings;
    last = address;
    wakings_then = wakings;
    return !again;
}

enum coil__touch coil__sleep_touch(const struct coil__stack_pool *pool, const void *address,
                                   uint32_t *ret_index)
{
    struct coil__sleep *s = __atomic_load_n(&pool->sleep, __ATOMIC_ACQUIRE);
    uint32_t index;
    if (!s || !coil__stack_map_find(&s->map, address, &index))
        return COIL__TOUCH_NONE;
    *ret_index = index;
    if (works && load(s, index) == BUSY)
        return COIL__TOUCH_NONE;
    if (s->checks && is_asleep(load(s, index)) && !pthread_equal(s->owner, pthread_self()))
        return COIL__TOUCH_FOREIGN;
    struct coil__sleep_block *block = claim(s, index);
    if (!block)
        return was_asleep(s, address) ? COIL__TOUCH_MENDED : COIL__TOUCH_NONE;
    put_back(s, index, block);
    atomic_fetch_add(&s->touches, 1);
    atomic_fetch_add(&s->wakings, 1);
    atomic_fetch_add(&s->touched, 1);
    store(s, index, (uint64_t)(uintptr_t)block | TOUCHED);
    return COIL__TOUCH_MENDED;
}
