// The words of the synthetic pool. A part of synthetic_text.
#include "pool/dataoptim/synthetic_text.h"

namespace flywheel {
namespace {

constexpr std::string_view kWordsO[] = {"bench",         "table",         "chair",
                                        "bicycle",       "car",           "bus",
                                        "truck",         "umbrella",      "clock",
                                        "lamp",          "vase",          "bottle",
                                        "cup",           "plate",         "bowl",
                                        "laptop",        "keyboard",      "book",
                                        "backpack",      "suitcase",      "kite",
                                        "surfboard",     "skateboard",    "frisbee",
                                        "sign",          "hydrant",       "boat",
                                        "train",         "airplane",      "sofa",
                                        "bed",           "mirror",        "window",
                                        "door",          "fence",         "tree",
                                        "bush",          "rock",          "basket",
                                        "blanket",       "pillow",        "towel",
                                        "refrigerator",  "oven",          "sink",
                                        "toaster",       "television",    "remote",
                                        "phone",         "camera",        "tent",
                                        "ladder",        "bucket",        "helmet",
                                        "jacket",        "hat",           "scarf",
                                        "tie",           "handbag",       "shelf",
                                        "cabinet",       "curtain",       "rug",
                                        "painting",      "statue",        "fountain",
                                        "bridge",        "tower",         "pole",
                                        "traffic light", "parking meter", "fire hydrant",
                                        "coffee mug",    "cutting board", "wine glass",
                                        "tennis racket", "baseball bat",  "teddy bear",
                                        "street lamp",   "picnic table",  "computer mouse",
                                        "potted plant",  "shopping cart", "paper bag",
                                        "wooden crate",  "garden hose",   "metal railing"};
constexpr std::string_view kWordsS[] = {
    "benches",       "tables",         "chairs",         "bicycles",     "cars",
    "buses",         "trucks",         "umbrellas",      "clocks",       "lamps",
    "vases",         "bottles",        "cups",           "plates",       "bowls",
    "laptops",       "books",          "backpacks",      "suitcases",    "kites",
    "surfboards",    "skateboards",    "signs",          "boats",        "trains",
    "airplanes",     "pillows",        "windows",        "doors",        "trees",
    "rocks",         "baskets",        "towels",         "phones",       "cameras",
    "tents",         "ladders",        "buckets",        "helmets",      "jackets",
    "hats",          "ties",           "handbags",       "shelves",      "curtains",
    "paintings",     "statues",        "candles",        "flowers",      "apples",
    "oranges",       "bananas",        "donuts",         "sandwiches",   "cakes",
    "pizzas",        "dogs",           "cats",           "birds",        "horses",
    "sheep",         "cows",           "elephants",      "giraffes",     "zebras",
    "people",        "children",       "traffic lights", "wine glasses", "street lamps",
    "potted plants", "slices of bread"};
constexpr std::string_view kWordsP[] = {"man",
                                        "woman",
                                        "boy",
                                        "girl",
                                        "child",
                                        "player",
                                        "skier",
                                        "surfer",
                                        "chef",
                                        "waiter",
                                        "cyclist",
                                        "skateboarder",
                                        "farmer",
                                        "driver",
                                        "police officer",
                                        "photographer",
                                        "tourist",
                                        "vendor",
                                        "teacher",
                                        "musician",
                                        "young man",
                                        "young woman",
                                        "older man",
                                        "older woman",
                                        "man in a red shirt",
                                        "woman in a blue dress",
                                        "boy with a cap",
                                        "girl with long hair",
                                        "man with a beard",
                                        "woman with glasses",
                                        "person on the left",
                                        "person in the background"};
constexpr std::string_view kWordsK[] = {"dog",     "cat",      "horse",   "sheep",    "cow",
                                        "bird",    "elephant", "giraffe", "zebra",    "bear",
                                        "duck",    "goat",     "rabbit",  "squirrel", "monkey",
                                        "seagull", "pigeon",   "puppy",   "kitten",   "swan"};
constexpr std::string_view kWordsA[] = {
    "small",  "large",  "old",     "new",       "empty",    "full",  "bright", "dark",
    "shiny",  "rusty",  "clean",   "dirty",     "tall",     "short", "wide",   "narrow",
    "round",  "square", "broken",  "open",      "closed",   "wet",   "dry",    "wooden",
    "modern", "plain",  "striped", "patterned", "colorful", "heavy"};
constexpr std::string_view kWordsC[] = {
    "red",  "blue",      "green",  "yellow",    "black",       "white",           "brown",
    "gray", "orange",    "pink",   "purple",    "beige",       "silver",          "gold",
    "tan",  "turquoise", "maroon", "dark blue", "light green", "black and white", "red and white"};
constexpr std::string_view kWordsM[] = {
    "wood",     "metal",   "plastic", "glass",  "brick",  "stone",  "leather", "fabric",
    "concrete", "ceramic", "paper",   "marble", "wicker", "cotton", "steel",   "rubber"};
constexpr std::string_view kWordsV[] = {"standing",
                                        "sitting",
                                        "walking",
                                        "running",
                                        "jumping",
                                        "smiling",
                                        "waiting",
                                        "talking",
                                        "reading",
                                        "eating",
                                        "drinking",
                                        "sleeping",
                                        "riding a bicycle",
                                        "riding a horse",
                                        "holding an umbrella",
                                        "looking at a phone",
                                        "taking a picture",
                                        "playing tennis",
                                        "flying a kite",
                                        "cutting vegetables",
                                        "washing dishes",
                                        "carrying a bag",
                                        "crossing the street",
                                        "leaning against a wall",
                                        "waving at someone",
                                        "throwing a ball",
                                        "catching a frisbee",
                                        "feeding the birds",
                                        "working on a laptop",
                                        "pushing a stroller"};
constexpr std::string_view kWordsL[] = {"on the left side",
                                        "on the right side",
                                        "in the center",
                                        "in the background",
                                        "in the foreground",
                                        "at the top",
                                        "at the bottom",
                                        "near the edge",
                                        "in the upper left corner",
                                        "in the lower right corner",
                                        "in the upper right corner",
                                        "in the lower left corner",
                                        "in the middle of the scene",
                                        "next to the wall",
                                        "close to the camera",
                                        "far from the camera"};
constexpr std::string_view kWordsR[] = {
    "next to", "behind",    "in front of",    "above",           "below",
    "under",   "on top of", "to the left of", "to the right of", "near",
    "beside",  "inside",    "across from",    "leaning on",      "close to"};
constexpr std::string_view kWordsW[] = {"a busy street",
                                        "a quiet park",
                                        "a kitchen",
                                        "a living room",
                                        "a bedroom",
                                        "a bathroom",
                                        "an office",
                                        "a restaurant",
                                        "a beach",
                                        "a train station",
                                        "an airport",
                                        "a parking lot",
                                        "a grassy field",
                                        "a snowy slope",
                                        "a tennis court",
                                        "a baseball field",
                                        "a farm",
                                        "a forest",
                                        "a market",
                                        "a library",
                                        "a classroom",
                                        "a museum",
                                        "a harbor",
                                        "a bridge over a river",
                                        "a city square",
                                        "a backyard",
                                        "a garage",
                                        "a hotel lobby",
                                        "a small caf\\u00e9",
                                        "a playground",
                                        "a zoo",
                                        "a mountain trail"};
constexpr std::string_view kWordsD[] = {"sunny", "cloudy", "rainy", "snowy",
                                        "foggy", "windy",  "clear", "overcast"};
constexpr std::string_view kWordsZ[] = {"morning", "noon", "afternoon", "evening",
                                        "night",   "dusk", "dawn"};
constexpr std::string_view kWordsE[] = {
    "a birthday party",   "a wedding",        "a picnic",   "a baseball game", "a tennis match",
    "a street fair",      "a parade",         "a concert",  "a family dinner", "a surfing contest",
    "a business meeting", "a farmers market", "a ski race", "a graduation"};
constexpr std::string_view kWordsF[] = {
    "pizza",  "salad", "soup",  "sandwich", "cake",  "bread",   "pasta",   "rice",     "fruit",
    "cheese", "fish",  "steak", "burger",   "donut", "pancake", "noodles", "broccoli", "carrots"};
constexpr std::string_view kWordsN[] = {"two",   "three", "four", "five",   "six",   "seven",
                                        "eight", "nine",  "ten",  "eleven", "twelve"};
constexpr std::string_view kWordsNUpper[] = {"1", "2", "3",  "4",  "5",  "6", "7",
                                             "8", "9", "10", "12", "15", "20"};
constexpr std::string_view kWordsB[] = {
    "Listerine", "Coca-Cola", "Pepsi",  "Nike",      "Adidas",    "Sony",     "Samsung",
    "Canon",     "Nikon",     "Toyota", "Ford",      "Honda",     "Heineken", "Guinness",
    "Nokia",     "Dell",      "Yamaha", "Budweiser", "Starbucks", "Kodak"};
constexpr std::string_view kWordsT[] = {"STOP",          "OPEN",           "EXIT",
                                        "ONE WAY",       "NO PARKING",     "SALE",
                                        "WELCOME",       "MAIN STREET",    "CITY HALL",
                                        "BUS STOP",      "HOTEL",          "CAFE",
                                        "DO NOT ENTER",  "SPEED LIMIT 25", "FIRST AVENUE",
                                        "FRESH FRUIT",   "TAXI",           "POLICE",
                                        "LIBRARY",       "TICKETS",        "CENTRAL STATION",
                                        "HAPPY BIRTHDAY"};
constexpr std::string_view kWordsX[] = {"yes", "no"};
constexpr std::string_view kWordsXUpper[] = {"Yes", "No"};
constexpr std::string_view kWordsG[] = {"happy",   "calm",      "excited", "tired",   "curious",
                                        "focused", "surprised", "relaxed", "nervous", "proud"};
constexpr std::string_view kWordsH[] = {"left", "right"};
constexpr std::string_view kWordsU[] = {"round", "square",     "rectangular",
                                        "oval",  "triangular", "cylindrical"};
constexpr std::string_view kWordsJ[] = {"Law",
                                        "History",
                                        "Cookbooks",
                                        "Travel",
                                        "Romance",
                                        "Computers",
                                        "Medicine",
                                        "Art",
                                        "Religion",
                                        "Science",
                                        "Sports",
                                        "Business",
                                        "Children's Books",
                                        "Test Preparation",
                                        "Self-Help",
                                        "Parenting"};
constexpr std::string_view kWordsJUpper[] = {
    "A Short History of", "The Complete Guide to", "Introduction to", "The Art of", "Secrets of",
    "A Field Guide to",   "Understanding",         "The Best of",     "Lessons in", "A Year of"};
constexpr std::string_view kWordsAUpper[] = {"Anna Keller",   "Thomas Wright",  "Maria Lopez",
                                             "John Carter",   "Priya Nair",     "Emily Stone",
                                             "Robert Hayes",  "Laura Chen",     "David Okafor",
                                             "Sophie Martin", "Peter Lindgren", "Helen Brooks"};
constexpr std::string_view kWordsI[] = {"sales", "revenue", "profit", "cost",   "accuracy",
                                        "score", "rating",  "share",  "growth", "demand",
                                        "units", "votes",   "visits", "errors"};
constexpr std::string_view kWordsY[] = {"1998", "2001", "2004", "2007", "2010", "2012",
                                        "2015", "2018", "1987", "1979", "1964"};
constexpr std::string_view kWordsDUpper[] = {"the date of the letter", "the invoice number",
                                             "the total amount",       "the name of the company",
                                             "the page number",        "the subject of the memo",
                                             "the fax number",         "the name of the sender",
                                             "the title of the table", "the name of the committee",
                                             "the year of the report", "the address of the office"};
constexpr std::string_view kWordsGUpper[] = {
    "the first line",       "the table", "the header",   "the footer",
    "the second paragraph", "the form",  "the last row", "the letterhead"};
constexpr std::string_view kWordsOUpper[] = {"A", "B", "C", "D"};
constexpr std::string_view kWordsHUpper[] = {
    "planning a trip",     "learning a language",       "writing a report", "cooking for guests",
    "fixing a bicycle",    "starting a garden",         "saving money",     "training for a race",
    "organizing a closet", "preparing for an interview"};
constexpr WordList kLists[] = {
    {'o', kWordsO},      {'s', kWordsS},      {'p', kWordsP},      {'k', kWordsK},
    {'a', kWordsA},      {'c', kWordsC},      {'m', kWordsM},      {'v', kWordsV},
    {'l', kWordsL},      {'r', kWordsR},      {'w', kWordsW},      {'d', kWordsD},
    {'z', kWordsZ},      {'e', kWordsE},      {'f', kWordsF},      {'n', kWordsN},
    {'N', kWordsNUpper}, {'b', kWordsB},      {'t', kWordsT},      {'x', kWordsX},
    {'X', kWordsXUpper}, {'g', kWordsG},      {'h', kWordsH},      {'u', kWordsU},
    {'j', kWordsJ},      {'J', kWordsJUpper}, {'A', kWordsAUpper}, {'i', kWordsI},
    {'y', kWordsY},      {'D', kWordsDUpper}, {'G', kWordsGUpper}, {'O', kWordsOUpper},
    {'H', kWordsHUpper}};

}  // namespace

std::span<const WordList> SyntheticWords() { return kLists; }

}  // namespace flywheel
