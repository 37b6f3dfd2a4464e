import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { expect, test } from "vitest";
import { privateKeyFrom, signerWith } from "../keys/signer.ts";
import { TimeSeal } from "./time-seal.ts";

const key = privateKeyFrom(new SeededRng(1).bytes(32));
const signer = signerWith({ root: key, signing: [{ keyId: "k", key }] });

test("a robot gets the time now and then, and again when it connects anew", async () => {
  const clock = new VirtualClock();
  const seal = new TimeSeal(clock, signer);

  const first = seal.forRobot("r1");
  const soon = seal.forRobot("r1");
  const other = seal.forRobot("r2");
  await clock.advance(300_000);
  const later = seal.forRobot("r1");
  seal.forget("r1");
  const anew = seal.forRobot("r1");

  expect(soon).toBeNull();
  for (const signed of [first, other, later, anew]) expect(signed?.context).toBe("time");
  expect(JSON.parse(Buffer.from(later?.payload ?? "", "base64").toString())).toEqual({
    v: 1,
    robot_id: "r1",
    at: clock.now(),
  });
});
