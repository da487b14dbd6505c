#include "pool/text/question_rules.h"

namespace flywheel {
namespace {

// Scores: what is asked in so many words; what nearly always means it; what mostly does.
constexpr float kSaid = 0.95F;
constexpr float kUsual = 0.85F;
constexpr float kMostly = 0.7F;

constexpr WordClass kClasses[] = {
    {"is", "is|are|was|were|s"},
    {"picture", "image|picture|photo|photograph|scene|snapshot|pic|shot|frame|illustration"},
    {"the", "the|this|that|these|those|a|an|his|her|their|its"},
    {"what", "what|which|whats"},
    {"describe",
     "describe|depict|elaborate|narrate|summarize|summarise|caption|characterize|portray|explain|"
     "explore|examine|analyze|analyse|detail|clarify|break|walk|illustrate"},
    {"account",
     "description|caption|captions|summary|account|commentary|overview|explanation|narrative|"
     "paragraph|depiction|rundown|interpretation|sentence|portrayal|synopsis|analysis|headline"},
    {"color",
     "red|blue|green|yellow|black|white|brown|gray|grey|orange|purple|pink|beige|golden|silver|"
     "turquoise|tan|maroon|teal"},
    {"state",
     "open|closed|empty|full|wet|dry|dirty|clean|old|young|tall|short|round|square|wooden|metal|"
     "metallic|plastic|striped|plaid|checkered|curly|straight|blond|blonde|bald|large|small|big|"
     "long|shiny|transparent|rusty|broken|ripe|sliced|male|female|leafless|bare|dark|bright|thick|"
     "thin|rectangular|circular|leather|asleep|awake|smiling"},
    {"text", "text|word|words|letter|letters|digit|digits|inscription|slogan|lettering|writing"},
    {"bearer",
     "sign|signs|poster|label|banner|billboard|menu|screen|shirt|jersey|page|cover|document|note|"
     "sticker|plaque|receipt|ticket|placard|signpost|board|blackboard|whiteboard|display|bottle|"
     "package|box|plate|bus|train|plane|airplane|truck|van|boat|wall|cap|hat|mug|cup|can|book|"
     "building|storefront|envelope|letter|card|map|clock|monitor|newspaper|magazine|bib"},
    {"beside",
     "behind|beside|between|underneath|beneath|under|below|above|adjacent|opposite|near|nearest|"
     "alongside|against|amid|facing"},
    {"region", "left|right|top|bottom|center|centre|middle|upper|lower|corner|corners|edge"},
    {"thing",
     "object|objects|item|items|thing|things|animal|animals|bird|birds|vehicle|vehicles|fruit|"
     "fruits|vegetable|food|foods|device|appliance|instrument|tool|furniture|plant|flower|insect|"
     "utensil|toy|pet|creature|species|breed|sport|dish|drink|dessert|element|elements|mammal|"
     "machine|gadget|equipment|beverage|meat|sauce|topping|toppings"},
    {"handle",
     "holding|carrying|riding|pulling|pushing|throwing|kicking|catching|hugging|feeding|petting|"
     "touching|chasing|grabbing|eating|drinking|playing|driving|steering|gripping|swinging|reading|"
     "lifting|shaking|kissing|leading|walking|watching|cutting|using|serving|hitting|stroking|"
     "pointing|reaching|looking|staring|leaning|climbing|jumping|cooking|preparing|washing|grazing|"
     "licking|biting|sniffing|greeting|passing|handing"},
    {"place",
     "kitchen|bedroom|bathroom|park|street|beach|airport|restaurant|zoo|office|forest|stadium|"
     "classroom|hospital|library|garden|desert|market|harbor|museum|playground|city|farm|mall|"
     "town|village|farmyard|gym|church|station"},
    {"room", "room|place|location|setting|environment|venue|landscape|terrain|habitat|scenery"},
};

constexpr QuestionRule kRules[] = {
    // What SEED-Bench has no type for, where it is asked for in so many words.
    {"wants coordinates", 0, kSaid,
     "coordinates; coordinate; bounding box|boxes; mark|find|locate ... box; bbox; locate ... "
     "provide; segment the|all; "
     "segmentation"},
    {"describes a region", 0, kSaid,
     "@describe|@account|describes|says|know|tell ... <box>; region|area ... <box>; "
     "<box> ... describe|description|caption; refers|referring|refer to"},
    {"transcription", 0, kSaid,
     "transcribe; transcription; ocr; extract|list|output|copy|convert|type|recognize ... @text; "
     "read out|aloud; read all|every|the ... @text; digitize"},
    {"reads a saying", 9, kSaid,
     "@what|@text|@bearer ... say|says|said|saying|spell|spells; @what does ... read$; "
     "@what @is ... written|printed|engraved|spelled|inscribed|painted "
     "on|in|across|at|under|above; "
     "@what @is|has|can ... written; written|printed|engraved|inscribed|spelled on|in|across; "
     "@what @text; what @is the @text; @bearer tell|tells; "
     "the @text on|in|at|that|shown|visible|written; name|words|numbers|number|letters written; "
     "according to the @bearer; titled; labeled|labelled as|with"},
    {"explains why", 8, kUsual, "explain|discuss|describe why|whether; explain how come"},
    {"caption", 0, kSaid,
     "^@describe; ^please @describe; ^briefly|kindly|now @describe; "
     "^can|could|would|will you please|briefly|kindly|also @describe|give|write|provide; "
     "^can|could|would|will you @describe; @describe the|this|what following|given|provided; "
     "@describe the|this|every|all|what ... @picture; "
     "give|write|provide|compose|create|generate|offer|craft|share|produce|present|draft|need|want "
     "... @account; ^@what do|can you see; ^tell me about|what|everything; "
     "@account of|for|about the|this @picture; "
     "^render|sketch|relay|outline|present|share|give|paint ... @picture; ^in one sentence"},
    {"writing", 0, kUsual,
     "write|compose|create|make|draft ... poem|story|essay|code|function|email|program|script|"
     "haiku|song|review|tweet|post|advertisement; translate; rewrite; paraphrase; python"},
    {"chart", 0, kUsual,
     "chart; graph; histogram; y axis; x axis; axis; legend; bar|bars ... value|values|label|"
     "represent|largest|smallest|highest|lowest; value|label|height of ... bar|bars; pie slice; "
     "percentage; data point|points"},
    {"school knowledge", 0, kUsual,
     "^context; ^based on the passage|diagram|table; food web|chain; magnetic force; magnets; "
     "higher concentration; kinetic energy; scientific name; capital of; highlighted; organism; "
     "organisms; mammal; rock forms|formed; classified as; igneous; sedimentary; experiment; "
     "offspring; genotype; "
     "which of these|the following states|cities|countries|continents|oceans; colony; "
     "which property|properties do; which ... statement ... true|correct; statements; solve; "
     "equation; "
     "theorem; triangle abc; president of; adaptation; adapted"},
    // Counting before text: "how many words are on the sign".
    {"counts what remains", 8, kUsual,
     "how many ... if|remain|remains|needed|fit; how many more ... need"},
    {"how many", 5, kSaid,
     "how many; number of @thing|people|persons|men|women|children|kids|players|cars; "
     "^count; count of|the|how|all; total number; what|the number of; what quantity; quantity of; "
     "exact|same|total number; head count; headcount"},
    {"compares counts", 5, kUsual,
     "is|are there exactly|only|just|one|two|three|four|five|six; as many; single ... or; is|are "
     "there more|less|fewer than; is|are there at "
     "least|most; "
     "is|are there more|fewer ... than; only one|two; "
     "more|fewer @thing than"},
    {"title for the picture", 1, kUsual,
     "good|suitable|fitting|best title|caption|name|headline for"},
    {"reads a name or number", 9, kUsual,
     "@what number; @what ... brand|website|url|airline|slogan|logo|publisher|isbn|hashtag|title; "
     "type|kind|genre of book; brand|title|author|publisher|make of; license plate; number plate; "
     "registration; "
     "phone|flight|jersey|route|invoice|page|account|serial|fax|id|tail|model|house|room|bus|train|"
     "plane|player|'s number; number on|printed|shown; "
     "@what ... number ... on|of the|this; numbers on; "
     "name of @the|company|book|store|shop|street|restaurant|airline|brand|hotel|team|product|"
     "station|cafe|bank|movie|newspaper|ship|bus|boat ... street|store|shop|restaurant|company|"
     "airline|brand|hotel|team|product|station|cafe|bank|newspaper|ship|boat|book|stadium|road; "
     "name of the|this book|store|shop|street|restaurant|company|airline|brand|hotel|team|product|"
     "station|cafe|bank|newspaper|ship|boat|plane|road; "
     "who wrote|published|authored|edited; this|the book; the document|invoice|letterhead; "
     "street name; identification|call|model|serial number; @what model; @what "
     "company|organization|agency; "
     "letters|words|numbers ... displayed|visible|shown; @what ... "
     "website|address|price|date|year|expiration ... on|in|shown|printed|"
     "mentioned|given|of the|listed|displayed; @what year; "
     "sign|poster|banner|label|billboard|notice ... read|reads|indicate|indicates|warn|warns|state|"
     "states|advertise|advertises|mean|means|advertising; @what ... advertised|advertise; "
     "word|letter|text ... on|in|at the; @what time ... clock|watch; cost|costs$; how much ... "
     "cost"},
    // Reasoning that is said in a word.
    {"why", 8, kSaid, "why; how come; for what reason|purpose; what reason|reasons"},
    {"infers", 8, kUsual,
     "infer; inferred; deduce; deduced; conclude; concluded; imply; implies; suggests|suggest|"
     "indicate|indicates; purpose of|for; reason|reasons for|behind|that; likely; probably; "
     "predict; happen|happens|do next; about to; next$; what would|could|might|may|should; "
     "how would|could|might|should|can; used|use|need|needed for|to; meant|intended|suitable for; "
     "significance; benefits; benefit; advantage|advantages; challenge|challenges; factors; "
     "safety; dangerous; is|are it safe; how do|can you know|tell; evidence|clue|clues; where "
     "would|might|could; where do people|they|we|these; famous|known for; invented; what if; "
     "who might|would|could; "
     "what ... say|tell|tells about; what ... symbolize|symbolise|represent; role of|does; "
     "where ... going|headed|heading; what ... feeling|thinking; expected to; does ... usually; "
     "what ... happened; @what ... usually|typically|commonly|normally; can|could ... be "
     "used|considered|eaten; how does|do ... contribute|affect|help|impact|work; "
     "what makes|caused|causes; nutrient|vitamin|vitamins; what ... should; can|could you use|do; "
     "does this|that animal|bird|plant; "
     "how long does|would it take"},
    // What an instance looks like, wherever it stands.
    {"color", 3, kSaid,
     "color; colour; colors; colours; colored; coloured; what|which|the hue|shade|tone of; tint"},
    {"material, shape, pattern", 3, kSaid,
     "material; materials; made of|from|out|with; what|which|the shape|texture|pattern|finish|"
     "length|size|height|fabric|style|print|design of|is|are|does|do|has|on; shape; texture; "
     "hairstyle; hairdo; facial expression; expression on|of|does; what|which ... pattern"},
    {"clothing", 3, kUsual,
     "@what @is ... wearing; @what kind|type|sort|style of ... wear; @what does|do ... wear; what "
     "... has|have on$; dressed; outfit; "
     "attire; "
     "what ... clothes|clothing"},
    // The relation of two, before the place of one.
    {"spatial relation by name", 6, kSaid,
     "in relation to; relative to; where ... compared to; with regard to each; spatial "
     "relation|relationship|arrangement; relative "
     "position|location|placement; with respect to; positioned|placed|located|standing|sitting|"
     "situated in relation|relative; how far ... from; relation to the"},
    {"closest", 6, kUsual,
     "closest|nearest|closer|nearer|farthest|furthest|farther|further to|from; closest; nearest; "
     "which|what|who ... closer|farther|nearer|further"},
    {"interaction by name", 7, kSaid,
     "interact; interacting; interaction; interacts; interactions; "
     "relation|relationship|connection "
     "between|among|of|do; engage|engaging|engaged|communicating|communicate with; "
     "how ... treating|reacting|responding|handling; together$; to each other; with each other"},
    {"looks of the whole", 1, kUsual,
     "@picture|@room|area|surroundings|sky|city|street look|looks"},
    {"looks", 3, kUsual,
     "how does|do|did ... look|appear|seem; what does|do ... look like; looks like; "
     "appearance|condition|age|gender|posture|pose of; how tall|big|large|small|long|old|wet|clean|"
     "full|heavy|high|thick|ripe|fluffy|wide|deep|dirty|short; how @is ... "
     "positioned|posed|dressed|"
     "styled|decorated|shaped|cut|arranged|prepared; in what condition|state|pose; "
     "characteristic|characteristics|attribute of the; what @is ... attribute"},
    // Where one thing is, in so many words, and the image as a whole.
    {"which part of the picture", 4, kUsual,
     "which|what side|part|corner|half|area|section|portion|quadrant|third|end ... @picture|"
     "frame|view; on which|what side|part; in which|what part|corner|area|section|direction; "
     "at|in|on which|what place|spot|area in|of|within; where in|on|within the @picture; "
     "where ... in|on|within the @picture|view; position|location|placement|place of the|his|her; "
     "whereabouts; at which|what end; foreground or; "
     "^@is ... side|half|part|corner|edge|top|bottom|center|middle of the @picture"},
    {"weather, time, season", 1, kSaid,
     "weather; season; time of day|year|the; day or night; night or day; daytime; nighttime; "
     "sunny; "
     "raining; cloudy; overcast|foggy|snowing; what @is the sky like; sunrise|sunset or"},
    {"indoors or outdoors", 1, kSaid, "indoors; outdoors; inside or outside; outside or inside"},
    {"where the picture was taken", 1, kSaid,
     "@picture ... taken|captured|shot|set|snapped; where @is|was @the @picture; where are we; "
     "^where ... taken|shot|photographed; "
     "@what @room; what kind|type|sort of @room|street|neighborhood|area|landscape; "
     "@picture|this take|takes place; setting of|for|in; where is this$"},
    {"main subject", 1, kUsual,
     "main|primary|central|overall|dominant|predominant|general|prominent|principal focus|subject|"
     "theme|event|object|feature|element|activity|topic|natural|attraction|idea|scene|point|mood|"
     "action|setting|purpose|content; focus|theme|subject|topic|mood|atmosphere|highlight of; "
     "atmosphere; ambiance; mood; vibe; what|who|which ... background; seen in the background; "
     "focal point"},
    {"the scene", 1, kUsual,
     "what @is happening|occurring; what @is going on; taking place; best|accurately describes|"
     "summarizes|captures|describe; what @is @the @picture about|of|showing|depicting|like; "
     "what @is @picture ... about|like; what does @the @picture show|depict|portray|capture; "
     "what|which event|occasion|celebration|festival; @is this a|an "
     "@place|rural|urban|busy|crowded; @picture show|shows|depict|depicts a|an|the @place; "
     "urban|rural; other side of; kind|type|sort of "
     "event|scene|day|occasion|gathering|celebration; whole @picture"},
    // Two things, or where one thing is.
    {"one thing beside another", 6, kUsual,
     "to|on|at the|its|his|her|their left|right of|side; 's left|right; to the immediate "
     "left|right; "
     "left|right of; in front of|him|her|it; next to; on top of; @beside @the; side by side; "
     "^@is ... @beside; ^@what|who @is @beside; across from; inside of; around the"},
    {"at a place of the picture", 4, kMostly,
     "@what ... located|positioned|situated|placed ... @region; "
     "@what ... @region ... of the @picture|room|table; "
     "where|how @is ... located|positioned|situated|placed"},
    {"where", 4, kUsual, "^where; where @is; where does|do|did|can|has|have"},
    // What two do to each other.
    {"doing", 7, kMostly,
     "doing; @what @thing @is @the ... @handle; what|which action|activity|actions|activities; "
     "what does|do|did ... do|do$; "
     "@what|who|whom|how @is ... @handle; who is|are|s @handle|wearing; what|who @handle; "
     "^who holds|wears|rides|carries|eats|pulls|throws|feeds|has; what does|do ... "
     "hold|carry|ride|eat|pull|push|throw|kick|catch|drink|play|touch|watch; "
     "^is|are the|that|this man|woman|boy|girl|person|people|child|dog|cat ... @handle"},
    // What there is.
    {"exists", 2, kUsual,
     "^is|are|was|were there; is|are there a|an|any|some|no; do|can|did you see|spot|find|notice|"
     "observe; is|are ... visible|present|detected|seen|depicted|pictured|found in|among; "
     "not|isnt|arent present|visible|detected|shown|seen; which|what of the following|these; "
     "which of these|the; does @the @picture contain|include|show|have"},
    {"kind of thing", 2, kMostly,
     "what|which kind|type|sort|breed|species|variety of; @what @thing; "
     "@what @is|does @the @thing; kind|type of @thing; what breed|species"},
    {"state of a thing", 3, kMostly,
     "^@is|does|do|has|have the|this|that|his|her|their|it|he|she|they ... @color|@state$"},
    {"who or what is it", 2, kMostly,
     "^what @is this|that|it|these|those|they|he|she; ^who @is this|that|he|she|in|they; ^who @is "
     "@the man|woman|boy|girl|person|people; "
     "^@is this|that|it|these|those a|an; what @is the|this|that ... called; name of @the|@thing; "
     "besides; other than; ^what @is on|in|inside|hanging|sticking|attached; identify the"},
};

}  // namespace

std::span<const QuestionRule> QuestionRules() { return kRules; }
std::span<const WordClass> QuestionWordClasses() { return kClasses; }

}  // namespace flywheel
