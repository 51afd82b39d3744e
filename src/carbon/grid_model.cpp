#include "carbon/grid_model.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "carbon/grid_features.h"

namespace carbontracker {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

constexpr std::array kBaselines{7, 14, 3};                             // days
constexpr std::array kPenalties{0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0};  // in hundredths of the rows' weight
constexpr std::int64_t kNear = 2;                                      // hours of the day beside the issue's that are learnt from too
constexpr double kNearFading = 3;                                      // hours
constexpr std::int64_t kFoldHours = 8 * 7 * 24;                        // held out together, so that neighbours in time do not judge each other
constexpr int kBlock = 12, kBlocks = kHorizon / kBlock;                // hours that share a penalty and a bias
constexpr Eigen::Index kPathDays = 365;                                // whose errors are kept whole
constexpr double kRecency = 120;                                       // days in which an error's weight in the interval halves

// The issues that are learnt from.
struct Rows {
  std::vector<std::size_t> issue;
  Vector weight;
  std::vector<Eigen::Index> exact;   // rows at the issue's own hour of the day: they judge
  std::vector<int> fold;             // of each row
  int folds = 0;
};

Rows rows_of(const HourlyLog& log) {
  Rows rows;
  std::vector<double> weights;
  const auto end = static_cast<std::int64_t>(log.log_g.size());
  for (std::int64_t i = kFourWeeks; i + kHorizon <= end; ++i) {
    const std::int64_t off = (end - i + 12) % 24 - 12;
    if (std::abs(off) > kNear) continue;
    if (off == 0) rows.exact.push_back(static_cast<Eigen::Index>(rows.issue.size()));
    rows.issue.push_back(static_cast<std::size_t>(i));
    weights.push_back(std::exp(-static_cast<double>(std::abs(off)) / kNearFading));
    rows.fold.push_back(static_cast<int>((i - static_cast<std::int64_t>(kFourWeeks)) / kFoldHours));
  }
  rows.weight = Eigen::Map<Vector>(weights.data(), static_cast<Eigen::Index>(weights.size()));
  // Of less than a fold's rows three parts are made, and a short last fold joins the one before.
  const auto per = static_cast<int>(rows.issue.size());
  rows.folds = std::max(3, rows.fold.empty() ? 3 : rows.fold.back());
  if (rows.fold.back() < 3)
    for (int r = 0; r < per; ++r) rows.fold[static_cast<std::size_t>(r)] = r * 3 / per;
  for (int& f : rows.fold) f = std::min(f, rows.folds - 1);
  return rows;
}

struct Problem {
  Matrix seen, base, target;         // features; baseline; what came, less the baseline
  double scale = 1;
};

double scale_of(const Matrix& seen) {
  double sum = 0;
  for (int j = 0; j < kScaledFeatures; ++j) {
    const double mean = seen.col(j).mean();
    sum += std::sqrt((seen.col(j).array() - mean).square().mean());
  }
  return std::max(sum / kScaledFeatures, 1e-6);
}

Problem problem_of(const HourlyLog& log, const Rows& rows, int days) {
  const auto count = static_cast<Eigen::Index>(rows.issue.size());
  Problem p{Matrix(count, kFeatures), Matrix(count, kHorizon), Matrix(count, kHorizon)};
  for (Eigen::Index r = 0; r < count; ++r) {
    const std::size_t issue = rows.issue[static_cast<std::size_t>(r)];
    const auto seen = features(log, issue, days);
    const auto base = baseline(log, issue, days);
    p.seen.row(r) = Eigen::Map<const Eigen::RowVectorXd>(seen.data(), kFeatures);
    p.base.row(r) = Eigen::Map<const Eigen::RowVectorXd>(base.data(), kHorizon);
    p.target.row(r) = Eigen::Map<const Eigen::RowVectorXd>(&log.log_g[issue], kHorizon) - p.base.row(r);
  }
  p.scale = scale_of(p.seen);
  p.seen.leftCols(kFeatures - 1) /= p.scale;
  return p;
}

// Sums of the normal equations of each fold.
struct Sums {
  std::vector<Matrix> gram, right;
  Matrix all_gram = Matrix::Zero(kFeatures, kFeatures), all_right = Matrix::Zero(kFeatures, kHorizon);
};

Sums sums_of(const Problem& p, const Rows& rows) {
  Sums sums;
  for (Eigen::Index at = 0, f = 0; f < rows.folds; ++f) {
    Eigen::Index end = at;
    while (end < p.seen.rows() && rows.fold[static_cast<std::size_t>(end)] == f) ++end;
    const auto seen = p.seen.middleRows(at, end - at);
    const Matrix weighted = rows.weight.segment(at, end - at).asDiagonal() * seen;
    sums.gram.push_back(weighted.transpose() * seen);
    sums.right.push_back(weighted.transpose() * p.target.middleRows(at, end - at));
    sums.all_gram += sums.gram.back();
    sums.all_right += sums.right.back();
    at = end;
  }
  return sums;
}

Matrix solve(Matrix gram, const Matrix& right, double penalty) {
  gram.diagonal().array() += penalty;
  return gram.llt().solve(right);
}

// Errors (what came less what was foretold, in logarithms) of the exact rows, each foretold without its fold.
Matrix held_out_errors(const Problem& p, const Rows& rows, const Sums& sums, double penalty) {
  std::vector<Matrix> weights;
  for (int f = 0; f < rows.folds; ++f) {
    const auto i = static_cast<std::size_t>(f);
    weights.push_back(solve(sums.all_gram - sums.gram[i], sums.all_right - sums.right[i], penalty));
  }
  Matrix errors(static_cast<Eigen::Index>(rows.exact.size()), kHorizon);
  for (Eigen::Index e = 0; e < errors.rows(); ++e) {
    const Eigen::Index r = rows.exact[static_cast<std::size_t>(e)];
    errors.row(e) = p.target.row(r) - p.seen.row(r) * weights[static_cast<std::size_t>(rows.fold[static_cast<std::size_t>(r)])];
  }
  return errors;
}

// The c that makes the mean of |c - q| / q least, q = came / foretold: the median of q weighted by 1 / q. Logarithms in and out.
double best_shift(std::vector<double> log_q) {
  std::sort(log_q.begin(), log_q.end());
  double total = 0, run = 0;
  for (double q : log_q) total += std::exp(-q);
  for (double q : log_q)
    if ((run += std::exp(-q)) >= total / 2) return q;
  return 0;
}

std::vector<double> block_of(const Matrix& errors, int block) {
  std::vector<double> out;
  for (Eigen::Index r = 0; r < errors.rows(); ++r)
    for (int k = 0; k < kBlock; ++k) out.push_back(errors(r, block * kBlock + k));
  return out;
}

double relative_error(const std::vector<double>& log_q, double shift) {
  double sum = 0;
  for (double q : log_q) sum += std::abs(std::exp(shift - q) - 1);
  return sum / static_cast<double>(log_q.size());
}

struct Fitted {
  Matrix weights, errors;
  double scale = 1;
};

// Each block of hours takes the penalty that foretells held-out days best, averaged with its neighbours.
Fitted fit_part(const HourlyLog& log, const Rows& rows, int days) {
  const Problem p = problem_of(log, rows, days);
  const Sums sums = sums_of(p, rows);
  std::vector<Matrix> errors, weights;
  for (double penalty : kPenalties) {
    const double scaled = penalty * rows.weight.sum() / 100;
    errors.push_back(held_out_errors(p, rows, sums, scaled));
    weights.push_back(solve(sums.all_gram, sums.all_right, scaled));
  }
  Fitted out{Matrix::Zero(kFeatures, kHorizon), Matrix::Zero(errors.front().rows(), kHorizon), p.scale};
  for (int b = 0; b < kBlocks; ++b) {
    std::vector<double> score;
    for (const Matrix& e : errors) {
      const auto q = block_of(e, b);
      score.push_back(relative_error(q, best_shift(q)));
    }
    const auto best = static_cast<std::size_t>(std::min_element(score.begin(), score.end()) - score.begin());
    const std::size_t from = best == 0 ? 0 : best - 1, to = std::min(best + 1, kPenalties.size() - 1);
    const double share = 1.0 / static_cast<double>(to - from + 1);
    for (std::size_t l = from; l <= to; ++l) {
      out.weights.middleCols(b * kBlock, kBlock) += share * weights[l].middleCols(b * kBlock, kBlock);
      out.errors.middleCols(b * kBlock, kBlock) += share * errors[l].middleCols(b * kBlock, kBlock);
    }
  }
  return out;
}

// Errors of an hour and its neighbours; recent ones count more.
std::vector<WeightedValue> errors_around(const Matrix& errors, int hour) {
  std::vector<WeightedValue> out;
  for (Eigen::Index r = 0; r < errors.rows(); ++r) {
    const double weight = std::exp2(-static_cast<double>(errors.rows() - 1 - r) / kRecency);
    for (int k = std::max(0, hour - 1); k <= std::min(kHorizon - 1, hour + 1); ++k) out.push_back({errors(r, k), weight});
  }
  return out;
}

// The share of past errors that an end of the interval leaves on its inner side: 95 % of those to come lie within the one of (n + 1) / n times that share
// of n past ones (the rule of conformal prediction). Forecasts of the d-th day ahead overlap those of d days, so that only one in d of them is new.
double outer_share(Eigen::Index rows, int hour) {
  double sum = 0, squares = 0;
  for (Eigen::Index age = 0; age < rows; ++age) {
    const double weight = std::exp2(-static_cast<double>(age) / kRecency);
    sum += weight, squares += weight * weight;
  }
  const int day = 1 + hour / 24;
  const double told_apart = sum * sum / squares / day;
  return std::min(0.95 * (1 + 1 / told_apart), 0.995);
}

std::vector<ErrorPath> paths_of(const Matrix& errors, const std::array<double, kHorizon>& shift) {
  std::vector<ErrorPath> out;
  for (Eigen::Index r = std::max<Eigen::Index>(0, errors.rows() - kPathDays); r < errors.rows(); ++r) {
    ErrorPath path{std::exp2(-static_cast<double>(errors.rows() - 1 - r) / kRecency), std::vector<float>(kHorizon)};
    for (int k = 0; k < kHorizon; ++k) path.factor[static_cast<std::size_t>(k)] = static_cast<float>(std::exp(errors(r, k) - shift[static_cast<std::size_t>(k)]));
    out.push_back(std::move(path));
  }
  return out;
}

}  // namespace

std::optional<GridModel> GridModel::fit(const HourlyLog& log) {
  if (log.log_g.size() < kLeastHours) return std::nullopt;
  const Rows rows = rows_of(log);
  GridModel model;
  Matrix errors = Matrix::Zero(static_cast<Eigen::Index>(rows.exact.size()), kHorizon);
  for (int days : kBaselines) {
    const Fitted part = fit_part(log, rows, days);
    errors += part.errors / static_cast<double>(kBaselines.size());
    model.parts_.push_back({days, part.scale, {part.weights.data(), part.weights.data() + part.weights.size()}});
  }
  for (int b = 0; b < kBlocks; ++b) std::fill_n(model.shift_.begin() + b * kBlock, kBlock, best_shift(block_of(errors, b)));
  for (int k = 0; k < kHorizon; ++k) {
    auto around = errors_around(errors, k);
    const auto at = static_cast<std::size_t>(k);
    const double share = outer_share(errors.rows(), k);
    model.low_[at] = weighted_quantile(around, 1 - share);
    model.high_[at] = weighted_quantile(around, share);
  }
  model.errors_ = paths_of(errors, model.shift_);
  return model;
}

std::array<LogHour, kHorizon> GridModel::forecast(const HourlyLog& log, std::size_t issue) const {
  std::array<double, kHorizon> middle{};
  for (const Part& part : parts_) {
    auto seen = features(log, issue, part.days);
    for (int j = 0; j + 1 < kFeatures; ++j) seen[static_cast<std::size_t>(j)] /= part.scale;
    const auto base = baseline(log, issue, part.days);
    const Eigen::Map<const Matrix> weights(part.weights.data(), kFeatures, kHorizon);
    const Eigen::RowVectorXd change = Eigen::Map<const Eigen::RowVectorXd>(seen.data(), kFeatures) * weights;
    for (std::size_t k = 0; k < middle.size(); ++k)
      middle[k] += (base[k] + change(static_cast<Eigen::Index>(k))) / static_cast<double>(parts_.size());
  }
  std::array<LogHour, kHorizon> out{};
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = {middle[k] + shift_[k], middle[k] + low_[k], middle[k] + high_[k]};
  return out;
}

}  // namespace carbontracker
