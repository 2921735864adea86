/* What gets in, and what each value becomes by itself. */

typedef struct {
  const double *values; /* of a patient [count], the next `apart` further */
  int64_t apart, count, to;
} Given;

static void given(const Given *p, const Block *block, vec *room) {
  int64_t at = 0;
  for (; at + LANES <= p->count; at += LANES) {
    vec values[LANES];
    for (int lane = 0; lane < LANES; lane++)
      memcpy(&values[lane], p->values + block->who[lane] * p->apart + at, sizeof(vec));
    turn(values);
    memcpy(room + p->to + at, values, sizeof(values));
  }
  for (; at < p->count; at++) room[p->to + at] = gather(p->values + at, p->apart, block);
}

/* most x / (x + half), nothing of what is below zero. */
typedef struct {
  int64_t from, to, count;
  const double *half, *most; /* [patients] */
} Saturated;

static void saturated(const Saturated *p, const Block *block, vec *room) {
  const vec half = gather(p->half, 1, block), most = gather(p->most, 1, block);
  for (int64_t at = 0; at < p->count; at++) {
    const vec value = room[p->from + at], above = either(value > all(0.0), value, all(0.0));
    room[p->to + at] = most * above / (above + half);
  }
}

/* x - share y, nothing of what is below zero. */
typedef struct {
  int64_t from, other, to, count;
  const double *share; /* [patients] */
} Beyond;

static void beyond(const Beyond *p, const Block *block, vec *room) {
  const vec share = gather(p->share, 1, block);
  for (int64_t at = 0; at < p->count; at++) {
    const vec value = room[p->from + at] - share * room[p->other + at];
    room[p->to + at] = either(value > all(0.0), value, all(0.0));
  }
}

/* The logarithm of x, or of `least` where x is less; of nothing, or next to it, minus infinity where `least` is 0. */
typedef struct {
  int64_t from, to, count;
  double least;
} Logarithm;

static void logarithms(const Logarithm *p, vec *room) {
  const vec least = all(p->least > DBL_MIN ? p->least : DBL_MIN);
  const vec of_least = p->least > 0 ? logarithm(least) : all(-INFINITY);
  for (int64_t at = 0; at < p->count; at++) {
    const vec value = room[p->from + at];
    room[p->to + at] = either(value > least, logarithm(either(value > least, value, least)), of_least);
  }
}

/* most / (1 + e^-(level + slope x)); nothing where the power is beyond 700. */
typedef struct {
  int64_t from, to, count;
  const double *level, *slope, *most; /* [patients] */
} Logistic;

static void logistic(const Logistic *p, const Block *block, vec *room) {
  const vec level = gather(p->level, 1, block), slope = gather(p->slope, 1, block), most = gather(p->most, 1, block);
  for (int64_t at = 0; at < p->count; at++) {
    const vec odds = level + slope * room[p->from + at];
    const ints some = odds > all(-700.0);
    room[p->to + at] = either(some, most / (all(1.0) + exponential(either(some, -odds, all(0.0)))), all(0.0));
  }
}
