/* coro/advise.c: process_madvise on ourselves, which Linux takes for every advice since 6.13; one madvise each otherwise.
 *
 * The fd that stands for this process is opened for each batch: kept, it would be one more that a host finds open, and
 * after a fork it would stand for the parent.
 */
#include "coro/advise.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/sys.h"

static atomic_bool refused; /* once is enough; a lack of memory is no refusal */

/* How many whole ranges were advised in one call; the rest is for the other way. */
static int advise_at_once(const struct iovec *ranges, int n, int advice)
{
    if (atomic_load_explicit(&refused, memory_order_relaxed))
        return 0;
    int self = coil__sys_pidfd_open(getpid(), 0);
    if (self < 0)
        return 0;
    ssize_t bytes = coil__sys_process_madvise(self, ranges, (size_t)n, advice);
    if (bytes < 0 && errno != ENOMEM)
        atomic_store_explicit(&refused, true, memory_order_relaxed);
    coil__sys_close(self);
    int done = 0;
    while (done < n && bytes >= (ssize_t)ranges[done].iov_len)
        bytes -= (ssize_t)ranges[done++].iov_len;
    return done;
}

int coil__advise(const struct iovec *ranges, int n, int advice)
{
    int done = n > 1 ? advise_at_once(ranges, n, advice) : 0;
    while (done < n && coil__sys_madvise(ranges[done].iov_base, ranges[done].iov_len, advice) == 0)
        done++;
    return done;
}
