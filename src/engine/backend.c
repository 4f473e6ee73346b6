/* engine/backend.c: which backend: by name, or by what the kernel grants. */
#include "engine/backend.h"

#include <errno.h>
#include <string.h>

#include "coil/errors.h"

/* What a kernel, a container or a seccomp filter says instead of io_uring. */
static int refused(int err)
{
    return err == -ENOSYS || err == -EPERM || err == -EACCES || err == -EINVAL;
}

int coil__backend_open(const char *name, const struct coil__backend_options *options,
                       struct coil__backend **ret_backend)
{
    static const struct coil__backend_options defaults;
    if (!options)
        options = &defaults;
    if (name && *name) {
        if (strcmp(name, "epoll") == 0)
            return coil__epoll_ops.open(options, ret_backend);
        if (strcmp(name, "uring") == 0)
            return coil__uring_ops.open(options, ret_backend);
        if (strcmp(name, "sim") == 0)
            return coil__sim_ops.open(options, ret_backend);
        return coil_fail(-EINVAL, "backend \"%s\": expected uring, epoll or sim", name);
    }
    int err = coil__uring_ops.open(options, ret_backend);
    return refused(err) ? coil__epoll_ops.open(options, ret_backend) : err;
}
