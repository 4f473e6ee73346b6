/* work/fds.h: file descriptors that go with a message. */
#ifndef COIL_WORK_FDS_H
#define COIL_WORK_FDS_H

#include <stddef.h>

enum { COIL__FDS_MOST = 3 };

/* Sends a message with n descriptors, of which the sender keeps its own. 0 or -errno. */
int coil__fds_send(int fd, const void *message, size_t size, const int *fds, int n);
/* Receives a message of this size. ret_fds: room for COIL__FDS_MOST, -1 where none came. 0, -EPIPE, -errno. */
int coil__fds_receive(int fd, void *message, size_t size, int *ret_fds);
/* Closes those that are not -1. */
void coil__fds_close(const int *fds, int n);

#endif
