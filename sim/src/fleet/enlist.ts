import type { Platform } from "@kerbside/cloud-host/platform.node";
import type { Client } from "@kerbside/proto/base/client";
import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import { type Device, deviceRoutes } from "@kerbside/proto/routes/device";
import { stateRoutes } from "@kerbside/proto/routes/state";
import { type CityPlan, robotName } from "../seed/plan.ts";

/** A robot as the cloud's roster knows it before it has spoken. */
export interface Enlisted {
  readonly name: string;
  readonly hubIndex: number;
  /** Null for one that has enrolled already. */
  readonly claimCode: string | null;
}

/** Announces so many robots, each at its hub; those that were announced before are claimed again where they have to be. */
export async function enlist(
  platform: Pick<Platform, "client">,
  plan: CityPlan,
  { count, hasIdentity }: { readonly count: number; readonly hasIdentity: (name: string) => boolean },
): Promise<readonly Enlisted[]> {
  const devices = platform.client("device", deviceRoutes);
  const { organizationId: organization_id, marketId: market_id, hubs } = plan;
  const known = new Map<string, Device>();
  let cursor: string | undefined;
  do {
    const page = await devices.listDevices({ query: { organization_id, limit: 200, ...(cursor && { cursor }) } });
    for (const device of page.items) known.set(device.name, device);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  const enlisted: Enlisted[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = robotName(index);
    const hubIndex = index % hubs.length;
    const hub_id = hubs[hubIndex]?.hubId ?? "";
    const device = known.get(name);
    const isClaimed = device !== undefined && hasIdentity(name);
    const claim = isClaimed
      ? null
      : device
        ? await devices.renewClaim({ params: { robot_id: device.robot_id } })
        : await devices.createDevice({ body: { name, market_id, hub_id, organization_id } });
    enlisted.push({ name, hubIndex, claimCode: claim?.claim_code ?? null });
  }
  return enlisted;
}

const askEveryMs = 250;
const patienceMs = 60_000;

/** A new robot is commissioned and put into service; whoever changed that later is not overruled. */
export async function commission(
  platform: Pick<Platform, "client">,
  robotId: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const states = platform.client("state", stateRoutes);
  const untilMs = clock.monotonic() + patienceMs;
  for (;;) {
    try {
      if (await isInPlace(states, robotId)) return;
    } catch (problem) {
      if (!isPassing(problem) || clock.monotonic() > untilMs) throw problem;
    }
    await clock.sleep(askEveryMs, signal);
  }
}

/** Takes the next step that is missing; true when none is. Looks first, so that a step whose answer was lost is not repeated. */
async function isInPlace(states: Client<typeof stateRoutes>, robotId: string): Promise<boolean> {
  const params = { robot_id: robotId };
  const reason = "a new robot of the demo city";
  const { dimensions } = await states.getRobotState({ params });
  const asset = dimensions.find(({ dimension }) => dimension === "asset")?.value;
  if (asset === "provisioned") {
    await states.requestTransition({ params, body: { dimension: "asset", to: "commissioned", reason } });
    return false;
  }
  if (asset !== "commissioned") return asset === "decommissioned" || asset === "retired";
  const { items } = await states.listTransitionRequests({ params, query: { limit: 200 } });
  if (!items.some(({ dimension }) => dimension === "service")) {
    await states.requestTransition({ params, body: { dimension: "service", to: "in_service", reason } });
  }
  return true;
}

/** The enrolment is news that travels as an event, and a machine that starts everything at once is slow. */
function isPassing(problem: unknown): boolean {
  return problem instanceof Fault && (problem.meaning.retry || problem.code === "robot_not_found");
}
