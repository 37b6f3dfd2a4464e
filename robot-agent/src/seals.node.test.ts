import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Signed } from "@kerbside/proto/robot/signed";
import { signingKeyText, type Trust } from "@kerbside/proto/robot/trust";
import { describe, expect, test } from "vitest";
import { commandOf, grantOf, robotId, SimulatedRobot } from "./core/robot.sim.ts";
import { Ed25519Seals } from "./seals.node.ts";

const root = generateKeyPairSync("ed25519");
const gateway = generateKeyPairSync("ed25519");
const robot = new SimulatedRobot();

function raw(key: KeyObject): string {
  return Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url").toString("base64");
}

function signingKey(keyId: string, key: KeyObject, by: KeyObject): Trust["signing_keys"][number] {
  const named = { key_id: keyId, public_key: raw(key) };
  return { ...named, root_signature: sign(null, Buffer.from(signingKeyText(named)), by).toString("base64") };
}

function seal(context: Signed["context"], payload: unknown, keyId = "k1", key = gateway.privateKey): Signed {
  const bytes = Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
  const signature = sign(null, Buffer.concat([Buffer.from(`${context}\0`), bytes]), key).toString("base64");
  return { context, payload: bytes.toString("base64"), key_id: keyId, signature };
}

const trust: Trust = {
  root_key: raw(root.publicKey),
  signing_keys: [signingKey("k1", gateway.publicKey, root.privateKey)],
};

describe("what the cloud sealed", () => {
  const seals = new Ed25519Seals(robotId, trust);
  const command = commandOf(robot);

  test("opens as what it is", () => {
    const grant = grantOf(robot, "111111");

    expect(seals.command(seal("command", command))).toEqual({ ok: true, value: command });
    expect(seals.grant(seal("grant", grant))).toEqual({ ok: true, value: grant });
    expect(seals.time(seal("time", { v: 1, robot_id: robotId, at: 5 }))).toEqual({ ok: true, value: 5 });
  });

  test("opens again from memory with the same answer", () => {
    const signed = seal("command", command);

    expect(seals.command(signed)).toEqual(seals.command(signed));
  });

  test.each([
    ["a grant shown as a command", { ...seal("grant", command), context: "command" as const }, "bad_signature"],
    ["another context than asked for", seal("grant", command), "wrong_context"],
    ["a changed payload", { ...seal("command", command), payload: seal("command", {}).payload }, "bad_signature"],
    ["a key nobody knows", seal("command", command, "k9"), "unknown_key"],
    ["another key under a known name", seal("command", command, "k1", root.privateKey), "bad_signature"],
    ["a payload that is no JSON", seal("command", "{"), "unreadable"],
    ["a payload that is no command", seal("command", { v: 2 }), "unreadable"],
    ["a signature that is no base64", { ...seal("command", command), signature: "%%%" }, "bad_signature"],
  ])("%s does not open", (_title, signed, fault) => {
    expect(seals.command(signed)).toEqual({ ok: false, error: fault });
  });

  test("a time for another robot is not ours", () => {
    const other = seal("time", { v: 1, robot_id: robot.newId(), at: 5 });

    expect(seals.time(other)).toEqual({ ok: false, error: "unreadable" });
  });
});

describe("signing keys", () => {
  const next = generateKeyPairSync("ed25519");

  test("rotate: the new one is believed beside the old one, then alone", () => {
    const seals = new Ed25519Seals(robotId, trust);
    const newKey = signingKey("k2", next.publicKey, root.privateKey);
    const byOld = seal("command", commandOf(robot));
    const byNew = seal("command", commandOf(robot), "k2", next.privateKey);

    seals.accept([...trust.signing_keys, newKey]);
    const both = [seals.command(byOld).ok, seals.command(byNew).ok];
    seals.accept([newKey]);

    expect(both).toEqual([true, true]);
    expect([seals.command(byOld).ok, seals.command(byNew).ok]).toEqual([false, true]);
  });

  test("that the pinned root does not vouch for are left out", () => {
    const seals = new Ed25519Seals(robotId, trust);

    const refused = seals.accept([signingKey("k2", next.publicKey, next.privateKey)]);

    expect(refused).toBe(1);
    expect(seals.command(seal("command", commandOf(robot), "k2", next.privateKey)).ok).toBe(false);
  });
});
