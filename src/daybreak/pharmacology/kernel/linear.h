/* Linear compartments: what is asked of them. */

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
 * hours[kind]; where these are those of two kinds before it together, made_of[kind] says of which, else -1 and -1. */
typedef struct {
  const double *rates; /* [patients][compartments][compartments] */
  int64_t states, compartments, many;
  const int32_t *place; /* of each entry in a person's rates; or -1 for nothing, -2 for one */
  const int32_t *first, *column, *diagonal; /* of rows; of entries; of rows */
  Product whole, rows;                      /* two matrices; the kept rows alone, and a matrix */
  int64_t kept;
  const int32_t *kept_state;
  const int32_t *neighbour; /* of each compartment the one before it, where modes can be looked for */
  int64_t kinds;
  const double *hours;
  const int32_t (*made_of)[2];
  int64_t patterns;
  const int32_t *pattern_first, *way; /* way[pattern_first[pattern]...] is a kind, or -1 for no time */
  const double *weight;               /* of the time after each way; where only ends are told */
  int64_t totals;
  const int32_t *total_first, *total_way; /* likewise, in any order */
  int64_t stretches;
  const int32_t *pattern, *across, *begins;
  int64_t before;                /* times before all that enters */
  const double *entering;        /* [segments][given][states], the next patient's `entering_apart` further */
  int64_t given, entering_apart; /* 1 and 0 where everybody gets the same */
  const int32_t *infused;        /* of each rate the compartment that it enters */
  int64_t times;
  int64_t told;     /* where the first kept state's course goes */
  const Ends *ends; /* [kept], where nothing else is told */
} Linear;

static int32_t tells(const Linear *p, int64_t stretch) {
  return p->pattern_first[p->pattern[stretch] + 1] - p->pattern_first[p->pattern[stretch]];
}

static void enter(const Linear *p, const Block *block, int64_t stretch, vec *now) {
  if (p->begins[stretch] < 0) return;
  const double *from = p->entering + p->begins[stretch] * p->given * p->states;
  for (int64_t state = 0; state < p->states; state++) {
    const vec value = gather(from + state, p->entering_apart, block);
    now[state] = state < p->compartments ? now[state] + value : value;
  }
}
