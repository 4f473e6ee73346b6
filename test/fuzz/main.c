/* test/fuzz/main.c: runs a fuzzer's inputs: libFuzzer's, or the files and directories that are named.
 *
 * No input may leave memory blocks or fds behind. Replayed, so that a plain build checks
 * all that a fuzzer has ever found, without Clang.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int open_fds(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

/* By how many blocks an input makes Coil's heap grow. */
static long long grows(const uint8_t *data, size_t size)
{
    unsigned long long before, after;
    struct fuzz in = {data, size};
    coil_memory_counts(NULL, &before);
    fuzz_input(&in);
    coil_memory_counts(NULL, &after);
    return (long long)(after - before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned runs;
    /* the fds are counted once in a while: it takes longer than many an input */
    int fds = runs++ % 64 == 1 ? open_fds() : -1;
    long long growth = grows(data, size);
    /* a loop that lives on may need more room than ever before; what is lost is lost each time */
    for (int again = 0; growth > 0 && again < 3; again++)
        growth = grows(data, size);
    FUZZ_MUST(growth <= 0);
    FUZZ_MUST(fds < 0 || open_fds() <= fds);
    return 0;
}

#ifndef FUZZ_LIBFUZZER

static int replay(const char *path)
{
    static char bytes[1 << 20];
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    char *exact = malloc(n ? n : 1); /* of its size, so that a sanitizer sees a read beyond it */
    FUZZ_MUST(exact);
    memcpy(exact, bytes, n);
    LLVMFuzzerTestOneInput((uint8_t *)exact, n);
    free(exact);
    return 1;
}

static int replay_all(const char *path)
{
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort), inputs = 0;
    if (n < 0)
        return replay(path);
    for (int i = 0; i < n; i++) {
        char *file = NULL;
        if (names[i]->d_name[0] != '.') {
            FUZZ_MUST(asprintf(&file, "%s/%s", path, names[i]->d_name) > 0);
            int one = replay(file);
            inputs = one < 0 || inputs < 0 ? -1 : inputs + one;
        }
        free(file);
        free(names[i]);
    }
    free(names);
    return inputs;
}

int main(int argc, char **argv)
{
    int inputs = 0;
    for (int i = 1; i < argc && inputs >= 0; i++) {
        int n = replay_all(argv[i]);
        inputs = n < 0 ? -1 : inputs + n;
    }
    printf("%d inputs\n", inputs);
    return inputs > 0 ? 0 : 1;
}

#endif
