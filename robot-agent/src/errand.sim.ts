import { scryptSync } from "node:crypto";
import type { Place } from "@kerbside/proto/base/place";
import type { Grant } from "@kerbside/proto/robot/grant";
import type { Mission } from "@kerbside/proto/robot/mission";

/** One delivery of one robot, with doors a step apart and codes that everybody knows. */
export const errand = {
  robotId: "01890a5d-ac96-774b-bcce-b302099a8057",
  missionId: "01890a5d-ac96-774b-bcce-0000000e0001",
  deliveryId: "01890a5d-ac96-774b-bcce-00000000d001",
  attemptId: "01890a5d-ac96-774b-bcce-00000000a001",
  loadGrantId: "01890a5d-ac96-774b-bcce-00000000f001",
  pinGrantId: "01890a5d-ac96-774b-bcce-00000000f002",
  claimCode: "CLAIM-0001",
  loadCode: "111111",
  pin: "222222",
  hub: { lat: 51.1, lng: 71.4 },
  store: { lat: 51.100005, lng: 71.4 },
  home: { lat: 51.10001, lng: 71.4 },
} as const;

export function errandMission(nowMs: number, change: Partial<Mission> = {}): Mission {
  const stop = (kind: Mission["stops"][number]["kind"], place: Place, waitMs: number | null) => {
    return { kind, place, route: [place], wait_limit_ms: waitMs };
  };
  return {
    v: 1,
    mission_id: errand.missionId,
    robot_id: errand.robotId,
    trip_id: null,
    delivery_id: errand.deliveryId,
    attempt_id: errand.attemptId,
    fencing_token: 1,
    compartment: 0,
    stops: [
      stop("pickup", errand.store, 600_000),
      stop("dropoff", errand.home, 600_000),
      stop("hub", errand.hub, null),
    ],
    issued_at: nowMs,
    ...change,
  };
}

/** The merchant's code and the customer's PIN, with a hash that is quick to compute. */
export function errandGrants(nowMs: number): readonly Grant[] {
  const common = {
    v: 1,
    robot_id: errand.robotId,
    delivery_id: errand.deliveryId,
    attempt_id: errand.attemptId,
    fencing_token: 1,
    compartment: 0,
    nbf: nowMs - 60_000,
    exp: nowMs + 3_600_000,
    radius_m: 50,
  } as const;
  return [
    {
      ...common,
      grant_id: errand.loadGrantId,
      purpose: "load",
      means: "load_code",
      place: errand.store,
      pin_verifier: verifierOf(errand.loadCode),
    },
    {
      ...common,
      grant_id: errand.pinGrantId,
      purpose: "unload",
      means: "pin",
      place: errand.home,
      pin_verifier: verifierOf(errand.pin),
    },
  ];
}

function verifierOf(pin: string): Grant["pin_verifier"] {
  const cost = { n: 1_024, r: 8, p: 1 };
  const salt = Buffer.from(`salt of ${pin}`);
  const hash = scryptSync(pin, salt, 32, { N: cost.n, r: cost.r, p: cost.p });
  return { kind: "scrypt", salt: salt.toString("base64"), hash: hash.toString("base64"), ...cost };
}
