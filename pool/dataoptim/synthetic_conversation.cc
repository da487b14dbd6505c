#include "pool/dataoptim/synthetic_conversation.h"

#include <algorithm>

#include "base/records/question.h"
#include "pool/dataoptim/synthetic_prompts.h"

namespace flywheel {

using Texts = std::span<const std::string_view>;

size_t SyntheticConversation::Room() const {
  const size_t fixed = layout_->text()->size() + SyntheticLayout::turn_bytes();
  return end_ > fixed ? end_ - fixed : 0;
}

std::span<const QuestionTemplate> SyntheticConversation::Templates(Topic topic) {
  switch (topic) {
    case Topic::kBooks:
      return BookQuestions();
    case Topic::kDocuments:
      return DocumentQuestions();
    case Topic::kCharts:
      return ChartQuestions();
    case Topic::kText:
      return SyntheticQuestions(kLastImageType);
    case Topic::kPictures:
      break;
  }
  return SyntheticQuestions(kFirstImageType + static_cast<int>(text_.Draw(kLastImageType)));
}

const SyntheticConversation::Qa& SyntheticConversation::DrawQa(Topic topic, AnswerForm form,
                                                               size_t room) {
  const Qa* best = nullptr;
  size_t best_distance = 0;
  for (Qa& draft : drafts_) {
    const QuestionTemplate& chosen = text_.PickQuestion(Templates(topic));
    draft.question.clear();
    draft.answer.clear();
    text_.Append(chosen.question, &draft.question);
    text_.Append(form == AnswerForm::kWords ? chosen.answer : chosen.sentence, &draft.answer);
    const size_t length = draft.question.size() + draft.answer.size();
    const size_t distance = length > room ? length - room : room - length;
    if (best != nullptr && distance >= best_distance) continue;
    best = &draft;
    best_distance = distance;
  }
  return *best;
}

void SyntheticConversation::Caption() {
  std::string* out = Turn();
  text_.Append("<image>\\n", out);
  text_.AppendOne(kCaptionPrompts, out);
  Turn();
  const size_t begin = out->size();
  text_.AppendOne(kCaptions, out);
  // A second half where the first one is short.
  if (end_ > out->size() + 20) {
    text_.Append(out->back() == '.' ? " With {s} {l}" : " with {s} {l}", out);
  }
  char& first = (*out)[begin];
  if (first >= 'a' && first <= 'z') first = static_cast<char>(first - 'a' + 'A');
}

void SyntheticConversation::ShortAnswer(Topic topic, AnswerForm form) {
  std::string* out = Turn();
  text_.Append("<image>\\n", out);
  const size_t fixed = kShortAnswer.size();
  const Qa& qa = DrawQa(topic, form, Room() > fixed ? Room() - fixed : 0);
  out->append(qa.question).append(kShortAnswer);
  Turn()->append(qa.answer);
}

void SyntheticConversation::Options() {
  std::string* out = Turn();
  const size_t fixed = 150;  // the instruction, three more options, the answer
  const Qa& qa = DrawQa(Topic::kPictures, AnswerForm::kWords, Room() > fixed ? Room() - fixed : 0);
  out->append("<image>\\nChoose the correct option for the following question: ")
      .append(qa.question);
  const uint32_t right = text_.Draw(4);
  for (uint32_t i = 0; i < 4; ++i) {
    out->append("\\n").push_back(static_cast<char>('A' + i));
    out->append(". ");
    if (i == right) {
      out->append(qa.answer);
    } else {
      text_.Append(i % 2 == 0 ? "{o}" : "{a} {o}", out);
    }
  }
  out->append("\\n");
  Turn()->append("The correct option is ").push_back(static_cast<char>('A' + right));
  out->push_back('.');
}

void SyntheticConversation::Science() {
  std::string* out = Turn();
  text_.Append("<image>\\nRead the context and choose the right answer.\\nQuestion: ", out);
  text_.AppendOne(kScienceQuestions, out);
  text_.Append("\\nOptions: (A) {m} (B) {u} (C) {a}\\nContext: ", out);
  text_.Fill(ReasoningSentences(), out->size() + Room() / 2, out);
  Turn();
  text_.Append("The answer is ({O}).", out);
  text_.Fill(ReasoningSentences(), end_, out);
}

void SyntheticConversation::AppendPhrase(std::string* out) { text_.AppendOne(kPhrases, out); }

void SyntheticConversation::PhraseToBox() {
  std::string* out = Turn();
  const std::string_view prompt = text_.PickText(kLocate);
  const size_t phrase = prompt.find("{P}");
  out->append(prompt.substr(0, phrase));
  AppendPhrase(out);
  // The box and its point follow.
  if (Room() > 50) text_.Append(" {r} the {o}", out);
  out->append(prompt.substr(phrase + 3));
  Turn();
  text_.AppendBox(out);
  out->push_back('.');
}

void SyntheticConversation::BoxToPhrase() {
  std::string* out = Turn();
  text_.AppendOne(kReferTo, out);
  Turn();
  AppendPhrase(out);
  if (end_ > out->size() + 10) text_.Append(" {r} the {a} {o}", out);
}

void SyntheticConversation::Shikra() {
  std::string* out = Turn();
  text_.Append("<image>\\n", out);
  text_.AppendOne(kBoxedQuestions, out);
  Turn();
  text_.Append("Two {s} [", out);
  text_.AppendCorners(out);
  out->push_back(';');
  text_.AppendCorners(out);
  text_.Append("] are {l}.", out);
  text_.Fill(kBoxedSentences, end_, out);
}

void SyntheticConversation::Paragraphs(std::span<const std::string_view> sentences) {
  std::string* out = layout_->text();
  constexpr size_t kParagraph = 420;
  text_.Fill(sentences, std::min(end_, out->size() + kParagraph), out);
  while (out->size() + kParagraph / 2 < end_) {
    out->append("\\n");
    text_.Fill(sentences, std::min(end_, out->size() + kParagraph), out);
  }
}

// Pairs of short turns, as many as there is room for.
void SyntheticConversation::Questions(ImagePlace place, std::string_view suffix) {
  constexpr size_t kPair = 2 * SyntheticLayout::turn_bytes() + 60;
  const AnswerForm form = suffix.empty() ? AnswerForm::kSentence : AnswerForm::kWords;
  bool first = true;
  do {
    const Qa& qa = DrawQa(Topic::kPictures, form, suffix.empty() ? 120 : 50);
    std::string* out = Turn();
    if (first && place == ImagePlace::kBefore) out->append("<image>\\n");
    out->append(qa.question).append(suffix);
    if (first && place == ImagePlace::kBehind) out->append("\\n<image>");
    Turn()->append(qa.answer);
    first = false;
  } while (layout_->text()->size() + kPair < end_);
}

void SyntheticConversation::Svit(SvitKind kind) {
  if (kind == SvitKind::kConversation) {
    constexpr size_t kSentenceOrTwo = 110;
    for (int pair = 0; pair < 4; ++pair) {
      const Qa& qa = DrawQa(Topic::kPictures, AnswerForm::kSentence, kSentenceOrTwo);
      std::string* out = Turn();
      if (pair == 0) out->append("<image>\\n");
      out->append(qa.question);
      Turn()->append(qa.answer);
      text_.Fill(DescribingSentences(), out->size() + kSentenceOrTwo, out);
    }
    return;
  }
  std::string* out = Turn();
  text_.Append("<image>\\n", out);
  if (kind == SvitKind::kDetail) {
    text_.AppendOne(kDetailPrompts, out);
    Turn();
    return Paragraphs(DescribingSentences());
  }
  const bool referring = kind == SvitKind::kReferring;
  text_.Append(text_.PickText(referring ? Texts(kBoxedQuestions) : Texts(kComplexPrompts)), out);
  Turn();
  text_.Fill(referring ? Texts(kBoxedSentences) : ReasoningSentences(),
             std::max(end_, out->size() + 60), out);
}

void SyntheticConversation::Llava() {
  const ImagePlace place = text_.Draw(2) == 0 ? ImagePlace::kBefore : ImagePlace::kBehind;
  const uint32_t kind = text_.Draw(158);  // 58,000 conversations, 23,000 details, 77,000 reasonings
  if (kind < 58) return Questions(place, "");
  std::string* out = Turn();
  if (place == ImagePlace::kBefore) out->append("<image>\\n");
  text_.Append(text_.PickText(kind < 81 ? Texts(kDetailPrompts) : Texts(kComplexPrompts)), out);
  if (place == ImagePlace::kBehind) out->append("\\n<image>");
  Turn();
  Paragraphs(kind < 81 ? DescribingSentences() : ReasoningSentences());
}

// Pairs about regions: a description of a box, or the box of a description.
void SyntheticConversation::Regions() {
  constexpr size_t kPair = 2 * SyntheticLayout::turn_bytes() + 110;
  bool first = true;
  do {
    std::string* out = Turn();
    if (first) out->append("<image>\\n");
    first = false;
    if (text_.Draw(2) == 0) {
      text_.Append("Please provide a short description for this region: {B}.", out);
      Turn();
      AppendPhrase(out);
      out->push_back('.');
    } else {
      text_.Append(
          "Please provide the bounding box coordinate of the region this sentence describes: ",
          out);
      AppendPhrase(out);
      out->push_back('.');
      Turn();
      text_.AppendBox(out);
    }
  } while (layout_->text()->size() + kPair < end_);
}

void SyntheticConversation::Talk() {
  constexpr size_t kAnswer = 500;
  do {
    std::string* out = Turn();
    text_.AppendOne(kTalkPrompts, out);
    Turn();
    text_.Fill(TalkingSentences(),
               std::max(out->size() + 60, std::min(end_, out->size() + kAnswer)), out);
  } while (layout_->text()->size() + 300 < end_);
}

void SyntheticConversation::Mix(MixSource source) {
  switch (source) {
    case MixSource::kCoco: {
      const uint32_t kind = text_.Draw(3);
      if (kind == 0) return Llava();
      if (kind == 1) return Regions();
      return Questions(ImagePlace::kBefore, kOneWord);
    }
    case MixSource::kVisualGenome:
      return Regions();
    case MixSource::kTextOnly:
      return Talk();
    case MixSource::kTextVqa:
      return LongCaption(
          "Provide a one-sentence caption for the provided image.\\nReference OCR "
          "token: {b}, {t}, {3}");
    case MixSource::kGqa:
    case MixSource::kBooks:
      return Questions(ImagePlace::kBefore, kOneWord);
  }
}

void SyntheticConversation::LongCaption(std::string_view instruction) {
  std::string* out = Turn();
  text_.Append("<image>\\n", out);
  text_.Append(instruction.empty() ? text_.PickText(kDetailPrompts) : instruction, out);
  Turn();
  text_.Append("In the center of the image, a {c} {o} {r} {w} is clearly visible.", out);
  Paragraphs(DescribingSentences());
}

}  // namespace flywheel
