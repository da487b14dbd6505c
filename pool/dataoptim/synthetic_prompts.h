// What the synthetic pool's questions are wrapped in, by the shape of their data sets. A part of
// synthetic_conversation.
#pragma once

#include <string_view>

namespace flywheel {

inline constexpr std::string_view kShortAnswer =
    " Answer the question directly with a short sentence or phrase.";
inline constexpr std::string_view kOneWord =
    "\\nAnswer the question using a single word or phrase.";

inline constexpr std::string_view kCaptionPrompts[] = {
    "Briefly describe the content of the image.", "Give a brief summary of what you see.",
    "Say in one sentence what the picture shows.", "Write a short caption for this image.",
    "Describe the photo in a few words."};
inline constexpr std::string_view kCaptions[] = {"A {p} {v} {r} a {c} {o}",
                                                 "A {a} {c} {o} {l}",
                                                 "{N} {s} {r} a {a} {o} in {w}",
                                                 "A {k} and a {p} {v} {l}",
                                                 "A {p} with a {c} {o} {v} in {w} .",
                                                 "The {a} {o} is {r} the {s}.",
                                                 "A view of {w} with {s}",
                                                 "a {o} that says {t} {r} a {c} {o}"};
inline constexpr std::string_view kPhrases[] = {
    "the {p} {l}", "{p} with the {c} {o}", "a {c} {o}", "{a} {o} {r} {p}", "the {k} {r} the {o}",
    "{h} {p}",     "the {a} {c} {o} {l}",  "{p} {v}"};
inline constexpr std::string_view kLocate[] = {
    "Locate {P} in <image> and provide its coordinates, please.",
    "Where is {P} in <image>? Give the box.",
    "In the picture <image>, please find {P} and tell me where it is.",
    "I am looking for {P}; show me its place in <image> with coordinates."};
inline constexpr std::string_view kReferTo[] = {
    "For the given image <image>, can you provide a unique description of the area {B}?",
    "What is in the region {B} of <image>? Describe it so that nothing else fits.",
    "Name the thing at {B} in the picture <image> with a short phrase of its own.",
    "In <image>, which object lies within {B}? Describe it in a few words, please."};
inline constexpr std::string_view kBoxedSentences[] = {
    "The {p} {B} is {v} {r} the {o} {B}.",    "A {c} {o} {B} can be seen {l}.",
    "Looking at the {k} {B}, it seems {a}.",  "The {o} {B} is {r} the {p} {B}.",
    "There is a {a} {o} {B} in the picture.", "So the {p} {B} is probably {g}."};
inline constexpr std::string_view kBoxedQuestions[] = {
    "Is the {p} {B} {v}? Explain your answer.",
    "Which object is located higher in the image, the {o} {B} or the {o} {B}? Locate the objects "
    "with "
    "their coordinates.",
    "What is the relation between the {o} {B} and the {p} {B}?",
    "How many {s} are {r} the {o} {B}? Give their positions.", "Why does the {p} {B} look {g}?"};
inline constexpr std::string_view kDetailPrompts[] = {
    "Kindly provide a detailed account of the image.", "Describe the following image.",
    "Can you describe the scene in all its details?", "What do you see happening in this image?",
    "Analyze the image in a comprehensive manner."};
inline constexpr std::string_view kComplexPrompts[] = {
    "Why might the {p} be {v} in {w}?", "How could someone use the {o} that is {r} the {s}?",
    "What challenges might the {p} face with the {a} {o}?",
    "What can be said about the {s} and the {k} in this situation?",
    "Considering the {d} weather, what should the {p} keep in mind?"};
inline constexpr std::string_view kTalkPrompts[] = {
    "Can you give me some advice on {H}?",         "What should I know before {H}?",
    "Write a short plan for {H} with {N} points.", "Thanks. And what about {H}?",
    "Please explain that in more detail.",         "How long would {H} take?"};
inline constexpr std::string_view kScienceQuestions[] = {
    "Which property do these {n} objects have in common?",
    "Which material is the {o} made of, {m} or {m}?",
    "What is the name of the place marked on the map?", "Which {k} is adapted to a {d} climate?",
    "Which statement about the {o} and the {o} is right?"};

}  // namespace flywheel
