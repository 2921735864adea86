/* What happens to people, several of them in the lanes of one register.
 *
 * A call is a list of steps; a few people go through all of it before the next do, so that what one step leaves for
 * another stays in the processor's cache. The same arithmetic as daybreak.pharmacology.propagators and
 * daybreak.pharmacology.mechanism.cascade, which explain it and are what this is tested against. A lane never looks at
 * another: a patient's numbers are the same beside anybody, and where patients are missing the last one is computed
 * again and thrown away.
 *
 * A structure here has its twin in `records.py`. Arrays are in C order; what is for every patient begins with the
 * patient. What lies between steps is a course: values one after the other from a place in the room all steps share.
 * C99 with the vector types of GCC and Clang.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __AVX512F__
#define LANES 8
#else
#define LANES 4
#endif
#define TOGETHER 4
#define MOST_STATES 24
#define MOST_NODES 12

typedef double vec __attribute__((vector_size(8 * LANES)));
typedef int64_t ints __attribute__((vector_size(8 * LANES)));

typedef struct {
  int64_t patients, who[LANES]; /* the patient of each lane */
  int64_t first;                /* that of the first */
  int here;                     /* lanes that count */
} Block;

static inline vec all(double x) {
  vec r;
  for (int lane = 0; lane < LANES; lane++) r[lane] = x;
  return r;
}

static inline vec either(ints chosen, vec one, vec other) {
  return (vec)((chosen & (ints)one) | (~chosen & (ints)other));
}

/* The number at `from` of each of these patients, `apart` numbers from one to the next. */
static inline vec gather(const double *from, int64_t apart, const Block *block) {
  vec r;
  for (int lane = 0; lane < LANES; lane++) r[lane] = from[block->who[lane] * apart];
  return r;
}

/* e^x to rounding, for x up to 700; 0 below -708. */
static inline vec exponential(vec x) {
  const vec magic = all(6755399441055744.0); /* 1.5 * 2^52: adding it rounds to a whole number */
  const ints gone = x < all(-708.0);
  x = either(gone, all(-708.0), x);
  const vec shifted = x * all(1.4426950408889634) + magic;
  const vec whole = shifted - magic;
  const vec r = x - whole * all(6.93147180369123816490e-01) - whole * all(1.90821492927058770002e-10);
  static const double term[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880,
                                1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0, 1.0};
  vec found = all(term[0]);
  for (int place = 1; place < 14; place++) found = found * r + all(term[place]);
  const ints power = ((ints)shifted - (ints)magic + 1023) << 52;
  return either(gone, all(0.0), found * (vec)power);
}

/* ---- linear compartments ---- */

/* The states are the compartments and, after them, the rates of infusion. Of a matrix only what can be other than zero
 * in a power of the system is there: `many` entries, row after row.
 *
 * A stretch begins a segment or none (-1): what enters at once is added to the compartments, the rates are set. Then it
 * goes the ways of its pattern; after each of the first `tells` it tells the next time. A way is over hours[kind];
 * of a kind that is twice another, twice[kind] says which, or -1. */
typedef struct {
  int64_t states, compartments, many;
  const double *system;                             /* [patients][states][states] */
  const int32_t *place, *first, *column, *diagonal; /* of entries; of rows; of entries; of rows */
  int64_t groups;
  const int32_t *group_first, *terms, *entry, *term; /* a product of two matrices: sums of so many terms, by group */
  int64_t kinds;
  const double *hours;
  const int32_t *twice;
  int64_t patterns;
  const int32_t *pattern_first, *way; /* way[pattern_first[pattern]...] is a kind, or -1 for no time */
  int64_t stretches;
  const int32_t *pattern, *begins, *tells;
  const double *entering; /* [segments][patients][states] */
  int64_t before;         /* times before all that enters */
  int64_t kept;
  const int32_t *kept_state;
  int64_t told;        /* where the first kept state's course goes */
  int64_t times;
} Linear;

static int64_t kept_width(const Linear *p) {
  int64_t width = 0;
  for (int64_t k = 0; k < p->kept; k++) width += p->first[p->kept_state[k] + 1] - p->first[p->kept_state[k]];
  return width;
}

static int64_t linear_room(const Linear *p) {
  return (6 + p->kinds + p->patterns) * p->many + (p->pattern_first[p->patterns] + 3) * kept_width(p);
}

static inline __attribute__((always_inline)) void sums(const Linear *p, const int terms, int32_t from, int32_t to,
                                                      const int32_t *term, const vec *a, const vec *b, vec *found) {
  for (int32_t at = from; at < to; at++, term += 2 * terms) {
    vec sum = a[term[0]] * b[term[1]];
    for (int next = 1; next < terms; next++) sum += a[term[2 * next]] * b[term[2 * next + 1]];
    found[p->entry[at]] = sum;
  }
}

static void multiply(const Linear *p, const vec *a, const vec *b, vec *found) {
  const int32_t *term = p->term;
  for (int64_t group = 0; group < p->groups; group++) {
    const int32_t terms = p->terms[group], from = p->group_first[group], to = p->group_first[group + 1];
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
    multiply(p, four, sum, product);
  }
  memcpy(found, sum, sizeof(vec) * many);
  for (int done = 0; done < most; done++) {
    ints still;
    for (int lane = 0; lane < LANES; lane++) still[lane] = done < squarings[lane] ? -1 : 0;
    multiply(p, found, found, product);
    for (int64_t entry = 0; entry < many; entry++) found[entry] = either(still, product[entry], found[entry]);
  }
}

/* For one block: the matrix over each kind of way and across each pattern, and the kept rows after each of its ways. */
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
  multiply(p, power, power, power + many);
  multiply(p, power, power + many, power + 2 * many);
  multiply(p, power + many, power + many, power + 3 * many);
  for (int64_t kind = 0; kind < p->kinds; kind++) {
    const vec *half = m->over + p->twice[kind] * many;
    if (p->twice[kind] >= 0)
      multiply(p, half, half, m->over + kind * many);
    else
      step_over(p, power, largest, p->hours[kind], m->spare, m->over + kind * many);
  }
}

static void go_through_patterns(const Linear *p, Matrices *m) {
  const int64_t many = p->many;
  for (int64_t pattern = 0; pattern < p->patterns; pattern++) {
    vec *now = m->across + pattern * many;
    memset(now, 0, sizeof(vec) * many);
    for (int64_t row = 0; row < p->states; row++) now[p->diagonal[row]] = all(1.0);
    for (int32_t at = p->pattern_first[pattern]; at < p->pattern_first[pattern + 1]; at++) {
      const vec *next = m->over + p->way[at] * many;
      if (p->way[at] >= 0 && at == p->pattern_first[pattern])
        memcpy(now, next, sizeof(vec) * many);
      else if (p->way[at] >= 0) {
        multiply(p, next, now, m->spare);
        memcpy(now, m->spare, sizeof(vec) * many);
      }
      vec *to = m->rows + at * m->width;
      for (int64_t k = 0; k < p->kept; k++)
        for (int32_t entry = p->first[p->kept_state[k]]; entry < p->first[p->kept_state[k] + 1]; entry++)
          *to++ = now[entry];
    }
  }
}

/* The kept states at the times of a stretch, from the state at its start. Four at once; rows go on behind the last. */
static void tell_stretch(const Linear *p, const Matrices *m, const vec *now, int64_t stretch, vec *to) {
  const int64_t tells = p->tells[stretch], width = m->width;
  const vec *row = m->rows + p->pattern_first[p->pattern[stretch]] * width;
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
  m.spare = m.across + p->patterns * many;
  m.rows = m.spare + 2 * many;
  take_system(p, block, &m);
  go_through_patterns(p, &m);
  vec now[MOST_STATES], next[MOST_STATES], *told = room + p->told;
  for (int64_t state = 0; state < p->states; state++) now[state] = all(0.0);
  for (int64_t k = 0; k < p->kept; k++) memset(told + k * p->times, 0, sizeof(vec) * p->before);
  told += p->before;
  for (int64_t stretch = 0; stretch < p->stretches; stretch++) {
    if (p->begins[stretch] >= 0) {
      const double *from = p->entering + p->begins[stretch] * block->patients * p->states;
      for (int64_t state = 0; state < p->states; state++) {
        const vec value = gather(from + state, p->states, block);
        now[state] = state < p->compartments ? now[state] + value : value;
      }
    }
    tell_stretch(p, &m, now, stretch, told);
    told += p->tells[stretch];
    const vec *share = m.across + p->pattern[stretch] * many;
    for (int64_t state = 0; state < p->states; state++) {
      vec sum = all(0.0);
      for (int32_t entry = p->first[state]; entry < p->first[state + 1]; entry++)
        sum += share[entry] * now[p->column[entry]];
      next[state] = sum;
    }
    memcpy(now, next, sizeof(vec) * p->states);
  }
}

/* ---- states on panels ---- */

/* Panel i is of kind[i]; a kind has its length and its ends, first_end[kind] to first_end[kind + 1]: the nodes, places
 * that are told and 1. told[told_first[i]...] are the columns of panel i, one for each place.
 *
 * up_to[nodes][nodes] integrates a polynomial given at the nodes to each node, node_weights over the whole. For each
 * end: up_to_told[1 + nodes][nodes] integrates to it and to nodes of its own on the way there, at_told[nodes][nodes]
 * gives values at those. */
typedef struct {
  int64_t panels, nodes, kinds;
  const double *lengths;
  const int32_t *first_end;
  const double *ends;
  const int32_t *kind, *told_first, *told;
  const double *inverse, *node_weights, *up_to, *up_to_told, *at_told;
} Panels;

typedef struct {
  const Panels *panels;
  const double *rates; /* [patients] */
  double start;
  int64_t inflow, at_nodes, at_times; /* at_nodes is -1 where nobody asks */
} Filtered;

static int64_t filtered_room(const Filtered *p) {
  return (int64_t)p->panels->first_end[p->panels->kinds] * (p->panels->nodes + 1);
}

/* Weights that integrate decay e^(-decay (end - s)) times a function given at the nodes from 0 to this end; and what
 * remains there of the start. The moments of e^(-z (1 - s)), z = decay end, by parts: downwards from a high power where
 * z is small, which forgets how it began, else upwards. */
static inline __attribute__((always_inline)) vec weigh(vec decay, double end, int nodes, const double *inverse,
                                                       vec *weights) {
  const vec z = decay * end;
  const ints is_slow = z <= all(2.0);
  vec moment[MOST_NODES], found = all(1.0 / 25);
  static const double over[] = {0,        1.0,      1.0 / 2,  1.0 / 3,  1.0 / 4,  1.0 / 5,  1.0 / 6,  1.0 / 7,  1.0 / 8,
                                1.0 / 9,  1.0 / 10, 1.0 / 11, 1.0 / 12, 1.0 / 13, 1.0 / 14, 1.0 / 15, 1.0 / 16, 1.0 / 17,
                                1.0 / 18, 1.0 / 19, 1.0 / 20, 1.0 / 21, 1.0 / 22, 1.0 / 23, 1.0 / 24};
  for (int power = 24; power > nodes; power--) found = (all(1.0) - z * found) * over[power];
  for (int power = nodes; power > 0; power--) moment[power - 1] = found = (all(1.0) - z * found) * over[power];
  vec remains = all(1.0) - z * moment[0];
  int fast = 0;
  for (int lane = 0; lane < LANES; lane++) fast |= !is_slow[lane];
  if (fast) {
    const vec rate = either(is_slow, all(1.0), z), gone = exponential(-rate);
    vec upwards = (all(1.0) - gone) / rate;
    remains = either(is_slow, remains, gone);
    moment[0] = either(is_slow, moment[0], upwards);
    for (int power = 1; power < nodes; power++) {
      upwards = (all(1.0) - upwards * (double)power) / rate;
      moment[power] = either(is_slow, moment[power], upwards);
    }
  }
  vec share = z;
  for (int power = 0; power < nodes; power++, share *= end) moment[power] *= share;
  for (int node = 0; node < nodes; node++) {
    vec sum = all(0.0);
    for (int power = 0; power < nodes; power++) sum += moment[power] * inverse[power * nodes + node];
    weights[node] = sum;
  }
  return remains;
}

/* dx/dt = rate (inflow - x). */
static inline __attribute__((always_inline)) void filter(const Filtered *p, const int n, const Block *block, vec *room,
                                                         vec *work) {
  const Panels *mesh = p->panels;
  vec *weights = work, *remaining = work + (int64_t)mesh->first_end[mesh->kinds] * n;
  const vec rate = gather(p->rates, 1, block);
  for (int64_t kind = 0; kind < mesh->kinds; kind++)
    for (int32_t end = mesh->first_end[kind]; end < mesh->first_end[kind + 1]; end++)
      remaining[end] = weigh(rate * mesh->lengths[kind], mesh->ends[end], n, mesh->inverse, weights + (int64_t)end * n);
  vec now = all(p->start);
  for (int64_t panel = 0; panel < mesh->panels; panel++) {
    const int32_t from = mesh->first_end[mesh->kind[panel]], to = mesh->first_end[mesh->kind[panel] + 1];
    const int32_t *column = mesh->told + mesh->told_first[panel];
    vec entering[MOST_NODES];
    for (int node = 0; node < n; node++) entering[node] = room[p->inflow + panel * n + node];
    const vec *weight = weights + (int64_t)from * n;
    int32_t end = from;
    if (p->at_nodes >= 0)
      for (int place = 0; place < n; place++) {
        vec sum = all(0.0);
        for (int node = 0; node < n; node++) sum += weight[place * n + node] * entering[node];
        room[p->at_nodes + panel * n + place] = sum + now * remaining[from + place];
      }
    for (end = from + n; end < to; end++) {
      vec sum = all(0.0);
      for (int node = 0; node < n; node++) sum += weights[(int64_t)end * n + node] * entering[node];
      sum += now * remaining[end];
      if (end < to - 1)
        room[p->at_times + *column++] = sum;
      else
        now = sum;
    }
  }
}

static void filtered(const Filtered *p, const Block *block, vec *room, vec *work) {
  switch (p->panels->nodes) {
    case 4: filter(p, 4, block, room, work); break;
    case 5: filter(p, 5, block, room, work); break;
    default: filter(p, (int)p->panels->nodes, block, room, work);
  }
}

typedef struct {
  const Panels *panels;
  double start;
  int64_t inflow, loss, at_nodes, at_times;
  double *most; /* [patients]: the most that is lost on one panel, in e-folds */
} Driven;

/* dx/dt = inflow - loss x, by the integrating factor. */
static void driven(const Driven *p, const Block *block, vec *room) {
  const Panels *mesh = p->panels;
  const int n = (int)mesh->nodes;
  vec now = all(p->start), largest = all(0.0);
  for (int64_t panel = 0; panel < mesh->panels; panel++) {
    const int32_t from = mesh->first_end[mesh->kind[panel]], to = mesh->first_end[mesh->kind[panel] + 1];
    const int32_t *column = mesh->told + mesh->told_first[panel];
    const vec length = all(mesh->lengths[mesh->kind[panel]]);
    vec entering[MOST_NODES], leaving[MOST_NODES], exponent[MOST_NODES], grown[MOST_NODES];
    vec whole = all(0.0), gained = all(0.0);
    for (int node = 0; node < n; node++) {
      entering[node] = length * room[p->inflow + panel * n + node];
      leaving[node] = length * room[p->loss + panel * n + node];
      whole += leaving[node] * mesh->node_weights[node];
    }
    largest = either(whole > largest, whole, largest);
    for (int node = 0; node < n; node++) {
      exponent[node] = all(0.0);
      for (int k = 0; k < n; k++) exponent[node] += leaving[k] * mesh->up_to[node * n + k];
      grown[node] = entering[node] * exponential(exponent[node]);
      gained += grown[node] * mesh->node_weights[node];
    }
    for (int node = 0; node < n; node++) {
      vec value = now;
      for (int k = 0; k < n; k++) value += grown[k] * mesh->up_to[node * n + k];
      room[p->at_nodes + panel * n + node] = value * exponential(-exponent[node]);
    }
    for (int32_t end = from + n; end < to - 1; end++) {
      const double *integral = mesh->up_to_told + (int64_t)end * (n + 1) * n;
      const double *value_at = mesh->at_told + (int64_t)end * n * n;
      vec until = all(0.0), sum = all(0.0);
      for (int k = 0; k < n; k++) until += leaving[k] * integral[k];
      for (int own = 0; own < n; own++) {
        vec so_far = -until, enters = all(0.0);
        for (int k = 0; k < n; k++) {
          so_far += leaving[k] * integral[(own + 1) * n + k];
          enters += entering[k] * value_at[own * n + k];
        }
        sum += enters * exponential(so_far) * mesh->node_weights[own];
      }
      room[p->at_times + *column++] = now * exponential(-until) + sum * mesh->ends[end];
    }
    now = exponential(-whole) * (now + gained);
  }
  for (int lane = 0; lane < block->here; lane++) p->most[block->first + lane] = largest[lane];
}

/* ---- what gets in, what is between, what is told ---- */

typedef struct {
  const double *values; /* [patients][count] */
  int64_t count, to;
} Given;

static void given(const Given *p, const Block *block, vec *room) {
  for (int64_t at = 0; at < p->count; at++) room[p->to + at] = gather(p->values + at, p->count, block);
}

/* most x / (x + half). */
typedef struct {
  int64_t from, to, count;
  const double *half, *most; /* [patients] */
} Saturated;

static void saturated(const Saturated *p, const Block *block, vec *room) {
  const vec half = gather(p->half, 1, block), most = gather(p->most, 1, block);
  for (int64_t at = 0; at < p->count; at++) {
    const vec value = room[p->from + at];
    room[p->to + at] = most * value / (value + half);
  }
}

/* offset + factor x to found; or, where there are weights, its highest value, when it is that first, the sum weighted
 * with them, and the last. */
typedef struct {
  int64_t from, count;
  const double *factor, *offset; /* [patients] */
  const double *times, *weights; /* [count], or NULL */
  double *found;
  int64_t patients_apart, values_apart;
} Told;

static void put(const Told *p, const Block *block, int64_t at, vec value) {
  double *to = p->found + block->first * p->patients_apart + at * p->values_apart;
  for (int lane = 0; lane < block->here; lane++) to[lane * p->patients_apart] = value[lane];
}

static void told(const Told *p, const Block *block, const vec *room) {
  const vec factor = gather(p->factor, 1, block), offset = gather(p->offset, 1, block);
  const vec *from = room + p->from;
  if (p->weights) {
    vec highest = offset + factor * from[0], when = all(p->times[0]), area = all(0.0), last = highest;
    for (int64_t at = 0; at < p->count; at++) {
      last = offset + factor * from[at];
      const ints higher = last > highest;
      highest = either(higher, last, highest);
      when = either(higher, all(p->times[at]), when);
      area += last * p->weights[at];
    }
    put(p, block, 0, highest);
    put(p, block, 1, when);
    put(p, block, 2, area);
    put(p, block, 3, last);
  } else if (p->values_apart == 1) {
    for (int lane = 0; lane < block->here; lane++) {
      double *to = p->found + (block->first + lane) * p->patients_apart;
      const double *own = (const double *)from + lane;
      const double times = factor[lane], plus = offset[lane];
      for (int64_t at = 0; at < p->count; at++) to[at] = plus + times * own[at * LANES];
    }
  } else
    for (int64_t at = 0; at < p->count; at++) put(p, block, at, offset + factor * from[at]);
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

enum { LINEAR, FILTERED, DRIVEN, GIVEN, SATURATED, TOLD };

typedef struct {
  int64_t what;
  const void *how;
} Step;

static void take(const Step *step, const Block *block, vec *room, vec *work) {
  switch (step->what) {
    case LINEAR: linear(step->how, block, room, work); break;
    case FILTERED: filtered(step->how, block, room, work); break;
    case DRIVEN: driven(step->how, block, room); break;
    case GIVEN: given(step->how, block, room); break;
    case SATURATED: saturated(step->how, block, room); break;
  }
}

/* All steps for everybody; what is told is told of a few blocks together, whose numbers share lines of memory. `courses` is how many values lie between the steps. 0, or 1 without memory. */
int daybreak_follow(int64_t patients, int64_t courses, int64_t steps, const Step *step) {
  int64_t most = 0;
  for (int64_t at = 0; at < steps; at++) {
    const int64_t own = step[at].what == LINEAR     ? linear_room(step[at].how)
                        : step[at].what == FILTERED ? filtered_room(step[at].how)
                                                    : 0;
    if (own > most) most = own;
  }
  vec *room = NULL;
  if (posix_memalign((void **)&room, 64, sizeof(vec) * (size_t)(TOGETHER * courses + most + 1))) return 1;
  vec *work = room + TOGETHER * courses;
  for (int64_t first = 0; first < patients; first += TOGETHER * LANES) {
    Block blocks[TOGETHER];
    int count = 0;
    for (int64_t from = first; from < patients && count < TOGETHER; from += LANES) {
      Block *block = &blocks[count++];
      *block = (Block){.patients = patients, .first = from};
      block->here = (int)(patients - from < LANES ? patients - from : LANES);
      for (int lane = 0; lane < LANES; lane++) block->who[lane] = lane < block->here ? from + lane : patients - 1;
    }
    for (int own = 0; own < count; own++)
      for (int64_t at = 0; at < steps; at++) take(&step[at], &blocks[own], room + own * courses, work);
    const int full = first + TOGETHER * LANES <= patients;
    for (int64_t at = 0; at < steps; at++) {
      const Told *how = step[at].what == TOLD ? step[at].how : NULL;
      if (how && full && how->patients_apart == 1 && !how->weights)
        told_side_by_side(how, blocks, room, courses);
      else if (how)
        for (int own = 0; own < count; own++) told(how, &blocks[own], room + own * courses);
    }
  }
  free(room);
  return 0;
}
