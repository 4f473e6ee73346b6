/* generate.h: pictures to work on where no photographs can be had.
 *
 * Four kinds of scene, each from a number: the same number gives the same picture on the same
 * machine. They are full of edges at all scales, as photographs are. */
#ifndef PICTURES_GENERATE_H
#define PICTURES_GENERATE_H

#include "image.h"

/* Paints scene number index as RGB. Returns 0, or image_init's errors. */
int generate_image(uint32_t index, uint32_t width, uint32_t height, struct image *ret);

/* Names the kind of scene number index: "mountains", "glass", "city" or "julia". */
const char *generate_name(uint32_t index);

/* Writes count scenes of width x height as JPEG files NN-name.jpg into an existing folder.
 * Returns 0, or the first error; why says which file. */
int generate_files(const char *folder, uint32_t count, uint32_t width, uint32_t height,
                   struct why *why);

#endif
