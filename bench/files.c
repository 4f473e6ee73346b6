/* bench/files.c: random reads of 4 KiB from a cached file, 32 at a time: `files WHAT N`, the file is $BENCH_FILE. */
#include <fcntl.h>
#include <string.h>

#include "own.h"

enum { BLOCK = 4096, DEPTH = 32 };

static coil_file *file;
static long blocks;

COIL_ASYNC(reader, (unsigned long, seed), (long, n))
{
    char buf[BLOCK];
    int err = 0;
    for (long i = 0; i < n && err >= 0; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        err = coil_file_pread(file, buf, BLOCK, (long long)(seed % (unsigned long)blocks) * BLOCK);
        if (err >= 0 && err != BLOCK)
            err = -EIO;
    }
    return err;
}

COIL_ASYNC(read_all, (long, n))
{
    int err = 0;
    struct own_span span = own_begin();
    COIL_TASK_GROUP(g, err)
    {
        for (unsigned long i = 1; i <= DEPTH && err >= 0; i++)
            if (!coil_group_create_task(g, reader(i * 2654435761u, n / DEPTH)))
                err = -ENOMEM;
    }
    own_end(span);
    return err;
}

COIL_ASYNC(perform, (const char *, path), (long, n))
{
    struct statx facts;
    int err = coil_stat(path, &facts);
    if (err >= 0)
        err = coil_file_open(path, O_RDONLY, 0, &file);
    if (err < 0)
        return err;
    blocks = (long)(facts.stx_size / BLOCK);
    err = blocks > 0 ? read_all(n) : -EINVAL;
    int closed = coil_file_close(file);
    return err < 0 ? err : closed;
}

int main(int argc, char **argv)
{
    const char *path = getenv("BENCH_FILE");
    long n = argc == 3 ? atol(argv[2]) : 0;
    if (n < DEPTH || !path)
        return 2;
    if (strcmp(argv[1], "read 4 KiB, 32 at a time") != 0)
        return BENCH_LACKS;
    int err = coil_run(perform(path, n));
    if (err < 0)
        fprintf(stderr, "files: %s\n", coil_error_message(err));
    return err < 0;
}
