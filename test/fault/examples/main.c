/* An example of the tutorial is cancelled at each of its suspensions. The build renames its main; this one walks it, as test_cancel_NAME.
 *
 * What an example does then is its own affair: it says so and ends, or goes on without the task. It may also wait for ever for what
 * the cancelled task would have done, as it would in Python: then comes a Ctrl-C, which must end it. Whatever happens, nothing may be
 * left behind, and nothing may crash or hang.
 */
#include <time.h>

#include "../walk.h"
#include "points.h"

int example_main(int argc, char **argv);

static int run(void)
{
    struct sigevent interrupt = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGINT};
    const char *clock = getenv("COIL_CLOCK");
    bool is_virtual = clock && strcmp(clock, "virtual") == 0;
    struct itimerspec patience = {.it_value = {is_virtual ? 0 : 3, is_virtual ? 500000000 : 0}};
    char name[] = "example", *argv[] = {name, NULL};
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &interrupt, &timer) < 0 ||
        timer_settime(timer, 0, &patience, NULL) < 0)
        return -errno;
    int status = example_main(1, argv);
    timer_delete(timer);
    fflush(NULL);
    return status < 0 ? -EBADMSG : 0;
}

int main(void)
{
    const char *name = program_invocation_short_name + strlen("test_cancel_");
    const struct walk list[] = {{name, run, 0, 0, {0}, recorded_points(name)}};
    return walk_cancel_main(list, 1);
}
