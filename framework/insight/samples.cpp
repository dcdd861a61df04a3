// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/samples.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace graft::insight {
namespace {

using Ranked = std::vector<std::pair<double, std::size_t>>;

/// How wrong an answer is, for an order of samples: less is better.
double rank_of(const Answered& answered, const Predictions& predictions, std::size_t sample) {
    if (answered.answer.kind != "category" || answered.truth[sample] < 0) {
        return answered.mistake(sample);
    }
    if (!answered.probabilities.empty()) {
        return -answered.probabilities[sample][static_cast<std::size_t>(answered.truth[sample])];
    }
    return answered.mistake(sample) + predictions.loss(sample) * 1e-6;
}

std::vector<std::size_t> first_of(Ranked ranked, std::size_t count) {
    std::stable_sort(ranked.begin(), ranked.end());
    std::vector<std::size_t> samples;
    for (std::size_t index = 0; index < std::min(count, ranked.size()); ++index) {
        samples.push_back(ranked[index].second);
    }
    return samples;
}

Picked pick(const Predictions& predictions, std::size_t index, std::size_t each) {
    const Answered& answered = predictions.answered[index];
    Ranked best;
    Ranked worst;
    Ranked uncertain;
    for (std::size_t sample = 0; sample < predictions.ids.size(); ++sample) {
        const double rank = rank_of(answered, predictions, sample);
        if (!std::isnan(rank)) {
            best.emplace_back(rank, sample);
            worst.emplace_back(-rank, sample);
        }
        if (answered.answer.kind == "category") {
            uncertain.emplace_back(answered.probability[sample], sample);
        }
    }
    return {index, first_of(worst, 2 * each), first_of(best, each), first_of(uncertain, each)};
}

/// Both sets of points over a picture: circles are true, crosses predicted.
std::string marks_of(const Answered& answered, std::size_t sample, const core::Json& picture) {
    const double width = picture.value("width", 0.0);
    const double height = picture.value("height", 0.0);
    const double size = 0.013 * std::max(width, height);
    std::string marks = fmt::format("<g stroke-width=\"{:.3g}\">", 0.5 * size);
    const Numbers& truth = answered.true_values[sample];
    const Numbers& predicted = answered.predicted_values[sample];
    for (std::size_t x = 0; x + 1 < truth.size(); x += 2) {
        if (!std::isnan(truth[x])) {
            marks += fmt::format("<circle class=\"truth-mark\" cx=\"{:.4g}\" cy=\"{:.4g}\" r=\"{:.3g}\"/>",
                                 truth[x], truth[x + 1], size);
        }
        marks += fmt::format(
            "<path class=\"prediction-mark\" d=\"M{0:.4g} {1:.4g}l{2:.3g} {2:.3g}m0 -{2:.3g}l-{2:.3g} "
            "{2:.3g}\"/>",
            predicted[x] - size, predicted[x + 1] - size, 2 * size);
    }
    return marks + "</g>";
}

}  // namespace

std::vector<Picked> pick_samples(const Predictions& predictions) {
    constexpr std::size_t most_pictures = 96;
    std::vector<std::size_t> judged;
    for (std::size_t index = 0; index < predictions.answered.size(); ++index) {
        if (predictions.answered[index].answer.kind != "labels") {
            judged.push_back(index);
        }
    }
    const std::size_t each =
        judged.empty() ? 0 : std::clamp<std::size_t>(most_pictures / (4 * judged.size()), 1, 8);
    std::vector<Picked> picked;
    for (const std::size_t index : judged) {
        if (picked.size() * 4 * each < most_pictures) {
            picked.push_back(pick(predictions, index, each));
        }
    }
    return picked;
}

std::vector<PickedByLoss> pick_by_loss(const Predictions& predictions) {
    constexpr std::size_t most_worst = 8;
    constexpr std::size_t most_best = 4;
    std::vector<PickedByLoss> picked;
    for (std::size_t head = 0; head < predictions.heads.size(); ++head) {
        Ranked best;
        Ranked worst;
        for (std::size_t sample = 0; sample < predictions.ids.size(); ++sample) {
            const double loss = predictions.losses[head][sample];
            if (!std::isnan(loss)) {
                best.emplace_back(loss, sample);
                worst.emplace_back(-loss, sample);
            }
        }
        if (!best.empty()) {
            picked.push_back(
                {predictions.heads[head], first_of(worst, most_worst), first_of(best, most_best)});
        }
    }
    return picked;
}

WantedSamples wanted_of(const std::vector<Picked>& picked, const Predictions& predictions) {
    WantedSamples wanted;
    std::set<std::string> seen;
    for (const Picked& each : picked) {
        const AnswerSchema& answer = predictions.answered[each.answered].answer;
        std::set<std::string> of_answer;
        std::vector<std::string> explained;
        for (const auto* samples : {&each.worst, &each.uncertain, &each.best}) {
            for (const std::size_t sample : *samples) {
                const std::string& id = predictions.ids[sample];
                if (seen.insert(id).second) {
                    wanted.pictures.push_back(id);
                }
                if (of_answer.insert(id).second) {
                    explained.push_back(id);
                }
            }
        }
        if (answer.kind == "category" || answer.kind == "scalar") {
            wanted.explained.emplace_back(answer.name, std::move(explained));
        }
    }
    for (const PickedByLoss& each : pick_by_loss(predictions)) {
        std::vector<std::string> ids;
        for (const auto* samples : {&each.worst, &each.best}) {
            for (const std::size_t sample : *samples) {
                ids.push_back(predictions.ids[sample]);
            }
        }
        std::sort(ids.begin(), ids.end());
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        wanted.drawn.emplace_back(each.head, std::move(ids));
    }
    return wanted;
}

std::string words_of(const Answered& answered, std::size_t sample) {
    const AnswerSchema& answer = answered.answer;
    const auto named = [&](int of_class) {
        return of_class < 0 ? std::string("unknown") : answer.classes[static_cast<std::size_t>(of_class)];
    };
    if (answer.kind == "category") {
        return fmt::format("truth {}, predicted {} ({:.2f})", named(answered.truth[sample]),
                           named(answered.predicted[sample]), answered.probability[sample]);
    }
    if (answer.kind == "scalar") {
        const double truth = answered.true_values[sample][0];
        return fmt::format(
            "truth {}, predicted {:.4g}{}", std::isnan(truth) ? "unknown" : fmt::format("{:.4g}", truth),
            answered.predicted_values[sample][0], answer.unit.empty() ? "" : " " + answer.unit);
    }
    return fmt::format("mean error {:.3g} pixels", answered.error.empty() ? 0.0 : answered.error[sample]);
}

void add_samples(Document& document, const std::vector<std::size_t>& samples, const Predictions& predictions,
                 std::size_t answered, const Illustration& illustration) {
    const Answered& of = predictions.answered[answered];
    std::string html;
    bool has_explanations = false;
    for (const std::size_t sample : samples) {
        const std::string& id = predictions.ids[sample];
        const bool wrong = of.answer.kind == "category" && of.mistake(sample) > 0;
        const double loss = predictions.loss(sample);
        const std::string explanation = explanation_html(document, illustration, of.answer.name, id);
        const auto picture = illustration.thumbnails.find(id);
        const std::string marks = of.answer.kind == "points" && picture != illustration.thumbnails.end()
                                      ? marks_of(of, sample, picture->second)
                                      : "";
        has_explanations = has_explanations || !explanation.empty();
        html += "<figure class=\"sample\"><div class=\"pictures\">" +
                picture_html(document, illustration.thumbnails, id, marks) + explanation +
                "</div><figcaption" + (wrong ? " class=\"bad\"" : "") + ">" + escaped(words_of(of, sample)) +
                "<br><span class=\"faint\">" + (std::isnan(loss) ? "" : fmt::format("loss {:.3g}, ", loss)) +
                escaped(id) + "</span></figcaption></figure>\n";
    }
    document.html(std::string("<div class=\"samples") + (has_explanations ? " wide" : "") + "\">\n" + html +
                  "</div>\n");
}

}  // namespace graft::insight
