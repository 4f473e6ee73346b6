/* in debug mode a step longer than slow_callback_duration is reported, shorter ones are not */
#include "port.h"

static void catch (coil_loop *loop, int level, const char *line, void *arg)
{
    (void)loop;
    (void)level;
    (void)arg;
    if (strstr(line, "took"))
        printf("slow step reported\n");
}

COIL_ASYNC(amain)
{
    coil_loop *loop = coil_loop_running();
    coil_loop_set_log_handler(loop, catch, NULL);
    coil_loop_set_slow_callback_duration(loop, 0.05);
    printf("debug %d\n", coil_loop_get_debug(loop));
    MUST(coil_sleep(0));
    printf("blocks 100 ms\n");
    usleep(100000);
    MUST(coil_sleep(0));
    printf("quick step\n");
    MUST(coil_sleep(0.1));
    printf("end\n");
    return 0;
}

int main(void)
{
    coil_loop_options options = {.debug = 1};
    MUST(coil_run_with(amain(), &options));
    return 0;
}
