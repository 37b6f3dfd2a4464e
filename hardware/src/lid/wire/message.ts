import { err, ok, type Result } from "@kerbside/proto/base/result";
import type { LidReading, LidRefusal } from "../lid.ts";
import { type LidFault, lidFaults, lidRefusals } from "../lid.ts";

/** 32 and 16 bytes, as lower-case hex. */
type Hash = string;
type Challenge = string;

/** From the robot's computer to the lid controller. */
export type HostMessage =
  /** Somebody is there. A controller that hears nothing for 5 s latches a closed lid by itself. */
  | { readonly type: "ping" }
  /** Asks for a challenge to release the latch on behalf of this `unlatchHash`. */
  | { readonly type: "arm"; readonly hash: Hash }
  /** Releases the latch, if this is the controller's last challenge for this hash, not older than 500 ms. */
  | { readonly type: "fire"; readonly hash: Hash; readonly challenge: Challenge }
  | { readonly type: "latch" };

/** From the lid controller. */
export type ControllerMessage =
  | ControllerStatus
  | { readonly type: "challenge"; readonly bootId: number; readonly hash: Hash; readonly challenge: Challenge }
  /** Nothing was driven. `replyTo` is the sequence of the message that is declined. */
  | { readonly type: "refused"; readonly replyTo: number; readonly reason: LidRefusal };

/** Sent on every change and every 50 ms. It carries all outcomes, so that a lost frame loses nothing. */
export interface ControllerStatus extends Omit<LidReading, "atMs"> {
  readonly type: "status";
  /** Drawn at power-on; counters are comparable within one boot only. */
  readonly bootId: number;
  readonly isDriving: boolean;
  /** Since power-on, modulo 65,536: drives of the latch, openings of the lid, releases of the latch. */
  readonly drives: number;
  readonly openings: number;
  readonly releases: number;
  /** Sequence of the last frame that came from the host: a report is younger than whatever it has heard. */
  readonly heard: number;
}

type ChallengeMessage = Extract<ControllerMessage, { type: "challenge" }>;

export type MessageFault = "message_unknown" | "message_malformed";

/** First byte of a payload. Append only. */
const kinds = { ping: 0x01, arm: 0x02, fire: 0x03, latch: 0x04, status: 0x81, challenge: 0x82, refused: 0x83 } as const;
const hashBytes = 32;
const challengeBytes = 16;
const statusHeadBytes = 18;
const statusBytes = statusHeadBytes + hashBytes;
/** Index is the value on the wire. */
const positions = ["unknown", "closed", "open"] as const;
const latches = ["unknown", "engaged", "released"] as const;
const goods = ["unknown", "absent", "present"] as const;
const bits = { driving: 1, hasLastUnlatch: 2, opened: 4, settled: 8 } as const;

export function encodeHostMessage(message: HostMessage): Uint8Array {
  switch (message.type) {
    case "ping":
    case "latch":
      return Uint8Array.of(kinds[message.type]);
    case "arm":
      return Buffer.concat([Uint8Array.of(kinds.arm), unhex(message.hash)]);
    case "fire":
      return Buffer.concat([Uint8Array.of(kinds.fire), unhex(message.hash), unhex(message.challenge)]);
  }
}

export function decodeHostMessage(payload: Uint8Array): Result<HostMessage, MessageFault> {
  switch (payload[0]) {
    case kinds.ping:
      return payload.length === 1 ? ok({ type: "ping" }) : err("message_malformed");
    case kinds.latch:
      return payload.length === 1 ? ok({ type: "latch" }) : err("message_malformed");
    case kinds.arm:
      if (payload.length !== 1 + hashBytes) return err("message_malformed");
      return ok({ type: "arm", hash: hex(payload, 1, hashBytes) });
    case kinds.fire:
      if (payload.length !== 1 + hashBytes + challengeBytes) return err("message_malformed");
      return ok({
        type: "fire",
        hash: hex(payload, 1, hashBytes),
        challenge: hex(payload, 1 + hashBytes, challengeBytes),
      });
    default:
      return err("message_unknown");
  }
}

export function encodeControllerMessage(message: ControllerMessage): Uint8Array {
  switch (message.type) {
    case "status":
      return encodeStatus(message);
    case "challenge":
      return encodeChallenge(message);
    case "refused": {
      const { replyTo, reason } = message;
      return Uint8Array.of(kinds.refused, replyTo >>> 8, replyTo & 0xff, lidRefusals.indexOf(reason));
    }
  }
}

export function decodeControllerMessage(payload: Uint8Array): Result<ControllerMessage, MessageFault> {
  switch (payload[0]) {
    case kinds.status:
      return decodeStatus(payload);
    case kinds.challenge:
      return decodeChallenge(payload);
    case kinds.refused: {
      const reason = lidRefusals[payload[3] ?? 0xff];
      if (payload.length !== 4 || !reason) return err("message_malformed");
      return ok({ type: "refused", replyTo: ((payload[1] ?? 0) << 8) | (payload[2] ?? 0), reason });
    }
    default:
      return err("message_unknown");
  }
}

function encodeChallenge({ bootId, hash, challenge }: ChallengeMessage): Uint8Array {
  const head = new DataView(new ArrayBuffer(5));
  head.setUint8(0, kinds.challenge);
  head.setUint32(1, bootId);
  return Buffer.concat([new Uint8Array(head.buffer), unhex(hash), unhex(challenge)]);
}

function decodeChallenge(payload: Uint8Array): Result<ChallengeMessage, MessageFault> {
  if (payload.length !== 5 + hashBytes + challengeBytes) return err("message_malformed");
  const bootId = new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(1);
  return ok({
    type: "challenge",
    bootId,
    hash: hex(payload, 5, hashBytes),
    challenge: hex(payload, 5 + hashBytes, challengeBytes),
  });
}

function encodeStatus(status: ControllerStatus): Uint8Array {
  const payload = new Uint8Array(statusBytes);
  const view = new DataView(payload.buffer);
  view.setUint8(0, kinds.status);
  view.setUint32(1, status.bootId);
  view.setUint8(5, positions.indexOf(status.position));
  view.setUint8(6, latches.indexOf(status.latch));
  view.setUint8(7, goods.indexOf(status.goods));
  view.setUint8(8, faultBits(status.faults));
  view.setUint8(
    9,
    (status.isDriving ? bits.driving : 0) |
      (status.lastUnlatch ? bits.hasLastUnlatch : 0) |
      (status.lastUnlatch?.opened ? bits.opened : 0) |
      (status.isSettled ? bits.settled : 0),
  );
  view.setUint16(10, status.drives);
  view.setUint16(12, status.openings);
  view.setUint16(14, status.releases);
  view.setUint16(16, status.heard);
  if (status.lastUnlatch) payload.set(unhex(status.lastUnlatch.hash), statusHeadBytes);
  return payload;
}

function decodeStatus(payload: Uint8Array): Result<ControllerStatus, MessageFault> {
  if (payload.length !== statusBytes) return err("message_malformed");
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const position = positions[view.getUint8(5)];
  const latch = latches[view.getUint8(6)];
  const load = goods[view.getUint8(7)];
  const flags = view.getUint8(9);
  if (!position || !latch || !load || view.getUint8(8) >= 1 << lidFaults.length) return err("message_malformed");
  return ok({
    type: "status",
    bootId: view.getUint32(1),
    position,
    latch,
    goods: load,
    faults: lidFaults.filter((_, index) => view.getUint8(8) & (1 << index)),
    isDriving: (flags & bits.driving) !== 0,
    drives: view.getUint16(10),
    openings: view.getUint16(12),
    releases: view.getUint16(14),
    heard: view.getUint16(16),
    isSettled: (flags & bits.settled) !== 0,
    lastUnlatch:
      flags & bits.hasLastUnlatch
        ? { hash: hex(payload, statusHeadBytes, hashBytes), opened: (flags & bits.opened) !== 0 }
        : null,
  });
}

function faultBits(faults: readonly LidFault[]): number {
  return faults.reduce((sum, fault) => sum | (1 << lidFaults.indexOf(fault)), 0);
}

function hex(payload: Uint8Array, at: number, size: number): string {
  return Buffer.from(payload.buffer, payload.byteOffset + at, size).toString("hex");
}

function unhex(digits: string): Uint8Array {
  return Buffer.from(digits, "hex");
}
