// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/answer.hpp"

namespace graft::insight {
namespace {

using core::Json;

std::vector<std::string> texts(const Json& json, const char* key) {
    std::vector<std::string> found;
    for (const Json& each : json.value(key, Json::array())) {
        found.push_back(each.is_string() ? each.get<std::string>() : "");
    }
    return found;
}

std::string text(const Json& json, const char* key) {
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
}

}  // namespace

bool AnswerSchema::has_all_probabilities() const {
    constexpr std::size_t most_classes = 100;
    return classes.size() <= most_classes;
}

Json to_json(const std::vector<AnswerSchema>& answers) {
    Json list = Json::array();
    for (const AnswerSchema& answer : answers) {
        Json entry = {{"name", answer.name}, {"head", answer.head}, {"kind", answer.kind}};
        if (!answer.classes.empty()) {
            entry["classes"] = answer.classes;
        }
        if (!answer.unit.empty()) {
            entry["unit"] = answer.unit;
        }
        if (!answer.points.empty()) {
            entry["points"] = answer.points;
        }
        list.push_back(std::move(entry));
    }
    return list;
}

std::vector<AnswerSchema> answers_from_json(const Json& json) {
    std::vector<AnswerSchema> answers;
    for (const Json& entry : json.is_array() ? json : Json::array()) {
        if (entry.is_object()) {
            answers.push_back({text(entry, "name"), text(entry, "head"), text(entry, "kind"),
                               texts(entry, "classes"), text(entry, "unit"), texts(entry, "points")});
        }
    }
    return answers;
}

namespace column {

std::string truth(const AnswerSchema& answer) {
    return answer.name + ".truth";
}
std::string prediction(const AnswerSchema& answer) {
    return answer.name + ".prediction";
}
std::string probability(const AnswerSchema& answer) {
    return answer.name + ".probability";
}
std::string error(const AnswerSchema& answer) {
    return answer.name + ".error";
}
std::string loss(const std::string& head) {
    return head + ".loss";
}
std::string probability_of(const AnswerSchema& answer, std::size_t of_class) {
    return probability(answer) + "." + answer.classes[of_class];
}
std::string truth_of(const AnswerSchema& answer, std::size_t of_class) {
    return truth(answer) + "." + answer.classes[of_class];
}
std::string truth_of_point(const AnswerSchema& answer, std::size_t point, char axis) {
    return truth(answer) + "." + answer.points[point] + "." + axis;
}
std::string prediction_of_point(const AnswerSchema& answer, std::size_t point, char axis) {
    return prediction(answer) + "." + answer.points[point] + "." + axis;
}

}  // namespace column

}  // namespace graft::insight
