/* engine/ring.c: asking a kernel for a ring, from what it says to what it does. */
#include "engine/ring.h"

#include <errno.h>

/* What each operation is on the ring, and the capability that stands for it. */
static const struct {
    uint8_t opcode;
    uint32_t cap;
} on_ring[] = {
    [COIL__OP_NOP] = {IORING_OP_NOP, COIL__CAP_STREAMS},
    [COIL__OP_POLL] = {IORING_OP_POLL_ADD, COIL__CAP_STREAMS},
    [COIL__OP_RECV] = {IORING_OP_RECV, COIL__CAP_STREAMS},
    [COIL__OP_SEND] = {IORING_OP_SEND, COIL__CAP_STREAMS},
    [COIL__OP_RECVMSG] = {IORING_OP_RECVMSG, COIL__CAP_STREAMS},
    [COIL__OP_SENDMSG] = {IORING_OP_SENDMSG, COIL__CAP_STREAMS},
    [COIL__OP_ACCEPT] = {IORING_OP_ACCEPT, COIL__CAP_STREAMS},
    [COIL__OP_CONNECT] = {IORING_OP_CONNECT, COIL__CAP_STREAMS},
    [COIL__OP_READ] = {IORING_OP_READ, COIL__CAP_STREAMS},
    [COIL__OP_WRITE] = {IORING_OP_WRITE, COIL__CAP_STREAMS},
    [COIL__OP_READV] = {IORING_OP_READV, COIL__CAP_STREAMS},
    [COIL__OP_WRITEV] = {IORING_OP_WRITEV, COIL__CAP_STREAMS},
    [COIL__OP_CLOSE] = {IORING_OP_ASYNC_CANCEL, COIL__CAP_STREAMS}, /* the fd itself we close */
    [COIL__OP_FSYNC] = {IORING_OP_FSYNC, COIL__CAP_FSYNC},
    [COIL__OP_FALLOCATE] = {IORING_OP_FALLOCATE, COIL__CAP_FALLOCATE},
    [COIL__OP_OPENAT] = {IORING_OP_OPENAT, COIL__CAP_OPENAT},
    [COIL__OP_STATX] = {IORING_OP_STATX, COIL__CAP_STATX},
    [COIL__OP_RENAMEAT] = {IORING_OP_RENAMEAT, COIL__CAP_RENAMEAT},
    [COIL__OP_UNLINKAT] = {IORING_OP_UNLINKAT, COIL__CAP_UNLINKAT},
    [COIL__OP_MKDIRAT] = {IORING_OP_MKDIRAT, COIL__CAP_MKDIRAT},
    [COIL__OP_LINKAT] = {IORING_OP_LINKAT, COIL__CAP_LINKAT},
    [COIL__OP_SYMLINKAT] = {IORING_OP_SYMLINKAT, COIL__CAP_SYMLINKAT},
    [COIL__OP_FTRUNCATE] = {COIL__RING_FTRUNCATE, COIL__CAP_FTRUNCATE},
    [COIL__OP_GETDENTS] = {0, 0},
    [COIL__OP_CALL] = {0, 0},
};
enum { ON_RING = sizeof on_ring / sizeof *on_ring, MOST_OPS = 256 };

uint32_t coil__ring_cap(enum coil__opcode code)
{
    return on_ring[code].cap;
}

/* ---------------------------------------------------------------- asking ---- */

/* Which operations the kernel says it has. */
static int ask_operations(struct io_uring *ring, uint32_t *ret_caps)
{
    union {
        struct io_uring_probe probe;
        char room[sizeof(struct io_uring_probe) + MOST_OPS * sizeof(struct io_uring_probe_op)];
    } answer = {.room = {0}};
    int err = coil__sys_io_uring_register_probe(ring, &answer.probe, MOST_OPS);
    if (err < 0)
        return err;
    *ret_caps = COIL__CAP_STREAMS | COIL__CAPS_FILES;
    if (io_uring_opcode_supported(&answer.probe, IORING_OP_MSG_RING))
        *ret_caps |= COIL__CAP_MESSAGES;
    for (int i = 0; i < ON_RING; i++)
        if (!io_uring_opcode_supported(&answer.probe, on_ring[i].opcode))
            *ret_caps &= ~on_ring[i].cap;
    return 0;
}

/* A round trip. */
static int prove(struct io_uring *ring)
{
    struct io_uring_cqe *cqe;
    io_uring_prep_nop(io_uring_get_sqe(ring));
    int n = coil__sys_io_uring_submit_and_wait(ring, 1);
    if (n < 0)
        return n;
    n = io_uring_peek_cqe(ring, &cqe);
    if (n < 0)
        return n;
    n = cqe->res;
    io_uring_cqe_seen(ring, cqe);
    return n;
}

int coil__ring_open(struct io_uring *ring, unsigned entries, uint32_t masked, uint32_t *ret_caps)
{
    const uint32_t by_flags = COIL__CAP_URING | COIL__CAP_SINGLE_ISSUER | COIL__CAP_DEFER_TASKRUN |
                              COIL__CAP_TASKRUN_FLAG;
    struct io_uring_params params = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                 IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_CLAMP,
    };
    if (masked & COIL__CAP_URING)
        return -ENOSYS;
    if (masked & by_flags) /* as a kernel says that does not know the flag */
        return -EINVAL;
    int err = coil__sys_io_uring_queue_init_params(entries, ring, &params);
    if (err < 0)
        return err;
    uint32_t caps = 0, more = by_flags | COIL__CAP_PROBE;
    err = ask_operations(ring, &caps);
    if (err < 0)
        goto exit_ring;
    if (params.features & IORING_FEAT_EXT_ARG)
        more |= COIL__CAP_EXT_ARG;
    if (params.features & IORING_FEAT_NODROP)
        more |= COIL__CAP_NODROP;
    caps = (caps | more) & ~masked;
    err = COIL__CAPS_NEEDED & ~caps ? -ENOSYS : prove(ring);
    if (err < 0)
        goto exit_ring;
    *ret_caps = caps;
    return 0;

exit_ring:
    io_uring_queue_exit(ring);
    return err;
}
