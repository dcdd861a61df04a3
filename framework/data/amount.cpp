// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/amount.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include <fmt/format.h>

#include "core/hash.hpp"

namespace graft::data {
namespace {

std::int64_t size_of(const Subset& subset) {
    return static_cast<std::int64_t>(subset.indices.size());
}

/// The category whose classes keep their shares.
std::optional<std::size_t> stratifying(const pipeline::SplitRule& split,
                                       const std::vector<TargetSchema>& targets) {
    std::optional<std::size_t> chosen;
    for (std::size_t index = 0; index < targets.size(); ++index) {
        const bool is_category = targets[index].kind == TargetKind::category;
        if (is_category && (!chosen || targets[index].name == split.stratify)) {
            chosen = index;
        }
    }
    return chosen;
}

void keep(Subset& subset, std::int64_t wanted, std::uint64_t seed, std::optional<std::size_t> stratify,
          const std::vector<TargetSchema>& targets) {
    using Drawn = std::tuple<std::uint64_t, std::string, std::int64_t>;  ///< a hash, the id, the index
    std::map<std::int64_t, std::vector<Drawn>> classes;
    for (const std::int64_t index : subset.indices) {
        const std::string id = subset.dataset.id(index);
        const std::int64_t name = stratify ? class_of_sample(subset.dataset, index, targets, *stratify) : 0;
        classes[name].emplace_back(core::hash64("amount " + id, seed), id, index);
    }
    std::vector<std::int64_t> sizes;
    sizes.reserve(classes.size());
    for (const auto& [name, samples] : classes) {
        sizes.push_back(static_cast<std::int64_t>(samples.size()));
    }
    const std::vector<std::int64_t> shares = proportional_shares(sizes, wanted);
    subset.indices.clear();
    std::size_t place = 0;
    for (auto& [name, samples] : classes) {
        std::sort(samples.begin(), samples.end());
        samples.resize(static_cast<std::size_t>(shares[place++]));
        for (const Drawn& sample : samples) {
            subset.indices.push_back(std::get<2>(sample));
        }
    }
    std::sort(subset.indices.begin(), subset.indices.end());
}

}  // namespace

std::vector<std::int64_t> proportional_shares(const std::vector<std::int64_t>& sizes, std::int64_t total) {
    const std::int64_t whole = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
    if (total >= whole) {
        return sizes;
    }
    std::vector<std::int64_t> shares;
    std::vector<std::pair<double, std::size_t>> remainders;
    std::int64_t left = total;
    for (std::size_t part = 0; part < sizes.size(); ++part) {
        const double exact =
            static_cast<double>(total) * static_cast<double>(sizes[part]) / static_cast<double>(whole);
        shares.push_back(static_cast<std::int64_t>(std::floor(exact)));
        left -= shares.back();
        remainders.emplace_back(exact - std::floor(exact), part);
    }
    std::stable_sort(remainders.begin(), remainders.end(),
                     [](const auto& one, const auto& other) { return one.first > other.first; });
    for (std::size_t rank = 0; left > 0; ++rank, --left) {
        ++shares[remainders[rank].second];
    }
    // A part that would be empty takes from the largest share.
    for (std::size_t part = 0; part < shares.size(); ++part) {
        const auto largest = std::max_element(shares.begin(), shares.end());
        if (shares[part] == 0 && sizes[part] > 0 && *largest > 1) {
            --*largest;
            ++shares[part];
        }
    }
    return shares;
}

void limit_splits(Splits& splits, const pipeline::Data& data, std::uint64_t seed,
                  const std::vector<TargetSchema>& targets) {
    const std::vector<std::int64_t> sizes = {size_of(splits.train), size_of(splits.val)};
    std::vector<std::int64_t> wanted = sizes;
    if (data.limit > 0) {
        wanted = proportional_shares(sizes, data.limit);
        if (data.limit >= sizes[0] + sizes[1]) {
            splits.notes.push_back(fmt::format(
                "data.limit is {}, and there are {} samples for training and validation: nothing is left out",
                data.limit, sizes[0] + sizes[1]));
        }
    } else if (data.fraction < 1) {
        for (std::int64_t& size : wanted) {
            const auto part = std::llround(data.fraction * static_cast<double>(size));
            size = std::min<std::int64_t>(size, std::max<std::int64_t>(part, 1));
        }
    }
    const std::optional<std::size_t> stratify = stratifying(data.split, targets);
    for (const auto& [subset, size, count] :
         {std::tuple{&splits.train, sizes[0], wanted[0]}, {&splits.val, sizes[1], wanted[1]}}) {
        if (count < size) {
            keep(*subset, count, seed, stratify, targets);
        }
    }
}

}  // namespace graft::data
