/* Each thread has its own running loop; tasks of both go on independently. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "coil.h"

struct job {
    const char *name;
    int units;
    char result[64];
};

COIL_ASYNC(work, (struct job *, job))
{
    int err = coil_sleep(job->units * 0.04);
    const char *name = coil_task_name(coil_current_task());
    snprintf(job->result, sizeof job->result, "%s:%.*s", job->name, (int)strcspn(name, "-"), name);
    return err;
}

static void *thread(void *arg)
{
    return coil_run(work(arg)) < 0 ? arg : NULL;
}

int main(void)
{
    struct job jobs[2] = {{"x", 2, ""}, {"y", 1, ""}};
    pthread_t t[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&t[i], NULL, thread, &jobs[i]))
            return 1;
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    printf("%s %s\n", jobs[0].result, jobs[1].result);
    return 0;
}
