import { randomUUID } from "node:crypto";
import { Gate } from "@kerbside/cloud-kit/http/gate";
import { createServer } from "node:net";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { pino } from "pino";
import { expect, inject, test, vi } from "vitest";
import { openBroker } from "./broker.node.ts";
import { serviceAccount, startBroker } from "./embedded/broker.aedes.ts";
import { emptyDatabase, HostPrograms } from "./host.harness.ts";

/** Whole programs start here, beside other suites. */
vi.setConfig({ testTimeout: 120_000 });

const parts = {
  host: "127.0.0.1",
  port: 0,
  clock: systemClock,
  rng: systemRng,
  log: pino({ level: "silent" }),
};

function brokerElsewhere() {
  const gate = new Gate();
  return startBroker({
    ...parts,
    authenticate: (request) => gate.authenticate(request),
    isRevoked: (principal) => gate.isRevoked(principal),
    serviceSecret: "right",
  });
}

function openAt(url: string, said: string[] = []) {
  return openBroker({ ...parts, url, secret: "", gate: new Gate(), tell: (words) => said.push(words) });
}

test("a broker elsewhere is used with the account in its address", async () => {
  await using elsewhere = await brokerElsewhere();
  const said: string[] = [];

  await using broker = await openAt(`mqtt://${serviceAccount}:right@127.0.0.1:${elsewhere.port}`, said);

  expect(broker.account).toEqual({ mqttUrl: elsewhere.url, username: serviceAccount, password: "right" });
  expect(said).toEqual([]);
});

test("one that refuses our account stops the start", async () => {
  await using elsewhere = await brokerElsewhere();

  const opened = openAt(`mqtt://${serviceAccount}:wrong@127.0.0.1:${elsewhere.port}`);

  await expect(opened).rejects.toThrow(`MQTT_URL: ${elsewhere.url} refuses the user ${serviceAccount}: `);
});

test("one that says nothing is not waited for", async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  const clock = new VirtualClock();
  const said: string[] = [];
  const url = `mqtt://us:secret@127.0.0.1:${typeof address === "object" ? address?.port : 0}`;

  const opening = openBroker({ ...parts, clock, url, secret: "", gate: new Gate(), tell: (words) => said.push(words) });
  await clock.advance(10_000);
  await opening;

  silent.close();
  expect(said.join()).toContain("it said nothing within 10 s");
});

test("the host says which broker refuses it, and ends with 1", async () => {
  await using elsewhere = await brokerElsewhere();
  await using database = await emptyDatabase(inject("postgresUrl"), `host_${randomUUID().slice(0, 8)}`);
  await using programs = await HostPrograms.open();
  const mqttUrl = `mqtt://${serviceAccount}:wrong@127.0.0.1:${elsewhere.port}`;
  const environment = { DATABASE_URL: database.url, MQTT_URL: mqttUrl };

  const { code, output } = await programs.run({ flags: ["--services", "robot-gateway"], environment });

  expect(output).toContain(`MQTT_URL: ${elsewhere.url} refuses the user ${serviceAccount}: `);
  expect(output).not.toContain("wrong");
  expect(code).toBe(1);
});

test("the host starts without its broker, says so, and is not ready", async () => {
  await using database = await emptyDatabase(inject("postgresUrl"), `host_${randomUUID().slice(0, 8)}`);
  await using programs = await HostPrograms.open();
  const environment = { DATABASE_URL: database.url, MQTT_URL: "mqtt://us:secret@127.0.0.1:1" };

  const host = programs.start({ flags: ["--services", "robot-gateway"], environment });
  const readiness = await fetch(`${await host.ready}/readyz`);

  expect(host.output()).toContain("MQTT_URL: no connection to mqtt://127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1)");
  expect(readiness.status).toBe(503);
  expect(await readiness.json()).toMatchObject({
    parts: { "robot-gateway": "no connection to the MQTT broker at mqtt://127.0.0.1:1" },
  });
});
