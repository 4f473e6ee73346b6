/* tutorial: calling a coroutine function without await runs nothing; a warning is reported
 *
 * Dropping the call object at once is the compiler's warning (test/compile/call.c). One that is stored and never used is
 * debug mode's, when the loop closes. */
#include "port.h"

COIL_ASYNC(work)
{
    printf("work runs\n");
    return 0;
}

static void warning(coil_loop *loop, int level, const char *line, void *arg)
{
    (void)loop;
    (void)arg;
    if (level == COIL_LOG_WARNING)
        printf("RuntimeWarning %s\n", strstr(line, "never awaited") ? "never awaited" : "?");
}

COIL_ASYNC(forgets)
{
    coil_loop_set_log_handler(coil_loop_running(), warning, NULL);
    coil_call c = COIL_CALL(work());
    (void)c;
    return 0;
}

COIL_ASYNC(amain)
{
    printf("awaiting properly\n");
    MUST(work());
    printf("end\n");
    return 0;
}

int main(void)
{
    coil_loop_options options = {.debug = 1};
    MUST(coil_run_with(forgets(), &options));
    MUST(coil_run(amain()));
    return 0;
}
