/* options.h: what the user asked for. Strings point into argv. */
#ifndef PICTURES_OPTIONS_H
#define PICTURES_OPTIONS_H

struct options {
    const char *strategy; /* a name of strategies.h, or "compare"                          */
    const char *out;      /* folder of what is made                                        */
    const char *report;   /* file; NULL: OUT/report.html when strategies are compared      */
    const char *images;   /* folder to serve; NULL: $COIL_PICTURES, or generated pictures  */
    const char *from;     /* file of URLs, or NULL                                         */
    char **urls;
    int n_urls;
    int limit;              /* pictures at most; 0: all */
    int workers;            /* for processing           */
    int concurrency;        /* downloads at a time      */
    double timeout;         /* seconds for each try     */
    double delay;           /* of the bundled server, seconds                        */
    double bandwidth;       /* of the bundled server, bytes per second; 0: unlimited */
    const char *truncate;   /* of the bundled server: which answers are cut short; NULL: none */
    const char *fail_first; /* of the bundled server: how often each answer is a 503 first   */
};

/* Reads the command line. Prints help or what is wrong and exits, as programs do. */
void options_read(struct options *options, int argc, char **argv);

#endif
