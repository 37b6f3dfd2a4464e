import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { emptyDatabase, HostPrograms } from "@kerbside/cloud-host/host.harness";
import { openSecrets } from "@kerbside/cloud-host/secrets.node";
import { signServiceToken } from "@kerbside/cloud-kit/service-token";
import type { Client } from "@kerbside/proto/base/client";
import { createClient } from "@kerbside/proto/base/client.http";
import { systemClock as clock } from "@kerbside/proto/base/clock.system";
import type { Routes } from "@kerbside/proto/base/endpoint";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { configRoutes } from "@kerbside/proto/routes/config";
import { deviceRoutes } from "@kerbside/proto/routes/device";
import { fleetRoutes } from "@kerbside/proto/routes/fleet";
import { robotGatewayRoutes } from "@kerbside/proto/routes/robot-gateway";
import { describe, expect, inject, test } from "vitest";
import { isMosquittoMissing, startMosquitto } from "./mosquitto.node.ts";

const agent = fileURLToPath(new URL("../../robot-agent/src/main.ts", import.meta.url));
const place = { lat: 51.1605, lng: 71.4704 };
/** Far less than the minute for which Electric's client would keep the program alive. */
const stopMaxMs = 30_000;
const patience = { timeout: 30_000, interval: 100 };

const isCi = process.env["CI"] === "true";
describe.skipIf(isMosquittoMissing && !isCi)(
  "with Debian's mosquitto and openssl (skipped where they are not there)",
  () => {
    test("host, broker and robot are three programs, and an order goes all the way and back", async () => {
      await using mosquitto = await startMosquitto();
      await using database = await emptyDatabase(inject("postgresUrl"), `elsewhere_${randomUUID().slice(0, 8)}`);
      await using programs = await HostPrograms.open();
      const environment = { NODE_EXTRA_CA_CERTS: mosquitto.caFile };
      const host = programs.start({
        environment: { ...environment, DATABASE_URL: database.url, MQTT_URL: mosquitto.servicesUrl },
      });
      const url = await host.ready;
      const { robotId, claimCode, admin } = await announce(url, programs.dataDir);
      await using _robot = startRobot({
        ...environment,
        KERBSIDE_CLOUD_URL: url,
        KERBSIDE_MQTT_URL: mosquitto.robotsUrl,
        KERBSIDE_DATA_DIR: join(programs.dataDir, "robot"),
        KERBSIDE_CLAIM_CODE: claimCode,
      });
      const params = { robot_id: robotId };
      const seen = () =>
        admin(fleetRoutes)
          .getRobot({ params })
          .catch(() => null);
      await expect.poll(seen, patience).toMatchObject({ connectivity: "online", lid: "closed_locked" });

      const order = { kind: "identify", wait_ms: 30_000 } as const;
      const ended = await admin(robotGatewayRoutes).sendCommand({ params, body: order });

      expect(ended.state).toBe("succeeded");
      expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
        ready: true,
        parts: { "robot-gateway": "ready" },
      });
    }, 120_000);
  },
);

type As = <R extends Routes>(routes: R) => Client<R>;

/** An organization with its admin, and a robot that is to come. */
async function announce(
  baseUrl: string,
  dataDir: string,
): Promise<{ readonly robotId: string; readonly claimCode: string; readonly admin: As }> {
  const key = (await openSecrets(dataDir, null)).key("service-token");
  const headers = async () => ({
    authorization: `Bearer ${await signServiceToken("host", { secret: key, clock })}`,
  });
  const ours: As = (routes) => createClient(routes, { baseUrl, headers });
  const email = "ada@acme.example";
  const users = [{ email, name: "Ada", role: "admin" as const }];
  const { organization, users: people } = await ours(accountsRoutes).createOrganization({
    body: { name: "Acme", users },
  });
  const { organization_id } = organization;
  const { market_id } = await ours(configRoutes).createMarket({
    body: {
      organization_id,
      name: "Astana",
      timezone: "Asia/Almaty",
      center: place,
      radius_m: 10_000,
      fare: { currency: "KZT", base_minor: 1, per_km_minor: 1 },
    },
  });
  const { hub_id } = await ours(configRoutes).createHub({ body: { organization_id, market_id, name: "Hub", place } });
  const device = await ours(deviceRoutes).createDevice({ body: { organization_id, market_id, hub_id, name: "K1" } });
  const cookie = await signIn(baseUrl, { email, password: people[0]?.password ?? "" });
  return {
    robotId: device.robot_id,
    claimCode: device.claim_code,
    admin: (routes) => createClient(routes, { baseUrl, headers: () => ({ cookie, "sec-fetch-site": "same-origin" }) }),
  };
}

async function signIn(baseUrl: string, body: { readonly email: string; readonly password: string }): Promise<string> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${baseUrl}/v1/session`, { method: "POST", headers, body: JSON.stringify(body) });
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

function startRobot(environment: Readonly<Record<string, string>>): AsyncDisposable {
  const env = { PATH: "/usr/bin:/bin", ...environment };
  const child: ChildProcess = spawn(process.execPath, [agent], { env, stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("close", resolve));
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      const isOver = await Promise.race([ended.then(() => true), clock.sleep(stopMaxMs).then(() => false)]);
      child.kill("SIGKILL");
      if (!isOver) throw new Error(`the robot had not stopped ${stopMaxMs / 1_000} s after it was asked to`);
    },
  };
}
