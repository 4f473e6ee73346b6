/* memory.c: how much memory the program and its workers have, at most.
 *
 * A thread looks every 10 ms, because the loop may be standing still just when memory is at its
 * peak. Memory that processes share is counted once: anonymous pages of each process, shared ones
 * (the greatest share that any process has mapped), and the program files of this one.
 */
#include "measure.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct amount {
    uint64_t anonymous, file, shared; /* KiB */
};

static void amount_of(long pid, struct amount *ret)
{
    char path[64], line[256];
    memset(ret, 0, sizeof *ret);
    snprintf(path, sizeof path, "/proc/%ld/status", pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return; /* it has just ended */
    while (fgets(line, sizeof line, f)) {
        unsigned long long kib;
        if (sscanf(line, "RssAnon: %llu", &kib) == 1)
            ret->anonymous = kib;
        else if (sscanf(line, "RssFile: %llu", &kib) == 1)
            ret->file = kib;
        else if (sscanf(line, "RssShmem: %llu", &kib) == 1)
            ret->shared = kib;
    }
    fclose(f);
}

enum { PROCESSES_MAX = 256 };

/* Appends the children of all threads of a process. */
static int children_of(long pid, long *pids, int n)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%ld/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return n;
    for (struct dirent *e; (e = readdir(tasks));) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%ld/task/%.20s/children", pid, e->d_name);
        FILE *f = fopen(path, "re");
        if (!f)
            continue;
        for (long child; n < PROCESSES_MAX && fscanf(f, "%ld", &child) == 1;)
            pids[n++] = child;
        fclose(f);
    }
    closedir(tasks);
    return n;
}

static uint64_t memory_now(void)
{
    long pids[PROCESSES_MAX];
    int n = 1;
    uint64_t anonymous = 0, file = 0, shared = 0;
    pids[0] = getpid();
    for (int i = 0; i < n; i++) {
        struct amount a;
        amount_of(pids[i], &a);
        anonymous += a.anonymous;
        if (a.shared > shared)
            shared = a.shared;
        if (i == 0)
            file = a.file;
        n = children_of(pids[i], pids, n);
    }
    return 1024 * (anonymous + file + shared);
}

static void *watch_memory(void *arg)
{
    struct memory_watch *w = arg;
    pthread_mutex_lock(&w->lock);
    while (!w->stop) {
        const uint64_t now = memory_now();
        if (now > w->peak)
            w->peak = now;
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 10000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        pthread_cond_timedwait(&w->changed, &w->lock, &until);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

int memory_watch_begin(struct memory_watch *watch)
{
    memset(watch, 0, sizeof *watch);
    pthread_mutex_init(&watch->lock, NULL);
    pthread_cond_init(&watch->changed, NULL);
    int err = pthread_create(&watch->thread, NULL, watch_memory, watch);
    watch->started = err == 0;
    return -err;
}

uint64_t memory_watch_end(struct memory_watch *watch)
{
    if (watch->started) {
        pthread_mutex_lock(&watch->lock);
        watch->stop = 1;
        pthread_cond_signal(&watch->changed);
        pthread_mutex_unlock(&watch->lock);
        pthread_join(watch->thread, NULL);
        watch->started = 0;
    }
    pthread_cond_destroy(&watch->changed);
    pthread_mutex_destroy(&watch->lock);
    return watch->peak;
}
