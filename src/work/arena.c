/* work/arena.c: shared buffers in one big lazily committed mapping.
 *
 * Blocks are powers of two, from a page upwards: rounding costs only addresses, since pages that nobody touched don't exist. Free
 * blocks of a size form a stack; new ones come from the end. Blocks are never merged, so the chain of all blocks ever cut can
 * be walked. Every update is complete after one store, so that a process that dies inside leaves at worst one block
 * unused; the robust lock is then simply taken over.
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
#define MAGIC    0x636f696c62797465u

struct block {
    uint64_t magic;     /* MAGIC while it is in use */
    struct block *next; /* while it is free */
    pid_t owner; /* the worker whose job allocated it; 0: handed over, or the program's own */
    int order;
};

struct arena {
    pthread_mutex_t lock;
    size_t room, used; /* bytes, this header's page included */
    struct block *free[MAX_ORDER + 1];
};

static struct arena *arena;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pid_t worker; /* our pid in a worker, else 0 */
static bool fresh;   /* this worker's job has allocated something */

static void map(void)
{
    void *p = MAP_FAILED;
    size_t room = LARGEST;
    for (; p == MAP_FAILED && room >= SMALLEST; room /= 2)
        p = coil__sys_mmap(NULL, room, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return;
    room *= 2; /* the loop's last step */
    coil__sys_madvise(p, room, MADV_DONTDUMP);
    struct arena *a = p;
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&a->lock, &attr);
    pthread_mutexattr_destroy(&attr);
    a->room = room;
    a->used = (size_t)1 << MIN_ORDER;
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

static struct block *cut(int order)
{
    struct block *b = arena->free[order];
    if (b) {
        arena->free[order] = b->next;
        return b;
    }
    size_t size = (size_t)1 << order;
    if (arena->room - arena->used < size)
        return NULL;
    b = (void *)((char *)arena + arena->used);
    b->order = order;
    arena->used += size;
    return b;
}

/* Under the lock. The pages behind the first go back to the system. */
static void put(struct block *b)
{
    size_t page = (size_t)1 << MIN_ORDER;
    b->magic = 0;
    if (b->order > MIN_ORDER)
        coil__sys_madvise((char *)b + page, ((size_t)1 << b->order) - page, MADV_REMOVE);
    b->next = arena->free[b->order];
    arena->free[b->order] = b;
}

static struct block *block_of(const coil_bytes *bytes)
{
    return (void *)((char *)bytes->data - HEADER);
}

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
        b->magic = MAGIC;
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
    if (bytes->data && size <= ((size_t)1 << block_of(bytes)->order) - HEADER) {
        bytes->size = size;
        return 0;
    }
    coil_bytes larger;
    int err = coil_bytes_new(size, &larger);
    if (err < 0)
        return err;
    if (bytes->data)
        memcpy(larger.data, bytes->data, bytes->size < size ? bytes->size : size);
    coil_bytes_free(bytes);
    *bytes = larger;
    return 0;
}

void coil_bytes_free(coil_bytes *bytes)
{
    if (!bytes || !bytes->data)
        return;
    struct block *b = block_of(bytes);
    lock();
    if (b->magic == MAGIC)
        put(b);
    unlock();
    *bytes = (coil_bytes){NULL, 0};
}

/* ---------------------------------------------------------------- owners ---- */

void coil__arena_enter_worker(void)
{
    worker = getpid();
    fresh = false;
}

/* Visits the blocks in use that `owner` allocated. */
static void each_of(pid_t owner, void (*visit)(struct block *b))
{
    lock();
    for (size_t at = (size_t)1 << MIN_ORDER; at < arena->used;) {
        struct block *b = (void *)((char *)arena + at);
        at += (size_t)1 << b->order;
        if (b->magic == MAGIC && b->owner == owner)
            visit(b);
    }
    unlock();
}

static void disown(struct block *b)
{
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
