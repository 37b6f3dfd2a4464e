import { afterAll, beforeAll, describe, inject } from "vitest";
import { assertionsSuite } from "./authz/assertions.suite.ts";
import { endpointsSuite } from "./authz/endpoints.suite.ts";
import { partnersGuideSuite } from "./guides/partners.suite.ts";
import { fieldsSuite } from "./input/fields.suite.ts";
import { fuzzSuite } from "./input/fuzz.suite.ts";
import { idempotencySuite } from "./input/idempotency.suite.ts";
import { referencesSuite } from "./authz/references.suite.ts";
import { shapesSuite } from "./authz/shapes.suite.ts";
import { subsetsSuite } from "./authz/subsets.suite.ts";
import { topicsSuite } from "./authz/topics.suite.ts";
import { transportSuite } from "./input/transport.suite.ts";
import { uplinkSuite } from "./input/uplink.suite.ts";
import { webSuite } from "./input/web.suite.ts";
import { keypadSuite } from "./seams/keypad.suite.ts";
import { linksSuite } from "./seams/links.suite.ts";
import { racesSuite } from "./seams/races.suite.ts";
import { robotsSuite } from "./seams/robots.suite.ts";
import { secrecySuite } from "./seams/secrecy.suite.ts";
import { uberSuite } from "./seams/uber.suite.ts";
import { webhooksSuite } from "./seams/webhooks.suite.ts";
import { beginErrand, type Errand } from "./world/errand.ts";
import { startWorld, type World } from "./world/world.ts";

/** One platform, attacked from every side. */
let started: World | undefined;
beforeAll(async () => {
  started = await startWorld(inject("postgresUrl"));
});
afterAll(() => started?.[Symbol.asyncDispose]());

function world(): World {
  if (!started) throw new Error("the platform has not started");
  return started;
}

describe("who may do what", () => {
  endpointsSuite(world);
});
describe("what belongs to another tenant", () => {
  referencesSuite(world);
});
describe("who may follow what", () => {
  shapesSuite(world);
});
describe("who may ask for part of it", () => {
  subsetsSuite(world);
});
describe("who is taken for a robot", () => {
  assertionsSuite(world);
});
describe("who may hear and say what", () => {
  topicsSuite(world);
});
describe("what is wrong with a field", () => {
  fieldsSuite(world);
});
describe("what is wrong with a request", () => {
  transportSuite(world);
});
describe("what is wrong with a connection", () => {
  webSuite(world);
});
describe("an idempotency key", () => {
  idempotencySuite(world);
});
describe("who comes at the same moment", () => {
  racesSuite(world);
});
describe("where webhooks may lead", () => {
  webhooksSuite(world);
});
describe("Uber's clients", () => {
  uberSuite(world);
});
describe("whoever holds a link", () => {
  linksSuite(world);
});
describe("a robot that lies", () => {
  robotsSuite(world);
});
describe("what is wrong with what a robot sends", () => {
  uplinkSuite(world);
});
describe("a newcomer with the guide in hand", () => {
  partnersGuideSuite(world);
});
describe("anything at all", () => {
  fuzzSuite(world);
});
describe("a whole delivery", () => {
  let begun: Errand | undefined;
  beforeAll(async () => {
    begun = await beginErrand(world().platform);
  });
  afterAll(() => begun?.[Symbol.asyncDispose]());
  const errand = (): Errand => {
    if (!begun) throw new Error("the errand has not begun");
    return begun;
  };

  describe("whoever stands at the keypad", () => {
    keypadSuite(world, errand);
  });
  describe("what nobody else may read", () => {
    secrecySuite(world, errand);
  });
});
