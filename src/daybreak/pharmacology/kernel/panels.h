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
