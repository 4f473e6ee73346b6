/* canny.h: edge detection after John Canny: blur, gradient, thin ridges, hysteresis.
 *
 * Grey picture in, picture of white edges (255) on black (0) out, of the same size. Any size from
 * 1 x 1 works; what lies outside the picture is taken to go on as the border does, so a border
 * makes no edges of its own. Takes about 4 bytes per pixel for the time of the call. Nothing is
 * shared between calls: any thread or process may make them.
 *
 * Strength is the slope of brightness, so scaled that a sharp step from black to white has 255.
 */
#ifndef PICTURES_CANNY_H
#define PICTURES_CANNY_H

#include "image.h"

struct canny_options {
    double sigma; /* of the blur, in pixels, 0 (none) to CANNY_SIGMA_MAX                        */
    double high;  /* an edge has this strength somewhere; 0: found from the picture             */
    double low;   /* and this everywhere, at most high; 0: 0.4 of high                          */
};

#define CANNY_SIGMA_MAX 20.0
#define CANNY_DEFAULTS                    \
    {                                     \
        .sigma = 1.4, .high = 0, .low = 0 \
    }

struct canny_result {
    double low, high; /* the thresholds that were used */
    uint64_t edges;   /* white pixels                  */
};

/* Finds the edges of a grey picture.
 * options: NULL for CANNY_DEFAULTS. ret: a new picture. result: NULL, or gets what was found.
 * Returns 0, -EINVAL (not grey; sigma, low or high out of range), -ENOMEM. */
int canny(const struct image *grey, const struct canny_options *options, struct image *ret,
          struct canny_result *result);

#endif
