/* children may add tasks to the group while it is waiting; the exit waits for them too */
#include "port.h"

struct name {
    char text[8];
};

COIL_DECLARE(node, (coil_group *, tg), (int, depth), (struct name, name));

static struct name longer(struct name name, const char *by)
{
    strcat(name.text, by);
    return name;
}

int node(coil_group *tg, int depth, struct name name)
{
    printf("node %s\n", name.text);
    MUST(coil_sleep(0.02));
    if (depth > 0) {
        struct name left = longer(name, "L"), right = longer(name, "R");
        coil_group_create_task(tg, node(tg, depth - 1, left));
        coil_group_create_task(tg, node(tg, depth - 1, right));
    }
    return 0;
}

COIL_ASYNC(amain)
{
    struct name root = {"r"};
    int err;
    COIL_TASK_GROUP(tg, err)
    {
        coil_group_create_task(tg, node(tg, 2, root));
    }
    MUST(err);
    printf("all done\n");
    return 0;
}
COIL_MAIN(amain())
