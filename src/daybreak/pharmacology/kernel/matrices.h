/* Linear compartments by matrices: the same arithmetic as daybreak.pharmacology.propagators. */

static int64_t kept_width(const Linear *p) {
  int64_t width = 0;
  for (int64_t k = 0; k < p->kept; k++) width += p->first[p->kept_state[k] + 1] - p->first[p->kept_state[k]];
  return width;
}

/* How many places its terms have. */
static int64_t places(const Product *p) {
  int64_t count = 0;
  for (int64_t group = 0; group < p->groups; group++) count += 2 * p->terms[group] * (p->first[group + 1] - p->first[group]);
  return count;
}

/* The same product with places counted in numbers, not in entries of so many lanes: that is how a processor counts. */
static Product in_numbers(const Product *p, int32_t *to) {
  Product counted = *p;
  const int64_t count = places(p);
  for (int64_t at = 0; at < count; at++) to[at] = p->term[at] * LANES;
  counted.term = to;
  return counted;
}

static inline vec number(const vec *matrix, int64_t place) { return *(const vec *)((const double *)matrix + place); }

static inline __attribute__((always_inline)) void sums(const Product *p, const int terms, int32_t from, int32_t to,
                                                      const int32_t *term, const vec *a, const vec *b, vec *found) {
  for (int32_t at = from; at < to; at++, term += 2 * terms) {
    vec sum = number(a, term[0]) * number(b, term[1]);
    for (int next = 1; next < terms; next++) sum += number(a, term[2 * next]) * number(b, term[2 * next + 1]);
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
static void step_over(const Linear *p, const Product *by, const vec *power, vec largest, double hours, vec *work, vec *found) {
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
    multiply(by, four, sum, product);
  }
  memcpy(found, sum, sizeof(vec) * many);
  for (int done = 0; done < most; done++) {
    ints still;
    for (int lane = 0; lane < LANES; lane++) still[lane] = done < squarings[lane] ? -1 : 0;
    multiply(by, found, found, product);
    for (int64_t entry = 0; entry < many; entry++) found[entry] = either(still, product[entry], found[entry]);
  }
}

/* For one block: the matrix over each kind of way and across each stretch, and the kept rows after each way. */
typedef struct {
  Product by_whole, by_rows; /* with places in numbers, from `places` on */
  vec *places, *power, *over, *across, *spare, *rows, *behind;
  int64_t width; /* of the kept rows together */
} Matrices;

static Matrices matrices(const Linear *p, vec *work) {
  const int64_t width = kept_width(p);
  Matrices m = {.places = work, .width = width};
  m.power = m.places + (places(&p->whole) + places(&p->rows)) / (int64_t)(sizeof(vec) / sizeof(int32_t)) + 1;
  m.over = m.power + 4 * p->many;
  m.across = m.over + p->kinds * p->many;
  m.spare = m.across + p->totals * p->many;
  m.rows = m.spare + 2 * p->many;
  m.behind = m.rows + (p->pattern_first[p->patterns] + 3) * width; /* four rows are told at once */
  return m;
}

static void take_system(const Linear *p, const Block *block, const Matrices *m) {
  const int64_t many = p->many;
  vec largest = all(0.0), *power = m->power;
  for (int64_t row = 0; row < p->states; row++) {
    vec sum = all(0.0);
    for (int32_t entry = p->first[row]; entry < p->first[row + 1]; entry++) {
      const int32_t place = p->place[entry];
      const int64_t apart = p->compartments * p->compartments;
      const vec value = power[entry] = place >= 0 ? gather(p->rates + place, apart, block) : all(place == -2);
      sum += absolute(value);
    }
    largest = either(sum > largest, sum, largest);
  }
  multiply(&m->by_whole, power, power, power + many);
  multiply(&m->by_whole, power, power + many, power + 2 * many);
  multiply(&m->by_whole, power + many, power + many, power + 3 * many);
  for (int64_t kind = 0; kind < p->kinds; kind++) {
    const int32_t *of = p->made_of[kind];
    if (of[0] >= 0)
      multiply(&m->by_whole, m->over + of[0] * many, m->over + of[1] * many, m->over + kind * many);
    else
      step_over(p, &m->by_whole, power, largest, p->hours[kind], m->spare, m->over + kind * many);
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
      multiply(&m->by_whole, m->over + p->total_way[at] * many, now, m->spare);
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
        multiply(&m->by_rows, to - m->width, by, to);
      else
        for (int64_t k = 0; k < p->kept; k++)
          for (int32_t own = p->first[p->kept_state[k]]; own < p->first[p->kept_state[k] + 1]; own++)
            *entry++ = p->way[at] >= 0 ? by[own] : all(p->column[own] == p->kept_state[k]);
    }
  }
}

/* A kept state at so many times, from what its row is about. Four at once; rows go on behind the last. */
static inline void tell_rows(const vec *row, int64_t width, int32_t entries, const vec *seen, int32_t tells, vec *to) {
  for (int32_t at = 0; at < tells; at += 4) {
    const vec *share = row + at * width;
    vec sum[4] = {all(0.0), all(0.0), all(0.0), all(0.0)};
    for (int32_t entry = 0; entry < entries; entry++)
      for (int beside = 0; beside < 4; beside++) sum[beside] += share[beside * width + entry] * seen[entry];
    for (int beside = 0; beside < 4 && at + beside < tells; beside++)
      to[at + beside] = either(sum[beside] > all(0.0), sum[beside], all(0.0));
  }
}

/* Of the states now those that the row of kept state k is about; how many. */
static inline int32_t look(const Linear *p, int64_t k, const vec *now, vec *seen) {
  const int32_t begin = p->first[p->kept_state[k]], entries = p->first[p->kept_state[k] + 1] - begin;
  for (int32_t entry = 0; entry < entries; entry++) seen[entry] = now[p->column[begin + entry]];
  return entries;
}

static void cross(const Linear *p, const Matrices *m, int64_t stretch, vec *now) {
  const vec *share = m->across + p->across[stretch] * p->many;
  vec next[MOST_STATES];
  for (int64_t state = 0; state < p->states; state++) {
    vec sum = all(0.0);
    for (int32_t entry = p->first[state]; entry < p->first[state + 1]; entry++)
      sum += share[entry] * now[p->column[entry]];
    next[state] = sum;
  }
  memcpy(now, next, sizeof(vec) * p->states);
}

/* Every kept state at every time. */
static void lay_out(const Linear *p, const Matrices *m, const Block *block, vec *told) {
  vec now[MOST_STATES], seen[MOST_STATES];
  memset(now, 0, sizeof(now));
  for (int64_t k = 0; k < p->kept; k++) memset(told + k * p->times, 0, sizeof(vec) * p->before);
  told += p->before;
  for (int64_t stretch = 0; stretch < p->stretches; stretch++) {
    enter(p, block, stretch, now);
    const vec *row = m->rows + p->pattern_first[p->pattern[stretch]] * m->width;
    for (int64_t k = 0; k < p->kept; k++) {
      const int32_t entries = look(p, k, now, seen);
      tell_rows(row, m->width, entries, seen, tells(p, stretch), told + k * p->times);
      row += entries;
    }
    told += tells(p, stretch);
    cross(p, m, stretch, now);
  }
}

/* What only ends need besides: of each pattern the sum of its rows by the weights of their times, and the largest that
 * any number in a column is; of each stretch the states at its start, and what no time in it is above. */
typedef struct {
  vec *weighted, *largest, *starts, *above;
} Reach;

static Reach reach(const Linear *p, const Matrices *m) {
  Reach r = {.weighted = m->behind};
  r.largest = r.weighted + p->patterns * m->width;
  r.starts = r.largest + p->patterns * m->width;
  r.above = r.starts + p->stretches * p->states;
  return r;
}

static void sum_patterns(const Linear *p, const Matrices *m, const Reach *r) {
  for (int64_t pattern = 0; pattern < p->patterns; pattern++)
    for (int64_t place = 0; place < m->width; place++) {
      vec sum = all(0.0), largest = all(0.0);
      for (int32_t at = p->pattern_first[pattern]; at < p->pattern_first[pattern + 1]; at++) {
        const vec share = m->rows[at * m->width + place], size = absolute(share);
        sum += share * p->weight[at];
        largest = either(size > largest, size, largest);
      }
      r->weighted[pattern * m->width + place] = sum;
      r->largest[pattern * m->width + place] = largest;
    }
}

/* The ends of every kept state. Areas are summed from the start of each stretch. A highest value is looked for only
 * where it can be: not in a stretch with which the largest numbers of its rows do not reach what is known to be reached
 * at its or another's end. */
static void find_ends(const Linear *p, const Matrices *m, const Block *block) {
  const Reach r = reach(p, m);
  sum_patterns(p, m, &r);
  vec now[MOST_STATES], size[MOST_STATES], seen[MOST_STATES], area[MOST_STATES], reached[MOST_STATES], last[MOST_STATES];
  memset(now, 0, sizeof(now));
  for (int64_t k = 0; k < p->kept; k++) area[k] = reached[k] = last[k] = all(0.0);
  for (int64_t stretch = 0; stretch < p->stretches; stretch++) {
    enter(p, block, stretch, now);
    memcpy(r.starts + stretch * p->states, now, sizeof(vec) * p->states);
    for (int64_t state = 0; state < p->states; state++) size[state] = absolute(now[state]);
    const int64_t pattern = p->pattern[stretch], end = p->pattern_first[pattern] + tells(p, stretch) - 1;
    const vec *weighted = r.weighted + pattern * m->width, *largest = r.largest + pattern * m->width;
    const vec *at_end = m->rows + end * m->width;
    for (int64_t k = 0; k < p->kept && tells(p, stretch); k++) {
      vec sum = all(0.0), above = all(0.0), value = all(0.0);
      for (int32_t entry = p->first[p->kept_state[k]]; entry < p->first[p->kept_state[k] + 1]; entry++) {
        const int32_t column = p->column[entry];
        sum += *weighted++ * now[column];
        above += *largest++ * size[column];
        value += *at_end++ * now[column];
      }
      area[k] += sum;
      last[k] = either(value > all(0.0), value, all(0.0));
      reached[k] = either(value > reached[k], value, reached[k]);
      r.above[stretch * p->kept + k] = above * (1 + 1e-12); /* more than rounding */
    }
    cross(p, m, stretch, now);
  }
  const vec *row = m->rows;
  for (int64_t k = 0; k < p->kept; k++) {
    const Ends *told = &p->ends[k];
    Found found = begin(told, block);
    const vec known = found.offset + found.factor * reached[k];
    if (p->before) see(&found, all(0.0), told->times[0]);
    int64_t time = p->before;
    for (int64_t stretch = 0; stretch < p->stretches; time += tells(p, stretch++)) {
      const vec above = r.above[stretch * p->kept + k];
      const vec most = found.offset + either(found.factor > all(0.0), found.factor * above, all(0.0));
      if (!any(~((most < known) | (most <= found.highest)))) continue;
      vec values[LONGEST_STRETCH];
      const int32_t entries = look(p, k, r.starts + stretch * p->states, seen);
      tell_rows(row + p->pattern_first[p->pattern[stretch]] * m->width, m->width, entries, seen, tells(p, stretch), values);
      see_all(&found, values, told->times + time, told->weights + time, tells(p, stretch));
    }
    row += p->first[p->kept_state[k] + 1] - p->first[p->kept_state[k]];
    found.area = found.offset * told->weight + found.factor * area[k];
    found.last = found.offset + found.factor * last[k];
    finish(told, block, &found);
  }
}

static int64_t matrices_room(const Linear *p) {
  vec *const none = NULL;
  const Matrices m = matrices(p, none);
  return (p->ends ? reach(p, &m).above + p->stretches * p->kept : m.behind) - none;
}

static void by_matrices(const Linear *p, const Block *block, vec *told, vec *work) {
  Matrices m = matrices(p, work);
  m.by_whole = in_numbers(&p->whole, (int32_t *)m.places);
  m.by_rows = in_numbers(&p->rows, (int32_t *)m.places + places(&p->whole));
  take_system(p, block, &m);
  go_across(p, &m);
  go_along_patterns(p, &m);
  if (p->ends)
    find_ends(p, &m, block);
  else
    lay_out(p, &m, block, told);
}
