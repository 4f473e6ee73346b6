/* bench/peers/files_libuv.c: a peer: random reads of 4 KiB from a cached file on libuv, 32 at a time, by its own threads. */
#include <fcntl.h>
#include <string.h>
#include <uv.h>

#include "bench.h"

enum { BLOCK = 4096, DEPTH = 32 };

static char memory[DEPTH][BLOCK];
static uv_fs_t requests[DEPTH];
static uv_buf_t bufs[DEPTH];
static int fd, failed;
static long sent, n;
static unsigned long blocks, seed = 2654435761u;

static void on_read(uv_fs_t *request);

static void start(uv_fs_t *request)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    sent++;
    long i = request - requests;
    bufs[i] = uv_buf_init(memory[i], BLOCK);
    uv_fs_read(uv_default_loop(), request, fd, &bufs[i], 1, (int64_t)(seed % blocks) * BLOCK,
               on_read);
}

static void on_read(uv_fs_t *request)
{
    failed |= request->result != BLOCK;
    uv_fs_req_cleanup(request);
    if (sent < n)
        start(request);
}

int main(int argc, char **argv)
{
    const char *path = getenv("BENCH_FILE");
    uv_fs_t stat, open;
    n = argc == 3 ? atol(argv[2]) : 0;
    if (n < DEPTH || !path)
        return 2;
    if (strcmp(argv[1], "read 4 KiB, 32 at a time") != 0)
        return BENCH_LACKS;
    if (uv_fs_stat(NULL, &stat, path, NULL) < 0 || stat.statbuf.st_size < BLOCK)
        return 1;
    blocks = stat.statbuf.st_size / BLOCK;
    fd = uv_fs_open(NULL, &open, path, O_RDONLY, 0, NULL);
    if (fd < 0)
        return 1;
    struct bench_span span = bench_begin();
    for (int i = 0; i < DEPTH; i++)
        start(&requests[i]);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    bench_end(span);
    return failed;
}
