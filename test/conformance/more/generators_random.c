/* random programs of generators: what is sent, thrown and closed, through yield from */
#define MAKE(call) coil_generator_new(call, sizeof(int))
#define DELEGATE(err, call)                       \
    do {                                          \
        COIL_GENERATOR(inner, call, sizeof(int)); \
        (err) = coil_generator_yield_from(inner); \
    } while (0)
#define NOTHING coil_generator_yield(NULL, NULL)

#include "by_hand_random.h"
