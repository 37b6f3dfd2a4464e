import { Mission } from "@kerbside/proto/robot/mission";

/** A robot has one mission. Says which of those it was told stay withdrawn, and whether this one holds. */
export function replaceMission(
  told: readonly { readonly id: string; readonly body: string }[],
  mission: Mission,
): { readonly holds: boolean; readonly withdrawn: readonly string[] } {
  const others = told.filter(({ id }) => id !== mission.mission_id);
  const isYoungest = others.every(({ body }) => issuedAtMs(body) <= mission.issued_at);
  return isYoungest ? { holds: true, withdrawn: others.map(({ id }) => id) } : { holds: false, withdrawn: [] };
}

function issuedAtMs(body: string): number {
  return Mission.parse(JSON.parse(body)).issued_at;
}
