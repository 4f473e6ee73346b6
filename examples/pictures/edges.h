/* edges.h: the whole work on one picture, as plain data: a file's bytes in, a PNG's bytes out.
 *
 * Job and stats hold no pointers, so they can be copied to another process and back; the bytes
 * travel beside them. That makes the same function fit for a call, a thread and a process pool. */
#ifndef PICTURES_EDGES_H
#define PICTURES_EDGES_H

#include "canny.h"

struct edges_job {
    struct canny_options canny;
    uint32_t preview_width; /* of the two small pictures for the report; 0: make none */
};

struct edges_stats {
    uint32_t width, height; /* of the picture               */
    uint64_t edges;         /* white pixels                 */
    double low, high;       /* the thresholds used          */
    uint64_t png_size;      /* where the PNG ends in out,   */
    uint64_t before_size;   /* then the JPEG preview of the picture, */
    uint64_t after_size;    /* then the JPEG preview of its edges    */
    struct why why;         /* of a failure                 */
};

/* Finds the edges of a picture that is still a file.
 * file, size: a JPEG or PNG. out: gets, one behind the other, the PNG of the edges and the two
 * previews. stats: filled in; after a failure only its `why`.
 * Returns 0 or image_decode's, canny's and the encoders' errors. */
int edges_detect(const struct edges_job *job, const void *file, size_t size, struct bytes *out,
                 struct edges_stats *stats);

#endif
