export { MemoryBroker } from "./link.memory.ts";
export { MqttLink, type MqttLinkOptions } from "./link.mqtt.ts";
export { type LastWill, type Link, LinkDown, matchesFilter, type PublishOptions, type TakeMessage } from "./link.ts";
export type { Outbox, OutboxLimits, OutboxRun } from "./outbox.ts";
export {
  type QuarantinedEntry,
  type Received,
  receive,
  type SendingRobot,
  type StoredEntry,
  type StreamCursor,
} from "./receive.ts";
export {
  type Sender,
  type SenderCommand,
  type SenderInput,
  type SenderReport,
  type SenderStep,
  senderDueAtMs,
  senderTimes,
  sendFrom,
  startSender,
  stepSender,
} from "./sender.ts";
export { chainNext, chainStart, epochText, gapText } from "./signing.ts";
export { type StreamStatus, Uplink, type UplinkOptions } from "./uplink.ts";
export {
  packAck,
  packBatch,
  packedBytes,
  packLink,
  packSigned,
  unpackAck,
  unpackBatch,
  unpackLink,
  unpackSigned,
  type WireFault,
  type WireResult,
} from "./wire.ts";
