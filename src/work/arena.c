/* work/arena.c: shared buffers in one big lazily committed mapping.
 *
 * Blocks are powers of two, from a page upwards: rounding costs only addresses, since pages that nobody touched don't exist. Free
 * blocks of a size form a stack; new ones come from the end. Blocks are never merged, so the chain of all blocks ever cut can
 * be walked. Every update is complete after one store, so that a process that dies inside leaves at worst one block
 * unused; the robust lock is then simply taken over.
 *
 * A worker whose code writes where it must not may write over the heads of blocks, which lie between the users' bytes. So a head
 * is believed only with its seal, which binds its words and its place together; a block without one is never used again, and
 * a list that leads to it is dropped. The arena's own page is kept apart from the blocks by one that nobody can touch.
 */
#include "work/arena.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/sys.h"

enum { MIN_ORDER = 12, MAX_ORDER = 40, HEADER = 64 };
#define LARGEST  ((size_t)64 << 30)
#define SMALLEST ((size_t)64 << 20)
#define PAGE     ((size_t)1 << MIN_ORDER)
#define IN_USE   0x636f696c62797465u
#define FREE     0x66726565636f696cu

struct block {
    uint64_t seal;      /* of IN_USE or FREE; anything else: neither */
    struct block *next; /* in its list, while it is free; else NULL */
    pid_t owner; /* the worker whose job allocated it; 0: handed over, or the program's own */
    int order;
};
_Static_assert(sizeof(struct block) <= HEADER, "users' bytes follow");

struct arena {
    pthread_mutex_t lock;
    size_t used; /* bytes, from the arena's beginning */
    struct block *free[MAX_ORDER + 1];
};

static struct arena *arena;
static size_t room; /* bytes; the same in all processes */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pid_t worker; /* our pid in a worker, else 0 */
static bool fresh;   /* this worker's job has allocated something */

static void map(void)
{
    void *p = MAP_FAILED;
    for (room = LARGEST; p == MAP_FAILED && room >= SMALLEST; room /= 2)
        p = coil__sys_mmap(NULL, room, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return;
    room *= 2; /* the loop's last step */
    coil__sys_madvise(p, room, MADV_DONTDUMP);
    coil__sys_mprotect((char *)p + PAGE, PAGE, PROT_NONE); /* it works without, too */
    struct arena *a = p;
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&a->lock, &attr);
    pthread_mutexattr_destroy(&attr);
    a->used = 2 * PAGE;
    arena = a;
}

int coil__arena_map(void)
{
    pthread_once(&once, map);
    return arena ? 0 : -ENOMEM;
}

static void lock(void)
{
    if (pthread_mutex_lock(&arena->lock) == EOWNERDEAD)
        pthread_mutex_consistent(&arena->lock);
}

static void unlock(void)
{
    pthread_mutex_unlock(&arena->lock);
}

/* ---------------------------------------------------------------- blocks ---- */

static uint64_t seal_of(const struct block *b, uint64_t state, int order)
{
    return state ^ (uintptr_t)b ^ (uint64_t)(unsigned)order << 56 ^
           (uint64_t)(uintptr_t)b->next << 8;
}

/* The bytes of a block that begins at `at`, if there can be one; else 0. */
static size_t size_at(size_t at)
{
    if (at < 2 * PAGE || at % PAGE != 0 || at > room - PAGE)
        return 0;
    const struct block *b = (const void *)((char *)arena + at);
    int order = __atomic_load_n(&b->order, __ATOMIC_RELAXED);
    if (order < MIN_ORDER || order > MAX_ORDER || (size_t)1 << order > room - at)
        return 0;
    return (size_t)1 << order;
}

/* The order of a block in this state, or 0: it is none. */
static int order_of(const struct block *b, uint64_t state)
{
    size_t size = size_at((uintptr_t)b - (uintptr_t)arena);
    if (size == 0)
        return 0;
    int order = __builtin_ctzll(size);
    return b->seal == seal_of(b, state, order) ? order : 0;
}

static struct block *cut(int order)
{
    struct block *b = arena->free[order];
    if (b && order_of(b, FREE) == order) {
        arena->free[order] = b->next;
        return b;
    }
    arena->free[order] = NULL; /* a list that was written over */
    size_t size = (size_t)1 << order, used = arena->used;
    if (used % PAGE != 0 || used < 2 * PAGE || used > room || room - used < size)
        return NULL;
    b = (void *)((char *)arena + used);
    b->order = order;
    arena->used = used + size;
    return b;
}

/* Frees a block of this order. Under the lock. The pages behind the first go back to the system. */
static void put(struct block *b, int order)
{
    b->seal = 0;
    if (order > MIN_ORDER)
        coil__sys_madvise((char *)b + PAGE, ((size_t)1 << order) - PAGE, MADV_REMOVE);
    b->next = arena->free[order];
    b->seal = seal_of(b, FREE, order);
    arena->free[order] = b;
}

/* The block of these bytes with its order, or NULL when they are none. */
static struct block *block_of(const coil_bytes *bytes, int *ret_order)
{
    if (!arena)
        return NULL;
    struct block *b = (void *)((uintptr_t)bytes->data - HEADER);
    *ret_order = order_of(b, IN_USE);
    return *ret_order ? b : NULL;
}

/* ---------------------------------------------------------------- bytes ---- */

int coil_bytes_new(size_t size, coil_bytes *ret_bytes)
{
    if (coil__arena_map() < 0 || size > LARGEST)
        return -ENOMEM;
    int order = MIN_ORDER;
    while (((size_t)1 << order) < size + HEADER)
        order++;
    lock();
    struct block *b = cut(order);
    if (b) {
        b->owner = worker;
        b->next = NULL;
        b->seal = seal_of(b, IN_USE, order);
    }
    unlock();
    if (!b)
        return -ENOMEM;
    if (worker)
        fresh = true;
    *ret_bytes = (coil_bytes){(char *)b + HEADER, size};
    return 0;
}

int coil_bytes_resize(coil_bytes *bytes, size_t size)
{
    size_t has = 0; /* room for so many */
    int order;
    if (bytes->data) {
        if (!block_of(bytes, &order))
            return coil_fail(-EINVAL, "coil_bytes_resize: these are not bytes of coil_bytes_new");
        has = ((size_t)1 << order) - HEADER;
    }
    if (bytes->data && size <= has) {
        bytes->size = size;
        return 0;
    }
    coil_bytes larger;
    int err = coil_bytes_new(size, &larger);
    if (err < 0)
        return err;
    if (bytes->data)
        memcpy(larger.data, bytes->data, bytes->size < has ? bytes->size : has);
    coil_bytes_free(bytes);
    *bytes = larger;
    return 0;
}

void coil_bytes_free(coil_bytes *bytes)
{
    if (!bytes || !bytes->data)
        return;
    if (arena) {
        int order;
        lock();
        struct block *b = block_of(bytes, &order);
        if (b)
            put(b, order);
        unlock();
    }
    *bytes = (coil_bytes){NULL, 0};
}

/* ---------------------------------------------------------------- owners ---- */

void coil__arena_enter_worker(void)
{
    worker = getpid();
    fresh = false;
}

/* Visits the blocks in use that `owner` allocated. Beyond a head that tells no size nothing is found. */
static void each_of(pid_t owner, void (*visit)(struct block *b, int order))
{
    lock();
    size_t at = 2 * PAGE, size;
    for (; at < arena->used && (size = size_at(at)) > 0; at += size) {
        struct block *b = (void *)((char *)arena + at);
        int order = order_of(b, IN_USE);
        if (order && b->owner == owner)
            visit(b, order);
    }
    unlock();
}

static void disown(struct block *b, int order)
{
    (void)order;
    b->owner = 0;
}

void coil__arena_hand_over(void)
{
    if (fresh)
        each_of(worker, disown);
    fresh = false;
}

void coil__arena_release(pid_t owner)
{
    if (!worker || fresh)
        each_of(owner, put);
    if (worker)
        fresh = false;
}
