/* loop/options.h: what coil_loop_new makes of its options. */
#ifndef COIL_LOOP_OPTIONS_H
#define COIL_LOOP_OPTIONS_H

#include <stdbool.h>

#include "coil/loop.h"

/* Fills what the caller left at zero from the environment, and checks it. *ret_check_sleep: COIL_SLEEP_STACKS asks for the check. Returns 0 or
 * -EINVAL, with a message. */
int coil__options_complete(coil_loop_options *o, bool *ret_check_sleep);

#endif
