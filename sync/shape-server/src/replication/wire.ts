import type { Lsn } from "./lsn.ts";

/** One CopyData message from the WAL sender. PostgreSQL manual, "Streaming Replication Protocol". */
export type WalMessage =
  | { readonly kind: "data"; readonly payload: Buffer }
  /** All WAL before `walEnd` was decoded and sent. */
  | { readonly kind: "keepalive"; readonly walEnd: Lsn; readonly wantsReply: boolean };

const letters = { data: 0x77, keepalive: 0x6b, status: 0x72 } as const;
const dataHeaderBytes = 25;
/** Postgres counts microseconds from 2000-01-01. */
const postgresEpochMs = Date.UTC(2000, 0, 1);

export function parseWalMessage(chunk: Buffer): WalMessage {
  switch (chunk[0]) {
    case letters.data:
      return { kind: "data", payload: chunk.subarray(dataHeaderBytes) };
    case letters.keepalive:
      return { kind: "keepalive", walEnd: chunk.readBigUInt64BE(1), wantsReply: chunk[17] === 1 };
    default:
      throw new Error(`unknown replication message ${chunk[0]}`);
  }
}

export interface StandbyStatus {
  readonly received: Lsn;
  /** What Postgres may forget. */
  readonly durable: Lsn;
  readonly nowMs: number;
  /** Asks for a keepalive in return, to hear whether the other side lives. */
  readonly wantsReply: boolean;
}

export function standbyStatus({ received, durable, nowMs, wantsReply }: StandbyStatus): Buffer {
  const message = Buffer.alloc(34);
  message[0] = letters.status;
  message.writeBigUInt64BE(received, 1);
  message.writeBigUInt64BE(durable, 9);
  message.writeBigUInt64BE(durable, 17);
  message.writeBigInt64BE(BigInt(nowMs - postgresEpochMs) * 1_000n, 25);
  message[33] = wantsReply ? 1 : 0;
  return message;
}
