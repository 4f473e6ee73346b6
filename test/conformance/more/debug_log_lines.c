/* debug mode logs slow callbacks, timers and task steps at warning level, with the task's name; not below the limit, not when switched off; lost errors at error level */
#include "said.h"

static void show(coil_loop *loop, int level, const char *line, void *arg)
{
    (void)loop;
    (void)arg;
    size_t n = strlen(line);
    const char *end = strstr(line, " coro"), *lost = strstr(line, "retrieved");
    if (!end && strncmp(line, "Executing <", 11) == 0)
        end = strchr(line + 11, ' ');
    if (lost)
        end = lost + 9;
    if (end)
        printf("%s %.*s %d\n", level == COIL_LOG_WARNING ? "WARNING" : "ERROR", (int)(end - line),
               line, strstr(line, " took 0.") && strcmp(line + n - 7, "seconds") == 0);
}

static int block(void *us)
{
    usleep((unsigned)(size_t)us);
    return 0;
}

COIL_ASYNC(blocks, (unsigned, before), (unsigned, between))
{
    usleep(before);
    MUST(coil_sleep(0));
    usleep(between);
    return coil_sleep(0);
}

COIL_ASYNC(bad)
{
    return coil_fail(-EINVAL, "lost");
}

COIL_ASYNC(amain)
{
    coil_loop *loop = coil_loop_running();
    coil_loop_set_log_handler(loop, show, NULL);
    printf("debug %d %.1f\n", coil_loop_get_debug(loop), coil_loop_slow_callback_duration(loop));
    coil_loop_set_slow_callback_duration(loop, 0.03);
    MUST(coil_await(coil_create_task_named(blocks(50000, 0), "first")));
    MUST(coil_await(coil_create_task_named(blocks(0, 50000), "second")));
    coil_call_soon(block, (void *)50000);
    MUST(coil_sleep(0.001));
    coil_call_later(0, block, (void *)50000);
    MUST(coil_sleep(0.001));
    coil_call_soon(block, (void *)1000);
    MUST(coil_sleep(0.01));
    coil_task *t = coil_create_task_named(bad(), "lost");
    MUST(coil_sleep(0));
    MUST(coil_sleep(0));
    coil_task_unref(t);
    coil_loop_set_debug(loop, 0);
    coil_call_soon(block, (void *)50000);
    MUST(coil_sleep(0.001));
    printf("end\n");
    return 0;
}

int main(void)
{
    coil_loop_options options = {.debug = 1};
    MUST(coil_run_with(amain(), &options));
    return 0;
}
