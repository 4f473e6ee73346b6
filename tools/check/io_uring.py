#!/usr/bin/env python3
"""Says why io_uring can't be used on this machine; prints nothing when it can.

It asks the kernel for a ring with the flags that the engine needs (Linux 6.1): containers often
forbid the system call, older kernels refuse the flags.
"""
import ctypes
import os

IO_URING_SETUP = 425  # the same number on every architecture
SINGLE_ISSUER = 1 << 12
DEFER_TASKRUN = 1 << 13


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    params = (ctypes.c_uint32 * 30)()  # struct io_uring_params: 120 bytes, flags is the third word
    params[2] = SINGLE_ISSUER | DEFER_TASKRUN
    fd = libc.syscall(IO_URING_SETUP, 8, params)
    if fd < 0:
        print("io_uring_setup: " + os.strerror(ctypes.get_errno()))
    else:
        os.close(fd)


main()
