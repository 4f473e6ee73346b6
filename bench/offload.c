/* bench/offload.c: an empty job in another thread and in another process, there and back, one after the other, us each. The limit is
 * a bare pair of futexes placed alike: two threads, or two processes over shared memory, that sleep until they are told, free to
 * move between CPUs. And two jobs of 100 ms of computing on two workers, as a multiple of one.
 */
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <pthread.h>
#include <unistd.h>

#include "bench.h"
#include "coil.h"

enum { ROUNDS = 10000 };

/* ---------------------------------------------------------------- the limit ---- */

struct pair {
    atomic_uint ask, answer;
};

static void futex_wait(atomic_uint *word, unsigned seen)
{
    while (atomic_load(word) == seen)
        syscall(SYS_futex, word, FUTEX_WAIT, seen, NULL, NULL, 0);
}

static void futex_tell(atomic_uint *word)
{
    atomic_fetch_add(word, 1);
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void *answer_all(void *arg)
{
    struct pair *p = arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        futex_wait(&p->ask, i);
        futex_tell(&p->answer);
    }
    return NULL;
}

static void ask_all(const char *name, struct pair *p)
{
    double t0 = bench_now();
    for (unsigned i = 0; i < ROUNDS; i++) {
        futex_tell(&p->ask);
        futex_wait(&p->answer, i);
    }
    bench_print(name, (bench_now() - t0) * 1e6 / ROUNDS, "us");
}

static void bare_pairs(void)
{
    struct pair *p =
        mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_t thread;
    if (p == MAP_FAILED || pthread_create(&thread, NULL, answer_all, p) != 0)
        exit(1);
    ask_all("bare futex pair, threads", p);
    pthread_join(thread, NULL);
    *p = (struct pair){0};
    pid_t pid = fork();
    if (pid == 0) {
        answer_all(p);
        _exit(0);
    }
    ask_all("bare futex pair, processes", p);
    waitpid(pid, NULL, 0);
    munmap(p, sizeof *p);
}

/* ---------------------------------------------------------------- Coil ---- */

COIL_ASYNC(nothing)
{
    return 0;
}

struct number {
    int n;
};
COIL_REMOTE(increment, (struct number, in), (struct number, out))
{
    out->n = in->n + 1;
    return 0;
}

COIL_REMOTE(compute, (struct number, ms), (struct number, out))
{
    double end = bench_cpu() + ms->n * 1e-3;
    out->n = 0;
    while (bench_cpu() < end)
        out->n++;
    return 0;
}

COIL_ASYNC(in_threads)
{
    int err = coil_to_thread(nothing());
    double t0 = bench_now();
    for (int i = 0; i < ROUNDS && err >= 0; i++)
        err = coil_to_thread(nothing());
    bench_print("coil_to_thread", (bench_now() - t0) * 1e6 / ROUNDS, "us");
    return err;
}

COIL_ASYNC(in_processes)
{
    coil_pool *pool;
    int err = coil_process_pool_new(2, &pool);
    if (err < 0)
        return err;
    struct number in = {1}, out, other, ms = {100};
    err = coil_pool_run(pool, increment(&in, &out));
    double t0 = bench_now();
    for (int i = 0; i < ROUNDS && err >= 0; i++)
        err = coil_pool_run(pool, increment(&in, &out));
    bench_print("process pool", (bench_now() - t0) * 1e6 / ROUNDS, "us");
    if (err >= 0)
        err = coil_gather(coil_pool_run(pool, compute(&ms, &out)),
                          coil_pool_run(pool, compute(&ms, &other)));
    double t1 = bench_now();
    if (err >= 0)
        err = coil_pool_run(pool, compute(&ms, &out));
    double t2 = bench_now();
    if (err >= 0)
        err = coil_gather(coil_pool_run(pool, compute(&ms, &out)),
                          coil_pool_run(pool, compute(&ms, &other)));
    bench_print("two jobs on two workers", (bench_now() - t2) / (t2 - t1), "x one");
    coil_pool_free(pool);
    return err;
}

COIL_ASYNC(everything)
{
    int err = in_threads();
    return err < 0 ? err : in_processes();
}

int main(void)
{
    bare_pairs();
    return coil_run(everything()) < 0;
}
