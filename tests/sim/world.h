/*
 * The world of one seed: a fake Kafka, a feed, some clients, and a random order of everything that
 * can happen to them on a virtual clock. Ends with calm: everybody must have everything, and
 * nothing may be left when all are gone.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

/* Runs one seed to its end; fails by story_fail(). */
void world_run(long seed);

#endif
