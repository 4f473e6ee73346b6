/* bench/limits/files.c: the same reads in plain C: `files uring|pread|threads WHAT N`: an io_uring kept 32 deep, one pread after the other, and
 * four threads that take jobs from a queue behind a mutex.
 */
#include <fcntl.h>
#include <liburing.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

enum { BLOCK = 4096, DEPTH = 32, THREADS = 4 };

static char memory[DEPTH][BLOCK];
static int fd;
static unsigned long blocks, seed = 2654435761u;

static off_t somewhere(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (off_t)(seed % blocks) * BLOCK;
}

static int by_pread(long n)
{
    while (n-- > 0)
        if (pread(fd, memory[0], BLOCK, somewhere()) != BLOCK)
            return 1;
    return 0;
}

/* ---------------------------------------------------------------- io_uring ---- */

static int by_uring(long n)
{
    struct io_uring ring;
    struct io_uring_params p = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN};
    long sent = 0, done = 0;
    if (io_uring_queue_init_params(2 * DEPTH, &ring, &p) < 0)
        return BENCH_LACKS;
    unsigned long long idle[DEPTH], n_idle = DEPTH; /* whose buffers are free */
    for (unsigned i = 0; i < DEPTH; i++)
        idle[i] = i;
    while (done < n) {
        while (n_idle > 0 && sent < n) {
            unsigned long long slot = idle[--n_idle];
            struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
            io_uring_prep_read(sqe, fd, memory[slot], BLOCK, (unsigned long long)somewhere());
            io_uring_sqe_set_data64(sqe, slot);
            sent++;
        }
        if (io_uring_submit_and_wait(&ring, 1) < 0)
            return 1;
        struct io_uring_cqe *cqe;
        unsigned head, seen = 0;
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            if (cqe->res != BLOCK)
                return 1;
            idle[n_idle++] = cqe->user_data;
            seen++;
        }
        io_uring_cq_advance(&ring, seen);
        done += seen;
    }
    io_uring_queue_exit(&ring);
    return 0;
}

/* ---------------------------------------------------------------- threads ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER, news = PTHREAD_COND_INITIALIZER;
static struct {
    int slot;
    off_t offset;
} jobs[DEPTH];                                /* a stack: the order does not matter */
static int n_jobs, over, idle[DEPTH], n_idle; /* slots whose read is done */
static int failed;

static void *worker(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&mutex);
    for (;;) {
        while (n_jobs == 0 && !over)
            pthread_cond_wait(&work, &mutex);
        if (n_jobs == 0)
            break;
        n_jobs--;
        int slot = jobs[n_jobs].slot;
        off_t offset = jobs[n_jobs].offset;
        pthread_mutex_unlock(&mutex);
        ssize_t got = pread(fd, memory[slot], BLOCK, offset);
        pthread_mutex_lock(&mutex);
        failed |= got != BLOCK;
        idle[n_idle++] = slot;
        pthread_cond_signal(&news);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static int by_threads(long n)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, worker, NULL) != 0)
            return 1;
    pthread_mutex_lock(&mutex);
    for (n_idle = 0; n_idle < DEPTH; n_idle++)
        idle[n_idle] = n_idle;
    for (long sent = 0; sent < n || n_idle < DEPTH;) {
        while (n_idle > 0 && sent < n) {
            jobs[n_jobs].slot = idle[--n_idle];
            jobs[n_jobs++].offset = somewhere();
            sent++;
            pthread_cond_signal(&work);
        }
        if (n_idle < DEPTH)
            pthread_cond_wait(&news, &mutex);
    }
    over = 1;
    pthread_cond_broadcast(&work);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return failed;
}

int main(int argc, char **argv)
{
    const char *path = getenv("BENCH_FILE");
    long n = argc == 4 ? atol(argv[3]) : 0;
    struct stat facts;
    if (n < 1 || !path)
        return 2;
    if (strcmp(argv[2], "read 4 KiB, 32 at a time") != 0)
        return BENCH_LACKS;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &facts) < 0 || facts.st_size < BLOCK)
        return 1;
    blocks = (unsigned long)facts.st_size / BLOCK;
    struct bench_span span = bench_begin();
    int status = strcmp(argv[1], "uring") == 0   ? by_uring(n)
                 : strcmp(argv[1], "pread") == 0 ? by_pread(n)
                                                 : by_threads(n);
    bench_end(span);
    close(fd);
    return status;
}
