// A multiple-choice question about an image and a model's answer to it: the lines of
// questions.jsonl and answers.jsonl. Formats of published benchmarks are read into these; they are
// not these.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flywheel {

// SEED-Bench's image types are 1 to 9.
inline constexpr int kFirstImageType = 1;
inline constexpr int kLastImageType = 9;

// "Scene Understanding" for 1 and so on, spelled as SEED-Bench.json does; "type 42" for others.
std::string QuestionTypeName(int type);

struct Question {
  std::string question_id;
  int question_type_id = 0;
  std::string question;
  std::vector<std::string> choices;  // at least 2
  int answer = 0;                    // index into choices
  // Name of the image: "scene:<digest>" for a rendered scene, else a path below data_root.
  std::string image;
  // Questions with the same group stay on one side of a split: the image and its near-copies.
  std::string group;

  bool operator==(const Question&) const = default;
};

// How a model ranked the choices of one question.
struct Answer {
  std::string question_id;
  int question_type_id = 0;
  std::string group;
  int answer = 0;  // the right choice
  int choice = 0;  // the model's: the first of the best scores
  // Per choice, the log-likelihood of its tokens: the mean a token or the sum, as `scoring` said.
  std::vector<double> scores;

  bool correct() const { return answer == choice; }
  bool operator==(const Answer&) const = default;
};

}  // namespace flywheel
