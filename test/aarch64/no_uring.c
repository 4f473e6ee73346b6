/* no_uring.c: liburing for a machine that refuses io_uring.
 *
 * Debian has no liburing for the cross compiler, and qemu's user mode has no io_uring. With this in its place
 * the engine finds at run time that there is none and takes epoll, as it does in a container that forbids it.
 */
#include <errno.h>
#include <liburing.h>

int io_uring_queue_init_params(unsigned entries, struct io_uring *ring, struct io_uring_params *p)
{
    (void)entries, (void)ring, (void)p;
    return -ENOSYS;
}

void io_uring_queue_exit(struct io_uring *ring)
{
    (void)ring;
}

int io_uring_ring_dontfork(struct io_uring *ring)
{
    (void)ring;
    return -ENOSYS;
}

int io_uring_get_events(struct io_uring *ring)
{
    (void)ring;
    return -ENOSYS;
}

int io_uring_submit(struct io_uring *ring)
{
    (void)ring;
    return -ENOSYS;
}

int io_uring_submit_and_get_events(struct io_uring *ring)
{
    (void)ring;
    return -ENOSYS;
}

int io_uring_submit_and_wait(struct io_uring *ring, unsigned wait_nr)
{
    (void)ring, (void)wait_nr;
    return -ENOSYS;
}

int io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **cqe,
                                     unsigned wait_nr, struct __kernel_timespec *ts, sigset_t *mask)
{
    (void)ring, (void)cqe, (void)wait_nr, (void)ts, (void)mask;
    return -ENOSYS;
}

int __io_uring_get_cqe(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned submit,
                       unsigned wait_nr, sigset_t *mask)
{
    (void)ring, (void)cqe, (void)submit, (void)wait_nr, (void)mask;
    return -ENOSYS;
}

int io_uring_register_probe(struct io_uring *ring, struct io_uring_probe *p, unsigned nr_ops)
{
    (void)ring, (void)p, (void)nr_ops;
    return -ENOSYS;
}
