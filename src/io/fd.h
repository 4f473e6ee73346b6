/* io/fd.h: what the calls on raw fds share. */
#ifndef COIL_IO_FD_H
#define COIL_IO_FD_H

#include <limits.h>

#include "coil/fd.h"
#include "task/task.h"

/* Checks that a coroutine is running and that the arguments make sense. */
int coil__fd_check(int fd, const void *buf, size_t n);
/* The same, for calls that often end without suspending: once in 128 of them others get their turn first. */
int coil__fd_enter(int fd, const void *buf, size_t n);
/* coil_close with COIL__OPF_*. */
int coil__fd_end(int fd, uint8_t flags);
static inline uint32_t coil__fd_clamp(size_t n)
{
    return n > INT_MAX ? INT_MAX : (uint32_t)n;
}

#endif
