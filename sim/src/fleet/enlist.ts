import type { Platform } from "@kerbside/cloud-host/platform.node";
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
  const params = { robot_id: robotId };
  const untilMs = clock.monotonic() + patienceMs;
  // The enrolment is news to the state service, which travels as an event.
  const assetOf = async (): Promise<string | null> => {
    const { dimensions } = await states.getRobotState({ params });
    return dimensions.find(({ dimension }) => dimension === "asset")?.value ?? null;
  };
  for (;;) {
    const asset = await assetOf().catch((problem: unknown) => {
      const isNews = problem instanceof Fault && problem.code === "robot_not_found";
      if (!isNews || clock.monotonic() > untilMs) throw problem;
      return null;
    });
    if (asset === "provisioned") break;
    if (asset !== null && asset !== "manufactured") return;
    await clock.sleep(askEveryMs, signal);
  }
  const reason = "a new robot of the demo city";
  await states.requestTransition({ params, body: { dimension: "asset", to: "commissioned", reason } });
  await states.requestTransition({ params, body: { dimension: "service", to: "in_service", reason } });
}
