import { createPrivateKey, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { topics } from "@kerbside/proto/robot/topics";
import { afterEach, describe, expect, test } from "vitest";
import { type Wire, wireTo } from "../world/mqtt.ts";
import { ourselves } from "../world/ourselves.ts";
import { jwt } from "../world/robot.ts";
import type { World } from "../world/world.ts";

/** The broker against robots who would like to be another, to hear another, or to speak for another. */
export function topicsSuite(world: () => World): void {
  const open: Wire[] = [];
  const connect = async (clientId: string, password: string, username = clientId): Promise<Wire> => {
    const wire = await wireTo(world().platform.mqttUrl, { clientId, username, password });
    open.push(wire);
    return wire;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((wire) => wire[Symbol.asyncDispose]()));
  });
  const mine = () => world().aspan.robot;
  const theirs = () => world().boran.robot;

  describe("the broker lets in", () => {
    test("a robot under its own name", async () => {
      expect((await connect(mine().id, mine().token)).refusal).toBe(null);
    });
  });

  describe("the broker refuses", () => {
    test.each([
      ["a robot under another's name", () => [theirs().id, mine().token]],
      ["a robot under no robot's name", () => ["gateway", mine().token]],
      ["nobody", () => [mine().id, ""]],
      ["a password that is no token", () => [mine().id, "letmein"]],
      ["a customer's link", () => [world().unlockLink.id, world().unlockLink.token]],
      ["a partner's key", () => [world().aspan.first.id, world().aspan.first.secret]],
      ["a token that another robot's key signed", () => [mine().id, jwt(claims(world(), 60), theirs().key)]],
    ] as const)("%s", async (_who, credentials) => {
      const [clientId = "", password = ""] = credentials();

      expect((await connect(clientId, password)).refusal).toMatch(/not authori[sz]ed/i);
    });

    test("our service account with a guessed password, and a robot's password under its name", async () => {
      expect((await connect("robot-gateway-x", "guess", "kerbside-service")).refusal).toMatch(/not authori[sz]ed/i);
      expect((await connect("robot-gateway-x", mine().token, "kerbside-service")).refusal).toMatch(
        /not authori[sz]ed/i,
      );
    });

    test("a token whose hour is over, though our own key signed it", async () => {
      const pem = await readFile(join(world().dataDir, "services/device/robot-tokens.pem"), "utf8");
      const key = createPrivateKey(pem);

      expect((await connect(mine().id, jwt(claims(world(), -1), key))).refusal).toMatch(/not authori[sz]ed/i);
      expect((await connect(mine().id, jwt(claims(world(), 60), key))).refusal).toMatch(/not authori[sz]ed/i);
    });
  });

  describe("a robot hears", () => {
    test.each([
      ["its own commands", (id: string) => topics.command(id), true],
      ["its own acknowledgements", (id: string) => topics.acks(id), true],
      ["its own drive", (id: string) => topics.drive(id), true],
      ["nothing that it sends itself", (id: string) => topics.up(id, "p0"), false],
      ["not everything of its own", (id: string) => `kerbside/v1/${id}/#`, false],
      ["not what everybody sends", () => topics.everyUp, false],
      ["not everything", () => "#", false],
      ["not any one robot's commands", () => "kerbside/v1/+/command", false],
      ["not through a shared subscription", (id: string) => `$share/all/kerbside/v1/${id}/command`, false],
      ["not the broker's own words", () => "$SYS/#", false],
      ["not the empty topic's children", () => "+/+/+/+", false],
    ] as const)("%s", async (_what, topic, granted) => {
      const wire = await connect(mine().id, mine().token);

      expect(await wire.subscribe(topic(mine().id))).toBe(granted);
    });

    test("not another robot's commands, acknowledgements or drive", async () => {
      const wire = await connect(mine().id, mine().token);
      const { id } = theirs();

      const granted: string[] = [];
      for (const topic of [topics.command(id), topics.acks(id), topics.ack(id, "p0"), topics.drive(id)]) {
        if (await wire.subscribe(topic)) granted.push(topic);
      }

      expect(granted).toEqual([]);
    });
  });

  describe("a robot says nothing", () => {
    test.each([
      ["on another robot's uplink", () => topics.up(theirs().id, "p0")],
      ["on another robot's link", () => topics.link(theirs().id)],
      ["as an acknowledgement to itself", () => topics.ack(mine().id, "p0")],
      ["as a command to itself", () => topics.command(mine().id)],
      ["as a command to another", () => topics.command(theirs().id)],
      ["on a topic of nobody", () => "news"],
      ["on the broker's own topics", () => "$SYS/broker"],
      ["on a stream that there is none of", () => `kerbside/v1/${mine().id}/up/p9`],
    ] satisfies readonly (readonly [string, () => string])[])("%s", async (_where, topic) => {
      await using ear = await wireTo(world().platform.mqttUrl, await ourselves(world()));
      await ear.subscribe("#");
      const wire = await connect(mine().id, mine().token);
      const words = randomUUID();

      await wire.publish(topic(), words);
      await (await connect(theirs().id, theirs().token)).publish(topics.link(theirs().id), "the end");
      await ear.heard("the end");

      expect(ear.messages).not.toContain(words);
    });

    test("by its last will on another robot's link", async () => {
      await using ear = await wireTo(world().platform.mqttUrl, await ourselves(world()));
      await ear.subscribe("#");
      const will = { topic: topics.link(theirs().id), payload: Buffer.from("the will"), qos: 1 as const, retain: true };
      const { id, token } = mine();
      const wire = await wireTo(world().platform.mqttUrl, { clientId: id, username: id, password: token, will });

      wire.vanish();
      await (await connect(theirs().id, theirs().token)).publish(topics.link(theirs().id), "the end");
      await ear.heard("the end");

      expect(ear.messages).not.toContain("the will");
    });
  });
}

function claims({ aspan }: World, lifeS: number): object {
  const exp = Math.floor(Date.now() / 1_000) + lifeS;
  const { id } = aspan.robot;
  return {
    iss: "kerbside/device",
    sub: id,
    org: aspan.organizationId,
    aud: ["mqtt", "http"],
    exp,
    cnf: { jkt: "another" },
  };
}
