/* bench/limits/server_uring.c: the other limit: plain C on io_uring, multishot receive into a ring of buffers, direct send.
 * `server_uring BYTES|http`: a buffer holds a whole message, because messages in pieces would cost several times as much.
 */
#include <arpa/inet.h>
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "bench.h"

enum { BUFFERS = 4096, ACCEPT = -1 };

static size_t size_of_buffer = 2048;

static struct io_uring ring;
static struct io_uring_buf_ring *buffers;
static char *memory;

static void receive(int fd)
{
    struct io_uring_sqe *sqe;
    while (!(sqe = io_uring_get_sqe(&ring)))
        io_uring_submit(&ring);
    io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = 0;
    io_uring_sqe_set_data64(sqe, (unsigned long long)fd);
}

static void give_buffer(int id)
{
    io_uring_buf_ring_add(buffers, memory + (size_t)id * size_of_buffer, (unsigned)size_of_buffer,
                          (unsigned short)id, io_uring_buf_ring_mask(BUFFERS), 0);
    io_uring_buf_ring_advance(buffers, 1);
}

static void set_up(int listener)
{
    struct io_uring_params p = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                                         IORING_SETUP_CQSIZE,
                                .cq_entries = 8192};
    if (io_uring_queue_init_params(1024, &ring, &p) < 0)
        exit(77);
    size_t bytes = BUFFERS * sizeof(struct io_uring_buf);
    if (posix_memalign((void **)&buffers, 4096, bytes) ||
        posix_memalign((void **)&memory, 4096, BUFFERS * size_of_buffer))
        exit(1);
    struct io_uring_buf_reg reg = {.ring_addr = (unsigned long)buffers, .ring_entries = BUFFERS};
    io_uring_buf_ring_init(buffers);
    if (io_uring_register_buf_ring(&ring, &reg, 0) < 0)
        exit(77);
    for (int i = 0; i < BUFFERS; i++)
        give_buffer(i);
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
    io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, 0);
    io_uring_sqe_set_data64(sqe, (unsigned long long)ACCEPT);
}

static void on_cqe(const struct io_uring_cqe *cqe)
{
    int one = 1;
    if ((long long)cqe->user_data == ACCEPT) {
        if (cqe->res >= 0) {
            setsockopt(cqe->res, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            receive(cqe->res);
        }
        return;
    }
    int fd = (int)cqe->user_data;
    if (cqe->res > 0) {
        int id = (int)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
        answer(fd, memory + (size_t)id * size_of_buffer, (size_t)cqe->res);
        give_buffer(id);
        if (!(cqe->flags & IORING_CQE_F_MORE))
            receive(fd);
    } else if (cqe->res == -ENOBUFS) {
        receive(fd);
    } else {
        close(fd);
    }
}

int main(int argc, char **argv)
{
    size_t bytes = answer_set_up(argc, argv) || argc < 2 ? 0 : (size_t)atol(argv[1]);
    if (bytes > 65536)
        return 2;
    if (bytes > size_of_buffer)
        size_of_buffer = bytes;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&a, size) < 0 || listen(listener, 4096) < 0)
        return 1;
    getsockname(listener, (struct sockaddr *)&a, &size);
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    set_up(listener);
    for (;;) {
        struct io_uring_cqe *cqe;
        unsigned head, n = 0;
        io_uring_submit_and_wait(&ring, 1);
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            on_cqe(cqe);
            n++;
        }
        io_uring_cq_advance(&ring, n);
    }
}
