/* What this machine gives at the most, for the roofline: cc -O3 -march=native -pthread ceilings.c -o ceilings && ./ceilings THREADS [FILE]
 * Fused multiply-adds in registers, float64 and float32; a sum over 512 MiB in memory; FILE read from the page cache into 4 MiB buffers.
 * Each with THREADS threads at once and the best of several goes; prints operations and bytes a second of all threads together.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__AVX512F__)
#define VECTOR 64
#elif defined(__AVX__)
#define VECTOR 32
#else
#define VECTOR 16
#endif
#define CHAINS 12 /* latency of 4 cycles, two units, and a few more */
#define FLOP_LOOPS 20000000L
#define STREAM_BYTES (512L << 20)
#define CHUNK (4L << 20)
#define GOES 4
#define MOST_THREADS 256

typedef double doubles __attribute__((vector_size(VECTOR)));
typedef float floats __attribute__((vector_size(VECTOR)));

struct share {
  char *memory;
  long bytes;
  const char *path;
  long offset;
  double sink;
};
typedef void *(*work)(void *);

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Chains of x = x a + b that tend to b / (1 - a). */
#define DEFINE_FLOPS(name, type)                                                                   \
  static void *name(void *given) {                                                                 \
    struct share *share = given;                                                                   \
    type x[CHAINS], a = (type){} + 0.5f, b = (type){} + 0.25f, sum = (type){};                     \
    for (int c = 0; c < CHAINS; c++) x[c] = (type){} + (float)c;                                   \
    for (long i = 0; i < FLOP_LOOPS; i++) {                                                        \
      _Pragma("GCC unroll 12") for (int c = 0; c < CHAINS; c++) x[c] = x[c] * a + b;               \
      __asm__ volatile("" : "+r"(i)); /* or a compiler that finds the limit has nothing to do */   \
    }                                                                                              \
    for (int c = 0; c < CHAINS; c++) sum += x[c];                                                  \
    share->sink = sum[0];                                                                          \
    return NULL;                                                                                   \
  }
DEFINE_FLOPS(multiply_add_f64, doubles)
DEFINE_FLOPS(multiply_add_f32, floats)

static void *stream(void *given) {
  struct share *share = given;
  const doubles *rows = (const doubles *)share->memory;
  doubles sums[8];
  memset(sums, 0, sizeof sums);
  for (long i = 0; i + 8 <= share->bytes / VECTOR; i += 8)
    for (int c = 0; c < 8; c++) sums[c] += rows[i + c];
  for (int c = 0; c < 8; c++) share->sink += sums[c][0];
  return NULL;
}

static void *cached_read(void *given) {
  struct share *share = given;
  int file = open(share->path, O_RDONLY);
  for (long at = 0; file >= 0 && at < share->bytes;) {
    long left = share->bytes - at;
    ssize_t got = pread(file, share->memory, left < CHUNK ? left : CHUNK, share->offset + at);
    if (got <= 0) break;
    at += got;
  }
  if (file >= 0) close(file);
  return NULL;
}

/* Seconds of the best of some goes. */
static double best(work run, struct share *shares, int threads) {
  pthread_t ids[MOST_THREADS];
  double least = 1e300;
  for (int go = 0; go < GOES; go++) {
    double start = now();
    for (int t = 0; t < threads; t++) pthread_create(&ids[t], NULL, run, &shares[t]);
    for (int t = 0; t < threads; t++) pthread_join(ids[t], NULL);
    double seconds = now() - start;
    if (seconds < least) least = seconds;
  }
  return least;
}

int main(int count, char **words) {
  int threads = count > 1 ? atoi(words[1]) : 1;
  const char *path = count > 2 ? words[2] : NULL;
  if (threads < 1 || threads > MOST_THREADS) return 2;
  struct share shares[MOST_THREADS];
  memset(shares, 0, sizeof shares);
  long bytes = STREAM_BYTES / threads / CHUNK * CHUNK;
  if (bytes < CHUNK) bytes = CHUNK;
  for (int t = 0; t < threads; t++) {
    if (posix_memalign((void **)&shares[t].memory, 4096, bytes)) return 1;
    memset(shares[t].memory, 0, bytes);
    shares[t].bytes = bytes;
  }
  double operations = 2.0 * CHAINS * FLOP_LOOPS * threads;
  printf("{\"by\": \"cc\", \"threads\": %d, \"vectorBytes\": %d", threads, VECTOR);
  printf(", \"f64Flops\": %.4g", operations * (VECTOR / 8) / best(multiply_add_f64, shares, threads));
  printf(", \"f32Flops\": %.4g", operations * (VECTOR / 4) / best(multiply_add_f32, shares, threads));
  printf(", \"streamBytes\": %.4g", (double)bytes * threads / best(stream, shares, threads));
  int file = path ? open(path, O_RDONLY) : -1;
  if (file >= 0) {
    long part = lseek(file, 0, SEEK_END) / threads;
    close(file);
    for (int t = 0; t < threads; t++) {
      shares[t].path = path;
      shares[t].offset = part * t;
      shares[t].bytes = part;
    }
    printf(", \"readBytes\": %.4g", (double)part * threads / best(cached_read, shares, threads));
  }
  printf("}\n");
  return 0;
}
