import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Platform } from "@kerbside/cloud-host/platform.node";
import { systemRng as rng } from "@kerbside/proto/base/rng.system";
import { configRoutes } from "@kerbside/proto/routes/config";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { deviceRoutes } from "@kerbside/proto/routes/device";
import { fleetRoutes } from "@kerbside/proto/routes/fleet";
import { stateRoutes } from "@kerbside/proto/routes/state";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { identify, RobotAgent, SimulatedBody } from "@kerbside/robot-agent";
import { PatientClock } from "./patient-clock.ts";
import { foundTenant, only, order, type Tenant } from "./tenant.ts";
import { until } from "./world.ts";

/** One delivery of a tenant of its own, with a real agent in a simulated body. */
export interface Errand extends AsyncDisposable {
  readonly tenant: Tenant;
  readonly deliveryId: string;
  /** The customer's, from `tracking_url`. */
  readonly linkToken: string;
  readonly robotId: string;
  readonly claimCode: string;
  readonly dataDir: string;
  readonly clock: PatientClock;
  readonly body: SimulatedBody;
  /** Every code that somebody typed. */
  readonly codes: Set<string>;
  /** Until the delivery has come so far. The wheels need no time. */
  readonly reaches: (state: DeliveryState) => Promise<void>;
}

export async function beginErrand(platform: Platform): Promise<Errand> {
  await using undo = new AsyncDisposableStack();
  const tenant = await foundTenant(platform, "koktem");
  const clock = new PatientClock();
  const { hubId: hub_id, marketId: market_id, organizationId: organization_id } = tenant;
  const { place } = await platform.client("config", configRoutes).getHub({ params: { hub_id } });
  const body = undo.use(new SimulatedBody({ clock, rng, place, gnssNoiseM: 0 }));
  const device = platform.client("device", deviceRoutes);
  const announced = { organization_id, market_id, hub_id, name: "koktem K2" };
  const { robot_id: robotId, claim_code: claimCode } = await device.createDevice({ body: announced });
  const dataDir = await mkdtemp(join(tmpdir(), "kerbside-errand-"));
  undo.defer(() => rm(dataDir, { recursive: true, force: true }));
  const cloud = { httpUrl: platform.url, mqttUrl: platform.mqttUrl };
  const known = { dataDir, httpUrl: platform.url, claimCode, clock, rng };
  const identity = await identify(known, AbortSignal.timeout(10_000));
  undo.use(new RobotAgent({ identity, dataDir, cloud, devices: body, clock, rng, software: "faults" }));
  await commission(platform, robotId);
  const deliveries = platform.client("deliveries", deliveryRoutes);
  const words = { external_id: "koktem-1", name: "koktem customer" };
  const deliveryId = await order(platform, { tenant, partner: tenant.first, store: tenant.north }, words);
  const params = { delivery_id: deliveryId };
  const { tracking_url } = await deliveries.getDelivery({ params });
  const reaches = (wanted: DeliveryState): Promise<void> =>
    until(async () => {
      body.drive.advance(anyWayMs);
      body.gnss.move({ place: body.drive.place, speedMps: 0, headingDeg: 0 });
      return (await deliveries.getDelivery({ params })).state === wanted;
    }, `the delivery is ${wanted}`);
  const owned = undo.move();
  return {
    tenant,
    deliveryId,
    linkToken: only(tracking_url?.split("#")[1]),
    robotId,
    claimCode,
    dataDir,
    clock,
    body,
    codes: new Set(),
    reaches,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** More than any way in the town takes. */
const anyWayMs = 3_600_000;

async function commission(platform: Platform, robotId: string): Promise<void> {
  const states = platform.client("state", stateRoutes);
  const params = { robot_id: robotId };
  const reason = "it runs an errand";
  const dimension = async (name: string): Promise<string | undefined> => {
    const state = await states.getRobotState({ params }).catch(() => null);
    return state?.dimensions.find((each) => each.dimension === name)?.value;
  };
  await until(async () => (await dimension("asset")) === "provisioned", "the robot is known");
  await states.requestTransition({ params, body: { dimension: "asset", to: "commissioned", reason } });
  await states.requestTransition({ params, body: { dimension: "service", to: "in_service", reason } });
  const fleet = platform.client("fleet", fleetRoutes);
  await until(async () => (await fleet.getRobot({ params })).available, "the robot takes orders");
}
