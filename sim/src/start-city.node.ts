import type { Platform } from "@kerbside/cloud-host/platform.node";
import type { Client } from "@kerbside/proto/base/client";
import { createClient } from "@kerbside/proto/base/client.http";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import type { RobotBody } from "./body/robot-body.ts";
import { City } from "./city/city.ts";
import { type CityOptions, type CityWish, cityOptions } from "./city/city-options.ts";
import { CityCloud } from "./city/cloud.node.ts";
import { Traffic } from "./demand/traffic.ts";
import type { CityRobot } from "./fleet/city-robot.ts";
import { Garage } from "./fleet/garage.node.ts";
import { drawDeadZones } from "./network/coverage.ts";
import { HttpOrders } from "./people/orders.http.ts";
import { Street } from "./people/street.ts";
import type { Login, PartnerLogin } from "./seed/city-file.node.ts";
import { found, seedOf } from "./seed/found.ts";
import type { CityGround } from "./seed/seed.ts";

const clock = systemClock;
const never = new AbortController().signal;

/** A whole city that runs: cloud, robots and people. Disposing of it stops them, the cloud last. */
export interface RunningCity extends AsyncDisposable {
  readonly url: string;
  readonly mqttUrl: string;
  readonly seed: number;
  /** The map, what was built on it, and where customers live. */
  readonly ground: CityGround;
  /** Who can sign in, and with what. */
  readonly people: readonly Login[];
  readonly partner: PartnerLogin;
  /** The partner's own client, over HTTP. */
  readonly partnerClient: Client<typeof deliveryRoutes>;
  readonly traffic: Traffic;
  readonly robots: readonly CityRobot[];
  /** The page of a robot that is a process of its own; null for none. */
  readonly diagnosticsUrl: string | null;
  readonly cloud: CityCloud;
  /** Of the moment: it is another one after the cloud was started again. */
  readonly platform: Platform;
}

/**
 * Starts a city and answers once its robots are in service. Any number may run side by side, each with a folder and
 * ports of its own. What fails on the way, or the signal, stops everything that had begun.
 */
export async function startCity(wish: CityWish, giveUp: AbortSignal = never): Promise<RunningCity> {
  const options = cityOptions(wish);
  const { dataDir, speedUp, onProgress } = options;
  const seed = seedOf(dataDir, options.seed);
  const chance = new SeededRng(seed);
  await using running = new AsyncDisposableStack();
  const cloud = running.use(await CityCloud.start(options));
  running.defer(() => onProgress("stopping the cloud"));
  onProgress("founding the city");
  const { ground, city } = await found(cloud.platform, dataDir, seed);
  const { plan, homes } = ground;
  onProgress(`starting ${options.robots} robots`);
  const garage = running.use(await Garage.open({ options, cloud, plan, chance, clock, signal: giveUp }));
  running.defer(() => onProgress("stopping the robots"));
  giveUp.throwIfAborted();
  const { url, mqttUrl } = cloud.platform;
  const partnerClient = createClient(deliveryRoutes, {
    baseUrl: url,
    headers: () => ({ authorization: `Bearer ${city.partner.clientSecret}` }),
  });
  const rng = chance.fork("traffic");
  const traffic = new Traffic({ partner: partnerClient, stores: plan.stores, homes, clock, rng, speedUp });
  running.use(live({ options, cloud, garage, traffic, ground, chance }));
  const owned = running.move();
  return {
    url,
    mqttUrl,
    seed,
    ground,
    people: city.people,
    partner: city.partner,
    partnerClient,
    traffic,
    robots: garage.robots,
    diagnosticsUrl: garage.diagnosticsUrl,
    cloud,
    get platform() {
      return cloud.platform;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Time begins to pass in the city, until this is disposed of. */
function live(parts: {
  readonly options: CityOptions;
  readonly cloud: CityCloud;
  readonly garage: Garage;
  readonly traffic: Traffic;
  readonly ground: CityGround;
  readonly chance: SeededRng;
}): AsyncDisposable {
  const { options, cloud, garage, traffic, ground, chance } = parts;
  const { speedUp, present, onEvent, ordersPerHour, rebootsPerHour } = options;
  const onProblem = (problem: unknown): void => onEvent({ type: "problem", problem });
  const orders = new HttpOrders({
    baseUrl: cloud.platform.url,
    store: () => cloud.platform.client("deliveries", deliveryRoutes),
    clock,
    rng: systemRng,
  });
  const body = (robotId: string): RobotBody | null => garage.find(robotId)?.body ?? null;
  const { stores, hubs } = ground.plan;
  const sites = [...stores.map(({ address }) => address.place), ...hubs.map(({ place }) => place)];
  const city = new City({
    robots: garage.robots,
    street: new Street({ orders, body, rng: chance.fork("street"), present, speedUp, onProblem }),
    orders,
    zones: drawDeadZones(chance.fork("zones"), sites, options.deadZones),
    clock,
    rng: chance.fork("city"),
    ordersPerHour,
    placeOrder: async () => onEvent({ type: "ordered", delivery: await traffic.order() }),
    rebootsPerHour,
    onProblem,
  });
  const stopping = new AbortController();
  const life = city.run(stopping.signal);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await life;
    },
  };
}
