import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";
import type { Holder, JournalBody, JournalEntry } from "@kerbside/proto/robot/journal";
import type { LidFlag } from "@kerbside/proto/robot/lid";
import type { StopKind } from "@kerbside/proto/robot/mission";
import { describe, expect, test } from "vitest";
import { concernsLatest, hearFact, hearSample, type Latest, leaveDelivery, newLatest, takeDelivery } from "./latest.ts";

const robotId = "01890a5d-ac96-774b-bcce-b302099a8057";
const missionId = "01890a5d-ac96-774b-bcce-b302099a8001";
const deliveryId = "01890a5d-ac96-774b-bcce-b302099a8002";
const otherId = "01890a5d-ac96-774b-bcce-b302099a8003";
const nowMs = 1_000_000;
const actor = { kind: "robot", id: robotId } as const;
const blank = newLatest({ robot_id: robotId, organization_id: otherId, name: "K1", nowMs });

function sampleAt(atMs: number, more: Partial<HeartbeatSample> = {}): HeartbeatSample {
  return {
    atMs,
    lat: 51.1,
    lng: 71.4,
    accuracyM: 2,
    speedMps: 1.2,
    headingDeg: 90,
    batteryPct: 80,
    lid: "closed_locked",
    operationalState: "working",
    controlMode: "AUTOMATIC",
    motionSafety: "moving",
    lidFlags: 0,
    ...more,
  };
}

function beat(latest: Latest, atMs: number, more: Partial<HeartbeatSample> = {}): Latest {
  return hearSample(latest, { sample: sampleAt(atMs, more), intervalMs: 5_000 }, nowMs);
}

function progress(
  latest: Latest,
  happened: JournalBody<"mission_progressed">["happened"],
  stop: StopKind,
  delivery: string | null = deliveryId,
): Latest {
  const ids = { mission_id: missionId, trip_id: null, delivery_id: delivery, attempt_id: null };
  const body = { ...ids, happened, stop, place: null, reason: null };
  return hearFact(latest, { type: "mission_progressed", seq: 1, event_time: 1, actor, body }, nowMs);
}

function lid(latest: Latest, event_time: number, to: string, flags: LidFlag[] = []): Latest {
  const move = { cycle_id: null, compartment: 0, event: "lid_opened", from: "closed_unlocked", to, flags };
  const body = { ...move, purpose: null, delivery_id: null, authorisation: null };
  return hearFact(latest, { type: "lid_changed", seq: 1, event_time, actor, body }, nowMs);
}

function custody(latest: Latest, from: Holder, to: Holder): Latest {
  const goods = { delivery_id: deliveryId, attempt_id: otherId, fencing_token: 1, compartment: 0 };
  const body = { ...goods, from, to, cycle_id: otherId, place: null };
  return hearFact(latest, { type: "custody_changed", seq: 1, event_time: 1, actor, body }, nowMs);
}

describe("heartbeats", () => {
  test("tell place, battery and states, and when the next word is due", () => {
    expect(beat(blank, 500, { lidFlags: 0b10 })).toMatchObject({
      at: 500,
      interval_ms: 5_000,
      lat: 51.1,
      battery_pct: 80,
      lid: "closed_locked",
      lid_flags: ["jammed"],
      motion_safety: "moving",
    });
  });

  test("that are older than what is known change nothing", () => {
    const latest = beat(blank, 500);

    expect(beat(latest, 499, { batteryPct: 10 })).toBe(latest);
  });

  test("without a fix keep the last known place", () => {
    expect(beat(beat(blank, 500), 600, { lat: null, lng: null })).toMatchObject({ at: 600, lat: 51.1 });
  });

  test("measured before a fact of the journal leave its state alone", () => {
    const latest = beat(lid(blank, 700, "open"), 600);

    expect(latest).toMatchObject({ at: 600, lid: "open", battery_pct: 80 });
  });

  test("count again when the robot's clock, that was years ahead, was put right", () => {
    const latest = beat(blank, nowMs + 10 * 365 * 86_400_000);

    expect(beat(latest, nowMs).at).toBe(nowMs);
  });
});

describe("facts", () => {
  test("that come late do not hide what a later heartbeat said", () => {
    expect(lid(beat(blank, 500), 400, "open").lid).toBe("closed_locked");
  });

  test("tell the lid and its flags at once", () => {
    expect(lid(beat(blank, 500), 501, "open", ["ajar"])).toMatchObject({ lid: "open", lid_flags: ["ajar"] });
  });
});

describe("missions", () => {
  test("say which stop the robot heads for and whether it stands there", () => {
    const driving = progress(progress(blank, "accepted", "pickup"), "departed", "pickup");

    expect(driving).toMatchObject({ mission_id: missionId, delivery_id: deliveryId, stop: "pickup", at_stop: false });
    expect(progress(driving, "arrived", "pickup")).toMatchObject({ stop: "pickup", at_stop: true });
  });

  test("carry no delivery on the way to the hub", () => {
    expect(progress(blank, "departed", "hub")).toMatchObject({ mission_id: missionId, delivery_id: null });
  });

  test("leave nothing behind when they end", () => {
    const ended = progress(progress(blank, "departed", "dropoff"), "aborted", "dropoff");

    expect(ended).toMatchObject({ mission_id: null, delivery_id: null, stop: null, at_stop: false });
  });

  test("of somebody else's that end do not end the present one", () => {
    const present = { ...blank, mission_id: otherId, delivery_id: otherId };

    expect(progress(present, "aborted", "pickup")).toBe(present);
  });
});

describe("custody", () => {
  test("handed to the customer hides the delivery at once, whatever progress is heard of late", () => {
    const handed = custody(progress(blank, "arrived", "dropoff"), "robot", "customer");

    expect(handed.delivery_id).toBeNull();
    expect(progress(handed, "stop_completed", "dropoff").delivery_id).toBeNull();
  });

  test("taken over from the merchant changes nothing here", () => {
    const latest = progress(blank, "arrived", "pickup");

    expect(custody(latest, "merchant", "robot").delivery_id).toBe(deliveryId);
  });
});

describe("the end of an attempt", () => {
  test("takes the delivery away, and what is heard of it later does not bring it back", () => {
    const left = leaveDelivery(progress(blank, "arrived", "dropoff"), deliveryId);

    expect(left.delivery_id).toBeNull();
    expect(progress(left, "departed", "dropoff").delivery_id).toBeNull();
  });

  test("of another delivery changes nothing", () => {
    const busy = progress(blank, "arrived", "dropoff");

    expect(leaveDelivery(busy, otherId)).toBe(busy);
  });

  test("is over when the robot is given the same delivery again", () => {
    const again = takeDelivery(leaveDelivery(progress(blank, "arrived", "pickup"), deliveryId), deliveryId);

    expect(progress(again, "departed", "dropoff").delivery_id).toBe(deliveryId);
    expect(takeDelivery(blank, deliveryId)).toBe(blank);
  });
});

test("a fact that says nothing about the row is known by its type", () => {
  const body = { command_id: otherId, road: "mqtt" } as const;
  const fact: JournalEntry = { type: "command_received", seq: 1, event_time: 1, actor, body };

  expect(concernsLatest(fact)).toBe(false);
  expect(hearFact(blank, fact, nowMs)).toBe(blank);
});
