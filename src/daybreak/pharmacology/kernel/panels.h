/* States on panels: the same arithmetic as daybreak.pharmacology.mechanism.cascade. */

/* Panel i is of kind[i]; a kind has its length and its ends, first_end[kind] to first_end[kind + 1]: the nodes, places
 * that are told and 1. told[told_first[i]...] are the columns of panel i, one for each place.
 *
 * up_to[nodes][nodes] integrates a polynomial given at the nodes to each node, node_weights over the whole,
 * up_to_told[ends][nodes] to each end. */
typedef struct {
  int64_t panels, nodes, kinds;
  const double *lengths;
  const int32_t *first_end;
  const double *ends;
  const int32_t *kind, *told_first, *told;
  const double *inverse, *node_weights, *up_to, *up_to_told;
} Panels;

/* How many ends are weighed at once: what one waits for, another uses. */
#define BESIDE 4
#define TERMS 18

typedef struct {
  const Panels *panels;
  const double *rates; /* [patients] */
  double start;
  int64_t inflow, at_nodes, at_times; /* at_nodes is -1 where nobody asks */
} Filtered;

static int64_t filtered_room(const Filtered *p) {
  return (int64_t)(p->panels->first_end[p->panels->kinds] + BESIDE) * (p->panels->nodes + 1); /* read beyond the last */
}

/* For the ends of a kind from the first asked for on: weights that integrate decay e^(-decay (end - s)) times a function
 * given at the nodes from 0 to each, and what remains there of the start. They are made of the moments of e^(-z (1 - s)),
 * z = decay end, by parts: where z is small downwards from the highest, which is a series, else upwards. */
static inline __attribute__((always_inline)) void weigh(const Panels *mesh, const int n, vec decay, int32_t first,
                                                        int32_t behind, vec *weights, vec *remaining) {
  double series[TERMS], over[MOST_NODES];
  for (int term = 0; term < TERMS; term++) series[term] = (term ? series[term - 1] : 1.0) / (n + term);
  for (int power = 1; power < n; power++) over[power] = 1.0 / power;
  for (int32_t group = first; group < behind; group += BESIDE) {
    int32_t at[BESIDE];
    vec z[BESIDE], found[BESIDE], moment[MOST_NODES][BESIDE];
    ints fast = all(0.0) != all(0.0);
    for (int own = 0; own < BESIDE; own++) {
      at[own] = group + own < behind ? group + own : behind - 1;
      z[own] = decay * mesh->ends[at[own]];
      fast |= z[own] > all(2.0);
      found[own] = all(series[TERMS - 1]);
    }
    for (int term = TERMS - 2; term >= 0; term--)
      for (int own = 0; own < BESIDE; own++) found[own] = all(series[term]) - z[own] * found[own];
    for (int own = 0; own < BESIDE; own++) moment[n - 1][own] = found[own];
    for (int power = n - 1; power > 0; power--)
      for (int own = 0; own < BESIDE; own++)
        moment[power - 1][own] = (all(1.0) - z[own] * moment[power][own]) * over[power];
    for (int own = 0; own < BESIDE; own++) found[own] = all(1.0) - z[own] * moment[0][own];
    if (any(fast))
      for (int own = 0; own < BESIDE; own++) {
        const ints upwards = z[own] > all(2.0);
        const vec rate = either(upwards, z[own], all(1.0)), per_rate = all(1.0) / rate, gone = exponential(-rate);
        vec next = (all(1.0) - gone) * per_rate;
        found[own] = either(upwards, gone, found[own]);
        moment[0][own] = either(upwards, next, moment[0][own]);
        for (int power = 1; power < n; power++) {
          next = (all(1.0) - next * (double)power) * per_rate;
          moment[power][own] = either(upwards, next, moment[power][own]);
        }
      }
    for (int own = 0; own < BESIDE; own++) {
      vec share = z[own];
      for (int power = 0; power < n; power++, share *= mesh->ends[at[own]]) moment[power][own] *= share;
      remaining[at[own]] = found[own];
    }
    for (int node = 0; node < n; node++) {
      vec sum[BESIDE];
      for (int own = 0; own < BESIDE; own++) sum[own] = moment[0][own] * mesh->inverse[node];
      for (int power = 1; power < n; power++)
        for (int own = 0; own < BESIDE; own++) sum[own] += moment[power][own] * mesh->inverse[power * n + node];
      for (int own = 0; own < BESIDE; own++) weights[(int64_t)at[own] * n + node] = sum[own];
    }
  }
}

/* What is at so many ends that follow each other, from what enters and what is there now. */
static inline __attribute__((always_inline)) void pass_on(const int ends, const vec *weights, const vec *remaining,
                                                          const int n, const vec *entering, vec now, vec *sum) {
  for (int own = 0; own < ends; own++) sum[own] = now * remaining[own];
  for (int node = 0; node < n; node++)
    for (int own = 0; own < ends; own++) sum[own] += weights[own * n + node] * entering[node];
}

/* dx/dt = rate (inflow - x). */
static inline __attribute__((always_inline)) void filter(const Filtered *p, const int n, const Block *block, vec *room,
                                                         vec *work) {
  const Panels *mesh = p->panels;
  vec *weights = work, *remaining = work + (int64_t)(mesh->first_end[mesh->kinds] + BESIDE) * n;
  const vec rate = gather(p->rates, 1, block);
  for (int64_t kind = 0; kind < mesh->kinds; kind++)
    weigh(mesh, n, rate * mesh->lengths[kind], mesh->first_end[kind] + (p->at_nodes < 0 ? n : 0), mesh->first_end[kind + 1],
          weights, remaining);
  vec now = all(p->start);
  for (int64_t panel = 0; panel < mesh->panels; panel++) {
    const int32_t from = mesh->first_end[mesh->kind[panel]], to = mesh->first_end[mesh->kind[panel] + 1];
    const int32_t *column = mesh->told + mesh->told_first[panel];
    vec entering[MOST_NODES];
    for (int node = 0; node < n; node++) entering[node] = room[p->inflow + panel * n + node];
    if (p->at_nodes >= 0) {
      vec sum[MOST_NODES];
      pass_on(n, weights + (int64_t)from * n, remaining + from, n, entering, now, sum);
      for (int node = 0; node < n; node++) room[p->at_nodes + panel * n + node] = sum[node];
    }
    for (int32_t end = from + n; end < to - 1; end += BESIDE) {
      vec sum[BESIDE];
      pass_on(BESIDE, weights + (int64_t)end * n, remaining + end, n, entering, now, sum);
      for (int own = 0; own < BESIDE && end + own < to - 1; own++) room[p->at_times + *column++] = sum[own];
    }
    pass_on(1, weights + (int64_t)(to - 1) * n, remaining + to - 1, n, entering, now, &now);
  }
}

static void filtered(const Filtered *p, const Block *block, vec *room, vec *work) {
  if (p->panels->nodes == 6)
    filter(p, 6, block, room, work);
  else
    filter(p, (int)p->panels->nodes, block, room, work);
}

/* Where there are rates and no loss: dx/dt = rate inflow (1 - x) - left x. Else dx/dt = inflow - loss x. */
typedef struct {
  const Panels *panels;
  double start;
  int64_t inflow, loss;      /* loss is -1 where there are rates */
  const double *rate, *left; /* [patients] */
  int64_t at_nodes, at_times;
  double *most; /* [patients]: the most that is lost on one panel, in e-folds */
} Driven;

/* By the integrating factor. */
static inline __attribute__((always_inline)) void drive(const Driven *p, const int n, const Block *block, vec *room) {
  const Panels *mesh = p->panels;
  const vec rate = p->loss < 0 ? gather(p->rate, 1, block) : all(1.0);
  const vec left = p->loss < 0 ? gather(p->left, 1, block) : all(0.0);
  vec now = all(p->start), largest = all(0.0);
  for (int64_t panel = 0; panel < mesh->panels; panel++) {
    const int32_t from = mesh->first_end[mesh->kind[panel]], to = mesh->first_end[mesh->kind[panel] + 1];
    const int32_t *column = mesh->told + mesh->told_first[panel];
    const vec length = all(mesh->lengths[mesh->kind[panel]]);
    const vec *inflow = room + p->inflow + panel * n, *loss = room + p->loss + panel * n;
    vec leaving[MOST_NODES], grown[MOST_NODES], growth[MOST_NODES];
    vec whole = all(0.0), gained = all(0.0);
    for (int node = 0; node < n; node++) {
      grown[node] = length * rate * inflow[node];
      leaving[node] = p->loss < 0 ? grown[node] + length * left : length * loss[node];
      whole += leaving[node] * mesh->node_weights[node];
    }
    largest = either(whole > largest, whole, largest);
    for (int node = 0; node < n; node++) {
      vec exponent = all(0.0);
      for (int k = 0; k < n; k++) exponent += leaving[k] * mesh->up_to[node * n + k];
      growth[node] = exponential(exponent);
      grown[node] *= growth[node];
      gained += grown[node] * mesh->node_weights[node];
    }
    const vec end = exponential(-whole) * (now + gained);
    if (p->at_nodes >= 0)
      for (int node = 0; node < n; node++) {
        vec value = now;
        for (int k = 0; k < n; k++) value += grown[k] * mesh->up_to[node * n + k];
        room[p->at_nodes + panel * n + node] = value / growth[node];
      }
    for (int32_t place = from + n; place < to - 1; place++) {
      vec value = end;
      if (mesh->ends[place] != 1.0) {
        const double *integral = mesh->up_to_told + (int64_t)place * n;
        vec until = all(0.0);
        value = now;
        for (int k = 0; k < n; k++) {
          until += leaving[k] * integral[k];
          value += grown[k] * integral[k];
        }
        value *= exponential(-until);
      }
      room[p->at_times + *column++] = value;
    }
    now = end;
  }
  for (int lane = 0; lane < block->here; lane++) p->most[block->first + lane] = largest[lane];
}

static void driven(const Driven *p, const Block *block, vec *room) {
  if (p->panels->nodes == 6)
    drive(p, 6, block, room);
  else
    drive(p, (int)p->panels->nodes, block, room);
}
