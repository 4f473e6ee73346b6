/* io/pipe.h: streams of one direction, for the program's own pipes and for those of its children. */
#ifndef COIL_IO_PIPE_H
#define COIL_IO_PIPE_H

#include "io/stream.h"

enum coil__pipe_way { COIL__PIPE_READS, COIL__PIPE_WRITES };

/* A stream without an fd yet: the caller sets `fd`, or discards it. NULL when out of memory. */
struct coil__stream *coil__pipe_new(coil_loop *loop, enum coil__pipe_way way);

#endif
