/* catalogue.h: the files below a folder, as a server names them: URL path, size, checksum.
 *
 * Only what is listed here is ever served, so no request can name a file outside the folder.
 * The checksum is zlib's CRC-32, written "crc32:0badcafe": it tells a damaged download from a whole one,
 * which is what the demo needs; it is no protection against somebody who means harm.
 */
#ifndef PICTURES_CATALOGUE_H
#define PICTURES_CATALOGUE_H

#include "bytes.h"

struct catalogue_entry {
    char *path; /* as in a URL, decoded: "/nature/Aqua.jpg" */
    char *file; /* where it is                              */
    uint64_t size;
    uint32_t checksum;
    unsigned requests; /* how often it was asked for; the server counts here */
};

/* Zero it to begin ({0}). Entries are in order of path. */
struct catalogue {
    struct catalogue_entry *entries;
    size_t n, room;
};

#define CATALOGUE_CHECKSUM_SIZE sizeof("crc32:00000000")

/* Adds every regular file below folder; hidden ones and symbolic links are left out.
 * Returns 0, -ENOMEM, -ELOOP (folders more than 32 deep), -ENAMETOOLONG, or what reading said. */
int catalogue_read(struct catalogue *c, const char *folder);

/* Finds an entry by its decoded path; NULL when there is none. */
struct catalogue_entry *catalogue_find(const struct catalogue *c, const char *path);

/* Appends the index: a line for each entry, its path percent-encoded, a blank, its checksum.
 * Returns 0 or -ENOMEM. */
int catalogue_index(const struct catalogue *c, struct bytes *ret);

/* The checksum of data, to be continued: begin with 0. */
uint32_t catalogue_checksum(uint32_t so_far, const void *data, size_t size);

/* Writes a checksum as text. */
void catalogue_checksum_text(uint32_t checksum, char ret[CATALOGUE_CHECKSUM_SIZE]);

/* Releases everything and zeroes the struct. */
void catalogue_done(struct catalogue *c);

#endif
