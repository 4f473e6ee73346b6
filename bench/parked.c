/* bench/parked.c: what a parked task costs: N tasks, named, asleep at once, then awaited. Resident memory and page tables are
 * counted apart, because a kernel counts them apart. `bench_parked [N]`, 1,000,000 unless said otherwise.
 */
#include <string.h>

#include "bench.h"
#include "coil.h"

static long status_kib(const char *field)
{
    char line[256];
    long value = -1;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, field, strlen(field)) == 0)
            value = atol(line + strlen(field) + 1);
    if (f)
        fclose(f);
    return value;
}

static coil_future *go;

COIL_ASYNC(parked)
{
    return coil_future_await(go, NULL);
}

COIL_ASYNC(park_many, (int, n))
{
    go = coil_future_new();
    coil_task **tasks = malloc((size_t)n * sizeof(coil_task *));
    if (!go || !tasks)
        return -1;
    memset(tasks, 0, (size_t)n * sizeof(coil_task *));
    long rss = status_kib("VmRSS:"), pte = status_kib("VmPTE:");
    double t0 = bench_now();
    char name[32];
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "parked-%d", i);
        tasks[i] = coil_create_task_named(parked(), name);
        if (!tasks[i])
            return coil_await(NULL);
    }
    int err = coil_sleep(0);
    double t1 = bench_now();
    char label[64];
    snprintf(label, sizeof label, "parked task of %d, resident", n);
    bench_print(label, (double)(status_kib("VmRSS:") - rss) / n, "KiB");
    bench_print("parked task, page tables", (double)(status_kib("VmPTE:") - pte) / n, "KiB");
    bench_print("parked task, to create, name and park", (t1 - t0) * 1e6 / n, "us");
    coil_future_set_result(go, NULL);
    for (int i = 0; i < n && err >= 0; i++)
        err = coil_await(tasks[i]);
    bench_print("parked task, to wake and await", (bench_now() - t1) * 1e6 / n, "us");
    coil_future_unref(go);
    free(tasks);
    return err;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1000000;
    int err = coil_run(park_many(n > 0 ? n : 1000000));
    if (err < 0)
        fprintf(stderr, "parked: %s\n", coil_error_message(err));
    return err < 0;
}
