/* Linear compartments: the same arithmetic as daybreak.pharmacology.propagators. */

/* A product: entries that are sums of so many terms, by group, each term an entry of one times an entry of the other. */
typedef struct {
  int64_t groups;
  const int32_t *first, *terms, *entry, *term;
} Product;

/* The states are the compartments and, after them, the rates of infusion. Of a matrix only what can be other than zero
 * in a power of the system is there: `many` entries, row after row. Matrices over different hours of one system can be
 * multiplied in any order.
 *
 * A stretch begins a segment or none (-1): what enters at once is added to the compartments, the rates are set. It tells
 * a time after each way of its pattern; the next stretch begins where all ways of `across` have led. A way is over
 * hours[kind]; of a kind that is twice another, twice[kind] says which, or -1. */
typedef struct {
  int64_t states, compartments, many;
  const double *system;                             /* [patients][states][states] */
  const int32_t *place, *first, *column, *diagonal; /* of entries; of rows; of entries; of rows */
  Product whole, rows;                              /* two matrices; the kept rows alone, and a matrix */
  int64_t kinds;
  const double *hours;
  const int32_t *twice;
  int64_t patterns;
  const int32_t *pattern_first, *way; /* way[pattern_first[pattern]...] is a kind, or -1 for no time */
  int64_t totals;
  const int32_t *total_first, *total_way; /* likewise, in any order */
  int64_t stretches;
  const int32_t *pattern, *across, *begins;
  const double *entering;        /* [segments][given][states], the next patient's `entering_apart` further */
  int64_t given, entering_apart; /* 1 and 0 where everybody gets the same */
  int64_t before;                /* times before all that enters */
  int64_t kept;
  const int32_t *kept_state;
  int64_t told; /* where the first kept state's course goes */
  int64_t times;
} Linear;

static int64_t kept_width(const Linear *p) {
  int64_t width = 0;
  for (int64_t k = 0; k < p->kept; k++) width += p->first[p->kept_state[k] + 1] - p->first[p->kept_state[k]];
  return width;
}

static int64_t linear_room(const Linear *p) {
  return (6 + p->kinds + p->totals) * p->many + (p->pattern_first[p->patterns] + 3) * kept_width(p);
}

static inline __attribute__((always_inline)) void sums(const Product *p, const int terms, int32_t from, int32_t to,
                                                      const int32_t *term, const vec *a, const vec *b, vec *found) {
  for (int32_t at = from; at < to; at++, term += 2 * terms) {
    vec sum = a[term[0]] * b[term[1]];
    for (int next = 1; next < terms; next++) sum += a[term[2 * next]] * b[term[2 * next + 1]];
    found[p->entry[at]] = sum;
  }
}

static void multiply(const Product *p, const vec *a, const vec *b, vec *found) {
  const int32_t *term = p->term;
  for (int64_t group = 0; group < p->groups; group++) {
    const int32_t terms = p->terms[group], from = p->first[group], to = p->first[group + 1];
    switch (terms) { /* loops of known length cost a third */
      case 1: sums(p, 1, from, to, term, a, b, found); break;
      case 2: sums(p, 2, from, to, term, a, b, found); break;
      case 3: sums(p, 3, from, to, term, a, b, found); break;
      case 4: sums(p, 4, from, to, term, a, b, found); break;
      case 5: sums(p, 5, from, to, term, a, b, found); break;
      case 6: sums(p, 6, from, to, term, a, b, found); break;
      default: sums(p, terms, from, to, term, a, b, found);
    }
    term += 2 * (int64_t)terms * (to - from);
  }
}

/* e^(system hours) by scaling, Taylor to the twelfth order in groups of four (Paterson and Stockmeyer) and squaring; how
 * often is each patient's own matter. `power` is the system, its square, its cube and its fourth power, of which no row
 * of the first sums to more than `largest`; `work` holds two matrices. */
static void step_over(const Linear *p, const vec *power, vec largest, double hours, vec *work, vec *found) {
  const int64_t many = p->many;
  int squarings[LANES], most = 0;
  vec scale = all(hours);
  for (int lane = 0; lane < LANES; lane++) {
    squarings[lane] = 0;
    for (double size = largest[lane] * hours; size > 0.25; size *= 0.5) {
      squarings[lane]++;
      scale[lane] *= 0.5;
    }
    if (squarings[lane] > most) most = squarings[lane];
  }
  const vec *one = power, *two = one + many, *three = two + many, *four = three + many;
  const vec square = scale * scale, cube = square * scale, fourth = square * square;
  vec *sum = work, *product = sum + many;
  static const double factor[] = {1.0,         1.0,           1.0 / 2,       1.0 / 6,         1.0 / 24,
                                  1.0 / 120,   1.0 / 720,     1.0 / 5040,    1.0 / 40320,     1.0 / 362880,
                                  1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600};
  for (int64_t entry = 0; entry < many; entry++) product[entry] = four[entry] * fourth * factor[12];
  for (int group = 8; group >= 0; group -= 4) {
    const vec by_one = scale * factor[group + 1], by_two = square * factor[group + 2], by_three = cube * factor[group + 3];
    for (int64_t entry = 0; entry < many; entry++)
      sum[entry] = product[entry] + three[entry] * by_three + two[entry] * by_two + one[entry] * by_one;
    for (int64_t row = 0; row < p->states; row++) sum[p->diagonal[row]] += all(factor[group]);
    if (!group) break;
    for (int64_t entry = 0; entry < many; entry++) sum[entry] *= fourth;
    multiply(&p->whole, four, sum, product);
  }
  memcpy(found, sum, sizeof(vec) * many);
  for (int done = 0; done < most; done++) {
    ints still;
    for (int lane = 0; lane < LANES; lane++) still[lane] = done < squarings[lane] ? -1 : 0;
    multiply(&p->whole, found, found, product);
    for (int64_t entry = 0; entry < many; entry++) found[entry] = either(still, product[entry], found[entry]);
  }
}

/* For one block: the matrix over each kind of way and across each stretch, and the kept rows after each way. */
typedef struct {
  vec *power, *over, *across, *rows, *spare;
  int64_t width; /* of the kept rows together */
} Matrices;

static void take_system(const Linear *p, const Block *block, Matrices *m) {
  const int64_t many = p->many;
  vec largest = all(0.0), *power = m->power;
  for (int64_t row = 0; row < p->states; row++) {
    vec sum = all(0.0);
    for (int32_t entry = p->first[row]; entry < p->first[row + 1]; entry++) {
      const vec value = power[entry] = gather(p->system + p->place[entry], p->states * p->states, block);
      sum += either(value < all(0.0), -value, value);
    }
    largest = either(sum > largest, sum, largest);
  }
  multiply(&p->whole, power, power, power + many);
  multiply(&p->whole, power, power + many, power + 2 * many);
  multiply(&p->whole, power + many, power + many, power + 3 * many);
  for (int64_t kind = 0; kind < p->kinds; kind++) {
    const vec *half = m->over + p->twice[kind] * many;
    if (p->twice[kind] >= 0)
      multiply(&p->whole, half, half, m->over + kind * many);
    else
      step_over(p, power, largest, p->hours[kind], m->spare, m->over + kind * many);
  }
}

static void go_across(const Linear *p, Matrices *m) {
  const int64_t many = p->many;
  for (int64_t total = 0; total < p->totals; total++) {
    vec *now = m->across + total * many;
    const int32_t from = p->total_first[total], to = p->total_first[total + 1];
    memset(now, 0, sizeof(vec) * many);
    if (from == to)
      for (int64_t row = 0; row < p->states; row++) now[p->diagonal[row]] = all(1.0);
    else
      memcpy(now, m->over + p->total_way[from] * many, sizeof(vec) * many);
    for (int32_t at = from + 1; at < to; at++) {
      multiply(&p->whole, m->over + p->total_way[at] * many, now, m->spare);
      memcpy(now, m->spare, sizeof(vec) * many);
    }
  }
}

static void go_along_patterns(const Linear *p, Matrices *m) {
  for (int64_t pattern = 0; pattern < p->patterns; pattern++) {
    const int32_t first = p->pattern_first[pattern];
    for (int32_t at = first; at < p->pattern_first[pattern + 1]; at++) {
      const vec *by = m->over + p->way[at] * p->many;
      vec *to = m->rows + at * m->width, *entry = to;
      if (p->way[at] < 0 && at > first)
        memcpy(to, to - m->width, sizeof(vec) * m->width);
      else if (at > first)
        multiply(&p->rows, to - m->width, by, to);
      else
        for (int64_t k = 0; k < p->kept; k++)
          for (int32_t own = p->first[p->kept_state[k]]; own < p->first[p->kept_state[k] + 1]; own++)
            *entry++ = p->way[at] >= 0 ? by[own] : all(p->column[own] == p->kept_state[k]);
    }
  }
}

/* The kept states at the times of a stretch, from the state at its start. Four at once; rows go on behind the last. */
static void tell_stretch(const Linear *p, const Matrices *m, const vec *now, int64_t stretch, vec *to) {
  const int32_t first = p->pattern_first[p->pattern[stretch]], tells = p->pattern_first[p->pattern[stretch] + 1] - first;
  const int64_t width = m->width;
  const vec *row = m->rows + first * width;
  for (int64_t k = 0; k < p->kept; k++, to += p->times) {
    const int32_t begin = p->first[p->kept_state[k]], entries = p->first[p->kept_state[k] + 1] - begin;
    vec seen[MOST_STATES];
    for (int32_t entry = 0; entry < entries; entry++) seen[entry] = now[p->column[begin + entry]];
    for (int64_t at = 0; at < tells; at += 4) {
      const vec *share = row + at * width;
      vec sum[4] = {all(0.0), all(0.0), all(0.0), all(0.0)};
      for (int32_t entry = 0; entry < entries; entry++)
        for (int beside = 0; beside < 4; beside++) sum[beside] += share[beside * width + entry] * seen[entry];
      for (int beside = 0; beside < 4 && at + beside < tells; beside++)
        to[at + beside] = either(sum[beside] > all(0.0), sum[beside], all(0.0));
    }
    row += entries;
  }
}

static void linear(const Linear *p, const Block *block, vec *room, vec *work) {
  const int64_t many = p->many;
  Matrices m = {.power = work, .width = kept_width(p)};
  m.over = m.power + 4 * many;
  m.across = m.over + p->kinds * many;
  m.spare = m.across + p->totals * many;
  m.rows = m.spare + 2 * many;
  take_system(p, block, &m);
  go_across(p, &m);
  go_along_patterns(p, &m);
  vec now[MOST_STATES], next[MOST_STATES], *told = room + p->told;
  for (int64_t state = 0; state < p->states; state++) now[state] = all(0.0);
  for (int64_t k = 0; k < p->kept; k++) memset(told + k * p->times, 0, sizeof(vec) * p->before);
  told += p->before;
  for (int64_t stretch = 0; stretch < p->stretches; stretch++) {
    if (p->begins[stretch] >= 0) {
      const double *from = p->entering + p->begins[stretch] * p->given * p->states;
      for (int64_t state = 0; state < p->states; state++) {
        const vec value = gather(from + state, p->entering_apart, block);
        now[state] = state < p->compartments ? now[state] + value : value;
      }
    }
    tell_stretch(p, &m, now, stretch, told);
    told += p->pattern_first[p->pattern[stretch] + 1] - p->pattern_first[p->pattern[stretch]];
    const vec *share = m.across + p->across[stretch] * many;
    for (int64_t state = 0; state < p->states; state++) {
      vec sum = all(0.0);
      for (int32_t entry = p->first[state]; entry < p->first[state + 1]; entry++)
        sum += share[entry] * now[p->column[entry]];
      next[state] = sum;
    }
    memcpy(now, next, sizeof(vec) * p->states);
  }
}
