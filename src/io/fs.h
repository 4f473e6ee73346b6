/* io/fs.h: what files and names share. */
#ifndef COIL_IO_FS_H
#define COIL_IO_FS_H

#include "coil/fs.h"
#include "task/task.h"

struct statx;

/* Gives a negative status a message with the path; others, and cancellations, as they are. */
int coil__fs_fail(int status, const char *what, const char *path);
/* statx as an operation. *st is written to also when it fails. */
int coil__fs_statx(int dir, const char *path, int flags, struct statx *st);

#endif
