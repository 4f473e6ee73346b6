/* bench/limits/offload.c: the least that a round trip to another thread or process costs: a bare pair of futexes, whose sides sleep
 * until they are told, free to move between CPUs. `offload thread|process N`.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

struct pair {
    atomic_uint ask, answer;
    unsigned rounds;
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
    for (unsigned i = 0; i < p->rounds; i++) {
        futex_wait(&p->ask, i);
        futex_tell(&p->answer);
    }
    return NULL;
}

static void ask_all(struct pair *p)
{
    for (unsigned i = 0; i < p->rounds; i++) {
        futex_tell(&p->ask);
        futex_wait(&p->answer, i);
    }
}

static int with_thread(struct pair *p)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, answer_all, p) != 0)
        return 1;
    struct bench_span span = bench_begin();
    ask_all(p);
    pthread_join(thread, NULL);
    bench_end(span);
    return 0;
}

static int with_process(struct pair *p)
{
    pid_t pid = fork();
    if (pid < 0)
        return 1;
    if (pid == 0) {
        answer_all(p);
        _exit(0);
    }
    struct bench_span span = bench_begin();
    ask_all(p);
    waitpid(pid, NULL, 0);
    bench_end(span);
    return 0;
}

int main(int argc, char **argv)
{
    struct pair *p =
        mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (argc != 3 || atoi(argv[2]) < 1 || p == MAP_FAILED)
        return 2;
    p->rounds = (unsigned)atoi(argv[2]);
    if (strcmp(argv[1], "thread") == 0)
        return with_thread(p);
    return strcmp(argv[1], "process") == 0 ? with_process(p) : BENCH_LACKS;
}
