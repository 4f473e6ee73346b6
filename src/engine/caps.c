/* engine/caps.c: the capabilities by their names. */
#include "engine/caps.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "coil/errors.h"

static const struct {
    const char *name;
    uint32_t caps;
} known[] = {
    {"uring", COIL__CAP_URING},
    {"single_issuer", COIL__CAP_SINGLE_ISSUER},
    {"defer_taskrun", COIL__CAP_DEFER_TASKRUN},
    {"taskrun_flag", COIL__CAP_TASKRUN_FLAG},
    {"ext_arg", COIL__CAP_EXT_ARG},
    {"nodrop", COIL__CAP_NODROP},
    {"probe", COIL__CAP_PROBE},
    {"streams", COIL__CAP_STREAMS},
    {"fsync", COIL__CAP_FSYNC},
    {"fallocate", COIL__CAP_FALLOCATE},
    {"openat", COIL__CAP_OPENAT},
    {"statx", COIL__CAP_STATX},
    {"renameat", COIL__CAP_RENAMEAT},
    {"unlinkat", COIL__CAP_UNLINKAT},
    {"mkdirat", COIL__CAP_MKDIRAT},
    {"linkat", COIL__CAP_LINKAT},
    {"symlinkat", COIL__CAP_SYMLINKAT},
    {"ftruncate", COIL__CAP_FTRUNCATE},
    {"messages", COIL__CAP_MESSAGES},
    {"pwait2", COIL__CAP_PWAIT2},
    {"files", COIL__CAPS_FILES},
};
enum { KNOWN = sizeof known / sizeof *known };

int coil__caps_parse(const char *names, uint32_t *ret_caps)
{
    uint32_t caps = 0;
    for (const char *at = names ? names : ""; *at;) {
        size_t size = strcspn(at, ",");
        int i = 0;
        while (i < KNOWN && (strncmp(known[i].name, at, size) != 0 || known[i].name[size]))
            i++;
        if (i == KNOWN)
            return coil_fail(-EINVAL, "no capability of a kernel: %.*s", (int)size, at);
        caps |= known[i].caps;
        at += size + (at[size] == ',');
    }
    *ret_caps = caps;
    return 0;
}
