// What can be asked about photographs with COCO's boxes and captions. Every category was looked for
// in every photo, so a category without an annotation is absent; attributes, texts and relations
// are not annotated and are never asked about.
#pragma once

#include "generators/questions/candidate.h"
#include "generators/questions/question_maker.h"
#include "generators/scene_graph.h"

namespace flywheel {

Candidates CocoCandidates(const SceneGraph& scene, int type, const PhotoContext& photos);

// "people" for "person", "mice" for "mouse"; regular plurals for the rest.
std::string PluralOfCategory(std::string_view category);

// True when the tidy text names the category, in the singular or the plural, as whole words.
bool MentionsCategory(std::string_view text, std::string_view category);

}  // namespace flywheel
