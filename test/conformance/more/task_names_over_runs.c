/* automatic task names count up over the runs of a process, with the tasks that run() itself makes; a name that was given does not count */
#include "said.h"

typedef char text[32];

COIL_ASYNC(leaf, (char *, name))
{
    snprintf(name, sizeof(text), "%s", coil_task_name(coil_current_task()));
    return 0;
}

COIL_ASYNC(amain, (const char *, label))
{
    text a, b, c, d;
    printf("%s %s\n", label, coil_task_name(coil_current_task()));
    coil_task *named = coil_create_task_named(leaf(a), "given");
    MUST(coil_await(named));
    MUST(coil_await(coil_create_task(leaf(b))));
    MUST(coil_gather(leaf(c), leaf(d)));
    printf("%s %s ['%s', '%s']\n", a, b, c, d);
    MUST(coil_wait_for(leaf(a), 1));
    printf("%s\n", a);
    coil_task *t = coil_create_task(leaf(a));
    MUST(coil_task_set_name(t, "changed"));
    MUST(coil_await(t));
    printf("%s\n", a);
    return 0;
}

int main(void)
{
    coil_runner *runner;
    MUST(coil_run(amain("first")));
    MUST(coil_run(amain("second")));
    MUST(coil_runner_new(NULL, &runner));
    MUST(coil_runner_run(runner, amain("third")));
    MUST(coil_runner_run(runner, amain("fourth")));
    coil_runner_free(runner);
    return 0;
}
