/* What happens to people, several of them in the lanes of one register.
 *
 * A call is a list of steps; a few people go through all of it before the next do, so that what one step leaves for
 * another stays in the processor's cache. What is computed is what daybreak.pharmacology.propagators and
 * daybreak.pharmacology.mechanism.cascade explain, and is tested against them. A lane never looks at another: a
 * patient's numbers are the same beside anybody, and where patients are missing the last one is computed again and
 * thrown away.
 *
 * A structure here has its twin in `passes.py`. Arrays are in C order; what is for every patient begins with the
 * patient. What lies between steps is a course: values one after the other from a place in the room all steps share.
 * C99 with the vector types of GCC and Clang.
 */
#include "lanes.h"
#include "told.h"
#include "linear.h"
#include "matrices.h"
#include "modes.h"
#include "panels.h"
#include "pointwise.h"

enum { LINEAR, FILTERED, DRIVEN, GIVEN, SATURATED, BEYOND, LOGARITHM, LOGISTIC, TOLD, ENDS };

typedef struct {
  int64_t what;
  const void *how;
} Step;

static void linear(const Linear *p, const Block *block, vec *room, vec *work) {
  if (p->neighbour && !p->ends)
    by_modes(p, block, room + p->told, work);
  else
    by_matrices(p, block, room + p->told, work);
}

static int64_t linear_room(const Linear *p) {
  const int64_t one = matrices_room(p), other = modes_room(p);
  return one > other ? one : other;
}

static void take(const Step *step, const Block *block, vec *room, vec *work) {
  switch (step->what) {
    case LINEAR: linear(step->how, block, room, work); break;
    case FILTERED: filtered(step->how, block, room, work); break;
    case DRIVEN: driven(step->how, block, room); break;
    case GIVEN: given(step->how, block, room); break;
    case SATURATED: saturated(step->how, block, room); break;
    case BEYOND: beyond(step->how, block, room); break;
    case LOGARITHM: logarithms(step->how, room); break;
    case LOGISTIC: logistic(step->how, block, room); break;
    case ENDS: ends(step->how, block, room); break;
  }
}

/* All steps for everybody. Courses are told of a few blocks together, whose numbers share lines of memory; where there
 * are none, each block uses the same room. `courses` is how many values lie between the steps. 0, or 1 without memory. */
int daybreak_follow(int64_t patients, int64_t courses, int64_t steps, const Step *step) {
  int64_t most = 0, together = 1;
  for (int64_t at = 0; at < steps; at++) {
    const int64_t own = step[at].what == LINEAR     ? linear_room(step[at].how)
                        : step[at].what == FILTERED ? filtered_room(step[at].how)
                                                    : 0;
    if (own > most) most = own;
    if (step[at].what == TOLD) together = TOGETHER;
  }
  vec *room = NULL;
  if (posix_memalign((void **)&room, 64, sizeof(vec) * (size_t)(together * courses + most + 1))) return 1;
  vec *work = room + together * courses;
  for (int64_t first = 0; first < patients; first += together * LANES) {
    Block blocks[TOGETHER];
    int count = 0;
    for (int64_t from = first; from < patients && count < together; from += LANES) {
      Block *block = &blocks[count++];
      *block = (Block){.patients = patients, .first = from};
      block->here = (int)(patients - from < LANES ? patients - from : LANES);
      for (int lane = 0; lane < LANES; lane++) block->who[lane] = lane < block->here ? from + lane : patients - 1;
    }
    for (int own = 0; own < count; own++)
      for (int64_t at = 0; at < steps; at++) take(&step[at], &blocks[own], room + own * courses, work);
    const int full = first + together * LANES <= patients;
    for (int64_t at = 0; at < steps; at++) {
      if (step[at].what != TOLD) continue;
      const Told *how = step[at].how;
      if (full && how->patients_apart == 1)
        told_side_by_side(how, blocks, room, courses);
      else
        for (int own = 0; own < count; own++) told(how, &blocks[own], room + own * courses);
    }
  }
  free(room);
  return 0;
}
