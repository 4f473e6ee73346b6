/* loop/debug.c: what debug mode adds to a turn: each callback and each step of a task is timed, and slow ones are told.
 *
 * While a step runs the rest of the snapshot is not in loop->now, so a task that suspends finds no next one and comes back
 * here; outside of debug mode it would switch straight on. Time is the real clock's, also when the loop's is virtual.
 */
#include "loop/debug.h"

#include <errno.h>
#include <stdio.h>

#include "loop/callbacks.h"
#include "loop/loop.h"

enum { DESCRIPTION = 256 };

/* Before the step: afterwards its task or handle may be gone. */
static void describe(coil_loop *loop, struct coil__ready *node, char *buf)
{
    if (!loop->describe || !loop->describe(node, buf, DESCRIPTION))
        coil__callback_describe(node, buf, DESCRIPTION);
}

static void judge(coil_loop *loop, int64_t begin_ns, const char *what)
{
    int64_t took_ns = coil__clock_monotonic() - begin_ns;
    if (took_ns < loop->slow_ns || !loop->debug)
        return;
    char line[DESCRIPTION + 64];
    snprintf(line, sizeof line, "Executing %s took %.3f seconds", what,
             coil__ns_to_seconds(took_ns));
    coil__loop_log(loop, COIL_LOG_WARNING, line);
}

int coil__debug_snapshot(coil_loop *loop)
{
    char what[DESCRIPTION];
    int ran = 0;
    loop->held_back = loop->next_head;
    loop->next_head = NULL;
    loop->next_tail = &loop->next_head;
    loop->now = NULL;
    while (loop->held_back) {
        struct coil__ready *node = loop->held_back;
        loop->held_back = node->next;
        describe(loop, node, what);
        int64_t begin_ns = coil__clock_monotonic();
        node->run(node);
        judge(loop, begin_ns, what);
        ran++;
    }
    for (struct coil__timer *timer; (timer = coil__timer_next_due(loop)); ran++) {
        coil__timer_describe(timer, what, sizeof what);
        int64_t begin_ns = coil__clock_monotonic();
        timer->fire(timer);
        judge(loop, begin_ns, what);
    }
    return ran;
}

/* ---------------------------------------------------------------- switching it ---- */

void coil_loop_set_debug(coil_loop *loop, int on)
{
    if (!loop || !coil__loop_is_mine(loop))
        return;
    loop->debug = on != 0;
    if (on)
        loop->rolling = false; /* every turn goes through the loop */
}

int coil_loop_get_debug(coil_loop *loop)
{
    if (!loop)
        return -EINVAL;
    return coil__loop_is_mine(loop) ? loop->debug : -COIL_EWRONGTHREAD;
}

void coil_loop_set_slow_callback_duration(coil_loop *loop, double seconds)
{
    if (loop && coil__loop_is_mine(loop) && seconds == seconds)
        loop->slow_ns = coil__seconds_to_ns(seconds);
}

double coil_loop_slow_callback_duration(coil_loop *loop)
{
    return loop && coil__loop_is_mine(loop) ? coil__ns_to_seconds(loop->slow_ns)
                                            : __builtin_nan("");
}
