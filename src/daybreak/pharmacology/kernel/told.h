/* What is told of a course. */

/* offset + factor x to found. */
typedef struct {
  int64_t from, count;
  const double *factor, *offset; /* [patients] */
  double *found;
  int64_t patients_apart, values_apart;
} Told;

static void told(const Told *p, const Block *block, const vec *room) {
  const vec factor = gather(p->factor, 1, block), offset = gather(p->offset, 1, block);
  const vec *from = room + p->from;
  double *to = p->found + block->first * p->patients_apart;
  int64_t at = 0;
  if (p->values_apart == 1)
    for (; at + LANES <= p->count; at += LANES) {
      vec values[LANES];
      for (int beside = 0; beside < LANES; beside++) values[beside] = offset + factor * from[at + beside];
      turn(values);
      for (int lane = 0; lane < block->here; lane++) memcpy(to + lane * p->patients_apart + at, &values[lane], sizeof(vec));
    }
  for (; at < p->count; at++) {
    const vec value = offset + factor * from[at];
    for (int lane = 0; lane < block->here; lane++) to[lane * p->patients_apart + at * p->values_apart] = value[lane];
  }
}

/* The same of neighbouring blocks where the patients of a time lie side by side: line of memory by line of memory. */
static void told_side_by_side(const Told *p, const Block *blocks, const vec *room, int64_t courses) {
  vec factor[TOGETHER], offset[TOGETHER];
  for (int own = 0; own < TOGETHER; own++) {
    factor[own] = gather(p->factor, 1, &blocks[own]);
    offset[own] = gather(p->offset, 1, &blocks[own]);
  }
  for (int64_t at = 0; at < p->count; at++)
    for (int own = 0; own < TOGETHER; own++) {
      const vec value = offset[own] + factor[own] * room[own * courses + p->from + at];
      memcpy(p->found + blocks[own].first + at * p->values_apart, &value, sizeof(vec));
    }
}

/* Of offset + factor x its highest value, when it is that first, the sum weighted with `weights`, and the last. */
typedef struct {
  int64_t from, count;
  const double *factor, *offset; /* [patients] */
  const double *times, *weights; /* [count] */
  double weight;                 /* all of them */
  double *found;                 /* [4][patients] */
} Ends;

typedef struct {
  vec factor, offset, highest, when, area, last;
} Found;

static Found begin(const Ends *p, const Block *block) {
  return (Found){.factor = gather(p->factor, 1, block), .offset = gather(p->offset, 1, block), .highest = all(-INFINITY)};
}

static inline void see(Found *found, vec x, double time) {
  const vec value = found->offset + found->factor * x;
  const ints higher = ~(value <= found->highest);
  found->highest = either(higher, value, found->highest);
  found->when = either(higher, all(time), found->when);
}

static void finish(const Ends *p, const Block *block, const Found *found) {
  const vec *const end[] = {&found->highest, &found->when, &found->area, &found->last};
  for (int which = 0; which < 4; which++)
    for (int lane = 0; lane < block->here; lane++)
      p->found[which * block->patients + block->first + lane] = (*end[which])[lane];
}

/* Values at so many times that follow each other; the answer is their weighted sum. A few together: only where one of them is
 * higher than all before it need be known which. */
static inline __attribute__((always_inline)) vec see_all(Found *found, const vec *x, const double *times,
                                                         const double *weights, int64_t count) {
  const vec offset = found->offset, factor = found->factor;
  vec sum[4] = {all(0.0), all(0.0), all(0.0), all(0.0)};
  int64_t at = 0;
  for (; at + 8 <= count; at += 8) {
    vec most = all(-INFINITY);
    for (int own = 0; own < 8; own++) {
      const vec value = offset + factor * x[at + own];
      most = either(value <= most, most, value);
      sum[own % 4] += value * weights[at + own];
    }
    if (any(~(most <= found->highest)))
      for (int own = 0; own < 8; own++) see(found, x[at + own], times[at + own]);
  }
  for (; at < count; at++) {
    see(found, x[at], times[at]);
    sum[0] += (offset + factor * x[at]) * weights[at];
  }
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void ends(const Ends *p, const Block *block, const vec *room) {
  Found found = begin(p, block);
  const vec *from = room + p->from;
  found.area = see_all(&found, from, p->times, p->weights, p->count);
  found.last = found.offset + found.factor * from[p->count - 1];
  finish(p, block, &found);
}
