#include "workers/pretrain/model_card.h"

#include <fmt/format.h>

#include "base/records/question.h"

namespace flywheel::pretrain {

std::string FormatModelCard(const ModelCard& card) {
  std::string text = fmt::format(
      "# The tiny base model\n\n"
      "A LLaVA for the rendered world, in the Hugging Face layout: {} bytes of weights. It is good "
      "at some question\ntypes and at chance (25 %) on the others, which the loop then teaches it. "
      "Its vision tower was shown labels of\nthe whole world, its language side only scenes, "
      "shapes, "
      "attributes and short captions.\n\n"
      "| file | SHA-256 |\n|---|---|\n| model.safetensors | {} |\n| tokenizer.model | {} |\n\n",
      card.weights_bytes, card.weights_digest, card.tokenizer_digest);
  text += fmt::format(
      "## What it knows\n\n{} questions about scenes it has not seen, by option likelihood:\n\n"
      "| type | accuracy |\n|---|---|\n",
      card.exam_questions);
  for (const auto& [type, accuracy] : card.exam.by_type) {
    text += fmt::format("| {} {} | {:.1f} % |\n", type, QuestionTypeName(type), 100 * accuracy);
  }
  text += fmt::format("| all | {:.1f} % |\n\n", 100 * card.exam.accuracy);
  text += fmt::format(
      "## How it was made\n\n"
      "`scripts/make-base-model` makes it again from nothing but seeds (seed {}, {} threads); on "
      "the "
      "same kind of\nmachine with the same libraries the digests are the same.\n\n"
      "1. Tokenizer: byte-pair encoding with byte fallback, {} pieces, of the world's texts and "
      "COCO's category names.\n"
      "2. Vision tower: {} steps of {} images ({} scenes), dense labels at single patches, "
      "learning "
      "rate {}.\n",
      card.seed, card.threads, card.vocabulary, card.tower.steps, card.tower.batch_size,
      card.tower.samples, card.tower.learning_rate);
  text += fmt::format(
      "3. Projector and decoder: {} epochs ({} steps) of the base mixture in base_mixture.json ({} "
      "images, {} turns each),\n   the tower frozen, learning rate {}. Replay renders rows of this "
      "mixture again.\n\n",
      card.base_epochs, card.base_steps, card.mixture.images, card.mixture.turns_per_image,
      card.base_learning_rate);
  text +=
      "Accuracy of the tower's heads on scenes it was not trained on (the heads are not kept):\n\n";
  text += "| head | accuracy |\n|---|---|\n";
  for (size_t i = 0; i < card.heads.size(); ++i) {
    text += fmt::format("| {} | {:.2f} % |\n", card.heads[i].name, 100 * card.head_accuracy[i]);
  }
  return text;
}

}  // namespace flywheel::pretrain
