import type * as z from "zod";
import { Command, commandArgs } from "./command.ts";
import { Grant } from "./grant.ts";
import { JournalEntry, journalBodies } from "./journal.ts";
import { mirrorBodies, MirrorRow } from "./mirror.ts";
import { Signed, SignedTime } from "./signed.ts";
import { topics } from "./topics.ts";
import { Trust } from "./trust.ts";
import { GapRecord, HeartbeatEntry, LinkMessage, UplinkAck, UplinkBatch } from "./uplink.ts";

interface RobotMessage {
  readonly summary: string;
  readonly on: string;
  readonly schema: z.ZodType;
}

const robot = "{robot_id}";

/** Every message between a robot and the cloud, for the printed reference and the check of compatibility. */
export const robotMessages: Readonly<Record<string, RobotMessage>> = {
  UplinkBatch: {
    summary: "What a robot recorded, in order.",
    on: `\`${topics.up(robot, "p0")}\` (and p1, p2)`,
    schema: UplinkBatch,
  },
  JournalEntry: { summary: "One fact inside a batch.", on: "a batch of p0 or p1", schema: JournalEntry },
  HeartbeatEntry: { summary: "A packed run of heartbeats.", on: "a batch of p2", schema: HeartbeatEntry },
  GapRecord: { summary: "Numbers that are gone, and why, signed.", on: "any batch", schema: GapRecord },
  UplinkAck: { summary: "Up to where everything is safe.", on: `\`${topics.ack(robot, "p0")}\``, schema: UplinkAck },
  LinkMessage: {
    summary: "Whether the robot is connected.",
    on: `\`${topics.link(robot)}\`, retained`,
    schema: LinkMessage,
  },
  Signed: {
    summary: "Bytes that robot-gateway signed.",
    on: `\`${topics.command(robot)}\` and mirror rows`,
    schema: Signed,
  },
  SignedTime: { summary: "The cloud's clock, inside `Signed`.", on: "acknowledgements", schema: SignedTime },
  Command: {
    summary: "An order, inside `Signed`.",
    on: `\`${topics.command(robot)}\` and mirror rows`,
    schema: Command,
  },
  Grant: { summary: "The right to one opening without a network, inside `Signed`.", on: "mirror rows", schema: Grant },
  MirrorRow: { summary: "One thing that the robot must know.", on: "the shape `mirror`", schema: MirrorRow },
  Trust: { summary: "Whom the robot believes.", on: "answers of device", schema: Trust },
  ...named("Journal", "The body of a fact of this type.", "a batch", { ...journalBodies.p0, ...journalBodies.p1 }),
  ...named("Mirror", "The body of a mirror row of this kind.", "the shape `mirror`", mirrorBodies),
  ...named("Args", "The arguments of a command of this kind.", "a command", commandArgs),
};

function named(
  prefix: string,
  summary: string,
  on: string,
  schemas: Readonly<Record<string, z.ZodType>>,
): Readonly<Record<string, RobotMessage>> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [`${prefix} ${name}`, { summary, on, schema }]),
  );
}
