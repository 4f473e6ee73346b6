/* task/numbers.c: the numbers of "Task-<n>": one sequence in the process, as in asyncio, and none is used twice.
 *
 * A loop that runs takes a block of them, or each new task would pay for a locked instruction, and with several loops for a word that
 * other CPUs write. Before it sleeps, and when it has run, it gives back what is left, unless somebody took numbers meanwhile. So a
 * program whose loops run one after the other, or where the others sleep, counts as asyncio does.
 */
#include <stdatomic.h>

#include "task/tasks.h"

enum { BLOCK = 64 };

static atomic_uintptr_t last_number;

static void give_back(coil_loop *loop)
{
    struct coil__tasks *tasks = coil__tasks_of(loop);
    uintptr_t last = tasks->end_of_numbers - 1;
    if (atomic_load_explicit(&last_number, memory_order_relaxed) != last)
        return; /* not the latest: they are for later tasks of this loop */
    if (atomic_compare_exchange_strong_explicit(&last_number, &last, tasks->next_number - 1,
                                                memory_order_relaxed, memory_order_relaxed)) {
        tasks->end_of_numbers = tasks->next_number;
        loop->on_idle = NULL;
    }
}

void coil__numbers_take(struct coil__tasks *tasks)
{
    coil_loop *loop = tasks->loop, *here = coil__here.loop;
    if (here && here != loop &&
        here->on_idle) /* a task of the loop that runs makes one in another */
        here->on_idle(here);
    uintptr_t n = loop->running ? BLOCK : 1;
    uintptr_t before = atomic_fetch_add_explicit(&last_number, n, memory_order_relaxed);
    tasks->next_number = before + 1;
    tasks->end_of_numbers = before + 1 + n;
    if (n > 1)
        loop->on_idle = give_back;
}
