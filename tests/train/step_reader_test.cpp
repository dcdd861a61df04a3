// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/step_reader.hpp"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "toys.hpp"

namespace graft::test {
namespace {

using Sizes = std::vector<std::int64_t>;

/// Batches of these sizes, their samples numbered through; as the loader, empty ones are passed over.
train::FetchBatch source_of(const Sizes& sizes, std::int64_t first = 0) {
    return [sizes, next = first]() mutable {
        while (next < static_cast<std::int64_t>(sizes.size()) && sizes[static_cast<std::size_t>(next)] == 0) {
            ++next;
        }
        train::Fetched fetched;
        if (next < static_cast<std::int64_t>(sizes.size())) {
            const std::int64_t size = sizes[static_cast<std::size_t>(next)];
            fetched.batch = std::make_unique<data::Batch>();
            fetched.batch->images = at::full({size, 1, 1, 3}, next, at::kByte);
            fetched.batch->targets = {{at::full({size}, next, at::kLong), at::ones({size}, at::kBool)}};
            fetched.batch->ids.assign(static_cast<std::size_t>(size), std::to_string(next));
            fetched.batch->motions.resize(static_cast<std::size_t>(size));
            fetched.batch->motions.back().original.height = next;
            ++next;
        }
        fetched.position = next;
        return fetched;
    };
}

/// As many steps as batches of these sizes make where all can be read, each with a single one at its end.
train::StepRange planned(const Sizes& sizes, std::int64_t batches_a_step) {
    const auto batches = static_cast<std::int64_t>(sizes.size());
    return {0, (batches + batches_a_step - 1) / batches_a_step};
}

/// "4+4 | 5" for two steps, the first of two parts; "-" for a step without one.
std::string steps(const Sizes& sizes, std::int64_t batches_a_step, std::int64_t all, bool join = true) {
    train::StepReader reader(source_of(sizes), batches_a_step, join, {0, all});
    std::string text;
    while (const auto step = reader.next()) {
        text += text.empty() ? "" : " | ";
        for (std::size_t part = 0; part < step->parts.size(); ++part) {
            text += (part == 0 ? "" : "+") + std::to_string(step->parts[part]->images.size(0));
        }
        text += step->parts.empty() ? "-" : "";
    }
    return text;
}

}  // namespace

TEST_CASE("batches become steps, and a single sample joins the batch before it") {
    CHECK(steps({4, 4, 4}, 1, 3) == "4 | 4 | 4");
    CHECK(steps({4, 4, 1}, 1, 2) == "4 | 5");
    CHECK(steps({1}, 1, 1) == "1");
    CHECK(steps({4, 4, 4, 4, 3}, 2, 3) == "4+4 | 4+4 | 3");
    CHECK(steps({4, 4, 4, 4, 1}, 2, 2) == "4+4 | 4+5");
    CHECK(steps({4, 4, 4, 1}, 2, 2) == "4+4 | 5");
    CHECK(steps({1, 1, 1}, 1, 3, false) == "1 | 1 | 1");
    CHECK(steps({}, 1, 0) == "");
}

TEST_CASE("pictures that cannot be read change no step's number") {
    CHECK(steps({4, 1, 1, 4}, 1, 4) == "6 | - | - | 4");
    CHECK(steps({1, 4, 4}, 1, 3) == "5 | - | 4");
    CHECK(steps({4, 0, 1, 0, 4}, 1, 5) == "5 | - | - | - | 4");
    CHECK(steps({0, 0, 4, 4}, 2, 2) == "- | 4+4");
    CHECK(steps({4, 0, 4, 4}, 2, 2) == "4 | 4+4");
    CHECK(steps({4, 4, 0, 0}, 2, 2) == "4+4 | -");
    CHECK(steps({0, 0, 0}, 1, 3) == "- | - | -");
}

TEST_CASE("a joined batch keeps every sample's pixels, targets and id together") {
    train::StepReader reader(source_of({2, 1}), 1, true, {0, 1});
    const train::StepBatches step = reader.next().value();
    REQUIRE(step.parts.size() == 1);
    const data::Batch& batch = *step.parts.front();
    CHECK(step.samples() == 3);
    CHECK(step.ids() == std::vector<std::string>{"0", "0", "1"});
    CHECK(batch.images[2].max().item<int>() == 1);
    CHECK(at::equal(batch.targets[0].values, at::tensor({0, 0, 1}, at::kLong)));
    CHECK(batch.targets[0].present.all().item<bool>());
    REQUIRE(batch.motions.size() == 3);
    CHECK(batch.motions[2].original.height == 1);
}

TEST_CASE("an epoch that goes on at any step's end has the same steps") {
    for (const std::int64_t batches_a_step : {1, 2, 3}) {
        const Sizes sizes{3, 1, 4, 0, 0, 1, 4, 4, 0, 2, 1, 1, 4, 1};
        const train::StepRange range = planned(sizes, batches_a_step);
        train::StepReader whole(source_of(sizes), batches_a_step, true, range);
        std::int64_t position = 0;
        for (std::int64_t taken = 1; const auto step = whole.next(); ++taken) {
            position = step->parts.empty() ? position : step->position;
            train::StepReader resumed(source_of(sizes, position), batches_a_step, true, {taken, range.all});
            train::StepReader again(source_of(sizes), batches_a_step, true, range);
            for (std::int64_t passed = 0; passed < taken; ++passed) {
                again.next();
            }
            while (const auto expected = again.next()) {
                const auto found = resumed.next();
                REQUIRE(found.has_value());
                CHECK(found->ids() == expected->ids());
            }
            CHECK(!resumed.next());
        }
    }
}

TEST_CASE("the number of steps planned is the number that come") {
    for (const std::int64_t samples : {1, 2, 7, 8, 9, 16, 17, 33}) {
        for (const std::int64_t batch : {1, 2, 4, 8}) {
            for (const std::int64_t batches_a_step : {1, 2, 3}) {
                Sizes sizes;
                for (std::int64_t left = samples; left > 0; left -= batch) {
                    sizes.push_back(std::min(left, batch));
                }
                const std::int64_t planned = train::steps_per_epoch(samples, batch, batches_a_step);
                train::StepReader reader(source_of(sizes), batches_a_step, batch > 1, {0, planned});
                std::int64_t count = 0;
                std::int64_t seen = 0;
                while (const auto step = reader.next()) {
                    count += step->parts.empty() ? 0 : 1;
                    seen += step->samples();
                }
                CAPTURE(samples);
                CAPTURE(batch);
                CAPTURE(batches_a_step);
                CHECK(planned == count);
                CHECK(seen == samples);
            }
        }
    }
}

}  // namespace graft::test
