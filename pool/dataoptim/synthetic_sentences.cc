// What the synthetic pool asks and says. A part of synthetic_text.
#include <array>

#include "base/check.h"
#include "base/records/question.h"
#include "pool/dataoptim/synthetic_text.h"

namespace flywheel {
namespace {

constexpr QuestionTemplate kScene[] = {
    {"What place is behind the {p} and the {o}?", "{w}", "Behind the {p=} there is {w}."},
    {"What is the weather like near the {o}?", "{d}", "It is {d}."},
    {"What kind of place is shown in the image?", "{w}", "The image shows {w}."},
    {"Where was this photo taken?", "{w}", "The photo was taken in {w}."},
    {"What is the weather like in the picture?", "{d}", "The weather is {d}."},
    {"What event is taking place in the scene?", "{e}", "The scene shows {e}."},
    {"What time of day does it seem to be?", "{z}", "It seems to be {z}."},
    {"What is the overall mood of the scene?", "{g}", "The overall mood is {g}."},
    {"Is this scene indoors or outdoors?", "outdoors", "The scene is outdoors, in {w}."},
    {"Which best describes the setting of this {d} scene?", "{w}", "The setting is {w}."}};
constexpr QuestionTemplate kIdentity[] = {
    {"What is the {c} object {r} the {o}?", "{o}", "It is a {c=} {o}."},
    {"Which {a} thing is {r} the {k}?", "{o}", "A {a=} {o} is {r=} the {k=}."},
    {"What animal is {v} {l}?", "{k}", "The animal is a {k}."},
    {"What is the object {r} the {o}?", "{o}", "The object is a {o=}."},
    {"What kind of food is on the plate?", "{f}", "There is {f} on the plate."},
    {"What is the {p} holding?", "{o}", "The {p=} is holding a {o}."},
    {"Which object can be seen {l} of the image?", "{o}", "A {o} can be seen there."},
    {"Who is {v} {r} the {o}?", "{p}", "The {p} is {v=}."},
    {"What is hanging on the wall?", "{o}", "A {o} is hanging on the wall."},
    {"What type of vehicle is {r} the {o}?", "bus", "It is a {c} bus."}};
constexpr QuestionTemplate kAttributes[] = {
    {"What color is the {o} {r} the {k}?", "{c}", "The {o=} {r=} the {k=} is {c}."},
    {"What is the {c} {o} made of?", "{m}", "The {c=} {o=} is made of {m}."},
    {"What color is the {o}?", "{c}", "The {o=} is {c}."},
    {"What is the {o} made of?", "{m}", "The {o=} is made of {m}."},
    {"What is the shape of the {a} {o}?", "{u}", "The {o=} is {u}."},
    {"What is the {p} wearing?", "{c} jacket", "The {p=} wears a {c} jacket."},
    {"Is the {o} {a} or {a}?", "{a}", "The {o=} is {a}."},
    {"What color is the {p}'s shirt?", "{c}", "The shirt of the {p=} is {c}."},
    {"How does the {o} look?", "{a}", "The {o=} looks {a}."},
    {"What pattern is on the {o}?", "striped", "The {o=} has a striped pattern."}};
constexpr QuestionTemplate kLocation[] = {
    {"Where is the {c} {o} of the {p}?", "{l}", "The {c=} {o=} is {l}."},
    {"Where can the {a} {k} be seen?", "{l}", "The {k=} can be seen {l}."},
    {"Where is the {o} in the image?", "{l}", "The {o=} is {l} of the image."},
    {"Where is the {a} {o} located?", "{l}", "It is located {l}."},
    {"On which side of the picture is the {c} {o}?", "{h}",
     "The {o=} is on the {h} side of the picture."},
    {"Where is the {p} who is {v}?", "{l}", "The {p=} is {l}."},
    {"In which part of the image can the {k} be found?", "{l}", "The {k=} can be found {l}."},
    {"Where in the photo are the {s}?", "{l}", "The {s=} are {l}."}};
constexpr QuestionTemplate kCounting[] = {
    {"How many {a} {s} are {l}?", "{N}", "There are {n} {a=} {s=}."},
    {"How many {s} does the {p} have?", "{N}", "The {p=} has {n} {s=}."},
    {"How many {s} are there in the image?", "{N}", "There are {n} {s=}."},
    {"How many {s} are {l}?", "{N}", "There are {n} {s=} {l=}."},
    {"How many people are {v}?", "{N}", "{N} people are {v=}."},
    {"How many {c} {s} can you see?", "{N}", "You can see {n} {c=} {s=}."},
    {"What is the number of {s} in this photo?", "{N}", "The number of {s=} is {N}."},
    {"How many {s} are {r} the {o}?", "{N}", "There are {n} of them {r=} the {o=}."}};
constexpr QuestionTemplate kSpatial[] = {
    {"What is {r} the {c} {o}?", "{o}", "A {o} is {r=} it."},
    {"Is the {k} {r} the {o}?", "{x}", "{X}, the {k=} is {r=} the {o=}."},
    {"What is the position of the {o} relative to the {o}?", "{r} it", "The {o} is {r} the {o}."},
    {"Is the {o} to the left or to the right of the {o}?", "{h}", "The {o} is to the {h}."},
    {"What is {r} the {o}?", "{o}", "A {o=} is {r=} it."},
    {"Where is the {p} in relation to the {k}?", "{r} it", "The {p=} is {r} the {k=}."},
    {"Which object is closer to the camera, the {o} or the {o}?", "{o}", "The {o} is closer."},
    {"Is the {o} above or below the {o}?", "above", "The {o} is above the {o}."}};
constexpr QuestionTemplate kInteraction[] = {
    {"What does the {p} do with the {c} {o}?", "{v}", "The {p=} is {v} with it."},
    {"Who is using the {c} {o}?", "{p}", "The {p} is using the {o=}."},
    {"What is the {p} doing with the {o}?", "{v}", "The {p=} is {v} with the {o=}."},
    {"How is the {p} interacting with the {k}?", "petting it", "The {p=} is petting the {k=}."},
    {"What is the relation between the {p} and the {p}?", "friends",
     "They seem to be friends who are {v}."},
    {"Who is playing with the {k}?", "{p}", "The {p} is playing with the {k=}."},
    {"What are the {p} and the {k} doing together?", "{v}", "They are {v} together."},
    {"Is the {p} touching the {o}?", "{x}", "{X}, look at the hand {r} the {o=}."}};
constexpr QuestionTemplate kReasoning[] = {
    {"Why is the {p} near the {o} {v}?", "{g}", "The {p=} is {g} because it is {d}."},
    {"Is the {a} {o} useful for the {p}?", "{x}", "{X}, for {e}."},
    {"Why is the {p} {v}?", "waiting for someone", "The {p=} is {v=} because it is {d}."},
    {"What might happen next with the {o}?", "it may fall", "The {o=} might fall since it is {a}."},
    {"What can be inferred about the {p}?", "{g}", "The {p=} seems to be {g}."},
    {"What season is it likely to be?", "summer", "It is likely summer, as it is {d}."},
    {"How does the {p} most likely feel?", "{g}", "The {p=} most likely feels {g}."},
    {"Why would someone use the {o} in this situation?", "safety", "The {o=} is used for safety."}};
constexpr QuestionTemplate kText[] = {
    {"What does the {c} {o} say?", "{t}", "The {o=} says {t}."},
    {"What is written {r} the {o}?", "{t}", "The words {t} are {r=} it."},
    {"What does the sign {r} the {o} say?", "{t}", "The sign says {t}."},
    {"What brand is the {o}?", "{b}", "The brand is {b}."},
    {"What number is on the {o}?", "{2}", "The number is {2}."},
    {"What word is written on the {c} {o}?", "{t}", "The word is {t}."},
    {"What is the name on the {o}?", "{b}", "The name is {b}."},
    {"What does the {c} sign read?", "{t}", "The sign reads {t}."}};
constexpr QuestionTemplate kBook[] = {
    {"Who is the author of this book?", "{A}", "The author is {A}."},
    {"What is the title of this book?", "{J} {a} {s}", "The title is {J} {a} {s}."},
    {"What is the title of this book?", "{J} {j}: {n} {s} in {w}", "The title is {J} {j}."},
    {"What is the full title of this book by {A}, as it stands on the cover?", "{J} {j}",
     "It is {J} {j}."},
    {"What type of book is this?", "{j}", "It is about {j}."},
    {"Is this book related to {j}?", "{X}", "{X}."},
    {"Is this book related to {j} or rather to {j}?", "{j}", "It is related to {j}."},
    {"Is this a {j} book?", "{X}", "{X}."},
    {"Who wrote this book?", "{A}", "{A} wrote it."},
    {"What is the genre of this book?", "{j}", "The genre is {j}."},
    {"What is the year printed on this calendar of {s}?", "{y}", "The year is {y}."}};
constexpr QuestionTemplate kDocument[] = {
    {"What is {D} that is mentioned in {G} of the document?", "{A}", "It is {A}."},
    {"According to {G}, what is {D}?", "{A}, {y}", "It is {A}, {y}."},
    {"What is {D} in the document?", "{4}", "It is {4}."},
    {"What is {D} mentioned in {G}?", "{3}", "It is {3}."},
    {"What is written in {G}?", "{t}", "It says {t}."},
    {"Which year is given in {G}?", "{y}", "The year is {y}."},
    {"What is {D}?", "{5}", "It is {5}."},
    {"Who signed the document?", "{A}", "{A} signed it."},
    {"What number is in {G}?", "{2}", "The number is {2}."}};
constexpr QuestionTemplate kChart[] = {
    {"What is the value of the largest bar in the {o} group?", "{N}", "It is {N}."},
    {"How many bars have values larger than {2}?", "{N}", "There are {N}."},
    {"What is the label of the {n} bar from the left?", "{o}", "It is {o}."},
    {"What is the label of the {n} group of bars from the left?", "{a} {o}", "It is {a} {o}."},
    {"Is the value of {o} in {i} larger than {o}?", "{x}", "{X}."},
    {"What is the difference between the {o} and the {o} in the {i} group?", "{2}", "It is {2}."},
    {"Are the values in the {i} chart presented in a percentage scale?", "{x}", "{X}."},
    {"What element does the {c} color represent?", "{o}", "It is {o}."},
    {"What is the {i} of the item {o} in the group {o}?", "{2}", "It is {2}."},
    {"How many groups of bars contain at least one bar with value smaller than {2}?", "{N}",
     "There are {N}."},
    {"Does the chart contain any {a} values for {o}?", "{x}", "{X}."},
    {"What is the sum of the {i} of {o} and {o}?", "{3}", "It is {3}."}};
constexpr std::string_view kDescribing[] = {
    "The image shows {w}, where a {p} is {v} {r} a {c} {o}.",
    "In the scene, a {a} {o} stands {l}, {r} a {o} made of {m}.",
    "There are {n} {s} in the scene, some of them {l}.",
    "A {p} is {v}, while another person is {v} {l}.",
    "Several {s} are scattered around the area, which makes it look lively.",
    "The {o} is {c} and seems to be {a}.",
    "On the {h} side, a {k} is resting {r} the {o}.",
    "The background features {s} and a {a} {o}.",
    "It is a {d} {z}, and the light falls on the {c} {o}.",
    "A {c} {o} can be seen {l}, adding a touch of color to the picture.",
    "The {p} wears a {c} jacket and appears to be {g}.",
    "Close to the camera, there is a {o} {r} a few {s}.",
    "The {o} and the {o} are placed {r} each other.",
    "Further back, {n} {s} line the edge of the scene.",
    "The atmosphere is {g}, as if everyone enjoyed {e}.",
    "A sign that reads {t} hangs above the {o}.",
    "The {a} {o} contrasts with the {c} {s} around it.",
    "Some {f} lies on a {a} plate {r} the {o}."};
constexpr std::string_view kConcluding[] = {
    "The {p} may be {v} because the weather is {d} and the place is {a}.",
    "This suggests that the people there are {g} and take their time.",
    "It is important to keep the {o} {r} the {o} for safety reasons.",
    "The presence of {s} implies that this is {w}.",
    "One possible reason is that the {p} wants to spend the {z} outdoors.",
    "As the {o} looks {a}, it has probably been used for years.",
    "Since there are {n} {s}, the group might be preparing for {e}.",
    "They should pay attention to the {k}, which could be {v} at any moment.",
    "In conclusion, the scene shows how a {a} {o} can be useful in everyday life.",
    "The {c} color of the {o} makes it easy to notice from a distance.",
    "By {v}, the {p} shows skill and confidence.",
    "It can be inferred that the {p} and the {p} know each other well."};
constexpr std::string_view kTalking[] = {
    "When {H}, it helps to begin with a clear goal and a short list of steps.",
    "You can find more information in a library or ask someone with experience.",
    "First, write down what you need; then decide what can wait until {z}.",
    "Many people find that {n} small steps are easier than a large one.",
    "Keep in mind that {H} takes patience, and that mistakes are part of it.",
    "If the result is not what you expected, try a {a} approach.",
    "A budget of {3} dollars is usually enough for a start.",
    "Here is a simple example that shows how this works in practice.",
    "It depends on the situation, but in general the {a} option is better.",
    "Set aside {N} minutes each {z} and review your progress once a week.",
    "There are {n} common reasons for this, and each has its own solution.",
    "Let me know if you would like a more detailed explanation about {H}."};
constexpr std::array<std::span<const QuestionTemplate>, 9> kByType = {
    kScene,   kIdentity,    kAttributes, kLocation, kCounting,
    kSpatial, kInteraction, kReasoning,  kText};
}  // namespace

std::span<const QuestionTemplate> SyntheticQuestions(int type) {
  FW_CHECK(type >= kFirstImageType && type <= kLastImageType, "SEED-Bench has nine image types");
  return kByType[static_cast<size_t>(type - kFirstImageType)];
}
std::span<const QuestionTemplate> BookQuestions() { return kBook; }
std::span<const QuestionTemplate> DocumentQuestions() { return kDocument; }
std::span<const QuestionTemplate> ChartQuestions() { return kChart; }
std::span<const std::string_view> DescribingSentences() { return kDescribing; }
std::span<const std::string_view> ReasoningSentences() { return kConcluding; }
std::span<const std::string_view> TalkingSentences() { return kTalking; }

}  // namespace flywheel
