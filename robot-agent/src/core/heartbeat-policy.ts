import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";
import { lidFlags } from "@kerbside/proto/robot/lid";
import type { Core } from "./core.ts";
import { motionName } from "./ledger.ts";

/** How long samples may wait for their batch. */
export const flushIntervalMs = { watched: 1_000, moving: 5_000, parked: 60_000 } as const;

/** Fast where somebody waits or looks, slow where nothing happens. */
export function flushIntervalOf(core: Core): number {
  const isWatched = core.view.flags.get("watched") === true;
  const isAtCustomerStop = core.work.run.at === "at_stop";
  const isLidBusy = core.safety.lid.at !== "closed_locked";
  if (isWatched || isAtCustomerStop || isLidBusy) return flushIntervalMs.watched;
  return core.work.run.at === "driving" || core.body.drive.isMoving ? flushIntervalMs.moving : flushIntervalMs.parked;
}

/** This second of the robot's life. */
export function sampleOf(core: Core, atMs: number): HeartbeatSample {
  const { fix, drive, battery } = core.body;
  const { lid, motion } = core.safety;
  return {
    atMs,
    lat: fix?.place.lat ?? null,
    lng: fix?.place.lng ?? null,
    accuracyM: fix?.accuracyM ?? 0,
    speedMps: drive.speedMps,
    headingDeg: fix?.headingDeg ?? 0,
    batteryPct: battery.pct,
    lid: core.isReady ? lid.at : "unknown",
    operationalState: core.robot.operational,
    controlMode: core.robot.control,
    motionSafety: motion === "normal" && drive.isMoving ? "moving" : motionName(motion),
    lidFlags: lid.flags.reduce((bits, flag) => bits | (1 << lidFlags.indexOf(flag)), 0),
  };
}
