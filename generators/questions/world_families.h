// What can be asked about rendered scenes, by type. Their graphs list everything there is, so
// absence is certain.
#pragma once

#include "generators/questions/candidate.h"
#include "generators/scene_graph.h"

namespace flywheel {

Candidates WorldCandidates(const SceneGraph& scene, int type);

// By family; WorldCandidates joins them into types. Each appends what the scene allows.
void AskPlace(const SceneGraph& scene, Candidates& out);
void AskDaylight(const SceneGraph& scene, Candidates& out);
void AskPresentShape(const SceneGraph& scene, Candidates& out);
void AskShapeOfColour(const SceneGraph& scene, Candidates& out);
void AskColour(const SceneGraph& scene, Candidates& out);
void AskDescription(const SceneGraph& scene, Candidates& out);
void AskLocation(const SceneGraph& scene, Candidates& out);
void AskCounts(const SceneGraph& scene, Candidates& out);
void AskSpatial(const SceneGraph& scene, Candidates& out);
void AskAction(const SceneGraph& scene, Candidates& out);
void AskActionObject(const SceneGraph& scene, Candidates& out);
void AskBelonging(const SceneGraph& scene, Candidates& out);
void AskHabit(const SceneGraph& scene, Candidates& out);
void AskMostCommonColour(const SceneGraph& scene, Candidates& out);
void AskRemaining(const SceneGraph& scene, Candidates& out);
void AskSign(const SceneGraph& scene, Candidates& out);

}  // namespace flywheel
