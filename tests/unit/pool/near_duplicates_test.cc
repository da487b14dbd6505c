#include "pool/text/near_duplicates.h"

#include <xxhash.h>

#include <bit>
#include <catch2/catch.hpp>
#include <string>

#include "base/rng.h"
#include "pool/text/text_signature.h"

namespace flywheel {
namespace {

uint64_t Signature(std::vector<std::string_view> turns) { return TextSignature().Of(turns); }

int Distance(uint64_t one, uint64_t other) { return std::popcount(one ^ other); }

std::vector<std::string> RandomWords(Rng* rng, int count) {
  std::vector<std::string> words;
  for (int n = 0; n < count; ++n) words.push_back("word" + std::to_string(rng->Below(5000)));
  return words;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

TEST_CASE("Case, punctuation, blanks and <image> do not count") {
  const uint64_t plain = Signature({"what is the dog doing there", "it is running"});
  CHECK(Signature({"<image>\nWhat IS the dog... doing, there?!", "It is  running."}) == plain);
  CHECK(Signature({"What is the dog doing there?\n<image>", "It is running"}) == plain);
  CHECK(Signature({"what is the dog doing there it is running"}) == plain);
  CHECK(Signature({"what is the cat doing there", "it is running"}) != plain);
}

TEST_CASE("A bit is set when more of the 3-grams' hashes have it than not") {
  const std::vector<std::string> shingles = {"is that a", "that a dog", "a dog yes", "dog yes it",
                                             "yes it is"};
  uint64_t expected = 0;
  for (int bit = 0; bit < 64; ++bit) {
    int balance = 0;
    for (const std::string& one : shingles) {
      balance += XXH3_64bits(one.data(), one.size()) >> bit & 1 ? 1 : -1;
    }
    if (balance > 0) expected |= uint64_t{1} << bit;
  }
  CHECK(Signature({"<image>\nIs that a dog?", "Yes, it is."}) == expected);
}

TEST_CASE("Short texts have signatures of their own, empty ones have none") {
  CHECK(Signature({}) == 0);
  CHECK(Signature({"", " ?! ", "<image>\n"}) == 0);
  CHECK(Signature({"yes"}) != 0);
  CHECK(Signature({"yes"}) != Signature({"no"}));
  CHECK(Signature({"yes", "no"}) != Signature({"no", "yes"}));
  CHECK(Signature({"yes no"}) == Signature({"yes", "no"}));
}

TEST_CASE("A text that is repeated keeps its signature's bits") {
  // Every feature of "a b c a b c" weighs more; the majority of one feature is the feature.
  CHECK(Signature({"a b c"}) == Signature({"A, b: c!"}));
  CHECK(Signature({"a a a"}) == Signature({"a a a a a a a a"}));  // one 3-gram, once and six times
}

TEST_CASE("One word changed in a long text moves few bits, another text about half") {
  Rng rng(7);
  double near = 0, far = 0;
  constexpr int kTexts = 50;
  for (int text = 0; text < kTexts; ++text) {
    std::vector<std::string> words = RandomWords(&rng, 200);
    const uint64_t before = Signature({Joined(words)});
    words[100] = "changed";
    near += Distance(before, Signature({Joined(words)}));
    far += Distance(before, Signature({Joined(RandomWords(&rng, 200))}));
  }
  CHECK(near / kTexts < 8);
  CHECK(far / kTexts == Approx(32).margin(3));
}

TEST_CASE("One object gives the same signatures as many") {
  TextSignature signature;
  const std::vector<std::string_view> longer = {"a b c d e f", "g"}, shorter = {"a b"};
  const uint64_t first = signature.Of(longer);
  CHECK(signature.Of(shorter) == Signature({"a b"}));
  CHECK(signature.Of(longer) == first);
}

TEST_CASE("Text beyond the limit is not read") {
  const std::string same(kMostSignedBytes + 10, 'a');
  CHECK(Signature({same + " one"}) == Signature({same + " another"}));
}

TEST_CASE("The same COCO picture has one key in all its folders and years") {
  const uint64_t key = ImageKey("coco/train2017/000000123456.jpg");
  CHECK(ImageKey("COCO_train2014_000000123456.jpg") == key);
  CHECK(ImageKey("coco/COCO_val2014_000000123456.jpg") == key);
  CHECK(ImageKey("val2017/000000123456.png") == key);
  CHECK(ImageKey("./images/coco/000000123456.jpg") == key);
  CHECK(ImageKey("coco/train2017/000000123457.jpg") != key);
  CHECK(ImageKey("other/000000123456.jpg") != key);
  CHECK(ImageKey("visual_genome/123456.jpg") != key);
  CHECK(ImageKey("COCO_train2014_00000012345x.jpg") != key);
}

TEST_CASE("The same Visual Genome picture has one key in all its folders") {
  const uint64_t key = ImageKey("vg/VG_100K/2327022.jpg");
  CHECK(ImageKey("vg/VG_100K_2/2327022.jpg") == key);
  CHECK(ImageKey("VG_100K/2327022.jpg") == key);
  CHECK(ImageKey("visual_genome/2327022.jpg") == key);
  CHECK(ImageKey("gqa/images/2327022.jpg") == key);
  CHECK(ImageKey("visual_genome/2327023.jpg") != key);
  CHECK(ImageKey("ocr_vqa/2327022.jpg") != key);
  CHECK(ImageKey("gqa/images/n2327022.jpg") != key);
}

TEST_CASE("Other pictures are their paths, and no picture is 0") {
  CHECK(ImageKey("") == 0);
  CHECK(ImageKey("./") == 0);
  CHECK(ImageKey("scienceqa/1/image.png") != ImageKey("scienceqa/2/image.png"));
  CHECK(ImageKey("./a/b.jpg") == ImageKey("a/b.jpg"));
  CHECK(ImageKey("a/b.jpg") != 0);
  CHECK(ImageKey("visual_genome/99999999999999999999999.jpg") != 0);
}

TEST_CASE("A near-duplicate is near and on the same picture") {
  NearDuplicates seen = *NearDuplicates::Create(3);
  CHECK(seen.Accept(1, 0b0000));
  CHECK_FALSE(seen.Accept(1, 0b0111));
  CHECK(seen.Accept(1, 0b1111));
  CHECK(seen.Accept(2, 0b0000));
  CHECK(seen.Accept(0, 0b0000));
  CHECK_FALSE(seen.Accept(0, 0b0001));
  // Refused ones do not refuse others: 0b0111 is 3 from 0b0000, this is 4 from all accepted.
  CHECK(seen.Accept(2, 0b11110));
}

TEST_CASE("A distance that the bands cannot serve is refused") {
  CHECK(NearDuplicates::Create(-1).status().message() ==
        "a distance of -1 bits between near-duplicates, expected 0 to 7");
  CHECK_FALSE(NearDuplicates::Create(8).ok());
  CHECK(NearDuplicates::Create(0).ok());
}

TEST_CASE("Bands find what reading through everything finds, at any distance") {
  for (int distance = 0; distance <= kMostDistance; ++distance) {
    INFO("distance " << distance);
    Rng rng(static_cast<uint64_t>(distance) + 11);
    NearDuplicates seen = *NearDuplicates::Create(distance);
    std::vector<uint64_t> accepted;
    int refused = 0;
    for (int n = 0; n < 4000; ++n) {
      // A new signature, or an earlier one with up to 9 bits turned.
      uint64_t signature = rng.Next();
      if (!accepted.empty() && rng.Chance(0.6)) {
        signature = rng.Pick(accepted);
        for (uint64_t turns = rng.Below(10); turns > 0; --turns) {
          signature ^= uint64_t{1} << rng.Below(64);
        }
      }
      bool near = false;
      for (const uint64_t one : accepted) near |= Distance(one, signature) <= distance;
      REQUIRE(seen.Accept(0, signature) != near);
      if (near) ++refused;
      if (!near) accepted.push_back(signature);
    }
    CHECK(refused > 50);
    CHECK(accepted.size() > 1000);
  }
}

}  // namespace
}  // namespace flywheel
