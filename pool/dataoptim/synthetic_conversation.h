// The conversations of the synthetic pool by the shape of their data sets, each about as long as it
// should be. A part of synthetic_records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pool/dataoptim/synthetic_layout.h"
#include "pool/dataoptim/synthetic_names.h"
#include "pool/dataoptim/synthetic_text.h"

namespace flywheel {

// What a data set asks about.
enum class Topic { kPictures, kText, kBooks, kDocuments, kCharts };
// How it answers.
enum class AnswerForm { kWords, kSentence };

// Where the image stands in a first question: "<image>\n" before it, or behind it.
enum class ImagePlace { kBefore, kBehind };

// Writes the turns of one record after another; the layout is open, and closed by the caller.
class SyntheticConversation {
 public:
  explicit SyntheticConversation(uint64_t seed) : text_(seed) {}

  SyntheticText& text() { return text_; }

  // A record's turns are written to `layout` until about `end` of its text.
  void Begin(SyntheticLayout* layout, size_t end) {
    layout_ = layout;
    end_ = end;
  }

  void Caption();
  void ShortAnswer(Topic topic, AnswerForm form);
  void Options();
  void Science();
  void PhraseToBox();
  void BoxToPhrase();
  void Shikra();
  void Svit(SvitKind kind);
  void Llava();
  void Mix(MixSource source);
  void LongCaption(std::string_view instruction);

 private:
  struct Qa {
    std::string question;
    std::string answer;
  };
  // Of three draws the one whose length is nearest to `room`.
  const Qa& DrawQa(Topic topic, AnswerForm form, size_t room);
  std::span<const QuestionTemplate> Templates(Topic topic);
  std::string* Turn() {
    layout_->BeginTurn();
    return layout_->text();
  }
  // Characters that are left for the texts of one more turn.
  size_t Room() const;
  void Paragraphs(std::span<const std::string_view> sentences);
  void Questions(ImagePlace place, std::string_view suffix);
  void Regions();
  void Talk();
  void AppendPhrase(std::string* out);

  SyntheticText text_;
  SyntheticLayout* layout_ = nullptr;
  size_t end_ = 0;
  Qa drafts_[3];
};

}  // namespace flywheel
