// The things of a scene: shapes with a dark outline, agents in their poses, signs. Boxes come from
// the scene graph; names must be words of words.h.
#pragma once

#include "generators/scene_graph.h"
#include "generators/world/canvas.h"

namespace flywheel::world {

void DrawShape(Canvas& canvas, const SceneObject& object);
// `object` is what the agent deals with; the pose points to it.
void DrawAgent(Canvas& canvas, const SceneObject& agent, const SceneRelation& relation,
               const SceneObject& object);
void DrawSign(Canvas& canvas, const SceneText& sign);

}  // namespace flywheel::world
