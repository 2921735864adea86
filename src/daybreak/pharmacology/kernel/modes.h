/* Compartments that exchange both ways, each but the first with one before it: by their modes. On scales of its own such
 * a system is symmetric, and what it becomes is a sum of exponentials without loss of digits, alike rates or not. */

#define MOST_MODES 4
#define SWEEPS 6               /* each squares what is left beside the diagonal */
#define SLOWEST_PER_HOUR 1e-3  /* of what is slower, what an infusion leads to would be too large to be subtracted */

typedef struct {
  vec decay[MOST_MODES];                                 /* per hour */
  vec into[MOST_MODES][MOST_MODES];                      /* [mode][compartment] */
  vec from[MOST_MODES][MOST_MODES];                      /* [compartment][mode] */
} Modes;

static inline vec flow(const Linear *p, const Block *block, int to, int from) {
  return gather(p->rates + to * p->compartments + from, p->compartments * p->compartments, block);
}

/* The modes, and in which lanes they can be used. By Jacobi's rotations, always as many. */
static inline __attribute__((always_inline)) ints find_modes(const Linear *p, const int n, const Block *block, Modes *m) {
  vec a[MOST_MODES][MOST_MODES], turned[MOST_MODES][MOST_MODES], scale[MOST_MODES];
  ints usable = all(0.0) == all(0.0);
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      a[i][j] = all(0.0);
      turned[i][j] = all(i == j);
    }
    a[i][i] = flow(p, block, i, i);
    scale[i] = all(1.0);
    if (!i) continue;
    const int other = p->neighbour[i];
    const vec there = flow(p, block, i, other), back = flow(p, block, other, i);
    const ints both = (there > all(0.0)) & (back > all(0.0));
    usable &= both;
    scale[i] = scale[other] * root(either(both, there, all(1.0)) / either(both, back, all(1.0)));
    a[i][other] = a[other][i] = root(either(both, there * back, all(0.0)));
  }
  for (int sweep = 0; sweep < SWEEPS; sweep++)
    for (int i = 0; i < n; i++)
      for (int j = i + 1; j < n; j++) {
        const vec apart = a[j][j] - a[i][i], twice = a[i][j] * 2.0;
        const vec size = absolute(apart) + root(apart * apart + twice * twice) + DBL_MIN;
        const vec tangent = either(apart < all(0.0), -twice, twice) / size;
        const vec cosine = all(1.0) / root(all(1.0) + tangent * tangent), sine = tangent * cosine;
        a[i][i] -= tangent * a[i][j];
        a[j][j] += tangent * a[i][j];
        a[i][j] = a[j][i] = all(0.0);
        for (int k = 0; k < n; k++) {
          const vec one = turned[k][i], other = turned[k][j];
          turned[k][i] = cosine * one - sine * other;
          turned[k][j] = sine * one + cosine * other;
          if (k == i || k == j) continue;
          const vec this = a[k][i], that = a[k][j];
          a[k][i] = a[i][k] = cosine * this - sine * that;
          a[k][j] = a[j][k] = sine * this + cosine * that;
        }
      }
  for (int k = 0; k < n; k++) {
    m->decay[k] = -a[k][k];
    usable &= m->decay[k] > all(SLOWEST_PER_HOUR);
    for (int i = 0; i < n; i++) {
      m->into[k][i] = turned[i][k] / scale[i];
      m->from[i][k] = turned[i][k] * scale[i];
    }
  }
  return usable;
}

/* Every kept state at every time, in the lanes whose modes can be used. During an infusion a mode goes towards `goal`.
 * `over` is what is left of each mode over each kind of way, `across` from stretch to stretch, `rows` after each way. */
static inline __attribute__((always_inline)) void follow_modes(const Linear *p, const int n, const Modes *m, ints usable,
                                                               const Block *block, vec *told, vec *work) {
  vec *over = work, *across = over + p->kinds * n, *rows = across + p->totals * n;
  const int everybody = !any(~usable);
  for (int64_t kind = 0; kind < p->kinds; kind++)
    for (int k = 0; k < n; k++) {
      const int32_t *of = p->made_of[kind];
      over[kind * n + k] =
          of[0] >= 0 ? over[of[0] * n + k] * over[of[1] * n + k] : exponential(-m->decay[k] * p->hours[kind]);
    }
  for (int64_t total = 0; total < p->totals; total++)
    for (int k = 0; k < n; k++) {
      vec left = all(1.0);
      for (int32_t at = p->total_first[total]; at < p->total_first[total + 1]; at++) left *= over[p->total_way[at] * n + k];
      across[total * n + k] = left;
    }
  for (int64_t pattern = 0; pattern < p->patterns; pattern++)
    for (int k = 0; k < n; k++) {
      vec left = all(1.0);
      for (int32_t at = p->pattern_first[pattern]; at < p->pattern_first[pattern + 1]; at++) {
        if (p->way[at] >= 0) left *= over[p->way[at] * n + k];
        rows[at * n + k] = left;
      }
    }
  vec beyond[MOST_MODES], goal[MOST_MODES]; /* how far beyond its goal each mode is */
  for (int k = 0; k < n; k++) beyond[k] = goal[k] = all(0.0);
  for (int64_t k = 0; k < p->kept; k++)
    for (int64_t at = 0; at < p->before; at++) told[k * p->times + at] = either(usable, all(0.0), told[k * p->times + at]);
  told += p->before;
  for (int64_t stretch = 0; stretch < p->stretches; stretch++) {
    if (p->begins[stretch] >= 0) {
      vec entering[MOST_STATES];
      for (int64_t state = 0; state < p->states; state++) entering[state] = all(0.0);
      enter(p, block, stretch, entering);
      for (int k = 0; k < n; k++) {
        vec now = beyond[k] + goal[k], rate = all(0.0);
        for (int i = 0; i < n; i++) now += m->into[k][i] * entering[i];
        for (int64_t state = n; state < p->states; state++) rate += m->into[k][p->infused[state - n]] * entering[state];
        goal[k] = rate / m->decay[k];
        beyond[k] = now - goal[k];
      }
    }
    const vec *row = rows + p->pattern_first[p->pattern[stretch]] * n;
    for (int64_t kept = 0; kept < p->kept; kept++) {
      vec share[MOST_MODES], steady[MOST_MODES], *to = told + kept * p->times;
      for (int k = 0; k < n; k++) {
        share[k] = m->from[p->kept_state[kept]][k] * beyond[k];
        steady[k] = m->from[p->kept_state[kept]][k] * goal[k];
      }
      for (int32_t at = 0; at < tells(p, stretch); at++) {
        vec sum = all(0.0); /* mode by mode, so that nothing is nothing to the last bit */
        for (int k = 0; k < n; k++) sum += row[at * n + k] * share[k] + steady[k];
        sum = either(sum > all(0.0), sum, all(0.0));
        to[at] = everybody ? sum : either(usable, sum, to[at]);
      }
    }
    told += tells(p, stretch);
    for (int k = 0; k < n; k++) beyond[k] *= across[p->across[stretch] * n + k];
  }
}

static int64_t modes_room(const Linear *p) {
  return (p->kinds + p->totals + p->pattern_first[p->patterns]) * p->compartments;
}

static inline __attribute__((always_inline)) void of_so_many(const Linear *p, const int n, const Block *block, vec *told,
                                                             vec *work) {
  Modes m;
  const ints usable = find_modes(p, n, block, &m);
  if (any(~usable)) by_matrices(p, block, told, work);
  follow_modes(p, n, &m, usable, block, told, work);
}

static void by_modes(const Linear *p, const Block *block, vec *told, vec *work) {
  switch (p->compartments) { /* loops of known length are much faster */
    case 1: of_so_many(p, 1, block, told, work); break;
    case 2: of_so_many(p, 2, block, told, work); break;
    case 3: of_so_many(p, 3, block, told, work); break;
    case 4: of_so_many(p, 4, block, told, work); break;
  }
}
