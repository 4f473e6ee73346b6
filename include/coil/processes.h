/* coil/processes.h: work in other processes, and byte buffers that they share.
 *
 * A function declared with COIL_REMOTE (coil/call.h) takes plain data and gives plain data, so it can run in
 * a worker process: coil_pool_run(pool, edges(&in, &out)) or coil_run_in_executor(pool, edges(&in, &out)), of coil/threads.h.
 * Both structs travel by copy, `out` only after a success, and an error's message travels too. Workers are forked, when they are needed,
 * from a small server that coil_run starts before any thread exists; they ignore SIGINT, hold no fds but stdin, stdout, stderr and
 * their own, and die with it. The server is a child of the program as long as a loop exists (a waitpid for any child meets it),
 * and gone when the last loop was closed.
 *
 * Pointers inside the structs mean nothing in a worker, except those of coil_bytes: their memory is shared and lies at
 * the same address in every process.
 */
#ifndef COIL_PROCESSES_H
#define COIL_PROCESSES_H

#include <stddef.h>

#include "coil/threads.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a crashed worker means for its pool. */
enum {
    COIL_POOL_BREAK_ON_CRASH =
        1 /* the whole pool is broken, as in asyncio; without it the worker is replaced */
};

/* Makes a pool of at most `workers` processes (0: one per CPU), forked on demand. Freed by coil_pool_free.
 * A worker that dies, or writes over its answer, fails its own job with -COIL_EBROKENPOOL, and the message names the signal; the others
 * go on.
 * A call that is not COIL_REMOTE is refused with -EINVAL.
 * Returns 0 and *ret_pool, -EINVAL when workers is negative, -ENOMEM.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD int coil_process_pool_new(int workers, coil_pool **ret_pool);

/* The same with flags: COIL_POOL_BREAK_ON_CRASH or 0. Returns as coil_process_pool_new, -EINVAL for unknown flags.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD int coil_process_pool_new_with(int workers, unsigned flags, coil_pool **ret_pool);

/* Bytes that processes share: put it into an `in` or `out` struct. Plain data; copies share the same bytes. */
typedef struct coil_bytes {
    void *data; /* NULL: none. Aligned to 64 */
    size_t size;
} coil_bytes;

/* Makes a buffer of `size` bytes, of undefined content. In a worker: belongs to whoever gets the result; what a job made and
 * did not free is freed when the job fails or its worker dies.
 * Returns 0 and *ret_bytes, -ENOMEM when the shared memory is used up.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD int coil_bytes_new(size_t size, coil_bytes *ret_bytes);

/* Changes its size; the content up to the smaller size is kept, data may move. Returns 0, -ENOMEM (it stays as it was),
 * -EINVAL for a pointer that is none of coil_bytes_new's, or whose block was written over.
 * From: any thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD int coil_bytes_resize(coil_bytes *bytes, size_t size);

/* Gives the memory back, from any process, and clears *bytes. None and NULL are fine; bytes that are none of
 * coil_bytes_new's are only cleared.
 * From: any thread. Suspends: no. Cancel: not applicable. */
void coil_bytes_free(coil_bytes *bytes);

#ifdef __cplusplus
}
#endif
#endif
