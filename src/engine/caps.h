/* engine/caps.h: what a kernel may lack, one bit each, and what is done without it.
 *
 * A ring without one of COIL__CAPS_NEEDED is none for us: epoll is used. Each of COIL__CAPS_FILES is an operation that helper threads
 * do instead. Without MESSAGES loops wake each other by an eventfd; PWAIT2 is epoll's: without it waits are whole milliseconds. Bits that a test masks count as lacking.
 */
#ifndef COIL_ENGINE_CAPS_H
#define COIL_ENGINE_CAPS_H

#include <stdint.h>

enum {
    COIL__CAP_URING = 1 << 0,         /* the system calls                                      */
    COIL__CAP_SINGLE_ISSUER = 1 << 1, /* Linux 6.0                                             */
    COIL__CAP_DEFER_TASKRUN = 1 << 2, /* Linux 6.1                                             */
    COIL__CAP_TASKRUN_FLAG = 1 << 3,  /* Linux 5.19                                            */
    COIL__CAP_EXT_ARG = 1 << 4,       /* an enter with a time limit: Linux 5.11                */
    COIL__CAP_NODROP = 1 << 5,        /* completions are never lost: Linux 5.5                 */
    COIL__CAP_PROBE = 1 << 6,         /* it tells which operations it has: Linux 5.6           */
    COIL__CAP_STREAMS = 1 << 7,       /* poll, recv, send, accept, connect, read, write ...    */
    COIL__CAPS_NEEDED = (1 << 8) - 1,

    COIL__CAP_FSYNC = 1 << 8,
    COIL__CAP_FALLOCATE = 1 << 9,
    COIL__CAP_OPENAT = 1 << 10,
    COIL__CAP_STATX = 1 << 11,
    COIL__CAP_RENAMEAT = 1 << 12,
    COIL__CAP_UNLINKAT = 1 << 13,
    COIL__CAP_MKDIRAT = 1 << 14,
    COIL__CAP_LINKAT = 1 << 15,
    COIL__CAP_SYMLINKAT = 1 << 16,
    COIL__CAP_FTRUNCATE = 1 << 17, /* Linux 6.9 */
    COIL__CAPS_FILES = ((1 << 18) - 1) & ~COIL__CAPS_NEEDED,

    COIL__CAP_PWAIT2 = 1 << 18,   /* epoll_pwait2: Linux 5.11            */
    COIL__CAP_MESSAGES = 1 << 19, /* one ring can wake another: Linux 5.18 */
    COIL__CAP_SIMULATED = 1 << 20 /* sim: there are portion and wake_time */
};

/* The bits of a list of names, "defer_taskrun,statx"; NULL and "" are none. "files" is all operations on files. Returns 0, or -EINVAL
 * with a message that names what is unknown. */
int coil__caps_parse(const char *names, uint32_t *ret_caps);

#endif
