import { Signed } from "@kerbside/proto/robot/signed";
import { LinkMessage, UplinkAck, UplinkBatch, uplinkLimits } from "@kerbside/proto/robot/uplink";
import { Packr } from "msgpackr";
import { scanMsgpack } from "./msgpack-scan.ts";

/** Why received bytes are not a message of ours. `detail` names the place or the value. */
export interface WireFault {
  readonly code: "too_large" | "malformed" | "too_deep" | "unknown_version" | "invalid";
  readonly detail: string;
}

/** What bytes turned out to be. Nothing here throws for bad input. */
export type WireResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: WireFault };

/** Deep enough for any message of ours, and nothing else. */
const depthMax = 16;
/** What every message but a batch fits into. */
const smallBytesMax = 16 * 1024;

const packr = new Packr({ useRecords: false, moreTypes: false, int64AsType: "number" });

/** A run of entries on their way up. */
export function packBatch(batch: UplinkBatch): Uint8Array {
  return packr.pack(batch);
}

export function unpackBatch(bytes: Uint8Array): WireResult<UplinkBatch> {
  return unpack(bytes, UplinkBatch, uplinkLimits.batchBytesMax);
}

/** The cloud's cursor on its way down, with signed time where it has some to give. */
export function packAck(ack: UplinkAck): Uint8Array {
  return packr.pack(ack);
}

export function unpackAck(bytes: Uint8Array): WireResult<UplinkAck> {
  return unpack(bytes, UplinkAck, smallBytesMax);
}

/** How a robot's connection is: its hello, its goodbye, and the last will that the broker says for it. */
export function packLink(message: LinkMessage): Uint8Array {
  return packr.pack(message);
}

export function unpackLink(bytes: Uint8Array): WireResult<LinkMessage> {
  return unpack(bytes, LinkMessage, smallBytesMax);
}

/** A signed command as it goes over MQTT. */
export function packSigned(signed: Signed): Uint8Array {
  return packr.pack(signed);
}

export function unpackSigned(bytes: Uint8Array): WireResult<Signed> {
  return unpack(bytes, Signed, smallBytesMax);
}

/** Bytes of one entry inside a batch, so that a sender can fill a batch to its limit without packing it twice. */
export function packedBytes(entry: unknown): number {
  return packr.pack(entry).length;
}

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { issues: readonly Issue[] } };
}
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function unpack<T>(bytes: Uint8Array, schema: Schema<T>, bytesMax: number): WireResult<T> {
  if (bytes.length > bytesMax) return fail("too_large", `${bytes.length} bytes, at most ${bytesMax}`);
  const fault = scanMsgpack(bytes, depthMax);
  if (fault) return fail(fault === "too_deep" ? "too_deep" : "malformed", fault);
  const value = decode(bytes);
  if (typeof value !== "object" || value === null) return fail("malformed", "not a map");
  if ("v" in value && value.v !== 1) return fail("unknown_version", `version ${String(value.v)}`);
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  return fail("invalid", `${issue?.path.map(String).join("/") ?? ""}: ${issue?.message ?? "invalid"}`);
}

function fail(code: WireFault["code"], detail: string): { readonly ok: false; readonly error: WireFault } {
  return { ok: false, error: { code, detail } };
}

function decode(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } catch {
    return null;
  }
}
