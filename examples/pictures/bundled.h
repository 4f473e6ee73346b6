/* bundled.h: the bundled server, as a process of its own. */
#ifndef PICTURES_BUNDLED_H
#define PICTURES_BUNDLED_H

#include "options.h"

#include <sys/types.h>

struct bundled {
    pid_t pid;      /* 0: none is running                      */
    char base[128]; /* "http://127.0.0.1:PORT", without a slash */
};

/* Starts pictures-server, which lies beside this program, over a folder, and waits until it
 * listens. It ends when this process does, and Ctrl-C on the terminal is not sent to it. Before
 * any thread exists. Blocks.
 * Returns 0, -ENOENT (no such program), -EPROTO (it ended, or said something else), or the
 * system's error. */
int bundled_start(struct bundled *b, const struct options *options, const char *images);

/* Ends it and waits until it is gone. Blocks for as long. */
void bundled_stop(struct bundled *b);

#endif
