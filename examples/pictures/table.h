/* table.h: what each strategy took, as a table of text. */
#ifndef PICTURES_TABLE_H
#define PICTURES_TABLE_H

#include "report.h"

#include <stdio.h>

/* Prints a line for each strategy; speed-ups are against the first. */
void table_print(FILE *out, const struct report_strategy *strategies, size_t n);

#endif
