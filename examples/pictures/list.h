/* list.h: which pictures: from URLs, a file of URLs, or the index of the bundled server. */
#ifndef PICTURES_LIST_H
#define PICTURES_LIST_H

#include "job.h"

/* Appends one URL, as it is given. Names come later. Returns 0 or -ENOMEM. */
int list_add(struct list *list, const char *url);

/* Appends the URLs of a file, one a line; empty lines and those that begin with # are passed over.
 * Returns 0, -ENOMEM, or the error of reading it. */
int list_add_file(struct list *list, const char *path);

/* Appends what a server's index lists, each behind base. under: only paths that begin so ("" for
 * all).
 * Returns how many, or -ENOMEM. */
int list_add_index(struct list *list, const char *index, const char *base, const char *under);

/* Keeps at most limit pictures (0: all), and gives each its names below the folder out.
 * Returns 0 or -ENOMEM. */
int list_finish(struct list *list, int limit, const char *out);

/* Releases everything and zeroes the struct. */
void list_done(struct list *list);

#endif
