/* A runner: one loop for several runs; what the first one started goes on in the second, and is cancelled at the close. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(clock_ticks)
{
    int err = 0;
    for (int second = 1; second < 100; second++) {
        err = coil_sleep(1);
        if (err < 0)
            break;
        printf("Tick %d\n", second);
    }
    printf("The clock stops\n");
    return err;
}

COIL_ASYNC(start, (coil_task *, task, out))
{
    *task = coil_create_task(clock_ticks());
    int err = coil_sleep(2.5);
    printf("First run is over\n");
    return err;
}

COIL_ASYNC(look, (coil_task *, task))
{
    int err = coil_sleep(2);
    printf("Second run: the clock is %s\n", coil_task_done(task) ? "done" : "running");
    return err;
}

int main(void)
{
    coil_runner *runner;
    coil_task *task;
    int err = coil_runner_new(NULL, &runner);
    if (err < 0)
        return 1;
    err = coil_runner_run(runner, start(&task));
    if (err >= 0) {
        printf("Between the runs nothing moves\n");
        err = coil_runner_run(runner, look(task));
    }
    printf("The runner closes, and cancels what is left\n");
    coil_runner_free(runner);
    return err < 0;
}
