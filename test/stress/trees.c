/* Trees of tasks that grow by every way to start one (await, gather, group, time limit, shield), fail, run out of time and are
 * cancelled from outside: whoever was entered is left, outputs land only on success, scopes end with no child alive, nothing but what
 * was raised comes out, and no task is left. */
#include "stress.h"

enum { TREES = 6, DEPTH = 4, UNTOUCHED = -7 };

static int entered, left;

COIL_DECLARE(branch, (int, depth), (int, ret_nodes, out));

/* What may come out of a branch, and what its output is then. */
static int checked(int err, const int *output, const char *where)
{
    ck_assert_msg(err >= 0 || err == -EIO || err == -ETIMEDOUT || err == -ECANCELED, "%s: %s",
                  where, coil_error_name(err));
    ck_assert_msg(err >= 0 ? *output > 0 : *output == UNTOUCHED, "%s: %d, but its output is %d",
                  where, err, *output);
    return err;
}

static int by_task(int depth, int *ret_nodes)
{
    int nodes = UNTOUCHED;
    coil_task *t = coil_create_task(branch(depth, &nodes));
    int err = stress_dawdle();
    if (err >= 0 && stress_chance(4)) {
        coil_task_cancel(t);
    }
    if (err >= 0) {
        err = checked(coil_await(t), &nodes, "task");
    } else { /* cancelled before it could await: the child must not be left alone */
        coil_task_cancel(t);
        coil_ignore(coil_await(t));
    }
    *ret_nodes += err >= 0 ? nodes : 0;
    return err;
}

static int by_gather(int depth, int *ret_nodes)
{
    int a = UNTOUCHED, b = UNTOUCHED, c = UNTOUCHED;
    int err = coil_gather(branch(depth, &a), branch(depth, &b), branch(depth - 1, &c));
    if (err >= 0)
        ck_assert(a > 0 && b > 0 && c > 0);
    *ret_nodes += (a > 0 ? a : 0) + (b > 0 ? b : 0) + (c > 0 ? c : 0);
    return err;
}

static int by_group(int depth, int *ret_nodes)
{
    enum { MOST = 4 };
    int nodes[MOST] = {UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED}, err = 0;
    int n = 1 + (int)stress_below(MOST);
    coil_task *children[MOST];
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; i < n; i++)
            children[i] =
                coil_task_ref(coil_group_create_task(g, branch(depth - i % 2, &nodes[i])));
        err = stress_dawdle();
        if (err >= 0 && stress_chance(6)) {
            coil_task_cancel(children[stress_below((unsigned)n)]);
        }
        if (err >= 0 && stress_chance(8))
            err = -EIO;
    }
    for (int i = 0; i < n; i++) {
        ck_assert_int_eq(coil_task_done(children[i]), 1);
        int status = coil_task_status(children[i]);
        ck_assert(status >= 0 ? nodes[i] > 0 : nodes[i] == UNTOUCHED);
        if (err >= 0) /* a cancelled child is no error */
            ck_assert(status >= 0 || status == -ECANCELED);
        *ret_nodes += nodes[i] > 0 ? nodes[i] : 0;
        coil_task_unref(children[i]);
    }
    return err;
}

static int by_limit(int depth, int *ret_nodes)
{
    int nodes = UNTOUCHED;
    int err = checked(coil_wait_for(branch(depth, &nodes), stress_pause(3000)), &nodes, "limit");
    *ret_nodes += err >= 0 ? nodes : 0;
    return err;
}

static int by_scope(int depth, int *ret_nodes)
{
    int nodes = UNTOUCHED, err = 0;
    int before = coil_task_cancelling(coil_current_task());
    COIL_TIMEOUT(limit, stress_pause(3000), err)
    {
        err = branch(depth, &nodes);
        checked(err, &nodes, "scope");
        if (stress_chance(3))
            coil_timeout_reschedule(limit, coil_time() + stress_pause(2000));
        if (err >= 0)
            err = stress_dawdle();
    }
    if (err == -ETIMEDOUT) /* its own request is taken back; those of others stay */
        ck_assert_int_ge(coil_task_cancelling(coil_current_task()), before);
    *ret_nodes += nodes > 0 ? nodes : 0;
    return err;
}

static int by_shield(int depth, int *ret_nodes)
{
    int nodes = UNTOUCHED;
    coil_task *t = coil_task_ref(coil_create_task(branch(depth, &nodes)));
    int err = coil_wait_for(coil_shield(t), 1e-6 + stress_pause(1500));
    while (!coil_task_done(t)) /* it goes on behind its shield, and is waited for, come what may */
        coil_ignore(coil_sleep(0.0005));
    int end = coil_await(t);
    coil_task_unref(t);
    checked(end, &nodes, "shield");
    *ret_nodes += end >= 0 ? nodes : 0;
    return err < 0 ? err : end;
}

int branch(int depth, int *ret_nodes)
{
    static int (*const ways[])(int depth, int *ret_nodes) = {by_task,  by_gather, by_group,
                                                             by_limit, by_scope,  by_shield};
    int nodes = 1;
    entered++;
    int err = stress_dawdle();
    if (err >= 0 && stress_chance(15))
        err = -EIO;
    for (int i = (int)stress_below(3); err >= 0 && depth > 0 && i >= 0; i--)
        err = ways[stress_below(6)](depth - 1, &nodes);
    if (err == -EIO && stress_chance(2)) /* some mend what failed below them */
        err = stress_dawdle();
    left++;
    if (err >= 0)
        *ret_nodes = nodes;
    return err < 0 ? err : 0;
}

COIL_ASYNC(forest)
{
    coil_task *trees[TREES], *others[TREES];
    int nodes[TREES];
    for (int i = 0; i < TREES; i++) {
        nodes[i] = UNTOUCHED;
        trees[i] = coil_create_task(branch(DEPTH, &nodes[i]));
    }
    for (int i = (int)stress_below(12); i > 0; i--) {
        int err = coil_sleep(stress_pause(2500));
        if (err < 0)
            return err;
        coil_task_cancel(trees[stress_below(TREES)]);
    }
    for (int i = 0; i < TREES; i++)
        checked(coil_await(trees[i]), &nodes[i], "tree");
    ck_assert_int_eq(entered, left);
    ck_assert_int_eq(coil_all_tasks(others, TREES), 1); /* this one */
    return 0;
}

START_TEST(whatever_grows_in_a_tree_of_tasks_ends_in_order)
{
    entered = left = 0;
    ck_assert_int_eq(coil_run(forest()), 0);
    ck_assert_int_gt(entered, TREES - 1);
}
END_TEST

int main(void)
{
    stress_begin();
    TCase *t = tcase_create("trees");
    tcase_add_loop_test(t, whatever_grows_in_a_tree_of_tasks_ends_in_order, 0, 4);
    return test_main("trees", t);
}
