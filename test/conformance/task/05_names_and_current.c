/* automatic names count up from Task-1 (main); current_task() is the running one, NULL in
 * callbacks */
#include "port.h"

static const char *name(void)
{
    coil_task *t = coil_current_task();
    return t ? coil_task_name(t) : "none";
}

COIL_ASYNC(child)
{
    printf("child is %s\n", name());
    return 0;
}

static int callback(void *arg)
{
    (void)arg;
    printf("callback is %s\n", name());
    return 0;
}

COIL_ASYNC(amain)
{
    printf("main is %s\n", name());
    coil_task *a = coil_create_task(child());
    coil_task *b = coil_create_task_named(child(), "fetcher");
    coil_call_soon(callback, NULL);
    coil_task_ref(a);
    coil_task_ref(b);
    MUST(coil_await(a));
    MUST(coil_await(b));
    MUST(coil_task_set_name(b, "renamed"));
    printf("%s", coil_task_name(a));
    printf(" %s\n", coil_task_name(b));
    coil_task_unref(a);
    coil_task_unref(b);
    coil_task *all[8];
    int n = coil_all_tasks(all, 8);
    printf("alive:");
    for (int i = 0; i < n; i++)
        printf(" %s", coil_task_name(all[i]));
    printf("\n");
    return 0;
}
COIL_MAIN(amain())
