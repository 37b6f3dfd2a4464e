import type { Clock } from "@kerbside/proto/base/clock";
import type { Rng } from "@kerbside/proto/base/rng";
import { topics } from "@kerbside/proto/robot/topics";
import type { LinkMessage } from "@kerbside/proto/robot/uplink";
import { type LastWill, type Link, MqttLink, type MqttLinkOptions, packLink } from "@kerbside/sync/uplink";

/** What the agent asks of whoever connects it. The robot's id is client id and user name, its token the password. */
export interface Connection {
  readonly clientId: string;
  readonly credentials: NonNullable<MqttLinkOptions["credentials"]>;
  readonly will: () => LastWill;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly onProblem: (problem: Error) => void;
}

export type Connect = (connection: Connection) => Link;

export function connectByMqtt(url: string): Connect {
  return (connection) => new MqttLink({ url, ...connection });
}

/** The broker's word that our token is no good (MQTT 3.1.1: 4 and 5; MQTT 5: 134 and 135). */
export function isRefused(problem: Error): boolean {
  return "code" in problem && [4, 5, 134, 135].some((code) => code === problem.code);
}

/** What stands retained on the robot's link topic. */
export function linkWord(
  robotId: string,
  word: Omit<LinkMessage, "v">,
): { readonly topic: string; readonly payload: Uint8Array } {
  return { topic: topics.link(robotId), payload: packLink({ v: 1, ...word }) };
}
