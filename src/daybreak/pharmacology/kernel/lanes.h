/* Several people in one register, and what is done to all of them at once. */

#include <float.h>
#include <math.h>
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
#define LONGEST_STRETCH 24

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

static inline vec absolute(vec x) { return either(x < all(0.0), -x, x); }

static inline vec root(vec x) {
  vec r;
  for (int lane = 0; lane < LANES; lane++) r[lane] = sqrt(x[lane]);
  return r;
}

static inline int any(ints chosen) {
  int64_t some = 0;
  for (int lane = 0; lane < LANES; lane++) some |= chosen[lane];
  return some != 0;
}

/* The number at `from` of each of these patients, `apart` numbers from one to the next. */
static inline vec gather(const double *from, int64_t apart, const Block *block) {
  vec r;
  for (int lane = 0; lane < LANES; lane++) r[lane] = from[block->who[lane] * apart];
  return r;
}

/* So many values of each lane's patient, one patient after the other, become as many lanes after each other; or back. */
static inline void turn(vec v[LANES]) {
#if LANES == 4 && (defined(__clang__) || __GNUC__ >= 12)
  const vec a = __builtin_shufflevector(v[0], v[1], 0, 4, 2, 6), b = __builtin_shufflevector(v[0], v[1], 1, 5, 3, 7);
  const vec c = __builtin_shufflevector(v[2], v[3], 0, 4, 2, 6), d = __builtin_shufflevector(v[2], v[3], 1, 5, 3, 7);
  v[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
  v[1] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
  v[2] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
  v[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
#else
  for (int row = 0; row < LANES; row++)
    for (int lane = 0; lane < row; lane++) {
      const double there = v[lane][row];
      v[lane][row] = v[row][lane];
      v[row][lane] = there;
    }
#endif
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

/* The natural logarithm to rounding, of what is above zero and no subnormal: the exponent, and a series in
 * f / (2 + f) of what is left, between the roots of 1/2 and 2. Coefficients of FreeBSD's e_log.c. */
static inline vec logarithm(vec x) {
  const vec magic = all(6755399441055744.0);
  const ints shifted = (ints)x + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
  const ints exponent = (shifted >> 52) - 1023;
  const vec whole = (vec)((ints)magic + exponent) - magic;
  const vec f = (vec)((shifted & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd) - all(1.0);
  const vec s = f / (f + 2.0), z = s * s, half = f * f * 0.5;
  static const double term[] = {1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01,
                                2.222219843214978396e-01, 2.857142874366239149e-01, 3.999999999940941908e-01,
                                6.666666666666735130e-01};
  vec found = all(term[0]);
  for (int place = 1; place < 7; place++) found = found * z + all(term[place]);
  return whole * 6.93147180369123816490e-01 - ((half - (s * (half + z * found) + whole * 1.90821492927058770002e-10)) - f);
}
