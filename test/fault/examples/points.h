/* test/fault/examples/points.h: at how many points each example was cancelled, at least; two thirds where the number varies. */
#ifndef TEST_FAULT_EXAMPLES_POINTS_H
#define TEST_FAULT_EXAMPLES_POINTS_H

#include <string.h>

static const struct {
    const char *example;
    int points;
} recorded[] = {
    {"01_terms", 9},
    {"02_synchronous", 0},
    {"03_await_in_sequence", 6},
    {"04_create_task", 12},
    {"05_blocking_call", 2},
    {"06_to_thread", 8},
    {"07_process_pool", 10},
    {"08_gather", 24},
    {"09_gather_errors", 27},
    {"10_task_group", 9},
    {"11_task_group_errors", 12},
    {"12_timeouts", 13},
    {"13_semaphore", 27},
    {"14_lock", 30},
    {"15_event", 15},
    {"16_condition", 24},
    {"17_barrier", 18},
    {"18_queue", 31},
    {"19_priority_queue", 9},
    {"20_cancellation", 17},
    {"21_shield", 8},
    {"22_as_completed", 18},
    {"23_wait", 16},
    {"24_context_manager", 24},
    {"25_iterator", 9},
    {"26_streams", 22},
    {"27_subprocess", 17},
    {"28_run_in_executor", 2},
    {"29_callbacks", 3},
    {"30_threadsafe", 4},
    {"31_signals", 2},
    {"32_chess_exhibition", 10000},
    {"33_context_vars", 12},
    {"34_generators", 12},
    {"35_eager_tasks", 24},
    {"36_datagrams", 20},
    {"37_runner", 18},
    {"38_unhandled_errors", 9},
    {"39_generator_scheduler", 0},
    {"40_async_generators", 81},
    {"41_coroutines_by_hand", 7},
};

/* One that has no row yet need not be cancelled at all: it is walked all the same. */
static int recorded_points(const char *example)
{
    for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++)
        if (strcmp(recorded[i].example, example) == 0)
            return recorded[i].points;
    return 0;
}

#endif
