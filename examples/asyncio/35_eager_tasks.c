/* Eager tasks run at once, up to their first suspension: one that finds all in a cache never sees the loop. */
#include <coil.h>
#include <stdio.h>
#include <string.h>

static const char *const keys[] = {"apple", "fig", "apple"};
static struct {
    int apple, fig; /* 0: not known yet */
} cache;

static int *cached(const char *key)
{
    return strcmp(key, "fig") == 0 ? &cache.fig : &cache.apple;
}

COIL_ASYNC(look_up, (const char *, key))
{
    if (*cached(key)) {
        printf("%s: %d, from the cache\n", key, *cached(key));
        return 0;
    }
    printf("%s: asking\n", key);
    int err = coil_sleep(1);
    if (err < 0)
        return err;
    *cached(key) = (int)strlen(key);
    printf("%s: %d\n", key, *cached(key));
    return 0;
}

COIL_ASYNC(look_up_all, (const char *, title))
{
    coil_task *tasks[3];
    int err = 0;
    printf("-- %s\n", title);
    for (int i = 0; i < 3; i++) {
        tasks[i] = coil_create_task(look_up(keys[i]));
        printf("   %s's task is %s\n", keys[i],
               coil_task_done(tasks[i]) == 1 ? "done" : "not done");
    }
    for (int i = 0; i < 3; i++) {
        int status = coil_await(tasks[i]);
        err = err < 0 ? err : status;
    }
    return err;
}

COIL_ASYNC(compare)
{
    int err = look_up_all("a task begins in the next turn");
    if (err < 0)
        return err;
    err = coil_loop_set_eager(coil_loop_running(), 1);
    if (err < 0)
        return err;
    err = look_up_all("an eager one at once: what need not wait is done when it was created");
    if (err < 0)
        return err;
    cache.apple = cache.fig = 0;
    return look_up_all("up to its first suspension");
}

COIL_MAIN(compare())
