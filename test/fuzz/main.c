/* test/fuzz/main.c: runs a fuzzer's inputs: libFuzzer's, or the files and directories that are named.
 *
 * After each input no memory block and no fd may be left, that is: as many as before it. Replayed, so that a plain build checks
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned runs;
    unsigned long long before, after;
    struct fuzz in = {data, size};
    /* the fds are counted once in a while: it takes longer than many an input */
    int fds = runs++ % 64 == 1 ? open_fds() : -1;
    coil_memory_counts(NULL, &before);
    fuzz_input(&in);
    coil_memory_counts(NULL, &after);
    FUZZ_MUST(runs == 1 || after <= before); /* the first may leave what stays for good */
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
