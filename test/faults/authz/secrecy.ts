import type { Caller } from "../world/callers.ts";
import type { World } from "../world/world.ts";

/** What an answer to this caller holds that is somebody else's; null when it holds nothing of the kind. */
export function leaksTo(caller: Caller, world: World, answer: string): string | null {
  const text = answer.toLowerCase();
  const found = strangersTo(caller, world).filter((word) => text.includes(word));
  return found.length > 0 ? `tells of ${found.join(", ")}: ${excerpt(text, found[0] ?? "")}` : null;
}

/** Words in the names of things that this caller must never read. Ids are not among them: refusals repeat those asked for. */
function strangersTo({ tenant, kind, partnerId, stores }: Caller, { aspan }: World): readonly string[] {
  if (tenant === null || kind === "robot") return ["aspan", "boran"];
  if (tenant === "boran") return ["aspan", "p-one", "p-two", "south-1"];
  if (kind === "customer") return ["boran", "customer", "p-one", "p-two", "@"];
  if (kind === "partner") return ["boran", "south-1", partnerId === aspan.first.id ? "p-two" : "p-one", "@aspan"];
  if (stores?.includes(aspan.south)) return ["boran", "store-north", "p-one", "p-two"];
  if (stores) return ["boran", "store-south", "south-1"];
  return ["boran"];
}

function excerpt(text: string, word: string): string {
  const at = text.indexOf(word);
  return text.slice(Math.max(0, at - 80), at + 80);
}
