/* Linear compartments, and states behind a filter or driven, several patients in the lanes of one register.
 *
 * The same arithmetic as daybreak.pharmacology.propagators and daybreak.pharmacology.mechanism.cascade, which explain
 * it and are what this is tested against. A lane never looks at another: a patient's numbers are the same beside
 * anybody, and where patients are missing the last one is computed again and thrown away.
 *
 * Arrays are in C order; what is for every patient begins with the patient. C99 with the vector types of GCC and Clang.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __AVX512F__
#define LANES 8
#else
#define LANES 4
#endif
#define MOST_STATES 24
#define MOST_NODES 12
#define FINE_MOST 16

typedef double vec __attribute__((vector_size(8 * LANES)));
typedef int64_t ints __attribute__((vector_size(8 * LANES)));

static inline vec all(double x) {
  vec r;
  for (int lane = 0; lane < LANES; lane++) r[lane] = x;
  return r;
}

static inline vec either(ints chosen, vec one, vec other) {
  return (vec)((chosen & (ints)one) | (~chosen & (ints)other));
}

/* The number at `from` of each of these patients, `apart` numbers from one to the next. */
static inline vec gather(const double *from, int64_t apart, const int64_t *patient) {
  vec r;
  for (int lane = 0; lane < LANES; lane++) r[lane] = from[patient[lane] * apart];
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

typedef struct {
  int states;
  const int32_t *first, *column; /* of each row, the columns that can be other than zero */
} Pattern;

static void multiply(const Pattern *p, const vec *a, const vec *b, vec *found) {
  const int n = p->states;
  for (int row = 0; row < n; row++) {
    vec sum[MOST_STATES];
    for (int32_t k = p->first[row]; k < p->first[row + 1]; k++) sum[p->column[k]] = all(0.0);
    for (int32_t k = p->first[row]; k < p->first[row + 1]; k++) {
      const int middle = p->column[k];
      const vec share = a[row * n + middle];
      for (int32_t m = p->first[middle]; m < p->first[middle + 1]; m++)
        sum[p->column[m]] += share * b[middle * n + p->column[m]];
    }
    for (int32_t k = p->first[row]; k < p->first[row + 1]; k++) found[row * n + p->column[k]] = sum[p->column[k]];
  }
}

/* Adds factor[0] + factor[1] X + factor[2] X^2 + factor[3] X^3. */
static void add_powers(const Pattern *p, const double *factor, const vec *const *power, vec *found) {
  const int n = p->states;
  for (int row = 0; row < n; row++)
    for (int32_t k = p->first[row]; k < p->first[row + 1]; k++) {
      const int place = row * n + p->column[k];
      vec sum = found[place];
      for (int order = 3; order > 0; order--) sum += all(factor[order]) * power[order - 1][place];
      found[place] = p->column[k] == row ? sum + all(factor[0]) : sum;
    }
}

/* e^(system hours) by scaling, Taylor to the twelfth order in groups of four (Paterson and Stockmeyer) and squaring; how
 * often is each patient's own matter. `work` holds five matrices. */
static void step_over(const Pattern *p, const vec *system, double hours, vec *work, vec *found) {
  const int n = p->states;
  vec largest = all(0.0);
  for (int column = 0; column < n; column++) {
    vec sum = all(0.0);
    for (int row = 0; row < n; row++) {
      const vec value = system[row * n + column] * all(hours);
      sum += either(value < all(0.0), -value, value);
    }
    largest = either(sum > largest, sum, largest);
  }
  int squarings[LANES], most = 0;
  vec scale = all(hours);
  for (int lane = 0; lane < LANES; lane++) {
    squarings[lane] = 0;
    for (double size = largest[lane]; size > 0.25; size *= 0.5) {
      squarings[lane]++;
      scale[lane] *= 0.5;
    }
    if (squarings[lane] > most) most = squarings[lane];
  }
  const size_t matrix = (size_t)n * n;
  vec *one = work, *two = one + matrix, *three = two + matrix, *four = three + matrix, *product = four + matrix;
  for (size_t place = 0; place < matrix; place++) one[place] = system[place] * scale;
  multiply(p, one, one, two);
  multiply(p, two, one, three);
  multiply(p, two, two, four);
  static const double factor[] = {1.0,
                                  1.0,
                                  1.0 / 2,
                                  1.0 / 6,
                                  1.0 / 24,
                                  1.0 / 120,
                                  1.0 / 720,
                                  1.0 / 5040,
                                  1.0 / 40320,
                                  1.0 / 362880,
                                  1.0 / 3628800,
                                  1.0 / 39916800,
                                  1.0 / 479001600};
  const vec *const power[] = {one, two, three};
  for (int row = 0; row < n; row++)
    for (int32_t k = p->first[row]; k < p->first[row + 1]; k++) {
      const int place = row * n + p->column[k];
      found[place] = all(factor[12]) * four[place];
    }
  add_powers(p, factor + 8, power, found);
  multiply(p, four, found, product);
  add_powers(p, factor + 4, power, product);
  multiply(p, four, product, found);
  add_powers(p, factor, power, found);
  for (int done = 0; done < most; done++) {
    ints still;
    for (int lane = 0; lane < LANES; lane++) still[lane] = done < squarings[lane] ? -1 : 0;
    multiply(p, found, found, product);
    for (int row = 0; row < n; row++)
      for (int32_t k = p->first[row]; k < p->first[row + 1]; k++) {
        const int place = row * n + p->column[k];
        found[place] = either(still, product[place], found[place]);
      }
  }
}

/* Amounts at the kept places, found[patients][kept][times].
 *
 * The states are the compartments and, after them, the rates of infusion. Step i goes over hours[kind[i]], then begins
 * segment begins[i] (what enters at once is added to the compartments, the rates are set), then tells time told[i];
 * each only if not negative. 0, or 1 without memory.
 */
int daybreak_amounts(int64_t patients, int64_t states, int64_t compartments, const double *system, int64_t kinds,
                     const double *hours, const int32_t *first, const int32_t *pattern_column, int64_t steps,
                     const int32_t *kind, const int32_t *begins, const int32_t *told, const double *entering,
                     int64_t kept, const int32_t *places, int64_t times, double *found) {
  const int n = (int)states;
  const Pattern pattern = {n, first, pattern_column};
  const int32_t many = first[n];
  const size_t matrix = (size_t)n * n;
  vec *memory = NULL;
  if (n > MOST_STATES || posix_memalign((void **)&memory, 64, sizeof(vec) * (7 * matrix + (size_t)kinds * many))) return 1;
  vec *own = memory, *over = own + matrix, *work = over + matrix, *packed = work + 5 * matrix;
  for (int64_t block = 0; block < patients; block += LANES) {
    int64_t who[LANES];
    for (int lane = 0; lane < LANES; lane++) who[lane] = block + lane < patients ? block + lane : patients - 1;
    const int here = (int)(patients - block < LANES ? patients - block : LANES);
    for (size_t place = 0; place < matrix; place++) own[place] = gather(system + place, (int64_t)matrix, who);
    memset(over, 0, sizeof(vec) * 6 * matrix);
    for (int64_t k = 0; k < kinds; k++) {
      step_over(&pattern, own, hours[k], work, over);
      for (int row = 0, at = 0; row < n; row++)
        for (; at < first[row + 1]; at++) packed[k * many + at] = over[row * n + pattern_column[at]];
    }
    vec now[MOST_STATES], next[MOST_STATES];
    for (int state = 0; state < n; state++) now[state] = all(0.0);
    for (int64_t step = 0; step < steps; step++) {
      if (kind[step] >= 0) {
        const vec *share = packed + (int64_t)kind[step] * many;
        for (int row = 0; row < n; row++) {
          vec sum = all(0.0);
          for (int32_t at = first[row]; at < first[row + 1]; at++) sum += share[at] * now[pattern_column[at]];
          next[row] = sum;
        }
        memcpy(now, next, sizeof(vec) * n);
      }
      if (begins[step] >= 0) {
        const double *from = entering + (int64_t)begins[step] * patients * n;
        for (int state = 0; state < n; state++) {
          const vec value = gather(from + state, n, who);
          now[state] = state < compartments ? now[state] + value : value;
        }
      }
      if (told[step] >= 0)
        for (int64_t k = 0; k < kept; k++) {
          const vec value = now[places[k]];
          double *to = found + (block * kept + k) * times + told[step];
          for (int lane = 0; lane < here; lane++) to[lane * kept * times] = value[lane] > 0.0 ? value[lane] : 0.0;
        }
    }
  }
  free(memory);
  return 0;
}

/* ---- states behind a filter ---- */

/* Weights that integrate decay e^(-decay (end - s)) times a function given at the nodes from 0 to this end. */
static void weigh(vec decay, double end, int nodes, const double *inverse, int fine, const double *fine_places,
                  const double *fine_weights, vec *weights) {
  vec slow[MOST_NODES], fast[MOST_NODES];
  for (int power = 0; power < nodes; power++) slow[power] = all(0.0);
  for (int place = 0; place < fine; place++) {
    vec term = exponential(-decay * all(end * (1 - fine_places[place]))) * all(fine_weights[place] * end);
    for (int power = 0; power < nodes; power++) {
      slow[power] += term;
      term *= all(fine_places[place] * end);
    }
  }
  const ints is_slow = decay <= all(2.0);
  const vec rate = either(is_slow, all(1.0), decay);
  double power_of_end = 1.0;
  fast[0] = (all(1.0) - exponential(-rate * all(end))) / rate;
  for (int power = 1; power < nodes; power++) {
    power_of_end *= end;
    fast[power] = (all(power_of_end) - all(power) * fast[power - 1]) / rate;
  }
  for (int node = 0; node < nodes; node++) weights[node] = all(0.0);
  for (int power = 0; power < nodes; power++) {
    const vec moment = decay * either(is_slow, slow[power], fast[power]);
    for (int node = 0; node < nodes; node++) weights[node] += moment * all(inverse[power * nodes + node]);
  }
}

/* dx/dt = rate (inflow - x): x at the nodes [patients][panels][nodes] and at the times told [patients][times].
 *
 * Panel i is of kind[i]; a kind has its length and its ends, first_end[kind] to first_end[kind + 1]: the nodes, places
 * that are told and 1. told[told_first[i]...] are the columns of panel i, one for each place. 0, or 1 without memory.
 */
int daybreak_filtered(int64_t patients, int64_t panels, int64_t nodes, const double *inflow, const double *rates,
                      double start, int64_t kinds, const double *lengths, const int32_t *first_end, const double *ends,
                      const int32_t *kind, const int32_t *told_first, const int32_t *told, const double *inverse,
                      int64_t fine, const double *fine_places, const double *fine_weights, int64_t times,
                      double *at_nodes, double *at_times) {
  const int n = (int)nodes;
  const int32_t all_ends = first_end[kinds];
  vec *memory = NULL;
  if (n > MOST_NODES || posix_memalign((void **)&memory, 64, sizeof(vec) * (size_t)all_ends * (n + 1))) return 1;
  vec *weights = memory, *remaining = memory + (size_t)all_ends * n;
  for (int64_t block = 0; block < patients; block += LANES) {
    int64_t who[LANES];
    for (int lane = 0; lane < LANES; lane++) who[lane] = block + lane < patients ? block + lane : patients - 1;
    const int here = (int)(patients - block < LANES ? patients - block : LANES);
    const vec rate = gather(rates, 1, who);
    for (int64_t k = 0; k < kinds; k++) {
      const vec decay = rate * all(lengths[k]);
      for (int32_t end = first_end[k]; end < first_end[k + 1]; end++) {
        weigh(decay, ends[end], n, inverse, (int)fine, fine_places, fine_weights, weights + (size_t)end * n);
        remaining[end] = exponential(-decay * all(ends[end]));
      }
    }
    vec now = all(start);
    for (int64_t panel = 0; panel < panels; panel++) {
      const int32_t from = first_end[kind[panel]], to = first_end[kind[panel] + 1];
      vec entering[MOST_NODES], value = now;
      for (int node = 0; node < n; node++) entering[node] = gather(inflow + panel * n + node, panels * n, who);
      for (int32_t end = from; end < to; end++) {
        const vec *weight = weights + (size_t)end * n;
        value = now * remaining[end];
        for (int node = 0; node < n; node++) value += weight[node] * entering[node];
        const int32_t place = end - from;
        if (place < n)
          for (int lane = 0; lane < here; lane++)
            at_nodes[((block + lane) * panels + panel) * n + place] = value[lane];
        else if (end < to - 1)
          for (int lane = 0; lane < here; lane++)
            at_times[(block + lane) * times + told[told_first[panel] + place - n]] = value[lane];
      }
      now = value;
    }
  }
  free(memory);
  return 0;
}

/* dx/dt = inflow - loss x, both given at the nodes [patients][panels][nodes], by the integrating factor.
 *
 * Kinds of panel as for a filtered state, but of their ends only the places told count. up_to[nodes][nodes] integrates
 * to each node, node_weights over the whole. For each place told: up_to_told[1 + nodes][nodes] integrates to it and to
 * nodes of its own on the way there, at_told[nodes][nodes] gives values at those. most[patients] is the most that is
 * lost on one panel, in e-folds. 0, or 1 for too many nodes.
 */
int daybreak_driven(int64_t patients, int64_t panels, int64_t nodes, const double *inflow, const double *loss,
                    double start, const double *lengths, const int32_t *first_end, const double *ends,
                    const int32_t *kind, const int32_t *told_first, const int32_t *told, const double *up_to,
                    const double *node_weights, const double *up_to_told, const double *at_told, int64_t times,
                    double *at_nodes, double *at_times, double *most) {
  const int n = (int)nodes;
  if (n > MOST_NODES) return 1;
  for (int64_t block = 0; block < patients; block += LANES) {
    int64_t who[LANES];
    for (int lane = 0; lane < LANES; lane++) who[lane] = block + lane < patients ? block + lane : patients - 1;
    const int here = (int)(patients - block < LANES ? patients - block : LANES);
    vec now = all(start), largest = all(0.0);
    for (int64_t panel = 0; panel < panels; panel++) {
      const int32_t from = first_end[kind[panel]], to = first_end[kind[panel] + 1];
      const vec length = all(lengths[kind[panel]]);
      vec entering[MOST_NODES], leaving[MOST_NODES], exponent[MOST_NODES], grown[MOST_NODES];
      vec whole = all(0.0), gained = all(0.0);
      for (int node = 0; node < n; node++) {
        entering[node] = length * gather(inflow + panel * n + node, panels * n, who);
        leaving[node] = length * gather(loss + panel * n + node, panels * n, who);
        whole += all(node_weights[node]) * leaving[node];
      }
      largest = either(whole > largest, whole, largest);
      for (int node = 0; node < n; node++) {
        exponent[node] = all(0.0);
        for (int k = 0; k < n; k++) exponent[node] += all(up_to[node * n + k]) * leaving[k];
        grown[node] = entering[node] * exponential(exponent[node]);
        gained += all(node_weights[node]) * grown[node];
      }
      for (int node = 0; node < n; node++) {
        vec value = now;
        for (int k = 0; k < n; k++) value += all(up_to[node * n + k]) * grown[k];
        value *= exponential(-exponent[node]);
        for (int lane = 0; lane < here; lane++) at_nodes[((block + lane) * panels + panel) * n + node] = value[lane];
      }
      for (int32_t end = from + n; end < to - 1; end++) {
        const double *integral = up_to_told + (int64_t)end * (n + 1) * n, *value_at = at_told + (int64_t)end * n * n;
        vec until = all(0.0), sum = all(0.0);
        for (int k = 0; k < n; k++) until += all(integral[k]) * leaving[k];
        for (int own = 0; own < n; own++) {
          vec so_far = -until, enters = all(0.0);
          for (int k = 0; k < n; k++) {
            so_far += all(integral[(own + 1) * n + k]) * leaving[k];
            enters += all(value_at[own * n + k]) * entering[k];
          }
          sum += all(node_weights[own]) * enters * exponential(so_far);
        }
        const vec value = now * exponential(-until) + sum * all(ends[end]);
        for (int lane = 0; lane < here; lane++)
          at_times[(block + lane) * times + told[told_first[panel] + end - from - n]] = value[lane];
      }
      now = exponential(-whole) * (now + gained);
    }
    for (int lane = 0; lane < here; lane++) most[block + lane] = largest[lane];
  }
  return 0;
}
