/* engine/dice.h: chance from a seed, for the simulation.
 *
 * Dice are 64 bits. A throw uses some of them up and makes new ones, so all that is decided with the same dice in the same
 * order is decided alike.
 */
#ifndef COIL_ENGINE_DICE_H
#define COIL_ENGINE_DICE_H

#include <stdint.h>

/* Bits that look like no others, of any number: neighbours in, strangers out. */
uint64_t coil__dice_scramble(uint64_t x);
/* 0 to n-1. */
unsigned coil__dice_roll(uint64_t *dice, unsigned n);
/* How much of a length a read or a write is given: half of them all of it, some little. All where a part is not as good as the
 * whole: messages, event counters and the like. */
uint32_t coil__dice_part(uint64_t *dice, int fd, uint32_t len);

#endif
