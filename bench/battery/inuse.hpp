// Tests of keys in the way that a splitter uses them: many key pairs (of consecutive seeds), few
// ids. Each test prints "group test chi2 df"; run.py turns these into p-values.
#pragma once

// Chi-square of counts against probabilities; neighbouring cells are pooled to at least kPooled.
constexpr double kPooled = 10;  // expected count from which chi-square holds well in the tails
void report(const std::string &test, const Words &counts, const std::vector<double> &probs) {
  double total = 0, chi2 = 0, seen = 0, expected = 0, left = 0;
  int cells = 0;
  for (u64 c : counts) total += double(c);
  for (double p : probs) left += p * total;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    seen += double(counts[i]);
    expected += probs[i] * total;
    left -= probs[i] * total;
    if (expected >= kPooled && (left >= kPooled || i + 1 == counts.size())) {
      chi2 += (seen - expected) * (seen - expected) / expected;
      ++cells;
      seen = expected = 0;
    } else if (i + 1 == counts.size() && expected > 0) {
      chi2 += (seen - expected) * (seen - expected) / expected;
      ++cells;
    }
  }
  if (cells > 1) std::printf("%s %.6g %d\n", test.c_str(), chi2, cells - 1);
}
void report(const std::string &test, const Words &counts) {
  report(test, counts, std::vector<double>(counts.size(), 1.0 / double(counts.size())));
}
std::vector<double> binomial(int n, double p) {
  std::vector<double> probs;
  for (int i = 0; i <= n; ++i)
    probs.push_back(std::exp(std::lgamma(n + 1.0) - std::lgamma(i + 1.0) -
                             std::lgamma(n - i + 1.0) + i * std::log(p) +
                             (n - i) * std::log1p(-p)));
  return probs;
}

// Two key streams that must look independent: order, correlation, joint leading bits, and the
// leading bits of difference and exclusive or (which show a constant offset at once).
void pair_tests(const std::string &name, const u64 *a, const u64 *b, std::size_t n) {
  Words order(2), joint(256), minus(1024), exor(1024);
  double corr = 0;
  for (std::size_t i = 0; i < n; ++i) {
    ++order[a[i] < b[i]];
    ++joint[(a[i] >> 60) << 4 | b[i] >> 60];
    ++minus[(b[i] - a[i]) >> 54];
    ++exor[(b[i] ^ a[i]) >> 54];
    corr += double(std::int64_t(a[i] ^ 1ull << 63)) * double(std::int64_t(b[i] ^ 1ull << 63));
  }
  report(name + ".order", order);
  report(name + ".joint", joint);
  report(name + ".minus", minus);
  report(name + ".xor", exor);
  const double z = corr * 3 * 0x1p-126 / std::sqrt(double(n));
  std::printf("%s.corr %.6g 1\n", name.c_str(), z * z);
}

// The keys of one id set: how many lie below p * 2^64, their rank permutation, the rank of the
// first id, the smallest gap. On a circle, P(smallest of n gaps > g) = (1 - n g)^(n - 1).
void set_tests(const Candidate &c, const std::string &name, const Words &ids, const Words &k0,
               const Words &k1, std::size_t reps) {
  const int n = int(ids.size());
  const double p[3] = {.1, .5, .7};
  Words key(n), below[3] = {Words(n + 1), Words(n + 1), Words(n + 1)}, rank(n), gaps(64), perms;
  int factorial = 1;
  for (int i = 2; i <= n && n <= 5; ++i) factorial *= i;
  perms.resize(factorial);
  const u64 limit[3] = {u64(std::ldexp(p[0], 64)), 1ull << 63, u64(std::ldexp(p[2], 64))};
  for (std::size_t r = 0; r < reps; ++r) {
    c.of_ids(k0[r], k1[r], ids.data(), key.data(), n);
    int count[3] = {0, 0, 0}, smaller = 0, perm = 0;
    for (u64 k : key) {
      for (int j = 0; j < 3; ++j) count[j] += k < limit[j];
      smaller += k < key[0];
    }
    for (int j = 0; j < 3; ++j) ++below[j][count[j]];
    ++rank[smaller];
    if (n <= 5) {
      for (int i = 0; i < n; ++i) {
        int less = 0;
        for (int j = i + 1; j < n; ++j) less += key[j] < key[i];
        perm = perm * (n - i) + less;
      }
      ++perms[perm];
    }
    if (n <= 64) {
      std::sort(key.begin(), key.end());
      u64 gap = key[0] - key[n - 1];
      for (int i = 1; i < n; ++i) gap = std::min(gap, key[i] - key[i - 1]);
      const double u = std::pow(std::max(0., 1 - n * std::ldexp(double(gap), -64)), n - 1);
      ++gaps[std::min(63, int(u * 64))];
    }
  }
  for (int j = 0; j < 3; ++j) report(name + ".below" + "157"[j], below[j], binomial(n, p[j]));
  report(name + ".rank", rank);
  if (n <= 5) report(name + ".perm", perms);
  if (n <= 64) report(name + ".gap", gaps);
}

struct KeyWords {  // of consecutive key pairs
  const u64 *first, *second;
};

// How many of n ids have both of their two keys in the lower half: Binomial(n, 1/4) if the keys are
// independent.
void overlap_test(const Candidate &c, const std::string &name, int n, KeyWords a, KeyWords b,
                  std::size_t reps) {
  Words x(n), y(n), both(n + 1), ids(n);
  for (int i = 0; i < n; ++i) ids[i] = i;
  for (std::size_t r = 0; r < reps; ++r) {
    c.of_ids(a.first[r], a.second[r], ids.data(), x.data(), n);
    c.of_ids(b.first[r], b.second[r], ids.data(), y.data(), n);
    int count = 0;
    for (int i = 0; i < n; ++i) count += (x[i] | y[i]) >> 63 == 0;
    ++both[count];
  }
  report(name + ".overlap", both, binomial(n, .25));
}

Words progression(u64 first, u64 step, int n) {
  Words ids;
  for (int i = 0; i < n; ++i) ids.push_back(first + step * i);
  return ids;
}

// The named id sets of n ids.
std::vector<std::pair<std::string, Words>> id_sets(int n) {
  std::vector<std::pair<std::string, Words>> sets;
  for (int k = 0; k <= 56; ++k)
    sets.push_back({"shl" + std::to_string(k), progression(0, 1ull << k, n)});
  for (u64 step : {3ull, 6ull, 1000ull, 1000003ull, 1000000000000ull, 0x9E3779B97F4A7C15ull,
                   0xffffffffull, 0x100000001ull, 0x8000000000000001ull,
                   0xC000000000000000ull >> 7})
    sets.push_back({"step" + std::to_string(step), progression(1, step, n)});
  for (u64 first : {0x7fffffffull, 0xfffffff0ull, 1ull << 52, ~0ull - 20})
    sets.push_back({"from" + std::to_string(first), progression(first, 1, n)});
  for (int k : {8, 16, 24, 32, 40, 48, 56}) {
    Words ids;
    for (int i = 0; i < n; ++i) ids.push_back(u64(i % 4) << k | u64(i / 4));
    sets.push_back({"shard" + std::to_string(k), ids});
  }
  Words light = {0};  // low Hamming weight, from either end
  for (int i = 0; i < 64; ++i) light.push_back(1ull << i);
  for (int i = 1; i < 64; ++i)
    for (int j = 0; j < i; ++j) light.push_back(1ull << i | 1ull << j);
  sets.push_back({"light", Words(light.begin(), light.begin() + n)});
  sets.push_back({"lightrev", Words(light.rbegin(), light.rbegin() + n)});
  return sets;
}

// One candidate and its key pairs, those of the seeds 0, 1, ...; each member runs a group of tests.
struct InUse {
  const Candidate &c;
  std::size_t pairs;  // key pairs
  std::size_t sets;   // key pairs for the id sets, which take longer
  Words k0 = Words(pairs + 1), k1 = Words(pairs + 1);

  InUse(const Candidate &c, std::size_t pairs)
      : c(c), pairs(pairs), sets(std::max(pairs >> 5, std::min<std::size_t>(pairs, 100000))) {
    for (std::size_t s = 0; s <= pairs; ++s) key_words(s, k0[s], k1[s]);
  }

  Words keys(u64 id) const {
    Words out(pairs);
    c.of_keys(k0.data(), k1.data(), id, out.data(), pairs);
    return out;
  }

  void two_ids() const {  // that differ in one bit, or by a step
    for (u64 base : {0ull, 123456789ull, 0x0123456789abcdefull}) {
      const Words a = keys(base);
      const std::string name = "pairs base" + std::to_string(base);
      for (int i = 0; i < 64; ++i) {
        const Words b = keys(base ^ 1ull << i);
        pair_tests(name + ".bit" + std::to_string(i), a.data(), b.data(), pairs);
      }
      for (u64 step : {3ull, 1000ull, 0xffffffffull, 0x9E3779B97F4A7C15ull, ~0ull,
                       0xC000000000000000ull}) {
        const Words b = keys(base + step);
        pair_tests(name + ".step" + std::to_string(step), a.data(), b.data(), pairs);
      }
    }
  }

  void planes() const {  // of four ids: second differences, by addition and by exclusive or
    const Words a = keys(0);
    for (int i = 0; i < 64; i += 3)
      for (int j : {1, 2, 8, 31}) {
        const u64 u = 1ull << i, v = 1ull << (i + j) % 64;
        const Words b = keys(u), d = keys(v), e = keys(u | v);
        Words sum(1024), exor(1024);
        for (std::size_t r = 0; r < pairs; ++r) {
          ++sum[(a[r] - b[r] - d[r] + e[r]) >> 54];
          ++exor[(a[r] ^ b[r] ^ d[r] ^ e[r]) >> 54];
        }
        const std::string bits = std::to_string(i) + ".bit" + std::to_string((i + j) % 64);
        report("planes bit" + bits + ".sum", sum);
        report("planes bit" + bits + ".xor", exor);
      }
  }

  void sets_of_ids() const {
    for (int n : {2, 3, 4, 5, 8, 16, 64, 256})
      for (const auto &[name, ids] : id_sets(n))
        set_tests(c, "sets " + name + ".n" + std::to_string(n), ids, k0, k1, sets);
  }

  void consecutive_seeds() const {  // the same ids under seeds s and s + 1
    Words a(pairs + 1);
    for (u64 id : {0ull, 1ull, 77ull, 1ull << 40}) {
      c.of_keys(k0.data(), k1.data(), id, a.data(), pairs + 1);
      pair_tests("seeds id" + std::to_string(id), a.data(), a.data() + 1, pairs);
    }
    for (int n : {8, 64, 256})
      overlap_test(c, "seeds n" + std::to_string(n), n, {k0.data(), k1.data()},
                   {k0.data() + 1, k1.data() + 1}, sets);
  }

  void related_keys() const {  // the same ids, one bit of one key word changed
    const u64 id = 77;
    const Words a = keys(id);
    Words b(pairs);
    for (int word = 0; word < 2; ++word)
      for (int i = 0; i < 64; ++i) {
        const std::string name = "related k" + std::to_string(word) + ".bit" + std::to_string(i);
        Words flipped = word ? k1 : k0;
        for (u64 &k : flipped) k ^= 1ull << i;
        const Words &f0 = word ? k0 : flipped, &f1 = word ? flipped : k1;
        c.of_keys(f0.data(), f1.data(), id, b.data(), pairs);
        pair_tests(name, a.data(), b.data(), pairs);
        for (int n : {16, 64})
          overlap_test(c, name + ".n" + std::to_string(n), n, {k0.data(), k1.data()},
                       {f0.data(), f1.data()}, sets);
      }
  }
};

void in_use(const Candidate &c, int log2_keys) {
  const InUse tests(c, std::size_t(1) << log2_keys);
  tests.two_ids();
  tests.planes();
  tests.sets_of_ids();
  tests.consecutive_seeds();
  tests.related_keys();
}
