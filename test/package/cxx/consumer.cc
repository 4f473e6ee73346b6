/* A C++ consumer: coroutines in C++, objects that live across a suspension, and destructors that run when a task is cancelled. */
#include <coil.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

struct Guard {
    explicit Guard(const char *name) : name(name) {}
    Guard(const Guard &) = delete;
    Guard &operator=(const Guard &) = delete;
    ~Guard() { std::printf("~%s\n", name); }
    const char *name;
};

} // namespace

static COIL_ASYNC(join, (const std::vector<std::string> *, words), (std::size_t, ret, out))
{
    std::string all;
    for (const std::string &word : *words) {
        int err = coil_yield_now();
        if (err < 0)
            return err;
        all += word;
    }
    *ret = all.size();
    return 0;
}

static COIL_ASYNC(wait_forever)
{
    Guard guard("guard");
    return coil_sleep(COIL_FOREVER);
}

static COIL_ASYNC(consumer)
{
    const std::vector<std::string> few = {"a", "bc"}, more = {"def", "ghij"};
    std::size_t three = 0, seven = 0;
    int err = coil_gather(join(&few, &three), join(&more, &seven));
    if (err < 0)
        return err;
    std::printf("gather: %zu %zu\n", three, seven);
    err = coil_wait_for(wait_forever(), 0.01);
    std::printf("limit: %s\n", coil_error_name(err));
    COIL_TASK_GROUP (g, err) {
        coil_group_create_task(g, join(&few, nullptr));
    }
    return err;
}

COIL_MAIN(consumer())
