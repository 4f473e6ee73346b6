/* coro/advise.h: one advice to the kernel about many ranges of memory. */
#ifndef COIL_CORO_ADVISE_H
#define COIL_CORO_ADVISE_H

#include <sys/uio.h>

/* Gives the same madvise() for n ranges, at most 1024, in one call where the kernel takes it so. Returns how many have it, in order: fewer
 * than n only after a failure, with errno set. */
int coil__advise(const struct iovec *ranges, int n, int advice);

#endif
